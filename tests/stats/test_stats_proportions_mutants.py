"""Success rates at the ends: impossible limits, extreme counts, and where the exact test ends."""

import math
from typing import Any

import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.proportions import (
    binomial_p_greater,
    binomial_p_less,
    one_proportion,
    two_proportions,
)


@pytest.mark.parametrize("successes", range(-2, 8))
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_tails_of_any_count_are_those_of_the_binomial_law(successes: int, rate: float) -> None:
    at_least = math.fsum(stats.binom.pmf(k, 5, rate) for k in range(max(successes, 0), 6))
    at_most = math.fsum(stats.binom.pmf(k, 5, rate) for k in range(min(successes, 5) + 1))
    assert binomial_p_greater(successes, 5, rate) == pytest.approx(at_least, rel=1e-12)
    assert binomial_p_less(successes, 5, rate) == pytest.approx(at_most, rel=1e-12)


@pytest.mark.parametrize("successes", range(4))
def test_a_limit_of_none_or_all_is_a_rate_like_any_other(successes: int) -> None:
    arm = one_proportion(successes, 3)
    assert arm.p_greater(0.0) == (1.0 if successes == 0 else 0.0)  # at rate 0 none succeeds
    assert arm.p_less(0.0) == 1.0
    assert arm.p_greater(1.0) == 1.0
    assert arm.p_less(1.0) == (1.0 if successes == 3 else 0.0)


@pytest.mark.parametrize("beyond", [1.0 + 1e-9, 1.5, 3.0])
def test_limits_that_no_rate_reaches_are_kept_or_missed_for_certain(beyond: float) -> None:
    arm = one_proportion(2, 3)
    assert (arm.p_greater(beyond), arm.p_less(beyond)) == (1.0, 0.0)
    assert (arm.p_greater(1.0 - beyond), arm.p_less(1.0 - beyond)) == (0.0, 1.0)


@pytest.mark.parametrize(
    "bad", [(1, 2, 0, 0), (1, 2, 1, 0), (1, 2, -1, 2), (1, 2, 3, 2), (0, 0, 1, 2), (-1, 2, 1, 2)]
)
def test_counts_of_either_arm_that_cannot_be_are_refused(bad: tuple[Any, ...]) -> None:
    with pytest.raises(
        UndefinedTestError, match=r"number of (units|successes) of the (first|second)"
    ):
        two_proportions(*bad)


@pytest.mark.parametrize(
    "bad", [(0, 0, 1, 40_000), (1, 40_000, 0, 0), (-1, 300, 1, 300), (1, 300, -1, 300)]
)
def test_counts_that_cannot_be_are_refused_where_no_exact_test_would(bad: tuple[Any, ...]) -> None:
    assert (bad[1] + 1) * (bad[3] + 1) > 40_000
    with pytest.raises(UndefinedTestError, match=r"of the (first|second) arm"):
        two_proportions(*bad)


def test_the_exact_test_ends_with_40_000_tables() -> None:
    inside, outside = two_proportions(3, 15, 700, 2499), two_proportions(3, 12, 700, 3076)
    assert (inside.n1 + 1) * (inside.n2 + 1) == 40_000
    assert (outside.n1 + 1) * (outside.n2 + 1) == 40_001
    assert inside.exact_greater is not None
    assert inside.exact_less is not None
    assert outside.exact_greater is None
    assert outside.exact_less is None


def test_the_one_table_that_a_difference_of_one_allows_does_not_speak_against_it() -> None:
    lost, won = two_proportions(0, 3, 4, 4), two_proportions(3, 3, 0, 4)
    assert (lost.statistic(-1.0), lost.p_greater(-1.0)) == (0.0, 0.5)
    assert (won.statistic(1.0), won.p_less(1.0)) == (0.0, 0.5)
    assert (won.p_greater(-1.0), lost.p_less(1.0)) == (0.0, 0.0)


@pytest.mark.parametrize("difference", [-0.999, 0.999])
def test_the_score_is_asked_up_to_a_difference_of_one(difference: float) -> None:
    two = two_proportions(2, 4, 1, 3)
    statistic = two.statistic(difference)
    assert statistic is not None
    assert math.copysign(1.0, statistic) == -math.copysign(1.0, difference)
