"""Planning at its ends: certain outcomes, questions without an answer, sizes beyond counting."""

import math

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.stats.counts_power import paired_binary_power, two_proportions_power
from pytest_evalgate.stats.planning import sign_flip_needed
from pytest_evalgate.stats.power import (
    binomial_power,
    paired_binary_needed,
    t_mde,
    t_needed_two,
    two_proportions_needed,
)
from pytest_evalgate.stats.rates_power import rate_needed, rate_power, ratio_needed, ratio_power
from pytest_evalgate.stats.superiority import superiority_needed
from pytest_evalgate.stats.task_planning import fixed_tasks_needed


@pytest.mark.parametrize(("effect", "power"), [(1.0, 1.0), (-1.0, 0.0)])
def test_pairs_that_all_fall_on_one_side_are_shown_always_or_never(
    effect: float, power: float
) -> None:
    assert paired_binary_power(1.0, effect, 0.0, 400, 0.05) == power


@pytest.mark.parametrize(("p1", "power"), [(1.0, 1.0), (0.0, 0.0)])
def test_rates_of_0_and_1_are_shown_always_or_never(p1: float, power: float) -> None:
    assert two_proportions_power(p1, 1.0 - p1, 0.0, (400, 400), 0.05) == power


@pytest.mark.parametrize(
    ("p1", "p2", "limit", "sizes", "alpha"),
    [
        (1.1, 0.5, 0.0, (10, 10), 0.05),
        (0.5, -0.1, 0.0, (10, 10), 0.05),
        (0.5, 0.5, 1.0, (10, 10), 0.05),
        (0.5, 0.5, 0.0, (0, 10), 0.05),
        (0.5, 0.5, 0.0, (10, 10), 1.0),
        (math.nan, 0.5, 0.0, (10, 10), 0.05),
    ],
)
def test_two_arms_that_cannot_be_have_no_power(
    p1: float, p2: float, limit: float, sizes: tuple[float, float], alpha: float
) -> None:
    assert two_proportions_power(p1, p2, limit, sizes, alpha) is None


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, math.nan])
def test_no_size_answers_a_level_or_a_power_that_is_none(level: float) -> None:
    for alpha, power in ((level, 0.8), (0.05, level)):
        assert t_needed_two(1.0, 1.0, 1.0, alpha, power) is None
        assert paired_binary_needed(0.3, 0.1, 0.0, alpha, power) is None
        assert two_proportions_needed(0.6, 0.4, 0.0, alpha, power) is None


def test_no_size_answers_rates_that_cannot_be() -> None:
    assert paired_binary_needed(0.1, 0.2, 0.0, 0.05, 0.8) is None
    assert two_proportions_needed(1.2, 0.4, 0.0, 0.05, 0.8) is None


def test_a_power_below_the_level_is_had_at_no_distance() -> None:
    # At the limit itself the power is the level.
    assert t_mde(1.0, 10.0, 0.05, 0.04) == pytest.approx(0.0, abs=1e-25)


def test_a_level_that_few_degrees_of_freedom_never_reach_has_no_distance() -> None:
    # The critical t of 1 degree of freedom at 1e-15 is about 3e14.
    assert t_mde(1.0, 1.0, 1e-15, 0.9) is None


def test_the_exact_binomial_power_holds_where_the_normal_guess_is_too_high() -> None:
    n, p0, true, alpha = 317, 0.8684448332578513, 0.93, 1e-6
    critical = next(k for k in range(n + 2) if stats.binom.sf(k - 1, n, p0) < alpha)
    known = stats.binom.sf(critical - 1, n, true)
    assert binomial_power(n, true, p0, alpha, greater=True) == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize(("distance", "alpha", "power"), [(1.2, 0.05, 0.8), (1.9, 0.025, 0.95)])
def test_sign_flips_need_more_pairs_than_t_where_their_level_is_coarse(
    distance: float, alpha: float, power: float
) -> None:
    def reached(n: int) -> float:
        level = (math.ceil(alpha * 2**n) - 1) / 2**n
        critical = stats.t.isf(level, n - 1)
        return float(stats.nct.sf(critical, n - 1, distance * math.sqrt(n)))

    n = sign_flip_needed(distance, 1.0, alpha, power)
    assert n is not None
    assert reached(n) >= power > reached(n - 1)


def test_no_event_at_all_is_enough_from_the_exposure_at_which_that_is_rare() -> None:
    # exp(-0.8 exposure) < 0.05 from log(20) / 0.8 on, whatever the power asked for.
    for power in (0.5, 0.8):
        assert rate_needed(0.0, 0.8, 0.05, power) == pytest.approx(math.log(20) / 0.8, rel=1e-3)


@pytest.mark.parametrize(
    ("rate", "limit", "exposure", "alpha"),
    [
        (1.0, 1.0, 10.0, 0.05),
        (-1.0, 1.0, 10.0, 0.05),
        (1.0, 2.0, 0.0, 0.05),
        (1.0, 2.0, math.inf, 0.05),
        (1.0, 2.0, 10.0, 0.0),
        (1.0, 2.0, 1e300, 0.05),
    ],
)
def test_a_rate_that_cannot_be_judged_has_no_power(
    rate: float, limit: float, exposure: float, alpha: float
) -> None:
    assert rate_power(rate, limit, exposure, alpha) is None


@pytest.mark.parametrize(
    ("rate1", "rate2", "limit", "exposures", "alpha"),
    [
        (1.0, 0.0, 1.0, (10.0, 10.0), 0.05),
        (-1.0, 1.0, 1.0, (10.0, 10.0), 0.05),
        (2.0, 1.0, 2.0, (10.0, 10.0), 0.05),
        (2.0, 1.0, 1.0, (1e300, 10.0), 0.05),
        (2.0, 1.0, 1.0, (10.0, 10.0), 1.0),
    ],
)
def test_a_ratio_of_rates_that_cannot_be_judged_has_no_power(
    rate1: float, rate2: float, limit: float, exposures: tuple[float, float], alpha: float
) -> None:
    assert ratio_power(rate1, rate2, limit, exposures, alpha) is None


def test_rates_too_near_to_their_limit_are_shown_by_no_exposure_that_can_be_counted() -> None:
    assert rate_needed(1.0, 1.0 + 1e-7, 0.05, 0.8) is None
    assert ratio_needed(1.0 + 1e-7, 1.0, 1.0, 0.05, 0.8) is None


def test_a_chance_too_near_to_one_half_is_shown_by_no_number_of_units() -> None:
    assert superiority_needed(0.5 + 1e-9, 0.5, 0.05, 0.8) is None


def test_tasks_too_near_to_their_limit_are_shown_by_no_number_of_runs() -> None:
    assert fixed_tasks_needed(1e-12, [1.0, 1.0], 2, 0.05, 0.8) is None
    found = fixed_tasks_needed(1.0, [1.0, 1.0], 2, 0.05, 0.8)
    assert found is not None
    error = float(np.sqrt(2.0 / found) / 2.0)
    df = 2 * (found - 1)
    assert stats.nct.sf(stats.t.isf(0.05, df), df, 1.0 / error) >= 0.8
