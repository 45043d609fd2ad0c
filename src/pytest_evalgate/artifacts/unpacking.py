"""Packed bytes to bytes, in memory and within a budget: gzip files, deflate and zstandard."""

import sys
import zlib
from io import BytesIO

from pytest_evalgate.errors import ArtifactError, Location


_RATIO = 200  # text packs 5 to 30 times smaller, columns of few values up to about 150 times
_FLOOR = 16 << 20  # up to this size any ratio will do: a column of ones packs 1000 times smaller
_GZIP = b"\x1f\x8b\x08"
_GZIP_BITS, _DEFLATE_BITS = 31, -15  # which header zlib expects
_PACKED = {  # nothing is unpacked twice
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ\0": "xz",
}
_TAR = (257, b"ustar")


def unpacked(data: bytes, source: str, *, max_bytes: int) -> bytes:
    """Return the content of a gzip file; any other bytes as they are.

    Args:
        data: The bytes of a file.
        source: Its path, for messages.
        max_bytes: Budget of the content.

    Raises:
        ArtifactError: Cut, damaged, more than one member, bytes after it, too large, or packed or
            archived once more inside.
    """
    if not data.startswith(_GZIP):
        return data
    at = Location(path=source)
    most = budget(len(data), most=max_bytes)
    content = inflate(data, most, at=at, is_gzip=True)
    if len(content) > most:
        raise too_large("the gzip file", most, at=at)
    what = packed_as(content)
    if what is not None:
        raise ArtifactError(
            f"the gzip file holds {what}; nothing is unpacked twice",
            at=at,
            hint="unpack it, and name the files in it",
        )
    return content


def budget(packed: int, *, most: int) -> int:
    """Return how many bytes so many packed ones may become."""
    return min(most, max(_FLOOR, _RATIO * packed))


def too_large(what: str, most: int, *, at: Location) -> ArtifactError:
    """Return the error of packed bytes that become too many."""
    return ArtifactError(
        f"{what} unpacks to more than {most} bytes, its budget: {_RATIO} times what is packed, "
        f"or {_FLOOR >> 20} MiB where that is more, up to a fixed most",
        at=at,
        hint="split it into several files, or unpack it where you trust it",
    )


def packed_as(data: bytes) -> str | None:
    """Say what bytes are that are packed or an archive; None for any other."""
    for magic, what in _PACKED.items():
        if data.startswith(magic):
            return what
    start, magic = _TAR
    return "a tar archive" if data.startswith(magic, start) else None


def inflate(packed: bytes, most: int, *, at: Location, is_gzip: bool = False) -> bytes:
    """Unpack one deflate stream, or one gzip member, to at most one byte more than ``most``.

    Raises:
        ArtifactError: Cut, damaged, or bytes after its end.
    """
    stream = zlib.decompressobj(_GZIP_BITS if is_gzip else _DEFLATE_BITS)
    try:
        data = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise ArtifactError(
            "the packed bytes are damaged", at=at, hint="copy or write the file again"
        ) from error
    if len(data) > most:
        return data
    if not stream.eof:
        raise ArtifactError(
            f"the packed bytes are cut: they end after {len(data)} unpacked bytes",
            at=at,
            hint="copy or write the file again",
        )
    if stream.unused_data:
        raise ArtifactError(
            f"{len(stream.unused_data)} bytes stand after the end of the packed ones",
            at=at,
            hint="write one gzip member a file" if is_gzip else "write the file again",
        )
    return data


def unpack_zstandard(packed: bytes, most: int, *, at: Location) -> bytes:
    """Unpack zstandard frames to at most one byte more than ``most``; a cut end may not show.

    Raises:
        ArtifactError: Damaged, or the library is missing.
    """
    try:
        if sys.version_info >= (3, 14):
            from compression.zstd import ZstdError, ZstdFile  # noqa: PLC0415 - rarely needed

            stream = ZstdFile(BytesIO(packed))
        else:
            from zstandard import ZstdDecompressor, ZstdError  # noqa: PLC0415 - rarely needed

            stream = ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    except ImportError as error:
        raise ArtifactError(
            "the file is packed with zstandard, which needs a library",
            at=at,
            hint="pip install zstandard",
        ) from error
    try:
        with stream:
            return stream.read(most + 1)
    except (ZstdError, EOFError, MemoryError) as error:
        raise ArtifactError(
            "the packed bytes are damaged", at=at, hint="copy or write the file again"
        ) from error
