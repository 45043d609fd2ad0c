"""Zip archives and gzip files: what is unpacked, in memory, and what is refused."""

import gzip
import io
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_evalgate.artifacts.archives import Archive
from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.unpacking import unpacked
from pytest_evalgate.errors import ArtifactError


Load = Callable[..., ArmTable]
MIB = 1 << 20


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def by_hand(
    members: list[tuple[bytes, bytes]], *, size: int | None = None, method: int = 0, flags: int = 0,
    mode: int = 0, starts: list[int] | None = None,
) -> bytes:  # fmt: skip
    """Write an archive field by field, as no library would; APPNOTE 4.3.7, 4.3.12, 4.3.16."""
    body, entries, found = b"", [], []
    for name, data in members:
        found.append(len(body))
        crc, told = zlib.crc32(data), len(data) if size is None else size
        head = struct.pack("<5H3L2H", 20, flags, method, 0, 0, crc, len(data), told, len(name), 0)
        body += b"PK\3\4" + head + name + data
        entries.append((name, crc, len(data), told))
    index = b""
    for (name, crc, length, told), start in zip(entries, starts or found, strict=True):
        fields = (20, 20, flags, method, 0, 0, crc, length, told, len(name), 0, 0, 0, 0)
        index += b"PK\1\2" + struct.pack("<6H3L5H2L", *fields, mode << 16, start) + name
    end = struct.pack("<4H2LH", 0, 0, len(entries), len(entries), len(index), len(body), 0)
    return body + index + b"PK\5\6" + end


def opened(data: bytes) -> dict[str, bytes]:
    archive = Archive(data, "x.zip")
    return {name: archive.read(name) for name in archive.names}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_what_was_written(method: int) -> None:
    members = {"a.json": b"{}", "b/c.json": b"x" * 1000, "empty": b""}
    assert opened(packed(members, method)) == members


def test_a_written_archive_by_hand_is_read() -> None:
    assert opened(by_hand([(b"a", b"one"), (b"b", b"two")])) == {"a": b"one", "b": b"two"}


def zstandard(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415

        return zstd.compress(data)
    import zstandard as library  # noqa: PLC0415

    return library.ZstdCompressor().compress(data)


def with_zstandard(content: bytes, frames: bytes) -> bytes:
    whole = by_hand([(b"a", frames)], method=93, size=len(content))
    crc, wrong = (struct.pack("<L", zlib.crc32(one)) for one in (content, frames))
    return whole.replace(wrong, crc)


def test_zstandard_in_several_frames_is_read() -> None:
    frames = zstandard(b"one " * 50) + zstandard(b"two")
    content = b"one " * 50 + b"two"
    assert opened(with_zstandard(content, frames)) == {"a": content}


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_cut_zstandard_is_refused(cut: int) -> None:
    content = bytes(range(256)) * 4
    with pytest.raises(ArtifactError, match=r"damaged|does not unpack"):
        opened(with_zstandard(content, zstandard(content)[:-cut]))


def test_a_zstandard_bomb_stops_at_the_size_it_claims() -> None:
    with pytest.raises(ArtifactError, match="does not unpack to the 10 bytes"):
        opened(with_zstandard(b"0123456789", zstandard(bytes(64 * MIB))))


def test_bytes_left_by_an_edited_header_are_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"a": b"1", "header.json": b"old"}))
    with zipfile.ZipFile(path, "a") as archive:  # as Inspect edits its header
        archive.filelist = [one for one in archive.filelist if one.filename != "header.json"]
        archive.NameToInfo.pop("header.json")
        archive.writestr("header.json", b"new")
    assert opened(path.read_bytes()) == {"a": b"1", "header.json": b"new"}


def test_more_members_than_16_bits_count_are_read() -> None:
    members = {str(index): b"" for index in range(70_000)}
    assert len(Archive(packed(members, zipfile.ZIP_STORED), "x").names) == 70_000


def test_more_than_100_000_members_are_refused() -> None:
    data = packed({str(index): b"" for index in range(100_001)}, zipfile.ZIP_STORED)
    with pytest.raises(ArtifactError, match="100001 members, more than the budget of 100000"):
        Archive(data, "x")


def test_a_bomb_is_refused_by_its_ratio() -> None:
    with pytest.raises(ArtifactError, match='member "a" unpacks to more than 16777216 bytes'):
        opened(packed({"a": bytes(17 * MIB)}))


def test_up_to_16_mib_any_ratio_will_do() -> None:
    assert len(opened(packed({"a": bytes(16 * MIB)}))["a"]) == 16 * MIB


def test_a_member_of_more_than_256_mib_is_refused() -> None:
    with pytest.raises(ArtifactError, match="unpacks to more than 268435456 bytes"):
        opened(by_hand([(b"a", bytes(2 * MIB))], size=257 * MIB, method=8))


def test_more_than_a_gib_in_all_is_refused() -> None:
    archive = Archive(packed({"a": bytes(16 * MIB)}), "x")
    for _ in range(64):
        archive.read("a")
    with pytest.raises(ArtifactError, match="all that is read of the archive"):
        archive.read("a")


def test_a_lying_size_is_refused() -> None:
    with pytest.raises(ArtifactError, match="does not unpack to the 5 bytes"):
        opened(by_hand([(b"a", b"abc")], size=5))
    deflated = zlib.compress(bytes(1000), wbits=-15)
    with pytest.raises(ArtifactError, match="does not unpack to the 5 bytes"):
        opened(by_hand([(b"a", deflated)], size=5, method=8))


def test_a_flipped_bit_is_refused() -> None:
    data = by_hand([(b"a", b"0.91")])
    with pytest.raises(ArtifactError, match="checksum"):
        opened(data.replace(b"0.91", b"0.95"))


def test_members_that_share_bytes_are_refused() -> None:
    inner = by_hand([(b"b", b"shared")]).partition(b"PK\1\2")[0]
    data = by_hand([(b"a", inner), (b"b", b"shared")], starts=[0, 31])
    with pytest.raises(ArtifactError, match='members "a" and "b" share bytes'):
        opened(data)


def test_one_header_listed_twice_is_refused() -> None:
    with pytest.raises(ArtifactError, match='header of member "b" differs'):
        opened(by_hand([(b"a", b"1"), (b"b", b"1")], starts=[0, 0]))


def test_a_member_twice_is_refused() -> None:
    with pytest.raises(ArtifactError, match='member "a" stands in the archive twice'):
        opened(by_hand([(b"a", b"1"), (b"a", b"2")]))


def test_a_header_that_names_another_member_is_refused() -> None:
    data = by_hand([(b"safe", b"1")]).replace(b"safe", b"evil", 1)
    with pytest.raises(ArtifactError, match='header of member "safe" differs from the list'):
        opened(data)


@pytest.mark.parametrize(
    "name", [b"../a", b"/a", b"a/../b", b"C:/a", b"a\\b", b"a\0b", b"a\nb", b"./a", b"a//b", b""]
)
def test_a_name_that_leaves_the_archive_is_refused(name: bytes) -> None:
    with pytest.raises(ArtifactError, match="leaves the archive, or no plain one"):
        opened(by_hand([(name, b"1")]))


def test_a_symbolic_link_is_refused() -> None:
    with pytest.raises(ArtifactError, match="symbolic link"):
        opened(by_hand([(b"a", b"/etc/passwd")], mode=stat.S_IFLNK | 0o777))


@pytest.mark.parametrize("flags", [1, 1 << 6, 1 << 13])
def test_an_encrypted_member_is_refused(flags: int) -> None:
    with pytest.raises(ArtifactError, match="encrypted"):
        opened(by_hand([(b"a", b"1")], flags=flags))


@pytest.mark.parametrize("method", [1, 9, 12, 14, 99])
def test_an_unknown_method_is_named(method: int) -> None:
    with pytest.raises(ArtifactError, match=rf"method {method}, expected one of 0, 8, 93"):
        opened(by_hand([(b"a", b"1")], method=method))


def test_an_archive_in_an_archive_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r'member "b\.zip" is a zip archive itself'):
        opened(packed({"b.zip": packed({"c": b"1"})}))
    with pytest.raises(ArtifactError, match=r'member "b\.gz" is gzip itself'):
        opened(packed({"b.gz": gzip.compress(b"1", mtime=0)}))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"", b"x", "bytes stand after the end"),
        (b"x", b"", "its list of members is not at its end"),
    ],
)
def test_bytes_around_an_archive_are_refused(before: bytes, after: bytes, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        opened(before + packed({"a": b"1"}) + after)


def test_an_archive_cut_anywhere_is_refused() -> None:
    data = packed({"a": b"12", "b": b"3"})
    for stop in range(4, len(data)):
        with pytest.raises(ArtifactError):
            opened(data[:stop])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_archive_is_whole_or_refused(changes: list[tuple[int, int]]) -> None:
    members = {"a": b"12" * 20, "b": b"3"}
    data = bytearray(packed(members))
    for position, byte in changes:
        data[position % len(data)] = byte
    try:
        found = opened(bytes(data))
    except ArtifactError:
        return
    assert sorted(found.values()) == sorted(members.values())


# gzip

LINES = b'{"id": 1, "v": 0.5}\n{"id": 2, "v": 1}\n'
V = SampleRequest(value="v", id=("id",))


@pytest.mark.parametrize("reader", ["auto", "jsonl"])
def test_a_gzip_file_is_read_as_what_it_holds(arm: Load, reader: str) -> None:
    table = arm(gzip.compress(LINES, mtime=0), ["id", "v"], file="rows.jsonl.gz", reader=reader)
    assert extract(table, V).values.tolist() == [0.5, 1]
    assert (table.files[0].reader, table.notes) == ("jsonl", ())


def test_the_record_is_of_the_file_on_disk(arm: Load) -> None:
    data = gzip.compress(LINES, mtime=0)
    table = arm(data, ["v"], file="rows.jsonl.gz")
    assert table.files[0].bytes == len(data)


def test_auto_says_when_a_gzip_file_holds_another_format(arm: Load) -> None:
    table = arm(gzip.compress(b"id,v\n1,2\n", mtime=0), ["v"], file="rows.json.gz")
    assert table.notes == ('reader auto: read "candidate/rows.json.gz" as csv by content',)


def test_duplicates_in_a_gzip_file_are_told_apart(arm: Load) -> None:
    data = gzip.compress(b'{"id": 1, "v": 1, "t": 1}\n{"id": 1, "v": 1, "t": 2}\n', mtime=0)
    with pytest.raises(Exception, match="these rows differ in t"):
        extract(arm(data, ["id", "v"], file="rows.jsonl.gz"), V)


def test_gzip_cut_anywhere_is_refused() -> None:
    data = gzip.compress(LINES, mtime=0)
    for stop in range(3, len(data)):
        with pytest.raises(ArtifactError, match="cut"):
            unpacked(data[:stop], "x.gz", max_bytes=MIB)


@pytest.mark.parametrize("rest", [gzip.compress(LINES, mtime=0), b"junk", b"\0"])
def test_bytes_after_the_one_gzip_member_are_refused(rest: bytes) -> None:
    with pytest.raises(ArtifactError, match="bytes stand after the end of the packed ones"):
        unpacked(gzip.compress(LINES, mtime=0) + rest, "x.gz", max_bytes=MIB)


def test_a_gzip_bomb_is_refused() -> None:
    with pytest.raises(ArtifactError, match="unpacks to more than 16777216 bytes"):
        unpacked(gzip.compress(bytes(64 * MIB), mtime=0), "x.gz", max_bytes=1 << 30)


def test_a_gzip_file_keeps_to_the_budget_of_a_file() -> None:
    with pytest.raises(ArtifactError, match="unpacks to more than 100 bytes"):
        unpacked(gzip.compress(bytes(101), mtime=0), "x.gz", max_bytes=100)
    assert unpacked(gzip.compress(bytes(100), mtime=0), "x.gz", max_bytes=100) == bytes(100)


def test_a_damaged_gzip_file_is_refused() -> None:
    data = bytearray(gzip.compress(LINES, mtime=0))
    data[-5] ^= 1
    with pytest.raises(ArtifactError, match="damaged"):
        unpacked(bytes(data), "x.gz", max_bytes=MIB)


TAR = b"a.json".ljust(257, b"\0") + b"ustar\0" + bytes(249)


@pytest.mark.parametrize(
    ("content", "what"),
    [(gzip.compress(b"1", mtime=0), "gzip"), (TAR, "tar"), (packed({"a": b""}), "zip")],
)
def test_nothing_is_unpacked_twice(content: bytes, what: str) -> None:
    with pytest.raises(ArtifactError, match=rf"holds (a )?{what}"):
        unpacked(gzip.compress(content, mtime=0), "x.gz", max_bytes=MIB)


def test_other_bytes_are_left_alone() -> None:
    assert unpacked(LINES, "x", max_bytes=1) == LINES
