"""Small pictures of rows that are not at hand: histograms by counts, and the units that moved."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.reduced import MovedUnit, ReducedColumn
from pytest_evalgate.evidence import Histogram, Mover, Movers, Picture
from pytest_evalgate.gate.histogram_edges import MOST_VALUES, arm_edges, change_edges
from pytest_evalgate.gate.reduced import Reduced


def reduced_picture(reduced: Reduced) -> Picture:
    """Return histograms of both arms, on common edges, and of paired differences."""
    edges = arm_edges(*_ends(*reduced.arms), _values(*reduced.arms))
    baseline = reduced.baseline
    change = None if reduced.pair is None else reduced.pair.contrast(1.0)
    return Picture(
        baseline=None if baseline is None else _histogram(baseline, edges),
        candidate=_histogram(reduced.candidate, edges),
        difference=(
            None
            if change is None
            else _histogram(change, change_edges(*_ends(change), _values(change)))
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


def _ends(*columns: ReducedColumn) -> tuple[float, float]:
    moments = [column.moments for column in columns]
    return min(one.low for one in moments), max(one.high for one in moments)


def _values(*columns: ReducedColumn) -> NDArray[np.float64] | None:
    """Return the different values; None where they are many."""
    known: set[float] = set()
    for column in columns:
        found = column.distinct(MOST_VALUES)
        if found is None:
            return None
        known |= found.keys()
    return np.array(sorted(known)) if len(known) <= MOST_VALUES else None


def _histogram(column: ReducedColumn, edges: tuple[float, ...]) -> Histogram:
    """Count between edges; the last bin takes its upper edge too."""
    below = (*column.below(edges[:-1]), column.moments.n)
    counts = tuple(after - before for before, after in pairwise(below))
    return Histogram(edges=edges, counts=counts)
