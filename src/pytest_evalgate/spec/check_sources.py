"""What a metric asks of the artifact that it is read from."""

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.build_roles import task_key
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import REPEAT_STATISTICS, SCORE_STATISTICS
from pytest_evalgate.spec.model import Artifact, Kind, Metric, Missing


def check_sources(metric: Metric, artifact: Artifact, fields: Fields) -> None:
    """Report a metric that its artifact cannot serve."""
    _check_missing(metric, artifact, fields)
    arms = (artifact.candidate, *artifact.baselines)
    if any(arm.reader == UNKNOWN for arm in arms):
        return
    if metric.statistic in REPEAT_STATISTICS and not all(arm.repeat for arm in arms):
        fields.add(
            f"statistic {metric.statistic!r} needs 'repeat', and artifact {artifact.name!r} "
            "declares none",
            key="statistic",
            hint=f"add `repeat: column` to artifact {artifact.name}",
        )
    if metric.task is not None and any(arm.cluster for arm in arms):
        key = task_key(fields)
        fields.add(
            f"{key!r} with an artifact that declares 'cluster' is not yet supported",
            key=key,
            hint=f"read an artifact without `cluster`, or take {key} out",
        )


def _check_missing(metric: Metric, artifact: Artifact, fields: Fields) -> None:
    """Report a metric whose missing values shall become its worst value, when it has none."""
    if artifact.contract.missing is not Missing.WORST:
        return
    key = _without_worst(metric)
    if key is not None:
        fields.add(
            f"'missing: worst' needs a worst value, and {fields.what} with {key} has none",
            hint=f"give artifact {artifact.name} `contract: {{missing: drop, max_missing: ...}}`",
        )
        return
    if metric.range is not None or metric.kind in (None, Kind.BINARY):
        return  # without a kind the values decide
    fields.add(
        f"'missing: worst' needs a worst value, and {fields.what} of kind "
        f"{metric.kind.value!r} has no 'range'",
        hint="add `range: [low, high]`, or use `missing: drop`",
    )


def _without_worst(metric: Metric) -> str | None:
    """Name what keeps a metric from having a worst value."""
    if metric.statistic in (*SCORE_STATISTICS, "sd"):
        return f"statistic {metric.statistic!r}"
    return next((repr(key) for key in ("per", "normalize") if getattr(metric, key)), None)
