"""Files to columns: read, add captures and metadata, keep the named columns only."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pytest_evalgate.artifacts.cells import ABSENT, shown, shown_list, untyped
from pytest_evalgate.artifacts.columns import Row, lookup, remember_names
from pytest_evalgate.artifacts.constants import (
    Constant,
    ConstantTaker,
    check_same_constant,
    constants_of,
)
from pytest_evalgate.artifacts.copies import check_copies
from pytest_evalgate.artifacts.files import (
    MAX_BYTES,
    FileRecord,
    check_same_bytes,
    digest,
    read_file,
)
from pytest_evalgate.artifacts.paths import Found, find
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.registry import choose, parse
from pytest_evalgate.artifacts.sidecars import Metadata, read_metadata
from pytest_evalgate.artifacts.table import Origin, Source
from pytest_evalgate.artifacts.unpacking import unpacked
from pytest_evalgate.errors import ArtifactError, Location
from pytest_evalgate.formats import BUILT_IN, TABLES, Format


MAX_ROWS = 20_000_000  # default budget for one arm, or for one joined file
PATH, ROW = "_path", "_row"
_NAMES_FROM = 50  # rows of a file whose names are remembered for hints
_STRIDE = 1 << 16  # rows between two looks at the budget and at the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which files to read, and as what."""

    paths: tuple[str, ...]
    base: Path
    root: Path | None
    reader: str = "auto"
    max_bytes: int = MAX_BYTES
    max_rows: int = MAX_ROWS
    formats: Mapping[str, Format] = field(default_factory=lambda: BUILT_IN)
    progress: Callable[[str], None] | None = None

    @property
    def inside(self) -> str | None:
        """Which files to read where a path names a folder."""
        return self.formats[self.reader].inside if self.reader in self.formats else None


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
    # Rows that meet ``where`` as far as it is about their own columns; empty: all of them do.
    is_kept: list[bool] = field(default_factory=list)
    # Of each join with ``match: both``: of each row, which one of the joined file it belongs to.
    expected: dict[str, list[int]] = field(default_factory=dict)
    lacking: dict[str, list[int]] = field(default_factory=dict)  # rows of a join, by column

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
        for found in find(text, base=where.base, root=where.root, inside=where.inside):
            if (found.anchor, *found.parts) in read:
                raise ArtifactError(
                    f"{shown(found.shown)} is named twice: its rows would count double",
                    hint="make the paths of this arm disjoint",
                )
            read.add((found.anchor, *found.parts))
            for record in _read_one(rows, found, where):
                check_same_bytes(beside.setdefault(record.path, record), record)
    if not rows.n:
        raise ArtifactError(
            f"0 rows in {len(rows.files)} files; {'; '.join(rows.notes[:3])}", at=rows.start
        )
    rows.notes.extend(check_copies(rows.files))
    rows.files.extend(beside.values())
    if where.reader == "auto":
        rows.notes.extend(surprises(rows.sources))
    return rows


def surprises(sources: Iterable[Source]) -> list[str]:
    """Say which files ``auto`` read as another format than their names promise."""
    read: dict[str, list[str]] = {}
    for source in sources:
        name = source.found.shown.lower().removesuffix(".gz")
        ending = name.rpartition(".")[2].replace("ndjson", "jsonl")
        if ending != source.format.name:
            read.setdefault(source.format.name, []).append(source.found.shown)
    return [
        f"reader auto: read {shown_list(sorted(paths), most=3)} as {name} by content"
        + ("" if name in TABLES else f"; `reader: {name}` also knows what one row is")
        for name, paths in sorted(read.items())
    ]


def _read_one(rows: Rows, found: Found, where: Where) -> Iterable[FileRecord]:
    _tell(where, found.shown, rows.n)
    data = read_file(found, max_bytes=where.max_bytes)
    text = unpacked(data, found.shown, max_bytes=where.max_bytes)
    form = choose(where.reader, text, found.shown, where.formats)
    content = Content(
        path=found.shown,
        data=text,
        found=found,
        max_bytes=where.max_bytes,
        is_auto=where.reader == "auto",
    )
    parsed = parse(form, content)
    metadata = _with_own(read_metadata(found), parsed, found)
    constants = constants_of(found, metadata)
    before = rows.n
    _gather(rows, form, parsed, found.shown, constants, partial(_pause, rows, found.shown, where))
    rows.notes.extend(note for note in parsed.notes if note not in rows.notes)
    count = rows.n - before
    if not (count or parsed.may_be_empty):
        raise ArtifactError(
            "the file has 0 rows", at=Location(path=found.shown), hint="did the evaluation finish?"
        )
    record = FileRecord(
        path=found.shown,
        sha256=digest(data),
        bytes=len(data),
        rows=count,
        reader=form.name,
        metadata=metadata.texts(),
    )
    rows.sources.append(
        Source(
            found=found,
            record=record,
            format=form,
            constants={constant.name: constant.value for constant in constants},
            max_bytes=where.max_bytes,
        )
    )
    rows.files.append(record)
    return (*metadata.records, *content.records.values())


def _with_own(metadata: Metadata, parsed: Parsed, found: Found) -> Metadata:
    """Add what a file says of itself to what the files of metadata beside it say of it.

    Raises:
        SampleError: They contradict one another.
    """
    own = {
        name: cell
        for name, cell in parsed.metadata.items()
        if cell is not None and not isinstance(cell, list | dict)
    }
    for name in own.keys() & metadata.scalars.keys():
        check_same_constant(name, own[name], metadata, found)
    return replace(
        metadata,
        scalars={**metadata.scalars, **own},
        givers={**metadata.givers, **dict.fromkeys(own, found.shown)},
    )


def _tell(where: Where, source: str, count: int) -> None:
    if where.progress is not None:
        where.progress(f"reading {source}" + (f", row {count}" if count else ""))


def _pause(rows: Rows, source: str, where: Where) -> int:
    """Look up from the rows now and then; say at how many rows to do so again.

    Raises:
        ArtifactError: More rows than the budget.
    """
    if rows.n >= where.max_rows:
        raise ArtifactError(
            f"more than {where.max_rows} rows in one arm",
            at=Location(path=source),
            hint="name fewer files, or keep one row of each unit",
        )
    _tell(where, source, rows.n)
    return min(rows.n + _STRIDE, where.max_rows)


def _gather(
    rows: Rows,
    form: Format,
    parsed: Parsed,
    source: str,
    constants: tuple[Constant, ...],
    pause: Callable[[], int],
) -> None:
    """Append the rows of one file; the loop that a hundred thousand rows go through."""
    # What is known of each row without being told cannot be told otherwise.
    constants = tuple(constant for constant in constants if constant.name not in {PATH, ROW})
    names = {constant.name for constant in constants}
    plain, deep = _takers(rows.columns, names)
    lines = rows.origin.line
    start = stop = len(lines)
    for name in names & rows.columns.keys():
        rows.givers.setdefault(name, [None] * start)
    given = ConstantTaker(constants, rows.columns, rows.givers, is_typed=form.is_typed)
    for line, row in parsed.rows:
        for key, append in plain:
            append(row.get(key, ABSENT))
        for find_cell, append in deep:
            append(find_cell(row))
        if constants:
            given.take(row, source, line)
        if len(lines) >= stop:
            stop = pause()
            if len(lines) - start < _NAMES_FROM:
                remember_names(rows.names, row)
                stop = len(lines)
        lines.append(line)
    _complete(rows, form, source, names, start=start)


def _complete(rows: Rows, form: Format, source: str, given: set[str], *, start: int) -> None:
    """Add what is known of each row of a file without looking at it."""
    count = rows.n - start
    rows.origin.source.extend([len(rows.sources)] * count)
    rows.origin.row.extend(range(1, count + 1))
    rows.names.update(given)
    _fill_known(rows, source, start=start, count=count)
    for name in rows.givers.keys() - given:
        rows.givers[name].extend([None] * count)
    if not form.is_typed:
        for name, cells in rows.columns.items():
            if name not in given and name not in {PATH, ROW}:
                cells[start:] = map(untyped, cells[start:])


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
