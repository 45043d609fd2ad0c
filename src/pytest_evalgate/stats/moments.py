"""Values that a test may be computed on, and their moments without lost digits."""

import math
import sys
from collections.abc import Sized
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError


LARGEST_MAGNITUDE: Final = 1e150
"""Squares of larger values leave the range of a float."""

SMALLEST_SPREAD: Final = 1e-13
"""Range of the values over their magnitude, below which they count as equal.

About 450 units in the last place: what remains of "all equal" after sums, means and decimal
fractions were rounded. The values 1e12 + {0.4, 0.6} have 2e-13 and keep three honest digits.
"""


class Moments(NamedTuple):
    """Number of values, their mean, and their variance with denominator n - 1."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Centred:
    """Values split into a first value, the way from it to the mean, and residuals.

    All in multiples of the unit they were divided by. The mean is ``first + offset``, kept in
    two parts because adding them can cost every digit that two arms differ in.
    """

    first: float
    offset: float
    residuals: NDArray[np.float64]

    @property
    def variance(self) -> float:
        """Variance with denominator n - 1."""
        return float(np.square(self.residuals).sum()) / (self.residuals.size - 1)


def finite_values(
    values: ArrayLike, *, what: str = "values", at_least: int = 1
) -> NDArray[np.float64]:
    """Give the values as float64 of shape (n,), refusing what no test is defined on.

    Raises:
        UndefinedTestError: Not numbers, not one-dimensional, fewer than ``at_least``, not
            finite, or larger than 1e150.
    """
    return _finite(values, what=what, ndim=1, at_least=at_least)


def finite_cells(cells: ArrayLike, *, what: str = "cells") -> NDArray[np.float64]:
    """Give the cells as float64 of shape (runs, units), refusing what ``finite_values`` does."""
    return _finite(cells, what=what, ndim=2, at_least=1)


def _finite(values: ArrayLike, *, what: str, ndim: int, at_least: int) -> NDArray[np.float64]:
    raw = np.asarray(values)
    if raw.dtype.kind not in "fiub" and raw.size:  # a text like "1.5" would convert silently
        raise UndefinedTestError(f"{what} must be numbers, got an array of {raw.dtype}")
    if raw.ndim != ndim:
        raise UndefinedTestError(f"{what} must have {ndim} dimension(s), got shape {raw.shape}")
    array = raw.astype(np.float64, copy=False)  # nothing is changed in place
    if array.size < at_least:
        raise UndefinedTestError(
            f"at least {at_least} {what} are needed, got {array.size}", hint="gather more"
        )
    if not magnitude(array) <= LARGEST_MAGNITUDE:  # of NaN neither way is true
        usable = np.isfinite(array) & (np.abs(array) <= LARGEST_MAGNITUDE)
        position = int(np.flatnonzero(~usable)[0])
        raise UndefinedTestError(
            f"{what} must be finite and at most {LARGEST_MAGNITUDE:g} in magnitude,"
            f" number {position + 1} is {array.flat[position]:g}"
        )
    return array


def same_length(first: Sized, size: int, *, what: str) -> None:
    """Refuse data that do not belong together.

    Raises:
        UndefinedTestError: ``first`` has another length than ``size``.
    """
    if len(first) != size:
        raise UndefinedTestError(f"{what} must have equal lengths, got {len(first)} and {size}")


def magnitude(*arrays: NDArray[np.float64]) -> float:
    """Largest absolute value in the arrays, 0.0 when all are empty."""
    ends = ((float(array.min()), float(array.max())) for array in arrays if array.size)
    return max((max(abs(low), abs(high)) for low, high in ends), default=0.0)


def unit_of(size: float) -> float:
    """Power of two just above ``size``: dividing by it is exact and squares stay in range."""
    return math.ldexp(1.0, math.frexp(size)[1])


def is_constant(values: NDArray[np.float64], *, size: float) -> bool:
    """Tell whether the values are equal but for rounding at the magnitude ``size``."""
    return float(np.ptp(values)) <= SMALLEST_SPREAD * size


def require_spread(values: NDArray[np.float64], *, size: float, what: str) -> None:
    """Refuse values that do not vary: no variance is not certainty.

    Raises:
        UndefinedTestError: The values are equal but for rounding at the magnitude ``size``.
    """
    if is_constant(values, size=size):
        raise no_spread(values.size, float(values.flat[0]), what=what)


def no_spread(n: int, value: float, *, what: str) -> UndefinedTestError:
    """Give the error of n values that all equal ``value``."""
    return UndefinedTestError(
        f"all {n} {what} equal {value:g} (zero variance), so their spread cannot be judged",
        hint="check that the runs or samples are not copies of one another",
    )


def is_rounding(standard_error: float, *, spread: float, size: float) -> bool:
    """Tell whether a standard error is but what rounding left of sums that cancel.

    Args:
        standard_error: Of a mean of the values.
        spread: Largest distance of a value from the mean.
        size: Largest magnitude of a value.
    """
    return standard_error <= max(1e-12 * spread, sys.float_info.epsilon * size)


def centred(values: NDArray[np.float64], *, unit: float) -> Centred:
    """Centre the values in two passes, after an exact shift by the first of them."""
    residuals = values.ravel() / unit
    first = float(residuals[0])
    residuals -= first  # in place: each new array of a million values costs as much as the sum
    offset = float(residuals.mean())
    residuals -= offset
    correction = float(residuals.mean())  # what rounding left in the first mean
    residuals -= correction
    return Centred(first=first, offset=offset + correction, residuals=residuals)
