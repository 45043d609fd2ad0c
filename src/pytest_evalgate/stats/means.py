"""Means judged by Student's t: one sample, pairs, and two samples of unequal variance."""

import math
import sys
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import Moments
from pytest_evalgate.stats.reducers import reduce_differences, reduce_sample
from pytest_evalgate.stats.sufficient import SampleMoments, common_unit, require_varied


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentT:
    """An estimate whose error, divided by its standard error, follows Student's t.

    ``df`` is None for the normal law. Satisfies ``Inference``.

    Raises:
        UndefinedTestError: A field is not finite, the standard error is zero or too small to
            be stored in full, or there is no degree of freedom.
    """

    estimate: float
    standard_error: float
    df: float | None

    def __post_init__(self) -> None:
        require_finite(self.estimate, what="estimate")
        require_finite(self.standard_error, what="standard error")
        if self.standard_error < sys.float_info.min:
            raise UndefinedTestError(
                f"the standard error is {self.standard_error:g}, the test is undefined",
                hint="values that do not vary cannot be judged by a t test",
            )
        if self.df is not None and not 0.0 < self.df < math.inf:
            raise UndefinedTestError(f"degrees of freedom must be above 0, got {self.df:g}")

    def statistic(self, limit: float) -> float:
        """Give (estimate - limit) / standard error."""
        require_finite(limit, what="limit")
        return (self.estimate - limit) / self.standard_error

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: effect <= limit."""
        return self._lower_tail(-self.statistic(limit))  # the upper tail, without 1 - cdf

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: effect >= limit."""
        return self._lower_tail(self.statistic(limit))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Low and high, each one-sided at ``alpha``: estimate -+ quantile * standard error."""
        require_alpha(alpha)
        quantile = float(ndtri(alpha) if self.df is None else stdtrit(self.df, alpha))
        half_width = -quantile * self.standard_error
        return self.estimate - half_width, self.estimate + half_width

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 0.0: a t statistic can be as large as one likes."""
        return 0.0

    def times(self, unit: float) -> "StudentT":
        """Give the same inference of ``unit`` times the effect, unit > 0."""
        return StudentT(
            estimate=self.estimate * unit, standard_error=self.standard_error * unit, df=self.df
        )

    def _lower_tail(self, statistic: float) -> float:
        return float(ndtr(statistic) if self.df is None else stdtr(self.df, statistic))


def require_finite(number: float, *, what: str) -> None:
    """Refuse NaN and infinity, which compare False with everything.

    Raises:
        UndefinedTestError: ``number`` is not finite.
    """
    if not math.isfinite(number):
        raise UndefinedTestError(f"the {what} must be a finite number, got {number}")


def require_alpha(alpha: float) -> None:
    """Refuse a level at which low could exceed high.

    Raises:
        UndefinedTestError: ``alpha`` is outside (0, 0.5].
    """
    if not 0.0 < alpha <= 0.5:
        raise UndefinedTestError(f"a one-sided level lies in (0, 0.5], got {alpha}")


def t_from_moments(n: int, mean: float, variance: float) -> StudentT:
    """Judge a mean from the number of values, their mean and their variance (n - 1).

    Raises:
        UndefinedTestError: n < 2, or the variance is not above 0.
    """
    _require_moments(Moments(n, mean, variance), what="values")
    return StudentT(estimate=mean, standard_error=math.sqrt(variance / n), df=float(n - 1))


def welch_from_moments(candidate: Moments, baseline: Moments) -> StudentT:
    """Judge the difference of two means from the moments of each arm (Welch 1947).

    Raises:
        UndefinedTestError: An arm has n < 2, or no variance above 0.
    """
    _require_moments(candidate, what="candidate values")
    _require_moments(baseline, what="baseline values")
    part_c = candidate.variance / candidate.n
    part_b = baseline.variance / baseline.n
    total = part_c + part_b
    share_c, share_b = part_c / total, part_b / total  # shares, so that no square underflows
    return StudentT(
        estimate=candidate.mean - baseline.mean,
        standard_error=math.sqrt(total),
        df=1.0 / (share_c**2 / (candidate.n - 1) + share_b**2 / (baseline.n - 1)),
    )


def t_from_sample(sample: SampleMoments, *, what: str = "values") -> StudentT:
    """Judge the mean of a sample, or of the differences of pairs, from its moments.

    Raises:
        UndefinedTestError: n < 2, or values that vary no more than rounding does.
    """
    _require_two(sample.n, what=what)
    require_varied(sample, what=what)
    return t_from_moments(*sample.scaled).times(sample.extent.unit)


def welch_from_samples(candidate: SampleMoments, baseline: SampleMoments) -> StudentT:
    """Judge the difference of two means by Welch's t from the moments of both samples.

    Raises:
        UndefinedTestError: An arm has n < 2, or values that vary no more than rounding does.
    """
    for arm, what in ((candidate, "candidate values"), (baseline, "baseline values")):
        _require_two(arm.n, what=what)
        require_varied(arm, what=what)
    first, second = common_unit(candidate, baseline)
    return welch_from_moments(
        Moments(first.n, first.above(second), first.variance),
        Moments(second.n, 0.0, second.variance),
    ).times(first.extent.unit)


def one_sample_t(values: ArrayLike) -> StudentT:
    """Judge the mean of independent values by Student's t with n - 1 degrees of freedom.

    H0 for ``p_greater(limit)``: mean <= limit.

    Args:
        values: One value a unit, shape (n,), n >= 2.

    Raises:
        UndefinedTestError: n < 2, not finite, above 1e150, or zero variance.

    Source:
        Student (1908), Biometrika 6(1), 1-25. R: t.test(values, mu = limit).
    """
    return t_from_sample(reduce_sample(values, at_least=2))


def paired_t(candidate: ArrayLike, baseline: ArrayLike) -> StudentT:
    """Judge the mean of candidate - baseline over pairs by Student's t.

    H0 for ``p_greater(limit)``: mean(candidate - baseline) <= limit.

    Args:
        candidate: One value a unit, shape (n,), n >= 2.
        baseline: The same units in the same order, shape (n,).

    Raises:
        UndefinedTestError: As for ``one_sample_t``, lengths differ, or the differences vary
            no more than rounding at the magnitude of the values does.

    Source:
        Student (1908). R: t.test(candidate, baseline, paired = TRUE, mu = limit).
    """
    return t_from_sample(reduce_differences(candidate, baseline), what="differences")


def welch_t(candidate: ArrayLike, baseline: ArrayLike) -> StudentT:
    """Judge mean(candidate) - mean(baseline) of independent samples by Welch's t.

    H0 for ``p_greater(limit)``: mean(candidate) - mean(baseline) <= limit.

    Args:
        candidate: One value a unit, shape (n,), n >= 2.
        baseline: Other units, shape (m,), m >= 2.

    Raises:
        UndefinedTestError: An arm has n < 2, a value not finite or above 1e150, or zero
            variance: an arm that never varies was copied or cached, not measured.

    Source:
        Welch (1947), Biometrika 34, 28-35. R: t.test(candidate, baseline, mu = limit).
    """
    return welch_from_samples(
        reduce_sample(candidate, what="candidate values", at_least=2),
        reduce_sample(baseline, what="baseline values", at_least=2),
    )


def _require_moments(moments: Moments, *, what: str) -> None:
    _require_two(moments.n, what=what)
    require_finite(moments.mean, what=f"mean of the {what}")
    if not 0.0 < moments.variance < math.inf:
        raise UndefinedTestError(
            f"the variance of the {what} must be finite and above 0, got {moments.variance:g}"
        )


def _require_two(n: int, *, what: str) -> None:
    if n < 2:
        raise UndefinedTestError(f"a t test needs at least 2 {what}, got {n}")
