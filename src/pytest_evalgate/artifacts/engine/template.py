"""The shape of a file's first row, as a pattern that proves of a line that it has the same shape.

A line that matches is read alike by every reader: the same keys in the same order, each once, and
values that are strictly JSON. So the pattern, and not the leniency of a reader, decides whether a
file may be read fast. What is rare (escapes in a text that is needed, integers of many digits) is
left out of it, and goes to the strict reader.
"""

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, assert_never

from pytest_evalgate.artifacts.cells import plain_number
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.serials import DIGITS, word_of
from pytest_evalgate.artifacts.readers.jsontext import is_too_deep, scan


class Kind(Enum):
    """What the cells of a column are, in every row."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A pattern (RE2) that each line must match as a whole, and what it says of the columns.

    The narrow one matches fewer lines. Of these it says more: texts are a word and a number.
    """

    names: tuple[str, ...]  # all columns, in the order of the file
    kinds: dict[str, Kind]  # of the columns that are needed
    pattern: str
    narrow: str
    words: dict[str, str] = field(default_factory=dict)  # before the digits, under `narrow`
    header: str | None = None  # the first line, where it names the columns
    delimiter: str = ""


_DIGITS: Final = r"-?(?:0|[1-9][0-9]{0,20})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,3})?"
_WHOLE: Final = rf"(?:0|[1-9][0-9]{{0,{DIGITS - 1}}})"  # not negative
_PLAIN: Final = r"[ !#-\[\]-~]*"  # of a text: printable ASCII, no quote and no backslash
_TEXT: Final = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_SCALAR: Final = rf"(?:{_TEXT}|{_DIGITS}|true|false|null)"
_LIST: Final = rf"\[(?:{_SCALAR}(?:, ?{_SCALAR})*)?\]"
_MOST_COLUMNS: Final = 400
_LONGEST: Final = 1 << 16  # characters of a first line


def json_template(line: bytes, wanted: Collection[str], texts: Collection[str]) -> Template:
    """Return the shape of JSON lines whose first line this is.

    Args:
        line: The first line.
        wanted: Columns that are needed.
        texts: Those of them that are needed as they are written.

    Raises:
        DeclinedError: It is not one that every line could share.
    """
    text = _decoded(line)
    try:
        row, end = scan(text, 0)
    except (ValueError, RecursionError) as error:
        raise DeclinedError("the first line is not strict JSON") from error
    if not isinstance(row, dict) or end != len(text) or is_too_deep(text):
        raise DeclinedError("the first line is not one object that is read")
    _check_names(row)
    kinds = {name: _kind(row[name]) for name in row if name in wanted}
    wide = {
        name: _value(cell) if name not in kinds else _needed(kinds[name])
        for name, cell in row.items()
    }
    words = _words({name: row[name] for name in kinds if name in texts})
    narrow = {name: _serial(word, kinds[name]) for name, word in words.items()}
    return Template(
        names=tuple(row),
        kinds=kinds,
        pattern=_object(wide),
        narrow=_object(wide | narrow),
        words=words,
    )


def csv_template(
    lines: list[bytes], wanted: Collection[str], texts: Collection[str], *, delimiter: str
) -> Template:
    """Return the shape of a delimited file whose first two lines these are.

    Args:
        lines: Header and first row.
        wanted: Columns that are needed.
        texts: Those of them that are needed as they are written.
        delimiter: What separates fields.

    Raises:
        DeclinedError: It is not one that every line could share.
    """
    header, first = map(_decoded, lines)
    try:
        names = next(csv.reader([header], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise DeclinedError("the header is not plain") from error
    fields = first.split(delimiter)
    if len(names) < 2 or len(names) != len(fields) or not all(map(_is_plain_name, names)):
        raise DeclinedError("the header is not plain")
    if names[0].startswith("#"):
        raise DeclinedError("the first line may be a comment")
    _check_names(names)
    kinds = {
        name: Kind.TEXT if name in texts else _field_kind(field)
        for name, field in zip(names, fields, strict=True)
        if name in wanted
    }
    wide = {name: _field(kinds.get(name), delimiter) for name in names}
    cells = dict(zip(names, fields, strict=True))
    words = _words({name: cells[name] for name in kinds if name in texts})
    narrow = {name: _digits_after(word) for name, word in words.items()}
    return Template(
        names=tuple(names),
        kinds=kinds,
        pattern=delimiter.join(wide.values()),
        narrow=delimiter.join((wide | narrow).values()),
        words=words,
        header=header,
        delimiter=delimiter,
    )


def _decoded(line: bytes) -> str:
    if len(line) > _LONGEST:
        raise DeclinedError("a long first line")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DeclinedError("the first line is not UTF-8") from error


def _check_names(names: Iterable[str]) -> None:
    """The engine's names ignore case, ours do not."""
    names = list(names)
    if len({name.casefold() for name in names}) < len(names) or len(names) > _MOST_COLUMNS:
        raise DeclinedError("columns that the engine may take for one another")


def _is_plain_name(name: str) -> bool:
    return bool(name) and name.isascii() and name.isprintable() and name == name.strip()


def _kind(cell: object) -> Kind:
    if isinstance(cell, bool):
        return Kind.BOOLEAN
    if isinstance(cell, int | float):
        return Kind.NUMBER
    if isinstance(cell, str):
        return Kind.TEXT
    raise DeclinedError("a needed column is null, a list or an object in the first row")


def _field_kind(field: str) -> Kind:
    if field.lower() in {"true", "false"}:
        return Kind.BOOLEAN
    return Kind.TEXT if plain_number(field) is None else Kind.NUMBER


def _words(cells: dict[str, object]) -> dict[str, str]:
    """Return the words of texts that end in digits, as far as the first row tells."""
    found = {
        name: word_of(str(cell)) for name, cell in cells.items() if isinstance(cell, str | int)
    }
    return {name: word for name, word in found.items() if word is not None}


def _serial(word: str, kind: Kind) -> str:
    """Write a value of a word and digits as a pattern."""
    return f'"{_digits_after(word)}"' if kind is Kind.TEXT else _WHOLE


def _digits_after(word: str) -> str:
    return f"{_escaped(word)}[0-9]{{1,{DIGITS}}}"


def _object(members: dict[str, str]) -> str:
    """Write keys and the patterns of their values as a pattern."""
    for name in members:
        if not (name.isascii() and name.isprintable()) or '"' in name or "\\" in name:
            raise DeclinedError("a key with unusual characters")
    inner = ", ?".join(f'"{_escaped(name)}": ?{value}' for name, value in members.items())
    return rf"\{{ ?{inner} ?\}}"


def _needed(kind: Kind) -> str:
    match kind:
        case Kind.NUMBER:
            return _DIGITS
        case Kind.BOOLEAN:
            return "(?:true|false)"
        case Kind.TEXT:
            return f'"{_PLAIN}"'
        case _:
            assert_never(kind)


def _value(cell: object) -> str:
    """Write the value of a column that nobody reads: any that cannot hide a second key."""
    if isinstance(cell, dict):
        _check_names(cell)
        return _object({name: _value(inner) for name, inner in cell.items()})
    if isinstance(cell, list):
        if any(isinstance(inner, list | dict) for inner in cell):
            raise DeclinedError("a list of lists or objects")
        return f"(?:{_LIST}|null)"
    return _SCALAR


def _field(kind: Kind | None, delimiter: str) -> str:
    match kind:
        case None:
            return rf'[^"\x00-\x1f{delimiter}]*'
        case Kind.NUMBER:
            return _DIGITS
        case Kind.BOOLEAN:
            return "(?i:true|false)"
        case Kind.TEXT:
            return r"[ !#-+\--~]+" if delimiter == "," else "[ !#-~]+"
        case _:
            assert_never(kind)


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() else "\\" + c for c in text)
