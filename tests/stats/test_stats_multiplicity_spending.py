"""Looks at a growing sample, and candidates on one holdout."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.spending import (
    SEQUENCE_CONTROLS,
    SPENDING_CONTROLS,
    alpha_spent,
    first_crossing,
    group_sequential,
    sequence_level,
    sequence_share,
)


FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.parametrize(
    ("spending", "printed"),
    [
        ("obf", [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
        ("pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ],
)
def test_boundaries_are_those_printed(spending: str, printed: list[float]) -> None:
    looks = group_sequential(FIVE, 0.025, spending)
    assert [look.boundary for look in looks] == pytest.approx(printed, abs=1.1e-4)


@pytest.mark.parametrize("spending", ["obf", "pocock"])
@pytest.mark.parametrize("times", [[0.5, 1.0], [0.1, 0.9], [0.3, 0.35, 1.0]])
def test_what_crosses_is_what_is_spent_by_the_joint_normal_law(
    spending: str, times: list[float]
) -> None:
    looks = group_sequential(times, 0.05, spending)
    cov = [[math.sqrt(min(s, t) / max(s, t)) for s in times] for t in times]
    boundary = [look.boundary or math.inf for look in looks]
    stay = stats.multivariate_normal.cdf(
        boundary, cov=np.array(cov), abseps=1e-8, releps=1e-8, maxpts=1_000_000
    )
    assert 1.0 - stay == pytest.approx(looks[-1].alpha_spent, abs=1e-6)
    assert looks[-1].alpha_spent == alpha_spent(times[-1], 0.05, spending)


@given(
    st.lists(st.floats(0.02, 1.0), min_size=1, max_size=6, unique_by=lambda t: round(t, 3)),
    st.sampled_from(["obf", "pocock"]),
    st.sampled_from([0.01, 0.05, 0.2]),
)
@settings(deadline=None, max_examples=60)
def test_levels_and_boundaries_say_the_same_and_never_exceed_alpha(
    times: list[float], spending: str, alpha: float
) -> None:
    times = [*[t for t in sorted(times) if t < 0.999], 1.0]
    looks = group_sequential(times, alpha, spending)
    before = 0.0
    for look in looks:
        assert look.alpha_spent >= before
        before = look.alpha_spent
        if look.boundary is not None and look.alpha_judged is not None:
            assert look.alpha_judged == pytest.approx(float(stats.norm.sf(look.boundary)))
            assert 0.0 < look.alpha_judged <= alpha * (1 + 1e-9)
    assert before == alpha


def test_one_look_is_the_plain_test() -> None:
    (look,) = group_sequential([1.0], 0.05, "obf")
    assert look.boundary == pytest.approx(1.6448536269514722, rel=1e-12)
    assert look.alpha_judged == pytest.approx(0.05, rel=1e-12)


def test_simulated_looks_pass_falsely_in_alpha() -> None:
    rng = np.random.default_rng(1)
    replicates = 40_000
    motion = np.cumsum(rng.normal(size=(replicates, 5)) * math.sqrt(0.2), axis=1)
    z = motion / np.sqrt(FIVE)
    slack = 3 * math.sqrt(0.05 * 0.95 / replicates)
    for spending in ("obf", "pocock"):
        boundary = np.array([look.boundary for look in group_sequential(FIVE, 0.05, spending)])
        assert abs((z > boundary).any(axis=1).mean() - 0.05) < slack
    assert (z > 1.6448536).any(axis=1).mean() > 0.12  # five looks, each at alpha


def test_t_tests_judged_by_their_p_stay_near_alpha() -> None:
    rng = np.random.default_rng(2)
    data = rng.normal(size=(20_000, 50))
    looks = group_sequential(FIVE, 0.05, "obf")
    passed = np.zeros(len(data), dtype=bool)
    for look in looks:
        n = round(50 * look.information)
        t = data[:, :n].mean(1) / (data[:, :n].std(1, ddof=1) / math.sqrt(n))
        passed |= stats.t.sf(t, n - 1) < look.alpha_judged
    assert passed.mean() < 0.05 * 1.2


def test_looks_that_come_too_soon_to_spend_cannot_pass() -> None:
    first, second = group_sequential([0.001, 1.0], 0.05, "obf")
    assert (first.boundary, first.alpha_judged, first.alpha_spent) == (None, None, 0.0)
    assert second.boundary == pytest.approx(1.6448536269514722, rel=1e-9)
    assert first_crossing([99.0, 0.0], [first, second]) is None


def test_a_look_after_all_is_spent_cannot_pass() -> None:
    looks = group_sequential([0.5, 1.0, 1.2], 0.05, "obf")
    assert (looks[2].boundary, looks[2].alpha_judged, looks[2].alpha_spent) == (None, None, 0.05)


def test_many_or_close_looks_are_resolved() -> None:
    many = group_sequential([k / 50 for k in range(1, 51)], 0.05, "pocock")
    assert many[-1].alpha_spent == 0.05
    boundaries = [look.boundary or 0.0 for look in many]
    assert 2.0 < min(boundaries) <= max(boundaries) < 3.5
    close = group_sequential([0.5, 0.5001, 1.0], 0.05, "obf")
    apart = group_sequential([0.5, 1.0], 0.05, "obf")
    assert close[2].boundary == pytest.approx(apart[1].boundary, abs=1e-4)


def test_a_sample_that_outgrew_its_plan_keeps_the_boundaries_of_before() -> None:
    planned = group_sequential([0.5, 1.0], 0.05, "obf")
    actual = group_sequential([0.5, 1.2], 0.05, "obf")
    assert actual[0] == planned[0]
    assert actual[1].alpha_spent == 0.05
    assert actual[1].boundary != planned[1].boundary


def test_a_z_on_its_boundary_does_not_cross() -> None:
    looks = group_sequential([0.5, 1.0], 0.05, "pocock")
    boundary = looks[0].boundary or 0.0
    assert first_crossing([boundary], looks) is None
    assert first_crossing([math.nextafter(boundary, 9.0)], looks) == 0
    assert first_crossing([], looks) is None


@pytest.mark.parametrize(
    ("times", "match"),
    [
        ([], "at least one"),
        ([0.5, 0.5], "grows"),
        ([1.0, 0.5], "grows"),
        ([0.0, 1.0], "above 0"),
        ([math.nan], "above 0"),
        ([0.5, 0.50001, 1.0], "grows"),
    ],
)
def test_looks_that_cannot_be_are_refused(times: list[float], match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        group_sequential(times, 0.05, "obf")


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan])
def test_levels_that_cannot_be_are_refused(alpha: float) -> None:
    with pytest.raises(UndefinedTestError, match="level"):
        alpha_spent(0.5, alpha, "obf")
    with pytest.raises(UndefinedTestError, match="level"):
        sequence_level(alpha, 1)


def test_unknown_spending_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UndefinedTestError, match=r"'haybittle'.*pocock"):
        group_sequential([0.5, 1.0], 0.05, "haybittle")


@pytest.mark.parametrize("z", [[1.0, 2.0], [math.nan]])
def test_z_that_do_not_fit_the_looks_are_refused(z: Any) -> None:
    with pytest.raises(UndefinedTestError, match="finite z"):
        first_crossing(z, group_sequential([1.0], 0.05, "obf"))


def test_shares_of_an_endless_sequence_sum_to_one() -> None:
    assert sequence_share(1) == pytest.approx(0.4374901658, rel=1e-9)
    sums = sum(sequence_share(j) for j in range(1, 20_001))
    tail = 0.4374901658 * 20_000.5**-0.6 / 0.6  # the rest, by its integral
    assert sums + tail == pytest.approx(1.0, abs=1e-6)


def test_candidates_on_one_holdout_pass_falsely_in_at_most_alpha() -> None:
    rng = np.random.default_rng(12)
    for rho in (0.0, 0.9):
        z = math.sqrt(rho) * rng.normal(size=(20_000, 1))
        z = z + math.sqrt(1 - rho) * rng.normal(size=(20_000, 20))
        p = stats.norm.sf(z)
        spent = [sequence_level(0.05, j) for j in range(1, 21)]
        assert (p < spent).any(axis=1).mean() < 0.05
        assert (p < sequence_level(0.05, 1, planned=20)).any(axis=1).mean() < 0.0505
        assert (p < 0.05).any(axis=1).mean() > 0.1


def test_a_planned_number_of_candidates_is_the_end() -> None:
    assert sequence_level(0.05, 5, planned=5) == pytest.approx(0.01)
    with pytest.raises(UndefinedTestError, match="test 6 of 5"):
        sequence_level(0.05, 6, planned=5)
    with pytest.raises(UndefinedTestError, match="whole number"):
        sequence_level(0.05, 0)


def test_spending_says_what_must_be_fixed() -> None:
    assert "fixed beforehand" in SPENDING_CONTROLS
    assert "at most alpha" in SEQUENCE_CONTROLS
