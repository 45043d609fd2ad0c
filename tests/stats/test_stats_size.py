"""Size of the tests of two success rates, against enumeration by the scalar tests themselves."""

import math
import time

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.pairs import paired_proportions
from pytest_evalgate.stats.proportions import two_proportions
from pytest_evalgate.stats.restricted import score_z, score_z_table
from pytest_evalgate.stats.size import paired_size, two_sample_size


def paired_by_hand(n: int, limit: float, alpha: float, *, greater: bool) -> float:
    """Largest rejection rate on a grid of discordances, by the scalar test and SciPy's law."""
    tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    found = [paired_proportions(b, c, n) for b, c in tables]
    p = [one.p_greater(limit) if greater else one.p_less(limit) for one in found]
    rejected = [(b, c, n - b - c) for (b, c), one in zip(tables, p, strict=True) if one < alpha]
    best = 0.0
    for psi in np.linspace(abs(limit), 1.0, 801):
        rates = np.maximum([(psi + limit) / 2, (psi - limit) / 2, 1.0 - psi], 0.0)
        law = stats.multinomial(n, rates)
        best = max(best, float(np.sum(law.pmf(rejected))) if rejected else 0.0)
    return best


def two_by_hand(n1: int, n2: int, limit: float, alpha: float, *, greater: bool) -> float:
    """Largest rejection rate on a grid of baseline rates, by the scalar test and SciPy's law."""
    found = [[two_proportions(a, n1, b, n2) for b in range(n2 + 1)] for a in range(n1 + 1)]
    p = [[one.p_greater(limit) if greater else one.p_less(limit) for one in row] for row in found]
    is_rejected = np.array(p) < alpha
    best = 0.0
    for p2 in np.linspace(max(0.0, -limit), min(1.0, 1.0 - limit), 801):
        first = stats.binom.pmf(np.arange(n1 + 1), n1, min(1.0, max(0.0, p2 + limit)))
        second = stats.binom.pmf(np.arange(n2 + 1), n2, p2)
        best = max(best, float(first @ is_rejected @ second))
    return best


@pytest.mark.parametrize("greater", [True, False])
@pytest.mark.parametrize("limit", [-0.3, -0.05, 0.0, 0.1])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_size_of_pairs_is_that_of_enumeration(n: int, limit: float, *, greater: bool) -> None:
    found = paired_size(n, limit, 0.05, greater=greater)
    by_hand = paired_by_hand(n, limit, 0.05, greater=greater)
    assert by_hand - 1e-9 <= found <= by_hand + 1e-4  # the grid of this test is coarse


@pytest.mark.parametrize("greater", [True, False])
@pytest.mark.parametrize("limit", [-0.3, -0.05, 0.0, 0.1])
@pytest.mark.parametrize(("n1", "n2"), [(1, 2), (3, 3), (4, 11), (9, 2)])
def test_size_of_two_arms_is_that_of_enumeration(
    n1: int, n2: int, limit: float, *, greater: bool
) -> None:
    found = two_sample_size(n1, n2, limit, 0.05, greater=greater)
    by_hand = two_by_hand(n1, n2, limit, 0.05, greater=greater)
    assert by_hand - 1e-9 <= found <= by_hand + 1e-4


# Found by an independent enumeration of the same rule, with a grid of its own.
@pytest.mark.parametrize(
    ("n", "margin", "size"),
    [
        (2, 0.15, 0.18),
        (3, 0.5, 0.157),
        (5, 0.15, 0.108),
        (10, 0.3, 0.095),
        (12, 0.3, 0.085),
        (15, 0.1, 0.077),
    ],
)
def test_tango_rejects_more_than_it_says_with_few_pairs(n: int, margin: float, size: float) -> None:
    assert paired_size(n, -margin, 0.05, greater=True) == pytest.approx(size, abs=0.003)
    assert paired_size(n, margin, 0.05, greater=False) == pytest.approx(size, abs=0.003)


@pytest.mark.parametrize(
    ("n1", "n2", "margin", "size"),
    [(10, 100, 0.02, 0.090), (50, 5, 0.02, 0.086), (3, 3, 0.05, 0.088), (300, 30, 1e-9, 0.082)],
)
def test_miettinen_nurminen_rejects_more_than_it_says_with_a_small_arm(
    n1: int, n2: int, margin: float, size: float
) -> None:
    assert two_sample_size(n1, n2, -margin, 0.05, greater=True) == pytest.approx(size, abs=0.003)


def test_a_score_alone_at_zero_rejects_twelve_percent_with_300_against_10_units() -> None:
    # Just below 0 no exact test joins. A grid of 0.001 finds .118, this one the peak above it.
    assert two_sample_size(300, 10, -1e-9, 0.05, greater=True) == pytest.approx(0.1195, abs=0.002)
    assert two_sample_size(300, 10, 0.0, 0.05, greater=True) <= 0.05


@pytest.mark.parametrize("alpha", [0.005, 0.05, 0.1])
@pytest.mark.parametrize("n", [1, 4, 5, 13, 60])
def test_mcnemar_holds_its_level(n: int, alpha: float) -> None:
    assert paired_size(n, 0.0, alpha, greater=True) <= alpha
    assert paired_size(n, 0.0, alpha, greater=False) <= alpha


@pytest.mark.parametrize("alpha", [0.005, 0.05, 0.1])
@pytest.mark.parametrize(("n1", "n2"), [(1, 1), (3, 9), (20, 20), (300, 10), (12, 300)])
def test_boschloo_holds_its_level(n1: int, n2: int, alpha: float) -> None:
    assert two_sample_size(n1, n2, 0.0, alpha, greater=True) <= alpha
    assert two_sample_size(n1, n2, 0.0, alpha, greater=False) <= alpha


@pytest.mark.parametrize("limit", [-0.9, -0.2, -1e-9, 0.0, 1e-6, 0.03, 0.5, 1.0, -1.0])
@pytest.mark.parametrize(("n1", "n2"), [(1, 1), (7, 4), (3, 90), (30, 31)])
def test_scores_of_all_tables_are_those_of_each(n1: int, n2: int, limit: float) -> None:
    each = [[score_z(a, n1, b, n2, difference=limit) for b in range(n2 + 1)] for a in range(n1 + 1)]
    found = score_z_table(n1, n2, difference=limit)
    assert np.allclose(found, each, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("limit", [1.0, -1.0, 2.0, -2.0])
def test_a_limit_that_no_rates_have_is_never_wrongly_rejected(limit: float) -> None:
    assert paired_size(5, limit, 0.05, greater=True) == 0.0
    assert two_sample_size(5, 4, limit, 0.05, greater=False) == 0.0


def test_a_test_that_cannot_reject_has_size_zero() -> None:
    assert paired_size(4, 0.0, 0.05, greater=True) == 0.0
    assert two_sample_size(1, 1, 0.0, 0.05, greater=True) == 0.0


def test_sizes_take_a_moment_only() -> None:
    start = time.process_time()
    paired_size(60, -0.03, 0.05, greater=True)
    assert time.process_time() - start < 0.3  # 3 ms as measured; room for a busy machine
    for n1, n2, limit in ((199, 199, 0.05), (12, 3000, -0.02)):
        start = time.process_time()
        two_sample_size(n1, n2, limit, 0.05, greater=True)
        assert time.process_time() - start < 1.0  # 0.3 s as measured


@pytest.mark.parametrize(
    ("n", "limit", "alpha"),
    [(0, 0.0, 0.05), (2.5, 0.0, 0.05), (5, math.nan, 0.05), (5, 0.0, 0.0), (5, 0.0, math.nan)],
)
def test_a_question_without_a_size_is_refused(n: int, limit: float, alpha: float) -> None:
    with pytest.raises(UndefinedTestError):
        paired_size(n, limit, alpha, greater=True)
    with pytest.raises(UndefinedTestError):
        two_sample_size(n, 5, limit, alpha, greater=False)
