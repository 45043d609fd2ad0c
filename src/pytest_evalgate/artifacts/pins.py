"""The digest that a gate file pins an arm with."""

from pytest_evalgate.artifacts.files import FileRecord, digest
from pytest_evalgate.artifacts.table import ArmTable


def pin(table: ArmTable) -> tuple[str, tuple[FileRecord, ...]]:
    """Return the digest of all files that were read for an arm, and the files by path.

    Of one file it is the file's own SHA-256. Of several it is that of the list which
    ``sha256sum`` prints of them, sorted by path: a line ``digest  path`` for each. Files of
    metadata, files beside and joined files are in the list: a number may come from any of them.
    """
    by_path = {file.path: file for file in table.files}
    files = tuple(by_path[path] for path in sorted(by_path))
    if len(files) == 1:
        return files[0].sha256, files
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in files)
    return digest(lines.encode("utf-8", "surrogateescape")), files
