"""Paired differences with the variance at the limit: Tango's test, and what it protects from."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.confusion import f1_pseudo_values
from pytest_evalgate.stats.pairs import paired_proportions
from pytest_evalgate.stats.tilted import Tilted, tilted_paired


Floats = NDArray[np.float64]


def ternary(better: int, worse: int, n: int) -> Tilted:
    values = np.repeat([1.0, 0.0, -1.0], [better, n - better - worse, worse])
    return tilted_paired(np.maximum(values, 0), np.maximum(-values, 0))


@given(
    better=st.integers(0, 20),
    worse=st.integers(0, 20),
    same=st.integers(1, 60),
    limit=st.floats(-0.9, 0.9),
)
def test_score_of_ternary_differences_is_tangos(
    better: int, worse: int, same: int, limit: float
) -> None:
    if not better + worse:
        return
    n = better + worse + same
    found = ternary(better, worse, n).score(limit)
    expected = paired_proportions(better, worse, n).statistic(limit)
    assert expected is not None
    assert math.isclose(found, expected, rel_tol=1e-8, abs_tol=1e-8)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Two arms of which few units, or all, differ."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(3, 60))
    b = rng.random(n)
    share = draw(st.sampled_from([0.1, 0.5, 1.0]))
    a = b + (rng.random(n) < share) * rng.standard_normal(n) * draw(st.sampled_from([0.01, 1.0]))
    a[:2] = b[:2] + np.array([0.3, -0.1])
    return a, b


@settings(max_examples=300, deadline=None)
@given(arms=pairs(), limit=st.floats(-1, 1), alpha=st.floats(0.001, 0.4))
def test_test_and_interval_agree(arms: tuple[Floats, Floats], limit: float, alpha: float) -> None:
    found = tilted_paired(*arms)
    low, high = found.interval(alpha)
    assert low < found.estimate < high
    if abs(found.p_greater(limit) - alpha) > 1e-8 * alpha:
        assert (found.p_greater(limit) < alpha) == (low > limit)
    if abs(found.p_less(limit) - alpha) > 1e-8 * alpha:
        assert (found.p_less(limit) < alpha) == (high < limit)


@given(arms=pairs(), limit=st.floats(-1, 1), step=st.floats(1e-6, 1))
def test_a_stricter_limit_never_has_a_smaller_p(
    arms: tuple[Floats, Floats], limit: float, step: float
) -> None:
    found = tilted_paired(*arms)
    assert found.p_greater(limit) <= found.p_greater(limit + step) * (1 + 1e-9)
    assert found.p_less(limit + step) <= found.p_less(limit) * (1 + 1e-9)


@given(arms=pairs(), limit=st.floats(-1, 1), scale=st.sampled_from([1e-100, 2.0**-30, 1e100]))
def test_exchange_and_scale(arms: tuple[Floats, Floats], limit: float, scale: float) -> None:
    a, b = arms
    found = tilted_paired(a, b)
    p = found.p_greater(limit)
    assert math.isclose(p, tilted_paired(b, a).p_less(-limit), rel_tol=1e-6, abs_tol=1e-200)
    scaled = tilted_paired(a * scale, b * scale)
    assert math.isclose(p, scaled.p_greater(limit * scale), rel_tol=1e-6, abs_tol=1e-200)


@given(arms=pairs(), limit=st.floats(-1, 1))
def test_it_never_claims_more_than_t(arms: tuple[Floats, Floats], limit: float) -> None:
    found = tilted_paired(*arms)
    assert abs(found.statistic(limit)) <= abs(found.plain.statistic(limit))
    if limit < found.estimate:
        assert found.p_greater(limit) >= found.plain.p_greater(limit)


@given(arms=pairs(), share=st.floats(0.05, 0.95))
def test_the_tilt_has_the_limit_as_mean(arms: tuple[Floats, Floats], share: float) -> None:
    """Solve for the weights by another method and compare the variance."""
    d = arms[0] - arms[1]
    found = tilted_paired(*arms)
    limit = found.estimate - share * (found.estimate + np.abs(d).max())
    x = np.append(d, -np.abs(d).max()) - limit  # the support, with the unseen worst difference
    counts = np.append(np.ones(d.size), 1e-9)
    top = -1 / x.min() * (1 - 1e-14)
    tilt = brentq(lambda t: float(counts @ (x / (1 + t * x))), 0.0, top, xtol=1e-15)
    p = counts / d.size / (1 + tilt * x)
    variance = float(p @ np.square(x))
    expected = (found.estimate - limit) / math.sqrt(variance / d.size)
    assert math.isclose(found.score(limit), expected, rel_tol=1e-3)


@given(arms=pairs(), limit=st.floats(-1, 1), reach=st.floats(0, 9))
def test_a_wider_reach_never_claims_more(
    arms: tuple[Floats, Floats], limit: float, reach: float
) -> None:
    plain, wide = tilted_paired(*arms), tilted_paired(*arms, reach=reach)
    assert abs(wide.statistic(limit)) <= abs(plain.statistic(limit)) * (1 + 1e-9)


def test_reach_stands_for_the_losses_that_were_not_seen() -> None:
    small = np.repeat([0.1, -0.1, 0.0], [4, 4, 92])
    seen = tilted_paired(small, np.zeros(100))
    known = tilted_paired(small, np.zeros(100), reach=1.0)
    assert seen.p_greater(-0.02) < 1e-4
    # The worst that could be: losses of 1 in 2 % of pairs, none in 100 of them.
    assert known.p_greater(-0.02) == pytest.approx(0.98**100, abs=0.06)


def test_pairs_that_do_not_differ_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match="zero variance"):
        tilted_paired([0.0, 1.0, 1.0], [0.0, 1.0, 1.0])


def test_a_limit_must_be_finite() -> None:
    with pytest.raises(UndefinedTestError, match="finite"):
        ternary(1, 2, 9).p_greater(math.inf)


def promotions(replicates: int, n: int, prevalence: float) -> tuple[float, float]:
    """False promotion of F1 at margin .05 by plain t and by tilting, where few units differ.

    Precision .9 and recall .9 in the baseline; the candidate misses more, and agrees else.
    """
    fpr = 0.9 * prevalence * (0.1 / 0.9) / (1 - prevalence)
    recall = 0.85 * (prevalence + (1 - prevalence) * fpr) / (2 * prevalence - 0.85 * prevalence)
    rng = np.random.default_rng(17)
    promoted = np.zeros(2)
    for _ in range(replicates):
        y = (rng.random(n) < prevalence).astype(int)
        shared = rng.random(n)
        own = np.where(rng.random(n) < 0.9, shared, rng.random(n))
        arms = [
            np.where(y == 1, u < hit, u < fpr).astype(int)
            for u, hit in ((own, recall), (shared, 0.9))
        ]
        try:
            found = tilted_paired(*(f1_pseudo_values(y, arm) for arm in arms))
        except UndefinedTestError:
            continue
        promoted += [found.plain.p_greater(-0.05) < 0.05, found.p_greater(-0.05) < 0.05]
    rates = promoted / replicates
    return float(rates[0]), float(rates[1])


def test_tilting_holds_the_level_of_a_margin_of_f1_where_t_does_not() -> None:
    t, tilted = promotions(1500, 300, 0.1)
    assert t > 0.075
    assert tilted < 0.06


@pytest.mark.slow
@pytest.mark.parametrize("prevalence", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("n", [50, 100, 300, 1000])
def test_level_of_a_margin_of_f1(n: int, prevalence: float) -> None:
    _, tilted = promotions(5000, n, prevalence)
    assert tilted < 0.06
