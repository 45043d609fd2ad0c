"""The scale that a method works on: logs, a contrast, logits; and the arrays it averages there."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from pytest_evalgate.evidence import Scale
from pytest_evalgate.gate.choose import Family, Unit
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.stats.logits import Logit
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.ratios import LogRatio, Relative
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.shares import ShareScore
from pytest_evalgate.stats.superiority import Superiority


POSITIVE = (0.0, math.inf)
SHARE = (0.0, 1.0)
DIFFERENCE_OF_SHARES = (-1.0, 1.0)
ANYWHERE = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """The scale of one method.

    Args:
        core: The inference on that scale, for a limit.
        distance: How far a truth lies above a limit, on that scale.
        slope: Of that scale at a limit, which turns its standard errors into those of the effect.
        ends: Between which the effect can lie.
        share: The estimate of a share whose standard error is taken at the limit.
    """

    core: Callable[[float], Inference]
    distance: Callable[[float, float], float]
    slope: Callable[[float], float]
    ends: tuple[float, float] = ANYWHERE
    share: float | None = None


def working(inference: Inference, data: Data) -> Working:
    """Return the scale on which an inference works."""
    if isinstance(inference, LogRatio):
        return logarithmic(inference.logs)
    if isinstance(inference, Relative) and data.baseline is not None:
        return relative(inference, float(inference.baseline.estimate))
    if isinstance(inference, ShareScore):
        inner = inference.inner
        return Working(
            core=lambda _: inner,
            distance=lambda at, limit: at - limit,
            slope=lambda _: 1.0,
            ends=SHARE,
            share=inference.estimate,
        )
    if isinstance(inference, Logit | Superiority):
        return _logits(inference)
    return plain(inference)


def plain(inference: Inference) -> Working:
    """Return the scale of the effect itself."""
    return Working(
        core=lambda _: inference,
        distance=lambda at, limit: at - limit,
        slope=lambda _: 1.0,
    )


def logarithmic(inner: Inference) -> Working:
    """Return the log scale of a ratio, or of a positive value."""
    return Working(
        core=lambda _: inner,
        distance=lambda at, limit: _log(at) - _log(limit),
        slope=lambda limit: 1.0 / max(limit, 1e-300),
        ends=POSITIVE,
    )


def relative(inference: Relative, baseline: float) -> Working:
    """Return the scale of the contrast candidate - limit * baseline."""
    return Working(
        core=inference.contrast,
        distance=lambda at, limit: (at - limit) * baseline,
        slope=lambda _: baseline,
        ends=POSITIVE,
    )


def _logits(inference: Logit | Superiority) -> Working:
    """Return the logit scale of a value in (0, 1); its logit's error is taken as fixed."""
    share, error = inference.estimate, inference.standard_error
    if not 0.0 < share < 1.0 or not error:
        return plain(inference)
    core = StudentT(
        estimate=float(logit(share)), standard_error=error / (share * (1 - share)), df=inference.df
    )
    return Working(
        core=lambda _: core,
        distance=lambda at, limit: float(logit(at) - logit(limit)),
        slope=lambda limit: 1.0 / max(limit * (1.0 - limit), 1e-300),
        ends=SHARE,
    )


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf


def arms_at(question: PlanQuestion, data: Data, limit: float) -> Data:
    """Return the arrays whose difference the method averages at a limit."""
    if question.family is Family.GEOMEAN:
        return data.logs()
    return data.scaled_baseline(limit) if question.scale is Scale.RATIO else data


def differences_at(question: PlanQuestion, data: Data, limit: float) -> Array | None:
    """Return the paired differences, or the values of one arm, at a limit."""
    arms = arms_at(question, data, limit)
    if arms.baseline is None:
        return arms.candidate
    return np.asarray(arms.candidate - arms.baseline) if arms.is_paired else None


def size_of(data: Data) -> int:
    """Return the units of the smaller arm."""
    return min(arm.size for arm in (data.candidate, data.baseline) if arm is not None)


def sizes(question: PlanQuestion, data: Data) -> tuple[int | None, int | None]:
    """Return the runs and the samples of a design that has one of them."""
    if question.unit is not Unit.RUN:
        return None, size_of(data)
    is_nested = data.candidate_tasks is not None and data.counts.runs is not None
    return (data.counts.runs if is_nested else size_of(data)), None
