"""BCa, bootstrap-t and their relatives, against SciPy, enumeration and their own inversion."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import BcaMap
from pytest_evalgate.stats.bootstrap import (
    basic_interval,
    bootstrap_difference,
    bootstrap_mean,
    bootstrap_paired,
    expanded_percentile_interval,
    mean_law,
    percentile_interval,
)
from pytest_evalgate.stats.bootstrap_ratio import bootstrap_ratio
from pytest_evalgate.stats.bootstrap_statistic import bootstrap_statistic, resamples
from pytest_evalgate.stats.bootstrap_t import bootstrap_t
from pytest_evalgate.stats.replicates import percentile_of
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.streams import stream


def lognormal(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).lognormal(0.0, 1.0, n)


def mean_of(x: Any) -> Callable[[Any], Any]:
    return lambda weights: weights @ x / weights.sum(axis=1)


def every_inference(seed: int) -> list[Inference]:
    rng = np.random.default_rng(seed)
    x, y = rng.lognormal(0.3, 1.0, 40), rng.lognormal(0.0, 0.5, 40)
    counts = rng.integers(0, 4, 30)
    return [
        bootstrap_mean(x - y),
        bootstrap_mean(counts),
        bootstrap_difference(x, y[:25]),
        bootstrap_ratio(x, y),
        bootstrap_statistic(mean_of(x), (40,), generator=rng, draws=999),
        bootstrap_t(x - y, generator=rng, draws=999),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_p_is_below_alpha_exactly_when_the_bound_is_beyond_the_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for test in every_inference(seed):
        error = test.standard_error or math.nan
        for _ in range(12):
            alpha = float(rng.uniform(0.005, 0.5))
            limit = test.estimate + error * float(rng.normal(0.0, 2.0))
            low, high = test.interval(alpha)
            assert (test.p_greater(limit) < alpha) == (low is not None and low > limit)
            assert (test.p_less(limit) < alpha) == (high is not None and high < limit)


@pytest.mark.parametrize("seed", range(3))
def test_p_never_falls_as_the_limit_moves_towards_and_past_the_estimate(seed: int) -> None:
    for test in every_inference(seed):
        error = test.standard_error or math.nan
        limits = [test.estimate + error * way for way in np.linspace(-9.0, 9.0, 73)]
        assert (np.diff([test.p_greater(limit) for limit in limits]) >= -1e-12).all()
        assert (np.diff([test.p_less(limit) for limit in limits]) <= 1e-12).all()


@given(st.floats(-1.0, 1.0), st.floats(-0.2, 0.2), st.floats(1e-6, 0.5))
def test_bca_map_inverts_itself(bias: float, acceleration: float, alpha: float) -> None:
    correction = BcaMap(bias=bias, acceleration=acceleration, resolution=1e-10)
    share = correction.share(alpha)
    if 1e-9 < share < 1.0 - 1e-9:
        assert correction.pvalue(share) == pytest.approx(alpha, rel=1e-6)


@given(st.floats(-2.0, 2.0), st.floats(-0.9, 0.9))
def test_bca_map_is_increasing(bias: float, acceleration: float) -> None:
    correction = BcaMap(bias=bias, acceleration=acceleration, resolution=1e-10)
    shares = [0.0, 1e-8, 1e-4, 0.01, 0.1, 0.4, 0.5, 0.8, 0.99, 0.99999, 1.0]
    found = [correction.pvalue(share) for share in shares]
    assert found == sorted(found)
    assert found[0] >= 1e-10
    assert found[-1] <= 1.0


@pytest.mark.parametrize("confidence", [0.9, 0.98])
def test_bca_of_a_mean_agrees_with_many_draws_of_scipy(confidence: float) -> None:
    x = lognormal(80)
    theirs = stats.bootstrap(
        (x,),
        np.mean,
        confidence_level=confidence,
        n_resamples=60_000,
        method="BCa",
        rng=np.random.default_rng(1),
        batch=2_000,
    )
    low, high = bootstrap_mean(x).interval((1 - confidence) / 2)
    sd = float(x.std()) / math.sqrt(80)
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.03 * sd)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.05 * sd)


def test_bca_of_a_difference_agrees_with_scipy() -> None:
    x, y = lognormal(60, 1), lognormal(90, 2)
    theirs = stats.bootstrap(
        (x, y),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        confidence_level=0.9,
        n_resamples=40_000,
        method="BCa",
        rng=np.random.default_rng(1),
        batch=2_000,
    ).confidence_interval
    test = bootstrap_difference(x, y)
    low, high = test.interval(0.05)
    assert low == pytest.approx(theirs.low, abs=0.04 * test.standard_error)
    assert high == pytest.approx(theirs.high, abs=0.04 * test.standard_error)


def test_bca_of_a_ratio_agrees_with_scipy() -> None:
    x, y = lognormal(70, 1), lognormal(70, 2) + 0.2
    theirs = stats.bootstrap(
        (x, y),
        lambda a, b, axis: a.mean(axis) / b.mean(axis),
        paired=True,
        confidence_level=0.9,
        n_resamples=40_000,
        method="BCa",
        rng=np.random.default_rng(1),
        batch=2_000,
    ).confidence_interval
    test = bootstrap_ratio(x, y)
    low, high = test.interval(0.05)
    assert low == pytest.approx(theirs.low, abs=0.04 * test.standard_error)
    assert high == pytest.approx(theirs.high, abs=0.04 * test.standard_error)


def test_any_statistic_given_as_weights_agrees_with_the_law_of_the_mean() -> None:
    x = lognormal(60, 5)
    drawn = bootstrap_statistic(mean_of(x), (60,), generator=stream(1, "r"), draws=40_000)
    exact = bootstrap_mean(x)
    assert drawn.estimate == pytest.approx(exact.estimate, rel=1e-12)
    assert drawn.correction.acceleration == pytest.approx(exact.correction.acceleration, rel=1e-9)
    assert drawn.correction.bias == pytest.approx(exact.correction.bias, abs=0.03)
    for limit in (1.2, 1.4):
        assert drawn.p_greater(limit) == pytest.approx(exact.p_greater(limit), abs=0.01)


def test_two_arms_of_a_statistic_are_resampled_within_themselves() -> None:
    x, y = lognormal(50, 1), lognormal(30, 2)

    def difference(weights: Any) -> Any:
        first, second = weights[:, :50], weights[:, 50:]
        return first @ x / first.sum(axis=1) - second @ y / second.sum(axis=1)

    drawn = bootstrap_statistic(difference, (50, 30), generator=stream(1, "r"), draws=20_000)
    exact = bootstrap_difference(x, y)
    assert drawn.correction.acceleration == pytest.approx(exact.correction.acceleration, rel=1e-9)
    assert drawn.interval(0.05) == pytest.approx(exact.interval(0.05), abs=0.02)


@pytest.mark.parametrize("n", [1, 30, 5_000, 400_000])
def test_every_resample_draws_n_units(n: int) -> None:
    for block in resamples((n,), np.random.default_rng(0), draws=3):
        assert (block.sum(axis=1) == n).all()
        if n > 1_000:
            assert abs(float((block == 0).mean()) - math.exp(-1.0)) < 0.02


def test_jackknife_by_groups_estimates_the_same_acceleration() -> None:
    x = lognormal(5_000, 3)
    by_groups = bootstrap_statistic(mean_of(x), (5_000,), generator=stream(1, "r"), draws=200)
    exact = bootstrap_mean(x).correction.acceleration
    assert by_groups.correction.acceleration == pytest.approx(exact, abs=2e-3)


def test_same_seed_same_rule_same_p() -> None:
    x = lognormal(40)
    first, second = (
        bootstrap_statistic(mean_of(x), (40,), generator=stream(3, "r"), draws=500)
        for _ in range(2)
    )
    assert first.p_greater(1.0) == second.p_greater(1.0)


def test_bootstrap_t_agrees_with_replicates_made_one_by_one() -> None:
    x = lognormal(25, 9)
    rng = np.random.default_rng(2)
    drawn = rng.choice(x, (40_000, 25))
    studentised = (drawn.mean(axis=1) - x.mean()) / (drawn.std(axis=1, ddof=1) / 5.0)
    low, high = bootstrap_t(x, generator=rng, draws=40_000).interval(0.05)
    error = float(x.std(ddof=1)) / 5.0
    q_low, q_high = percentile_of(studentised, 0.05)
    assert low == pytest.approx(x.mean() - q_high * error, abs=0.03 * error)
    assert high == pytest.approx(x.mean() - q_low * error, abs=0.1 * error)


def test_expanded_percentile_is_as_wide_as_students_t_for_normal_data() -> None:
    x = np.random.default_rng(0).normal(size=100)
    low, high = expanded_percentile_interval(mean_law(x), 0.05, n=100)
    half = stats.t.ppf(0.95, 99) * float(x.std(ddof=1)) / 10.0
    assert (high - low) / 2 == pytest.approx(half, rel=0.005)


def test_basic_interval_mirrors_the_percentile_interval() -> None:
    low, high = percentile_interval(mean_law(lognormal(30)), 0.05)
    assert basic_interval(mean_law(lognormal(30)), 0.05) == (-high, -low)


@given(st.integers(0, 10_000), st.sampled_from([1e-9, 1e-3, 1.0, 1e7]), st.floats(-5.0, 5.0))
@settings(deadline=None, max_examples=40)
def test_shift_and_scale_move_the_bounds(seed: int, scale: float, shift: float) -> None:
    x = lognormal(25, seed)
    first, moved = bootstrap_mean(x), bootstrap_mean(scale * (x + shift))
    for one, other in zip(first.interval(0.05), moved.interval(0.05), strict=True):
        assert one is not None
        assert other == pytest.approx(scale * (one + shift), rel=1e-7, abs=1e-7 * scale)


def test_swapped_sign_swaps_the_tails() -> None:
    x = lognormal(30)
    assert bootstrap_mean(-x).p_less(-1.3) == pytest.approx(bootstrap_mean(x).p_greater(1.3))


def test_offset_of_a_trillion_keeps_the_digits() -> None:
    x = np.random.default_rng(0).integers(0, 100, 50)
    small, large = bootstrap_mean(x), bootstrap_mean(x + 10**12)
    assert large.correction.bias == pytest.approx(small.correction.bias, abs=1e-9)
    limit = float(x.mean().round() - 6.0)
    assert large.p_greater(10**12 + limit) == pytest.approx(small.p_greater(limit), rel=1e-3)


@pytest.mark.parametrize("scale", [1e-140, 1e-300, 1e140])
def test_extreme_scales_keep_the_digits(scale: float) -> None:
    x = lognormal(30)
    plain, scaled = bootstrap_mean(x), bootstrap_mean(scale * x)
    assert scaled.p_greater(1.2 * scale) == pytest.approx(plain.p_greater(1.2), rel=1e-6)


def test_ties_count_against_either_claim() -> None:
    test = bootstrap_mean([0.0] * 20 + [1.0] * 20)
    assert test.p_greater(0.5) + test.p_less(0.5) > 1.1


def test_ratio_of_equal_sizes_is_the_mean() -> None:
    x = lognormal(40)
    ratio, mean = bootstrap_ratio(x, np.full(40, 2.0)), bootstrap_mean(x / 2.0)
    assert ratio.interval(0.05) == pytest.approx(mean.interval(0.05), rel=1e-6)


def test_ties_at_no_difference_of_clusters_count_in_full() -> None:
    """Whole numbers tie with a limit of 0 in 8 % of the resamples; a smooth law takes half."""
    rng = np.random.default_rng(3)
    totals, sizes = rng.integers(-1, 3, 25), rng.integers(3, 9, 25)
    test = bootstrap_ratio(totals, sizes)
    sums = totals[rng.integers(0, 25, (200_000, 25))].sum(axis=1)
    tied, below = float((sums == 0).mean()), float((sums <= 0).mean())
    assert tied > 0.002
    assert test.p_greater(0.0) == pytest.approx(test.correction.pvalue(below), rel=0.08)
    assert test.p_greater(0.0) > test.correction.pvalue(below - 0.4 * tied)
    assert test.p_greater(1e-9) >= test.p_greater(0.0)


def test_p_is_never_smaller_than_the_law_can_tell() -> None:
    test = bootstrap_mean(lognormal(30))
    assert test.p_greater(-100.0) == test.min_pvalue(-100.0, greater=True) >= 1e-10
    assert test.interval(1e-12) == (None, None)
    drawn = bootstrap_statistic(mean_of(lognormal(30)), (30,), generator=stream(1, "r"), draws=99)
    floor = drawn.min_pvalue(0.0, greater=True)
    assert drawn.p_greater(-100.0) == floor
    assert drawn.interval(0.5 * floor)[0] is None


def test_scipy_returns_nan_for_constant_data_and_this_refuses() -> None:
    with np.errstate(all="ignore"), pytest.warns(Warning, match="degenerate|divide|invalid"):
        theirs = stats.bootstrap(([1.0] * 30,), np.mean, method="BCa", n_resamples=99)
    assert math.isnan(theirs.confidence_interval.low)
    with pytest.raises(UndefinedTestError, match="zero variance"):
        bootstrap_mean([1.0] * 30)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda _: bootstrap_mean(range(19)), "at least 20 values, got 19"),
        (lambda _: bootstrap_mean([math.nan] * 30), "number 1 is nan"),
        (lambda _: bootstrap_paired(range(30), range(31)), "equal lengths"),
        (lambda _: bootstrap_paired(range(30), np.arange(30) - 0.1), "zero variance"),
        (lambda _: bootstrap_difference(range(30), [2.0] * 30), "baseline values"),
        (lambda _: bootstrap_ratio(range(30), range(-1, 29)), "not be negative"),
        (lambda _: bootstrap_ratio(range(30), [0.0] * 28 + [1.0] * 2), "denominators are 0"),
        (lambda _: bootstrap_ratio(range(1, 31), range(2, 62, 2)), "exact multiple"),
        (lambda rng: bootstrap_t([3.0] * 30, generator=rng), "zero variance"),
        (
            lambda rng: bootstrap_statistic(
                lambda w: np.zeros(len(w)), (30,), generator=rng, draws=99
            ),
            "zero variance",
        ),
        (
            lambda rng: bootstrap_statistic(
                lambda w: np.where(w[:, 0] > 0, 1.0, math.nan), (30,), generator=rng, draws=99
            ),
            "undefined on",
        ),
        (
            lambda rng: bootstrap_statistic(
                lambda w: (w > 0).sum(axis=1).astype(float), (30,), generator=rng, draws=99
            ),
            "every jackknife value",
        ),
        (
            lambda rng: bootstrap_statistic(
                lambda w: (w > 0).sum(axis=1) + w[:, 0] / 99.0, (30,), generator=rng, draws=99
            ),
            "end of its own",
        ),
        (
            lambda rng: bootstrap_statistic(lambda w: w.astype(float), (30,), generator=rng),
            "one number a resample",
        ),
    ],
)
def test_undefined_data_are_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        call(np.random.default_rng(0))
