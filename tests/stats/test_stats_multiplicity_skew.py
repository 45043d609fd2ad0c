"""What skewness does to t and max-T at strict levels, against simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.maxt import max_t
from pytest_evalgate.stats.skewed_levels import skew_excess, units_for_skewness


@pytest.mark.parametrize(("n", "level"), [(100, 0.05), (400, 0.01), (400, 0.05), (200, 0.025)])
def test_the_excess_of_a_t_test_is_the_one_foretold(n: int, level: float) -> None:
    rng = np.random.default_rng(n)
    values = 1.0 - rng.exponential(size=(20_000, n))  # skewness -2, the harmful side
    t = values.mean(1) / (values.std(1, ddof=1) / math.sqrt(n))
    rate = float((stats.t.sf(t, n - 1) < level).mean())
    slack = 3 * math.sqrt(level / 20_000)
    assert rate == pytest.approx(level * skew_excess(2.0, n, level), rel=0.15, abs=slack)


def test_units_needed_grow_as_the_level_falls() -> None:
    assert units_for_skewness(1.0, 0.05) == pytest.approx(20, abs=2)
    assert units_for_skewness(1.0, 0.005) == pytest.approx(190, abs=3)
    assert units_for_skewness(-2.0, 0.05) == pytest.approx(4 * 19.5, abs=3)
    assert units_for_skewness(0.0, 0.05) == 2


def test_units_needed_keep_the_excess_that_is_tolerated() -> None:
    for level in (0.05, 0.01, 0.0025):
        n = units_for_skewness(1.7, level, most=1.2)
        assert skew_excess(1.7, n, level) <= 1.2 + 1e-9
        assert skew_excess(1.7, n - 1, level) > 1.2


def test_max_t_on_skewed_differences_errs_above_alpha_where_units_are_few() -> None:
    """Flips need symmetry: ten metrics, 20 units, tails towards the null."""
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(300):
        table = 1.0 - rng.exponential(size=(20, 10))
        found = max_t(table, 0.05, rng=rng, draws=199)
        wrong += min(one.pvalue_adjusted for one in found.members) < 0.05
    assert wrong / 300 > 0.15
    assert units_for_skewness(2.0, 0.05 / 10) > 20


@pytest.mark.parametrize(
    ("skewness", "n", "level"), [(math.nan, 10, 0.05), (1.0, 1, 0.05), (1.0, 10, 0.0)]
)
def test_numbers_out_of_range_are_refused(skewness: float, n: int, level: float) -> None:
    with pytest.raises(UndefinedTestError):
        skew_excess(skewness, n, level)
