"""What a rule asks of its metric and artifact."""

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import COMPARISON_KEYS
from pytest_evalgate.spec.model import Arm, Artifact, Claim, Metric, Missing, Pair, Rule
from pytest_evalgate.spec.problems import listed, nearest, shown


_ONE_ARM_STATISTICS = ("precision", "recall")


def check_rule(rule: Rule, metric: Metric, artifact: Artifact, fields: Fields) -> None:
    """Report what a rule asks for and cannot have."""
    _check_statistic(rule, metric, artifact, fields)
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
    _check_pairing(rule, artifact, fields)
    if baseline is not None and artifact.is_wide:
        _check_wide(metric, artifact, fields)
    if rule.claim is Claim.EQUIVALENCE and artifact.contract.missing is Missing.WORST:
        fields.add(
            f"{fields.what}: 'missing: worst' has no direction for claim 'equivalence'",
            key="claim",
            hint=f"give artifact {artifact.name} `contract: {{missing: drop, max_missing: ...}}`",
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


def _check_pairing(rule: Rule, artifact: Artifact, fields: Fields) -> None:
    if artifact.candidate.reader == UNKNOWN:
        return  # a named reader may declare its own id
    has_id, has_run = bool(artifact.candidate.id), artifact.candidate.run is not None
    if rule.pair is Pair.RUN and not has_run:
        fields.add(
            f"'pair: run' needs 'run', and artifact {artifact.name!r} declares none",
            key="pair",
            hint=f"add `run: column` to artifact {artifact.name}",
        )
    elif rule.pair is Pair.NONE and has_id and has_run:
        fields.add(
            "'pair: none' with both 'id' and 'run' is not yet supported",
            key="pair",
            hint="leave pair out: units are paired by id, runs are independent",
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


def _check_statistic(rule: Rule, metric: Metric, artifact: Artifact, fields: Fields) -> None:
    is_one_arm = metric.quantile is not None or metric.statistic in _ONE_ARM_STATISTICS
    if is_one_arm and rule.claim is not Claim.THRESHOLD:
        fields.add(
            f"claim {rule.claim.value!r} on statistic {metric.statistic!r} is not yet supported",
            key="claim",
            hint="use `claim: threshold`, or another statistic",
        )
    elif metric.quantile is not None and (artifact.candidate.run or artifact.candidate.cluster):
        design = "run" if artifact.candidate.run else "cluster"
        fields.add(
            f"statistic {metric.statistic!r} with {design!r} is not yet supported",
            key="metric",
            hint=f"read an artifact without `{design}`",
        )
