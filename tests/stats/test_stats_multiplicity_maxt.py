"""Max-T over flips of whole units, against plain enumeration and its own invariants."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import permutation_test

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.maxt import MAX_T_CONTROLS, MaxT, max_t
from pytest_evalgate.stats.resampling import sign_flip


ALPHA = 0.05


def philox(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def plain(table: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Single-step and step-down p by enumeration, t recomputed from each flipped table."""
    n, m = table.shape
    flips = []
    for signs in itertools.product((1.0, -1.0), repeat=n):
        flipped = table * np.array(signs)[:, np.newaxis]
        with np.errstate(divide="ignore"):
            flips.append(flipped.mean(0) / (flipped.std(0, ddof=1) / np.sqrt(n)))
    law = np.array(flips)
    t, slack = law[0], 1e-9
    single = [float((law.max(1) >= one - slack).mean()) for one in t]
    order = np.argsort(-t, kind="stable")
    down, largest = [0.0] * m, 0.0
    for rank, j in enumerate(order):
        largest = max(largest, float((law[:, order[rank:]].max(1) >= t[j] - slack).mean()))
        down[j] = largest
    return single, down


def check_invariants(found: MaxT, alpha: float) -> None:
    for one in found.members:
        is_rejected = one.pvalue_adjusted < alpha
        t = one.student.statistic(0.0)
        assert one.pvalue <= one.pvalue_adjusted <= one.pvalue_single_step
        if one.alpha_judged is None or one.critical is None or one.alpha_judged_t is None:
            assert not is_rejected
            continue
        assert 0.0 < one.alpha_judged <= alpha
        assert (one.pvalue < one.alpha_judged) == is_rejected
        assert (t > one.critical) == is_rejected
        assert (one.student.p_greater(0.0) < one.alpha_judged_t) == is_rejected
        if one.alpha_judged_t <= 0.5:
            assert (one.student.interval(one.alpha_judged_t)[0] > 0.0) == is_rejected
        low = one.student.estimate - one.critical * one.student.standard_error
        assert (low > 0.0) == is_rejected


# Small whole numbers make ties, equal statistics and flips without variance likely.
TABLES = st.integers(3, 9).flatmap(
    lambda n: st.integers(1, 4).flatmap(
        lambda m: st.lists(
            st.lists(st.integers(-2, 4), min_size=m, max_size=m), min_size=n, max_size=n
        )
    )
)


@given(TABLES, st.sampled_from([0.01, 1 / 16, 1 / 8, 0.05, 0.1, 0.25]))
@settings(deadline=None, max_examples=300)
def test_p_level_critical_value_and_bound_reject_the_same(rows: Any, alpha: float) -> None:
    table = np.array(rows, dtype=float)
    assume((np.ptp(table, axis=0) > 0).all())
    check_invariants(max_t(table, alpha), alpha)


@given(st.integers(0, 10**6), st.sampled_from([3, 8, 12, 40]), st.integers(1, 5))
@settings(deadline=None, max_examples=100)
def test_they_do_for_continuous_data_and_drawn_flips(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n, m)) + rng.normal(size=(n, 1)) + rng.uniform(0, 2, size=m)
    check_invariants(max_t(table, ALPHA, rng=philox(seed), draws=199), ALPHA)


@given(st.integers(0, 10**6), st.integers(3, 8), st.integers(1, 4))
@settings(deadline=None, max_examples=30)
def test_p_agrees_with_plain_enumeration_of_t(seed: int, n: int, m: int) -> None:
    table = np.random.default_rng(seed).normal(0.5, 1.0, size=(n, m))
    single, down = plain(table)
    found = max_t(table, ALPHA)
    assert [one.pvalue_single_step for one in found.members] == pytest.approx(single, abs=1e-12)
    assert [one.pvalue_adjusted for one in found.members] == pytest.approx(down, abs=1e-12)


def mean(x: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    return np.asarray(x.mean(axis=axis))


def test_one_column_is_the_sign_flip_test() -> None:
    d = np.random.default_rng(3).normal(0.4, 1.0, size=12)
    (one,) = max_t(d[:, np.newaxis], ALPHA).members
    scipy = permutation_test(
        (d,), mean, permutation_type="samples", alternative="greater", n_resamples=2**12
    )
    assert one.pvalue == one.pvalue_adjusted == sign_flip(d).p_greater(0.0)
    assert one.pvalue == pytest.approx(scipy.pvalue, abs=1e-12)


def test_the_level_of_one_column_decides_as_the_sign_flip_interval_does() -> None:
    for seed in range(20):
        d = np.random.default_rng(seed).normal(0.5, 1.0, size=9)
        (one,) = max_t(d[:, np.newaxis], ALPHA).members
        assert one.alpha_judged is not None
        low, _ = sign_flip(d).interval(one.alpha_judged)
        assert low is not None
        assert (low > 0.0) == (one.pvalue_adjusted < ALPHA)


@given(st.integers(0, 10**6), st.integers(4, 9), st.integers(2, 5))
@settings(deadline=None, max_examples=60)
def test_adjusted_p_is_at_most_bonferronis_of_the_same_exact_p(seed: int, n: int, m: int) -> None:
    table = np.random.default_rng(seed).normal(0.3, 1.0, size=(n, m))
    for one in max_t(table, ALPHA).members:
        bonferroni = sum_of_tails(table, one.student.statistic(0.0))
        assert one.pvalue_adjusted <= one.pvalue_single_step <= bonferroni + 1e-12


def sum_of_tails(table: NDArray[np.float64], t: float) -> float:
    """Bonferroni's bound at one critical value: the tails of all columns added."""
    n = len(table)
    r = t / np.sqrt(n - 1 + t * t)
    share = table / np.sqrt(n * (table**2).sum(0))
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=n)))
    return float((signs @ share >= r - 1e-9).mean(0).sum())


@given(st.integers(0, 10**6), st.randoms())
@settings(deadline=None, max_examples=40)
def test_order_of_units_and_columns_and_scale_play_no_part(seed: int, random: Any) -> None:
    table = np.random.default_rng(seed).normal(0.3, 1.0, size=(8, 4))
    rows, columns = list(range(8)), list(range(4))
    random.shuffle(rows)
    random.shuffle(columns)
    scale = np.array([1e-150, 1.0, 1e6, 1e140])
    found = max_t(table, ALPHA).members
    other = max_t((table * scale)[rows][:, columns], ALPHA).members
    for position, j in enumerate(columns):
        assert other[position].pvalue_adjusted == found[j].pvalue_adjusted
        assert other[position].alpha_judged == found[j].alpha_judged


def test_a_copied_metric_costs_nothing() -> None:
    d = np.random.default_rng(11).normal(0.6, 1.0, size=(10, 1))
    (alone,) = max_t(d, ALPHA).members
    for one in max_t(np.hstack([d, d, 3.0 * d]), ALPHA).members:
        assert one.pvalue_adjusted == alone.pvalue_adjusted
        assert one.alpha_judged == alone.alpha_judged


def test_a_p_on_the_level_is_no_rejection() -> None:
    table = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 4.0], [1.5, 1.0]])  # all positive: 1 / 16
    found = max_t(table, 1 / 16).members
    assert [one.pvalue_adjusted for one in found] == [1 / 16, 1 / 16]
    check_invariants(max_t(table, 1 / 16), 1 / 16)
    assert all(one.pvalue >= (one.alpha_judged or 0.0) for one in found)


def test_flips_without_variance_leave_no_level_where_they_are_too_many() -> None:
    table = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    found = max_t(table, ALPHA)
    assert found.single_step_critical is None
    assert [one.alpha_judged for one in found.members] == [None, None]
    assert [one.critical for one in found.members] == [None, None]


def test_drawn_flips_count_the_observed_one_and_repeat_from_their_seed() -> None:
    table = np.random.default_rng(5).normal(3.0, 1.0, size=(30, 3))
    found = max_t(table, ALPHA, rng=philox(), draws=99)
    assert not found.is_exact
    assert [one.pvalue_adjusted for one in found.members] == [0.01] * 3
    assert found == max_t(table, ALPHA, rng=philox(), draws=99)
    assert found.min_pvalue == 0.01


def test_too_few_draws_can_reject_nothing() -> None:
    table = np.random.default_rng(5).normal(3.0, 1.0, size=(30, 3))
    found = max_t(table, ALPHA, rng=philox(), draws=19)  # 1 / 20 is not below 0.05
    assert [one.pvalue_adjusted for one in found.members] == [ALPHA] * 3
    check_invariants(found, ALPHA)


def test_drawn_flips_approach_all_flips() -> None:
    table = np.random.default_rng(9).normal(0.5, 1.0, size=(12, 4))
    exact = max_t(table, ALPHA)
    drawn = max_t(table, ALPHA, rng=philox(), draws=40_000, exact_units=5)
    for one, other in zip(exact.members, drawn.members, strict=True):
        assert other.pvalue_adjusted == pytest.approx(one.pvalue_adjusted, abs=0.006)


def test_flipping_columns_apart_would_lose_their_correlation() -> None:
    """Ten copies of one metric: whole rows give p of one, columns apart that of ten."""
    d = np.random.default_rng(2).normal(0.5, 1.0, size=(12, 1))
    (alone,) = max_t(d, ALPHA).members
    copies = max_t(np.repeat(d, 10, axis=1), ALPHA).members
    apart = 1.0 - (1.0 - alone.pvalue) ** 10
    assert copies[0].pvalue_adjusted == alone.pvalue < apart / 5


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ([[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]], "zero variance"),
        ([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], "zero variance"),
        ([[1.0, 2.0]], "at least 2"),
        ([1.0, 2.0], "dimension"),
        ([[1.0, np.nan], [2.0, 1.0]], "finite"),
        ([[1.0, 1e151], [2.0, 1.0]], "1e[+]150"),
        (np.empty((0, 2)), "at least 1"),
        (np.empty((5, 0)), "at least 1"),
    ],
)
def test_data_that_cannot_be_judged_are_refused(table: Any, match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        max_t(table, ALPHA)


def test_drawing_needs_a_generator_and_a_draw() -> None:
    table = np.random.default_rng(1).normal(size=(30, 2))
    with pytest.raises(UndefinedTestError, match="enumerate"):
        max_t(table, ALPHA)
    with pytest.raises(UndefinedTestError, match="at least 1 flip"):
        max_t(table, ALPHA, rng=philox(), draws=0)
    with pytest.raises(UndefinedTestError, match="level"):
        max_t(table, np.nan, rng=philox())


def test_max_t_says_what_it_assumes() -> None:
    assert "symmetric" in MAX_T_CONTROLS
