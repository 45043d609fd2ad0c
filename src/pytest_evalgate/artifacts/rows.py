"""Files to columns: read, add captures and metadata, keep the named columns only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_evalgate.artifacts.cells import ABSENT, Untyped, shown, shown_list
from pytest_evalgate.artifacts.columns import Row, lookup, remember_names
from pytest_evalgate.artifacts.constants import Constant, ConstantTaker, constants_of
from pytest_evalgate.artifacts.copies import check_copies
from pytest_evalgate.artifacts.files import MAX_BYTES, FileRecord, digest, read_file
from pytest_evalgate.artifacts.paths import Found, find
from pytest_evalgate.artifacts.readers.registry import Reader, reader_for
from pytest_evalgate.artifacts.sidecars import read_metadata
from pytest_evalgate.artifacts.table import Origin, Source
from pytest_evalgate.errors import ArtifactError, Location


PATH, ROW = "_path", "_row"
_NAMES_FROM = 50  # rows of a file whose names are remembered for hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which files to read, and as what."""

    paths: tuple[str, ...]
    base: Path
    root: Path | None
    reader: str = "auto"
    max_bytes: int = MAX_BYTES


@dataclass(slots=True, kw_only=True)
class Rows:
    """Columns while they are gathered; ``ABSENT`` where a row lacks the key."""

    columns: dict[str, list[object]]
    origin: Origin = field(default_factory=Origin)
    sources: list[Source] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    # Of a column that some file gives as a constant: the giver of each cell, None for a row's own.
    givers: dict[str, list[str | None]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Rows gathered."""
        return len(self.origin.line)

    @property
    def start(self) -> Location:
        """The first file by name, where a message is about no row."""
        own = (source.found.shown for source in self.sources if not source.is_joined)
        return Location(path=min(own))

    def is_absent(self, name: str) -> bool:
        """Whether no row has the column."""
        return all(cell is ABSENT for cell in self.columns[name])


def read_rows(where: Where, columns: Iterable[str]) -> Rows:
    """Read all files of an arm, or of a join, keeping these columns.

    Raises:
        ArtifactError: Bytes that cannot be used; no row at all; a file and its copy.
        SampleError: A captured name or metadata that contradict a row.
    """
    if not where.paths:
        raise ArtifactError("no path is given")
    rows = Rows(columns={name: [] for name in columns})
    read: set[tuple[str, ...]] = set()
    beside: dict[str, FileRecord] = {}
    for text in where.paths:
        for found in find(text, base=where.base, root=where.root):
            if (found.anchor, *found.parts) in read:
                raise ArtifactError(
                    f"{shown(found.shown)} is named twice: its rows would count double",
                    hint="make the paths of this arm disjoint",
                )
            read.add((found.anchor, *found.parts))
            for record in _read_one(rows, found, where):
                beside[record.path] = record
    rows.notes.extend(check_copies(rows.files))
    rows.files.extend(beside.values())
    if where.reader == "auto":
        rows.notes.extend(_surprises(rows.sources))
    return rows


def _surprises(sources: Iterable[Source]) -> list[str]:
    """Say which files ``auto`` read as another format than their names promise."""
    read: dict[str, list[str]] = {}
    for source in sources:
        ending = source.found.shown.rpartition(".")[2].lower().replace("ndjson", "jsonl")
        if ending != source.reader.name:
            read.setdefault(source.reader.name, []).append(source.found.shown)
    return [
        f"reader auto: read {shown_list(sorted(paths), most=3)} as {name} by content"
        for name, paths in sorted(read.items())
    ]


def _read_one(rows: Rows, found: Found, where: Where) -> tuple[FileRecord, ...]:
    data = read_file(found, max_bytes=where.max_bytes)
    reader = reader_for(where.reader, data, found.shown)
    metadata = read_metadata(found)
    constants = constants_of(found, metadata)
    before = rows.n
    _gather(rows, reader, data, found.shown, constants)
    count = rows.n - before
    if not count:
        raise ArtifactError(
            "the file has 0 rows", at=Location(path=found.shown), hint="did the evaluation finish?"
        )
    record = FileRecord(
        path=found.shown,
        sha256=digest(data),
        bytes=len(data),
        rows=count,
        reader=reader.name,
        metadata=metadata.texts(),
    )
    rows.sources.append(
        Source(
            found=found,
            record=record,
            reader=reader,
            constants={constant.name: constant.value for constant in constants},
            max_bytes=where.max_bytes,
        )
    )
    rows.files.append(record)
    return metadata.records


def _gather(
    rows: Rows, reader: Reader, data: bytes, source: str, constants: tuple[Constant, ...]
) -> None:
    """Append the rows of one file; the loop that a hundred thousand rows go through."""
    # What is known of each row without being told cannot be told otherwise.
    constants = tuple(constant for constant in constants if constant.name not in {PATH, ROW})
    names = {constant.name for constant in constants}
    plain, deep = _takers(rows.columns, names)
    lines = rows.origin.line
    start = len(lines)
    for name in names & rows.columns.keys():
        rows.givers.setdefault(name, [None] * start)
    given = ConstantTaker(constants, rows.columns, rows.givers, is_typed=reader.is_typed)
    for line, row in reader.read(data, source):
        for key, append in plain:
            append(row.get(key, ABSENT))
        for find_cell, append in deep:
            append(find_cell(row))
        if constants:
            given.take(row, source, line)
        if len(lines) - start < _NAMES_FROM:
            remember_names(rows.names, row)
        lines.append(line)
    _complete(rows, reader, source, names, start=start)


def _complete(rows: Rows, reader: Reader, source: str, given: set[str], *, start: int) -> None:
    """Add what is known of each row of a file without looking at it."""
    count = rows.n - start
    rows.origin.source.extend([len(rows.sources)] * count)
    rows.origin.row.extend(range(1, count + 1))
    rows.names.update(given)
    _fill_known(rows, source, start=start, count=count)
    for name in rows.givers.keys() - given:
        rows.givers[name].extend([None] * count)
    if not reader.is_typed:
        for name, cells in rows.columns.items():
            if name not in given and name not in {PATH, ROW}:
                cells[start:] = [
                    cell if cell is ABSENT else Untyped(cell) for cell in cells[start:]
                ]


def _takers(
    columns: dict[str, list[object]], given: set[str]
) -> tuple[
    list[tuple[str, Callable[[object], None]]],
    list[tuple[Callable[[Row], object], Callable[[object], None]]],
]:
    """Split columns into plain keys and paths; each with where its cells go."""
    plain, deep = [], []
    for name, cells in columns.items():
        if name in given or name in {PATH, ROW}:
            continue
        if "." in name:
            deep.append((lookup(name), cells.append))
        else:
            plain.append((name, cells.append))
    return plain, deep


def _fill_known(rows: Rows, source: str, *, start: int, count: int) -> None:
    for name, cells in rows.columns.items():
        if name == PATH:
            cells.extend([source] * count)
        elif name == ROW:
            cells.extend(rows.origin.row[start : start + count])
