"""The bytes of one NumPy array, checked before a number is made of them; nothing is unpickled."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Rows
from pytest_evalgate.errors import ArtifactError, Location


MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 65_536
_COLUMNS = 10_000
_LARGEST_SIZE = 10**30  # no array has it, and products of two can be written
_BLOCK = 4096  # rows made at a time
_ALLOWED = "bool, int, uint, float16 to float64, text of fixed width"
# Objects are pickled, and void, complex and times are no value of a metric.
_SCALAR = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|[SU][1-9][0-9]{0,6})", re.ASCII)

Array = NDArray[Any]
Columns = Mapping[str, Array]


def read_array(data: bytes, *, name: str, at: Location) -> Array:
    """Return an array of one or two dimensions, or of one with named fields.

    Args:
        data: A whole ``.npy`` file.
        name: Of the array, for messages.
        at: Of the file, for messages.

    Raises:
        ArtifactError: A damaged header, more or fewer bytes than it says, a type that is no value.
    """
    descr, is_fortran, shape, start = _header(data, name, at)
    dtype = _dtype(descr, name, at)
    if len(shape) not in {1, 2} or (dtype.names and len(shape) == 2):
        raise ArtifactError(
            f"array {shown(name)} has shape {shown(str(shape))[1:-1]}, expected one value a row",
            at=at,
            hint="save arrays of one dimension, or of two with a row for each sample",
        )
    expected, found = prod(shape) * dtype.itemsize, len(data) - start
    if expected != found:
        raise ArtifactError(
            f"array {shown(name)} of shape {shape} and type {dtype} needs {expected} bytes, "
            f"found {found}",
            at=at,
            hint="save the array again",
        )
    if not expected:  # sizes beside a zero may be any
        return np.empty(0, dtype)
    array = np.frombuffer(data, dtype=dtype, offset=start)
    return array.reshape(shape, order="F" if is_fortran else "C")


def columns_of(name: str, array: Array, *, at: Location) -> Columns:
    """Return the columns of an array: itself, its fields, or ``name.0``, ``name.1`` and so on.

    Raises:
        ArtifactError: Too many columns, or bytes of booleans that are neither 0 nor 1.
    """
    if array.dtype.names:
        found = {field: array[field] for field in array.dtype.names}
    elif array.ndim == 2:
        if array.shape[1] > _COLUMNS:
            raise ArtifactError(
                f"array {shown(name)} has {array.shape[1]} columns, more than {_COLUMNS}",
                at=at,
                hint="save the columns that a metric needs",
            )
        found = {f"{name}.{index}": array[:, index] for index in range(array.shape[1])}
    else:
        found = {name: array}
    for column in found.values():
        _check_booleans(name, column, at)
    return found


def rows_of(columns: Columns, *, at: Location) -> Rows:
    """Yield number and row, of plain Python values, for columns of one length.

    Raises:
        ArtifactError: Text that is not UTF-8.
    """
    length = len(next(iter(columns.values()))) if columns else 0
    for start in range(0, length, _BLOCK):
        cells = [
            _cells(name, column[start : start + _BLOCK], start, at)
            for name, column in columns.items()
        ]
        for index, values in enumerate(zip(*cells, strict=True), start + 1):
            yield index, dict(zip(columns, values, strict=True))


def _cells(name: str, part: Array, start: int, at: Location) -> Sequence[object]:
    if part.dtype.kind not in "SU":
        is_float = part.dtype.kind == "f"
        cells: list[object] = (part.astype(np.float64) if is_float else part).tolist()
        return cells
    try:
        return list(_texts(part))
    except (UnicodeError, ValueError) as error:
        place = Location(path=at.path, row=start + 1)
        raise ArtifactError(
            f"{shown(name)} holds bytes that are no text, in this row or one of the next {_BLOCK}",
            at=place,
            hint="save ids as text in UTF-8",
        ) from error


def _texts(part: Array) -> Iterator[str]:
    if part.dtype.kind == "U":
        codes = np.ascontiguousarray(part).view(np.dtype("u4").newbyteorder(part.dtype.byteorder))
        if (codes > sys.maxunicode).any():  # NumPy raises a SystemError for them
            raise ValueError("no code point")
    for cell in part.tolist():
        text = cell.decode("utf-8") if isinstance(cell, bytes) else cell
        text.encode("utf-8")  # a lone surrogate is no text
        yield text


def _check_booleans(name: str, column: Array, at: Location) -> None:
    """Refuse a boolean of byte 2: NumPy takes it for true and counts it as two."""
    if column.dtype.kind == "b":
        bytes_of = np.ascontiguousarray(column).view(np.uint8)
        bad = np.flatnonzero(bytes_of > 1)
        if bad.size:
            raise ArtifactError(
                f"boolean of {shown(name)} is byte {bytes_of[bad[0]]}, expected 0 or 1",
                at=Location(path=at.path, row=int(bad[0]) + 1),
                hint="save the array again",
            )


def _header(data: bytes, name: str, at: Location) -> tuple[object, bool, tuple[int, ...], int]:
    """Return type, order, shape and where the values start."""
    version = data[6:8]
    if not data.startswith(MAGIC) or version not in {b"\1\0", b"\2\0", b"\3\0"}:
        raise _damaged(name, "it is no array of NumPy, or of an unknown version", at)
    width = 2 if version == b"\1\0" else 4
    length = int.from_bytes(data[8 : 8 + width], "little")
    start = 8 + width + length
    if length > _LONGEST_HEADER or start > len(data):
        raise _damaged(name, f"its header has {length} bytes", at)
    try:
        text = data[8 + width : start].decode("utf-8" if version == b"\3\0" else "latin-1")
        header = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise _damaged(name, "its header cannot be read", at) from error
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise _damaged(name, "its header does not name descr, fortran_order and shape", at)
    is_fortran, shape = header["fortran_order"], header["shape"]
    is_shape = isinstance(shape, tuple) and all(map(_is_size, shape))
    if type(is_fortran) is not bool or not is_shape:
        raise _damaged(name, f"its shape is {shown(str(shape))}", at)
    return header["descr"], is_fortran, shape, start


def _is_size(size: object) -> bool:
    return type(size) is int and 0 <= size <= _LARGEST_SIZE


def _damaged(name: str, what: str, at: Location) -> ArtifactError:
    return ArtifactError(
        f"the header of array {shown(name)} is damaged: {what}", at=at, hint="save the array again"
    )


def _dtype(descr: object, name: str, at: Location) -> np.dtype[Any]:
    if isinstance(descr, str) and _SCALAR.fullmatch(descr):
        return np.dtype(descr)
    if isinstance(descr, list) and descr and all(map(_is_field, descr)):
        try:
            return np.dtype(descr)
        except ValueError as error:
            raise ArtifactError(
                f"array {shown(name)} has fields {shown([field[0] for field in descr])}: two of "
                "one name, or too long ones",
                at=at,
                hint="give each field its own name",
            ) from error
    raise ArtifactError(
        f"array {shown(name)} has type {shown(str(descr))}, expected one of {_ALLOWED}",
        at=at,
        hint="save ids as text and values as floats, e.g. array.astype(str); nothing is unpickled",
    )


def _is_field(field: object) -> bool:
    return (
        isinstance(field, tuple)
        and len(field) == 2
        and isinstance(field[0], str)
        and bool(field[0])
        and isinstance(field[1], str)
        and _SCALAR.fullmatch(field[1]) is not None
    )
