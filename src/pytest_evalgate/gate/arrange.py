"""The samples of a rule -> the arrays of its design: paired, crossed, or side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import shown_list
from pytest_evalgate.artifacts.pairing import cells, pair_by_id, pair_by_run
from pytest_evalgate.artifacts.repeats import check_repeats
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import SampleError
from pytest_evalgate.evidence import Counts
from pytest_evalgate.gate.choose import Unit
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.reduced import Reduced
from pytest_evalgate.gate.samples import RuleSamples


def arrange(samples: RuleSamples) -> Data:
    """Bring the samples of a rule into the arrays of its design.

    Raises:
        SampleError: ids or runs do not match; a cell of a crossed design is missing.
    """
    if samples.reduced is not None:
        return _reduced(samples, samples.reduced)
    if samples.baseline is not None and not samples.is_nested:
        check_repeats(samples.candidate, samples.baseline)  # other repeats are other numbers
    if samples.unit is Unit.CROSSED:
        return _with_holes(samples) if samples.may_have_holes else _crossed(samples)
    if samples.is_paired and samples.baseline is not None:
        return _paired(samples, samples.candidate, samples.baseline)
    if samples.baseline is not None and samples.is_overlap_declared and samples.candidate.ids:
        # Unpaired by choice, but the file asks for the same units: only the check is wanted.
        pair_by_id(samples.candidate, samples.baseline, overlap=samples.overlap)
    return _side_by_side(samples)


def _reduced(samples: RuleSamples, reduced: Reduced) -> Data:
    """Return arrays of the right length without a value: the aggregates stand for the rows.

    A number that is taken from them by mistake is NaN, which no evidence holds.
    """
    sizes = [arm.moments.n for arm in reduced.arms]
    arrays = [np.broadcast_to(np.float64(np.nan), (n,)) for n in sizes]  # one cell in memory
    is_paired = reduced.pair is not None
    return Data(
        candidate=arrays[0],
        baseline=arrays[1] if len(arrays) > 1 else None,
        is_paired=is_paired,
        counts=_counts(
            samples,
            candidate=sizes[0],
            baseline=sizes[1] if len(sizes) > 1 else None,
            pairs=sizes[0] if is_paired else None,
        ),
        reduced=reduced,
    )


def _side_by_side(samples: RuleSamples) -> Data:
    """Return one arm, or two whose units have nothing in common."""
    candidate, baseline = samples.candidate, samples.baseline
    one = Data(
        candidate=candidate.values,
        baseline=None,
        is_paired=False,
        candidate_clusters=candidate.clusters,
        candidate_extras=_extras(candidate, np.arange(candidate.values.size)),
        candidate_tasks=candidate.tasks,
        counts=_counts(
            samples,
            candidate=candidate.values.size,
            baseline=None if baseline is None else baseline.values.size,
        ),
    )
    if baseline is None:
        return one
    return replace(
        one,
        baseline=baseline.values,
        baseline_clusters=baseline.clusters,
        baseline_extras=_extras(baseline, np.arange(baseline.values.size)),
        baseline_tasks=baseline.tasks,
    )


def _extras(sample: Sample, places: NDArray[np.intp]) -> dict[str, Array]:
    """Return the further columns of some units, in the shape of ``places``."""
    found = {name: column[places] for name, column in sample.extras.items()}
    if sample.counts is not None:
        # A view of one number, where no repeats were averaged: large tables have many rows.
        ones = np.broadcast_to(np.float64(1), places.shape)
        found["count"] = ones if sample.repeats == 1 else sample.counts[places].astype(np.float64)
    return found


def _paired(samples: RuleSamples, candidate: Sample, baseline: Sample) -> Data:
    by_run = samples.unit is Unit.RUN
    pairs = (
        pair_by_run(candidate, baseline)
        if by_run
        else pair_by_id(candidate, baseline, overlap=samples.overlap)
    )
    n = pairs.candidate.size
    alone = pairs.only_candidate + pairs.only_baseline  # allowed by the contract's overlap
    extras = _extras(candidate, pairs.candidate_places), _extras(baseline, pairs.baseline_places)
    _check_same_labels(pairs.ids, *extras)
    tasks = _tasks(candidate, pairs.candidate_places), _tasks(baseline, pairs.baseline_places)
    if tasks[0] != tasks[1]:
        raise SampleError("a unit belongs to another task in each arm", hint="mend the column")
    return Data(
        candidate=pairs.candidate,
        baseline=pairs.baseline,
        is_paired=True,
        ids=pairs.ids,
        candidate_clusters=pairs.clusters,
        baseline_clusters=pairs.clusters,
        candidate_extras=extras[0],
        baseline_extras=extras[1],
        candidate_tasks=tasks[0],
        baseline_tasks=tasks[1],
        counts=_counts(samples, candidate=n, baseline=n, pairs=n, dropped=pairs.dropped + alone),
    )


def _tasks(sample: Sample, places: NDArray[np.intp]) -> tuple[str, ...] | None:
    if sample.tasks is None:
        return None
    return tuple(sample.tasks[place] for place in places.ravel().tolist())


def _check_same_labels(
    ids: Sequence[str], candidate: Mapping[str, Array], baseline: Mapping[str, Array]
) -> None:
    """Refuse pairs of which the truth differs between the arms: they are not the same units."""
    for name in ("label", "zero", "one"):
        if name not in candidate or name not in baseline:
            continue
        left, right = np.atleast_2d(candidate[name]), np.atleast_2d(baseline[name])
        differs = (left != left[:1]).any(axis=0) | (right != left[:1]).any(axis=0)
        if differs.any():
            at = int(np.argmax(differs))
            raise SampleError(
                f"the {name} of {int(differs.sum())} units differs between the arms, first "
                f"{shown_list([ids[at]])}",
                hint="evaluate both arms on the same examples with the same labels",
            )


def _crossed(samples: RuleSamples) -> Data:
    candidate = cells(samples.candidate)
    if samples.baseline is None:
        extras = _extras(samples.candidate, candidate.places)
        _check_same_labels(candidate.ids, extras, extras)
        return Data(
            candidate=candidate.matrix.mean(axis=0),
            baseline=None,
            is_paired=False,
            candidate_cells=candidate.matrix,
            candidate_extras=extras,
            candidate_tasks=_tasks(samples.candidate, candidate.places[0]),
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
    extras_c = _extras(samples.candidate, candidate.places)
    extras_b = _extras(samples.baseline, baseline.places)
    _check_same_labels(ids, extras_c, extras_b)
    return Data(
        candidate=candidate.matrix.mean(axis=0),
        baseline=baseline.matrix.mean(axis=0),
        is_paired=True,
        ids=ids,
        candidate_cells=candidate.matrix,
        baseline_cells=baseline.matrix,
        candidate_extras=extras_c,
        baseline_extras=extras_b,
        candidate_tasks=_tasks(samples.candidate, candidate.places[0]),
        baseline_tasks=_tasks(samples.baseline, baseline.places[0]),
        counts=_counts(
            samples, candidate=len(ids), baseline=len(ids), pairs=len(ids), dropped=alone
        ),
    )


def _with_holes(samples: RuleSamples) -> Data:
    """Return the cells that there are, one by one, each with its run and its unit."""
    candidate, baseline = samples.candidate, samples.baseline
    if baseline is not None:
        _common_ids(
            tuple(sorted(set(candidate.ids or ()))),
            tuple(sorted(set(baseline.ids or ()))),
            samples.overlap,
        )
    return replace(
        _side_by_side(samples),
        candidate_at=(candidate.runs or (), tuple(candidate.ids or ())),
        baseline_at=(
            None if baseline is None else (baseline.runs or (), tuple(baseline.ids or ()))
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
