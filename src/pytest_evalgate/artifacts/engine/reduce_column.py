"""One column by aggregates of SQL: the answers of ``ReducedColumn``."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Final

from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.reduce_below import counts_below
from pytest_evalgate.artifacts.engine.reduce_ends import Ends, ends_of
from pytest_evalgate.artifacts.engine.relation import Relation, number
from pytest_evalgate.artifacts.reduced import ClusterTotals, ColumnMoments


_GLANCE: Final = 2_048  # rows that mostly show that there are many different values


class SqlColumn:
    """A column of numbers, one a row; each answer is asked for once.

    Args:
        relation: Where the rows stand.
        value: The expression of a value.
        notes: What a reader of the report should know.
        is_ranked: Whether ranks near its ends will be asked for.
    """

    def __init__(
        self,
        relation: Relation,
        value: str,
        *,
        notes: tuple[str, ...] = (),
        is_ranked: bool = False,
    ) -> None:
        self.relation = relation
        self.value = value
        self.notes = notes
        self.is_ranked = is_ranked
        self.known_powers: dict[int, float] = {}
        self.share(Together(relation, ((value, is_ranked),)), 0)
        self._distinct: dict[int, Mapping[float, int] | None] = {}
        self._below: dict[tuple[float, ...], tuple[int, ...]] = {}
        self._ranked: dict[int, float] = {}

    def share(self, together: "Together", place: int) -> None:
        """Ask together with other columns of the relation."""
        self._together, self._place = together, place

    @property
    def ends(self) -> Ends:
        """The smallest and the largest values.

        Raises:
            DeclinedError: There is none.
        """
        return self._together.ends[self._place]

    def check(self, most: float) -> None:
        """Decline a column in which a value is missing, not finite, or large.

        Raises:
            DeclinedError: One is.
        """
        ends = self.ends
        # No comparison with NaN is true, and NaN sorts above all numbers.
        if ends.rows != ends.values or not (-most < ends.low and ends.high < most):
            raise DeclinedError("a value that is missing or no plain number")

    @property
    def shifted(self) -> str:
        """The value less the smallest one."""
        return shifted(self.value, self.ends)

    @property
    def spread(self) -> float:
        """The largest value less the smallest one."""
        return self.ends.high - self.ends.low

    @property
    def total(self) -> Fraction:
        """The sum of what ``shifted`` gives."""
        return self._together.totals[self._place]

    @cached_property
    def moments(self) -> ColumnMoments:
        """The moments of all values."""
        return SqlMoments(self)

    @property
    def deviation(self) -> tuple[str, float]:
        """The deviation of a value from the mean, and the largest magnitude of one."""
        mean = self.moments.mean
        return f"({self.shifted} - {number(mean)})", max(mean, self.spread - mean)

    def powers(self, *exponents: int) -> list[float]:
        """Give the sums of powers of deviations from the mean."""
        if self.spread == 0.0:
            return [0.0 for _ in exponents]
        asked = [exponent for exponent in exponents if exponent not in self.known_powers]
        about, most = self.deviation
        terms = [(" * ".join([about] * exponent), most**exponent) for exponent in asked]
        sums = self.relation.sums(terms) if terms else []
        self.known_powers.update(zip(asked, map(float, sums), strict=True))
        return [self.known_powers[exponent] for exponent in exponents]

    @cached_property
    def ones(self) -> int | None:
        """How many values are 1 where every value is 0 or 1; None elsewhere."""
        ends = self.ends
        if not {ends.low, ends.high} <= {0.0, 1.0} or self._glance > 2:
            return None
        zeros, ones = self.relation.one(
            *(self.relation.counted(f"{self.value} = {one}") for one in (0, 1))
        )
        return int(ones) if zeros + ones == ends.rows else None

    @property
    def missing(self) -> int:
        """How many units have no value."""
        return self.ends.rows - self.ends.values

    @property
    def is_finite(self) -> bool:
        """Whether every value is a finite number."""
        return abs(self.ends.low) < float("inf") and abs(self.ends.high) < float("inf")

    def below(self, edges: Sequence[float]) -> tuple[int, ...]:
        """Give how many values lie below each edge."""
        key = tuple(edges)
        if key and key not in self._below:
            self._below[key] = counts_below(self.relation, self.value, key)
        return self._below.get(key, ())

    def distinct(self, most: int) -> Mapping[float, int] | None:
        """Give the different values and how often each occurs; None for more than ``most``."""
        if most not in self._distinct:
            self._distinct[most] = self._values(most)
        return self._distinct[most]

    @cached_property
    def _glance(self) -> int:
        """How many values of the first rows are different: no more than of all rows."""
        first = f"(SELECT {self.value} + 0.0 AS v FROM {self.relation.source} LIMIT {_GLANCE})"  # noqa: S608
        [count] = Relation(self.relation.database, first).one("count(DISTINCT v)")
        return int(count)

    def _values(self, most: int) -> Mapping[float, int] | None:
        if self._glance > most:
            return None
        if self.relation.weight is None:
            # The estimate is off by a few per cent; it only spares counting very many values.
            [guess] = self.relation.one(f"approx_count_distinct({self.value})")
            if guess > 2 * most + 100:
                return None
        found = self.relation.ask(
            f"{self.value} + 0.0 AS v", self.relation.rows, then=f"GROUP BY v LIMIT {most + 1}"
        )
        if len(found) > most:
            return None
        return {float(value): int(count) for value, count in sorted(found)}

    def smallest(self, ranks: Sequence[int]) -> Mapping[int, float]:
        """Give from rank k, counted from 1, to the k-th smallest value."""
        for rank in ranks:
            if rank not in self._ranked:
                self._ranked[rank] = self._rank(rank)
        return {rank: self._ranked[rank] for rank in ranks}

    def _rank(self, rank: int) -> float:
        ends = self.ends
        from_end = ends.rows - rank + 1
        if rank <= len(ends.lows):
            return ends.lows[rank - 1]
        if from_end <= len(ends.highs):
            return ends.highs[from_end - 1]
        is_low = rank <= from_end
        most, order = (rank, "ASC") if is_low else (from_end, "DESC")
        v = f"{self.value} + 0.0 AS v"
        if self.relation.weight is None:
            [row] = self.relation.ask(v, then=f"ORDER BY v {order} LIMIT 1 OFFSET {most - 1}")
            return float(row[0])
        found = self.relation.ask(
            v, self.relation.rows, then=f"GROUP BY v ORDER BY v {order} LIMIT {most}"
        )
        reached = accumulate(count for _, count in found)
        return next(
            float(value) for (value, _), end in zip(found, reached, strict=True) if most <= end
        )

    def clusters(self) -> ClusterTotals | None:
        """Give None: tables of clusters are read by rows."""
        return None


class Together:
    """Columns of one relation that ask together what takes a pass over the rows.

    Args:
        relation: Where they stand.
        columns: The value of each, and whether ranks near its ends will be asked for.
    """

    def __init__(self, relation: Relation, columns: Sequence[tuple[str, bool]]) -> None:
        self.relation, self.columns = relation, columns

    @cached_property
    def ends(self) -> list[Ends]:
        """The ends of each."""
        return ends_of(self.relation, self.columns)

    @cached_property
    def totals(self) -> list[Fraction]:
        """The total of each."""
        terms = [
            (shifted(value, ends), ends.high - ends.low)
            for (value, _), ends in zip(self.columns, self.ends, strict=True)
        ]
        return self.relation.sums(terms)


def shifted(value: str, ends: Ends) -> str:
    """Write a value less the smallest one."""
    return f"({value} - {number(ends.low)})"


class SqlMoments(ColumnMoments):
    """Moments that are asked for when they are first read: few rules need all of them."""

    def __init__(self, column: SqlColumn) -> None:
        ends = column.ends
        self.__dict__["_column"] = column  # past what is frozen
        for name, one in (
            ("n", ends.rows),
            ("origin", ends.low),
            ("low", ends.low),
            ("high", ends.high),
        ):
            object.__setattr__(self, name, one)

    @cached_property
    def mean(self) -> float:
        """Mean of (value - origin)."""
        column: SqlColumn = self.__dict__["_column"]
        return float(column.total / self.n) if column.spread else 0.0

    @cached_property
    def _low_powers(self) -> list[float]:
        column: SqlColumn = self.__dict__["_column"]
        return column.powers(2, 3)

    @property
    def squares(self) -> float:
        """Sum of squared deviations from the mean."""
        return self._low_powers[0]

    @property
    def cubes(self) -> float:
        """Sum of their cubes."""
        return self._low_powers[1]

    @cached_property
    def fourths(self) -> float:
        """Sum of their fourth powers."""
        column: SqlColumn = self.__dict__["_column"]
        return column.powers(4)[0]
