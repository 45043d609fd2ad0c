"""P(candidate > baseline) + P(equal) / 2 of two independent samples: Brunner-Munzel."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit, stdtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit, open_level
from pytest_evalgate.stats.joined import joined_bounds, joined_pvalue
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import finite_values
from pytest_evalgate.stats.power import MOST, z_sum
from pytest_evalgate.stats.rank_laws import midranks
from pytest_evalgate.stats.rank_splits import (
    RankTails,
    is_enumerable,
    share_of_one_split,
    tails_of_splits,
)


class Placements(NamedTuple):
    """What Brunner-Munzel's test needs: the estimate, and the spread of the placements.

    A candidate's placement is the share of the baseline that it beats, a tie counting 1/2; a
    baseline's is the share of the candidates that beat it. Both have the estimate as their mean.
    """

    n: int
    m: int
    estimate: float
    candidate_variance: float  # with denominator n - 1
    baseline_variance: float  # with denominator m - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Superiority:
    """The probability that a candidate's value exceeds a baseline's. Satisfies ``Inference``.

    Away from one half the test is a t test on the logit scale, and its p is never below
    limit**min(n, m): so likely can even perfect separation be if the limit is true. At one half
    it is Brunner-Munzel's t, or the permutation law of its statistic where all splits of the
    data can be enumerated; never below 1 / C(n + m, n). The two are joined so that a stricter
    limit never passes where a weaker one fails; the interval is the hull of what they keep.
    """

    placements: Placements
    splits: RankTails | None  # permutation law at one half; None where there are too many splits

    @property
    def estimate(self) -> float:
        """P(candidate > baseline) + P(equal) / 2 in the samples."""
        return self.placements.estimate

    @property
    def standard_error(self) -> float | None:
        """Standard error of the estimate; None if the samples do not overlap."""
        return math.sqrt(self._square) if self._square > 0.0 else None

    @property
    def df(self) -> float | None:
        """Satterthwaite's degrees of freedom; None if the samples do not overlap."""
        if self._square <= 0.0:
            return None
        data = self.placements
        share_c = data.candidate_variance / data.n / self._square
        share_b = data.baseline_variance / data.m / self._square
        return 1.0 / (share_c**2 / (data.n - 1) + share_b**2 / (data.m - 1))

    def plain_t(self) -> StudentT:
        """Brunner-Munzel's t, not on the logit scale: liberal at limits other than one half.

        Raises:
            UndefinedTestError: The samples do not overlap.
        """
        if self.standard_error is None:
            raise UndefinedTestError("the samples do not overlap, so the t test is undefined")
        return StudentT(estimate=self.estimate, standard_error=self.standard_error, df=self.df)

    def statistic(self, limit: float) -> float | None:
        """The t statistic: on the logit scale away from one half; None where it is infinite."""
        limit, error = finite_limit(limit), self.standard_error
        if error is None or not 0.0 < limit < 1.0:
            return None
        if limit == 0.5:
            return (self.estimate - limit) / error
        slope = self.estimate * (1.0 - self.estimate)
        return float((logit(self.estimate) - logit(limit)) / error * slope)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: probability <= limit; 1 from limit 1 on."""
        return self._p(finite_limit(limit), greater=True)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: probability >= limit; 1 from limit 0 down."""
        return self._p(finite_limit(limit), greater=False)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the probabilities not rejected, each side at ``alpha``."""
        open_level(alpha)
        return joined_bounds(self.p_greater, self.p_less, alpha, point=0.5, within=(0.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of samples that do not overlap."""
        least = share_of_one_split(self.placements.n, self.placements.m)
        general = self._floor(finite_limit(limit), greater=greater)
        return joined_pvalue(limit, point=0.5, special=least, general=general, greater=greater)

    def _p(self, limit: float, *, greater: bool) -> float:
        return joined_pvalue(
            limit,
            point=0.5,
            special=self._at_half(greater=greater),
            general=max(self._tail(limit, greater=greater), self._floor(limit, greater=greater)),
            greater=greater,
        )

    def _at_half(self, *, greater: bool) -> float:
        if self.splits is not None:
            return self.splits.greater if greater else self.splits.less
        least = share_of_one_split(self.placements.n, self.placements.m)
        return max(self._tail(0.5, greater=greater), least)

    def _tail(self, limit: float, *, greater: bool) -> float:
        """The p of t; of samples that do not overlap 0 on the side they show, else 1."""
        distance = self.estimate - limit if greater else limit - self.estimate
        statistic, df = self.statistic(limit), self.df
        if statistic is None or df is None:
            return 0.0 if distance > 0.0 else 1.0
        return float(stdtr(df, -statistic if greater else statistic))

    def _floor(self, limit: float, *, greater: bool) -> float:
        """Largest probability of perfect separation if the probability equals ``limit``.

        min(n, m) pairs of distinct units can be formed, and all of them must be won.
        """
        share = min(max(limit if greater else 1.0 - limit, 0.0), 1.0)
        return float(share ** min(self.placements.n, self.placements.m))

    @property
    def _square(self) -> float:
        data = self.placements
        return data.candidate_variance / data.n + data.baseline_variance / data.m


def placements_of(candidate: ArrayLike, baseline: ArrayLike) -> Placements:
    """Reduce two samples to their placements.

    Args:
        candidate: One value a unit, shape (n,), n >= 2.
        baseline: Other units, shape (m,), m >= 2.

    Raises:
        UndefinedTestError: An arm has fewer than 2 values, a value is not finite, or all
            values of both arms are equal.
    """
    ranks, n = _pooled(candidate, baseline)
    return _placements(ranks, n)


def superiority(candidate: ArrayLike, baseline: ArrayLike) -> Superiority:
    """Judge the probability that a candidate's value exceeds a baseline's.

    ``p_greater(limit)`` tests H0: P(candidate > baseline) + P(equal) / 2 <= limit, a limit such
    as 0.5 or 0.75. Spreads and shapes may differ; ties may be many.

    Args:
        candidate: One value a unit, shape (n,), n >= 2.
        baseline: Other units, shape (m,), m >= 2.

    Raises:
        UndefinedTestError: As for ``placements_of``.

    Source:
        Brunner and Munzel (2000), Biometrical Journal 42(1), 17-25; Neubert and Brunner (2007).
        R: lawstat::brunner.munzel.test(baseline, candidate).
    """
    ranks, n = _pooled(candidate, baseline)
    return Superiority(
        placements=_placements(ranks, n),
        splits=tails_of_splits(ranks, n) if is_enumerable(n, ranks.size - n) else None,
    )


def _pooled(candidate: ArrayLike, baseline: ArrayLike) -> tuple[NDArray[np.int64], int]:
    """Doubled midranks of both samples together, the candidate's first, and how many these are."""
    first = finite_values(candidate, what="candidate values", at_least=2)
    second = finite_values(baseline, what="baseline values", at_least=2)
    ranks = midranks(np.concatenate((first, second)))
    if ranks.tie_sizes.size == 1:
        raise UndefinedTestError(
            f"all {ranks.doubled.size} values of both arms equal {first[0]:g}",
            hint="check that the runs or samples are not copies of one another",
        )
    return ranks.doubled, first.size


def _placements(ranks: NDArray[np.int64], n: int) -> Placements:
    m = ranks.size - n
    won = _beaten(ranks[:n]) / (2.0 * m)
    lost = 1.0 - _beaten(ranks[n:]) / (2.0 * n)
    return Placements(n, m, float(won.mean()), float(won.var(ddof=1)), float(lost.var(ddof=1)))


def _beaten(ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Twice the values of the other arm below each value: pooled rank less rank in the own arm."""
    own = midranks(ranks.astype(np.float64)).doubled
    return ranks - own


def superiority_needed(chance: float, limit: float, alpha: float, power: float) -> int | None:
    """Units per arm with the power asked for, as many in each; None where none would do.

    Against one half by Noether's variance 1 / (6 n); against other limits on the logit scale, by
    the variance at the true chance if one law is a power of the other. Never fewer than can give
    a p below ``alpha`` at all.

    Args:
        chance: True P(candidate > baseline) + P(equal) / 2, above ``limit``.
        limit: Chance to clear, in (0, 1).
        alpha: One-sided level.
        power: Power asked for.

    Source:
        Noether (1987), JASA 82, 645-647; Hanley and McNeil (1982), Radiology 143(1), 29-36.
    """
    is_sound = 0.0 < limit < chance < 1.0 and 0.0 < alpha < 1.0 and 0.0 < power < 1.0
    if not is_sound:
        return None
    if limit == 0.5:
        distance, variance = chance - limit, 1.0 / 6.0
    else:
        distance = float(logit(chance) - logit(limit))
        squares = chance / (2.0 - chance) + 2.0 * chance**2 / (1.0 + chance)
        variance = (squares - 2.0 * chance**2) / (chance * (1.0 - chance)) ** 2
    units = variance * (z_sum(alpha, power) / distance) ** 2
    if units > MOST:
        return None
    n = max(2, math.ceil(units - 1e-9))
    while n <= MOST and _least(n, limit) >= alpha:
        n += 1
    return n if n <= MOST else None


def _least(n: int, limit: float) -> float:
    """Smallest p that n units per arm can give."""
    general, special = limit**n, share_of_one_split(n, n)
    return float(joined_pvalue(limit, point=0.5, special=special, general=general, greater=True))
