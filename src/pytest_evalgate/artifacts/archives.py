"""Zip archives, read strictly and in memory: nothing is ever written to a disk.

The list at the end of the file says what there is, and each header before a member must agree with
it. Members may not share bytes: that is how a small file claims to hold a large one many times.
"""

import re
import stat
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.unpacking import (
    budget,
    inflate,
    packed_as,
    too_large,
    unpack_zstandard,
)
from pytest_evalgate.errors import ArtifactError, Location


_MEMBER = 256 << 20  # bytes of one member
_ALL = 1 << 30  # bytes of all members that are read
_MEMBERS = 100_000
_NAME = 1024  # bytes of a name
_FOLDERS = 16  # that a member lies in
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_HEADER = struct.Struct("<4s5H3L2H")
_EXTRA = struct.Struct("<2H")
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF  # "the value stands in the extra field"
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_PATCH, _SIZES_LATER, _UTF_8 = 1 << 5, 1 << 3, 1 << 11
_STORED, _DEFLATE, _ZSTANDARD = 0, 8, 93
_METHODS = (_STORED, _DEFLATE, _ZSTANDARD)
_UNSAFE = re.compile(r"^(?:/|[A-Za-z]:)|\\|[\x00-\x1f\x7f]|(?:^|/)\.\.?(?:/|$)|//")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int  # bytes in the archive
    size: int  # bytes once unpacked
    start: int  # of its header


def is_zip(data: bytes) -> bool:
    """Whether bytes begin like a zip archive that holds something."""
    return data.startswith(b"PK\x03\x04")


class Archive:
    """The members of a zip archive by name; each is unpacked when it is asked for.

    Raises:
        ArtifactError: Not a whole archive, or one that says two things: names twice, members that
            share bytes, headers that differ from the list.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self.data = data
        self.at = Location(path=source)
        self._left = _ALL
        self._members = self._checked(self._entries())

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members, in the order of the list; folders left out."""
        return tuple(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """Return the unpacked bytes of a member, held against its size and checksum.

        Raises:
            ArtifactError: Damaged, too large, or an archive itself.
        """
        member = self._members[name]
        most = budget(member.packed, most=_MEMBER)
        if member.size > most:
            raise too_large(f"member {shown(name)}", most, at=self.at)
        if member.size > self._left:
            raise too_large("all that is read of the archive", _ALL, at=self.at)
        self._left -= member.size
        start = self._data_start(member)
        packed = self.data[start : start + member.packed]
        data = self._unpack(member, packed)
        if len(data) != member.size or zlib.crc32(data) != member.crc:
            raise self._error(
                f"member {shown(name)} does not unpack to the {member.size} bytes and the checksum "
                "that are written for it"
            )
        what = packed_as(data)
        if what is not None:
            raise self._error(
                f"member {shown(name)} is {what} itself", hint="nothing is unpacked twice"
            )
        return data

    def _unpack(self, member: _Member, packed: bytes) -> bytes:
        if member.method == _STORED:
            return packed
        if member.method == _DEFLATE:
            return inflate(packed, member.size, at=self.at)
        return unpack_zstandard(packed, member.size, at=self.at)

    def _error(self, message: str, *, hint: str = "copy or write the file again") -> ArtifactError:
        return ArtifactError(message, at=self.at, hint=hint)

    def _entries(self) -> Iterable[_Member]:
        """Yield what the list at the end of the file says."""
        position, stop, count = self._list()
        if count > _MEMBERS:
            raise self._error(
                f"the archive has {count} members, more than the budget of {_MEMBERS}",
                hint="split it into several files",
            )
        for _ in range(count):
            end = position + _ENTRY.size
            if end > stop or not self.data.startswith(b"PK\x01\x02", position):
                raise self._error("the list of members is damaged")
            fields = _ENTRY.unpack_from(self.data, position)
            lengths = fields[10:13]
            name, extra = self._texts(end, lengths[0], lengths[1])
            yield self._member(fields, name, extra)
            position = end + sum(lengths)
        if position != stop:
            raise self._error("the list of members is damaged")

    def _list(self) -> tuple[int, int, int]:
        """Return where the list of members starts and stops, and how many it names."""
        end = self.data.rfind(b"PK\x05\x06", max(0, len(self.data) - _END.size - _FULL_16))
        if end < 0 or end + _END.size > len(self.data):
            raise self._error("the zip archive has no end: it is cut, or still being written")
        _, *disks, count, size, start, comment = _END.unpack_from(self.data, end)
        if end + _END.size + comment != len(self.data):
            raise self._error("bytes stand after the end of the zip archive")
        if _FULL_16 in {count, *disks} or _FULL_32 in {size, start}:
            locator = end - _LOCATOR_64.size
            if locator >= 0 and self.data.startswith(b"PK\x06\x07", locator):
                end = _LOCATOR_64.unpack_from(self.data, locator)[2]
                if end + _END_64.size != locator or not self.data.startswith(b"PK\x06\x06", end):
                    raise self._error("the end of the zip archive is damaged")
                *_, disk, of_list, own, count, size, start = _END_64.unpack_from(self.data, end)
                disks = [disk, of_list, own]
        if disks != [0, 0, count]:
            raise self._error("the zip archive is one of several parts", hint="join the parts")
        if start + size != end:
            raise self._error("the zip archive is damaged: its list of members is not at its end")
        return start, end, count

    def _texts(self, start: int, name: int, extra: int) -> tuple[bytes, bytes]:
        middle = start + name
        return self.data[start:middle], self.data[middle : middle + extra]

    def _member(self, fields: tuple[int, ...], raw_name: bytes, extra: bytes) -> _Member:
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        start, mode = fields[16], fields[15] >> 16
        if len(raw_name) > _NAME or raw_name.count(b"/") > _FOLDERS:
            raise self._error(
                f"member {shown(ascii(raw_name[:_NAME])[2:-1])} has a name of {len(raw_name)} "
                f"bytes, expected at most {_NAME}, in at most {_FOLDERS} folders",
                hint="write the archive again with short names",
            )
        try:
            name = raw_name.decode("utf-8" if flags & _UTF_8 else "cp437")
        except UnicodeDecodeError as error:
            raise self._error("the name of a member is not UTF-8") from error
        if _UNSAFE.search(name) or not name:
            raise self._error(
                f"member {shown(name)} has a name that leaves the archive, or no plain one",
                hint="write the archive again with plain relative names",
            )
        if stat.S_ISLNK(mode):
            raise self._error(f"member {shown(name)} is a symbolic link", hint="store the file")
        if flags & _ENCRYPTED:
            raise self._error(f"member {shown(name)} is encrypted", hint="write it in the clear")
        if method not in _METHODS or flags & _PATCH:
            raise self._error(
                f"member {shown(name)} is packed by method {method}, expected one of "
                f"{', '.join(map(str, _METHODS))} (stored, deflate, zstandard)",
                hint="pack the archive again with deflate",
            )
        size, packed, start = self._wide(extra, (size, packed, start))
        return _Member(
            name=name,
            raw_name=raw_name,
            flags=flags,
            method=method,
            crc=crc,
            packed=packed,
            size=size,
            start=start,
        )

    def _wide(self, extra: bytes, values: tuple[int, ...]) -> tuple[int, ...]:
        """Return sizes and offset, taken from the extra field where they need 64 bits."""
        if _FULL_32 not in values:
            return values
        position = 0
        while position + _EXTRA.size <= len(extra):
            kind, length = _EXTRA.unpack_from(extra, position)
            position += _EXTRA.size
            if kind == 1:
                wide = extra[position : position + length]
                numbers = iter(struct.unpack(f"<{len(wide) // 8}Q", wide[: len(wide) // 8 * 8]))
                return tuple(
                    next(numbers, _FULL_32) if value == _FULL_32 else value for value in values
                )
            position += length
        return values

    def _checked(self, entries: Iterable[_Member]) -> Mapping[str, _Member]:
        """Return the members by name, none twice and none sharing bytes with another."""
        members: dict[str, _Member] = {}
        ranges = []
        for member in entries:
            if member.name in members:
                raise self._error(
                    f"member {shown(member.name)} stands in the archive twice",
                    hint="write the archive again, each name once",
                )
            members[member.name] = member
            ranges.append((member.start, self._data_start(member) + member.packed, member.name))
        stop, before = 0, ""
        for start, end, name in sorted(ranges):
            if start < stop:
                raise self._error(f"members {shown(before)} and {shown(name)} share bytes")
            stop, before = end, name
        if stop > self._list()[0]:
            raise self._error(f"member {shown(before)} runs into the list of members")
        return {name: member for name, member in members.items() if not name.endswith("/")}

    def _data_start(self, member: _Member) -> int:
        """Return where the packed bytes of a member start; its header must agree with the list."""
        end = member.start + _HEADER.size
        is_header = self.data.startswith(b"PK\x03\x04", member.start)
        if not is_header or end > len(self.data):
            raise self._error(f"the header of member {shown(member.name)} is damaged")
        fields: tuple[int, ...] = _HEADER.unpack_from(self.data, member.start)[2:]
        flags, method, _, _, _, packed, size, name, extra = fields
        raw_name, _ = self._texts(end, name, extra)
        sizes = {(packed, size), (member.packed, member.size)}
        has_sizes = not flags & _SIZES_LATER and _FULL_32 not in {packed, size}
        if (flags, method, raw_name) != (member.flags, member.method, member.raw_name) or (
            has_sizes and len(sizes) > 1
        ):
            raise self._error(
                f"the header of member {shown(member.name)} differs from the list of members"
            )
        return end + name + extra
