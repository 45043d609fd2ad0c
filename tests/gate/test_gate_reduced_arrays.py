"""The aggregates of arrays are what SciPy and the arrays themselves say."""

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as array_of
from numpy.typing import NDArray
from reduced_repeated import RepeatedPair
from scipy import stats

from pytest_evalgate.artifacts.reduced import ArrayColumn, ArrayReduction, MovedUnit, ReducedPair
from pytest_evalgate.gate.reduced import (
    NeedsRowsError,
    Reduced,
    informative_at_least,
    pairs_of,
    sample_of,
    skewness_from,
)
from pytest_evalgate.gate.reduced_pictures import reduced_movers, reduced_picture
from pytest_evalgate.stats.means import t_from_sample
from pytest_evalgate.stats.pairs import paired_proportions
from pytest_evalgate.stats.reducers import reduce_pairs, reduce_sample
from pytest_evalgate.stats.shape import informative_units, skewness
from pytest_evalgate.stats.sufficient import SampleMoments


if TYPE_CHECKING:
    IS_REDUCED_PAIR: ReducedPair = ArrayReduction(ids=(), first=np.ones(1), second=np.ones(1))

Floats = NDArray[np.float64]
VALUES = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, -1.0, 1e-13, 0.5 + 1e-13]),
    st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda value: round(value, 6)),
)
SAMPLES = array_of(np.float64, st.integers(2, 80), elements=VALUES)


def near(got: SampleMoments, expected: SampleMoments) -> bool:
    """Say whether two records of moments say the same, whatever their origins."""
    size = max(expected.extent.size / expected.extent.unit, 1e-300)
    return (
        got.n == expected.n
        and got.extent.unit == expected.extent.unit
        and got.extent.low == expected.extent.low
        and got.extent.high == expected.extent.high
        and got.extent.size == expected.extent.size
        and math.isclose(got.scaled.mean, expected.scaled.mean, abs_tol=1e-13 * size)
        and math.isclose(got.squares, expected.squares, rel_tol=1e-9, abs_tol=1e-24 * size)
    )


def test_moments_are_those_of_scipy() -> None:
    values = np.random.default_rng(0).gamma(2.0, 3.0, 501).astype(np.float64)
    found = ArrayColumn(values=values).moments
    assert math.isclose(found.average, float(np.mean(values)), rel_tol=1e-14)
    # SciPy: stats.moment, the central moment with denominator n
    for order, total in ((2, found.squares), (3, found.cubes), (4, found.fourths)):
        assert math.isclose(total / 501, float(stats.moment(values, order)), rel_tol=1e-12)
    assert (found.low, found.high, found.n) == (values.min(), values.max(), 501)


@settings(max_examples=60, deadline=None)
@given(SAMPLES)
def test_moments_lead_to_the_sample_that_the_values_lead_to(values: Floats) -> None:
    column = ArrayColumn(values=values)
    assert near(sample_of(column.moments), reduce_sample(values))
    assert math.isclose(skewness_from(column.moments), skewness(values), rel_tol=1e-6, abs_tol=1e-9)


@settings(max_examples=60, deadline=None)
@given(SAMPLES, st.sampled_from([1, 5, 20]))
def test_informative_units_are_counted_as_of_the_values(values: Floats, enough: int) -> None:
    found = informative_at_least(ArrayColumn(values=values), enough)
    expected = informative_units(values)
    assert found == expected or enough == found < expected


def test_a_value_with_too_many_others_to_name_is_left_to_the_rows() -> None:
    """Values packed within what counts as one of them tell nothing by their ends."""
    values = (1.0 + np.arange(3000) * 1e-14).astype(np.float64)
    with pytest.raises(NeedsRowsError):
        informative_at_least(ArrayColumn(values=values), 20)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from([0.9, 1.0, 1.05]))
def test_pairs_lead_to_the_moments_that_the_values_lead_to(
    data: st.DataObject, ratio: float
) -> None:
    n = data.draw(st.integers(2, 40))
    first, second = (
        data.draw(array_of(np.float64, n, elements=st.floats(-9, 9).map(lambda x: round(x, 3))))
        for _ in range(2)
    )
    pair = ArrayReduction(ids=[str(i) for i in range(n)], first=first, second=second)
    reduced = Reduced(candidate=pair.candidate, baseline=pair.baseline, pair=pair)
    got, expected = pairs_of(pair, size=reduced.size), reduce_pairs(first, second)
    assert near(got.first, expected.first)
    assert near(got.second, expected.second)
    assert math.isclose(got.products, expected.products, rel_tol=1e-9, abs_tol=1e-12)
    one, two = got.contrast(ratio), expected.contrast(ratio)
    assert math.isclose(one.squares, two.squares, rel_tol=1e-9, abs_tol=1e-10)


def test_movers_stand_in_order_of_their_move_and_then_of_their_id() -> None:
    pair = ArrayReduction(
        ids=["b", "a", "d", "c"],
        first=np.array([2.0, 2.0, 0.0, 1.0]),
        second=np.array([1.0, 1.0, 3.0, 1.0]),
    )
    movers = reduced_movers(Reduced(candidate=pair.candidate, pair=pair), most=3)
    assert [one.id for one in movers.up] == ["a", "b"]
    assert [one.id for one in movers.down] == ["d"]
    assert pair.movers(1)[0] == (MovedUnit(id="d", baseline=3.0, candidate=0.0),)


def test_a_histogram_takes_the_largest_value_into_its_last_bin() -> None:
    reduced = Reduced(candidate=ArrayColumn(values=np.array([0.0, 1.0, 1.033, 2.1])))
    found = reduced_picture(reduced).candidate
    assert found is not None
    assert found.edges == pytest.approx(np.linspace(0.0, 2.1, 22))
    assert (found.counts[0], found.counts[10], found.counts[-1]) == (1, 2, 1)


def test_cluster_sums_count_from_one_origin() -> None:
    column = ArrayColumn(values=np.array([5.0, 7.0, 6.0]), labels=["x", "y", "x"])
    found = column.clusters()
    assert found is not None
    assert found.names == ("x", "y")
    assert found.sizes.tolist() == [2.0, 1.0]
    assert found.sums.tolist() == [1.0, 2.0]
    assert found.origin == 5.0


@pytest.mark.parametrize(
    "values", [[0.5, np.nan], [0.5, np.inf], [1e-70, 2e-70], [1.0, 1e70], [0.5]]
)
def test_values_whose_sums_do_not_say_what_they_are_are_left_to_the_rows(
    values: list[float],
) -> None:
    assert not Reduced(candidate=ArrayColumn(values=np.array(values))).is_usable()


def test_fifty_million_pairs_are_judged_from_their_counts() -> None:
    """The z of two million discordant pairs in fifty million: (b - c) / sqrt(b + c) at 0."""
    first = np.array([1.0] * 21 + [0.0] * 19 + [1.0] * 960)
    second = np.array([0.0] * 21 + [1.0] * 19 + [1.0] * 960)
    arrays = ArrayReduction(ids=[f"q{i:03d}" for i in range(1000)], first=first, second=second)
    pair = RepeatedPair(inner=arrays, times=50_000)
    better, worse = pair.discordant
    found = paired_proportions(better, worse, pair.candidate.moments.n)
    z = found.statistic(0.0)
    assert z is not None
    assert math.isclose(z, 100_000 / math.sqrt(2_000_000), rel_tol=1e-12)
    moments = pair.contrast(1.0).moments
    t = t_from_sample(sample_of(moments))
    assert t.df == 49_999_999
    assert math.isclose(t.estimate, 0.002, rel_tol=1e-12)
    # Variance of the differences: share of discordant pairs less the squared mean
    error = math.sqrt((0.04 - 0.002**2) / 49_999_999)
    assert math.isclose(t.standard_error, error, rel_tol=1e-12)
