"""Two-sample permutation tests of a difference of means, studentised or plain.

For each split of the pooled units there is a smallest limit against which it is as extreme as
the observed split. The sorted smallest limits hold the p-value at every limit and the bounds at
every level, so test and interval are one procedure.
"""

import itertools
import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.stats.bca import last_kept
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.means import require_alpha, require_finite, welch_t
from pytest_evalgate.stats.moments import (
    centred,
    finite_values,
    magnitude,
    require_spread,
    unit_of,
)
from pytest_evalgate.stats.splits import Splits, first_limits
from pytest_evalgate.stats.streams import DRAWS


MOST_SPLITS: Final = 200_000
"""Splits up to which all of them are taken: 10 against 10 are 184,756."""

_CELLS: Final = 2**17


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Permutation:
    """One-sided permutation test of mean(candidate) - mean(baseline). Satisfies ``Inference``.

    H0 of ``p_greater(limit)``: the two laws differ by a shift <= limit; studentised, the test
    also holds approximately when the spreads differ.

    Args:
        estimate: mean(candidate) - mean(baseline).
        standard_error: Welch's where the test is studentised, else None.
        lower: Of each split but the observed one, the smallest limit against which it is as
            extreme in ``p_greater``, less the estimate, ascending; inf where it never is.
        upper: The largest limit against which it is so in ``p_less``, descending.
        always: Splits as extreme against every limit, the observed one among them.

    Source:
        Pitman (1937); Janssen (1997), Stat Probab Lett 36, 9-21; Chung and Romano (2013),
        Ann Stat 41(2), 484-507. SciPy: permutation_test(..., "independent").
    """

    estimate: float
    standard_error: float | None
    lower: NDArray[np.float64] = field(repr=False)
    upper: NDArray[np.float64] = field(repr=False)
    always: int

    @property
    def splits(self) -> int:
        """All splits that p is a share of, the observed one among them."""
        return self.lower.size + self.always

    @property
    def df(self) -> None:
        """The method has none."""
        return

    def statistic(self, limit: float) -> float:
        """Give Welch's t where the test is studentised, else estimate - limit."""
        require_finite(limit, what="limit")
        return (self.estimate - limit) / (self.standard_error or 1.0)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit."""
        require_finite(limit, what="limit")
        return self._share(int(np.searchsorted(self.lower, limit - self.estimate, side="right")))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit."""
        require_finite(limit, what="limit")
        return self._share(int(np.searchsorted(-self.upper, self.estimate - limit, side="right")))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where there are too few splits."""
        require_alpha(alpha)
        needed = max(0, math.ceil(alpha * self.splits) - 1)
        while needed / self.splits < alpha:  # the product above was rounded
            needed += 1
        rank = needed - self.always
        if rank <= 0:
            return None, None
        low = self.estimate + float(self.lower[rank - 1])
        high = self.estimate + float(self.upper[rank - 1])
        return (
            last_kept(self.p_greater, alpha, near=low, outward=-math.inf),
            last_kept(self.p_less, alpha, near=high, outward=math.inf),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Smallest share: the observed split alone, 1 / C(n1 + n2, n1) or 1 / (B + 1)."""
        return 1.0 / self.splits

    def _share(self, extreme: int) -> float:
        return (extreme + self.always) / self.splits


def permutation(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    generator: np.random.Generator,
    draws: int = DRAWS,
    is_studentised: bool = True,
) -> Permutation:
    """Judge mean(candidate) - mean(baseline) of independent samples by permutation.

    All splits where there are at most 200,000, else ``draws`` of them and (b + 1) / (B + 1).

    Args:
        candidate: One value a unit, shape (n,), n >= 2.
        baseline: Other units, shape (m,), m >= 2.
        generator: Where the splits come from when they are drawn.
        draws: Number of splits when they are drawn.
        is_studentised: False for the plain difference of means, which is wrong where the
            spreads differ and the sizes too.

    Raises:
        UndefinedTestError: An arm has fewer than 2 values or one not finite or above 1e150; an arm
            (all values, for the plain test) has zero variance; or draws < 1.
    """
    first = finite_values(candidate, what="candidate values", at_least=2)
    second = finite_values(baseline, what="baseline values", at_least=2)
    draws = whole_number(draws, "draws", low=1)
    error = welch_t(first, second).standard_error if is_studentised else None  # raises
    require_spread(np.concatenate((first, second)), size=magnitude(first, second), what="values")
    unit = unit_of(magnitude(first, second))
    arms = [centred(arm, unit=unit) for arm in (first, second)]
    # Each arm about its own mean: then the estimate is the shift 0, and limits are deviations.
    estimate = arms[0].offset - (arms[1].offset - (arms[0].first - arms[1].first))
    pooled = np.concatenate([arm.residuals for arm in arms])
    scale = unit_of(magnitude(pooled))  # residuals may be tiny beside their offset
    pooled /= scale
    is_complete = math.comb(pooled.size, first.size) <= MOST_SPLITS
    splits = (
        _all_splits(pooled, first.size)
        if is_complete
        else _drawn_splits(pooled, first.size, generator, draws)
    )
    reach = abs(estimate) / scale
    lower = first_limits(splits, is_studentised=is_studentised, reach=reach)
    upper = -first_limits(splits.mirrored(), is_studentised=is_studentised, reach=reach)
    always = int((lower == -np.inf).sum())
    return Permutation(
        estimate=estimate * unit,
        standard_error=error,
        lower=np.sort(lower[lower > -np.inf]) * scale * unit,
        upper=-np.sort(-upper[upper < np.inf]) * scale * unit,
        always=always + (0 if is_complete else 1),
    )


def _all_splits(pooled: NDArray[np.float64], n: int) -> Splits:
    """Every split; the observed one comes first."""
    total = math.comb(pooled.size, n)
    chosen = np.fromiter(
        itertools.chain.from_iterable(itertools.combinations(range(pooled.size), n)),
        dtype=np.int64,
        count=total * n,
    ).reshape(total, n)
    return Splits.of(pooled, n, chosen)


def _drawn_splits(
    pooled: NDArray[np.float64], n: int, generator: np.random.Generator, draws: int
) -> Splits:
    """Random splits, in blocks that stay in the cache."""
    rows = max(1, _CELLS // pooled.size)
    blocks = []
    for start in range(0, draws, rows):
        shape = (min(rows, draws - start), pooled.size)
        order = generator.permuted(np.broadcast_to(np.arange(pooled.size), shape), axis=1)
        blocks.append(Splits.of(pooled, n, order[:, :n]))
    return Splits.joined(blocks)
