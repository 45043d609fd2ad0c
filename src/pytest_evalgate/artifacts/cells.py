"""What a cell of a table is: a JSON value, text of a format without types, or nothing."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final


# Digits of ASCII only and no leading zeros: float() reads "1_0", " inf", "017" too.
_NUMBER = re.compile(
    r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII
)
LARGEST_INTEGER: Final = 2**53  # beyond it float64 skips whole numbers
_SHOWN = 80
_SHORT = 24  # of an id
_DIGITS_PER_BIT = 0.30103
_LONGEST_DECIMAL = 10**4000  # Python writes no whole number of more than 4300 digits


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT  # a key that a row does not have


class Untyped(str):
    """A cell of a format without types: a number, a boolean or missing if it reads like one."""

    __slots__ = ()


def untyped(cell: object) -> object:
    """The cell of a format without types: a text may mean a number; anything else is itself."""
    return Untyped(cell) if isinstance(cell, str) else cell


def is_missing(cell: object) -> bool:
    """Whether a cell is null, absent, or empty in a format without types."""
    return cell is None or (type(cell) is Untyped and not cell)


def is_blank(cell: object) -> bool:
    """Whether a cell is missing, or a text of nothing but spaces."""
    return is_missing(cell) or (isinstance(cell, str) and not cell.strip())


def boolean_of(cell: object) -> bool | None:
    """The cell as a boolean; None where it is not one."""
    if isinstance(cell, bool):
        return cell
    if type(cell) is Untyped and cell.lower() in {"true", "false"}:
        return cell.lower() == "true"
    return None


def number_of(cell: object) -> float | int | None:
    """The cell as a number (no boolean); None where it is not one."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return cell
    return plain_number(cell) if type(cell) is Untyped else None


def plain_number(text: str) -> float | int | None:
    """Read a text that is a plain ASCII number, whole ones exactly; None for any other."""
    if len(text) > _SHOWN or not _NUMBER.fullmatch(text):
        return None
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def text_of(cell: object) -> str:
    """The cell as it would be written: JSON's own words, whole numbers in decimal.

    One of thousands of digits is written in base 16: no two numbers have one text.
    """
    if isinstance(cell, str):
        return str(cell)
    if type(cell) is int:
        return str(cell) if abs(cell) < _LONGEST_DECIMAL else hex(cell)
    try:
        return json.dumps(cell, sort_keys=True)
    except ValueError:  # such a number inside
        return repr(_with_texts(cell))


def _with_texts(cell: object) -> object:
    """Replace the whole numbers in lists and objects by their texts."""
    if isinstance(cell, list):
        return [_with_texts(one) for one in cell]
    if isinstance(cell, dict):
        return {key: _with_texts(cell[key]) for key in sorted(cell)}
    return text_of(cell) if type(cell) is int else cell


def shown(value: object) -> str:
    """Write anything from a file for a message: quoted, escaped to ASCII, at most 80 characters."""
    if type(value) is int and abs(value) >= _LONGEST_DECIMAL:
        return f"a number of about {round(value.bit_length() * _DIGITS_PER_BIT)} digits"
    text = json.dumps(value[: 2 * _SHOWN]) if isinstance(value, str) else text_of(value)
    text = text.replace("\x7f", "\\u007f")  # JSON leaves DEL alone
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def shown_list(values: Iterable[object], *, most: int = 5) -> str:
    """Write the first few of many values for a message."""
    values = list(values)
    listed = ", ".join(shown(value) for value in values[:most])
    return f"{listed}, ..." if len(values) > most else listed


def short(text: str) -> str:
    """Shorten an id to 24 characters; its end stays, where long ids often differ."""
    return text if len(text) <= _SHORT else f"{text[:14]}...{text[-7:]}"


def shown_ids(ids: Iterable[str]) -> str:
    """Write the first few of many ids for a message, long ones shortened."""
    return shown_list(map(short, ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Tells whether a cell equals one of the scalars of a gate file, each kept as written.

    Texts are equal as texts; numbers also as numbers (``1.0`` is ``1``); null is any missing cell.
    """

    texts: frozenset[str]
    numbers: frozenset[float | int]
    booleans: frozenset[bool]
    has_null: bool

    @classmethod
    def of(cls, scalars: Iterable[str | None]) -> "Matcher":
        """Prepare scalars as written in a gate file."""
        scalars = tuple(scalars)
        texts = [scalar for scalar in scalars if scalar is not None]
        numbers = (plain_number(text) for text in texts)
        booleans = (text.lower() == "true" for text in texts if text.lower() in {"true", "false"})
        return cls(
            texts=frozenset(texts),
            numbers=frozenset(number for number in numbers if number is not None),
            booleans=frozenset(booleans),
            has_null=None in scalars,
        )

    def __call__(self, cell: object) -> bool:
        """Whether the cell equals one of the scalars."""
        if is_missing(cell):
            return self.has_null or (cell is not None and "" in self.texts)
        boolean = boolean_of(cell)
        if boolean is not None:
            return boolean in self.booleans
        number = number_of(cell)
        if number is not None and number in self.numbers:
            return True
        return not isinstance(cell, list | dict) and text_of(cell) in self.texts


def same_value(left: object, right: object) -> bool:
    """Whether two cells of one column say the same, whatever their formats."""
    if is_missing(left) or is_missing(right):
        return is_missing(left) and is_missing(right)
    return text_of(left) == text_of(right) or Matcher.of([text_of(right)])(left)
