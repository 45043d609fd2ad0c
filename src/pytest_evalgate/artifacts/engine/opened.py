"""A file that is opened once, hashed and looked at in blocks, and read by the engine."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.files import check_unchanged, open_regular
from pytest_evalgate.artifacts.paths import Found


_BLOCK: Final = 1 << 20  # bytes looked at together: what stays in the cache
_FOLDERS: Final = ("/proc/self/fd", "/dev/fd")  # where an open descriptor has a name


class Opened:
    """An open file. What is hashed and what the engine reads is the same descriptor."""

    def __init__(self, found: Found, *, max_bytes: int) -> None:
        self.found = found
        self.descriptor, self.status = open_regular(found, max_bytes=max_bytes)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the descriptor; a second time does nothing."""
        descriptor, self.descriptor = getattr(self, "descriptor", -1), -1
        if descriptor >= 0:
            os.close(descriptor)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.status.st_size

    @property
    def name(self) -> str:
        """The name under which the engine opens the same file.

        Raises:
            DeclinedError: This system has no such name.
        """
        for folder in _FOLDERS:
            name = f"{folder}/{self.descriptor}"
            if Path(name).exists():
                return name
        raise DeclinedError("open files have no name here")

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        return os.pread(self.descriptor, size, 0)

    def tail(self, size: int) -> bytes:
        """Return the last bytes."""
        return os.pread(self.descriptor, size, max(0, self.size - size))

    def digest(self) -> str:
        """Return the SHA-256 of all bytes."""
        return self.looked_through(())[0]

    def looked_through(self, refused: Iterable[bytes]) -> tuple[str, int]:
        """Return the SHA-256 of all bytes, and the number of line feeds.

        Raises:
            DeclinedError: One of the refused bytes is in the file.
            ArtifactError: The file changed meanwhile.
        """
        refused = tuple(refused)
        hashed = hashlib.sha256()
        block = bytearray(_BLOCK)
        view = memoryview(block)
        lines = position = 0
        while count := os.preadv(self.descriptor, [view], position):
            if count < len(block):
                block = block[:count]
                view = memoryview(block)
            hashed.update(view)
            lines += block.count(b"\n")
            if any(byte in block for byte in refused):
                raise DeclinedError("a byte that the strict reader must see")
            position += count
        self.check()
        if position != self.size:
            raise DeclinedError("fewer bytes than the file had")
        return hashed.hexdigest(), lines

    def check(self) -> None:
        """Refuse a file that changed since it was opened.

        Raises:
            ArtifactError: It did.
        """
        check_unchanged(self.found, self.status, os.fstat(self.descriptor))
