"""What the data at hand could have shown, and how many would decide."""

import math
from dataclasses import dataclass

import numpy as np

from pytest_evalgate.evidence import Bounds, Needed, Power, Scale
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.limits import no_change
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats import power as planning
from pytest_evalgate.stats.crossed import Crossed
from pytest_evalgate.stats.planning import each_side, sign_flip_needed
from pytest_evalgate.stats.power import CrossedNeed
from pytest_evalgate.stats.ratios import LogRatio, Relative
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.shares import ShareScore


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion:
    """What the plan of one rule depends on."""

    method: Method
    family: Family
    unit: Unit
    claim: Claim
    bounds: Bounds
    scale: Scale
    expect: float | None
    quantile: float | None
    alpha: float
    power: float

    @property
    def side_power(self) -> float:
        """Power that one side of the claim needs: equivalence has two sides to prove."""
        return each_side(self.power) if self.claim is Claim.EQUIVALENCE else self.power


def plan_rule(question: PlanQuestion, inference: Inference, data: Data) -> Power:
    """Return the smallest effect that would have been seen, and how many units would decide."""
    at = _true_effect(question, inference)
    limit = _limit(question, at)
    needed = Needed()
    if question.claim is not Claim.DETERIORATION and _is_on_the_right_side(question, at):
        needed = _needed(question, inference, data, at=at, limit=limit)
    return Power(mde=_mde(question, inference, data, limit), at=at, needed=needed)


def _true_effect(question: PlanQuestion, inference: Inference) -> float:
    """Return the true effect at which the plan is stated."""
    if question.expect is not None:
        return question.expect
    if question.claim in {Claim.NON_INFERIORITY, Claim.EQUIVALENCE}:
        return no_change(question.scale)
    return inference.estimate


def _limit(question: PlanQuestion, at: float) -> float:
    """Return the limit that is hardest to clear from ``at``."""
    low, high = question.bounds.low, question.bounds.high
    if low is not None and high is not None:
        return low if at - low <= high - at else high
    return low if low is not None else high if high is not None else 0.0


def _is_on_the_right_side(question: PlanQuestion, at: float) -> bool:
    low, high = question.bounds.low, question.bounds.high
    return (low is None or at > low) and (high is None or at < high)


def _working_distance(
    question: PlanQuestion, inference: Inference, data: Data, at: float, limit: float
) -> tuple[float, float | None, float | None]:
    """Return |true effect - limit|, SE and df on the scale the method works on."""
    if question.family is Family.GEOMEAN and question.scale is not Scale.DIFFERENCE:
        distance = abs(math.log(at) - math.log(limit)) if at > 0 and limit > 0 else 0.0
    elif question.scale is Scale.RATIO and data.baseline is not None:
        distance = abs(at - limit) * abs(float(data.baseline.mean()))
    else:
        distance = abs(at - limit)
    core = _core(inference, limit)
    return distance, core.standard_error, core.df


def _core(inference: Inference, limit: float) -> Inference:
    """Return the inference on the scale that the method works on: logs, or the contrast."""
    if isinstance(inference, LogRatio):
        return inference.logs
    if isinstance(inference, Relative):
        return inference.contrast(limit)
    if isinstance(inference, ShareScore):
        return inference.inner
    return inference


def _needed(
    question: PlanQuestion, inference: Inference, data: Data, *, at: float, limit: float
) -> Needed:
    binary = _needed_binary(question, data, at=at, limit=limit)
    if binary is not None:
        return binary
    distance, error, _ = _working_distance(question, inference, data, at, limit)
    core = _core(inference, limit)
    if isinstance(core, Crossed):
        need = _need_of_crossed(question, core, distance)
        return Needed(runs=need.runs, samples=need.units)
    n = min(arm.size for arm in (data.candidate, data.baseline) if arm is not None)
    if question.method is Method.CLUSTER_ROBUST and data.candidate_clusters is not None:
        clusters = len(set(data.candidate_clusters))
        count = _needed_t(distance, error, clusters, question)
        return Needed(samples=None if count is None else math.ceil(count * n / clusters))
    if question.method is Method.SIGN_FLIP:
        spread = _error_of_differences(data) * math.sqrt(n)
        count = sign_flip_needed(distance, spread, question.alpha, question.side_power)
    elif question.method is Method.WELCH_T:
        count = _needed_welch(question, data, distance=distance, limit=limit)
    else:
        count = _needed_t(distance, error, n, question)
    return Needed(runs=count) if question.unit is Unit.RUN else Needed(samples=count)


def _needed_welch(
    question: PlanQuestion, data: Data, *, distance: float, limit: float
) -> int | None:
    """Return the candidate's units, the baseline's growing with them as they are now."""
    if data.baseline is None:
        return None
    if question.family is Family.GEOMEAN:
        data = data.logs()
    elif question.scale is Scale.RATIO:
        data = data.scaled_baseline(limit)
    if data.baseline is None:
        return None
    return planning.t_needed_two(
        distance,
        float(np.std(data.candidate, ddof=1)),
        float(np.std(data.baseline, ddof=1)),
        question.alpha,
        question.side_power,
        ratio=data.baseline.size / data.candidate.size,
    )


def _need_of_crossed(question: PlanQuestion, core: Crossed, distance: float) -> CrossedNeed:
    return planning.crossed_needed(
        distance,
        core.var_run,
        core.var_unit,
        core.var_residual,
        core.runs,
        core.units,
        question.alpha,
        question.side_power,
    )


def more_of_both(question: PlanQuestion, inference: Inference, data: Data) -> str | None:
    """Say how many times the runs and the units would decide where neither alone would."""
    at = _true_effect(question, inference)
    limit = _limit(question, at)
    core = _core(inference, limit)
    if not isinstance(core, Crossed) or not _is_on_the_right_side(question, at):
        return None
    distance, _, _ = _working_distance(question, inference, data, at, limit)
    need = _need_of_crossed(question, core, distance)
    if need.runs is not None or need.units is not None or need.times is None:
        return None
    return (
        "neither more runs nor more samples alone would decide, "
        f"{need.times} times as many of both would"
    )


def _error_of_differences(data: Data) -> float:
    """Return the standard error of a mean difference, for methods that have none of their own."""
    if data.baseline is None:
        return 0.0
    return float(np.std(data.candidate - data.baseline, ddof=1)) / math.sqrt(data.candidate.size)


def _needed_t(distance: float, error: float | None, n: int, question: PlanQuestion) -> int | None:
    if error is None:
        return None
    spread = error * math.sqrt(n)
    return planning.t_needed(distance, spread, question.alpha, question.side_power)


def _needed_binary(question: PlanQuestion, data: Data, *, at: float, limit: float) -> Needed | None:
    """Return the plan of a method for counts, or None where it is another method."""
    alpha, power = question.alpha, question.side_power
    match question.method:
        case Method.EXACT_BINOMIAL:
            greater = question.bounds.low is not None
            n = planning.binomial_needed(at, limit, alpha, power, greater)
        case Method.ORDER_STATISTIC:
            share = _share_beyond(data, limit)
            n = planning.binomial_needed(
                share, question.quantile or 0.5, alpha, power, greater=True
            )
        case Method.MCNEMAR_TANGO:
            n = planning.paired_binary_needed(_discordance(data), at, limit, alpha, power)
        case Method.ROUNDED_TANGO:
            n = None
        case Method.BOSCHLOO_MIETTINEN_NURMINEN:
            base = 0.0 if data.baseline is None else float(data.baseline.mean())
            other = min(1.0, max(0.0, base + at))
            n = planning.two_proportions_needed(other, base, limit, alpha, power)
        case _:
            return None
    return Needed(samples=n)


def _share_beyond(data: Data, limit: float) -> float:
    """Return the share of units at or below the limit of a quantile."""
    return float(np.mean(data.candidate <= limit))


def _discordance(data: Data) -> float:
    """Return the share of discordant pairs; at least half a pair, so that none is no promise."""
    if data.baseline is None:
        return 0.0
    n = data.candidate.size
    return max(0.5, float(np.count_nonzero(data.candidate != data.baseline))) / n


def _mde(question: PlanQuestion, inference: Inference, data: Data, limit: float) -> float | None:
    """Return the smallest true effect that would have been seen with the gate's power."""
    if question.claim is Claim.EQUIVALENCE or question.method in {
        Method.ORDER_STATISTIC,
        Method.ROUNDED_TANGO,
    }:
        return None
    wants_greater = question.bounds.low is not None
    if question.claim is Claim.DETERIORATION:
        wants_greater = not wants_greater
    sign = 1.0 if wants_greater else -1.0
    distance = _mde_distance(question, inference, data, limit)
    if distance is None:
        return None
    if question.family is Family.GEOMEAN and question.scale is not Scale.DIFFERENCE:
        return limit * math.exp(sign * distance)
    if question.scale is Scale.RATIO and data.baseline is not None:
        return limit + sign * distance / abs(float(data.baseline.mean()))
    return _possible(question, data, limit + sign * distance)


def _possible(question: PlanQuestion, data: Data, effect: float) -> float | None:
    """Return an effect on shares, or None where no shares can differ by it."""
    if question.method not in _SHARES:
        return effect
    base = 0.0
    if data.baseline is not None:
        base = float(data.baseline.mean())
    return effect if 0.0 <= base + effect <= 1.0 else None


_SHARES = frozenset(
    {Method.EXACT_BINOMIAL, Method.MCNEMAR_TANGO, Method.BOSCHLOO_MIETTINEN_NURMINEN}
)


def _mde_distance(
    question: PlanQuestion, inference: Inference, data: Data, limit: float
) -> float | None:
    n = data.candidate.size
    z = planning.z_sum(question.alpha, question.power)
    if question.method is Method.EXACT_BINOMIAL:
        return z * math.sqrt(max(limit * (1 - limit), 0.0) / n)
    if question.method is Method.MCNEMAR_TANGO:
        return z * math.sqrt(_discordance(data) / n)
    if question.method is Method.BOSCHLOO_MIETTINEN_NURMINEN and data.baseline is not None:
        share = float(np.concatenate([data.candidate, data.baseline]).mean())
        share = min(max(share, 0.5 / n), 1 - 0.5 / n)
        return z * math.sqrt(share * (1 - share) * (1 / n + 1 / data.baseline.size))
    if question.method is Method.SIGN_FLIP:
        return planning.t_mde(_error_of_differences(data), n - 1, question.alpha, question.power)
    _, error, df = _working_distance(question, inference, data, limit, limit)
    if error is None or df is None:
        return None
    return planning.t_mde(error, df, question.alpha, question.power)
