"""One point of an effect that has a test of its own, joined to a test of every other limit."""

import math
from collections.abc import Callable

from pytest_evalgate.stats.inversion import lower_bound


def joined_pvalue(
    limit: float, *, point: float, special: float, general: float, greater: bool
) -> float:
    """One-sided p of a limit: the special p at ``point``, on either side of it the general one.

    Beyond ``point`` it is no less than the special p and before it no more, so that a stricter
    limit never passes where a weaker one fails.

    Args:
        limit: The limit held against.
        point: The limit that has a test of its own.
        special: p of that test.
        general: p at ``limit`` of the test that any limit has.
        greater: True for H0: effect <= limit, False for H0: effect >= limit.
    """
    if limit == point:
        return special
    is_stricter = (limit > point) == greater
    return max(general, special) if is_stricter else min(general, special)


def joined_lower_bound(
    p_greater: Callable[[float], float],
    alpha: float,
    *,
    point: float,
    within: tuple[float, float],
) -> float:
    """Smallest limit that is not rejected, where p may jump at ``point`` on either side.

    Where ``point`` is rejected and nothing above it, the bound is the next float above it.

    Args:
        p_greater: p of H0: effect <= limit; never falls as the limit grows.
        alpha: One-sided level.
        point: Where p may jump.
        within: A limit that is rejected, or the smallest possible one, and one that is not.
    """
    low, high = within
    if low < point < high:
        before, after = math.nextafter(point, -math.inf), math.nextafter(point, math.inf)
        if p_greater(point) < alpha:
            if p_greater(after) >= alpha:
                return after
            low = after
        elif p_greater(before) < alpha:
            return point
        else:
            high = before
    return lower_bound(p_greater, alpha, within=(low, high))


def joined_bounds(
    p_greater: Callable[[float], float],
    p_less: Callable[[float], float],
    alpha: float,
    *,
    point: float,
    within: tuple[float, float],
) -> tuple[float, float]:
    """Hull of the limits not rejected, each side at ``alpha``."""
    low = joined_lower_bound(p_greater, alpha, point=point, within=within)
    mirrored = joined_lower_bound(
        lambda limit: p_less(-limit), alpha, point=-point, within=(-within[1], -within[0])
    )
    return low, -mirrored + 0.0  # no minus zero
