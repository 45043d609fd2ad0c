"""Precision, recall and F1 of a binary classifier: counts, exact tests, and pseudo-values."""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import (
    finite_limit,
    open_level,
    two_bounds,
    whole_number,
)
from pytest_evalgate.stats.labels import flags
from pytest_evalgate.stats.linear import linearise_ratio
from pytest_evalgate.stats.moments import same_length
from pytest_evalgate.stats.proportions import Binomial, one_proportion
from pytest_evalgate.stats.result import WithoutStatistic


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How predictions met labels: true and false positives, false and true negatives.

    Raises:
        UndefinedTestError: A count is not a whole number of at least 0.
    """

    tp: int
    fp: int
    fn: int
    tn: int = 0

    def __post_init__(self) -> None:
        for name in ("tp", "fp", "fn", "tn"):
            whole_number(getattr(self, name), f"the count {name}", low=0)

    def merged(self, other: Self) -> Self:
        """Give the counts of both of two blocks of units."""
        return replace(
            self,
            tp=self.tp + other.tp,
            fp=self.fp + other.fp,
            fn=self.fn + other.fn,
            tn=self.tn + other.tn,
        )


def counts_of(labels: ArrayLike, predictions: ArrayLike) -> Counts:
    """Count how 0/1 predictions met 0/1 labels, both of shape (n,).

    Raises:
        UndefinedTestError: A value is neither 0 nor 1, or lengths differ.
    """
    truth, predicted = _arrays(labels, predictions)
    tp = int(np.count_nonzero(truth & predicted))
    fp = int(np.count_nonzero(predicted)) - tp
    fn = int(np.count_nonzero(truth)) - tp
    return Counts(tp=tp, fp=fp, fn=fn, tn=truth.size - tp - fp - fn)


def precision(counts: Counts) -> float:
    """Share of the predicted positives that are positive.

    Raises:
        UndefinedTestError: Nothing was predicted positive.
    """
    return precision_exact(counts).estimate


def recall(counts: Counts) -> float:
    """Share of the positives that were predicted.

    Raises:
        UndefinedTestError: No label is positive.
    """
    return recall_exact(counts).estimate


def f1(counts: Counts) -> float:
    """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).

    Raises:
        UndefinedTestError: No label and no prediction is positive.
    """
    return f1_exact(counts).estimate


def f1_standard_error(counts: Counts) -> float:
    """Standard error of F1 by the delta method; 0.0 where F1 is 0 or 1, which is no certainty.

    Raises:
        UndefinedTestError: No label and no prediction is positive.

    Source:
        Takahashi, Yamamoto, Kuchiba and Koyama (2022), Applied Intelligence 52, 4961-4972.
    """
    value = f1(counts)
    wrong = counts.fp + counts.fn
    spread = counts.tp * (2.0 - 2.0 * value) ** 2 + wrong * value**2
    return math.sqrt(spread) / (2 * counts.tp + wrong)


def precision_exact(counts: Counts) -> Binomial:
    """Judge precision exactly: TP of TP + FP is binomial.

    H0 for ``p_greater(limit)``: precision <= limit. For independent units of one arm.

    Raises:
        UndefinedTestError: Nothing was predicted positive.

    Source:
        Clopper and Pearson (1934). R: binom.test(tp, tp + fp, p = limit).
    """
    if not counts.tp + counts.fp:
        raise UndefinedTestError(
            "nothing was predicted positive, so precision is undefined",
            hint="lower the decision threshold, or gate recall or F1",
        )
    return one_proportion(counts.tp, counts.tp + counts.fp)


def recall_exact(counts: Counts) -> Binomial:
    """Judge recall exactly: TP of TP + FN is binomial.

    H0 for ``p_greater(limit)``: recall <= limit. For independent units of one arm.

    Raises:
        UndefinedTestError: No label is positive.

    Source:
        Clopper and Pearson (1934). R: binom.test(tp, tp + fn, p = limit).
    """
    if not counts.tp + counts.fn:
        raise UndefinedTestError(
            "no label is positive, so recall is undefined", hint="evaluate positive units"
        )
    return one_proportion(counts.tp, counts.tp + counts.fn)


@dataclass(frozen=True, slots=True, kw_only=True)
class F1Exact(WithoutStatistic):
    """Exact inference on F1 through Jaccard's index J = TP / (TP + FP + FN), F1 = 2 J / (1 + J).

    Given the number of units that are positive by label or prediction, TP is binomial with rate
    J. A limit T of F1 is the limit T / (2 - T) of J. Satisfies ``Inference``.

    Args:
        jaccard: Inference on J.
    """

    jaccard: Binomial

    @property
    def estimate(self) -> float:
        """F1."""
        hits = 2 * self.jaccard.successes
        return hits / (hits + self.jaccard.n - self.jaccard.successes)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: F1 <= limit."""
        return self.jaccard.p_greater(_jaccard_of(limit))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: F1 >= limit."""
        return self.jaccard.p_less(_jaccard_of(limit))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Clopper-Pearson's bounds of J in units of F1, each one-sided at ``alpha``."""
        open_level(alpha)
        return two_bounds(self.p_greater, self.p_less, alpha, within=(0.0, 1.0))

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """The p of as many units all right, or all wrong."""
        return self.jaccard.min_pvalue(_jaccard_of(limit), greater=greater)


def f1_exact(counts: Counts) -> F1Exact:
    """Judge F1 of one arm of independent units exactly.

    H0 for ``p_greater(limit)``: F1 <= limit.

    Raises:
        UndefinedTestError: No label and no prediction is positive.

    Source:
        F1 = 2 J / (1 + J) with Clopper and Pearson (1934) for J.
    """
    m = counts.tp + counts.fp + counts.fn
    if not m:
        raise UndefinedTestError(
            "no label and no prediction is positive, so F1 is undefined",
            hint="evaluate positive units",
        )
    return F1Exact(jaccard=one_proportion(counts.tp, m))


def precision_pseudo_values(labels: ArrayLike, predictions: ArrayLike) -> NDArray[np.float64]:
    """Pseudo-values of precision, shape (n,); see ``linear``.

    Raises:
        UndefinedTestError: As for ``counts_of``, or fewer than 2 predicted positives.
    """
    truth, predicted = _arrays(labels, predictions)
    return linearise_ratio(truth & predicted, predicted).pseudo_values


def recall_pseudo_values(labels: ArrayLike, predictions: ArrayLike) -> NDArray[np.float64]:
    """Pseudo-values of recall, shape (n,); see ``linear``.

    Raises:
        UndefinedTestError: As for ``counts_of``, or fewer than 2 positive labels.
    """
    truth, predicted = _arrays(labels, predictions)
    return linearise_ratio(truth & predicted, truth).pseudo_values


def f1_pseudo_values(labels: ArrayLike, predictions: ArrayLike) -> NDArray[np.float64]:
    """Pseudo-values of F1, shape (n,); see ``linear``.

    Raises:
        UndefinedTestError: As for ``counts_of``, or fewer than 2 units positive by label or
            prediction.
    """
    truth, predicted = _arrays(labels, predictions)
    hits = 2.0 * (truth & predicted)
    return linearise_ratio(hits, truth.astype(np.float64) + predicted).pseudo_values


def _arrays(
    labels: ArrayLike, predictions: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    truth = flags(labels, what="labels")
    predicted = flags(predictions, what="predictions")
    same_length(truth, predicted.size, what="labels and predictions")
    return truth, predicted


def _jaccard_of(limit: float) -> float:
    """Limit of J for one of F1; both leave 0..1 on the same side."""
    finite_limit(limit)
    return limit / (2.0 - limit) if limit <= 1.0 else 1.0 + (limit - 1.0)
