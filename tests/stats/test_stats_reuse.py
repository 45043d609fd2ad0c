"""Online levels, the Ladder and Thresholdout, against their papers' formulas and simulation."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.holdout import (
    Noise,
    Source,
    ladder,
    parameter_free_ladder,
    thresholdout,
)
from pytest_evalgate.stats.reuse import (
    OnlineLevels,
    addis,
    alpha_investing,
    alpha_spending,
    log_discount,
    lord,
    saffron,
)
from pytest_evalgate.stats.spending import sequence_share


METHODS: list[Callable[[list[float], float], OnlineLevels]] = [
    lord,
    saffron,
    addis,
    alpha_investing,
    alpha_spending,
]
streams = st.lists(st.floats(0.0, 1.0) | st.floats(0.0, 0.001), min_size=1, max_size=40)


def lord_by_formula(p: list[float], alpha: float) -> list[float]:
    levels: list[float] = []
    rejections: list[int] = []
    start = alpha / 10
    for t in range(1, len(p) + 1):
        level = log_discount(t) * start
        for number, when in enumerate(rejections):
            level += (alpha - start if number == 0 else alpha) * log_discount(t - when)
        levels.append(level)
        if p[t - 1] <= level:
            rejections.append(t)
    return levels


def addis_by_formula(p: list[float], alpha: float, lam: float, tau: float) -> list[float]:
    levels: list[float] = []
    rejections: list[int] = []
    start = alpha / 2
    for t in range(1, len(p) + 1):
        past = p[: t - 1]
        seen = 1 + sum(one <= tau for one in past)
        raw = start * sequence_share(seen - sum(one <= lam for one in past))
        for number, when in enumerate(rejections):
            counted = sum(one <= tau for one in p[:when])
            candidates = sum(one <= lam for one in p[when : t - 1])
            earned = alpha - start if number == 0 else alpha
            raw += earned * sequence_share(seen - counted - candidates)
        levels.append(min(lam, (tau - lam) * raw))
        if p[t - 1] <= levels[-1]:
            rejections.append(t)
    return levels


@given(streams)
def test_lord_is_its_formula(p: list[float]) -> None:
    assert lord(p, 0.05).levels == pytest.approx(lord_by_formula(p, 0.05), rel=1e-12)


@given(streams)
def test_addis_and_saffron_are_their_formula(p: list[float]) -> None:
    assert addis(p, 0.05).levels == pytest.approx(addis_by_formula(p, 0.05, 0.25, 0.5), rel=1e-12)
    assert saffron(p, 0.05).levels == pytest.approx(addis_by_formula(p, 0.05, 0.5, 1.0), rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(p=streams, later=streams)
def test_a_level_knows_nothing_of_its_own_or_later_p(
    method: Callable[[list[float], float], OnlineLevels], p: list[float], later: list[float]
) -> None:
    plain, longer = method(p, 0.05), method([*p[:-1], *later], 0.05)
    assert longer.levels[: len(p)] == plain.levels[: len(longer.levels)]


@pytest.mark.parametrize("method", METHODS)
def test_a_p_equal_to_its_level_is_rejected(
    method: Callable[[list[float], float], OnlineLevels],
) -> None:
    first = method([0.5], 0.05).levels[0]
    assert method([first], 0.05).rejected == (True,)
    assert method([math.nextafter(first, 1.0)], 0.05).rejected == (False,)


@pytest.mark.parametrize("discount", [log_discount, sequence_share])
def test_discounts_sum_to_at_most_one(discount: Callable[[int], float]) -> None:
    assert sum(discount(j) for j in range(1, 200_000)) <= 1.0 + 1e-6


def test_spending_keeps_all_false_promotions_within_alpha() -> None:
    rng = np.random.default_rng(1)
    any_promoted = [any(alpha_spending(rng.random(20), 0.05).rejected) for _ in range(3000)]
    assert np.mean(any_promoted) <= 0.05


@pytest.mark.parametrize("p", [[], [-0.1], [1.1], [math.nan]])
def test_numbers_that_are_no_p_are_refused(p: list[float]) -> None:
    for method in METHODS:
        with pytest.raises(UndefinedTestError):
            method(p, 0.05)


def test_wealth_beyond_alpha_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="wealth"):
        lord([0.5], 0.05, wealth=0.06)


def losses(*means: float) -> list[list[float]]:
    return [[1.0] * round(100 * mean) + [0.0] * round(100 * (1 - mean)) for mean in means]


def test_the_ladder_shows_improvements_beyond_its_step_only() -> None:
    rungs = ladder(losses(0.40, 0.35, 0.34, 0.30), 0.05)
    assert [rung.accepted for rung in rungs] == [True, False, True, False]
    assert [rung.released for rung in rungs] == pytest.approx([0.40, 0.40, 0.35, 0.35])


def test_the_free_ladder_asks_for_one_standard_error() -> None:
    rungs = parameter_free_ladder(losses(0.40, 0.39, 0.20))
    error = math.sqrt(np.array([0.0] * 99 + [1.0]).var(ddof=1) / 100)
    assert rungs[1].limit == pytest.approx(0.40 - error)
    assert [rung.accepted for rung in rungs] == [True, False, True]


def test_the_ladder_gives_less_away_than_the_plain_best() -> None:
    rng = np.random.default_rng(2)
    rows = (rng.random((200, 1000)) < 0.5).astype(np.float64)
    plain = min(rung.empirical for rung in ladder(rows, 0.01))
    shown = parameter_free_ladder(rows)[-1].released
    assert plain <= shown <= 0.5


@pytest.mark.parametrize("step", [0.0, -0.1, math.nan, math.inf])
def test_a_ladder_needs_a_step(step: float) -> None:
    with pytest.raises(UndefinedTestError, match="step"):
        ladder([[0.0, 1.0]], step)


def test_thresholdout_answers_from_the_holdout_only_where_training_overfits() -> None:
    noise = Noise(
        first_threshold=0.0, queries=[0.0] * 4, answers=[0.01, 0.0], thresholds=[0.0, 0.0]
    )
    found = thresholdout(
        [0.8, 0.9, 0.9, 0.9], [0.79, 0.8, 0.8, 0.8], noise, threshold=0.05, budget=2
    )
    assert found.sources == (Source.TRAIN, Source.HOLDOUT, Source.HOLDOUT, Source.REFUSED)
    assert found.answers[:3] == pytest.approx((0.8, 0.81, 0.8))
    assert found.answers[3] is None
    assert found.budget == 0


def test_thresholdout_needs_enough_noise() -> None:
    noise = Noise(first_threshold=0.0, queries=[0.0], answers=[], thresholds=[])
    with pytest.raises(UndefinedTestError, match="noise"):
        thresholdout([0.9], [0.5], noise, threshold=0.05, budget=1)
