"""One file for both arms: the column of two values that tells candidate from baseline."""

import re
from collections.abc import Sequence

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import is_blank, short, text_of
from pytest_evalgate.artifacts.labels import found_values, scalar, to_copy
from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.propose_columns import Arms, can_be_written, load_one, words_of
from pytest_evalgate.gate.propose_names import is_arm_name, is_id_name, is_measured_name
from pytest_evalgate.surroundings import Surroundings


_MOST_VALUES = 20
_COMMIT = "git_commit"
_NEW = frozenset(
    ("new", "newer", "candidate", "cand", "challenger", "treatment", "after", "proposed", "next")
)
_OLD = frozenset(
    ("old", "older", "baseline", "base", "champion", "control", "before", "main", "previous")
)


def split(path: str, around: Surroundings, *, reader: str | None = None) -> Arms:
    """Find the column that splits one file into both arms, and which of its values is which.

    Raises:
        SampleError: no column does, or its values do not say; with the syntax to write by hand.
    """
    table = load_one("candidate", path, around, reader=reader)
    columns = {name: _texts(table, name) for name in sorted(table.columns) if can_be_written(name)}
    usable = {name: texts for name, texts in columns.items() if texts and _may_split(name)}
    for is_by_name in (True, False):
        for name, texts in usable.items():
            if len(texts) == 2 and is_arm_name(words_of(name)) is is_by_name:
                ordered = _ordered(texts, has_versions=is_by_name)
                if ordered is not None:
                    return Arms(
                        candidate=path, baseline=path, by=name, values=ordered, reader=reader
                    )
    raise _unsplit(path, usable)


def _texts(table: ArmTable, name: str) -> list[str]:
    """Return the different values of a column as text; none where it cannot name an arm."""
    cells = table.column(name)
    if any(is_blank(cell) or not isinstance(cell, str | int) for cell in cells):
        return []
    if any(isinstance(cell, bool) for cell in cells):
        return []
    found = sorted({text_of(cell) for cell in cells})
    return found if 1 < len(found) <= _MOST_VALUES else []


def _may_split(name: str) -> bool:
    words = words_of(name)
    return is_arm_name(words) or not (is_id_name(words) or is_measured_name(words))


def _ordered(texts: Sequence[str], *, has_versions: bool) -> tuple[str, str] | None:
    """Return the candidate's value and the baseline's, where they say which is which."""
    sides = [_side(text) for text in texts]
    first, second = texts
    if sides[0] == sides[1]:
        shapes = {re.sub(r"[0-9]+", "#", text) for text in texts}
        if len(shapes) > 1 or not has_versions:
            return None
        older, newer = sorted(texts, key=lambda text: list(map(int, re.findall("[0-9]+", text))))
        return newer, older
    return (first, second) if sides[0] > sides[1] else (second, first)


def _side(text: str) -> int:
    words = {word.lower() for word in re.findall("[A-Za-z]+", text)}
    return bool(words & _NEW) - bool(words & _OLD)


def _unsplit(path: str, usable: dict[str, list[str]]) -> SampleError:
    """Say what the file holds, and what to write by hand."""
    by_name = [name for name in usable if is_arm_name(words_of(name))]
    by_name.sort(key=lambda name: words_of(name)[-1:] == ("version",))  # of a tool, a benchmark
    by_name = [name for name in usable if name == _COMMIT] + by_name
    others = [name for name in usable if len(usable[name]) == 2]
    name = next(iter([*by_name, *others]), None)
    message = "candidate and baseline are the same file, and no column says which row is whose"
    first, second = "new", "old"
    if name is not None:
        message += f"; {found_values(name, usable[name])}"
        first, second = usable[name][:2]
    column = scalar(short(name or "model"))
    lines = (
        f"path: {scalar(path)}",
        f"candidate: {{where: {{{column}: {scalar(to_copy(first))}}}}}",
        f"baseline: {{where: {{{column}: {scalar(to_copy(second))}}}}}",
    )
    said = ", ".join(f"`{line}`" for line in lines)
    return SampleError(
        message,
        hint=f"name two files, or write the gate file by hand with {said}, each value where it "
        "belongs",
    )
