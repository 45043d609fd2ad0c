"""Averages over tasks, each task weighing the same: macro means of runs, seeds or items.

Two questions, two standard errors. Fixed tasks: "on these tasks", where only the runs within a
task vary. Random tasks: "on tasks like these", where the tasks themselves are the sample.
"""

import math
from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT, one_sample_t, require_finite
from pytest_evalgate.stats.moments import (
    Centred,
    Moments,
    centred,
    finite_values,
    is_constant,
    magnitude,
    same_length,
    unit_of,
)


Floats: TypeAlias = NDArray[np.float64]
Tasks: TypeAlias = Sequence[ArrayLike]


def fixed_tasks_from_moments(effects: Sequence[float], terms: Sequence[Moments]) -> StudentT:
    """Judge the mean effect over fixed tasks: SE^2 = sum(variance / n) / k^2, Satterthwaite's df.

    A term without variance adds nothing, no degree of freedom either.

    Args:
        effects: Effect on each of the k tasks, k >= 1.
        terms: Moments of every sample behind the effects, in any order: one a task for one arm
            or pairs, two a task for two arms. Their means are not looked at.

    Raises:
        UndefinedTestError: No task, a sample of fewer than 2, or no sample that varies.

    Source:
        Welch (1947); Satterthwaite (1946), Biometrics Bulletin 2(6), 110-114.
    """
    k = len(effects)
    if not k:
        raise UndefinedTestError("a mean over tasks needs at least 1 task, got 0")
    for moments in terms:
        _require_two(moments.n)
        require_finite(moments.variance, what="variance of a task")
    parts = [(moments.variance / moments.n, moments.n - 1) for moments in terms]
    total = math.fsum(part for part, _ in parts)
    if not total > 0.0:
        raise _never_varies("samples")
    noise = math.fsum((part / total) ** 2 / df for part, df in parts)
    return StudentT(
        estimate=math.fsum(effect / k for effect in effects),
        standard_error=math.sqrt(total) / k,
        df=1.0 / noise,
    )


def fixed_tasks(candidate: Tasks, baseline: Tasks | None = None) -> StudentT:
    """Judge a macro mean, or the difference of two, on these very tasks; runs are independent.

    H0 for ``p_greater(limit)``: mean over tasks of (candidate - baseline) <= limit. A task whose
    runs are all equal in one arm (a solved game) adds no variance; an arm in which no task
    varies is refused.

    Args:
        candidate: Runs (or items) of each of the k tasks, arrays of shape (runs,), runs >= 2;
            tasks may have different numbers.
        baseline: Other runs of the same tasks in the same order; None for one arm.

    Raises:
        UndefinedTestError: Tasks differ in number, a task with a single run, values not finite
            or above 1e150, or an arm whose runs do not vary within any task.

    Source:
        Satterthwaite (1946); Agarwal et al. (2021), NeurIPS 34, for the design.
    """
    arms = [_arm(candidate, what="candidate runs of a task")]
    if baseline is not None:
        arms.append(_arm(baseline, what="baseline runs of a task"))
        same_length(arms[0], len(arms[1]), what="the tasks of candidate and baseline")
    for arm, name in zip(arms, ("candidate", "baseline"), strict=False):
        for runs in arm:
            _require_two(runs.size)
        if all(is_constant(runs, size=magnitude(runs)) for runs in arm):
            raise _never_varies(f"{name} runs")
    return _fixed(arms)


def fixed_tasks_paired(candidate: Tasks, baseline: Tasks) -> StudentT:
    """Judge the macro mean of candidate - baseline over pairs within these very tasks.

    H0 for ``p_greater(limit)``: mean over tasks of the mean difference <= limit.

    Args:
        candidate: Values of each of the k tasks, arrays of shape (pairs,), pairs >= 2.
        baseline: The same pairs in the same order.

    Raises:
        UndefinedTestError: As for ``fixed_tasks``, or a task's lengths differ.
    """
    first = _arm(candidate, what="candidate values of a task")
    second = _arm(baseline, what="baseline values of a task")
    same_length(first, len(second), what="the tasks of candidate and baseline")
    differences = []
    for one, other in zip(first, second, strict=True):
        same_length(one, other.size, what="candidate and baseline of a task's pairs")
        _require_two(one.size)
        differences.append(_without_noise(one - other, size=magnitude(one, other)))
    if all(float(np.ptp(one)) == 0.0 for one in differences):
        raise _never_varies("differences")
    return _fixed([differences])


def random_tasks(candidate: Tasks, baseline: Tasks | None = None) -> StudentT:
    """Judge a macro mean, or the difference of two, on tasks like these: t with k - 1 df.

    H0 for ``p_greater(limit)``: mean over the population of tasks <= limit. Runs may be paired
    or not, and one a task will do: the tasks' own differences are what varies.

    Args:
        candidate: Runs (or items) of each of the k tasks, arrays of shape (runs,), k >= 2.
        baseline: Runs of the same tasks in the same order; None for one arm.

    Raises:
        UndefinedTestError: Fewer than 2 tasks, tasks differ in number, values not finite or
            above 1e150, or task means that do not vary.
    """
    return one_sample_t(task_effects(candidate, baseline))


def task_effects(candidate: Tasks, baseline: Tasks | None = None) -> Floats:
    """Mean of each task, or the difference of the two arms' means, shape (k,).

    Raises:
        UndefinedTestError: Tasks differ in number, a task without a value, values not finite or
            above 1e150.
    """
    arms = [_arm(candidate, what="candidate runs of a task")]
    if baseline is not None:
        arms.append(_arm(baseline, what="baseline runs of a task"))
        same_length(arms[0], len(arms[1]), what="the tasks of candidate and baseline")
    unit = unit_of(magnitude(*chain(*arms)))
    effects = _effects([[centred(runs, unit=unit) for runs in arm] for arm in arms])
    return np.array(effects) * unit


def _fixed(arms: Sequence[Sequence[Floats]]) -> StudentT:
    unit = unit_of(magnitude(*chain(*arms)))
    parts = [[centred(runs, unit=unit) for runs in arm] for arm in arms]
    terms = [
        Moments(runs.size, 0.0, _variance(runs, part))
        for arm, centres in zip(arms, parts, strict=True)
        for runs, part in zip(arm, centres, strict=True)
    ]
    scaled = fixed_tasks_from_moments(_effects(parts), terms)
    return StudentT(
        estimate=scaled.estimate * unit,
        standard_error=scaled.standard_error * unit,
        df=scaled.df,
    )


def _variance(runs: Floats, part: Centred) -> float:
    """Variance of a task's runs, 0 where they differ by rounding only."""
    return 0.0 if is_constant(runs, size=magnitude(runs)) else part.variance


def _effects(arms: Sequence[Sequence[Centred]]) -> list[float]:
    """Each task's mean, less the second arm's; large means that are near keep their digits."""
    if len(arms) == 1:
        return [one.first + one.offset for one in arms[0]]
    return [
        (one.first - other.first) + (one.offset - other.offset)
        for one, other in zip(arms[0], arms[1], strict=True)
    ]


def _arm(tasks: Tasks, *, what: str) -> list[Floats]:
    if not len(tasks):
        raise UndefinedTestError("a mean over tasks needs at least 1 task, got 0")
    return [finite_values(runs, what=what) for runs in tasks]


def _without_noise(differences: Floats, *, size: float) -> Floats:
    """Differences that are equal but for rounding at the values' magnitude, made equal."""
    if not is_constant(differences, size=size):
        return differences
    return np.full_like(differences, differences[0])


def _require_two(runs: int) -> None:
    if runs < 2:
        raise UndefinedTestError(
            f"fixed tasks need at least 2 runs of each, got a task with {runs}",
            hint="run the tasks again with other seeds, or judge random tasks",
        )


def _never_varies(what: str) -> UndefinedTestError:
    return UndefinedTestError(
        f"the {what} do not vary within any task (zero variance), so their spread cannot be judged",
        hint="check that the runs are not copies of one another",
    )
