"""The aggregates that stand for the rows of a rule, and what follows from them for any method.

A table of many rows may answer by sums and counts (``artifacts.reduced``). Where they say all that
a rule needs, it is judged from them with the same numbers; where they do not, ``NeedsRowsError``
sends it to the rows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pytest_evalgate.artifacts.reduced import ColumnMoments, ReducedColumn, ReducedPair
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.evidence import Movers, Picture
from pytest_evalgate.stats.moments import SMALLEST_SPREAD, unit_of
from pytest_evalgate.stats.shape import EQUAL_WITHIN
from pytest_evalgate.stats.sufficient import Extent, PairedMoments, SampleMoments


MOST_VALUES = 1_000  # different values that are asked for by name
LEAST, LARGEST = 1e-60, 1e60  # magnitudes whose cubes and squares stay in the range of a float


class NeedsRowsError(Exception):
    """The aggregates do not say what a rule needs. Caught where it is measured, never shown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reduced:
    """What stands for the rows of one rule: pairs, or one or two arms by themselves."""

    candidate: ReducedColumn
    baseline: ReducedColumn | None = None
    pair: ReducedPair | None = None
    seen: tuple[Picture, Movers] | None = None  # once they were asked for

    @property
    def arms(self) -> tuple[ReducedColumn, ...]:
        """The candidate, and the baseline where there is one."""
        return (self.candidate,) if self.baseline is None else (self.candidate, self.baseline)

    @property
    def size(self) -> float:
        """Largest magnitude in either arm."""
        return max(magnitude_of(arm.moments) for arm in self.arms)

    def compared(self, ratio: float) -> tuple[ReducedColumn, ...]:
        """Return what a t-type test averages: the contrasts of pairs, or each arm by itself."""
        return self.arms if self.pair is None else (self.pair.contrast(ratio),)

    @property
    def discordant(self) -> tuple[int, int]:
        """Pairs with the candidate above, and below, the baseline.

        Raises:
            NeedsRowsError: the arms are not paired.
        """
        if self.pair is None:
            raise NeedsRowsError
        return self.pair.discordant

    def may_be_copies(self) -> bool:
        """Tell whether both arms may hold the same values throughout."""
        if self.pair is not None:
            return self.discordant == (0, 0)
        first, *others = ((arm.moments.n, arm.moments.low, arm.moments.high) for arm in self.arms)
        return first in others

    def is_usable(self) -> bool:
        """Tell whether sums of these values say what they are."""
        return all(
            arm.missing == 0
            and arm.is_finite
            and arm.moments.n > 1
            and (magnitude_of(arm.moments) == 0.0 or LEAST < magnitude_of(arm.moments) < LARGEST)
            for arm in self.arms
        )


def stand_in(column: ReducedColumn) -> Sample:
    """Return a sample of nothing but the smallest and the largest value of an arm.

    It says what the values are (their kind, their range) and nothing of how many or where.
    """
    moments = column.moments
    return Sample(
        values=np.array([moments.low, moments.high]),
        is_binary=column.ones is not None,
        rows=moments.n,
        notes=column.notes,
    )


def magnitude_of(moments: ColumnMoments) -> float:
    """Return the largest magnitude of a column."""
    return max(abs(moments.low), abs(moments.high))


def sample_of(moments: ColumnMoments, *, size: float = 0.0) -> SampleMoments:
    """Return the moments that a t test takes.

    Args:
        moments: Of a column.
        size: Largest magnitude of what was measured, where that is more than of the column.
    """
    largest = magnitude_of(moments)
    unit = unit_of(largest)
    return SampleMoments(
        n=moments.n,
        mean=moments.mean / unit,
        squares=moments.squares / unit / unit,
        extent=Extent(
            origin=moments.origin,
            unit=unit,
            low=moments.low,
            high=moments.high,
            size=max(size, largest),
        ),
    )


def pairs_of(pair: ReducedPair, *, size: float) -> PairedMoments:
    """Return the moments of paired arms together."""
    first = sample_of(pair.contrast(1.0).moments, size=size)
    second = sample_of(pair.baseline.moments)
    products = pair.products / first.extent.unit / second.extent.unit
    return PairedMoments(first=first, second=second, products=products)


def variance_of(moments: ColumnMoments) -> float:
    """Return the variance of a column, with denominator n - 1."""
    return moments.squares / (moments.n - 1)


def skewness_from(moments: ColumnMoments) -> float:
    """Return the skewness G1 of a column, as ``stats.shape.skewness`` does of its values."""
    n = moments.n
    if n < 3 or moments.high - moments.low <= SMALLEST_SPREAD * magnitude_of(moments):
        return 0.0
    unit = unit_of(magnitude_of(moments))
    second = moments.squares / unit / unit / n
    third = moments.cubes / unit / unit / unit / n
    return math.sqrt(n * (n - 1)) / (n - 2) * third / math.sqrt(second) ** 3


def informative_at_least(column: ReducedColumn, enough: int) -> int:
    """Count the values that are not the most common one; where they are many, return ``enough``.

    A value so common that fewer than ``enough`` differ from it fills every rank between the
    ``enough``-th smallest and the ``enough``-th largest value.

    Raises:
        NeedsRowsError: the aggregates do not tell.
    """
    n, size = column.moments.n, magnitude_of(column.moments)
    if n >= 2 * enough:
        ranks = (enough, n - enough + 1)
        ends = column.smallest(ranks)
        if ends[ranks[1]] - ends[ranks[0]] > n * EQUAL_WITHIN * size:
            return enough
    found = column.distinct(MOST_VALUES)
    if found is None:
        raise NeedsRowsError
    return n - _most_common(found, EQUAL_WITHIN * size)


def _most_common(counts: Mapping[float, int], within: float) -> int:
    """Return how often the most common value occurs; values as near as ``within`` are one."""
    values = np.array(sorted(counts))
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > within)
    sizes = np.add.reduceat(np.array([counts[value] for value in values.tolist()]), starts)
    return int(sizes.max())
