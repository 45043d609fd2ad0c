"""Brunner-Munzel and win rates, against SciPy, printed values and enumeration."""

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.nonparametric import rank_compare_2indep  # type: ignore[import-untyped]

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.rank_splits import share_of_one_split
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.superiority import placements_of, superiority, superiority_needed
from pytest_evalgate.stats.win_rates import win_rate, win_rate_of


PAIN_X = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1]
PAIN_Y = [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4]


def test_pain_scores_equal_the_printed_numbers() -> None:
    t = superiority(PAIN_Y, PAIN_X).plain_t()

    assert t.estimate == pytest.approx(0.788961, abs=1e-6)
    assert t.statistic(0.5) == pytest.approx(3.1375, abs=1e-4)
    assert t.df == pytest.approx(17.683, abs=1e-3)
    assert t.interval(0.025) == pytest.approx((0.5952169, 0.9827052), abs=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_the_t_test_equals_scipy_and_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 9, size=25 + seed), rng.normal(3, 3, size=30).round()
    judged = superiority(a, b)
    above, below = (stats.brunnermunzel(b, a, alternative=one) for one in ("less", "greater"))
    also = rank_compare_2indep(a, b)

    assert judged.splits is None
    assert judged.p_greater(0.5) == pytest.approx(above.pvalue, rel=1e-9)
    assert judged.p_less(0.5) == pytest.approx(below.pvalue, rel=1e-9)
    assert judged.estimate == pytest.approx(also.prob1, rel=1e-12)
    assert judged.standard_error == pytest.approx(math.sqrt(also.var_prob), rel=1e-12)
    assert judged.df == pytest.approx(also.df, rel=1e-9)


def studentised(a: Any, b: Any) -> float:
    placements = placements_of(a, b)
    square = placements.candidate_variance / len(a) + placements.baseline_variance / len(b)
    distance = placements.estimate - 0.5
    return distance / math.sqrt(square) if square > 0 else math.copysign(math.inf, distance)


@pytest.mark.parametrize("seed", range(6))
def test_small_samples_equal_enumeration_of_the_studentised_statistic(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 6, size=2)
    pooled = rng.integers(0, 5, size=n + m)
    pooled[:2] = 0, 4
    judged = superiority(pooled[:n], pooled[n:])
    law = [
        studentised(pooled[list(one)], np.delete(pooled, one))
        for one in itertools.combinations(range(n + m), n)
    ]
    seen = law[0]

    assert judged.p_greater(0.5) == sum(one >= seen - 1e-9 for one in law) / len(law)
    assert judged.p_less(0.5) == sum(one <= seen + 1e-9 for one in law) / len(law)


def test_scipy_gives_nan_on_complete_separation_and_ours_does_not() -> None:
    a, b = [5.0, 6.0, 7.0, 8.0], [1.0, 2.0, 3.0, 4.0]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        flawed = stats.brunnermunzel(b, a, alternative="less")
    judged = superiority(a, b)

    assert math.isnan(flawed.pvalue)
    assert judged.p_greater(0.5) == 1 / 70
    assert judged.p_less(0.5) == 1.0
    assert (judged.estimate, judged.standard_error, judged.df) == (1.0, None, None)
    assert judged.statistic(0.5) is None
    assert judged.interval(0.05) == (math.nextafter(0.5, 1.0), 1.0)


def test_large_separated_samples_are_bounded_as_wins_of_distinct_pairs() -> None:
    judged = superiority(np.arange(30.0) + 50.0, np.arange(40.0))

    assert judged.p_greater(0.5) == pytest.approx(1 / math.comb(70, 30), rel=1e-12)
    assert judged.p_greater(0.75) == pytest.approx(0.75**30, rel=1e-12)
    assert judged.interval(0.05)[0] == pytest.approx(0.05 ** (1 / 30), rel=1e-12)
    assert judged.min_pvalue(0.75, greater=True) == judged.p_greater(0.75)
    with pytest.raises(UndefinedTestError, match="do not overlap"):
        judged.plain_t()


def test_near_separation_is_never_rarer_than_separation() -> None:
    a, b = np.arange(12.0) + 10.0, np.arange(12.0)
    near, apart = superiority(a, np.append(b[:-1], 10.5)), superiority(a + 2.0, b)

    assert near.estimate < apart.estimate == 1.0
    for limit in (0.4, 0.5, 0.6, 0.75, 0.9):
        assert near.p_greater(limit) >= apart.p_greater(limit)


@pytest.mark.parametrize(("n", "m"), [(3, 4), (60, 70), (10**6, 10**6)])
def test_share_of_one_split_is_one_over_the_binomial_and_never_zero(n: int, m: int) -> None:
    share = share_of_one_split(n, m)

    assert share > 0.0
    if n < 1000:
        assert share == pytest.approx(1 / math.comb(n + m, n), rel=1e-12)


def test_the_logit_bound_covers_more_than_the_plain_one() -> None:
    judged = superiority(PAIN_Y, PAIN_X)
    low, high = judged.interval(0.025)

    assert low < judged.plain_t().interval(0.025)[0]
    assert high < 1.0


@st.composite
def arms(draw: st.DrawFn) -> tuple[Any, Any]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    steps, shift = draw(st.sampled_from([2, 6, 1000])), draw(st.sampled_from([0, 1, 3, 2000]))
    n, m = draw(st.sampled_from([(2, 3), (4, 4), (5, 3), (11, 12), (20, 11)]))
    a, b = rng.integers(0, steps, size=n) + shift, rng.integers(0, steps, size=m)
    a[0] = steps + shift  # never all equal
    return (a, b) if draw(st.booleans()) else (b, a)


chances = st.one_of(st.floats(0.01, 0.99), st.sampled_from([0.5, 0.75, 0.25]))


@settings(max_examples=300, deadline=None)
@given(arms=arms(), alpha=st.floats(0.001, 0.49), limit=chances)
def test_test_and_interval_agree(arms: Any, alpha: float, limit: float) -> None:
    judged = superiority(*arms)
    low, high = judged.interval(alpha)

    assert 0.0 <= low <= high <= 1.0
    beside = [end + step for end in (low, high) for step in (-1e-11, 1e-11)]  # p rounds too
    jump = [math.nextafter(0.5, 0.0), 0.5, math.nextafter(0.5, 1.0)]
    for one in (limit, low, high, *jump, *beside):
        assert (judged.p_greater(one) < alpha) == (low > one)
        assert (judged.p_less(one) < alpha) == (high < one)


@settings(max_examples=60, deadline=None)
@given(arms=arms(), limits=st.lists(chances, min_size=3, max_size=9))
def test_p_never_falls_as_the_limit_grows_stricter(arms: Any, limits: list[float]) -> None:
    judged = superiority(*arms)
    ordered = sorted([*limits, 0.5, math.nextafter(0.5, 0), math.nextafter(0.5, 1), 0.0, 1.0])
    above = [judged.p_greater(one) for one in ordered]
    below = [judged.p_less(one) for one in ordered]

    assert above == sorted(above)
    assert below == sorted(below, reverse=True)
    assert above[-1] == below[0] == 1.0
    assert all(judged.min_pvalue(one, greater=True) <= judged.p_greater(one) for one in ordered)
    assert all(judged.min_pvalue(one, greater=False) <= judged.p_less(one) for one in ordered)


@settings(max_examples=60, deadline=None)
@given(arms=arms(), limit=st.integers(1, 63).map(lambda k: k / 64))
def test_swapping_the_arms_mirrors_and_monotone_maps_change_nothing(
    arms: Any, limit: float
) -> None:
    a, b = arms
    plain, swapped = superiority(a, b), superiority(b, a)

    assert swapped.estimate == pytest.approx(1.0 - plain.estimate, abs=1e-15)
    assert swapped.p_less(1.0 - limit) == pytest.approx(plain.p_greater(limit), rel=1e-9)
    mapped = superiority(np.exp(a / 300.0), np.exp(b / 300.0))
    assert mapped.p_greater(limit) == plain.p_greater(limit)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        pytest.param([1.0], [1.0, 2.0], "at least 2 candidate", id="one"),
        pytest.param([1.0, 2.0], [], "at least 2 baseline", id="empty"),
        pytest.param([1.0, 1.0], [1.0, 1.0, 1.0], "all 5 values", id="all equal"),
        pytest.param([1.0, math.nan], [1.0, 2.0], "number 2 is nan", id="nan"),
    ],
)
def test_undefined_samples_are_refused_in_words(a: Any, b: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        superiority(a, b)


def test_limits_must_be_finite() -> None:
    with pytest.raises(UndefinedTestError, match="finite"):
        superiority(PAIN_Y, PAIN_X).p_greater(math.nan)


def rate(draw: Any, limit: float, replicates: int) -> float:
    return float(np.mean([superiority(*draw()).p_greater(limit) < 0.05 for _ in range(replicates)]))


def spread(rng: Any, n: int, m: int, sd: float, chance: float) -> Any:
    shift = float(stats.norm.ppf(chance)) * math.hypot(sd, 1.0)
    return lambda: (rng.normal(shift, sd, size=n), rng.normal(size=m))


@pytest.mark.parametrize(
    ("n", "m", "sd", "chance"),
    [(5, 5, 1.0, 0.5), (10, 40, 4.0, 0.5), (20, 20, 1.0, 0.75), (15, 15, 1.0, 0.6)],
)
def test_false_promotion_at_the_limit_stays_within_the_domain(
    n: int, m: int, sd: float, chance: float
) -> None:
    rng = np.random.default_rng(n)
    found = rate(spread(rng, n, m, sd, chance), chance, 800)
    assert found <= 0.06 + 3 * math.sqrt(0.05 * 0.95 / 800)


@pytest.mark.slow
@pytest.mark.parametrize("sd", [1.0, 4.0])
@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (10, 40), (20, 20), (40, 10)])
@pytest.mark.parametrize("chance", [0.5, 0.75])
def test_false_promotion_in_full(n: int, m: int, sd: float, chance: float) -> None:
    rng = np.random.default_rng(n)
    assert rate(spread(rng, n, m, sd, chance), chance, 10_000) <= 0.06 + 0.0065


def test_units_needed_follow_noether_and_the_smallest_attainable_p() -> None:
    assert superiority_needed(0.75, 0.5, 0.05, 0.95) == 29  # as printed by Bouthillier et al.
    assert superiority_needed(0.999, 0.9, 0.05, 0.2) == 29  # 0.9^29 < 0.05
    assert superiority_needed(0.999, 0.5, 0.05, 0.5) == 4  # 1 / C(8, 4) < 0.05 < 1 / C(6, 3)
    assert superiority_needed(0.5, 0.5, 0.05, 0.8) is None
    assert superiority_needed(math.nan, 0.5, 0.05, 0.8) is None


def test_win_rate_by_t_is_the_mean_of_the_outcomes() -> None:
    outcomes = [1.0] * 61 + [0.5] * 20 + [0.0] * 39
    t, judged = win_rate_of(outcomes).mean_t(), win_rate(61, 39, 20)
    theirs = stats.ttest_1samp(outcomes, 0.5, alternative="greater")

    assert judged == win_rate_of(outcomes)
    assert t.estimate == judged.estimate == pytest.approx(np.mean(outcomes), rel=1e-12)
    assert t.p_greater(0.5) == pytest.approx(theirs.pvalue, rel=1e-9)
    assert t.df == 119


def test_win_rate_at_one_half_is_judged_by_the_sign_test_too() -> None:
    judged: Inference = win_rate(61, 39, 20)
    sign = stats.binomtest(61, 100, alternative="greater").pvalue

    assert judged.p_greater(0.5) == pytest.approx(sign, rel=1e-9)
    assert judged.min_pvalue(0.5, greater=True) == win_rate(120, 0, 0).p_greater(0.5)


@settings(max_examples=100, deadline=None)
@given(
    counts=st.tuples(*[st.integers(0, 30)] * 3).filter(any),
    alpha=st.floats(0.001, 0.49),
    limit=chances,
)
def test_win_rate_test_and_interval_agree(
    counts: tuple[int, int, int], alpha: float, limit: float
) -> None:
    judged = win_rate(*counts)
    low, high = judged.interval(alpha)

    assert 0.0 <= low <= judged.estimate <= high <= 1.0
    for one in (limit, 0.5, low, high):
        assert (judged.p_greater(one) < alpha) == (low > one)
        assert (judged.p_less(one) < alpha) == (high < one)
    wins, losses, ties = counts
    mirrored = win_rate(losses, wins, ties)
    assert mirrored.p_less(0.5) == judged.p_greater(0.5)


@pytest.mark.parametrize("counts", [(0, 0, 0), (-1, 2, 0), (1.5, 2, 0)])
def test_win_rates_need_whole_counts(counts: Any) -> None:
    with pytest.raises(UndefinedTestError, match=r"must be a whole number"):
        win_rate(*counts)


def test_graded_outcomes_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match=r"must be 0, 0.5 or 1, got 0.7"):
        win_rate_of([1.0, 0.7])


def test_outcomes_all_alike_have_no_t() -> None:
    with pytest.raises(UndefinedTestError):
        win_rate(12, 0, 0).mean_t()
    assert 2.0**-12 == win_rate(12, 0, 0).sign_pvalue() <= win_rate(12, 0, 0).p_greater(0.5)
