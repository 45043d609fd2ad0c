"""A part of a path as a column: how the pattern of files that are there could be written."""

import re
from collections.abc import Sequence
from itertools import takewhile


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_DIGITS = "0123456789"


def capture_hint(paths: Sequence[str], name: str) -> str:
    """Ask whether a column is a part of the path, and write the pattern that captures it.

    Args:
        paths: Files that were read, as a gate file names them.
        name: The column that no row has.
    """
    column = name if _NAME.fullmatch(name) else "run"
    return f"is the {column} in the path? write {_pattern(paths, column)}"


def _pattern(paths: Sequence[str], name: str) -> str:
    """Replace the one part in which the paths differ; any will do as an example."""
    start = _common(paths).rstrip(_DIGITS)
    rests = [path[len(start) :] for path in paths]
    end = _common([rest[::-1] for rest in rests])[::-1].lstrip(_DIGITS)
    middles = {path[len(start) : len(path) - len(end)] for path in paths}
    if len(middles) < 2 or "" in middles or any("/" in middle for middle in middles):
        return f"{name}_{{{name}}}/metrics.json"
    return f"{start}{{{name}}}{end}"


def _common(texts: Sequence[str]) -> str:
    """Return what all texts begin with, letter by letter."""
    return "".join(
        letters[0]
        for letters in takewhile(lambda one: len(set(one)) == 1, zip(*texts, strict=False))
    )
