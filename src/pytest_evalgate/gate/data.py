"""The arrays that a method gets: arms paired or not, runs and units crossed or not."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import shown_list
from pytest_evalgate.artifacts.pairing import cells, pair_by_id, pair_by_run
from pytest_evalgate.artifacts.repeats import check_repeats
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import SampleError, UndefinedTestError
from pytest_evalgate.evidence import Counts
from pytest_evalgate.gate.choose import Unit
from pytest_evalgate.gate.samples import RuleSamples


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
    ids: tuple[str, ...] | None = None  # of paired units
    candidate_clusters: tuple[str, ...] | None = None
    baseline_clusters: tuple[str, ...] | None = None
    candidate_cells: Array | None = None
    baseline_cells: Array | None = None
    counts: Counts

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
            baseline=None,
            baseline_cells=None,
            is_paired=False,
        )


def arrange(samples: RuleSamples) -> Data:
    """Bring the samples of a rule into the arrays of its design.

    Raises:
        SampleError: ids or runs do not match; a cell of a crossed design is missing.
    """
    if samples.baseline is not None:  # averages of other repeats are other numbers
        check_repeats(samples.candidate, samples.baseline)
    if samples.unit is Unit.CROSSED:
        return _crossed(samples)
    if samples.baseline is None:
        return Data(
            candidate=samples.candidate.values,
            baseline=None,
            is_paired=False,
            candidate_clusters=samples.candidate.clusters,
            counts=_counts(samples, candidate=samples.candidate.values.size),
        )
    if samples.is_paired:
        return _paired(samples, samples.candidate, samples.baseline)
    if samples.is_overlap_declared and samples.candidate.ids is not None:
        # Unpaired by choice, but the file asks for the same units: only the check is wanted.
        pair_by_id(samples.candidate, samples.baseline, overlap=samples.overlap)
    return Data(
        candidate=samples.candidate.values,
        baseline=samples.baseline.values,
        is_paired=False,
        candidate_clusters=samples.candidate.clusters,
        baseline_clusters=samples.baseline.clusters,
        counts=_counts(
            samples,
            candidate=samples.candidate.values.size,
            baseline=samples.baseline.values.size,
        ),
    )


def _paired(samples: RuleSamples, candidate: Sample, baseline: Sample) -> Data:
    by_run = samples.unit is Unit.RUN
    pairs = (
        pair_by_run(candidate, baseline)
        if by_run
        else pair_by_id(candidate, baseline, overlap=samples.overlap)
    )
    n = pairs.candidate.size
    alone = pairs.only_candidate + pairs.only_baseline  # allowed by the contract's overlap
    return Data(
        candidate=pairs.candidate,
        baseline=pairs.baseline,
        is_paired=True,
        ids=pairs.ids,
        candidate_clusters=pairs.clusters,
        baseline_clusters=pairs.clusters,
        counts=_counts(samples, candidate=n, baseline=n, pairs=n, dropped=pairs.dropped + alone),
    )


def _crossed(samples: RuleSamples) -> Data:
    candidate = cells(samples.candidate)
    if samples.baseline is None:
        return Data(
            candidate=candidate.matrix.mean(axis=0),
            baseline=None,
            is_paired=False,
            candidate_cells=candidate.matrix,
            ids=candidate.ids,
            counts=_counts(samples, candidate=len(candidate.ids)),
        )
    baseline = cells(samples.baseline)
    ids = _common_ids(candidate.ids, baseline.ids, samples.overlap)
    if samples.are_runs_paired:
        _same_runs(candidate.runs, baseline.runs)
    alone = len(candidate.ids) + len(baseline.ids) - 2 * len(ids)
    if alone:
        candidate = cells(samples.candidate, ids=ids)
        baseline = cells(samples.baseline, ids=ids)
    return Data(
        candidate=candidate.matrix.mean(axis=0),
        baseline=baseline.matrix.mean(axis=0),
        is_paired=True,
        ids=ids,
        candidate_cells=candidate.matrix,
        baseline_cells=baseline.matrix,
        counts=_counts(
            samples, candidate=len(ids), baseline=len(ids), pairs=len(ids), dropped=alone
        ),
    )


def _common_ids(
    candidate: tuple[str, ...], baseline: tuple[str, ...], overlap: float
) -> tuple[str, ...]:
    """Return the ids that both arms have, sorted; they must be nearly all, as the contract says."""
    both, either = set(candidate) & set(baseline), set(candidate) | set(baseline)
    if len(both) < overlap * len(either) or not both:
        raise SampleError(
            f"ids differ between the arms: {_difference(candidate, baseline)}; "
            f"overlap is {len(both) / len(either):.3g}, at least {overlap:g} is asked for",
            hint="evaluate both arms on the same examples",
        )
    return tuple(sorted(both))


def _same_runs(candidate: tuple[str, ...], baseline: tuple[str, ...]) -> None:
    if candidate != baseline:
        raise SampleError(
            f"runs differ between the arms: {_difference(candidate, baseline)}",
            hint="leave `pair: run` out where the runs of the two arms have nothing in common",
        )


def _difference(candidate: tuple[str, ...], baseline: tuple[str, ...]) -> str:
    missing, extra = sorted(set(baseline) - set(candidate)), sorted(set(candidate) - set(baseline))
    return (
        f"{len(missing)} only in the baseline ({shown_list(missing[:5])}), "
        f"{len(extra)} only in the candidate ({shown_list(extra[:5])})"
    )


def _counts(
    samples: RuleSamples,
    *,
    candidate: int,
    baseline: int | None = None,
    pairs: int | None = None,
    dropped: int = 0,
) -> Counts:
    both = [sample for sample in (samples.candidate, samples.baseline) if sample is not None]
    clusters = [len(set(sample.clusters)) for sample in both if sample.clusters is not None]
    runs = [len(set(sample.runs)) for sample in both if sample.runs is not None]
    repeats = max(sample.repeats for sample in both)
    return Counts(
        candidate=candidate,
        baseline=baseline,
        pairs=pairs,
        clusters=min(clusters) if clusters else None,
        runs=min(runs) if runs else None,
        repeats=repeats if repeats > 1 else None,
        dropped=dropped or sum(sample.dropped for sample in both),
    )
