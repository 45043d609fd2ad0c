"""Parquet: plain columns as they are, decimals and times as the text or number they stand for.

One file is read, by DuckDB, which may open nothing else; folders and partitions are not looked at.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Final

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.engine.connection import connected
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.parquet import Column, Plan, plan
from pytest_evalgate.artifacts.readers.content import Content, Parsed, Rows
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.unpacking import budget, too_large
from pytest_evalgate.errors import ArtifactError


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MAGIC: Final = b"PAR1"
_ROWS: Final = 8192  # taken at a time
_Cells = tuple[object, ...]


def fits(head: Head) -> bool:
    """Whether this is a Parquet file."""
    return head.data.startswith(_MAGIC) and head.data.endswith(_MAGIC)


def parse(content: Content) -> Parsed:
    """Read a Parquet file.

    Whole numbers, floats, booleans, texts, and lists and objects of these are themselves. A decimal
    is the float that is written alike, or its text where there is none; a date or a time is its
    ISO 8601 text. Columns of other types are left out, with a note.

    Raises:
        ArtifactError: Not a whole Parquet file, or two columns of one name.
    """
    size = len(content.data)
    if size < 12 or not (content.data.startswith(_MAGIC) and content.data.endswith(_MAGIC)):
        raise ArtifactError(
            "not a whole Parquet file: it must begin and end with PAR1",
            at=content.at(),
            hint="write the file again; was it cut while it was copied?",
        )
    notes: list[str] = []
    return Parsed(rows=_rows(content, notes), notes=notes)


def _rows(content: Content, notes: list[str]) -> Rows:
    with _written(content.data) as stream:
        try:
            yield from _read(content, stream.name, notes)
        except DeclinedError as error:
            raise ArtifactError(
                f"the Parquet file cannot be read: {_words(error, stream.name, content.path)}",
                at=content.at(),
                hint="write the file again with another tool; is it whole?",
            ) from error


def _read(content: Content, name: str, notes: list[str]) -> Rows:
    with connected([name]) as connection:
        planned = plan(connection, name)
        _check_names(content, [one.name for one in planned.columns])
        notes.extend(planned.notes)
        kept = [(one, one.cell) for one in planned.columns if one.cell is not None]
        if not kept:
            raise ArtifactError("no column of a type that is read", at=content.at())
        _check_size(content, connection, planned)
        cells = ", ".join(f"{cell} AS c{place}" for place, (_, cell) in enumerate(kept))
        found = connection.execute(f"SELECT {cells} FROM {planned.source}")  # noqa: S608
        names = [one.name for one, _ in kept]
        changes = _changes(one for one, _ in kept)
        rows = count(1)
        while block := found.fetchmany(_ROWS):
            for cells_of_row in block:
                yield next(rows), dict(zip(names, _changed(cells_of_row, changes), strict=True))
        _check_whole(content, planned, next(rows) - 1)


def _check_names(content: Content, names: list[str]) -> None:
    double = sorted({one for one in names if names.count(one) > 1})
    if double:
        raise ArtifactError(
            f"columns share a name: {shown_list(double)}",
            at=content.at(),
            hint="write each column under a name of its own",
        )


def _check_size(content: Content, connection: "DuckDBPyConnection", planned: Plan) -> None:
    """Refuse a small file whose texts are large: a dictionary writes each of them once."""
    wide = [one.cell for one in planned.columns if one.is_wide and one.cell is not None]
    if not wide:
        return
    sizes = " + ".join(f"coalesce(sum(strlen(CAST({cell} AS VARCHAR))), 0)" for cell in wide)
    [(size,)] = connection.execute(f"SELECT {sizes} FROM {planned.source}").fetchall()  # noqa: S608
    most = budget(len(content.data), most=content.max_bytes)
    if size > most:
        raise too_large("the Parquet file", most, at=content.at())


def _check_whole(content: Content, planned: Plan, found: int) -> None:
    if found != planned.rows:
        raise ArtifactError(
            f"{found} rows where the file says it has {planned.rows}",
            at=content.at(),
            hint="write the file again",
        )


def _changes(columns: Iterator[Column]) -> list[tuple[int, Callable[[object], object]]]:
    return [(place, _of_decimal) for place, one in enumerate(columns) if one.is_decimal]


def _changed(cells: _Cells, changes: list[tuple[int, Callable[[object], object]]]) -> _Cells:
    if not changes:
        return cells
    changed = list(cells)
    for place, change in changes:
        changed[place] = change(changed[place])
    return tuple(changed)


def _of_decimal(cell: object) -> object:
    """Return the float that is written like a decimal; its text where there is none."""
    if not isinstance(cell, Decimal):
        return cell
    nearest = float(cell)
    return nearest if Decimal(repr(nearest)) == cell else str(cell)


def _written(data: bytes) -> IO[bytes]:
    """Return a private file of these bytes that the engine can open by name."""
    stream = NamedTemporaryFile(prefix="evalgate-", suffix=".parquet")  # noqa: SIM115
    try:
        stream.write(data)
        stream.flush()
    except OSError:
        stream.close()
        raise
    return stream


def _words(error: Exception, name: str, path: str) -> str:
    words = (str(error).splitlines() or ["no reason given"])[0].replace(name, path)
    return shown(words)[1:-1]
