"""Approximate randomisation against full enumeration, sign flips and simulation."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import permutation_test

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.ranking import average_precision
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.swaps import swap_sums, swap_units


Floats = NDArray[np.float64]


def ratio(sums: Floats) -> Floats:
    found: Floats = sums[:, 0] / sums[:, 1]
    return found


def first(sums: Floats) -> Floats:
    return sums[:, 0]


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32), n=st.integers(2, 8))
def test_all_swaps_are_those_of_plain_loops(seed: int, n: int) -> None:
    made = np.random.default_rng(seed)
    a, b = made.integers(1, 5, size=(2, n, 2)).astype(float)
    if (a == b).all():
        return
    differences = []
    for swapped in product([False, True], repeat=n):
        left, right = a.copy(), b.copy()
        chosen = np.array(swapped)
        left[chosen], right[chosen] = b[chosen], a[chosen]
        differences.append(ratio(left.sum(0)[None])[0] - ratio(right.sum(0)[None])[0])
    found = swap_sums(a, b, statistic=ratio, rng=rng())
    observed = differences[0]
    assert found.estimate == pytest.approx(observed, abs=1e-12)
    assert found.p_greater(0.0) == np.mean(np.array(differences) >= observed - 1e-9)
    assert found.p_less(0.0) == np.mean(np.array(differences) <= observed + 1e-9)
    assert found.p_greater(0.0) >= found.min_pvalue(0.0, greater=True)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_swapping_a_mean_is_flipping_signs(seed: int) -> None:
    a, b = np.random.default_rng(seed).integers(0, 6, size=(2, 12)) / 4.0
    if (a == b).all():
        return
    flipped = sign_flip(a - b)
    found = swap_sums(a, b, statistic=first, rng=rng())
    assert found.p_greater(0.0) == pytest.approx(flipped.p_greater(0.0), rel=1e-12)
    assert found.p_less(0.0) == pytest.approx(flipped.p_less(0.0), rel=1e-12)


def test_exchanged_arms_exchange_the_p_values() -> None:
    a, b = np.random.default_rng(3).random((2, 10, 2))
    forth = swap_sums(a, b, statistic=ratio, rng=rng())
    back = swap_sums(b, a, statistic=ratio, rng=rng())
    assert forth.estimate == -back.estimate
    assert forth.p_greater(0.0) == back.p_less(0.0)


def test_any_statistic_of_units_can_be_swapped() -> None:
    made = np.random.default_rng(5)
    y = np.array([1, 0, 1, 0, 0, 1, 0, 1])
    a, b = made.random((2, 8))
    found = swap_units(a, b, statistic=lambda rows: average_precision(y, rows[:, 0]), rng=rng())
    reference = permutation_test(
        (a, b),
        lambda x, z: average_precision(y, x) - average_precision(y, z),
        permutation_type="samples",
        alternative="greater",
        n_resamples=2**8,  # as many as there are: all are made
    )
    assert found.estimate == pytest.approx(reference.statistic, rel=1e-12)
    assert found.p_greater(0.0) == pytest.approx(reference.pvalue, rel=1e-12)


def test_drawn_swaps_are_near_all_swaps_and_never_give_zero() -> None:
    made = np.random.default_rng(8)
    a = made.random(40) + 0.1
    b = a + made.normal(-0.05, 0.1, 40)
    drawn = swap_sums(a, b, statistic=first, rng=rng(), draws=9999)
    exact = sign_flip(a - b).p_greater(0.0)
    assert not drawn.is_exact
    assert drawn.p_greater(0.0) == pytest.approx(exact, abs=4 * drawn.simulation_error + 2e-4)
    far = swap_sums(a + 9, b, statistic=first, rng=rng(), draws=999)
    assert far.p_greater(0.0) == far.min_pvalue(0.0, greater=True) == 1 / 1000


def test_the_same_generator_gives_the_same_p() -> None:
    a, b = np.random.default_rng(2).random((2, 50))
    one, two = (swap_sums(a, b, statistic=first, rng=rng(), draws=500) for _ in range(2))
    assert one == two


def test_equal_differences_are_ties_whatever_rounding_says() -> None:
    a, b = np.full(10, 0.3), np.full(10, 0.1)
    a[5:], b[5:] = 0.1, 0.3
    found = swap_sums(a, b, statistic=first, rng=rng())
    assert found.p_greater(0.0) == 638 / 1024  # P(Bin(10, 1/2) >= 5)


def test_it_has_a_p_at_zero_and_nothing_else() -> None:
    found = swap_sums([1, 2, 3], [2, 2, 5], statistic=first, rng=rng())
    assert (found.units, found.swaps, found.interval(0.05)) == (2, 4, (None, None))
    assert (found.standard_error, found.df, found.simulation_error) == (None, None, 0.0)
    assert found.statistic(0.0) == found.estimate == -3.0
    with pytest.raises(UndefinedTestError, match=r"not a limit of -0\.1"):
        found.p_greater(-0.1)


@pytest.mark.parametrize(
    ("a", "b", "match"),
    [
        ([1.0, 2.0], [1.0, 2.0], "no unit differs"),
        ([1.0, 2.0], [1.0], "equal shapes"),
        ([1.0, float("nan")], [1.0, 2.0], "finite"),
        ([[1.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]], "undefined for some swap"),
        ([], [], "at least 1"),
    ],
)
def test_undefined_data_are_refused(a: list[float], b: list[float], match: str) -> None:
    statistic = ratio if np.ndim(a) == 2 else first
    with pytest.raises(UndefinedTestError, match=match):
        swap_sums(a, b, statistic=statistic, rng=rng())


def test_level_holds_when_the_arms_are_the_same_system() -> None:
    made = np.random.default_rng(11)
    promoted = 0
    for _ in range(400):
        a, b = made.integers(0, 8, size=(2, 30, 2)) + np.array([0, 8])
        found = swap_sums(a, b, statistic=ratio, rng=made, draws=199)
        promoted += found.p_greater(0.0) <= 0.05
    assert promoted / 400 <= 0.05 + 3 * 0.011
