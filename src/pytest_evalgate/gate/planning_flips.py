"""Curves of methods that flip signs of whole units: t's, at a level that so many flips can have."""

import math

import numpy as np

from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.planning_curve import Aim, Amount, Curve
from pytest_evalgate.gate.planning_means import Law, a_limit, coarse, grown, student
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.gate.planning_scale import differences_at, size_of, sizes, working
from pytest_evalgate.stats.result import Inference


_COARSE = 50  # up to this many units the levels that sign flips can have are told apart


def sign_flips(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of sign flips: t's, at a level that the informative units can have."""
    limit = a_limit(question)
    found = differences_at(question, data, limit)
    if found is None or found.size < 2:
        return None
    n, informative = found.size, int(np.count_nonzero(found))
    error = float(np.std(found, ddof=1)) / math.sqrt(n)

    def law(_: Aim, amount: Amount) -> tuple[float, float] | None:
        return grown(error, max(informative, 2) - 1.0, amount.times)

    return _flipped(question, inference, data, law, error=error, informative=informative)


def cluster_flips(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of sign flips of whole clusters."""
    found = differences_at(question, data, a_limit(question))
    if found is None or data.candidate_clusters is None:
        return None
    names, index = np.unique(np.asarray(data.candidate_clusters), return_inverse=True)
    sums = np.bincount(index, weights=found - found.mean())
    clusters = names.size
    if clusters < 2:
        return None
    error = math.sqrt(float(np.square(sums).sum()) * clusters / (clusters - 1)) / found.size

    def law(_: Aim, amount: Amount) -> tuple[float, float] | None:
        return grown(error, clusters - 1.0, amount.times)

    return _flipped(question, inference, data, law, error=error, informative=clusters)


def swaps(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of swapping the arms of whole units: its bootstrap's standard error."""
    error = inference.standard_error
    if error is None or not error > 0.0:
        return None

    def law(_: Aim, amount: Amount) -> tuple[float, float] | None:
        return grown(error, None, amount.times)

    return _flipped(question, inference, data, law, error=error, informative=size_of(data))


def _flipped(
    question: PlanQuestion,
    inference: Inference,
    data: Data,
    law: Law,
    *,
    error: float,
    informative: int,
) -> Curve | None:
    if not error > 0.0:
        return None

    def level(alpha: float, times: float) -> float:
        n = round(informative * times)
        return alpha if n >= _COARSE else coarse(alpha, 2**n)

    scale = working(inference, data)
    step = error / scale.slope(a_limit(question))
    return student(scale, law, sizes(question, data), step=step, level=level)
