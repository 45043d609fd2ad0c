"""Scores of tasks: normalised to a common scale, and summed up in one number for a report."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import require_finite
from pytest_evalgate.stats.moments import finite_values, magnitude, same_length, unit_of


def normalise(values: ArrayLike, *, zero: float, one: float) -> NDArray[np.float64]:
    """Put a task's values on a scale where ``zero`` is 0 and ``one`` is 1.

    (value - zero) / (one - zero): 0 may be a random player and 1 a human. ``one`` may lie below
    ``zero`` where less is better; then more is better afterwards.

    Args:
        values: Shape (n,).
        zero: Value that becomes 0.
        one: Value that becomes 1, another than ``zero``.

    Raises:
        UndefinedTestError: Values or references not finite, references equal but for rounding,
            or results above 1e150.

    Source:
        Mnih et al. (2015), Nature 518, 529-533 (human-normalised scores).
    """
    array = finite_values(values)
    require_finite(zero, what="value that becomes 0")
    require_finite(one, what="value that becomes 1")
    if abs(one - zero) <= 1e-12 * max(abs(one), abs(zero)):
        raise UndefinedTestError(
            f"a scale needs two different references, got {zero:g} and {one:g}",
            hint="check the references of this task",
        )
    with np.errstate(over="ignore"):
        scaled = (array - zero) / (one - zero)
    return finite_values(scaled, what="normalised values")


def probability_of_improvement(
    candidate: Sequence[ArrayLike], baseline: Sequence[ArrayLike]
) -> NDArray[np.float64]:
    """Probability that a candidate's run beats a baseline's on each task, ties half, shape (k,).

    Mann and Whitney's U / (n m); the mean over tasks is the figure of Agarwal et al. (2021).

    Raises:
        UndefinedTestError: No task, tasks differ in number, or values not finite.
    """
    same_length(candidate, len(baseline), what="the tasks of candidate and baseline")
    if not len(candidate):
        raise UndefinedTestError("a probability of improvement needs at least 1 task, got 0")
    return np.array([_wins(one, other) for one, other in zip(candidate, baseline, strict=True)])


def optimality_gap(values: ArrayLike, *, target: float = 1.0) -> float:
    """Mean shortfall below the target: values above it count as the target.

    Raises:
        UndefinedTestError: No value, or values or target not finite.

    Source:
        Agarwal et al. (2021), NeurIPS 34.
    """
    require_finite(target, what="target")
    array = finite_values(values)
    unit = unit_of(max(magnitude(array), abs(target)))
    return float(np.maximum(0.0, target / unit - array / unit).mean()) * unit


def median_of_means(tasks: Sequence[ArrayLike]) -> float:
    """Median over tasks of their mean values.

    Raises:
        UndefinedTestError: No task, a task without a value, or values not finite.
    """
    arrays = [finite_values(runs, what="runs of a task") for runs in tasks]
    if not arrays:
        raise UndefinedTestError("a median over tasks needs at least 1 task, got 0")
    unit = unit_of(magnitude(*arrays))
    return float(np.median([math.fsum(one / unit) / one.size for one in arrays])) * unit


def _wins(candidate: ArrayLike, baseline: ArrayLike) -> float:
    first = finite_values(candidate, what="candidate runs of a task")
    second = np.sort(finite_values(baseline, what="baseline runs of a task"))
    below = np.searchsorted(second, first, side="left")
    up_to = np.searchsorted(second, first, side="right")
    return float((below + up_to).sum()) / (2.0 * first.size * second.size)
