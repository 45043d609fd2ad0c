"""Histograms: unchanged pairs amid a bin of their own, one bin a value where values are few."""

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.artifacts.engine.reduce_below import counts_below
from pytest_evalgate.artifacts.engine.relation import Database, Relation, number
from pytest_evalgate.artifacts.reduced import ArrayReduction
from pytest_evalgate.evidence import Counts, Histogram, Picture
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.histogram_edges import BINS, arm_edges, change_edges
from pytest_evalgate.gate.pictures import picture
from pytest_evalgate.gate.reduced import Reduced
from pytest_evalgate.gate.reduced_pictures import reduced_picture


Floats = NDArray[np.float64]

MOST = sys.float_info.max
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 2.5e-308, MOST, -MOST, 1e308, 1 / 3]),
    st.integers(-12, 12).map(lambda step: step / 10),
)
ARMS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=40)


def drawn(candidate: Floats, baseline: Floats) -> Picture:
    n = candidate.size
    return picture(
        Data(candidate=candidate, baseline=baseline, is_paired=True, counts=Counts(pairs=n))
    )


def by_aggregates(candidate: Floats, baseline: Floats) -> Picture:
    pair = ArrayReduction(
        ids=[str(i) for i in range(candidate.size)], first=candidate, second=baseline
    )
    return reduced_picture(Reduced(candidate=pair.candidate, baseline=pair.baseline, pair=pair))


def change(differences: object) -> Histogram:
    """Return the histogram of these differences."""
    values = np.asarray(differences, dtype=np.float64)
    found = drawn(values, np.zeros(values.size)).difference
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("differences", "counts"),
    [
        ([-1.0] * 47 + [0.0] * 253, (47, 253, 0)),
        ([1.0] * 247 + [0.0] * 53, (0, 53, 247)),
        ([-1.0] * 12 + [0.0] * 364 + [1.0] * 24, (12, 364, 24)),
    ],
    ids=["none-better", "none-worse", "both"],
)
def test_unchanged_pairs_of_0_and_1_are_between_worse_and_better(
    differences: list[float], counts: tuple[int, ...]
) -> None:
    assert change(differences) == Histogram(edges=(-1.5, -0.5, 0.5, 1.5), counts=counts)


@pytest.mark.parametrize(
    ("steps", "digits"),
    [(steps, digits) for digits, most in ((2, 6), (3, 10), (17, 10)) for steps in range(1, most)],
)
def test_differences_of_grades_have_a_bin_each(steps: int, digits: int) -> None:
    """Thirds written as 0.33 too, and floats that differ in their last bit."""
    grades = np.round(np.arange(steps + 1) / steps, digits)
    candidate, baseline = (grid.ravel() for grid in np.meshgrid(grades, grades))
    found = drawn(candidate, baseline).difference
    assert found is not None
    assert found.counts == tuple(steps + 1 - abs(place) for place in range(-steps, steps + 1))


def test_more_steps_than_bins_share_them_about_no_change() -> None:
    found = change(np.arange(-11, 12) / 11)
    assert len(found.counts) == BINS
    assert found.counts == found.counts[::-1]


def test_equal_differences_stand_away_from_no_change() -> None:
    assert change([3.0] * 5) == Histogram(edges=(-4.5, -1.5, 1.5, 4.5), counts=(0, 0, 5))
    assert change([-3.0] * 5).counts == (5, 0, 0)


def test_where_nothing_changed_there_is_one_bin() -> None:
    assert change([0.0, -0.0, 0.0]) == Histogram(edges=(-0.5, 0.5), counts=(3,))


@settings(max_examples=400, deadline=None)
@given(ARMS)
@example([(1e308, -1e308), (-1e308, 1e308)])
@example([(5e-324, 0.0), (0.0, 0.0)])
@example([(MOST, 0.0), (0.0, MOST)])
def test_no_change_is_the_middle_whatever_the_values_are(arms: list[tuple[float, float]]) -> None:
    candidate, baseline = (np.array(arm) for arm in zip(*arms, strict=True))
    found = drawn(candidate, baseline)
    assert found.difference is not None
    edges, counts = found.difference.edges, found.difference.counts
    assert len(counts) % 2 == 1
    assert len(counts) <= BINS
    assert edges == tuple(-edge for edge in reversed(edges))
    assert all(one < other for one, other in pairwise(edges))
    middle = len(counts) // 2
    assert counts[middle] >= np.count_nonzero(candidate == baseline)
    assert sum(counts) == candidate.size
    for arm in (found.candidate, found.baseline):
        assert arm is not None
        assert sum(arm.counts) == candidate.size
        assert len(arm.counts) <= BINS
        assert all(one <= other for one, other in pairwise(arm.edges))
        assert np.isfinite(arm.edges).all()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(*[NUMBERS.filter(lambda value: abs(value) <= 1e60)] * 2),
        min_size=1,
        max_size=40,
    )
)
def test_aggregates_give_the_picture_of_the_rows(arms: list[tuple[float, float]]) -> None:
    candidate, baseline = (np.array(arm) for arm in zip(*arms, strict=True))
    assert drawn(candidate, baseline) == by_aggregates(candidate, baseline)


@pytest.mark.parametrize("steps", [1, 4, 20, 21, 400, 1000])
def test_aggregates_give_the_picture_of_many_rows(steps: int) -> None:
    rng = np.random.default_rng(steps)
    candidate, baseline = (rng.integers(0, steps + 1, 5_000) / steps for _ in range(2))
    late = candidate.copy()
    late[-1] += 0.1234 / steps  # off the steps, behind the rows that are looked at first
    for first in (candidate, late):
        assert drawn(first, baseline) == by_aggregates(first, baseline)


def test_arms_of_0_and_1_have_a_bin_about_each() -> None:
    found = drawn(np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0]))
    assert found.candidate == Histogram(edges=(-0.5, 0.5, 1.5), counts=(1, 2))
    assert found.baseline == Histogram(edges=(-0.5, 0.5, 1.5), counts=(2, 1))


def test_values_of_arms_that_are_not_on_few_steps_have_all_bins() -> None:
    found = drawn(np.array([0.0, 1.0, 0.2718, 0.5772]), np.zeros(4)).candidate
    assert found is not None
    assert len(found.counts) == BINS
    assert (found.edges[0], found.edges[-1]) == (0.0, 1.0)
    assert sum(1 for count in found.counts if count) == 4


@pytest.mark.parametrize("value", [0.0, 3.0, -1e150, MOST, 1e16])
def test_equal_values_of_arms_stand_within_one_bin(value: float) -> None:
    assert arm_edges(value, value, None)[0] <= value <= arm_edges(value, value, None)[-1]
    found = drawn(np.full(4, value), np.full(4, value)).candidate
    assert found is not None
    assert found.counts == (4,)
    assert found.edges[0] < found.edges[1]


@pytest.mark.parametrize("reach", [1.0, 0.3, 1 / 3, 1e-60, 123456.789, 1e59])
def test_a_table_engine_counts_between_the_edges_of_a_histogram(reach: float) -> None:
    edges = np.array(change_edges(-0.5 * reach, reach, None))
    values = np.concatenate([
        edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf), [0.0, reach, -reach]
    ])  # fmt: skip
    values = values[np.abs(values) <= reach]
    database = Database([], memory=1 << 30)
    cells = ", ".join(f"({number(one)})" for one in values.tolist())
    database.ask("CREATE TABLE given (v DOUBLE)")
    database.ask(f"INSERT INTO given VALUES {cells}")  # noqa: S608 - numbers
    found = counts_below(Relation(database, "given"), "v", edges.tolist()[:-1])
    assert found == tuple(int((values < edge).sum()) for edge in edges[:-1])
