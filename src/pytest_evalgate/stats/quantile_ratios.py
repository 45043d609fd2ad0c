"""The ratio of one quantile between two arms, judged without dividing."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit, lower_bound, open_level, upper_bound
from pytest_evalgate.stats.moments import LARGEST_MAGNITUDE
from pytest_evalgate.stats.quantile_differences import QuantileDifference, quantile_difference
from pytest_evalgate.stats.quantiles import Quantile, quantile_inference
from pytest_evalgate.stats.result import WithoutStatistic


_WIDEST: Final = 2.0**200
"""Multiple of the estimate, or of 1, beyond which a bound of a ratio counts as infinite."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantileRatio(WithoutStatistic):
    """The p-quantile of the candidate over that of the baseline. Satisfies ``Inference``.

    H0 of ``p_less(rho)``: candidate >= rho * baseline, or the baseline's quantile is not above
    0. No ratio is formed: candidate - rho * baseline is held against 0. "At most 5 % slower at
    the 95th percentile" is ``p_less(1.05)``.
    """

    difference: QuantileDifference
    baseline: Quantile = field(repr=False)

    def __post_init__(self) -> None:
        if not self.baseline.estimate > 0.0:
            raise _not_positive(self.baseline.estimate)

    @property
    def estimate(self) -> float:
        """Ratio of the sample quantiles of type 7."""
        return self.difference.candidate_quantile / self.difference.baseline_quantile

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: ratio <= limit; a limit below 0 is judged as 0."""
        factor = _factor(limit)
        weight = self.difference.weight_at_most(0.0, factor=factor)
        return max(weight, self.baseline.p_greater(0.0))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: ratio >= limit; 1 for a limit of 0 or less."""
        factor = _factor(limit)
        if factor == 0.0:
            return 1.0
        weight = self.difference.weight_at_least(0.0, factor=factor)
        return max(weight, self.baseline.p_greater(0.0))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where there is no bound.

        Raises:
            UndefinedTestError: The baseline's quantile is not above 0 at ``alpha``.
        """
        open_level(alpha)
        if not self.baseline.p_greater(0.0) < alpha:
            raise _not_positive(self.baseline.estimate)
        low = high = None
        if self.p_greater(0.0) < alpha:
            kept = self._beyond(lambda limit: self.p_greater(limit) >= alpha)
            low = None if kept is None else lower_bound(self.p_greater, alpha, within=(0.0, kept))
        rejected = self._beyond(lambda limit: self.p_less(limit) < alpha)
        if rejected is not None:
            high = upper_bound(self.p_less, alpha, within=(0.0, rejected))
        return low, high

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of arms that lie far apart."""
        return self.difference.min_pvalue(finite_limit(limit), greater=greater)

    def _beyond(self, is_there: Callable[[float], bool]) -> float | None:
        """Walk up in doublings until a condition holds; None if it never does."""
        limit = max(self.estimate, sys.float_info.min)
        while not is_there(limit):
            limit *= 2.0
            if limit > min(_WIDEST * max(self.estimate, 1.0), LARGEST_MAGNITUDE):
                return None
        return limit


def quantile_ratio(
    candidate: ArrayLike, baseline: ArrayLike, p: float, *, paired: bool
) -> QuantileRatio:
    """Judge the ratio of one quantile between two arms, candidate / baseline.

    H0 for ``p_less(limit)``: Q_p(candidate) >= limit * Q_p(baseline).

    Raises:
        UndefinedTestError: As for ``quantile_difference``, or the baseline's quantile is not
            above 0.
    """
    difference = quantile_difference(candidate, baseline, p, paired=paired)
    return QuantileRatio(
        difference=difference, baseline=quantile_inference(difference.baseline.values, p)
    )


def _factor(limit: float) -> float:
    if finite_limit(limit) > LARGEST_MAGNITUDE:
        raise UndefinedTestError(
            f"a ratio of quantiles beyond {LARGEST_MAGNITUDE:g} cannot be judged, got {limit:g}"
        )
    return max(limit, 0.0)


def _not_positive(estimate: float) -> UndefinedTestError:
    return UndefinedTestError(
        f"the baseline quantile {estimate:g} is not clearly above 0, so a relative limit has no"
        " direction",
        hint="give the limit in the metric's unit",
    )
