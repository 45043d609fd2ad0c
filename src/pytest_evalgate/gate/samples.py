"""The samples of one rule: both arms extracted, their kind decided, paired as the file says."""

from dataclasses import dataclass, replace

import numpy as np

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.engine.samples import columns_differ
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.choose import Unit
from pytest_evalgate.gate.estimand import (
    LABELLED,
    SHARES,
    extras_of,
    statistic_to_read,
    value_is_score,
)
from pytest_evalgate.gate.kinds import decide_kind
from pytest_evalgate.gate.reduced import Reduced, stand_in
from pytest_evalgate.gate.reduced_offer import needs_rows, offered, offered_both
from pytest_evalgate.gate.selection import (
    refuse_coding,
    refuse_dropped_answers,
    refuse_measured,
    refuse_outcomes,
)
from pytest_evalgate.gate.tables import Tables, is_comparison, value_column
from pytest_evalgate.spec.model import (
    Arm,
    Artifact,
    Better,
    Claim,
    Kind,
    Metric,
    Missing,
    Pair,
    Rule,
    Where,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSamples:
    """What one rule compares, before it is paired."""

    candidate: Sample
    baseline: Sample | None
    kind: Kind
    unit: Unit
    is_paired: bool  # by id, or by run where runs are the units
    are_runs_paired: bool  # of a crossed design
    overlap: float
    is_overlap_declared: bool
    ends: tuple[float, float] | None  # smallest and largest value there can be, where known
    is_nested: bool = False  # runs or items within tasks, those of the two arms independent
    may_have_holes: bool = False  # a crossed design of which some cells may be missing
    reduced: Reduced | None = None  # it stands for the rows; the samples hold their ends only


def rule_samples(
    tables: Tables,
    rule: Rule,
    extra: Where = (),
    against: Where | None = None,
    *,
    from_rows: bool = True,
) -> RuleSamples:
    """Extract what a rule compares; ``extra`` conditions select a slice.

    Args:
        tables: The artifacts of the gate.
        rule: What to judge.
        extra: Conditions of a slice.
        against: Conditions of another slice of the candidate, which takes the baseline's place.
        from_rows: Read the rows, even where a large table offers aggregates.

    Raises:
        EvalGateError: a file or a row cannot be used, or the arms cannot be compared.
    """
    metric = tables.spec.metric(rule.metric)
    artifact = tables.spec.artifact(metric.artifact)
    arm = artifact.candidate
    reduced = None if from_rows or against is not None else _reduced(tables, rule, extra)
    if reduced is None:
        candidate, baseline = _arms(tables, rule, extra, against)
    else:
        candidate = stand_in(reduced.candidate)
        baseline = None if reduced.baseline is None else stand_in(reduced.baseline)
    kind = decide_kind(rule, metric, candidate, baseline)
    unit = _unit(arm, metric)
    is_nested = unit is Unit.RUN and metric.task is not None
    is_paired = against is None and baseline is not None and (
        (unit is Unit.RUN and not is_nested and rule.pair is Pair.RUN)
        or (unit is not Unit.RUN and bool(arm.id) and rule.pair is not Pair.NONE)
    )  # fmt: skip
    return RuleSamples(
        candidate=candidate,
        baseline=baseline,
        kind=kind,
        unit=unit,
        is_paired=is_paired,
        are_runs_paired=unit is Unit.CROSSED and rule.pair is Pair.RUN,
        overlap=artifact.contract.overlap,
        is_overlap_declared=artifact.contract.is_overlap_declared,
        ends=_ends(metric, candidate, baseline),
        is_nested=is_nested,
        may_have_holes=rule.method == "mixed_model",
        reduced=reduced,
    )


def _arms(
    tables: Tables, rule: Rule, extra: Where, against: Where | None
) -> tuple[Sample, Sample | None]:
    """Read both arms, or two slices of one."""
    metric = tables.spec.metric(rule.metric)
    artifact = tables.spec.artifact(metric.artifact)
    arm = artifact.candidate
    candidate = _sample(tables, rule, artifact, arm, extra)
    if against is not None:
        return candidate, _sample(tables, rule, artifact, arm, against)
    if not is_comparison(rule):
        return candidate, None
    other = _baseline(rule, artifact)
    _refuse_same_rows(tables.get(artifact, arm), tables.get(artifact, other), artifact, metric)
    return candidate, _sample(tables, rule, artifact, other, extra)


def _baseline(rule: Rule, artifact: Artifact) -> Arm:
    return next(one for one in artifact.baselines if one.name == rule.against)


def _reduced(tables: Tables, rule: Rule, extra: Where) -> Reduced | None:
    """Return the aggregates that stand for the rows of a rule; None where these are read."""
    metric = tables.spec.metric(rule.metric)
    artifact = tables.spec.artifact(metric.artifact)
    arm = artifact.candidate
    if needs_rows(rule, metric, arm):
        return None
    refuse_measured(metric, arm, extra)
    table = tables.get(artifact, arm)
    if table.rows_read <= tables.reduced_from:  # before `where`: all of them would be read
        return None
    request = _request(rule, artifact, arm, metric, extra)
    if not is_comparison(rule):
        return offered(table, request)
    other = _baseline(rule, artifact)
    is_paired = bool(arm.id) and rule.pair is not Pair.NONE
    is_checked = artifact.contract.is_overlap_declared and bool(arm.id)  # ids of unpaired arms
    if needs_rows(rule, metric, other) or (is_checked and not is_paired):
        return None
    refuse_measured(metric, other, extra)
    base = tables.get(artifact, other)
    by_columns = _has_two_columns(artifact, metric)
    if not by_columns:
        _refuse_same_rows(table, base, artifact, metric)
    requests = request, _request(rule, artifact, other, metric, extra)
    found = offered_both((table, base), requests, is_paired=is_paired)
    if by_columns and found is not None and found.may_be_copies():
        return None  # the rows tell
    return found


def _has_two_columns(artifact: Artifact, metric: Metric) -> bool:
    """Say whether the arms are two columns of the same rows."""
    return artifact.is_wide and metric.value is not None and metric.value[0] != metric.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingUnits:
    """Units of one arm of which some value is missing."""

    n: int
    total: int
    ids: frozenset[str] | None  # of those units; None where rows have no id
    all_ids: frozenset[str]

    def __str__(self) -> str:
        return f"{self.n} of {self.total} units"


def missing_units(tables: Tables, rule: Rule, arm: Arm) -> MissingUnits:
    """Count the units of one arm that lack a value of the rule's metric.

    Raises:
        EvalGateError: a file or a row cannot be used.
    """
    metric = tables.spec.metric(rule.metric)
    artifact = tables.spec.artifact(metric.artifact)
    request = _request(rule, artifact, arm, metric, ())
    request = replace(request, missing=Missing.DROP.value, max_missing=1.0, fill=None)
    sample = extract(tables.get(artifact, arm), request)
    return MissingUnits(
        n=sample.missing,
        total=sample.values.size + sample.dropped,
        ids=None if sample.ids is None else frozenset((*sample.dropped_ids, *sample.partial_ids)),
        all_ids=frozenset((*(sample.ids or ()), *sample.dropped_ids)),
    )


def _sample(tables: Tables, rule: Rule, artifact: Artifact, arm: Arm, extra: Where) -> Sample:
    metric = tables.spec.metric(rule.metric)
    refuse_coding(metric)
    refuse_measured(metric, arm, extra)
    table = tables.get(artifact, arm)
    refuse_outcomes(metric, arm, extra, table)
    table.check_expected(metric.where)
    sample = extract(table, _request(rule, artifact, arm, metric, extra))
    refuse_dropped_answers(metric, sample)
    if metric.statistic in LABELLED and sample.repeats > 1:
        raise SampleError(
            f"metric {metric.name!r}: statistic {metric.statistic!r} of labels and scores that "
            "were averaged over repeats is another number",
            at=metric.location,
            hint="leave `repeat` out, or keep one repeat by `where`",
        )
    if value_is_score(metric):
        _check_labels(metric, sample)
    if metric.gold is not None:
        _check_gold(metric, sample)
    return sample


def _check_gold(metric: Metric, sample: Sample) -> None:
    """Refuse gold labels on another scale than a judge that says 0 or 1."""
    gold = sample.extras["gold"]
    found = gold[~np.isnan(gold) & (gold != 0) & (gold != 1)]
    if sample.is_binary and found.size:
        raise SampleError(
            f"metric {metric.name!r}: the judge says 0 or 1, and gold labels in {metric.gold!r} "
            f"hold {found.min():g}",
            at=metric.location,
            hint="give judge and gold labels one scale, by `map` or in the files",
        )
    judge = sample.values
    if not found.size and ((judge < 0) | (judge > 1)).any():
        raise SampleError(
            f"metric {metric.name!r}: gold labels in {metric.gold!r} are 0 and 1, and the judge "
            f"says {judge.min():g} to {judge.max():g}",
            at=metric.location,
            hint="give judge and gold labels one scale, by `map`, `scale` or in the files",
        )


def _check_labels(metric: Metric, sample: Sample) -> None:
    label = sample.extras["label"]
    if not ((label == 0) | (label == 1)).all():
        found = label[(label != 0) & (label != 1)]
        raise SampleError(
            f"metric {metric.name!r}: labels in {metric.label!r} must be 0 and 1, found "
            f"{found[0]:g}",
            at=metric.location,
            hint="write a `map` that gives the positive class 1 and the others 0",
        )


def _ends(metric: Metric, candidate: Sample, baseline: Sample | None) -> tuple[float, float] | None:
    """Return between which values a metric lies: its range, or 0 and 1 where it has no others."""
    if metric.normalize is not None or metric.per is not None:
        return None
    if metric.statistic in SHARES:
        return (0.0, 1.0)
    if metric.statistic in {"sd", "log_loss"}:
        return None
    if metric.range is not None:
        return metric.range
    are_binary = candidate.is_binary and (baseline is None or baseline.is_binary)
    return (0.0, 1.0) if are_binary else None


def _unit(arm: Arm, metric: Metric) -> Unit:
    """Return what is independent of what: runs of a task are no units that runs share."""
    if arm.run is None:
        return Unit.ITEM
    if metric.task is not None and arm.id in {(), (metric.task,)}:
        return Unit.RUN
    return Unit.CROSSED if arm.id else Unit.RUN


def _request(
    rule: Rule, artifact: Artifact, arm: Arm, metric: Metric, extra: Where
) -> SampleRequest:
    contract = artifact.contract
    value = None if metric.value is None else value_column(metric, arm)
    return SampleRequest(
        value=metric.score if value_is_score(metric) else value,
        label=metric.label,
        prediction=metric.prediction,
        statistic=statistic_to_read(rule, metric),
        extras=extras_of(metric),
        task=metric.task,
        id=arm.id,
        run=arm.run,
        repeat=arm.repeat,
        cluster=arm.cluster,
        where=(*metric.where, *extra),
        na=metric.na,
        map=metric.map,
        scale=metric.scale,
        range=metric.range,
        missing=contract.missing.value,
        max_missing=contract.max_missing,
        fill=_worst_value(metric, arm) if contract.missing is Missing.WORST else None,
    )


def _worst_value(metric: Metric, arm: Arm) -> float:
    """Return the value that makes the claim hardest: worst in the candidate, best in a baseline."""
    limits = (0.0, 1.0) if metric.kind is Kind.BINARY else metric.range
    if limits is None:
        raise SampleError(
            f"metric {metric.name!r}: `missing: worst` needs to know the worst value",
            at=metric.location,
            hint="give the metric a `range: [low, high]` or `kind: binary`",
        )
    low, high = limits
    wants_low = (metric.better is Better.HIGHER) == (arm.name == "candidate")
    return low if wants_low else high


def _refuse_same_rows(
    candidate: ArmTable, baseline: ArmTable, artifact: Artifact, metric: Metric
) -> None:
    """Refuse arms that are the same rows: no difference could ever show."""
    if artifact.is_wide and metric.value is not None and metric.value[0] != metric.value[1]:
        if columns_differ((candidate, baseline), metric.value):
            return
        if candidate.column(metric.value[0]) == baseline.column(metric.value[1]):
            raise SampleError(
                f"metric {metric.name!r}: columns {metric.value[0]!r} and {metric.value[1]!r} "
                "hold the same values in every row",
                at=metric.location,
                hint="name the column of the candidate and that of the baseline",
            )
        return
    digests = [
        {file.sha256: file.path for file in arm.files if file.rows} for arm in (candidate, baseline)
    ]
    shared = sorted(set(digests[0]) & set(digests[1]))
    if not shared:
        return
    # Files of one row may agree by chance; all of them together, or longer ones, do not.
    is_copied = set(digests[0]) == set(digests[1]) and not _are_told_apart(candidate, baseline)
    same_place = len(candidate.row_keys() & baseline.row_keys())
    same_bytes = len(candidate.content_keys() & baseline.content_keys())
    rows = max(same_place, same_bytes)
    if rows or is_copied:
        raise SampleError(
            f"artifact {artifact.name!r}: {rows or candidate.n} rows are in both arms: "
            f"the candidate ({digests[0][shared[0]]}) and the baseline "
            f"({digests[1][shared[0]]}) read the same bytes",
            at=artifact.location,
            hint="point the arms at different files, or tell them apart with `where:` in each arm",
        )


def _are_told_apart(candidate: ArmTable, baseline: ArmTable) -> bool:
    """Say whether two arms of the same files keep different rows of them."""
    return not candidate.row_keys() & baseline.row_keys() and candidate.left_out > 0


def claim_needs_margin(rule: Rule) -> bool:
    """Say whether a rule tests another difference than none: sign flips are not for it."""
    return rule.claim not in {Claim.SUPERIORITY, Claim.DETERIORATION} or rule.limit.number > 0
