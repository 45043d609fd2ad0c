"""Tests valid at any time, against plain arithmetic and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.sequential import (
    MixtureNormal,
    always_valid,
    betting_interval,
    empirical_bernstein_interval,
    hedged_capital,
    log_capital,
    log_mixture,
    log_mixture_greater,
    mixture_interval,
    plan_bets,
)


def values(seed: int, n: int, rate: float = 0.8) -> NDArray[np.float64]:
    return (np.random.default_rng(seed).random(n) < rate).astype(np.float64)


def test_a_bet_knows_nothing_of_its_own_value() -> None:
    x = values(1, 40)
    other = x.copy()
    other[20:] = 1.0 - other[20:]
    first, second = plan_bets(x, 3.0), plan_bets(other, 3.0)
    assert (first.bets[:21] == second.bets[:21]).all()
    assert (first.means_before[:21] == second.means_before[:21]).all()


def test_capital_is_the_product_of_its_bets() -> None:
    x = values(2, 25)
    plan = plan_bets(x, math.log(20.0))
    expected = 1.0
    for one, bet in zip(x, plan.bets, strict=True):
        expected *= 1.0 + min(bet, 0.5 / 0.6) * (one - 0.6)
    assert math.exp(log_capital(plan, 0.6)[-1]) == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 1000), st.floats(0.005, 0.3), st.floats(0.01, 0.99))
@settings(deadline=None)
def test_a_mean_is_kept_exactly_while_its_capital_is_small(
    seed: int, alpha: float, mean: float
) -> None:
    plan = plan_bets(values(seed, 60), math.log(2.0 / alpha))
    low, high = betting_interval(plan, alpha)
    capital = hedged_capital(plan, mean)
    if abs(capital * alpha - 1.0) > 1e-9:
        assert (capital < 1.0 / alpha) == (low <= mean <= high)


@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_looking_after_every_value_stays_within_the_level(rate: float) -> None:
    crossed = 0
    for seed in range(1500):
        path = log_capital(plan_bets(values(seed, 200, rate), math.log(20.0)), rate)
        crossed += bool(path.max() >= math.log(20.0))
    assert crossed / 1500 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1500)


def test_the_mixture_stays_within_the_level_however_often_one_looks() -> None:
    crossed = 0
    for seed in range(1500):
        s = np.cumsum(values(seed, 300, 0.7))
        path = log_mixture_greater(s, np.arange(1, 301) - s, 0.7)
        crossed += bool(path.max() >= math.log(20.0))
    assert crossed / 1500 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1500)


def test_the_mixtures_are_their_integrals() -> None:
    def ratio(q: float) -> float:
        return (q / 0.6) ** 17 * ((1 - q) / 0.4) ** 4

    law = stats.beta(2, 3)
    whole, _ = integrate.quad(lambda q: ratio(q) * law.pdf(q), 0.0, 1.0)
    above, _ = integrate.quad(lambda q: ratio(q) * law.pdf(q), 0.6, 1.0)
    assert math.exp(log_mixture(17, 4, 0.6, prior=(2, 3))) == pytest.approx(whole, rel=1e-8)
    assert math.exp(log_mixture_greater(17, 4, 0.6, prior=(2, 3))) == pytest.approx(
        above / law.sf(0.6), rel=1e-8
    )


@pytest.mark.parametrize(("successes", "failures"), [(0, 30), (30, 0), (20, 10), (900, 100)])
def test_the_mixture_s_bounds_have_an_e_value_of_one_over_alpha(
    successes: int, failures: int
) -> None:
    low, high = mixture_interval(successes, failures, 0.05)
    for bound in (low, high):
        if 0.0 < bound < 1.0:
            evidence = math.exp(log_mixture(successes, failures, bound))
            assert evidence == pytest.approx(20.0, rel=1e-6)
    assert (low == 0.0) == (successes == 0)
    assert (high == 1.0) == (failures == 0)


def test_empirical_bernstein_bounds_hold_the_mean_and_are_wider_than_betting() -> None:
    plan = plan_bets(values(3, 400), math.log(40.0))
    wide, narrow = empirical_bernstein_interval(plan, 0.05), betting_interval(plan, 0.05)
    assert wide[1] - wide[0] > narrow[1] - narrow[0]
    for low, high in (wide, narrow):
        assert low < 0.8 < high


def test_the_normal_mixture_is_its_integral() -> None:
    x = np.random.default_rng(4).normal(0.5, 1.0, 15)
    test = MixtureNormal(sigma=1.0, tau=0.5)

    def ratio(mean: float) -> float:
        return math.exp(mean * x.sum() - x.size * mean**2 / 2) * stats.norm.pdf(mean, 0.0, 0.5)

    expected, _ = integrate.quad(ratio, -6.0, 6.0)
    assert math.exp(test.log_ratio(x)[-1]) == pytest.approx(expected, rel=1e-8)
    low, _ = test.interval(x, 0.05)
    edge = MixtureNormal(sigma=1.0, tau=0.5, null=low)
    assert math.exp(edge.log_ratio(x)[-1]) == pytest.approx(20.0, rel=1e-9)


@given(st.lists(st.floats(-800.0, 800.0), min_size=1, max_size=30))
def test_always_valid_p_never_rises_and_never_exceeds_one(evidence: list[float]) -> None:
    p = always_valid(np.array(evidence))
    assert (np.diff(p) <= 0.0).all()
    assert p[0] <= 1.0
    assert p[-1] == pytest.approx(math.exp(-max(0.0, *evidence)), rel=1e-12, abs=0.0)


@pytest.mark.parametrize("x", [[], [1.2], [-0.1], [math.nan]])
def test_values_that_cannot_be_bet_on_are_refused(x: list[float]) -> None:
    with pytest.raises(UndefinedTestError):
        plan_bets(x, 3.0)
