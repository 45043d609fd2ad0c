"""What a reader gets and gives: a file with those beside it, and rows with what holds for all."""

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.files import (
    MAX_BYTES,
    FileRecord,
    check_same_bytes,
    digest,
    exists,
    read_file,
)
from pytest_evalgate.artifacts.paths import Found
from pytest_evalgate.errors import ArtifactError, Location


Rows = Iterator[tuple[int, Mapping[str, object]]]
WARNING = "WARNING: "  # in a note: a rule that passes all the same says so first
ALL_IDS = "join a list of all ids with `match: both`"  # in a note: with such a join it falls away
_NOT_A_NAME = re.compile(r"[\\\0]|\A[A-Za-z]:(?=[\\/]|\Z)")  # folders are separated by `/` alone
_MOST_BESIDE = 10_000  # files beside one, or names looked at in a folder


@dataclass(slots=True, kw_only=True)
class Parsed:
    """What a reader made of a file.

    ``rows`` yields a place and a row: the line it starts on (from 1) in a format with lines, its
    number (from 1) in any other. ``metadata`` holds scalars of the whole file, by the names of
    ``docs/artifacts.md``; each becomes a column of every row. ``notes`` may grow while the rows
    are taken: what was left out, and how many; one that holds ``WARNING`` becomes a warning.
    """

    rows: Rows
    metadata: Mapping[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    may_be_empty: bool = False  # no row is no fault: what was left out stands in ``notes``


@dataclass(slots=True, kw_only=True)
class Content:
    """A file as a reader gets it: its bytes, the path for messages, the files beside it."""

    path: str
    data: bytes
    found: Found | None = None  # None in tests, where a file stands alone
    max_bytes: int = MAX_BYTES
    is_auto: bool = False  # the format was chosen by content: the user did not name it
    records: dict[str, FileRecord] = field(default_factory=dict)  # files beside, once they are read

    def at(self, line: int | None = None) -> Location:
        """Return the place of a line for a message."""
        return Location(path=self.path, line=line)

    def beside(self, name: str) -> bytes | None:
        """Return the bytes of another file, named relative to the folder of this one.

        Leading ``..`` climb no higher than the folder that artifacts may lie in. None where there
        is no such file. What is read is recorded with its digest.

        Raises:
            ArtifactError: It is there and cannot be read.
        """
        other = self._other(name)
        if other is None or not exists(other):
            return None
        data = read_file(other, max_bytes=self.max_bytes)
        self._keep(FileRecord(path=other.shown, sha256=digest(data), bytes=len(data), rows=0))
        return data

    def _keep(self, record: FileRecord) -> None:
        """Record a file beside, within a budget; what was read first must not change."""
        check_same_bytes(self.records.setdefault(record.path, record), record)
        if len(self.records) > _MOST_BESIDE:
            raise ArtifactError(f"more than {_MOST_BESIDE} files beside it", at=self.at())
        if sum(one.bytes for one in self.records.values()) > self.max_bytes:
            raise ArtifactError(
                f"the files beside it have more bytes than the budget of {self.max_bytes}",
                at=self.at(),
            )

    def names(self, pattern: str, folder: str = ".") -> list[str]:
        """Return the names in a folder (relative to that of this file) that match, sorted.

        Names of folders are in it too; links and hidden files are not. None where there is no
        such folder, or it lies behind a link.

        Raises:
            ArtifactError: The folder holds too many names, or cannot be read.
        """
        other = self._other(f"{folder}/_")
        if other is None:
            return []
        path = os.path.join(other.anchor, *other.parts[:-1])  # noqa: PTH118  (surrogates stay)
        if os.path.realpath(path) != os.path.normpath(path):
            return []  # behind a link
        found = []
        try:
            with os.scandir(path) as entries:
                for count, entry in enumerate(entries, 1):
                    if count > _MOST_BESIDE:
                        raise ArtifactError(f"more than {_MOST_BESIDE} names", at=self.at())
                    is_plain = not (entry.is_symlink() or entry.name.startswith("."))
                    if is_plain and fnmatch.fnmatchcase(entry.name, pattern):
                        found.append(entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ArtifactError(
                f"the folder {shown(folder)} beside it cannot be read: {error.strerror}",
                at=self.at(),
                hint="let it be read by who runs the gate",
            ) from error
        return sorted(found)

    def _other(self, name: str) -> Found | None:
        if self.found is None or not _is_name(name):
            return None
        own = list(self.found.parts[:-1])
        above = self.found.shown.rpartition("/")[0].split("/")
        parts = [part for part in name.split("/") if part != "."]
        while parts and parts[0] == "..":
            if not own:
                return None
            own.pop()
            parts.pop(0)
            above = [*above, ".."] if above in ([""], []) or above[-1] == ".." else above[:-1]
        if not parts or ".." in parts or "" in parts:
            return None
        name_shown = "/".join(part for part in (*above, *parts) if part)
        return replace(self.found, parts=(*own, *parts), shown=name_shown, captures=())


def _is_name(name: str) -> bool:
    try:
        os.fsencode(name)  # a lone surrogate is no name
    except UnicodeEncodeError:
        return False
    return _NOT_A_NAME.search(name) is None


def plain(rows: Rows) -> Parsed:
    """Return the rows of a format that says nothing but its rows."""
    return Parsed(rows=rows)
