"""The bootstrap law of a mean without random numbers: an n-fold convolution by FFT.

A resample's mean is a sum of n independent draws from the values over n, so its law is the n-th
power of one characteristic function. Counts, ratings and decimals keep their own lattice, where
the law is exact. Other values are split between the two nearest points of a fine grid, which
keeps their mean; the grid is then scaled so that it keeps their variance too.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.lattice import common_step, multiples


RESOLUTION: Final = 1e-10
"""Probabilities below this are rounding of the transform; nothing smaller is ever claimed."""

GRIDS: Final = ((20_000, 2**14), (4_000_000, 2**16), (math.inf, 2**18))
"""Points of the grid for up to so many units: more would round values by their spread."""

LARGEST_LATTICE: Final = 2**17

_OUTSIDE: Final = 32.0  # -log of the probability left outside the grid at each end, 1e-14
_CHUNK: Final = 2**16
_TIE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridLaw:
    """Law of a resampled estimate less the estimate, on evenly spaced points.

    Args:
        first: Smallest point, in the effect's unit.
        step: Distance of the points.
        masses: Probability of each point, shape (g,), >= 0, sum 1.
        is_lattice: True where the points are atoms; else each mass is spread over one step.
        tie: Distance from an atom that is rounding.

    Raises:
        UndefinedTestError: The points are too near one another to be stored in full.
    """

    first: float
    step: float
    masses: NDArray[np.float64] = field(repr=False)
    is_lattice: bool
    tie: float = 0.0
    _below: NDArray[np.float64] = field(init=False, repr=False)
    _above: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.step >= sys.float_info.min:
            raise UndefinedTestError(
                f"the bootstrap law has points {self.step:g} apart, too near to be told apart",
                hint="give the metric a `scale:` that makes its values larger",
            )
        below = np.concatenate(([0.0], np.cumsum(self.masses)))
        above = np.concatenate(([0.0], np.cumsum(self.masses[::-1])))  # a tail, not 1 - cdf
        object.__setattr__(self, "_below", np.minimum(below, 1.0))
        object.__setattr__(self, "_above", np.minimum(above, 1.0))

    @property
    def resolution(self) -> float:
        """Smallest probability the law can tell from 0."""
        return RESOLUTION

    @property
    def variance(self) -> float:
        """Variance of the law, in the effect's unit squared."""
        points = self.first + self.step * np.arange(self.masses.size)
        mean = float((self.masses * points).sum())
        return float((self.masses * np.square(points - mean)).sum())

    def at_most(self, deviation: float) -> float:
        """P(resampled estimate - estimate <= deviation)."""
        return self._tail(self._below, deviation - self.first)

    def at_least(self, deviation: float) -> float:
        """P(resampled estimate - estimate >= deviation)."""
        last = self.first + self.step * (self.masses.size - 1)
        return self._tail(self._above, last - deviation)

    def lowest(self, share: float) -> float:
        """Smallest deviation with ``at_most(deviation) >= share``: a quantile."""
        return self.first + self._reach(self._below, share)

    def highest(self, share: float) -> float:
        """Largest deviation with ``at_least(deviation) >= share``."""
        last = self.first + self.step * (self.masses.size - 1)
        return last - self._reach(self._above, share)

    def middle(self, deviation: float = 0.0) -> float:
        """P(below) + P(equal) / 2: the share that a bias correction is made of."""
        return 0.5 * (self.at_most(deviation) + 1.0 - self.at_least(deviation))

    def _tail(self, tail: NDArray[np.float64], way: float) -> float:
        """Probability up to ``way`` from the outermost point of that side."""
        if self.is_lattice:
            reached = math.floor((way + self.tie) / self.step) + 1
            return float(tail[min(max(reached, 0), tail.size - 1)])
        place = way / self.step + 0.5
        cell = math.floor(place)
        if cell < 0:
            return 0.0
        if cell >= tail.size - 1:
            return 1.0
        return float(tail[cell] + (place - cell) * (tail[cell + 1] - tail[cell]))

    def _reach(self, tail: NDArray[np.float64], share: float) -> float:
        """Way from the outermost point at which a tail first holds ``share``."""
        cell = int(np.searchsorted(tail, share, side="left")) - 1
        cell = min(max(cell, 0), tail.size - 2)
        if self.is_lattice:
            return cell * self.step
        part = float((share - tail[cell]) / max(tail[cell + 1] - tail[cell], 5e-324))
        return (cell - 0.5 + min(max(part, 0.0), 1.0)) * self.step


def sum_law(
    parts: Sequence[NDArray[np.float64]], *, size: float = 0.0, use_lattice: bool = True
) -> GridLaw:
    """Give the bootstrap law of a sum of independent means, less its expectation.

    Args:
        parts: Of each sample the values less their mean, over their number: shape (n_k,), sum
            0. One part for a mean, two for a difference (the second one negated).
        size: Magnitude of the estimate, whose rounding must not break ties.
        use_lattice: False to use the grid for values on a lattice too.

    Source:
        Efron (1979), Ann Stat 7, 1-26, section 2: the law is that of n independent draws.
    """
    spread = math.sqrt(sum(float(np.square(part).sum()) for part in parts))
    low, high = _extent(parts, spread)
    if use_lattice:
        step = common_step(parts, finest=(low + high) / LARGEST_LATTICE)
        if step is not None:
            return _lattice_law(parts, step, (low, high), size)
    return _grid_law(parts, spread, (low, high))


def _extent(parts: Sequence[NDArray[np.float64]], spread: float) -> tuple[float, float]:
    """How far below and above 0 the law reaches, but for 1e-14 at each end (Bernstein)."""
    ends: list[float] = []
    for sign in (-1.0, 1.0):
        widest = [float((sign * part).max()) for part in parts]
        tilt = _OUTSIDE * max(widest) / (3.0 * spread)
        reach = spread * (tilt + math.sqrt(tilt * tilt + 2.0 * _OUTSIDE))
        whole = sum(one * part.size for one, part in zip(widest, parts, strict=True))
        ends.append(min(reach, whole))
    return ends[0], ends[1]


def _lattice_law(
    parts: Sequence[NDArray[np.float64]], step: float, extent: tuple[float, float], size: float
) -> GridLaw:
    """Exact law where every value is a whole number of steps from the first of its part."""
    low = math.ceil(extent[0] / step) + 2
    length = _power_of_two(low + math.ceil(extent[1] / step) + 3)
    spectrum = np.ones(length // 2 + 1, dtype=np.complex128)
    centre = 0
    for part in parts:
        steps = multiples(part, step)
        centre += int(steps.sum())  # where the sum is 0, in whole steps
        spectrum *= _power(np.bincount(steps % length, minlength=length) / part.size, part.size)
    masses = np.roll(np.fft.irfft(spectrum, length), -((centre - low) % length))
    tie = min(max(_TIE * step, 8.0 * np.finfo(np.float64).eps * size), 0.25 * step)
    return GridLaw(first=-low * step, step=step, masses=_cleaned(masses), is_lattice=True, tie=tie)


def _grid_law(
    parts: Sequence[NDArray[np.float64]], spread: float, extent: tuple[float, float]
) -> GridLaw:
    """Law on a grid, scaled to undo the variance that splitting values between points adds."""
    n = sum(part.size for part in parts)
    length = next(points for most, points in GRIDS if n <= most)
    # Splitting moves the sum of n values by sqrt(n) / 2 steps: eight of these at each end.
    margin = min(math.ceil(4.0 * math.sqrt(n)) + 4, length // 8)
    step = (extent[0] + extent[1]) / (length - 2 * margin)
    spectrum = np.ones(length // 2 + 1, dtype=np.complex128)
    centre = added = 0.0
    for part in parts:
        # The median, often the commonest value, lies on a point: it is not split.
        anchor = float(np.partition(part, part.size // 2)[part.size // 2])
        centre -= part.size * anchor / step  # where the sum is 0, in steps
        masses, variance = _split(part, anchor, step, length)
        added += variance * step * step
        spectrum *= _power(masses, part.size)
    start = math.floor(centre) - math.ceil(extent[0] / step) - margin
    masses = np.roll(np.fft.irfft(spectrum, length), -(start % length))
    step_kept = step / math.sqrt(1.0 + added / (spread * spread))
    return GridLaw(
        first=(start - centre) * step_kept,
        step=step_kept,
        masses=_cleaned(masses),
        is_lattice=False,
    )


def _split(
    values: NDArray[np.float64], anchor: float, step: float, length: int
) -> tuple[NDArray[np.float64], float]:
    """Share of the values at each grid point, and the variance added, in squared steps."""
    lower, upper, added = np.zeros(length), np.zeros(length), 0.0
    for start in range(0, values.size, _CHUNK):  # stays in the cache, and small
        places = (values[start : start + _CHUNK] - anchor) / step
        floors = np.floor(places)
        places -= floors
        points = floors.astype(np.int64) % length
        added += float((places * (1.0 - places)).sum())
        upper += np.bincount(points, places, length)
        lower += np.bincount(points, minlength=length)
    masses = lower - upper + np.roll(upper, 1)
    return masses / values.size, added


def _power(masses: NDArray[np.float64], n: int) -> NDArray[np.complex128]:
    """Transform of the n-fold convolution."""
    return np.asarray(np.fft.rfft(masses) ** n, dtype=np.complex128)


def _cleaned(masses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Set what rounding made negative to 0, and the sum to 1."""
    masses = np.maximum(masses, 0.0)
    return np.asarray(masses / masses.sum(), dtype=np.float64)


def _power_of_two(size: int) -> int:
    return 1 << max(4, (size - 1).bit_length())
