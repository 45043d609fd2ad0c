"""What to show of a holdout that is asked again and again: the Ladder, and Thresholdout.

Neither is a test. They bound how far the numbers shown can be fitted to the holdout.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_cells, finite_values, same_length


_ROUNDING = 1e-12  # what decimal fractions leave of an exact tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What one submission showed."""

    empirical: float  # its mean loss on the holdout
    limit: float | None  # the mean loss had to be below this; None for the first
    accepted: bool
    released: float  # the best loss shown so far


def ladder(losses: ArrayLike, step: float) -> tuple[Rung, ...]:
    """Show a new best loss only if it is better by more than ``step``, rounded to steps.

    Args:
        losses: Loss of each submission on each row, shape (submissions, rows); less is better.
        step: Smallest improvement shown, > 0.

    Raises:
        UndefinedTestError: Losses not finite or not a table, or a step not above 0.

    Source:
        Blum and Hardt (2015), The Ladder, figure 1.
    """
    rows = finite_cells(losses, what="losses")
    if not 0.0 < step < math.inf:
        raise UndefinedTestError(f"the step of a ladder must be above 0, got {step}")
    rungs: list[Rung] = []
    for one in rows.mean(axis=1).tolist():
        limit = rungs[-1].released - step if rungs else None
        rungs.append(_rung(rungs, one, limit, steps=1.0 / step))
    return tuple(rungs)


def parameter_free_ladder(losses: ArrayLike) -> tuple[Rung, ...]:
    """As ``ladder`` with a step of one standard error of the difference to the best so far.

    Released losses are rounded to 1 / rows.

    Source:
        Blum and Hardt (2015), figure 3.
    """
    rows = finite_cells(losses, what="losses")
    n = rows.shape[1]
    if n < 2:
        raise UndefinedTestError(f"a ladder needs at least 2 rows, got {n}")
    rungs: list[Rung] = []
    best: NDArray[np.float64] = rows[0]
    for row in rows:
        error = float((row - best).std(ddof=1)) / math.sqrt(n)
        limit = rungs[-1].released - error if rungs else None
        rungs.append(_rung(rungs, float(row.mean()), limit, steps=float(n)))
        if rungs[-1].accepted:
            best = row
    return tuple(rungs)


def _rung(rungs: Sequence[Rung], empirical: float, limit: float | None, *, steps: float) -> Rung:
    is_accepted = limit is None or empirical < limit - _ROUNDING
    rounded = math.floor(empirical * steps + 0.5 + 1e-9) / steps  # half up
    released = rounded if is_accepted else rungs[-1].released
    return Rung(empirical=empirical, limit=limit, accepted=is_accepted, released=released)


class Source(StrEnum):
    """Where an answer came from."""

    TRAIN = "train"
    HOLDOUT = "holdout"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What Thresholdout answered, and what is left of its budget."""

    answers: tuple[float | None, ...]  # None where refused
    sources: tuple[Source, ...]
    budget: int
    threshold: float  # the noisy one, at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Laplace noise drawn beforehand: of the queries (4 sigma), answers (sigma), thresholds (2)."""

    first_threshold: float
    queries: Sequence[float]  # one a query
    answers: Sequence[float]  # one an answer from the holdout
    thresholds: Sequence[float]  # one an answer from the holdout


def thresholdout(
    train: ArrayLike, holdout: ArrayLike, noise: Noise, *, threshold: float, budget: int
) -> Answers:
    """Answer queries from the training rows, and from the holdout only where the two differ.

    Args:
        train: Mean of each query on the training rows, shape (queries,).
        holdout: Mean of each query on the holdout, shape (queries,).
        noise: Drawn beforehand, so that the same seed gives the same answers.
        threshold: Difference from which on the holdout answers.
        budget: Answers that the holdout may give.

    Raises:
        UndefinedTestError: Lengths differ, values not finite, or too little noise was drawn.

    Source:
        Dwork et al. (2015), Generalization in adaptive data analysis and holdout reuse, figure 1.
    """
    seen = finite_values(train, what="training answers")
    held = finite_values(holdout, what="holdout answers")
    same_length(held, seen.size, what="holdout and training answers")
    same_length(noise.queries, seen.size, what="noise of the queries and queries")
    limit = threshold + noise.first_threshold
    answers: list[float | None] = []
    sources: list[Source] = []
    spent = 0
    for on_train, on_holdout, extra in zip(
        seen.tolist(), held.tolist(), noise.queries, strict=True
    ):
        if spent >= budget:
            answers.append(None)
            sources.append(Source.REFUSED)
        elif abs(on_holdout - on_train) > limit + extra + _ROUNDING:
            answer, shift = _draw(noise, spent)
            answers.append(on_holdout + answer)
            sources.append(Source.HOLDOUT)
            limit = threshold + shift
            spent += 1
        else:
            answers.append(on_train)
            sources.append(Source.TRAIN)
    return Answers(
        answers=tuple(answers), sources=tuple(sources), budget=budget - spent, threshold=limit
    )


def _draw(noise: Noise, k: int) -> tuple[float, float]:
    if k >= min(len(noise.answers), len(noise.thresholds)):
        raise UndefinedTestError(f"noise was drawn for {k} answers of the holdout, one more is due")
    return noise.answers[k], noise.thresholds[k]
