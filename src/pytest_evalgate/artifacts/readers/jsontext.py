"""Strict JSON: no NaN, no duplicate keys, no deep nesting, UTF-8 only.

Flat rows pass through the C scanner once. Duplicate keys are looked for by counting colons: a row
with as many colons as keys can have none. Only rows that stay in doubt are scanned again.
"""

import json
import re
from collections.abc import Iterator

import numpy as np

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.errors import ArtifactError, Location


DEPTH = 64  # objects and lists inside one another
_BLOCK = 1 << 20  # bytes decoded at a time
# A text that is not closed runs to the end: each quote in it would be tried again as a start.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_NO_COLON_ESCAPE = "\\u003"  # \u003a is a colon that cannot be counted


class StrictJsonError(ValueError):
    """JSON that Python would read and this project does not."""


def _refuse_constant(name: str) -> object:
    raise StrictJsonError(f"{name} is not JSON; write null, or leave the row out and say so")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise StrictJsonError(f"duplicate key {shown(key)}")
            seen.add(key)
    return row


_fast = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
_lenient = json.JSONDecoder(object_pairs_hook=_unique).raw_decode
_careful = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique).raw_decode


def scan(text: str, start: int) -> tuple[object, int]:
    """Read the JSON value that starts at ``start``; return it and where it ends.

    Raises:
        ValueError: not strict JSON (``json.JSONDecodeError`` or ``StrictJsonError``).
    """
    value, end = _fast(text, start)
    return _careful(text, start) if _may_repeat_a_key(value, text, start, end) else (value, end)


def _may_repeat_a_key(value: object, text: str, start: int, end: int) -> bool:
    if not isinstance(value, dict):
        return isinstance(value, list)
    colons = text.count(":", start, end)
    if colons == len(value):
        return False
    expected = len(value)
    for key, cell in value.items():
        if isinstance(cell, dict | list):
            return True
        expected += key.count(":") + (cell.count(":") if isinstance(cell, str) else 0)
    return colons != expected or text.find(_NO_COLON_ESCAPE, start, end) >= 0


def lenient(text: str, start: int) -> tuple[object, int]:
    """Read the JSON value that starts at ``start`` as Python does: NaN and Infinity are floats.

    For formats whose own tools write them, and for a first look. Values that are not finite are
    refused where they are used, or named in ``na``.

    Raises:
        ValueError: Not JSON, or a key twice.
    """
    return _lenient(text, start)


def is_too_deep(text: str) -> bool:
    """Whether brackets outside of strings are nested deeper than ``DEPTH``."""
    if text.count("[") + text.count("{") <= DEPTH:
        return False
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text)).encode()
    steps = np.isin(np.frombuffer(brackets, np.uint8), np.frombuffer(b"[{", np.uint8))
    return bool(np.cumsum(np.where(steps, 1, -1)).max(initial=0) > DEPTH)


def problem(error: Exception) -> str:
    """Say in words what is wrong with a text that is not strict JSON."""
    if isinstance(error, StrictJsonError):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg[0].lower()}{error.msg[1:]}"
    if isinstance(error, RecursionError):
        return f"nested deeper than {DEPTH}"
    return "an integer of thousands of digits"


def decode(data: bytes, source: str, *, offset: int = 0, line: int = 1) -> str:
    """Read bytes as UTF-8, a byte order mark at the start of a file left out.

    Args:
        data: The bytes.
        source: Path for messages.
        offset: Where in the file the bytes start.
        line: Line the bytes start on.

    Raises:
        ArtifactError: Not UTF-8; says which byte and where.
    """
    if offset == 0:
        data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = line + data.count(b"\n", 0, error.start)
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ArtifactError(
            f"byte 0x{data[error.start]:02x} at offset {offset + error.start} is not UTF-8",
            at=Location(path=source, line=bad, column=column),
            hint="save the file as UTF-8",
        ) from error


def decoded_blocks(data: bytes, source: str) -> Iterator[str]:
    """Yield whole lines, about a MiB at a time, so that no second copy of a file is held."""
    start, line = 0, 1
    while start < len(data):
        stop = data.find(b"\n", min(start + _BLOCK, len(data))) + 1 or len(data)
        block = data[start:stop]
        yield decode(block, source, offset=start, line=line)
        line += block.count(b"\n")
        start = stop


def parse_document(data: bytes, source: str, *, allow_nan: bool = False) -> object:
    """Read a file that is one JSON value.

    Args:
        data: The bytes.
        source: Path for messages.
        allow_nan: Whether NaN and Infinity are floats, as some tools write them.

    Raises:
        ArtifactError: Not strict JSON.
    """
    text = decode(data, source).strip(" \t\r\n")
    try:
        if is_too_deep(text):
            raise StrictJsonError(f"nested deeper than {DEPTH}")
        value, end = (lenient if allow_nan else scan)(text, 0)
    except (ValueError, RecursionError) as error:
        line = text.count("\n", 0, getattr(error, "pos", 0)) + 1
        raise ArtifactError(problem(error), at=Location(path=source, line=line)) from error
    if end != len(text):
        raise ArtifactError("text after the end of the JSON value", at=Location(path=source))
    return value
