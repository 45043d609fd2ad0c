"""What the further columns of a metric must be together, and which statistic each serves."""

from pytest_evalgate.spec.build_roles import task_key
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import (
    LABEL_STATISTICS,
    REPEAT_STATISTICS,
    SCORE_STATISTICS,
    TASK_STATISTICS,
)
from pytest_evalgate.spec.model import Kind, Metric
from pytest_evalgate.spec.problems import listed, shown


_OF_A_MEAN = ("per", "covariate", "gold")
_NOT_TOGETHER = (
    ("per", "covariate"),
    ("per", "gold"),
    ("per", "task"),
    ("per", "normalize"),
    ("covariate", "gold"),
    ("covariate", "task"),
    ("gold", "task"),
    ("gold", "normalize"),
)


def check_roles(metric: Metric, fields: Fields) -> None:
    """Report columns that the statistic has no use for, or that exclude one another."""
    _check_k(metric, fields)
    for key in _OF_A_MEAN:
        if fields.has(key) and metric.statistic != "mean":
            fields.add(
                f"{key!r} needs statistic 'mean', found {metric.statistic!r}",
                key=key,
                hint=f"take {key} out, or use `statistic: mean`",
            )
    if metric.task is not None and metric.statistic not in TASK_STATISTICS:
        key = task_key(fields)
        fields.add(
            f"{key!r} needs statistic {listed(map(repr, TASK_STATISTICS))}, found "
            f"{metric.statistic!r}",
            key=key,
            hint=f"take {key} out, or judge a column of right or wrong values by their mean",
        )
    _check_together(fields)
    _check_columns(metric, fields)
    _check_per(metric, fields)
    _check_normalize(metric, fields)
    _check_assumed(metric, fields)


def _check_k(metric: Metric, fields: Fields) -> None:
    is_repeated = metric.statistic in REPEAT_STATISTICS
    if fields.has("k") and not is_repeated:
        fields.add(
            f"'k' belongs to {listed(REPEAT_STATISTICS)}, found statistic {metric.statistic!r}",
            key="k",
            hint="add `statistic: pass_at_k`, or take k out",
        )
    elif is_repeated and not fields.has("k"):
        fields.add(
            f"statistic {metric.statistic!r} needs 'k', the number of attempts",
            key="statistic",
            hint="add `k: 1`, or another whole number",
        )


def _check_together(fields: Fields) -> None:
    for first, second in _NOT_TOGETHER:
        keys = [task_key(fields) if key == "task" else key for key in (first, second)]
        if all(map(fields.has, keys)):
            fields.add(
                f"{keys[0]!r} together with {keys[1]!r} is not yet supported",
                key=keys[1],
                hint="take one of them out, or make a metric of each",
            )


def _check_columns(metric: Metric, fields: Fields) -> None:
    """Report a column that is the measured value itself."""
    measured = {*(metric.value or ()), metric.label, metric.prediction, metric.score}
    columns = {
        "per": metric.per,
        "covariate": metric.covariate,
        "gold": metric.gold,
        task_key(fields): metric.task,
    }
    for key, column in columns.items():
        if column is not None and column in measured:
            fields.add(
                f"{key!r} is {shown(column)}, the column that {fields.what} measures",
                key=key,
                hint="name another column",
            )
    if metric.label is not None and metric.label in {metric.prediction, metric.score}:
        fields.add(
            f"{fields.what} compares column {shown(metric.label)} with itself",
            key="label",
            hint="name the column of the right answers",
        )


def _check_per(metric: Metric, fields: Fields) -> None:
    if fields.has("per") and metric.kind in (Kind.BINARY, Kind.BOUNDED):
        fields.add(
            f"'per' makes a ratio of sums, which is not {metric.kind.value}",
            key="kind",
            hint="use `kind: count` for events per exposure, or leave kind out",
        )


def _check_normalize(metric: Metric, fields: Fields) -> None:
    if not fields.has("normalize"):
        return
    no_value = (*LABEL_STATISTICS, *SCORE_STATISTICS, *REPEAT_STATISTICS)
    if metric.statistic in no_value:
        fields.add(
            f"'normalize' needs a statistic of values, found {metric.statistic!r}",
            key="normalize",
            hint="take it out",
        )
    elif metric.kind not in (None, Kind.CONTINUOUS):
        fields.add(
            f"normalised values are of kind 'continuous', found {metric.kind.value!r}",
            key="kind",
            hint="leave kind out",
        )


def _check_assumed(metric: Metric, fields: Fields) -> None:
    given = metric.assume
    if given is None or metric.kind in (None, Kind.BINARY):
        return
    for key, value in (("rate", given.rate), ("discordance", given.discordance)):
        if value is not None:
            fields.add(
                f"'assume' has {key!r}, which is of binary values, and {fields.what} is of kind "
                f"{metric.kind.value!r}",
                key="assume",
                hint="assume `sd` instead",
            )
