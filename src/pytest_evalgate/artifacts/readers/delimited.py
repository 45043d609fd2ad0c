"""CSV and TSV, strictly: one header, as many fields in each row, quotes as in RFC 4180."""

import csv
import io
from collections.abc import Iterator

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.readers.content import Content, Parsed, plain
from pytest_evalgate.artifacts.readers.jsontext import decode
from pytest_evalgate.errors import ArtifactError, Location


_FIELD = 131_072  # characters
_OTHER_DELIMITERS = {",": (";", "\t", "|"), "\t": (",", ";", "|")}


def parse_csv(content: Content) -> Parsed:
    """Read a comma-separated file; see ``_read``."""
    return plain(_read(content.data, content.path, ","))


def parse_tsv(content: Content) -> Parsed:
    """Read a tab-separated file; see ``_read``."""
    return plain(_read(content.data, content.path, "\t"))


def _read(data: bytes, source: str, delimiter: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield line and row, all cells as text.

    Raises:
        ArtifactError: Anything that a lenient reader would guess about.
    """
    _check_bytes(data, source)
    lines = _lines(decode(data, source), source, delimiter)
    header: list[str] | None = None
    for line, row, fields in lines:
        if header is None:
            header = fields
            _check_header(header, source, delimiter)
            continue
        _check_row(fields, header, row=row, line=line, source=source)
        yield line, dict(zip(header, fields, strict=True))


def _check_bytes(data: bytes, source: str) -> None:
    nul = data.find(b"\0")
    if nul >= 0:
        raise ArtifactError(
            f"a NUL byte at offset {nul}",
            at=Location(path=source, line=data.count(b"\n", 0, nul) + 1),
            hint="is this a text file in UTF-8?",
        )
    if not data.endswith(b"\n") and data.strip():
        raise ArtifactError(
            "the last line has no newline, so it may have been cut",
            at=Location(path=source, line=data.count(b"\n") + 1),
            hint="write the file again, each line ended by a newline",
        )


def _lines(text: str, source: str, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield line, number of the data row (the header is 0) and fields."""
    # Lines end in \n alone: U+2028 or a lone \r inside a field must not split a row.
    stream = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    # The limit of the csv module is global: another library may have raised it.
    is_unlimited = csv.field_size_limit() > _FIELD
    line, row = 1, 0
    while True:
        try:
            fields = next(stream, None)
        except csv.Error as error:
            raise _unreadable(error, row=row, line=line, source=source) from error
        if fields is None:
            return
        if is_unlimited and any(len(field) > _FIELD for field in fields):
            raise _too_long(row=row, line=line, source=source)
        yield line, row, fields
        line, row = stream.line_num + 1, row + 1


def _unreadable(error: csv.Error, *, row: int, line: int, source: str) -> ArtifactError:
    words = str(error)
    if "field larger" in words:
        return _too_long(row=row, line=line, source=source)
    if "unexpected end" in words:
        words = "a quote that is never closed"
    elif "expected after" in words:
        words = "text after a closing quote"
    elif "new-line" in words:
        words = "a carriage return inside an unquoted field"
    return ArtifactError(
        f"row {row}: {words}",
        at=Location(path=source, line=line),
        hint='quote a field as "...", and write a quote inside it as ""',
    )


def _too_long(*, row: int, line: int, source: str) -> ArtifactError:
    return ArtifactError(
        f"row {row}: a field of more than {_FIELD} characters",
        at=Location(path=source, line=line),
        hint="leave long texts out of the file, or write JSON lines",
    )


def _check_header(header: list[str], source: str, delimiter: str) -> None:
    at = Location(path=source, line=1)
    if not any(name.strip() for name in header):
        raise ArtifactError("the first line is blank, expected column names", at=at)
    for name in header:
        if name != name.strip():
            raise ArtifactError(
                f"column name {shown(name)} starts or ends with a space",
                at=at,
                hint="write the names without spaces around them",
            )
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        places = [index for index, name in enumerate(header, 1) if name == repeated[0]]
        raise ArtifactError(
            f"columns {places[0]} and {places[1]} are both called {shown(repeated[0])}", at=at
        )
    if header[0].startswith("#"):
        raise ArtifactError(
            f"the first line is a comment, {shown(header[0])}, expected column names",
            at=at,
            hint="remove the comment, or the # before the first name",
        )
    others = [other for other in _OTHER_DELIMITERS[delimiter] if other in header[0]]
    if len(header) == 1 and others:
        raise ArtifactError(
            f"one column called {shown(header[0])}: is {shown(others[0])} the delimiter?",
            at=at,
            hint="separate fields by commas (`reader: csv`) or tabs (`reader: tsv`)",
        )


def _check_row(fields: list[str], header: list[str], *, row: int, line: int, source: str) -> None:
    at = Location(path=source, line=line)
    if not fields or (len(header) > 1 and fields == [""]):
        raise ArtifactError(f"row {row} is a blank line", at=at, hint="is the file whole?")
    if len(fields) != len(header):
        raise ArtifactError(
            f"row {row} has {len(fields)} fields, expected {len(header)}: {shown_list(fields)}",
            at=at,
            hint="quote a field that holds the delimiter; write decimals with a point",
        )
    if fields == header:
        raise ArtifactError(
            f"row {row} repeats the header", at=at, hint="were two files put together?"
        )
