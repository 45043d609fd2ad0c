"""How two measurements of the same units go together: Pearson, Spearman, Kendall's tau-b."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.moments import (
    centred,
    finite_values,
    magnitude,
    require_spread,
    same_length,
    unit_of,
)
from pytest_evalgate.stats.rank_laws import Midranks, midranks


_EXACT_LINE = 1.0 - 1e-14  # a correlation nearer to 1 than this is 1 but for rounding
_BLOCK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Pearson's correlation, judged on Fisher's z scale. Satisfies ``Inference``.

    H0 of ``p_greater(limit)``: correlation <= limit. Assumes pairs from a bivariate normal law;
    heavy tails make it liberal.

    Raises:
        UndefinedTestError: Fewer than 4 pairs, or they lie on a line.
    """

    n: int
    estimate: float

    def __post_init__(self) -> None:
        if self.n < 4:
            raise UndefinedTestError(f"a correlation needs at least 4 pairs, got {self.n}")
        if abs(self.estimate) >= _EXACT_LINE:
            raise UndefinedTestError(
                f"the {self.n} pairs lie on a line, so the test is undefined",
                hint="check that one measurement is not computed from the other",
            )

    @property
    def standard_error(self) -> float:
        """Of the estimate, by the delta method; the test works on Fisher's scale."""
        return (1.0 - self.estimate**2) / math.sqrt(self.n - 3)

    @property
    def df(self) -> None:
        """Normal reference distribution."""
        return

    def statistic(self, limit: float) -> float | None:
        """Fisher's z against ``limit``; None where it is infinite."""
        if abs(finite_limit(limit)) >= 1.0:
            return None
        return (math.atanh(self.estimate) - math.atanh(limit)) * math.sqrt(self.n - 3)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: correlation <= limit."""
        statistic = self.statistic(limit)
        return float(limit >= 1.0) if statistic is None else float(ndtr(-statistic))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: correlation >= limit."""
        statistic = self.statistic(limit)
        return float(limit <= -1.0) if statistic is None else float(ndtr(statistic))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Low and high, each one-sided at ``alpha``."""
        require_alpha(alpha)
        half = -float(ndtri(alpha)) / math.sqrt(self.n - 3)
        centre = math.atanh(self.estimate)
        return math.tanh(centre - half), math.tanh(centre + half)

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 0.0: Fisher's z can be as large as one likes."""
        return 0.0

    @property
    def t(self) -> float:
        """Student's t of correlation 0, with n - 2 degrees of freedom."""
        r = self.estimate
        return r * math.sqrt((self.n - 2) / ((1.0 - r) * (1.0 + r)))

    @property
    def t_two_sided(self) -> float:
        """Two-sided p of ``t``."""
        return float(2.0 * stdtr(self.n - 2, -abs(self.t)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kendall:
    """Kendall's tau-b, and its normal test of independence with tie correction."""

    tau_b: float
    z: float

    @property
    def two_sided(self) -> float:
        """Two-sided p of independence."""
        return float(2.0 * ndtr(-abs(self.z)))


def pearson(x: ArrayLike, y: ArrayLike) -> Correlation:
    """Judge the linear correlation of two measurements of the same units.

    Args:
        x: Shape (n,), n >= 4.
        y: The same units in the same order, shape (n,).

    Raises:
        UndefinedTestError: As for ``Correlation``, lengths differ, a value not finite, or one
            measurement does not vary.

    Source:
        Fisher (1921), Metron 1, 3-32. R: cor.test(x, y).
    """
    first, second = _pairs(x, y)
    return Correlation(n=first.size, estimate=_coefficient(first, second))


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Correlation of the midranks of two measurements, each of shape (n,).

    Raises:
        UndefinedTestError: Lengths differ, n < 2, not finite, or one does not vary.

    Source:
        Spearman (1904). R: cor(x, y, method = "spearman").
    """
    first, second = _pairs(x, y)
    return _coefficient(
        midranks(first).doubled.astype(np.float64), midranks(second).doubled.astype(np.float64)
    )


def kendall(x: ArrayLike, y: ArrayLike) -> Kendall:
    """Concordance of two measurements, each of shape (n,), n >= 3; ties corrected for.

    Raises:
        UndefinedTestError: Lengths differ, n < 3, not finite, or one does not vary.

    Source:
        Kendall (1945), Biometrika 33(3), 239-251; Knight (1966), JASA 61, 436-439.
        R: cor.test(x, y, method = "kendall", exact = FALSE).
    """
    first, second = _pairs(x, y)
    n = first.size
    if n < 3:
        raise UndefinedTestError(f"Kendall's tau needs at least 3 pairs, got {n}")
    ranks_x, ranks_y = midranks(first), midranks(second)
    score = _concordance(ranks_x.doubled, ranks_y.doubled)
    untied_x, untied_y = (n * (n - 1) / 2.0 - _tied(ranks) for ranks in (ranks_x, ranks_y))
    return Kendall(
        tau_b=score / math.sqrt(untied_x) / math.sqrt(untied_y),
        z=score / math.sqrt(_score_variance(n, ranks_x, ranks_y)),
    )


def _pairs(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = finite_values(x, what="x values", at_least=2)
    second = finite_values(y, what="y values", at_least=2)
    same_length(first, second.size, what="x and y of pairs")
    require_spread(first, size=magnitude(first), what="x values")
    require_spread(second, size=magnitude(second), what="y values")
    return first, second


def _coefficient(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    units = []
    for values in (x, y):
        residuals = centred(values, unit=unit_of(magnitude(values))).residuals
        residuals = residuals / unit_of(magnitude(residuals))
        units.append(residuals / math.sqrt(float(np.square(residuals).sum())))
    return min(1.0, max(-1.0, float((units[0] * units[1]).sum())))


def _tied(ranks: Midranks) -> float:
    sizes = ranks.tie_sizes.astype(np.float64)
    return float((sizes * (sizes - 1.0)).sum()) / 2.0


def _concordance(x: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """Concordant less discordant pairs: neither x nor y tied."""
    order = np.lexsort((y, x))  # within tied x ascending in y, which is then no inversion
    opposite = np.lexsort((-y, x))
    discordant = _inversions(y[order].astype(np.float64))
    concordant = _inversions(-y[opposite].astype(np.float64))
    return float(concordant - discordant)


def _inversions(values: NDArray[np.float64]) -> int:
    """Number of pairs in which the earlier value is the larger one."""
    if values.size <= _BLOCK:
        return int(np.count_nonzero(np.triu(values[:, np.newaxis] > values[np.newaxis, :], 1)))
    middle = values.size // 2
    left, right = values[:middle], values[middle:]
    across = left.size * right.size - np.searchsorted(np.sort(left), right, side="right").sum()
    return _inversions(left) + _inversions(right) + int(across)


def _score_variance(n: int, x: Midranks, y: Midranks) -> float:
    """Variance of the score under independence (Kendall 1970, equation 4.6)."""
    t, u = x.tie_sizes.astype(np.float64), y.tie_sizes.astype(np.float64)

    def triple(sizes: NDArray[np.float64]) -> float:
        return float((sizes * (sizes - 1.0) * (sizes - 2.0)).sum())

    def fifth(sizes: NDArray[np.float64]) -> float:
        return float((sizes * (sizes - 1.0) * (2.0 * sizes + 5.0)).sum())

    main = (n * (n - 1.0) * (2.0 * n + 5.0) - fifth(t) - fifth(u)) / 18.0
    pairs = 4.0 * _tied(x) * _tied(y) / (2.0 * n * (n - 1.0))
    return main + pairs + triple(t) * triple(u) / (9.0 * n * (n - 1.0) * (n - 2.0))
