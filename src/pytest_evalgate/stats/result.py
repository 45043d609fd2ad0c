"""What every statistical method gives back: one procedure, seen as test and as interval."""

from typing import Protocol

from pytest_evalgate.stats.inversion import finite_limit


class Inference(Protocol):
    """An effect, and one procedure that tests it against any limit and bounds it.

    Test and interval are inversions of each other: ``p_greater(limit) < alpha`` exactly when
    ``interval(alpha)[0] > limit``, and ``p_less(limit) < alpha`` exactly when
    ``interval(alpha)[1] < limit``. Effects are as measured (candidate - baseline, candidate /
    baseline, or the candidate's own value); which direction is better is not known here.
    """

    @property
    def estimate(self) -> float:
        """Point estimate of the effect."""

    @property
    def standard_error(self) -> float | None:
        """Standard error of the estimate, None where the method has none."""

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the reference distribution, None where it has none."""

    def statistic(self, limit: float) -> float | None:
        """Test statistic against ``limit``; its sign follows estimate - limit."""

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: effect <= limit against H1: effect > limit."""

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: effect >= limit against H1: effect < limit."""

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where it is unbounded."""

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Smallest one-sided p that data of this size could give; 0.0 where there is no floor."""


class WithoutScale:
    """Base of methods that judge without a standard error or degrees of freedom."""

    __slots__ = ()

    @property
    def standard_error(self) -> None:
        """The method has none."""
        return

    @property
    def df(self) -> None:
        """The method has none."""
        return


class WithoutStatistic(WithoutScale):
    """Base of exact methods, which have no statistic but counts or weights either."""

    __slots__ = ()

    def statistic(self, limit: float) -> float | None:
        """The method has none."""
        finite_limit(limit)
        return None
