"""Planning, against R, SciPy, exact rationals and exact enumeration."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.stats import power
from pytest_evalgate.stats.pairs import paired_proportions
from pytest_evalgate.stats.proportions import TwoProportions


REFERENCE = Path(__file__).parents[1] / "reference" / "power.json"
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
}


def test_paired_t_agrees_with_r() -> None:
    case = CASES["power_t_p"]
    given_, expected, rel = case["params"], case["expected"], case["tol"]["rel"]
    sd, n, alpha = given_["sd_diff"], given_["n"], given_["alpha"]
    error = sd / math.sqrt(n)
    assert power.t_power(given_["delta"], error, n - 1, alpha) == pytest.approx(
        expected["power"], rel=rel
    )
    target = given_["target_power"]
    assert power.t_needed(given_["delta"], sd, alpha, target) == expected["n_ceil"]
    assert power.t_mde(error, n - 1, alpha, target) == pytest.approx(expected["mde"], rel=rel)


def test_two_sample_t_agrees_with_r() -> None:
    case = CASES["power_t2_p"]
    given_, expected, rel = case["params"], case["expected"], case["tol"]["rel"]
    sd, n, alpha = given_["sd"], given_["n"], given_["alpha"] / 2
    error, df = sd * math.sqrt(2 / n), 2 * n - 2
    near = power.t_power(given_["delta"], error, df, alpha)
    far = power.t_power(-given_["delta"], error, df, alpha)
    assert near is not None
    assert far is not None
    assert near + far == pytest.approx(expected["power"], rel=rel)
    target = given_["target_power"]
    assert power.t_needed_two(given_["delta"], sd, sd, alpha, target) == expected["n_ceil"]
    # Theirs counts the far tail, 1e-7 here.
    assert power.t_mde(error, df, alpha, target) == pytest.approx(expected["mde"], rel=1e-6)


@pytest.mark.parametrize(
    ("effect", "paired", "two"),
    [(0.5, 27, 51), (0.75, 13, 23), (1.0, 8, 14), (1.5, 5, 7), (2.0, 4, 4)],
)
def test_units_for_80_percent_are_those_of_the_tables(effect: float, paired: int, two: int) -> None:
    assert power.t_needed(effect, 1.0, 0.05, 0.8) == paired
    assert power.t_needed_two(effect, 1.0, 1.0, 0.05, 0.8) == two


@pytest.mark.parametrize("df", [1.0, 2.5, 9.0, 400.0, 2e6])
@pytest.mark.parametrize("shift", [-3.0, 0.0, 1.0, 5.0, 30.0])
def test_t_power_agrees_with_scipy(df: float, shift: float) -> None:
    expected = stats.nct.sf(stats.t.isf(0.05, df), df, shift)
    assert power.t_power(shift, 1.0, df, 0.05) == pytest.approx(expected, rel=1e-5, abs=1e-9)


@given(
    st.floats(0.0, 1e6),
    st.sampled_from([1.0, 1.5, 3.0, 9.0, 99.0, 1e5, 1e7]),
    st.floats(1e-6, 0.5),
)
def test_t_power_is_a_probability_however_large_the_effect(
    effect: float, df: float, alpha: float
) -> None:
    found = power.t_power(effect, 1.0, df, alpha)
    assert found is not None
    assert alpha * (1 - 1e-6) <= found <= 1.0


def test_t_power_far_out_joins_the_series() -> None:
    alpha, df = 0.001, 3.0
    found = [power.t_power(shift, 1.0, df, alpha) for shift in (30.0, 36.0, 39.0, 60.0)]
    assert found == sorted(found, key=float)  # type: ignore[arg-type]
    assert found[3] is not None
    # Monte Carlo of the definition (Z + shift) / sqrt(chi2 / df).
    rng = np.random.default_rng(1)
    draws = (rng.normal(size=200_000) + 60.0) / np.sqrt(rng.chisquare(df, 200_000) / df)
    assert found[3] == pytest.approx((draws > stats.t.isf(alpha, df)).mean(), abs=0.005)


@pytest.mark.parametrize("df", [1.0, 2.0, 4.0, 19.0, 999.0])
@pytest.mark.parametrize("target", [0.3, 0.8, 0.99])
def test_the_distance_detectable_has_the_power(df: float, target: float) -> None:
    distance = power.t_mde(0.1, df, 0.05, target)
    assert distance is not None
    assert power.t_power(distance, 0.1, df, 0.05) == pytest.approx(target, abs=1e-9)


@given(st.floats(0.01, 5.0), st.floats(0.01, 5.0), st.floats(0.3, 0.95))
def test_needed_units_are_the_first_with_the_power(
    distance: float, sd: float, target: float
) -> None:
    n = power.t_needed(distance, sd, 0.05, target)
    assert n is not None
    reached = power.t_power(distance, sd / math.sqrt(n), n - 1, 0.05)
    assert reached is not None
    assert reached >= target
    if n > 2:
        before = power.t_power(distance, sd / math.sqrt(n - 1), n - 2, 0.05)
        assert before is not None
        assert before < target


def test_welch_with_one_arm_without_spread_is_the_one_sample_test() -> None:
    assert power.t_needed_two(0.5, 1.0, 0.0, 0.05, 0.8) == power.t_needed(0.5, 1.0, 0.05, 0.8)


def test_crossed_design_says_which_size_would_decide() -> None:
    # Runs vary, so more units do not help: .02 / sqrt(.01 / 3) is too little.
    need = power.crossed_needed(0.05, 0.01, 0.05, 0.2, 3, 500, 0.05, 0.8)
    assert need.units is None
    assert need.runs is not None
    assert need.runs > 3
    again = power.crossed_needed(0.05, 0.01, 0.05, 0.2, need.runs, 500, 0.05, 0.8)
    assert again.runs == need.runs


def test_a_crossed_design_may_need_more_of_both() -> None:
    # Infinitely many runs leave 1 / 10 of a unit's variance, infinitely many units 1 / 10 of a
    # run's: neither SE, 0.316, can see 0.5 with z 2.486. With k times both SE^2 is 0.2 / k + ...
    need = power.crossed_needed(0.5, 1.0, 1.0, 0.0, 10, 10, 0.05, 0.8)
    assert (need.runs, need.units) == (None, None)
    assert need.times is not None
    # By z five times would do; t with some 50 degrees of freedom asks for a little more.
    assert need.times in {5, 6}


def test_crossed_design_without_variance_between_runs_is_decided_by_units() -> None:
    need = power.crossed_needed(0.05, 0.0, 0.1, 0.0, 3, 5, 0.05, 0.8)
    assert need.runs is None
    assert need.units == power.t_needed(0.05, math.sqrt(0.1), 0.05, 0.8)


def test_pairs_needed_at_zero_are_connors() -> None:
    psi, effect, z, zb = 0.2, 0.06, stats.norm.isf(0.05), stats.norm.isf(0.2)
    connor = ((z * math.sqrt(psi) + zb * math.sqrt(psi - effect**2)) / effect) ** 2
    assert power.paired_binary_needed(psi, effect, 0.0, 0.05, 0.8) == math.ceil(connor)


def test_pairs_needed_are_at_least_those_mcnemar_needs() -> None:
    assert power.paired_binary_needed(1.0, 1.0, 0.0, 0.05, 0.8) == 5


@pytest.mark.parametrize(
    ("psi", "effect", "limit"),
    [(0.05, 0.0, -0.03), (0.02, 0.0, -0.03), (0.1, 0.02, -0.03), (0.01, 0.0, -0.04)],
)
def test_pairs_needed_for_a_margin_have_about_the_power(
    psi: float, effect: float, limit: float
) -> None:
    n = power.paired_binary_needed(psi, effect, limit, 0.05, 0.8)
    assert n is not None
    win, lose = (psi + effect) / 2, (psi - effect) / 2
    reached = 0.0
    for b in range(int(stats.binom.isf(1e-6, n, win)) + 1):
        c = np.arange(int(stats.binom.isf(1e-6, n, lose)) + 1)
        p = np.array([paired_proportions(b, int(k), n).p_greater(limit) for k in c])
        among = stats.binom.pmf(c, n - b, lose / (1 - win))
        reached += float(stats.binom.pmf(b, n, win) * among[p < 0.05].sum())
    assert 0.77 <= reached <= 0.91


def test_both_directions_need_as_many() -> None:
    assert power.paired_binary_needed(0.1, 0.02, -0.03, 0.05, 0.8) == (
        power.paired_binary_needed(0.1, -0.02, 0.03, 0.05, 0.8)
    )
    assert power.two_proportions_needed(0.9, 0.88, -0.03, 0.05, 0.8) == (
        power.two_proportions_needed(0.88, 0.9, 0.03, 0.05, 0.8)
    )


@pytest.mark.parametrize(
    ("p1", "p2", "limit"),
    [(0.8, 0.8, -0.15), (0.95, 0.95, -0.1), (1.0, 1.0, -0.05), (0.9, 0.75, 0.0)],
)
def test_arms_needed_have_about_the_power(p1: float, p2: float, limit: float) -> None:
    n = power.two_proportions_needed(p1, p2, limit, 0.05, 0.8)
    assert n is not None
    count = np.arange(n + 1)
    chance = np.outer(stats.binom.pmf(count, n, p1), stats.binom.pmf(count, n, p2))
    reached = sum(
        chance[x1, x2]
        for x1, x2 in np.argwhere(chance > 1e-6)
        if TwoProportions(
            x1=int(x1), n1=n, x2=int(x2), n2=n, exact_greater=None, exact_less=None
        ).p_greater(limit)
        < 0.05
    )
    assert 0.77 <= reached <= (1.0 + 1e-9 if p1 == 1.0 else 0.86)


def test_exact_binomial_power_agrees_with_mpmath() -> None:
    case = CASES["binpow_p"]
    given_, expected, rel = case["params"], case["expected"], case["tol"]["rel"]
    p0, p1, alpha, target = given_["p0"], given_["p1"], given_["alpha"], given_["power"]
    first = expected["n_first"]
    assert power.binomial_power(first, p1, p0, alpha, greater=True) == pytest.approx(
        expected["power_at_n_first"], rel=rel
    )
    powers = [power.binomial_power(n, p1, p0, alpha, greater=True) for n in range(1, first + 1)]
    assert [n + 1 for n, one in enumerate(powers) if one is not None and one >= target] == [first]
    assert power.binomial_needed(p1, p0, alpha, target, greater=True) == expected["n_stable"]
    assert power.binomial_min_n(p0, alpha, greater=True) == expected["n_min_can_ever_reject"]


@pytest.mark.parametrize(
    ("p_true", "p0", "greater"),
    [(0.6, 0.5, True), (0.02, 0.1, False), (0.5, 0.05, True), (1.0, 0.9, True), (0.999, 0.9, True)],
)
def test_binomial_power_stays_from_the_n_found(p_true: float, p0: float, *, greater: bool) -> None:
    n = power.binomial_needed(p_true, p0, 0.05, 0.8, greater=greater)
    assert n is not None
    later = [
        power.binomial_power(m, p_true, p0, 0.05, greater=greater) for m in range(n, 3 * n + 200)
    ]
    assert min(one for one in later if one is not None) >= 0.8
    before = power.binomial_power(n - 1, p_true, p0, 0.05, greater=greater)
    assert before is not None
    assert before < 0.8


@given(st.integers(1, 300), st.floats(1e-6, 1.0), st.floats(0.01, 0.99), st.booleans())
@settings(deadline=None)
def test_binomial_power_agrees_with_enumeration(
    n: int,
    p_true: float,
    p0: float,
    greater: bool,  # noqa: FBT001  # drawn by Hypothesis
) -> None:
    count = np.arange(n + 1)
    p = stats.binom.sf(count - 1, n, p0) if greater else stats.binom.cdf(count, n, p0)
    expected = stats.binom.pmf(count, n, p_true)[p < 0.05].sum()
    found = power.binomial_power(n, p_true, p0, 0.05, greater=greater)
    assert found == pytest.approx(expected, abs=1e-9)


def test_planning_for_millions_of_units_answers_at_once() -> None:
    n = power.binomial_needed(0.9999, 0.9998, 0.05, 0.8, greater=True)
    assert n is not None
    assert n > 100_000
    assert power.binomial_needed(0.5 + 1e-5, 0.5, 0.05, 0.8, greater=True) is None


@pytest.mark.parametrize("key", ["minp_p", "minp1_p"])
def test_smallest_p_and_units_agree_with_exact_rationals(key: str) -> None:
    case = CASES[key]
    level = case["params"]["alpha"] / case["params"]["n_tests_bonferroni_or_holm"]
    for name in {"signflip", "mcnemar_discordant"} & set(case["input"]):
        smallest = power.sign_flip_min_pvalue(case["input"][name])
        assert smallest == case["expected"][name]["min_p"]
        assert (smallest < level) == case["expected"][name]["attainable"]
        assert power.sign_flip_min_n(level) == case["expected"][name]["required"]
    if "binomial_threshold" in case["input"]:
        n, limit = case["input"]["binomial_threshold"]
        expected = case["expected"]["binomial_threshold"]
        smallest = power.binomial_min_pvalue(n, limit, greater=True)
        assert smallest == pytest.approx(expected["min_p"], rel=1e-12)
        assert (smallest < level) == expected["attainable"]
        assert power.binomial_min_n(limit, level, greater=True) == expected["required"]


@pytest.mark.parametrize(("base", "n"), [(0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)])
def test_units_that_can_pass_at_all_are_those_of_the_tables(base: float, n: int) -> None:
    assert power.binomial_min_n(base, 0.05, greater=True) == n
    assert power.binomial_min_n(1 - base, 0.05, greater=False) == n
    assert power.quantile_min_n(base, 0.05) == n
    assert power.quantile_min_n(1 - base, 0.05, greater=True) == n


def test_a_smallest_p_exactly_on_the_level_is_not_enough() -> None:
    assert power.sign_flip_min_n(0.25) == 3
    assert power.binomial_min_n(0.5, 0.125, greater=True) == 4


@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.05, 0.05 / 6, 1e-9])
@pytest.mark.parametrize("base", [0.0, 0.3, 0.5, 0.97, 0.99999])
def test_units_found_are_the_first_that_can_pass(base: float, alpha: float) -> None:
    n = power.binomial_min_n(base, alpha, greater=True)
    assert n is not None
    assert base**n < alpha
    assert n == 1 or base ** (n - 1) >= alpha


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, 1e-200])
def test_a_question_without_an_answer_is_answered_by_none(bad: float) -> None:
    # A distance of none, less than none, or too little for any number of units.
    assert power.t_needed(bad, 0.0, 0.05, 0.8) is None
    assert power.t_needed_two(bad, 0.0, 0.0, 0.05, 0.8) is None
    assert power.crossed_needed(bad, 0.0, 0.0, 0.0, 3, 3, 0.05, 0.8) == power.CrossedNeed()
    assert power.t_power(1.0, bad if bad != 1e-200 else 0.0, 3, 0.05) is None
    assert power.t_mde(bad if bad != 1e-200 else 0.0, 3, 0.05, 0.8) is None
    if bad < 1.0:
        assert power.t_needed(bad, 1.0, 0.05, 0.8) is None
        assert power.t_needed_two(bad, 1.0, 1.0, 0.05, 0.8) is None
        assert power.crossed_needed(bad, 1.0, 1.0, 1.0, 3, 3, 0.05, 0.8) == power.CrossedNeed()
        assert power.paired_binary_needed(0.2, max(bad, 0.0), 0.0, 0.05, 0.8) is None
        assert power.two_proportions_needed(0.5 + max(bad, 0.0), 0.5, 0.0, 0.05, 0.8) is None
        assert power.binomial_needed(0.5 + max(bad, 0.0), 0.5, 0.05, 0.8, greater=True) is None


def test_limits_that_nothing_can_clear_are_answered_by_none() -> None:
    assert power.binomial_min_n(1.0, 0.05, greater=True) is None
    assert power.binomial_min_n(0.0, 0.05, greater=False) is None
    assert power.binomial_min_n(math.nan, 0.05, greater=True) is None
    assert power.binomial_needed(0.8, 0.9, 0.05, 0.8, greater=True) is None
    assert power.binomial_power(0, 0.8, 0.9, 0.05, greater=True) is None
    assert power.sign_flip_min_n(0.0) is None
    assert power.quantile_min_n(0.9999999, 1e-9) is None


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_units_needed_do_not_depend_on_the_scale(size: float) -> None:
    assert power.t_needed(0.5 * size, size, 0.05, 0.8) == 27
    assert power.t_needed_two(0.5 * size, size, size, 0.05, 0.8) == 51
    if 1e-300 < size < 1e300:
        root = math.sqrt(size)
        assert power.crossed_needed(0.5 * root, size, size, size, 5, 9, 0.05, 0.8) == (
            power.crossed_needed(0.5, 1.0, 1.0, 1.0, 5, 9, 0.05, 0.8)
        )


def test_z_sum_is_the_familiar_number() -> None:
    assert power.z_sum(0.05, 0.8) == pytest.approx(2.4865, abs=5e-5)
