"""Power of the tests of rates, held against the sum over all tables."""

import math
from collections.abc import Callable, Mapping

import pytest
from scipy.stats import binom, multinomial

from pytest_evalgate.stats.bonett_price import bonett_price
from pytest_evalgate.stats.counts_power import (
    PairedTest,
    paired_binary_power,
    two_proportions_power,
)
from pytest_evalgate.stats.midp import paired_midp
from pytest_evalgate.stats.pairs import paired_proportions
from pytest_evalgate.stats.proportions import two_proportions
from pytest_evalgate.stats.result import Inference


TESTS: Mapping[PairedTest, Callable[[int, int, int], Inference]] = {
    PairedTest.EXACT: paired_proportions,
    PairedTest.MIDP: paired_midp,
    PairedTest.ADDED: bonett_price,
}


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(("effect", "limit"), [(0.2, 0.0), (0.0, -0.15), (0.3, 0.05)])
def test_the_power_of_pairs_is_the_sum_over_all_tables(
    test: PairedTest, effect: float, limit: float
) -> None:
    n, psi, alpha = 25, 0.4, 0.05
    won, lost = (psi + effect) / 2, (psi - effect) / 2
    known = sum(
        multinomial.pmf([b, c, n - b - c], n, [won, lost, 1 - won - lost])
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if TESTS[test](b, c, n).p_greater(limit) < alpha
    )
    found = paired_binary_power(psi, effect, limit, n, alpha, test=test)
    assert math.isclose(found or 0.0, known, rel_tol=1e-9)


@pytest.mark.parametrize("limit", [0.0, -0.1])
def test_the_power_of_two_arms_is_the_sum_over_all_tables(limit: float) -> None:
    n1, n2, p1, p2, alpha = 14, 11, 0.8, 0.4, 0.05
    known = sum(
        binom.pmf(x1, n1, p1) * binom.pmf(x2, n2, p2)
        for x1 in range(n1 + 1)
        for x2 in range(n2 + 1)
        if two_proportions(x1, n1, x2, n2).p_greater(limit) < alpha
    )
    found = two_proportions_power(p1, p2, limit, (n1, n2), alpha, is_exact=True)
    assert math.isclose(found or 0.0, known, rel_tol=1e-9)


def test_the_two_laws_of_pairs_meet_where_one_takes_over() -> None:
    few = paired_binary_power(0.1, 0.03, 0.0, 2999, 0.05, test=PairedTest.MIDP)
    many = paired_binary_power(0.1, 0.03, 0.0, 3001, 0.05, test=PairedTest.MIDP)
    assert math.isclose(few or 0.0, many or 1.0, abs_tol=0.01)


@pytest.mark.parametrize(
    "arguments",
    [
        (1.5, 0.0, 0.0, 10, 0.05),
        (0.1, 2.0, 0.0, 10, 0.05),
        (0.1, 0.0, 1.0, 10, 0.05),
        (0.1, 0.0, 0.0, 0, 0.05),
        (0.1, 0.0, 0.0, 10, 0.0),
        (math.nan, 0.0, 0.0, 10, 0.05),
    ],
)
def test_a_question_without_an_answer_has_none(
    arguments: tuple[float, float, float, float, float],
) -> None:
    psi, effect, limit, n, alpha = arguments
    assert paired_binary_power(psi, effect, limit, n, alpha) is None
