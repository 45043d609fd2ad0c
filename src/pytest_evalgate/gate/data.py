"""The arrays that a method gets: arms paired or not, runs and units crossed or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Counts
from pytest_evalgate.gate.reduced import Reduced


Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The units of both arms as arrays.

    ``candidate`` and ``baseline`` hold one value a unit, shape (n,), in the same order of units
    when paired. In a crossed design they are the means over runs, and the cells, shape
    (runs, n), stand beside them.
    """

    candidate: Array
    baseline: Array | None
    is_paired: bool
    ids: Sequence[str] | None = None  # of paired units
    candidate_clusters: tuple[str, ...] | None = None
    baseline_clusters: tuple[str, ...] | None = None
    candidate_cells: Array | None = None
    baseline_cells: Array | None = None
    # Further columns, see ``Sample.extras``: shape (n,), or (runs, n) in a crossed design.
    candidate_extras: Mapping[str, Array] = field(default_factory=dict)
    baseline_extras: Mapping[str, Array] = field(default_factory=dict)
    candidate_tasks: tuple[str, ...] | None = None
    baseline_tasks: tuple[str, ...] | None = None
    # Of a crossed design with holes: the run and the unit of each value, shape (n,).
    candidate_at: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    baseline_at: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    counts: Counts
    reduced: Reduced | None = None  # where it stands for the rows: then every value above is NaN

    def logs(self) -> "Data":
        """Return the same data on the log scale.

        Raises:
            UndefinedTestError: a value is not above 0.
        """
        arrays = {
            name: getattr(self, name)
            for name in ("candidate", "baseline", "candidate_cells", "baseline_cells")
            if getattr(self, name) is not None
        }
        for array in arrays.values():
            if not (array > 0).all():
                raise UndefinedTestError(
                    f"a geometric mean needs values above 0, found {array.min():g}",
                    hint="leave `statistic: geomean` out, or mend the values",
                )
        logged = {name: np.log(array) for name, array in arrays.items()}
        # The mean over runs of logs, not the log of the mean over runs.
        for arm in ("candidate", "baseline"):
            if f"{arm}_cells" in logged:
                logged[arm] = logged[f"{arm}_cells"].mean(axis=0)
        return replace(self, **logged)

    def scaled_baseline(self, factor: float) -> "Data":
        """Return the same data with the baseline multiplied by ``factor``."""
        if factor == 1.0 or self.baseline is None:
            return self
        return replace(
            self,
            baseline=self.baseline * factor,
            baseline_cells=None if self.baseline_cells is None else self.baseline_cells * factor,
        )

    def only_baseline(self) -> "Data":
        """Return the baseline alone, as an arm of its own."""
        if self.baseline is None:
            raise ValueError("there is no baseline")
        clusters = self.candidate_clusters if self.is_paired else self.baseline_clusters
        return replace(
            self,
            candidate=self.baseline,
            candidate_cells=self.baseline_cells,
            candidate_clusters=clusters,
            candidate_extras=self.baseline_extras,
            candidate_tasks=self.baseline_tasks,
            candidate_at=self.baseline_at,
            baseline=None,
            baseline_cells=None,
            baseline_extras={},
            baseline_tasks=None,
            baseline_at=None,
            is_paired=False,
        )
