"""Order-statistic inference of quantiles, against R, SciPy and the binomial law."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.quantiles import Quantile, quantile_inference


REFERENCE = Path(__file__).parents[1] / "reference" / "proportions.json"
CASES: list[dict[str, Any]] = [
    case
    for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    if case["method"] == "quantile_order_stat"
]
IDS = [case["id"] for case in CASES]
# Few distinct values: ties at the limit must occur.
VALUES = st.lists(st.integers(-4, 4).map(float) | st.floats(-4, 4), min_size=1, max_size=80).map(
    np.array
)
LEVELS = st.sampled_from([0.01, 0.05, 0.25, 0.5, 0.9, 0.95])
ALPHAS = st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.1, 0.3])


def finite(number: float | str) -> float | None:
    return None if isinstance(number, str) else number


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_order_statistics_agree_with_r(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    x, p = np.array(case["input"]["x"]), case["params"]["p"]
    quantile = quantile_inference(x, p)
    assert quantile.estimate == pytest.approx(expected["quantile_type7"], rel=rel)
    low, high = quantile.interval(0.025)
    assert (low, high) == (expected["lower"], finite(expected["upper"]))
    ascending = np.sort(x)
    assert low == ascending[expected["lower_index"] - 1]
    assert quantile.interval(0.05)[1] == ascending[expected["upper_one_sided_index"] - 1]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_quantile_p_agrees_with_scipy(case: dict[str, Any]) -> None:
    x, p = np.array(case["input"]["x"]), case["params"]["p"]
    quantile = quantile_inference(x, p)
    for limit in (14.0, 20.6, 45.0, 101.3, 120.0):
        # Their T1 counts x <= limit, T2 x < limit, as here.
        greater = stats.quantile_test(x, q=limit, p=p, alternative="greater").pvalue
        less = stats.quantile_test(x, q=limit, p=p, alternative="less").pvalue
        assert quantile.p_greater(limit) == pytest.approx(greater, rel=1e-9)
        assert quantile.p_less(limit) == pytest.approx(less, rel=1e-9)


@given(VALUES, LEVELS, ALPHAS, st.floats(-5, 5))
@settings(deadline=None)
def test_quantile_test_and_interval_are_one_procedure(
    values: NDArray[np.float64], p: float, alpha: float, limit: float
) -> None:
    quantile = quantile_inference(values, p)
    low, high = quantile.interval(alpha)
    for value in (limit, *values):
        for near in (math.nextafter(value, -9.0), float(value), math.nextafter(value, 9.0)):
            assert (quantile.p_greater(near) < alpha) == (low is not None and low > near)
            assert (quantile.p_less(near) < alpha) == (high is not None and high < near)


@given(VALUES, LEVELS, st.lists(st.floats(-5, 5), min_size=2, max_size=9))
def test_a_stricter_quantile_limit_never_has_a_smaller_p(
    values: NDArray[np.float64], p: float, limits: list[float]
) -> None:
    quantile = quantile_inference(values, p)
    limits = sorted([*limits, *values.tolist()])
    assert (np.diff([quantile.p_greater(limit) for limit in limits]) >= 0.0).all()
    assert (np.diff([quantile.p_less(limit) for limit in limits]) <= 0.0).all()


@given(VALUES, LEVELS, st.floats(-5, 5))
def test_mirrored_values_are_the_mirror_image(
    values: NDArray[np.float64], p: float, limit: float
) -> None:
    one, other = quantile_inference(values, p), quantile_inference(-values, 1.0 - p)
    assert other.p_less(-limit) == pytest.approx(one.p_greater(limit), rel=1e-9)


@given(VALUES, LEVELS, st.randoms())
def test_the_order_of_values_does_not_matter(
    values: NDArray[np.float64], p: float, random: Any
) -> None:
    shuffled = values.tolist()
    random.shuffle(shuffled)
    one, other = quantile_inference(values, p), quantile_inference(np.array(shuffled), p)
    assert one.interval(0.05) == other.interval(0.05)
    assert one.estimate == other.estimate


@pytest.mark.parametrize(("n", "p", "is_bounded"), [(58, 0.95, False), (59, 0.95, True)])
def test_too_few_values_leave_the_upper_bound_open(n: int, p: float, *, is_bounded: bool) -> None:
    quantile = quantile_inference(np.arange(float(n)), p)
    assert (quantile.interval(0.05)[1] is not None) == is_bounded
    assert (quantile.min_pvalue(1e6, greater=False) < 0.05) == is_bounded


def test_the_smallest_p_is_that_of_values_all_on_one_side() -> None:
    quantile = quantile_inference(np.arange(10.0), 0.9)
    assert quantile.min_pvalue(3.0, greater=False) == pytest.approx(0.9**10, rel=1e-12)
    assert quantile.min_pvalue(3.0, greater=True) == pytest.approx(0.1**10, rel=1e-9)
    assert quantile.min_pvalue(3.0, greater=False) == quantile.p_less(100.0)
    assert quantile.min_pvalue(3.0, greater=True) == quantile.p_greater(-100.0)


def test_values_exactly_on_the_limit_show_nothing() -> None:
    quantile = quantile_inference(np.full(500, 200.0), 0.95)
    assert quantile.p_less(200.0) == 1.0
    assert quantile.p_greater(200.0) == 1.0
    assert quantile.interval(0.05) == (200.0, 200.0)
    assert quantile.p_less(math.nextafter(200.0, 300.0)) < 0.05


@pytest.mark.parametrize(("n", "p"), [(20, 0.5), (60, 0.95), (100, 0.9), (7, 0.3)])
def test_a_limit_on_the_true_quantile_is_shown_no_more_often_than_alpha(n: int, p: float) -> None:
    # Of a continuous law the number of values below its p-quantile is Bin(n, p).
    below = np.arange(n + 1)
    probability = stats.binom.pmf(below, n, p)
    inferences = [
        quantile_inference(np.concatenate((np.full(k, -1.0), np.full(n - k, 1.0))), p)
        for k in below
    ]
    for alpha in (0.01, 0.05):
        assert probability[[one.p_less(0.0) < alpha for one in inferences]].sum() <= alpha
        assert probability[[one.p_greater(0.0) < alpha for one in inferences]].sum() <= alpha


def test_the_values_given_are_left_as_they_were() -> None:
    values = np.array([3.0, 1.0, 2.0])
    quantile = quantile_inference(values, 0.5)
    assert values.tolist() == [3.0, 1.0, 2.0]
    assert not quantile.values.flags.writeable


@pytest.mark.parametrize(
    ("values", "p"),
    [
        ([], 0.5),
        ([math.nan], 0.5),
        ([math.inf], 0.5),
        ([1.0], 0.0),
        ([1.0], 1.0),
        ([1.0], math.nan),
    ],
)
def test_values_that_cannot_be_are_refused(values: list[float], p: float) -> None:
    with pytest.raises(UndefinedTestError):
        quantile_inference(np.array(values), p)


def test_a_quantile_limit_or_level_that_is_no_number_is_refused() -> None:
    quantile: Quantile = quantile_inference(np.arange(5.0), 0.5)
    for question in (quantile.p_greater, quantile.p_less, quantile.statistic, quantile.interval):
        with pytest.raises(UndefinedTestError):
            question(math.nan)
