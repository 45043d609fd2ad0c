"""Which repeats of each unit an average is over: the same ones in both arms, or no comparison."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import short, shown, shown_ids
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.artifacts.sample import Repeats, Sample
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.errors import SampleError


_MOST = 5  # units that a message names


def row_repeats(table: ArmTable, column: str, rows: Sequence[int]) -> list[str | None]:
    """Return the label of the repeat of each row; of rows numbered by place only, one for all.

    A row that a join added is no repeat of anything, where its number is all that could say so:
    None.
    """
    if column in table.places:
        sources = table.origin.source
        is_joined = [source.is_joined for source in table.sources]
        return [None if is_joined[sources[row]] else "" for row in rows]
    return list(key_texts([column], [table.column(column)], rows, locate=table.locate))


def unit_repeats(
    labels: Sequence[str | None], unit: NDArray[np.intp]
) -> tuple[Repeats | None, ...]:
    """Return the labels of each unit, sorted.

    Args:
        labels: Of each row.
        unit: Unit of each row, ascending from 0 without gaps.
    """
    starts = np.flatnonzero(np.diff(unit, prepend=-1)).tolist()
    known: dict[Repeats | None, Repeats | None] = {}  # most units share one set
    found = (
        repeats_of(labels[start:stop])
        for start, stop in zip(starts, [*starts[1:], len(labels)], strict=True)
    )
    return tuple(known.setdefault(repeats, repeats) for repeats in found)


def repeats_of(labels: Iterable[str | None]) -> Repeats | None:
    """Return the labels of one unit, sorted; None where no row of it is a repeat."""
    labels = tuple(labels)
    if all(label is None for label in labels):
        return None
    return tuple(sorted(label or "" for label in labels))


def check_repeats(
    candidate: Sample, baseline: Sample, *, names: Iterable[str] | None = None
) -> None:
    """Refuse units of both arms whose averages are over different repeats.

    A repeat that failed and was deleted would else only flatter its arm. Units are told by id, or
    by run where there is none; with both, an id must have the same sets of repeats in the runs of
    both arms. Nothing is checked where one arm declares no repeat.

    Args:
        candidate: Sample of one arm.
        baseline: Sample of the other.
        names: The units to look at; all that both arms have by default.

    Raises:
        SampleError: Up to five units and the number of repeats in each arm.
    """
    if candidate.repeats_of == baseline.repeats_of and _keys(candidate) == _keys(baseline):
        return
    left, right = _by_name(candidate), _by_name(baseline)
    if left is None or right is None:
        return
    both = left.keys() & right.keys() if names is None else set(names)
    differing = sorted(
        name for name in both if left[name] != right[name] and None not in left[name] | right[name]
    )
    if not differing:
        return
    listed = ", ".join(_words(name, left[name], right[name]) for name in differing[:_MOST])
    raise SampleError(
        f"{len(differing)} of {len(both)} units are averaged over other repeats in each arm: "
        f"{listed}{', ...' if len(differing) > _MOST else ''}",
        hint="give each unit the same repeats in both arms, failed ones too; `repeat: _row` where "
        "their labels have nothing in common",
    )


def _keys(sample: Sample) -> tuple[object, object]:
    return sample.ids, sample.runs


def _by_name(sample: Sample) -> dict[str, set[Repeats | None]] | None:
    names = sample.ids if sample.ids is not None else sample.runs
    if names is None or sample.repeats_of is None:
        return None
    found: dict[str, set[Repeats | None]] = {}
    for name, repeats in zip(names, sample.repeats_of, strict=True):
        found.setdefault(name, set()).add(repeats)
    return found


def _words(name: str, candidate: set[Repeats | None], baseline: set[Repeats | None]) -> str:
    sides = (candidate - baseline or candidate, baseline - candidate or baseline)
    least = [min(len(repeats or ()) for repeats in side) for side in sides]
    words = f"{least[0]} in the candidate, {least[1]} in the baseline"
    if least[0] == least[1]:
        labels = [{label for repeats in side for label in repeats or ()} for side in sides]
        alone = sorted(labels[0] - labels[1])
        words = f"{least[0]} in each" + (
            f", {shown_ids(alone)} only in the candidate" if alone else ""
        )
    return f"{shown(short(name))} ({words})"
