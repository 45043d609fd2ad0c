"""Average precision: step sum over distinct scores, and what each unit contributes to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.labels import Flags, flags, scores_of
from pytest_evalgate.stats.linearised import pseudo_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The distinct scores from the highest down, shapes (g,), and each unit's own, (n,)."""

    hits: NDArray[np.int64]  # positives with this score
    hits_above: NDArray[np.int64]  # with this score or a higher one
    units_above: NDArray[np.int64]
    group: NDArray[np.intp]
    positive: Flags

    @property
    def average_precision(self) -> float:
        """Mean over the positives of the precision at their score."""
        precisions = self.hits_above / self.units_above
        return float((self.hits * precisions).sum()) / int(self.hits_above[-1])


def thresholds(labels: ArrayLike, scores: ArrayLike, *, at_least: int = 1) -> Thresholds:
    """Group the units by score, ties together.

    Raises:
        UndefinedTestError: A label is not 0 or 1, fewer than ``at_least`` positives, or a
            score is not finite.
    """
    positive = flags(labels, what="labels")
    ranks = scores_of(scores, positive.size)
    ones = int(np.count_nonzero(positive))
    if ones < at_least:
        raise UndefinedTestError(
            f"average precision needs at least {at_least} positive label(s) here, got {ones}",
            hint="evaluate more positive units",
        )
    order = np.argsort(-ranks)
    falling = ranks[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(falling)) + 1))
    sizes = np.diff(np.concatenate((starts, [falling.size])))
    hits = np.add.reduceat(positive[order], starts, dtype=np.int64)
    group = np.empty(falling.size, dtype=np.intp)
    group[order] = np.repeat(np.arange(starts.size), sizes)
    return Thresholds(
        hits=hits,
        hits_above=np.cumsum(hits),
        units_above=np.cumsum(sizes),
        group=group,
        positive=positive,
    )


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Sum of (recall step) * precision over the distinct scores, nothing interpolated.

    Args:
        labels: 1 for positive, 0 for negative, shape (n,), at least 1 positive.
        scores: Higher means more positive; ties form one threshold, shape (n,).

    Raises:
        UndefinedTestError: As for ``thresholds``.

    Source:
        scikit-learn: average_precision_score.
    """
    return thresholds(labels, scores).average_precision


def average_precision_pseudo_values(labels: ArrayLike, scores: ArrayLike) -> NDArray[np.float64]:
    """Exact jackknife pseudo-values of the average precision, shape (n,), in O(n log n).

    Leaving a unit out changes the precision at its own threshold and at all lower ones; the
    sums over those come from two cumulative sums, one for a positive, one for a negative.

    Args:
        labels: 1 for positive, 0 for negative, shape (n,), at least 2 positives.
        scores: Higher means more positive, shape (n,).

    Raises:
        UndefinedTestError: As for ``thresholds``, or fewer than 2 positives.
    """
    cut = thresholds(labels, scores, at_least=2)
    above, units = cut.hits_above, cut.units_above
    m = int(above[-1])
    before = np.cumsum(cut.hits * (above / units)) - cut.hits * (above / units)
    fewer = np.maximum(units - 1, 1)  # a lone first unit leaves nothing: its numerator is 0
    without_negative = cut.hits * (above / fewer)
    without_positive = cut.hits * ((above - 1) / fewer)
    own = np.maximum(above - 1, 0) / fewer
    if_negative = (before + _from_here_down(without_negative)) / m
    if_positive = (before + _from_here_down(without_positive) - own) / (m - 1)
    left = np.where(cut.positive, if_positive[cut.group], if_negative[cut.group])
    value = cut.average_precision
    return pseudo_values(value, left - value)


def _from_here_down(terms: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cumsum(terms[::-1])[::-1]
