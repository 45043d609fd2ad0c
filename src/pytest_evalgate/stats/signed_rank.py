"""Paired differences by the sum of their signed ranks: Wilcoxon's test with Pratt's zeros."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values, same_length
from pytest_evalgate.stats.rank_laws import (
    MAX_STEPS,
    TIE_TOLERANCE,
    CountLaw,
    LatticeLaw,
    NormalLaw,
    flip_law,
    flip_steps,
    midranks,
)
from pytest_evalgate.stats.rank_shift import RankShift, WalshAverages, finite_sorted, pair_median


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignedRanks:
    """Midranks of the non-zero differences and the sum of those of positive ones.

    H0 of every p: the differences are symmetric about 0, so that every sign is a fair coin.
    """

    total: int  # sum of the doubled midranks of positive differences
    doubled: NDArray[np.int64] = field(repr=False)  # of the non-zero differences
    zeros: int

    @property
    def v(self) -> float:
        """Sum of the ranks of the positive differences."""
        return self.total / 2.0

    @property
    def is_affordable(self) -> bool:
        """Whether the exact law is computed in well under a second."""
        return flip_steps(self.doubled.size + self.zeros) <= MAX_STEPS

    def exact_pvalue(self, *, greater: bool = True) -> float:
        """One-sided p over all flips of signs, given these midranks; 1.0 if all are zero."""
        law = flip_law(self.doubled)
        return law.at_least(self.total) if greater else law.at_most(self.total)

    def exact_two_sided(self) -> float:
        """Twice the smaller tail, at most 1: the law is symmetric."""
        law = flip_law(self.doubled)
        return min(1.0, 2.0 * min(law.at_least(self.total), law.at_most(self.total)))

    def normal_pvalue(self, *, greater: bool = True, correct: bool = True) -> float:
        """One-sided p by the normal law with the variance of these midranks.

        Args:
            greater: The claim's direction.
            correct: Move the sum by 1/2 towards its mean.
        """
        ranks = self.doubled / 2.0
        sd = math.sqrt(float(np.square(ranks).sum())) / 2.0
        if sd == 0.0:
            return 1.0
        distance = self.v - float(ranks.sum()) / 2.0
        distance = (distance if greater else -distance) - (0.5 if correct else 0.0)
        return float(ndtr(-distance / sd))

    def normal_two_sided(self, *, correct: bool = True) -> float:
        """Two-sided p by the normal law."""
        tails = (self.normal_pvalue(greater=side, correct=correct) for side in (True, False))
        return min(1.0, 2.0 * min(tails))


def signed_ranks(
    differences: ArrayLike, slack: NDArray[np.float64] | None = None, *, rank_zeros: bool = True
) -> SignedRanks:
    """Rank the sizes of the differences.

    Args:
        differences: Shape (n,), n >= 1.
        slack: Sizes this near to one another, or to 0, are equal, shape (n,); by default equal
            but for rounding.
        rank_zeros: Rank zeros with the others and then drop them (Pratt), so that many zeros
            weaken the test; False drops them first (Wilcoxon).

    Raises:
        UndefinedTestError: No differences, or one that is not finite.

    Source:
        Wilcoxon (1945), Biometrics Bulletin 1(6), 80-83; Pratt (1959), JASA 54, 655-667.
        R: coin::wilcoxsign_test(..., zero.method = "Pratt", distribution = "exact").
    """
    array = finite_values(differences, what="differences")
    slack = TIE_TOLERANCE * np.abs(array) if slack is None else slack
    is_zero = np.abs(array) <= slack
    kept = np.ones(array.size, dtype=bool) if rank_zeros else ~is_zero
    sizes = np.where(is_zero, 0.0, np.abs(array))
    doubled = np.zeros(array.size, dtype=np.int64)
    if kept.any():
        doubled[kept] = midranks(sizes[kept], slack[kept]).doubled
    return SignedRanks(
        total=int(doubled[~is_zero & (array > 0.0)].sum()),
        doubled=doubled[~is_zero],
        zeros=int(is_zero.sum()),
    )


def signed_rank(differences: ArrayLike) -> RankShift:
    """Judge the centre of differences that are symmetric about it.

    ``p_greater(limit)`` tests H0: the differences are symmetric about a centre <= limit. Of
    skewed differences it says nothing about mean or median. The exact law up to 500 pairs;
    beyond, the normal law.

    Args:
        differences: candidate - baseline of each pair, shape (n,), n >= 1.

    Raises:
        UndefinedTestError: No differences, one not finite, or all of them equal.

    Source:
        Wilcoxon (1945); Pratt (1959); Hodges and Lehmann (1963).
        R: wilcox.test(differences, mu = limit, conf.int = TRUE).
    """
    array = finite_values(differences, what="differences")
    return _judged(array, TIE_TOLERANCE * np.abs(array))


def paired_signed_rank(candidate: ArrayLike, baseline: ArrayLike) -> RankShift:
    """Judge the centre of candidate - baseline over pairs, as ``signed_rank`` does.

    Differences that are equal but for rounding at the size of the values count as equal.

    Args:
        candidate: One value a unit, shape (n,), n >= 1.
        baseline: The same units in the same order, shape (n,).

    Raises:
        UndefinedTestError: As for ``signed_rank``, or lengths differ.
    """
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    same_length(first, second.size, what="candidate and baseline of pairs")
    return _judged(first - second, TIE_TOLERANCE * np.maximum(np.abs(first), np.abs(second)))


def _judged(differences: NDArray[np.float64], slack: NDArray[np.float64]) -> RankShift:
    if np.ptp(differences) <= 2.0 * float(slack.max()):
        raise UndefinedTestError(
            f"all {differences.size} differences equal {differences[0]:g}:"
            " their centre cannot be bounded without spread",
            hint="check that the runs or samples are not copies of one another",
        )
    values = WalshAverages(
        down=finite_sorted(differences - slack), up=finite_sorted(differences + slack)
    )
    ranks = signed_ranks(differences, slack)
    law, sd = centre_law(differences.size)
    return RankShift(
        estimate=pair_median(values),
        values=values,
        law=law,
        sd=sd,
        greater_at_0=max(_at_0(ranks, greater=True), law.at_least(values.size - values.below(0.0))),
        less_at_0=max(_at_0(ranks, greater=False), law.at_least(values.size - values.above(0.0))),
        is_exact=ranks.is_affordable,
    )


def centre_law(n: int) -> tuple[CountLaw, float]:
    """Law of the sum of positive ranks of n differences without ties, and its sd, under H0."""
    size = n * (n + 1) / 2.0
    sd = math.sqrt(size * (2 * n + 1) / 12.0)
    if flip_steps(n) <= MAX_STEPS:
        law = flip_law(np.arange(1, n + 1))
        return LatticeLaw(lowest=0, step=1, upper=law.upper, lower=law.lower), sd
    return NormalLaw(mean=size / 2.0, sd=sd, lowest=0.0, highest=size, half_step=0.5), sd


def _at_0(ranks: SignedRanks, *, greater: bool) -> float:
    if ranks.is_affordable:
        return ranks.exact_pvalue(greater=greater)
    return ranks.normal_pvalue(greater=greater)
