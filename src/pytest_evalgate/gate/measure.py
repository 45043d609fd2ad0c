"""One rule and its samples -> what was measured, or the reason why not."""

from dataclasses import dataclass, replace

from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.errors import EvalGateError, TooFewError
from pytest_evalgate.evidence import Bounds, Scale
from pytest_evalgate.gate.assumptions import assumptions, warnings_of
from pytest_evalgate.gate.checks import (
    check_counts,
    check_feasible,
    check_margin,
    check_quantile,
)
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.domain_question import DomainQuestion
from pytest_evalgate.gate.domains import check_domain
from pytest_evalgate.gate.domains_grouped import check_df
from pytest_evalgate.gate.estimates import arm_estimates
from pytest_evalgate.gate.kinds import check_limit_unit
from pytest_evalgate.gate.limits import ClaimTest, check_can_fail, claim_test
from pytest_evalgate.gate.pictures import looked_at
from pytest_evalgate.gate.question import (
    Question,
    ask_of,
    domain_question_of,
    method_of,
    question_of,
)
from pytest_evalgate.gate.reduced import NeedsRowsError
from pytest_evalgate.gate.samples import rule_samples
from pytest_evalgate.gate.settle import settled
from pytest_evalgate.gate.sizes import check_size
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.gate.transform import linearised
from pytest_evalgate.spec.model import Claim, Metric, Rule, Where
from pytest_evalgate.stats.result import Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one rule (or one slice of it) measured, before it is judged at its level."""

    rule: Rule
    metric: Metric
    method: Method
    family: Family
    unit: Unit
    scale: Scale
    bounds: Bounds
    data: Data  # pseudo-values where the method averages them
    raw: Data  # as read
    inference: Inference
    test: ClaimTest
    candidate: float | None
    baseline: float | None
    domain: DomainQuestion
    draws: int | None  # random ones that p comes from
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """Why a rule could not be measured."""

    rule: Rule
    reason: str
    hint: str | None = None
    is_too_few: bool = False  # fewer units or runs than the gate file asks for


def measure(  # noqa: PLR0913 - a rule, and what its slice or group asks for
    tables: Tables,
    rule: Rule,
    *,
    extra: Where = (),
    against: Where | None = None,
    min_samples: int | None = None,
    alpha: float,
    is_joint: bool = False,
) -> Measured | NotMeasured:
    """Measure one rule; ``extra`` conditions select a slice of its units.

    Args:
        tables: The artifacts of the gate.
        rule: What to judge.
        extra: Conditions of a slice.
        against: Conditions of the slice it is compared with, under `require: gap`.
        min_samples: The slice's own minimum, else the rule's.
        alpha: The largest level the rule could be judged at, for its feasibility.
        is_joint: It is judged together with others by max-T, which flips signs of units.
    """

    def by(*, from_rows: bool) -> Measured:
        samples = rule_samples(tables, rule, extra, against, from_rows=from_rows)
        question = question_of(tables, rule, samples, is_joint=is_joint)
        return _measure(question, min_samples or rule.min_samples, alpha)

    try:
        try:
            return by(from_rows=is_joint)  # flips of signs need the units
        except (NeedsRowsError, DeclinedError):
            return by(from_rows=True)
    except EvalGateError as error:
        # A line of the gate file is left out: moving a rule must not move its digest.
        in_file = error.at is not None and error.at.path != tables.spec.path
        return NotMeasured(
            rule=rule,
            reason=f"{error.at}: {error.message}" if in_file else error.message,
            hint=error.hint,
            is_too_few=isinstance(error, TooFewError),
        )


def _measure(question: Question, min_samples: int, alpha: float) -> Measured:
    rule, samples = question.rule, question.samples
    check_counts(rule, samples, question.data, min_samples)
    check_limit_unit(rule, question.metric, samples.kind)
    check_can_fail(rule, question.bounds, question.scale, ends=samples.ends)
    check_quantile(question)
    method = method_of(question)
    raw = question.data
    question = replace(question, data=linearised(question.metric, question.family, method, raw))
    asked = domain_question_of(question, method)
    warnings = check_domain(asked, question.data, raw)
    inference, draws, notes = settled(ask_of(question, method, raw), rule.claim, alpha)
    warnings += check_df(method, inference.df)
    test = claim_test(inference, question.bounds, rule.claim)
    check_feasible(rule, method, question.data, test, alpha)
    if rule.claim is not Claim.DETERIORATION:  # an alarm promotes nothing
        warnings += check_size(method, question.data, question.bounds, alpha)
    candidate, baseline = arm_estimates(question.metric, question.family, method, question.data)
    if candidate is None and raw.baseline is None:
        candidate = inference.estimate
    check_margin(question, raw, baseline)
    return Measured(
        rule=rule,
        metric=question.metric,
        method=method,
        family=question.family,
        unit=samples.unit,
        scale=question.scale,
        bounds=question.bounds,
        data=question.data,
        raw=looked_at(raw),
        inference=inference,
        test=test,
        candidate=candidate,
        baseline=baseline,
        domain=asked,
        draws=draws,
        assumptions=(*assumptions(method, samples, question.family), *notes),
        warnings=(*warnings, *warnings_of(samples)),
    )
