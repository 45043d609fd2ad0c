"""Rates of events over an exposure: one held against a limit, and the ratio of two.

Counts are taken as Poisson. Given the sum of two of them, one is binomial, so both methods are
exact: they never promote more often than the level. Events that come in bursts are not Poisson;
``dispersion`` shows them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import (
    betainccinv,
    betaincinv,
    chdtrc,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
)

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import (
    finite_limit,
    lower_bound,
    open_level,
    upper_bound,
    whole_number,
)
from pytest_evalgate.stats.moments import finite_values, same_length
from pytest_evalgate.stats.proportions import binomial_p_greater
from pytest_evalgate.stats.result import WithoutStatistic


_NEAR: Final = 1e-6
"""How far, relatively, an inverted special function may lie from the bound it is to give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonRate(WithoutStatistic):
    """Exact inference on the rate of events per unit of exposure."""

    events: int
    exposure: float

    @property
    def estimate(self) -> float:
        """Events per unit of exposure."""
        return self.events / self.exposure

    def p_greater(self, limit: float) -> float:
        """P(X >= events) at rate ``limit``."""
        if finite_limit(limit) < 0.0:
            return 0.0
        return float(gammainc(self.events, limit * self.exposure)) if self.events else 1.0

    def p_less(self, limit: float) -> float:
        """P(X <= events) at rate ``limit``."""
        if finite_limit(limit) < 0.0:
            return 1.0
        return float(gammaincc(self.events + 1, limit * self.exposure))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Garwood's bounds, each one-sided at ``alpha``."""
        open_level(alpha)
        low = float(gammaincinv(self.events, alpha)) / self.exposure if self.events else 0.0
        high = float(gammainccinv(self.events + 1, alpha)) / self.exposure
        return _exact_low(self.p_greater, alpha, low), _exact_high(self.p_less, alpha, high)

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of no event at all; a count has no most extreme one above."""
        none = PoissonRate(events=0, exposure=self.exposure)
        return 0.0 if greater else none.p_less(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonRatio(WithoutStatistic):
    """Exact inference on the ratio of two rates, first / second; limits are ratios.

    H0 of ``p_greater(limit)``: ratio <= limit. Given all events, those of the first arm are
    binomial with probability limit * exposure1 / (limit * exposure1 + exposure2).
    """

    events1: int
    exposure1: float
    events2: int
    exposure2: float

    @property
    def estimate(self) -> float:
        """Ratio of the rates; infinite without an event in the second arm."""
        if self.events2 == 0:
            return math.inf
        return (self.events1 / self.events2) * (self.exposure2 / self.exposure1)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: ratio <= limit."""
        if finite_limit(limit) < 0.0:
            return 0.0
        return binomial_p_greater(self.events1, self.events1 + self.events2, self.share(limit))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: ratio >= limit, by the events of the second arm."""
        if finite_limit(limit) < 0.0:
            return 1.0
        other = 1.0 / (1.0 + limit * (self.exposure1 / self.exposure2))  # 1 - share, in full
        return binomial_p_greater(self.events2, self.events1 + self.events2, other)

    def interval(self, alpha: float) -> tuple[float, float | None]:
        """Clopper-Pearson's bounds as ratios, each one-sided at ``alpha``; None is unbounded."""
        open_level(alpha)
        first, second = self.events1, self.events2
        scale = self.exposure2 / self.exposure1
        low, high = 0.0, None
        if first:
            share = float(betaincinv(first, second + 1, alpha))
            other = float(betainccinv(second + 1, first, alpha))
            low = _exact_low(self.p_greater, alpha, share / other * scale)
        if second:
            share = float(betainccinv(first + 1, second, alpha))
            other = float(betaincinv(second, first + 1, alpha))
            high = _exact_high(self.p_less, alpha, share / other * scale)
        return low, high

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p if all these events had fallen into one arm."""
        total = self.events1 + self.events2
        first, second = (total, 0) if greater else (0, total)
        best = PoissonRatio(
            events1=first, exposure1=self.exposure1, events2=second, exposure2=self.exposure2
        )
        return best.p_greater(limit) if greater else best.p_less(limit)

    def share(self, ratio: float) -> float:
        """Probability that an event falls into the first arm if the rates have this ratio."""
        return conditional_share(ratio, self.exposure1 / self.exposure2)


def conditional_share(ratio: float, exposure_ratio: float) -> float:
    """Probability that an event falls into the first of two arms, first / second for each."""
    odds = ratio * exposure_ratio
    return 1.0 if math.isinf(odds) else odds / (1.0 + odds)


def poisson_rate(events: int, exposure: float) -> PoissonRate:
    """Exact inference on a rate of events, such as incidents per 1,000 requests.

    ``p_less(limit)`` tests H0: rate >= limit against H1: rate < limit.

    Args:
        events: Number of events.
        exposure: What they were counted over, > 0: requests, hours, tokens.

    Raises:
        UndefinedTestError: A count that is not whole, or an exposure not finite or not above 0.

    Source:
        Garwood (1936), Biometrika 28, 437-442. R: poisson.test(events, exposure, r = limit).
    """
    events = whole_number(events, "the number of events", low=0)
    return PoissonRate(events=events, exposure=_exposure(exposure, "the exposure"))


def poisson_ratio(events1: int, exposure1: float, events2: int, exposure2: float) -> PoissonRatio:
    """Exact inference on the ratio of two rates, candidate / baseline.

    ``p_less(1.1)`` tests H0: ratio >= 1.1 against H1: ratio < 1.1.

    Args:
        events1: Events of the first arm (the candidate).
        exposure1: What they were counted over, > 0.
        events2: Events of the second arm (the baseline), >= 1.
        exposure2: What they were counted over, > 0.

    Raises:
        UndefinedTestError: A count that is not whole, an exposure not finite or not above 0, or
            no event in the second arm: no ratio to it is defined.

    Source:
        Przyborowski and Wilenski (1940), Biometrika 31, 313-323.
        R: poisson.test(c(events1, events2), c(exposure1, exposure2), r = limit).
    """
    first = whole_number(events1, "the number of events of the first arm", low=0)
    second = whole_number(events2, "the number of events of the second arm", low=0)
    if second == 0:
        raise UndefinedTestError(
            "the second arm has no event, so no ratio of rates is defined",
            hint="hold the first arm's own rate against a limit, or gather more",
        )
    return PoissonRatio(
        events1=first,
        exposure1=_exposure(exposure1, "the exposure of the first arm"),
        events2=second,
        exposure2=_exposure(exposure2, "the exposure of the second arm"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispersion:
    """Whether counts vary more than Poisson counts of one rate do."""

    index: float  # chi-square over its df: about 1 for Poisson counts
    statistic: float
    df: int
    pvalue: float  # of H0: not more than Poisson


def dispersion(counts: ArrayLike, exposures: ArrayLike | None = None) -> Dispersion:
    """Index of dispersion of counts from independent units, and its chi-square test.

    Args:
        counts: Events of each unit (hour, shard, user), shape (k,), k >= 2, whole and >= 0.
        exposures: Exposure of each unit, shape (k,), > 0; all equal if None.

    Raises:
        UndefinedTestError: Fewer than 2 units, lengths differ, a count that is not whole or
            negative, an exposure not above 0, or no event at all.

    Source:
        Fisher, Thornton and Mackenzie (1922); Cochran (1954), Biometrics 10(4), 417-451.
    """
    found = finite_values(counts, what="counts", at_least=2)
    over = np.ones_like(found) if exposures is None else finite_values(exposures, what="exposures")
    same_length(over, found.size, what="counts and exposures")
    if (found < 0.0).any() or (found != np.floor(found)).any() or (over <= 0.0).any():
        raise UndefinedTestError("counts must be whole and not negative, exposures above 0")
    if not found.any():
        raise UndefinedTestError("no unit has an event, so their dispersion is not defined")
    expected = found.sum() * (over / over.sum())
    statistic = float((np.square(found - expected) / expected).sum())
    df = found.size - 1
    return Dispersion(
        index=statistic / df, statistic=statistic, df=df, pvalue=float(chdtrc(df, statistic))
    )


def _exposure(value: float, what: str) -> float:
    if isinstance(value, bool) or not 0.0 < value < math.inf:
        raise UndefinedTestError(f"{what} must be a finite number above 0, got {value}")
    return float(value)


def _exact_low(p_greater: Callable[[float], float], alpha: float, near: float) -> float:
    """The bound next to a rounded one that agrees with the test to the last digit."""
    return lower_bound(p_greater, alpha, within=(near * (1.0 - _NEAR), near * (1.0 + _NEAR)))


def _exact_high(p_less: Callable[[float], float], alpha: float, near: float) -> float:
    return upper_bound(p_less, alpha, within=(near * (1.0 - _NEAR), near * (1.0 + _NEAR)))
