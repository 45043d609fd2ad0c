"""Files of one arm that hold the same bytes: a copy under a second name is no new evidence."""

from collections.abc import Iterable

from pytest_evalgate.artifacts.files import FileRecord
from pytest_evalgate.errors import ArtifactError, Location


_CHANCE = 200  # bytes up to which two files of one row, such as {"acc": 0.92}, may agree by chance


def check_copies(files: Iterable[FileRecord]) -> tuple[str, ...]:
    """Refuse files of rows with the same bytes; return a note on short ones that may be chance.

    Raises:
        ArtifactError: Two files of several rows, or of one long row, are the same.
    """
    first: dict[str, str] = {}
    by_chance: set[str] = set()
    for file in sorted((file for file in files if file.rows), key=lambda file: file.path):
        other = first.setdefault(file.sha256, file.path)
        if other == file.path:
            continue
        if file.rows > 1 or file.bytes > _CHANCE:
            raise ArtifactError(
                f"{file.path} and {other} hold the same bytes: a copy is not new evidence",
                at=Location(path=file.path),
                hint="evaluate again, or make the path match one of them only",
            )
        by_chance |= {file.path, other}
    if not by_chance:
        return ()
    return (f"{len(by_chance)} files hold the same bytes as another of the arm",)
