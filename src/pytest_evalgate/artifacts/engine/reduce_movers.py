"""The units that moved most, out of a table of pairs."""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from pytest_evalgate.artifacts.engine.connection import literal
from pytest_evalgate.artifacts.engine.reduce_column import SqlColumn
from pytest_evalgate.artifacts.engine.reduce_ends import Ends
from pytest_evalgate.artifacts.engine.relation import Relation, number
from pytest_evalgate.artifacts.reduced import MovedUnit


Units = tuple[MovedUnit, ...]
_LOOKED_AT: Final = 1_000  # rows that are sorted here
_SAMPLE: Final = 20_480  # ids that are looked at
_FIRST: Final = 64  # of them, in their order
_MOST: Final = 1_000_000  # rows that are still few
_NAME: Final = "CAST(id AS VARCHAR)"


class Pairs(Relation):
    """A table with a row for each pair: its id, and the numbers of both arms."""

    @cached_property
    def early_name(self) -> str:
        """A name that few of all ids come before, as far as some of them tell."""
        sample = f"(SELECT {_NAME} AS name FROM {self.source} LIMIT {_SAMPLE})"  # noqa: S608
        [names] = Relation(self.database, sample).one(f"min(name, {_FIRST})")
        return str(names[-1])

    def early(self, values: Sequence[str]) -> Relation | None:
        """Return all pairs up to some id, as a small table; None where they are not few.

        Args:
            values: Expressions, which it has as ``v0`` and so on.
        """
        cells = ", ".join(f"{value} AS v{place}" for place, value in enumerate(values))
        self.database.ask(
            f"CREATE OR REPLACE TEMP TABLE early AS SELECT id, {cells} FROM {self.source} "  # noqa: S608
            f"WHERE {_NAME} <= {literal(self.early_name)} LIMIT {_MOST + 1}"
        )
        found = Relation(self.database, "early")
        return found if found.one("count(*)")[0] <= _MOST else None


def moved(
    pairs: Pairs, arms: tuple[SqlColumn, SqlColumn], difference: SqlColumn, most: int
) -> tuple[Units, Units]:
    """Return the units with the smallest differences, and with the largest.

    Args:
        pairs: Where they stand.
        arms: The baseline and the candidate.
        difference: The candidate less the baseline.
        most: How many each way.
    """
    n = difference.ends.rows
    ranks = min(most, n), max(n - most + 1, 1)
    ends = difference.smallest(ranks)
    low, high = (ends[rank] for rank in ranks)
    value, names = difference.value, (arms[0].value, arms[1].value)
    far = _units(
        pairs,
        names,
        f"WHERE {value} <= {number(low)} OR {value} >= {number(high)} LIMIT {_LOOKED_AT + 1}",
    )
    if len(far) <= _LOOKED_AT:
        down = sorted(far, key=lambda unit: (unit.candidate - unit.baseline, unit.id))
        up = sorted(far, key=lambda unit: (unit.baseline - unit.candidate, unit.id))
        return tuple(down[:most]), tuple(up[:most])
    tied = _tied(pairs, (*names, value), difference.ends, ranks[0])
    found = []
    for units, end, last, sign, order in (
        (tied[0], difference.ends.low, low, "<=", "ASC"),
        (tied[1], difference.ends.high, high, ">=", "DESC"),
    ):
        by = f"ORDER BY {value} {order}, name LIMIT {most}"
        is_enough = end == last and len(units) == ranks[0]
        all_units = f"WHERE {value} {sign} {number(last)} {by}"
        found.append(units if is_enough else _units(pairs, names, all_units))
    return found[0], found[1]


def _tied(pairs: Pairs, values: tuple[str, str, str], ends: Ends, most: int) -> list[Units]:
    """Return units as far out as can be, of those whose ids come first of all, in their order.

    Args:
        pairs: Where they stand.
        values: The baseline, the candidate and their difference.
        ends: Of the difference.
        most: How many each way; there may be fewer, or none.
    """
    early = pairs.early(values)
    if early is None:
        return [(), ()]
    return [
        _units(early, ("v0", "v1"), f"WHERE v2 = {number(end)} ORDER BY name LIMIT {most}")
        for end in (ends.low, ends.high)
    ]


def _units(relation: Relation, arms: tuple[str, str], then: str) -> Units:
    found = relation.ask(f"{_NAME} AS name", *arms, then=then)
    return tuple(
        MovedUnit(id=name, baseline=float(baseline), candidate=float(candidate))
        for name, baseline, candidate in found
    )
