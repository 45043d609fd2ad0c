"""Win rates of pairwise judgments: a win counts 1, a tie 1/2, a loss 0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit, two_bounds, whole_number
from pytest_evalgate.stats.means import StudentT, t_from_moments
from pytest_evalgate.stats.moments import finite_values
from pytest_evalgate.stats.pairs import PairedProportions, paired_proportions
from pytest_evalgate.stats.result import WithoutScale


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRate(WithoutScale):
    """A win rate judged by Tango's score test, and at one half by the exact sign test too.

    The win rate is 1/2 + (wins - losses) / (2 n), a linear map of a paired difference of
    proportions, so a limit maps to 2 * limit - 1. Satisfies ``Inference``.
    """

    counts: PairedProportions  # b: wins, c: losses

    @property
    def estimate(self) -> float:
        """Share of wins plus half of the share of ties."""
        return 0.5 + self.counts.estimate / 2.0

    def statistic(self, limit: float) -> float | None:
        """Tango's z against ``limit``; None where it is infinite."""
        return self.counts.statistic(_mapped(limit))

    def sign_pvalue(self, *, greater: bool = True) -> float:
        """One-sided p of the exact sign test of one half; ties are dropped."""
        return self.counts.exact_pvalue(greater=greater)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: win rate <= limit."""
        return self.counts.p_greater(_mapped(limit))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: win rate >= limit."""
        return self.counts.p_less(_mapped(limit))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the win rates not rejected, each side at ``alpha``."""
        return two_bounds(self.p_greater, self.p_less, alpha, within=(0.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of nothing but wins, or nothing but losses."""
        return self.counts.min_pvalue(_mapped(limit), greater=greater)

    def mean_t(self) -> StudentT:
        """Judge the mean of {1, 1/2, 0} by Student's t, as information; liberal near 0 and 1.

        Raises:
            UndefinedTestError: Fewer than 2 units, or all had the same outcome.
        """
        n, half = self.counts.n, self.counts.estimate / 2.0
        if n < 2:
            raise UndefinedTestError(f"a t test needs at least 2 units, got {n}")
        square = (self.counts.b + self.counts.c) / 4.0 - n * half**2
        return t_from_moments(n, self.estimate, square / (n - 1))


def win_rate(wins: int, losses: int, ties: int = 0) -> WinRate:
    """Judge a win rate with ties.

    ``p_greater(limit)`` tests H0: win rate <= limit; at 1/2 with the exact sign test.

    Args:
        wins: Units on which the candidate was preferred.
        losses: Units on which the baseline was preferred.
        ties: Units on which neither was.

    Raises:
        UndefinedTestError: No units, or a count that is not whole or below 0.

    Source:
        Tango (1998), Statistics in Medicine 17(8), 891-908; Dixon and Mood (1946), JASA 41,
        557-566. R: binom.test(wins, wins + losses, alternative = "greater").
    """
    wins = whole_number(wins, "the number of wins", low=0)
    losses = whole_number(losses, "the number of losses", low=0)
    ties = whole_number(ties, "the number of ties", low=0)
    return WinRate(counts=paired_proportions(wins, losses, wins + losses + ties))


def win_rate_of(outcomes: ArrayLike) -> WinRate:
    """Judge the win rate of outcomes 1 (win), 1/2 (tie) and 0 (loss), shape (n,).

    Raises:
        UndefinedTestError: No outcomes, or one that is neither 0, 1/2 nor 1.
    """
    array = finite_values(outcomes, what="outcomes")
    wins, ties, losses = (int(np.count_nonzero(array == one)) for one in (1.0, 0.5, 0.0))
    if wins + ties + losses < array.size:
        odd = float(array[~np.isin(array, (0.0, 0.5, 1.0))][0])
        raise UndefinedTestError(
            f"outcomes must be 0, 0.5 or 1, got {odd:g}",
            hint="judge graded scores by a paired t test",
        )
    return win_rate(wins, losses, ties)


def _mapped(limit: float) -> float:
    return 2.0 * finite_limit(limit) - 1.0
