"""Success rates of two arms on the same units: Tango's score test, and McNemar's at 0."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pytest_evalgate.stats.inversion import (
    finite_limit,
    hull_pvalue,
    two_bounds,
    whole_number,
)
from pytest_evalgate.stats.proportions import binomial_p_greater
from pytest_evalgate.stats.reducers import reduce_rounded
from pytest_evalgate.stats.result import WithoutScale
from pytest_evalgate.stats.sufficient_counts import RoundedCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedProportions(WithoutScale):
    """Inference on the difference of two success rates measured on the same units.

    The p of a limit is the largest p over all differences on the null's side of it: Tango's
    score p at every difference but 0 (it is monotone, so the nearest is the largest), and
    McNemar's exact p at 0. The interval is the hull of what is not rejected. So a stricter limit
    can never pass where a weaker one fails. Without a discordant pair it still has a width.
    """

    b: int  # pairs: candidate right, baseline wrong
    c: int  # pairs: candidate wrong, baseline right
    n: int  # all pairs

    @property
    def estimate(self) -> float:
        """Candidate's rate - baseline's rate."""
        return (self.b - self.c) / self.n

    def statistic(self, limit: float) -> float | None:
        """Tango's z against ``limit``; None where it is infinite."""
        z = self._z(finite_limit(limit))
        return z if math.isfinite(z) else None

    def score_pvalue(self, limit: float, *, greater: bool = True) -> float:
        """One-sided p of Tango's test alone, as information beside the p that decides."""
        z = self._z(finite_limit(limit))
        return float(ndtr(-z if greater else z))

    def exact_pvalue(self, *, greater: bool = True) -> float:
        """One-sided p of McNemar's exact test of difference 0; 1 without a discordant pair."""
        return binomial_p_greater(self.b if greater else self.c, self.b + self.c, 0.5)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit; 1 from difference 1 on, which no rates exceed."""
        return self._p(limit, greater=True)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit; 1 from difference -1 on."""
        return self._p(limit, greater=False)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the differences not rejected, each side at ``alpha``."""
        return two_bounds(self.p_greater, self.p_less, alpha, within=(-1.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of the most extreme table: every pair discordant, all in one direction."""
        if greater:
            return PairedProportions(b=self.n, c=0, n=self.n).p_greater(limit)
        return PairedProportions(b=0, c=self.n, n=self.n).p_less(limit)

    def _p(self, limit: float, *, greater: bool) -> float:
        score = self.score_pvalue(limit, greater=greater)
        exact = self.exact_pvalue(greater=greater)
        return hull_pvalue(limit, score=score, exact=exact, greater=greater)

    def _z(self, limit: float) -> float:
        if abs(limit) > 1.0:
            return math.copysign(math.inf, -limit)
        return tango_z(self.b, self.c, self.n, difference=limit)


def paired_proportions(b: int, c: int, n: int) -> PairedProportions:
    """Inference on the difference of two success rates measured on the same n units.

    ``p_greater(limit)`` tests H0: p_candidate - p_baseline <= limit against H1: > limit.

    Args:
        b: Pairs in which the candidate is right and the baseline wrong.
        c: Pairs in which the candidate is wrong and the baseline right.
        n: All pairs.

    Raises:
        UndefinedTestError: n < 1, or a count that is not whole or not in its range.

    Source:
        Tango (1998), Statistics in Medicine 17(8), 891-908; at 0 McNemar (1947), exact.
        R: binom.test(b, b + c, alternative = "greater"); PropCIs::scoreci.mp.
    """
    n = whole_number(n, "the number of pairs", low=1)
    b = whole_number(b, "the number of pairs won", low=0, high=n)
    c = whole_number(c, "the number of pairs lost", low=0, high=n - b)
    return PairedProportions(b=b, c=c, n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundedTango(WithoutScale):
    """Inference on a mean difference in [-width, width], rounded against either claim.

    Differences rounded down to -width, 0 or width have a mean no larger than the differences
    themselves, so what is shown of the rounded mean holds for the mean too; rounded up, likewise
    for an upper bound. The rounded ones are counts, judged as paired proportions times width.
    """

    estimate: float  # the mean difference itself, not rounded
    width: float
    down: PairedProportions  # counts after rounding down: for the lower bound
    up: PairedProportions  # counts after rounding up: for the upper bound

    def statistic(self, limit: float) -> float | None:
        """Tango's z of the side that ``limit`` lies on; 0 between the two rounded means."""
        share = finite_limit(limit) / self.width
        if self.down.estimate > share:
            return self.down.statistic(share)
        return self.up.statistic(share) if self.up.estimate < share else 0.0

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: mean difference <= limit."""
        return self.down.p_greater(finite_limit(limit) / self.width)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: mean difference >= limit."""
        return self.up.p_less(finite_limit(limit) / self.width)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the means not rejected, each side at ``alpha``."""
        within = (-self.width, self.width)
        return two_bounds(self.p_greater, self.p_less, alpha, within=within)

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p if every difference were as large as can be, in the direction claimed."""
        side = self.down if greater else self.up
        return side.min_pvalue(finite_limit(limit) / self.width, greater=greater)


def rounded_differences(differences: NDArray[np.float64], width: float) -> RoundedTango:
    """Inference on the mean of paired bounded differences where t would not be honest.

    ``p_greater(limit)`` tests H0: mean <= limit against H1: mean > limit.

    Args:
        differences: Candidate - baseline per unit, shape (n,), finite, in [-width, width].
        width: Largest possible difference, > 0: the width of the metric's range.

    Raises:
        UndefinedTestError: No differences, one that is not finite or larger than the width, or
            a width that is not positive and finite.

    Source:
        Tango (1998), on the rounded differences.
    """
    return rounded_from_counts(reduce_rounded(differences, width))


def rounded_from_counts(counts: RoundedCounts) -> RoundedTango:
    """Inference on the mean of paired bounded differences from their rounded counts."""
    down, up = counts.down, counts.up
    return RoundedTango(
        estimate=counts.mean,
        width=counts.width,
        down=paired_proportions(down.better, down.worse, down.n),
        up=paired_proportions(up.better, up.worse, up.n),
    )


def tango_z(b: float, c: float, n: float, *, difference: float) -> float:
    """Tango's z of a paired difference of proportions against ``difference``, in [-1, 1].

    At 0 it is McNemar's z. Infinite where the hypothesis allows one table only and another was
    seen, 0 where that very table was seen.
    """
    if difference < 0.0:  # exact antisymmetry, and one side less to think of
        return -tango_z(c, b, n, difference=-difference)
    variance = tango_variance(b, c, n, difference=difference)
    gap = b - c - n * difference
    if variance <= 0.0:
        return 0.0 if gap == 0.0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def tango_z_table(
    b: NDArray[np.float64] | NDArray[np.int_],
    c: NDArray[np.float64] | NDArray[np.int_],
    n: int,
    *,
    difference: float,
) -> NDArray[np.float64]:
    """``tango_z`` of many tables, of counts of one shape; ``difference`` inside (-1, 1)."""
    if difference < 0.0:
        return -tango_z_table(c, b, n, difference=-difference)
    bend = -b - c + (2.0 * n - b + c) * difference
    rest = c * difference * (1.0 - difference)
    root = np.sqrt(bend**2 + 8.0 * n * rest)
    # Either way of writing the zero of the quadratic, as in ``tango_variance``.
    upper = np.where(bend > 0.0, bend + root, 1.0)
    lost = np.where(bend > 0.0, 2.0 * rest / upper, (root - bend) / (4.0 * n))
    variance = n * (2.0 * lost + difference * (1.0 - difference))
    gap = b - c - n * difference
    certain = np.where(gap == 0.0, 0.0, np.copysign(np.inf, gap))
    scale = np.sqrt(np.where(variance > 0.0, variance, 1.0))
    return np.asarray(np.where(variance > 0.0, gap / scale, certain), dtype=np.float64)


def tango_variance(b: float, c: float, n: float, *, difference: float) -> float:
    """Variance of b - c at the rates of largest likelihood under ``difference``."""
    if difference < 0.0:
        return tango_variance(c, b, n, difference=-difference)
    bend = -b - c + (2.0 * n - b + c) * difference
    rest = c * difference * (1.0 - difference)
    root = math.sqrt(bend**2 + 8.0 * n * rest)
    # Either way of writing the zero of the quadratic, the one without a difference of near equals.
    lost = 2.0 * rest / (bend + root) if bend > 0.0 else (root - bend) / (4.0 * n)
    return n * (2.0 * lost + difference * (1.0 - difference))
