"""Metadata beside a file: ``x.meta.json`` for ``x.jsonl``, ``meta.json`` for a whole folder."""

from dataclasses import dataclass, replace

from pytest_evalgate.artifacts.cells import shown, text_of
from pytest_evalgate.artifacts.files import FileRecord, digest, exists, read_file
from pytest_evalgate.artifacts.paths import Found
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.errors import ArtifactError, Location


_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Scalars that hold for each row of a file, and the files they were read from."""

    scalars: dict[str, object]
    records: tuple[FileRecord, ...]
    givers: dict[str, str]  # path of the file that each scalar was read from

    def texts(self) -> dict[str, str]:
        """Return the scalars as text, null left out."""
        return {key: text_of(cell) for key, cell in self.scalars.items() if cell is not None}


def read_metadata(found: Found) -> Metadata:
    """Read the files of metadata beside a file; its own one wins over that of the folder.

    Raises:
        ArtifactError: One that is not a JSON object, or a YAML one, which is not read.
    """
    stem = found.parts[-1].rpartition(".")[0] or found.parts[-1]
    for ending in (".meta.yaml", ".meta.yml"):
        if exists(beside := _beside(found, stem + ending)):
            raise ArtifactError(
                "metadata in YAML are not read",
                at=Location(path=beside.shown),
                hint=f"write them as {shown(stem + '.meta.json')}",
            )
    scalars: dict[str, object] = {}
    givers: dict[str, str] = {}
    records = []
    for name in ("meta.json", stem + ".meta.json"):
        beside = _beside(found, name)
        if name == found.parts[-1] or not exists(beside):
            continue
        data = read_file(beside, max_bytes=_MAX_BYTES)
        content = parse_document(data, beside.shown)
        if not isinstance(content, dict):
            raise ArtifactError(
                f"found {shown(content)}, expected one object of metadata",
                at=Location(path=beside.shown),
            )
        own = {key: cell for key, cell in content.items() if not isinstance(cell, dict | list)}
        scalars.update(own)
        givers.update(dict.fromkeys(own, beside.shown))
        records.append(
            FileRecord(
                path=beside.shown, sha256=digest(data), bytes=len(data), rows=0, reader="json"
            )
        )
    return Metadata(scalars=scalars, records=tuple(records), givers=givers)


def _beside(found: Found, name: str) -> Found:
    folder = found.shown.rpartition("/")[0]
    shown_name = f"{folder}/{name}" if folder else name
    return replace(found, parts=(*found.parts[:-1], name), shown=shown_name, captures=())
