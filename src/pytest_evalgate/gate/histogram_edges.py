"""Edges of histograms: one bin a value where there are few, and no change amid a bin of its own."""

import math
import sys

import numpy as np
from numpy.typing import NDArray


Floats = NDArray[np.float64]

BINS = 21  # at most; odd, so that one can stand in the middle
# Values asked for at most: differences of as many grades as bins are no more different floats.
MOST_VALUES = BINS * BINS
# Of a step, from where a value would stand: 0.33 is one third. Below 1 / BINS, so that no change
# is not told from less with few bins than with all.
_OFF = 0.045
_LEAST, _MOST = 1e-290, 1e300  # spans whose steps are told; smaller changes count as none
_BITS = 32  # of a width, so that edges are exact: a table engine counts between them in one go
_LARGEST = sys.float_info.max


def arm_edges(low: float, high: float, values: Floats | None) -> tuple[float, ...]:
    """Return the edges for values of arms.

    Args:
        low: The smallest value.
        high: The largest.
        values: All that are different, or None for many.
    """
    if low == high:
        half = max(0.5, abs(low) * 2.0**-20)  # so that it is not lost beside a large value
        return _within(low - half, low + half)
    steps = None if values is None else arm_steps(low, high, values)
    if steps is None:
        parts = np.linspace(low / 4.0, high / 4.0, BINS + 1)  # their difference never overflows
        return (low, *(float(edge) for edge in (4.0 * parts[1:-1]).clip(low, high)), high)
    width = (high - low) / steps
    start = low - width / 2.0
    return _within(*(start + place * width for place in range(steps + 2)))


def change_edges(low: float, high: float, values: Floats | None) -> tuple[float, ...]:
    """Return the edges for paired differences: (k + 1/2) times a width, as many on each side.

    Args:
        low: The smallest difference.
        high: The largest.
        values: All that are different, or None for many.
    """
    reach = min(max(abs(low), abs(high)), _LARGEST)
    if reach < _LEAST:
        return (-0.5, 0.5)
    steps = None if values is None else change_steps(low, high, values)
    if steps is None:
        bins, width = BINS, _rounded_up(2.0 * (reach / BINS))
    else:
        bins, width = 2 * steps + 1, reach / steps
    return _within(*((place - bins / 2.0) * width for place in range(bins + 1)))


def arm_steps(low: float, high: float, values: Floats) -> int | None:
    """Return how many equal steps lead from ``low`` to ``high`` by way of all values, if few do."""
    return _steps(values / 4.0 - low / 4.0, high / 4.0 - low / 4.0, BINS - 1)


def change_steps(low: float, high: float, values: Floats) -> int | None:
    """Return how many equal steps lead from no change to the largest by way of all, if few do."""
    return _steps(values, max(abs(low), abs(high)), BINS // 2)


def _steps(values: Floats, reach: float, most: int) -> int | None:
    if not _LEAST < reach < _MOST:
        return None
    shares = values / reach
    for steps in range(1, most + 1):
        places = shares * steps
        if (np.abs(places - np.rint(places)) <= _OFF).all():
            return steps
    return None


def _rounded_up(width: float) -> float:
    """Return the least float of few bits that is no less."""
    mantissa, exponent = math.frexp(width)
    return math.ldexp(math.ceil(math.ldexp(mantissa, _BITS)), exponent - _BITS)


def _within(*edges: float) -> tuple[float, ...]:
    """Return edges that are all finite."""
    return tuple(max(-_LARGEST, min(edge, _LARGEST)) for edge in edges)
