"""The meta.yaml files of a file store of MLflow: flat mappings of names and scalars."""

from collections.abc import Iterator
from typing import Final

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.jsontext import decode
from pytest_evalgate.errors import ArtifactError, Location


_MAX_BYTES: Final = 1 << 18
_HINT: Final = "is the file whole? copy the store again"


def read_meta(data: bytes, path: str) -> dict[str, str]:
    """Return the scalars as written, null and values that are not scalars left out.

    The nodes are looked at and no object is made of them, so no tag or alias can do harm.

    Raises:
        ArtifactError: Not a YAML mapping, too large, or a name twice.
    """
    import yaml  # noqa: PLC0415

    if len(data) > _MAX_BYTES:
        raise ArtifactError(
            f"the file has {len(data)} bytes, more than {_MAX_BYTES}",
            at=Location(path=path),
            hint="is it a meta.yaml of MLflow?",
        )
    try:
        root = yaml.compose(decode(data, path), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise ArtifactError(
            f"not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}",
            at=Location(path=path, line=mark.line + 1 if mark else None),
            hint=_HINT,
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise ArtifactError(
            "found no mapping of names and values", at=Location(path=path), hint=_HINT
        )
    found: dict[str, str] = {}
    seen: set[str] = set()
    for name, value, line in _pairs(root):
        if name in seen:
            raise ArtifactError(
                f"duplicate key {shown(name)}", at=Location(path=path, line=line), hint=_HINT
            )
        seen.add(name)
        if value is not None:
            found[name] = value
    return found


def _pairs(root: object) -> Iterator[tuple[str, str | None, int]]:
    import yaml  # noqa: PLC0415

    if not isinstance(root, yaml.MappingNode):
        raise TypeError(root)
    for key, node in root.value:
        is_scalar = isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null"
        yield str(key.value), node.value if is_scalar else None, key.start_mark.line + 1
