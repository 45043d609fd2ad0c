"""One arm's own estimate, in the metric's unit."""

import numpy as np

from pytest_evalgate.gate.choose import LINEAR, Family, Method
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.transform import AVERAGING
from pytest_evalgate.spec.model import Metric
from pytest_evalgate.stats.auroc import auroc
from pytest_evalgate.stats.confusion import counts_of, f1
from pytest_evalgate.stats.iqm import linearise_iqm
from pytest_evalgate.stats.spread import absolute_deviations


_SETS = LINEAR - {Family.IQM}


def arm_estimates(
    metric: Metric, family: Family, method: Method, data: Data
) -> tuple[float | None, float | None]:
    """Return the estimate of the candidate and of the baseline; None where an arm has none.

    Args:
        metric: What was measured.
        family: What is estimated.
        method: How it is judged.
        data: Pseudo-values where the method averages them, so that their mean is the estimate.
    """
    if data.reduced is not None:
        means = [float(arm.moments.average) for arm in data.reduced.arms]
        return means[0], None if len(means) == 1 else means[1]
    if family is Family.WIN_RATE:
        return (float(data.candidate.mean()) if data.baseline is None else None), None
    candidate = _estimate(metric, family, method, data)
    if data.baseline is None:
        return candidate, None
    return candidate, _estimate(metric, family, method, data.only_baseline())


def _estimate(metric: Metric, family: Family, method: Method, data: Data) -> float | None:
    values = data.candidate
    if metric.quantile is not None:
        return float(np.quantile(values, metric.quantile))
    if family is Family.GEOMEAN:
        cells = data.candidate_cells
        return float(np.exp(np.log(values if cells is None else cells).mean()))
    by_method = {
        Method.DELONG: lambda: auroc(data.candidate_extras["label"], values),
        Method.JACCARD_BINOMIAL: lambda: f1(counts_of(data.candidate_extras["label"], values)),
        Method.BROWN_FORSYTHE: lambda: float(absolute_deviations(values).mean()),
        Method.POISSON_RATES: lambda: float(values.sum() / data.candidate_extras["per"].sum()),
        Method.FIXED_TASKS: lambda: _of_tasks(family, data),
        Method.RANDOM_TASKS: lambda: _of_tasks(family, data),
    }
    if method in by_method:
        return by_method[method]()
    if family is Family.RECTIFIED or (family in _SETS and method not in AVERAGING):
        return None  # the mean of the raw values is not what is estimated
    return float(values.mean())


def _of_tasks(family: Family, data: Data) -> float:
    label = np.asarray(data.candidate_tasks)
    tasks: list[Array] = [data.candidate[label == name] for name in np.unique(label)]
    if family is Family.IQM_TASKS:
        return linearise_iqm(tasks)[0]
    return float(np.mean([task.mean() for task in tasks]))
