"""Joint bounds, claims about all of several effects, e-BH."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.conjunction import (
    CONJUNCTION_CONTROLS,
    LargestGap,
    WorstSlice,
    share_risk,
)
from pytest_evalgate.stats.correction import correct
from pytest_evalgate.stats.ebh import E_BH_CONTROLS, e_bh
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.simultaneous import bound_in_accord, holm_bounds


EFFECTS = st.lists(
    st.tuples(st.floats(-2.0, 4.0), st.floats(0.2, 2.0), st.sampled_from([2.0, 9.0, None])),
    min_size=1,
    max_size=5,
).map(lambda rows: tuple(StudentT(estimate=e, standard_error=s, df=df) for e, s, df in rows))
LEVELS = st.sampled_from([0.01, 0.05, 0.1])


@given(EFFECTS, LEVELS, st.floats(-1.0, 1.0))
@settings(deadline=None, max_examples=300)
def test_holms_bounds_lie_where_holm_rejects(effects: Any, alpha: float, limit: float) -> None:
    bounds = holm_bounds(effects, [limit] * len(effects), alpha)
    records = correct([one.p_greater(limit) for one in effects], alpha, "holm")
    for bound, record in zip(bounds, records, strict=True):
        assert bound.is_rejected == (record.pvalue_adjusted < alpha)
        assert bound.low is not None
        assert (bound.low >= limit) == bound.is_rejected or bound.low == limit
        if bound.is_rejected and not all(one.is_rejected for one in bounds):
            assert bound.low == limit


def test_all_rejected_are_bounded_by_bonferroni_if_that_is_beyond_the_limit() -> None:
    strong = StudentT(estimate=1.0, standard_error=0.1, df=None)
    weak = StudentT(estimate=0.18, standard_error=0.1, df=None)
    first, second = holm_bounds([strong, weak], [0.0, 0.0], 0.05)
    assert first.low == first.low_bonferroni == pytest.approx(1.0 - 0.195996398454)
    assert (second.low, second.is_rejected) == (0.0, True)
    assert second.low_bonferroni == pytest.approx(0.18 - 0.195996398454)


def test_joint_bounds_hold_together_in_alpha_of_the_samples() -> None:
    rng = np.random.default_rng(4)
    truth = np.array([0.0, 0.5, 2.0])
    wrong = 0
    replicates = 4000
    for z in truth + rng.normal(size=(replicates, 3)):
        effects = [StudentT(estimate=float(one), standard_error=1.0, df=None) for one in z]
        bounds = holm_bounds(effects, [0.0] * 3, 0.05)
        wrong += any((b.low or 0.0) > t for b, t in zip(bounds, truth, strict=True))
    assert wrong / replicates < 0.05 + 3 * (0.05 * 0.95 / replicates) ** 0.5


def test_a_method_without_bound_keeps_none() -> None:
    few = sign_flip([1.0, 2.0, 3.0])  # 1 / 8 is not below 0.05
    (bound,) = holm_bounds([few], [0.0], 0.05)
    assert (bound.is_rejected, bound.low, bound.low_bonferroni) == (False, None, None)


def test_joint_bounds_need_a_limit_for_each_effect() -> None:
    one = StudentT(estimate=1.0, standard_error=1.0, df=None)
    with pytest.raises(UndefinedTestError, match="limits"):
        holm_bounds([one], [], 0.05)
    with pytest.raises(UndefinedTestError, match="p-values"):
        holm_bounds([], [], 0.05)
    with pytest.raises(UndefinedTestError, match="limit"):
        holm_bounds([one], [np.nan], 0.05)


@given(EFFECTS, st.floats(0.01, 0.5))
@settings(deadline=None, max_examples=200)
def test_the_worst_slice_is_one_procedure_seen_as_test_and_interval(
    effects: Any, alpha: float
) -> None:
    worst = WorstSlice(slices=effects)
    low, high = worst.interval(alpha)
    assert low is not None
    assert high is not None
    assert low <= high
    assert worst.p_greater(low - 1e-6) < alpha < worst.p_greater(low + 1e-6)
    assert worst.p_less(high + 1e-6) < alpha < worst.p_less(high - 1e-6)


def test_all_slices_at_alpha_promote_a_false_claim_in_alpha_and_not_less_than_needed() -> None:
    """One slice at its limit, the others far above: the largest p is its own."""
    rng = np.random.default_rng(3)
    passed = 0
    for z in np.array([0.0, 9.0, 9.0]) + rng.normal(size=(8000, 3)):
        slices = tuple(StudentT(estimate=float(one), standard_error=1.0, df=None) for one in z)
        passed += WorstSlice(slices=slices).p_greater(0.0) < 0.05
    assert abs(passed / 8000 - 0.05) < 3 * (0.05 * 0.95 / 8000) ** 0.5


def test_the_smallest_estimate_fails_good_models_as_slices_grow() -> None:
    rng = np.random.default_rng(5)
    rates = rng.binomial(50, 0.95, size=(2000, 20)) / 50
    assert (rates.min(axis=1) < 0.90).mean() > 0.5  # yet every slice is at 0.95


def test_worst_slice_with_exact_binomials_knows_its_floor() -> None:
    worst = WorstSlice(slices=(one_proportion(20, 20), one_proportion(100, 100)))
    assert worst.min_pvalue(0.9, greater=True) == pytest.approx(0.9**20)
    assert worst.p_greater(0.9) == pytest.approx(0.9**20)
    assert worst.min_pvalue(0.9, greater=False) == pytest.approx(2 * 0.1**100)
    assert (worst.standard_error, worst.df, worst.statistic(0.5)) == (None, None, None)
    assert worst.estimate == 1.0


def test_a_slice_without_bound_leaves_the_worst_without() -> None:
    worst = WorstSlice(slices=(sign_flip([1.0, 2.0]), one_proportion(5, 9)))
    low, high = worst.interval(0.05)
    assert low is None
    assert high is not None


@given(EFFECTS, st.floats(0.01, 0.5))
@settings(deadline=None, max_examples=200)
def test_the_largest_gap_is_one_procedure_seen_as_test_and_interval(
    effects: Any, alpha: float
) -> None:
    gap = LargestGap(pairs=effects)
    low, high = gap.interval(alpha)
    assert low is not None
    assert high is not None
    assert 0.0 <= low <= high
    if high > 1e-6:
        assert gap.p_less(high + 1e-6) < alpha < gap.p_less(high - 1e-6)
    if low > 1e-6:
        assert gap.p_greater(low - 1e-6) < alpha < gap.p_greater(low + 1e-6)
    assert gap.p_less(0.0) == gap.p_less(-1.0) == 1.0
    assert gap.p_greater(-0.1) == 0.0


def test_a_gap_at_its_limit_passes_falsely_in_at_most_alpha() -> None:
    rng = np.random.default_rng(9)
    passed = 0
    for groups in np.array([0.0, 0.5, 1.0]) + 0.1 * rng.normal(size=(4000, 3)):
        pairs = tuple(
            StudentT(estimate=float(groups[i] - groups[j]), standard_error=0.02**0.5, df=None)
            for i, j in ((0, 1), (0, 2), (1, 2))
        )
        passed += LargestGap(pairs=pairs).p_less(1.0) < 0.05
    assert passed / 4000 < 0.05 + 3 * (0.05 * 0.95 / 4000) ** 0.5
    assert passed / 4000 > 0.03


def test_the_observed_gap_of_equal_groups_is_above_zero() -> None:
    pairs = (two_proportions(45, 50, 40, 50), two_proportions(45, 50, 43, 50))
    gap = LargestGap(pairs=pairs)
    assert gap.estimate == pytest.approx(0.1)
    assert gap.interval(0.05)[0] == 0.0
    assert gap.p_greater(0.0) > 0.05
    assert gap.min_pvalue(0.2, greater=False) > 0.0
    assert gap.min_pvalue(0.2, greater=True) > 0.0
    assert gap.min_pvalue(0.0, greater=False) == 1.0
    assert gap.min_pvalue(-1.0, greater=True) == 0.0
    assert (gap.standard_error, gap.df, gap.statistic(0.1)) == (None, None, None)


def test_claims_about_all_of_none_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match="no slices"):
        WorstSlice(slices=())
    with pytest.raises(UndefinedTestError, match="2 groups"):
        LargestGap(pairs=())
    assert "all must pass" in CONJUNCTION_CONTROLS


@pytest.mark.parametrize("limit", [np.nan, np.inf])
def test_a_limit_that_is_no_number_is_refused(limit: float) -> None:
    effect = StudentT(estimate=1.0, standard_error=1.0, df=None)
    for one in (WorstSlice(slices=(effect,)), LargestGap(pairs=(effect,))):
        for ask in (one.p_greater, one.p_less, one.statistic):
            with pytest.raises(UndefinedTestError):
                ask(limit)
        with pytest.raises(UndefinedTestError):
            one.interval(0.0)


def test_success_shares_alpha_and_guardrails_do_not() -> None:
    shared = share_risk(2, 3, alpha=0.05, beta=0.2)
    assert (shared.alpha_success, shared.alpha_guardrail) == (0.025, 0.05)
    assert shared.beta_each == pytest.approx(0.05)
    assert share_risk(1, 0, alpha=0.05, beta=0.2).beta_each == 0.2


@pytest.mark.parametrize(
    ("successes", "guardrails", "alpha", "beta"),
    [
        (0, 1, 0.05, 0.2),
        (1, -1, 0.05, 0.2),
        (1, 1, 0.0, 0.2),
        (1, 1, 0.05, 1.0),
        (1.5, 1, 0.1, 0.2),
    ],
)
def test_risk_that_cannot_be_shared_is_refused(
    successes: Any, guardrails: int, alpha: float, beta: float
) -> None:
    with pytest.raises(UndefinedTestError):
        share_risk(successes, guardrails, alpha=alpha, beta=beta)


@given(st.lists(st.sampled_from([0.0, 0.5, 10.0, 20.0, 40.0, 60.0, 120.0, 1e9]), min_size=1))
def test_e_bh_rejects_by_its_definition(evalues: list[float]) -> None:
    m, level = len(evalues), Fraction(1, 20)
    ordered = sorted((Fraction(e) for e in evalues), reverse=True)
    k = max((k for k in range(1, m + 1) if k * ordered[k - 1] >= m / level), default=0)
    found = e_bh(evalues, 0.05)
    assert [one.is_rejected for one in found] == [
        k > 0 and Fraction(e) >= ordered[k - 1] for e in evalues
    ]
    for e, one in zip(evalues, found, strict=True):
        assert one.is_rejected == (one.evalue_adjusted >= 20.0)
        assert one.is_rejected == (e >= one.evalue_needed)


def test_e_bh_controls_the_share_of_false_claims_under_opposite_dependence() -> None:
    rng = np.random.default_rng(6)
    z = rng.normal(size=20_000)
    lam, m = 3.0, 2  # two likelihood ratios of opposite sign; both hypotheses true
    e = np.exp(lam * np.column_stack([z, -z]) - lam * lam / 2.0)
    false = [any(one.is_rejected for one in e_bh(row.tolist(), 0.1)) for row in e[:3000]]
    assert e.mean() < m
    assert np.mean(false) <= 0.1


@pytest.mark.parametrize("bad", [[], [-1.0], [np.nan], [np.inf]])
def test_e_values_that_cannot_be_are_refused(bad: list[float]) -> None:
    with pytest.raises(UndefinedTestError, match="e-values"):
        e_bh(bad, 0.05)
    assert "nothing more" in E_BH_CONTROLS


@pytest.mark.parametrize("is_low", [True, False])
def test_bounds_from_above_mirror_those_from_below(*, is_low: bool) -> None:
    sign = 1.0 if is_low else -1.0

    def bound(value: float | None, *, is_rejected: bool, are_all: bool) -> float | None:
        given = None if value is None else sign * value
        return bound_in_accord(given, 0.0, is_rejected=is_rejected, are_all=are_all, is_low=is_low)

    assert bound(0.3, is_rejected=True, are_all=True) == sign * 0.3
    assert bound(-0.3, is_rejected=True, are_all=True) == 0.0
    assert bound(0.3, is_rejected=True, are_all=False) == 0.0
    assert bound(-0.3, is_rejected=False, are_all=False) == sign * -0.3
    assert bound(None, is_rejected=True, are_all=True) == 0.0
    assert bound(None, is_rejected=False, are_all=False) is None
