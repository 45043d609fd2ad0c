"""The row of a plan: one rule, slice or member, from its data or from assumed numbers."""

from dataclasses import dataclass, replace

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Needed
from pytest_evalgate.evidence.plan import RulePlan, Shares
from pytest_evalgate.gate.measure import Measured, NotMeasured
from pytest_evalgate.gate.plan import needed_of, times_of
from pytest_evalgate.gate.planning_advice import advice
from pytest_evalgate.gate.planning_assumed import suppose
from pytest_evalgate.gate.planning_curve import Curve
from pytest_evalgate.gate.planning_means import a_limit
from pytest_evalgate.gate.planning_methods import curve_of
from pytest_evalgate.gate.planning_question import PlanQuestion, power_now, smallest_effect
from pytest_evalgate.gate.planning_scale import working
from pytest_evalgate.gate.planning_shares import shares_of, split_of
from pytest_evalgate.spec.model import Claim, GateSpec, Rule
from pytest_evalgate.stats.crossed import Crossed
from pytest_evalgate.stats.planning import each_side


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row stands, and what it is planned for."""

    alpha: float
    jointly: float  # power that it needs so that all rules together have the gate's
    is_required: bool
    min_samples: int


def row_of(spec: GateSpec, found: Measured | NotMeasured, place: Place) -> RulePlan:
    """Plan one rule: from its data, else from what its metric assumes, else say what is missing."""
    if isinstance(found, Measured):
        return _measured(spec, found, place)
    return _assumed(spec, found, place)


def blank_row(spec: GateSpec, rule: Rule, place: Place) -> RulePlan:
    """Return the row of a rule of which nothing is known."""
    return RulePlan(
        id=rule.id,
        metric=rule.metric,
        claim=rule.claim.value,
        is_required=place.is_required,
        unit=spec.metric(rule.metric).unit,
        alpha=place.alpha,
    )


def plan_question(spec: GateSpec, measured: Measured, alpha: float) -> PlanQuestion:
    """Return what the plan of a measured rule depends on."""
    return PlanQuestion(
        method=measured.method,
        family=measured.family,
        unit=measured.unit,
        claim=measured.rule.claim,
        bounds=measured.bounds,
        scale=measured.scale,
        expect=measured.rule.expect,
        quantile=measured.metric.quantile,
        alpha=alpha,
        power=spec.power,
    )


def _measured(spec: GateSpec, found: Measured, place: Place) -> RulePlan:
    row = blank_row(spec, found.rule, place)
    question = plan_question(spec, found, place.alpha)
    row = replace(
        row,
        method=found.method.value,
        scale=found.scale,
        limit=found.bounds,
        n=found.data.counts,
        at_source=question.source,
    )
    try:
        curve = curve_of(question, found.inference, found.data)
        shares = shares_of(question, found.inference, found.data)
    except UndefinedTestError as error:
        return _without(row, error.message, error.hint)
    if curve is None:
        return _without(row, "the spread of these values cannot be seen", "gather more units")
    core = working(found.inference, found.data).core(a_limit(question))
    crossed = core if isinstance(core, Crossed) else None
    return _filled(row, question, curve, question.at(found.inference.estimate), place,
                   shares=shares, core=crossed)  # fmt: skip


def _assumed(spec: GateSpec, found: NotMeasured, place: Place) -> RulePlan:
    row = blank_row(spec, found.rule, place)
    why = f"{found.reason}; {found.hint}" if found.hint else found.reason
    try:
        supposed = suppose(spec, found.rule, alpha=place.alpha, n=place.min_samples)
    except UndefinedTestError as error:
        words = f"{error.message}: {error.hint}" if error.hint else error.message
        return _without(row, why, words)
    question = supposed.question
    is_rate = question.source == "observed" and supposed.observed is not None
    row = replace(
        row,
        method=question.method.value,
        scale=question.scale,
        limit=question.bounds,
        n=supposed.counts,
        assumed=supposed.words,
        at_source="assumed" if is_rate else question.source,
        reason=why,
    )
    at = question.at(supposed.observed)
    return _filled(row, question, supposed.curve, at, place,
                   shares=supposed.shares, core=supposed.core)  # fmt: skip


def _without(row: RulePlan, reason: str, hint: str | None) -> RulePlan:
    words = f"{reason}; {hint}" if hint else reason
    return replace(row, reason=words, advice=f"cannot be planned: {words}")


def _filled(  # noqa: PLR0913 - a row and what it is filled with
    row: RulePlan,
    question: PlanQuestion,
    curve: Curve,
    at: float | None,
    place: Place,
    *,
    shares: Shares | None,
    core: Crossed | None,
) -> RulePlan:
    row = replace(row, at=at, mde=smallest_effect(question, curve), shares=shares)
    if at is None:
        words = "no true effect is known: write `expect:` in the rule"
        return replace(row, reason=row.reason or words, advice=f"cannot be planned: {words}")
    row = replace(
        row,
        power=power_now(question, curve, at),
        needed=needed_of(question, curve, at, question.side_power),
        needed_jointly=_jointly(question, curve, at, place),
    )
    if row.needed == Needed() and curve.runs is not None and curve.samples is not None:
        row = replace(row, times=times_of(question, curve, at))
    can = question.can_be_shown(at)
    split = None if core is None else split_of(core)
    return replace(row, advice=advice(row, target=question.power, can_be_shown=can, split=split))


def _jointly(question: PlanQuestion, curve: Curve, at: float, place: Place) -> Needed:
    if not place.is_required:
        return Needed()
    is_two_sided = question.claim is Claim.EQUIVALENCE
    return needed_of(
        question, curve, at, each_side(place.jointly) if is_two_sided else place.jointly
    )
