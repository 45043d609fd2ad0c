"""Rates of events, against R's numbers, SciPy and enumeration."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.rates import (
    PoissonRate,
    PoissonRatio,
    dispersion,
    poisson_rate,
    poisson_ratio,
)
from pytest_evalgate.stats.rates_power import rate_needed, rate_power, ratio_needed, ratio_power


counts = st.integers(0, 300)
exposures = st.floats(1e-3, 1e6)
levels = st.floats(1e-6, 0.45)


def test_two_rates_are_r_s_poisson_test() -> None:
    """R 4.2.2: poisson.test(c(11, 6 + 8 + 7), c(800, 1083 + 1050 + 878))."""
    ratio = poisson_ratio(11, 800, 21, 3011)
    assert ratio.estimate == pytest.approx(1.9714880952380953)
    assert ratio.interval(0.025) == pytest.approx((0.8584264033916392, 4.277265943654071))


def test_one_rate_is_r_s_poisson_test() -> None:
    """R: poisson.test(137, 24.19893) has the interval 4.753125 to 6.692709."""
    rate = poisson_rate(137, 24.19893)
    assert rate.estimate == pytest.approx(5.661407, abs=1e-6)
    assert rate.interval(0.025) == pytest.approx((4.753125, 6.692709), abs=1e-6)


@given(counts, exposures, st.floats(1e-3, 300.0))
def test_one_rate_agrees_with_scipy(events: int, exposure: float, mean: float) -> None:
    rate = poisson_rate(events, exposure)
    limit = mean / exposure
    law = stats.poisson(limit * exposure)
    assert rate.p_greater(limit) == pytest.approx(law.sf(events - 1), rel=1e-7, abs=1e-290)
    assert rate.p_less(limit) == pytest.approx(law.cdf(events), rel=1e-7, abs=1e-290)


@given(counts, counts, exposures, exposures, st.floats(0.05, 20.0))
@settings(deadline=None)
def test_two_rates_agree_with_scipy_s_binomial_test(
    first: int, second: int, over1: float, over2: float, limit: float
) -> None:
    ratio = poisson_ratio(first, over1, second + 1, over2)
    share = limit * over1 / (limit * over1 + over2)
    total = first + second + 1
    greater = stats.binomtest(first, total, share, alternative="greater")
    less = stats.binomtest(first, total, share, alternative="less")
    assert ratio.p_greater(limit) == pytest.approx(greater.pvalue, rel=1e-6, abs=1e-200)
    assert ratio.p_less(limit) == pytest.approx(less.pvalue, rel=1e-6, abs=1e-200)


@given(counts, exposures, levels)
@settings(max_examples=300, deadline=None)
def test_a_rate_s_test_and_interval_are_one_procedure(
    events: int, exposure: float, alpha: float
) -> None:
    rate = poisson_rate(events, exposure)
    low, high = rate.interval(alpha)
    assert low <= rate.estimate <= high
    for bound in (low, high, rate.estimate):
        for near in (bound * (1 - 1e-12), bound, bound * (1 + 1e-12)):
            assert (rate.p_greater(near) < alpha) == (low > near)
            assert (rate.p_less(near) < alpha) == (high < near)


@given(counts, counts, exposures, exposures, levels)
@settings(max_examples=300, deadline=None)
def test_a_ratio_s_test_and_interval_are_one_procedure(
    first: int, second: int, over1: float, over2: float, alpha: float
) -> None:
    ratio = PoissonRatio(events1=first, exposure1=over1, events2=second, exposure2=over2)
    low, high = ratio.interval(alpha)
    for bound in (low, high if high is not None else 1.0, 1.0, 1.1):
        for near in (bound * (1 - 1e-11), bound, bound * (1 + 1e-11)):
            assert (ratio.p_greater(near) < alpha) == (low > near)
            assert (ratio.p_less(near) < alpha) == (high is not None and high < near)


@given(counts, counts, exposures, exposures, st.floats(0.1, 10.0))
@settings(deadline=None)
def test_swapped_arms_have_the_inverse_ratio(
    first: int, second: int, over1: float, over2: float, limit: float
) -> None:
    ratio = poisson_ratio(first + 1, over1, second + 1, over2)
    swapped = poisson_ratio(second + 1, over2, first + 1, over1)
    assert swapped.estimate == pytest.approx(1 / ratio.estimate)
    assert swapped.p_less(1 / limit) == pytest.approx(ratio.p_greater(limit), rel=1e-6, abs=1e-200)


@given(counts, counts, st.lists(st.floats(-1.0, 50.0), min_size=2, max_size=10))
def test_a_stricter_limit_never_has_a_smaller_p(
    first: int, second: int, limits: list[float]
) -> None:
    ratio, rate = poisson_ratio(first, 2.0, second + 1, 3.0), poisson_rate(first, 2.0)
    for inference in (ratio, rate):
        greater = [inference.p_greater(limit) for limit in sorted(limits)]
        less = [inference.p_less(limit) for limit in sorted(limits)]
        assert (np.diff(greater) >= -1e-14).all()
        assert (np.diff(less) <= 1e-14).all()


@given(counts, counts, st.floats(0.1, 10.0))
def test_no_ratio_has_a_p_below_the_smallest(first: int, second: int, limit: float) -> None:
    ratio = poisson_ratio(first, 1.0, second + 1, 2.0)
    assert ratio.p_greater(limit) >= ratio.min_pvalue(limit, greater=True)
    assert ratio.p_less(limit) >= ratio.min_pvalue(limit, greater=False)
    rate = poisson_rate(first, 2.0)
    assert rate.p_less(limit) >= rate.min_pvalue(limit, greater=False)


def test_tails_keep_their_digits() -> None:
    assert poisson_rate(0, 600.0).p_less(1.0) == pytest.approx(math.exp(-600.0), rel=1e-10)
    assert poisson_ratio(0, 1.0, 900, 1.0).p_less(1.0) == pytest.approx(0.5**900, rel=1e-10)


def test_no_event_in_the_candidate_can_pass_and_none_in_the_baseline_is_undefined() -> None:
    assert poisson_ratio(0, 1.0, 5, 1.0).p_less(1.0) == pytest.approx(1 / 32)
    with pytest.raises(UndefinedTestError, match="no ratio of rates"):
        poisson_ratio(5, 1.0, 0, 1.0)


@pytest.mark.parametrize("exposure", [0.0, -1.0, math.nan, math.inf, True])
def test_exposures_are_above_zero(exposure: float) -> None:
    with pytest.raises(UndefinedTestError, match="exposure"):
        poisson_rate(1, exposure)


@pytest.mark.parametrize("events", [-1, 1.5, math.nan, math.inf])
def test_events_are_whole(events: Any) -> None:
    with pytest.raises((UndefinedTestError), match="whole number"):
        poisson_rate(events, 1.0)


def size_of_rate(mean: float, alpha: float, *, greater: bool) -> float:
    k = np.arange(int(mean + 20 * math.sqrt(mean) + 40))
    rejects = [
        (rate.p_greater(1.0) if greater else rate.p_less(1.0)) < alpha
        for rate in (PoissonRate(events=int(one), exposure=mean) for one in k)
    ]
    return float(stats.poisson(mean).pmf(k)[rejects].sum())


@pytest.mark.parametrize("mean", [0.5, 3.0, 4.7, 20.0, 80.0])
def test_an_exact_rate_never_promotes_more_than_its_level(mean: float) -> None:
    for greater in (True, False):
        assert size_of_rate(mean, 0.05, greater=greater) <= 0.05


@pytest.mark.parametrize(("mean", "limit"), [(2.0, 1.0), (8.0, 1.1), (15.0, 1.5)])
def test_an_exact_ratio_never_promotes_more_than_its_level(mean: float, limit: float) -> None:
    k = np.arange(int(limit * mean + 12 * math.sqrt(limit * mean)))
    first, second = stats.poisson(limit * mean).pmf(k), stats.poisson(mean).pmf(k)
    size = [0.0, 0.0]
    for x in k.tolist():
        for y in k.tolist():
            ratio = PoissonRatio(events1=x, exposure1=1.0, events2=y, exposure2=1.0)
            size[0] += first[x] * second[y] * (ratio.p_greater(limit) < 0.05)
            size[1] += first[x] * second[y] * (ratio.p_less(limit) < 0.05)
    assert max(size) <= 0.05


def test_power_of_a_rate_is_the_law_of_the_counts_that_reject() -> None:
    for rate, limit in ((1.0, 1.5), (2.0, 1.5), (0.0, 0.1)):
        k = np.arange(400)
        shown = [
            (one.p_less(limit) if rate < limit else one.p_greater(limit)) < 0.05
            for one in (PoissonRate(events=int(i), exposure=50.0) for i in k)
        ]
        expected = stats.poisson(50 * rate).pmf(k)[shown].sum()
        assert rate_power(rate, limit, 50.0, 0.05) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("rate1", "limit"), [(1.0, 2.0), (3.0, 1.5), (0.0, 1.1)])
def test_power_of_a_ratio_is_the_law_of_the_counts_that_reject(rate1: float, limit: float) -> None:
    k = np.arange(60)
    first, second = stats.poisson(8 * rate1).pmf(k), stats.poisson(12.0).pmf(k)
    power = 0.0
    for x in k.tolist():
        for y in k.tolist():
            ratio = PoissonRatio(events1=x, exposure1=8.0, events2=y, exposure2=12.0)
            p = ratio.p_less(limit) if rate1 < limit else ratio.p_greater(limit)
            power += first[x] * second[y] * (p < 0.05)
    assert ratio_power(rate1, 1.0, limit, (8.0, 12.0), 0.05) == pytest.approx(power, abs=1e-6)


def test_planned_exposure_has_the_power_asked_for() -> None:
    one = rate_needed(0.01, 0.02, 0.05, 0.8)
    assert one is not None
    assert (rate_power(0.01, 0.02, one, 0.05) or 0) >= 0.8
    assert (rate_power(0.01, 0.02, 0.75 * one, 0.05) or 1) < 0.8
    two = ratio_needed(0.01, 0.01, 1.5, 0.05, 0.8, ratio=2.0)
    assert two is not None
    assert (ratio_power(0.01, 0.01, 1.5, (two, 2 * two), 0.05) or 0) >= 0.8
    assert (ratio_power(0.01, 0.01, 1.5, (0.75 * two, 1.5 * two), 0.05) or 1) < 0.8
    assert rate_needed(0.02, 0.02, 0.05, 0.8) is None
    assert ratio_needed(0.03, 0.02, 1.5, 0.05, 0.8) is None


def test_dispersion_is_scipy_s_chi_square() -> None:
    found = dispersion([3, 7, 1, 9, 0, 4])
    expected = stats.chisquare([3, 7, 1, 9, 0, 4])
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.pvalue == pytest.approx(expected.pvalue)
    assert found.index == pytest.approx(found.statistic / 5)


def test_bursts_show_and_poisson_counts_do_not() -> None:
    rng = np.random.default_rng(1)
    over = rng.uniform(0.5, 2.0, 200)
    calm = rng.poisson(5 * over)
    bursts = rng.negative_binomial(2, 0.2, 200)
    assert dispersion(calm, over).pvalue > 0.01
    assert dispersion(bursts).pvalue < 1e-9


@pytest.mark.parametrize(
    ("found", "over"),
    [
        ([1], None),
        ([1.5, 2], None),
        ([-1, 2], None),
        ([0, 0], None),
        ([1, 2], [1, 0]),
        ([1, 2], [1]),
    ],
)
def test_counts_without_a_dispersion_are_refused(found: list[float], over: Any) -> None:
    with pytest.raises(UndefinedTestError):
        dispersion(found, over)
