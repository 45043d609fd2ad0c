"""Where the spread comes from, and Miller's planning: against formulas, mpmath and simulation."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossed import crossed_mean
from pytest_evalgate.stats.spread_shares import (
    QuestionSpread,
    crossed_shares,
    epoch_shares,
    questions_mde,
    questions_needed,
)


# mpmath 1.4.1, 40 digits: the case miller_p (two-sided alpha 0.05, power 0.8).
SPREAD = QuestionSpread(between=0.125, within_candidate=0.25, within_baseline=0.25)


def test_plans_equal_mpmath() -> None:
    assert questions_needed(0.03125, SPREAD, alpha=0.025, power=0.8) == pytest.approx(
        5023.283029983418, rel=1e-12
    )
    assert questions_mde(1000, SPREAD, alpha=0.025, power=0.8) == pytest.approx(
        0.07003963045282421, rel=1e-12
    )


@given(st.floats(1e-3, 10), st.floats(0.01, 0.4), st.floats(0.5, 0.99))
def test_needed_and_detectable_are_inverses(delta: float, alpha: float, power: float) -> None:
    n = questions_needed(delta, SPREAD, alpha=alpha, power=power)

    assert questions_mde(n, SPREAD, alpha=alpha, power=power) == pytest.approx(delta, rel=1e-9)


def test_more_epochs_stop_helping_at_the_spread_between_questions() -> None:
    many = QuestionSpread(
        between=0.125,
        within_candidate=0.25,
        within_baseline=0.25,
        epochs_candidate=1e9,
        epochs_baseline=1e9,
    )

    assert many.variance == pytest.approx(0.125, rel=1e-6)
    assert SPREAD.variance == 0.625


def test_shares_of_a_crossed_design_sum_to_its_squared_error() -> None:
    rng = np.random.default_rng(1)
    cells = rng.normal(size=(4, 30)) + rng.normal(size=(4, 1)) + rng.normal(size=(1, 30))
    crossed = crossed_mean(cells)

    shares = crossed_shares(
        crossed.var_run, crossed.var_unit, crossed.var_residual, runs=4, units=30
    )

    assert shares.run + shares.unit + shares.residual == pytest.approx(1.0)
    assert shares.standard_error == pytest.approx(crossed.standard_error, rel=1e-9)


def test_the_gain_is_that_of_twice_as_many() -> None:
    now = crossed_shares(0.3, 2.0, 5.0, runs=4, units=30)

    runs = crossed_shares(0.3, 2.0, 5.0, runs=8, units=30).standard_error
    units = crossed_shares(0.3, 2.0, 5.0, runs=4, units=60).standard_error

    assert now.gain_runs == pytest.approx(runs / now.standard_error)
    assert now.gain_units == pytest.approx(units / now.standard_error)


def test_seeds_are_what_to_buy_where_seeds_differ() -> None:
    shares = crossed_shares(1.0, 0.1, 0.1, runs=3, units=500)

    assert shares.run > 0.99
    assert shares.gain_runs == pytest.approx(math.sqrt(0.5), rel=0.01)
    assert shares.gain_units == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_extreme_variances_keep_their_shares(scale: float) -> None:
    plain = crossed_shares(0.3, 2.0, 5.0, runs=4, units=30)

    scaled = crossed_shares(0.3 * scale, 2.0 * scale, 5.0 * scale, runs=4, units=30)

    assert scaled.run == pytest.approx(plain.run)
    assert scaled.standard_error == pytest.approx(plain.standard_error * math.sqrt(scale))


def test_epochs_follow_the_analysis_of_variance() -> None:
    scores = np.random.default_rng(2).normal(size=(20, 4)) + np.arange(20.0)[:, np.newaxis]
    within = float(scores.var(axis=1, ddof=1).mean())

    shares = epoch_shares(scores)

    assert shares.var_within == pytest.approx(within)
    assert shares.var_between == pytest.approx(float(scores.mean(axis=1).var(ddof=1)) - within / 4)
    assert shares.standard_error == pytest.approx(
        float(scores.mean(axis=1).std(ddof=1)) / math.sqrt(20)
    )
    assert shares.icc == pytest.approx(shares.var_between / (shares.var_between + within))


def test_copied_epochs_are_one_observation() -> None:
    answers = np.random.default_rng(3).normal(size=(15, 1))

    once, copied = epoch_shares(answers), epoch_shares(np.repeat(answers, 6, axis=1))

    assert copied.standard_error == pytest.approx(once.standard_error)
    assert copied.share_within == pytest.approx(0.0, abs=1e-12)


def test_noise_alone_has_no_spread_between_questions() -> None:
    shares = epoch_shares([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])

    assert (shares.var_between, shares.icc) == (0.0, 0.0)


def test_epoch_shares_do_not_move_with_a_large_offset() -> None:
    scores = np.random.default_rng(4).integers(0, 64, size=(9, 3)) / 8.0

    assert epoch_shares(scores + 1e12).var_within == pytest.approx(
        epoch_shares(scores).var_within, rel=1e-9
    )


def test_planned_questions_have_the_power_asked_for() -> None:
    n = math.ceil(questions_needed(0.2, SPREAD, alpha=0.05, power=0.8))
    rng = np.random.default_rng(5)
    means = 0.2 + math.sqrt(SPREAD.variance) * rng.normal(size=(4000, n))
    statistic = means.mean(axis=1) / (means.std(axis=1, ddof=1) / math.sqrt(n))

    assert float((statistic > 1.6449).mean()) == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: crossed_shares(0.0, 0.0, 0.0, runs=2, units=2),
        lambda: crossed_shares(-1.0, 1.0, 1.0, runs=2, units=2),
        lambda: crossed_shares(math.nan, 1.0, 1.0, runs=2, units=2),
        lambda: crossed_shares(1.0, 1.0, 1.0, runs=0, units=2),
        lambda: epoch_shares([[1.0, 2.0]]),
        lambda: epoch_shares([[1.0, math.nan], [1.0, 2.0]]),
        lambda: epoch_shares([[], []]),
        lambda: QuestionSpread(between=-1.0, within_candidate=0.0, within_baseline=0.0),
        lambda: QuestionSpread(
            between=1.0, within_candidate=0.0, within_baseline=0.0, epochs_baseline=0.0
        ),
        lambda: questions_needed(0.0, SPREAD, alpha=0.05, power=0.8),
        lambda: questions_needed(math.nan, SPREAD, alpha=0.05, power=0.8),
        lambda: questions_needed(1.0, SPREAD, alpha=0.0, power=0.8),
        lambda: questions_mde(0, SPREAD, alpha=0.05, power=0.8),
        lambda: questions_mde(10, SPREAD, alpha=0.05, power=1.0),
    ],
)
def test_questions_without_an_answer_are_refused(ask: Callable[[], Any]) -> None:
    with pytest.raises(UndefinedTestError):
        ask()
