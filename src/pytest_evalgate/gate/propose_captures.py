"""Runs that only folders or file names tell apart: `seed_*/metrics.json` -> `seed_{seed}/...`."""

import re
from dataclasses import replace

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.paths import find
from pytest_evalgate.errors import ArtifactError
from pytest_evalgate.gate.propose_columns import Arms
from pytest_evalgate.surroundings import Surroundings


_STAR = re.compile(r"(?<!\*)\*(?!\*)")
_BEFORE = re.compile(r"(?:^|[^A-Za-z])(seed|run|fold|split)s?[-_=./]*$", re.IGNORECASE)
_RUN = "run"


def captured(
    arms: Arms, tables: tuple[ArmTable, ArmTable], around: Surroundings
) -> tuple[Arms, str] | None:
    """Return the arms with the one part captured in which their paths vary, and its name.

    None unless each file is one row, or the text before that part says that it is a run.
    """
    if arms.by is not None:
        return None
    found = [_of_arm(path, table, around) for path, table in zip(arms.paths, tables, strict=True)]
    candidate, baseline = found
    if candidate is None or baseline is None:
        return None
    name = candidate[1] if candidate[1] == baseline[1] else _RUN
    written = [
        f"{path[:place]}{{{name}}}{path[place + 1 :]}"
        for path, (place, _) in zip(arms.paths, (candidate, baseline), strict=True)
    ]
    return replace(arms, candidate=written[0], baseline=written[1]), name


def is_a_row_each(tables: tuple[ArmTable, ArmTable]) -> bool:
    """Whether both arms are several files of one row each."""
    return all(_rows(table) == {1} and len(table.sources) > 1 for table in tables)


def _rows(table: ArmTable) -> set[int]:
    return {source.record.rows for source in table.sources}


def _of_arm(path: str, table: ArmTable, around: Surroundings) -> tuple[int, str] | None:
    """Return where the varying `*` of a path stands, and what its part is to be called."""
    place = _varying(path, around)
    if place is None or len(table.sources) < 2:
        return None
    before = _BEFORE.search(path[:place])
    if before is None and _rows(table) != {1}:
        return None
    return place, before[1].lower() if before else _RUN


def _varying(path: str, around: Surroundings) -> int | None:
    places = [match.start() for match in _STAR.finditer(path)]
    if not places or "{" in path or "?" in path:
        return None
    parts = iter(range(len(places)))
    pattern = _STAR.sub(lambda _: f"{{part{next(parts)}}}", path)
    try:
        files = find(pattern, base=around.base, root=around.root)
    except ArtifactError:  # a name that can be read in two ways
        return None
    values = [
        {value for _, value in pairs} for pairs in zip(*(f.captures for f in files), strict=True)
    ]
    varying = [place for place, found in zip(places, values, strict=True) if len(found) > 1]
    is_exact = len(varying) == 1 and len(values[places.index(varying[0])]) == len(files)
    return varying[0] if is_exact else None
