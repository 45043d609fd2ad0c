"""Shape of a sample, against SciPy and by counting."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.shape import (
    informative_at_least,
    informative_units,
    most_common_share,
    skewness,
)


@pytest.mark.parametrize("n", [3, 10, 1000])
def test_skewness_equals_scipy(n: int) -> None:
    values = np.random.default_rng(n).lognormal(size=n)

    assert skewness(values) == pytest.approx(stats.skew(values, bias=False), rel=1e-10)


@pytest.mark.parametrize("factor", [1e-300, 1e140], ids=["tiny", "huge"])
def test_skewness_does_not_depend_on_the_unit(factor: float) -> None:
    values = np.array([1.0, 2.0, 2.5, 9.0])

    assert skewness(values * factor) == pytest.approx(skewness(values), rel=1e-9)


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [1.0, 5.0], [0.3, 0.3, 0.1 + 0.2], [0.0] * 5],
    ids=["none", "one", "two", "equal but for rounding", "zeros"],
)
def test_skewness_is_zero_where_it_has_no_meaning(values: list[float]) -> None:
    assert skewness(values) == 0.0


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([], 0),
        ([5.0], 0),
        ([0.0, 0.0, 0.0, 1.0, -1.0], 2),
        ([1.0, 2.0, 3.0], 2),
        ([0.0, 0.9 - 0.8 - 0.1, 1.0, 0.1 + 0.2 - 0.3], 1),
        ([0.3, 0.1 + 0.2, 0.7], 1),
    ],
)
def test_informative_units_are_not_the_most_common_value(values: list[float], count: int) -> None:
    assert informative_units(values) == count


_ROUGH = st.floats(-1, 1) | st.sampled_from([0.0, 1.0, 0.3, 0.1 + 0.2, 1e-13, 3e-13])


@given(st.lists(_ROUGH, max_size=60), st.sampled_from([1, 2, 5, 20]), st.sampled_from([1, 20, 90]))
def test_enough_informative_units_are_enough_of_all(
    some: list[float], enough: int, times: int
) -> None:
    values = np.tile(some, times)
    found, counted = informative_at_least(values, enough), informative_units(values)
    assert found == counted or enough == found < counted


def test_a_chain_of_near_values_is_one_value_however_long() -> None:
    values = 1.0 + np.arange(5_000) * 9e-13
    assert informative_units(values) == 0
    assert informative_at_least(values, 1) == 0


def test_few_values_tell_enough_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).integers(-1, 2, 100_000).astype(np.float64)
    monkeypatch.setattr("pytest_evalgate.stats.shape.informative_units", pytest.fail)
    assert informative_at_least(values, 20) == 20


def test_most_common_share_is_the_rest() -> None:
    assert most_common_share([0.0, 0.0, 0.0, 1.0]) == 0.75


def test_share_of_nothing_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="at least 1"):
        most_common_share([])


@pytest.mark.parametrize("judge", [skewness, informative_units, most_common_share])
def test_values_that_are_no_numbers_are_refused(judge: object) -> None:
    assert callable(judge)
    with pytest.raises(UndefinedTestError, match="number 1 is nan"):
        judge([math.nan, 1.0, 2.0])
