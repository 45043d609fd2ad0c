"""Small pictures of rows that are not at hand: histograms by counts, and the units that moved."""

from itertools import pairwise

import numpy as np

from pytest_evalgate.artifacts.reduced import MovedUnit, ReducedColumn
from pytest_evalgate.evidence import Histogram, Mover, Movers, Picture
from pytest_evalgate.gate.reduced import Reduced


def reduced_picture(reduced: Reduced, *, bins: int) -> Picture:
    """Return histograms of both arms, on common edges, and of paired differences."""
    edges = _edges(reduced.arms, bins)
    baseline = reduced.baseline
    difference = None if reduced.pair is None else reduced.pair.contrast(1.0)
    return Picture(
        baseline=None if baseline is None else _histogram(baseline, edges),
        candidate=_histogram(reduced.candidate, edges),
        difference=(
            None if difference is None else _histogram(difference, _edges((difference,), bins))
        ),
    )


def reduced_movers(reduced: Reduced, *, most: int) -> Movers:
    """Return the paired units that moved most, so many each way."""
    if reduced.pair is None:
        return Movers()
    down, up = reduced.pair.movers(most)
    return Movers(
        up=tuple(_mover(unit) for unit in up if unit.candidate - unit.baseline > 0),
        down=tuple(_mover(unit) for unit in down if unit.candidate - unit.baseline < 0),
    )


def _mover(unit: MovedUnit) -> Mover:
    return Mover(id=unit.id, baseline=unit.baseline, candidate=unit.candidate)


def _edges(columns: tuple[ReducedColumn, ...], bins: int) -> tuple[float, ...]:
    """Return edges as of the values: a bin for each of a few values, else all bins."""
    low = min(column.moments.low for column in columns)
    high = max(column.moments.high for column in columns)
    known: set[float] | None = set()
    for column in columns:
        found = column.distinct(bins)
        known = None if found is None or known is None else known | found.keys()
    count = bins if known is None or len(known) > bins else max(1, len(known))
    if low == high:
        low, high = low - 0.5, high + 0.5
    return tuple(float(edge) for edge in np.linspace(low, high, count + 1))


def _histogram(column: ReducedColumn, edges: tuple[float, ...]) -> Histogram:
    """Count between edges; the last bin takes its upper edge too."""
    below = (*column.below(edges[:-1]), column.moments.n)
    counts = tuple(after - before for before, after in pairwise(below))
    return Histogram(edges=edges, counts=counts)
