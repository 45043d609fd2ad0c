"""Methods for statistics of a set of units: areas, F1, tasks, and judges with gold labels."""

from collections.abc import Callable, Mapping

import numpy as np

from pytest_evalgate.errors import SampleError, UndefinedTestError
from pytest_evalgate.gate.ask import Ask, require_both
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Array
from pytest_evalgate.gate.infer_flat import bootstrap_of_means
from pytest_evalgate.stats.auroc import auroc_independent, auroc_one_arm, auroc_paired
from pytest_evalgate.stats.bootstrap_statistic import bootstrap_statistic
from pytest_evalgate.stats.confusion import counts_of, f1_exact
from pytest_evalgate.stats.iqm import linearise_iqm
from pytest_evalgate.stats.judged_shares import judged_counts, judged_pairs, judged_share
from pytest_evalgate.stats.judges import ppi_difference, ppi_share, ppi_t
from pytest_evalgate.stats.macro_f1 import macro_f1
from pytest_evalgate.stats.ranking import average_precision
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.rogan_gladen import Calibration, rogan_gladen
from pytest_evalgate.stats.swapped import SwapJoined
from pytest_evalgate.stats.swaps import swap_units
from pytest_evalgate.stats.tasks import fixed_tasks, fixed_tasks_paired, random_tasks
from pytest_evalgate.stats.tilted import tilted_paired
from pytest_evalgate.stats.weighted import (
    weighted_average_precision,
    weighted_macro_f1,
    weighted_ratio,
)


OfWeights = Callable[[Array], float]


def _delong(ask: Ask) -> Inference:
    data = ask.data
    labels = data.candidate_extras["label"]
    if data.baseline is None:
        return auroc_one_arm(labels, data.candidate)
    if data.is_paired:
        return auroc_paired(labels, data.candidate, data.baseline)
    return auroc_independent(labels, data.candidate, data.baseline_extras["label"], data.baseline)


def _f1_exact(ask: Ask) -> Inference:
    return f1_exact(counts_of(ask.data.candidate_extras["label"], ask.data.candidate))


def _by_task(values: Array, tasks: tuple[str, ...] | None, names: tuple[str, ...]) -> list[Array]:
    if tasks is None:
        raise ValueError("a mean over tasks needs tasks")
    label = np.asarray(tasks)
    return [values[label == name] for name in names]


def _tasks(ask: Ask) -> tuple[list[Array], list[Array] | None]:
    """Return the values of each task, in both arms in the same order of tasks.

    Raises:
        SampleError: the arms have other tasks.
    """
    data = ask.data
    names = tuple(sorted(set(data.candidate_tasks or ())))
    candidate = _by_task(data.candidate, data.candidate_tasks, names)
    if data.baseline is None:
        return candidate, None
    others = set(data.baseline_tasks or ())
    if others != set(names):
        alone = sorted(others ^ set(names))
        raise SampleError(
            f"{len(alone)} tasks are in one arm only: {', '.join(alone[:5])[:80]}",
            hint="evaluate both arms on the same tasks",
        )
    return candidate, _by_task(data.baseline, data.baseline_tasks, names)


def _tilted(ask: Ask) -> Inference:
    """Judge paired pseudo-values with the variance at the limit."""
    data = ask.data
    if data.baseline is None:
        raise ValueError("a tilted score compares pairs")
    reach = 0.0
    if ask.statistic == "precision":  # one more false positive weighs as much as this
        reach = data.candidate.size / min(ask.predicted_positive)
    return tilted_paired(data.candidate, data.baseline, reach=reach)


def _fixed_tasks(ask: Ask) -> Inference:
    candidate, baseline = _tasks(ask)
    if baseline is not None and ask.data.is_paired:
        return fixed_tasks_paired(candidate, baseline)
    return fixed_tasks(candidate, baseline)


def _iqm_of_tasks(ask: Ask) -> Inference:
    candidate, baseline = _tasks(ask)
    arms = [linearise_iqm(tasks)[1] for tasks in (candidate, baseline) if tasks is not None]
    if len(arms) == 1:
        return fixed_tasks(arms[0])
    if ask.data.is_paired:
        return fixed_tasks_paired(arms[0], arms[1])
    return fixed_tasks(arms[0], arms[1])


def _ppi(ask: Ask) -> Inference:
    data = ask.data
    if data.baseline is not None and not data.is_paired:
        return ppi_difference(ask.rectified_candidate()[0], ask.rectified_baseline())
    if ask.is_judged_binary():
        return _judged_shares(ask)
    rectified, _ = ask.rectified_candidate()
    if not rectified.is_binary:
        return ppi_t(rectified)
    if data.baseline is None:
        return ppi_share(rectified)
    raise UndefinedTestError(
        "differences of 0/1 gold labels under a judge that grades were promoted falsely up to "
        "12 % of the time",
        hint="map the judge's values to 0 and 1, or gate the gold labels alone",
    )


def _judged_shares(ask: Ask) -> Inference:
    """Judge shares of 0/1 gold labels with a 0/1 judge."""
    data = ask.data
    gold = data.candidate_extras["gold"]
    if data.baseline is None:
        known = ~np.isnan(gold)
        require_both(known)
        return judged_share(
            judged_counts(gold[known], data.candidate[known], data.candidate[~known])
        )
    other = data.baseline_extras["gold"]
    known = ~(np.isnan(gold) | np.isnan(other))
    require_both(known)
    return judged_pairs(
        (gold[known], other[known]),
        (data.candidate[known], data.baseline[known]),
        (data.candidate[~known], data.baseline[~known]),
    )


def _rogan_gladen(ask: Ask) -> Inference:
    data = ask.data
    if data.baseline is not None:
        raise UndefinedTestError(
            "Rogan-Gladen's estimate is for one arm against a limit", hint="leave `method` out"
        )
    gold, judge = data.candidate_extras["gold"], data.candidate
    is_gold = ~np.isnan(gold)
    truth, judged = gold[is_gold], judge[is_gold]
    if not ((truth == 0) | (truth == 1)).all():
        raise UndefinedTestError("Rogan-Gladen's estimate needs gold labels of 0 and 1")
    calibration = Calibration(
        judged_positive=int(((judged == 1) & (truth == 1)).sum()),
        positive=int((truth == 1).sum()),
        judged_negative=int(((judged == 0) & (truth == 0)).sum()),
        negative=int((truth == 0).sum()),
    )
    rest = judge[~is_gold]
    return rogan_gladen(int(rest.sum()), rest.size, calibration)


def _weighted(ask: Ask, values: Array, extras: Mapping[str, Array]) -> OfWeights:
    """Return the statistic of one arm as a function of how often each unit is drawn."""
    if ask.family is Family.AP:
        return weighted_average_precision(extras["label"], values)
    if ask.family is Family.MACRO_F1:
        return weighted_macro_f1(extras["label"], values)
    return weighted_ratio(*_sums(ask, values, extras))


def _sums(ask: Ask, values: Array, extras: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return what each unit adds to numerator and denominator of a ratio of sums."""
    if "per" in extras:
        return values, extras["per"]
    label, prediction = extras["label"], values
    hits = label * prediction
    if ask.statistic == "precision":
        return hits, prediction
    if ask.statistic == "recall":
        return hits, label
    return 2.0 * hits, label + prediction


def _bootstrap(ask: Ask) -> Inference:
    if ask.family is Family.MEAN:
        return bootstrap_of_means(ask)
    data = ask.data
    candidate = _weighted(ask, data.candidate, data.candidate_extras)
    n = data.candidate.size
    if data.baseline is None:
        return bootstrap_statistic(
            _rows(candidate), [n], generator=ask.generator(), draws=ask.draws
        )
    baseline = _weighted(ask, data.baseline, data.baseline_extras)
    if data.is_paired:
        return bootstrap_statistic(
            _rows(lambda weights: candidate(weights) - baseline(weights)),
            [n],
            generator=ask.generator(),
            draws=ask.draws,
        )
    return bootstrap_statistic(
        _rows(lambda weights: candidate(weights[:n]) - baseline(weights[n:])),
        [n, data.baseline.size],
        generator=ask.generator(),
        draws=ask.draws,
    )


def _rows(
    statistic: OfWeights,
) -> Callable[[np.ndarray[tuple[int, ...], np.dtype[np.int64]]], Array]:
    def of_rows(weights: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Array:
        return np.array([statistic(row.astype(np.float64)) for row in weights])

    return of_rows


def _swap(ask: Ask) -> Inference:
    data = ask.data
    if data.baseline is None:
        raise ValueError("swaps need two arms")

    def value(units: Array) -> float:
        return _value(ask, units[:, 0], units[:, 1])

    swaps = swap_units(
        np.column_stack([data.candidate, _second(data.candidate_extras)]),
        np.column_stack([data.baseline, _second(data.baseline_extras)]),
        statistic=value,
        rng=ask.generator(),
        draws=ask.draws,
    )
    bootstrap = _bootstrap(ask)
    error = bootstrap.standard_error or 0.0
    reach = 2.0 if ask.width is not None else abs(swaps.estimate) + 1e6 * error
    return SwapJoined(swaps=swaps, bootstrap=bootstrap, reach=reach)


def _second(extras: Mapping[str, Array]) -> Array:
    return extras["per"] if "per" in extras else extras["label"]


def _value(ask: Ask, values: Array, second: Array) -> float:
    if ask.family is Family.AP:
        return average_precision(second, values)
    if ask.family is Family.MACRO_F1:
        return macro_f1(second, values)
    name = "label" if "label" in ask.data.candidate_extras else "per"
    top, bottom = _sums(ask, values, {name: second})
    total = float(bottom.sum())
    if not total > 0:
        raise UndefinedTestError(f"{ask.statistic} is undefined: its denominator is {total:g}")
    return float(top.sum()) / total


SET_METHODS: Mapping[Method, Callable[[Ask], Inference]] = {
    Method.DELONG: _delong,
    Method.JACCARD_BINOMIAL: _f1_exact,
    Method.FIXED_TASKS: lambda ask: (
        _iqm_of_tasks(ask) if ask.family is Family.IQM_TASKS else _fixed_tasks(ask)
    ),
    Method.RANDOM_TASKS: lambda ask: random_tasks(*_tasks(ask)),
    Method.PPI: _ppi,
    Method.ROGAN_GLADEN: _rogan_gladen,
    Method.BCA_BOOTSTRAP: _bootstrap,
    Method.SWAP: _swap,
    Method.TILTED_SCORE: _tilted,
}
