"""Where a p-value crosses a level: the bounds of methods that have no formula for them."""

from collections.abc import Callable
from typing import Final

from scipy.special import ndtri


RELATIVE_TOLERANCE: Final = 1e-12


def crossing(
    pvalue: Callable[[float], float],
    alpha: float,
    *,
    rejected: float,
    kept: float,
    relative: float = RELATIVE_TOLERANCE,
) -> float:
    """Give the limit at which ``pvalue`` crosses ``alpha``, erring to the rejected side.

    Regula falsi on the normal quantile of p, which is nearly straight, with bisection where it
    does not halve the bracket: exact tests climb in steps.

    Args:
        pvalue: One-sided p of a limit.
        alpha: One-sided level.
        rejected: A limit with ``pvalue(rejected) < alpha``.
        kept: A limit with ``pvalue(kept) >= alpha``, on either side of the other.
        relative: Width of the last bracket over the magnitude of the bound.
    """
    level = float(ndtri(alpha))
    height_rejected = _height(pvalue(rejected), level)
    height_kept = _height(pvalue(kept), level)
    floor = 1e-3 * abs(kept - rejected)  # a bound at 0 has no relative precision
    bisect = False
    while True:
        width = kept - rejected
        tolerance = relative * max(abs(kept), abs(rejected), floor)
        if abs(width) <= tolerance or rejected + width / 2 in (kept, rejected):
            return float(rejected)
        share = 0.5
        if not bisect and height_kept > height_rejected:
            least = min(0.5, 0.5 * tolerance / abs(width))  # step over the root, not up to it
            share = height_rejected / (height_rejected - height_kept)
            share = min(max(share, least), 1.0 - least)
        middle = rejected + share * width
        p = pvalue(middle)
        if p < alpha:
            rejected, height_rejected = middle, _height(p, level)
        else:
            kept, height_kept = middle, _height(p, level)
        bisect = abs(kept - rejected) > 0.5 * abs(width)


def _height(p: float, level: float) -> float:
    """Distance from the level as a normal quantile, finite also for p of 0 and 1."""
    return min(max(float(ndtri(p)), -40.0), 40.0) - level
