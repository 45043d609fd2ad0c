"""A method and the arrays of its design -> the inference it makes."""

import numpy as np

from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.crossed import crossed_independent, crossed_mean, crossed_paired
from pytest_evalgate.stats.means import one_sample_t, paired_t, welch_t
from pytest_evalgate.stats.pairs import paired_proportions, rounded_differences
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.quantiles import quantile_inference
from pytest_evalgate.stats.ratios import LogRatio, relative
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.shares import ShareScore


def infer(  # noqa: PLR0913 - what a method may need
    method: Method,
    data: Data,
    *,
    family: Family,
    are_runs_paired: bool = False,
    is_relative: bool = False,
    quantile: float | None = None,
    width: float | None = None,
    is_binary: bool = False,
) -> Inference:
    """Return the effect of a rule with the one procedure that tests and bounds it.

    The effect is candidate - baseline, their ratio for a geometric mean or a limit relative to
    the baseline, or the candidate's own value where there is no baseline.

    Raises:
        UndefinedTestError: the data leave the method undefined.
    """
    if method is Method.ORDER_STATISTIC:
        if quantile is None:
            raise ValueError("order statistics need a quantile")
        return quantile_inference(data.candidate, quantile)
    if family is Family.GEOMEAN:
        return LogRatio(logs=_plain(method, data.logs(), are_runs_paired, width))
    if is_relative and data.baseline is not None:
        return relative(
            lambda rho: _plain(method, data.scaled_baseline(rho), are_runs_paired, width),
            candidate_mean=float(data.candidate.mean()),
            baseline=_plain(_alone(method), data.only_baseline(), are_runs_paired, width),
        )
    inference = _plain(method, data, are_runs_paired, width)
    if is_binary and data.baseline is None and method is not Method.EXACT_BINOMIAL:
        return ShareScore(inner=inference)
    return inference


def _alone(method: Method) -> Method:
    """Return the method for one arm that belongs to a method for two."""
    if method in {Method.CROSSED, Method.CLUSTER_ROBUST}:
        return method
    return Method.ONE_SAMPLE_T


def _plain(method: Method, data: Data, are_runs_paired: bool, width: float | None) -> Inference:  # noqa: FBT001
    """Return the inference on the values as they are: a difference, or one arm's own value."""
    if data.baseline is None:
        return _one_arm(method, data)
    if method is Method.CROSSED:
        return _crossed(data, are_runs_paired=are_runs_paired)
    if method is Method.CLUSTER_ROBUST:
        return _clustered(data)
    if method in {Method.MCNEMAR_TANGO, Method.BOSCHLOO_MIETTINEN_NURMINEN}:
        return _proportions(method, data.candidate, data.baseline)
    if method in {Method.SIGN_FLIP, Method.ROUNDED_TANGO}:
        return _exact(data.candidate - data.baseline, width if method != Method.SIGN_FLIP else None)
    return (paired_t if data.is_paired else welch_t)(data.candidate, data.baseline)


def _proportions(method: Method, candidate: Array, baseline: Array) -> Inference:
    if method is Method.MCNEMAR_TANGO:
        better = int(np.count_nonzero(candidate > baseline))
        worse = int(np.count_nonzero(candidate < baseline))
        return paired_proportions(better, worse, candidate.size)
    successes = int(candidate.sum()), int(baseline.sum())
    return two_proportions(successes[0], candidate.size, successes[1], baseline.size)


def _exact(differences: Array, width: float | None) -> Inference:
    """Judge differences by all sign flips, or rounded to -width, 0 and +width."""
    return sign_flip(differences) if width is None else rounded_differences(differences, width)


def _one_arm(method: Method, data: Data) -> Inference:
    if method is Method.CROSSED and data.candidate_cells is not None:
        return crossed_mean(data.candidate_cells)
    if method is Method.CLUSTER_ROBUST and data.candidate_clusters is not None:
        return cluster_mean(data.candidate, data.candidate_clusters)
    if method is Method.EXACT_BINOMIAL:
        return one_proportion(int(data.candidate.sum()), data.candidate.size)
    return one_sample_t(data.candidate)


def _crossed(data: Data, *, are_runs_paired: bool) -> Inference:
    if data.candidate_cells is None or data.baseline_cells is None:
        raise ValueError("a crossed design needs cells")
    together = crossed_paired if are_runs_paired else crossed_independent
    return together(data.candidate_cells, data.baseline_cells)


def _clustered(data: Data) -> Inference:
    if data.baseline is None or data.candidate_clusters is None or data.baseline_clusters is None:
        raise ValueError("a clustered comparison needs clusters in both arms")
    if data.is_paired:
        return cluster_mean(data.candidate - data.baseline, data.candidate_clusters)
    return cluster_difference(
        data.candidate, data.candidate_clusters, data.baseline, data.baseline_clusters
    )
