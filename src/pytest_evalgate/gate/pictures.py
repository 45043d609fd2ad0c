"""Small pictures of the data for the evidence: histograms, and the units that moved most."""

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.evidence import Histogram, Mover, Movers, Picture
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.histogram_edges import (
    MOST_VALUES,
    arm_edges,
    arm_steps,
    change_edges,
    change_steps,
)
from pytest_evalgate.gate.reduced import Reduced
from pytest_evalgate.gate.reduced_pictures import reduced_movers, reduced_picture


Floats = NDArray[np.float64]

MOVERS = 5
_FEW = 1_000  # values that mostly show that there are many different ones


def picture(data: Data) -> Picture:
    """Return histograms of the units of both arms, on common edges, and of paired differences."""
    if data.reduced is not None:
        return _seen(data.reduced)[0]
    baseline = data.baseline
    arms = [data.candidate] if baseline is None else [data.candidate, baseline]
    low, high = min(float(arm.min()) for arm in arms), max(float(arm.max()) for arm in arms)
    edges = arm_edges(low, high, _values(arms, lambda few: arm_steps(low, high, few)))
    return Picture(
        baseline=None if baseline is None else _histogram(baseline, edges),
        candidate=_histogram(data.candidate, edges),
        difference=(
            _changes(data.candidate, baseline) if data.is_paired and baseline is not None else None
        ),
    )


def movers(data: Data) -> Movers:
    """Return the paired units that moved most, five each way; none where units have no id."""
    if data.reduced is not None:
        return _seen(data.reduced)[1]
    if data.ids is None or data.baseline is None or not data.is_paired:
        return Movers()
    difference = data.candidate - data.baseline
    downs = [i for i in _smallest(difference) if difference[i] < 0]
    ups = [i for i in _smallest(-difference) if difference[i] > 0]
    return Movers(up=_movers(data, ups), down=_movers(data, downs))


def _smallest(values: Floats) -> list[int]:
    """Return the places of the smallest values, in order; ties by place, as units sort by id."""
    most = min(MOVERS, values.size)
    last = np.partition(values, most - 1)[most - 1]
    below = np.flatnonzero(values < last)
    equal = np.flatnonzero(values == last)[: most - below.size]
    below = below[np.argsort(values[below], kind="stable")]
    return [int(place) for place in (*below, *equal)]


def looked_at(data: Data) -> Data:
    """Return the same data; where aggregates stand for them, pictures have been asked for.

    What a table engine cannot answer must show while the rows can still be read instead.
    """
    if data.reduced is None:
        return data
    return replace(data, reduced=replace(data.reduced, seen=_seen(data.reduced)))


def _seen(reduced: Reduced) -> tuple[Picture, Movers]:
    if reduced.seen is not None:
        return reduced.seen
    return reduced_picture(reduced), reduced_movers(reduced, most=MOVERS)


def _movers(data: Data, indices: list[int]) -> tuple[Mover, ...]:
    if data.ids is None or data.baseline is None:
        return ()
    return tuple(
        Mover(id=data.ids[i], baseline=float(data.baseline[i]), candidate=float(data.candidate[i]))
        for i in indices
    )


def _changes(candidate: Floats, baseline: Floats) -> Histogram:
    """Return the histogram of paired differences."""
    with np.errstate(over="ignore"):
        changes = (candidate - baseline).clip(-sys.float_info.max, sys.float_info.max)
    low, high = float(changes.min()), float(changes.max())
    values = _values([changes], lambda few: change_steps(low, high, few))
    return _histogram(changes, change_edges(low, high, values))


def _values(arrays: list[Floats], steps: Callable[[Floats], int | None]) -> Floats | None:
    """Return the different values; None where they are many, or some do not stand on steps."""
    few = _different([array[:_FEW] for array in arrays])
    if few.size > MOST_VALUES or steps(few) is None:
        return None
    found = _different(arrays)
    return found if found.size <= MOST_VALUES else None


def _different(arrays: list[Floats]) -> Floats:
    return np.unique(np.concatenate([np.unique(array) for array in arrays]))


def _histogram(values: Floats, edges: tuple[float, ...]) -> Histogram:
    counts, _ = np.histogram(values, bins=edges)
    return Histogram(edges=edges, counts=tuple(int(count) for count in counts))
