"""Means judged by a cheap judge on every unit and by gold labels on a random part of them.

Prediction-powered inference: the judge's mean over the rest, plus what the gold units show the
judge to be wrong by. Unbiased whatever the judge, if the gold units were drawn at random and
labelled blind; a better judge makes it more precise, never more biased.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.means import StudentT, require_finite
from pytest_evalgate.stats.moments import (
    Moments,
    centred,
    finite_values,
    is_constant,
    magnitude,
    require_spread,
    same_length,
    unit_of,
)
from pytest_evalgate.stats.shares import ShareScore


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rectified:
    """Gold labels less the weighted judge, and the weighted judge on the rest.

    The estimate is ``anchor + mean(on_gold) + mean(on_rest)``: both arrays are counted from the
    first gold label and the judge's first value there, so that large means keep their digits.
    """

    anchor: float  # the first gold label
    weight: float  # of the judge, in [0, 1]: 0 leaves gold alone, 1 is plain rectifying
    on_gold: NDArray[np.float64] = field(repr=False)  # shape (n,)
    on_rest: NDArray[np.float64] = field(repr=False)  # shape (N,), all 0 at weight 0
    is_binary: bool  # whether every gold label is 0 or 1

    @property
    def estimate(self) -> float:
        """Mean of the gold label over all units."""
        return _mean(self)[0]

    def pseudo_values(self) -> NDArray[np.float64]:
        """One value a unit, gold units first, shape (n + N,).

        Their mean is the estimate, and their plain standard error, sd / sqrt(n + N), that of
        ``ppi_t``; so whatever takes a mean's values takes them. The df of such a method must not
        exceed the number of gold units, or of clusters with gold, less 1.
        """
        n, rest = self.on_gold.size, self.on_rest.size
        total = n + rest
        stretch = math.sqrt(total * (total - 1.0))
        unit = unit_of(magnitude(self.on_gold, self.on_rest))
        gold = centred(self.on_gold, unit=unit).residuals * unit
        others = centred(self.on_rest, unit=unit).residuals * unit
        parts = (
            gold * (stretch / math.sqrt(n * (n - 1.0))),
            others * (stretch / math.sqrt(rest * (rest - 1.0))),
        )
        return self.estimate + np.concatenate(parts)


def judge_weight(gold: ArrayLike, judge_on_gold: ArrayLike, judge_on_rest: ArrayLike) -> float:
    """Weight of the judge that makes the variance smallest, estimated and clipped to [0, 1].

    cov(gold, judge) / ((1 + n / N) var(judge)), the covariance over the n gold units with
    denominator n, the variance over all units with n + N - 1. 0 for a judge that never varies.

    Source:
        Angelopoulos, Duchi and Zrnic (2023), PPI++, section 6; ppi_py with lam=None.
    """
    labels, judged, rest = _three(gold, judge_on_gold, judge_on_rest)
    everything = np.concatenate((judged, rest))
    if is_constant(everything, size=magnitude(everything)):
        return 0.0
    unit_y, unit_f = unit_of(magnitude(labels)), unit_of(magnitude(everything))
    y = centred(labels, unit=unit_y).residuals
    f = centred(judged, unit=unit_f).residuals
    variance = centred(everything, unit=unit_f).variance
    slope = float(y @ f) / labels.size / ((1.0 + labels.size / rest.size) * variance)
    if slope <= 0.0:
        return 0.0
    return 1.0 if slope * unit_y >= unit_f else slope * unit_y / unit_f


def require_weight(weight: float) -> None:
    """Refuse a weight of the judge outside [0, 1].

    Raises:
        UndefinedTestError: The weight is not finite or outside [0, 1].
    """
    require_finite(weight, what="weight of the judge")
    if not 0.0 <= weight <= 1.0:
        raise UndefinedTestError(f"the weight of the judge must lie in [0, 1], got {weight:g}")


def rectify(
    gold: ArrayLike,
    judge_on_gold: ArrayLike,
    judge_on_rest: ArrayLike,
    *,
    weight: float | None = None,
) -> Rectified:
    """Join gold labels and a judge's values of one arm.

    Args:
        gold: Gold label of each gold unit, shape (n,), n >= 2.
        judge_on_gold: The judge's value of the same units in the same order, shape (n,).
        judge_on_rest: The judge's value of all other units, shape (N,), N >= 2.
        weight: Weight of the judge, in [0, 1]; None for ``judge_weight``.

    Raises:
        UndefinedTestError: Too few values, lengths differ, values not finite or above 1e150, a
            weight outside [0, 1], gold and judge nowhere or everywhere equally far apart (no
            variance is not certainty), or a judge that never varies on the rest only.
    """
    labels, judged, rest = _three(gold, judge_on_gold, judge_on_rest)
    size = magnitude(labels, judged, rest)
    return _rectify(labels, judged, rest, weight=weight, size=size)


def rectify_pairs(
    gold: tuple[ArrayLike, ArrayLike],
    judge_on_gold: tuple[ArrayLike, ArrayLike],
    judge_on_rest: tuple[ArrayLike, ArrayLike],
    *,
    weight: float | None = None,
) -> Rectified:
    """Join the differences candidate - baseline of gold labels and of the judge's values.

    Each argument holds the candidate's values and the baseline's, of the same units in the same
    order; else as ``rectify``. The judge may favour one arm: its differences are rectified too.
    """
    names = ("gold labels", "judge values on gold units", "judge values on the rest")
    arms = [
        [finite_values(values, what=what, at_least=2) for values in pair]
        for pair, what in zip((gold, judge_on_gold, judge_on_rest), names, strict=True)
    ]
    for (first, second), what in zip(arms, names, strict=True):
        same_length(first, second.size, what=f"candidate's and baseline's {what}")
    labels, judged, rest = (first - second for first, second in arms)
    same_length(judged, labels.size, what="gold labels and judge values on gold units")
    size = magnitude(*(values for pair in arms for values in pair))
    return _rectify(labels, judged, rest, weight=weight, size=size)


def ppi_from_moments(gold: Moments, rest: Moments) -> StudentT:
    """Judge a rectified mean from the moments of its two parts.

    Args:
        gold: n, mean and variance (n - 1) of gold label - weight * judge over the gold units.
        rest: N, mean and variance (N - 1) of weight * judge over the rest; variance 0 at weight 0.

    Raises:
        UndefinedTestError: n < 2, N < 2, or no variance on the gold units.
    """
    if gold.n < 2 or rest.n < 2:
        raise UndefinedTestError(
            f"at least 2 gold units and 2 others are needed, got {gold.n} and {rest.n}"
        )
    if not 0.0 < gold.variance < math.inf or not 0.0 <= rest.variance < math.inf:
        raise UndefinedTestError(
            "the variances must be finite, and above 0 on the gold units,"
            f" got {gold.variance:g} and {rest.variance:g}"
        )
    return StudentT(
        estimate=gold.mean + rest.mean,
        standard_error=math.sqrt(gold.variance / gold.n + rest.variance / rest.n),
        df=gold.n - 1.0,
    )


def ppi_t(values: Rectified) -> StudentT:
    """Judge a rectified mean by t with n - 1 degrees of freedom, n the number of gold units.

    H0 for ``p_greater(limit)``: mean gold label over all units <= limit. Shares of 0/1 labels
    held against a limit need ``ppi_share``, or ``judged_share`` where the judge says 0 or 1 too.

    Source:
        Angelopoulos et al. (2023), Science 382, 669-674 (weight 1); Angelopoulos, Duchi and
        Zrnic (2023) (weight None). ppi_py has n for n - 1 and the normal law for t.
    """
    estimate, standard_error = _mean(values)
    return StudentT(estimate=estimate, standard_error=standard_error, df=values.on_gold.size - 1.0)


def ppi_share(values: Rectified) -> ShareScore:
    """Judge a rectified share of 0/1 gold labels by a score test with the design's variance.

    H0 for ``p_greater(limit)``: share over all units <= limit. By t, a gold part that happens to
    hold few failures has a high share and a small standard error at once.

    Raises:
        UndefinedTestError: A gold label other than 0 and 1, or an estimate outside (0, 1).

    Source:
        ``ppi_t`` for the variance, Wilson (1927) for the test.
    """
    if not values.is_binary:
        raise UndefinedTestError("a share needs gold labels of 0 and 1, got others")
    return ShareScore(inner=ppi_t(values))


def ppi_clusters(
    values: Rectified, gold_clusters: Sequence[str], rest_clusters: Sequence[str]
) -> StudentT:
    """Judge a rectified mean when units of one cluster are not independent.

    Both parts are means, so their sum is judged as two arms of CR2 are; a cluster may hold gold
    units and others. The df never exceed the number of clusters with gold, less 1.

    Args:
        values: Of ``rectify`` or ``rectify_pairs``.
        gold_clusters: Cluster of each gold unit, length n.
        rest_clusters: Cluster of each other unit, length N.

    Raises:
        UndefinedTestError: As ``cluster_difference``.
    """
    same_length(gold_clusters, values.on_gold.size, what="gold units and clusters")
    same_length(rest_clusters, values.on_rest.size, what="other units and clusters")
    if values.weight == 0.0:
        inner = cluster_mean(values.on_gold, gold_clusters)
    else:
        inner = cluster_difference(values.on_gold, gold_clusters, -values.on_rest, rest_clusters)
    most = len(set(gold_clusters)) - 1.0
    df = most if inner.df is None else min(most, inner.df)
    return StudentT(estimate=values.estimate, standard_error=inner.standard_error, df=df)


def ppi_difference(candidate: Rectified, baseline: Rectified) -> StudentT:
    """Judge the difference of two rectified means of different units, by Welch's t.

    Each arm has gold units of its own, and its judge is rectified by them. The df are
    Satterthwaite's, from one less than the number of gold units of each arm.

    Source:
        ``ppi_t`` for each arm, Welch (1947) for the two.
    """
    arms = (ppi_t(candidate), ppi_t(baseline))
    largest = max(arm.standard_error for arm in arms)
    shares = [(arm.standard_error / largest) ** 2 for arm in arms]  # no square underflows
    spread = sum(share**2 / (arm.df or math.inf) for share, arm in zip(shares, arms, strict=True))
    offsets = [
        arm.estimate - side.anchor for arm, side in zip(arms, (candidate, baseline), strict=True)
    ]
    return StudentT(
        estimate=(candidate.anchor - baseline.anchor) + (offsets[0] - offsets[1]),
        standard_error=largest * math.sqrt(sum(shares)),
        df=sum(shares) ** 2 / spread,
    )


def _three(
    gold: ArrayLike, judge_on_gold: ArrayLike, judge_on_rest: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    labels = finite_values(gold, what="gold labels", at_least=2)
    judged = finite_values(judge_on_gold, what="judge values on gold units", at_least=2)
    same_length(judged, labels.size, what="gold labels and judge values on gold units")
    return labels, judged, finite_values(judge_on_rest, what="judge values on the rest", at_least=2)


def _rectify(
    labels: NDArray[np.float64],
    judged: NDArray[np.float64],
    rest: NDArray[np.float64],
    *,
    weight: float | None,
    size: float,
) -> Rectified:
    if weight is None:
        weight = judge_weight(labels, judged, rest)
    require_weight(weight)
    on_gold = (labels - labels[0]) - weight * (judged - judged[0])
    on_rest = weight * (rest - judged[0])
    require_spread(on_gold, size=size, what="gold labels less what the judge says of them")
    if weight and is_constant(on_rest, size=weight * size):
        raise UndefinedTestError(
            f"all {rest.size} judge values on the rest equal {rest[0]:g}, those on gold do not",
            hint="the gold units must be a random part of all units",
        )
    return Rectified(
        anchor=float(labels[0]),
        weight=float(weight),
        on_gold=on_gold,
        on_rest=on_rest,
        is_binary=bool(np.isin(labels, (0.0, 1.0)).all()),
    )


def _mean(values: Rectified) -> tuple[float, float]:
    """Estimate and standard error, computed in the values' own unit and centred."""
    unit = unit_of(magnitude(values.on_gold, values.on_rest))
    gold = centred(values.on_gold, unit=unit)
    rest = centred(values.on_rest, unit=unit)
    scaled = ppi_from_moments(
        Moments(values.on_gold.size, gold.first + gold.offset, gold.variance),
        Moments(values.on_rest.size, rest.first + rest.offset, rest.variance),
    )
    return values.anchor + scaled.estimate * unit, scaled.standard_error * unit
