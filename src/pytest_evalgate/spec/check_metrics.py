"""What the columns, statistic, kind and range of one metric must be together."""

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.check_roles import check_roles
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import (
    BINARY_STATISTICS,
    GAINS,
    LABEL_STATISTICS,
    LOSSES,
    REPEAT_STATISTICS,
    SCORE_STATISTICS,
    SHARES,
)
from pytest_evalgate.spec.model import Better, Kind, Metric
from pytest_evalgate.spec.problems import listed, shown


_UNIT_RANGE = (0.0, 1.0)
_NOT_NEGATIVE = (Kind.POSITIVE, Kind.COUNT)
_OF_LABELS = (*LABEL_STATISTICS, *SCORE_STATISTICS)
# Statistics that are no mean of the values, so that no kind or range of the values is theirs.
_OWN_SCALE = tuple(
    name for name in (*_OF_LABELS, *REPEAT_STATISTICS) if name not in BINARY_STATISTICS
)


def bounds(metric: Metric) -> tuple[float | None, float | None]:
    """Say between which numbers a metric lies by its declaration; None where that is open."""
    is_positive = metric.kind in _NOT_NEGATIVE or metric.statistic == "geomean"
    if metric.statistic in SHARES:
        return _UNIT_RANGE
    if metric.normalize is not None:
        return None, None
    if metric.statistic in ("log_loss", "sd"):
        return 0.0, None
    if metric.range is not None and metric.per is None:
        return metric.range
    if metric.kind is Kind.BINARY:
        return _UNIT_RANGE
    return (0.0, None) if is_positive else (None, None)


def check_metric(metric: Metric, fields: Fields) -> None:
    """Report the keys of a metric that do not fit one another."""
    _check_columns(metric, fields)
    if metric.statistic != UNKNOWN:
        _check_statistic(metric, fields)
        _check_kind(metric, fields)
        check_roles(metric, fields)
    _check_range(metric, fields)
    _check_map(metric, fields)


def _check_columns(metric: Metric, fields: Fields) -> None:
    has_value, has_label = fields.has("value"), fields.has("label")
    others = [key for key in ("prediction", "score") if fields.has(key)]
    if has_value and "score" in others:
        fields.add(
            f"{fields.what} has both 'value' and 'score'",
            hint="a metric reads one value, or a label with a score",
        )
    elif has_value and (has_label or others):
        fields.add(
            f"{fields.what} has both 'value' and 'label' or 'prediction'",
            hint="a metric reads one value, or a label with a prediction",
        )
    elif len(others) > 1:
        fields.add(
            f"{fields.what} has both 'prediction' and 'score'",
            hint="a label goes with one of them: make a metric of each",
        )
    elif has_label != bool(others):
        by_label = "score" if metric.statistic in SCORE_STATISTICS else "prediction"
        lacking = by_label if has_label else "label"
        fields.add(f"{fields.what} has no {lacking!r}", hint=f"add `{lacking}: column`")
    elif not has_value and not has_label:
        fields.add(f"{fields.what} has no 'value'", hint="add `value: column`")


def _check_statistic(metric: Metric, fields: Fields) -> None:
    statistic = metric.statistic
    wanted = {
        **dict.fromkeys(LABEL_STATISTICS, "prediction"),
        **dict.fromkeys(SCORE_STATISTICS, "score"),
    }.get(statistic)
    if wanted and fields.has("value") and not fields.has("label"):
        fields.add(
            f"statistic {statistic!r} needs 'label' and {wanted!r}",
            key="statistic",
            hint="give both columns; the mean of right or wrong values is `statistic: mean`",
        )
    _check_pair("prediction", LABEL_STATISTICS, metric, fields)
    _check_pair("score", SCORE_STATISTICS, metric, fields)
    if (statistic in _OF_LABELS or statistic in REPEAT_STATISTICS) and metric.scale != 1:
        fields.add(f"statistic {statistic!r} takes no 'scale'", key="scale", hint="drop it")
    if statistic in GAINS and metric.better is Better.LOWER and fields.has("better"):
        fields.add(
            f"statistic {statistic!r} is a gain, and 'better: lower' would promote a worse one",
            key="better",
            hint="write `better: higher`; where a low score means positive, mend the scores",
        )
    if statistic in LOSSES and metric.better is Better.HIGHER and fields.has("better"):
        fields.add(
            f"statistic {statistic!r} is a loss, and 'better: higher' would promote a worse one",
            key="better",
            hint="write `better: lower`",
        )


def _check_pair(column: str, statistics: tuple[str, ...], metric: Metric, fields: Fields) -> None:
    """Report label with ``column`` under a statistic of something else."""
    is_pair = fields.has("label") and fields.has(column) and not fields.has("value")
    others = {"prediction", "score"} - {column}
    if not is_pair or metric.statistic in statistics or any(map(fields.has, others)):
        return
    fields.add(
        f"'label' with {column!r} needs a statistic of its own, found {metric.statistic!r}",
        key="statistic" if fields.has("statistic") else "label",
        hint=f"add `statistic: {statistics[0]}`, or one of {listed(statistics[1:])}",
    )


def _check_kind(metric: Metric, fields: Fields) -> None:
    statistic, kind = metric.statistic, metric.kind
    if statistic in BINARY_STATISTICS and kind not in (None, Kind.BINARY):
        message = f"statistic {statistic!r} is of kind 'binary', and no other"
        fields.add(message, key="kind", hint="leave kind out")
    if statistic in _OWN_SCALE:
        for key in ("kind", "range"):
            if fields.has(key):
                message = f"statistic {statistic!r} has its own scale and takes no {key!r}"
                fields.add(message, key=key, hint=f"leave {key} out")
    is_about_spread = metric.quantile is not None or statistic in ("iqm", "sd")
    if is_about_spread and kind is Kind.BINARY:
        message = f"statistic {statistic!r} says nothing about binary values"
        fields.add(message, key="statistic", hint="use `statistic: mean`")
    if statistic == "geomean" and kind in (Kind.BINARY, Kind.BOUNDED):
        message = f"statistic 'geomean' needs positive values, found kind {kind.value!r}"
        fields.add(message, key="kind", hint="use `kind: positive`, or `statistic: mean`")
    if kind is Kind.BOUNDED and not fields.has("range") and statistic not in _OWN_SCALE:
        fields.add("kind 'bounded' needs 'range'", key="kind", hint="add `range: [low, high]`")


def _check_range(metric: Metric, fields: Fields) -> None:
    if metric.range is None:
        return
    low, high = metric.range
    if metric.kind is Kind.BINARY and metric.range != _UNIT_RANGE:
        message = f"binary values lie in [0, 1], found range [{low:g}, {high:g}]"
        fields.add(message, key="range", hint="leave range out, or kind")
    is_not_negative = metric.kind in _NOT_NEGATIVE or metric.statistic == "geomean"
    if is_not_negative and low < 0:
        kind = metric.kind or Kind.POSITIVE
        message = f"{kind.value} values are not below 0, found range [{low:g}, {high:g}]"
        fields.add(message, key="range", hint="start the range at 0, or change kind")


def _check_map(metric: Metric, fields: Fields) -> None:
    seen: dict[str | float, str] = {}
    for text, _ in metric.map or ():
        first = seen.setdefault(_meaning(text), text)
        if first != text:
            fields.add(
                f"{shown(first)} and {shown(text)} are one and the same value",
                key="map",
                hint="keep one of them",
            )
    for text, _ in metric.map or ():
        if text in metric.na:
            fields.add(
                f"{shown(text)} is in 'na' and in 'map'",
                key="map",
                hint="na makes it missing before map is asked: keep it in one of them",
            )


def _meaning(text: str) -> str | float:
    """Return what a text of `map` matches: numbers as numbers, booleans in any case."""
    if text.lower() in {"true", "false"}:
        return text.lower()
    try:
        return float(text)
    except ValueError:
        return text
