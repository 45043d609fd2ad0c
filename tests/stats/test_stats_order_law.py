"""The bootstrap law of a quantile, against enumeration, closed forms and Monte Carlo."""

import math

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.enumeration import all_resamples
from pytest_evalgate.stats.order_law import difference_law, quantile_law, rank_masses


@pytest.mark.parametrize("rank", [1, 3, 5, 7])
def test_masses_equal_all_resamples(rank: int) -> None:
    every = all_resamples(7)
    reached = np.cumsum(every.weights, axis=1)
    which = (reached < rank).sum(axis=1)  # index of the rank-th drawn unit, units in order
    expected = np.bincount(which, every.counts / every.counts.sum(), 7)
    first, masses = rank_masses(7, rank)
    assert first == 0
    assert masses == pytest.approx(expected, abs=1e-12)


def test_masses_of_a_large_sample_keep_a_window_of_ranks() -> None:
    first, masses = rank_masses(1_000_000, 950_000)
    assert masses.size < 4_000
    assert masses.sum() == pytest.approx(1.0, abs=1e-12)
    assert first + float(masses @ np.arange(masses.size)) == pytest.approx(949_999.5, abs=1.0)


def test_variance_of_the_median_is_that_of_long_monte_carlo() -> None:
    x = np.random.default_rng(1).lognormal(size=31)
    law = quantile_law(x, 0.5)
    draws = np.median(np.random.default_rng(2).choice(x, (100_000, 31)), axis=1)
    assert law.mean == pytest.approx(draws.mean(), abs=5 * draws.std() / math.sqrt(100_000))
    assert law.variance == pytest.approx(draws.var(), rel=0.05)


def test_quantile_law_is_the_binomial_bound() -> None:
    """P(resampled quantile <= x) is a binomial tail: the law behind the exact interval."""
    x = np.arange(1.0, 201.0)
    law = quantile_law(x, 0.95)
    assert law.at_most(185.0) == pytest.approx(stats.binom.sf(189, 200, 185 / 200), rel=1e-6)
    assert law.at_least(195.0) == pytest.approx(stats.binom.cdf(189, 200, 194 / 200), rel=1e-6)


def test_difference_agrees_with_monte_carlo() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.lognormal(0.1, 1.0, 101), rng.lognormal(0.0, 1.0, 81)
    law = difference_law(quantile_law(x, 0.5), quantile_law(y, 0.5))
    draws = np.median(rng.choice(x, (40_000, 101)), axis=1)
    draws = draws - np.median(rng.choice(y, (40_000, 81)), axis=1)
    for share in (0.05, 0.5, 0.95):
        found = float((draws <= law.lowest(share) + law.step).mean())
        assert abs(found - share) < 0.02


@pytest.mark.parametrize("p", [0.0, 1.0, math.nan])
def test_quantile_outside_zero_to_one_is_refused(p: float) -> None:
    with pytest.raises(UndefinedTestError, match="quantile"):
        quantile_law([1.0, 2.0], p)


def test_two_constant_samples_are_refused() -> None:
    law = quantile_law([1.0] * 20, 0.5)
    with pytest.raises(UndefinedTestError, match="same value"):
        difference_law(law, law)
