"""Statistics of a set of units as functions of unit weights: what a bootstrap resamples.

Whole weights count copies of a unit, so a resample is a vector of counts and leaving a unit out
is a weight of 0. Each function sorts once and returns the statistic as a function of weights.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.labels import both_classes, coded_classes, flags, scores_of
from pytest_evalgate.stats.moments import finite_values, same_length


OfWeights: TypeAlias = Callable[[NDArray[np.float64]], float]
"""From weights >= 0 of the n units, shape (n,), to the statistic.

Raises UndefinedTestError where the weights leave it undefined, as without any positive.
"""


def weighted_auroc(labels: ArrayLike, scores: ArrayLike) -> OfWeights:
    """Area under the ROC curve as a function of unit weights.

    Raises:
        UndefinedTestError: Labels not 0 or 1, a class missing, scores not finite.
    """
    positive = both_classes(labels)
    ranks = scores_of(scores, positive.size)
    order = np.argsort(ranks)
    starts = _starts(ranks[order])
    is_positive = positive[order]

    def area(weights: NDArray[np.float64]) -> float:
        sorted_weights = weights[order]
        ones = np.add.reduceat(sorted_weights * is_positive, starts)
        zeros = np.add.reduceat(sorted_weights * ~is_positive, starts)
        pairs = _above_zero(float(ones.sum()) * float(zeros.sum()), what="weight of a class")
        below = np.cumsum(zeros) - 0.5 * zeros
        return float((ones * below).sum()) / pairs

    return area


def weighted_average_precision(labels: ArrayLike, scores: ArrayLike) -> OfWeights:
    """Average precision as a function of unit weights.

    Raises:
        UndefinedTestError: Labels not 0 or 1, scores not finite.
    """
    positive = flags(labels, what="labels")
    ranks = scores_of(scores, positive.size)
    order = np.argsort(-ranks)
    starts = _starts(ranks[order])
    is_positive = positive[order]

    def precision(weights: NDArray[np.float64]) -> float:
        sorted_weights = weights[order]
        ones = np.add.reduceat(sorted_weights * is_positive, starts)
        units = np.cumsum(np.add.reduceat(sorted_weights, starts))
        total = _above_zero(float(ones.sum()), what="weight of the positives")
        above = np.cumsum(ones)
        shares = np.divide(above, units, out=np.zeros_like(above), where=units > 0.0)
        return float((ones * shares).sum()) / total

    return precision


def weighted_ratio(numerators: ArrayLike, denominators: ArrayLike) -> OfWeights:
    """Ratio of sums as a function of unit weights; precision, recall and F1 are such ratios.

    Raises:
        UndefinedTestError: Not finite, or lengths differ.
    """
    top = finite_values(numerators, what="numerators")
    bottom = finite_values(denominators, what="denominators")
    same_length(top, bottom.size, what="numerators and denominators")

    def ratio(weights: NDArray[np.float64]) -> float:
        total = _above_zero(float(weights @ bottom), what="denominator")
        return float(weights @ top) / total

    return ratio


def weighted_macro_f1(
    labels: ArrayLike, predictions: ArrayLike, *, classes: ArrayLike | None = None
) -> OfWeights:
    """Macro F1 as a function of unit weights; the classes stay those of all units.

    Raises:
        UndefinedTestError: As for ``labels.coded_classes``.
    """
    coded = coded_classes(labels, predictions, classes=classes)
    k = coded.classes.size
    same = np.where(coded.truth == coded.predicted, coded.truth, -1)

    def sums(codes: NDArray[np.intp], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(codes + 1, weights=weights, minlength=k + 1)[1:].astype(np.float64)

    def macro(weights: NDArray[np.float64]) -> float:
        uses = sums(coded.truth, weights) + sums(coded.predicted, weights)
        _above_zero(float(uses.min()), what="weight of a class")
        return float((2.0 * sums(same, weights) / uses).mean())

    return macro


def _starts(ordered: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where runs of equal values start."""
    return np.concatenate(([0], np.flatnonzero(np.diff(ordered)) + 1))


def _above_zero(total: float, *, what: str) -> float:
    if not total > 0.0:
        raise UndefinedTestError(
            f"the {what} is {total:g} in a resample, so the statistic is undefined there",
            hint="evaluate more units of the rare class",
        )
    return total
