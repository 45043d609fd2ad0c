"""Means of units that come in clusters: CR2 standard error and Satterthwaite's t.

With an intercept and one 0/1 column the hat matrix is 1/n_arm within an arm and 0 between the
arms, so the matrix form of CR2 collapses to sums over (cluster, arm): time O(n), memory O(n).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import is_rounding, no_spread
from pytest_evalgate.stats.reducers import reduce_clusters
from pytest_evalgate.stats.sufficient_groups import ClusterSums


MIN_CLUSTERS: Final = 3
MIN_CLUSTERS_OF_ARM: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arm:
    """One arm's share of the sandwich, per cluster, shapes (clusters,).

    ``adjusted``: CR2 residual sums over n. The arm's part of the Satterthwaite matrix has
    ``diagonal`` on its diagonal and -``factor`` factor' off it.
    """

    adjusted: NDArray[np.float64]
    diagonal: NDArray[np.float64]
    factor: NDArray[np.float64]


def cluster_mean(values: ArrayLike, clusters: Sequence[str]) -> StudentT:
    """Judge a mean when units of one cluster are not independent; values may be differences.

    H0 for ``p_greater(limit)``: mean <= limit. Every unit has the same weight.

    Args:
        values: One value a unit, shape (n,).
        clusters: The cluster each unit belongs to, length n, at least 3 different ones.

    Raises:
        UndefinedTestError: Fewer than 3 clusters, lengths differ, values not finite or above
            1e150, or no variation between the clusters.

    Source:
        Bell and McCaffrey (2002), Survey Methodology 28(2), 169-181; Pustejovsky and Tipton
        (2018), JBES 36(4), 672-683. R: clubSandwich::coef_test(lm(values ~ 1), "CR2",
        cluster = clusters, test = "Satterthwaite").
    """
    return cluster_mean_from_sums(reduce_clusters(values, clusters))


def cluster_mean_from_sums(sums: ClusterSums) -> StudentT:
    """Judge a mean, or a mean of differences, from the sums of its clusters.

    Raises:
        UndefinedTestError: Fewer than 3 clusters, or no variation between them.
    """
    _require_clusters(len(sums.names))
    _require_spread(sums, what="values")
    arm = _arm(sums, range(len(sums.names)), total=len(sums.names), what="values")
    estimate = sums.extent.origin / sums.extent.unit + sums.mean
    return _sandwich((arm,), (sums,), estimate=estimate)


def cluster_difference(
    candidate: ArrayLike,
    candidate_clusters: Sequence[str],
    baseline: ArrayLike,
    baseline_clusters: Sequence[str],
) -> StudentT:
    """Judge mean(candidate) - mean(baseline) when units of one cluster are not independent.

    H0 for ``p_greater(limit)``: mean(candidate) - mean(baseline) <= limit. A cluster may lie
    within one arm or have units in both.

    Args:
        candidate: One value a unit, shape (n,).
        candidate_clusters: Their clusters, length n, at least 2 different ones.
        baseline: One value a unit, shape (m,).
        baseline_clusters: Their clusters, length m, at least 2 different ones; a name that
            stands in both arms is one cluster.

    Raises:
        UndefinedTestError: Fewer than 3 clusters, or than 2 in an arm; lengths differ; values
            not finite or above 1e150; an arm without variance; no variation between clusters.

    Source:
        Pustejovsky and Tipton (2018). R: clubSandwich::coef_test(lm(y ~ arm), "CR2",
        cluster = clusters, test = "Satterthwaite").
    """
    first = reduce_clusters(candidate, candidate_clusters, what="candidate values")
    second = reduce_clusters(baseline, baseline_clusters, what="baseline values")
    return cluster_difference_from_sums(first, second)


def cluster_difference_from_sums(candidate: ClusterSums, baseline: ClusterSums) -> StudentT:
    """Judge the difference of two means from the sums of both arms' clusters.

    Raises:
        UndefinedTestError: Fewer than 3 clusters, or than 2 in an arm; an arm without variance;
            no variation between clusters.
    """
    _require_spread(candidate, what="candidate values")
    _require_spread(baseline, what="baseline values")
    numbers = {name: code for code, name in enumerate(candidate.names)}
    codes = [numbers.setdefault(name, len(numbers)) for name in baseline.names]
    total = len(numbers)
    _require_clusters(total)
    unit = max(candidate.extent.unit, baseline.extent.unit)
    sums = (candidate.in_unit(unit), baseline.in_unit(unit))
    arm_c = _arm(sums[0], range(len(candidate.names)), total=total, what="candidate values")
    arm_b = _arm(sums[1], codes, total=total, what="baseline values")
    origins = candidate.extent.origin / unit - baseline.extent.origin / unit
    estimate = origins + (sums[0].mean - sums[1].mean)
    return _sandwich((arm_c, arm_b), sums, estimate=estimate)


def _require_clusters(count: int) -> None:
    if count < MIN_CLUSTERS:
        raise UndefinedTestError(
            f"a cluster-robust test needs at least {MIN_CLUSTERS} clusters, got {count}",
            hint="gather samples from more clusters",
        )


def _require_spread(sums: ClusterSums, *, what: str) -> None:
    if sums.extent.is_constant():
        raise no_spread(sums.n, sums.extent.low, what=what)


def _arm(sums: ClusterSums, codes: Sequence[int], *, total: int, what: str) -> _Arm:
    """Place the clusters of an arm at ``codes`` among the ``total`` of both arms."""
    if len(sums.names) < MIN_CLUSTERS_OF_ARM:
        raise UndefinedTestError(
            f"all {sums.n} {what} come from one cluster, so their variation between clusters"
            " cannot be judged",
            hint="gather samples from more clusters",
        )
    n = float(sums.sizes.sum())
    sizes, about = np.zeros(total), np.zeros(total)
    sizes[codes] = sums.sizes
    about[codes] = sums.sums - sums.sizes * sums.mean
    kept = 1.0 - sizes / n  # one less the leverage of a cluster's sum
    return _Arm(
        adjusted=about / (n * np.sqrt(kept)),
        diagonal=sizes / n**2,
        factor=sizes / (n**1.5 * np.sqrt(kept)),
    )


def _sandwich(
    arms: tuple[_Arm, ...], sums: tuple[ClusterSums, ...], *, estimate: float
) -> StudentT:
    """Combine the arms: the first with sign +, the second with sign -."""
    unit = sums[0].extent.unit
    signed = arms[0].adjusted - sum(arm.adjusted for arm in arms[1:])
    standard_error = math.sqrt(float(np.square(signed).sum())) * unit
    spread = max(one.extent.reach(one.mean) for one in sums) * unit
    size = max(one.extent.size for one in sums)
    if is_rounding(standard_error, spread=spread, size=size):
        raise UndefinedTestError(
            f"the {signed.size} clusters do not differ (zero variance between them),"
            " so their spread cannot be judged"
        )
    return StudentT(estimate=estimate * unit, standard_error=standard_error, df=_df(arms))


def _df(arms: tuple[_Arm, ...]) -> float:
    """Satterthwaite's df: tr(S)^2 / tr(S S), S diagonal plus -F F' off it, F (clusters, arms)."""
    diagonal = np.sum([arm.diagonal for arm in arms], axis=0)
    factors = np.stack([arm.factor for arm in arms], axis=1)
    off_diagonal = (
        np.square(factors.T @ factors).sum() - np.square(np.square(factors).sum(axis=1)).sum()
    )
    squared = float(np.square(diagonal).sum() + off_diagonal)
    return max(1.0, float(diagonal.sum()) ** 2 / squared)  # 1 is the bound of a semidefinite S
