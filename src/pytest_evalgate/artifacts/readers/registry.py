"""The formats by name, and how ``auto`` chooses one by content.

A reader is ``read(data, source) -> iterator of (line, row)``: the whole bytes of a file, the path
for messages; out come the line a row starts on (from 1) and the row, a dict by column name. Rows
are streamed, never kept. It raises nothing but ``ArtifactError``. A format without types says so
(``is_typed=False``); its cells are texts. A new format is one such function and one line below.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers import delimited, json_array, jsonl
from pytest_evalgate.errors import ArtifactError, Location


Rows = Iterator[tuple[int, dict[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A format: its name and how its bytes become rows."""

    name: str
    read: Callable[[bytes, str], Rows]
    is_typed: bool = True


READERS = {
    reader.name: reader
    for reader in (
        Reader(name="jsonl", read=jsonl.read),
        Reader(name="json", read=json_array.read),
        Reader(name="csv", read=delimited.read_csv, is_typed=False),
        Reader(name="tsv", read=delimited.read_tsv, is_typed=False),
    )
}
_BINARY = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "Parquet",
    b"\x93NUMPY": "a NumPy array",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def reader_for(name: str, data: bytes, source: str) -> Reader:
    """Return the named reader, or for ``auto`` the one that fits the content.

    Raises:
        ArtifactError: no such reader, or content in no format that is read.
    """
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise ArtifactError(
                f"the file is {what}, which is not read",
                at=Location(path=source),
                hint="unpack or convert it: JSON lines and CSV in UTF-8 are read",
            )
    if name == "auto":
        return READERS[_sniff(data)]
    if name not in READERS:
        raise ArtifactError(
            f"unknown reader {shown(name)}",
            at=Location(path=source),
            hint=f"use auto, {', '.join(READERS)}",
        )
    return READERS[name]


def _sniff(data: bytes) -> str:
    """By content, never by extension: an array in a file called .jsonl is common."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if text.startswith(b"["):
        return "json"
    first, _, rest = text.partition(b"\n")
    if text.startswith(b"{"):
        # One object that ends on its line, and more lines after it or a newline: JSON lines.
        is_line = first.rstrip(b" \t\r").endswith(b"}")
        return "jsonl" if is_line and (rest.strip() or data.endswith(b"\n")) else "json"
    return "tsv" if b"\t" in first and b"," not in first else "csv"
