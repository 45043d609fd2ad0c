"""Labels of pictures: put on as many lines as they need, so that none covers another.

Pictures are as wide as the page, so the room of a label is reckoned for the narrowest one.
"""

from collections.abc import Sequence
from dataclasses import dataclass


LINE = 18  # pixels
_CHARACTER = 2.1  # percent of a picture on a telephone
_SPACE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text in a picture."""

    x: str
    y: int
    anchor: str
    text: str
    kind: str


Wanted = tuple[float, str, str]  # the place in percent, the text, its kind


def rows_of(labels: Sequence[Wanted]) -> list[list[Wanted]]:
    """Put each label into the first row where it covers no other one."""
    rows: list[list[Wanted]] = []
    for label in labels:
        free = (row for row in rows if not any(_meet(label, other) for other in row))
        row = next(free, None)
        if row is None:
            rows.append([label])
        else:
            row.append(label)
    return rows


def placed_labels(rows: Sequence[Sequence[Wanted]], *, first: int) -> tuple[Label, ...]:
    """Return the labels of ``rows``, the first of which stands at ``first`` pixels."""
    return tuple(
        Label(
            x=f"{place:.2f}%",
            y=first + LINE * index,
            anchor=_anchor(place, text)[0],
            text=text,
            kind=kind,
        )
        for index, row in enumerate(rows)
        for place, text, kind in row
    )


def _meet(one: Wanted, other: Wanted) -> bool:
    start, end = _anchor(one[0], one[1])[1]
    other_start, other_end = _anchor(other[0], other[1])[1]
    return start < other_end and other_start < end


def _anchor(place: float, text: str) -> tuple[str, tuple[float, float]]:
    """Choose the side on which a label fits, and say what room it takes."""
    width = len(text) * _CHARACTER
    if place - width / 2 < 0.0:
        return "start", (place, place + width + _SPACE)
    if place + width / 2 > 100.0:
        return "end", (place - width - _SPACE, place)
    half = (width + _SPACE) / 2
    return "middle", (place - half, place + half)
