"""Efron's BCa map between a level and a share of the bootstrap law, in both directions."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import require_alpha, require_finite


_ROUNDING: Final = 8  # floats by which a sum of two may miss


class Law(Protocol):
    """Law of a resampled estimate less the estimate; see ``GridLaw`` and ``Replicates``."""

    @property
    def resolution(self) -> float:
        """Smallest probability the law can tell from 0."""

    def at_most(self, deviation: float) -> float:
        """P(resampled estimate - estimate <= deviation)."""

    def at_least(self, deviation: float) -> float:
        """P(resampled estimate - estimate >= deviation)."""

    def lowest(self, share: float) -> float:
        """Smallest deviation with ``at_most(deviation) >= share``."""

    def highest(self, share: float) -> float:
        """Largest deviation with ``at_least(deviation) >= share``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BcaMap:
    """Bias correction z0 and acceleration a, and what they make of a lower tail.

    A lower bound at ``alpha`` is the quantile ``share(alpha)`` of the law; ``pvalue`` is the
    inverse. Both are increasing, so that test and bound are one procedure.

    Args:
        bias: z0, the normal quantile of the law's share below the estimate.
        acceleration: a, a sixth of the skewness of the jackknife.
        resolution: Smallest probability that is told from 0.

    Raises:
        UndefinedTestError: z0 or a is not finite: the estimate lies outside its own law.

    Source:
        Efron (1987), JASA 82, 171-185. SciPy: stats.bootstrap(..., method="BCa").
    """

    bias: float
    acceleration: float
    resolution: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bias) and math.isfinite(self.acceleration)):
            raise UndefinedTestError(
                "BCa is undefined: the estimate lies at or beyond the end of its own bootstrap law",
                hint="use an exact method, or gather more units",
            )

    def pvalue(self, share: float) -> float:
        """Give the level whose lower bound is the quantile ``share``."""
        share = min(max(share, self.resolution), 1.0 - self.resolution)
        way = float(ndtri(share)) - self.bias
        scale = 1.0 + self.acceleration * way
        if scale <= 0.0:  # beyond every level: a bound never comes here
            return self.resolution if way < 0.0 else 1.0
        return max(float(ndtr(way / scale - self.bias)), self.resolution)

    def share(self, alpha: float) -> float:
        """Give the quantile of the law that is the lower bound at ``alpha``."""
        way = self.bias + float(ndtri(alpha))
        scale = 1.0 - self.acceleration * way
        if scale <= 0.0:
            return 0.0 if way < 0.0 else 1.0
        return float(ndtr(self.bias + way / scale))

    def mirrored(self) -> "BcaMap":
        """Give the map of upper tails: of the estimate with its sign changed."""
        return BcaMap(bias=-self.bias, acceleration=-self.acceleration, resolution=self.resolution)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bca:
    """An estimate judged by the BCa bootstrap. Satisfies ``Inference``.

    ``p_greater(limit) < alpha`` exactly when the lower BCa bound at ``alpha`` exceeds the limit.
    A map with bias and acceleration 0 makes it the percentile bootstrap.

    Args:
        estimate: Of the data themselves.
        standard_error: Of the estimate, for planning; the test does not use it.
        law: Law of the resampled estimate less the estimate.
        correction: The BCa map.
    """

    estimate: float
    standard_error: float
    law: Law
    correction: BcaMap

    def __post_init__(self) -> None:
        require_finite(self.estimate, what="estimate")
        if not 0.0 < self.standard_error < math.inf:
            raise UndefinedTestError(f"the standard error is {self.standard_error:g}")

    @property
    def df(self) -> None:
        """The bootstrap has none."""
        return

    def statistic(self, limit: float) -> float:
        """Give (estimate - limit) / standard error."""
        require_finite(limit, what="limit")
        return (self.estimate - limit) / self.standard_error

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: effect <= limit."""
        require_finite(limit, what="limit")
        return self.correction.pvalue(self.law.at_most(limit - self.estimate))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: effect >= limit."""
        require_finite(limit, what="limit")
        return self.correction.mirrored().pvalue(self.law.at_least(limit - self.estimate))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where the law does not reach."""
        require_alpha(alpha)
        low = _quantile_share(self.correction, alpha)
        high = _quantile_share(self.correction.mirrored(), alpha)
        return (
            None
            if low is None
            else last_kept(
                self.p_greater,
                alpha,
                near=self.estimate + self.law.lowest(low),
                outward=-math.inf,
            ),
            None
            if high is None
            else last_kept(
                self.p_less,
                alpha,
                near=self.estimate + self.law.highest(high),
                outward=math.inf,
            ),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Smallest p the law can tell: 1 / (B + 1) of B draws, as the map moves it."""
        correction = self.correction if greater else self.correction.mirrored()
        return correction.pvalue(0.0)


def bias_of(middle: float) -> float:
    """Give z0 from P(below the estimate) + P(equal to it) / 2; infinite for 0 and 1."""
    return float(ndtri(middle))


def acceleration_of(*influences: NDArray[np.float64]) -> float:
    """Give a = sum u^3 / (6 (sum u^2)^1.5) of jackknife influences, one array a sample.

    Args:
        influences: (n - 1) (mean of the jackknife values - each of them) / n, shape (n_k,).

    Source:
        Efron (1987), formula 7.3; Efron and Tibshirani (1993), formula 14.15.
    """
    widest = max((float(np.abs(one).max()) for one in influences if one.size), default=0.0)
    if not 0.0 < widest < math.inf:
        raise UndefinedTestError("every jackknife value is the same, BCa is undefined")
    scaled = [one / widest for one in influences]  # so that no cube underflows
    cubes = sum(float((one * one * one).sum()) for one in scaled)  # one**3 is four times slower
    squares = sum(float(np.square(one).sum()) for one in scaled)
    return cubes / (6.0 * math.sqrt(squares) ** 3)


def last_kept(
    pvalue: Callable[[float], float], alpha: float, *, near: float, outward: float
) -> float:
    """Move a bound by a few floats to the last limit that is kept, undoing its rounding.

    Args:
        pvalue: One-sided p of a limit, falling outward.
        alpha: One-sided level.
        near: The bound but for rounding.
        outward: -inf for a lower bound, inf for an upper one.
    """
    bound = near
    for _ in range(_ROUNDING):
        if pvalue(bound) >= alpha:
            break
        bound = math.nextafter(bound, -outward)
    for _ in range(_ROUNDING):
        beyond = math.nextafter(bound, outward)
        if pvalue(beyond) < alpha:
            break
        bound = beyond
    return bound


def _quantile_share(correction: BcaMap, alpha: float) -> float | None:
    share = correction.share(alpha)
    if alpha <= correction.pvalue(0.0) or share <= correction.resolution:
        return None
    return min(share, 1.0 - correction.resolution)
