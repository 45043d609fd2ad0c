"""Two-sample permutations, studentised and plain, against brute force and SciPy."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.permutations import permutation
from pytest_evalgate.stats.streams import stream


def welch(a: Any, b: Any) -> float:
    error = math.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    return float((a.mean() - b.mean()) / error)


def brute_force(a: Any, b: Any, limit: float, *, greater: bool) -> float:
    """Share of all splits of (a - limit, b) whose Welch t is at least the observed one."""
    pooled = np.concatenate((a - limit, b)) * (1.0 if greater else -1.0)
    found = []
    for chosen in itertools.combinations(range(pooled.size), a.size):
        mask = np.zeros(pooled.size, bool)
        mask[list(chosen)] = True
        found.append(welch(pooled[mask], pooled[~mask]))
    return float((np.array(found) >= found[0] - 1e-9).mean())


@pytest.mark.parametrize(("n", "m"), [(4, 4), (3, 6), (6, 3), (2, 7), (5, 4)])
def test_studentised_p_equals_brute_force_on_the_side_of_a_claim(n: int, m: int) -> None:
    rng = np.random.default_rng(10 * n + m)
    a, b = rng.normal(0.5, 3.0, n), rng.normal(0.0, 1.0, m)
    test = permutation(a, b, generator=rng)
    error = test.standard_error
    assert error is not None
    for way in (0.1, 0.6, 1.3, 2.5, 6.0):
        below, above = test.estimate - way * error, test.estimate + way * error
        exact = brute_force(a, b, below, greater=True)
        assert exact <= test.p_greater(below) <= exact + 4.0 / test.splits
        exact = brute_force(a, b, above, greater=False)
        assert exact <= test.p_less(above) <= exact + 4.0 / test.splits


def test_studentised_p_is_brute_force_almost_everywhere() -> None:
    """Where the share of extreme splits is not monotone in the limit, its hull stands."""
    rng, differ = np.random.default_rng(1), 0
    for _ in range(40):
        a, b = rng.normal(0.5, 3.0, 3), rng.normal(0.0, 1.0, 5)
        test = permutation(a, b, generator=rng)
        limit = float(rng.normal())
        differ += test.p_greater(limit) != pytest.approx(brute_force(a, b, limit, greater=True))
    assert differ <= 6


def test_arms_of_equal_size_give_the_plain_test() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(1.0, 3.0, 5), rng.normal(0.0, 1.0, 5)
    studentised = permutation(a, b, generator=rng)
    plain = permutation(a, b, generator=rng, is_studentised=False)
    for limit in (-2.0, 0.0, 1.0):
        assert studentised.p_greater(limit) == plain.p_greater(limit)


@pytest.mark.parametrize("limit", [0.0, -1.0, 0.7])
def test_plain_p_equals_scipy(limit: float) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.4, 1.0, 6), rng.normal(0.0, 1.0, 8)
    for alternative in ("greater", "less"):
        theirs = stats.permutation_test(
            (a - limit, b),
            lambda x, y, axis: x.mean(axis) - y.mean(axis),
            alternative=alternative,
            n_resamples=10**6,  # more than there are: all of them
            vectorized=True,
        ).pvalue
        test = permutation(a, b, generator=rng, is_studentised=False)
        ours = test.p_greater(limit) if alternative == "greater" else test.p_less(limit)
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_drawn_splits_agree_with_welch_in_large_arms() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(0.2, 2.0, 300), rng.normal(0.0, 1.0, 200)
    test = permutation(a, b, generator=stream(1, "r"), draws=20_000)
    expected = stats.ttest_ind(a, b, equal_var=False, alternative="greater").pvalue
    assert test.p_greater(0.0) == pytest.approx(expected, abs=4.5 * 0.5 / math.sqrt(20_000))


@given(st.integers(0, 100_000), st.floats(0.01, 0.5), st.floats(-3.0, 3.0))
@settings(deadline=None, max_examples=300)
def test_p_is_below_alpha_exactly_when_the_bound_is_beyond(
    seed: int, alpha: float, limit: float
) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 7, 2)
    a, b = rng.normal(0.5, 2.0, n), rng.normal(0.0, 1.0, m)
    test = permutation(a, b, generator=rng)
    low, high = test.interval(alpha)
    for at in (limit, test.estimate, low, high):
        if at is not None and math.isfinite(at):
            assert (test.p_greater(at) < alpha) == (low is not None and low > at)
            assert (test.p_less(at) < alpha) == (high is not None and high < at)


@given(st.integers(0, 100_000))
@settings(deadline=None, max_examples=60)
def test_swapped_arms_swap_the_tails(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0.5, 2.0, 4), rng.normal(0.0, 1.0, 6)
    one, other = permutation(a, b, generator=rng), permutation(b, a, generator=rng)
    for limit in (-1.0, 0.0, 0.8):
        assert one.p_greater(limit) == pytest.approx(other.p_less(-limit))


def test_smallest_p_is_one_over_the_number_of_splits() -> None:
    test = permutation([5.0, 6.0, 7.0], [1.0, 2.0, 2.5], generator=stream(1, "r"))
    assert test.p_greater(0.0) == test.min_pvalue(0.0, greater=True) == 1 / 20
    assert test.interval(0.05) == (None, None)  # 3 against 3 never pass at 0.05


def test_zeros_and_ones_of_two_arms_give_fisher() -> None:
    a, b = [1.0] * 6 + [0.0], [1.0] * 2 + [0.0] * 6
    expected = stats.fisher_exact(np.array([[6, 1], [2, 6]]), alternative="greater").pvalue
    test = permutation(a, b, generator=stream(1, "r"), is_studentised=False)
    assert test.p_greater(0.0) == pytest.approx(expected, rel=1e-12)


def test_offset_of_a_trillion_keeps_the_digits() -> None:
    a, b = np.array([12.0, 15.0, 11.0, 19.0]), np.array([9.0, 8.0, 14.0, 7.0, 10.0])
    first = permutation(a, b, generator=stream(1, "r"))
    moved = permutation(a + 1e12, b + 1e12, generator=stream(1, "r"))
    assert moved.estimate == first.estimate
    assert moved.p_greater(0.0) == first.p_greater(0.0)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([1.0], [1.0, 2.0], "at least 2"),
        ([1.0, 1.0], [1.0, 2.0], "candidate values equal"),
        ([1.0, math.inf], [1.0, 2.0], "number 2 is inf"),
    ],
)
def test_undefined_arms_are_refused_in_words(a: Any, b: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        permutation(a, b, generator=stream(1, "r"))


def test_plain_test_refuses_values_that_are_all_equal() -> None:
    with pytest.raises(UndefinedTestError, match="zero variance"):
        permutation([1.0] * 3, [1.0] * 3, generator=stream(1, "r"), is_studentised=False)
