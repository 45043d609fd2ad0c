"""Small claims that a changed constant or a lost guard would break, one by one."""

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.barnard import barnard_greater
from pytest_evalgate.stats.conjunction import LargestGap
from pytest_evalgate.stats.graphs import graphical
from pytest_evalgate.stats.means_pooled import anova_f
from pytest_evalgate.stats.order_law import rank_masses
from pytest_evalgate.stats.power import binomial_min_pvalue
from pytest_evalgate.stats.proportions import two_proportions
from pytest_evalgate.stats.rank_shift import Differences
from pytest_evalgate.stats.rank_sums import rank_sum
from pytest_evalgate.stats.rates_power import ratio_power
from pytest_evalgate.stats.sequential import MixtureNormal
from pytest_evalgate.stats.task_scores import probability_of_improvement


def test_the_smallest_p_of_a_gap_pays_for_all_pairs_in_both_directions() -> None:
    pairs = tuple(two_proportions(3, 5, 2, 5) for _ in range(3))
    smallest = min(
        min(two.p_greater(0.2), two.p_less(-0.2))
        for two in (two_proportions(x, 5, y, 5) for x in range(6) for y in range(6))
    )
    assert 6 * smallest < 1.0
    assert LargestGap(pairs=pairs).min_pvalue(0.2, greater=True) == pytest.approx(6 * smallest)


def test_no_gap_of_these_sizes_has_a_smaller_p() -> None:
    floor = LargestGap(pairs=(two_proportions(3, 6, 2, 5),))
    for greater, limit in itertools.product((True, False), (0.05, 0.3, 0.8)):
        least = floor.min_pvalue(limit, greater=greater)
        for x, y in itertools.product(range(7), range(6)):
            gap = LargestGap(pairs=(two_proportions(x, 6, y, 5),))
            p = gap.p_greater(limit) if greater else gap.p_less(limit)
            assert p >= least * (1 - 1e-9)


@pytest.mark.parametrize(
    "bad",
    [(0, 0, 1, 2), (1, 2, 0, 0), (-1, 2, 1, 2), (3, 2, 1, 2), (1, 2, -1, 2), (1, 2, 3, 2)],
)
def test_barnard_refuses_counts_that_cannot_be(bad: tuple[Any, ...]) -> None:
    with pytest.raises(UndefinedTestError, match=r"number of (units|successes) of the"):
        barnard_greater(*bad)


def test_f_of_two_groups_is_the_square_of_the_pooled_t() -> None:
    one, other = [1.0, 2.0, 4.0], [2.5, 5.0, 6.0, 8.0]
    theirs = stats.ttest_ind(one, other, equal_var=True)
    found = anova_f([one, other])
    assert found.statistic == pytest.approx(theirs.statistic**2, rel=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-12)


@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("limit", [0.1, 0.5, 0.95])
def test_the_smallest_p_of_a_share_is_that_of_none_or_all(n: int, limit: float) -> None:
    all_of_them = stats.binomtest(n, n, limit, alternative="greater").pvalue
    none_of_them = stats.binomtest(0, n, limit, alternative="less").pvalue
    assert binomial_min_pvalue(n, limit, greater=True) == pytest.approx(all_of_them, rel=1e-9)
    assert binomial_min_pvalue(n, limit, greater=False) == pytest.approx(none_of_them, rel=1e-9)


@pytest.mark.parametrize(("n", "rank"), [(3, 0), (3, 4), (0, 1), (3, -1), (3, 1.5)])
def test_a_rank_that_is_not_there_is_refused(n: int, rank: Any) -> None:
    with pytest.raises(UndefinedTestError, match=r"units|rank"):
        rank_masses(n, rank)


def test_the_window_of_ranks_loses_next_to_nothing() -> None:
    for n, rank in ((200, 190), (1_000, 500), (5_000, 4_990)):
        first, masses = rank_masses(n, rank)
        at = np.arange(first, first + masses.size)
        below = stats.binom.sf(rank - 1, n, at / n)
        upto = stats.binom.sf(rank - 1, n, (at + 1) / n)
        assert masses == pytest.approx(upto - below, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(("rate2", "limit"), [(0.5, 2.0), (0.25, 0.5), (4.0, 0.25)])
def test_a_ratio_of_rates_on_its_limit_has_no_power_to_plan(rate2: float, limit: float) -> None:
    assert ratio_power(limit * rate2, rate2, limit, (100.0, 100.0), 0.05) is None
    beside = ratio_power(3.0 * limit * rate2, rate2, limit, (100.0, 100.0), 0.05)
    assert beside is not None
    assert 0.0 < beside <= 1.0


@pytest.mark.parametrize(("sigma", "tau"), [(2.0, 0.5), (0.7, 1.5), (1.0, 1.0)])
def test_the_mixture_s_likelihood_ratio_is_its_integral(sigma: float, tau: float) -> None:
    values = np.array([0.4, -1.1, 2.3])

    def share(mean: float) -> float:
        ratio = stats.norm.pdf(values, mean, sigma) / stats.norm.pdf(values, 0.0, sigma)
        return float(np.prod(ratio) * stats.norm.pdf(mean, 0.0, tau))

    expected, _ = integrate.quad(share, -30.0, 30.0, points=[0.0], limit=200)
    found = MixtureNormal(sigma=sigma, tau=tau).log_ratio(values)[-1]
    assert found == pytest.approx(np.log(expected), rel=1e-8)


@pytest.mark.parametrize("one", [[2.0, 4.0], [1.0, 3.0], [1.0, 4.0], [3.0, 4.0]])
def test_the_normal_p_of_a_small_rank_sum_agrees_with_scipy(one: list[float]) -> None:
    other = [value for value in (1.0, 2.0, 3.0, 4.0) if value not in one]
    for correct in (True, False):
        theirs = stats.mannwhitneyu(one, other, method="asymptotic", use_continuity=correct)
        found = rank_sum(one, other).normal_two_sided(correct=correct)
        assert found == pytest.approx(theirs.pvalue, rel=1e-12)


def test_the_ends_of_all_differences_are_the_smallest_and_the_largest() -> None:
    first, second = np.array([1.0, 2.5, 7.0]), np.array([-3.0, 0.5, 2.0, 4.0])
    every = np.subtract.outer(first, second)
    assert Differences(first=first, second=second).ends == (every.min(), every.max())


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_a_graph_at_a_level_that_cannot_be_is_refused(alpha: float) -> None:
    with pytest.raises(UndefinedTestError, match="level"):
        graphical([0.01, 0.2], alpha, weights=[0.5, 0.5], transitions=[[0.0, 1.0], [1.0, 0.0]])


def test_improvement_over_no_task_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="at least 1 task"):
        probability_of_improvement([], [])
