"""Which designs and claims the statistic of a rule can be judged in."""

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.model import Arm, Artifact, Claim, Metric, Pair, Rule


def check_design(rule: Rule, metric: Metric, artifact: Artifact, fields: Fields) -> None:
    """Report a statistic or a covariate that the design of the artifact does not allow."""
    arm = artifact.candidate
    if metric.quantile is not None and (arm.run or arm.cluster):
        design = "run" if arm.run else "cluster"
        fields.add(
            f"statistic {metric.statistic!r} with {design!r} is not yet supported",
            key="metric",
            hint=f"read an artifact without `{design}`",
        )
    if metric.statistic == "sd":
        _check_spread(rule, arm, fields)
    if metric.covariate is not None:
        _check_covariate(rule, metric, arm, fields)


def is_unpaired(rule: Rule, arm: Arm) -> bool:
    """Whether the units of two arms are compared without pairs."""
    return rule.pair is Pair.NONE or (rule.pair is Pair.AUTO and not arm.id)


def _check_spread(rule: Rule, arm: Arm, fields: Fields) -> None:
    if rule.claim is Claim.THRESHOLD:
        fields.add(
            "claim 'threshold' on statistic 'sd' is not yet supported",
            key="claim",
            hint="compare with a baseline, or use another statistic",
        )
    elif arm.cluster or (arm.id and arm.run):
        design = "cluster" if arm.cluster else "id and run"
        fields.add(
            f"statistic 'sd' with {design!r} is not yet supported",
            key="metric",
            hint="read an artifact of one row a run, with `run` and no `id`",
        )
    elif arm.reader != UNKNOWN and not is_unpaired(rule, arm):
        by = "run" if rule.pair is Pair.RUN else "id"
        fields.add(
            f"statistic 'sd' compares unpaired runs or rows, found arms paired by {by}",
            key="pair" if fields.has("pair") else "metric",
            hint="write `pair: none`" if by == "id" else "leave `pair` out",
        )


def _check_covariate(rule: Rule, metric: Metric, arm: Arm, fields: Fields) -> None:
    if rule.claim is Claim.THRESHOLD:
        fields.add(
            f"{fields.what} claims 'threshold', and metric {metric.name!r} has a 'covariate', "
            "which adjusts the comparison of two arms",
            key="claim",
            hint="use a metric without `covariate`",
        )
    elif arm.reader != UNKNOWN and not is_unpaired(rule, arm):
        by = "run" if rule.pair is Pair.RUN else "id"
        fields.add(
            f"{fields.what} pairs the arms by {by}, which already does what the 'covariate' of "
            f"metric {metric.name!r} is for",
            key="pair" if fields.has("pair") else "metric",
            hint="use a metric without `covariate`, or write `pair: none`",
        )
