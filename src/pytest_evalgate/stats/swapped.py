"""A bootstrap of any limit, and at no difference the exact swap test: one procedure."""

from dataclasses import dataclass

from pytest_evalgate.stats.joined import joined_bounds, joined_pvalue
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.swaps import Swaps


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapJoined:
    """A difference of two set statistics: swapped arms at 0, resampled units elsewhere.

    Swaps test that the arms are one and the same system, so they say nothing about any other
    limit; there the bootstrap does. p never falls as the limit grows stricter. Satisfies
    ``Inference``.

    Args:
        swaps: The swap test of no difference.
        bootstrap: Of the difference of the two statistics, units resampled in pairs.
        reach: A bound on how far the two statistics can lie apart.

    Source:
        Riezler and Maxwell (2005) for swaps, Efron (1987) for the bootstrap.
    """

    swaps: Swaps
    bootstrap: Inference
    reach: float

    @property
    def estimate(self) -> float:
        """Statistic of the candidate - statistic of the baseline."""
        return self.swaps.estimate

    @property
    def standard_error(self) -> float | None:
        """That of the bootstrap."""
        return self.bootstrap.standard_error

    @property
    def df(self) -> None:
        """Neither test has any."""
        return

    def statistic(self, limit: float) -> float:
        """Give the difference less the limit."""
        require_finite(limit, what="limit")
        return self.estimate - limit

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit."""
        require_finite(limit, what="limit")
        return joined_pvalue(
            limit,
            point=0.0,
            special=self.swaps.p_greater(0.0),
            general=self.bootstrap.p_greater(limit),
            greater=True,
        )

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit."""
        require_finite(limit, what="limit")
        return joined_pvalue(
            limit,
            point=0.0,
            special=self.swaps.p_less(0.0),
            general=self.bootstrap.p_less(limit),
            greater=False,
        )

    def interval(self, alpha: float) -> tuple[float, float]:
        """Hull of the differences not rejected, each side at ``alpha``."""
        require_alpha(alpha)
        return joined_bounds(
            self.p_greater, self.p_less, alpha, point=0.0, within=(-self.reach, self.reach)
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """That of the swaps at 0, of both beyond, and of either at a weaker limit."""
        swapped = self.swaps.min_pvalue(0.0, greater=greater)
        if limit == 0.0:
            return swapped
        drawn = self.bootstrap.min_pvalue(limit, greater=greater)
        is_stricter = (limit > 0.0) == greater
        return max(swapped, drawn) if is_stricter else min(swapped, drawn)
