"""Aggregates that stand for the rows of a rule, by SQL: see ``artifacts.reduced``."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.relation import Relation, number
from pytest_evalgate.artifacts.reduced import ClusterTotals, ColumnMoments, MovedUnit


class SqlColumn:
    """The answers of ``ReducedColumn``; each is asked for once."""

    def __init__(self, relation: Relation, value: str, *, notes: tuple[str, ...] = ()) -> None:
        self.relation = relation
        self.value = value
        self.notes = notes
        self._distinct: dict[int, Mapping[float, int] | None] = {}
        self._below: dict[tuple[float, ...], tuple[int, ...]] = {}
        self._ranked: dict[int, float] = {}

    @cached_property
    def _ends(self) -> tuple[int, int, float, float, bool, int, int]:
        """Rows, values, smallest, largest, whether all are finite, zeros and ones."""
        v = self.value
        found = self.relation.one(
            "count(*)", f"count({v})", f"min({v})", f"max({v})", f"bool_and(isfinite({v}))",
            f"count(*) FILTER ({v} = 0)", f"count(*) FILTER ({v} = 1)",
        )  # fmt: skip
        rows, values, low, high, is_finite, zeros, ones = found
        if low is None:
            raise DeclinedError("no value")
        return rows, values, float(low), float(high), bool(is_finite), zeros, ones

    def check(self, most: float) -> None:
        """Decline a column in which a value is missing, not finite, or large.

        Raises:
            DeclinedError: One is.
        """
        rows, values, low, high, is_finite, _, _ = self._ends
        if not is_finite or rows != values or not max(abs(low), abs(high)) < most:
            raise DeclinedError("a value that is missing or no plain number")

    @cached_property
    def moments(self) -> ColumnMoments:
        """The moments of all values."""
        n, _, low, high, *_ = self._ends
        spread = high - low
        if spread == 0.0:
            return ColumnMoments(
                n=n, origin=low, mean=0.0, squares=0.0, cubes=0.0, fourths=0.0, low=low, high=high
            )
        shifted = f"({self.value} - {number(low)})"
        [total] = self.relation.sums([(shifted, spread)])
        mean = float(total / n)
        about = f"({shifted} - {number(mean)})"
        most = max(mean, spread - mean)
        powers = (" * ".join([about] * power) for power in (2, 3, 4))
        sums = self.relation.sums(
            [(term, most**power) for power, term in enumerate(powers, 2)],
        )
        squares, cubes, fourths = map(float, sums)
        return ColumnMoments(
            n=n,
            origin=low,
            mean=mean,
            squares=squares,
            cubes=cubes,
            fourths=fourths,
            low=low,
            high=high,
        )

    @property
    def ones(self) -> int | None:
        """How many values are 1 where every value is 0 or 1; None elsewhere."""
        rows, _, _, _, _, zeros, ones = self._ends
        return ones if zeros + ones == rows else None

    @property
    def missing(self) -> int:
        """How many units have no value."""
        return self._ends[0] - self._ends[1]

    @property
    def is_finite(self) -> bool:
        """Whether every value is a finite number."""
        return self._ends[4]

    def below(self, edges: Sequence[float]) -> tuple[int, ...]:
        """Give how many values lie below each edge."""
        key = tuple(edges)
        if key and key not in self._below:
            cells = [f"count(*) FILTER ({self.value} < {number(edge)})" for edge in key]
            self._below[key] = tuple(self.relation.one(*cells))
        return self._below.get(key, ())

    def distinct(self, most: int) -> Mapping[float, int] | None:
        """Give the different values and how often each occurs; None for more than ``most``."""
        if most not in self._distinct:
            self._distinct[most] = self._values(most)
        return self._distinct[most]

    def _values(self, most: int) -> Mapping[float, int] | None:
        # The estimate is off by a few per cent; it only spares counting very many values.
        [guess] = self.relation.one(f"approx_count_distinct({self.value})")
        if guess > 2 * most + 100:
            return None
        found = self.relation.ask(
            f"{self.value} + 0.0 AS v", "count(*)", then=f"GROUP BY v LIMIT {most + 1}"
        )
        if len(found) > most:
            return None
        return {float(value): count for value, count in sorted(found)}

    def smallest(self, ranks: Sequence[int]) -> Mapping[int, float]:
        """Give from rank k, counted from 1, to the k-th smallest value."""
        n = self._ends[0]
        for rank in ranks:
            if rank not in self._ranked:
                self._ranked[rank] = self._rank(rank, n)
        return {rank: self._ranked[rank] for rank in ranks}

    def _rank(self, rank: int, n: int) -> float:
        from_end = n - rank + 1
        is_low = rank <= from_end
        most, order = (rank, "ASC") if is_low else (from_end, "DESC")
        [row] = self.relation.ask(
            f"{self.value} AS v", then=f"ORDER BY v {order} LIMIT 1 OFFSET {most - 1}"
        )
        return float(row[0])

    def clusters(self) -> ClusterTotals | None:
        """Give None: tables of clusters are read by rows."""
        return None


class SqlPair:
    """The answers of ``ReducedPair`` from a table with a row for each pair."""

    def __init__(self, relation: Relation, candidate: SqlColumn, baseline: SqlColumn) -> None:
        self.relation = relation
        self.candidate, self.baseline = candidate, baseline
        self._candidate, self._baseline = candidate.value, baseline.value
        self._contrasts: dict[float, SqlColumn] = {}
        self._movers: dict[int, tuple[tuple[MovedUnit, ...], tuple[MovedUnit, ...]]] = {}

    @cached_property
    def products(self) -> float:
        """The sum of (difference - its mean) * (baseline - its mean)."""
        one, two = self.contrast(1.0), self.baseline
        terms, most = [], 1.0
        for column in (one, two):
            moments = column.moments
            terms.append(f"({column.value} - {number(moments.origin)} - {number(moments.mean)})")
            most *= moments.high - moments.low
        if most == 0.0:
            return 0.0
        [total] = self.relation.sums([(" * ".join(terms), most)])
        return float(total)

    @cached_property
    def discordant(self) -> tuple[int, int]:
        """How many pairs have the candidate above, and below, the baseline."""
        above, below = self.relation.one(
            f"count(*) FILTER ({self._candidate} > {self._baseline})",
            f"count(*) FILTER ({self._candidate} < {self._baseline})",
        )
        return above, below

    def contrast(self, ratio: float) -> SqlColumn:
        """Give candidate - ratio * baseline."""
        if ratio not in self._contrasts:
            baseline = self._baseline if ratio == 1.0 else f"{number(ratio)} * {self._baseline}"
            self._contrasts[ratio] = SqlColumn(self.relation, f"({self._candidate} - {baseline})")
        return self._contrasts[ratio]

    def movers(self, most: int) -> tuple[tuple[MovedUnit, ...], tuple[MovedUnit, ...]]:
        """Give the units with the smallest differences, and with the largest."""
        if most not in self._movers:
            self._movers[most] = self._moved("ASC", most), self._moved("DESC", most)
        return self._movers[most]

    def _moved(self, order: str, most: int) -> tuple[MovedUnit, ...]:
        found = self.relation.ask(
            "CAST(id AS VARCHAR) AS name", self._baseline, self._candidate,
            then=f"ORDER BY {self._candidate} - {self._baseline} {order}, name LIMIT {most}",
        )  # fmt: skip
        return tuple(
            MovedUnit(id=name, baseline=float(baseline), candidate=float(candidate))
            for name, baseline, candidate in found
        )
