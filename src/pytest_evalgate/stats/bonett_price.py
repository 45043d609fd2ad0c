"""Success rates of two arms on the same units by an adjusted Wald interval (Bonett and Price)."""

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from pytest_evalgate.stats.inversion import finite_limit
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.pairs import PairedProportions, paired_proportions


@dataclass(frozen=True, slots=True, kw_only=True)
class BonettPrice:
    """Inference on the difference of two paired success rates, one pair added to each side.

    A normal interval about (b - c) / (n + 2), which lies a little nearer to 0 than the estimate.
    Test and interval are one procedure, cut at -1 and 1.
    """

    pairs: PairedProportions

    @property
    def estimate(self) -> float:
        """Candidate's rate - baseline's rate, as measured."""
        return self.pairs.estimate

    @property
    def centre(self) -> float:
        """Middle of the interval before it is cut."""
        return (self.pairs.b - self.pairs.c) / (self.pairs.n + 2.0)

    @property
    def standard_error(self) -> float:
        """Standard error with one pair added to each side, never 0."""
        discordant = (self.pairs.b + self.pairs.c + 2.0) / (self.pairs.n + 2.0)
        return math.sqrt((discordant - self.centre**2) / (self.pairs.n + 2.0))

    @property
    def df(self) -> None:
        """Normal reference distribution."""
        return

    def statistic(self, limit: float) -> float:
        """Give (centre - limit) / standard error."""
        return (self.centre - finite_limit(limit)) / self.standard_error

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit."""
        return 0.0 if finite_limit(limit) < -1.0 else float(ndtr(-self.statistic(limit)))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit."""
        return 0.0 if finite_limit(limit) > 1.0 else float(ndtr(self.statistic(limit)))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Bounds, each one-sided at ``alpha``, within [-1, 1]."""
        low, high = self.uncut_interval(alpha)
        return max(low, -1.0), min(high, 1.0)

    def uncut_interval(self, alpha: float) -> tuple[float, float]:
        """Bounds as the formula gives them."""
        require_alpha(alpha)
        half_width = -float(ndtri(alpha)) * self.standard_error
        return self.centre - half_width, self.centre + half_width

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of the most extreme table, every pair discordant in one direction; at most .5."""
        n = self.pairs.n
        best = bonett_price(n, 0, n) if greater else bonett_price(0, n, n)
        return min(0.5, best.p_greater(limit) if greater else best.p_less(limit))


def bonett_price(b: int, c: int, n: int) -> BonettPrice:
    """Inference on the difference of two success rates measured on the same n units.

    ``p_greater(limit)`` tests H0: p_candidate - p_baseline <= limit against H1: > limit.

    Args:
        b: Pairs in which the candidate is right and the baseline wrong.
        c: Pairs in which the candidate is wrong and the baseline right.
        n: All pairs.

    Raises:
        UndefinedTestError: n < 1, or a count that is not whole or not in its range.

    Source:
        Bonett and Price (2012), Journal of Educational and Behavioral Statistics 37(4), 479-488.
        R: PropCIs::diffpropci.mp.
    """
    return BonettPrice(pairs=paired_proportions(b, c, n))
