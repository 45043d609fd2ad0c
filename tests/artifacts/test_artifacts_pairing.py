"""Pairs, tables of runs by ids, and contract checks between the arms."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import (
    cells,
    check_present,
    check_same,
    pair_by_id,
    pair_by_run,
)
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import SampleError


Load = Callable[..., ArmTable]


def sample(
    ids: str | list[str], values: Sequence[float], dropped: str = "", clusters: str | None = None
) -> Sample:
    return Sample(
        values=np.array(values, dtype=np.float64),
        ids=tuple(ids),
        clusters=None if clusters is None else tuple(clusters),
        dropped=len(dropped),
        dropped_ids=tuple(dropped),
    )


def runs(names: str, values: list[float], dropped: str = "") -> Sample:
    return Sample(
        values=np.array(values, dtype=np.float64), runs=tuple(names), dropped_runs=tuple(dropped)
    )


def test_pairs_follow_the_ids() -> None:
    paired = pair_by_id(sample("abc", [1, 2, 3]), sample("abc", [4, 5, 6]))
    assert paired.ids == ("a", "b", "c")
    assert (paired.candidate.tolist(), paired.baseline.tolist()) == ([1, 2, 3], [4, 5, 6])


def test_regressed_rows_that_were_left_out_are_missed() -> None:
    ids = [f"{number:03}" for number in range(400)]
    baseline = sample(ids, [1] * 320 + [0] * 80)
    candidate = sample(ids[:320], [1] * 320)
    with pytest.raises(SampleError) as caught:
        pair_by_id(candidate, baseline)
    assert caught.value.message == (
        "ids do not match: 320 in both arms, 80 missing from the candidate "
        '("320", "321", "322", "323", "324", ...), 0 missing from the baseline; '
        "the overlap is 0.8, expected 1"
    )


def test_extra_ids_are_named_too() -> None:
    with pytest.raises(SampleError, match=r'1 missing from .*"c"\), 1 missing from .*\("d"\)'):
        pair_by_id(sample("abd", [1, 2, 3]), sample("abc", [1, 2, 3]))


def test_no_common_id_is_an_error_at_any_overlap() -> None:
    with pytest.raises(SampleError, match=r"0 in both arms, 2 missing .*, 2 missing"):
        pair_by_id(sample("ab", [1, 2]), sample("cd", [1, 2]), overlap=0.0)


@pytest.mark.parametrize(("overlap", "is_enough"), [(0.75, True), (0.76, False)])
def test_overlap_is_ids_in_both_of_ids_in_either(overlap: float, *, is_enough: bool) -> None:
    candidate, baseline = sample("abcd", [1, 2, 3, 4]), sample("bcd", [5, 6, 7])
    if not is_enough:
        with pytest.raises(SampleError, match=r"the overlap is 0.75"):
            pair_by_id(candidate, baseline, overlap=overlap)
        return
    paired = pair_by_id(candidate, baseline, overlap=overlap)
    assert (paired.ids, paired.only_candidate, paired.only_baseline) == (("b", "c", "d"), 1, 0)
    assert (paired.candidate.tolist(), paired.baseline.tolist()) == ([2, 3, 4], [5, 6, 7])


def test_a_pair_with_a_dropped_side_is_dropped_and_no_mismatch() -> None:
    paired = pair_by_id(sample("acd", [1, 3, 4], "b"), sample("abd", [5, 6, 7], "c"))
    assert (paired.ids, paired.dropped) == (("a", "d"), 2)
    assert (paired.candidate.tolist(), paired.baseline.tolist()) == ([1, 4], [5, 7])


def test_pairs_that_were_all_dropped_are_an_error() -> None:
    with pytest.raises(SampleError, match="no pair is left"):
        pair_by_id(sample("a", [1], "b"), sample("b", [1], "a"))


def test_clusters_must_agree_between_the_arms() -> None:
    one, other = (sample("ab", [1, 2], clusters=names) for names in ("xx", "xy"))
    assert pair_by_id(one, one).clusters == ("x", "x")
    with pytest.raises(SampleError, match=r'1 units lie in another cluster .* first "b"'):
        pair_by_id(one, other)


def test_runs_pair_by_name() -> None:
    assert pair_by_run(runs("01", [1, 2]), runs("01", [3, 4])).ids == ("0", "1")
    with pytest.raises(SampleError, match="runs do not match: 1 in both"):
        pair_by_run(runs("01", [1, 2]), runs("02", [3, 4]))
    assert pair_by_run(runs("1", [1], "0"), runs("01", [3, 4])).dropped == 1


def test_designs_that_do_not_pair_are_refused() -> None:
    none = Sample(values=np.array([1.0]))
    both = Sample(values=np.array([1.0]), ids=("a",), runs=("0",))
    with pytest.raises(SampleError, match="no id to pair by"):
        pair_by_id(none, none)
    with pytest.raises(SampleError, match="no run to pair by"):
        pair_by_run(none, none)
    with pytest.raises(SampleError, match="take a table of runs by ids"):
        pair_by_id(both, both)
    with pytest.raises(SampleError, match="needs both `id` and `run`"):
        cells(none)


def crossed(rows: list[tuple[str, str, float]]) -> Sample:
    return Sample(
        values=np.array([value for *_, value in rows]),
        ids=tuple(name for name, *_ in rows),
        runs=tuple(run for _, run, _ in rows),
    )


def test_cells_are_runs_by_ids() -> None:
    found = cells(crossed([("a", "0", 1), ("a", "1", 2), ("b", "0", 3), ("b", "1", 4)]))
    assert (found.runs, found.ids) == (("0", "1"), ("a", "b"))
    assert found.matrix.tolist() == [[1, 3], [2, 4]]


def test_cells_take_the_ids_asked_for() -> None:
    sample = crossed([("a", "0", 1), ("a", "1", 2), ("b", "0", 3), ("b", "1", 4)])
    assert cells(sample, ids=("b",)).matrix.tolist() == [[3], [4]]


def test_missing_and_double_cells_are_named() -> None:
    with pytest.raises(SampleError, match=r'1 of 4 values .* first id "b" of run "1"'):
        cells(crossed([("a", "0", 1), ("a", "1", 2), ("b", "0", 3)]))
    with pytest.raises(SampleError, match='id "a" stands twice in run "0"'):
        cells(crossed([("a", "0", 1), ("a", "0", 2)]))


@pytest.fixture
def both(arm: Load) -> Callable[..., tuple[ArmTable, ArmTable]]:
    def load(candidate: list[Any], baseline: list[Any]) -> tuple[ArmTable, ArmTable]:
        first, second = (
            arm([{"id": i, "c": c} for i, c in enumerate(side)], ["id", "c"], name=name)
            for name, side in (("candidate", candidate), ("baseline", baseline))
        )
        return first, second

    return load


def test_same_by_id_names_the_first_that_differs(both: Callable[..., Any]) -> None:
    candidate, baseline = both(["x", "y", "z"], ["x", "z", "y"])
    assert check_same(candidate, baseline, "c", ("id",)) == (
        '"c" differs for 2 of 3 ids, first "1": "y" in evals.candidate, "z" in evals.baseline'
    )
    assert check_same(candidate, baseline, "c") is None


def test_same_without_id_compares_sets(both: Callable[..., Any]) -> None:
    candidate, baseline = both(["v1", "v1"], ["v1", "v2"])
    assert check_same(candidate, baseline, "c") == (
        '"c" is "v1" in evals.candidate and "v1", "v2" in evals.baseline'
    )


def test_same_holds_across_formats(both: Callable[..., Any]) -> None:
    candidate, baseline = both([1, True], ["1", "true"])
    assert check_same(candidate, baseline, "c", ("id",)) is None


def test_what_is_missing_is_never_the_same(both: Callable[..., Any]) -> None:
    candidate, baseline = both(["x", None], ["x", None])
    words = '"c" is missing in 1 of 2 rows of evals.candidate, first candidate/rows.jsonl:2'
    assert check_same(candidate, baseline, "c", ("id",)) == words
    assert check_present(candidate, "c") == words
    assert check_present(candidate, "id") is None
    assert check_present(candidate, "zzz") == 'no row of evals.candidate has "zzz"'


def test_dropped_rows_of_a_file_pair_as_drops(arm: Load) -> None:
    request = SampleRequest(value="v", id=("id",), missing="drop", max_missing=0.5)
    first, second = (
        extract(
            arm([{"id": i, "v": v} for i, v in enumerate(side)], ["id", "v"], name=name), request
        )
        for name, side in (("candidate", [1, None, 3]), ("baseline", [1, 2, 3]))
    )
    assert pair_by_id(first, second).dropped == 1
