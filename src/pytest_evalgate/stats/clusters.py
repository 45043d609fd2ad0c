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
from pytest_evalgate.stats.moments import (
    centred,
    finite_values,
    is_rounding,
    magnitude,
    require_spread,
    same_length,
    unit_of,
)


MIN_CLUSTERS: Final = 3
MIN_CLUSTERS_OF_ARM: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arm:
    """One arm's share of the sandwich, per cluster, shapes (clusters,).

    ``adjusted``: CR2 residual sums over n. The arm's part of the Satterthwaite matrix has
    ``diagonal`` on its diagonal and -``factor`` factor' off it.
    """

    first: float
    offset: float
    spread: float
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
    array = finite_values(values)
    size = magnitude(array)
    codes = _codes(clusters)
    same_length(codes, array.size, what="values and clusters")
    require_spread(array, size=size, what="values")
    unit = unit_of(size)
    arm = _arm(array, codes, unit=unit, what="values")
    return _sandwich((arm,), estimate=arm.first + arm.offset, unit=unit, size=size)


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
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    same_length(candidate_clusters, first.size, what="candidate values and clusters")
    same_length(baseline_clusters, second.size, what="baseline values and clusters")
    require_spread(first, size=magnitude(first), what="candidate values")
    require_spread(second, size=magnitude(second), what="baseline values")
    codes = _codes([*candidate_clusters, *baseline_clusters])
    size = magnitude(first, second)
    unit = unit_of(size)
    total = int(codes.max()) + 1
    arm_c = _arm(first, codes[: first.size], unit=unit, total=total, what="candidate values")
    arm_b = _arm(second, codes[first.size :], unit=unit, total=total, what="baseline values")
    estimate = (arm_c.first - arm_b.first) + (arm_c.offset - arm_b.offset)
    return _sandwich((arm_c, arm_b), estimate=estimate, unit=unit, size=size)


def _codes(clusters: Sequence[str]) -> NDArray[np.intp]:
    """Number the clusters in order of appearance."""
    numbers: dict[str, int] = {}
    codes = np.fromiter(
        (numbers.setdefault(cluster, len(numbers)) for cluster in clusters), dtype=np.intp
    )
    if len(numbers) < MIN_CLUSTERS:
        raise UndefinedTestError(
            f"a cluster-robust test needs at least {MIN_CLUSTERS} clusters, got {len(numbers)}",
            hint="gather samples from more clusters",
        )
    return codes


def _arm(
    values: NDArray[np.float64],
    codes: NDArray[np.intp],
    *,
    unit: float,
    what: str,
    total: int | None = None,
) -> _Arm:
    parts = centred(values, unit=unit)
    n = values.size
    length = total or 0
    sizes = np.bincount(codes, minlength=length).astype(np.float64)
    if int(np.count_nonzero(sizes)) < MIN_CLUSTERS_OF_ARM:
        raise UndefinedTestError(
            f"all {n} {what} come from one cluster, so their variation between clusters"
            " cannot be judged",
            hint="gather samples from more clusters",
        )
    sums = np.bincount(codes, weights=parts.residuals, minlength=length)
    kept = 1.0 - sizes / n  # one less the leverage of a cluster's sum
    return _Arm(
        first=parts.first,
        offset=parts.offset,
        spread=magnitude(parts.residuals),
        adjusted=sums / (n * np.sqrt(kept)),
        diagonal=sizes / n**2,
        factor=sizes / (n**1.5 * np.sqrt(kept)),
    )


def _sandwich(arms: tuple[_Arm, ...], *, estimate: float, unit: float, size: float) -> StudentT:
    """Combine the arms: the first with sign +, the second with sign -."""
    signed = arms[0].adjusted - sum(arm.adjusted for arm in arms[1:])
    standard_error = math.sqrt(float(np.square(signed).sum())) * unit
    spread = max(arm.spread for arm in arms) * unit
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
