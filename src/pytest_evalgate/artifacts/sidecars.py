"""Metadata beside a file: ``x.meta.json`` for ``x.jsonl``, ``meta.json`` for a whole folder.

Each may be YAML instead: ``x.meta.yaml``, ``meta.yaml``, or with the ending ``.yml``. A packed file
has the metadata of the plain one: ``x.meta.json`` is that of ``x.jsonl.gz`` too.
"""

from dataclasses import dataclass, replace

from pytest_evalgate.artifacts.cells import shown, text_of
from pytest_evalgate.artifacts.files import FileRecord, digest, exists, read_file
from pytest_evalgate.artifacts.paths import Found
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.artifacts.yaml_text import parse_yaml
from pytest_evalgate.errors import ArtifactError, Location


_MAX_BYTES = 1 << 20
_ENDINGS = (".json", ".yaml", ".yml")


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
        ArtifactError: One that is no object of strict JSON or YAML; two of one stem.
    """
    plain = found.parts[-1].removesuffix(".gz")
    stem = plain.rpartition(".")[0] or plain
    scalars: dict[str, object] = {}
    givers: dict[str, str] = {}
    records = []
    for name in ("meta", stem + ".meta"):
        beside = _one_of(found, name)
        if beside is None:
            continue
        data = read_file(beside, max_bytes=_MAX_BYTES)
        form = "json" if beside.shown.endswith(".json") else "yaml"
        parse = parse_document if form == "json" else parse_yaml
        content = parse(data, beside.shown)
        if not isinstance(content, dict):
            raise ArtifactError(
                f"found {shown(content)}, expected one object of metadata",
                at=Location(path=beside.shown),
                hint="write `key: value` for each, such as `dataset_version: v3`",
            )
        own = {key: cell for key, cell in content.items() if not isinstance(cell, dict | list)}
        scalars.update(own)
        givers.update(dict.fromkeys(own, beside.shown))
        records.append(
            FileRecord(path=beside.shown, sha256=digest(data), bytes=len(data), rows=0, reader=form)
        )
    return Metadata(scalars=scalars, records=tuple(records), givers=givers)


def _one_of(found: Found, name: str) -> Found | None:
    """Return the file of metadata of that name, whatever its ending."""
    there = [
        beside
        for ending in _ENDINGS
        if name + ending != found.parts[-1] and exists(beside := _beside(found, name + ending))
    ]
    if len(there) > 1:
        raise ArtifactError(
            f"two files of metadata, {shown(there[0].parts[-1])} and {shown(there[1].parts[-1])}",
            at=Location(path=there[0].shown),
            hint="keep one of them",
        )
    return there[0] if there else None


def _beside(found: Found, name: str) -> Found:
    folder = found.shown.rpartition("/")[0]
    shown_name = f"{folder}/{name}" if folder else name
    return replace(found, parts=(*found.parts[:-1], name), shown=shown_name, captures=())
