"""One rule's question: what is estimated on which data, and in which design."""

from dataclasses import dataclass

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Bounds, Scale
from pytest_evalgate.gate import reduced
from pytest_evalgate.gate.arrange import arrange
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Arms, Case, Design, Family, Method, choose, describe
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.domain_question import DomainQuestion, arrays_compared
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.estimand import family_of
from pytest_evalgate.gate.limits import bounds_of, scale_of
from pytest_evalgate.gate.samples import RuleSamples, claim_needs_margin
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.gate.transform import per_unit
from pytest_evalgate.spec.model import Better, Claim, Kind, Metric, Rule
from pytest_evalgate.stats.shape import informative_at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
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


def question_of(tables: Tables, rule: Rule, samples: RuleSamples, *, is_joint: bool) -> Question:
    """Say what a rule estimates, on which scale, with which limits.

    Raises:
        EvalGateError: the samples do not fit the design, or a value has no such number.
    """
    metric = tables.spec.metric(rule.metric)
    family = family_of(rule, metric)
    scale = scale_of(rule, family)
    # A win is a win whichever way the metric is good: its rate is better when higher.
    is_won = family is Family.WIN_RATE and rule.claim is not Claim.THRESHOLD
    better = Better.HIGHER if is_won else metric.better
    return Question(
        rule=rule,
        metric=metric,
        samples=samples,
        data=per_unit(metric, family, arrange(samples)),
        family=family,
        is_relative=scale is Scale.RATIO and family is not Family.GEOMEAN,
        is_joint=is_joint,
        scale=scale,
        bounds=bounds_of(rule, better, scale),
        seed=tables.spec.seed,
    )


def method_of(question: Question) -> Method:
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


def domain_question_of(question: Question, method: Method) -> DomainQuestion:
    """Return what the domain of a method depends on."""
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
        wants_greater=question.bounds.low is not None,
        is_two_sided=question.bounds.low is not None and question.bounds.high is not None,
        quantile=question.metric.quantile,
        statistic=question.metric.statistic,
        is_joint=question.is_joint,
    )


def _margin_share(question: Question) -> float | None:
    """Return the margin of a non-inferiority claim over the width of the metric's range."""
    is_margin = question.rule.claim in {Claim.NON_INFERIORITY, Claim.EQUIVALENCE}
    if question.width is None or not is_margin or question.scale is not Scale.DIFFERENCE:
        return None
    return question.rule.limit.number / question.width


def ask_of(question: Question, method: Method, raw: Data) -> Ask:
    """Return the question as a method gets it."""
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


def _design(question: Question) -> Design:
    data, samples = question.data, question.samples
    return Design(
        family=question.family,
        is_binary=samples.kind is Kind.BINARY and question.family in _OF_SHARES,
        unit=samples.unit,
        arms=_arms(data),
        is_clustered=data.candidate_clusters is not None,
        case=_case(question) if data.baseline is not None else Case.ANY,
    )


# Of these a mean of 0 and 1 is a share, with methods of its own; of a ratio it is a numerator.
_OF_SHARES = frozenset({Family.MEAN, Family.RECTIFIED})


def _case(question: Question) -> Case:
    """Say what pairs look like where they decide about the method: few, or nearly discrete."""
    if question.family not in {Family.MEAN, Family.GEOMEAN}:
        return Case.MARGIN if claim_needs_margin(question.rule) else Case.ANY
    data = question.data.logs() if question.family is Family.GEOMEAN else question.data
    if not data.is_paired:
        smallest = min(arm.size for arm in (data.candidate, data.baseline) if arm is not None)
        is_few = not claim_needs_margin(question.rule) and smallest < domain("units").refused
        return Case.FEW_AT_ZERO if is_few else Case.ANY
    n, enough = data.candidate.size, int(domain("informative_units").refused)
    is_informative = _informative(data, enough) >= enough
    if not claim_needs_margin(question.rule):
        is_few = n < domain("units").refused or not is_informative
        return Case.FEW_AT_ZERO if is_few else Case.ANY
    can_round = question.width is not None and not question.is_relative
    if can_round and n >= domain("units").refused and not is_informative:
        return Case.DISCRETE
    return Case.ANY


def _informative(data: Data, enough: int) -> int:
    """Count the pairs with another difference than the most common one, at least to ``enough``."""
    if data.reduced is not None:
        return reduced.informative_at_least(data.reduced.compared(1.0)[0], enough)
    [differences] = arrays_compared(data, ratio=1.0)
    return informative_at_least(differences, enough)


def _arms(data: Data) -> Arms:
    if data.baseline is None:
        return Arms.ONE
    return Arms.PAIRED if data.is_paired else Arms.UNPAIRED
