"""What was read of each unit -> the number that a metric is about, and pseudo-values.

A statistic of a set of units, such as a ratio of sums or an area, is judged through one
pseudo-value a unit: their mean is the statistic, and they are independent where the units are.
So every design that averages - pairs, clusters, runs by items - judges it without more ado.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import LINEAR, Family, Method
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.spec.model import Better, Metric
from pytest_evalgate.stats.auroc import auroc_pseudo_values
from pytest_evalgate.stats.confusion import (
    f1_pseudo_values,
    precision_pseudo_values,
    recall_pseudo_values,
)
from pytest_evalgate.stats.iqm import linearise_iqm_sample
from pytest_evalgate.stats.linear import linearise_ratio
from pytest_evalgate.stats.macro_f1 import macro_f1_pseudo_values
from pytest_evalgate.stats.pass_at_k import pass_all_k, pass_at_k
from pytest_evalgate.stats.proper_scores import brier_values, log_loss_values
from pytest_evalgate.stats.ranking import average_precision_pseudo_values


Extras = Mapping[str, Array]
# These judge a statistic of a set of units by the units' pseudo-values.
AVERAGING = frozenset({
    Method.CROSSED, Method.CLUSTER_ROBUST, Method.ONE_SAMPLE_T, Method.PAIRED_T, Method.WELCH_T,
    Method.TILTED_SCORE,
})  # fmt: skip


def per_unit(metric: Metric, family: Family, data: Data) -> Data:
    """Return the numbers that a metric is about, one a unit: scores, losses, wins.

    Raises:
        UndefinedTestError: a value for which the number is not defined.
    """
    if metric.normalize is not None:
        data = _map_arms(data, lambda values, extras: _normalised(metric, values, extras))
    if metric.statistic == "brier":
        data = _map_arms(data, lambda values, extras: _shaped(brier_values, extras, values))
    if metric.statistic == "log_loss":
        data = _map_arms(data, lambda values, extras: _shaped(log_loss_values, extras, values))
    if metric.statistic in {"pass_at_k", "pass_all_k"}:
        data = _map_arms(data, lambda values, extras: _passes(metric, values, extras))
    if family is Family.WIN_RATE and data.baseline is not None:
        data = _wins(metric, data) if data.is_paired else _higher_wins(metric, data)
    return data


def _map_arms(data: Data, function: Callable[[Array, Extras], Array]) -> Data:
    """Apply a function to the values and further columns of both arms, cells included."""
    found: dict[str, Array] = {}
    for arm, extras in (("candidate", data.candidate_extras), ("baseline", data.baseline_extras)):
        cells = getattr(data, f"{arm}_cells")
        values = getattr(data, arm)
        if cells is not None:
            found[f"{arm}_cells"] = function(cells, extras)
            found[arm] = found[f"{arm}_cells"].mean(axis=0)
        elif values is not None:
            found[arm] = function(values, extras)
    return replace(data, **found)  # type: ignore[arg-type]  # arrays under names of arrays


def _shaped(loss: Callable[[Array, Array], Array], extras: Extras, values: Array) -> Array:
    """Apply a loss of labels and probabilities to arrays of any shape."""
    flat = loss(np.ravel(extras["label"]), np.ravel(values))
    return np.reshape(flat, values.shape)


def _normalised(metric: Metric, values: Array, extras: Extras) -> Array:
    zero, one = extras["zero"], extras["one"]
    width = one - zero
    if (width == 0).any():
        raise UndefinedTestError(
            f"normalize: zero and one are the same in {int((width == 0).sum())} units",
            hint="mend the columns: they must differ",
        )
    if metric.better is Better.LOWER and (width < 0).any():
        raise UndefinedTestError(
            "normalize turns the metric round: `one` lies below `zero`, so that higher is better "
            "after it, and `better` is lower",
            hint="write `better: higher`: it is about the normalised value",
        )
    scaled = (values - zero) / width
    if not np.isfinite(scaled).all():
        raise UndefinedTestError("normalize: zero and one lie too near to divide by")
    return np.asarray(scaled, dtype=np.float64)


def _passes(metric: Metric, values: Array, extras: Extras) -> Array:
    tries = extras["count"]
    successes = np.rint(values * tries)
    if not ((values == 0) | (values == 1) | (np.abs(values * tries - successes) < 1e-9)).all():
        raise UndefinedTestError(
            f"statistic {metric.statistic} needs repeats that are 0 or 1",
            hint="write a `map` that says which answers pass",
        )
    function = pass_at_k if metric.statistic == "pass_at_k" else pass_all_k
    flat = function(np.ravel(tries), np.ravel(successes), metric.k or 1)
    return np.reshape(flat, values.shape)


def _wins(metric: Metric, data: Data) -> Data:
    """Return 1 where the candidate is better, 1/2 where none is, 0 else: one arm of its own."""
    if data.baseline is None:
        return data
    sign = 1.0 if metric.better is Better.HIGHER else -1.0

    def won(candidate: Array, baseline: Array) -> Array:
        return 0.5 + 0.5 * np.sign(sign * (candidate - baseline))

    return replace(
        data,
        candidate=won(data.candidate, data.baseline),
        baseline=None,
        baseline_clusters=None,
        is_paired=False,
        ids=None,
    )


def _higher_wins(metric: Metric, data: Data) -> Data:
    """Turn a metric that is better when lower round: the higher value is to win."""
    if metric.better is Better.HIGHER:
        return data
    return _map_arms(data, lambda values, _: -values)


def linearised(metric: Metric, family: Family, method: Method, data: Data) -> Data:
    """Return the pseudo-values of a statistic, where a method averages them.

    Raises:
        UndefinedTestError: the statistic is not defined on these units.
    """
    if method not in AVERAGING:
        return data
    if family is Family.FIXED_TASKS:
        return _weighted_by_task(data)
    if family not in LINEAR:
        return data
    function = _pseudo_values(metric, family)
    return _map_arms(data, lambda values, extras: _by_run(function, values, extras))


def _by_run(function: Callable[[Array, Extras], Array], values: Array, extras: Extras) -> Array:
    """Apply a statistic within each run: it is computed within a run, then across runs."""
    if values.ndim == 1:
        return function(values, extras)
    return np.stack([
        function(values[run], {name: column[run] for name, column in extras.items()})
        for run in range(len(values))
    ])  # fmt: skip


def _pseudo_values(metric: Metric, family: Family) -> Callable[[Array, Extras], Array]:
    of_confusion = {
        "precision": precision_pseudo_values,
        "recall": recall_pseudo_values,
        "f1": f1_pseudo_values,
        "macro_f1": macro_f1_pseudo_values,
        "auroc": auroc_pseudo_values,
        "ap": average_precision_pseudo_values,
    }.get(metric.statistic)
    if of_confusion is not None:
        return lambda values, extras: of_confusion(extras["label"], values)
    if family is Family.IQM:
        return lambda values, _: linearise_iqm_sample(values).pseudo_values
    return lambda values, extras: linearise_ratio(values, extras["per"]).pseudo_values


def _weighted_by_task(data: Data) -> Data:
    """Return pseudo-values of the mean over these tasks, each weighing the same.

    A unit stands for its task: value m_t of its task, weighed by 1 / (k n_t). Tasks are fixed, so
    only the spread within each counts.
    """

    def weighted(values: Array, tasks: tuple[str, ...]) -> Array:
        names, index = np.unique(np.asarray(tasks), return_inverse=True)
        counts = np.bincount(index)
        weight = values.shape[-1] / (names.size * counts[index])
        rows = np.atleast_2d(values)
        means = np.stack([np.bincount(index, weights=row) / counts for row in rows])
        whole = means.mean(axis=1, keepdims=True)
        return np.reshape(whole + weight * (rows - means[:, index]), values.shape)

    if data.candidate_tasks is None:
        raise ValueError("a mean over tasks needs tasks")
    tasks = {"candidate": data.candidate_tasks, "baseline": data.baseline_tasks}
    found: dict[str, Array] = {}
    for arm, names in tasks.items():
        values, cells = getattr(data, arm), getattr(data, f"{arm}_cells")
        if values is None or names is None:
            continue
        if cells is not None:
            found[f"{arm}_cells"] = weighted(cells, names)
            found[arm] = found[f"{arm}_cells"].mean(axis=0)
        else:
            found[arm] = weighted(values, names)
    return replace(data, **found)  # type: ignore[arg-type]  # arrays under names of arrays
