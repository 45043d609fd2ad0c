"""The messages of an Arrow stream: where it ends, and what its compressed buffers become.

The library allocates what a message asks for before a budget could stop it, so the few fields that
say how much are read here first: lengths, and the first 8 bytes of each compressed buffer.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass


MARK = b"\xff\xff\xff\xff"
_END = MARK + b"\0\0\0\0"
_DICTIONARY, _BATCH = 2, 3
# Places of the fields in the tables of Message.fbs; a field that is not written has no place.
_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
_BUFFERS, _COMPRESSION, _DATA = 2, 3, 1


class MessageError(ValueError):
    """Bytes that are no message, or a stream without an end."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a FlatBuffer: its fields by their place in the schema."""

    data: bytes
    position: int

    def find(self, place: int) -> int | None:
        """Return where a field stands."""
        fields = self.position - _number("<i", self.data, self.position)
        offset = 4 + 2 * place
        if offset >= _number("<H", self.data, fields):
            return None
        return (
            self.position + found if (found := _number("<H", self.data, fields + offset)) else None
        )

    def number(self, place: int, form: str) -> int:
        """Return a number; 0 where it is not written."""
        position = self.find(place)
        return 0 if position is None else _number(form, self.data, position)

    def table(self, place: int) -> "_Table | None":
        """Return a table within this one."""
        position = self.find(place)
        if position is None:
            return None
        return _Table(self.data, position + _number("<I", self.data, position))

    def pairs(self, place: int) -> Iterator[tuple[int, int]]:
        """Yield the pairs of whole numbers of a vector."""
        position = self.find(place)
        if position is None:
            return
        position += _number("<I", self.data, position)
        count = _number("<I", self.data, position)
        if 16 * count > len(self.data):
            raise MessageError("a message is damaged")
        yield from struct.iter_unpack("<qq", self.data[position + 4 : position + 4 + 16 * count])


def stream_end(data: bytes, start: int, *, most: int) -> int:
    """Return where the stream that starts at ``start`` ends, its end mark included.

    Args:
        data: A file.
        start: Of the first message.
        most: Budget of all compressed buffers once they are unpacked.

    Raises:
        MessageError: Damaged, cut before its end mark, or over the budget.
    """
    total, position = 0, start
    try:
        while not data.startswith(_END, position):
            meta, body, stop = _message(data, position)
            total += _unpacked(meta, data[body:stop])
            if total > most:
                raise MessageError(f"compressed buffers unpack to more than {most} bytes")
            position = stop
    except struct.error as error:
        raise MessageError("a message is damaged") from error
    return position + len(_END)


def is_schema(data: bytes) -> bool:
    """Whether bytes begin with a message that holds a schema, as a stream does."""
    try:
        meta, _, _ = _message(data, 0)
        return _root(meta).number(_HEADER_TYPE, "<B") == 1
    except (struct.error, MessageError):
        return False


def _message(data: bytes, position: int) -> tuple[bytes, int, int]:
    """Return the metadata of a message, and where its body starts and stops."""
    if not data.startswith(MARK, position):
        what = "cut: it has no end mark" if position >= len(data) - 4 else "damaged"
        raise MessageError(f"the stream is {what}")
    length = _number("<i", data, position + 4)
    body = position + 8 + length
    if length <= 0 or body > len(data):
        raise MessageError("the stream is cut within a message")
    meta = data[position + 8 : body]
    stop = body + _root(meta).number(_BODY_LENGTH, "<q")
    if not body <= stop <= len(data):
        raise MessageError("the stream is cut within a message")
    return meta, body, stop


def _unpacked(meta: bytes, body: bytes) -> int:
    """Return what the compressed buffers of a message say they become."""
    message = _root(meta)
    kind, batch = message.number(_HEADER_TYPE, "<B"), message.table(_HEADER)
    if kind == _DICTIONARY and batch is not None:
        batch = batch.table(_DATA)
    elif kind != _BATCH:
        return 0
    if batch is None or batch.find(_COMPRESSION) is None:
        return 0
    sizes = (_number("<q", body, start) for start, length in batch.pairs(_BUFFERS) if length)
    return sum(max(size, 0) for size in sizes)


def _root(meta: bytes) -> _Table:
    return _Table(meta, _number("<I", meta, 0))


def _number(form: str, data: bytes, position: int) -> int:
    if position < 0:
        raise MessageError("a message is damaged")
    found: int = struct.unpack_from(form, data, position)[0]
    return found
