"""Rectified means and shares, against the reference, plain arithmetic and simulation."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracle.compare import load
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.judged_shares import (
    JudgedCounts,
    judged_counts,
    judged_pairs,
    judged_share,
)
from pytest_evalgate.stats.judges import (
    judge_weight,
    ppi_clusters,
    ppi_difference,
    ppi_share,
    ppi_t,
    rectify,
    rectify_pairs,
)
from pytest_evalgate.stats.judges_power import gold_needed, ppi_standard_error
from pytest_evalgate.stats.means import one_sample_t
from pytest_evalgate.stats.result import Inference


Floats = NDArray[np.float64]
CASES = [case for case in load() if case["method"] == "ppi_mean"]


def sample(seed: int, n: int = 20, rest: int = 60) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(2.0, 1.0, n + rest)
    judge = 0.8 * truth + rng.normal(0.0, 0.5, n + rest)
    return truth[:n], judge[:n], judge[n:]


def assert_one_procedure(inference: Inference, limit: float, alpha: float) -> None:
    low, high = inference.interval(alpha)
    assert low is not None
    assert high is not None
    if abs(inference.p_greater(limit) - alpha) > 1e-9 * alpha:
        assert (inference.p_greater(limit) < alpha) == (low > limit)
    if abs(inference.p_less(limit) - alpha) > 1e-9 * alpha:
        assert (inference.p_less(limit) < alpha) == (high < limit)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_estimates_are_the_reference_s(case: dict[str, Any]) -> None:
    data = [case["input"][key] for key in ("y_gold", "judge_on_gold", "judge_unlabeled")]
    expected = case["expected"]
    best = rectify(*data)
    assert best.weight == pytest.approx(expected["lambda_hat"], rel=1e-12)
    assert ppi_t(best).estimate == pytest.approx(expected["ppi_pp"], rel=1e-12)
    assert ppi_t(rectify(*data, weight=1.0)).estimate == pytest.approx(expected["ppi"], rel=1e-12)
    # The reference has denominators n and N; one less of each is wider.
    assert ppi_t(best).standard_error > expected["ppi_pp_se"]


def test_reference_cases_are_there() -> None:
    assert CASES


def test_the_standard_error_has_one_less_in_each_denominator() -> None:
    y, f, rest = sample(1)
    values = rectify(y, f, rest, weight=0.7)
    variance = (y - 0.7 * f).var(ddof=1) / y.size + 0.49 * rest.var(ddof=1) / rest.size
    assert ppi_t(values).standard_error == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert ppi_t(values).df == y.size - 1
    assert values.estimate == pytest.approx(0.7 * rest.mean() + (y - 0.7 * f).mean(), rel=1e-12)


def test_weight_zero_is_gold_alone() -> None:
    y, f, rest = sample(2)
    alone, judged = one_sample_t(y), ppi_t(rectify(y, f, rest, weight=0.0))
    assert judged.interval(0.05) == pytest.approx(alone.interval(0.05), rel=1e-12)
    assert judged.p_greater(1.7) == pytest.approx(alone.p_greater(1.7), rel=1e-10)


def test_a_judge_that_never_varies_or_runs_against_gold_gets_no_weight() -> None:
    y, f, rest = sample(3)
    assert judge_weight(y, np.ones_like(f), np.ones_like(rest)) == 0.0
    assert judge_weight(y, -f, -rest) == 0.0


def test_a_good_judge_narrows_the_interval_and_a_biased_one_does_not_shift_it() -> None:
    y, f, rest = sample(4, n=50, rest=2000)
    alone, judged = one_sample_t(y), ppi_t(rectify(y, f, rest))
    assert judged.standard_error < 0.8 * alone.standard_error
    biased = ppi_t(rectify(y, f + 3.0, rest + 3.0))
    assert biased.estimate == pytest.approx(judged.estimate, rel=1e-12)
    assert biased.standard_error == pytest.approx(judged.standard_error, rel=1e-12)


@given(st.integers(0, 10_000), st.floats(0.0, 1.0), st.floats(0.0, 4.0), st.floats(0.0005, 0.4))
@settings(max_examples=300, deadline=None)
def test_rectified_test_and_interval_are_one_procedure(
    seed: int, weight: float, limit: float, alpha: float
) -> None:
    assert_one_procedure(ppi_t(rectify(*sample(seed, 8, 12), weight=weight)), limit, alpha)


@given(st.integers(0, 10_000), st.sampled_from([1e-300, 1e-8, 1.0, 1e8, 1e140]))
@settings(deadline=None)
def test_scale_changes_nothing_but_the_unit(seed: int, scale: float) -> None:
    y, f, rest = sample(seed)
    plain, scaled = ppi_t(rectify(y, f, rest)), ppi_t(rectify(scale * y, scale * f, scale * rest))
    assert scaled.estimate == pytest.approx(scale * plain.estimate, rel=1e-9, abs=0.0)
    assert scaled.standard_error == pytest.approx(scale * plain.standard_error, rel=1e-9, abs=0.0)


def test_a_large_offset_costs_no_digits() -> None:
    y, f, rest = (np.round(values * 64) / 64 for values in sample(5))
    plain, moved = ppi_t(rectify(y, f, rest)), ppi_t(rectify(y + 1e12, f + 1e12, rest + 1e12))
    assert moved.standard_error == pytest.approx(plain.standard_error, rel=1e-3)
    assert moved.statistic(1e12 + 1.5) == pytest.approx(plain.statistic(1.5), rel=1e-3)


@given(st.integers(0, 10_000))
@settings(deadline=None)
def test_order_of_units_is_irrelevant(seed: int) -> None:
    y, f, rest = sample(seed)
    order = np.random.default_rng(seed).permutation(y.size)
    plain, mixed = ppi_t(rectify(y, f, rest)), ppi_t(rectify(y[order], f[order], rest[::-1]))
    assert mixed.p_greater(1.8) == pytest.approx(plain.p_greater(1.8), rel=1e-9)


@given(st.integers(0, 10_000))
@settings(deadline=None)
def test_pseudo_values_have_the_estimate_and_its_standard_error(seed: int) -> None:
    values = rectify(*sample(seed))
    pseudo = values.pseudo_values()
    assert pseudo.mean() == pytest.approx(values.estimate, rel=1e-12)
    assert pseudo.std(ddof=1) / math.sqrt(pseudo.size) == pytest.approx(
        ppi_t(values).standard_error, rel=1e-12
    )


def test_clusters_of_one_unit_change_nothing() -> None:
    values = rectify(*sample(6))
    gold, rest = [f"g{i}" for i in range(20)], [f"r{i}" for i in range(60)]
    alone = ppi_clusters(values, gold, rest)
    assert alone.estimate == ppi_t(values).estimate
    assert alone.standard_error == pytest.approx(ppi_t(values).standard_error, rel=1e-12)
    assert alone.df is not None
    assert alone.df <= 19.0


def test_duplicated_units_as_clusters_leave_the_standard_error_about_unchanged() -> None:
    y, f, rest = sample(7, n=40, rest=400)
    gold, others = [f"g{i}" for i in range(40)], [f"r{i}" for i in range(400)]
    weight = rectify(y, f, rest).weight
    twice = rectify(np.tile(y, 2), np.tile(f, 2), np.tile(rest, 2), weight=weight)
    plain = ppi_t(rectify(y, f, rest, weight=weight))
    clustered = ppi_clusters(twice, gold * 2, others * 2)
    assert clustered.standard_error == pytest.approx(plain.standard_error, rel=1e-9)
    assert ppi_t(twice).standard_error < 0.75 * plain.standard_error


def test_clusters_by_pseudo_values_are_close_to_those_by_two_parts() -> None:
    y, f, rest = sample(8, n=60, rest=600)
    values = rectify(y, f, rest)
    gold, others = [f"c{i % 30}" for i in range(60)], [f"c{i % 30}" for i in range(600)]
    pooled = cluster_mean(values.pseudo_values(), gold + others)
    assert ppi_clusters(values, gold, others).standard_error == pytest.approx(
        pooled.standard_error, rel=0.05
    )


def test_pairs_are_the_rectified_differences() -> None:
    y, f, rest = sample(9)
    other, judged, unseen = sample(10)
    pairs = rectify_pairs((y, other), (f, judged), (rest, unseen))
    plain = rectify(y - other, f - judged, rest - unseen)
    assert ppi_t(pairs).estimate == pytest.approx(ppi_t(plain).estimate, rel=1e-12)
    swapped = rectify_pairs((other, y), (judged, f), (unseen, rest))
    assert ppi_t(swapped).p_less(0.3) == pytest.approx(ppi_t(pairs).p_greater(-0.3), rel=1e-12)


def test_the_difference_of_two_arms_is_welch_s_of_their_parts() -> None:
    a, b = rectify(*sample(11)), rectify(*sample(12, n=30))
    first, second, both = ppi_t(a), ppi_t(b), ppi_difference(a, b)
    assert both.estimate == pytest.approx(first.estimate - second.estimate, rel=1e-12)
    assert both.standard_error == pytest.approx(
        math.hypot(first.standard_error, second.standard_error), rel=1e-12
    )
    v1, v2 = first.standard_error**2, second.standard_error**2
    assert both.df == pytest.approx((v1 + v2) ** 2 / (v1**2 / 19 + v2**2 / 29), rel=1e-12)
    mirrored = ppi_difference(b, a)
    assert mirrored.p_less(-0.1) == pytest.approx(both.p_greater(0.1), rel=1e-12)


def test_without_a_judge_the_difference_of_two_arms_is_scipy_s_welch() -> None:
    (y, f, rest), (other, judged, unseen) = sample(13), sample(14, n=33)
    both = ppi_difference(
        rectify(y, f, rest, weight=0.0), rectify(other, judged, unseen, weight=0.0)
    )
    expected = stats.ttest_ind(y, other, equal_var=False, alternative="greater")
    assert both.p_greater(0.0) == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("gold", "judged", "rest", "message"),
    [
        ([1.0], [1.0], [1.0, 2.0], "at least 2 gold"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], [1.0, 2.0], "equal lengths"),
        ([1.0, 2.0], [1.0, 2.0], [1.0], "at least 2 judge values on the rest"),
        ([1.0, math.nan], [1.0, 2.0], [1.0, 2.0], "finite"),
        ([1.0, 2.0], [1.0, math.inf], [1.0, 2.0], "finite"),
        (["1", "0"], [1.0, 2.0], [1.0, 2.0], "numbers"),
        ([1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [2.0, 2.0, 2.0], "zero variance"),
        ([0.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 1.0], "random part"),
    ],
)
def test_data_without_an_answer_are_undefined(
    gold: list[Any], judged: list[Any], rest: list[Any], message: str
) -> None:
    with pytest.raises(UndefinedTestError, match=message):
        rectify(gold, judged, rest)


def test_a_judge_that_equals_gold_everywhere_is_not_certainty() -> None:
    y, _, rest = sample(15)
    with pytest.raises(UndefinedTestError, match="zero variance"):
        rectify(y, y, rest, weight=1.0)


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan, math.inf])
def test_weights_outside_their_range_are_refused(weight: float) -> None:
    with pytest.raises(UndefinedTestError, match="weight of the judge"):
        rectify(*sample(16), weight=weight)


def binary(rng: np.random.Generator, n: int, rest: int) -> tuple[Floats, Floats, Floats]:
    y = rng.random(n + rest) < 0.8
    f = np.where(y, rng.random(n + rest) < 0.9, rng.random(n + rest) < 0.2).astype(np.float64)
    return y[:n].astype(np.float64), f[:n], f[n:]


@given(st.integers(0, 10_000))
@settings(deadline=None)
def test_a_share_from_counts_has_the_estimate_of_its_values(seed: int) -> None:
    data = binary(np.random.default_rng(seed), 40, 200)
    if not (0.0 < data[0].mean() < 1.0 and np.any(data[0] != data[1])):
        return
    values, counts = rectify(*data), judged_counts(*data)
    assert counts.weight == pytest.approx(values.weight, rel=1e-9, abs=1e-12)
    if 0.0 < values.estimate < 1.0:
        assert judged_share(counts).estimate == pytest.approx(values.estimate, rel=1e-9)
        assert ppi_share(values).estimate == pytest.approx(values.estimate, rel=1e-12)


def test_the_share_s_variance_has_one_unit_more_in_each_cell() -> None:
    counts = JudgedCounts(
        both=40, gold_only=3, judge_only=2, neither=15, rest_positive=700, rest=1000
    )
    y = np.repeat([1.0, 1.0, 0.0, 0.0], [41, 4, 3, 16])
    f = np.repeat([1.0, 0.0, 1.0, 0.0], [41, 4, 3, 16])
    variance = (y - 0.6 * f).var() / 59 + 0.36 * 0.7 * 0.3 / 999
    found = judged_share(counts, weight=0.6)
    assert found.standard_error == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert found.estimate == pytest.approx(0.6 * 0.7 + (43 - 0.6 * 42) / 60, rel=1e-12)


@given(
    st.tuples(*[st.integers(0, 40)] * 4),
    st.integers(0, 300),
    st.floats(0.01, 0.99),
    st.floats(0.0005, 0.4),
)
@settings(max_examples=400, deadline=None)
def test_judged_share_test_and_interval_are_one_procedure(
    cells: tuple[int, int, int, int], positive: int, limit: float, alpha: float
) -> None:
    names = ("both", "gold_only", "judge_only", "neither")
    try:
        counts = JudgedCounts(
            **dict(zip(names, cells, strict=True)), rest_positive=positive, rest=300
        )
        share = judged_share(counts)
    except UndefinedTestError:
        return
    assert_one_procedure(share, limit, alpha)


def test_a_judge_without_a_seen_error_still_leaves_a_width() -> None:
    counts = JudgedCounts(
        both=30, gold_only=0, judge_only=0, neither=5, rest_positive=850, rest=1000
    )
    low, high = judged_share(counts).interval(0.05)
    assert high - low > 0.05


def test_negative_labels_are_judged_as_positive_ones() -> None:
    counts = JudgedCounts(
        both=30, gold_only=2, judge_only=3, neither=9, rest_positive=700, rest=1000
    )
    mirrored = JudgedCounts(
        both=9, gold_only=3, judge_only=2, neither=30, rest_positive=300, rest=1000
    )
    assert judged_share(mirrored).p_less(0.2) == pytest.approx(
        judged_share(counts).p_greater(0.8), rel=1e-9
    )


@pytest.mark.parametrize("value", [0.5, 2.0, -1.0])
def test_shares_take_zeros_and_ones_only(value: float) -> None:
    with pytest.raises(UndefinedTestError, match="0 or 1"):
        judged_counts([0.0, value], [0.0, 1.0], [0.0, 1.0])
    with pytest.raises(UndefinedTestError, match="0 and 1"):
        ppi_share(rectify([0.0, 1.0, value], [0.2, 0.5, 0.9], [0.1, 0.4, 0.8]))


def test_all_gold_positive_and_a_saturated_judge_leave_no_share() -> None:
    counts = JudgedCounts(both=20, gold_only=0, judge_only=0, neither=0, rest_positive=9, rest=9)
    with pytest.raises(UndefinedTestError, match="share of 1"):
        judged_share(counts)


def test_planned_gold_has_the_power_asked_for() -> None:
    n = gold_needed(0.1, 0.4, 0.7, 2000, alpha=0.05, power=0.8)
    assert n is not None
    none = gold_needed(0.1, 0.4, 0.0, 2000, alpha=0.05, power=0.8)
    assert none is not None
    assert 0.5 * none < n < 0.6 * none
    rng = np.random.default_rng(17)
    truth = rng.normal(size=(1500, 2000))
    judge = 0.7 * truth + math.sqrt(0.51) * rng.normal(size=truth.shape)
    hits = [
        ppi_t(rectify(0.4 * t[:n], 0.4 * f[:n], 0.4 * f[n:])).p_greater(-0.1) < 0.05
        for t, f in zip(truth, judge, strict=True)
    ]
    assert np.mean(hits) == pytest.approx(0.8, abs=0.03)
    assert gold_needed(0.001, 0.4, 0.7, 2000, alpha=0.05, power=0.8) is None
    assert gold_needed(-0.1, 0.4, 0.7, 2000, alpha=0.05, power=0.8) is None
    assert ppi_standard_error(50, 1e9, 1.0, 0.6) == pytest.approx(0.8 / math.sqrt(50))


def promoted(n: int, rate: float, sens: float, spec: float, replicates: int) -> tuple[float, float]:
    """Share of samples at the boundary that are promoted, above and below."""
    rng = np.random.default_rng(n)
    cells = [rate * sens, rate * (1 - sens), (1 - rate) * (1 - spec), (1 - rate) * spec]
    tables = rng.multinomial(n, cells, replicates)
    rest = rng.binomial(1000, cells[0] + cells[2], replicates)
    above = below = 0
    for table, positive in zip(tables.tolist(), rest.tolist(), strict=True):
        both, gold_only, judge_only, neither = table
        try:
            share = judged_share(
                JudgedCounts(
                    both=both,
                    gold_only=gold_only,
                    judge_only=judge_only,
                    neither=neither,
                    rest_positive=positive,
                    rest=1000,
                )
            )
        except UndefinedTestError:
            continue
        above += share.p_greater(rate) < 0.05
        below += share.p_less(rate) < 0.05
    return above / replicates, below / replicates


@pytest.mark.parametrize(("sens", "spec"), [(0.9, 0.8), (0.5, 0.5), (0.98, 0.98)])
@pytest.mark.parametrize("n", [20, 100])
def test_judged_shares_at_the_limit_are_rarely_promoted(n: int, sens: float, spec: float) -> None:
    above, below = promoted(n, 0.8, sens, spec, 2500)
    assert max(above, below) <= 0.06 + 3 * math.sqrt(0.06 * 0.94 / 2500)


@pytest.mark.slow
@pytest.mark.parametrize(("sens", "spec"), [(0.9, 0.8), (0.5, 0.5), (0.98, 0.98), (0.99, 0.6)])
@pytest.mark.parametrize("rate", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("n", [20, 30, 50, 100, 200])
def test_judged_shares_hold_their_level_everywhere(
    n: int, rate: float, sens: float, spec: float
) -> None:
    above, below = promoted(n, rate, sens, spec, 20_000)
    assert max(above, below) <= 0.075


@pytest.mark.parametrize("correlation", [0.0, 0.8])
@pytest.mark.parametrize("n", [20, 50])
def test_rectified_means_at_the_limit_are_rarely_promoted(n: int, correlation: float) -> None:
    rng = np.random.default_rng(n)
    y = rng.normal(size=(2000, n + 300))
    f = correlation * y + math.sqrt(1 - correlation**2) * rng.normal(size=y.shape)
    found = [ppi_t(rectify(one[:n], judge[:n], judge[n:])) for one, judge in zip(y, f, strict=True)]
    for p in ([t.p_greater(0.0) for t in found], [t.p_less(0.0) for t in found]):
        assert np.mean(np.array(p) < 0.05) <= 0.06 + 3 * math.sqrt(0.06 * 0.94 / 2000)


def test_one_sided_bounds_are_one_sided() -> None:
    """A one-sided bound at 5 % misses a true mean 5 % of the time, not 2.5 %."""
    rng = np.random.default_rng(18)
    y = rng.normal(size=(3000, 250))
    f = 0.7 * y + 0.7 * rng.normal(size=y.shape)
    bounds = np.array(
        [
            ppi_t(rectify(one[:50], judge[:50], judge[50:])).interval(0.05)
            for one, judge in zip(y, f, strict=True)
        ]
    )
    for missed in (np.mean(bounds[:, 0] > 0.0), np.mean(bounds[:, 1] < 0.0)):
        assert missed == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 3000))


def arms(seed: int, n: int, *, loss: float) -> list[NDArray[np.bool_]]:
    """Labels of candidate and baseline and what a judge says of each, shape (n,) each."""
    rng = np.random.default_rng(seed)
    u = rng.random(n)
    won, lost = u < 0.05, (u >= 0.05) & (u < 0.10 + loss)
    same = rng.random(n) < 0.85
    candidate, baseline = won | (same & ~lost), lost | (same & ~won)
    judged = [np.where(y, rng.random(n) < 0.9, rng.random(n) < 0.2) for y in (candidate, baseline)]
    return [candidate, baseline, *judged]


def test_judged_pairs_count_one_pair_more_each_way() -> None:
    a, b, f, g = (values.astype(float) for values in arms(1, 400, loss=0.0))
    found = judged_pairs((a[:60], b[:60]), (f[:60], g[:60]), (f[60:], g[60:]), weight=0.5)
    rectifier = (a - b - 0.5 * (f - g))[:60]
    more = np.append(rectifier, (1.0, -1.0)).var() / 59
    error = math.sqrt(more + 0.25 * (f - g)[60:].var(ddof=1) / 340)
    assert found.standard_error == pytest.approx(error, rel=1e-12)
    assert found.estimate == pytest.approx(0.5 * (f - g)[60:].mean() + rectifier.mean(), rel=1e-12)


def test_pairs_without_a_difference_are_not_certainty() -> None:
    ones = np.ones(50)
    found = judged_pairs((ones, ones), (ones, ones), (ones, ones))
    assert found.interval(0.05)[0] == pytest.approx(-0.047, abs=0.002)


@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_judged_pairs_at_the_limit_are_rarely_promoted(loss: float) -> None:
    p = []
    for seed in range(2000):
        a, b, f, g = arms(seed, 560, loss=loss)
        test = judged_pairs((a[:60], b[:60]), (f[:60], g[:60]), (f[60:], g[60:]))
        p.append(test.p_greater(-loss))
    assert np.mean(np.array(p) < 0.05) <= 0.06
