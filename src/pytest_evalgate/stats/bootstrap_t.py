"""Bootstrap-t of a mean: the law of Student's statistic itself is resampled."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import last_kept
from pytest_evalgate.stats.bootstrap import require_units
from pytest_evalgate.stats.means import one_sample_t, require_alpha, require_finite
from pytest_evalgate.stats.moments import centred, finite_values, magnitude, unit_of
from pytest_evalgate.stats.streams import DRAWS, exceedances_kept


_CELLS: Final = 2**17  # of one block of draws: what a core's cache holds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BootstrapT:
    """A mean judged by resampled t statistics. Satisfies ``Inference``.

    ``p_greater(limit)`` is (1 + number of t* >= t(limit)) / (B + 1), and the bounds are the
    limits at which that crosses the level.

    Args:
        estimate: Of the data.
        standard_error: Of the estimate, > 0.
        studentised: t* = (replicate - estimate) / its own standard error, ascending, finite.
        undefined: How many more replicates had no spread; they count as extreme on both sides.
    """

    estimate: float
    standard_error: float
    studentised: NDArray[np.float64] = field(repr=False)
    undefined: int = 0

    @property
    def draws(self) -> int:
        """Number of replicates."""
        return self.studentised.size + self.undefined

    @property
    def df(self) -> None:
        """The bootstrap has none."""
        return

    def statistic(self, limit: float) -> float:
        """Give (estimate - limit) / standard error."""
        require_finite(limit, what="limit")
        return (self.estimate - limit) / self.standard_error

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: mean <= limit."""
        below = int(np.searchsorted(self.studentised, self.statistic(limit), side="left"))
        return self._pvalue(self.studentised.size - below)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: mean >= limit."""
        return self._pvalue(
            int(np.searchsorted(self.studentised, self.statistic(limit), side="right"))
        )

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where there are too few draws."""
        require_alpha(alpha)
        rank = exceedances_kept(alpha, self.draws) - self.undefined
        if not 0 < rank <= self.studentised.size:
            return None, None
        low = self.estimate - self.standard_error * float(self.studentised[-rank])
        high = self.estimate - self.standard_error * float(self.studentised[rank - 1])
        return (
            last_kept(self.p_greater, alpha, near=low, outward=-math.inf),
            last_kept(self.p_less, alpha, near=high, outward=math.inf),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """(1 + undefined replicates) / (B + 1)."""
        return self._pvalue(0)

    def _pvalue(self, extreme: int) -> float:
        return (extreme + self.undefined + 1) / (self.draws + 1)


def bootstrap_t(
    values: ArrayLike, *, generator: np.random.Generator, draws: int = DRAWS
) -> BootstrapT:
    """Judge the mean of independent, skewed values by the bootstrap-t.

    H0 for ``p_greater(limit)``: mean <= limit.

    Args:
        values: One value a unit, or one difference a pair, shape (n,), n >= 20.
        generator: Where the draws come from.
        draws: Number of resamples.

    Raises:
        UndefinedTestError: n < 20, not finite, above 1e150, zero variance, or draws < 1.

    Source:
        Efron (1982); Hall (1988), Ann Stat 16(3), 927-953. R: boot::boot.ci(type = "stud").
    """
    array = finite_values(values)
    require_units(array.size, what="values")
    if draws < 1:
        raise UndefinedTestError(f"draws must be at least 1, got {draws}")
    observed = one_sample_t(array)
    residuals = centred(array, unit=unit_of(magnitude(array))).residuals
    residuals = residuals / unit_of(magnitude(residuals))
    means, variances = _resampled_moments(residuals, generator, draws)
    has_spread = variances > 1e-20 * float(np.square(residuals).mean())
    studentised = means[has_spread] / np.sqrt(variances[has_spread] / (array.size - 1))
    return BootstrapT(
        estimate=observed.estimate,
        standard_error=observed.standard_error,
        studentised=np.sort(studentised),
        undefined=draws - studentised.size,
    )


def _resampled_moments(
    residuals: NDArray[np.float64], generator: np.random.Generator, draws: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance (denominator n) of each resample of centred values, shapes (draws,)."""
    n = residuals.size
    means, squares = np.zeros(draws), np.zeros(draws)
    rows = max(1, _CELLS // n)
    for start in range(0, draws, rows):
        stop = min(draws, start + rows)
        for left in range(0, n, _CELLS):
            width = min(_CELLS, n - left)
            drawn = residuals.take(generator.integers(0, n, (stop - start, width)))
            means[start:stop] += drawn.sum(axis=1)
            squares[start:stop] += np.square(drawn).sum(axis=1)
    means /= n
    return means, np.maximum(squares / n - np.square(means), 0.0)
