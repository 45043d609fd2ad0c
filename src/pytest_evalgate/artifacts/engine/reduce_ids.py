"""Ids inside the engine: whether they are ids, stand once, and pair the rows of two arms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_evalgate.artifacts.engine.connection import literal, quoted
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.reduce_movers import Pairs
from pytest_evalgate.artifacts.engine.relation import Database, Relation


_PART: Final = 4_000_000  # ids that are compared with one another in memory
_ID: Final = "[!-~][ -~]{0,511}"  # printable ASCII, not blank
_HASH: Final = "hash({})"  # of 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The rows of one arm, to be paired."""

    source: str  # the table function
    kept: str  # the condition of the rows
    id: str  # the column of ids
    cells: Sequence[str]  # the columns of numbers, named as in the pairs


def join(database: Database, candidate: Side, baseline: Side, *, is_whole: bool) -> Pairs:
    """Make a table with a row for each pair: its id, and the numbers of both arms.

    Texts are joined by a hash, which is much smaller than they are. Each id stands exactly once in
    each arm where rows of either arm and pairs are as many, and their ids have the same sums of two
    hashes. An id, or a hash, that stands k times in one arm and l in the other gives kl pairs;
    unless k = l = 1 its hashes count k, l and kl times. That all of these cancel, or that another
    id in the other arm has both hashes of one, has a chance of 2 to the minus 60 or less. Two ids
    of one arm with one hash, which among 50 million happens once in 10,000 times, give more pairs
    than rows: then the texts themselves are joined.

    Args:
        database: Over both files.
        candidate: One arm.
        baseline: The other.
        is_whole: Whether the ids of both are whole numbers.

    Raises:
        DeclinedError: An id does not stand once in each arm, or is none.
    """
    kind = "BIGINT" if is_whole else "VARCHAR"
    ids = [f"CAST({quoted(side.id)} AS {kind})" for side in (candidate, baseline)]
    sums = _sums("id", is_whole=is_whole)
    # The ids of pairs are the candidate's, so it is the baseline that both hashes are held against.
    (rows, one), (*known,) = (
        Relation(database, f"(SELECT {key} AS id FROM {side.source} WHERE {side.kept})").one(*asked)  # noqa: S608
        for side, key, asked in zip((candidate, baseline), ids, (sums[:2], sums), strict=True)
    )
    if not rows or [rows, one] != known[:2]:
        raise DeclinedError("other ids in each arm")
    pairs = Pairs(database, "pairs")
    for by in ("{}",) if is_whole else (_HASH, "{}"):
        keys = [by.format(key) for key in ids]
        _create(database, (candidate, baseline), ids[0], keys, most=rows + 1)
        if pairs.one("count(*)")[0] <= rows:
            break
    *found, are_ids = pairs.one(*sums, "true" if is_whole else f"bool_and({is_id('id')})")
    if not (found == known and are_ids):
        raise DeclinedError("ids that do not stand once in each arm")
    return pairs


def _create(
    database: Database, sides: tuple[Side, Side], id_: str, keys: Sequence[str], *, most: int
) -> None:
    """Make the table; no more pairs than tell that an id stands twice."""
    candidate, baseline = (
        f"SELECT {', '.join([f'{key} AS k', *side.cells, *more])} "  # noqa: S608
        f"FROM {side.source} WHERE {side.kept}"
        for side, key, more in zip(sides, keys, ([f"{id_} AS id"], []), strict=True)
    )
    database.ask(
        "CREATE OR REPLACE TEMP TABLE pairs AS SELECT * EXCLUDE (k) "  # noqa: S608
        f"FROM ({candidate}) JOIN ({baseline}) USING (k) LIMIT {most}"
    )


def _sums(name: str, *, is_whole: bool) -> tuple[str, str, str]:
    """Write what tells whether arms and pairs hold the same ids the same number of times."""
    other = f"hash({name}, 20261122)" if is_whole else f"hash(reverse({name}))"
    return "count(*)", f"sum(CAST(hash({name}) AS HUGEINT))", f"sum(CAST({other} AS HUGEINT))"


def is_id(name: str) -> str:
    """Write the condition that a cell is an id."""
    text = f"CAST({name} AS VARCHAR)"
    return f"{name} IS NOT NULL AND regexp_full_match({text}, {literal(_ID)})"


def check_ids(relation: Relation) -> None:
    """Hold the ids of one arm against what an id is.

    Raises:
        DeclinedError: One is none, or stands twice.
    """
    [are_ids] = relation.one(f"bool_and({is_id('id')})")
    if not (are_ids and _are_different(relation)):
        raise DeclinedError("ids that are none, or stand twice")


def _are_different(relation: Relation) -> bool:
    """Whether no id stands twice; part by part, so that each part fits in memory."""
    [rows] = relation.one("count(*)")
    parts = rows // _PART + 1
    return all(
        rows == different
        for rows, different in (
            relation.ask(
                "count(*)", "count(DISTINCT id)", then=f"WHERE hash(id) % {parts} = {part}"
            )[0]
            for part in range(parts)
        )
    )
