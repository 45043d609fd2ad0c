"""Whole distributions: by all splits of the pool, against SciPy, exact counts and fractions."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.calibration import calibration_error
from pytest_evalgate.stats.distributions import (
    Side,
    _share_reaching,
    energy_distance,
    energy_test,
    ks_two_sample,
)
from pytest_evalgate.stats.medians import median_difference, median_with_error
from pytest_evalgate.stats.stochastic_order import almost_stochastic_order


TIED = st.lists(st.integers(0, 4).map(float), min_size=1, max_size=4)


def ks_by_hand(first: list[float], second: list[float], side: Side) -> Fraction:
    values = sorted({*first, *second})
    steps = [
        Fraction(sum(x <= v for x in first), len(first))
        - Fraction(sum(x <= v for x in second), len(second))
        for v in values
    ]
    if side is Side.BOTH:
        return max(abs(step) for step in steps)
    return max(steps) if side is Side.ABOVE else -min(steps)


def all_splits(pool: list[float], n: int) -> list[tuple[list[float], list[float]]]:
    return [
        ([pool[i] for i in chosen], [x for i, x in enumerate(pool) if i not in chosen])
        for chosen in itertools.combinations(range(len(pool)), n)
    ]


@given(first=TIED, second=TIED, side=st.sampled_from(Side))
@settings(deadline=None)
def test_ks_counts_every_split_even_with_ties(
    first: list[float], second: list[float], side: Side
) -> None:
    test = ks_two_sample(first, second, side)
    observed = ks_by_hand(first, second, side)
    splits = all_splits(first + second, len(first))
    reached = sum(ks_by_hand(a, b, side) >= observed for a, b in splits)
    assert test.statistic == pytest.approx(float(observed), abs=1e-15)
    assert (test.as_extreme, test.splits) == (reached, len(splits))
    assert test.pvalue == reached / len(splits)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("n", "m"), [(5, 9), (40, 33), (200, 150)])
def test_ks_without_ties_is_scipys_exact(n: int, m: int, side: Side) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=n), rng.normal(0.3, 1.2, size=m)
    theirs = stats.ks_2samp(a, b, alternative=side.value, method="exact")
    ours = ks_two_sample(a, b, side)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert ours.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)


def test_scipys_exact_ks_is_too_large_under_ties() -> None:
    a, b = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0], [2.0, 3.0, 3.0, 3.0, 4.0, 4.0]
    ours, theirs = ks_two_sample(a, b), stats.ks_2samp(a, b, method="exact")
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert theirs.pvalue > 1.3 * ours.pvalue


@pytest.mark.parametrize("side", list(Side))
def test_splits_weighed_in_floats_are_splits_counted(side: Side) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.poisson(3.0, size=80), rng.poisson(3.6, size=120)
    counted = ks_two_sample(a, b, side)
    places = np.zeros(201, dtype=np.bool_)
    places[np.cumsum(np.unique(np.concatenate((a, b)), return_counts=True)[1])] = True
    weighed = _share_reaching(places, round(counted.statistic * 80 * 120), 80, 120, side)
    assert weighed == pytest.approx(counted.pvalue, rel=1e-9)


def test_ks_of_many_values_is_scipys_exact() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=1000), rng.normal(0.05, 1.0, size=900)
    ours = ks_two_sample(a, b)
    assert ours.pvalue == pytest.approx(stats.ks_2samp(a, b, method="exact").pvalue, rel=1e-8)
    assert ours.as_extreme is ours.splits is None


def test_ks_keeps_small_tails_and_refuses_what_would_never_end() -> None:
    a, b = np.arange(900.0), np.arange(900.0) + 5000.0
    assert ks_two_sample(a, b, Side.ABOVE).pvalue == pytest.approx(0.0, abs=1e-300)
    assert ks_two_sample(a[:200], b[:200]).pvalue == pytest.approx(2 / math.comb(400, 200))
    with pytest.raises(UndefinedTestError, match="too long"):
        ks_two_sample(np.arange(20_000.0), np.arange(20_000.0))


def test_equal_samples_do_not_differ() -> None:
    assert ks_two_sample([1.0, 2.0], [1.0, 2.0]).pvalue == 1.0
    assert energy_test([1.0, 2.0], [1.0, 2.0]).pvalue == 1.0


def energy_by_hand(first: list[float], second: list[float]) -> Fraction:
    def mean(xs: list[float], ys: list[float]) -> Fraction:
        total = sum((abs(Fraction(x) - Fraction(y)) for x in xs for y in ys), Fraction(0))
        return total / (len(xs) * len(ys))

    return 2 * mean(first, second) - mean(first, first) - mean(second, second)


@given(first=TIED, second=TIED)
@settings(deadline=None, max_examples=50)
def test_energy_counts_every_split(first: list[float], second: list[float]) -> None:
    test, observed = energy_test(first, second), energy_by_hand(first, second)
    splits = all_splits(first + second, len(first))
    reached = sum(energy_by_hand(a, b) >= observed for a, b in splits)
    assert energy_distance(first, second) == pytest.approx(float(observed), abs=1e-12)
    assert (test.as_extreme, test.splits) == (reached, len(splits))


def test_scipys_energy_distance_is_the_root() -> None:
    a, b = [1.0, 2.0, 4.0, 7.0, 3.0], [5.0, 8.0, 9.0, 6.0, 12.0]
    assert energy_distance(a, b) == pytest.approx(4.72, rel=1e-12)
    assert stats.energy_distance(a, b) == pytest.approx(math.sqrt(4.72), rel=1e-12)


def test_energy_of_too_many_splits_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="at most 400000 splits"):
        energy_test(np.arange(30.0), np.arange(30.0))


def test_drift_of_nothing_or_of_nan_is_refused() -> None:
    for judge in (ks_two_sample, energy_test, energy_distance, almost_stochastic_order):
        for first in ([], [math.nan], ["a"], [[1.0]]):
            with pytest.raises(UndefinedTestError):
                judge(first, [1.0, 2.0])


@given(
    first=st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=7),
    second=st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=7),
)
def test_stochastic_order_integrates_the_steps_exactly(
    first: list[float], second: list[float]
) -> None:
    a, b, cells = sorted(first), sorted(second), len(first) * len(second)
    ahead = [Fraction(a[i // len(b)]) - Fraction(b[i // len(a)]) for i in range(cells)]
    total = sum(x * x for x in ahead)
    if total == 0:
        with pytest.raises(UndefinedTestError, match="same quantiles"):
            almost_stochastic_order(first, second)
        return
    order, mirrored = almost_stochastic_order(first, second), almost_stochastic_order(second, first)
    assert order.violation_ratio == pytest.approx(float(sum(x * x for x in ahead if x < 0) / total))
    assert order.squared_distance == pytest.approx(float(total / cells))
    assert order.violation_ratio + mirrored.violation_ratio == pytest.approx(1.0)


def test_a_sample_above_another_everywhere_violates_nothing() -> None:
    assert almost_stochastic_order([2.0, 3.0], [1.0, 1.5, 2.5]).violation_ratio == 0.0


def test_calibration_puts_edges_into_the_lower_bin() -> None:
    error = calibration_error([0, 1, 1], [0.0, 0.6, 0.2], bins=5)
    assert error.mean == pytest.approx((2 * abs(0.5 - 0.1) + 0.4) / 3)
    assert error.largest == pytest.approx(0.4)
    assert error.debiased_square == pytest.approx((2 * (0.16 - 0.25) + 0.16) / 3)


def test_a_calibrated_model_has_an_error_that_debiasing_takes_away() -> None:
    rng = np.random.default_rng(3)
    errors = []
    for _ in range(300):
        p = rng.random(200)
        errors.append(calibration_error(rng.random(200) < p, p, bins=10))
    assert np.mean([one.mean for one in errors]) > 0.06
    assert np.mean([one.debiased_square for one in errors]) == pytest.approx(0.0, abs=0.001)


@pytest.mark.parametrize(
    ("labels", "probabilities", "bins"),
    [
        ([], [], 5),
        ([0, 1], [0.5], 5),
        ([0, 2], [0.5, 0.5], 5),
        ([0, 1], [0.5, 1.1], 5),
        ([0, 1], [0.5, math.nan], 5),
        ([0, 1], [0.5, 0.5], 0),
    ],
    ids=["empty", "length", "label", "range", "nan", "bins"],
)
def test_calibration_of_what_is_no_probability_is_refused(
    labels: list[int], probabilities: list[float], bins: int
) -> None:
    with pytest.raises(UndefinedTestError):
        calibration_error(labels, probabilities, bins=bins)


@pytest.mark.parametrize(("n", "rank"), [(2, 1), (10, 2), (16, 4), (25, 8), (100, 40)])
def test_rank_of_the_median_error_rounds_halves_to_even(n: int, rank: int) -> None:
    part = median_with_error(np.arange(float(n)))
    assert part.rank == rank
    z = stats.norm.isf(stats.binom.cdf(rank - 1, n, 0.5))
    assert part.standard_error == pytest.approx((n + 1 - 2 * rank) / (2 * z), rel=1e-9)
    assert part.estimate == (n - 1) / 2


def test_median_difference_swaps_shifts_and_scales() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.lognormal(size=20), rng.lognormal(size=33)
    one, other = median_difference(a, b), median_difference(b, a)
    assert one.p_greater(0.2) == pytest.approx(other.p_less(-0.2), rel=1e-12)
    moved = median_difference(a * 4.0 + 64.0, b * 4.0 + 64.0)
    assert moved.p_greater(0.8) == pytest.approx(one.p_greater(0.2), rel=1e-9)
    low, high = one.interval(0.05)
    assert one.p_greater(low) == pytest.approx(0.05, rel=1e-9)
    assert one.p_less(high) == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize(
    "values", [[1.0], [2.0] * 9, [1.0, *[2.0] * 9, 3.0], [1.0, math.nan, 2.0], []]
)
def test_medians_without_an_error_are_refused(values: list[float]) -> None:
    with pytest.raises(UndefinedTestError):
        median_difference(values, [1.0, 2.0, 4.0, 5.0])


@pytest.mark.parametrize("law", ["normal", "lognormal", "laplace"])
@pytest.mark.parametrize(("n", "m"), [(10, 10), (10, 30), (25, 25)])
def test_equal_medians_are_told_apart_at_most_at_the_level(law: str, n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    t = [
        median_difference(getattr(rng, law)(size=n), getattr(rng, law)(size=m)).statistic(0.0)
        for _ in range(2000)
    ]
    rates = np.mean(np.array(t) > 1.645), np.mean(np.array(t) < -1.645)
    assert max(rates) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)
