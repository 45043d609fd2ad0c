"""What whole rows say, beyond the columns that a gate reads: to tell copies from new evidence.

The other columns are not kept, so the files are read once more; their digests must be what they
were.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator

from pytest_evalgate.artifacts.again import rows_again
from pytest_evalgate.artifacts.columns import flatten
from pytest_evalgate.artifacts.table import ArmTable


# Names and values that differ each time a row is written, whatever is in it.
_FLEETING = re.compile(
    "(^|_)(u?uid|guid|times?|timestamp|tstamp|latency|duration|elapsed|runtime|seconds|secs|ms"
    "|millis|started|ended|completed|created|updated|date|datetime)(_|$)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FLEETING_TEXT = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*",
    re.ASCII,
)


def varying_columns(
    table: ArmTable, *, is_timeless: bool, is_by_file: bool = False
) -> frozenset[str]:
    """Return the columns whose cells are not the same in every row of an arm.

    Args:
        table: The arm.
        is_timeless: Whether to leave out times, and ids that are new each time.
        is_by_file: Whether to leave out columns that are the same in every row of each file.

    Raises:
        ArtifactError: a file changed since it was read.
    """
    firsts: dict[int, dict[str, str]] = {}
    varying: set[str] = set()
    for row, cells in _cells(table, is_timeless=is_timeless):
        first = firsts.setdefault(table.origin.source[row] if is_by_file else 0, cells)
        for name in first.keys() | cells.keys():
            if first.get(name) != cells.get(name):
                varying.add(name)
    return frozenset(varying)


def row_digests(table: ArmTable, columns: Collection[str], *, is_timeless: bool) -> list[bytes]:
    """Return a digest of these columns of each row of an arm; empty for a row of a join alone.

    Raises:
        ArtifactError: a file changed since it was read.
    """
    digests = [b""] * table.n
    for row, cells in _cells(table, is_timeless=is_timeless):
        kept = sorted((name, text) for name, text in cells.items() if name in columns)
        digests[row] = hashlib.blake2b(json.dumps(kept).encode(), digest_size=16).digest()
    return digests


def _cells(table: ArmTable, *, is_timeless: bool) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of the arm and its cells as text."""
    places: dict[int, dict[int, int]] = {}
    for row, (of, number) in enumerate(zip(table.origin.source, table.origin.row, strict=True)):
        places.setdefault(of, {})[number] = row
    for index, source in enumerate(table.sources):
        wanted = places.get(index, {})
        if source.is_joined or not wanted:
            continue
        for number, row_cells in enumerate(rows_again(source), 1):
            if number in wanted:
                yield (
                    wanted[number],
                    {
                        name: _text(_steady(cell) if is_timeless else cell)
                        for name, cell in flatten(row_cells).items()
                        if not (is_timeless and _is_fleeting(name))
                    },
                )


def _is_fleeting(name: str) -> bool:
    last = name.rpartition(".")[2]
    return bool(_FLEETING.search(_CAMEL.sub("_", last).lower()))


def _text(cell: object) -> str:
    try:
        return json.dumps(cell, sort_keys=True, default=repr)
    except TypeError:  # a mapping whose keys are no texts
        return repr(cell)


def _steady(cell: object) -> object:
    """Return a cell without the times and the new ids in it."""
    if isinstance(cell, dict):
        return {name: _steady(inner) for name, inner in cell.items() if not _is_fleeting(name)}
    if isinstance(cell, list):
        return [_steady(inner) for inner in cell]
    if isinstance(cell, str) and _FLEETING_TEXT.fullmatch(cell):
        return None
    return cell
