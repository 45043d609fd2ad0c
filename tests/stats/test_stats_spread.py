"""Spread by Brown and Forsythe, pooled t and analysis of variance, against R, SciPy, NIST."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import one_sample_t, welch_t
from pytest_evalgate.stats.means_pooled import anova_f, pooled_t
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.spread import (
    SpreadRatio,
    absolute_deviations,
    brown_forsythe_f,
    spread_difference,
    spread_ratio,
    spread_runs_needed,
)


Values = NDArray[np.float64]

LAWS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Values]] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "t4": lambda rng, shape: rng.standard_t(4.0, size=shape),
    "lognormal": lambda rng, shape: rng.lognormal(size=shape),
    "uniform": lambda rng, shape: rng.random(shape),
}


def sm_ls(offset: float, groups: int = 9, half: int = 10) -> list[Values]:
    """NIST StRD SmLs: F is 21 on the decimals, at every offset and number of replicates."""
    middles = [1.4, 1.3, 1.5, 1.3, 1.5, 1.3, 1.5, 1.3, 1.5][:groups]
    return [offset - 1.0 + np.array([m] + [m - 0.1, m + 0.1] * half) for m in middles]


def exact_f(groups: list[Values]) -> Fraction:
    """F of the doubles as they are stored, in rational arithmetic."""
    rows = [[Fraction(float(x)) for x in group] for group in groups]
    n = sum(len(row) for row in rows)
    grand = sum(sum(row) for row in rows) / n
    means = [sum(row) / len(row) for row in rows]
    between = sum(len(row) * (m - grand) ** 2 for row, m in zip(rows, means, strict=True))
    within = sum((x - m) ** 2 for row, m in zip(rows, means, strict=True) for x in row)
    return Fraction(between) / (len(rows) - 1) / (Fraction(within) / (n - len(rows)))


@pytest.mark.parametrize("half", [10, 100])
@pytest.mark.parametrize("offset", [1.0, 1e6, 1e12], ids=["SmLs01", "SmLs04", "SmLs07"])
def test_analysis_of_variance_keeps_its_digits_at_any_offset(offset: float, half: int) -> None:
    groups = sm_ls(offset, half=half)
    assert anova_f(groups).statistic == pytest.approx(float(exact_f(groups)), rel=1e-12)


def test_analysis_of_variance_is_right_on_the_largest_nist_case() -> None:
    groups = sm_ls(1e12, half=1000)  # SmLs09: 2001 replicates, 13 constant leading digits
    f = anova_f(groups)
    assert (f.df_between, f.df_within) == (8, 18_000)
    assert f.statistic == pytest.approx(float(exact_f(groups)), rel=1e-10)


def test_sums_of_squares_without_a_shift_lose_every_digit() -> None:
    groups = sm_ls(1e12)
    flat = np.concatenate(groups)
    within = sum(float((g**2).sum() - g.sum() ** 2 / g.size) for g in groups)
    total = float((flat**2).sum() - flat.sum() ** 2 / flat.size)
    naive = (total - within) / 8 / (within / 180) if within else math.inf
    assert naive != pytest.approx(float(exact_f(groups)), rel=0.5)
    assert anova_f(groups).statistic == pytest.approx(float(exact_f(groups)), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_f_tests_are_scipys_where_those_are_right(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = [rng.normal(size=n) * s for n, s in ((4, 1.0), (9, 2.0), (17, 1.5))]
    theirs, ours = stats.f_oneway(*groups), anova_f(groups)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9)
    assert ours.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)
    levene, ours = stats.levene(*groups, center="median"), brown_forsythe_f(groups)
    assert ours.statistic == pytest.approx(levene.statistic, rel=1e-9)
    assert ours.pvalue == pytest.approx(levene.pvalue, rel=1e-9)


@pytest.mark.parametrize(
    "groups", [[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 1.0], [2.0, 2.0]], [[], [1.0, 2.0]]]
)
def test_f_without_a_spread_within_is_refused(groups: list[list[float]]) -> None:
    with pytest.raises(UndefinedTestError):
        anova_f(groups)


def test_pooled_t_is_scipys_default() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=7), rng.normal(0.5, 2.0, size=12)
    t, theirs = pooled_t(a, b), stats.ttest_ind(a, b)
    assert t.statistic(0.0) == pytest.approx(theirs.statistic, rel=1e-12)
    assert 2 * min(t.p_greater(0.0), t.p_less(0.0)) == pytest.approx(theirs.pvalue, rel=1e-12)
    assert t.interval(0.025) == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-12)
    assert t.df == 17.0


def test_pooled_t_accepts_one_value_beside_several() -> None:
    b = [1.0, 2.0, 4.0, 5.0]
    t = pooled_t([9.0], b)
    assert t.df == 3.0
    assert t.statistic(0.0) == pytest.approx(6.0 / math.sqrt(10.0 / 3.0 * 1.25))
    for first, second in (([1.0], [2.0]), ([1.0, 1.0], [2.0, 2.0])):
        with pytest.raises(UndefinedTestError):
            pooled_t(first, second)


def test_pooled_t_rejects_a_third_of_equal_means_where_welch_keeps_its_level() -> None:
    rng, reps = np.random.default_rng(2), 1500
    pooled = welch = 0
    for _ in range(reps):
        a, b = rng.normal(0.0, 4.0, size=5), rng.normal(size=20)
        one, other = pooled_t(a, b), welch_t(a, b)
        pooled += min(one.p_greater(0.0), one.p_less(0.0)) < 0.025
        welch += min(other.p_greater(0.0), other.p_less(0.0)) < 0.025
    assert pooled / reps == pytest.approx(0.32, abs=0.04)
    assert welch / reps == pytest.approx(0.053, abs=0.02)


def test_scipys_t_underflows_at_tiny_scales_and_loses_digits_at_large_offsets() -> None:
    tiny = np.array([1.0, 2.0, 4.0, 3.0, 2.5]) * 1e-300
    right = stats.ttest_1samp(tiny * 1e300, 0.0).pvalue
    with np.errstate(all="ignore"):
        theirs = stats.ttest_1samp(tiny, 0.0).pvalue
    t = one_sample_t(tiny)
    assert theirs != pytest.approx(right, rel=0.01)
    assert 2 * t.p_greater(0.0) == pytest.approx(right, rel=1e-9)

    a, b = sm_ls(1e12)[2], sm_ls(1e12)[1]
    exact = stats.ttest_ind(a - 1e12, b - 1e12, equal_var=False).pvalue  # the shift is exact
    shifted = welch_t(a, b)
    assert stats.ttest_ind(a, b, equal_var=False).pvalue != pytest.approx(exact, rel=1e-3)
    assert 2 * shifted.p_greater(0.0) == pytest.approx(exact, rel=1e-9)


# Two arms: the claim "no less stable than".


def arms(seed: int, n: int = 7, m: int = 9) -> tuple[Values, Values]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=n), rng.normal(size=m) * 1.5


@pytest.mark.parametrize("n", [4, 5, 12])
def test_t_of_equal_arms_is_the_root_of_brown_forsythes_f(n: int) -> None:
    a, b = arms(3, n, n)
    f = stats.levene(a, b, center="median")
    ratio = spread_ratio(a, b)
    assert ratio.statistic(1.0) ** 2 == pytest.approx(f.statistic, rel=1e-9)
    assert spread_difference(a, b).statistic(0.0) == pytest.approx(ratio.statistic(1.0))
    assert ratio.df == 2 * n - 4
    mads = [np.abs(x - np.median(x)).mean() for x in (a, b)]
    assert ratio.estimate == pytest.approx(mads[0] / mads[1], rel=1e-9)


def test_a_ratio_of_spreads_is_that_of_a_baseline_made_wider() -> None:
    a, b = arms(4)
    for rho in (0.5, 1.2, 3.0):
        assert spread_ratio(a, b).p_less(rho) == pytest.approx(spread_ratio(a, rho * b).p_less(1.0))


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 12),
    m=st.integers(3, 12),
    alpha=st.sampled_from([0.001, 0.05, 0.2, 0.5]),
    limit=st.floats(0.05, 20.0),
)
@settings(deadline=None, max_examples=300)
def test_spread_test_and_interval_are_one_procedure(
    seed: int, n: int, m: int, alpha: float, limit: float
) -> None:
    a, b = arms(seed, n, m)
    ratio: Inference = spread_ratio(a, b)
    low, high = ratio.interval(alpha)
    assert low is not None
    limits = [limit]
    limits += [low * (1 - 1e-9), low * (1 + 1e-9)] if low > 0.0 else []
    limits += [high * (1 - 1e-9), high * (1 + 1e-9)] if high is not None else []
    for x in limits:
        assert (ratio.p_greater(x) < alpha) == (low > x)
        assert (ratio.p_less(x) < alpha) == (high is not None and high < x)


@given(seed=st.integers(0, 10**6), n=st.integers(3, 9), m=st.integers(3, 9))
@settings(deadline=None)
def test_spread_moves_with_unit_place_and_side_as_it_should(seed: int, n: int, m: int) -> None:
    a, b = arms(seed, n, m)
    ratio = spread_ratio(a, b)
    limits = np.geomspace(0.01, 100.0, 20)
    assert (np.diff([ratio.p_greater(x) for x in limits]) >= 0.0).all()
    assert (np.diff([ratio.p_less(x) for x in limits]) <= 0.0).all()
    for unit in (1e-300, 1e100):
        assert spread_ratio(a * unit, b * unit).p_less(1.2) == pytest.approx(ratio.p_less(1.2))
    assert spread_ratio(a + 100.0, b - 7.0).p_less(1.2) == pytest.approx(
        ratio.p_less(1.2), rel=1e-6
    )
    assert spread_ratio(-a[::-1], b).p_less(1.2) == pytest.approx(ratio.p_less(1.2), rel=1e-9)
    assert spread_ratio(b, a).p_less(1 / 1.2) == pytest.approx(ratio.p_greater(1.2), rel=1e-9)
    difference, swapped = spread_difference(a, b), spread_difference(b, a)
    assert swapped.estimate == pytest.approx(-difference.estimate)
    assert swapped.p_less(0.3) == pytest.approx(difference.p_greater(-0.3), rel=1e-9)


def test_three_runs_against_three_cannot_show_anything() -> None:
    floor = spread_ratio([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).min_pvalue(1.2, greater=False)
    assert floor == pytest.approx(stats.t.sf(2.0, 2), rel=1e-9)
    assert spread_ratio([1.0, 1.0 + 1e-9, 1.0 - 1e-9], [1.0, 2.0, 3.0]).p_less(1.0) == (
        pytest.approx(floor, rel=1e-6)
    )


@pytest.mark.parametrize("n", [5, 7, 11])
def test_floor_of_the_spread_test_is_reached_and_not_passed(n: int) -> None:
    extreme = np.concatenate(([0.0], np.repeat([-1.0, 1.0], n // 2)))
    small = 1e-7 * np.random.default_rng(n).normal(size=8)
    ratio = spread_ratio(extreme, small)
    assert ratio.p_greater(1.0) == pytest.approx(ratio.min_pvalue(1.0, greater=True), rel=1e-4)
    assert spread_ratio(small, extreme).p_less(1.0) >= 0.999 * ratio.min_pvalue(1.0, greater=True)
    assert ratio.min_pvalue(1.0, greater=False) == 0.0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0]),
        ([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, math.nan], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, 3.0], [1.0, math.inf, 3.0]),
        ([0.0, 0.0, 1.0, 1.0], [2.0, 2.0, 4.0, 4.0]),
        (["a", "b", "c"], [1.0, 2.0, 3.0]),
    ],
    ids=["two runs", "cached", "nan", "inf", "equal deviations", "text"],
)
def test_runs_whose_spread_cannot_be_judged_are_refused(a: list[float], b: list[float]) -> None:
    for judge in (spread_ratio, spread_difference):
        with pytest.raises(UndefinedTestError):
            judge(a, b)


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, math.inf])
def test_a_ratio_of_spreads_needs_a_limit_above_zero(limit: float) -> None:
    ratio = spread_ratio(*arms(5))
    for ask in (ratio.p_greater, ratio.p_less, ratio.statistic):
        with pytest.raises(UndefinedTestError):
            ask(limit)


def test_deviations_are_counted_from_the_median() -> None:
    values = 1e12 + np.array([0.5, 0.25, 0.0, 1.0])
    assert absolute_deviations(values).tolist() == [0.125, 0.125, 0.375, 0.625]
    assert isinstance(spread_ratio(values, values), SpreadRatio)


def false_claims(law: str, n: int, m: int, *, reps: int) -> tuple[float, float]:
    """Share of samples of one and the same spread in which either claim is shown at 0.05."""
    rng = np.random.default_rng([n, m])
    parts = []
    for size in (n, m):
        x = LAWS[law](rng, (reps, size))
        z = np.abs(x - np.median(x, axis=1, keepdims=True)) * math.sqrt(size / (size - 1))
        parts.append((z.mean(axis=1), z.var(axis=1, ddof=1) * (size - 1)))
    (mean_a, squares_a), (mean_b, squares_b) = parts
    error = np.sqrt((squares_a + squares_b) / (n + m - 2) * (1 / n + 1 / m))
    t = (mean_a - mean_b) / error
    cut = stats.t.isf(0.05, n + m - 4)
    return float((t > cut).mean()), float((t < -cut).mean())


def test_the_calibration_below_is_of_this_test() -> None:
    rng = np.random.default_rng([5, 10])
    x, y = LAWS["t4"](rng, (200, 5)), LAWS["t4"](rng, (200, 10))
    ours = [spread_ratio(a, b) for a, b in zip(x, y, strict=True)]
    shares = [one.p_greater(1.0) < 0.05 for one in ours], [one.p_less(1.0) < 0.05 for one in ours]
    expected = tuple(float(np.mean(share)) for share in shares)
    assert false_claims("t4", 5, 10, reps=200) == pytest.approx(expected)


@pytest.mark.parametrize("law", ["normal", "t4", "uniform"])
@pytest.mark.parametrize(
    ("n", "m"), [(3, 3), (4, 4), (5, 5), (6, 6), (10, 10), (30, 30), (5, 10), (10, 5), (10, 30)]
)
def test_equal_spreads_are_told_apart_at_most_at_the_level(law: str, n: int, m: int) -> None:
    assert max(false_claims(law, n, m, reps=20_000)) <= 0.06


@pytest.mark.parametrize(("n", "m"), [(5, 5), (6, 6), (10, 10), (30, 30), (5, 10)])
def test_equal_skewed_spreads_are_told_apart_at_most_at_the_level(n: int, m: int) -> None:
    assert max(false_claims("lognormal", n, m, reps=20_000)) <= 0.06


@pytest.mark.parametrize(("limit", "true_ratio"), [(1.2, 1.0), (1.5, 1.0), (1.0, 0.5)])
def test_planned_runs_show_a_spread_with_the_planned_power(limit: float, true_ratio: float) -> None:
    n = spread_runs_needed(limit, alpha=0.05, power=0.8, true_ratio=true_ratio)
    rng = np.random.default_rng(7)
    shown = [
        spread_ratio(true_ratio * rng.normal(size=n), rng.normal(size=n)).p_less(limit) < 0.05
        for _ in range(1500)
    ]
    assert np.mean(shown) == pytest.approx(0.8, abs=0.06)


def test_planning_a_spread_refuses_what_cannot_be() -> None:
    for limit, alpha, power in (
        (1.0, 0.05, 0.8),
        (1.2, 0.0, 0.8),
        (1.2, 0.05, 1.0),
        (-1.0, 0.05, 0.8),
    ):
        with pytest.raises(UndefinedTestError):
            spread_runs_needed(limit, alpha=alpha, power=power)


def test_the_f_test_of_variances_rejects_a_fifth_of_equal_heavy_tails() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.standard_t(4.0, size=(20_000, 20)), rng.standard_t(4.0, size=(20_000, 20))
    ratio = a.var(axis=1, ddof=1) / b.var(axis=1, ddof=1)
    rejected = np.maximum(ratio, 1 / ratio) > stats.f.isf(0.025, 19, 19)
    assert rejected.mean() == pytest.approx(0.205, abs=0.02)
    assert sum(false_claims("t4", 20, 20, reps=20_000)) <= 0.12  # both claims at .05 each
