"""Log-loss and Brier score of single predictions: values that a paired t test can judge."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.labels import Flags, flags, scores_of


def brier_values(labels: ArrayLike, probabilities: ArrayLike) -> NDArray[np.float64]:
    """(probability - label) squared of each unit, shape (n,); lower is better.

    Args:
        labels: 0 or 1, shape (n,).
        probabilities: Of label 1, in [0, 1], shape (n,).

    Raises:
        UndefinedTestError: A label is not 0 or 1, or a probability outside [0, 1].

    Source:
        Brier (1950), Monthly Weather Review 78(1), 1-3. scikit-learn: brier_score_loss.
    """
    positive, shares = _checked(labels, probabilities)
    return np.square(shares - positive)


def log_loss_values(labels: ArrayLike, probabilities: ArrayLike) -> NDArray[np.float64]:
    """Minus the natural log of the probability given to what happened, shape (n,).

    Lower is better. Nothing is clipped: a probability of 0 for what happened is an infinite
    loss, and a clipped one would make the mean depend on the clip.

    Args:
        labels: 0 or 1, shape (n,).
        probabilities: Of label 1, in [0, 1], shape (n,).

    Raises:
        UndefinedTestError: As for ``brier_values``, or probability 0 for what happened.

    Source:
        Good (1952), JRSS B 14(1), 107-114. scikit-learn: log_loss, which clips.
    """
    positive, shares = _checked(labels, probabilities)
    impossible = np.flatnonzero(np.where(positive, shares == 0.0, shares == 1.0))
    if impossible.size:
        position = int(impossible[0])
        raise UndefinedTestError(
            f"probability number {position + 1} is {shares[position]:g} with label"
            f" {int(positive[position])}: the log-loss is infinite",
            hint="let the model give probabilities inside (0, 1), or gate the Brier score",
        )
    losses = np.empty_like(shares)
    losses[positive] = -np.log(shares[positive])
    losses[~positive] = -np.log1p(-shares[~positive])
    return losses + 0.0  # no minus zero


def _checked(labels: ArrayLike, probabilities: ArrayLike) -> tuple[Flags, NDArray[np.float64]]:
    positive = flags(labels, what="labels")
    shares = scores_of(probabilities, positive.size, what="probabilities")
    outside = np.flatnonzero((shares < 0.0) | (shares > 1.0))
    if outside.size:
        position = int(outside[0])
        raise UndefinedTestError(
            f"a probability must lie in [0, 1], number {position + 1} is {shares[position]:g}",
            hint="scores that are not probabilities can be judged by auroc or ap",
        )
    return positive, shares
