"""The area under the ROC curve: DeLong against its definition, scikit-learn and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]  # it has no types

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.auroc import (
    area_parts,
    auroc,
    auroc_independent,
    auroc_one_arm,
    auroc_paired,
    auroc_pseudo_values,
    difference_parts,
    placements,
)
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.logits import Logit
from pytest_evalgate.stats.means import one_sample_t, paired_t


Y = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0]
A = [0.1, 0.4, 0.35, 0.8, 0.2, 0.7, 0.5, 0.9, 0.6, 0.3, 0.5, 0.65]
B = [0.2, 0.3, 0.4, 0.6, 0.5, 0.7, 0.1, 0.8, 0.45, 0.55, 0.65, 0.35]


@st.composite
def problems(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Labels with 3 or more of each class and two tied, overlapping scores."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, levels = draw(st.integers(8, 40)), draw(st.sampled_from([3, 8, 1000]))
    y = np.concatenate([np.zeros(3, int), np.ones(3, int), rng.integers(0, 2, n - 6)])
    scores = rng.integers(0, levels, size=(2, n)) / 4.0
    scores[:, :6] = [[1, 0, 2, 1, 2, 0], [0, 2, 1, 1, 0, 2]]  # classes overlap, arms differ
    return y, scores[0], scores[1]


def by_definition(
    y: NDArray[np.int64], s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    wins = np.array([[(p > q) + 0.5 * (p == q) for q in s[y == 0]] for p in s[y == 1]])
    return wins.mean(axis=1), wins.mean(axis=0)


@given(problem=problems())
def test_placements_count_pairs_as_the_definition_does(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
) -> None:
    y, s, _ = problem
    placed = placements(y, s)
    ones, zeros = by_definition(y, s)
    n, m = placed.negatives.size, placed.positives.size
    np.testing.assert_allclose(placed.positives / (2 * n), ones, rtol=1e-15)
    np.testing.assert_allclose(placed.negatives / (2 * m), zeros, rtol=1e-15)
    assert math.isclose(placed.area, roc_auc_score(y, s), rel_tol=1e-13)


@given(problem=problems())
def test_pseudo_values_are_the_jackknifes(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
) -> None:
    y, s, _ = problem
    values = auroc_pseudo_values(y, s)
    left = np.array([auroc(np.delete(y, i), np.delete(s, i)) for i in range(y.size)])
    np.testing.assert_allclose(values.mean(), auroc(y, s), rtol=1e-12)
    jackknife = (y.size - 1) / y.size * np.square(left - left.mean()).sum()
    np.testing.assert_allclose(values.var(ddof=1) / y.size, jackknife, rtol=1e-9)


@given(problem=problems())
def test_jackknife_variance_is_delongs_but_for_class_sizes(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
) -> None:
    y, s, _ = problem
    parts = area_parts(placements(y, s))
    expected = parts.positives * parts.m / (parts.m - 1) + parts.negatives * parts.n / (parts.n - 1)
    found = auroc_pseudo_values(y, s).var(ddof=1) / y.size
    assert math.isclose(found, expected * (y.size - 1) / y.size, rel_tol=1e-9, abs_tol=1e-15)


@given(problem=problems(), limit=st.floats(0.02, 0.98), alpha=st.floats(0.001, 0.4))
@settings(max_examples=300)
def test_one_arm_interval_and_test_agree(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
    limit: float,
    alpha: float,
) -> None:
    y, s, _ = problem
    found = auroc_one_arm(y, s)
    low, high = found.interval(alpha)
    assert 0 <= low < found.estimate < high <= 1
    if abs(found.p_greater(limit) - alpha) > 1e-9 * alpha:
        assert (found.p_greater(limit) < alpha) == (low > limit)
    if abs(found.p_less(limit) - alpha) > 1e-9 * alpha:
        assert (found.p_less(limit) < alpha) == (high < limit)


@given(problem=problems(), limit=st.floats(0.02, 0.98))
def test_turned_scores_mirror_the_area(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]], limit: float
) -> None:
    y, s, _ = problem
    plain, turned = auroc_one_arm(y, s), auroc_one_arm(y, -s)
    assert math.isclose(plain.estimate, 1 - turned.estimate, rel_tol=1e-12)
    assert math.isclose(plain.p_greater(limit), turned.p_less(1 - limit), rel_tol=1e-7)


@given(problem=problems(), limit=st.floats(-0.5, 0.5))
def test_exchanged_arms_mirror_the_difference(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]], limit: float
) -> None:
    y, a, b = problem
    forth, back = auroc_paired(y, a, b), auroc_paired(y, b, a)
    assert forth.estimate == -back.estimate
    assert math.isclose(forth.p_greater(limit), back.p_less(-limit), rel_tol=1e-9)


@given(problem=problems(), seed=st.integers(0, 99))
def test_monotone_maps_and_order_change_nothing(
    problem: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]], seed: int
) -> None:
    y, a, b = problem
    plain = auroc_paired(y, a, b)
    order = np.random.default_rng(seed).permutation(y.size)
    moved = auroc_paired(y[order], np.exp(a / 100)[order], (3 * b - 7)[order])
    assert math.isclose(plain.estimate, moved.estimate, abs_tol=1e-15)
    assert math.isclose(plain.standard_error, moved.standard_error, rel_tol=1e-9)


def test_scores_of_any_magnitude_keep_their_order() -> None:
    y = [0, 1, 0, 1, 1]
    assert auroc(y, [1e12, 1e12 + 1e-3, 1e12 + 2e-3, 1e12 + 1, 1e12 - 1]) == 0.5
    assert auroc(y, [1e-300, 2e-300, 3e-300, 4e-300, 0]) == 0.5


def test_variance_of_a_difference_needs_no_subtraction_of_variances() -> None:
    one, two = placements(Y, A), placements(Y, B)
    n, m = 6, 6
    ones, zeros = (
        (one.positives - two.positives) / (2 * n),
        (one.negatives - two.negatives) / (2 * m),
    )
    both = difference_parts(one, two)
    assert math.isclose(both.variance, ones.var(ddof=1) / m + zeros.var(ddof=1) / n)


def test_arms_of_other_units_add_their_variances() -> None:
    found = auroc_independent(Y, A, Y, B)
    parts = [area_parts(placements(Y, s)) for s in (A, B)]
    assert math.isclose(found.standard_error**2, sum(part.variance for part in parts))
    assert found.df is not None
    assert 5 <= found.df <= 20
    assert found.estimate == pytest.approx(auroc(Y, A) - auroc(Y, B), rel=1e-12)


def test_copies_in_clusters_do_not_make_the_area_surer() -> None:
    y, s = np.array(Y * 2), np.array(A * 2)
    clusters = [str(i) for i in range(12)] * 2
    once = one_sample_t(auroc_pseudo_values(Y, A)).standard_error
    clustered = cluster_mean(auroc_pseudo_values(y, s), clusters).standard_error
    naive = one_sample_t(auroc_pseudo_values(y, s)).standard_error
    assert clustered == pytest.approx(once, rel=0.1)
    assert naive < 0.75 * once


@pytest.mark.parametrize(
    ("labels", "scores", "match"),
    [
        ([1, 1, 1], [1, 2, 3], "at least 2 positive and 2 negative"),
        ([0, 1, 0], [1, 2, 3], "at least 2 positive and 2 negative"),
        ([0, 0, 1, 1], [1, 2, 3, 4], "is 1"),
        ([1, 1, 0, 0], [1, 2, 3, 4], "is 0"),
        ([0, 0, 1, 1], [1, 1, 1, 1], "zero variance"),
        ([0, 0, 1, 2], [1, 2, 3, 4], "number 4 is 2"),
        ([0, 0, 1, 1], [1, 2, math.nan, 4], "number 3 is nan"),
        ([0, 0, 1, 1], [1, 2, 3], "equal lengths"),
        ([], [], "at least 1"),
        (["0", "0", "1", "1"], [1, 2, 3, 4], "must be numbers"),
    ],
)
def test_one_arm_refuses(labels: list[int], scores: list[float], match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        auroc_one_arm(labels, scores)


def test_arms_that_rank_alike_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match="zero variance"):
        auroc_paired(Y, A, np.array(A) * 3 + 1)


def test_a_perfect_arm_is_no_certainty_in_a_difference() -> None:
    with pytest.raises(UndefinedTestError, match="candidate's area is 1"):
        auroc_paired(Y, np.array(Y) + 0.0, A)


def test_limits_at_and_beyond_the_ends_of_a_logit() -> None:
    found = Logit(estimate=0.9, standard_error=0.05, df=8.0)
    assert (found.p_greater(0.0), found.p_less(0.0), found.statistic(0.0)) == (0.0, 1.0, None)
    assert (found.p_greater(1.2), found.p_less(1.2), found.statistic(1.2)) == (1.0, 0.0, None)
    assert found.min_pvalue(0.5, greater=True) == 0.0
    with pytest.raises(UndefinedTestError, match="finite"):
        found.p_greater(math.nan)


def rates(m: int, n: int, area: float, replicates: int) -> tuple[float, float, float]:
    """False promotion at .05: one arm by Wald's z and by logit t, and the paired difference."""
    rng = np.random.default_rng(m + n)
    labels = np.repeat([1, 0], [m, n])
    shift = math.sqrt(2.0) * float(ndtri(area)) * labels
    promoted = np.zeros(3)
    for _ in range(replicates):
        noise = rng.standard_normal((2, m + n))
        one = shift + noise[0]
        two = shift + 0.7 * noise[0] + math.sqrt(0.51) * noise[1]
        try:
            single = auroc_one_arm(labels, one)
            wald = (single.estimate - area) / single.standard_error
            promoted[0] += wald > 1.645
            promoted[1] += single.p_greater(area) < 0.05
            promoted[2] += auroc_paired(labels, two, one).p_greater(0.0) < 0.05
        except UndefinedTestError:  # no promotion
            pass
    found = promoted / replicates
    return float(found[0]), float(found[1]), float(found[2])


def test_logit_t_holds_the_level_where_walds_z_does_not() -> None:
    wald, logit_t, paired = rates(30, 100, 0.85, 1500)
    assert wald > 0.08
    assert logit_t < 0.06 + 3 * 0.006
    assert paired < 0.06 + 3 * 0.006


@pytest.mark.slow
@pytest.mark.parametrize(
    ("m", "area"), [(10, 0.6), (30, 0.6), (100, 0.6), (30, 0.85), (100, 0.85), (100, 0.97)]
)
def test_level_of_area_where_three_misranked_positives_are_expected(m: int, area: float) -> None:
    _, logit_t, paired = rates(m, 2 * m, area, 10_000)
    assert logit_t < 0.06 + 3 * 0.0022
    assert paired < 0.06 + 3 * 0.0022


def test_linearised_difference_equals_delong_but_for_class_sizes() -> None:
    found = paired_t(auroc_pseudo_values(Y, A), auroc_pseudo_values(Y, B))
    expected = auroc_paired(Y, A, B)
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-12)
    assert found.standard_error == pytest.approx(
        expected.standard_error * math.sqrt(6 / 5 * 11 / 12), rel=1e-12
    )
