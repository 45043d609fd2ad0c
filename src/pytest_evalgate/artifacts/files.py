"""Bytes of a file, read once: no links, regular files only, within a budget; their digest."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field

from pytest_evalgate.artifacts.paths import Found, relative_to
from pytest_evalgate.errors import ArtifactError, Location


MAX_BYTES = 1 << 30  # default budget for one file


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file that was read: the bytes hashed are the bytes parsed."""

    path: str  # relative to the folder of the gate file
    sha256: str
    bytes: int
    rows: int  # data rows in the file; 0 for a file of metadata
    reader: str = ""  # the format it was read as
    metadata: dict[str, str] = field(default_factory=dict)


def read_file(found: Found, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the bytes of a file.

    Raises:
        ArtifactError: Missing, a link, no regular file, too large, or changed while it was read.
    """
    descriptor, before = open_regular(found, max_bytes=max_bytes)
    try:
        data = _read_all(descriptor, before.st_size)
        after = os.fstat(descriptor)
    except OSError as error:
        raise _cannot_open(found, error) from error
    finally:
        os.close(descriptor)
    check_unchanged(found, before, after, size=len(data))
    return data


def open_regular(found: Found, *, max_bytes: int) -> tuple[int, os.stat_result]:
    """Open a file; return its descriptor and what it is.

    Raises:
        ArtifactError: Missing, a link, no regular file, too large.
    """
    try:
        descriptor = _open(found)
        status = os.fstat(descriptor)
    except OSError as error:
        raise _cannot_open(found, error) from error
    try:
        _check_kind(found, status, max_bytes=max_bytes)
    except ArtifactError:
        os.close(descriptor)
        raise
    return descriptor, status


def _check_kind(found: Found, status: os.stat_result, *, max_bytes: int) -> None:
    at = Location(path=found.shown)
    if not stat.S_ISREG(status.st_mode):
        raise ArtifactError("not a regular file", at=at, hint="name a file, not a folder")
    if status.st_size > max_bytes:
        raise ArtifactError(
            f"the file has {status.st_size} bytes, more than the budget of {max_bytes}", at=at
        )


def check_unchanged(
    found: Found, before: os.stat_result, after: os.stat_result, *, size: int | None = None
) -> None:
    """Refuse a file that changed, or of which another number of bytes was read.

    Raises:
        ArtifactError: It did.
    """
    if _stamp(before) != _stamp(after) or size not in {None, before.st_size}:
        raise ArtifactError(
            "the file changed while it was read",
            at=Location(path=found.shown),
            hint="run again when it is written",
        )


def digest(data: bytes) -> str:
    """SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def check_same_bytes(first: FileRecord, again: FileRecord) -> None:
    """Hold a file that was read twice against what was read first.

    Raises:
        ArtifactError: It changed between.
    """
    if first.sha256 != again.sha256:
        raise ArtifactError(
            "the file changed while it was read",
            at=Location(path=again.path),
            hint="run again when it is written",
        )


def exists(found: Found) -> bool:
    """Whether something of that name is there, a broken link included."""
    return os.path.lexists(os.path.join(found.anchor, *found.parts))  # noqa: PTH118


def _read_all(descriptor: int, size: int) -> bytes:
    """Read to the end, one byte past the size seen, so that growth shows."""
    chunks = []
    left = size + 1
    while left > 0:
        chunk = os.read(descriptor, left)
        if not chunk:
            break
        chunks.append(chunk)
        left -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _open(found: Found) -> int:
    """Open component by component, so that no folder can be exchanged for a link on the way."""
    no_link = getattr(os, "O_NOFOLLOW", 0)
    last = os.O_RDONLY | no_link | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if os.open not in os.supports_dir_fd:
        full = os.path.join(found.anchor, *found.parts)  # noqa: PTH118
        if os.path.realpath(full) != os.path.normpath(full):
            raise OSError(errno.ELOOP, "link")
        return os.open(full, last)
    folder = os.open(found.anchor, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in found.parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | no_link, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(found.parts[-1], last, dir_fd=folder)
    finally:
        os.close(folder)


def _cannot_open(found: Found, error: OSError) -> ArtifactError:
    at = Location(path=found.shown)
    if _first_link(found) is not None:
        return ArtifactError(
            "the file is, or lies behind, a symbolic link; links are not followed",
            at=at,
            hint="name the file itself",
        )
    if error.errno in {errno.ENXIO, errno.EISDIR, errno.EOPNOTSUPP}:
        return ArtifactError("not a regular file", at=at, hint="name a file, not a folder")
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return ArtifactError("no such file", at=at, hint=relative_to(found.typed_in))
    words = os.strerror(error.errno).lower() if error.errno is not None else "it cannot be read"
    return ArtifactError(f"the file cannot be read: {words}", at=at)


def _first_link(found: Found) -> str | None:
    path = found.anchor
    for part in found.parts:
        path = os.path.join(path, part)  # noqa: PTH118
        if os.path.islink(path):  # noqa: PTH114
            return path
    return None
