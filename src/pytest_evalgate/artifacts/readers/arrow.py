"""Arrow: IPC files (Feather) and IPC streams, through PyArrow, which is optional."""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.readers.arrow_messages import (
    MARK,
    MessageError,
    is_schema,
    stream_end,
)
from pytest_evalgate.artifacts.readers.content import Content, Parsed, Rows
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.unpacking import budget
from pytest_evalgate.errors import ArtifactError, Location


_FILE, _OLD = b"ARROW1\0\0", b"FEA1"
_FOOT = b"ARROW1"
_LEAST = (14, 0, 1)  # earlier ones run code that a file brings along (CVE-2023-47248)
_BLOCK = 4096  # rows made at a time
_SCALARS = frozenset(
    {
        *("bool", "null", "string", "large_string", "string_view"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("halffloat", "float", "double"),
    }
)
_HALF = "halffloat"


def fits(head: Head) -> bool:
    """Whether the file begins as Arrow's file or stream format."""
    data = head.data
    return data.startswith((_FILE, _OLD)) or (data.startswith(MARK) and is_schema(data))


def parse(content: Content) -> Parsed:
    """Read the columns of numbers, booleans and text; others are left out and named in a note.

    Raises:
        ArtifactError: PyArrow is missing or too old; damaged or cut; two columns of one name.
    """
    arrow = _library(content)
    stream = _stream(content)
    errors = (arrow.ArrowException, OSError, ValueError, KeyError, TypeError)
    try:
        batches = arrow.ipc.open_stream(arrow.BufferReader(stream))
        schema = batches.schema
        _check_names(schema, content)
    except errors as error:
        raise _damaged(content, error) from error
    kept = [index for index, field in enumerate(schema) if _is_read(field.type)]
    left = [f"{field.name} ({field.type})" for field in schema if not _is_read(field.type)]
    if not kept:
        raise ArtifactError(
            f"no column is of a type that is read: {shown_list(left)}",
            at=content.at(),
            hint="convert them to numbers, booleans or text",
        )
    notes = ["Arrow has no checksum, so a damaged value would not show"]
    if left:
        notes.append(f"columns of other types are left out: {shown_list(left)}")
    return Parsed(
        rows=_rows(batches, kept, content, errors),
        notes=[f"{shown(content.path)}: {note}" for note in notes],
    )


def _rows(
    batches: Any, kept: Iterable[int], content: Content, errors: tuple[type[Exception], ...]
) -> Rows:
    names = [batches.schema.field(index).name for index in kept]
    place = 0
    try:
        for batch in batches:
            batch.validate(full=True)
            columns = [_Column(batch.column(index)) for index in kept]
            for start in range(0, batch.num_rows, _BLOCK):
                cells = [column.cells(start) for column in columns]
                for values in zip(*cells, strict=True):
                    place += 1
                    yield place, dict(zip(names, values, strict=True))
    except errors as error:
        raise _damaged(content, error, row=place + 1) from error


class _Column:
    """A column of one batch; the values of a dictionary are made once, not for each row."""

    def __init__(self, column: Any) -> None:
        self.is_half = str(column.type) == _HALF  # some versions give NumPy's own type
        self.values: list[Any] | None = None
        if _is_dictionary(column.type):
            self.values = column.dictionary.to_pylist()
            column = column.indices
        self.column = column

    def cells(self, start: int) -> list[Any]:
        """Return the cells of one block of rows."""
        cells: list[Any] = self.column.slice(start, _BLOCK).to_pylist()
        if self.is_half:
            return [None if cell is None else float(cell) for cell in cells]
        if self.values is not None:
            return [None if cell is None else self.values[cell] for cell in cells]
        return cells


def _library(content: Content) -> Any:
    least = ".".join(map(str, _LEAST))
    try:
        arrow = import_module("pyarrow")
        import_module("pyarrow.ipc")
    except ImportError as error:
        raise ArtifactError(
            "Arrow files are read through PyArrow, which is not installed",
            at=content.at(),
            hint=f'pip install "pyarrow>={least}"',
        ) from error
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", arrow.__version__)
    if not found or tuple(map(int, found.groups())) < _LEAST:
        raise ArtifactError(
            f"PyArrow {arrow.__version__} is too old: a file could run code in it",
            at=content.at(),
            hint=f'pip install "pyarrow>={least}"',
        )
    return arrow


def _stream(content: Content) -> memoryview:
    """Return the stream in a file, or the file that is one; all of its bytes are accounted for."""
    data = content.data
    if data.startswith(_OLD):
        raise ArtifactError(
            "the file is Feather version 1, expected version 2",
            at=content.at(),
            hint="write it again with a current library",
        )
    is_file = data.startswith(_FILE)
    start = len(_FILE) if is_file else 0
    try:
        stop = stream_end(data, start, most=budget(len(data), most=content.max_bytes))
    except MessageError as error:
        raise _damaged(content, error) from error
    rest = data[stop:]
    foot = int.from_bytes(rest[-10:-6], "little") + 10 if is_file else 0
    if len(rest) != foot or (is_file and not rest.endswith(_FOOT)):
        raise ArtifactError(
            "the file is cut"
            if is_file
            else f"{len(rest)} bytes stand after the end of the stream",
            at=content.at(),
            hint="copy or write the file again",
        )
    return memoryview(data)[start:stop]


def _check_names(fields: Any, content: Content, path: str = "") -> None:
    """Refuse two columns of one name, also within a column of objects."""
    names = [path + field.name for field in fields]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise ArtifactError(
            f"two columns are called {shown(double[0])}",
            at=content.at(),
            hint="give each column its own name",
        )
    for name, field in zip(names, fields, strict=True):
        if _is_object(field.type):
            _check_names(_fields(field.type), content, f"{name}.")


def _is_read(kind: Any) -> bool:
    if _is_object(kind):
        # Not a dictionary in it: its text would be made again for each row.
        return all(
            _is_read(field.type) and not _is_dictionary(field.type) for field in _fields(kind)
        )
    return str(kind.value_type if _is_dictionary(kind) else kind) in _SCALARS


def _is_dictionary(kind: Any) -> bool:
    return str(kind).startswith("dictionary<")


def _is_object(kind: Any) -> bool:
    return str(kind).startswith("struct<")


def _fields(kind: Any) -> list[Any]:
    return [kind.field(index) for index in range(kind.num_fields)]


def _damaged(content: Content, error: Exception, *, row: int | None = None) -> ArtifactError:
    return ArtifactError(
        f"the Arrow data cannot be read: {shown(str(error))}",
        at=Location(path=content.path, row=row),
        hint="copy or write the file again",
    )
