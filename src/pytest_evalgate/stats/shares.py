"""A share of 0/1 values whose rows hang together, held against a limit: a score test.

With the variance taken at the estimate, a sample that happens to hold few failures has a high
share and a small standard error at once, and promotes too often. Taken at the limit it does not.
"""

import math
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.result import Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareScore:
    """A share judged with a design effect, by Student's t.

    H0 of ``p_greater(limit)``: share <= limit. The statistic is
    (share - limit) / sqrt(deff * limit * (1 - limit)), where deff * share * (1 - share) is the
    variance of the mean that the design gives; its inversion is Wilson's interval.

    Args:
        inner: The mean of the 0/1 values with the standard error and df of its design.

    Raises:
        UndefinedTestError: all values are equal: the design effect cannot be seen.

    Source:
        Wilson (1927), JASA 22, 209-212, with the effective sample size of Kish (1965); Korn and
        Graubard (1998), Survey Methodology 24, 193-201, for shares from clusters.
    """

    inner: Inference

    def __post_init__(self) -> None:
        if not (0.0 < self.estimate < 1.0 and self.standard_error):
            raise UndefinedTestError(
                f"a share of {self.estimate:g} shows nothing of how rows hang together"
            )

    @property
    def estimate(self) -> float:
        """Share of ones."""
        return self.inner.estimate

    @property
    def standard_error(self) -> float | None:
        """Standard error at the estimate; the test takes it at the limit."""
        return self.inner.standard_error

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the design's variance."""
        return self.inner.df

    @property
    def design_effect(self) -> float:
        """Variance of the mean over share * (1 - share): one over the effective sample size."""
        error = self.standard_error or 0.0
        return error * error / (self.estimate * (1.0 - self.estimate))

    def statistic(self, limit: float) -> float | None:
        """Score statistic; None at 0 and 1, where the null has no variance."""
        if not 0.0 < limit < 1.0:
            return None
        return (self.estimate - limit) / math.sqrt(self.design_effect * limit * (1.0 - limit))

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: share <= limit."""
        return self._tail(limit, sign=-1.0)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: share >= limit."""
        return self._tail(limit, sign=1.0)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Wilson's bounds with t and the effective sample size, each one-sided at ``alpha``."""
        t = -float(stdtrit(self._df, alpha))
        k = t * t * self.design_effect
        share = self.estimate
        centre = (share + k / 2.0) / (1.0 + k)
        half = math.sqrt(k * share * (1.0 - share) + k * k / 4.0) / (1.0 + k)
        return centre - half, centre + half

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Smallest p of the inner inference for data of this size."""
        return self.inner.min_pvalue(limit, greater=greater)

    @property
    def _df(self) -> float:
        return math.inf if self.df is None else self.df

    def _tail(self, limit: float, *, sign: float) -> float:
        statistic = self.statistic(limit)
        if statistic is None:  # beyond 0 or 1 one side is certain, the other impossible
            statistic = math.inf if limit <= 0.0 else -math.inf
        return float(stdtr(self._df, sign * statistic))
