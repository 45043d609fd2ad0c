"""The deterministic law of a mean, against exact laws, enumeration and long Monte Carlo."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bootstrap import bootstrap_mean
from pytest_evalgate.stats.convolution import GRIDS, RESOLUTION, GridLaw, sum_law
from pytest_evalgate.stats.enumeration import all_resamples
from pytest_evalgate.stats.lattice import common_step


def contributions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / values.size)


@pytest.mark.parametrize("n", [30, 1_000, 30_000, 300_000])
def test_law_of_zeros_and_ones_is_binomial(n: int) -> None:
    ones = round(0.9 * n)
    law = sum_law([contributions(np.repeat([1.0, 0.0], [ones, n - ones]))])
    assert law.is_lattice
    for k in range(max(0, ones - 5), ones + 6):
        if k <= n:
            below = stats.binom.cdf(k, n, ones / n)
            assert law.at_most((k - ones) / n) == pytest.approx(below, abs=1e-10)
            above = stats.binom.sf(k - 1, n, ones / n)
            assert law.at_least((k - ones) / n) == pytest.approx(above, abs=1e-10)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([3.0, 8.0, 1.0, 15.0, 6.0], id="whole numbers"),
        pytest.param([0.1, 0.3, 0.2, 0.7, 0.7, 0.4], id="decimals"),
        pytest.param([1.0, 2.0, 2.0, 5.0, 3.0, 4.0, 1.0], id="ratings"),
    ],
)
def test_lattice_law_equals_all_resamples(values: list[float]) -> None:
    x = np.array(values)
    every = all_resamples(x.size)
    means = every.weights @ x / x.size
    shares = every.counts / every.counts.sum()
    law = sum_law([contributions(x)], size=float(x.mean()))
    assert law.is_lattice
    for limit in np.unique(means.round(12)):
        exact = shares[means <= limit + 1e-9].sum()
        assert law.at_most(limit - x.mean()) == pytest.approx(exact, abs=1e-12)
        exact = shares[means >= limit - 1e-9].sum()
        assert law.at_least(limit - x.mean()) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("n", [30, 300, 3_000])
def test_exponential_law_is_within_a_thousandth_sd_of_long_monte_carlo(n: int) -> None:
    rng = np.random.default_rng(n)
    x = rng.exponential(size=n)
    law = sum_law([contributions(x)])
    draws = 10**7 // n
    means = np.concatenate([rng.choice(x, (draws // 10, n)).mean(axis=1) for _ in range(10)])
    sd = float(x.std()) / math.sqrt(n)
    for share in (0.025, 0.05, 0.95, 0.975):
        error = 5.0 * math.sqrt(share * (1 - share) / means.size)
        exceeded = float((means <= x.mean() + law.lowest(share)).mean())
        assert abs(exceeded - share) < error
    assert law.variance == pytest.approx(sd * sd, rel=1e-9)


def test_grid_adds_no_variance_and_no_shift_at_a_million_values() -> None:
    """Uncorrected, 2^14 points widen this law by a third."""
    x = np.random.default_rng(6).normal(size=1_000_000)
    law = sum_law([contributions(x)])
    sd = float(x.std()) / 1_000.0
    assert law.variance == pytest.approx(sd * sd, rel=1e-7)
    for share in (0.005, 0.05, 0.5, 0.95, 0.995):
        skew = float(((x - x.mean()) ** 3).mean()) / float(x.std()) ** 3 / 1_000.0
        z = float(stats.norm.ppf(share))
        expected = z + (z * z - 1) * skew / 6
        assert law.lowest(share) / sd == pytest.approx(expected, abs=1e-4)


def test_coarse_and_fine_grid_agree() -> None:
    rng = np.random.default_rng(3)
    x = rng.lognormal(0.0, 1.0, GRIDS[0][0])
    coarse = sum_law([contributions(x)])
    fine = sum_law([contributions(np.append(x, x.mean()))])  # one more: the finer grid
    sd = float(x.std()) / math.sqrt(x.size)
    assert fine.masses.size == 4 * coarse.masses.size
    for share in (0.001, 0.05, 0.5, 0.95, 0.999):
        assert abs(coarse.lowest(share) - fine.lowest(share)) < 1e-3 * sd


def test_one_huge_value_does_not_wrap_around() -> None:
    """Its number of copies is Poisson(1): 10 standard deviations hold 1e-8 of the law."""
    x = np.append(np.random.default_rng(1).normal(size=999), 1e6)
    law = sum_law([contributions(x)])
    sd = float(x.std()) / math.sqrt(x.size)
    assert law.at_most(-1.05 * sd) < RESOLUTION
    assert law.at_least(11.5 * sd) == pytest.approx(stats.binom.sf(12, 1000, 1e-3), rel=1e-3)


def test_difference_of_two_means_is_the_product_of_their_laws() -> None:
    rng = np.random.default_rng(9)
    x, y = rng.exponential(size=60), rng.lognormal(size=45)
    law = sum_law([contributions(x), -contributions(y)])
    draws = rng.choice(x, (200_000, 60)).mean(axis=1) - rng.choice(y, (200_000, 45)).mean(axis=1)
    for share in (0.05, 0.5, 0.95):
        found = float((draws <= x.mean() - y.mean() + law.lowest(share)).mean())
        assert abs(found - share) < 5.0 * math.sqrt(share * (1 - share) / 200_000)


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40), st.floats(0.001, 0.999))
@settings(deadline=None, max_examples=150)
def test_quantile_inverts_the_cdf(values: list[float], share: float) -> None:
    x = np.array(values)
    if np.ptp(x) < 1e-6:
        return
    law = sum_law([contributions(x)])
    low, high = law.lowest(share), law.highest(share)
    inch = 1e-9 * law.step
    assert law.at_most(low + inch) >= share - 1e-9
    assert law.at_least(high - inch) >= share - 1e-9
    beyond = 0.5 * law.step if law.is_lattice else 1e-3 * law.step
    assert law.at_most(low - beyond) <= share + 1e-9
    assert law.at_least(high + beyond) <= share + 1e-9


def test_cdf_and_survival_add_up() -> None:
    law = sum_law([contributions(np.random.default_rng(2).normal(size=50))])
    for deviation in np.linspace(-1, 1, 41):
        assert law.at_most(deviation) + law.at_least(deviation) == pytest.approx(1.0, abs=1e-12)
    assert (law.at_most(-1e9), law.at_most(1e9)) == (0.0, 1.0)
    assert (law.at_least(-1e9), law.at_least(1e9)) == (1.0, 0.0)


def test_law_does_not_depend_on_the_order_of_the_values() -> None:
    rng = np.random.default_rng(4)
    for x in (rng.normal(size=5_000), rng.integers(0, 9, 5_000) / 10, np.r_[np.zeros(4_000), 0.25]):
        first = sum_law([contributions(x)])
        other = sum_law([contributions(rng.permutation(x))])
        assert first.is_lattice == other.is_lattice
        assert first.lowest(0.05) == pytest.approx(other.lowest(0.05), rel=1e-9)


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0.0, 1.0], 1.0),
        ([3.0, 9.0, 15.0], 6.0),
        ([0.1, 0.2, 0.30000000000000004], 0.1),
        ([1e9, 1e9 + 0.5, 1e9 + 2.0], 0.5),
        ([0.0, math.sqrt(2.0), 1.0, 0.3], None),
        ([0.0] * 2_000 + [1.0, 0.75], 0.25),
    ],
)
def test_step_of_a_lattice(values: list[float], step: float | None) -> None:
    found = common_step([np.array(values)], finest=1e-4)
    assert found == (None if step is None else pytest.approx(step, rel=1e-12))


def test_laws_of_equal_data_are_equal_to_the_last_bit() -> None:
    x = np.random.default_rng(8).normal(size=100)
    first: GridLaw = sum_law([contributions(x)])
    assert first.masses.tolist() == sum_law([contributions(x)]).masses.tolist()


def test_a_law_of_points_too_near_to_be_stored_is_undefined() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(UndefinedTestError, match="too near to be told apart"):
        bootstrap_mean(1e-320 * (1.0 + rng.random(60)))
