"""Bootstrap replicates as a law, and intervals from replicates by a stated quantile rule."""

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import BcaMap
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.moments import finite_values
from pytest_evalgate.stats.streams import exceedances_kept


QuantileRule: TypeAlias = Literal["linear", "weibull"]
"""NumPy's names of types 7 and 6 of Hyndman and Fan."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replicates:
    """Law of B drawn replicates less the estimate, the data themselves counted as one draw.

    Args:
        deviations: Replicates less the estimate, ascending, shape (B,).
    """

    deviations: NDArray[np.float64] = field(repr=False)

    @property
    def resolution(self) -> float:
        """1 / (B + 1)."""
        return 1.0 / (self.deviations.size + 1)

    def at_most(self, deviation: float) -> float:
        """(1 + number of replicates at or below) / (B + 1)."""
        return self._share(int(np.searchsorted(self.deviations, deviation, side="right")))

    def at_least(self, deviation: float) -> float:
        """(1 + number of replicates at or above) / (B + 1)."""
        below = int(np.searchsorted(self.deviations, deviation, side="left"))
        return self._share(self.deviations.size - below)

    def lowest(self, share: float) -> float:
        """Smallest replicate with ``at_most`` of it >= share; the largest if there is none."""
        return float(self.deviations[self._rank(share)])

    def highest(self, share: float) -> float:
        """Largest replicate with ``at_least`` of it >= share; the smallest if there is none."""
        return float(self.deviations[-1 - self._rank(share)])

    def _share(self, count: int) -> float:
        return (count + 1) / (self.deviations.size + 1)

    def _rank(self, share: float) -> int:
        """How many replicates lie outside the one that a tail of ``share`` ends at."""
        if share >= 1.0:
            return self.deviations.size - 1
        kept = exceedances_kept(share, self.deviations.size)
        return min(max(kept, 1), self.deviations.size) - 1


def middle_of(replicates: NDArray[np.float64], estimate: float, *, tie: float = 0.0) -> float:
    """Share of the replicates below the estimate, and half of those equal to it."""
    below = float((replicates < estimate - tie).mean())
    above = float((replicates > estimate + tie).mean())
    return 0.5 * (below + 1.0 - above)


def percentile_of(
    replicates: ArrayLike, alpha: float, *, rule: QuantileRule = "linear"
) -> tuple[float, float]:
    """Quantiles ``alpha`` and 1 - ``alpha`` of replicates, shape (B,), by a quantile rule.

    Raises:
        UndefinedTestError: No replicates, not finite, or ``alpha`` outside (0, 0.5].
    """
    require_alpha(alpha)
    drawn = finite_values(replicates, what="replicates")
    low, high = np.quantile(drawn, [alpha, 1.0 - alpha], method=rule)
    return float(low), float(high)


def basic_of(replicates: ArrayLike, alpha: float, *, estimate: float) -> tuple[float, float]:
    """Percentile interval mirrored at the estimate: 2 estimate - high, 2 estimate - low."""
    low, high = percentile_of(replicates, alpha)
    return 2.0 * estimate - high, 2.0 * estimate - low


def bca_of(replicates: ArrayLike, alpha: float, *, correction: BcaMap) -> tuple[float, float]:
    """Quantiles of replicates at the levels that the BCa map gives."""
    require_alpha(alpha)
    drawn = finite_values(replicates, what="replicates")
    level_high = correction.bias + float(ndtri(1.0 - alpha))
    scale = 1.0 - correction.acceleration * level_high
    if scale <= 0.0:
        raise UndefinedTestError("the BCa map leaves its range: the acceleration is too large")
    upper = float(ndtr(correction.bias + level_high / scale))
    low, high = np.quantile(drawn, [correction.share(alpha), upper])
    return float(low), float(high)


def bootstrap_t_of(
    studentised: ArrayLike,
    alpha: float,
    *,
    estimate: float,
    standard_error: float,
    rule: QuantileRule = "linear",
) -> tuple[float, float]:
    """Give estimate - q(1 - alpha) se and estimate - q(alpha) se, q of studentised replicates.

    Args:
        studentised: (replicate - estimate) / its own standard error, shape (B,).
        alpha: One-sided level at each end.
        estimate: Of the data.
        standard_error: Of the estimate.
        rule: How quantiles are interpolated.

    Source:
        Davison and Hinkley (1997), formula 5.6. R: boot::boot.ci(type = "stud") uses type 6.
    """
    if not 0.0 < standard_error < math.inf:
        raise UndefinedTestError(f"the standard error is {standard_error:g}")
    low, high = percentile_of(studentised, alpha, rule=rule)
    return estimate - high * standard_error, estimate - low * standard_error
