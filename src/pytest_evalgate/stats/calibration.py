"""Calibration of predicted probabilities in bins: what a report may show beside a Brier score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.moments import finite_values, same_length


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationError:
    """Distance of predicted from observed shares over bins.

    Attributes:
        mean: Mean absolute distance, bins weighed by their items (expected calibration error).
        largest: Largest absolute distance of a bin.
        debiased_square: Mean squared distance less what chance adds to it; may be negative.
    """

    mean: float
    largest: float
    debiased_square: float


def calibration_error(
    labels: ArrayLike, probabilities: ArrayLike, *, bins: int
) -> CalibrationError:
    """Measure calibration over equal bins (k / bins, (k + 1) / bins], 0 in the first.

    ``mean`` is above 0 for a calibrated model too, by about sqrt(bins / n), and moves with the
    bins: compare arms over the same bins only, and judge log-loss or Brier scores instead.

    Args:
        labels: 0 or 1, shape (n,), n >= 1.
        probabilities: Predicted probability of 1, in [0, 1], shape (n,).
        bins: Number of bins, >= 1.

    Raises:
        UndefinedTestError: No items, lengths differ, a label that is not 0 or 1, or a
            probability outside [0, 1].

    Source:
        Guo et al. (2017), ICML; debiased: Kumar, Liang and Ma (2019), NeurIPS.
    """
    bins = whole_number(bins, "the number of bins", low=1, high=1_000_000)
    y = finite_values(labels, what="labels")
    p = finite_values(probabilities, what="probabilities")
    same_length(y, p.size, what="labels and probabilities")
    if not np.isin(y, (0.0, 1.0)).all():
        raise UndefinedTestError("labels must be 0 or 1", hint="name the positive class")
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise UndefinedTestError("probabilities must lie in [0, 1]", hint="give no logits")
    inner = np.arange(1, bins) / bins
    place = np.searchsorted(inner, p, side="left")
    counts = np.bincount(place, minlength=bins)
    used = counts > 0
    size = counts[used]
    share = np.bincount(place, weights=y, minlength=bins)[used] / size
    apart = share - np.bincount(place, weights=p, minlength=bins)[used] / size
    chance = np.where(size > 1, share * (1.0 - share) / np.maximum(size - 1, 1), 0.0)
    weights = size / p.size
    return CalibrationError(
        mean=float(weights @ np.abs(apart)),
        largest=float(np.abs(apart).max()),
        debiased_square=float(weights @ (np.square(apart) - chance)),
    )
