"""Adjusted differences, against least squares, by what they must keep, and by simulation."""

import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.covariates import (
    Adjustment,
    ArmSums,
    adjust_by_covariate,
    adjusted_difference,
    ancova_from_sums,
    covariate_slope,
)
from pytest_evalgate.stats.means import welch_t


Array = NDArray[np.float64]
Arms = tuple[Array, Array, Array, Array]
ALL = list(Adjustment)


def arms(seed: int = 1, *, n: int = 12, m: int = 9, spread: float = 1.0) -> Arms:
    rng = np.random.default_rng(seed)
    xc, xb = rng.normal(size=n), rng.normal(size=m)
    yc = 3.0 + 0.8 * xc + spread * rng.normal(size=n)
    return yc, xc, 2.5 + 0.8 * xb + rng.normal(size=m), xb


def least_squares(data: Arms) -> Any:
    yc, xc, yb, xb = data
    arm = np.r_[np.ones(yc.size), np.zeros(yb.size)]
    return sm.OLS(np.r_[yc, yb], np.column_stack([np.ones(arm.size), arm, np.r_[xc, xb]])).fit()


def test_equal_variances_is_ancova() -> None:
    fitted = least_squares(arms())

    law = adjusted_difference(*arms(), adjustment=Adjustment.EQUAL_VARIANCES)

    assert law.estimate == pytest.approx(fitted.params[1], rel=1e-10)
    assert law.standard_error == pytest.approx(fitted.bse[1], rel=1e-10)
    assert law.df == fitted.df_resid == 18
    assert 2 * law.p_greater(0.0) == pytest.approx(fitted.pvalues[1], rel=1e-8)


def test_unequal_variances_is_hc2() -> None:
    fitted = least_squares(arms())

    law = adjusted_difference(*arms())

    assert law.estimate == pytest.approx(fitted.params[1], rel=1e-10)
    assert law.standard_error == pytest.approx(fitted.HC2_se[1], rel=1e-10)


def test_a_covariate_without_effect_costs_one_degree_of_freedom() -> None:
    """Slope 0 and leverage 1/4 throughout, where Welch's alone is 1/6."""
    yc, yb = np.array([1.0, 2, 4, 1, 2, 4]), np.array([0.0, 1, 3, 0, 1, 3])
    x = np.array([1.0, 1, 1, -1, -1, -1])

    law, plain = adjusted_difference(yc, x, yb, x), welch_t(yc, yb)

    assert law.estimate == pytest.approx(plain.estimate)
    assert law.standard_error == pytest.approx(plain.standard_error * math.sqrt(10 / 9))
    assert plain.df == pytest.approx(10.0)
    assert law.df == pytest.approx(9.0)


def test_cuped_is_welch_on_adjusted_values() -> None:
    yc, xc, yb, xb = arms()
    x, y = np.r_[xc, xb], np.r_[yc, yb]
    theta = np.cov(x, y)[0, 1] / x.var(ddof=1)

    law = adjusted_difference(yc, xc, yb, xb, adjustment=Adjustment.CUPED)
    plain = welch_t(yc - theta * (xc - x.mean()), yb - theta * (xb - x.mean()))

    assert law.interval(0.05) == pytest.approx(plain.interval(0.05), rel=1e-10)
    assert covariate_slope(yc, xc, yb, xb, pooled=True) == pytest.approx(theta, rel=1e-10)


def test_sums_and_arrays_are_one_method() -> None:
    yc, xc, yb, xb = arms()

    def sums(y: Array, x: Array) -> ArmSums:
        dx, dy = x - x.mean(), y - y.mean()
        return ArmSums(y.size, x.mean(), y.mean(), dx @ dx, dx @ dy, dy @ dy)

    by_sums = ancova_from_sums(sums(yc, xc), sums(yb, xb))
    by_arrays = adjusted_difference(*arms(), adjustment=Adjustment.EQUAL_VARIANCES)

    assert by_sums.interval(0.05) == pytest.approx(by_arrays.interval(0.05), rel=1e-10)


def test_adjusted_values_differ_by_the_adjusted_difference() -> None:
    candidate, baseline = adjust_by_covariate(*arms())

    assert candidate.value - baseline.value == pytest.approx(
        adjusted_difference(*arms()).estimate, rel=1e-10
    )
    assert candidate.value == pytest.approx(candidate.pseudo_values.mean())


def test_a_covariate_that_predicts_narrows_the_interval() -> None:
    yc, xc, yb, xb = arms(3, n=60, m=60, spread=0.3)
    low, high = adjusted_difference(yc, xc, yb, xb).interval(0.05)
    plain_low, plain_high = welch_t(yc, yb).interval(0.05)

    assert high - low < 0.8 * (plain_high - plain_low)


@pytest.mark.parametrize("adjustment", ALL)
def test_swapped_arms_negate(adjustment: Adjustment) -> None:
    yc, xc, yb, xb = arms()

    law = adjusted_difference(yc, xc, yb, xb, adjustment=adjustment)
    swapped = adjusted_difference(yb, xb, yc, xc, adjustment=adjustment)

    assert swapped.estimate == pytest.approx(-law.estimate, rel=1e-12)
    assert swapped.p_less(0.1) == pytest.approx(law.p_greater(-0.1), rel=1e-10)
    assert swapped.df == pytest.approx(law.df, rel=1e-12)


@pytest.mark.parametrize("adjustment", ALL)
@pytest.mark.parametrize(("scale_y", "scale_x"), [(1e-290, 1.0), (1e140, 1e-140), (3.0, 1e145)])
def test_scale_moves_along(adjustment: Adjustment, scale_y: float, scale_x: float) -> None:
    yc, xc, yb, xb = arms()
    law = adjusted_difference(yc, xc, yb, xb, adjustment=adjustment)

    scaled = adjusted_difference(
        yc * scale_y, xc * scale_x, yb * scale_y, xb * scale_x, adjustment=adjustment
    )

    assert scaled.estimate == pytest.approx(law.estimate * scale_y, rel=1e-9)
    assert scaled.statistic(0.0) == pytest.approx(law.statistic(0.0), rel=1e-9)


@pytest.mark.parametrize("adjustment", ALL)
def test_large_offsets_keep_their_digits(adjustment: Adjustment) -> None:
    rng = np.random.default_rng(4)
    yc, xc, yb, xb = rng.integers(0, 64, size=(4, 11)) / 8.0  # exact beside 1e12
    law = adjusted_difference(yc, xc, yb, xb, adjustment=adjustment)

    far = adjusted_difference(yc + 1e12, xc - 1e12, yb + 1e12, xb - 1e12, adjustment=adjustment)

    assert far.estimate == pytest.approx(law.estimate, rel=1e-9)
    assert far.standard_error == pytest.approx(law.standard_error, rel=1e-9)


@pytest.mark.parametrize("adjustment", [Adjustment.EQUAL_VARIANCES, Adjustment.UNEQUAL_VARIANCES])
def test_a_shift_of_one_arm_shifts_the_effect_and_nothing_else(adjustment: Adjustment) -> None:
    """The slope within arms does not see the difference, so margins are held as 0 is."""
    yc, xc, yb, xb = arms()
    law = adjusted_difference(yc, xc, yb, xb, adjustment=adjustment)

    moved = adjusted_difference(yc - 5.0, xc, yb, xb, adjustment=adjustment)

    assert moved.p_greater(-5.0) == pytest.approx(law.p_greater(0.0), rel=1e-9)


def test_the_pooled_slope_shrinks_a_large_difference() -> None:
    """Why CUPED's slope is not used with a margin: it takes part of the loss away."""
    rng = np.random.default_rng(5)
    shrunk = []
    for _ in range(300):
        yc, xc, yb, xb = rng.normal(size=(4, 6))
        cuped = adjusted_difference(yc - 10.0, xc, yb, xb, adjustment=Adjustment.CUPED)
        shrunk.append(cuped.estimate / -10.0)

    assert np.mean(shrunk) < 0.95


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.tuples(st.integers(3, 20), st.integers(3, 20)),
    adjustment=st.sampled_from(ALL),
    limit=st.floats(-3, 3),
    alpha=st.floats(0.001, 0.5),
)
def test_test_and_interval_agree(
    seed: int, sizes: tuple[int, int], adjustment: Adjustment, limit: float, alpha: float
) -> None:
    law = adjusted_difference(*arms(seed, n=sizes[0], m=sizes[1]), adjustment=adjustment)
    low, high = law.interval(alpha)

    if min(abs(low - limit), abs(high - limit)) > 1e-9:
        assert (law.p_greater(limit) < alpha) == (low > limit)
        assert (law.p_less(limit) < alpha) == (high < limit)


def test_pairs_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match="adds nothing to pairs"):
        adjusted_difference(*arms(), is_paired=True)


def test_one_arm_is_refused() -> None:
    yc, xc, _, _ = arms()
    with pytest.raises(UndefinedTestError, match="one only"):
        adjusted_difference(yc, xc, None, None)


@pytest.mark.parametrize("adjustment", ALL)
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x", np.full(12, 2.0), "do(es)? not vary|equal"),
        ("y", np.full(12, 2.0), "zero variance"),
        ("x", np.array([math.nan] * 12), "finite"),
        ("x", np.arange(5.0), "equal lengths"),
        ("y", np.array([1.0]), "at least 2"),
    ],
)
def test_undefined_data_are_refused(
    adjustment: Adjustment, name: str, value: Array, words: str
) -> None:
    yc, xc, yb, _ = arms(m=12)
    data = (value, xc, yb, xc) if name == "y" else (yc, value, yb, value)
    with pytest.raises(UndefinedTestError, match=words):
        adjusted_difference(*data, adjustment=adjustment)


@pytest.mark.parametrize("adjustment", ALL)
def test_a_covariate_that_is_the_metric_is_refused(adjustment: Adjustment) -> None:
    yc, _, yb, _ = arms()
    with pytest.raises(UndefinedTestError, match=r"determines every value|zero variance"):
        adjusted_difference(yc, yc, yb, yb, adjustment=adjustment)


def test_a_unit_that_alone_makes_the_slope_is_refused() -> None:
    yc, yb = np.array([1.0, 2, 4, 3]), np.array([2.0, 5, 1, 1])
    with pytest.raises(UndefinedTestError, match="one unit alone"):
        adjusted_difference(yc, np.array([0.0, 0, 1, 1]), yb[:2], np.array([0.0, 1e9]))


def rates(adjustment: Adjustment, *, n: int, m: int, spread: float, replicates: int) -> float:
    """Larger share of one-sided p < 0.05 at a true difference of 0."""
    rng = np.random.default_rng(6)
    counts = np.zeros(2)
    for _ in range(replicates):
        xc, xb = rng.normal(size=n), rng.normal(size=m)
        yc = 0.7 * xc + spread * rng.normal(size=n)
        law = adjusted_difference(yc, xc, 0.7 * xb + rng.normal(size=m), xb, adjustment=adjustment)
        counts += [law.p_greater(0.0) < 0.05, law.p_less(0.0) < 0.05]
    return float(counts.max()) / replicates


def test_hc2_holds_its_level_where_ancova_does_not() -> None:
    setting: dict[str, Any] = {"n": 10, "m": 30, "spread": 4.0, "replicates": 3000}

    assert rates(Adjustment.UNEQUAL_VARIANCES, **setting) < 0.062
    assert rates(Adjustment.EQUAL_VARIANCES, **setting) > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(5, 5), (10, 10), (30, 30), (5, 15), (30, 10)])
@pytest.mark.parametrize("spread", [1.0, 4.0])
def test_hc2_level_over_sizes(sizes: tuple[int, int], spread: float) -> None:
    rate = rates(
        Adjustment.UNEQUAL_VARIANCES, n=sizes[0], m=sizes[1], spread=spread, replicates=10_000
    )
    assert rate < 0.062
