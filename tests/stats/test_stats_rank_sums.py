"""Mann-Whitney, against enumeration and SciPy, and as a test of a shift with its interval."""

import itertools
import math
import time
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.rank_laws import choice_law, flip_law, midranks
from pytest_evalgate.stats.rank_shift import Differences, WalshAverages, pair_median
from pytest_evalgate.stats.rank_sums import mann_whitney, rank_sum, shift_law
from pytest_evalgate.stats.result import Inference


TIED = ([1, 2, 2, 3, 4, 4, 5], [1, 1, 2, 2, 3, 3])


def enumerated(a: list[float], b: list[float]) -> tuple[float, float]:
    """Share of all splits whose candidate wins at least, and at most, as much; exact."""
    pooled, n = [*a, *b], len(a)

    def wins(chosen: tuple[int, ...]) -> Fraction:
        rest = [pooled[k] for k in range(len(pooled)) if k not in chosen]
        return sum(
            (Fraction((pooled[k] > y) - (pooled[k] < y)) for k in chosen for y in rest),
            start=Fraction(0),
        )

    laws = [wins(chosen) for chosen in itertools.combinations(range(len(pooled)), n)]
    seen = laws[0]
    return (
        sum(one >= seen for one in laws) / len(laws),
        sum(one <= seen for one in laws) / len(laws),
    )


@pytest.mark.parametrize("seed", range(12))
def test_exact_p_under_ties_equals_enumeration_of_all_splits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 7, size=2)
    a, b = rng.integers(0, 5, size=n).tolist(), rng.integers(0, 4, size=m).tolist()
    ranks = rank_sum(a, b)

    above, below = enumerated(a, b)

    assert ranks.exact_pvalue() == pytest.approx(above, rel=1e-14)
    assert ranks.exact_pvalue(greater=False) == pytest.approx(below, rel=1e-14)


@pytest.mark.parametrize(("n", "m"), [(3, 4), (12, 9), (1, 30), (50, 40)])
@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_exact_p_without_ties_equals_scipy(
    n: int, m: int, alternative: Literal["greater", "less"]
) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.normal(0.5, size=n), rng.normal(size=m)
    theirs = stats.mannwhitneyu(a, b, alternative=alternative, method="exact")

    ranks = rank_sum(a, b)

    assert ranks.u == theirs.statistic
    p = ranks.exact_pvalue(greater=alternative == "greater")
    assert p == pytest.approx(theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize("correct", [True, False])
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_normal_p_with_tie_correction_equals_scipy(
    alternative: Literal["greater", "less", "two-sided"],
    correct: bool,  # noqa: FBT001
) -> None:
    rng = np.random.default_rng(9)
    a, b = rng.integers(0, 6, size=40), rng.integers(0, 5, size=30)
    theirs = stats.mannwhitneyu(
        a, b, alternative=alternative, method="asymptotic", use_continuity=correct
    )
    ranks = rank_sum(a, b)

    if alternative == "two-sided":
        p = ranks.normal_two_sided(correct=correct)
    else:
        p = ranks.normal_pvalue(greater=alternative == "greater", correct=correct)
    assert p == pytest.approx(theirs.pvalue, rel=1e-9)


def test_scipy_exact_ignores_ties_and_ours_does_not() -> None:
    a, b = [2, 3, 3, 4, 4, 4], [1, 2, 2, 3, 3]
    flawed = stats.mannwhitneyu(a, b, alternative="greater", method="exact").pvalue
    truth = enumerated([float(x) for x in a], [float(x) for x in b])[0]

    assert rank_sum(a, b).exact_pvalue() == pytest.approx(truth, rel=1e-14)
    assert abs(flawed - truth) > 0.005


def test_two_sided_p_counts_distances_from_the_mean_not_twice_a_tail() -> None:
    ranks = rank_sum(*TIED)

    assert ranks.exact_two_sided() == pytest.approx(0.21212121212121213, rel=1e-12)
    assert ranks.exact_two_sided() < 2 * ranks.exact_pvalue()


def test_extreme_tail_keeps_its_digits() -> None:
    test = mann_whitney(np.arange(60) + 100.0, np.arange(60.0))

    assert test.p_greater(0.0) == pytest.approx(1 / math.comb(120, 60), rel=1e-12)
    assert test.p_greater(0.0) == test.min_pvalue(0.0, greater=True)


def test_both_laws_agree_where_the_exact_one_ends() -> None:
    rng = np.random.default_rng(3)
    ranks = rank_sum(rng.normal(0.25, size=75), rng.normal(size=75))

    assert ranks.is_affordable
    assert ranks.normal_pvalue() == pytest.approx(ranks.exact_pvalue(), rel=5e-3)


def test_interval_ends_are_ordered_differences() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=9), rng.normal(size=7)
    test, ordered = mann_whitney(a, b), np.sort(np.subtract.outer(a, b).ravel())
    k = test.critical_rank(0.05)

    assert test.interval(0.05) == pytest.approx((ordered[k - 1], ordered[-k]), rel=1e-12)
    assert test.estimate == pytest.approx(np.median(ordered), rel=1e-12)
    law = shift_law(9, 7)[0]
    assert test.achieved_level(0.05) == law.at_most(k - 1) < 0.05 <= law.at_most(k)


@st.composite
def arms(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Two arms of multiples of 1/64; few steps make many ties."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    steps = draw(st.sampled_from([2, 6, 1000]))
    n, m = draw(st.integers(3, 9)), draw(st.integers(3, 9))
    a, b = rng.integers(-steps, steps, size=n) / 64.0, rng.integers(-steps, steps, size=m) / 64.0
    a[0], a[1] = -1 / 64, 2 / 64  # never constant
    return a, b


limits = st.integers(-128, 128).map(lambda step: step / 128.0)


@settings(max_examples=300, deadline=None)
@given(arms=arms(), alpha=st.floats(0.001, 0.49), limit=limits)
def test_test_and_interval_agree(arms: Any, alpha: float, limit: float) -> None:
    test = mann_whitney(*arms)
    low, high = test.interval(alpha)
    if low is None or high is None:
        assert min(test.p_greater(limit), test.p_less(limit)) >= alpha
        return
    near = [f(x) for x in (low, high) for f in (lambda x: math.nextafter(x, -9), float)]
    for one in (limit, 0.0, *near, math.nextafter(high, 9)):
        assert (test.p_greater(one) < alpha) == (low > one)
        assert (test.p_less(one) < alpha) == (high < one)


@settings(max_examples=60, deadline=None)
@given(arms=arms(), margins=st.lists(limits, min_size=2, max_size=8))
def test_p_never_rises_with_the_margin(arms: Any, margins: list[float]) -> None:
    test = mann_whitney(*arms)
    ordered = sorted([*margins, 0.0, 1e-300, -1e-300])

    above = [test.p_greater(one) for one in ordered]
    below = [test.p_less(one) for one in ordered]

    assert above == sorted(above)
    assert below == sorted(below, reverse=True)
    assert all(0.0 < p <= 1.0 for p in above + below)


@settings(max_examples=60, deadline=None)
@given(arms=arms(), limit=limits, shift=st.integers(-(2**20), 2**20), power=st.integers(-400, 400))
def test_shifting_scaling_and_swapping_change_nothing(
    arms: Any, limit: float, shift: int, power: int
) -> None:
    (a, b), factor = arms, 2.0**power
    plain = mann_whitney(a, b)

    assert mann_whitney(a + shift, b + shift).p_greater(limit) == plain.p_greater(limit)
    assert mann_whitney(a * factor, b * factor).p_greater(limit * factor) == plain.p_greater(limit)
    swapped = mann_whitney(b, a)
    assert swapped.p_less(-limit) == plain.p_greater(limit)
    assert swapped.estimate == pytest.approx(-plain.estimate, abs=1e-12)
    assert plain.p_greater(limit) + plain.p_less(limit) >= 1.0 - 1e-12
    statistic, p = plain.statistic(limit), plain.p_greater(limit)
    assert statistic >= 0.0 or p >= 0.4


def test_p_at_0_is_the_midrank_p_where_arms_share_values() -> None:
    assert mann_whitney(*TIED).p_greater(0.0) == rank_sum(*TIED).exact_pvalue()


def test_values_tied_but_for_rounding_are_tied() -> None:
    a, b = [0.1 + 0.2, 0.5, 0.9], [0.3, 0.4, 0.1]

    assert rank_sum(a, b).u == rank_sum([0.3, 0.5, 0.9], b).u
    assert mann_whitney([0.8, 1.0, 1.2], [0.6, 0.1, 0.0]).p_greater(0.2) == 2 / 20


def test_a_tied_limit_counts_against_either_claim() -> None:
    test = mann_whitney([3.0, 4.0, 5.0, 6.0], [1.0, 1.0, 2.0, 2.0])

    assert test.p_greater(1.0) > test.p_greater(0.9)
    assert test.p_less(1.0) >= 1.0 - 1e-12


@pytest.mark.parametrize("offset", [1e12, -1e12])
def test_large_offsets_keep_the_ranks(offset: float) -> None:
    a, b = np.array([0.4, 0.6, 0.8, 1.0]), np.array([0.1, 0.2, 0.3, 0.5])

    assert rank_sum(a + offset, b + offset).u == rank_sum(a, b).u == 15.0


def test_tiny_values_keep_the_ranks() -> None:
    a, b = np.array([4, 6, 8, 9]) * 1e-301, np.array([1, 2, 3, 5]) * 1e-301
    test = mann_whitney(a, b)

    assert test.p_greater(0.0) == 2 / 70
    low, high = test.interval(0.1)
    assert low is not None
    assert high is not None
    assert 0.0 < low < test.estimate < high < 1e-300


def test_tens_of_thousands_of_values_are_judged_at_once() -> None:
    rng = np.random.default_rng(5)
    start = time.process_time()
    test = mann_whitney(rng.normal(0.05, size=20_000), rng.normal(size=20_000))
    low, high = test.interval(0.05)
    assert time.process_time() - start < 5.0  # 0.1 s as measured; room for a busy machine
    assert low is not None
    assert high is not None
    assert not test.is_exact
    error = math.sqrt(math.pi / 3.0) * math.sqrt(2.0 / 20_000)
    assert high - low == pytest.approx(2 * 1.645 * error, rel=0.05)
    assert low < test.estimate < high


def test_too_few_values_have_no_bounds() -> None:
    test = mann_whitney([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])

    assert test.p_greater(0.0) == 1 / 20  # not below 0.05
    assert test.interval(0.05) == (None, None)
    assert test.achieved_level(0.05) == 0.0


def test_is_an_inference_without_standard_error() -> None:
    test: Inference = mann_whitney([1.0, 2.0, 4.0], [0.0, 3.0])

    assert (test.standard_error, test.df) == (None, None)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        pytest.param([], [1.0], "at least 1 candidate", id="empty"),
        pytest.param([1.0, math.nan], [1.0], "number 2 is nan", id="nan"),
        pytest.param([2.0, 2.0], [1.0, 1.0], "without spread", id="constant"),
        pytest.param([2.0], [1.0], "without spread", id="one each"),
        pytest.param(["1", "2"], [1.0], "must be numbers", id="text"),
    ],
)
def test_undefined_samples_are_refused_in_words(a: Any, b: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        mann_whitney(a, b)


@pytest.mark.parametrize("limit", [math.nan, math.inf])
def test_limits_must_be_finite(limit: float) -> None:
    with pytest.raises(UndefinedTestError, match="finite"):
        mann_whitney([1.0, 2.0], [0.0, 1.0]).p_greater(limit)


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.integers(-20, 20), min_size=1, max_size=30))
def test_midranks_equal_scipy(values: list[int]) -> None:
    ranks = midranks(np.array(values, float))

    assert (ranks.doubled / 2).tolist() == stats.rankdata(values).tolist()
    counts = np.unique(values, return_counts=True)[1]
    assert ranks.tie_sum == float((counts.astype(float) ** 3 - counts).sum())


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.integers(1, 12), min_size=2, max_size=9), data=st.data())
def test_laws_equal_enumeration(scores: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(scores) - 1))
    total = data.draw(st.integers(0, sum(scores)))
    law, flips = choice_law(np.array(scores), n), flip_law(np.array(scores))
    chosen = [sum(one) for one in itertools.combinations(scores, n)]
    subsets = [sum(s for s, keep in zip(scores, bits, strict=True) if keep)
               for bits in itertools.product((0, 1), repeat=len(scores))]  # fmt: skip

    for ours, sums in ((law, chosen), (flips, subsets)):
        at_least = sum(one >= total for one in sums) / len(sums)
        at_most = sum(one <= total for one in sums) / len(sums)
        assert ours.at_least(total) == pytest.approx(at_least, rel=1e-12)
        assert ours.at_most(total) == pytest.approx(at_most, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_medians_by_counting_equal_medians_by_listing(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    a, b = np.sort(rng.normal(size=11 + seed)), np.sort(rng.normal(size=10).round(1))
    both = (Differences(first=a, second=b), WalshAverages(down=b, up=b))
    listed = [pair_median(values) for values in both]
    monkeypatch.setattr("pytest_evalgate.stats.rank_shift._LISTED", 0)

    assert [pair_median(values) for values in both] == pytest.approx(listed, rel=1e-12, abs=1e-12)


def rejections(draw: Any, limit: float, replicates: int) -> float:
    return float(
        np.mean([mann_whitney(*draw()).p_greater(limit) < 0.05 for _ in range(replicates)])
    )


@pytest.mark.parametrize(("n", "m"), [(5, 5), (8, 12)])
def test_a_true_shift_is_rejected_at_most_at_the_level(n: int, m: int) -> None:
    rng = np.random.default_rng(n)

    def draw() -> tuple[Any, Any]:
        return rng.exponential(size=n) - 0.5, rng.exponential(size=m)

    rate = rejections(draw, -0.5, 800)
    assert rate <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 800)


def test_unequal_spread_is_outside_the_domain() -> None:
    """Equal medians, spread 4 against 1: not a shift, and rejected far above the level."""
    rng = np.random.default_rng(4)
    rate = rejections(lambda: (rng.normal(0, 4, size=10), rng.normal(size=40)), 0.0, 300)
    assert rate > 0.08


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0.0, -1.0])
def test_tied_data_are_rejected_at_most_at_the_level(limit: float) -> None:
    rng = np.random.default_rng(6)

    def draw() -> tuple[Any, Any]:
        return rng.integers(0, 5, size=12) + limit, rng.integers(0, 5, size=12)

    assert rejections(draw, limit, 20_000) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 20_000)
