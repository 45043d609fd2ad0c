"""Dunnett's law against printed tables, adaptive quadrature and scipy's random one."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.dunnett import (
    DUNNETT_CONTROLS,
    dunnett,
    dunnett_from_moments,
    dunnett_step_down,
)
from pytest_evalgate.stats.manyt import ManyT
from pytest_evalgate.stats.moments import Moments


EQUAL = math.sqrt(0.5)
BASELINE = [7.4, 8.5, 7.2, 8.24, 9.84, 8.32]  # Dunnett's blood counts
DRUGS = [[9.76, 8.8, 7.68, 9.36], [12.8, 9.68, 12.16, 9.2, 10.55]]


def adaptive(t: float, loadings: tuple[float, ...], df: float, sides: int) -> float:
    """The same integral by adaptive rules over s and z, from the densities as printed."""
    log_constant = math.log(2.0) + 0.5 * df * math.log(0.5 * df) - math.lgamma(0.5 * df)

    def inside(z: float, s: float) -> float:
        none = 1.0
        for one in loadings:
            w = math.sqrt(1.0 - one * one)
            low = cdf((one * z - t * s) / w) if sides == 2 else 0.0
            none *= cdf((one * z + t * s) / w) - low
        return (1.0 - none) * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)

    def outside(s: float) -> float:
        density = math.exp(log_constant + (df - 1.0) * math.log(s) - 0.5 * df * s * s)
        return density * integrate.quad(inside, -9.0, 9.0, args=(s,), epsabs=1e-12)[0]

    found: float = integrate.quad(outside, 1e-12, 5.0, epsabs=1e-11)[0]
    return found


def cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


# Dunnett (1955, 1964): critical values at .05 for equal sizes, k = 2, 3, 4, 5, 9.
PRINTED = [
    (5, 2, [3.03, 3.29, 3.48, 3.62, 3.97]),
    (10, 2, [2.57, 2.76, 2.89, 2.99, 3.24]),
    (20, 2, [2.38, 2.54, 2.65, 2.73, 2.95]),
    (5, 1, [2.44, 2.68, 2.85, 2.98, 3.30]),
    (10, 1, [2.15, 2.34, 2.47, 2.56, 2.81]),
    (20, 1, [2.03, 2.19, 2.30, 2.39, 2.60]),
]


@pytest.mark.parametrize(("df", "sides", "printed"), PRINTED)
def test_critical_values_are_those_printed(df: int, sides: int, printed: list[float]) -> None:
    laws = [ManyT(loadings=(EQUAL,) * k, df=df) for k in (2, 3, 4, 5, 9)]
    found = [law.critical_two_sided(0.05) if sides == 2 else law.critical(0.05) for law in laws]
    assert found == pytest.approx(printed, abs=0.0051)


@pytest.mark.parametrize(
    ("t", "loadings", "df", "sides"),
    [(2.5, (0.5, 0.8, 0.95), 7, 2), (1.5, (0.6, EQUAL), 3, 1), (4.5, (EQUAL,) * 5, 12, 1)],
)
def test_the_law_agrees_with_adaptive_quadrature(
    t: float, loadings: tuple[float, ...], df: int, sides: int
) -> None:
    law = ManyT(loadings=loadings, df=df)
    found = law.p_any_beyond(t) if sides == 2 else law.p_any_above(t)
    assert found == pytest.approx(adaptive(t, loadings, df, sides), rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("df", [1.0, 2.0, 5.0, 30.0, 1000.0, 1e5])
@pytest.mark.parametrize("loading", [0.05, EQUAL, 0.995])
@pytest.mark.parametrize("t", [-3.0, 0.0, 0.5, 3.0, 12.0, 300.0])
def test_one_candidate_has_students_law_far_into_the_tail(
    df: float, loading: float, t: float
) -> None:
    expected = float(stats.t.sf(t, df))
    if expected > 1e-290:
        law = ManyT(loadings=(loading,), df=df)
        assert law.p_any_above(t) == pytest.approx(expected, rel=1e-9)
        if t > 0.0:
            assert law.p_any_beyond(t) == pytest.approx(2 * expected, rel=1e-9)


def test_known_variance_is_the_normal_law() -> None:
    law = ManyT(loadings=(EQUAL, EQUAL), df=None)
    joint = stats.multivariate_normal(cov=[[1.0, 0.5], [0.5, 1.0]])
    assert law.p_any_above(2.0) == pytest.approx(1.0 - joint.cdf([2.0, 2.0]), abs=1e-7)


@pytest.mark.parametrize("df", [1.0, 3.0, 12.0, 500.0])
@pytest.mark.parametrize("t", [1.0, 3.0, 8.0, 20.0])
def test_p_lies_between_the_largest_and_the_sum_of_single_ones(df: float, t: float) -> None:
    law = ManyT(loadings=(0.3, EQUAL, 0.9, 0.97), df=df)
    one = float(stats.t.sf(t, df))
    assert one * (1 - 1e-9) <= law.p_any_above(t) <= 4 * one * (1 + 1e-9)
    assert 2 * one * (1 - 1e-9) <= law.p_any_beyond(t) <= 8 * one * (1 + 1e-9)


def test_loading_of_zero_leaves_independent_t_with_a_shared_variance() -> None:
    law = ManyT(loadings=(0.0, 0.0), df=None)
    q = float(stats.norm.sf(2.0))
    assert law.p_any_above(2.0) == pytest.approx(1 - (1 - q) ** 2, rel=1e-12)


def test_scipys_p_is_random_and_percents_off_where_ours_is_not() -> None:
    """Randomised quadrature: two runs differ, some by percents, at a p that decides a gate."""
    rng = np.random.default_rng(8)
    arms = [rng.normal(shift, 1.0, 12) for shift in (0.0, 0.3, 1.65)]
    ours = dunnett(arms[0], arms[1:])[1].p_two_sided(0.0)
    law = ManyT(loadings=(EQUAL, EQUAL), df=33)
    theirs = [
        stats.dunnett(*arms[1:], control=arms[0], rng=np.random.default_rng(seed)).pvalue[1]
        for seed in range(12)
    ]
    assert 2e-5 < ours < 2e-3
    assert max(theirs) > min(theirs)
    assert max(abs(p / ours - 1.0) for p in theirs) > 0.005
    assert np.mean(theirs) == pytest.approx(ours, rel=0.1)
    assert ours == law.p_any_beyond(dunnett(arms[0], arms[1:])[1].statistic(0.0))


def test_dunnetts_own_example_agrees_with_multcomp() -> None:
    first, second = dunnett(BASELINE, DRUGS)
    assert [first.p_two_sided(0.0), second.p_two_sided(0.0)] == pytest.approx(
        [0.6201, 0.00583], abs=6e-5
    )
    assert first.df == 12
    assert first.estimate == pytest.approx(8.9 - 8.25)


@given(st.integers(0, 10**6), st.floats(1e-6, 0.5))
@settings(deadline=None, max_examples=40)
def test_test_and_interval_agree(seed: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    arms = [rng.normal(size=int(rng.integers(2, 9))) for _ in range(int(rng.integers(2, 5)))]
    for one in dunnett(arms[0], arms[1:]):
        low, high = one.interval(alpha)
        step = 1e-7 * one.standard_error
        assert one.p_greater(low - step) < alpha < one.p_greater(low + step)
        assert one.p_less(high + step) < alpha < one.p_less(high - step)
        assert one.p_greater(-1.0) <= one.p_greater(0.0)
        both = one.interval_two_sided(alpha)
        assert one.p_two_sided(both[0] - step) < alpha < one.p_two_sided(both[0] + step)


@given(st.integers(0, 10**6), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
@settings(deadline=None, max_examples=40)
def test_shift_scale_order_and_sides(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    arms = [rng.normal(size=5) for _ in range(4)]
    found = dunnett(arms[0], arms[1:])
    moved = dunnett(arms[0] * scale + shift, [arm * scale + shift for arm in arms[:0:-1]])
    mirrored = dunnett(-arms[0], [-arm for arm in arms[1:]])
    for one, other, mirror in zip(found, reversed(moved), mirrored, strict=True):
        assert other.p_greater(0.0) == pytest.approx(one.p_greater(0.0), rel=1e-8)
        assert mirror.p_less(0.0) == pytest.approx(one.p_greater(0.0), rel=1e-10)
        assert other.interval(0.05)[0] == pytest.approx(
            scale * one.interval(0.05)[0], rel=1e-8, abs=1e-8
        )


def test_large_offsets_keep_their_digits() -> None:
    plain = dunnett([0.5, 0.25, 0.75], [[1.0, 1.5, 2.0]])[0]
    offset = dunnett([1e9 + 0.5, 1e9 + 0.25, 1e9 + 0.75], [[1e9 + 1.0, 1e9 + 1.5, 1e9 + 2.0]])[0]
    assert offset.estimate == plain.estimate
    assert offset.p_greater(0.0) == pytest.approx(plain.p_greater(0.0), rel=1e-12)


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_step_down_rejects_what_single_step_does_and_agrees_with_its_levels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    arms = [rng.normal(shift, 1.0, 6) for shift in (0.0, *rng.uniform(0, 2, 4))]
    members = dunnett(arms[0], arms[1:])
    records = dunnett_step_down(members, [0.0] * 4, 0.05)
    for one, record in zip(members, records, strict=True):
        alone = float(stats.t.sf(one.statistic(0.0), one.df or math.inf))
        assert record.pvalue_adjusted <= max(one.p_greater(0.0) * (1 + 1e-9), 0.05)
        assert record.is_rejected(alone) == (record.pvalue_adjusted < 0.05)
        assert record.alpha_judged is not None


def test_step_down_of_one_candidate_is_the_plain_t_test() -> None:
    (one,) = dunnett(BASELINE, DRUGS[1:])
    (record,) = dunnett_step_down([one], [0.0], 0.05)
    assert record.alpha_judged == pytest.approx(0.05, rel=1e-9)
    assert record.pvalue_adjusted == pytest.approx(
        float(stats.ttest_ind(DRUGS[1], BASELINE, alternative="greater").pvalue), rel=1e-9
    )


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return rng.normal(size=shape)


@pytest.mark.parametrize(("n", "k"), [(3, 2), (5, 5), (30, 3)])
def test_the_family_of_true_nulls_errs_in_alpha_of_the_samples(n: int, k: int) -> None:
    rng = np.random.default_rng(n * k)
    replicates = 20_000
    arms = normal(rng, (replicates, k + 1, n))
    pooled = arms.var(axis=2, ddof=1).mean(axis=1)
    means = arms.mean(axis=2)
    t = (means[:, 1:] - means[:, :1]) / np.sqrt(pooled * 2.0 / n)[:, np.newaxis]
    critical = ManyT(loadings=(EQUAL,) * k, df=(k + 1) * (n - 1)).critical(0.05)
    rate = float((t.max(axis=1) > critical).mean())
    assert abs(rate - 0.05) < 3 * math.sqrt(0.05 * 0.95 / replicates)


@pytest.mark.parametrize(
    ("baseline", "candidates", "match"),
    [
        ([1.0, 2.0], [], "at least 1 candidate"),
        ([1.0], [[1.0, 2.0]], "at least 2"),
        ([1.0, 2.0], [[1.0]], "at least 2"),
        ([1.0, 2.0], [[1.0, np.inf]], "finite"),
        ([1.0, 1.0], [[1.0, 2.0]], "zero variance"),
        ([1.0, 2.0], [[3.0, 3.0]], "zero variance"),
    ],
)
def test_arms_that_cannot_be_judged_are_refused(baseline: Any, candidates: Any, match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        dunnett(baseline, candidates)


def test_moments_that_cannot_be_judged_are_refused() -> None:
    for bad in (Moments(1, 0.0, 1.0), Moments(3, math.nan, 1.0), Moments(3, 0.0, math.inf)):
        with pytest.raises(UndefinedTestError):
            dunnett_from_moments(Moments(3, 0.0, 1.0), [bad])
    with pytest.raises(UndefinedTestError, match="zero variance"):
        dunnett_from_moments(Moments(3, 0.0, 0.0), [Moments(3, 1.0, 0.0)])


@pytest.mark.parametrize(
    ("loadings", "df"), [((), 3.0), ((1.0,), 3.0), ((math.nan,), 3.0), ((0.5,), 0.5)]
)
def test_a_law_that_cannot_be_is_refused(loadings: Any, df: float) -> None:
    with pytest.raises(UndefinedTestError):
        ManyT(loadings=loadings, df=df)


def test_dunnett_says_what_it_assumes() -> None:
    assert "equal variance" in DUNNETT_CONTROLS
