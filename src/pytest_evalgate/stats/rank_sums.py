"""Two independent samples by the sum of ranks: Mann-Whitney, also as a test of a shift."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values, is_constant, magnitude
from pytest_evalgate.stats.rank_laws import (
    MAX_STEPS,
    CountLaw,
    LatticeLaw,
    NormalLaw,
    choice_law,
    choice_steps,
    midranks,
)
from pytest_evalgate.stats.rank_shift import Differences, RankShift, finite_sorted, pair_median


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankSum:
    """What the rank tests of two samples need: the pooled midranks and the candidate's sum.

    H0 of every p: both samples come from one distribution. ``greater`` is the p of the claim
    that the candidate's values tend to be larger.
    """

    n: int  # candidate values
    m: int  # baseline values
    total: int  # sum of the candidate's doubled midranks
    doubled: NDArray[np.int64] = field(repr=False)  # pooled midranks, doubled, shape (n + m,)
    tie_sum: float  # sum of t^3 - t over tied groups

    @property
    def u(self) -> float:
        """Pairs in which the candidate's value is larger, plus half of the ties."""
        return self.total / 2.0 - self.n * (self.n + 1) / 2.0

    @property
    def superiority(self) -> float:
        """P(candidate > baseline) + P(equal) / 2 in the samples."""
        return self.u / (self.n * self.m)

    @property
    def is_affordable(self) -> bool:
        """Whether the exact law is computed in well under a second."""
        return choice_steps(self.n, self.m) <= MAX_STEPS

    @property
    def sd(self) -> float:
        """Standard deviation of U under H0, ties accounted for; 0.0 if all values are tied."""
        pooled = self.n + self.m
        spread = (pooled + 1) - self.tie_sum / (pooled * (pooled - 1))
        return math.sqrt(max(self.n * self.m / 12.0 * spread, 0.0))

    def exact_law(self) -> LatticeLaw:
        """Permutation law of ``total``, given these midranks."""
        return choice_law(self.doubled, self.n)

    def exact_pvalue(self, *, greater: bool = True) -> float:
        """One-sided p by the permutation law of the midranks."""
        law = self.exact_law()
        return law.at_least(self.total) if greater else law.at_most(self.total)

    def exact_two_sided(self) -> float:
        """P(|U - mean| >= the observed) by the permutation law of the midranks."""
        law, mean = self.exact_law(), self.n * (self.n + self.m + 1)
        distance = abs(self.total - mean)
        if distance == 0:
            return 1.0
        return law.at_least(mean + distance) + law.at_most(mean - distance)

    def normal_pvalue(self, *, greater: bool = True, correct: bool = True) -> float:
        """One-sided p by the normal law with the tie correction; 1.0 if all values are tied.

        Args:
            greater: The claim's direction.
            correct: Move U by 1/2 towards its mean.
        """
        if self.sd == 0.0:
            return 1.0
        distance = self.u - self.n * self.m / 2.0
        distance = (distance if greater else -distance) - (0.5 if correct else 0.0)
        return float(ndtr(-distance / self.sd))

    def normal_two_sided(self, *, correct: bool = True) -> float:
        """Two-sided p by the normal law with the tie correction."""
        distance = abs(self.u - self.n * self.m / 2.0)
        if self.sd == 0.0 or distance == 0.0:
            return 1.0
        return float(2.0 * ndtr(-(distance - (0.5 if correct else 0.0)) / self.sd))


def rank_sum(candidate: ArrayLike, baseline: ArrayLike) -> RankSum:
    """Rank both samples together.

    Args:
        candidate: One value a unit, shape (n,), n >= 1.
        baseline: Other units, shape (m,), m >= 1.

    Raises:
        UndefinedTestError: An arm is empty, or a value not finite.
    """
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    ranks = midranks(np.concatenate((first, second)))
    return RankSum(
        n=first.size,
        m=second.size,
        total=int(ranks.doubled[: first.size].sum()),
        doubled=ranks.doubled,
        tie_sum=ranks.tie_sum,
    )


def mann_whitney(candidate: ArrayLike, baseline: ArrayLike) -> RankShift:
    """Judge how far the candidate's distribution is shifted from the baseline's.

    ``p_greater(limit)`` tests H0: candidate - limit is distributed as the baseline or lower.
    Valid as a test of location only if the two distributions have one shape: with equal medians
    and unequal spread it rejects up to 15 % at 0.05. The exact law up to 80 against 80 values,
    or as costly; beyond, the normal law with continuity and tie corrections.

    Args:
        candidate: One value a unit, shape (n,), n >= 1.
        baseline: Other units, shape (m,), m >= 1.

    Raises:
        UndefinedTestError: An arm is empty, a value not finite, or no arm varies.

    Source:
        Mann and Whitney (1947), Annals of Mathematical Statistics 18(1), 50-60; Hodges and
        Lehmann (1963), ibid. 34(2), 598-611. R: wilcox.test(candidate, baseline, mu = limit,
        conf.int = TRUE), with ties coin::wilcox_test(distribution = "exact").
    """
    ranks = rank_sum(candidate, baseline)
    first = finite_sorted(finite_values(candidate))
    second = finite_sorted(finite_values(baseline))
    if all(is_constant(arm, size=magnitude(arm)) for arm in (first, second)):
        raise UndefinedTestError(
            f"all {ranks.n} candidate values equal {first[0]:g} and all {ranks.m} baseline"
            f" values {second[0]:g}: a shift cannot be bounded without spread",
            hint="check that the runs or samples are not copies of one another",
        )
    values = Differences(first=first, second=second)
    law, sd = shift_law(ranks.n, ranks.m)
    return RankShift(
        estimate=pair_median(values),
        values=values,
        law=law,
        sd=sd,
        greater_at_0=max(_at_0(ranks, greater=True), law.at_least(values.size - values.below(0.0))),
        less_at_0=max(_at_0(ranks, greater=False), law.at_least(values.size - values.above(0.0))),
        is_exact=ranks.is_affordable,
    )


def shift_law(n: int, m: int) -> tuple[CountLaw, float]:
    """Law of U without ties under H0, and its standard deviation."""
    sd = math.sqrt(n * m * (n + m + 1) / 12.0)
    if choice_steps(n, m) <= MAX_STEPS:
        law = choice_law(np.arange(n + m), n)  # ranks from 0: their sum less its least is U
        return LatticeLaw(lowest=0, step=1, upper=law.upper, lower=law.lower), sd
    size = float(n * m)
    return NormalLaw(mean=size / 2.0, sd=sd, lowest=0.0, highest=size, half_step=0.5), sd


def _at_0(ranks: RankSum, *, greater: bool) -> float:
    if ranks.is_affordable:
        return ranks.exact_pvalue(greater=greater)
    return ranks.normal_pvalue(greater=greater)
