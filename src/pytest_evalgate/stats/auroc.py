"""Area under the ROC curve after DeLong: placements from one sort, in O(n log n)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.labels import Flags, both_classes, scores_of
from pytest_evalgate.stats.logits import Logit
from pytest_evalgate.stats.means import StudentT


MIN_OF_CLASS: Final = 2
"""Units of each class without which a variance does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """Where each unit stands among the units of the other class, twice over and so exact.

    Args:
        positives: For each positive twice the negatives below it, ties once, shape (m,).
        negatives: For each negative twice the positives above it, ties once, shape (n,).
    """

    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]

    @property
    def pairs(self) -> int:
        """Twice the number of pairs of a positive and a negative."""
        return 2 * self.positives.size * self.negatives.size

    @property
    def area(self) -> float:
        """Share of pairs in which the positive has the higher score, ties half."""
        return int(self.positives.sum()) / self.pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What DeLong's variance is made of: an estimate and the variance that each class adds.

    Args:
        estimate: An area, or a difference of two.
        positives: Variance of the m positives' placements over m; variance of their
            differences for a difference.
        negatives: The same of the n negatives.
        m: Number of positives.
        n: Number of negatives.
    """

    estimate: float
    positives: float
    negatives: float
    m: int
    n: int

    @property
    def variance(self) -> float:
        """DeLong's variance of the estimate."""
        return self.positives + self.negatives


def placements(labels: ArrayLike, scores: ArrayLike, *, at_least: int = 1) -> Placements:
    """Count, for each unit, the units of the other class on the right side of it.

    Args:
        labels: 1 for positive, 0 for negative, shape (n,).
        scores: Higher means more positive; never turned round, shape (n,).
        at_least: Units needed of each class.

    Raises:
        UndefinedTestError: A label is not 0 or 1, a class is missing, a score is not finite.
    """
    positive = both_classes(labels, at_least=at_least)
    return _placements(positive, scores_of(scores, positive.size))


def _placements(positive: Flags, scores: NDArray[np.float64]) -> Placements:
    doubled = _doubled(positive, scores)
    m = int(np.count_nonzero(positive))
    return Placements(positives=doubled[positive], negatives=2 * m - doubled[~positive])


def _doubled(positive: Flags, scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twice the units of the other class below each unit, ties once, in the units' order."""
    order = np.argsort(scores)
    ordered, is_positive = scores[order], positive[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(ordered)) + 1))  # of runs of ties
    sizes = np.diff(np.concatenate((starts, [scores.size])))
    ones = np.add.reduceat(is_positive, starts, dtype=np.int64)
    zeros = sizes - ones
    ones_around = 2 * np.cumsum(ones) - ones  # below the run twice, within it once
    zeros_around = 2 * np.cumsum(zeros) - zeros
    found = np.where(is_positive, np.repeat(zeros_around, sizes), np.repeat(ones_around, sizes))
    back = np.empty(scores.size, dtype=np.int64)
    back[order] = found
    return back


def auroc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: P(positive scores higher) + P(tie) / 2.

    Raises:
        UndefinedTestError: As for ``placements``.

    Source:
        Hanley and McNeil (1982). scikit-learn: roc_auc_score.
    """
    return placements(labels, scores).area


def auroc_pseudo_values(labels: ArrayLike, scores: ArrayLike) -> NDArray[np.float64]:
    """Pseudo-values of the area, one a unit in the units' order; their mean is the area.

    Their variance over n is DeLong's, with each class's share times m / (m - 1): the
    jackknife's. Clusters of them give the variance of Obuchowski (1997).

    Raises:
        UndefinedTestError: As for ``placements``, or fewer than 2 units of a class.
    """
    positive = both_classes(labels, at_least=MIN_OF_CLASS)
    placed = _placements(positive, scores_of(scores, positive.size))
    m, n = placed.positives.size, placed.negatives.size
    values = np.empty(m + n)
    # Leaving out a positive moves the area by (area - placement) / (m - 1).
    values[positive] = (placed.positives / (2.0 * n) - placed.area) / (m - 1)
    values[~positive] = (placed.negatives / (2.0 * m) - placed.area) / (n - 1)
    return placed.area + (m + n - 1) * values


def area_parts(placed: Placements) -> Parts:
    """Reduce the placements of one model to its area and variances.

    Raises:
        UndefinedTestError: Fewer than 2 units of a class.
    """
    m, n = placed.positives.size, placed.negatives.size
    return Parts(
        estimate=placed.area,
        positives=_variance(placed.positives / (2.0 * n)) / m,
        negatives=_variance(placed.negatives / (2.0 * m)) / n,
        m=m,
        n=n,
    )


def difference_parts(candidate: Placements, baseline: Placements) -> Parts:
    """Reduce the placements of two models on the same units to a difference and its variances.

    Raises:
        UndefinedTestError: Fewer than 2 units of a class.
    """
    m, n = candidate.positives.size, candidate.negatives.size
    of_positives = candidate.positives - baseline.positives  # whole numbers: nothing cancels
    of_negatives = candidate.negatives - baseline.negatives
    return Parts(
        estimate=int(of_positives.sum()) / candidate.pairs,
        positives=_variance(of_positives / (2.0 * n)) / m,
        negatives=_variance(of_negatives / (2.0 * m)) / n,
        m=m,
        n=n,
    )


def auroc_one_arm(labels: ArrayLike, scores: ArrayLike) -> Logit:
    """Judge an area against a limit on the logit scale, t with Satterthwaite's df.

    H0 for ``p_greater(limit)``: area <= limit.

    Args:
        labels: 1 for positive, 0 for negative, shape (n,), at least 2 of each.
        scores: Higher means more positive, shape (n,).

    Raises:
        UndefinedTestError: As for ``placements``; an area of 0 or 1; no variance.

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3), 837-845; Sun and Xu (2014).
        R: pROC::var(roc(labels, scores), method = "delong").
    """
    parts = area_parts(placements(labels, scores, at_least=MIN_OF_CLASS))
    _require_between(parts.estimate, what="the area under the ROC curve")
    return Logit(
        estimate=parts.estimate,
        standard_error=parts.variance**0.5,
        df=satterthwaite(parts),
    )


def auroc_paired(
    labels: ArrayLike, candidate_scores: ArrayLike, baseline_scores: ArrayLike
) -> StudentT:
    """Judge the difference of the areas of two models on the same units, by t.

    H0 for ``p_greater(limit)``: area(candidate) - area(baseline) <= limit. DeLong's z with the
    degrees of freedom of its variance: with 5 or 10 of a class z promotes .06-.07 at .05.

    Args:
        labels: 1 for positive, 0 for negative, shape (n,), at least 2 of each.
        candidate_scores: Higher means more positive, shape (n,).
        baseline_scores: Of the same units in the same order, on any scale, shape (n,).

    Raises:
        UndefinedTestError: As for ``placements``; an area of 0 or 1; the models rank alike.

    Source:
        DeLong et al. (1988). R: pROC::roc.test(method = "delong", paired = TRUE), which is z.
    """
    positive = both_classes(labels, at_least=MIN_OF_CLASS)
    candidate, baseline = (
        _placements(positive, scores_of(scores, positive.size, what=f"{arm} scores"))
        for arm, scores in (("candidate", candidate_scores), ("baseline", baseline_scores))
    )
    _require_between(candidate.area, what="the candidate's area")
    _require_between(baseline.area, what="the baseline's area")
    return _student(difference_parts(candidate, baseline))


def auroc_independent(
    candidate_labels: ArrayLike,
    candidate_scores: ArrayLike,
    baseline_labels: ArrayLike,
    baseline_scores: ArrayLike,
) -> StudentT:
    """Judge the difference of the areas of two models on different units, by t.

    H0 for ``p_greater(limit)``: area(candidate) - area(baseline) <= limit. Satterthwaite's df
    of the four classes' variances.

    Raises:
        UndefinedTestError: As for ``auroc_one_arm``, in either arm.

    Source:
        DeLong et al. (1988). R: pROC::roc.test(paired = FALSE), whose df counts units.
    """
    candidate = area_parts(placements(candidate_labels, candidate_scores, at_least=MIN_OF_CLASS))
    baseline = area_parts(placements(baseline_labels, baseline_scores, at_least=MIN_OF_CLASS))
    _require_between(candidate.estimate, what="the candidate's area")
    _require_between(baseline.estimate, what="the baseline's area")
    return StudentT(
        estimate=candidate.estimate - baseline.estimate,
        standard_error=(candidate.variance + baseline.variance) ** 0.5,
        df=satterthwaite(candidate, baseline),
    )


def satterthwaite(*arms: Parts) -> float:
    """Degrees of freedom of a sum of independent variances, one of each class of each arm.

    Raises:
        UndefinedTestError: The sum is not above 0.
    """
    total = sum(arm.variance for arm in arms)
    if not total > 0.0:
        raise UndefinedTestError(
            "no unit ranks differently from another (zero variance), so the area's spread"
            " cannot be judged",
            hint="check that the scores of the arms are not copies of one another",
        )
    spread = sum(
        (arm.positives / total) ** 2 / (arm.m - 1) + (arm.negatives / total) ** 2 / (arm.n - 1)
        for arm in arms
    )
    return 1.0 / spread


def _student(parts: Parts) -> StudentT:
    df = satterthwaite(parts)
    return StudentT(estimate=parts.estimate, standard_error=parts.variance**0.5, df=df)


def _variance(values: NDArray[np.float64]) -> float:
    if values.size < MIN_OF_CLASS:
        raise UndefinedTestError("the variance of an area needs at least 2 units of each class")
    if values.min() == values.max():  # var() of equal floats can round to a tiny non-zero
        return 0.0
    return float(values.var(ddof=1))


def _require_between(area: float, *, what: str) -> None:
    if not 0.0 < area < 1.0:
        raise UndefinedTestError(
            f"{what} is {area:g}: classes that do not overlap show no spread to judge by",
            hint="evaluate more and harder units of both classes",
        )
