"""Ids that are one word and a number each, such as ``item-00042``: an integer for every text."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.engine.connection import literal
from pytest_evalgate.artifacts.engine.texts import Texts, texts_of


DIGITS: Final = 17  # at most: as a whole number, beside their count, they fit in 64 bits
_COUNT: Final = 5  # bits that hold the count of digits
# No space, comma, quote or backslash: what every format writes as it is.
_SHAPE: Final = re.compile(rf"((?:[!#-+\--\[\]-~]{{0,46}}[!#-+\--/:-\[\]-~])?)[0-9]{{1,{DIGITS}}}")


class Serials(Sequence[str]):
    """Texts of one word and some digits, read like a tuple of ``str``.

    A key holds the digits, moved left to a place that is the same for all, and how many there are:
    keys are equal where texts are, and sort as texts do.
    """

    __slots__ = ("keys", "word")

    def __init__(self, word: str, keys: NDArray[np.int64]) -> None:
        self.word, self.keys = word, keys

    def __len__(self) -> int:
        return self.keys.size

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Serials": ...
    def __getitem__(self, index: int | slice) -> "str | Serials":
        if isinstance(index, slice):
            return Serials(self.word, self.keys[index])
        return self._text(int(self.keys[index]))

    def __iter__(self) -> Iterator[str]:
        return map(self._text, self.keys.tolist())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Serials):
            if self.word != other.word:  # it ends in no digit, so the texts differ too
                return not len(self) and not len(other)
            if self.keys is not other.keys and np.array_equal(self.keys, other.keys):
                other.keys = self.keys  # one copy will do, and next time it is seen at once
            return self.keys is other.keys
        if isinstance(other, Texts):
            return len(self) == len(other) and texts_of(list(self)) == other
        return isinstance(other, tuple) and len(other) == len(self) and tuple(self) == other

    __hash__ = None  # type: ignore[assignment]  # as of any sequence that is compared by content

    def take(self, places: NDArray[np.intp]) -> "Serials":
        """Return the texts of some places."""
        return Serials(self.word, self.keys[places])

    def are_whole_numbers(self) -> bool:
        """Whether all are whole numbers as Python writes them: no `007`."""
        leads = self.keys >> _COUNT >= 10 ** (DIGITS - 1)
        return not self.word and bool((leads | (self.keys == 1)).all())  # 1: no more than `0`

    def order(self) -> NDArray[np.intp]:
        """Return the places in the order of the texts."""
        return np.argsort(self.keys)

    def has_neighbours_alike(self) -> bool:
        """Whether two texts beside one another are the same."""
        return bool((self.keys[1:] == self.keys[:-1]).any())

    def coded(self) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """Return the different texts, sorted, and for each text its place among them."""
        keys, codes = np.unique(self.keys, return_inverse=True)
        return tuple(Serials(self.word, keys)), codes

    def _text(self, key: int) -> str:
        count = key & ((1 << _COUNT) - 1)
        number = (key >> _COUNT) // 10 ** (DIGITS - count)
        return f"{self.word}{number:0{count}d}"


def word_of(text: str) -> str | None:
    """Return what stands before the digits that a text ends in; None where it has another shape."""
    found = _SHAPE.fullmatch(text)
    return None if found is None else found[1]


def packed(cell: str, word: str) -> str:
    """Return the expression of SQL for digits and their count, of a text that has the shape."""
    digits = f"substr({cell}, {len(word) + 1})"
    return f"(TRY_CAST({digits} AS BIGINT) << {_COUNT}) + strlen({cell}) - {len(word)}"


def packed_if(cell: str, word: str) -> str:
    """Return the same where a text has the shape, and NULL where it has not."""
    pattern = literal(f"{re.escape(word)}[0-9]{{1,{DIGITS}}}")
    return f"CASE WHEN regexp_full_match({cell}, {pattern}) THEN {packed(cell, word)} END"


def unpacked(word: str, numbers: NDArray[np.int64]) -> Serials:
    """Return the texts of which the engine gave digits and their count."""
    counts = numbers & ((1 << _COUNT) - 1)
    low, high = int(counts.min(initial=DIGITS)), int(counts.max(initial=0))
    scale = 10 ** (DIGITS - high) if low == high else 10 ** (DIGITS - counts)
    return Serials(word, (numbers - counts) * scale + counts)
