"""Sign flips of whole clusters, against enumeration; and what statsmodels makes of clusters."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.reducers import reduce_clusters
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.sign_flips import SubsetMeans, cluster_sign_flip


def sample(seed: int, sizes: list[int]) -> tuple[NDArray[np.float64], list[str]]:
    rng = np.random.default_rng(seed)
    clusters = [f"doc-{g}" for g, size in enumerate(sizes) for _ in range(size)]
    common = np.repeat(rng.normal(scale=0.7, size=len(sizes)), sizes)
    return common + rng.normal(size=sum(sizes)) + 0.3, clusters


def cluster_flip(values: ArrayLike, clusters: list[str]) -> SubsetMeans:
    sums = reduce_clusters(values, clusters)
    return cluster_sign_flip(sums.totals, sums.sizes, generator=np.random.default_rng(0))


def enumerated(values: NDArray[np.float64], clusters: list[str], limit: float) -> float:
    """Share of all flips of whole clusters whose mean is at least the observed one."""
    names = sorted(set(clusters))
    codes = np.array([names.index(one) for one in clusters])
    shifted = values - limit
    means = [
        float((shifted * np.array(signs)[codes]).mean())
        for signs in itertools.product((1.0, -1.0), repeat=len(names))
    ]
    return float(np.mean(np.array(means) >= shifted.mean() - 1e-9 * np.abs(shifted).mean()))


@pytest.mark.parametrize("sizes", [[3, 3, 3, 3], [9, 1, 4, 2, 6], [1, 1, 1, 1, 1, 1, 1], [5, 2]])
@pytest.mark.parametrize("limit", [0.0, -0.4])
def test_p_is_that_of_all_flips(sizes: list[int], limit: float) -> None:
    values, clusters = sample(sum(sizes), sizes)
    law = cluster_flip(values, clusters)

    assert law.p_greater(limit) == pytest.approx(enumerated(values, clusters, limit), rel=1e-12)
    assert law.p_less(limit) == pytest.approx(enumerated(-values, clusters, -limit), rel=1e-12)
    assert law.estimate == pytest.approx(values.mean(), rel=1e-12)


def test_clusters_of_one_are_plain_sign_flips() -> None:
    values, clusters = sample(1, [1] * 9)
    law, plain = cluster_flip(values, clusters), sign_flip(values)

    assert law.p_greater(0.1) == plain.p_greater(0.1)
    assert law.interval(0.05) == pytest.approx(plain.interval(0.05), rel=1e-8)


def test_copies_of_units_in_their_cluster_change_nothing() -> None:
    values, clusters = sample(2, [2, 3, 1, 4, 2])

    twice = cluster_flip(np.repeat(values, 2), [one for one in clusters for _ in range(2)])

    assert twice.p_greater(0.0) == cluster_flip(values, clusters).p_greater(0.0)


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=8),
    limit=st.floats(-2, 2),
    alpha=st.sampled_from([0.5, 0.2, 0.1, 0.05, 0.01]),
)
def test_test_and_interval_agree(seed: int, sizes: list[int], limit: float, alpha: float) -> None:
    law = cluster_flip(*sample(seed, sizes))
    low, high = law.interval(alpha)
    if low is None or high is None:
        assert law.min_pvalue(limit, greater=True) >= alpha
        assert law.p_greater(limit) >= alpha
        return
    if min(abs(low - limit), abs(high - limit)) > 1e-6:
        assert (law.p_greater(limit) < alpha) == (low > limit)
        assert (law.p_less(limit) < alpha) == (high < limit)


def test_p_never_falls_as_the_limit_grows() -> None:
    law = cluster_flip(*sample(3, [4, 1, 7, 2, 2, 3]))
    ps = [law.p_greater(limit) for limit in np.linspace(-3, 3, 61)]

    assert ps == sorted(ps)


def test_smallest_p_is_reached() -> None:
    law = cluster_flip([1.0, 2.0, 3.0, 4.0, 1.5], list("abcde"))

    assert law.p_greater(0.0) == law.min_pvalue(0.0, greater=True) == 2.0**-5


def test_clusters_on_the_limit_show_nothing() -> None:
    law = cluster_flip([0.1 + 0.2, 0.3, 0.3], list("abc"))

    assert law.p_greater(0.3) == law.p_less(0.3) == 1.0


def test_twenty_clusters_are_judged_whole() -> None:
    law = cluster_flip(*sample(4, [3] * 20))

    assert 0.0 < law.p_greater(0.0) < 1.0
    assert law.standard_error is None
    assert law.df is None
    assert law.statistic(0.1) == pytest.approx(law.estimate - 0.1)


@pytest.mark.parametrize(
    ("values", "clusters", "words"),
    [
        ([1.0, math.nan], ["a", "b"], "finite"),
        ([1.0, 2.0], ["a"], "equal lengths"),
        ([], [], "at least 1"),
    ],
)
def test_undefined_clusters_are_refused(values: Any, clusters: list[str], words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        cluster_flip(values, clusters)


def test_one_cluster_shows_nothing() -> None:
    law = cluster_flip([1.0, 2.0], ["a", "a"])
    assert law.p_greater(0.0) == 0.5
    assert law.interval(0.05) == (None, None)


@pytest.mark.parametrize("limit", [math.nan, math.inf])
def test_limits_that_are_no_numbers_are_refused(limit: float) -> None:
    with pytest.raises(UndefinedTestError, match="finite"):
        cluster_flip([1.0, 2.0], ["a", "b"]).p_greater(limit)


def by_statsmodels(values: NDArray[np.float64], clusters: list[str]) -> Any:
    codes = np.unique(clusters, return_inverse=True)[1]
    return sm.OLS(values, np.ones(values.size)).fit(cov_type="cluster", cov_kwds={"groups": codes})


def test_statsmodels_takes_normal_p_values_for_a_handful_of_clusters() -> None:
    """cov_type="cluster" divides by a standard error of 5 clusters and asks the normal law."""
    values, clusters = sample(5, [6] * 5)
    fitted = by_statsmodels(values, clusters)
    law = cluster_mean(values, clusters)
    t = law.statistic(0.0)

    assert fitted.tvalues[0] == pytest.approx(t, rel=1e-10)  # equal clusters: the same error
    assert fitted.pvalues[0] == pytest.approx(2 * stats.norm.sf(abs(t)), rel=1e-8)
    assert 2 * min(law.p_greater(0.0), law.p_less(0.0)) == pytest.approx(
        2 * stats.t.sf(abs(t), 4), rel=1e-8
    )
    assert fitted.pvalues[0] < 2 * stats.t.sf(abs(t), 4)


def test_statsmodels_promotes_falsely_where_flips_and_cr2_do_not() -> None:
    """Six clusters without an effect, one-sided at 0.05."""
    rng = np.random.default_rng(6)
    clusters, wrong = [str(g) for g in range(6) for _ in range(4)], np.zeros(3)
    for _ in range(1000):
        values = np.repeat(rng.normal(size=6), 4) + rng.normal(size=24)
        sums = values.reshape(6, 4).sum(axis=1) - 4 * values.mean()
        normal = values.mean() / (math.sqrt((sums**2).sum() * 6 / 5) / 24)
        wrong += [
            stats.norm.sf(normal) < 0.05,
            cluster_mean(values, clusters).p_greater(0.0) < 0.05,
            cluster_flip(values, clusters).p_greater(0.0) < 0.05,
        ]
    normal_rate, cr2_rate, flip_rate = wrong / 1000

    assert normal_rate > 0.065
    assert cr2_rate < 0.07
    assert flip_rate < 0.07  # 3/64 exactly, within three standard errors
