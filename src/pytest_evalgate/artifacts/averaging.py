"""Rows to units: repeats averaged, in an order that no file can move."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.repeats import repeats_of
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.artifacts.units import Units


def average(
    units: Units,
    values: NDArray[np.float64],
    unit: NDArray[np.intp],
    *,
    asked: NDArray[np.intp],
    extras: dict[str, NDArray[np.float64]],
) -> Sample:
    """Average the repeats of each unit; units are those of ``asked``."""
    is_binary = bool(((values == 0) | (values == 1)).all())
    present = distinct(unit)
    counts = np.bincount(unit)[present] if unit.size else np.zeros(0, dtype=np.intp)
    if values.size > present.size:
        values = _means(values, unit)
        extras = {name: _means(column, unit) for name, column in extras.items()}
    clusters, tasks = _pick(units.clusters, present), _pick(units.tasks, present)
    if units.ids is None and units.runs is None:
        order = _by_value(values, (clusters, tasks), extras)
        values, counts = values[order], counts[order]
        clusters, tasks = (
            None if texts is None else tuple(map(texts.__getitem__, order.tolist()))
            for texts in (clusters, tasks)
        )
        extras = {name: column[order] for name, column in extras.items()}
    lost = np.setdiff1d(asked, present)
    return Sample(
        values=values,
        ids=_pick(units.ids, present),
        runs=_pick(units.runs, present),
        clusters=clusters,
        tasks=tasks,
        extras=extras,
        counts=counts,
        is_binary=is_binary,
        repeats=int(counts.max(initial=1)),
        dropped=int(lost.size),
        dropped_ids=_pick(units.ids, lost) or (),
        dropped_runs=_pick(units.runs, lost) or (),
    )


def with_repeats(
    sample: Sample, units: Units, *, kept: NDArray[np.intp], lost: NDArray[np.intp]
) -> Sample:
    """Note which repeats each value is the mean of; ``lost`` are the places of dropped rows."""
    if units.repeats is None or units.row_repeats is None:
        return sample
    repeats = list(units.repeats)
    without = set(lost.tolist())
    partial = np.intersect1d(units.unit[lost], kept)
    for index in partial.tolist():
        start, stop = np.searchsorted(units.unit, [index, index + 1]).tolist()
        left = (units.row_repeats[place] for place in range(start, stop) if place not in without)
        repeats[index] = repeats_of(left)
    return replace(
        sample,
        repeats_of=tuple(repeats[index] for index in kept.tolist()),
        partial_ids=_pick(units.ids, partial) or (),
        partial_runs=_pick(units.runs, partial) or (),
    )


def distinct(ascending: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each number of an ascending array once; many times faster than ``np.unique``."""
    found: NDArray[np.intp] = ascending[np.diff(ascending, prepend=-1) != 0]
    return found


def _means(values: NDArray[np.float64], unit: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean of each unit."""
    # Sorted by value, so that the order of rows cannot move a rounding error.
    values = values[np.lexsort((values, unit))]
    starts = np.flatnonzero(np.diff(unit, prepend=-1))
    counts = np.diff(starts, append=unit.size)
    # Sum of distances to the least: repeats that are equal give just that number.
    least = values[starts]
    rest = np.add.reduceat(values - np.repeat(least, counts), starts)
    return np.asarray(least + rest / counts, dtype=np.float64)


def _pick(texts: tuple[str, ...] | None, which: NDArray[np.intp]) -> tuple[str, ...] | None:
    """Take the texts of some units, in ascending order."""
    if texts is None or len(which) == len(texts):
        return texts
    return tuple(texts[index] for index in which.tolist())


def _by_value(
    values: NDArray[np.float64],
    texts: tuple[tuple[str, ...] | None, ...],
    extras: dict[str, NDArray[np.float64]],
) -> NDArray[np.intp]:
    """Return an order of rows without keys that does not depend on how the file orders them."""
    codes = [np.unique(np.array(one), return_inverse=True)[1] for one in texts if one is not None]
    columns = [extras[name] for name in sorted(extras)]
    return np.lexsort((*reversed((*codes, *columns)), values))
