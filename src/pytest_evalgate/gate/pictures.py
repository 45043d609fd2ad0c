"""Small pictures of the data for the evidence: histograms, and the units that moved most."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.evidence import Histogram, Mover, Movers, Picture
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.reduced import Reduced
from pytest_evalgate.gate.reduced_pictures import reduced_movers, reduced_picture


BINS = 20
MOVERS = 5
_FEW = 1_000  # values that mostly show that there are many different ones


def picture(data: Data) -> Picture:
    """Return histograms of the units of both arms, on common edges, and of paired differences."""
    if data.reduced is not None:
        return _seen(data.reduced)[0]
    edges = _edges(data.candidate, data.baseline)
    difference = None
    if data.is_paired and data.baseline is not None:
        difference = data.candidate - data.baseline
    return Picture(
        baseline=None if data.baseline is None else _histogram(data.baseline, edges),
        candidate=_histogram(data.candidate, edges),
        difference=None if difference is None else _histogram(difference, _edges(difference)),
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


def _smallest(values: NDArray[np.float64]) -> list[int]:
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
    return reduced_picture(reduced, bins=BINS), reduced_movers(reduced, most=MOVERS)


def _movers(data: Data, indices: list[int]) -> tuple[Mover, ...]:
    if data.ids is None or data.baseline is None:
        return ()
    return tuple(
        Mover(id=data.ids[i], baseline=float(data.baseline[i]), candidate=float(data.candidate[i]))
        for i in indices
    )


def _edges(*arrays: NDArray[np.float64] | None) -> NDArray[np.float64]:
    present = [array for array in arrays if array is not None]
    low = min(float(array.min()) for array in present)
    high = max(float(array.max()) for array in present)
    distinct = np.unique(np.concatenate([_distinct(array) for array in present]))
    bins = BINS if distinct.size > BINS else max(1, distinct.size)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def _distinct(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the different values, or more than ``BINS`` of them."""
    few = np.unique(values[:_FEW])
    return few if few.size > BINS else np.unique(values)[: BINS + 1]


def _histogram(values: NDArray[np.float64], edges: NDArray[np.float64]) -> Histogram:
    counts, _ = np.histogram(values, bins=edges)
    return Histogram(
        edges=tuple(float(edge) for edge in edges), counts=tuple(int(count) for count in counts)
    )
