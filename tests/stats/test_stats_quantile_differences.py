"""Differences and ratios of quantiles: one procedure, honest where studentised ones are not."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.harrell_davis import beta_weights, harrell_davis
from pytest_evalgate.stats.medians import median_difference
from pytest_evalgate.stats.quantile_differences import (
    QuantileDifference,
    quantile_difference,
    quantile_needed,
)
from pytest_evalgate.stats.quantile_ratios import quantile_ratio
from pytest_evalgate.stats.quantiles import order_indices, quantile_inference
from pytest_evalgate.stats.rank_counts import pairs_share, rank_law
from pytest_evalgate.stats.result import Inference


Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Values]

PAIRED = pytest.mark.parametrize("paired", [False, True], ids=["independent", "paired"])


def outliers(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """4.5 % of the values far away: next to nothing lies just above the 95th percentile."""
    return rng.normal(size=shape) + 10.0 * (rng.random(shape) < 0.045)


LAWS: dict[str, tuple[Draw, Callable[[float], float]]] = {
    "normal": (lambda rng, shape: rng.normal(size=shape), stats.norm.ppf),
    "lognormal": (lambda rng, shape: rng.lognormal(size=shape), stats.lognorm(1.0).ppf),
    "heavy": (lambda rng, shape: rng.pareto(2.0, size=shape), lambda p: (1 - p) ** -0.5 - 1.0),
    "uniform": (lambda rng, shape: rng.random(shape), lambda p: p),
}


def two_arms(seed: int, n: int = 60, m: int = 60, *, digits: int = 8) -> tuple[Values, Values]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=max(n, m))
    a = np.exp(common[:n] + rng.normal(size=n))
    b = np.exp(common[:m] + rng.normal(size=m))
    return a.round(digits), b.round(digits)


def by_hand(a: Values, b: Values, p: float, limit: float) -> float:
    """Weight of all pairs of gaps at or below the limit, one pair at a time."""
    share_a = stats.binom.pmf(np.arange(a.size + 1), a.size, p)
    share_b = stats.binom.pmf(np.arange(b.size + 1), b.size, p)
    a, b = np.sort(a), np.sort(b)
    low = high = 0.0
    for i, weight_a in enumerate(share_a):
        for k, weight_b in enumerate(share_b):
            if i == 0 or (k > 0 and a[i - 1] - b[k - 1] <= limit):
                low += weight_a * weight_b
            if k == b.size or (i < a.size and a[i] - b[k] <= limit):
                high += weight_a * weight_b
    return float(max(low, high))


@pytest.mark.parametrize("limit", [-3.0, -0.5, 0.0, 0.7, 4.0])
@pytest.mark.parametrize(("n", "m", "p"), [(20, 31, 0.5), (40, 60, 0.75), (55, 50, 0.2)])
def test_p_of_independent_arms_is_the_weight_of_all_pairs_of_gaps(
    n: int, m: int, p: float, limit: float
) -> None:
    a, b = two_arms(1, n, m)
    difference = quantile_difference(a, b, p, paired=False)
    assert difference.p_greater(limit) == pytest.approx(by_hand(a, b, p, limit), rel=1e-9)
    assert difference.p_less(limit) == pytest.approx(by_hand(b, a, p, -limit), rel=1e-9)


def test_against_an_arm_that_is_all_but_known_p_is_the_exact_binomial_one() -> None:
    rng = np.random.default_rng(2)
    a = rng.normal(size=60)
    b = 0.3 + np.arange(40) * 1e-9
    difference, one = quantile_difference(a, b, 0.5, paired=False), quantile_inference(a, 0.5)
    for limit in (-0.8, -0.4, -0.2):
        assert difference.p_greater(limit) == pytest.approx(one.p_greater(limit + 0.3), rel=1e-9)
        assert difference.p_less(limit) == pytest.approx(one.p_less(limit + 0.3), rel=1e-9)


def test_pairs_without_association_are_judged_as_independent_arms() -> None:
    laws = rank_law(50, 0.5), rank_law(50, 0.5)
    rng = np.random.default_rng(3)
    for _ in range(20):
        starts = np.sort(rng.integers(0, laws[1].counts.size + 1, size=laws[0].counts.size))
        independent = pairs_share(*laws, starts, None)
        assert pairs_share(*laws, starts, 0.0) == pytest.approx(independent, rel=1e-9)
    starts = np.arange(laws[0].counts.size)
    assert pairs_share(*laws, starts, 1.0) == pytest.approx(1.0)  # both counts are one
    assert pairs_share(*laws, starts + 1, 1.0) == pytest.approx(0.0, abs=1e-12)


def test_law_of_a_rank_is_scipys_binomial_with_all_its_digits() -> None:
    for n, p in ((20, 0.5), (300, 0.97), (20_000, 0.05), (10**6, 0.99)):
        law = rank_law(n, p)
        assert law.shares.sum() == pytest.approx(1.0, rel=1e-12)
        expected = stats.binom.sf(law.counts - 1, n, p)
        near = expected > 1e-12
        assert law.from_here[:-1][near] == pytest.approx(expected[near], rel=1e-8)


def check_one_procedure(one: Inference, limits: list[float], alpha: float) -> None:
    low, high = one.interval(alpha)
    for limit in limits:
        assert (one.p_greater(limit) < alpha) == (low is not None and low > limit)
        assert (one.p_less(limit) < alpha) == (high is not None and high < limit)
    for bound in (low, high):
        if bound is not None:
            above, below = math.nextafter(bound, math.inf), math.nextafter(bound, -math.inf)
            if bound == low:
                assert one.p_greater(bound) >= alpha > one.p_greater(below)
            if bound == high:
                assert one.p_less(bound) >= alpha > one.p_less(above)


@PAIRED
@given(
    seed=st.integers(0, 10**6),
    digits=st.sampled_from([0, 1, 8]),
    alpha=st.sampled_from([0.003, 0.05, 0.3]),
    p=st.sampled_from([0.3, 0.5, 0.8]),
)
@settings(deadline=None, max_examples=40)
def test_test_and_interval_are_one_procedure(
    *, seed: int, digits: int, alpha: float, p: float, paired: bool
) -> None:
    a, b = two_arms(seed, digits=digits)
    limits = [-1.0, 0.0, 0.1, 0.5, 2.0, *(a - b)[:5].tolist()]
    check_one_procedure(quantile_difference(a, b, p, paired=paired), limits, alpha)
    b += 1.0
    ratio = quantile_ratio(a, b, p, paired=paired)
    check_one_procedure(ratio, [0.0, 0.5, 0.9, 1.0, 1.05, 3.0, *(a / b)[:5].tolist()], alpha)


@PAIRED
@given(seed=st.integers(0, 10**6), digits=st.sampled_from([0, 1, 8]))
@settings(deadline=None, max_examples=30)
def test_p_never_falls_as_a_claim_gets_bolder(*, seed: int, digits: int, paired: bool) -> None:
    a, b = two_arms(seed, digits=digits)
    difference = quantile_difference(a, b, 0.5, paired=paired)
    limits = np.sort(np.concatenate((np.linspace(-9, 9, 30), (a - b)[:30])))
    assert (np.diff([difference.p_greater(x) for x in limits]) >= -1e-15).all()
    assert (np.diff([difference.p_less(x) for x in limits]) <= 1e-15).all()
    assert all(difference.p_greater(x) + difference.p_less(x) >= 1.0 - 1e-9 for x in limits)


@PAIRED
@given(seed=st.integers(0, 10**6), limit=st.floats(-2, 2))
@settings(deadline=None, max_examples=50)
def test_swapped_and_mirrored_arms_give_mirrored_answers(
    *, seed: int, limit: float, paired: bool
) -> None:
    a, b = two_arms(seed)
    one = quantile_difference(a, b, 0.7, paired=paired)
    swapped = quantile_difference(b, a, 0.7, paired=paired)
    assert swapped.estimate == pytest.approx(-one.estimate)
    assert swapped.p_less(-limit) == pytest.approx(one.p_greater(limit), rel=1e-9)
    mirrored = quantile_difference(-a, -b, 0.3, paired=paired)
    assert mirrored.p_less(-limit) == pytest.approx(one.p_greater(limit), rel=1e-6)


@PAIRED
def test_unit_offset_and_order_of_rows_do_not_matter(*, paired: bool) -> None:
    a, b = two_arms(5)
    plain = quantile_difference(a, b, 0.6, paired=paired)
    low, high = plain.interval(0.05)
    assert low is not None
    assert high is not None
    order = np.random.default_rng(5).permutation(a.size)
    assert quantile_difference(a[order], b[order], 0.6, paired=paired).interval(0.05) == (low, high)
    for unit in (2.0**-990, 1e6):
        scaled = quantile_difference(a * unit, b * unit, 0.6, paired=paired)
        assert scaled.interval(0.05) == pytest.approx((low * unit, high * unit), rel=1e-9)
    moved = quantile_difference(a + 4096.0, b + 4096.0, 0.6, paired=paired)
    assert moved.interval(0.05) == pytest.approx((low, high), abs=1e-9)


@PAIRED
def test_ratio_inverts_candidate_less_a_multiple_of_the_baseline(*, paired: bool) -> None:
    a, b = two_arms(6)
    ratio = quantile_ratio(a, b, 0.75, paired=paired)
    for rho in (0.5, 1.05, 1.7):
        contrast = quantile_difference(a, rho * b, 0.75, paired=paired)
        assert ratio.p_less(rho) == pytest.approx(contrast.p_less(0.0), rel=1e-9)
        assert ratio.p_greater(rho) == pytest.approx(contrast.p_greater(0.0), rel=1e-9)
    low, high = ratio.interval(0.05)
    assert low is not None
    assert high is not None
    assert low < ratio.estimate < high


def test_limit_on_an_observed_difference_counts_against_both_claims() -> None:
    a, b = np.repeat([0.1, 0.3, 0.5], 20), np.repeat([0.0, 0.1, 0.2], 20)
    difference = quantile_difference(a, b, 0.5, paired=False)
    assert 0.3 - 0.1 != 0.2
    assert difference.p_greater(0.2) > 0.5
    assert difference.p_less(0.2) > 0.5


def test_smallest_p_is_that_of_arms_far_apart() -> None:
    a, b = two_arms(7, 20, 40)
    for paired in (False, True):
        m = 20 if paired else 40
        one = quantile_difference(a, b[:m], 0.5, paired=paired)
        far = quantile_difference(a + 1e6, b[:m], 0.5, paired=paired)
        assert far.p_greater(0.0) == pytest.approx(one.min_pvalue(0.0, greater=True), rel=1e-9)
        assert one.min_pvalue(0.0, greater=True) == pytest.approx(0.5**20, rel=0.1)


@pytest.mark.parametrize(("p", "n"), [(0.5, 20), (0.9, 100), (0.95, 200), (0.99, 1000)])
def test_ten_values_are_needed_beyond_the_quantile(p: float, n: int) -> None:
    assert quantile_needed(p) == quantile_needed(1.0 - p) == n
    a, b = two_arms(8, n, n)
    assert quantile_difference(a, b, p, paired=False).interval(0.05)[1] is not None
    with pytest.raises(UndefinedTestError, match=f"so {n} baseline values"):
        quantile_difference(a, b[1:], p, paired=False)


@pytest.mark.parametrize(
    ("a", "b", "p"),
    [
        (np.arange(30.0), np.full(30, 2.0), 0.5),
        (np.arange(30.0), np.append(np.arange(29.0), math.nan), 0.5),
        (np.arange(30.0), np.append(np.arange(29.0), math.inf), 0.5),
        (np.arange(30.0), np.arange(31.0), 0.5),
        (np.arange(30.0), np.arange(30.0), 1.0),
        (np.arange(30.0), np.arange(30.0), math.nan),
        (np.array(["1"] * 30), np.arange(30.0), 0.5),
        (np.array([]), np.array([]), 0.5),
    ],
    ids=["constant", "nan", "inf", "length", "p of 1", "p of nan", "text", "empty"],
)
def test_data_that_cannot_be_judged_are_refused(a: Values, b: Values, p: float) -> None:
    with pytest.raises(UndefinedTestError):
        quantile_difference(a, b, p, paired=True)


def test_questions_that_are_no_numbers_are_refused() -> None:
    a, b = two_arms(9)
    for one in (
        quantile_difference(a, b, 0.5, paired=True),
        quantile_ratio(a, b, 0.5, paired=True),
    ):
        for ask in (one.p_greater, one.p_less, one.statistic, one.interval):
            with pytest.raises(UndefinedTestError):
                ask(math.nan)


def test_ratio_to_a_baseline_not_above_zero_is_refused() -> None:
    a, b = two_arms(10)
    with pytest.raises(UndefinedTestError, match="not clearly above 0"):
        quantile_ratio(a, -b, 0.5, paired=False)
    uncertain = quantile_ratio(a, b - np.quantile(b, 0.45), 0.5, paired=False)
    assert uncertain.p_less(1e9) > 0.05
    with pytest.raises(UndefinedTestError, match="not clearly above 0"):
        uncertain.interval(0.05)


def test_arms_are_left_as_they_were() -> None:
    a, b = two_arms(11)
    kept = a.copy(), b.copy()
    quantile_difference(a, b, 0.5, paired=True)
    assert (a == kept[0]).all()
    assert (b == kept[1]).all()


# Calibration: at the boundary, a claim is shown no more often than its level allows.


def shown(
    law: str, p: float, sizes: tuple[int, int], *, scale: float, reps: int, link: float | None
) -> tuple[float, float]:
    """Share of samples at the boundary in which either claim is shown at 0.05."""
    draw, quantile = LAWS[law]
    rng = np.random.default_rng([ord(law[0]), *sizes])
    limit = (scale - 1.0) * quantile(p)
    greater = less = 0
    for _ in range(reps):
        a, b = draw(rng, (sizes[0],)), draw(rng, (sizes[1],))
        if link is not None:  # a share of the rows is common to both arms
            a = np.where(rng.random(a.size) < link, b, a)
        one = quantile_difference(scale * a, b, p, paired=link is not None)
        greater += one.p_greater(limit) < 0.05
        less += one.p_less(limit) < 0.05
    return greater / reps, less / reps


CALIBRATION = [
    (0.5, (20, 20), 1.0, None),
    (0.5, (20, 200), 1.0, None),
    (0.95, (200, 200), 4.0, None),
    (0.95, (200, 600), 1.0, None),
    (0.5, (20, 20), 1.0, 0.5),
    (0.95, (200, 200), 4.0, 0.8),
    (0.9, (100, 100), 0.5, 0.3),
]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("p", "sizes", "scale", "link"), CALIBRATION)
def test_claims_at_the_boundary_are_shown_at_most_at_the_level(
    law: str, p: float, sizes: tuple[int, int], scale: float, link: float | None
) -> None:
    rates = shown(law, p, sizes, scale=scale, reps=400, link=link)
    assert max(rates) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("p", "sizes", "scale", "link"), CALIBRATION)
def test_claims_at_the_boundary_are_shown_at_most_at_the_level_in_many(
    law: str, p: float, sizes: tuple[int, int], scale: float, link: float | None
) -> None:
    rates = shown(law, p, sizes, scale=scale, reps=10_000, link=link)
    assert max(rates) <= 0.06


def test_a_studentised_difference_promotes_where_the_tail_has_a_gap() -> None:
    # 4 times the spread, 95th percentile beside a gap: t by the jackknife of Harrell-Davis shows
    # a difference that is not there in one of six samples, order statistics in one of forty.
    rng, reps, n = np.random.default_rng(12), 500, 200
    a, b = np.sort(4.0 * outliers(rng, (reps, n))), np.sort(outliers(rng, (reps, n)))
    limit = 3.0 * stats.norm.ppf(0.95 / 0.955)
    t = ours = 0
    for one, other in zip(a, b, strict=True):
        first, second = harrell_davis(one, 0.95), harrell_davis(other, 0.95)
        assert first.standard_error is not None
        assert second.standard_error is not None
        error = math.hypot(first.standard_error, second.standard_error)
        t += stats.t.sf((first.estimate - second.estimate - limit) / error, 2 * n - 2) < 0.05
        ours += quantile_difference(one, other, 0.95, paired=False).p_greater(limit) < 0.05
    assert t / reps > 0.12
    assert ours / reps < 0.05


def test_a_percentile_bootstrap_misses_the_99th_percentile_of_100_requests() -> None:
    # Its law in closed form: the 99th of 100 resampled values is the j-th with these weights.
    n, p, reps = 100, 0.99, 4000
    up_to = stats.binom.sf(98, n, np.arange(n + 1) / n)
    low, high = (int(np.searchsorted(up_to, level)) for level in (0.025, 0.975))
    ascending = np.sort(np.random.default_rng(13).lognormal(size=(reps, n)))
    truth = stats.lognorm(1.0).ppf(p)
    bootstrap = (ascending[:, low - 1] <= truth) & (truth <= ascending[:, high - 1])
    assert bootstrap.mean() == pytest.approx(0.63, abs=0.03)
    first, last = order_indices(n, p, 0.025)
    assert last == n + 1  # no upper bound can be had
    assert (ascending[:, first - 1] <= truth).mean() == pytest.approx(0.98, abs=0.01)


def test_scipys_interval_of_a_quantile_is_nan_where_there_is_none() -> None:
    values = np.arange(40.0)
    theirs: Any = stats.quantile_test(values, q=10.0, p=0.95).confidence_interval(0.95)
    assert math.isnan(theirs.high)
    assert quantile_inference(values, 0.95).interval(0.025)[1] is None


def test_price_bonett_promotes_where_the_median_lies_in_a_gap() -> None:
    # Two clusters of values, half the units in each: the median is anywhere between them.
    rng, reps, n = np.random.default_rng(18), 400, 30
    normal = ours = 0
    for _ in range(reps):
        a, b = (rng.normal(size=n) + 4.0 * rng.choice([-1.0, 1.0], size=n) for _ in range(2))
        normal += median_difference(a, b).p_greater(0.0) < 0.05
        ours += quantile_difference(a, b, 0.5, paired=False).p_greater(0.0) < 0.05
    assert normal / reps > 0.14
    assert ours / reps < 0.07


@pytest.mark.parametrize("p", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("n", [1, 2, 25, 400])
def test_harrell_davis_is_scipys(n: int, p: float) -> None:
    values = np.random.default_rng(14).lognormal(size=n)
    theirs = float(stats.mstats.hdquantiles(values, [p])[0]) if n > 1 else values[0]
    assert harrell_davis(values, p).estimate == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("n", "p"), [(2, 0.5), (30, 0.9), (200, 0.95)])
def test_jackknife_of_harrell_davis_leaves_out_each_value(n: int, p: float) -> None:
    values = np.random.default_rng(15).lognormal(size=n)
    weights = beta_weights(n - 1, p, size=n)
    without = np.array([np.sort(np.delete(values, i)) @ weights for i in range(n)])
    expected = math.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
    assert harrell_davis(values, p).standard_error == pytest.approx(expected, rel=1e-9)


def test_harrell_davis_keeps_its_digits_and_its_memory() -> None:
    values = np.random.default_rng(16).integers(0, 4096, size=300_000) / 4096
    plain, far = harrell_davis(values, 0.99), harrell_davis(values + 2.0**30, 0.99)
    assert far.estimate - 2.0**30 == pytest.approx(plain.estimate, abs=1e-6)
    assert far.standard_error == pytest.approx(plain.standard_error, rel=1e-9)
    assert beta_weights(10**6, 0.01, size=10**6).sum() == pytest.approx(1.0, rel=1e-12)


def test_one_value_has_a_quantile_and_no_error() -> None:
    assert harrell_davis([3.0], 0.9).estimate == 3.0
    assert harrell_davis([3.0], 0.9).standard_error is None
    with pytest.raises(UndefinedTestError):
        harrell_davis([3.0], 0.0)


@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.05, 0.3])
@pytest.mark.parametrize(("n", "p"), [(5, 0.5), (60, 0.95), (400, 0.99), (31, 0.2)])
def test_indices_of_the_bounds_are_binomial_quantiles(n: int, p: float, alpha: float) -> None:
    expected = stats.binom.ppf(alpha, n, p), stats.binom.ppf(1 - alpha, n, p) + 1
    assert order_indices(n, p, alpha) == expected


def test_type_of_the_difference_satisfies_the_protocol() -> None:
    a, b = two_arms(17)
    one: Inference = quantile_difference(a, b, 0.5, paired=False)
    assert isinstance(one, QuantileDifference)
    assert one.standard_error is one.df is one.statistic(0.0) is None
    assert one.estimate == pytest.approx(np.median(a) - np.median(b))
