"""Planning for equivalence and for sign flips: the power promised is the power simulated."""

import math

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.stats import planning, power
from pytest_evalgate.stats.pairs import PairedProportions
from pytest_evalgate.stats.proportions import TwoProportions
from pytest_evalgate.stats.resampling import sign_flip


def welch_bounds(
    distance: float, sds: tuple[float, float], n: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Simulated 5 % bounds of Welch's test, low and high, shape (20 000,)."""
    rng = np.random.default_rng(7)
    x = rng.normal(distance, sds[0], (20_000, n[0]))
    y = rng.normal(0.0, sds[1], (20_000, n[1]))
    a, b = x.var(axis=1, ddof=1) / n[0], y.var(axis=1, ddof=1) / n[1]
    df = (a + b) ** 2 / (a**2 / (n[0] - 1) + b**2 / (n[1] - 1))
    width = stats.t.isf(0.05, df) * np.sqrt(a + b)
    mean = x.mean(axis=1) - y.mean(axis=1)
    return mean - width, mean + width


@pytest.mark.parametrize("margin", [0.3, 0.5, 0.8, 1.0])
def test_pairs_stated_for_equivalence_have_the_power(margin: float) -> None:
    n = planning.t_needed_equivalence(margin, 1.0, 0.05, 0.8)
    assert n is not None
    draws = np.random.default_rng(n).normal(0.0, 1.0, (20_000, n))
    width = stats.t.isf(0.05, n - 1) * draws.std(axis=1, ddof=1) / math.sqrt(n)
    is_shown = np.abs(draws.mean(axis=1)) + width < margin
    assert 0.77 <= is_shown.mean() <= 0.86


def test_equivalence_needs_more_units_than_one_side() -> None:
    one, both = power.t_needed(0.5, 1.0, 0.05, 0.8), power.t_needed(0.5, 1.0, 0.05, 0.9)
    assert one is not None
    assert planning.t_needed_equivalence(0.5, 1.0, 0.05, 0.8) == both
    assert both is not None
    assert both > one


@pytest.mark.parametrize(
    ("distance", "sds", "ratio"),
    [
        (0.5, (1.0, 1.0), 1.0),
        (1.0, (1.0, 3.0), 1.0),
        (1.0, (3.0, 1.0), 1.0),
        (0.7, (1.0, 2.0), 3.0),
        (0.9, (2.0, 1.0), 0.25),
        (0.8, (1.0, 1.0), 10.0),
    ],
)
def test_arms_stated_have_the_power_with_unequal_spread_and_size(
    distance: float, sds: tuple[float, float], ratio: float
) -> None:
    n = power.t_needed_two(distance, *sds, 0.05, 0.8, ratio=ratio)
    assert n is not None
    low, _ = welch_bounds(distance, sds, (n, math.ceil(ratio * n)))
    assert 0.77 <= (low > 0.0).mean() <= 0.86
    n = planning.t_needed_two_equivalence(distance, *sds, 0.05, 0.8, ratio=ratio)
    assert n is not None
    low, high = welch_bounds(0.0, sds, (n, math.ceil(ratio * n)))
    assert 0.77 <= ((low > -distance) & (high < distance)).mean() <= 0.86


@pytest.mark.parametrize(("psi", "margin"), [(0.2, 0.1), (0.05, 0.03)])
def test_pairs_stated_for_equal_rates_have_the_power(psi: float, margin: float) -> None:
    n = planning.paired_binary_needed_equivalence(psi, margin, 0.05, 0.8)
    assert n is not None
    draws = np.random.default_rng(n).multinomial(n, [psi / 2, psi / 2, 1 - psi], size=2000)
    shown = [
        one.p_greater(-margin) < 0.05 and one.p_less(margin) < 0.05
        for one in (PairedProportions(b=int(b), c=int(c), n=n) for b, c, _ in draws)
    ]
    assert 0.76 <= np.mean(shown) <= 0.88


def test_arms_stated_for_equal_rates_have_the_power() -> None:
    n = planning.two_proportions_needed_equivalence(0.8, 0.1, 0.05, 0.8)
    assert n is not None
    draws = np.random.default_rng(n).binomial(n, 0.8, (2000, 2))
    shown = [
        one.p_greater(-0.1) < 0.05 and one.p_less(0.1) < 0.05
        for one in (
            TwoProportions(x1=int(a), n1=n, x2=int(b), n2=n, exact_greater=None, exact_less=None)
            for a, b in draws
        )
    ]
    assert 0.77 <= np.mean(shown) <= 0.86


def test_a_crossed_design_is_planned_with_half_the_risk_a_side() -> None:
    sizes = (0.01, 0.05, 0.2, 3, 500)
    assert planning.crossed_needed_equivalence(0.05, *sizes, 0.05, 0.8) == (
        power.crossed_needed(0.05, *sizes, 0.05, 0.9)
    )


@pytest.mark.parametrize(
    ("distance", "alpha"), [(0.8, 0.05), (1.1, 0.05), (1.8, 0.05), (0.8, 0.025), (1.0, 0.01)]
)
def test_pairs_stated_for_sign_flips_have_the_power(distance: float, alpha: float) -> None:
    n = planning.sign_flip_needed(distance, 1.0, alpha, 0.8)
    assert n is not None
    draws = np.random.default_rng(n).normal(distance, 1.0, (1500, n))
    shown = np.mean([sign_flip(row).p_greater(0.0) < alpha for row in draws])
    assert 0.75 <= shown <= 0.90


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
def test_sign_flips_are_never_promised_fewer_pairs_than_can_pass(alpha: float) -> None:
    n = planning.sign_flip_needed(100.0, 1.0, alpha, 0.8)
    assert n == power.sign_flip_min_n(alpha)


def test_many_pairs_for_sign_flips_are_those_of_t() -> None:
    assert planning.sign_flip_needed(0.1, 1.0, 0.05, 0.8) == power.t_needed(0.1, 1.0, 0.05, 0.8)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_a_plan_without_an_answer_is_none(bad: float) -> None:
    assert planning.t_needed_equivalence(bad, 1.0, 0.05, 0.8) is None
    assert planning.t_needed_two_equivalence(bad, 1.0, 1.0, 0.05, 0.8) is None
    assert power.t_needed_two(0.5, 1.0, 1.0, 0.05, 0.8, ratio=bad) is None
    assert planning.paired_binary_needed_equivalence(0.2, bad, 0.05, 0.8) is None
    assert planning.two_proportions_needed_equivalence(0.9, bad, 0.05, 0.8) is None
    assert planning.sign_flip_needed(bad, 1.0, 0.05, 0.8) is None
    assert planning.sign_flip_needed(0.5, 1.0, bad, 0.8) is None
