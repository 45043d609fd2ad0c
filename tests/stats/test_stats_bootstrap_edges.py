"""The bootstrap where its law ends, its map leaves its range, or its data show no doubt."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import Bca, BcaMap
from pytest_evalgate.stats.bootstrap import bootstrap_mean, expanded_percentile_interval
from pytest_evalgate.stats.bootstrap_ratio import BootstrapRatio, bootstrap_ratio
from pytest_evalgate.stats.bootstrap_t import bootstrap_t
from pytest_evalgate.stats.enumeration import all_resamples
from pytest_evalgate.stats.replicates import Replicates, bootstrap_t_of


SIZES: NDArray[np.float64] = np.arange(30.0) % 7 + 1
REPLICATES = Replicates(deviations=np.array([-3.0, -1.0, 0.0, 2.0]))


def ratio(numerators: NDArray[np.float64]) -> BootstrapRatio:
    found = bootstrap_ratio(numerators, SIZES)
    assert isinstance(found, BootstrapRatio)
    return found


@pytest.mark.parametrize(
    ("acceleration", "alpha", "share"), [(0.4, 0.999, 1.0), (-0.4, 0.001, 0.0)]
)
def test_a_level_beyond_the_range_of_the_bca_map_has_the_end_of_the_law(
    acceleration: float, alpha: float, share: float
) -> None:
    # z0 + z(alpha) = +-3.09 lies beyond 1 / a = +-2.5, where Efron's formula turns round.
    assert BcaMap(bias=0.0, acceleration=acceleration, resolution=1e-9).share(alpha) == share


@pytest.mark.parametrize("error", [0.0, -1.0, math.inf, math.nan])
def test_bca_is_refused_without_a_standard_error(error: float) -> None:
    correction = BcaMap(bias=0.0, acceleration=0.0, resolution=0.2)
    with pytest.raises(UndefinedTestError, match=f"the standard error is {error:g}"):
        Bca(estimate=0.0, standard_error=error, law=REPLICATES, correction=correction)


def test_an_expanded_interval_of_one_unit_is_refused() -> None:
    law = bootstrap_mean(np.arange(20.0)).law
    with pytest.raises(UndefinedTestError, match="needs 2 units, got 1"):
        expanded_percentile_interval(law, 0.05, n=1)


def test_a_ratio_of_sums_is_measured_in_standard_errors_and_has_no_degrees_of_freedom() -> None:
    found = ratio(2 * SIZES + np.sin(SIZES))
    assert found.statistic(found.estimate) == 0.0
    assert found.statistic(found.estimate - found.standard_error) == pytest.approx(1.0)
    assert found.df is None


@pytest.mark.parametrize("greater", [True, False])
def test_no_limit_gives_a_ratio_a_smaller_p_than_its_floor(*, greater: bool) -> None:
    found = ratio(2 * SIZES + np.sin(SIZES))
    far = -1e6 if greater else 1e6
    pvalue = found.p_greater(far) if greater else found.p_less(far)
    assert pvalue == found.min_pvalue(far, greater=greater)


def test_a_ratio_has_no_bound_at_a_level_below_what_its_law_can_tell() -> None:
    assert ratio(2 * SIZES + np.sin(SIZES)).interval(1e-300) == (None, None)


@pytest.mark.parametrize("offset", [1.0, -1.0])
def test_a_ratio_that_every_resample_has_on_one_side_of_a_limit_is_beyond_doubt(
    offset: float,
) -> None:
    # Numerators 2 y + 1 make every resampled ratio larger than 2, 2 y - 1 every one smaller.
    found = ratio(2 * SIZES + offset)
    likely, unlikely = found.p_less(2.0), found.p_greater(2.0)
    if offset < 0:
        likely, unlikely = unlikely, likely
    assert unlikely < 1e-8
    assert likely > 1.0 - 1e-8


def test_too_few_draws_for_a_level_give_no_studentised_bounds() -> None:
    values = np.random.default_rng(1).normal(size=20)
    found = bootstrap_t(values, draws=99, generator=np.random.default_rng(2))
    # 1 / (99 + 1) is the smallest p of 99 draws, so nothing is rejected at 1 %.
    assert found.interval(0.01) == (None, None)
    assert None not in found.interval(0.05)


def test_a_studentised_bootstrap_without_draws_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="draws must be at least 1, got 0"):
        bootstrap_t(np.arange(20.0), draws=0, generator=np.random.default_rng(2))


def test_replicates_tell_no_share_below_one_in_all_of_them_and_the_data() -> None:
    assert REPLICATES.resolution == 1 / 5
    assert REPLICATES.at_most(-4.0) == REPLICATES.at_least(3.0) == REPLICATES.resolution


def test_the_whole_of_the_replicates_ends_at_the_outermost() -> None:
    assert REPLICATES.lowest(1.0) == 2.0
    assert REPLICATES.highest(1.0) == -3.0


@pytest.mark.parametrize("error", [0.0, math.inf])
def test_a_studentised_interval_is_refused_without_a_standard_error(error: float) -> None:
    with pytest.raises(UndefinedTestError, match=f"the standard error is {error:g}"):
        bootstrap_t_of([-1.0, 0.0, 1.0], 0.05, estimate=0.0, standard_error=error)


@pytest.mark.parametrize("level", [-0.1, 1.1, math.nan])
def test_a_quantile_of_all_resamples_beyond_0_and_1_is_refused(level: float) -> None:
    resamples = all_resamples(2)
    with pytest.raises(UndefinedTestError, match="level lies in"):
        resamples.quantile(np.array([0.0, 0.5, 1.0]), level)
