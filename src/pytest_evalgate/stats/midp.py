"""McNemar's test of equal success rates on the same units: mid-p, and the textbook forms.

The mid-p counts half of the observed table. Over samples of pairs it hardly exceeds the level;
given the number of discordant pairs it can, at .05 by .023 at most from 10 of them on (with 12).
It is far less conservative than the exact p: a choice made before the data are seen.
"""

from dataclasses import dataclass
from typing import NamedTuple

from scipy.special import chdtrc

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import hull_pvalue, two_bounds
from pytest_evalgate.stats.pairs import PairedProportions, paired_proportions
from pytest_evalgate.stats.proportions import binomial_p_greater
from pytest_evalgate.stats.result import WithoutScale


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMidP(WithoutScale):
    """Inference on the difference of two success rates: Tango's score, and mid-p at 0.

    As ``PairedProportions``, with McNemar's mid-p in place of his exact p.
    """

    inner: PairedProportions

    @property
    def estimate(self) -> float:
        """Candidate's rate - baseline's rate."""
        return self.inner.estimate

    def statistic(self, limit: float) -> float | None:
        """Tango's z against ``limit``; None where it is infinite."""
        return self.inner.statistic(limit)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit."""
        return self._p(limit, greater=True)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit."""
        return self._p(limit, greater=False)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the differences not rejected, each side at ``alpha``."""
        return two_bounds(self.p_greater, self.p_less, alpha, within=(-1.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of the most extreme table: every pair discordant, all in one direction."""
        n = self.inner.n
        best = paired_midp(n, 0, n) if greater else paired_midp(0, n, n)
        return best.p_greater(limit) if greater else best.p_less(limit)

    def _p(self, limit: float, *, greater: bool) -> float:
        score = self.inner.score_pvalue(limit, greater=greater)
        exact = mcnemar_midp(self.inner.b, self.inner.c, greater=greater)
        return hull_pvalue(limit, score=score, exact=exact, greater=greater)


def paired_midp(b: int, c: int, n: int) -> PairedMidP:
    """Inference on the difference of two success rates of the same n units, by mid-p at 0.

    ``p_greater(limit)`` tests H0: p_candidate - p_baseline <= limit against H1: > limit.

    Args:
        b: Pairs in which the candidate is right and the baseline wrong.
        c: Pairs in which the candidate is wrong and the baseline right.
        n: All pairs.

    Raises:
        UndefinedTestError: n < 1, or a count that is not whole or not in its range.

    Source:
        Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13, 91.
        R: exact2x2::mcnemar.exact(midp = TRUE).
    """
    return PairedMidP(inner=paired_proportions(b, c, n))


def mcnemar_midp(b: int, c: int, *, greater: bool = True) -> float:
    """One-sided mid-p of equal rates: the exact p less half the observed table's probability."""
    more, fewer = (b, c) if greater else (c, b)
    at_least = binomial_p_greater(more, more + fewer, 0.5)
    return 0.5 * (at_least + binomial_p_greater(more + 1, more + fewer, 0.5))


def mcnemar_midp_two_sided(b: int, c: int) -> float:
    """Two-sided mid-p: twice the smaller one-sided one, so 1 where b = c."""
    return min(1.0, 2.0 * min(mcnemar_midp(b, c), mcnemar_midp(b, c, greater=False)))


def mcnemar_exact_two_sided(b: int, c: int) -> float:
    """Two-sided exact p: twice the smaller tail, at most 1 (the law is symmetric).

    Source:
        R: binom.test(b, b + c).
    """
    return min(1.0, 2.0 * binomial_p_greater(max(b, c), b + c, 0.5))


class ChiSquare(NamedTuple):
    """A chi-square statistic with 1 degree of freedom, and its two-sided p."""

    statistic: float
    pvalue: float


def mcnemar_chi2(b: int, c: int, *, corrected: bool) -> ChiSquare:
    """McNemar's chi-square, printed and compared but never deciding.

    Args:
        b: Pairs won.
        c: Pairs lost.
        corrected: Whether to take Edwards's 1 off abs(b - c), where it is not 0 already.

    Raises:
        UndefinedTestError: No discordant pair.

    Source:
        McNemar (1947), Psychometrika 12, 153-157. R: mcnemar.test(table, correct = corrected).
    """
    if b + c < 1:
        raise UndefinedTestError("no pair is discordant, so McNemar's chi-square is not defined")
    gap = abs(b - c) - (1 if corrected and b != c else 0)
    statistic = gap * gap / (b + c)
    return ChiSquare(statistic, float(chdtrc(1, statistic)))
