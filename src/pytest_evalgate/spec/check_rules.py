"""What a rule asks of its metric and artifact."""

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.check_designs import check_design
from pytest_evalgate.spec.check_gaps import check_gap
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import COMPARISON_KEYS
from pytest_evalgate.spec.model import (
    Arm,
    Artifact,
    Claim,
    Metric,
    Missing,
    Pair,
    Require,
    Rule,
    Severity,
)
from pytest_evalgate.spec.problems import listed, nearest, shown


def check_rule(rule: Rule, metric: Metric, artifact: Artifact, fields: Fields) -> None:
    """Report what a rule asks for and cannot have."""
    _check_judge(rule, metric, fields)
    if rule.claim is Claim.EQUIVALENCE and artifact.contract.missing is Missing.WORST:
        fields.add(
            f"{fields.what}: 'missing: worst' has no direction for claim 'equivalence'",
            key="claim",
            hint=f"give artifact {artifact.name} `contract: {{missing: drop, max_missing: ...}}`",
        )
    if rule.slices is not None and rule.slices.require is Require.GAP:
        check_gap(rule, metric, fields)
        return
    check_design(rule, metric, artifact, fields)
    if rule.claim is Claim.THRESHOLD:
        for key in COMPARISON_KEYS:
            if key in fields.entries:
                fields.add(
                    f"{key!r} has no meaning for claim 'threshold', which reads no baseline",
                    key=key,
                    hint="take it out",
                )
        return
    baseline = _baseline(rule, artifact, fields)
    _check_pairing(rule, metric, artifact, fields)
    if baseline is not None and artifact.is_wide:
        _check_wide(metric, artifact, fields)


def _check_judge(rule: Rule, metric: Metric, fields: Fields) -> None:
    is_required = rule.severity in (Severity.BLOCK, Severity.ESCALATE)
    if not is_required or not metric.is_judged or metric.gold is not None:
        return
    where = "" if rule.group is None else f" on group {rule.group!r}"
    fields.add(
        f"{fields.what} requires metric {metric.name!r}, which a model judges without gold "
        f"labels: it can inform but cannot be required, found severity {rule.severity.value!r}",
        hint=f"say `severity: warn`{where}, or give the metric `gold:` with labels by people",
    )


def _baseline(rule: Rule, artifact: Artifact, fields: Fields) -> Arm | None:
    names = [arm.name for arm in artifact.baselines]
    if rule.against in names:
        return artifact.baselines[names.index(rule.against)]
    if names:
        hint = f"{nearest(rule.against, names)}say `against:` with one of {listed(names)}"
    else:
        hint = f"add `baseline:` to artifact {artifact.name}; a threshold rule needs none"
    fields.add(
        f"{fields.what} compares with {shown(rule.against)}, which artifact "
        f"{artifact.name!r} does not have",
        key="against" if fields.has("against") else "claim",
        hint=hint,
    )
    return None


def _check_pairing(rule: Rule, metric: Metric, artifact: Artifact, fields: Fields) -> None:
    if artifact.candidate.reader == UNKNOWN:
        return  # a named reader may declare its own id
    has_id, has_run = bool(artifact.candidate.id), artifact.candidate.run is not None
    if rule.pair is Pair.RUN and not has_run:
        fields.add(
            f"'pair: run' needs 'run', and artifact {artifact.name!r} declares none",
            key="pair",
            hint=f"add `run: column` to artifact {artifact.name}",
        )
    elif rule.pair is Pair.NONE and has_id and has_run and metric.task is None:
        fields.add(
            "'pair: none' with both 'id' and 'run' is not yet supported but for a metric with "
            "'task' or 'macro', whose runs lie within their tasks",
            key="pair",
            hint="leave pair out: units are paired by id, runs are independent; or give metric "
            f"{metric.name} `macro: column`",
        )
    elif rule.pair is Pair.AUTO and not has_id and not has_run:
        wide = "; `id: _row` pairs the columns of one row" if artifact.is_wide else ""
        fields.add(
            f"{fields.what} compares rows of artifact {artifact.name!r} that nothing pairs",
            hint=f"give id (or run), or write pair: none{wide}",
        )


def _check_wide(metric: Metric, artifact: Artifact, fields: Fields) -> None:
    if metric.value is None and metric.label is None:
        return  # reported with the metric
    if metric.value is None or metric.value[0] == metric.value[1]:
        fields.add(
            f"{fields.what} compares metric {metric.name!r} with itself: artifact "
            f"{artifact.name!r} is one table without arms",
            key="metric",
            hint="write `value: {candidate: col_a, baseline: col_b}`, or give the artifact arms",
        )
