"""JSON lines: one object a line; a line feed ends a line, the last one too; CRLF will do."""

from collections.abc import Callable, Iterator

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed, plain
from pytest_evalgate.artifacts.readers.jsontext import (
    DEPTH,
    decoded_blocks,
    is_too_deep,
    lenient,
    problem,
    scan,
)
from pytest_evalgate.errors import ArtifactError, Location


_BLANK = " \t\r"
_Read = Callable[[str, int], tuple[object, int]]


def parse(content: Content) -> Parsed:
    """Read JSON lines; see ``rows``."""
    return plain(rows(content.data, content.path))


def rows(
    data: bytes, source: str, *, allow_nan: bool = False
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield line and row of each object.

    Args:
        data: The bytes.
        source: Path for messages.
        allow_nan: Whether NaN and Infinity are floats, as some tools write them.

    Raises:
        ArtifactError: A line that is not exactly one strict JSON object, or a cut last line.
    """
    if not data.endswith(b"\n") and data.strip():
        raise ArtifactError(
            "the last line has no newline, so it may have been cut",
            at=Location(path=source, line=data.count(b"\n") + 1),
            hint="write the file again, each line ended by a newline; is it a `json` file?",
        )
    read = lenient if allow_nan else scan
    line = 0
    for block in decoded_blocks(data, source):
        # Every row holds one bracket at least; only a surplus can hide a deep one.
        is_nested = block.count("{") + block.count("[") - block.count("\n") >= DEPTH
        start = 0
        while start < len(block):
            line += 1
            stop = block.find("\n", start)
            if is_nested and is_too_deep(block[start:stop]):
                raise _not_json(block[start:stop], RecursionError(), line=line, source=source)
            row, end = _row(block, start, stop, line=line, source=source, read=read)
            if end != stop and (end > stop or block[end:stop].strip(_BLANK)):
                raise _not_one_object(block, start, end, stop, line=line, source=source)
            yield line, row
            start = stop + 1


def _row(
    block: str, start: int, stop: int, *, line: int, source: str, read: _Read
) -> tuple[dict[str, object], int]:
    try:
        if block[start] in _BLANK:
            start += len(block[start:stop]) - len(block[start:stop].lstrip(_BLANK))
        row, end = read(block, start)
    except (ValueError, RecursionError) as error:
        raise _not_json(block[start:stop], error, line=line, source=source) from error
    if not isinstance(row, dict):
        raise ArtifactError(
            f"found {shown(row)}, expected an object of column names and values",
            at=Location(path=source, line=line),
            hint="write one {...} a line; an array of objects is `reader: json`",
        )
    return row, end


def _not_json(text: str, error: Exception, *, line: int, source: str) -> ArtifactError:
    at = Location(path=source, line=line)
    if not text.strip(_BLANK):
        return ArtifactError("a blank line", at=at, hint="remove it; is the file whole?")
    return ArtifactError(
        f"{problem(error)}; found {shown(text)}",
        at=at,
        hint="write one strict JSON object a line; an array of objects is `reader: json`",
    )


def _not_one_object(
    block: str, start: int, end: int, stop: int, *, line: int, source: str
) -> ArtifactError:
    at = Location(path=source, line=line)
    if end > stop:
        return ArtifactError(
            f"an object that does not end on its line; found {shown(block[start:stop])}",
            at=at,
            hint="write each object on one line, or say `reader: json`",
        )
    return ArtifactError(
        f"more than one object on a line; found {shown(block[end:stop])} after the first",
        at=at,
        hint="write each object on a line of its own",
    )
