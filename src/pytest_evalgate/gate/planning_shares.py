"""Where the spread of a rule comes from: seeds, examples, or single answers."""

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence.plan import Shares
from pytest_evalgate.gate.choose import Unit
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.planning_means import a_limit
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.gate.planning_scale import working
from pytest_evalgate.stats.crossed import Crossed
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.spread_shares import CrossedShares, crossed_shares


def shares_of(question: PlanQuestion, inference: Inference, data: Data) -> Shares | None:
    """Split the squared standard error of a rule; None where the data do not tell the parts."""
    core = working(inference, data).core(a_limit(question))
    if isinstance(core, Crossed):
        split = split_of(core)
        return None if split is None else as_shares(split)
    if question.unit is Unit.RUN:
        return Shares(runs=1.0)
    if data.counts.repeats is None:
        return Shares(samples=1.0)
    within = _within(data)
    return None if within is None else Shares(samples=1.0 - within, repeats=within)


def split_of(core: Crossed) -> CrossedShares | None:
    """Split the squared standard error of a crossed design, with what more of each would bring."""
    variances = (core.var_run, core.var_unit, core.var_residual)
    try:
        return crossed_shares(*variances, runs=core.runs, units=core.units)
    except UndefinedTestError:  # no variance at all
        return None


def as_shares(split: CrossedShares) -> Shares:
    """Return the parts alone; what is left in a single cell counts as that of single answers."""
    return Shares(runs=split.run, samples=split.unit, repeats=split.residual)


def _within(data: Data) -> float | None:
    """Return the part of the spread that more repeats would take away.

    Known of answers of 0 and 1, whose spread within a unit follows from its mean.

    Source:
        Miller (2024), arXiv 2411.00640, section 3.
    """
    noise = _noise(data.candidate, data.candidate_extras.get("count"))
    values = data.candidate
    if data.baseline is not None:
        other = _noise(data.baseline, data.baseline_extras.get("count"))
        if noise is None or other is None or not data.is_paired:
            return None
        noise, values = noise + other, data.candidate - data.baseline
    total = float(np.var(values, ddof=1)) if values.size > 1 else 0.0
    return None if noise is None or not total > 0.0 else min(1.0, noise / total)


def _noise(values: Array, counts: Array | None) -> float | None:
    """Return the mean variance of a unit's mean over its repeats; None unless they are 0 and 1."""
    if counts is None or counts.min() < 2:
        return None
    hits = values * counts
    if (np.abs(hits - np.rint(hits)) > 1e-9 * counts).any() or values.min() < 0 or values.max() > 1:
        return None
    return float((values * (1.0 - values) / (counts - 1.0)).mean())
