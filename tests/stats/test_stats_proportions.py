"""Success rates of one and of two arms, against R, mpmath, SciPy and exact enumeration."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.proportions import (
    Binomial,
    TwoProportions,
    one_proportion,
    two_proportions,
)
from pytest_evalgate.stats.restricted import restricted_rates
from pytest_evalgate.stats.result import Inference


REFERENCE = Path(__file__).parents[1] / "reference" / "proportions.json"
CASES: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
ALPHAS = st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.1, 0.3])


def of(method: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["method"] == method]


@st.composite
def one_arm(draw: st.DrawFn) -> Binomial:
    n = draw(st.integers(1, 400))
    return one_proportion(draw(st.integers(0, n)), n)


@st.composite
def two_arms(draw: st.DrawFn, largest: int = 60) -> TwoProportions:
    n1, n2 = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    return two_proportions(draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2)


def assert_dual(inference: Inference, limit: float, alpha: float) -> None:
    low, high = inference.interval(alpha)
    assert low is not None
    assert high is not None
    for bound in (limit, 0.0, low, high):  # the bounds themselves are not rejected
        for near in (bound - 1e-11, bound, bound + 1e-11):
            assert (inference.p_greater(near) < alpha) == (low > near)
            assert (inference.p_less(near) < alpha) == (high < near)


@pytest.mark.parametrize("case", of("binomial_test"))
def test_binomial_agrees_with_r(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    binomial = one_proportion(case["input"]["x"], case["input"]["n"])
    assert binomial.estimate == pytest.approx(expected["estimate"], rel=rel)
    low, high = expected["ci"]
    if case["params"]["alternative"] == "greater":
        assert binomial.p_greater(case["params"]["p0"]) == pytest.approx(
            expected["p_value"], rel=rel
        )
        assert binomial.interval(0.05)[0] == pytest.approx(low, rel=rel)
    else:
        assert binomial.interval(0.025) == pytest.approx((low, high), rel=rel)


@pytest.mark.parametrize("case", of("one_proportion_ci"))
def test_clopper_pearson_agrees_with_r(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    binomial = one_proportion(case["input"]["x"], case["input"]["n"])
    assert binomial.estimate == pytest.approx(expected["estimate"], rel=rel)
    assert binomial.interval(0.025) == pytest.approx(tuple(expected["clopper_pearson"]), rel=rel)


@pytest.mark.parametrize("case", of("zero_failure"))
def test_no_failure_bounds_the_failure_rate(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    failures = one_proportion(case["input"]["failures"], case["input"]["n"])
    assert failures.estimate == 0.0
    assert failures.interval(case["params"]["alpha"])[0] == 0.0
    assert failures.interval(case["params"]["alpha"])[1] == pytest.approx(
        expected["upper_exact"], rel=rel
    )
    assert failures.p_less(case["params"]["max_rate"]) == pytest.approx(
        expected["p_value"], rel=rel
    )


@pytest.mark.parametrize("case", of("worst_slice"))
def test_slices_agree_with_mpmath(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    limit, alpha = case["params"]["threshold"], case["params"]["alpha"]
    arms = [
        one_proportion(x, n)
        for x, n in zip(case["input"]["passes"], case["input"]["n"], strict=True)
    ]
    assert [arm.p_greater(limit) for arm in arms] == pytest.approx(expected["p_values"], rel=rel)
    assert max(arm.p_greater(limit) for arm in arms) == pytest.approx(expected["iut_p"], rel=rel)
    assert [arm.interval(alpha)[0] for arm in arms] == pytest.approx(
        expected["lower_each"], rel=rel
    )
    assert [arm.interval(alpha / len(arms))[0] for arm in arms] == pytest.approx(
        expected["lower_bonferroni"], rel=rel
    )
    assert min(arm.estimate for arm in arms) == pytest.approx(expected["worst_observed"], rel=rel)


@pytest.mark.parametrize(("x", "n", "rate"), [(0, 5, 0.3), (999_900, 10**6, 0.9995), (7, 9, 0.01)])
def test_binomial_tails_agree_with_scipy(x: int, n: int, rate: float) -> None:
    binomial = one_proportion(x, n)
    greater = stats.binomtest(x, n, rate, alternative="greater").pvalue
    less = stats.binomtest(x, n, rate, alternative="less").pvalue
    assert binomial.p_greater(rate) == pytest.approx(greater, rel=1e-8)
    assert binomial.p_less(rate) == pytest.approx(less, rel=1e-8)


def test_binomial_keeps_a_tail_far_below_one_ulp_of_one() -> None:
    assert one_proportion(100, 100).p_greater(1e-3) == pytest.approx(1e-300, rel=1e-9)


def test_binomial_never_rejects_a_true_limit_more_often_than_alpha() -> None:
    for n, rate in itertools.product((1, 2, 5, 13, 29, 40, 100), np.linspace(0.02, 0.98, 25)):
        p = np.array([one_proportion(x, n).p_greater(float(rate)) for x in range(n + 1)])
        probability = stats.binom.pmf(np.arange(n + 1), n, rate)
        for alpha in (0.01, 0.05, 0.1):
            assert probability[p < alpha].sum() <= alpha


@given(one_arm(), st.floats(0.0, 1.0), ALPHAS)
@settings(deadline=None)
def test_binomial_test_and_interval_are_one_procedure(
    binomial: Binomial, limit: float, alpha: float
) -> None:
    assert_dual(binomial, limit, alpha)


@given(one_arm(), st.floats(0.01, 0.99))
def test_binomial_of_the_complement_is_the_mirror_image(binomial: Binomial, limit: float) -> None:
    mirrored = one_proportion(binomial.n - binomial.successes, binomial.n)
    # 1 - limit is rounded: the p of 400 successes answers that with 400 times the rounding.
    assert mirrored.p_less(1.0 - limit) == pytest.approx(binomial.p_greater(limit), rel=1e-9)


@pytest.mark.parametrize("n", [1, 5, 28, 29, 300])
def test_smallest_binomial_p_is_that_of_the_extreme_data(n: int) -> None:
    limit = 0.9
    binomial = one_proportion(n // 2, n)
    assert binomial.min_pvalue(limit, greater=True) == pytest.approx(limit**n, rel=1e-12)
    assert binomial.min_pvalue(limit, greater=False) == pytest.approx(0.1**n, rel=1e-9)
    assert binomial.min_pvalue(limit, greater=True) == one_proportion(n, n).p_greater(limit)


def test_a_limit_outside_the_possible_is_trivially_kept_or_missed() -> None:
    binomial = one_proportion(0, 3)
    assert (binomial.p_greater(-0.1), binomial.p_greater(0.0), binomial.p_greater(1.1)) == (0, 1, 1)
    assert (binomial.p_less(-0.1), binomial.p_less(1.0), binomial.p_less(1.1)) == (1, 0, 0)


@pytest.mark.parametrize(
    ("x", "n"), [(0, 0), (-1, 3), (4, 3), (1.5, 3), (math.nan, 3), (True, 3), (1, math.inf)]
)
def test_counts_that_cannot_be_are_refused(x: Any, n: Any) -> None:
    with pytest.raises(UndefinedTestError, match="number of"):
        one_proportion(x, n)
    with pytest.raises(UndefinedTestError, match="number of"):
        two_proportions(x, n, 1, 2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("inference", [one_proportion(3, 3), two_proportions(3, 3, 0, 3)])
def test_a_limit_that_is_no_number_is_refused(inference: Inference, bad: float) -> None:
    for question in (inference.p_greater, inference.p_less, inference.statistic):
        with pytest.raises(UndefinedTestError, match="finite"):
            question(bad)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, math.nan])
@pytest.mark.parametrize("inference", [one_proportion(3, 3), two_proportions(3, 3, 0, 3)])
def test_a_level_outside_its_range_is_refused(inference: Inference, alpha: float) -> None:
    with pytest.raises(UndefinedTestError, match="level"):
        inference.interval(alpha)


@pytest.mark.parametrize("case", of("two_proportions_score"))
def test_score_test_agrees_with_mpmath(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    x1, n1, x2, n2 = (case["input"][key] for key in ("x1", "n1", "x2", "n2"))
    margin = case["params"]["ni_margin"]
    two = two_proportions(x1, n1, x2, n2)
    assert two.estimate == pytest.approx(expected["estimate"], rel=rel)
    assert two.statistic(-margin) == pytest.approx(expected["mn_z_margin"], rel=rel)
    assert two.p_greater(-margin) == pytest.approx(expected["mn_p_margin"], rel=rel)
    assert two.statistic(0.0) == pytest.approx(expected["mn_z_zero"], rel=rel)
    assert two.score_pvalue(0.0) == pytest.approx(expected["mn_p_zero_greater"], rel=rel)
    rates = restricted_rates(x1, n1, x2, n2, difference=-margin)
    assert rates == pytest.approx(tuple(expected["rmle_margin"]), rel=rel)
    low, high = expected["miettinen_nurminen"]
    assert two.score_pvalue(low) == pytest.approx(0.025, rel=1e-7)
    assert two.score_pvalue(high, greater=False) == pytest.approx(0.025, rel=1e-7)
    # Boschloo's p at 0 is above 0.025 for 6/7 against 2/7 alone: there the hull begins at 0.
    is_capped = two.exact_greater is not None and two.exact_greater >= 0.025 and low > 0.0
    assert two.interval(0.025) == pytest.approx((0.0 if is_capped else low, high), rel=rel)


def test_score_interval_agrees_with_newcombe_at_the_extreme() -> None:
    low, high = two_proportions(10, 10, 0, 20).interval(0.025)
    assert low == pytest.approx(0.7156, abs=5e-5)
    assert high == 1.0


@given(two_arms(), st.floats(-0.99, 0.99))
@settings(deadline=None, max_examples=60)
def test_restricted_rates_have_the_largest_likelihood(two: TwoProportions, limit: float) -> None:
    counts = (two.x1, two.n1 - two.x1, two.x2, two.n2 - two.x2)

    def minus_log_likelihood(p2: float) -> float:
        p1 = p2 + limit
        rates = (p1, 1.0 - p1, p2, 1.0 - p2)
        return -sum(k * math.log(max(r, 1e-300)) for k, r in zip(counts, rates, strict=True) if k)

    bounds = (max(0.0, -limit), min(1.0, 1.0 - limit))
    found = optimize.minimize_scalar(minus_log_likelihood, bounds=bounds, method="bounded")
    p1, p2 = restricted_rates(two.x1, two.n1, two.x2, two.n2, difference=limit)
    assert p1 - p2 == pytest.approx(limit, abs=1e-12)
    assert minus_log_likelihood(p2) <= found.fun + 1e-9


@given(two_arms(), st.floats(-1.0, 1.0), ALPHAS)
@settings(deadline=None, max_examples=60)
def test_two_arm_test_and_interval_are_one_procedure(
    two: TwoProportions, limit: float, alpha: float
) -> None:
    assert_dual(two, limit, alpha)


@given(two_arms(largest=150), st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=8))
@settings(deadline=None, max_examples=60)
def test_a_stricter_limit_never_has_a_smaller_p(two: TwoProportions, limits: list[float]) -> None:
    limits = sorted([*limits, -1e-9, 0.0, 1e-9])
    greater = np.array([two.p_greater(limit) for limit in limits])
    less = np.array([two.p_less(limit) for limit in limits])
    assert (np.diff(greater) >= -1e-13).all()
    assert (np.diff(less) <= 1e-13).all()


@given(two_arms(), st.floats(-0.99, 0.99))
@settings(deadline=None, max_examples=60)
def test_swapped_arms_are_the_mirror_image(two: TwoProportions, limit: float) -> None:
    swapped = two_proportions(two.x2, two.n2, two.x1, two.n1)
    assert swapped.p_less(-limit) == two.p_greater(limit)
    assert swapped.estimate == pytest.approx(-two.estimate, abs=1e-15)


@given(two_arms(largest=40), st.floats(-0.99, 0.99))
@settings(deadline=None, max_examples=60)
def test_failures_counted_for_successes_are_the_mirror_image(
    two: TwoProportions, limit: float
) -> None:
    failures = two_proportions(two.n1 - two.x1, two.n1, two.n2 - two.x2, two.n2)
    assert failures.p_less(-limit) == pytest.approx(two.p_greater(limit), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    "table", [(0, 10, 0, 10), (10, 10, 10, 10), (0, 300, 0, 300), (1, 1, 1, 1), (0, 1, 0, 90)]
)
def test_arms_without_a_difference_keep_an_interval_of_some_width(
    table: tuple[int, int, int, int],
) -> None:
    two = two_proportions(*table)
    low, high = two.interval(0.05)
    assert low < -1.0 / (two.n1 + two.n2)
    assert high > 1.0 / (two.n1 + two.n2)
    assert two.p_greater(0.0) >= 0.5
    assert two.p_less(0.0) >= 0.5


@pytest.mark.parametrize("table", [(10, 10, 0, 20), (0, 3, 4, 4), (0, 4, 0, 4), (250, 250, 0, 1)])
def test_limits_at_the_ends_are_answered(table: tuple[int, int, int, int]) -> None:
    two = two_proportions(*table)
    assert two.p_greater(1.0) == 1.0
    assert two.p_less(-1.0) == 1.0
    assert two.p_greater(-1.0) in {0.0, 0.5}
    assert two.p_less(1.0) in {0.0, 0.5}
    assert two.p_greater(-1.5) == 0.0
    assert two.p_greater(1.5) == 1.0
    assert two.statistic(-1.5) is None


def test_the_exact_test_decides_at_zero_up_to_40_000_tables() -> None:
    small, large = two_proportions(108, 199, 91, 199), two_proportions(108, 200, 91, 199)
    assert small.exact_greater is not None
    assert small.p_greater(0.0) == max(small.exact_greater, small.score_pvalue(0.0))
    assert large.exact_greater is None
    assert large.p_greater(0.0) == large.score_pvalue(0.0)


@pytest.mark.parametrize(("n1", "n2"), [(3, 4), (10, 10), (150, 150)])
@pytest.mark.parametrize("limit", [-0.1, 0.0, 0.2])
def test_no_table_has_a_p_below_the_smallest(n1: int, n2: int, limit: float) -> None:
    step = max(1, n1 // 5)
    tables = [
        two_proportions(x1, n1, x2, n2)
        for x1 in (*range(0, n1, step), n1)
        for x2 in (*range(0, n2, step), n2)
    ]
    for greater in (True, False):
        p = [two.p_greater(limit) if greater else two.p_less(limit) for two in tables]
        assert tables[0].min_pvalue(limit, greater=greater) == min(p)


@pytest.mark.parametrize("n", [20, 50])
def test_margin_test_holds_its_level_about_at_the_boundary(n: int) -> None:
    margin = 0.1
    count = np.arange(n + 1)
    p = np.array([[two_margin(x1, x2, n, margin) for x2 in range(n + 1)] for x1 in range(n + 1)])
    for rate in (0.5, 0.8, 0.95):
        probability = np.outer(
            stats.binom.pmf(count, n, rate - margin), stats.binom.pmf(count, n, rate)
        )
        assert probability[p < 0.05].sum() <= 0.06


def two_margin(x1: int, x2: int, n: int, margin: float) -> float:
    bare = TwoProportions(x1=x1, n1=n, x2=x2, n2=n, exact_greater=1.0, exact_less=1.0)
    return bare.p_greater(-margin)
