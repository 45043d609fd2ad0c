"""One benchmark of a result file of asv, whichever of its two versions wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.errors import ArtifactError


_HINT = "is the file whole? benchmark again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A benchmark: lists with a cell for each combination of its parameters, or None for none."""

    name: str
    params: list[list[object]]
    lists: Mapping[str, list[object] | None] = field(default_factory=dict)
    version: object = None
    started_at: object = None
    duration: object = None

    def columns(self, count: int, content: Content) -> dict[str, list[object]]:
        """Return the lists, None where there is no list.

        Raises:
            ArtifactError: A list that has not a cell for each combination.
        """
        found: dict[str, list[object]] = {}
        for name, cells in self.lists.items():
            if cells is not None and len(cells) != count:
                raise ArtifactError(
                    f"{shown(self.name)} has {count} combinations of parameters, "
                    f"and {len(cells)} cells of {name}",
                    at=content.at(),
                    hint=_HINT,
                )
            found[name] = cells if cells is not None else [None] * count
        return found


def entry_of(document: Mapping[str, object], name: str, content: Content) -> Entry:
    """Return the benchmark of that name.

    Raises:
        ArtifactError: It is not as asv writes it.
    """
    reader = _second if document["version"] == 2 else _first
    return reader(document, name, content)


def _first(document: Mapping[str, object], name: str, content: Content) -> Entry:
    """Version 1: a number, null, or an object; the rest in objects beside the results."""
    found = _mapping(document["results"])[name]
    about = found if isinstance(found, dict) else {"result": found}
    result = about.get("result")
    stats = _listed(about.get("stats"), name, "stats", content)
    return Entry(
        name=name,
        params=_params(about.get("params"), name, content),
        lists={
            "result": _listed(result, name, "result", content),
            "samples": _listed(about.get("samples"), name, "samples", content),
            **_stats_of_first(stats),
        },
        version=_mapping(document.get("benchmark_version")).get(name),
        started_at=_mapping(document.get("started_at")).get(name),
    )


def _stats_of_first(stats: list[object] | None) -> dict[str, list[object] | None]:
    keys = dict.fromkeys(key for cell in stats or () if isinstance(cell, dict) for key in cell)
    return {
        f"stats_{key}": [cell.get(key) if isinstance(cell, dict) else None for cell in stats or ()]
        for key in keys
    }


def _second(document: Mapping[str, object], name: str, content: Content) -> Entry:
    """Version 2: a list, whose places ``result_columns`` names; nulls at its end are left out."""
    columns, cells = document.get("result_columns"), _mapping(document["results"])[name]
    is_list = isinstance(columns, list) and all(isinstance(key, str) for key in columns)
    if not isinstance(columns, list) or not is_list or not {"result", "params"} <= set(columns):
        raise ArtifactError(
            f"result_columns is {shown(columns)}, expected a list with result and params",
            at=content.at(),
            hint=_HINT,
        )
    if not isinstance(cells, list) or len(cells) > len(columns):
        raise ArtifactError(
            f"{shown(name)}: found {shown(cells)}, expected a list of at most {len(columns)}",
            at=content.at(),
            hint=_HINT,
        )
    found = dict(zip(columns, [*cells, *[None] * (len(columns) - len(cells))], strict=True))
    lists = ["result", "samples", *(key for key in columns if str(key).startswith("stats_"))]
    return Entry(
        name=name,
        params=_params(found.get("params"), name, content),
        lists={key: _listed(found.get(key), name, key, content) for key in lists},
        version=found.get("version"),
        started_at=found.get("started_at"),
        duration=found.get("duration"),
    )


def _mapping(found: object) -> Mapping[str, object]:
    return found if isinstance(found, dict) else {}


def _params(found: object, name: str, content: Content) -> list[list[object]]:
    if found is None:
        return []
    if isinstance(found, list) and all(isinstance(values, list) for values in found):
        return found
    raise ArtifactError(
        f"{shown(name)}: params is {shown(found)}, expected a list of lists",
        at=content.at(),
        hint=_HINT,
    )


def _listed(found: object, name: str, key: str, content: Content) -> list[object] | None:
    if found is None or isinstance(found, list):
        return found
    if key == "result" and isinstance(found, int | float):
        return [found]
    raise ArtifactError(
        f"{shown(name)}: {key} is {shown(found)}, expected a list", at=content.at(), hint=_HINT
    )
