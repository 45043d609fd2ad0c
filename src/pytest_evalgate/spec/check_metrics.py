"""What the keys of one metric must be together."""

from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import LABEL_STATISTICS
from pytest_evalgate.spec.model import Artifact, Kind, Metric, Missing
from pytest_evalgate.spec.problems import shown


_UNIT_RANGE = (0.0, 1.0)
_NOT_NEGATIVE = (Kind.POSITIVE, Kind.COUNT)


def bounds(metric: Metric) -> tuple[float | None, float | None]:
    """Say between which numbers a metric lies by its declaration; None where that is open."""
    if metric.range is not None:
        return metric.range
    if metric.kind is Kind.BINARY:
        return _UNIT_RANGE
    if metric.kind in _NOT_NEGATIVE or metric.statistic == "geomean":
        return 0.0, None
    return None, None


def check_metric(metric: Metric, fields: Fields) -> None:
    """Report the keys of a metric that do not fit one another."""
    _check_columns(fields)
    _check_statistic(metric, fields)
    _check_kind(metric, fields)
    _check_map(metric, fields)


def check_missing(metric: Metric, artifact: Artifact, fields: Fields) -> None:
    """Report a metric whose missing values shall become its worst value, when it has none."""
    if artifact.contract.missing is not Missing.WORST or metric.range is not None:
        return
    if metric.kind is None or metric.kind is Kind.BINARY:  # without a kind the values decide
        return
    fields.add(
        f"'missing: worst' needs a worst value, and {fields.what} of kind "
        f"{metric.kind.value!r} has no 'range'",
        hint="add `range: [low, high]`, or use `missing: drop`",
    )


def _check_columns(fields: Fields) -> None:
    has_value, has_label = fields.has("value"), fields.has("label")
    has_prediction = fields.has("prediction")
    if has_value and (has_label or has_prediction):
        fields.add(
            f"{fields.what} has both 'value' and 'label' or 'prediction'",
            hint="a metric reads one value, or a label with a prediction",
        )
    elif not has_value and "score" in fields.entries:
        return  # label with score: reported as not yet supported
    elif not has_value and not has_label and not has_prediction:
        fields.add(f"{fields.what} has no 'value'", hint="add `value: column`")
    elif has_label != has_prediction:
        lacking = "prediction" if has_label else "label"
        fields.add(f"{fields.what} has no {lacking!r}", hint=f"add `{lacking}: column`")


def _check_statistic(metric: Metric, fields: Fields) -> None:
    is_labelled = metric.statistic in LABEL_STATISTICS
    if is_labelled and fields.has("value") and not fields.has("label"):
        fields.add(
            f"statistic {metric.statistic!r} needs 'label' and 'prediction'",
            key="statistic",
            hint="give both columns; the mean of right or wrong values is `statistic: mean`",
        )
    if fields.has("label") and fields.has("prediction") and not is_labelled:
        fields.add(
            f"'label' with 'prediction' needs a statistic of its own, found {metric.statistic!r}",
            key="statistic" if fields.has("statistic") else "label",
            hint="add `statistic: accuracy`, precision or recall",
        )
    if is_labelled and metric.scale != 1:
        fields.add(f"statistic {metric.statistic!r} takes no 'scale'", key="scale", hint="drop it")


def _check_kind(metric: Metric, fields: Fields) -> None:
    if metric.statistic in LABEL_STATISTICS and metric.kind not in (None, Kind.BINARY):
        message = f"statistic {metric.statistic!r} is of kind 'binary', and no other"
        fields.add(message, key="kind", hint="leave kind out")
    if metric.quantile is not None and metric.kind is Kind.BINARY:
        message = f"statistic {metric.statistic!r} says nothing about binary values"
        fields.add(message, key="statistic", hint="use `statistic: mean`")
    if metric.statistic == "geomean" and metric.kind in (Kind.BINARY, Kind.BOUNDED):
        message = f"statistic 'geomean' needs positive values, found kind {metric.kind.value!r}"
        fields.add(message, key="kind", hint="use `kind: positive`, or `statistic: mean`")
    if metric.kind is Kind.BOUNDED and not fields.has("range"):
        fields.add("kind 'bounded' needs 'range'", key="kind", hint="add `range: [low, high]`")
    _check_range(metric, fields)


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
