"""Bounds of an effect by inverting its one-sided p-values: one procedure, two views."""

import math
from collections.abc import Callable

from pytest_evalgate.errors import UndefinedTestError


# The side of 0 next to a jump there; not so small that a width divides it down to 0.
_SMALLEST = 1e-300


def lower_bound(
    p_greater: Callable[[float], float], alpha: float, *, within: tuple[float, float]
) -> float:
    """Smallest limit that is not rejected, as a float: ``p_greater(x) < alpha`` below it only.

    Bisects until two floats are adjacent, so that test and bound agree to the last digit.

    Args:
        p_greater: p of H0: effect <= limit; never falls as the limit grows. It may jump at 0,
            where an exact test joins an approximate one, and is right-continuous there.
        alpha: One-sided level, in (0, 1).
        within: Smallest and largest possible effect. ``p_greater`` is 1 at the largest.
    """
    low, high = within
    if p_greater(low) >= alpha:
        return low
    if low < 0.0 < high:
        low, high = _side_of_zero(p_greater, alpha, within=within)
    while True:
        middle = low + (high - low) / 2
        if middle in (low, high):
            return high
        if p_greater(middle) < alpha:
            low = middle
        else:
            high = middle


def _side_of_zero(
    p_greater: Callable[[float], float], alpha: float, *, within: tuple[float, float]
) -> tuple[float, float]:
    """Part of ``within`` that holds the bound: right of 0, left of it, or 0 itself.

    Bisection would creep to a jump at 0 through a thousand ever smaller floats.
    """
    low, high = within
    if p_greater(0.0) < alpha:
        return 0.0, high
    return (0.0, 0.0) if p_greater(-_SMALLEST) < alpha else (low, -_SMALLEST)


def upper_bound(
    p_less: Callable[[float], float], alpha: float, *, within: tuple[float, float]
) -> float:
    """Largest limit that is not rejected: the mirror image of ``lower_bound``."""
    low, high = within
    mirrored = lower_bound(lambda limit: p_less(-limit), alpha, within=(-high, -low))
    return -mirrored + 0.0  # no minus zero


def two_bounds(
    p_greater: Callable[[float], float],
    p_less: Callable[[float], float],
    alpha: float,
    *,
    within: tuple[float, float],
) -> tuple[float, float]:
    """Hull of the effects not rejected, each side at ``alpha``."""
    open_level(alpha)
    low = lower_bound(p_greater, alpha, within=within)
    return low, upper_bound(p_less, alpha, within=within)


def hull_pvalue(limit: float, *, score: float, exact: float | None, greater: bool) -> float:
    """Largest p over all differences of two shares on the null's side of ``limit``.

    A score p is monotone, so the nearest difference has the largest; at 0 an exact test joins
    it. A difference of 1 cannot be exceeded, nor one of -1 undercut.

    Args:
        limit: The difference held against, in the direction of ``greater``.
        score: Score p at ``limit``.
        exact: Exact p at difference 0, None where there is none.
        greater: True for H0: difference <= limit, False for H0: difference >= limit.
    """
    beyond = limit if greater else -limit
    if beyond >= 1.0:
        return 1.0
    return score if exact is None or beyond < 0.0 else max(score, exact)


def finite_limit(limit: float) -> float:
    """Return the limit, or raise UndefinedTestError: NaN compares False with everything."""
    if not math.isfinite(limit):
        raise UndefinedTestError(f"a limit must be a finite number, got {limit}")
    return float(limit)


def open_level(alpha: float) -> float:
    """Return the level, or raise UndefinedTestError unless it lies in (0, 1)."""
    if not 0.0 < alpha < 1.0:
        raise UndefinedTestError(f"a level must lie in (0, 1), got {alpha}")
    return float(alpha)


def two_arm_counts(x1: int, n1: int, x2: int, n2: int) -> tuple[int, int, int, int]:
    """Return the successes and units of two arms, or raise UndefinedTestError if not in range."""
    n1 = whole_number(n1, "the number of units of the first arm", low=1)
    n2 = whole_number(n2, "the number of units of the second arm", low=1)
    x1 = whole_number(x1, "the number of successes of the first arm", low=0, high=n1)
    x2 = whole_number(x2, "the number of successes of the second arm", low=0, high=n2)
    return x1, n1, x2, n2


def whole_number(value: int, name: str, *, low: int, high: int | None = None) -> int:
    """Return a count, or raise UndefinedTestError unless it is whole and in range."""
    is_whole = not isinstance(value, bool) and float(value).is_integer()
    if not is_whole or value < low or (high is not None and value > high):
        upper = "" if high is None else f" and at most {high}"
        raise UndefinedTestError(
            f"{name} must be a whole number of at least {low}{upper}, got {value}"
        )
    return int(value)
