"""Aggregates that stand for the paired rows of a rule, by SQL: see ``artifacts.reduced``."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pytest_evalgate.artifacts.engine.reduce_column import SqlColumn, Together
from pytest_evalgate.artifacts.engine.reduce_joint import Joint, SqlContrast
from pytest_evalgate.artifacts.engine.reduce_movers import Pairs, Units, moved
from pytest_evalgate.artifacts.engine.relation import Relation


_GLANCE: Final = 2_048  # rows that show whether there are few different values
_FEW: Final = 1_400  # different values among those; there are some 2,500 then
_TALLIED: Final = 1 << 20  # different pairs that are counted once for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The values of a metric in one arm, as a table of pairs or of rows has them."""

    cell: str  # the column
    sql: str  # the number that it means
    most: float  # no magnitude is as large
    are_few: bool  # whether there are few different ones
    notes: tuple[str, ...]


class SqlPair:
    """The answers of ``ReducedPair`` from a table with a row for each pair.

    Args:
        pairs: That table.
        candidate: Its column of the candidate's values, or that of a table that counts them.
        baseline: The baseline's, of the same table.
    """

    def __init__(self, pairs: Pairs, candidate: SqlColumn, baseline: SqlColumn) -> None:
        self.pairs, self.relation = pairs, candidate.relation
        self.candidate, self.baseline = candidate, baseline
        self._candidate, self._baseline = candidate.value, baseline.value
        self._movers: dict[int, tuple[Units, Units]] = {}
        difference = SqlColumn(
            self.relation, f"({self._candidate} - {self._baseline})", is_ranked=True
        )
        columns = candidate, baseline, difference
        together = Together(self.relation, [(one.value, one.is_ranked) for one in columns])
        for place, column in enumerate(columns):
            column.share(together, place)
        self._joint = Joint(*columns)
        self._contrasts: dict[float, SqlColumn] = {1.0: difference}

    @property
    def products(self) -> float:
        """The sum of (difference - its mean) * (baseline - its mean)."""
        return float(self._joint.sums[1, 1])

    @cached_property
    def discordant(self) -> tuple[int, int]:
        """How many pairs have the candidate above, and below, the baseline."""
        above, below = self.relation.one(
            self.relation.counted(f"{self._candidate} > {self._baseline}"),
            self.relation.counted(f"{self._candidate} < {self._baseline}"),
        )
        return int(above), int(below)

    def contrast(self, ratio: float) -> SqlColumn:
        """Give candidate - ratio * baseline."""
        if ratio not in self._contrasts:
            self._contrasts[ratio] = SqlContrast(self._joint, ratio)
        return self._contrasts[ratio]

    def movers(self, most: int) -> tuple[Units, Units]:
        """Give the units with the smallest differences, and with the largest."""
        if most not in self._movers:
            arms = self.baseline, self.candidate
            self._movers[most] = moved(self.pairs, arms, self.contrast(1.0), most)
        return self._movers[most]


def tallied(pairs: Relation, cells: tuple[str, str], *, are_few: bool) -> Relation:
    """Return a table that counts the different pairs of two columns; the pairs where it is large.

    Args:
        pairs: A row for each pair.
        cells: The columns.
        are_few: Whether their types have a few values only.
    """
    if not are_few:
        first = f"(SELECT {', '.join(cells)} FROM {pairs.source} LIMIT {_GLANCE})"  # noqa: S608
        seen = Relation(pairs.database, first).one(*(f"count(DISTINCT {cell})" for cell in cells))
        if max(seen) > _FEW:
            return pairs
        guesses = pairs.one(*(f"approx_count_distinct({cell})" for cell in cells))
        if math.prod(guesses) > _TALLIED:
            return pairs
    name = "_".join(("tally", *cells))
    pairs.database.ask(
        f"CREATE OR REPLACE TEMP TABLE {name} AS "  # noqa: S608
        f"SELECT {', '.join(cells)}, count(*) AS n FROM {pairs.source} GROUP BY ALL"
    )
    return Relation(pairs.database, name, weight="n")


def pair_of(pairs: Pairs, values: tuple[Value, Value]) -> SqlPair:
    """Return the answers for the values of candidate and baseline."""
    first, second = values
    are_few = first.are_few and second.are_few
    relation = tallied(pairs, (first.cell, second.cell), are_few=are_few)
    columns = [SqlColumn(relation, one.sql, notes=one.notes) for one in values]
    return SqlPair(pairs, *columns)
