"""Score test of a difference of two proportions: rates of largest likelihood under a limit."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray


# A difference nearer to 0 than this is 0: the variance of an empty table would underflow there.
_ZERO = 1e-15

_Array: TypeAlias = NDArray[np.float64]


def score_z(x1: float, n1: float, x2: float, n2: float, *, difference: float) -> float:
    """Miettinen-Nurminen z of the difference of two proportions against ``difference``.

    Infinite where the hypothesis allows one table only and another was seen, 0 where that very
    table was seen.
    """
    if abs(difference) < _ZERO:
        difference = 0.0
    if difference < 0.0:  # exact antisymmetry, and one side less to think of
        return -score_z(x2, n2, x1, n1, difference=-difference)
    p1, p2 = restricted_rates(x1, n1, x2, n2, difference=difference)
    total = n1 + n2
    variance = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2) * total / (total - 1.0)
    gap = x1 / n1 - x2 / n2 - difference
    if variance <= 0.0:
        return 0.0 if gap == 0.0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def restricted_rates(
    x1: float, n1: float, x2: float, n2: float, *, difference: float
) -> tuple[float, float]:
    """Rates (p1, p2) of largest likelihood under p1 - p2 = ``difference``, in [-1, 1].

    The likelihood is concave: its slope in p2 has one zero, found by bisected Newton steps from
    the closed form, which alone loses half its digits where two roots meet.
    """
    if abs(difference) < _ZERO:
        rate = (x1 + x2) / (n1 + n2)
        return rate, rate
    if difference < 0.0:
        p2, p1 = restricted_rates(x2, n2, x1, n1, difference=-difference)
        return p1, p2
    top = 1.0 - difference
    if top == 0.0:
        return 1.0, 0.0
    if x2 == 0 and _slope(0.0, x1, n1, x2, n2, difference)[0] <= 0.0:
        return difference, 0.0
    if x1 == n1 and _slope(top, x1, n1, x2, n2, difference)[0] >= 0.0:
        return 1.0, top
    p2 = _interior_rate(x1, n1, x2, n2, difference)
    return p2 + difference, p2


def _interior_rate(x1: float, n1: float, x2: float, n2: float, difference: float) -> float:
    """Zero of the slope in p2 strictly inside (0, 1 - difference)."""
    low, high = 0.0, 1.0 - difference
    p2 = _closed_form(x1, n1, x2, n2, difference)
    for _ in range(100):  # Newton needs two or three; bisection alone about sixty
        if not low < p2 < high:
            p2 = low + (high - low) / 2
            if p2 in (low, high):
                break
        slope, bend = _slope(p2, x1, n1, x2, n2, difference)
        if slope > 0.0:
            low = p2
        else:
            high = p2
        step = slope / bend
        p2 -= step
        if abs(step) <= 4e-16 * p2:
            break
    return min(max(p2, low), high)


def _slope(
    p2: float, x1: float, n1: float, x2: float, n2: float, difference: float
) -> tuple[float, float]:
    """First and second derivative of the log-likelihood in p2; p1 = p2 + difference."""
    terms = (
        (x1, p2 + difference),
        (x1 - n1, (1.0 - difference) - p2),
        (x2, p2),
        (x2 - n2, 1.0 - p2),
    )
    slope = sum(count / rate for count, rate in terms if count)
    bend = -sum(abs(count) / rate**2 for count, rate in terms if count)
    return slope, bend


def _closed_form(x1: float, n1: float, x2: float, n2: float, difference: float) -> float:
    """Trigonometric solution of the likelihood's cubic, good to about eight digits.

    Source:
        Miettinen and Nurminen (1985), appendix; Farrington and Manning (1990).
    """
    total, successes = n1 + n2, x1 + x2
    a = (n1 + 2.0 * n2) * difference - total - successes
    b = (n2 * difference - total - 2.0 * x2) * difference + successes
    c = x2 * difference * (1.0 - difference)
    third = a / (3.0 * total)
    q = third**3 - b * a / (6.0 * total**2) + c / (2.0 * total)
    p = math.copysign(math.sqrt(max(third**2 - b / (3.0 * total), 0.0)), q)
    cosine = min(max(q / p**3, -1.0), 1.0) if p else 1.0
    return 2.0 * p * math.cos((math.pi + math.acos(cosine)) / 3.0) - third


def score_z_table(n1: int, n2: int, *, difference: float) -> _Array:
    """``score_z`` of every table of two arms, shape (n1 + 1, n2 + 1), first axis arm one."""
    if abs(difference) < _ZERO:
        difference = 0.0
    if difference < 0.0:
        return -score_z_table(n2, n1, difference=-difference).T
    x1, x2 = np.indices((n1 + 1, n2 + 1), dtype=np.float64)
    p2 = _restricted_second(x1, n1, x2, n2, difference)
    p1 = p2 + difference
    total = n1 + n2
    variance = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2) * total / (total - 1.0)
    gap = x1 / n1 - x2 / n2 - difference
    certain = np.where(gap == 0.0, 0.0, np.copysign(np.inf, gap))
    root = np.sqrt(np.where(variance > 0.0, variance, 1.0))
    return np.asarray(np.where(variance > 0.0, gap / root, certain), dtype=np.float64)


def _restricted_second(x1: _Array, n1: int, x2: _Array, n2: int, difference: float) -> _Array:
    """Rate of the second arm of largest likelihood; ``restricted_rates`` for many tables."""
    top = 1.0 - difference
    if difference == 0.0:
        return (x1 + x2) / (n1 + n2)
    if top == 0.0:
        return np.zeros_like(x1)
    counts = (x1, n1, x2, n2)
    with np.errstate(divide="ignore"):  # an infinite slope points inwards
        is_low = _slopes(0.0, *counts, difference)[0] <= 0.0
        is_top = _slopes(top, *counts, difference)[0] >= 0.0
    p2 = np.where(is_low, 0.0, top)
    inside = ~(is_low | is_top)
    p2[inside] = _interior_rates(x1[inside], n1, x2[inside], n2, difference)
    return p2


def _interior_rates(x1: _Array, n1: int, x2: _Array, n2: int, difference: float) -> _Array:
    """Zeros of the slopes strictly inside (0, 1 - difference), by bisected Newton steps."""
    low, high = np.zeros_like(x1), np.full_like(x1, 1.0 - difference)
    p2 = (high * (x1 + x2 + 1.0)) / (n1 + n2 + 2.0)
    for _ in range(100):
        p2 = np.where((low < p2) & (p2 < high), p2, low + (high - low) / 2.0)
        p2 = np.maximum(p2, 1e-300)
        slope, bend = _slopes(p2, x1, n1, x2, n2, difference)
        low, high = np.where(slope > 0.0, p2, low), np.where(slope > 0.0, high, p2)
        step = slope / bend
        p2 -= step
        if (np.abs(step) <= 1e-14 * p2).all():
            break
    return np.clip(p2, low, high)


def _slopes(
    p2: ArrayLike, x1: _Array, n1: int, x2: _Array, n2: int, difference: float
) -> tuple[_Array, _Array]:
    """``_slope`` for many tables."""
    at = np.broadcast_to(np.asarray(p2, dtype=np.float64), x1.shape)
    slope, bend = np.zeros_like(x1), np.zeros_like(x1)
    terms = (
        (x1, at + difference),
        (x1 - n1, (1.0 - difference) - at),
        (x2, at),
        (x2 - n2, 1.0 - at),
    )
    for count, rate in terms:
        share = np.divide(count, rate, out=np.zeros_like(count), where=count != 0.0)
        slope += share
        bend -= np.divide(np.abs(share), rate, out=np.zeros_like(count), where=count != 0.0)
    return slope, bend
