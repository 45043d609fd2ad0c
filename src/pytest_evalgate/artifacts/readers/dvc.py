"""DVC and DVCLive: a metrics file in JSON, one row a file, so a run; nested names are paths."""

from collections.abc import Iterable, Mapping

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.errors import ArtifactError


_HINT = "name a metrics file in JSON, such as dvclive/metrics.json"


def parse(content: Content) -> Parsed:
    """Read the metrics of one run.

    Raises:
        ArtifactError: Not an object of metrics, or no number in it.
    """
    if content.path.lower().endswith((".yaml", ".yml", ".toml")):
        raise ArtifactError(
            "metrics in YAML or TOML are not read", at=content.at(), hint=f"write JSON; {_HINT}"
        )
    metrics = parse_document(content.data, content.path, allow_nan=True)
    if not isinstance(metrics, dict):
        raise ArtifactError(
            f"found {shown(metrics)}, expected one object of metrics", at=content.at(), hint=_HINT
        )
    if not any(_numbers(metrics.values())):
        raise ArtifactError(
            f"no number among the metrics: {shown(metrics)}",
            at=content.at(),
            hint="did the stage that writes them run?",
        )
    return Parsed(rows=iter([(1, metrics)]), metadata={"harness": "dvc"})


def _numbers(cells: Iterable[object]) -> Iterable[bool]:
    """Yield whether each cell is a number, nested ones too."""
    for cell in cells:
        if isinstance(cell, Mapping):
            yield from _numbers(cell.values())
        elif isinstance(cell, list):
            yield from _numbers(cell)
        else:
            yield isinstance(cell, int | float) and not isinstance(cell, bool)
