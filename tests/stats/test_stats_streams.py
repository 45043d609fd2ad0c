"""Streams, the +1 p-value and the rule for p-values near their level."""

import hashlib
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.streams import (
    draws_needed,
    exceedances_kept,
    monte_carlo_error,
    plus_one,
    settle,
    stream,
)


def test_stream_is_the_same_for_the_same_seed_and_rule() -> None:
    assert stream(7, "accuracy").random(5).tolist() == stream(7, "accuracy").random(5).tolist()


def test_streams_of_other_rules_and_seeds_differ() -> None:
    firsts = {float(stream(seed, rule).random()) for seed in range(4) for rule in ("a", "b", "ab")}
    assert len(firsts) == 12


def test_stream_is_pinned_so_that_verdicts_survive_an_upgrade() -> None:
    raw = stream(1, "accuracy").bit_generator.random_raw(2)
    key = int.from_bytes(hashlib.sha256(b"1\0accuracy").digest()[:16], "little")
    assert raw.tolist() == np.random.Philox(key=key).random_raw(2).tolist()


@given(st.integers(1, 400), st.data())
def test_plus_one_is_never_zero(draws: int, data: st.DataObject) -> None:
    exceedances = data.draw(st.integers(0, draws))
    assert plus_one(exceedances, draws) == float(Fraction(exceedances + 1, draws + 1)) > 0.0


def test_b_over_b_would_reject_too_often_and_plus_one_does_not() -> None:
    """99 draws at 0.005: b / B rejects when b = 0, with probability 1 / 100."""
    assert 0 / 99 < 0.005
    assert plus_one(0, 99) == 0.01


@given(st.floats(1e-4, 0.9), st.integers(1, 20_000))
def test_exceedances_kept_is_the_smallest_that_is_not_rejected(alpha: float, draws: int) -> None:
    count = exceedances_kept(alpha, draws)
    assert (count + 1) / (draws + 1) >= alpha
    assert count == 0 or count / (draws + 1) < alpha


@pytest.mark.parametrize(("level", "draws"), [(0.05, 19), (0.05 / 6, 119), (0.001, 999), (0.5, 1)])
def test_draws_needed(level: float, draws: int) -> None:
    assert draws_needed(level) == draws


def test_clear_p_is_settled_at_the_first_look() -> None:
    asked: list[int] = []

    def draw(draws: int) -> float:
        asked.append(draws)
        return 0.2

    settled = settle(draw, level=0.05)
    assert (asked, settled.is_settled, settled.draws) == ([9_999], True, 9_999)
    assert settled.error == pytest.approx(math.sqrt(0.2 * 0.8 / 9_999))


def test_near_p_is_drawn_again_ten_times_as_often_and_then_left_undecided() -> None:
    asked: list[int] = []

    def draw(draws: int) -> float:
        asked.append(draws)
        return 0.0501

    settled = settle(draw, level=0.05)
    assert (asked, settled.is_settled) == ([9_999, 99_999], False)


def test_second_look_may_settle() -> None:
    assert settle(lambda _: 0.047, level=0.05).draws == 99_999
    assert settle(lambda _: 0.047, level=0.05).is_settled


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: plus_one(-1, 9), id="negative"),
        pytest.param(lambda: plus_one(10, 9), id="more than draws"),
        pytest.param(lambda: plus_one(0, 0), id="no draws"),
        pytest.param(lambda: monte_carlo_error(math.nan, 9), id="nan"),
        pytest.param(lambda: draws_needed(0.0), id="level 0"),
        pytest.param(lambda: settle(lambda _: 0.2, level=1.0), id="level 1"),
    ],
)
def test_undefined_input_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(UndefinedTestError):
        call()
