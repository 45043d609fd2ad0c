"""What the data at hand could have shown, and how many would decide."""

from pytest_evalgate.evidence import Needed, Power
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.planning_curve import Curve
from pytest_evalgate.gate.planning_methods import curve_of
from pytest_evalgate.gate.planning_question import PlanQuestion, power_now, smallest_effect
from pytest_evalgate.stats.result import Inference


__all__ = [
    "PlanQuestion",
    "more_of_both",
    "needed_of",
    "plan_rule",
    "power_of",
]


def plan_rule(question: PlanQuestion, inference: Inference, data: Data) -> Power:
    """Return the smallest effect that would have been seen, and how many units would decide."""
    at = question.at(inference.estimate)
    curve = _curve(question, inference, data)
    if curve is None or at is None:
        return Power(mde=None, at=at, needed=Needed())
    return Power(
        mde=smallest_effect(question, curve),
        at=at,
        needed=needed_of(question, curve, at, question.side_power),
    )


def power_of(question: PlanQuestion, inference: Inference, data: Data) -> float | None:
    """Return the power of one rule at its true effect, with the data at hand."""
    at = question.at(inference.estimate)
    curve = _curve(question, inference, data)
    return None if curve is None or at is None else power_now(question, curve, at)


def needed_of(question: PlanQuestion, curve: Curve, at: float, side_power: float) -> Needed:
    """Return the runs, and the samples, that show a true claim with the power of a side."""
    aim = question.hardest(at)
    if aim is None or not question.can_be_shown(at):
        return Needed()
    return Needed(
        runs=curve.runs_needed(aim, question.alpha, side_power),
        samples=curve.samples_needed(aim, question.alpha, side_power),
    )


def times_of(question: PlanQuestion, curve: Curve, at: float) -> int | None:
    """Return how many times runs and samples would decide where neither alone would."""
    aim = question.hardest(at)
    has_both = curve.runs is not None and curve.samples is not None
    if aim is None or not has_both or not question.can_be_shown(at):
        return None
    return curve.times_needed(aim, question.alpha, question.side_power)


def more_of_both(question: PlanQuestion, inference: Inference, data: Data) -> str | None:
    """Say how many times the runs and the units would decide where neither alone would."""
    at = question.at(inference.estimate)
    curve = _curve(question, inference, data)
    if curve is None or at is None:
        return None
    needed = needed_of(question, curve, at, question.side_power)
    if needed.runs is not None or needed.samples is not None:
        return None
    times = times_of(question, curve, at)
    if times is None:
        return None
    return (
        "neither more runs nor more samples alone would decide, "
        f"{times} times as many of both would"
    )


def _curve(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve; a rule to which no level came shows nothing, and needs no number."""
    if not 0.0 < question.alpha < 1.0:
        return None
    return curve_of(question, inference, data)
