"""One arm of an artifact: its files, joins and ``where`` make a table of the columns asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import ABSENT, is_missing, shown, text_of
from pytest_evalgate.artifacts.columns import near_names
from pytest_evalgate.artifacts.engine.opening import Sizes, open_big
from pytest_evalgate.artifacts.files import MAX_BYTES
from pytest_evalgate.artifacts.joins import join
from pytest_evalgate.artifacts.labels import found_values
from pytest_evalgate.artifacts.readers.content import ALL_IDS
from pytest_evalgate.artifacts.rows import MAX_ROWS, PATH, ROW, Rows, Where, read_rows
from pytest_evalgate.artifacts.table import ArmTable, Conditions, Expected, given_others, matches
from pytest_evalgate.errors import SampleError
from pytest_evalgate.formats import BUILT_IN, Format


__all__ = ["ArmRequest", "ArmTable", "JoinRequest", "load_arm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """A second file whose columns are added as ``name.*``."""

    name: str
    path: str
    by: tuple[str, ...]
    match: str = "rows"  # rows | some | both
    reader: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRequest:
    """What to read for one arm. Scalars of ``where`` are kept as written; None is null."""

    artifact: str
    arm: str
    paths: tuple[str, ...]
    base: Path  # folder of the gate file; of the command line for an override
    root: Path | None  # paths must resolve inside it; None: anywhere
    reader: str = "auto"
    where: Conditions = ()
    aliases: tuple[tuple[str, str], ...] = ()  # alias, column
    joins: tuple[JoinRequest, ...] = ()
    is_override: bool = False
    join_base: Path | None = None  # folder of the joined files; None: ``base``
    join_root: Path | None = None  # None: ``root``
    max_bytes: int = MAX_BYTES  # of one file
    max_rows: int = MAX_ROWS  # of all files together
    formats: Mapping[str, Format] = field(default_factory=lambda: BUILT_IN)
    progress: Callable[[str], None] | None = None  # told which file is read
    keys: tuple[str, ...] = ()  # columns that are needed as texts: ids and clusters
    sizes: Sizes = field(default_factory=Sizes)  # from which on the table engine reads a file


def load_arm(request: ArmRequest, columns: Iterable[str]) -> ArmTable:
    """Read the files of an arm and keep the named columns of the rows that ``where`` keeps.

    In this order: files, path captures, metadata beside the files, joins, ``where``. Of a big
    plain file the columns come from the table engine, and the rows only when they are asked for.

    Raises:
        ArtifactError: The bytes cannot be used.
        SampleError: The rows cannot be used; a column of ``where`` or of a join is in no row.
    """
    columns = tuple(columns)
    big = open_big(request, columns, lambda: load_rows(request, columns))
    return load_rows(request, columns) if big is None else big


def load_rows(request: ArmRequest, columns: Iterable[str]) -> ArmTable:
    """Read an arm row by row, as ``load_arm`` does for all but big plain files.

    Raises:
        ArtifactError: The bytes cannot be used.
        SampleError: The rows cannot be used; a column of ``where`` or of a join is in no row.
    """
    aliases = dict(request.aliases)
    wanted = {*columns, *(name for name, _ in request.where)}
    sources = {name: aliases.get(name, name) for name in wanted}
    rows = _read_and_join(request, set(sources.values()))
    own = frozenset(name for name, source in sources.items() if _is_own(request, source))
    cells = {name: rows.columns[source] for name, source in sources.items()}
    missing = {name for name, source in sources.items() if rows.is_absent(source)}
    rows_read = rows.n
    kept = _kept(request, rows, cells, missing)
    if len(kept) < rows_read:
        rows.origin = rows.origin.keep(kept)
    is_whole = len(kept) == rows_read
    return ArmTable(
        artifact=request.artifact,
        arm=request.arm,
        columns={
            name: _without_absent(cells[name] if is_whole else [cells[name][i] for i in kept])
            for name in sorted(wanted - missing)
        },
        files=tuple(rows.files),
        rows_read=rows_read,
        is_override=request.is_override,
        notes=_open_notes(request, rows.notes),
        sources=tuple(rows.sources),
        origin=rows.origin,
        known=frozenset(rows.names | set(aliases)),
        givers={
            name: [rows.givers[source][i] for i in kept]
            for name, source in sources.items()
            if source in rows.givers
        },
        places=frozenset(name for name, source in sources.items() if source in {PATH, ROW}),
        expected=tuple(
            Expected(join=name, key=np.array(key, dtype=np.intp)[kept], own=own)
            for name, key in rows.expected.items()
        ),
        lacking={
            name: np.flatnonzero(np.isin(kept, rows.lacking[source]))
            for name, source in sources.items()
            if source in rows.lacking
        },
    )


def _is_own(request: ArmRequest, source: str) -> bool:
    """Whether a column is told by the rows alone: by no join, nor by its key."""
    return not any(
        source.startswith(f"{one.name}.") or (one.match == "both" and source in one.by)
        for one in request.joins
    )


def _is_kept(request: ArmRequest, rows: Rows) -> list[bool]:
    """Tell of each row whether it meets ``where``, as far as that is about its own columns."""
    aliases = dict(request.aliases)
    keep = np.ones(rows.n, dtype=np.bool_)
    for name, scalars in request.where:
        source = aliases.get(name, name)
        if _is_own(request, source):
            keep &= matches(_without_absent(rows.columns[source]), scalars)
    return list(keep.tolist())


def _open_notes(request: ArmRequest, notes: Iterable[str]) -> tuple[str, ...]:
    """Return the notes, without those that a join with all ids has answered."""
    has_all = any(one.match == "both" for one in request.joins)
    return tuple(note for note in notes if not (has_all and ALL_IDS in note))


def _read_and_join(request: ArmRequest, wanted: set[str]) -> Rows:
    joined = {
        name: request_join
        for name in wanted
        for request_join in request.joins
        if name.startswith(request_join.name + ".")
    }
    keys = {column for request_join in request.joins for column in request_join.by}
    own = (wanted | keys) - set(joined)
    # A join called like a column of the rows would hide it.
    probes = {request_join.name for request_join in request.joins}
    rows = read_rows(
        Where(
            paths=request.paths,
            base=request.base,
            root=request.root,
            reader=request.reader,
            max_bytes=request.max_bytes,
            max_rows=request.max_rows,
            formats=request.formats,
            progress=request.progress,
        ),
        sorted(own | probes),
    )
    if any(one.match == "both" for one in request.joins):
        rows.is_kept = _is_kept(request, rows)
    for request_join in request.joins:
        inner = {
            name.removeprefix(request_join.name + ".")
            for name, of in joined.items()
            if of is request_join
        }
        _join_one(rows, request, request_join, inner)
    return rows


def _join_one(rows: Rows, request: ArmRequest, wanted: JoinRequest, inner: set[str]) -> None:
    prefix = wanted.name + "."
    if not rows.is_absent(wanted.name) or any(name.startswith(prefix) for name in rows.names):
        raise SampleError(
            f"the rows have a column {shown(wanted.name)}, which is also the name of a join",
            at=rows.start,
            hint="give the join another name",
        )
    other = read_rows(
        Where(
            paths=(wanted.path,),
            base=request.join_base or request.base,
            root=request.join_root or request.root,
            reader=wanted.reader,
            max_bytes=request.max_bytes,
            max_rows=request.max_rows,
            formats=request.formats,
            progress=request.progress,
        ),
        sorted(inner | set(wanted.by)),
    )
    join(rows, other, name=wanted.name, by=wanted.by, match=wanted.match, columns=sorted(inner))


def _kept(
    request: ArmRequest, rows: Rows, cells: dict[str, list[object]], missing: set[str]
) -> list[int]:
    aliases = dict(request.aliases)
    keep = np.ones(rows.n, dtype=np.bool_)
    mets: list[tuple[str, NDArray[np.bool_]]] = []
    for name, scalars in request.where:
        if name in missing:
            raise SampleError(
                f"`where` asks for column {shown(name)}, which no row of "
                f"{request.artifact}.{request.arm} has",
                at=rows.start,
                hint=near_names(name, rows.names),
            )
        met = matches(_without_absent(cells[name]), scalars)
        # An expected id without a row stays: it is missing, not of another kind.
        met[rows.lacking.get(aliases.get(name, name), [])] = True
        keep &= met
        mets.append((name, met))
    if not keep.any():
        raise SampleError(
            f"`where` leaves 0 of {rows.n} rows of {request.artifact}.{request.arm}; "
            + "; ".join(
                _values_of(name, [cells[name][row] for row in rows_left])
                for name, rows_left in given_others(mets)
            ),
            at=rows.start,
            hint="write one of the values found",
        )
    return [int(index) for index in np.flatnonzero(keep)]


def _values_of(name: str, cells: list[object]) -> str:
    texts = {None if cell is ABSENT or is_missing(cell) else text_of(cell) for cell in cells}
    return found_values(name, sorted(texts, key=lambda text: (text is not None, text or "")))


def _without_absent(cells: list[object]) -> list[object]:
    return [None if cell is ABSENT else cell for cell in cells] if ABSENT in cells else cells
