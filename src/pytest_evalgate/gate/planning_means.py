"""Curves of methods that hold a mean against its standard error."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from pytest_evalgate.evidence import Scale
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.planning_curve import NOW, Aim, Amount, Curve
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.gate.planning_scale import Working, arms_at, sizes, working
from pytest_evalgate.gate.reduced import Reduced, variance_of
from pytest_evalgate.stats.crossed import Crossed
from pytest_evalgate.stats.power import t_power
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.spread import SpreadRatio


NORMAL = 1e7  # degrees of freedom of a normal law
_FINE_SPLITS = 10**6  # from this many splits on a permutation has any level
_SMALL = 1e-12

# Standard error and degrees of freedom at an aim, with so many times the data at hand.
Law = Callable[[Aim, Amount], tuple[float, float] | None]
Level = Callable[[float, float], float]


def student(
    scale: Working,
    law: Law,
    counts: tuple[int | None, int | None],
    *,
    step: float,
    level: Level | None = None,
) -> Curve:
    """Return the curve of a one-sided t test.

    Args:
        scale: On which the test works.
        law: Its standard error and degrees of freedom there.
        counts: Runs and samples at hand.
        step: Where a search for an effect starts.
        level: The level that the test really has, of alpha and times; alpha by default.
    """

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        true = alpha if level is None else level(alpha, amount.times)
        if true <= 0.0:
            return 0.0
        found = law(aim, amount)
        if found is None or not scale.ends[0] < aim.limit < scale.ends[1]:
            return None
        error, df = found
        at = min(max(aim.at, scale.ends[0] + _SMALL), scale.ends[1] - _SMALL)
        distance = scale.distance(at, aim.limit) * (1.0 if aim.greater else -1.0)
        part, stretch = _of_share(scale, at, aim.limit)
        return t_power(distance, error * part, df, true, stretch=stretch)

    runs, samples = counts
    return Curve(reached=reached, runs=runs, samples=samples, ends=scale.ends, step=step)


def _of_share(scale: Working, at: float, limit: float) -> tuple[float, float]:
    """Return the error of a share at the truth over that observed, and at the limit over that."""
    if scale.share is None:
        return 1.0, 1.0
    true, null = at * (1.0 - at), limit * (1.0 - limit)
    seen = scale.share * (1.0 - scale.share)
    return math.sqrt(true / seen), math.sqrt(null / true)


def by_error(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of a method from its standard error, which shrinks as 1 / sqrt(n).

    Where it has none, a half of the interval's width over the normal quantile stands for it.
    """
    scale = working(inference, data)
    limit = a_limit(question)
    core = scale.core(limit)
    error = error_of(core, question.alpha)
    if error is None or not error > 0.0:
        return None

    @lru_cache(maxsize=4)  # an interval may take its time, and a search asks for it often
    def seen(at: float) -> tuple[float | None, float | None]:
        inner = scale.core(at)
        return error_of(inner, question.alpha), inner.df

    def law(aim: Aim, amount: Amount) -> tuple[float, float] | None:
        found, df = seen(aim.limit)
        return None if found is None else grown(found, df, amount.times)

    return student(scale, law, sizes(question, data), step=error / scale.slope(limit))


def error_of(inference: Inference, alpha: float) -> float | None:
    """Return the standard error of an inference, or what the width of its interval says of it."""
    if inference.standard_error is not None:
        return inference.standard_error
    if not 0.0 < alpha < 0.5:
        return None
    low, high = inference.interval(alpha)
    if low is None or high is None or not math.isfinite(high - low):
        return None
    return (high - low) / (-2.0 * float(ndtri(alpha)))


def grown(error: float, df: float | None, times: float) -> tuple[float, float]:
    """Return a standard error and its degrees of freedom with so many times the data."""
    return error / math.sqrt(times), NORMAL if df is None else max((df + 1.0) * times - 1.0, 1e-3)


def a_limit(question: PlanQuestion) -> float:
    """Return the limit of a claim; of an equivalence the lower one."""
    low, high = question.bounds.low, question.bounds.high
    return low if low is not None else high if high is not None else 0.0


def crossed(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of runs crossed with units, from the variances of both."""
    scale = working(inference, data)
    limit = a_limit(question)
    core = scale.core(limit)
    if not isinstance(core, Crossed):
        return by_error(question, inference, data)

    seen = lru_cache(maxsize=4)(scale.core)

    def law(aim: Aim, amount: Amount) -> tuple[float, float] | None:
        inner = seen(aim.limit)
        return crossed_error(inner, amount) if isinstance(inner, Crossed) else None

    now = crossed_error(core, NOW)
    step = core.standard_error if now is None else now[0]
    return student(scale, law, (core.runs, core.units), step=step / scale.slope(limit))


def crossed_error(core: Crossed, amount: Amount) -> tuple[float, float] | None:
    """Return the standard error of a crossed design and Satterthwaite's degrees of freedom.

    Source:
        Cornfield and Tukey (1956); Satterthwaite (1946).
    """
    runs, units = core.runs * amount.runs, core.units * amount.samples
    size = max(core.var_run, core.var_unit, core.var_residual)
    if min(runs, units) < 2.0 or not size > 0.0:
        return None
    rest = core.var_residual / size  # as shares: their squares must not overflow
    by_run, by_unit = rest + units * core.var_run / size, rest + runs * core.var_unit / size
    square = by_run + by_unit - rest
    noise = by_run**2 / (runs - 1) + by_unit**2 / (units - 1)
    noise += rest**2 / ((runs - 1) * (units - 1))
    error = math.sqrt(square / (runs * units)) * math.sqrt(size)
    return error, max(1.0, square**2 / noise)


def welch(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of two independent arms, which grow together."""
    return _two_arms(question, inference, data, None)


def permutation(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of a permutation test: Welch's, at a level that splits can have."""
    if data.baseline is None:
        return None
    n, m = data.candidate.size, data.baseline.size

    def level(alpha: float, times: float) -> float:
        first, second = max(1, round(n * times)), max(1, round(m * times))
        if first + second > 200:
            return alpha
        return coarse(alpha, math.comb(first + second, first))

    return _two_arms(question, inference, data, level)


def coarse(alpha: float, choices: int) -> float:
    """Return the largest multiple of 1 / choices below alpha; alpha where they are many."""
    return alpha if choices >= _FINE_SPLITS else (math.ceil(alpha * choices) - 1) / choices


def _two_arms(
    question: PlanQuestion, inference: Inference, data: Data, level: Level | None
) -> Curve | None:
    if data.baseline is None:
        return None
    n, m = data.candidate.size, data.baseline.size

    @lru_cache(maxsize=4)
    def variances(at: float) -> tuple[float, float]:
        if data.reduced is not None:
            return _reduced_variances(data.reduced, at if question.scale is Scale.RATIO else 1.0)
        arms = arms_at(question, data, at)
        both = (arms.candidate, arms.candidate if arms.baseline is None else arms.baseline)
        return float(np.var(both[0], ddof=1)), float(np.var(both[1], ddof=1))

    def law(aim: Aim, amount: Amount) -> tuple[float, float] | None:
        counts = max(2.0, n * amount.times), max(2.0, m * amount.times)
        return welch_error(variances(aim.limit), counts)

    scale = working(inference, data)
    limit = a_limit(question)
    found = law(Aim(at=limit, limit=limit, greater=True), NOW)
    if found is None:
        return None
    step = found[0] / scale.slope(limit)
    return student(scale, law, sizes(question, data), step=step, level=level)


def _reduced_variances(reduced: Reduced, ratio: float) -> tuple[float, float]:
    """Return the variances of the candidate, and of ``ratio`` times the baseline."""
    candidate, *others = (variance_of(arm.moments) for arm in reduced.arms)
    return candidate, ratio**2 * others[0]


def welch_error(
    variances: tuple[float, float], counts: tuple[float, float]
) -> tuple[float, float] | None:
    """Return Welch's standard error and degrees of freedom."""
    first, second = variances[0] / counts[0], variances[1] / counts[1]
    square = first + second
    if not square > 0.0:
        return None
    noise = (first / square) ** 2 / (counts[0] - 1) + (second / square) ** 2 / (counts[1] - 1)
    return math.sqrt(square), 1.0 / noise


def spread(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of Brown and Forsythe's test; the candidate's part grows with its spread."""
    if not isinstance(inference, SpreadRatio):
        return by_error(question, inference, data)
    part_c, part_b = inference.error_parts()
    lost = 4.0  # degrees of freedom: each arm's median and mean
    at_one = part_c / inference.estimate**2

    def law(aim: Aim, amount: Amount) -> tuple[float, float] | None:
        square = at_one * aim.at**2 + aim.limit**2 * part_b
        df = (inference.df + lost) * amount.times - lost
        return math.sqrt(square / amount.times), max(df, 1e-3)

    base = inference.baseline.mean
    scale = Working(
        core=lambda _: inference,
        distance=lambda at, limit: (at - limit) * base,
        slope=lambda _: base,
        ends=(0.0, math.inf),
    )
    step = inference.standard_error
    return student(scale, law, sizes(question, data), step=step) if step > 0.0 else None
