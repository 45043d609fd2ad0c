"""Sufficient statistics of grouped rows: sums of clusters, and margins of runs by units."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.sufficient import Extent


Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterSums:
    """One arm in clusters, for CR2 with Satterthwaite's df: one mean, or two arms of them.

    Args:
        names: The clusters, each once.
        sizes: Number of units of each, shape (clusters,), whole, > 0.
        sums: Sum of (value - origin) / unit of each, shape (clusters,).
        extent: Where the values lie.
    """

    names: tuple[Hashable, ...]
    sizes: Floats
    sums: Floats
    extent: Extent

    def __post_init__(self) -> None:
        count = len(self.names)
        if self.sizes.shape != (count,) or self.sums.shape != (count,):
            raise UndefinedTestError("every cluster needs a sum and a size")
        if not count or len(set(self.names)) < count or not (self.sizes > 0.0).all():
            raise UndefinedTestError("every cluster must be named once and have at least 1 unit")

    @property
    def n(self) -> int:
        """Number of units."""
        return int(self.sizes.sum())

    @property
    def mean(self) -> float:
        """Mean of (value - origin) / unit over all units."""
        return float(self.sums.sum()) / self.n

    @property
    def totals(self) -> Floats:
        """Sum of the values themselves of each cluster, for sign flips of whole clusters."""
        return self.sums * self.extent.unit + self.sizes * self.extent.origin

    def in_unit(self, unit: float) -> Self:
        """Give the same in multiples of another unit."""
        ratio = self.extent.unit / unit
        return replace(self, sums=self.sums * ratio, extent=replace(self.extent, unit=unit))

    def merged(self, other: Self) -> Self:
        """Give the sums of both blocks; a cluster may have rows in both."""
        extent = self.extent.merged(other.extent)
        one, two = self.in_unit(extent.unit), other.in_unit(extent.unit)
        moved = two.sums + two.sizes * ((two.extent.origin - extent.origin) / extent.unit)
        at = {name: position for position, name in enumerate(self.names)}
        codes = np.array([at.setdefault(name, len(at)) for name in other.names], dtype=np.intp)
        sizes, sums = np.zeros(len(at)), np.zeros(len(at))
        sizes[: self.sizes.size], sums[: self.sizes.size] = one.sizes, one.sums
        sizes[codes] += two.sizes
        sums[codes] += moved
        return replace(self, names=tuple(at), sizes=sizes, sums=sums, extent=extent)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossedSums:
    """Runs crossed with units, one arm or paired differences: what its mean squares need.

    Of cells x = (value - origin) / unit.

    Args:
        mean: Mean of all cells.
        run_means: Mean of each run less ``mean``, shape (runs,).
        unit_means: Mean of each unit less ``mean``, shape (units,).
        rest: Sum of squares of what a cell has beyond its run and its unit.
        between_runs: Largest range of one unit's values over the runs, in the values' unit: 0.0
            where the runs are copies.
        extent: Where the values lie.
    """

    mean: float
    run_means: Floats
    unit_means: Floats
    rest: float
    between_runs: float
    extent: Extent

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.run_means.size

    @property
    def units(self) -> int:
        """Number of units."""
        return self.unit_means.size

    def in_unit(self, unit: float) -> Self:
        """Give the same in multiples of another unit."""
        ratio = self.extent.unit / unit
        return replace(
            self,
            mean=self.mean * ratio,
            run_means=self.run_means * ratio,
            unit_means=self.unit_means * ratio,
            rest=self.rest * ratio * ratio,
            extent=replace(self.extent, unit=unit),
        )

    def above(self, other: "CrossedSums") -> float:
        """Mean less that of ``other``, both in the same unit."""
        origins = self.extent.origin / self.extent.unit - other.extent.origin / other.extent.unit
        return origins + (self.mean - other.mean)

    def merged(self, other: Self) -> Self:
        """Give the sums of both blocks of units, measured by the same runs in the same order.

        Raises:
            UndefinedTestError: The numbers of runs differ.
        """
        if self.runs != other.runs:
            raise UndefinedTestError(
                f"blocks of units must have the same runs, got {self.runs} and {other.runs}"
            )
        extent = self.extent.merged(other.extent)
        one, two = self.in_unit(extent.unit), other.in_unit(extent.unit)
        share = two.units / (one.units + two.units)
        apart = two.above(one)
        differing = two.run_means - one.run_means  # a run's effect in one block and the other
        return replace(
            self,
            mean=one.mean + apart * share,
            run_means=one.run_means + differing * share,
            unit_means=np.concatenate(
                (one.unit_means - apart * share, two.unit_means + apart * (1.0 - share))
            ),
            rest=one.rest + two.rest + one.units * share * float(np.square(differing).sum()),
            between_runs=max(one.between_runs, two.between_runs),
            extent=extent,
        )
