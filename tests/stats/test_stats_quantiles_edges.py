"""Quantiles and set statistics at levels and limits that too few values reach."""

import numpy as np
import pytest

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bootstrap import bootstrap_paired
from pytest_evalgate.stats.means import one_sample_t, paired_t
from pytest_evalgate.stats.quantile_differences import quantile_difference
from pytest_evalgate.stats.quantile_ratios import quantile_ratio
from pytest_evalgate.stats.ratios import Relative, relative
from pytest_evalgate.stats.swapped import SwapJoined
from pytest_evalgate.stats.swaps import swap_units


VALUES = np.arange(1.0, 21.0)


def test_a_level_below_every_p_of_a_difference_of_quantiles_leaves_it_unbounded() -> None:
    found = quantile_difference(VALUES, VALUES + 0.5, 0.5, paired=False)
    assert found.interval(1e-9) == (None, None)
    assert None not in found.interval(0.05)


def test_a_level_below_every_p_of_a_ratio_of_quantiles_leaves_it_unbounded() -> None:
    found = quantile_ratio(VALUES, np.arange(1.0, 201.0), 0.5, paired=False)
    assert found.interval(1e-9) == (None, None)
    assert None not in found.interval(0.05)


@pytest.mark.parametrize("limit", [1e151, 1e300])
def test_a_ratio_of_quantiles_beyond_all_magnitudes_is_refused(limit: float) -> None:
    found = quantile_ratio(VALUES, VALUES + 0.5, 0.5, paired=False)
    with pytest.raises(UndefinedTestError, match=r"beyond 1e\+150 cannot be judged"):
        found.p_less(limit)


def test_at_the_level_one_half_a_ratio_is_bounded_by_its_estimate() -> None:
    a = np.array([0.71, 2.49, 0.62, 1.7, 1.1099999999999999, 0.72, 1.4100000000000001])
    b = np.array([1.4, 1.1, 1.4, 1.5, 1.3, 0.5, 1.4])
    found = relative(
        lambda rho: paired_t(a, rho * b),
        candidate_mean=float(a.mean()),
        baseline=one_sample_t(b),
    )
    assert found.interval(0.5) == pytest.approx((a.mean() / b.mean(),) * 2, rel=1e-9)


def test_swaps_and_resamples_together_are_as_fine_as_the_test_that_a_limit_needs() -> None:
    rng = np.random.default_rng(4)
    b = rng.normal(size=24)
    a = b + rng.normal(size=24)
    swaps = swap_units(a, b, statistic=lambda units: float(units.mean()), rng=rng, draws=99)
    found = SwapJoined(swaps=swaps, bootstrap=bootstrap_paired(a, b), reach=10.0)
    drawn, resampled = 1 / 100, found.bootstrap.min_pvalue(0.5, greater=True)
    assert resampled < drawn  # a bootstrap by exact laws tells finer shares than 99 draws
    assert found.min_pvalue(0.0, greater=True) == found.min_pvalue(0.0, greater=False) == drawn
    assert found.min_pvalue(0.5, greater=True) == found.min_pvalue(-0.5, greater=False) == drawn
    assert found.min_pvalue(-0.5, greater=True) == resampled


@pytest.mark.parametrize("values", [[-1.0, -2.0, -4.0], [-1.0, 0.0, 1.0]])
def test_a_ratio_to_a_mean_that_is_not_above_0_is_refused(values: list[float]) -> None:
    with pytest.raises(UndefinedTestError, match="mean") as caught:
        Relative(
            contrast=lambda rho: paired_t([1.0, 2.0, 5.0], [rho * one for one in values]),
            estimate=1.0,
            baseline=one_sample_t(values),
        )
    assert caught.value.hint
