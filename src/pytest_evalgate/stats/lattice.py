"""Whether numbers are whole multiples of one step, as counts, ratings and decimals are."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray


OFF_LATTICE: Final = 1e-9
"""Distance from a multiple of the step, over the range of the numbers, that is rounding."""

_SAMPLE: Final = 1024


def common_step(groups: Sequence[NDArray[np.float64]], *, finest: float) -> float | None:
    """Give the largest step of which all differences within each group are whole multiples.

    Args:
        groups: Numbers, each of shape (n,), n >= 1; at least one group varies.
        finest: Steps below this are not looked for.

    Returns:
        The step, or None where there is none, as for measurements on a continuous scale.
    """
    widest = max(float(np.ptp(group)) for group in groups)
    rounding = OFF_LATTICE * widest
    finest = max(finest, 1e3 * rounding)
    step = 0.0
    for group in groups:
        found = _refined(step, group, finest=finest, rounding=rounding)
        if found is None:
            return None
        step = found
    whole = round(widest / step)
    return widest / whole  # the longest way has the smallest relative error


def multiples(values: NDArray[np.float64], step: float) -> NDArray[np.int64]:
    """Give how many steps each value lies from the first one, shape (n,)."""
    return np.asarray(np.rint((values - values[0]) / step), dtype=np.int64)


def _refined(
    step: float, values: NDArray[np.float64], *, finest: float, rounding: float
) -> float | None:
    """Shorten the step until it divides every way from the first value."""
    ways = np.abs(values - values[0])
    for way in np.unique(ways[:_SAMPLE]):
        step = _divisor(step, float(way), rounding)
        if 0.0 < step < finest:
            return None
    while True:  # every round at least halves the step
        worst = _farthest(ways, step)
        if worst <= rounding:
            return step
        step = _divisor(step, worst, rounding)
        if step < finest:
            return None


def _farthest(ways: NDArray[np.float64], step: float) -> float:
    """Largest distance of a way from a multiple of the step; the way itself for step 0."""
    if step == 0.0:
        return float(ways.max())
    return float(np.abs(ways - np.rint(ways / step) * step).max())


def _divisor(first: float, second: float, rounding: float) -> float:
    """Greatest common divisor of two lengths, by Euclid with nearest multiples."""
    while second > rounding:
        first, second = second, abs(first - round(first / second) * second)
    return first
