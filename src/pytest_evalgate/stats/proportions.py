"""Success rates: of one arm (exact binomial), and of two independent arms (score and exact)."""

import math
from dataclasses import dataclass

from scipy.special import betainc, betaincc, ndtr

from pytest_evalgate.stats.inversion import (
    finite_limit,
    hull_pvalue,
    lower_bound,
    open_level,
    two_arm_counts,
    two_bounds,
    upper_bound,
    whole_number,
)
from pytest_evalgate.stats.restricted import score_z
from pytest_evalgate.stats.result import WithoutScale, WithoutStatistic
from pytest_evalgate.stats.unconditional import boschloo_greater


# Up to this many tables, (n1 + 1) * (n2 + 1), the exact test at difference 0 is affordable. It is
# needed wherever one arm is small: at 300 against 10 units the score test rejects 12 % at .05.
EXACT_TABLES = 40_000


def binomial_p_greater(successes: int, n: int, rate: float) -> float:
    """P(X >= successes) for X ~ Bin(n, rate), with an accurate small tail."""
    if successes <= 0:
        return 1.0
    return float(betainc(successes, n - successes + 1, rate)) if successes <= n else 0.0


def binomial_p_less(successes: int, n: int, rate: float) -> float:
    """P(X <= successes) for X ~ Bin(n, rate), with an accurate small tail."""
    if successes >= n:
        return 1.0
    return float(betaincc(successes + 1, n - successes, rate)) if successes >= 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Binomial(WithoutStatistic):
    """Exact inference on one success rate: binomial test and Clopper-Pearson bounds."""

    successes: int
    n: int

    @property
    def estimate(self) -> float:
        """Share of successes."""
        return self.successes / self.n

    def p_greater(self, limit: float) -> float:
        """P(X >= successes) at rate ``limit``."""
        if not 0.0 <= finite_limit(limit) <= 1.0:
            return 0.0 if limit < 0.0 else 1.0
        return binomial_p_greater(self.successes, self.n, limit)

    def p_less(self, limit: float) -> float:
        """P(X <= successes) at rate ``limit``."""
        if not 0.0 <= finite_limit(limit) <= 1.0:
            return 0.0 if limit > 1.0 else 1.0
        return binomial_p_less(self.successes, self.n, limit)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Clopper-Pearson bounds, each one-sided at ``alpha``."""
        open_level(alpha)
        low = lower_bound(self.p_greater, alpha, within=(0.0, 1.0))
        return low, upper_bound(self.p_less, alpha, within=(0.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of n successes, or of none: limit**n, or (1 - limit)**n."""
        best = Binomial(successes=self.n if greater else 0, n=self.n)
        return best.p_greater(limit) if greater else best.p_less(limit)


def one_proportion(successes: int, n: int) -> Binomial:
    """Exact inference on the success rate of one arm.

    ``p_greater(limit)`` tests H0: rate <= limit against H1: rate > limit.

    Args:
        successes: Number of units with value 1.
        n: Number of units.

    Raises:
        UndefinedTestError: n < 1, or a count that is not whole or not in its range.

    Source:
        Clopper and Pearson (1934), Biometrika 26(4), 404-413.
        R: binom.test(successes, n, p = limit, alternative = "greater").
    """
    n = whole_number(n, "the number of units", low=1)
    successes = whole_number(successes, "the number of successes", low=0, high=n)
    return Binomial(successes=successes, n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoProportions(WithoutScale):
    """Inference on the difference of two success rates, first arm - second arm.

    The p of a limit is the largest p over all differences on the null's side of it: the score p
    at every difference but 0 (it is monotone, so the nearest is the largest), and Boschloo's
    exact p at 0, up to ``EXACT_TABLES`` tables. The interval is the hull of what is not
    rejected. So a stricter limit can never pass where a weaker one fails.
    """

    x1: int
    n1: int
    x2: int
    n2: int
    exact_greater: float | None  # Boschloo's p at 0; None where there are too many tables
    exact_less: float | None

    @property
    def estimate(self) -> float:
        """Difference of the shares of successes."""
        return self.x1 / self.n1 - self.x2 / self.n2

    def statistic(self, limit: float) -> float | None:
        """Miettinen-Nurminen z against ``limit``; None where it is infinite."""
        z = self._z(finite_limit(limit))
        return z if math.isfinite(z) else None

    def score_pvalue(self, limit: float, *, greater: bool = True) -> float:
        """One-sided p of the score test alone, as information beside the p that decides."""
        z = self._z(finite_limit(limit))
        return float(ndtr(-z if greater else z))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: p1 - p2 <= limit; 1 from difference 1 on, which no rates exceed."""
        score = self.score_pvalue(limit, greater=True)
        return hull_pvalue(limit, score=score, exact=self.exact_greater, greater=True)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: p1 - p2 >= limit; 1 from difference -1 on."""
        score = self.score_pvalue(limit, greater=False)
        return hull_pvalue(limit, score=score, exact=self.exact_less, greater=False)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the differences not rejected, each side at ``alpha``."""
        return two_bounds(self.p_greater, self.p_less, alpha, within=(-1.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of the most extreme table: all successes in one arm and none in the other."""
        if greater:
            return two_proportions(self.n1, self.n1, 0, self.n2).p_greater(limit)
        return two_proportions(0, self.n1, self.n2, self.n2).p_less(limit)

    def _z(self, limit: float) -> float:
        if abs(limit) > 1.0:
            return math.copysign(math.inf, -limit)
        return score_z(self.x1, self.n1, self.x2, self.n2, difference=limit)


def two_proportions(x1: int, n1: int, x2: int, n2: int) -> TwoProportions:
    """Inference on the difference of the success rates of two independent arms.

    ``p_greater(limit)`` tests H0: p1 - p2 <= limit against H1: p1 - p2 > limit.

    Args:
        x1: Successes of the first arm (the candidate).
        n1: Units of the first arm.
        x2: Successes of the second arm (the baseline).
        n2: Units of the second arm.

    Raises:
        UndefinedTestError: An arm without units, or a count not whole or not in its range.

    Source:
        Miettinen and Nurminen (1985), Statistics in Medicine 4(2), 213-226; at difference 0
        Boschloo (1970). R: PropCIs::diffscoreci is Mee's, without the factor N / (N - 1).
    """
    x1, n1, x2, n2 = two_arm_counts(x1, n1, x2, n2)
    is_exact = (n1 + 1) * (n2 + 1) <= EXACT_TABLES
    return TwoProportions(
        x1=x1,
        n1=n1,
        x2=x2,
        n2=n2,
        exact_greater=boschloo_greater(x1, n1, x2, n2) if is_exact else None,
        exact_less=boschloo_greater(x2, n2, x1, n1) if is_exact else None,
    )
