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
from pytest_evalgate.stats.moments import Moments, centred, finite_values, magnitude, unit_of


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
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    unit = unit_of(magnitude(first, second))
    arm_c, arm_b = centred(first, unit=unit), centred(second, unit=unit)
    scaled = pooled_from_moments(
        Moments(first.size, arm_c.offset, arm_c.variance if first.size > 1 else 0.0),
        Moments(
            second.size,
            arm_b.offset - (arm_c.first - arm_b.first),
            arm_b.variance if second.size > 1 else 0.0,
        ),
    )
    return StudentT(
        estimate=scaled.estimate * unit, standard_error=scaled.standard_error * unit, df=scaled.df
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
    arrays = [finite_values(group, what="values of a group") for group in groups]
    sizes = np.array([array.size for array in arrays])
    between, within = len(arrays) - 1, int(sizes.sum()) - len(arrays)
    if between < 1 or within < 1:
        raise UndefinedTestError(
            f"an F test needs 2 groups and a spread within, got {len(arrays)} groups of"
            f" {int(sizes.sum())} values in all"
        )
    unit = unit_of(max(magnitude(*arrays), math.ulp(0.0)))
    origin = arrays[0][0] / unit  # one origin for all: near-equal large means keep their digits
    parts = [centred(array / unit - origin, unit=1.0) for array in arrays]
    means = np.array([part.first + part.offset for part in parts])
    about = means - float(sizes @ means) / float(sizes.sum())
    sum_between = float(sizes @ np.square(about))
    sum_within = float(sum(np.square(part.residuals).sum() for part in parts))
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
