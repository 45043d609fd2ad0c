"""The difference of one quantile between two arms, by the order statistics of both."""

import math
import sys
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.harrell_davis import require_quantile
from pytest_evalgate.stats.inversion import finite_limit, lower_bound, open_level, upper_bound
from pytest_evalgate.stats.moments import (
    finite_values,
    magnitude,
    require_spread,
    same_length,
    unit_of,
)
from pytest_evalgate.stats.rank_counts import LEFT_OUT, RankLaw, pairs_share, rank_law
from pytest_evalgate.stats.result import WithoutStatistic


LEAST_TAIL: Final = 10
"""Values that must be expected on either side of the quantile, in each arm."""

_FAR: Final = 1e300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arm:
    """Ascending values of one arm and the law of how many of them lie below its quantile."""

    values: NDArray[np.float64] = field(repr=False)
    law: RankLaw = field(repr=False)

    def ends(self, *, upper: bool) -> NDArray[np.float64]:
        """Lower or upper neighbour of the quantile for each count, infinite beyond the data."""
        if upper:
            return np.concatenate((self.values, [np.inf]))[self.law.counts]
        return np.concatenate(([-np.inf], self.values))[self.law.counts]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantileDifference(WithoutStatistic):
    """The p-quantile of the candidate less that of the baseline. Satisfies ``Inference``.

    How many of n values lie below their law's quantile is binomial, whatever the law: that
    weighs each gap between neighbouring values as the place of the quantile. The two places are
    joined, as independent or by the association found in pairs, and p is the weight of the
    pairs of gaps on the null's side of the limit: counted at the lower ends of both gaps and at
    the upper ends of both, the larger of the two. A value of which the other arm is known
    exactly is thus judged by the exact binomial test. Nothing is drawn at random.
    """

    p: float
    candidate: _Arm = field(repr=False)
    baseline: _Arm = field(repr=False)
    association: float | None  # correlation of the two counts; None for independent arms

    @property
    def estimate(self) -> float:
        """Difference of the sample quantiles of type 7 (linear between order statistics)."""
        return self.candidate_quantile - self.baseline_quantile

    @property
    def candidate_quantile(self) -> float:
        """Sample quantile of the candidate, type 7."""
        return float(np.quantile(self.candidate.values, self.p))

    @property
    def baseline_quantile(self) -> float:
        """Sample quantile of the baseline, type 7."""
        return float(np.quantile(self.baseline.values, self.p))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit."""
        return self.weight_at_most(finite_limit(limit), factor=1.0)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit."""
        return self.weight_at_least(finite_limit(limit), factor=1.0)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where there are too few values."""
        open_level(alpha)
        unit = unit_of(magnitude(self.candidate.values, self.baseline.values))
        within = (-2.0, 2.0)  # in units: no difference is further from 0
        low = high = None
        if self.min_pvalue(0.0, greater=True) < alpha:
            low = unit * lower_bound(lambda x: self.p_greater(x * unit), alpha, within=within)
        if self.min_pvalue(0.0, greater=False) < alpha:
            high = unit * upper_bound(lambda x: self.p_less(x * unit), alpha, within=within)
        return low, high

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of arms that lie far apart: what is left is no value beside a quantile."""
        finite_limit(limit)
        if greater:
            return self.weight_at_most(-_FAR, factor=1.0)
        return self.weight_at_least(_FAR, factor=1.0)

    def weight_at_most(self, limit: float, *, factor: float) -> float:
        """Weight of candidate - factor * baseline <= limit, with factor >= 0."""
        return self._weight(self.candidate, self.baseline, limit, scales=(1.0, factor))

    def weight_at_least(self, limit: float, *, factor: float) -> float:
        """Weight of candidate - factor * baseline >= limit, with factor >= 0."""
        return self._weight(self.baseline, self.candidate, -limit, scales=(factor, 1.0))

    def _weight(
        self, first: _Arm, second: _Arm, limit: float, *, scales: tuple[float, float]
    ) -> float:
        """Weight of scaled first - scaled second <= limit; the worse ends of the gaps count."""
        size_1 = scales[0] * magnitude(first.values)
        size_2 = scales[1] * magnitude(second.values)
        tie = 4.0 * sys.float_info.epsilon * max(size_1, size_2)  # 0.3 - 0.1 lies on 0.2
        weights = []
        for upper in (False, True):
            one = _scaled(first.ends(upper=upper), scales[0])
            other = _scaled(second.ends(upper=upper), scales[1])
            starts = np.searchsorted(other, one - limit - tie, side="left")
            weights.append(pairs_share(first.law, second.law, starts, self.association))
        left_out = 0.0 if first.law.whole and second.law.whole else LEFT_OUT
        return min(1.0, max(weights) + left_out)


def quantile_difference(
    candidate: ArrayLike, baseline: ArrayLike, p: float, *, paired: bool
) -> QuantileDifference:
    """Judge the difference of one quantile between two arms, candidate - baseline.

    H0 for ``p_greater(limit)``: Q_p(candidate) - Q_p(baseline) <= limit.

    Args:
        candidate: One value a unit, shape (n,).
        baseline: Other units, shape (m,); with ``paired`` the same units in the same order.
        p: Which quantile, in (0, 1), the same in both arms.
        paired: Whether rows belong together; how often both lie below their own quantile then
            says how far the two places move together.

    Raises:
        UndefinedTestError: p not in (0, 1), fewer than 10 values expected on either side of
            the quantile in an arm, values not finite or above 1e150 or that do not vary, or
            pairs of unequal length.

    Source:
        David and Nagaraja (2003), Order Statistics, 7.1, for the law of one place; joined as
        confidence distributions (Singh, Xie and Strawderman 2005, Ann Stat 33(1), 159-183).
        The law of one place is that of the bootstrapped order statistic, in closed form.
    """
    require_quantile(p)
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    association = None
    if paired:
        same_length(first, second.size, what="candidate and baseline of pairs")
    arms = [_arm(first, p, what="candidate"), _arm(second, p, what="baseline")]
    if paired:
        association = _association(first, second, p)
    return QuantileDifference(p=p, candidate=arms[0], baseline=arms[1], association=association)


def quantile_needed(p: float) -> int:
    """Smallest number of values in each arm for which a difference of quantiles is judged."""
    require_quantile(p)
    return math.ceil(LEAST_TAIL / min(p, 1.0 - p) - 1e-9)


def _arm(values: NDArray[np.float64], p: float, *, what: str) -> _Arm:
    needed = quantile_needed(p)
    if values.size < needed:
        raise UndefinedTestError(
            f"a difference of {p:g}-quantiles needs {LEAST_TAIL} values on either side of it,"
            f" so {needed} {what} values, got {values.size}",
            hint="gather more, or judge a quantile nearer to the median",
        )
    require_spread(values, size=magnitude(values), what=f"{what} values")
    ascending = np.sort(values)
    ascending.flags.writeable = False
    return _Arm(values=ascending, law=rank_law(values.size, p))


def _association(first: NDArray[np.float64], second: NDArray[np.float64], p: float) -> float:
    """Correlation of "lies below its own quantile" over pairs."""
    below_1, below_2 = _is_below(first, p), _is_below(second, p)
    share_1, share_2 = float(below_1.mean()), float(below_2.mean())
    both = float((below_1 & below_2).mean())
    scale = math.sqrt(share_1 * (1.0 - share_1) * share_2 * (1.0 - share_2))
    return min(1.0, max(-1.0, (both - share_1 * share_2) / scale))


def _is_below(values: NDArray[np.float64], p: float) -> NDArray[np.bool_]:
    rank = math.ceil(values.size * p - 1e-9)
    at = np.partition(values, rank - 1)[rank - 1]
    up_to = values <= at
    # Ties at the largest value would leave nothing above it.
    return np.asarray(values < at if up_to.all() else up_to, dtype=np.bool_)


def _scaled(ends: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Multiply by a factor >= 0; what lies beyond the data stays there."""
    if factor == 1.0:
        return ends
    inside = np.isfinite(ends)
    return np.where(inside, np.where(inside, ends, 0.0) * factor, ends)
