"""One arm's samples: one value a unit, sorted, with everything left out counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


Repeats = tuple[str, ...]  # labels of the repeats of one unit, sorted; "" for each without a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The units of one arm after ``where``, ``map``, ``scale`` and averaging of repeats.

    Entries are sorted by (id, run) as text, and by value (then cluster) where there is neither,
    so that the order of rows in a file cannot move a number. All tuples have the length of
    ``values``; ids, runs and clusters are None where the artifact declares none.
    """

    values: NDArray[np.float64]  # shape (n,), finite
    ids: Sequence[str] | None = None  # a tuple, or what reads like one
    runs: tuple[str, ...] | None = None
    clusters: tuple[str, ...] | None = None
    tasks: tuple[str, ...] | None = None
    # Further columns of the same units, shape (n,) each: label, per, covariate, gold, zero, one.
    # Finite, but for gold, which is NaN where no person looked.
    extras: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    counts: NDArray[np.intp] | None = None  # rows averaged into each unit, shape (n,)
    is_binary: bool = False  # every value, before averaging, was 0 or 1 (or a boolean)
    rows: int = 0  # rows after ``where``
    repeats: int = 1  # most rows averaged into one unit
    dropped: int = 0  # units (or rows without unit) left out by `missing: drop`
    filled: int = 0  # units with a value filled in by `missing: worst`
    notes: tuple[str, ...] = field(default=())  # what a reader of the report should know
    left_out: int = 0  # rows that the metric's own ``where`` left out
    missing: int = 0  # units (or rows without unit) with a missing value, whatever became of them
    dropped_ids: tuple[str, ...] = ()  # ids of dropped units, so that pairing can tell them from
    dropped_runs: tuple[str, ...] = ()  # ids that never were; runs likewise, entry by entry
    # Repeats that each value is the mean of; None where no repeat is declared, and for a unit of
    # which the arm has no row of its own.
    repeats_of: tuple[Repeats | None, ...] | None = None
    partial_ids: tuple[str, ...] = ()  # ids of units that `missing: drop` took some repeats from,
    partial_runs: tuple[str, ...] = ()  # and their runs, entry by entry
