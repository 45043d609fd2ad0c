"""JSON: an array of objects, one row each, or one object, which is a table of one row."""

import re
from collections.abc import Callable, Generator, Iterator

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed, plain
from pytest_evalgate.artifacts.readers.jsontext import (
    DEPTH,
    StrictJsonError,
    decode,
    is_too_deep,
    lenient,
    problem,
    scan,
)
from pytest_evalgate.errors import ArtifactError, Location


_SPACE = re.compile(r"[ \t\r\n]*")
_Read = Callable[[str, int], tuple[object, int]]


def parse(content: Content) -> Parsed:
    """Read an array of objects, or one object; see ``rows``."""
    return plain(rows(content.data, content.path))


def rows(
    data: bytes, source: str, *, allow_nan: bool = False
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the line and the row of each object; the array itself is never held.

    Args:
        data: The bytes.
        source: Path for messages.
        allow_nan: Whether NaN and Infinity are floats, as some tools write them.

    Raises:
        ArtifactError: Not strict JSON, or something other than objects.
    """
    text = decode(data, source)
    if is_too_deep(text):
        raise ArtifactError(f"nested deeper than {DEPTH}", at=Location(path=source))
    position = _skip(text, 0)
    if position == len(text):
        raise ArtifactError("the file is empty: 0 rows", at=Location(path=source))
    read = lenient if allow_nan else scan
    try:
        if text[position] == "[":
            position = yield from _elements(text, position, source, read)
        else:
            row, end = read(text, position)
            yield 1, _object(row, line=1, source=source)
            position = _skip(text, end)
    except (ValueError, RecursionError) as error:
        line = text.count("\n", 0, getattr(error, "pos", position)) + 1
        raise ArtifactError(problem(error), at=Location(path=source, line=line)) from error
    if position != len(text):
        raise ArtifactError(
            f"text after the end of the JSON value: {shown(text[position : position + 80])}",
            at=Location(path=source, line=text.count("\n", 0, position) + 1),
            hint="one object a line is `reader: jsonl`",
        )


def _elements(
    text: str, position: int, source: str, read: _Read
) -> Generator[tuple[int, dict[str, object]], None, int]:
    line, counted = 1, 0
    position = _skip(text, position + 1)
    if text.startswith("]", position):
        return _skip(text, position + 1)
    while True:
        line += text.count("\n", counted, position)
        counted = position
        try:
            row, end = read(text, position)
        except StrictJsonError as error:
            raise ArtifactError(str(error), at=Location(path=source, line=line)) from error
        yield line, _object(row, line=line, source=source)
        position = _skip(text, end)
        if text.startswith("]", position):
            return _skip(text, position + 1)
        if not text.startswith(",", position):
            raise ArtifactError(
                "not JSON: expected `,` or `]` after a row; is the file whole?",
                at=Location(path=source, line=text.count("\n", 0, position) + 1),
            )
        position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _object(row: object, *, line: int, source: str) -> dict[str, object]:
    if not isinstance(row, dict):
        raise ArtifactError(
            f"found {shown(row)}, expected an object of column names and values",
            at=Location(path=source, line=line),
            hint="write an array of objects, or one object",
        )
    return row
