"""Many short texts without a Python object for each: bytes of one width, padded at the end."""

from collections.abc import Iterator, Sequence
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.engine.declined import DeclinedError


WIDEST: Final = 64  # bytes of a text
_WORD: Final = 8


class Texts(Sequence[str]):
    """Texts of printable ASCII, read like a tuple of ``str``."""

    __slots__ = ("data",)

    def __init__(self, data: NDArray[np.bytes_]) -> None:
        self.data = data  # padded with NUL, which no text holds

    def __len__(self) -> int:
        return self.data.size

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Texts": ...
    def __getitem__(self, index: int | slice) -> "str | Texts":
        if isinstance(index, slice):
            return Texts(self.data[index])
        return bytes(self.data[index]).decode("ascii")

    def __iter__(self) -> Iterator[str]:
        return (text.decode("ascii") for text in self.data.tolist())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Texts):
            if self.data is not other.data and np.array_equal(self.data, other.data):
                other.data = self.data  # one copy will do, and next time it is seen at once
            return self.data is other.data
        if isinstance(other, tuple):
            return len(other) == len(self) and tuple(self) == other
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as of any sequence that is compared by content

    def take(self, places: NDArray[np.intp]) -> "Texts":
        """Return the texts of some places."""
        return Texts(self.data[places])

    def are_whole_numbers(self) -> bool:
        """Whether all are whole numbers as Python writes them: no `-0`, no `1e5`, no `007`."""
        letters = _letters(self.data)
        is_digit = (letters >= ord("0")) & (letters <= ord("9"))
        is_minus = letters[:, 0] == ord("-")
        lead = np.where(is_minus, letters[:, 1] if letters.shape[1] > 1 else 0, letters[:, 0])
        is_zero = (self.data == b"0") | ((lead != ord("0")) & (lead != 0))
        is_digit[:, 0] |= is_minus
        return bool((is_digit | (letters == 0)).all() and is_zero.all())

    def order(self) -> NDArray[np.intp]:
        """Return an order by text, which for ASCII is the order of bytes."""
        keys = self._words()
        return np.argsort(self.data) if keys is None else np.argsort(keys)

    def has_neighbours_alike(self) -> bool:
        """Whether two texts beside one another are the same."""
        return bool((self.data[1:] == self.data[:-1]).any())

    def coded(self) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """Return the different texts, sorted, and for each text its place among them."""
        keys = self._words()
        _, firsts, codes = np.unique(
            self.data if keys is None else keys, return_index=True, return_inverse=True
        )
        return tuple(self.take(firsts)), codes

    def _words(self) -> NDArray[np.uint64] | None:
        """Return the bytes behind what all texts begin with as one number, which sorts alike.

        None where they are too many for that.
        """
        if not len(self):
            return None
        letters = _letters(self.data)
        width = letters.shape[1]
        start = 0
        while start < width and bool((letters[:, start] == letters[0, start]).all()):
            start += 1
        if width - start > _WORD:
            return None
        words = np.zeros((len(self), _WORD), dtype=np.uint8)
        words[:, : width - start] = letters[:, start:]
        return words.view(">u8").ravel().astype(np.uint64)


def texts_of(cells: list[str]) -> Texts:
    """Return cells that the engine gave as texts.

    Raises:
        DeclinedError: One is long, or holds anything but printable ASCII.
    """
    if max(map(len, cells), default=0) > WIDEST:
        raise DeclinedError("a long text")
    try:
        data = np.array(cells, dtype=np.bytes_)
    except UnicodeEncodeError as error:
        raise DeclinedError("a text beyond ASCII") from error
    letters = _letters(data)
    # A NUL inside would look like padding; the count of letters tells.
    is_whole = int(np.count_nonzero(letters)) == sum(map(len, cells))
    unprintable = (letters < 0x20) & (letters != 0) | (letters > 0x7E)
    if not is_whole or bool(unprintable.any()):
        raise DeclinedError("a text with unusual characters")
    return Texts(data)


def check_keys(texts: Sequence[str]) -> None:
    """Decline texts that the strict reader may refuse as ids; a word and digits never are.

    Raises:
        DeclinedError: One is empty or begins with a space, so it may be blank.
    """
    if isinstance(texts, Texts) and bool((_letters(texts.data)[:, 0] <= 0x20).any()):
        raise DeclinedError("an id that may be blank")


def _letters(data: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(data).view(np.uint8).reshape(data.size, data.dtype.itemsize)
