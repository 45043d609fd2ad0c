"""From what to read for an arm to a table of a big file, or to nothing: then the strict reader."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_evalgate.artifacts.constants import constants_of
from pytest_evalgate.artifacts.engine.columns import parquet_columns, read_columns
from pytest_evalgate.artifacts.engine.connection import connected
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.huge import Footer, HugeTable
from pytest_evalgate.artifacts.engine.opened import Opened
from pytest_evalgate.artifacts.engine.parquet import Plan, plan
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.files import FileRecord
from pytest_evalgate.artifacts.paths import find
from pytest_evalgate.artifacts.readers.registry import choose
from pytest_evalgate.artifacts.rows import PATH, ROW, surprises
from pytest_evalgate.artifacts.sidecars import Metadata, read_metadata
from pytest_evalgate.artifacts.table import ArmTable, Origin, Source
from pytest_evalgate.errors import ArtifactError, EvalGateError
from pytest_evalgate.formats import BUILT_IN, Format


if TYPE_CHECKING:
    from pytest_evalgate.artifacts.arms import ArmRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """From which sizes on the table engine is asked."""

    text: int = 8 << 20  # bytes of JSON lines or of a delimited file
    parquet: int = 1 << 18  # bytes of a Parquet file: some 50,000 rows of a few columns
    huge: int = 5_000_000  # rows of a Parquet file that are no longer held as arrays
    memory: int = 1 << 30  # bytes that the engine may use for those; the rest goes to disk


_READ: Final = frozenset({"jsonl", "csv", "tsv", "parquet"})
_HEAD: Final = 1 << 20
_TAIL: Final = 64


def open_big(
    request: "ArmRequest", columns: Collection[str], read: Callable[[], ArmTable]
) -> BigTable | None:
    """Return the table of an arm that is one big plain file; None for any other.

    Args:
        request: What to read.
        columns: The columns that will be asked for.
        read: Reads the same by rows, when something asks for them.

    Raises:
        EvalGateError: The file changed while it was read.
    """
    if request.joins or len(request.paths) != 1 or not hasattr(os, "preadv"):
        return None
    try:
        [found] = find(request.paths[0], base=request.base, root=request.root)
        opened = Opened(found, max_bytes=request.max_bytes)
    except (EvalGateError, ValueError):
        return None  # the strict reader says why
    try:
        table = _Opening(request, columns, opened, read).table()
    except (DeclinedError, ArtifactError) as error:
        opened.close()
        if isinstance(error, DeclinedError):
            return None
        raise
    if not isinstance(table, HugeTable):  # which reads on
        opened.close()
    return table


def may_be_big(request: "ArmRequest") -> bool:
    """Guess whether the table engine will read an arm: only time depends on it."""
    try:
        [path] = request.paths
        return (request.base / path).stat().st_size >= request.sizes.text
    except (OSError, ValueError):  # several, a pattern, no file
        return False


class _Opening:
    """One arm on its way to a table."""

    def __init__(
        self,
        request: "ArmRequest",
        columns: Collection[str],
        opened: Opened,
        read: Callable[[], ArmTable],
    ) -> None:
        self.request, self.opened, self.read = request, opened, read
        self.aliases = dict(request.aliases)
        names = (*columns, *(name for name, _ in request.where))
        self.wanted = frozenset(self.aliases.get(name, name) for name in names)
        self.keys = self.wanted & {self.aliases.get(name, name) for name in request.keys}

    def table(self) -> BigTable:
        """Return the table.

        Raises:
            DeclinedError: The strict reader must read it.
            ArtifactError: The file changed meanwhile.
        """
        sizes = self.request.sizes
        if self.opened.size < min(sizes.text, sizes.parquet):
            raise DeclinedError("a small file")
        form = self._format()
        if self.opened.size < (sizes.parquet if form.name == "parquet" else sizes.text):
            raise DeclinedError("a small file")
        metadata = self._metadata()
        if self.request.progress is not None:
            self.request.progress(f"reading {self.opened.found.shown}")
        if form.name == "parquet":
            with connected([self.opened.name]) as connection:
                planned = plan(connection, self.opened.name)
                if planned.rows > sizes.huge:
                    return self._huge(form, metadata, planned)
                found = parquet_columns(connection, self.opened, planned, self.wanted, self.keys)
        else:
            found = read_columns(self.opened, form.name, self.wanted, self.keys)
        if not 0 < found.rows <= self.request.max_rows:
            raise DeclinedError("no rows, or too many")
        kept = self._kept(form, metadata, found.names, (found.sha256, found.rows), found.notes)
        table = BigTable(kept, columns=found, aliases=self.aliases, read=self.read)
        table.keep(self.request.where)
        return table

    def _huge(self, form: Format, metadata: Metadata, planned: Plan) -> HugeTable:
        names = [one.name for one in planned.columns]
        if len({name.casefold() for name in names}) < len(names):
            raise DeclinedError("columns that the engine may take for one another")
        sha256 = self.opened.digest()
        footer = Footer(
            plan=planned,
            sha256=sha256,
            wanted=self.wanted,
            keys=self.keys,
            where=self.request.where,
            max_rows=self.request.max_rows,
            memory=self.request.sizes.memory,
        )
        kept = self._kept(form, metadata, names, (sha256, planned.rows), planned.notes)
        return HugeTable(
            kept, opened=self.opened, footer=footer, aliases=self.aliases, read=self.read
        )

    def _format(self) -> Format:
        opened, request = self.opened, self.request
        head = opened.head(_HEAD)
        if opened.size > len(head) and head.startswith(b"PAR1"):
            head += opened.tail(_TAIL)
        try:
            form = choose(request.reader, head, opened.found.shown, request.formats)
        except EvalGateError as error:
            raise DeclinedError("no format that the strict reader reads") from error
        if form.name not in _READ or form is not BUILT_IN.get(form.name):
            raise DeclinedError("not a plain table")
        return form

    def _metadata(self) -> Metadata:
        """Return the metadata beside the file, where no column that is read comes from them.

        Raises:
            DeclinedError: One does, or from the path; or the strict reader refuses them.
        """
        found = self.opened.found
        try:
            metadata = read_metadata(found)
            given = {constant.name for constant in constants_of(found, metadata)}
        except EvalGateError as error:
            raise DeclinedError("metadata that the strict reader refuses") from error
        if found.captures or any("." in name for name in (*given, *self.wanted)):
            raise DeclinedError("a path into the rows, or a part of the file's path")
        if self.wanted & (given | {PATH, ROW}):
            raise DeclinedError("a column that does not stand in the rows")
        return metadata

    def _kept(
        self,
        form: Format,
        metadata: Metadata,
        names: Collection[str],
        read: tuple[str, int],
        notes: Collection[str],
    ) -> ArmTable:
        """Return what is known of the table but for its rows: files, sources, notes."""
        if metadata.scalars.keys() & set(names):
            raise DeclinedError("metadata that rows repeat")
        opened, request = self.opened, self.request
        record = FileRecord(
            path=opened.found.shown,
            sha256=read[0],
            bytes=opened.size,
            rows=read[1],
            reader=form.name,
            metadata=metadata.texts(),
        )
        source = Source(
            found=opened.found,
            record=record,
            format=form,
            constants=dict(metadata.scalars),
            max_bytes=request.max_bytes,
        )
        said = surprises([source]) if request.reader == "auto" else []
        return ArmTable(
            artifact=request.artifact,
            arm=request.arm,
            columns={},
            files=(record, *metadata.records),
            rows_read=read[1],
            notes=(*notes, *said),
            sources=(source,),
            origin=Origin(),
            known=frozenset(),
            is_override=request.is_override,
        )
