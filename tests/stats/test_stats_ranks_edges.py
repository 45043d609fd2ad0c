"""Ranks where nothing differs, nothing is left, or the law is a normal one."""

import math

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.concordance import range_tail
from pytest_evalgate.stats.correlations import kendall, pearson
from pytest_evalgate.stats.joined import joined_lower_bound
from pytest_evalgate.stats.rank_laws import NormalLaw
from pytest_evalgate.stats.rank_sums import rank_sum
from pytest_evalgate.stats.signed_rank import signed_ranks
from pytest_evalgate.stats.win_rates import win_rate


def test_a_rank_sum_in_the_middle_of_its_law_is_as_likely_as_any() -> None:
    ranks = rank_sum([1.0, 4.0], [2.0, 3.0])
    known = stats.mannwhitneyu([1.0, 4.0], [2.0, 3.0], method="exact").pvalue
    assert ranks.exact_two_sided() == known == 1.0
    assert ranks.normal_two_sided() == 1.0


def test_values_that_are_all_the_same_show_no_rank_above_another() -> None:
    ranks = rank_sum([2.0, 2.0], [2.0, 2.0, 2.0])
    assert ranks.normal_pvalue(greater=True) == ranks.normal_pvalue(greater=False) == 1.0
    assert ranks.normal_two_sided() == 1.0


@pytest.mark.parametrize("rank_zeros", [True, False])
def test_differences_of_0_alone_show_nothing(*, rank_zeros: bool) -> None:
    ranks = signed_ranks([0.0, 0.0, 0.0], rank_zeros=rank_zeros)
    assert (ranks.zeros, ranks.v) == (3, 0.0)
    assert ranks.exact_pvalue() == ranks.normal_pvalue() == ranks.normal_two_sided() == 1.0


def test_the_lower_tail_of_a_normal_law_of_ranks_is_the_upper_one_mirrored() -> None:
    law = NormalLaw(mean=50.0, sd=10.0, lowest=0.0, highest=100.0, half_step=0.5)
    assert law.at_most(40.0) == pytest.approx(stats.norm.cdf(-0.95), rel=1e-12)
    assert law.at_most(40.0) == law.at_least(60.0)
    assert law.at_most(100.0) == law.at_least(0.0) == 1.0


def test_a_range_is_never_narrower_than_nothing() -> None:
    assert range_tail(0.0, 3) == 1.0
    assert range_tail(1.0, 3) == pytest.approx(stats.studentized_range.sf(1.0, 3, np.inf), rel=1e-8)


def test_kendalls_tau_of_two_pairs_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="needs at least 3 pairs, got 2"):
        kendall([1.0, 2.0], [2.0, 1.0])


def test_a_correlation_has_the_delta_methods_error_and_no_floor() -> None:
    x, y = np.arange(12.0), np.arange(12.0) + 3 * np.sin(np.arange(12.0))
    found = pearson(x, y)
    r = float(np.corrcoef(x, y)[0, 1])
    # d tanh(z) / dz = 1 - r^2, and Fisher's z has the variance 1 / (n - 3).
    assert found.standard_error == pytest.approx((1 - r * r) / math.sqrt(9), rel=1e-12)
    assert found.df is None
    assert found.min_pvalue(0.0, greater=True) == found.min_pvalue(0.0, greater=False) == 0.0


def test_a_win_rate_of_one_pair_has_no_t_test() -> None:
    with pytest.raises(UndefinedTestError, match="needs at least 2 units, got 1"):
        win_rate(1, 0).mean_t()


@pytest.mark.parametrize("point", [-1.0, 0.0, 1.0, 2.0])
def test_a_jump_at_or_beyond_the_ends_does_not_move_a_bound(point: float) -> None:
    found = joined_lower_bound(lambda limit: limit, 0.05, point=point, within=(0.0, 1.0))
    assert found == pytest.approx(0.05, abs=1e-12)
