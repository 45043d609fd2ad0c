"""Interquartile means over runs and tasks: half as noisy as a median, robust to a lucky task.

The mean of the middle half of all runs of all tasks, each task weighing the same. It is judged
through its influence: values beyond the quartiles count as the quartiles.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.linear import Linearised
from pytest_evalgate.stats.moments import finite_values, magnitude, unit_of


Floats: TypeAlias = NDArray[np.float64]

_LOW: Final = 0.25
_HIGH: Final = 0.75
_ROUNDING: Final = 1e-12  # weight of a value that lies in the middle half by rounding only


def interquartile_mean(values: ArrayLike) -> float:
    """Mean of the middle half: values on a quartile count with the part that lies inside.

    Args:
        values: Shape (n,), n >= 1.

    Raises:
        UndefinedTestError: No value, or values not finite or above 1e150.

    Source:
        Agarwal et al. (2021), NeurIPS 34, who drop floor(n / 4) at each end: the same for n
        divisible by 4.
    """
    array = finite_values(values)
    unit = unit_of(magnitude(array))
    return _middle(array / unit, np.full(array.size, 1.0 / array.size))[0] * unit


def trimmed_quarter_mean(values: ArrayLike) -> float:
    """Mean without floor(n / 4) values at each end, as rliable and scipy.stats.trim_mean take it.

    Raises:
        UndefinedTestError: No value, or values not finite or above 1e150.
    """
    array = np.sort(finite_values(values))
    unit, cut = unit_of(magnitude(array)), array.size // 4
    return float((array[cut : array.size - cut] / unit).mean()) * unit


def linearise_iqm(tasks: Sequence[ArrayLike]) -> tuple[float, tuple[Floats, ...]]:
    """Give the interquartile mean of runs over tasks and every run's pseudo-value.

    Each task weighs the same, however many runs it has. The mean over tasks of the mean
    pseudo-values is the interquartile mean, so ``fixed_tasks`` and ``random_tasks`` judge it.

    Args:
        tasks: The runs of each task, arrays of shape (runs,); at least one task.

    Returns:
        The interquartile mean, and a pseudo-value a run, arrays of shape (runs,) for each task.

    Raises:
        UndefinedTestError: No task, a task without a run, or values not finite or above 1e150.

    Source:
        Tukey and McLaughlin (1963), Sankhya A 25, 331-352; Agarwal et al. (2021).
    """
    if not len(tasks):
        raise UndefinedTestError("an interquartile mean needs at least 1 task, got 0")
    arrays = [finite_values(runs, what="runs of a task") for runs in tasks]
    unit = unit_of(magnitude(*arrays))
    pooled = np.concatenate(arrays) / unit
    weights = np.concatenate([np.full(one.size, 1.0 / (len(arrays) * one.size)) for one in arrays])
    value, low, high = _middle(pooled, weights)
    inside = np.clip(pooled, low, high)
    influence = (inside - low) - float(weights @ (inside - low))
    pseudo = (value + influence / (_HIGH - _LOW)) * unit
    ends = np.cumsum([one.size for one in arrays])[:-1]
    return value * unit, tuple(np.split(pseudo, ends))


def linearise_iqm_sample(values: ArrayLike) -> Linearised:
    """Give the interquartile mean of independent units with one pseudo-value a unit.

    Raises:
        UndefinedTestError: As for ``interquartile_mean``.
    """
    value, (pseudo,) = linearise_iqm([values])
    return Linearised(value=value, pseudo_values=pseudo)


def _middle(values: Floats, weights: Floats) -> tuple[float, float, float]:
    """Mean of the weighted middle half, and its smallest and largest value."""
    order = np.argsort(values, kind="stable")
    ranked, part = values[order], weights[order]
    upper = np.cumsum(part)
    upper[-1] = 1.0
    lower = np.concatenate(([0.0], upper[:-1]))
    inside = np.clip(upper, _LOW, _HIGH) - np.clip(lower, _LOW, _HIGH)
    kept = np.flatnonzero(inside > _ROUNDING)
    start = ranked[kept[0]]
    mean = start + float(inside[kept] @ (ranked[kept] - start)) / float(inside[kept].sum())
    return float(mean), float(start), float(ranked[kept[-1]])
