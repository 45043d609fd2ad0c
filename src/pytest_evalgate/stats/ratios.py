"""Effects as ratios: of means, tested without ever dividing, and of geometric means."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossing import crossing
from pytest_evalgate.stats.means import (
    require_alpha,
    require_finite,
    t_from_sample,
    welch_from_samples,
)
from pytest_evalgate.stats.moments import LARGEST_MAGNITUDE, finite_values
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.sufficient import PairedMoments, SampleMoments


WIDEST: Final = 60
"""Doublings of the first guess after which a bound of a ratio counts as infinite."""


LARGEST_LOG: Final = 700.0
"""Just inside the range of exp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A ratio of means, candidate / baseline, judged by the linear contrast a - rho * b.

    H0 of ``p_greater(rho)``: mean(candidate) <= rho * mean(baseline), or mean(baseline) <= 0.
    No ratio is formed, so the noise of the denominator does no harm; the interval inverts the
    test and equals Fieller's for pairs. The p-value is never below that of "the baseline mean
    is above 0", without which "5 % worse" has no direction.

    Args:
        contrast: From rho to the inference of mean(candidate - rho * baseline), in any design.
        estimate: Ratio of the two means.
        baseline: Inference of the baseline's own mean.

    Raises:
        UndefinedTestError: The baseline's mean is not above 0, or the contrast at the estimate
            is undefined (the candidate is an exact multiple of the baseline).

    Source:
        Fieller (1954), JRSS B 16(2), 175-185; Sasabuchi (1988); Hasler, Vonk and Hothorn
        (2008), Stat Med 27(4), 490-503. R: t.test(candidate - rho * baseline).
    """

    contrast: Callable[[float], Inference]
    estimate: float
    baseline: Inference

    def __post_init__(self) -> None:
        require_finite(self.estimate, what="ratio of means")
        if not self.baseline.estimate > 0.0:
            raise _baseline_not_positive(self.baseline.estimate)
        self._at(self.estimate)

    @property
    def standard_error(self) -> float | None:
        """Standard error of the ratio by the delta method; the test does not use it."""
        error = self._at(self.estimate).standard_error
        return None if error is None else error / self.baseline.estimate

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the contrast at the estimate."""
        return self._at(self.estimate).df

    def statistic(self, limit: float) -> float | None:
        """Statistic of mean(candidate - limit * baseline) against 0."""
        return self._at(limit).statistic(0.0)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: ratio <= limit."""
        return max(self._at(limit).p_greater(0.0), self.baseline.p_greater(0.0))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: ratio >= limit."""
        return max(self._at(limit).p_less(0.0), self.baseline.p_greater(0.0))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``.

        Raises:
            UndefinedTestError: The baseline's mean is not above 0 at ``alpha`` (Fieller's
                g >= 1): no finite interval exists.
        """
        require_alpha(alpha)
        if not self.baseline.p_greater(0.0) < alpha:
            raise _baseline_not_positive(self.baseline.estimate)
        low, high = self._at(self.estimate).interval(alpha)
        return (
            self._bound(self.p_greater, alpha, first=low),
            self._bound(self.p_less, alpha, first=high),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Smallest p of the contrast at ``limit`` for data of this size."""
        return self._at(limit).min_pvalue(0.0, greater=greater)

    def _at(self, limit: float) -> Inference:
        require_finite(limit, what="limit")
        if abs(limit) > LARGEST_MAGNITUDE:
            raise UndefinedTestError(
                f"a ratio of means beyond {LARGEST_MAGNITUDE:g} cannot be judged, got {limit:g}"
            )
        return self.contrast(limit)

    def _bound(
        self, pvalue: Callable[[float], float], alpha: float, *, first: float | None
    ) -> float | None:
        """Walk outward from the estimate until rejected, then close in; None if never."""
        if pvalue(self.estimate) < alpha:  # only at alpha = 0.5, by rounding
            return self.estimate
        if first is None:
            return None
        step = first / self.baseline.estimate
        kept = self.estimate
        for _ in range(WIDEST):
            outer = self.estimate + step
            if pvalue(outer) < alpha:
                return crossing(pvalue, alpha, rejected=outer, kept=kept)
            kept = outer
            step *= 2.0
        return None


def relative(
    contrast: Callable[[float], Inference], *, candidate_mean: float, baseline: Inference
) -> Relative:
    """Build a ``Relative`` from the candidate's mean and the baseline's own inference.

    Raises:
        UndefinedTestError: As for ``Relative``; a baseline mean of 0 too.
    """
    if not baseline.estimate > 0.0:
        raise _baseline_not_positive(baseline.estimate)
    return Relative(
        contrast=contrast, estimate=float(candidate_mean / baseline.estimate), baseline=baseline
    )


def relative_from_pairs(pairs: PairedMoments) -> Relative:
    """Judge the ratio of the means of paired arms from their moments (Fieller's interval).

    Raises:
        UndefinedTestError: As for ``Relative`` and ``t_from_sample``.
    """
    baseline = t_from_sample(pairs.second, what="baseline values")
    return relative(
        lambda rho: t_from_sample(pairs.contrast(rho), what="contrasts"),
        candidate_mean=baseline.estimate + _mean_of(pairs.first),
        baseline=baseline,
    )


def relative_from_samples(candidate: SampleMoments, baseline: SampleMoments) -> Relative:
    """Judge the ratio of the means of independent arms from their moments.

    Raises:
        UndefinedTestError: As for ``Relative`` and ``welch_from_samples``.
    """
    return relative(
        lambda rho: welch_from_samples(candidate, baseline.times(rho)),
        candidate_mean=_mean_of(candidate),
        baseline=t_from_sample(baseline, what="baseline values"),
    )


def _mean_of(sample: SampleMoments) -> float:
    return sample.scaled.mean * sample.extent.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRatio:
    """An inference made on logarithms, told on the scale of the values.

    A mean difference of logs becomes a ratio of geometric means, a mean log a geometric mean.

    Args:
        logs: Inference of the logarithms; limits given here are logged before they reach it.

    Raises:
        UndefinedTestError: The ratio is too large or too small for a float.
    """

    logs: Inference

    def __post_init__(self) -> None:
        if abs(self.logs.estimate) > LARGEST_LOG:
            raise UndefinedTestError(
                f"exp({self.logs.estimate:g}), the ratio of geometric means, leaves the range"
                " of a float"
            )

    @property
    def estimate(self) -> float:
        """Ratio of geometric means, or geometric mean."""
        return math.exp(self.logs.estimate)

    @property
    def standard_error(self) -> float | None:
        """Standard error by the delta method; the test does not use it."""
        error = self.logs.standard_error
        return None if error is None else self.estimate * error

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the inference on logs."""
        return self.logs.df

    def statistic(self, limit: float) -> float | None:
        """Statistic of the logs against log(limit)."""
        return self.logs.statistic(_log_limit(limit))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: ratio <= limit, with limit > 0."""
        return self.logs.p_greater(_log_limit(limit))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: ratio >= limit, with limit > 0."""
        return self.logs.p_less(_log_limit(limit))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; low 0.0 is unbounded below."""
        low, high = self.logs.interval(alpha)
        return (0.0 if low is None else _exp(low)), (None if high is None else _exp(high))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Smallest p of the inference on logs for data of this size."""
        return self.logs.min_pvalue(_log_limit(limit), greater=greater)


def log_values(values: ArrayLike, *, what: str = "values") -> NDArray[np.float64]:
    """Give the natural logarithms of positive values, shape (n,).

    Raises:
        UndefinedTestError: A value is zero or negative: a geometric mean is of positive values,
            and log(x + 1) would answer another question.
    """
    array = finite_values(values, what=what)
    if not (array > 0.0).all():
        position = int(np.flatnonzero(array <= 0.0)[0])
        raise UndefinedTestError(
            f"a geometric mean needs {what} above 0, number {position + 1} is {array[position]:g}",
            hint="use statistic: mean, or a quantile",
        )
    return np.log(array)


def _log_limit(limit: float) -> float:
    require_finite(limit, what="limit")
    if limit <= 0.0:
        raise UndefinedTestError(
            f"a limit of a geometric mean or of their ratio must be above 0, got {limit:g}"
        )
    return math.log(limit)


def _exp(bound: float) -> float | None:
    """Leave the logarithms; a bound beyond the largest float is no bound."""
    try:
        return math.exp(bound)
    except OverflowError:
        return None


def _baseline_not_positive(estimate: float) -> UndefinedTestError:
    return UndefinedTestError(
        f"the baseline mean {estimate:g} is not clearly above 0, so a relative limit has no"
        " direction",
        hint="give the limit in the metric's unit, or gather more baseline values",
    )
