"""A number on the page, tagged with its place in the evidence so that it can be read back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.layout import decimal_aligned


_NO_CUT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number of the evidence and how it is shown."""

    field: str  # where it stands in the evidence file, as a JSON pointer: /rules/0/effect/low
    value: str  # all its digits
    text: str
    before: str = ""  # padding that puts decimal points below one another
    after: str = ""


def figure(field: Sequence[str | int], number: float, text: str) -> Figure:
    """Tag ``number``, shown as ``text``, with the path ``field`` that leads to it."""
    return Figure(field=pointer(field), value=repr(number), text=text)


def count(field: Sequence[str | int], number: int) -> Figure:
    """Tag a count, which needs no rounding."""
    return figure(field, number, str(number))


def pointer(field: Sequence[str | int]) -> str:
    """Write a path as a JSON pointer; a name that cannot be printed is shown with escapes."""
    steps = (visible(str(step), limit=_NO_CUT) for step in field)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def aligned(column: Sequence[Figure | None]) -> list[Figure | None]:
    """Pad the figures of a column so that their decimal points stand below one another."""
    cells = decimal_aligned([cell.text if cell else "" for cell in column])
    return [
        cell and replace(cell, before=_leading(padded), after=_trailing(padded))
        for cell, padded in zip(column, cells, strict=True)
    ]


def _leading(text: str) -> str:
    return " " * (len(text) - len(text.lstrip(" ")))


def _trailing(text: str) -> str:
    return " " * (len(text) - len(text.rstrip(" ")))
