"""Score test of a difference of two proportions: rates of largest likelihood under a limit."""

import math


# A difference nearer to 0 than this is 0: the variance of an empty table would underflow there.
_ZERO = 1e-15


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
