"""Exact sign flips, against printed values, SciPy and brute force."""

import itertools
import json
import math
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.subsets import halves_of, subset_sums


REFERENCE = Path(__file__).parents[1] / "reference" / "means.json"
CASES: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]


def brute_force(differences: list[Fraction], limit: Fraction) -> float:
    """Share of all flips with a sum of at least the observed one, in exact arithmetic."""
    shifted = [difference - limit for difference in differences]
    flips = itertools.product((1, -1), repeat=len(shifted))
    sums = [sum(s * x for s, x in zip(signs, shifted, strict=True)) for signs in flips]
    return sum(one >= sum(shifted) for one in sums) / len(sums)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case["id"]) for case in CASES if case["method"] == "signflip_exact"],
)
def test_equals_full_enumeration_in_r(case: dict[str, Any]) -> None:
    test, expected = sign_flip(case["input"]["diff"]), case["expected"]

    assert test.estimate == pytest.approx(expected["estimate"], rel=1e-12)
    assert test.p_greater(0.0) == expected["p_greater"]
    assert test.p_greater(0.0) * expected["n_flips"] == expected["count_ge"]
    assert 2 * min(test.p_greater(0.0), test.p_less(0.0)) == expected["p_two_sided"]
    assert test.min_pvalue(0.0, greater=True) == expected["min_p_one_sided"]


@pytest.mark.parametrize("n", [1, 2, 5, 11])
@pytest.mark.parametrize("limit", [0, -3, 7])
def test_equals_exact_enumeration_of_tied_decimals(n: int, limit: int) -> None:
    tenths = np.random.default_rng(n).integers(-9, 12, size=n).tolist()
    test = sign_flip([tenth / 10 for tenth in tenths])  # 0.1 + 0.2 != 0.3: ties need tolerance
    exact = [Fraction(tenth, 10) for tenth in tenths]

    assert test.p_greater(limit / 10) == brute_force(exact, Fraction(limit, 10))
    negated = [-x for x in exact]
    assert test.p_less(limit / 10) == brute_force(negated, Fraction(-limit, 10))


@pytest.mark.parametrize("n", [6, 13])
def test_equals_scipy(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.4, 1.0, size=n)
    theirs = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        alternative="greater",
        n_resamples=10**6,  # more than there are flips: exact
    )
    assert sign_flip(differences).p_greater(0.0) == pytest.approx(theirs.pvalue, rel=1e-12)


def test_equal_differences_are_counted_by_the_binomial_law() -> None:
    wins, losses = 60, 38
    test = sign_flip([0.1] * wins + [-0.1] * losses + [0.0] * 500)

    expected = stats.binom.sf(wins - 1, wins + losses, 0.5)
    assert test.p_greater(0.0) == pytest.approx(expected, rel=1e-12)


def test_forty_distinct_differences_agree_with_a_large_sample_of_flips() -> None:
    rng = np.random.default_rng(40)
    differences = rng.normal(0.2, 1.0, size=40)
    signs = rng.choice([-1.0, 1.0], size=(200_000, 40))
    sampled = float((signs @ differences >= differences.sum()).mean())

    p = sign_flip(differences).p_greater(0.0)

    assert abs(p - sampled) < 4 * math.sqrt(p * (1 - p) / 200_000)


def test_zeros_change_nothing_but_the_estimate() -> None:
    differences = [0.3, -0.1, 0.4, 0.2, 0.6]
    with_zeros = sign_flip([*differences, 0.0, 0.0])

    assert with_zeros.p_greater(0.0) == sign_flip(differences).p_greater(0.0)


def test_difference_on_the_limit_but_for_rounding_counts_as_zero() -> None:
    assert sign_flip([0.3 - 0.1, 0.7, 0.9]).p_greater(0.2) == 0.25


def test_all_differences_above_the_limit_attain_the_smallest_p() -> None:
    test = sign_flip([0.1, 0.2, 0.3, 0.4, 0.5])

    assert test.p_greater(0.0) == test.min_pvalue(0.0, greater=True) == 1 / 32
    assert test.p_less(1.0) == test.min_pvalue(1.0, greater=False) == 1 / 32


def test_all_differences_on_the_limit_give_one() -> None:
    assert sign_flip([0.0] * 9).p_greater(0.0) == 1.0
    assert sign_flip([0.0] * 9).interval(0.05) == (0.0, 0.0)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.25])
@pytest.mark.parametrize("n", [7, 12, 20])
def test_interval_inverts_the_test(n: int, alpha: float) -> None:
    test = sign_flip(np.random.default_rng(n).normal(0.1, 1.0, size=n).round(2))
    low, high = test.interval(alpha)
    assert low is not None
    assert high is not None
    for limit in np.concatenate([np.linspace(-2, 2, 81), low + np.array([-1e-7, 1e-7])]):
        assert (test.p_greater(limit) < alpha) == (low > limit)
    for limit in np.concatenate([np.linspace(-2, 2, 81), high + np.array([-1e-7, 1e-7])]):
        assert (test.p_less(limit) < alpha) == (high < limit)


def test_bounds_are_means_of_subsets() -> None:
    """Darwin's maize: the 0.05 bounds are the 1638th smallest and largest subset means."""
    case = next(case for case in CASES if case["id"] == "signflip_darwin")
    differences = np.array(case["input"]["diff"], float)
    chosen = np.array(list(itertools.product((0, 1), repeat=15)))[1:]
    means = np.sort(chosen @ differences / chosen.sum(axis=1))
    rank = math.ceil(0.05 * 2**15 - 1)

    low, high = sign_flip(differences).interval(0.05)

    assert (low, high) == pytest.approx((means[rank - 1], means[-rank]), rel=1e-7)


def test_too_few_pairs_have_no_bounds() -> None:
    assert sign_flip([0.1, 0.2, 0.4, 0.3]).interval(0.05) == (None, None)


def test_has_no_standard_error() -> None:
    test: Inference = sign_flip([0.1, 0.4])

    assert (test.standard_error, test.df) == (None, None)
    assert test.statistic(0.05) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        pytest.param([], "at least 1", id="empty"),
        pytest.param([0.1, math.nan], "number 2 is nan", id="nan"),
        pytest.param(np.linspace(0.1, 1.0, 41), "at most 40 informative", id="too many"),
        pytest.param([1.0] * 200_001, "at most 40 informative", id="too many equal ones"),
    ],
)
def test_undefined_flips_are_refused_in_words(differences: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        sign_flip(differences)


def test_limit_at_which_ties_dissolve_is_refused_not_hung() -> None:
    zeros_and_forty = [0.0] * 100 + np.linspace(0.1, 1.0, 40).tolist()
    test = sign_flip(zeros_and_forty)

    assert test.p_greater(0.0) == pytest.approx(2.0**-40)
    with pytest.raises(UndefinedTestError, match="at most 40 informative"):
        test.p_greater(0.05)


@pytest.mark.parametrize("zeros", [60, 1185, 199_985])
def test_many_zeros_and_a_few_that_differ_have_bounds_at_once(zeros: int) -> None:
    few = np.random.default_rng(15).normal(0.8, 1.0, size=15)
    test = sign_flip([0.0] * zeros + few.tolist())
    start = time.process_time()
    low, high = test.interval(0.05)
    assert time.process_time() - start < 1.0  # 0.1 s as measured; room for a busy machine
    assert low is not None
    assert high is not None
    for bound, p in ((low, test.p_greater), (high, test.p_less)):
        inwards = 1.0 if bound == low else -1.0
        step = inwards * 1e-6 * max(abs(bound), 1e-6)
        assert p(bound - step) < 0.05
        assert p(bound + step) >= 0.05
    assert (test.p_greater(0.0) < 0.05) == (low > 0.0)


def test_zeros_beside_a_limit_are_counted_by_the_binomial_law() -> None:
    """Zeros all below the limit, 15 above it: the law of both counts, by SciPy."""
    zeros, limit, ups = 1185, 0.004, 15
    taken, wins = np.arange(zeros + 1), np.arange(ups + 1)
    law = np.outer(stats.binom.pmf(taken, zeros, 0.5), stats.binom.pmf(wins, ups, 0.5))
    sums = wins[np.newaxis, :] * (0.5 - limit) - taken[:, np.newaxis] * limit
    expected = law[sums <= 1e-9].sum()

    found = sign_flip([0.0] * zeros + [0.5] * ups).p_greater(limit)

    assert found == pytest.approx(expected, abs=1e-12, rel=1e-11)


@pytest.mark.parametrize("count", [61, 62, 999, 100_001, 200_000])
def test_shares_of_equal_differences_are_exact_far_into_the_tail(count: int) -> None:
    wins = count // 2 + math.isqrt(count) * 2
    test = sign_flip([0.1] * wins + [-0.1] * (count - wins))
    expected = stats.binom.sf(wins - 1, count, 0.5)
    assert test.p_greater(0.0) == pytest.approx(expected, rel=1e-10)
    assert test.p_greater(0.0) == pytest.approx(expected, abs=1e-12)


def test_twenty_thousand_wins_ties_and_losses_have_bounds() -> None:
    values = [0.0] * 15_000 + [1.0] * 3000 + [-1.0] * 2000
    test = sign_flip(values)
    low, high = test.interval(0.05)
    error = float(np.std(values)) / math.sqrt(20_000)
    assert low == pytest.approx(0.05 - 1.645 * error, abs=0.05 * error)
    assert high == pytest.approx(0.05 + 1.645 * error, abs=0.05 * error)


def test_what_is_not_enumerated_counts_as_extreme() -> None:
    halves = halves_of(np.array([-1.0, 1.0, 2.0]), np.array([20_000, 15_000, 12_000]))
    assert 0.0 < halves.dropped < 1e-20
    assert halves_of(np.array([-1.0, 1.0]), np.array([50, 40])).dropped == 0.0
    shares = subset_sums(halves.small).shares
    assert 1.0 - 1e-12 <= shares.sum() <= 1.0 + 1e-12


@pytest.mark.parametrize("alpha", [0.0, 0.7, math.nan])
def test_level_outside_zero_to_a_half_is_refused(alpha: float) -> None:
    with pytest.raises(UndefinedTestError, match="one-sided level"):
        sign_flip([0.1, 0.2]).interval(alpha)
