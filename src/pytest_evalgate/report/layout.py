"""Text tables and paragraphs: aligned, never wider than asked for, spaces only."""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.report.escape import shortened


NARROWEST = 50  # narrower terminals get tables of this width


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; its cells are padded to one width."""

    title: str
    cells: tuple[str, ...]
    is_left: bool = False  # else the title stands at the right edge
    narrow: "Column | None" = None  # says the same in less room

    @property
    def width(self) -> int:
        """Return the columns this one takes on the screen."""
        return max(map(len, (self.title, *self.cells)))

    def lines(self) -> list[str]:
        """Return the title and the cells, padded to one width."""
        pad = str.ljust if self.is_left else str.rjust
        return [pad(text, self.width) for text in (self.title, *self.cells)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The columns that fit a width, and what had to go for it."""

    columns: tuple[Column, ...]
    gap: str
    left_out: tuple[str, ...]  # titles


def decimal_aligned(numbers: Sequence[str]) -> list[str]:
    """Pad ``numbers`` so that their decimal points stand below one another."""
    parts = [_split_at_point(number) for number in numbers]
    left = max((len(part[0]) for part in parts), default=0)
    right = max((len(part[1]) for part in parts), default=0)
    return [f"{before:>{left}}{after:<{right}}" for before, after in parts]


def table(
    columns: Sequence[Column],
    *,
    width: int,
    drop: Sequence[str] = (),
    paint: Callable[[int, str], str] | None = None,
) -> list[str]:
    """Lay out ``columns`` in lines of at most ``width``: see ``fit`` and ``rows``."""
    return rows(fit(columns, width=width, drop=drop), paint=paint)


def rows(fitted: Fit, *, paint: Callable[[int, str], str] | None = None) -> list[str]:
    """Write columns that fit under their titles, one line a row.

    Args:
        fitted: What to write.
        paint: Colours the cell of the last column in a row (from 0); padding is not its concern.
    """
    *others, last = fitted.columns
    before = zip(*(column.lines() for column in others), strict=True)
    lines = []
    for index, (row, cell) in enumerate(zip(before, (last.title, *last.cells), strict=True)):
        shown = paint(index - 1, cell) if paint and index else cell
        lines.append(fitted.gap.join([*row, shown]))
    return lines


def fit(columns: Sequence[Column], *, width: int, drop: Sequence[str] = ()) -> Fit:
    """Make ``columns`` fit ``width``; no row is ever wrapped.

    What does not fit gives way in this order: wide gaps, wide forms of columns, the middle of long
    names in the first column, then the columns titled in ``drop``, then more of the names.

    Args:
        columns: The first holds names, the last is never dropped.
        width: Of the terminal; below 50 it counts as 50.
        drop: Titles of columns that may be left out, the first to go first.
    """
    width = max(width, NARROWEST)
    kept = _narrowed(columns, width=width, drop=drop)
    titles = {column.title for column in kept}
    left_out = tuple(column.title for column in columns if column.title not in titles)
    gap = "  " if _total(kept, gap=2) <= width else " "
    if _total(kept, gap=1) > width:
        kept = [_narrow(column) for column in kept]
    return Fit(columns=tuple(kept), gap=gap, left_out=left_out)


def footnotes(notes: Iterable[str], *, width: int) -> list[str]:
    """Number ``notes`` from 1 and wrap them."""
    lines: list[str] = []
    for number, note in enumerate(notes, start=1):
        lines += paragraph(note, width=width, first=f"[{number}] ", rest="    ")
    return lines


def paragraph(text: str, *, width: int, first: str = "", rest: str = "") -> list[str]:
    """Wrap ``text`` between words; one longer than a line (a path) is left whole."""
    return textwrap.wrap(
        text,
        width=max(width, NARROWEST),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _split_at_point(number: str) -> tuple[str, str]:
    """Split at the point, or where a number without one ends."""
    end = next((index for index, mark in enumerate(number) if mark in ". ,]"), len(number))
    return number[:end], number[end:]


def _narrowed(columns: Sequence[Column], *, width: int, drop: Sequence[str]) -> list[Column]:
    """Return the columns that fit in their narrow forms."""
    kept = list(columns)
    if _least(kept) > width:
        kept[0] = _with_names_of(columns[0], 32)
    waiting = list(drop)
    while _least(kept) > width and waiting:
        title = waiting.pop(0)
        kept = [column for column in kept if column.title != title]
        spare = width - _least(kept[1:]) - 1
        if spare >= 20 or not waiting:
            kept[0] = _with_names_of(columns[0], max(min(spare, 32), 4))
    return kept


def _with_names_of(column: Column, width: int) -> Column:
    return replace(column, cells=tuple(shortened(cell, width=width) for cell in column.cells))


def _total(columns: Sequence[Column], *, gap: int) -> int:
    return sum(column.width for column in columns) + gap * (len(columns) - 1)


def _least(columns: Sequence[Column]) -> int:
    """Return the columns of the screen that these take at least."""
    return _total([_narrow(column) for column in columns], gap=1)


def _narrow(column: Column) -> Column:
    return column.narrow or column
