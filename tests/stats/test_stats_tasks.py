"""Averages over tasks: against formulas written out, scipy, brute force and simulation."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.iqm import (
    interquartile_mean,
    linearise_iqm,
    linearise_iqm_sample,
    trimmed_quarter_mean,
)
from pytest_evalgate.stats.means import paired_t, welch_t
from pytest_evalgate.stats.moments import Moments
from pytest_evalgate.stats.power import t_needed
from pytest_evalgate.stats.task_planning import fixed_tasks_needed
from pytest_evalgate.stats.task_scores import (
    median_of_means,
    normalise,
    optimality_gap,
    probability_of_improvement,
)
from pytest_evalgate.stats.tasks import (
    fixed_tasks,
    fixed_tasks_from_moments,
    fixed_tasks_paired,
    random_tasks,
    task_effects,
)


Array = NDArray[np.float64]


def tasks(seed: int, sizes: Sequence[int] = (3, 5, 4)) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(loc=10 * k, scale=k + 1, size=size) for k, size in enumerate(sizes)]


def test_fixed_tasks_of_different_numbers_of_runs_follow_the_formula() -> None:
    c, b = tasks(1), tasks(2, (4, 2, 6))
    parts = [float(runs.var(ddof=1)) / runs.size for runs in (*c, *b)]
    dfs = [runs.size - 1 for runs in (*c, *b)]

    law = fixed_tasks(c, b)

    assert law.estimate == pytest.approx(
        float(np.mean([x.mean() - y.mean() for x, y in zip(c, b, strict=True)])), rel=1e-12
    )
    assert law.standard_error == pytest.approx(math.sqrt(sum(parts)) / 3, rel=1e-12)
    assert law.df == pytest.approx(
        sum(parts) ** 2 / sum(part**2 / df for part, df in zip(parts, dfs, strict=True)), rel=1e-12
    )


def test_one_task_is_welch() -> None:
    c, b = tasks(3)[1], tasks(4)[1]

    assert fixed_tasks([c], [b]).interval(0.05) == pytest.approx(
        welch_t(c, b).interval(0.05), rel=1e-12
    )


def test_one_task_of_pairs_is_the_paired_t() -> None:
    c, b = tasks(3)[1], tasks(4)[1]

    assert fixed_tasks_paired([c], [b]).interval(0.05) == pytest.approx(
        paired_t(c, b).interval(0.05), rel=1e-12
    )


def test_pairs_within_tasks_use_the_variances_of_differences() -> None:
    c, b = tasks(5), tasks(6)
    parts = [float((x - y).var(ddof=1)) / x.size for x, y in zip(c, b, strict=True)]

    law = fixed_tasks_paired(c, b)

    assert law.standard_error == pytest.approx(math.sqrt(sum(parts)) / 3, rel=1e-12)


def test_random_tasks_are_a_t_test_of_task_differences() -> None:
    c, b = tasks(7), tasks(8)
    wanted = stats.ttest_1samp([x.mean() - y.mean() for x, y in zip(c, b, strict=True)], 0.0)

    law = random_tasks(c, b)

    assert law.statistic(0.0) == pytest.approx(wanted.statistic, rel=1e-10)
    assert law.df == 2


def test_random_tasks_need_one_run_each() -> None:
    assert random_tasks([[1.0], [2.0], [4.0]]).estimate == pytest.approx(7 / 3)


def test_moments_and_arrays_are_one_method() -> None:
    c = tasks(9)
    moments = [Moments(x.size, float(x.mean()), float(x.var(ddof=1))) for x in c]

    law = fixed_tasks_from_moments([one.mean for one in moments], moments)

    assert law.interval(0.05) == pytest.approx(fixed_tasks(c).interval(0.05), rel=1e-10)


def test_a_solved_task_adds_no_variance_and_no_degree_of_freedom() -> None:
    c = tasks(10)
    alone, both = fixed_tasks(c), fixed_tasks([*c, [34.0, 34.0, 34.0]])

    assert both.standard_error == pytest.approx(alone.standard_error * 3 / 4, rel=1e-12)
    assert both.df == pytest.approx(alone.df, rel=1e-12)


def test_task_means_near_each_other_keep_their_digits() -> None:
    rng = np.random.default_rng(11)
    c, b = rng.integers(0, 64, size=(2, 3, 5)) / 8.0
    near, far = fixed_tasks(c, b), fixed_tasks(c + 1e12, b + 1e12)

    assert far.estimate == pytest.approx(near.estimate, rel=1e-9)
    assert far.standard_error == pytest.approx(near.standard_error, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e140])
def test_scale_moves_along(scale: float) -> None:
    c, b = tasks(12), tasks(13)
    plain = fixed_tasks(c, b)

    scaled = fixed_tasks([x * scale for x in c], [x * scale for x in b])

    assert scaled.estimate == pytest.approx(plain.estimate * scale, rel=1e-10)
    assert scaled.statistic(0.0) == pytest.approx(plain.statistic(0.0), rel=1e-10)


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(2, 6), min_size=2, max_size=6),
    limit=st.floats(-5, 5),
    alpha=st.floats(0.001, 0.5),
)
def test_test_and_interval_agree_and_swapped_arms_negate(
    seed: int, sizes: list[int], limit: float, alpha: float
) -> None:
    c, b = tasks(seed, sizes), tasks(seed + 1, sizes)
    law, swapped = fixed_tasks(c, b), fixed_tasks(b, c)
    low, high = law.interval(alpha)

    assert swapped.p_less(-limit) == pytest.approx(law.p_greater(limit), rel=1e-9)
    if min(abs(low - limit), abs(high - limit)) > 1e-9:
        assert (law.p_greater(limit) < alpha) == (low > limit)
        assert (law.p_less(limit) < alpha) == (high < limit)


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (lambda: fixed_tasks([[1.0], [1.0, 2.0]]), "task with 1"),
        (lambda: fixed_tasks([[1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]), "equal lengths"),
        (lambda: fixed_tasks([[1.0, 1.0], [2.0, 2.0]], [[1.0, 2.0], [1.0, 3.0]]), "candidate runs"),
        (lambda: fixed_tasks([[1.0, 2.0]], [[3.0, 3.0]]), "baseline runs"),
        (lambda: fixed_tasks([]), "at least 1 task"),
        (lambda: fixed_tasks([[1.0, math.nan]]), "finite"),
        (lambda: fixed_tasks([[1.0, 2.0], []]), "at least 1"),
        (lambda: fixed_tasks_paired([[1.0, 2.0]], [[0.0, 1.0]]), "differences do not vary"),
        (lambda: fixed_tasks_paired([[1e12, 2e12]], [[1e12 - 0.3, 2e12 - 0.3]]), "do not vary"),
        (lambda: fixed_tasks_paired([[1.0, 2.0]], [[0.0, 1.0, 2.0]]), "equal lengths"),
        (lambda: random_tasks([[1.0, 2.0]]), "at least 2"),
        (lambda: random_tasks([[1.0], [1.0]]), "zero variance"),
        (lambda: fixed_tasks_from_moments([], []), "at least 1 task"),
        (lambda: fixed_tasks_from_moments([1.0], [Moments(3, 1.0, 0.0)]), "zero variance"),
    ],
)
def test_undefined_tasks_are_refused(judge: Callable[[], Any], words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        judge()


def test_normalised_scores_put_the_references_on_0_and_1() -> None:
    assert normalise([3.0, 5.0, 9.0], zero=3.0, one=5.0).tolist() == [0.0, 1.0, 3.0]


def test_normalised_scores_may_run_downwards() -> None:
    assert normalise([3.0, 4.0], zero=5.0, one=3.0).tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    ("zero", "one"), [(1.0, 1.0), (0.0, 0.0), (0.1 + 0.2, 0.3), (math.nan, 1.0), (0.0, math.inf)]
)
def test_a_scale_without_length_is_refused(zero: float, one: float) -> None:
    with pytest.raises(UndefinedTestError):
        normalise([1.0], zero=zero, one=one)


def test_a_scale_that_overflows_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="finite"):
        normalise([1e150], zero=0.0, one=1e-300)


@pytest.mark.parametrize("n", [4, 8, 40])
def test_interquartile_mean_is_trim_mean_where_4_divides_n(n: int) -> None:
    values = np.random.default_rng(14).normal(size=n)

    assert interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25), rel=1e-12)
    assert trimmed_quarter_mean(values) == pytest.approx(stats.trim_mean(values, 0.25), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 30])
def test_interquartile_mean_is_that_of_the_values_four_times(n: int) -> None:
    values = np.random.default_rng(15).normal(size=n)

    assert interquartile_mean(values) == pytest.approx(
        stats.trim_mean(np.repeat(values, 4), 0.25), rel=1e-12
    )


def test_scipys_trim_mean_drops_too_little_where_4_does_not_divide_n() -> None:
    values = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0]  # a quarter is 1.75 values

    assert stats.trim_mean(values, 0.25) == interquartile_mean(values) == 0.0
    assert stats.trim_mean([0.0, 0.0, 7.0], 0.25) == pytest.approx(7 / 3)  # an outlier in full
    assert interquartile_mean([0.0, 0.0, 7.0]) == pytest.approx(7 / 18 * 3)


def test_pseudo_values_of_runs_average_to_the_interquartile_mean() -> None:
    value, pseudo = linearise_iqm([tasks(16, (4, 4))[0], tasks(17, (4, 4))[1]])

    assert np.concatenate(pseudo).mean() == pytest.approx(value, rel=1e-12)
    assert fixed_tasks(pseudo).estimate == pytest.approx(value, rel=1e-12)


def test_every_task_weighs_the_same_however_many_runs_it_has() -> None:
    few, many = tasks(18, (3, 3)), tasks(18, (3, 3))
    many[1] = np.repeat(many[1], 5)

    assert linearise_iqm(many)[0] == pytest.approx(linearise_iqm(few)[0], rel=1e-12)


def test_pseudo_values_are_the_slope_towards_a_unit() -> None:
    """A little more weight on one value moves the statistic by its influence."""
    values = np.random.default_rng(19).normal(size=10)
    pseudo = linearise_iqm_sample(values)
    copies = 10_000
    for position in range(10):
        heavier = np.repeat(values, [copies + (one == position) for one in range(10)])
        slope = (interquartile_mean(heavier) - pseudo.value) * heavier.size
        assert slope == pytest.approx(pseudo.pseudo_values[position] - pseudo.value, abs=1e-3)


def test_values_beyond_the_quartiles_do_not_move_it() -> None:
    values = np.arange(12.0)
    wild = values.copy()
    wild[[0, 11]] = -1e6, 1e6

    assert linearise_iqm_sample(wild).pseudo_values == pytest.approx(
        linearise_iqm_sample(values).pseudo_values
    )


@pytest.mark.parametrize("data", [[], [[]], [[1.0, math.inf]]])
def test_undefined_interquartile_means_are_refused(data: Any) -> None:
    with pytest.raises(UndefinedTestError):
        linearise_iqm(data)


def test_probability_of_improvement_counts_all_pairs() -> None:
    c, b = [1.0, 2.0, 2.0], [2.0, 0.0]
    wanted = np.mean([(x > y) + 0.5 * (x == y) for x in c for y in b])

    assert probability_of_improvement([c], [b])[0] == pytest.approx(wanted)


def test_optimality_gap_counts_what_lies_below_the_target() -> None:
    assert optimality_gap([0.5, 2.0], target=1.0) == pytest.approx(0.25)


def test_median_of_means_is_over_tasks() -> None:
    assert median_of_means([[1.0, 3.0], [10.0], [0.0, 0.0]]) == pytest.approx(2.0)
    assert task_effects([[1.0, 3.0]], [[1.0]]).tolist() == [1.0]


def rates(
    judge: Callable[[Array, Array], Any], *, k: int, runs: int, skewed: bool, replicates: int
) -> float:
    """Larger share of one-sided p < 0.05 where both arms are alike; tasks differ in scale."""
    rng = np.random.default_rng(20)
    place, scale = rng.normal(size=(k, 1)), np.exp(0.5 * rng.normal(size=(k, 1)))
    counts = np.zeros(2)
    for _ in range(replicates):
        noise = rng.lognormal(size=(2, k, runs)) if skewed else rng.normal(size=(2, k, runs))
        law = judge(*(place + scale * noise))
        counts += [law.p_greater(0.0) < 0.05, law.p_less(0.0) < 0.05]
    return float(counts.max()) / replicates


def iqm_difference(candidate: Array, baseline: Array) -> Any:
    return fixed_tasks(linearise_iqm(list(candidate))[1], linearise_iqm(list(baseline))[1])


def test_three_runs_of_five_fixed_tasks_hold_the_level() -> None:
    assert rates(fixed_tasks, k=5, runs=3, skewed=False, replicates=1500) < 0.065  # type: ignore[arg-type]


def test_interquartile_means_of_five_runs_hold_the_level() -> None:
    assert rates(iqm_difference, k=5, runs=5, skewed=False, replicates=1500) < 0.065


def test_percentile_bootstrap_over_runs_does_not() -> None:
    """Stratified over tasks as rliable does it, 3 runs: intervals are too narrow."""
    rng = np.random.default_rng(21)
    wrong = 0
    for _ in range(250):
        c, b = rng.normal(size=(2, 5, 3)) + np.arange(5.0)[:, np.newaxis]
        resampled = []
        for arm in (c, b):
            rows = np.arange(5)[:, np.newaxis], rng.integers(0, 3, size=(300, 5, 3))
            values = np.sort(arm[rows].reshape(300, 15), axis=1)
            weights = np.clip(np.arange(1, 16), 3.75, 11.25) - np.clip(np.arange(15), 3.75, 11.25)
            resampled.append(values @ weights / 7.5)
        low, high = np.quantile(resampled[0] - resampled[1], [0.05, 0.95])
        wrong += (low > 0.0) + (high < 0.0)
    assert wrong / 500 > 0.07


@pytest.mark.slow
@pytest.mark.parametrize("law", ["normal", "lognormal"])
@pytest.mark.parametrize(("k", "runs"), [(5, 3), (5, 5), (5, 10), (26, 3), (26, 5)])
@pytest.mark.parametrize("judge", [fixed_tasks, iqm_difference])
def test_level_over_designs(
    judge: Callable[[Array, Array], Any], k: int, runs: int, law: str
) -> None:
    assert rates(judge, k=k, runs=runs, skewed=law != "normal", replicates=5000) < 0.06


def test_one_task_is_planned_like_a_plain_sample() -> None:
    assert fixed_tasks_needed(0.5, [1.0], 1, 0.05, 0.8) == t_needed(0.5, 1.0, 0.05, 0.8) == 27


def test_planned_runs_have_the_power_asked_for() -> None:
    variances = [1.0, 4.0, 0.25, 1.0, 4.0, 0.25]
    runs = fixed_tasks_needed(0.8, variances, 3, 0.05, 0.8)
    assert runs is not None
    rng = np.random.default_rng(22)
    spread = np.sqrt(variances).reshape(2, 3, 1)
    shown = 0
    for _ in range(1500):
        c, b = spread * rng.normal(size=(2, 3, runs))
        shown += fixed_tasks(list(c + 0.8), list(b)).p_greater(0.0) < 0.05

    assert 0.77 < shown / 1500 < 0.87  # the smallest whole number lies above the power


@pytest.mark.parametrize(
    ("distance", "variances", "tasks_"), [(0.0, [1.0], 1), (1.0, [0.0], 1), (1.0, [1.0], 0)]
)
def test_plans_without_an_answer_are_none(
    distance: float, variances: list[float], tasks_: int
) -> None:
    assert fixed_tasks_needed(distance, variances, tasks_, 0.05, 0.8) is None
