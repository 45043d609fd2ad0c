"""The message about keys that stand in more than one row: how many, and what tells the rows apart.

The columns that differ are rarely among those that were kept, so the files are read once more, on
this path only; their digests must be what they were.
"""

import re
from collections import Counter
from collections.abc import Sequence

from pytest_evalgate.artifacts.again import rows_again
from pytest_evalgate.artifacts.cells import shown, shown_ids, text_of
from pytest_evalgate.artifacts.columns import flatten
from pytest_evalgate.artifacts.rows import PATH
from pytest_evalgate.artifacts.table import ArmTable, Source
from pytest_evalgate.errors import Location, SampleError


_MOST_NAMED = 5
_PLAIN = re.compile("[A-Za-z0-9_./ -]{1,80}", re.ASCII)
# What usually tells rows of one key apart, the likeliest first; the rest only follows from it.
_KINDS = (
    PATH, "model", "filter", "promptIdx", "provider", "task", "turn", "scorer", "judge", "dataset",
    "run", "seed", "split", "fold", "epoch", "repeat",
)  # fmt: skip
_RUNS = ("run", "seed", "split", "fold", "run_id")


def check_unique(
    table: ArmTable, rows: Sequence[int], keys: Sequence[str], *, names: Sequence[str]
) -> None:
    """Refuse keys that stand in more than one row; each row beyond the first is counted.

    Args:
        table: The arm.
        rows: Rows of the table.
        keys: Their keys.
        names: Columns of the key, for the message.

    Raises:
        SampleError: Count, first keys, and the columns in which their rows differ.
    """
    if len(set(keys)) == len(keys):
        return
    double = {key: count for key, count in sorted(Counter(keys).items()) if count > 1}
    of_double = [(row, key) for row, key in zip(rows, keys, strict=True) if key in double]
    differing, copies = _differences(table, of_double)
    twice = "1 value stands" if len(double) == 1 else f"{len(double)} values stand"
    words = f"these rows differ in {_named(differing)}" if differing else "all are copies"
    if differing and copies:
        words += f"; {copies} rows are copies"
    raise SampleError(
        f"{table.name}: {len(keys) - len(set(keys))} duplicate keys of {'+'.join(names)}, "
        f"first {shown_ids(double)}; {_mend(differing)}{twice} in more than one row; {words}",
        at=_second(table, of_double),
        hint=_hint(differing),
    )


def _second(table: ArmTable, of_double: Sequence[tuple[int, str]]) -> Location:
    """Return where the smallest double key stands for the second time, by path and line."""
    first = min(key for _, key in of_double)
    places = (table.locate(row) for row, key in of_double if key == first)
    return sorted(places, key=lambda place: (place.path, place.line or place.row or 0))[1]


def _named(differing: Sequence[str]) -> str:
    """Write the columns in which rows differ, those that say what a row is first."""
    ordered, more = list(differing), ""
    if len(ordered) > _MOST_NAMED:
        first = [name for name in _KINDS if name in differing]
        ordered = [*first, *(name for name in differing if name not in first)][:_MOST_NAMED]
        more = f" and {len(differing) - _MOST_NAMED} more"
    return ", ".join(name if _PLAIN.fullmatch(name) else shown(name) for name in ordered) + more


def _run(differing: Sequence[str]) -> str | None:
    return next((name for name in _RUNS if name in differing), None)


def _mend(differing: Sequence[str]) -> str:
    """Say in a few words what to do: the end of a long message may be cut off."""
    run = _run(differing)
    if run is not None:
        return f"write `run: {run}`; "
    kind = next((name for name in _KINDS[1:] if name in differing), None)
    if kind in {"epoch", "repeat"}:
        return f"write `repeat: {kind}`; "
    if kind is not None:
        return f"keep one {kind} by `where`; "
    return "check the path; " if PATH in differing else ""


def _hint(differing: Sequence[str]) -> str:
    if not differing:
        return "remove the copies"
    run = _run(differing)
    if run is not None:
        return (
            f"if each {run} is a new training, write `run: {run}`; else keep one by "
            f"`where: {{{run}: ...}}`"
        )
    if "model" in differing:
        return "the files hold several models: keep one by `where: {model: ...}`"
    if PATH in differing:
        return "does the path also match files of an older run?"
    return "keep one kind of row by `where`, or add a column to `id`, or name it as `repeat`"


def _differences(table: ArmTable, of_double: Sequence[tuple[int, str]]) -> tuple[list[str], int]:
    """Return the columns in which rows of one key differ, and how many rows copy another."""
    firsts: dict[str, dict[str, str]] = {}
    seen: dict[str, set[int]] = {}
    differing: set[str] = set()
    copies = 0
    keys = {_place(table, row): key for row, key in of_double}
    for index, source in enumerate(table.sources):
        wanted = {row: key for (of, row), key in keys.items() if of == index}
        for row, cells in _read_again(source, wanted):
            key = wanted[row]
            first = firsts.setdefault(key, cells)
            for name in first.keys() | cells.keys():
                if first.get(name) != cells.get(name):
                    differing.add(name)
            content = hash(frozenset(cells.items()))
            copies += content in seen.setdefault(key, set())
            seen[key].add(content)
    return sorted(differing), copies


def _place(table: ArmTable, row: int) -> tuple[int, int]:
    return table.origin.source[row], table.origin.row[row]


def _read_again(source: Source, wanted: dict[int, str]) -> list[tuple[int, dict[str, str]]]:
    """Return number and cells, as text, of the wanted rows of one file."""
    if not wanted:
        return []
    constants = {PATH: source.found.shown, **source.constants}
    return [
        (number, {name: text_of(cell) for name, cell in flatten({**row, **constants}).items()})
        for number, row in enumerate(rows_again(source), 1)
        if number in wanted
    ]
