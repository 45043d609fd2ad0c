"""What a rule needs of rows that are never handed out: aggregates, by a table engine or by numpy.

A table that can answer by aggregates satisfies ``Reducible``. It answers only where it has proven
that reading the rows would give the same units (ids unique and the same in both arms, every value
a finite number, none missing, one row a unit), and declines by None otherwise: then the rows are
read. A single answer may decline too, by ``DeclinedError``; what was answered once is kept.
``ArrayColumn`` and ``ArrayReduction`` are the same answers from arrays, to compare with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.request import SampleRequest


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMoments:
    """Moments of one column, about its mean, in its own unit.

    Sums must be right to about 1e-12 of themselves: sum (value - mean)^k in a second pass, or
    about an origin near the mean; never as mean of squares less squared mean.

    Args:
        n: Number of values, at least 1.
        origin: What ``mean`` is counted from; any finite number, such as the first value or 0.
        mean: Mean of (value - origin).
        squares: Sum of squared deviations from the mean.
        cubes: Sum of their cubes.
        fourths: Sum of their fourth powers.
        low: Smallest value.
        high: Largest value.
    """

    n: int
    origin: float
    mean: float
    squares: float
    cubes: float
    fourths: float
    low: float
    high: float

    @property
    def average(self) -> float:
        """Mean of the values themselves."""
        return self.origin + self.mean


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedUnit:
    """A unit and its value in both arms."""

    id: str
    baseline: float
    candidate: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterTotals:
    """Sums of the units of each cluster, of one column.

    Args:
        names: The clusters, each once.
        sizes: Units of each, shape (clusters,).
        sums: Sum of (value - origin) of each, shape (clusters,).
        origin: What values are counted from: the same for all clusters.
    """

    names: tuple[str, ...]
    sizes: Floats
    sums: Floats
    origin: float


class ReducedColumn(Protocol):
    """One number a unit: an arm, or a contrast of pairs. Values are after ``scale``.

    Whoever answers keeps each answer: asked twice, it costs one pass over the rows.
    """

    @property
    def moments(self) -> ColumnMoments:
        """Give the moments of all values."""

    @property
    def ones(self) -> int | None:
        """Give how many values are 1 where every value is 0 or 1; None elsewhere."""

    @property
    def missing(self) -> int:
        """Give how many units have no value. Above 0 the rows are read instead."""

    @property
    def is_finite(self) -> bool:
        """Tell whether every value is a finite number."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what a reader of the report should know of the rows, as ``Sample.notes``."""

    def below(self, edges: Sequence[float]) -> tuple[int, ...]:
        """Give how many values lie below each edge."""

    def distinct(self, most: int) -> Mapping[float, int] | None:
        """Give the different values and how often each occurs; None for more than ``most``."""

    def smallest(self, ranks: Sequence[int]) -> Mapping[int, float]:
        """Give from rank k, counted from 1, to the k-th smallest value. Ranks near either end."""

    def clusters(self) -> ClusterTotals | None:
        """Give the sums of clusters; None where there are none, or too many to hand out."""


class ReducedPair(Protocol):
    """Units paired by id: each id once in either arm, and the same ids in both."""

    @property
    def candidate(self) -> ReducedColumn:
        """Give the candidate's values."""

    @property
    def baseline(self) -> ReducedColumn:
        """Give the baseline's values."""

    @property
    def products(self) -> float:
        """Give the sum of (difference - its mean) * (baseline - its mean)."""

    @property
    def discordant(self) -> tuple[int, int]:
        """Give how many pairs have the candidate above, and below, the baseline."""

    def contrast(self, ratio: float) -> ReducedColumn:
        """Give candidate - ratio * baseline, rounded as floats are; at 1.0 the difference."""

    def movers(self, most: int) -> tuple[tuple[MovedUnit, ...], tuple[MovedUnit, ...]]:
        """Give the units with the smallest differences, and with the largest.

        In order of (difference, id), and of (-difference, id); ids as text, compared by code point.
        """


@runtime_checkable
class Reducible(Protocol):
    """A table that may answer by aggregates."""

    def reduce(self, request: SampleRequest) -> ReducedColumn | None:
        """Give one arm by itself; None where the rows must be read."""

    def reduce_pairs(
        self, request: SampleRequest, other: object, other_request: SampleRequest
    ) -> ReducedPair | None:
        """Give this table as candidate and ``other`` as baseline, paired by id; None likewise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayColumn:
    """The answers of ``ReducedColumn`` from an array.

    Args:
        values: One value a unit, shape (n,), finite.
        labels: Cluster of each unit, length n, where there are some.
        notes: What a reader of the report should know.
    """

    values: Floats
    labels: Sequence[str] | None = None
    notes: tuple[str, ...] = ()

    @property
    def moments(self) -> ColumnMoments:
        """Give the moments of all values."""
        return moments_of(self.values)

    @property
    def ones(self) -> int | None:
        """Give how many values are 1 where every value is 0 or 1; None elsewhere."""
        ones = int(np.count_nonzero(self.values == 1.0))
        zeros = int(np.count_nonzero(self.values == 0.0))
        return ones if ones + zeros == self.values.size else None

    @property
    def missing(self) -> int:
        """Give how many units have no value."""
        return int(np.count_nonzero(np.isnan(self.values)))

    @property
    def is_finite(self) -> bool:
        """Tell whether every value is a finite number."""
        return bool(np.isfinite(self.values).all())

    def below(self, edges: Sequence[float]) -> tuple[int, ...]:
        """Give how many values lie below each edge."""
        return tuple(int(np.count_nonzero(self.values < edge)) for edge in edges)

    def distinct(self, most: int) -> Mapping[float, int] | None:
        """Give the different values and how often each occurs; None for more than ``most``."""
        found, counts = np.unique(self.values, return_counts=True)
        if found.size > most:
            return None
        return dict(zip(found.tolist(), counts.tolist(), strict=True))

    def smallest(self, ranks: Sequence[int]) -> Mapping[int, float]:
        """Give from rank k, counted from 1, to the k-th smallest value."""
        placed = np.sort(self.values)
        return {rank: float(placed[rank - 1]) for rank in ranks}

    def clusters(self) -> ClusterTotals | None:
        """Give the sums of clusters; None where there are none."""
        if self.labels is None:
            return None
        names, codes = np.unique(np.asarray(self.labels), return_inverse=True)
        origin = float(self.values[0])
        return ClusterTotals(
            names=tuple(names.tolist()),
            sizes=np.bincount(codes).astype(np.float64),
            sums=np.bincount(codes, weights=self.values - origin).astype(np.float64),
            origin=origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayReduction:
    """The answers of ``ReducedPair`` from arrays.

    Args:
        ids: Of the units, length n, each once.
        first: The candidate's values, shape (n,), finite.
        second: The baseline's, in the same order.
        labels: Cluster of each unit, where there are some.
        notes: What a reader of the report should know of each arm.
    """

    ids: Sequence[str]
    first: Floats
    second: Floats
    labels: Sequence[str] | None = None
    notes: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def candidate(self) -> ArrayColumn:
        """Give the candidate's values."""
        return ArrayColumn(values=self.first, labels=self.labels, notes=self.notes[0])

    @property
    def baseline(self) -> ArrayColumn:
        """Give the baseline's values."""
        return ArrayColumn(values=self.second, labels=self.labels, notes=self.notes[1])

    @property
    def products(self) -> float:
        """Give the sum of (difference - its mean) * (baseline - its mean)."""
        _, one = _about_mean(self.first - self.second)
        _, two = _about_mean(self.second)
        return float(one @ two)

    @property
    def discordant(self) -> tuple[int, int]:
        """Give how many pairs have the candidate above, and below, the baseline."""
        above, under = self.first > self.second, self.first < self.second
        return int(np.count_nonzero(above)), int(np.count_nonzero(under))

    def contrast(self, ratio: float) -> ArrayColumn:
        """Give candidate - ratio * baseline."""
        return ArrayColumn(values=self.first - ratio * self.second, labels=self.labels)

    def movers(self, most: int) -> tuple[tuple[MovedUnit, ...], tuple[MovedUnit, ...]]:
        """Give the units with the smallest differences, and with the largest."""
        order = sorted(range(len(self.ids)), key=self.ids.__getitem__)
        difference = (self.first - self.second)[order]
        down = np.argsort(difference, kind="stable")[:most].tolist()
        up = np.argsort(-difference, kind="stable")[:most].tolist()
        return self._units(order, down), self._units(order, up)

    def _units(self, order: Sequence[int], places: Sequence[int]) -> tuple[MovedUnit, ...]:
        at = [order[place] for place in places]
        return tuple(
            MovedUnit(
                id=self.ids[i], baseline=float(self.second[i]), candidate=float(self.first[i])
            )
            for i in at
        )


def moments_of(values: Floats) -> ColumnMoments:
    """Sum an array of shape (n,), n >= 1, to its moments, in two passes."""
    offset, residuals = _about_mean(values)
    return ColumnMoments(
        n=values.size,
        origin=float(values[0]),
        mean=offset,
        squares=float(np.square(residuals).sum()),
        cubes=float((residuals**3).sum()),
        fourths=float((residuals**4).sum()),
        low=float(values.min()),
        high=float(values.max()),
    )


def _about_mean(values: Floats) -> tuple[float, Floats]:
    """Return the way from the first value to the mean, and the residuals."""
    shifted = values - values[0]
    offset = float(shifted.mean())
    residuals = shifted - offset
    rest = float(residuals.mean())  # what rounding left in the first mean
    return offset + rest, residuals - rest
