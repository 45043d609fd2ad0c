"""Plans before there are data: curves from the numbers that a metric assumes. Never judged by."""

import math
from dataclasses import dataclass

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Counts, Scale
from pytest_evalgate.evidence.plan import Shares
from pytest_evalgate.gate.choose import Arms, Case, Design, Family, Method, Unit, choose
from pytest_evalgate.gate.estimand import family_of
from pytest_evalgate.gate.limits import bounds_of, scale_of
from pytest_evalgate.gate.planning_counts import binomial, pairs, two_shares
from pytest_evalgate.gate.planning_curve import NOW, Aim, Amount, Curve
from pytest_evalgate.gate.planning_means import crossed_error, grown, student
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.gate.planning_scale import Working, plain
from pytest_evalgate.gate.planning_shares import as_shares, split_of
from pytest_evalgate.gate.tables import is_comparison
from pytest_evalgate.spec.model import Arm, Assumed, Better, GateSpec, Kind, Metric, Pair, Rule
from pytest_evalgate.stats.crossed import Crossed
from pytest_evalgate.stats.means import StudentT


_MEANS = frozenset({Family.MEAN, Family.ADJUSTED, Family.RECTIFIED, Family.WIN_RATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """One rule planned from assumed numbers."""

    question: PlanQuestion
    curve: Curve
    counts: Counts
    shares: Shares | None
    core: Crossed | None
    words: str  # the numbers
    observed: float | None  # what stands for the observed effect


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A design, and the variances of its units."""

    unit: Unit
    arms: Arms
    is_binary: bool
    rate: float | None
    psi: float | None  # share of discordant pairs
    of_unit: float  # variance of one unit's value, or of its difference between paired arms
    of_run: float  # variance that a run adds to what is compared
    n: int
    runs: int

    @property
    def times(self) -> float:
        """Arms whose variances add up where units are not paired."""
        return 2.0 if self.arms is Arms.UNPAIRED else 1.0


def suppose(spec: GateSpec, rule: Rule, *, alpha: float, n: int) -> Supposed:
    """Plan a rule of which there are no data, with n samples (and its ``min_runs``).

    Raises:
        UndefinedTestError: nothing is assumed, or not enough; says what to write.
    """
    metric = spec.metric(rule.metric)
    family = family_of(rule, metric)
    scale = scale_of(rule, family)
    arm = spec.artifact(metric.artifact).candidate
    given = _given(metric, family, scale, arm)
    case = _case(rule, metric, given, arm, n)
    better = Better.HIGHER if family is Family.WIN_RATE else metric.better
    question = PlanQuestion(
        method=_method(rule, family, case),
        family=family,
        unit=case.unit,
        claim=rule.claim,
        bounds=bounds_of(rule, better, scale),
        scale=scale,
        expect=rule.expect,
        quantile=None,
        alpha=alpha,
        power=spec.power,
    )
    core = _core(case) if case.unit is Unit.CROSSED else None
    split = None if core is None else split_of(core)
    alone = Shares(runs=1.0) if case.unit is Unit.RUN else Shares(samples=1.0)
    return Supposed(
        question=question,
        curve=_curve(case, core),
        counts=_counts(case),
        shares=alone if core is None else (None if split is None else as_shares(split)),
        core=core,
        words=_words(given),
        observed=case.rate if scale is Scale.VALUE else None,
    )


def what_to_write(metric: Metric) -> str:
    """Say which numbers a metric could assume."""
    numbers = "rate: 0.9, discordance: 0.1" if metric.kind is Kind.BINARY else "sd: 0.4"
    return f"write `assume: {{{numbers}}}` in metric {metric.name!r} to plan without files"


def _given(metric: Metric, family: Family, scale: Scale, arm: Arm) -> Assumed:
    if metric.assume is None:
        raise UndefinedTestError("nothing is assumed either", hint=what_to_write(metric))
    if family not in _MEANS:
        raise UndefinedTestError(
            f"assumed numbers plan means, not a {family.value}", hint="plan with files of two arms"
        )
    if scale is Scale.RATIO:
        raise UndefinedTestError(
            "a limit in % of the baseline needs the baseline's mean",
            hint="write the limit in the metric's unit, or plan with files",
        )
    if arm.cluster:
        raise UndefinedTestError(
            "assumed numbers say nothing of clusters", hint="plan with files of two arms"
        )
    return metric.assume


def _case(rule: Rule, metric: Metric, given: Assumed, arm: Arm, n: int) -> _Case:
    unit = Unit.ITEM if arm.run is None else Unit.CROSSED if arm.id else Unit.RUN
    arms = _arms(rule, arm, unit)
    is_binary = metric.kind is Kind.BINARY or (given.rate or given.discordance) is not None
    variance = _variance(metric, given, arms)
    psi = None
    if arms is Arms.PAIRED:
        apart = 2.0 * variance * (1.0 - given.correlation)
        psi = given.discordance if given.discordance is not None else min(1.0, apart)
        variance = psi if is_binary else apart
    pooled = 1.0 if arms is Arms.ONE else 2.0
    return _Case(
        unit=unit,
        arms=arms,
        is_binary=is_binary and unit is Unit.ITEM,
        rate=given.rate,
        psi=psi,
        of_unit=variance,
        of_run=given.sd_run**2 * (pooled if arms is Arms.PAIRED else 1.0),
        n=max(2, n),
        runs=max(2, rule.min_runs),
    )


def _arms(rule: Rule, arm: Arm, unit: Unit) -> Arms:
    if not is_comparison(rule):
        return Arms.ONE
    if unit is Unit.RUN:
        return Arms.PAIRED if rule.pair is Pair.RUN else Arms.UNPAIRED
    return Arms.PAIRED if arm.id and rule.pair is not Pair.NONE else Arms.UNPAIRED


def _variance(metric: Metric, given: Assumed, arms: Arms) -> float:
    """Return the variance of one unit's value within an arm."""
    if given.sd is not None:
        return given.sd**2
    if given.rate is not None:
        return given.rate * (1.0 - given.rate)
    if given.discordance is not None and arms is Arms.PAIRED:
        return given.discordance / 2.0
    needed = "rate" if metric.kind is Kind.BINARY or given.discordance is not None else "sd"
    raise UndefinedTestError(
        f"`assume` of metric {metric.name!r} has no {needed!r}",
        hint=f"add `{needed}: {'0.9' if needed == 'rate' else '0.4'}` to it",
    )


def _method(rule: Rule, family: Family, case: _Case) -> Method:
    design = Design(
        family=Family.MEAN if family is Family.RECTIFIED else family,
        is_binary=case.is_binary,
        unit=case.unit,
        arms=case.arms,
        is_clustered=False,
        case=Case.ANY,
    )
    try:
        return choose(design, rule.method)
    except UndefinedTestError:
        names = {Arms.ONE: Method.ONE_SAMPLE_T, Arms.PAIRED: Method.PAIRED_T}
        return names.get(case.arms, Method.WELCH_T)


def _curve(case: _Case, core: Crossed | None) -> Curve:
    counts = (case.runs, None) if case.unit is Unit.RUN else (None, case.n)
    if core is not None:
        return _crossed_curve(core)
    if not case.is_binary:
        return _mean_curve(case, counts)
    if case.arms is Arms.ONE:
        return binomial(case.n, counts=counts)
    if case.arms is Arms.PAIRED and case.psi is not None:
        return pairs(case.psi, case.n, counts=counts)
    if case.rate is None:
        return _mean_curve(case, counts)
    return two_shares(case.rate, (case.n, case.n), counts=counts)


def _mean_curve(case: _Case, counts: tuple[int | None, int | None]) -> Curve:
    units = case.runs if case.unit is Unit.RUN else case.n
    of_run = case.of_run if case.unit is Unit.RUN else 0.0
    error = math.sqrt(case.times * (case.of_unit + of_run) / units)
    df = case.times * (units - 1.0)

    def law(_: Aim, amount: Amount) -> tuple[float, float]:
        return grown(error, df, amount.times)

    return student(_plain(error), law, counts, step=error)


def _plain(error: float) -> Working:
    return plain(StudentT(estimate=0.0, standard_error=error, df=None))


def _core(case: _Case) -> Crossed:
    """Return the variances of a crossed design; that of a single cell is not assumed."""
    error = math.sqrt(case.of_unit)
    return Crossed(
        law=StudentT(estimate=0.0, standard_error=error, df=None),
        var_run=case.times * case.of_run,
        var_unit=case.times * case.of_unit,
        var_residual=0.0,
        runs=case.runs,
        units=case.n,
    )


def _crossed_curve(core: Crossed) -> Curve:
    now = crossed_error(core, NOW)
    step = core.standard_error if now is None else now[0]

    def law(_: Aim, amount: Amount) -> tuple[float, float] | None:
        return crossed_error(core, amount)

    return student(_plain(step), law, (core.runs, core.units), step=step)


def _counts(case: _Case) -> Counts:
    is_two = case.arms is not Arms.ONE
    n = case.runs if case.unit is Unit.RUN else case.n
    return Counts(
        candidate=n,
        baseline=n if is_two else None,
        pairs=n if case.arms is Arms.PAIRED else None,
        runs=None if case.unit is Unit.ITEM else case.runs,
    )


def _words(given: Assumed) -> str:
    named = (
        ("sd", given.sd),
        ("correlation", given.correlation or None),
        ("sd_run", given.sd_run or None),
        ("rate", given.rate),
        ("discordance", given.discordance),
    )
    return ", ".join(f"{name} {value:g}" for name, value in named if value is not None)
