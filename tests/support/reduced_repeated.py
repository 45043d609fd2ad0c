"""Aggregates of a table that holds every unit of a small one many times over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.artifacts.reduced import (
    ArrayColumn,
    ArrayReduction,
    ClusterTotals,
    ColumnMoments,
    MovedUnit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedColumn:
    """The answers of a column, every value ``times`` over."""

    inner: ArrayColumn
    times: int
    missing: int = 0
    is_finite: bool = True
    notes: tuple[str, ...] = ()

    @property
    def moments(self) -> ColumnMoments:
        found = self.inner.moments
        return replace(
            found,
            n=found.n * self.times,
            squares=found.squares * self.times,
            cubes=found.cubes * self.times,
            fourths=found.fourths * self.times,
        )

    @property
    def ones(self) -> int | None:
        found = self.inner.ones
        return None if found is None else found * self.times

    def below(self, edges: Sequence[float]) -> tuple[int, ...]:
        return tuple(count * self.times for count in self.inner.below(edges))

    def distinct(self, most: int) -> Mapping[float, int] | None:
        found = self.inner.distinct(most)
        return None if found is None else {key: n * self.times for key, n in found.items()}

    def smallest(self, ranks: Sequence[int]) -> Mapping[int, float]:
        inner = {rank: (rank - 1) // self.times + 1 for rank in ranks}
        found = self.inner.smallest(tuple(inner.values()))
        return {rank: found[of] for rank, of in inner.items()}

    def clusters(self) -> ClusterTotals | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedPair:
    """The answers of pairs, every pair ``times`` over."""

    inner: ArrayReduction
    times: int

    @property
    def candidate(self) -> RepeatedColumn:
        return RepeatedColumn(inner=self.inner.candidate, times=self.times)

    @property
    def baseline(self) -> RepeatedColumn:
        return RepeatedColumn(inner=self.inner.baseline, times=self.times)

    @property
    def products(self) -> float:
        return self.inner.products * self.times

    @property
    def discordant(self) -> tuple[int, int]:
        better, worse = self.inner.discordant
        return better * self.times, worse * self.times

    def contrast(self, ratio: float) -> RepeatedColumn:
        return RepeatedColumn(inner=self.inner.contrast(ratio), times=self.times)

    def movers(self, most: int) -> tuple[tuple[MovedUnit, ...], tuple[MovedUnit, ...]]:
        return self.inner.movers(most)
