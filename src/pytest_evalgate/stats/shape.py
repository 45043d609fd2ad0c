"""How a sample looks: what decides whether a method is honest on it."""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from pytest_evalgate.stats.moments import centred, finite_values, is_constant, magnitude, unit_of


EQUAL_WITHIN: Final = 1e-12
"""Values nearer than this, over the largest magnitude of the sample, count as one value."""

_FEW: Final = 1_000  # values that mostly tell enough of a million


def skewness(values: ArrayLike) -> float:
    """Adjusted Fisher-Pearson skewness G1; 0.0 for fewer than 3 or constant values.

    Raises:
        UndefinedTestError: Not numbers, not one-dimensional, not finite, or above 1e150.

    Source:
        Joanes and Gill (1998), The Statistician 47(1), 183-189.
        SciPy: stats.skew(values, bias=False).
    """
    array = finite_values(values, at_least=0)
    n = array.size
    size = magnitude(array)
    if n < 3 or is_constant(array, size=size):
        return 0.0
    residuals = centred(array, unit=unit_of(size)).residuals
    residuals = residuals / unit_of(magnitude(residuals))
    powers = np.square(residuals)
    second = float(powers.mean())
    powers *= residuals  # many times faster than a power
    third = float(powers.mean())
    ratio = third / math.sqrt(second) ** 3
    return math.sqrt(n * (n - 1)) / (n - 2) * ratio


def informative_units(values: ArrayLike) -> int:
    """Count the values that are not the most common one; 0 for an empty sample."""
    array = np.sort(finite_values(values, at_least=0))
    if not array.size:
        return 0
    starts = np.flatnonzero(np.diff(array) > EQUAL_WITHIN * magnitude(array)) + 1
    sizes = np.diff(np.concatenate(([0], starts, [array.size])))
    return array.size - int(sizes.max())


def informative_at_least(values: ArrayLike, enough: int) -> int:
    """Count the values that are not the most common one; of many, at least to ``enough``.

    Values that count as one value lie within a width that their number bounds. Where no such
    width holds all but ``enough`` of some values, so many of them are not the most common one.
    """
    array = finite_values(values, at_least=0)
    few = np.sort(array[:_FEW])
    if 0 < enough < few.size:
        width = 2.0 * array.size * EQUAL_WITHIN * magnitude(array)  # twice: for rounding
        if bool((few[few.size - enough :] - few[:enough] > width).all()):
            return enough
    return informative_units(array)


def most_common_share(values: ArrayLike) -> float:
    """Share of the values that equal the most common one.

    Raises:
        UndefinedTestError: There is no value.
    """
    array = finite_values(values)
    return 1.0 - informative_units(array) / array.size
