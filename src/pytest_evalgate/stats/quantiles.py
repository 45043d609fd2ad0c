"""Quantiles of one sample by order statistics: exact for every distribution."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit, open_level
from pytest_evalgate.stats.proportions import binomial_p_greater, binomial_p_less
from pytest_evalgate.stats.result import WithoutStatistic
from pytest_evalgate.stats.sufficient_counts import LimitCounts, OrderStatistics


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantile(WithoutStatistic):
    """Inference on the p-quantile: the number of values beside a limit is binomial.

    A value that equals the limit counts against either claim, so a quantile that lies exactly on
    its limit is never shown to be below or above it.
    """

    p: float  # which quantile, in (0, 1)
    values: NDArray[np.float64] = field(repr=False)  # ascending, shape (n,)

    @property
    def estimate(self) -> float:
        """Sample quantile of type 7 (linear between order statistics)."""
        return float(np.quantile(self.values, self.p))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: quantile <= limit, by the number of values at or below the limit."""
        at_or_below = int(np.searchsorted(self.values, finite_limit(limit), side="right"))
        return binomial_p_less(at_or_below, self.values.size, self.p)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: quantile >= limit, by the number of values below the limit."""
        below = int(np.searchsorted(self.values, finite_limit(limit), side="left"))
        return binomial_p_greater(below, self.values.size, self.p)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Order statistics, each side at ``alpha``; None where there are too few values."""
        n = self.values.size
        low, high = order_indices(n, self.p, alpha)
        return (
            float(self.values[low - 1]) if low > 0 else None,
            float(self.values[high - 1]) if high <= n else None,
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """(1 - p)**n, or p**n: no value, or every value, below the limit."""
        finite_limit(limit)
        n = self.values.size
        return binomial_p_less(0, n, self.p) if greater else binomial_p_greater(n, n, self.p)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedQuantile(WithoutStatistic):
    """Inference on the p-quantile from counts and order statistics, without the values.

    The same as ``Quantile`` at the limits that were counted and the levels whose order
    statistics were taken; others raise ``UndefinedTestError``. Satisfies ``Inference``.

    Args:
        p: Which quantile, in (0, 1).
        counts: Values beside each limit.
        ranked: Order statistics at ``ranks_needed``.
    """

    p: float
    counts: LimitCounts
    ranked: OrderStatistics

    def __post_init__(self) -> None:
        require_quantile(self.p)
        if self.counts.n != self.ranked.n:
            raise UndefinedTestError(
                f"counts and order statistics must be of the same values, got {self.counts.n}"
                f" and {self.ranked.n}"
            )

    @property
    def estimate(self) -> float:
        """Sample quantile of type 7 (linear between order statistics)."""
        place = (self.counts.n - 1) * self.p
        lower = self.ranked.at(math.floor(place) + 1)
        upper = self.ranked.at(math.ceil(place) + 1)
        return lower + (upper - lower) * (place - math.floor(place))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: quantile <= limit."""
        return binomial_p_less(self.counts.at(finite_limit(limit))[1], self.counts.n, self.p)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: quantile >= limit."""
        return binomial_p_greater(self.counts.at(finite_limit(limit))[0], self.counts.n, self.p)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Order statistics, each side at ``alpha``; None where there are too few values."""
        n = self.counts.n
        low, high = order_indices(n, self.p, alpha)
        return (
            self.ranked.at(low) if low > 0 else None,
            self.ranked.at(high) if high <= n else None,
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """(1 - p)**n, or p**n: no value, or every value, below the limit."""
        finite_limit(limit)
        n = self.counts.n
        return binomial_p_less(0, n, self.p) if greater else binomial_p_greater(n, n, self.p)


def ranks_needed(n: int, p: float, *alphas: float) -> tuple[int, ...]:
    """Which order statistics ``CountedQuantile`` needs for its estimate and these levels."""
    require_quantile(p)
    place = (n - 1) * p
    ranks = {math.floor(place) + 1, math.ceil(place) + 1}
    for alpha in alphas:
        ranks.update(order_indices(n, p, alpha))
    return tuple(sorted(rank for rank in ranks if 0 < rank <= n))


def require_quantile(p: float) -> None:
    """Refuse a quantile that is none.

    Raises:
        UndefinedTestError: p outside (0, 1).
    """
    if not 0.0 < p < 1.0:
        raise UndefinedTestError(f"a quantile must lie in (0, 1), got {p}")


def order_indices(n: int, p: float, alpha: float) -> tuple[int, int]:
    """Which of n ascending values bound their p-quantile, each side at ``alpha``.

    Counted from 1; 0 and n + 1 stand for no bound: too few values.

    Source:
        R: qbinom(alpha, n, p) and qbinom(1 - alpha, n, p) + 1.
    """
    open_level(alpha)
    # Values at or below a limit that still reject: fewer than `low`.
    low = _first(lambda k: binomial_p_less(k, n, p) >= alpha, 0, n)
    # Values below a limit that reject: `high` or more.
    return low, _first(lambda k: binomial_p_greater(k, n, p) < alpha, 0, n + 1)


def quantile_inference(values: NDArray[np.float64], p: float) -> Quantile:
    """Inference on the p-quantile of the distribution that the values come from.

    ``p_less(limit)`` tests H0: quantile >= limit against H1: quantile < limit.

    Args:
        values: One number per unit, shape (n,), finite, in any order.
        p: Which quantile, in (0, 1).

    Raises:
        UndefinedTestError: No values, a value that is not finite, or p not in (0, 1).

    Source:
        David and Nagaraja (2003), Order Statistics, section 7.1.
        R: index of the upper bound qbinom(1 - alpha, n, p) + 1, of the lower qbinom(alpha, n, p).
    """
    require_quantile(p)
    if values.size < 1 or not np.isfinite(values).all():
        raise UndefinedTestError(f"expected at least 1 finite value, got {values.size} values")
    ascending = np.sort(values.astype(np.float64))
    ascending.flags.writeable = False
    return Quantile(p=float(p), values=ascending)


def _first(is_true: Callable[[int], bool], low: int, high: int) -> int:
    """Smallest k in [low, high] for which a monotone condition holds; it holds at ``high``."""
    while low < high:
        middle = (low + high) // 2
        if is_true(middle):
            high = middle
        else:
            low = middle + 1
    return low
