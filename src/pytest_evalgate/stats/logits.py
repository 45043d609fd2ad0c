"""A value between 0 and 1 judged on the logit scale by Student's t."""

import sys
from dataclasses import dataclass

from scipy.special import expit, logit

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT, require_finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Logit:
    """A value in (0, 1) whose logit, over its standard error, follows Student's t.

    The delta method takes the standard error to the logit scale; limits follow, so that test
    and interval are one, and the interval stays within 0 and 1. Satisfies ``Inference``.

    Args:
        estimate: In (0, 1).
        standard_error: Of the estimate itself.
        df: Degrees of freedom, None for the normal law.

    Raises:
        UndefinedTestError: The estimate is 0 or 1, where no spread shows, or as ``StudentT``.
    """

    estimate: float
    standard_error: float
    df: float | None

    def __post_init__(self) -> None:
        if not 0.0 < self.estimate < 1.0:
            raise UndefinedTestError(
                f"a value of {self.estimate:g} shows no spread, so it cannot be judged on the"
                " logit scale",
                hint="evaluate more and harder units: 0 and 1 are no evidence of certainty",
            )
        self._inner()

    def statistic(self, limit: float) -> float | None:
        """(logit(estimate) - logit(limit)) / its standard error; None at and beyond 0 and 1."""
        require_finite(limit, what="limit")
        if not 0.0 < limit < 1.0:
            return None
        return self._inner().statistic(float(logit(limit)))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: value <= limit."""
        require_finite(limit, what="limit")
        if not 0.0 < limit < 1.0:  # nothing is below 0, nothing above 1
            return 0.0 if limit <= 0.0 else 1.0
        return self._inner().p_greater(float(logit(limit)))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: value >= limit."""
        require_finite(limit, what="limit")
        if not 0.0 < limit < 1.0:
            return 1.0 if limit <= 0.0 else 0.0
        return self._inner().p_less(float(logit(limit)))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Low and high, each one-sided at ``alpha``."""
        low, high = self._inner().interval(alpha)
        return float(expit(low)), float(expit(high))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 0.0: a t statistic can be as large as one likes."""
        return 0.0

    def _inner(self) -> StudentT:
        slope = max(self.estimate * (1.0 - self.estimate), sys.float_info.min)
        return StudentT(
            estimate=float(logit(self.estimate)),
            standard_error=self.standard_error / slope,
            df=self.df,
        )
