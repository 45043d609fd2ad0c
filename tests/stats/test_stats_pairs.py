"""Paired success rates, against mpmath, R, SciPy and exact enumeration."""

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
from pytest_evalgate.stats.pairs import (
    PairedProportions,
    paired_proportions,
    rounded_differences,
    tango_z,
)
from pytest_evalgate.stats.result import Inference


REFERENCE = Path(__file__).parents[1] / "reference" / "proportions.json"
CASES: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
ALPHAS = st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.1, 0.3])


def of(method: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["method"] == method]


@st.composite
def pairs(draw: st.DrawFn) -> PairedProportions:
    n = draw(st.integers(1, 300))
    b = draw(st.integers(0, n))
    return paired_proportions(b, draw(st.integers(0, n - b)), n)


def assert_dual(inference: Inference, limit: float, alpha: float) -> None:
    low, high = inference.interval(alpha)
    assert low is not None
    assert high is not None
    for bound in (limit, 0.0, low, high):  # the bounds themselves are not rejected
        for near in (bound - 1e-11, bound, bound + 1e-11):
            assert (inference.p_greater(near) < alpha) == (low > near)
            assert (inference.p_less(near) < alpha) == (high < near)


@pytest.mark.parametrize("case", of("mcnemar"))
def test_mcnemar_agrees_with_r(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    b, c, n = (case["input"][key] for key in ("b", "c", "n"))
    paired = paired_proportions(b, c, n)
    assert paired.estimate == pytest.approx(expected["estimate"], rel=rel)
    assert paired.exact_pvalue() == pytest.approx(expected["exact_p_greater"], rel=rel)
    smaller = min(paired.exact_pvalue(greater=True), paired.exact_pvalue(greater=False))
    assert 2 * smaller == pytest.approx(expected["exact_p_two_sided"], rel=rel)
    z = paired.statistic(0.0)
    assert z is not None
    assert z**2 == pytest.approx(expected["chi2"], rel=rel)
    assert 2 * min(paired.score_pvalue(0.0), paired.score_pvalue(0.0, greater=False)) == (
        pytest.approx(expected["chi2_p"], rel=rel)
    )


@pytest.mark.parametrize("case", of("paired_proportions"))
def test_tango_agrees_with_mpmath(case: dict[str, Any]) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    paired = paired_proportions(*(case["input"][key] for key in ("b", "c", "n")))
    alpha, margin = (1 - case["params"]["conf_level"]) / 2, case["params"]["ni_margin"]
    low, high = expected["tango"]
    assert paired.estimate == pytest.approx(expected["estimate"], rel=rel)
    assert paired.statistic(-margin) == pytest.approx(expected["tango_z_margin"], rel=rel)
    assert paired.statistic(0.0) == pytest.approx(expected["tango_z_zero"], rel=rel)
    assert paired.p_greater(-margin) == pytest.approx(expected["tango_p_margin"], rel=rel)
    assert paired.score_pvalue(low) == pytest.approx(alpha, rel=1e-7)
    assert paired.score_pvalue(high, greater=False) == pytest.approx(alpha, rel=1e-7)
    # 1 against 7 of 21: McNemar's exact p is .035, so the hull reaches 0.
    is_capped = high < 0.0 and paired.exact_pvalue(greater=False) >= alpha
    assert paired.interval(alpha) == pytest.approx((low, 0.0 if is_capped else high), rel=rel)


def test_a_margin_is_kept_without_a_discordant_pair_but_not_by_certainty() -> None:
    paired = paired_proportions(0, 0, 200)
    assert paired.statistic(-0.03) == pytest.approx(2.487, abs=5e-4)
    low, high = paired.interval(0.025)
    assert low == pytest.approx(-0.0188, abs=5e-5)
    assert high == pytest.approx(0.0188, abs=5e-5)
    assert paired.p_greater(0.0) == paired.p_less(0.0) == 1.0


def test_a_tiny_effect_is_not_shown_where_an_effect_is_not() -> None:
    paired = paired_proportions(7, 2, 100)
    assert paired.exact_pvalue() == pytest.approx(0.08984375)
    assert paired.score_pvalue(0.0005) < 0.05 < paired.p_greater(0.0005)
    assert paired.interval(0.05)[0] == 0.0
    assert paired.p_greater(-0.001) < 0.05


@given(pairs(), st.floats(-1.0, 1.0), ALPHAS)
@settings(deadline=None)
def test_paired_test_and_interval_are_one_procedure(
    paired: PairedProportions, limit: float, alpha: float
) -> None:
    assert_dual(paired, limit, alpha)


@given(pairs(), st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=12))
def test_a_stricter_paired_limit_never_has_a_smaller_p(
    paired: PairedProportions, limits: list[float]
) -> None:
    limits = sorted([*limits, -1e-9, 0.0, 1e-9])
    greater = np.array([paired.p_greater(limit) for limit in limits])
    less = np.array([paired.p_less(limit) for limit in limits])
    assert (np.diff(greater) >= -1e-13).all()
    assert (np.diff(less) <= 1e-13).all()


@given(pairs(), st.floats(-1.0, 1.0))
def test_swapped_or_complementary_pairs_are_the_mirror_image(
    paired: PairedProportions, limit: float
) -> None:
    swapped = paired_proportions(paired.c, paired.b, paired.n)
    assert swapped.p_less(-limit) == paired.p_greater(limit)
    assert swapped.estimate == -paired.estimate


@given(pairs())
def test_tango_at_zero_is_mcnemars_z(paired: PairedProportions) -> None:
    discordant = paired.b + paired.c
    expected = (paired.b - paired.c) / math.sqrt(discordant) if discordant else 0.0
    assert tango_z(paired.b, paired.c, paired.n, difference=0.0) == pytest.approx(expected)


@pytest.mark.parametrize("n", [1, 4, 5, 60])
@pytest.mark.parametrize("limit", [-0.1, 0.0, 0.2])
def test_no_paired_table_has_a_p_below_the_smallest(n: int, limit: float) -> None:
    step = max(1, n // 10)
    tables = [
        paired_proportions(b, c, n)
        for b in (*range(0, n, step), n)
        for c in range(0, n - b + 1, step)
    ]
    tables.append(paired_proportions(0, n, n))
    p_greater = min(paired.p_greater(limit) for paired in tables)
    p_less = min(paired.p_less(limit) for paired in tables)
    assert tables[0].min_pvalue(limit, greater=True) == p_greater
    assert tables[0].min_pvalue(limit, greater=False) == p_less


def test_the_smallest_p_at_zero_is_a_power_of_one_half() -> None:
    assert paired_proportions(0, 0, 5).min_pvalue(0.0, greater=True) == 0.5**5


def rejection_rate(n: int, win: float, lose: float, limit: float) -> float:
    """Probability that p_greater(limit) < 0.05, by enumeration of all tables."""
    rate = 0.0
    for b in range(n + 1):
        c = np.arange(n - b + 1)
        p = np.array([paired_proportions(b, int(k), n).p_greater(limit) for k in c])
        among = stats.binom.pmf(c, n - b, lose / (1.0 - win))
        rate += float(stats.binom.pmf(b, n, win) * among[p < 0.05].sum())
    return rate


@pytest.mark.parametrize("n", [5, 20, 40])
@pytest.mark.parametrize("discordance", [0.05, 0.2, 0.6])
def test_superiority_never_passes_more_often_than_alpha(n: int, discordance: float) -> None:
    assert rejection_rate(n, discordance / 2, discordance / 2, 0.0) <= 0.05


@pytest.mark.parametrize(
    ("n", "win", "lose"), [(50, 0.02, 0.12), (100, 0.01, 0.04), (80, 0.1, 0.15)]
)
def test_margin_holds_its_level_about_at_the_boundary(n: int, win: float, lose: float) -> None:
    assert rejection_rate(n, win, lose, win - lose) <= 0.06


def test_a_least_effect_is_shown_no_more_often_than_alpha() -> None:
    assert rejection_rate(60, 0.2, 0.1, 0.1) <= 0.06


@pytest.mark.parametrize(
    ("b", "c", "n"), [(0, 0, 0), (-1, 0, 3), (2, 2, 3), (1.5, 0, 3), (math.nan, 0, 3)]
)
def test_pairs_that_cannot_be_are_refused(b: Any, c: Any, n: Any) -> None:
    with pytest.raises(UndefinedTestError, match="number of pairs"):
        paired_proportions(b, c, n)


def test_limits_at_the_ends_of_pairs_are_answered() -> None:
    best = paired_proportions(4, 0, 4)
    assert (best.p_greater(1.0), best.p_less(-1.0), best.p_greater(-1.0)) == (1.0, 1.0, 0.0)
    assert best.interval(0.05)[1] == 1.0
    assert best.p_less(1.0) == 0.5
    assert best.statistic(2.0) is None


DIFFERENCES = st.lists(
    st.floats(-2.0, 2.0) | st.sampled_from([-2.0, 0.0, 2.0]), min_size=1, max_size=60
).map(np.array)


def test_differences_are_rounded_against_each_claim() -> None:
    rounded = rounded_differences(np.array([1.0, 0.4, 0.0, -0.4, -1.0, 1.0]), 1.0)
    assert (rounded.down.b, rounded.down.c, rounded.down.n) == (2, 2, 6)
    assert (rounded.up.b, rounded.up.c, rounded.up.n) == (3, 1, 6)
    assert rounded.estimate == pytest.approx(1.0 / 6.0)


def test_differences_of_zero_and_the_width_are_paired_proportions() -> None:
    rounded = rounded_differences(np.array([0.5] * 6 + [-0.5] + [0.0] * 20), 0.5)
    paired = paired_proportions(6, 1, 27)
    assert rounded.p_greater(-0.05) == paired.p_greater(-0.1)
    assert rounded.p_less(0.05) == paired.p_less(0.1)
    assert rounded.statistic(-0.05) == paired.statistic(-0.1)
    low, high = paired.interval(0.05)
    assert rounded.interval(0.05) == pytest.approx((0.5 * low, 0.5 * high), rel=1e-14)
    assert rounded.min_pvalue(-0.05, greater=True) == paired.min_pvalue(-0.1, greater=True)


@given(DIFFERENCES, st.floats(-2.0, 2.0), ALPHAS)
@settings(deadline=None)
def test_rounded_test_and_interval_are_one_procedure(
    differences: NDArray[np.float64], limit: float, alpha: float
) -> None:
    assert_dual(rounded_differences(differences, 2.0), limit, alpha)


@given(DIFFERENCES)
def test_rounded_means_lie_on_both_sides_of_the_mean(differences: NDArray[np.float64]) -> None:
    rounded = rounded_differences(differences, 2.0)
    assert 2.0 * rounded.down.estimate <= rounded.estimate + 1e-12
    assert 2.0 * rounded.up.estimate >= rounded.estimate - 1e-12


@given(DIFFERENCES, st.floats(-1.9, 1.9))
def test_mirrored_differences_are_the_mirror_image(
    differences: NDArray[np.float64], limit: float
) -> None:
    one, other = rounded_differences(differences, 2.0), rounded_differences(-differences, 2.0)
    assert other.p_less(-limit) == one.p_greater(limit)


def test_rounding_of_the_range_itself_is_forgiven() -> None:
    width = 0.9
    difference = 0.3 - (-0.6) + 2e-16
    assert difference > width - 1e-15
    assert rounded_differences(np.array([difference, width + 1e-13]), width).up.b == 2


@pytest.mark.parametrize(
    ("differences", "width"),
    [
        ([], 1.0),
        ([math.nan], 1.0),
        ([math.inf], 1.0),
        ([1.1], 1.0),
        ([0.1], 0.0),
        ([0.1], math.nan),
        ([0.1], -1.0),
    ],
)
def test_differences_that_cannot_be_are_refused(differences: list[float], width: float) -> None:
    with pytest.raises(UndefinedTestError):
        rounded_differences(np.array(differences), width)


def test_rounding_holds_its_level_where_t_does_not() -> None:
    """Rare losses of the whole range, at the boundary of a margin of 0.03."""
    rng = np.random.default_rng(7)
    n, runs = 100, 2000
    losses = rng.binomial(n, 0.04, size=runs)
    wins = rng.binomial(n - losses, 0.01 / 0.96)
    passed = sum(
        rounded_differences(np.repeat([1.0, -1.0, 0.0], [w, k, n - w - k]), 1.0).p_greater(-0.03)
        < 0.05
        for w, k in zip(wins, losses, strict=True)
    )
    assert passed / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
