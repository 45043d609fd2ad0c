"""Means of samples that share one variance: Student's two-sample t, analysis of variance.

Welch's t asks for less and is what a gate judges by; these are for designs that state equal
variances, and for what is built on them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import Moments
from pytest_evalgate.stats.reducers import reduce_sample
from pytest_evalgate.stats.sufficient import SampleMoments, common_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceRatio:
    """An F statistic, its degrees of freedom, and the upper tail beyond it."""

    statistic: float
    df_between: int
    df_within: int
    pvalue: float


def pooled_from_moments(candidate: Moments, baseline: Moments) -> StudentT:
    """Judge the difference of two means whose samples share one variance.

    Raises:
        UndefinedTestError: An arm without values, fewer than 3 in all, or no variance above 0.
    """
    df = candidate.n + baseline.n - 2
    if min(candidate.n, baseline.n) < 1 or df < 1:
        raise UndefinedTestError(
            f"a pooled t test needs 3 values, got {candidate.n} and {baseline.n}"
        )
    within = (candidate.n - 1) * candidate.variance if candidate.n > 1 else 0.0
    within += (baseline.n - 1) * baseline.variance if baseline.n > 1 else 0.0
    return StudentT(
        estimate=candidate.mean - baseline.mean,
        standard_error=math.sqrt(within / df * (1 / candidate.n + 1 / baseline.n)),
        df=float(df),
    )


def pooled_from_samples(candidate: SampleMoments, baseline: SampleMoments) -> StudentT:
    """Judge the difference of two means from the moments of samples that share one variance.

    Raises:
        UndefinedTestError: Fewer than 3 values in all, or no variance above 0.
    """
    first, second = common_unit(candidate, baseline)
    return pooled_from_moments(
        Moments(first.n, first.above(second), first.variance),
        Moments(second.n, 0.0, second.variance),
    ).times(first.extent.unit)


def pooled_t(candidate: ArrayLike, baseline: ArrayLike) -> StudentT:
    """Judge mean(candidate) - mean(baseline) of independent samples of one common variance.

    H0 for ``p_greater(limit)``: mean(candidate) - mean(baseline) <= limit.

    Args:
        candidate: One value a unit, shape (n,), n >= 1.
        baseline: Other units, shape (m,), m >= 1; n + m >= 3.

    Raises:
        UndefinedTestError: Too few values, one not finite or above 1e150, or values that do
            not vary within the arms.

    Source:
        Student (1908); R: t.test(candidate, baseline, var.equal = TRUE, mu = limit).
        With 5 values of four times the spread against 20 it rejects 32 % at .05: use Welch's.
    """
    return pooled_from_samples(
        reduce_sample(candidate, what="candidate values"),
        reduce_sample(baseline, what="baseline values"),
    )


def anova_f(groups: Sequence[ArrayLike]) -> VarianceRatio:
    """Test that all groups share one mean, given that they share one variance.

    Args:
        groups: Two or more samples, each of shape (n_i,), n_i >= 1.

    Raises:
        UndefinedTestError: Fewer than two groups, an empty one, one value in every group, a
            value not finite or above 1e150, or no spread within any group.

    Source:
        Fisher (1925); R: oneway.test(value ~ group, var.equal = TRUE).
    """
    return anova_from_samples([reduce_sample(one, what="values of a group") for one in groups])


def anova_from_samples(groups: Sequence[SampleMoments]) -> VarianceRatio:
    """Test that all groups share one mean, from the moments of each.

    Raises:
        UndefinedTestError: Fewer than two groups, one value in every group, or no spread within
            any group.
    """
    sizes = np.array([group.n for group in groups])
    between, within = len(groups) - 1, int(sizes.sum()) - len(groups)
    if between < 1 or within < 1:
        raise UndefinedTestError(
            f"an F test needs 2 groups and a spread within, got {len(groups)} groups of"
            f" {int(sizes.sum())} values in all"
        )
    scaled = common_unit(*groups)
    means = np.array([group.above(scaled[0]) for group in scaled])
    about = means - float(sizes @ means) / float(sizes.sum())
    sum_between = float(sizes @ np.square(about))
    sum_within = sum(group.squares for group in scaled)
    if sum_within == 0.0:
        raise UndefinedTestError(
            "no group varies within itself (zero variance), so an F test is undefined",
            hint="check that the runs or samples are not copies of one another",
        )
    statistic = (sum_between / between) / (sum_within / within)
    return VarianceRatio(
        statistic=statistic,
        df_between=between,
        df_within=within,
        pvalue=f_upper_tail(statistic, between, within),
    )


def f_upper_tail(statistic: float, df_between: float, df_within: float) -> float:
    """P(F >= statistic), without 1 - cdf."""
    share = df_within / (df_within + df_between * statistic)
    return float(betainc(df_within / 2.0, df_between / 2.0, share))
