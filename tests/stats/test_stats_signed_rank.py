"""Wilcoxon's signed rank test with Pratt's zeros, against enumeration and SciPy."""

import itertools
import math
import time
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.signed_rank import paired_signed_rank, signed_rank, signed_ranks


WITH_ZEROS = [0, 0, 1, 2, -1, 3, 4, 2, 0, 5, -2, 3]


def enumerated(values: list[int], *, pratt: bool) -> float:
    """Share of all flips of signs whose sum of positive ranks is at least the observed."""
    kept = values if pratt else [value for value in values if value]
    ranks = stats.rankdata(np.abs(kept))
    pairs = [(rank, value) for rank, value in zip(ranks, kept, strict=True) if value]
    seen = sum(rank for rank, value in pairs if value > 0)
    flips = itertools.product((0, 1), repeat=len(pairs))
    sums = [sum(r * up for (r, _), up in zip(pairs, ups, strict=True)) for ups in flips]
    return sum(one >= seen for one in sums) / len(sums)


@pytest.mark.parametrize("pratt", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_exact_p_with_ties_and_zeros_equals_enumeration(seed: int, pratt: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(seed)
    values = rng.integers(-3, 5, size=rng.integers(1, 12)).tolist()
    ranks = signed_ranks(values, rank_zeros=pratt)

    assert ranks.exact_pvalue() == pytest.approx(enumerated(values, pratt=pratt), rel=1e-14)


@pytest.mark.parametrize("n", [5, 20, 50])
@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_exact_p_without_ties_equals_scipy(n: int, alternative: Literal["greater", "less"]) -> None:
    values = np.random.default_rng(n).normal(0.3, size=n)
    theirs = stats.wilcoxon(values, alternative=alternative, method="exact")
    p = signed_ranks(values).exact_pvalue(greater=alternative == "greater")

    assert p == pytest.approx(theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_normal_p_with_ties_and_zeros_equals_scipy(
    alternative: Literal["greater", "less", "two-sided"],
) -> None:
    values = np.random.default_rng(2).integers(-4, 6, size=80).astype(np.float64)
    how: dict[str, Any] = {"zero_method": "pratt", "method": "asymptotic", "correction": False}
    theirs = stats.wilcoxon(values, alternative=alternative, **how)
    ranks = signed_ranks(values)
    if alternative == "two-sided":
        p = ranks.normal_two_sided(correct=False)
    else:
        p = ranks.normal_pvalue(greater=alternative == "greater", correct=False)
    assert p == pytest.approx(theirs.pvalue, rel=1e-9)


def test_scipy_exact_is_wrong_with_zeros_and_ours_is_not() -> None:
    flawed: Any = stats.wilcoxon(WITH_ZEROS, zero_method="pratt", method="exact").pvalue
    ours = signed_ranks(WITH_ZEROS).exact_two_sided()

    assert ours == pytest.approx(2 * enumerated(WITH_ZEROS, pratt=True), rel=1e-14) == 0.0625
    assert abs(flawed - ours) > 0.02


def test_interval_ends_are_ordered_averages_of_pairs() -> None:
    values = np.random.default_rng(3).normal(0.3, size=12)
    test = signed_rank(values)
    rows, columns = np.triu_indices(12)
    ordered = np.sort((values[rows] + values[columns]) / 2)
    k = test.critical_rank(0.05)

    assert test.interval(0.05) == pytest.approx((ordered[k - 1], ordered[-k]), rel=1e-12)
    assert test.estimate == pytest.approx(np.median(ordered), rel=1e-12)
    assert test.achieved_level(0.05) == test.law.at_most(k - 1) < 0.05 <= test.law.at_most(k)


@st.composite
def samples(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    steps = draw(st.sampled_from([2, 5, 1000]))
    values = rng.integers(-steps, steps + 1, size=draw(st.integers(3, 12))) / 64.0
    values[:2] = -1 / 64, 3 / 64  # never constant
    return values


limits = st.integers(-128, 128).map(lambda step: step / 128.0)


@settings(max_examples=300, deadline=None)
@given(values=samples(), alpha=st.floats(0.001, 0.49), limit=limits)
def test_test_and_interval_agree(values: Any, alpha: float, limit: float) -> None:
    test = signed_rank(values)
    low, high = test.interval(alpha)
    if low is None or high is None:
        assert min(test.p_greater(limit), test.p_less(limit)) >= alpha
        return
    near = [f(x) for x in (low, high) for f in (lambda x: math.nextafter(x, -9), float)]
    for one in (limit, 0.0, *near, math.nextafter(high, 9)):
        assert (test.p_greater(one) < alpha) == (low > one)
        assert (test.p_less(one) < alpha) == (high < one)


@settings(max_examples=60, deadline=None)
@given(values=samples(), margins=st.lists(limits, min_size=2, max_size=8))
def test_p_never_rises_with_the_margin(values: Any, margins: list[float]) -> None:
    test = signed_rank(values)
    ordered = sorted([*margins, 0.0, 1e-300, -1e-300])
    above = [test.p_greater(one) for one in ordered]
    below = [test.p_less(one) for one in ordered]

    assert above == sorted(above)
    assert below == sorted(below, reverse=True)
    assert all(0.0 < p <= 1.0 for p in above + below)


@settings(max_examples=60, deadline=None)
@given(values=samples(), limit=limits, power=st.integers(-400, 400), seed=st.integers(0, 99))
def test_scale_order_and_mirror_change_nothing(
    values: Any, limit: float, power: int, seed: int
) -> None:
    plain, factor = signed_rank(values), 2.0**power
    order = np.random.default_rng(seed).permutation(values.size)

    assert signed_rank(values * factor).p_greater(limit * factor) == plain.p_greater(limit)
    assert signed_rank(values[order]).p_greater(limit) == plain.p_greater(limit)
    assert signed_rank(-values).p_less(-limit) == plain.p_greater(limit)
    assert plain.p_greater(limit) + plain.p_less(limit) >= 1.0 - 1e-12


@settings(max_examples=60, deadline=None)
@given(values=samples())
def test_the_shifted_test_is_no_looser_than_shifting_the_values(values: Any) -> None:
    """Away from 0 a value on the limit counts against the claim, a zero does not."""
    shifted = signed_rank(values - 2 / 64)

    assert signed_rank(values).p_greater(2 / 64) >= shifted.law.at_least(
        shifted.values.size - shifted.values.below(0.0)
    )


def test_pairs_equal_but_for_rounding_have_no_difference() -> None:
    candidate, baseline = [0.1 + 0.2, 0.7, 0.9, 1.2], [0.3, 0.5, 0.4, 1.3]
    exact = signed_ranks([0.0, 0.2, 0.5, -0.1])

    assert paired_signed_rank(candidate, baseline).p_greater(0.0) >= exact.exact_pvalue()
    assert paired_signed_rank(candidate, baseline).values.above(0.2) == 3


def test_extreme_tail_keeps_its_digits() -> None:
    test = signed_rank(np.arange(1.0, 401.0))

    assert test.p_greater(0.0) == pytest.approx(2.0**-400, rel=1e-9)
    assert test.min_pvalue(0.0, greater=True) == test.p_greater(0.0)


def test_both_laws_agree_where_the_exact_one_ends() -> None:
    ranks = signed_ranks(np.random.default_rng(1).normal(0.08, size=500))

    assert ranks.is_affordable
    assert ranks.normal_pvalue() == pytest.approx(ranks.exact_pvalue(), rel=5e-3)


def test_tens_of_thousands_of_pairs_are_judged_at_once() -> None:
    start = time.process_time()
    test = signed_rank(np.random.default_rng(5).normal(0.01, size=30_000))
    low, high = test.interval(0.05)
    assert time.process_time() - start < 8.0  # 0.6 s as measured; room for a busy machine
    assert low is not None
    assert high is not None
    expected = 2 * 1.645 * math.sqrt(math.pi / 3.0 / 30_000)
    assert high - low == pytest.approx(expected, rel=0.05)


def test_too_few_pairs_have_no_bounds() -> None:
    test: Inference = signed_rank([0.1, 0.2, 0.4, 0.3])

    assert test.p_greater(0.0) == 1 / 16
    assert test.interval(0.05) == (None, None)
    assert (test.standard_error, test.df) == (None, None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param([], "at least 1", id="empty"),
        pytest.param([0.1, math.inf], "number 2 is inf", id="inf"),
        pytest.param([0.3] * 9, "without spread", id="constant"),
        pytest.param([0.0] * 9, "without spread", id="zeros"),
        pytest.param([0.3], "without spread", id="one"),
    ],
)
def test_undefined_differences_are_refused_in_words(values: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        signed_rank(values)


def test_arms_of_other_lengths_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match="equal lengths"):
        paired_signed_rank([0.1, 0.2], [0.1])


def test_symmetric_differences_are_rejected_at_most_at_the_level() -> None:
    rng = np.random.default_rng(8)
    pvalues = [signed_rank(rng.standard_t(3, size=9) - 0.5).p_greater(-0.5) for _ in range(1000)]

    assert np.mean(np.array(pvalues) < 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1000)


def test_skewed_differences_are_outside_the_domain() -> None:
    rng = np.random.default_rng(8)
    centred = [math.sqrt(math.e) - rng.lognormal(size=30) for _ in range(600)]

    assert np.mean([signed_rank(values).p_greater(0.0) < 0.05 for values in centred]) > 0.2
