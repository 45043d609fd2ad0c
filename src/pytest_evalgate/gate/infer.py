"""A method and the arrays of its design -> the inference it makes."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.infer_flat import FLAT_METHODS
from pytest_evalgate.gate.infer_sets import SET_METHODS
from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.crossed import crossed_independent, crossed_mean, crossed_paired
from pytest_evalgate.stats.judges import ppi_clusters
from pytest_evalgate.stats.mixed import Cells, mixed_independent, mixed_mean, mixed_paired
from pytest_evalgate.stats.ratios import (
    LogRatio,
    relative,
    relative_from_pairs,
    relative_from_samples,
)
from pytest_evalgate.stats.reducers import reduce_clusters, reduce_pairs, reduce_sample
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.shares import ShareScore
from pytest_evalgate.stats.sign_flips import cluster_sign_flip


def infer(ask: Ask) -> Inference:
    """Return the effect of a rule with the one procedure that tests and bounds it.

    The effect is candidate - baseline, their ratio for a geometric mean or a limit relative to
    the baseline, or the candidate's own value where there is no baseline.

    Raises:
        UndefinedTestError: the data leave the method undefined.
    """
    if ask.family is Family.GEOMEAN:
        return LogRatio(logs=_plain(replace(ask, data=ask.data.logs())))
    if ask.is_relative and ask.data.baseline is not None and ask.method not in OWN_RATIO:
        if ask.method is Method.PAIRED_T:
            return relative_from_pairs(reduce_pairs(ask.data.candidate, ask.data.baseline))
        if ask.method is Method.WELCH_T:
            return relative_from_samples(
                reduce_sample(ask.data.candidate, what="candidate values", at_least=2),
                reduce_sample(ask.data.baseline, what="baseline values", at_least=2),
            )
        return relative(
            lambda rho: _plain(replace(ask, data=ask.data.scaled_baseline(rho))),
            candidate_mean=float(ask.data.candidate.mean()),
            baseline=_plain(replace(ask, method=_alone(ask.method), data=ask.data.only_baseline())),
        )
    inference = _plain(ask)
    is_share = ask.is_binary and ask.data.baseline is None and ask.family is Family.MEAN
    if is_share and ask.method in _SHARE_SCORED:
        return ShareScore(inner=inference)
    return inference


# These judge a ratio of the arms by themselves.
OWN_RATIO = frozenset({
    Method.POISSON_RATES, Method.BROWN_FORSYTHE, Method.QUANTILE_DIFFERENCE,
})  # fmt: skip
_SHARE_SCORED = frozenset({Method.CROSSED, Method.CLUSTER_ROBUST, Method.MIXED_MODEL})
_KEPT_ALONE = frozenset({
    Method.CROSSED, Method.CLUSTER_ROBUST, Method.FIXED_TASKS, Method.RANDOM_TASKS, Method.PPI,
    Method.MIXED_MODEL,
})  # fmt: skip


def _alone(method: Method) -> Method:
    """Return the method for one arm that belongs to a method for two."""
    return method if method in _KEPT_ALONE else Method.ONE_SAMPLE_T


def _plain(ask: Ask) -> Inference:
    """Return the inference on the values as they are: a difference, or one arm's own value."""
    return METHODS[ask.method](ask)


def _crossed(ask: Ask) -> Inference:
    data = ask.data
    if data.candidate_cells is None:
        raise ValueError("a crossed design needs cells")
    if data.baseline_cells is None:
        return crossed_mean(data.candidate_cells)
    together = crossed_paired if ask.are_runs_paired else crossed_independent
    return together(data.candidate_cells, data.baseline_cells)


def _mixed(ask: Ask) -> Inference:
    data = ask.data
    candidate = _long(data.candidate, data.candidate_at)
    if data.baseline is None:
        return mixed_mean(candidate)
    together = mixed_paired if ask.are_runs_paired else mixed_independent
    return together(candidate, _long(data.baseline, data.baseline_at))


def _long(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    at: tuple[tuple[str, ...], tuple[str, ...]] | None,
) -> Cells:
    if at is None:
        raise ValueError("a mixed model needs the run and the unit of every value")
    return Cells(values=values, runs=at[0], units=at[1])


def _clustered(ask: Ask) -> Inference:
    data = ask.data
    if data.candidate_clusters is None:
        raise ValueError("a clustered design needs clusters")
    if ask.family is Family.RECTIFIED:
        return _rectified_clusters(ask)
    if data.baseline is None:
        return cluster_mean(data.candidate, data.candidate_clusters)
    if data.is_paired:
        return cluster_mean(data.candidate - data.baseline, data.candidate_clusters)
    if data.baseline_clusters is None:
        raise ValueError("a clustered comparison needs clusters in both arms")
    return cluster_difference(
        data.candidate, data.candidate_clusters, data.baseline, data.baseline_clusters
    )


def _rectified_clusters(ask: Ask) -> Inference:
    data = ask.data
    values, is_gold = ask.rectified_candidate()
    clusters = data.candidate_clusters
    if clusters is None or (data.baseline is not None and not data.is_paired):
        raise UndefinedTestError(
            "gold labels of unpaired arms in clusters cannot be judged",
            hint="pair the arms by `id`, or leave `cluster` out where rows are independent",
        )
    names = np.asarray(clusters)
    return ppi_clusters(values, names[is_gold].tolist(), names[~is_gold].tolist())


def _cluster_flip(ask: Ask) -> Inference:
    data = ask.data
    if data.baseline is None or data.candidate_clusters is None:
        raise ValueError("cluster sign flips need pairs in clusters")
    sums = reduce_clusters(data.candidate - data.baseline, data.candidate_clusters)
    return cluster_sign_flip(
        sums.totals,
        sums.sizes,
        generator=ask.generator(),
        draws=ask.draws,
    )


METHODS: Mapping[Method, Callable[[Ask], Inference]] = {
    Method.CROSSED: _crossed,
    Method.MIXED_MODEL: _mixed,
    Method.CLUSTER_ROBUST: _clustered,
    Method.CLUSTER_SIGN_FLIP: _cluster_flip,
    **FLAT_METHODS,
    **SET_METHODS,
}
"""How each method judges; a test holds it against ``Method``, so that none is missing."""


def only_candidate(data: Data) -> Data:
    """Return the candidate alone."""
    return replace(data, baseline=None, baseline_cells=None, is_paired=False)
