"""Where statistics of a set of units, ranks, rates and judges are honest."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.domain_question import (
    DomainQuestion,
    arrays_compared,
    check_skewness,
    few,
    require,
)
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.domains_grouped import cluster_means
from pytest_evalgate.gate.domains_ranks import RANK_DOMAINS
from pytest_evalgate.stats.auroc import auroc
from pytest_evalgate.stats.covariates import adjust_by_covariate
from pytest_evalgate.stats.linear import denominator_spread
from pytest_evalgate.stats.means import welch_t
from pytest_evalgate.stats.rates import dispersion
from pytest_evalgate.stats.shape import informative_units, skewness
from pytest_evalgate.stats.spread import absolute_deviations


BURSTS = 0.05  # p of the test of dispersion
UNITS_TO_SEE_BURSTS = 30  # a variance twice that of chance is seen from about as many on
BY_CHANCE = 0.001  # two-sided p below which arms, or gold labels, were not drawn alike
MOST_APART = 2.0  # times that two measures of spread may differ
MORE_OF_CLASS = "evaluate more units of the rarer class"


def _labels(data: Data) -> list[Array]:
    """Return the labels of the units of each arm that has some."""
    return [
        np.atleast_2d(extras["label"])[0]
        for extras in (data.candidate_extras, data.baseline_extras)
        if "label" in extras
    ]


def _positives(data: Data) -> int:
    """Return the number of positive units, in the smaller arm."""
    return min(int(np.count_nonzero(label == 1)) for label in _labels(data))


def _classes(data: Data) -> int:
    """Return the size of the smaller class, in the smaller arm."""
    return min(_positives(data), *(int(np.count_nonzero(label == 0)) for label in _labels(data)))


def _auroc(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    smaller = _classes(data)
    warnings = require("auroc_class", smaller, "units of the rarer class", hint=MORE_OF_CLASS)
    if data.baseline is None:  # what lies above an area near 1 is decided by a few units
        beyond = smaller * (1.0 - max(question.limits))
        return (*warnings, *require(
            "auroc_beyond_limit", beyond, "units of the rarer class times 1 - limit",
            hint=MORE_OF_CLASS,
        ))  # fmt: skip
    if not question.has_margin or data.candidate.ndim > 1:
        return warnings
    labels, others = data.candidate_extras["label"], data.baseline_extras["label"]
    areas = [auroc(labels, data.candidate), auroc(others, data.baseline)]
    missed = smaller * (1.0 - max(areas))
    return (*warnings, *require(
        "auroc_missed", missed, "units of the rarer class times 1 - area", hint=MORE_OF_CLASS
    ))  # fmt: skip


def _average_precision(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    name = "ap_positives_margin" if question.has_margin else "ap_positives"
    warnings = require(name, _positives(data), "positive units", hint=MORE_OF_CLASS)
    return (*warnings, *require(
        "set_units", data.candidate.shape[-1], "units", hint="evaluate more units"
    ))  # fmt: skip


def _set_units(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    return require("set_units", data.candidate.shape[-1], "units", hint="evaluate more units")


def _ratio(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    smallest = min(
        values.shape[-1] for values in (data.candidate, data.baseline) if values is not None
    )
    warnings = require("ratio_units", smallest, "units", hint="evaluate more units")
    for extras in (data.candidate_extras, data.baseline_extras):
        if "per" in extras:
            warnings += require(
                "ratio_denominator_spread",
                max(denominator_spread(row) for row in np.atleast_2d(extras["per"])),
                "is the relative standard error of the denominator",
                hint="evaluate more units",
            )
    return warnings


def _tilted(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    if question.family is not Family.AP:
        return ()
    [differences] = arrays_compared(data, ratio=question.ratio)
    check_skewness(question, [differences], differences.size, "units")
    return ()


def _rectified(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    golds = [
        extras["gold"]
        for extras in (data.candidate_extras, data.baseline_extras)
        if "gold" in extras
    ]
    labelled = ~np.isnan(golds[0])
    if data.is_paired and len(golds) > 1:
        labelled &= ~np.isnan(golds[1])
        counts = [int(labelled.sum())]
    else:
        counts = [int((~np.isnan(gold)).sum()) for gold in golds]
    _check_drawn_at_random(data, labelled)
    name = "gold_labels"
    if _is_graded(golds):
        name = "gold_labels_graded"
        for gold in golds:
            found = abs(skewness(gold[~np.isnan(gold)]))
            needed = domain("skewness_factor").refused * found**2
            if min(counts) < needed:
                raise UndefinedTestError(
                    f"skewness {found:.2g} of {min(counts)} gold labels: {int(np.ceil(needed))} "
                    "are needed",
                    hint="label more units, drawn at random",
                )
    return require(name, min(counts), "gold labels", hint="label more units, drawn at random")


def _check_drawn_at_random(data: Data, labelled: NDArray[np.bool_]) -> None:
    """Refuse gold labels on units that the judge finds easier, or harder, than the rest."""
    judged, rest = data.candidate[labelled], data.candidate[~labelled]
    if min(judged.size, rest.size) < 2 or not (np.ptp(judged) > 0 and np.ptp(rest) > 0):
        return
    between = welch_t(judged, rest)
    if 2 * min(between.p_greater(0.0), between.p_less(0.0)) < BY_CHANCE:
        raise UndefinedTestError(
            f"the judge's mean is {judged.mean():.3g} where there are gold labels and "
            f"{rest.mean():.3g} elsewhere: the labelled units are no random subset",
            hint="label units drawn at random",
        )


def _is_graded(golds: list[Array]) -> bool:
    known = np.concatenate([gold[~np.isnan(gold)] for gold in golds])
    return not ((known == 0) | (known == 1)).all()


def _rogan_gladen(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    gold = data.candidate_extras["gold"]
    smaller = min(int((gold == 1).sum()), int((gold == 0).sum()))
    return require(
        "calibration_labels", smaller, "gold labels of the rarer kind",
        hint="label more units of that kind",
    )  # fmt: skip


def _rates(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    """Refuse counts that vary more than chance events do: they come in bursts."""
    arms = ((data.candidate, data.candidate_extras), (data.baseline, data.baseline_extras))
    few_counts: list[int] = []
    for counts, extras in arms:
        if counts is None:
            continue
        few_counts += [counts.size] if counts.size < UNITS_TO_SEE_BURSTS else []
        if counts.size < 2 or not counts.any():
            continue
        found = dispersion(counts, extras["per"])
        if found.pvalue < BURSTS:
            raise UndefinedTestError(
                f"events come in bursts: their variance is {found.index:.3g} times that of "
                "chance events",
                hint="leave `kind: count` out: a ratio of sums is judged by its own variance",
            )
    if not few_counts:
        return ()
    return (f"{min(few_counts)} counts: whether events come in bursts cannot be seen",)


def _spread(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    if data.baseline is None:
        return ()
    sizes = sorted((data.candidate.size, data.baseline.size))
    what = "runs" if question.unit is Unit.RUN else "units"
    warnings = require("spread_units", sizes[0], f"{what} in an arm", hint=f"gather more {what}")
    ratio = sizes[1] / sizes[0]
    _check_outlier(data.candidate, data.baseline)
    return (*warnings, *require(
        "spread_ratio", ratio, f"times as many {what} in one arm",
        hint="gather as many in both arms",
    ))  # fmt: skip


def _check_outlier(candidate: Array, baseline: Array) -> None:
    """Refuse spreads of which a single run makes most: standard deviations say otherwise then."""
    deviations = float(candidate.std(ddof=1)), float(baseline.std(ddof=1))
    means = [float(absolute_deviations(arm).mean()) for arm in (candidate, baseline)]
    if min(*deviations, *means) <= 0:
        return  # undefined anyway, and said so there
    apart = (deviations[0] / deviations[1]) / (means[0] / means[1])
    if not 1 / MOST_APART < apart < MOST_APART:
        raise UndefinedTestError(
            f"a few runs decide: the ratio of standard deviations is "
            f"{deviations[0] / deviations[1]:.3g}, that of mean distances from the median "
            f"{means[0] / means[1]:.3g}",
            hint="look at the runs that lie far out; gather more",
        )


def _tasks(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    names = [tasks for tasks in (data.candidate_tasks, data.baseline_tasks) if tasks is not None]
    counts = [np.unique(np.asarray(tasks), return_counts=True)[1] for tasks in names]
    k = len(counts[0])
    if question.method is Method.RANDOM_TASKS:
        return require("random_tasks", k, "tasks", hint="evaluate more tasks")
    least = min(int(count.min()) for count in counts)
    what = "runs" if question.unit is Unit.RUN else "units"
    total = min(int(count.sum()) for count in counts)
    warnings = require("task_units", least, f"{what} in a task", hint=f"gather more {what}")
    if question.family is Family.IQM_TASKS:
        warnings += require("iqm_tasks", k, "tasks", hint="evaluate more tasks")
    are_same = all(set(tasks) == set(names[0]) for tasks in names)  # else refused by name
    if len(counts) > 1 and are_same and not data.is_paired:
        ratio = max(float((a / b).max()) for a, b in (counts, counts[::-1]))
        warnings += require(
            "task_run_ratio", ratio, f"times as many {what} of a task in one arm",
            hint=f"gather as many {what} in both arms",
        )  # fmt: skip
    if data.baseline is None:
        largest = abs(skewness(_within_tasks(data)))
        warnings += require(
            "skewness_one_arm", largest, "is the skewness within tasks",
            hint="compare with a baseline",
        )  # fmt: skip
    return (*warnings, *require(
        "task_total", total, f"{what} in all tasks", hint=f"gather more {what}"
    ), *few(least, what, "runs"))  # fmt: skip


def check_pass(question: DomainQuestion, data: Data) -> None:
    """Refuse a pass that leans on the law of a few visibly skewed tasks.

    A claim about tasks like these is honest as inconclusive however skewed they are.

    Raises:
        UndefinedTestError: the tasks are too skewed to promote by.
    """
    if question.method is Method.RANDOM_TASKS:
        effects = _task_effects(data)
        many = int(domain("units").refused)
        # A long tail of gains makes a mean look less sure than it is; one of losses, surer.
        if skewness(effects) * (1.0 if question.wants_greater else -1.0) > 0 and not (
            question.is_two_sided
        ):
            return
        check_skewness(question, [effects], effects.size, "tasks", at_least=many)


def _task_effects(data: Data) -> Array:
    """Return the mean of each task, or its difference between the arms, shape (tasks,)."""
    found = [
        cluster_means(values, tasks)
        for values, tasks in (
            (data.candidate, data.candidate_tasks),
            (data.baseline, data.baseline_tasks),
        )
        if values is not None and tasks is not None
    ]
    is_pair = len(found) > 1 and found[0].size == found[1].size
    return found[0] - found[1] if is_pair else found[0]


def _within_tasks(data: Data) -> Array:
    """Return what each value of the candidate differs from the mean of its task."""
    _, index = np.unique(np.asarray(data.candidate_tasks), return_inverse=True)
    means = np.bincount(index, weights=data.candidate) / np.bincount(index)
    return np.asarray(data.candidate - means[index], dtype=np.float64)


def _adjusted(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    if data.baseline is None:
        return ()
    smallest = min(data.candidate.size, data.baseline.size)
    arms = adjust_by_covariate(
        data.candidate, data.candidate_extras["covariate"],
        data.baseline, data.baseline_extras["covariate"],
    )  # fmt: skip
    residuals = [arm.pseudo_values for arm in arms]
    many = int(domain("units").refused)
    check_skewness(question, residuals, smallest, "units in the smaller arm", at_least=many)
    _check_balance(data)
    return require("adjusted_units", smallest, "units in an arm", hint="gather more")


def _check_balance(data: Data) -> None:
    """Refuse a covariate that the arms differ in: it was not known before the candidate existed.

    Units of arms that were drawn alike differ by chance only.
    """
    between = welch_t(data.candidate_extras["covariate"], data.baseline_extras["covariate"])
    if 2 * min(between.p_greater(0.0), between.p_less(0.0)) < BY_CHANCE:
        raise UndefinedTestError(
            f"the covariate differs between the arms by {between.estimate:.4g}, "
            f"{abs(between.statistic(0.0)):.2g} standard errors: more than chance",
            hint="take a covariate that was known before the candidate existed",
        )


def _resampled(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    arrays = arrays_compared(data, ratio=question.ratio)
    smallest = min(array.size for array in arrays)
    if question.family is Family.MEAN:
        check_skewness(question, arrays, smallest, "units")
        informative = min(informative_units(array) for array in arrays)
        require(
            "informative_units", informative, "units that differ from the most common value",
            hint="gather more",
        )  # fmt: skip
    return require("bootstrap_units", smallest, "units", hint="evaluate more units")


def _midp(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    differing = int(np.count_nonzero(data.candidate != data.baseline))
    return require("midp_discordant", differing, "pairs that differ", hint="leave `method` out")


def _bonett_price(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    differing = int(np.count_nonzero(data.candidate != data.baseline))
    return require(
        "bonett_price_discordant", differing, "pairs that differ", hint="leave `method` out"
    )


def _medians(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    smallest = min(array.size for array in arrays_compared(data, ratio=question.ratio))
    return require("median_units", smallest, "units in an arm", hint="leave `method` out")


SET_DOMAINS: Mapping[Method | Family, Callable[[DomainQuestion, Data], tuple[str, ...]]] = {
    **RANK_DOMAINS,
    Family.AUROC: _auroc,
    Family.AP: _average_precision,
    Family.MACRO_F1: _set_units,
    Family.RATIO: _ratio,
    Family.SHARE_OF_CLASS: _set_units,
    Family.RECTIFIED: _rectified,
    Family.RATE: _rates,
    Family.ADJUSTED: _adjusted,
    Method.TILTED_SCORE: _tilted,
    Method.ROGAN_GLADEN: _rogan_gladen,
    Method.BROWN_FORSYTHE: _spread,
    Method.FIXED_TASKS: _tasks,
    Method.RANDOM_TASKS: _tasks,
    Method.BCA_BOOTSTRAP: _resampled,
    Method.BOOTSTRAP_T: _resampled,
    Method.MCNEMAR_MIDP: _midp,
    Method.BONETT_PRICE: _bonett_price,
    Method.PRICE_BONETT: _medians,
}
