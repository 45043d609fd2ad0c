"""pass@k and pass^k against exact fractions and enumeration."""

from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.pass_at_k import pass_all_k, pass_at_k


@given(n=st.integers(1, 300), share=st.floats(0, 1), k_share=st.floats(0, 1), others=st.booleans())
def test_values_are_the_exact_fractions(
    n: int,
    share: float,
    k_share: float,
    others: bool,  # noqa: FBT001
) -> None:
    c, k = round(share * n), max(1, round(k_share * n))
    tries, successes = ([n, n, 400], [c, 0, 200]) if others else ([n], [c])
    one = float(1 - Fraction(comb(n - c, k), comb(n, k)))
    every = float(Fraction(comb(c, k), comb(n, k)))
    assert pass_at_k(tries, successes, k)[0] == pytest.approx(one, rel=1e-12, abs=1e-15)
    assert pass_all_k(tries, successes, k)[0] == pytest.approx(every, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 3), (6, 0, 2), (6, 6, 6), (7, 3, 1)])
def test_values_are_shares_of_all_choices_of_k_tries(n: int, c: int, k: int) -> None:
    outcomes = [1] * c + [0] * (n - c)
    chosen = list(combinations(outcomes, k))
    assert pass_at_k([n], [c], k)[0] == pytest.approx(sum(map(any, chosen)) / len(chosen))
    assert pass_all_k([n], [c], k)[0] == pytest.approx(sum(map(all, chosen)) / len(chosen))


def test_the_plug_in_is_biased_and_this_is_not() -> None:
    rate, n, k = Fraction(1, 5), 4, 3
    law = [comb(n, c) * rate**c * (1 - rate) ** (n - c) for c in range(n + 1)]
    truth = float(1 - (1 - rate) ** k)
    ours = sum(float(p) * pass_at_k([n], [c], k)[0] for c, p in enumerate(law))
    plug_in = sum(float(p) * (1 - (1 - c / n) ** k) for c, p in enumerate(law))
    assert ours == pytest.approx(truth, rel=1e-12)
    assert plug_in < truth - 0.05


@pytest.mark.parametrize(
    ("n", "c", "k", "match"),
    [
        ([5, 4], [1, 1], 5, "problem number 2 needs at least k = 5 tries, got 4"),
        ([5], [6], 1, "at most as many successes as tries, got 6 of 5"),
        ([5], [1], 0, "k must be a whole number"),
        ([5.5], [1], 1, "number 1 is 5.5"),
        ([5], [-1], 1, "number 1 is -1"),
        ([5, 5], [1], 1, "equal lengths"),
        ([], [], 1, "at least 1"),
    ],
)
def test_impossible_counts_are_refused(n: list[float], c: list[int], k: int, match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        pass_at_k(n, c, k)
