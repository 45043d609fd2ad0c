"""One rule and its samples -> what was measured, or the reason why not."""

from dataclasses import dataclass, replace

import numpy as np

from pytest_evalgate.errors import EvalGateError, TooFewError, UndefinedTestError
from pytest_evalgate.evidence import Bounds, Scale
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.assumptions import assumptions
from pytest_evalgate.gate.choose import (
    Arms,
    Case,
    Design,
    Family,
    Method,
    Unit,
    choose,
    describe,
)
from pytest_evalgate.gate.data import Data, arrange
from pytest_evalgate.gate.domain_question import DomainQuestion, arrays_compared
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.domains import check_domain
from pytest_evalgate.gate.domains_grouped import check_df
from pytest_evalgate.gate.estimand import family_of
from pytest_evalgate.gate.estimates import arm_estimates
from pytest_evalgate.gate.limits import (
    ClaimTest,
    bounds_of,
    check_can_fail,
    claim_test,
    scale_of,
)
from pytest_evalgate.gate.samples import (
    RuleSamples,
    check_limit_unit,
    claim_needs_margin,
    rule_samples,
)
from pytest_evalgate.gate.settle import settled
from pytest_evalgate.gate.sizes import check_size
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.gate.transform import linearised, per_unit
from pytest_evalgate.spec.model import Better, Claim, Kind, LimitUnit, Metric, Rule, Where
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.shape import informative_units


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
    try:
        samples = rule_samples(tables, rule, extra, against)
        question = _question(tables, rule, samples, is_joint=is_joint)
        return _measure(question, min_samples or rule.min_samples, alpha)
    except EvalGateError as error:
        # A line of the gate file is left out: moving a rule must not move its digest.
        in_file = error.at is not None and error.at.path != tables.spec.path
        return NotMeasured(
            rule=rule,
            reason=f"{error.at}: {error.message}" if in_file else error.message,
            hint=error.hint,
            is_too_few=isinstance(error, TooFewError),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One rule, its samples, and what is estimated."""

    rule: Rule
    metric: Metric
    samples: RuleSamples
    data: Data
    family: Family
    is_relative: bool  # the limit is a percentage of the baseline
    is_joint: bool
    scale: Scale
    bounds: Bounds
    seed: int

    @property
    def width(self) -> float | None:
        """How far apart two values can lie, where that is known."""
        ends = self.samples.ends
        return None if ends is None else ends[1] - ends[0]


def _measure(question: _Question, min_samples: int, alpha: float) -> Measured:
    rule, samples = question.rule, question.samples
    _check_counts(rule, samples, question.data, min_samples)
    check_limit_unit(rule, question.metric, samples.kind)
    check_can_fail(rule, question.bounds, question.scale, ends=samples.ends)
    _check_margin(question)
    _check_quantile(question)
    method = _method(question)
    raw = question.data
    question = replace(question, data=linearised(question.metric, question.family, method, raw))
    asked = _domain_question(question, method)
    warnings = check_domain(asked, question.data, raw)
    inference, draws, notes = settled(_ask(question, method, raw), rule.claim, alpha)
    warnings += check_df(method, inference.df)
    test = claim_test(inference, question.bounds, rule.claim)
    _check_feasible(rule, method, question.data, test, alpha)
    if rule.claim is not Claim.DETERIORATION:  # an alarm promotes nothing
        warnings += check_size(method, question.data, question.bounds, alpha)
    candidate, baseline = arm_estimates(question.metric, question.family, method, question.data)
    return Measured(
        rule=rule,
        metric=question.metric,
        method=method,
        family=question.family,
        unit=samples.unit,
        scale=question.scale,
        bounds=question.bounds,
        data=question.data,
        raw=raw,
        inference=inference,
        test=test,
        candidate=candidate,
        baseline=baseline,
        domain=asked,
        draws=draws,
        assumptions=(*assumptions(method, samples, question.family), *notes),
        warnings=warnings,
    )


def _question(tables: Tables, rule: Rule, samples: RuleSamples, *, is_joint: bool) -> _Question:
    metric = tables.spec.metric(rule.metric)
    family = family_of(rule, metric)
    scale = scale_of(rule, family)
    # A win is a win whichever way the metric is good: its rate is better when higher.
    better = Better.HIGHER if family is Family.WIN_RATE else metric.better
    return _Question(
        rule=rule,
        metric=metric,
        samples=samples,
        data=per_unit(metric, family, arrange(samples)),
        family=family,
        is_relative=rule.limit.unit is LimitUnit.PERCENT and family is not Family.GEOMEAN,
        is_joint=is_joint,
        scale=scale,
        bounds=bounds_of(rule, better, scale),
        seed=tables.spec.seed,
    )


def _method(question: _Question) -> Method:
    """Choose the method; max-T flips the signs of paired units, and is told by their t."""
    design = _design(question)
    if not question.is_joint:
        return choose(design, question.rule.method)
    if question.data.is_paired and question.family is Family.MEAN:
        return Method.PAIRED_T
    raise UndefinedTestError(
        f"max_t needs means of paired units, this is {describe(design)}",
        hint="write `correction: holm`, which needs nothing of that kind",
    )


def _domain_question(question: _Question, method: Method) -> DomainQuestion:
    return DomainQuestion(
        method=method,
        family=question.family,
        unit=question.samples.unit,
        has_margin=claim_needs_margin(question.rule),
        kind=question.samples.kind,
        margin_share=_margin_share(question),
        ratio=_ratio(question.bounds) if question.is_relative else 1.0,
        limits=tuple(
            limit for limit in (question.bounds.low, question.bounds.high) if limit is not None
        ),
        quantile=question.metric.quantile,
        statistic=question.metric.statistic,
        is_joint=question.is_joint,
    )


def _margin_share(question: _Question) -> float | None:
    """Return the margin of a non-inferiority claim over the width of the metric's range."""
    is_margin = question.rule.claim in {Claim.NON_INFERIORITY, Claim.EQUIVALENCE}
    if question.width is None or not is_margin or question.scale is not Scale.DIFFERENCE:
        return None
    return question.rule.limit.number / question.width


def _ask(question: _Question, method: Method, raw: Data) -> Ask:
    is_precision = question.metric.statistic == "precision" and raw.baseline is not None
    return Ask(
        method=method,
        data=question.data,
        family=question.family,
        rule_id=question.rule.id,
        bounds=question.bounds,
        are_runs_paired=question.samples.are_runs_paired,
        is_relative=question.is_relative,
        quantile=question.metric.quantile,
        width=question.width,
        is_binary=question.samples.kind is Kind.BINARY,
        statistic=question.metric.statistic,
        predicted_positive=(
            (float(raw.candidate.sum()), float(raw.baseline.sum()))
            if is_precision and raw.baseline is not None
            else (0.0, 0.0)
        ),
        seed=question.seed,
    )


def _ratio(bounds: Bounds) -> float:
    """Return the ratio at which a relative limit is tested; the lower one of two."""
    return bounds.low if bounds.low is not None else bounds.high if bounds.high is not None else 1.0


def _check_margin(question: _Question) -> None:
    """Refuse a margin that even a candidate of nothing but zeros would keep.

    Where no value of either arm is negative, 0 is taken for the worst there is, unless the file
    declares a range that says otherwise.
    """
    data, low = question.data, question.bounds.low
    if (
        question.rule.claim is not Claim.NON_INFERIORITY
        or question.scale is not Scale.DIFFERENCE
        or question.family is not Family.MEAN
        or question.samples.ends is not None
        or data.baseline is None
        or low is None
    ):
        return
    baseline = float(data.baseline.mean())
    if min(data.candidate.min(), data.baseline.min()) >= 0 and -low >= baseline:
        raise UndefinedTestError(
            f"margin is {question.rule.limit.text}, and the baseline's mean is {baseline:g}: even "
            "a candidate of nothing but zeros would keep it",
            hint="write a smaller margin, or declare the `range:` of a metric that can be negative",
        )


def _check_quantile(question: _Question) -> None:
    if question.family is Family.QUANTILE and question.samples.candidate.repeats > 1:
        raise UndefinedTestError(
            "a quantile of averaged repeats is no quantile of single answers",
            hint="leave `repeat` out, or gate one repeat by `where`",
        )


def _design(question: _Question) -> Design:
    data, samples = question.data, question.samples
    return Design(
        family=question.family,
        is_binary=samples.kind is Kind.BINARY,
        unit=samples.unit,
        arms=_arms(data),
        is_clustered=data.candidate_clusters is not None,
        case=_case(question) if data.baseline is not None else Case.ANY,
    )


def _case(question: _Question) -> Case:
    """Say what pairs look like where they decide about the method: few, or nearly discrete."""
    if question.family not in {Family.MEAN, Family.GEOMEAN}:
        return Case.MARGIN if claim_needs_margin(question.rule) else Case.ANY
    data = question.data.logs() if question.family is Family.GEOMEAN else question.data
    if not data.is_paired:
        smallest = min(arm.size for arm in (data.candidate, data.baseline) if arm is not None)
        is_few = not claim_needs_margin(question.rule) and smallest < domain("units").refused
        return Case.FEW_AT_ZERO if is_few else Case.ANY
    [differences] = arrays_compared(data, ratio=1.0)
    is_informative = informative_units(differences) >= domain("informative_units").refused
    if not claim_needs_margin(question.rule):
        is_few = differences.size < domain("units").refused or not is_informative
        return Case.FEW_AT_ZERO if is_few else Case.ANY
    can_round = question.width is not None and not question.is_relative
    if can_round and differences.size >= domain("units").refused and not is_informative:
        return Case.DISCRETE
    return Case.ANY


def _arms(data: Data) -> Arms:
    if data.baseline is None:
        return Arms.ONE
    return Arms.PAIRED if data.is_paired else Arms.UNPAIRED


def _check_counts(rule: Rule, samples: RuleSamples, data: Data, min_samples: int) -> None:
    """Hold the counts against the minimum that the gate file asks for."""
    sizes = [arm.size for arm in (data.candidate, data.baseline) if arm is not None]
    n = min(sizes)
    if samples.unit is not Unit.RUN and n < min_samples:
        raise TooFewError(
            f"{n} {'pairs' if data.is_paired else 'units'}, min_samples is {min_samples}",
            hint=f"evaluate at least {min_samples} units, or lower `min_samples`",
        )
    runs = {
        name: len(set(arm.runs))
        for name, arm in (("candidate", samples.candidate), ("baseline", samples.baseline))
        if arm is not None and arm.runs is not None
    }
    if runs and min(runs.values()) < rule.min_runs:
        found = ", ".join(f"{name} {n} {'run' if n == 1 else 'runs'}" for name, n in runs.items())
        raise TooFewError(
            f"{found}; min_runs is {rule.min_runs}",
            hint=f"train at least {rule.min_runs} runs of both arms",
        )


def _check_feasible(rule: Rule, method: Method, data: Data, test: ClaimTest, alpha: float) -> None:
    """Refuse a rule that could not have passed (or rung) on data of this size."""
    if test.min_pvalue < alpha:
        return
    can = "ring" if rule.claim == "deterioration" else "pass"
    n = data.candidate.size
    raise UndefinedTestError(
        f"the rule cannot {can}: {n} {'pairs' if data.is_paired else 'units'} give "
        f"p >= {test.min_pvalue:.3g} at best by {method.value.replace('_', ' ')}, "
        f"the level is {alpha:.3g}",
        hint=_enough(test, n, alpha),
    )


def _enough(test: ClaimTest, n: int, alpha: float) -> str:
    """Say how many units would be enough for p to be able to fall below the level."""
    if 0 < test.min_pvalue < 1:
        # All the methods with a floor have one of the form q**n.
        needed = int(np.floor(np.log(alpha) / np.log(test.min_pvalue) * n)) + 1
        return f"{max(needed, n + 1)} are needed at the least"
    return "mend the limit: no number of units can clear it"
