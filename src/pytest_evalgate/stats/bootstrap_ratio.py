"""BCa bootstrap of a ratio of sums: micro averages, tokens a request, means of clusters."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import Bca, BcaMap, acceleration_of, bias_of
from pytest_evalgate.stats.bootstrap import bootstrap_mean, require_units
from pytest_evalgate.stats.convolution import RESOLUTION, sum_law
from pytest_evalgate.stats.crossing import crossing
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import (
    finite_values,
    is_rounding,
    magnitude,
    same_length,
    unit_of,
)


BOUND_TOLERANCE: Final = 1e-9
"""Relative precision of a bound, which errs to the rejected side."""

_WIDEST: Final = 40  # doublings of the standard error after which a bound counts as infinite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BootstrapRatio:
    """A ratio of sums judged by the BCa bootstrap over units. Satisfies ``Inference``.

    With positive denominators a resample's ratio is at most r exactly when its sum of
    x - r y is at most 0: the law of a ratio is that of a mean, once for every limit.

    Args:
        estimate: sum(numerators) / sum(denominators).
        standard_error: Of the jackknife.
        correction: The BCa map.
        at_zero: P(resampled ratio <= 0) and P(it is >= 0), ties exact.
        numerators: One a unit, shape (n,).
        denominators: One a unit, shape (n,), >= 0.

    Source:
        Efron (1987); Davison and Hinkley (1997), section 3.8 on clusters.
    """

    estimate: float
    standard_error: float
    correction: BcaMap
    at_zero: tuple[float, float]
    numerators: NDArray[np.float64] = field(repr=False)
    denominators: NDArray[np.float64] = field(repr=False)

    @property
    def df(self) -> None:
        """The bootstrap has none."""
        return

    def statistic(self, limit: float) -> float:
        """Give (estimate - limit) / standard error."""
        require_finite(limit, what="limit")
        return (self.estimate - limit) / self.standard_error

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: ratio <= limit."""
        return self.correction.pvalue(self._shares(limit)[0])

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: ratio >= limit."""
        return self.correction.mirrored().pvalue(self._shares(limit)[1])

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where the law does not reach."""
        require_alpha(alpha)
        return self._bound(self.p_greater, alpha, -1.0), self._bound(self.p_less, alpha, 1.0)

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Smallest p the computed law can tell, as the map moves it."""
        correction = self.correction if greater else self.correction.mirrored()
        return correction.pvalue(0.0)

    def _shares(self, limit: float) -> tuple[float, float]:
        """P(resampled ratio <= limit) and P(it is >= limit)."""
        require_finite(limit, what="limit")
        below, above = _shares_with_ties(self.numerators, self.denominators, limit)
        if limit >= 0.0:  # a jump at 0, where sums of whole numbers tie, must not be undone
            below = max(below, self.at_zero[0])
        if limit <= 0.0:
            above = max(above, self.at_zero[1])
        return below, above

    def _bound(self, pvalue: Callable[[float], float], alpha: float, sign: float) -> float | None:
        """Walk outward from the estimate until rejected, then close in."""
        kept, step = self.estimate, sign * self.standard_error
        if pvalue(kept) < alpha:  # a bias that puts even the estimate beyond the bound
            kept -= 8.0 * step
        for _ in range(_WIDEST):
            outer = self.estimate + step
            if pvalue(outer) < alpha:
                return crossing(pvalue, alpha, rejected=outer, kept=kept, relative=BOUND_TOLERANCE)
            kept, step = outer, 2.0 * step
        return None


def bootstrap_ratio(numerators: ArrayLike, denominators: ArrayLike) -> BootstrapRatio | Bca:
    """Judge sum(numerators) / sum(denominators) of independent units, or of cluster totals.

    H0 for ``p_greater(limit)``: ratio of the expectations <= limit. For the mean of units in
    clusters give the total and the size of each cluster; whole clusters are then resampled.
    Equal denominators make the ratio a mean, whose law is exact.

    Args:
        numerators: One a unit, shape (n,), n >= 20.
        denominators: One a unit, shape (n,), >= 0, not all 0.

    Raises:
        UndefinedTestError: n < 20, lengths differ, not finite, above 1e150, a denominator below
            0, so many of them 0 that a resample could have none, or the numerators are an exact
            multiple of the denominators.
    """
    tops = finite_values(numerators, what="numerators")
    bottoms = finite_values(denominators, what="denominators")
    same_length(tops, bottoms.size, what="numerators and denominators")
    require_units(tops.size, what="units or clusters")
    _require_denominators(bottoms)
    if np.ptp(bottoms) == 0.0:
        return bootstrap_mean(tops / bottoms[0])
    unit_t, unit_b = unit_of(magnitude(tops)), unit_of(magnitude(bottoms))
    tops, bottoms = tops / unit_t, bottoms / unit_b
    estimate = math.fsum(tops) / math.fsum(bottoms)
    contrast = tops - estimate * bottoms
    error = math.sqrt(float(np.square(contrast).sum())) / float(bottoms.sum())
    if is_rounding(error, spread=abs(estimate) + magnitude(tops), size=magnitude(tops)):
        raise UndefinedTestError(
            "the numerators are an exact multiple of the denominators (zero variance),"
            " so the spread of their ratio cannot be judged",
            hint="check that the runs or samples are not copies of one another",
        )
    jackknife = (tops.sum() - tops) / (bottoms.sum() - bottoms)
    influences = jackknife.mean() - jackknife
    below, above = _shares_beside(tops, bottoms, estimate, use_lattice=False)
    n, rescale = tops.size, unit_t / unit_b
    return BootstrapRatio(
        estimate=estimate * rescale,
        standard_error=math.sqrt((n - 1) / n * float(np.square(influences).sum())) * rescale,
        correction=BcaMap(
            bias=bias_of(0.5 * (below + 1.0 - above)),
            acceleration=acceleration_of(influences),
            resolution=RESOLUTION,
        ),
        at_zero=_shares_with_ties(tops, bottoms, 0.0),
        numerators=tops * unit_t,
        denominators=bottoms * unit_b,
    )


def _shares_with_ties(
    tops: NDArray[np.float64], bottoms: NDArray[np.float64], limit: float
) -> tuple[float, float]:
    """Shares beside the limit; where the contrasts lie on a lattice a tie counts in full."""
    smooth = _shares_beside(tops, bottoms, limit, use_lattice=False)
    exact = _shares_beside(tops, bottoms, limit, use_lattice=True)
    return max(smooth[0], exact[0]), max(smooth[1], exact[1])


def _shares_beside(
    tops: NDArray[np.float64],
    bottoms: NDArray[np.float64],
    limit: float,
    *,
    use_lattice: bool,
) -> tuple[float, float]:
    """P(resampled ratio <= limit) and P(it is >= limit), from the law of x - limit y."""
    contrast = tops - limit * bottoms
    unit = unit_of(magnitude(contrast))
    contrast = contrast / unit
    mean = float(contrast.mean())
    residuals = contrast - mean
    if magnitude(residuals) <= 1e-13 * abs(mean):  # the contrast is a constant: no doubt left
        return (1.0, 0.0) if mean < 0.0 else (0.0, 1.0)
    parts = ((residuals - residuals.mean()) / residuals.size,)
    law = sum_law(parts, size=abs(mean), use_lattice=use_lattice)
    return law.at_most(-mean), law.at_least(-mean)


def _require_denominators(bottoms: NDArray[np.float64]) -> None:
    if (bottoms < 0.0).any():
        position = int(np.flatnonzero(bottoms < 0.0)[0])
        raise UndefinedTestError(
            f"denominators must not be negative, number {position + 1} is {bottoms[position]:g}"
        )
    zeros = float((bottoms == 0.0).mean())
    if zeros**bottoms.size > RESOLUTION:
        raise UndefinedTestError(
            f"{zeros:.1%} of {bottoms.size} denominators are 0: a resample could have no other"
        )
