"""The ends of columns, asked for together: how many values, the smallest and the largest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.relation import Relation


KEPT: Final = 32  # values at either end of a ranked column


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What stands at the ends of a column; NaN sorts above all numbers."""

    rows: int
    values: int
    lows: tuple[float, ...]  # the smallest first
    highs: tuple[float, ...]  # the largest first

    @property
    def low(self) -> float:
        """The smallest value."""
        return self.lows[0]

    @property
    def high(self) -> float:
        """The largest value."""
        return self.highs[0]


def ends_of(relation: Relation, columns: Sequence[tuple[str, bool]]) -> list[Ends]:
    """Return the ends of columns, by one pass.

    Args:
        relation: Where they stand.
        columns: The value of each, and whether ``KEPT`` values at either end are kept.

    Raises:
        DeclinedError: One has no value.
    """
    cells = [relation.rows]
    for value, is_ranked in columns:
        is_many = is_ranked and relation.weight is None
        cells.append(
            f"count({value})"
            if relation.weight is None
            else relation.counted(f"({value}) IS NOT NULL")
        )
        cells.extend(f"{end}({value}{f', {KEPT}' if is_many else ''})" for end in ("min", "max"))
    rows, *found = relation.one(*cells)
    return [_ends(rows, *found[3 * place : 3 * place + 3]) for place in range(len(columns))]


def _ends(rows: int, values: int, low: Any, high: Any) -> Ends:
    if low is None or high is None:
        raise DeclinedError("no value")
    lows, highs = (one if isinstance(one, list) else [one] for one in (low, high))
    return Ends(
        rows=rows, values=values, lows=tuple(map(float, lows)), highs=tuple(map(float, highs))
    )
