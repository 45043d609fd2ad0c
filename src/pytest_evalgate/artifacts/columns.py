"""Column names to cells: an exact key, or a path of keys through nested objects and lists."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches

from pytest_evalgate.artifacts.cells import ABSENT, shown


Row = Mapping[str, object]
_INDEX = re.compile(r"-?(?:0|[1-9][0-9]{0,8})", re.ASCII)
_NAMES = 500  # most names remembered for hints
_MOST_LISTED = 12
_WORD = re.compile("[a-z0-9]+", re.ASCII)
# Words in the names of columns that hold what was measured.
_MEASURED = frozenset(
    (
        *("score", "scores", "correct", "accuracy", "acc", "success", "pass", "passed", "match"),
        *("f1", "em", "bleu", "loss", "error", "reward", "rating", "resolved", "win", "value"),
        *("preference", "metric", "metrics", "median", "mean", "result", "latency", "cost"),
    )
)


def lookup(name: str) -> Callable[[Row], object]:
    """Return a function that finds the column in a row, or ``ABSENT``.

    The whole name as a key comes first, then the longest part of it that is a key; whole numbers
    index lists, negative ones from the end.
    """
    parts = tuple(name.split("."))
    return lambda row: row[name] if name in row else _descend(row, parts)


def _descend(node: object, parts: tuple[str, ...]) -> object:
    if not parts:
        return node
    if isinstance(node, list):
        return _descend_list(node, parts)
    if not isinstance(node, Mapping):
        return ABSENT
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in node:
            found = _descend(node[key], parts[length:])
            if found is not ABSENT:
                return found
    return ABSENT


def _descend_list(node: list[object], parts: tuple[str, ...]) -> object:
    if not _INDEX.fullmatch(parts[0]):
        return ABSENT
    index = int(parts[0])
    if not -len(node) <= index < len(node):
        return ABSENT
    return _descend(node[index], parts[1:])


def flatten(row: Row) -> dict[str, object]:
    """Return a row with nested objects opened one level: ``{"doc": {"id": 1}}`` -> ``doc.id``."""
    flat: dict[str, object] = {}
    for key, cell in row.items():
        if isinstance(cell, dict) and cell:
            flat.update({f"{key}.{inner}": value for inner, value in cell.items()})
        else:
            flat[key] = cell
    return flat


def remember_names(names: set[str], row: Row) -> None:
    """Add the names that a user could have meant."""
    if len(names) < _NAMES:
        names.update(flatten(row))
        names.update(row)


def near_names(name: str, known: Iterable[str]) -> str:
    """Say which known columns a misspelt name is close to, or which there are."""
    known = sorted(known)
    last = name.rpartition(".")[2]
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    near += [other for other in known if other.rpartition(".")[2] == last and other not in near]
    if near:
        return f"did you mean {', '.join(shown(other) for other in near[:3])}?"
    known.sort(key=lambda other: _rank(other, known))
    listed = ", ".join(shown(other) for other in known[:_MOST_LISTED])
    more = f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
    return f"the columns are {listed}{more}"


def _rank(name: str, known: Collection[str]) -> tuple[int, int]:
    """Order columns by how likely they are meant: scores first, then plain ones, then parts."""
    words = set(_WORD.findall(name.lower()))
    is_scorer = f"scores.{name}" in known
    return not (is_scorer or words & _MEASURED), name.count(".") + name.startswith("_")
