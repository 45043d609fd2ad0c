"""Cells to numbers: ``na``, ``map``, number, in this order; nothing is guessed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import (
    LARGEST_INTEGER,
    Matcher,
    boolean_of,
    is_blank,
    number_of,
    plain_number,
    shown,
    shown_list,
    text_of,
)
from pytest_evalgate.artifacts.labels import is_text, scalar, texts_of
from pytest_evalgate.errors import Location, SampleError


LARGEST: Final = 1e150  # squares of larger values overflow
_LONGEST_LABEL = 24  # characters of a label that a hint repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How the cells of a metric's columns are read."""

    na: tuple[str | None, ...] = ()
    map: tuple[tuple[str, float], ...] | None = None


def numbers(
    name: str, cells: Sequence[object], coding: Coding, *, locate: Callable[[int], Location]
) -> NDArray[np.float64]:
    """Return a number for each cell, NaN for the missing ones.

    Args:
        name: The column, for messages.
        cells: Its cells.
        coding: ``na`` and ``map`` of the metric.
        locate: Where the cell of an index stands.

    Raises:
        SampleError: A text that no map names, a list or an object, a number that is not finite,
            larger than 1e150 or a whole number beyond 2**53, booleans among other numbers.
    """
    if not coding.na and coding.map is None:
        plain = _plain(cells)
        if plain is not None:
            return plain
    reader = _CellReader(name, coding)
    values = np.empty(len(cells))
    known: dict[tuple[type, object], float] = {}
    for index, cell in enumerate(cells):
        if isinstance(cell, list | dict):
            raise reader.first_bad(cells, locate)
        key = (type(cell), cell)
        value = known.get(key)
        if value is None:
            try:
                value = known[key] = reader.read(cell, partial(locate, index))
            except (_TextError, SampleError):
                raise reader.first_bad(cells, locate) from None
        values[index] = value
    if reader.has_boolean:
        _check_booleans(name, values, locate)
    return values


def _plain(cells: Sequence[object]) -> NDArray[np.float64] | None:
    """Convert a column of nothing but good numbers at once; None where a closer look is due."""
    types = set(map(type, cells))
    if not types <= {int, float, bool}:
        return None
    try:
        values = np.array(cells, dtype=np.float64)
    except OverflowError:
        return None
    size = np.abs(values)
    is_whole_too_large = int in types and bool((size >= LARGEST_INTEGER).any())
    is_good = bool((size <= LARGEST).all()) and not is_whole_too_large
    is_mixed = bool in types and not bool(((values == 0) | (values == 1)).all())
    return values if is_good and not is_mixed else None


def _check_booleans(
    name: str, values: NDArray[np.float64], locate: Callable[[int], Location]
) -> None:
    others = np.flatnonzero((values != 0) & (values != 1) & ~np.isnan(values))
    if others.size:
        least = others[np.argmin(values[others])]
        raise SampleError(
            f"{name} holds booleans and the number {values[least]:g}",
            at=locate(int(least)),
            hint="a column of booleans may hold 0 and 1 besides, nothing else",
        )


class _TextError(Exception):
    """A text where a number should stand."""


class _CellReader:
    """Reads one cell at a time and says what is wrong with it."""

    def __init__(self, name: str, coding: Coding) -> None:
        self.name = name
        self.is_na = Matcher.of(coding.na)
        self.map = coding.map
        self.has_boolean = False  # one was read as 0 or 1
        self.mapped = [(Matcher.of([text]), number) for text, number in coding.map or ()]
        # A map that names numbers names them all; one of words lets numbers pass.
        self.names_numbers = any(plain_number(text) is not None for text, _ in coding.map or ())

    def read(self, cell: object, locate: Callable[[], Location]) -> float:
        if is_blank(cell) or self.is_na(cell):
            return float("nan")
        for is_this, mapped in self.mapped:
            if is_this(cell):
                return mapped
        number = number_of(cell)
        boolean = boolean_of(cell)
        if self.map is not None and (self.names_numbers or (number is None and boolean is None)):
            raise self._unmapped(cell, locate())
        if boolean is not None:
            self.has_boolean = True
            return float(boolean)
        if number is None:
            raise _TextError
        return self._finite(number, locate)

    def _finite(self, number: float, locate: Callable[[], Location]) -> float:
        is_whole = type(number) is int
        if is_whole and abs(number) > LARGEST_INTEGER:
            raise SampleError(
                f"{self.name} is {shown(text_of(number))}, a whole number beyond 2^53",
                at=locate(),
                hint="a number of this size is no measurement; is it an id?",
            )
        if not abs(number) <= LARGEST:  # also true for NaN
            raise SampleError(
                f"{self.name} is {text_of(number)}, expected a finite number up to 1e150",
                at=locate(),
                hint=f"write null for a missing value, or name {text_of(number)} in `na`",
            )
        return float(number)

    def first_bad(self, cells: Sequence[object], locate: Callable[[int], Location]) -> SampleError:
        """Return the error of the bad cell that sorts first, whatever the order of the rows."""
        for index in sorted(range(len(cells)), key=lambda index: text_of(cells[index])):
            cell = cells[index]
            if isinstance(cell, list | dict):
                return self.no_value(cell, locate(index))
            try:
                self.read(cell, partial(locate, index))
            except _TextError:
                return self.text(cells, index, locate)
            except SampleError as error:
                return error
        raise ValueError(f"no cell of {self.name} is bad")

    def text(
        self, cells: Sequence[object], index: int, locate: Callable[[int], Location]
    ) -> SampleError:
        """Show the first word if there is one: it tells more than a number in quotes."""
        places = (
            place
            for place, cell in enumerate(cells)
            if is_text(cell) and plain_number(str(cell)) is None and not self.is_na(cell)
        )
        index = min(places, key=lambda place: str(cells[place]), default=index)
        words, hint = texts_of(cells, is_na=self.is_na).words_and_hint()
        return SampleError(
            f"{self.name} is text: {shown(cells[index])}; {words}", at=locate(index), hint=hint
        )

    def _unmapped(self, cell: object, at: Location) -> SampleError:
        keys = shown_list((text for text, _ in self.map or ()), most=20)
        what = "label" if isinstance(cell, str) else "value"
        found = shown(cell if isinstance(cell, str) else text_of(cell))
        label = scalar(text_of(cell)) if len(text_of(cell)) <= _LONGEST_LABEL else "it"
        return SampleError(
            f"{what} {found} of {self.name} is not in map [{keys}]",
            at=at,
            hint=f"add {label} to `map` with its number, or to `na` if it means missing",
        )

    def no_value(self, cell: object, at: Location) -> SampleError:
        what = "a list" if isinstance(cell, list) else "an object"
        # A path into a list is not offered: of [gold, prediction] it would gate the gold label.
        path = "" if isinstance(cell, list) else ", or a path into it such as name.key"
        return SampleError(
            f"{self.name} is {what}, not a number: {shown(cell)}; "
            "a corpus metric has no value for one row",
            at=at,
            hint=f"name a column with one number a row{path}",
        )


def agreement(
    names: tuple[str, str],
    cells: tuple[Sequence[object], Sequence[object]],
    coding: Coding,
    *,
    locate: Callable[[int], Location],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return label and prediction of each row as comparable numbers, NaN for the missing ones.

    Texts get numbers of their own where there is no map: equal texts equal numbers.

    Raises:
        SampleError: As ``numbers``; without a map, texts on one side and numbers on the other.
    """
    label, prediction = (_labels(side, coding) for side in cells)
    if coding.map is not None or not (label[1] or prediction[1]):
        both = (
            numbers(name, side, coding, locate=locate)
            for name, side in zip(names, cells, strict=True)
        )
        return next(both), next(both)
    if label[2] or prediction[2]:
        texts = texts_of((*cells[0], *cells[1]), is_na=Matcher.of(coding.na))
        raise SampleError(
            f"{names[0]} and {names[1]} hold texts and numbers, which are never equal",
            at=locate(0),
            hint=texts.words_and_hint()[1],
        )
    # Codes of the labels first, so that arms with the same labels give them the same numbers.
    words = [sorted({text for text in side[0] if text is not None}) for side in (label, prediction)]
    codes = {text: float(code) for code, text in enumerate(dict.fromkeys(words[0] + words[1]))}
    coded = [
        [float("nan") if text is None else codes[text] for text in side[0]]
        for side in (label, prediction)
    ]
    return np.array(coded[0], dtype=np.float64), np.array(coded[1], dtype=np.float64)


def _labels(cells: Sequence[object], coding: Coding) -> tuple[list[str | None], bool, bool]:
    """Return the cells as text (None: missing), and whether there are words, and numbers."""
    is_na = Matcher.of(coding.na)
    texts: list[str | None] = []
    has_words = has_numbers = False
    for cell in cells:
        if is_blank(cell) or is_na(cell):
            texts.append(None)
            continue
        is_number = number_of(cell) is not None or boolean_of(cell) is not None
        has_numbers = has_numbers or is_number
        has_words = has_words or (isinstance(cell, str) and not is_number)
        texts.append(text_of(cell))
    return texts, has_words, has_numbers
