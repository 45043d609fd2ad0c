"""Two samples to pairs, or to runs by units; ids that do not match are never quietly unpaired."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import is_blank, short, shown, shown_ids, shown_list, text_of
from pytest_evalgate.artifacts.engine.samples import surely_present, surely_same
from pytest_evalgate.artifacts.keys import key_texts, near_matches
from pytest_evalgate.artifacts.repeats import check_repeats
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.errors import SampleError


_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})  # signs that nobody sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Values of the units that both arms have, in the order of ``ids`` (sorted as text)."""

    ids: Sequence[str]  # of units, or of runs
    candidate: NDArray[np.float64]  # shape (n,)
    baseline: NDArray[np.float64]  # shape (n,)
    clusters: tuple[str, ...] | None
    candidate_places: NDArray[np.intp]  # of each pair in its sample, shape (n,)
    baseline_places: NDArray[np.intp]
    dropped: int = 0  # pairs with a value missing on either side, left out by `missing: drop`
    only_candidate: int = 0  # units without partner, allowed by ``overlap``
    only_baseline: int = 0


def pair_by_id(candidate: Sample, baseline: Sample, *, overlap: float = 1.0) -> Paired:
    """Return the pairs of units with the same id.

    Args:
        candidate: Sample with an id a unit, without runs.
        baseline: The same of the other arm.
        overlap: Least share of ids in both arms among the ids in either, in (0, 1].

    Raises:
        SampleError: Fewer ids in common, or none; says how many and which, for each arm. Units
            that are averaged over other repeats in each arm.
    """
    _check_design(candidate.ids, candidate.runs, baseline.ids, baseline.runs, what="id")
    return _pair(candidate, baseline, overlap=overlap, what="ids")


def pair_by_run(candidate: Sample, baseline: Sample) -> Paired:
    """Return the pairs of runs with the same name, of samples without id.

    Raises:
        SampleError: Runs of one arm that the other lacks, or averaged over other repeats.
    """
    _check_design(candidate.runs, candidate.ids, baseline.runs, baseline.ids, what="run")
    return _pair(candidate, baseline, overlap=1.0, what="runs")


def _check_design(
    candidate: Sequence[str] | None,
    candidate_other: Sequence[str] | None,
    baseline: Sequence[str] | None,
    baseline_other: Sequence[str] | None,
    *,
    what: str,
) -> None:
    if candidate is None or baseline is None:
        raise SampleError(
            f"the rows have no {what} to pair by", hint=f"declare `{what}`, or write `pair: none`"
        )
    if candidate_other is not None or baseline_other is not None:
        raise SampleError(f"with both id and run a unit is no {what}: take a table of runs by ids")


def _pair(candidate: Sample, baseline: Sample, *, overlap: float, what: str) -> Paired:
    left, right = _names(candidate), _names(baseline)
    # A unit with some repeats dropped is no pair: its mean is over others than its partner's.
    partial = {*_partial(candidate), *_partial(baseline)}
    dropped = {*_dropped(candidate), *_dropped(baseline), *partial}
    if left == right and not dropped:
        check_repeats(candidate, baseline)
        alike = np.arange(len(left))
        return Paired(
            ids=left,
            candidate=candidate.values,
            baseline=baseline.values,
            clusters=_clusters(left, candidate.clusters, baseline.clusters),
            candidate_places=alike,
            baseline_places=alike,
        )
    places = {name: place for place, name in enumerate(right)}
    in_candidate = {*left, *_dropped(candidate)}
    in_baseline = {*right, *_dropped(baseline)}
    _check_overlap(in_candidate, in_baseline, overlap=overlap, what=what)
    pairs = [
        (i, places[name]) for i, name in enumerate(left) if name in places and name not in partial
    ]
    if not pairs:
        raise SampleError(f"no pair is left: {len(dropped)} {what} were dropped as missing")
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    ids = tuple(left[i] for i in first)
    check_repeats(candidate, baseline, names=ids)
    return Paired(
        ids=ids,
        candidate=candidate.values[first],
        baseline=baseline.values[second],
        clusters=_clusters(ids, _take(candidate.clusters, first), _take(baseline.clusters, second)),
        candidate_places=np.array(first),
        baseline_places=np.array(second),
        dropped=len(dropped & in_candidate & in_baseline),
        only_candidate=len(in_candidate - in_baseline),
        only_baseline=len(in_baseline - in_candidate),
    )


def _names(sample: Sample) -> Sequence[str]:
    return sample.ids if sample.ids is not None else sample.runs or ()


def _dropped(sample: Sample) -> tuple[str, ...]:
    return sample.dropped_ids if sample.ids is not None else sample.dropped_runs


def _partial(sample: Sample) -> tuple[str, ...]:
    return sample.partial_ids if sample.ids is not None else sample.partial_runs


def _take(texts: tuple[str, ...] | None, which: Sequence[int]) -> tuple[str, ...] | None:
    return None if texts is None else tuple(texts[index] for index in which)


def _check_overlap(candidate: set[str], baseline: set[str], *, overlap: float, what: str) -> None:
    both, either = len(candidate & baseline), len(candidate | baseline)
    # At 1.0 every id must match; below it the share decides.
    if both == either or (overlap < 1.0 and both and both >= overlap * either):
        return
    raise SampleError(
        f"{what} do not match: {both} in both arms, "
        f"{_side(baseline - candidate, 'missing from the candidate')}, "
        f"{_side(candidate - baseline, 'missing from the baseline')}; "
        f"the overlap is {both / either:.4g}, expected {overlap:g}",
        hint=_overlap_hint(candidate, baseline, what=what),
    )


def _overlap_hint(candidate: set[str], baseline: set[str], *, what: str) -> str:
    near = near_matches(candidate - baseline, baseline - candidate)
    if near is not None:
        return f"{near}: write {what} the same way in both arms"
    same = "evaluate both arms on the same units"
    if what == "ids" and candidate & baseline:
        few = "`contract: {overlap: 0.99}` if a few may be missing"
        return f"{same}; {few}; `pair: none` if they never were the same"
    return f"{same}; `pair: none` if they never were the same"


def _side(names: set[str], words: str) -> str:
    return f"{len(names)} {words}" + (f" ({shown_ids(sorted(names))})" if names else "")


def _clusters(
    ids: Sequence[str],
    candidate: tuple[str, ...] | None,
    baseline: tuple[str, ...] | None,
) -> tuple[str, ...] | None:
    if candidate is None or baseline is None or candidate == baseline:
        return candidate if candidate is not None else baseline
    differing = [
        name for name, left, right in zip(ids, candidate, baseline, strict=True) if left != right
    ]
    raise SampleError(
        f"{len(differing)} units lie in another cluster in each arm, first {shown_ids(differing)}",
        hint="a cluster is a property of the unit, the same in both arms",
    )


class Cells(NamedTuple):
    """The values of a crossed design."""

    runs: tuple[str, ...]
    ids: tuple[str, ...]
    matrix: NDArray[np.float64]  # shape (runs, ids), finite
    places: NDArray[np.intp]  # of each cell in the sample, shape (runs, ids)


def cells(sample: Sample, *, ids: Sequence[str] | None = None) -> Cells:
    """Return the value of each run (rows) and id (columns).

    Args:
        sample: With id and run.
        ids: The ids to take, in this order; all by default, sorted.

    Raises:
        SampleError: A cell that is missing or double, by name.
    """
    if sample.ids is None or sample.runs is None:
        raise SampleError("a table of runs by ids needs both `id` and `run`")
    runs = tuple(sorted({*sample.runs, *sample.dropped_runs}))
    names = tuple(ids) if ids is not None else tuple(sorted({*sample.ids, *sample.dropped_ids}))
    row = {name: place for place, name in enumerate(runs)}
    column = {name: place for place, name in enumerate(names)}
    places = np.full((len(runs), len(names)), -1, dtype=np.intp)
    for place, (name, run) in enumerate(zip(sample.ids, sample.runs, strict=True)):
        if name not in column:
            continue
        if places[row[run], column[name]] >= 0:
            raise SampleError(f"id {shown(short(name))} stands twice in run {shown(short(run))}")
        places[row[run], column[name]] = place
    empty = np.argwhere(places < 0)
    if empty.size:
        at_run, at_id = empty[0]
        raise SampleError(
            f"{len(empty)} of {places.size} values of runs by ids are missing, "
            f"first id {shown(short(names[at_id]))} of run {shown(short(runs[at_run]))}",
            hint="evaluate each run on all ids; `missing: drop` leaves holes here",
        )
    return Cells(runs, names, sample.values[places], places)


def check_present(table: ArmTable, column: str) -> str | None:
    """Say where a column has no value; None where each row has one."""
    if surely_present(table, column):
        return None
    if column not in table.columns or not table.n:
        return f"no row of {table.name} has {shown(column)}"
    rows = [row for row, cell in enumerate(table.columns[column]) if _is_empty(cell)]
    if not rows:
        return None
    return (
        f"{shown(column)} is missing in {len(rows)} of {table.n} rows of {table.name}, "
        f"first {table.locate(rows[0])}"
    )


def _is_empty(cell: object) -> bool:
    if isinstance(cell, list | dict):
        return all(map(_is_empty, cell.values() if isinstance(cell, dict) else cell))
    is_text = isinstance(cell, str)
    return is_blank(cell) or (is_text and all(category(sign) in _UNSEEN for sign in str(cell)))


def check_same(
    candidate: ArmTable, baseline: ArmTable, column: str, ids: Sequence[str] = ()
) -> str | None:
    """Say how a column differs between the arms; None where it is the same.

    Compared id by id where ids are declared, for the ids in both arms; what has no partner is
    compared as a set: its values must be among those of the other arm. A missing value is never
    the same as anything.
    """
    absent = check_present(candidate, column) or check_present(baseline, column)
    if absent is not None:
        return absent
    arms = (candidate, baseline)
    if surely_same(arms, column, ids):
        return None
    if not ids:
        return _compare_sets(arms, column, [set(_values(table, column)) for table in arms])
    sides = [_by_id(table, column, ids) for table in arms]
    both = sorted(sides[0].keys() & sides[1].keys())
    differing = [name for name in both if sides[0][name] != sides[1][name]]
    if not differing:
        alone = [set().union(*(side[name] for name in side.keys() - set(both))) for side in sides]
        return _compare_sets(arms, column, alone)
    first = [shown_list(sorted(side[differing[0]])) for side in sides]
    return (
        f"{shown(column)} differs for {len(differing)} of {len(both)} ids, "
        f"first {shown(short(differing[0]))}: {first[0]} in {candidate.name}, "
        f"{first[1]} in {baseline.name}"
    )


def _compare_sets(
    arms: tuple[ArmTable, ArmTable], column: str, asked: Sequence[set[str]]
) -> str | None:
    """Say which of the values asked about, in each arm, the other arm has nowhere."""
    known = [set(_values(table, column)) for table in arms]
    strange = [sorted(asked[0] - known[1]), sorted(asked[1] - known[0])]
    if not any(strange):
        return None
    if list(asked) == known:  # nothing has a partner
        listed = [shown_list(sorted(side)) for side in known]
        return f"{shown(column)} is {listed[0]} in {arms[0].name} and {listed[1]} in {arms[1].name}"
    return f"{shown(column)} of ids in one arm only is " + " and ".join(
        f"{shown_list(side)} in {arm.name}, which no row of {other.name} has"
        for side, arm, other in zip(strange, arms, reversed(arms), strict=True)
        if side
    )


def _values(table: ArmTable, column: str) -> list[str]:
    return [text_of(cell) for cell in table.column(column)]


def _by_id(table: ArmTable, column: str, ids: Sequence[str]) -> dict[str, set[str]]:
    columns = [table.column(name) for name in ids]
    keys = key_texts(ids, columns, range(table.n), locate=table.locate)
    found: dict[str, set[str]] = {}
    for key, text in zip(keys, _values(table, column), strict=True):
        found.setdefault(key, set()).add(text)
    return found
