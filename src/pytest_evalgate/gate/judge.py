"""What was measured, and a level -> the evidence of one rule."""

import math
from collections.abc import Sequence
from dataclasses import replace

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import (
    ANY_OF,
    Bounds,
    Effect,
    Needed,
    Power,
    RuleEvidence,
    Verdict,
    rule_digest,
)
from pytest_evalgate.gate.domain_question import skewed_beyond
from pytest_evalgate.gate.domains_sets import check_pass
from pytest_evalgate.gate.families import PROOFS, Level
from pytest_evalgate.gate.measure import Measured, NotMeasured
from pytest_evalgate.gate.pictures import movers, picture
from pytest_evalgate.gate.plan import PlanQuestion, more_of_both, plan_rule
from pytest_evalgate.gate.settle import is_near
from pytest_evalgate.gate.verdict import decide
from pytest_evalgate.spec.model import Claim, GateSpec, Group, Rule


_BURDEN = {
    Claim.SUPERIORITY: "the candidate must prove that it is better",
    Claim.NON_INFERIORITY: "the candidate must prove that it is not worse by the margin",
    Claim.EQUIVALENCE: "the candidate must prove that it differs by less than the margin",
    Claim.THRESHOLD: "the candidate must prove that its value clears the limit",
    Claim.DETERIORATION: "nothing is proved: an alarm that rings when harm is shown",
}


def judge(spec: GateSpec, measured: Measured | NotMeasured, level: Level) -> RuleEvidence:
    """Judge one rule or slice at its level and write its evidence."""
    evidence = replace(blank(spec, measured.rule), family=level.family)
    if isinstance(measured, NotMeasured):
        return _invalid(evidence, measured.reason, measured.hint)
    try:
        return _judged(spec, evidence, measured, level)
    except UndefinedTestError as error:  # defined at alpha, but not at this rule's own level
        return _invalid(evidence, error.message, error.hint)


def _invalid(evidence: RuleEvidence, reason: str, hint: str | None) -> RuleEvidence:
    return replace(evidence, reason=f"{reason}; {hint}" if hint else reason)


def sealed(evidence: RuleEvidence) -> RuleEvidence:
    """Return the evidence with its digest."""
    return replace(evidence, digest=rule_digest(replace(evidence, digest="")))


def blank(spec: GateSpec, rule: Rule) -> RuleEvidence:
    """Return the evidence of a rule of which nothing is known yet: invalid."""
    metric = spec.metric(rule.metric)
    return RuleEvidence(
        id=rule.id,
        parent=None,
        slice=None,
        metric=rule.metric,
        claim=rule.claim.value,
        better=metric.better.value,
        severity=rule.severity.value,
        owner=rule.owner,
        why=rule.why,
        action=rule.action,
        line=rule.location.line,
        column=rule.location.column,
        burden=_BURDEN[rule.claim],
        verdict=Verdict.INVALID,
        reason="not judged",
    )


def blank_group(group: Group) -> RuleEvidence:
    """Return the evidence of a group of which nothing is known yet: invalid."""
    return RuleEvidence(
        id=group.id,
        parent=None,
        slice=None,
        metric=", ".join(sorted({member.metric for member in group.members})),
        claim=ANY_OF,
        better="",
        severity=group.severity.value,
        owner=group.owner,
        why=group.why,
        action=group.action,
        line=group.location.line,
        column=group.location.column,
        burden="the candidate must prove one of the members",
        verdict=Verdict.INVALID,
        reason="not judged",
        limit=Bounds(),
    )


def _judged(
    spec: GateSpec, evidence: RuleEvidence, measured: Measured, level: Level
) -> RuleEvidence:
    inference, bounds, test = measured.inference, measured.bounds, measured.test
    low, high = inference.interval(level.alpha) if level.alpha > 0.0 else (None, None)
    verdict, reason = decide(measured.rule.claim, test, (low, high), bounds, level.alpha)
    if _is_unsettled(measured, verdict, level.alpha):
        verdict, reason = (
            Verdict.INCONCLUSIVE,
            (f"{measured.draws:,} random draws leave p too near its level to say on which side"),
        )
    warnings = measured.warnings
    if verdict is Verdict.PASS:
        check_pass(measured.domain, measured.data)
    if verdict is Verdict.PASS and level.alpha < spec.alpha:
        warnings += _at_level(measured, level)
    plan = _plan_question(spec, measured, level)
    if verdict is Verdict.INCONCLUSIVE and (more := more_of_both(plan, inference, measured.data)):
        reason = f"{reason}; {more}"
    return replace(
        evidence,
        verdict=verdict,
        reason=reason,
        method=measured.method.value,
        assumptions=measured.assumptions,
        warnings=warnings,
        n=measured.data.counts,
        candidate=measured.candidate,
        baseline=measured.baseline,
        scale=measured.scale,
        effect=Effect(
            estimate=inference.estimate,
            low=_finite(low),
            high=_finite(high),
            level=1 - 2 * level.alpha,
            unit=measured.metric.unit,
        ),
        limit=bounds,
        statistic=_finite(test.statistic),
        df=inference.df,
        pvalue=test.pvalue,
        pvalue_adjusted=level.pvalue_adjusted,
        alpha_judged=level.alpha,
        min_pvalue=test.min_pvalue,
        power=_power(plan, measured, verdict),
        picture=picture(measured.raw),
        movers=movers(measured.raw),
    )


def _at_level(measured: Measured, level: Level) -> tuple[str, ...]:
    """Check a pass at a level below alpha, where skewness weighs more.

    The promotion itself is safe where all must pass: a pass at the lower level is one at alpha.
    In a group one pass is enough, so it must be honest at its own level.

    Raises:
        UndefinedTestError: a member of a group is not.
    """
    words = skewed_beyond(measured.domain, measured.data, level.alpha)
    if words is None:
        return ()
    if level.family != PROOFS:
        raise UndefinedTestError(words, hint="gather more, or declare `statistic: geomean`")
    return (f"{words}; the promotion as a whole is judged at alpha",)


def _is_unsettled(measured: Measured, verdict: Verdict, alpha: float) -> bool:
    """Say whether other random draws could have given another verdict."""
    if (
        measured.draws is None
        or verdict is Verdict.INVALID
        or measured.rule.claim is (Claim.DETERIORATION)
    ):
        return False
    pvalues = (measured.test.pvalue, measured.test.pvalue_opposite)
    return any(is_near(pvalue, alpha, measured.draws) for pvalue in pvalues)


def _finite(number: float | None) -> float | None:
    """Return a number that evidence can hold; an infinite one is none."""
    return number if number is not None and math.isfinite(number) else None


def _power(plan: PlanQuestion, measured: Measured, verdict: Verdict) -> Power:
    """Return what the data could have shown; how many would decide only where they did not."""
    power = plan_rule(plan, measured.inference, measured.data)
    return power if verdict is Verdict.INCONCLUSIVE else replace(power, needed=Needed())


def _plan_question(spec: GateSpec, measured: Measured, level: Level) -> PlanQuestion:
    return PlanQuestion(
        method=measured.method,
        family=measured.family,
        unit=measured.unit,
        claim=measured.rule.claim,
        bounds=measured.bounds,
        scale=measured.scale,
        expect=measured.rule.expect,
        quantile=measured.metric.quantile,
        alpha=level.alpha,
        power=spec.power,
    )


def parent_of_slices(
    spec: GateSpec,
    entry: Rule | Group,
    counted: Sequence[RuleEvidence],
    verdict: Verdict,
    level: Level,
) -> RuleEvidence:
    """Return the evidence of a rule or group that is judged in its slices only.

    Args:
        spec: The gate file.
        entry: The rule or group.
        counted: Evidence of the slices that count.
        verdict: The worst of theirs.
        level: At which each of them was judged.
    """
    named = sorted(one.id for one in counted if one.verdict is verdict)
    words = {
        Verdict.PASS: f"all {len(counted)} slices pass",
        Verdict.FAIL: "the opposite of the claim is shown in",
        Verdict.INCONCLUSIVE: "not proven in",
        Verdict.INVALID: "could not be judged:" if named else "no slice was large enough to judge",
    }[verdict]
    reason = words if verdict is Verdict.PASS else f"{words} {', '.join(named[:5])}"
    if len(named) > 5 and verdict is not Verdict.PASS:
        reason += f" and {len(named) - 5} more"
    pvalues = [one.pvalue if one.pvalue is not None else 1.0 for one in counted]
    limits = {one.limit for one in counted}
    whole = blank_group(entry) if isinstance(entry, Group) else blank(spec, entry)
    return replace(
        whole,
        verdict=verdict,
        reason=reason,
        limit=limits.pop() if len(limits) == 1 else Bounds(),
        pvalue=max(pvalues) if pvalues else None,
        pvalue_adjusted=level.pvalue_adjusted,
        alpha_judged=level.alpha,
        family=level.family,
    )
