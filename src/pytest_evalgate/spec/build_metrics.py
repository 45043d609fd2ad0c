"""Metrics: one number per unit, and what it means."""

import re
from decimal import Decimal

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.build_roles import (
    build_assumed,
    build_judged,
    build_normalize,
    build_task,
)
from pytest_evalgate.spec.check_metrics import check_metric
from pytest_evalgate.spec.check_sources import check_sources
from pytest_evalgate.spec.fields import Fields, named, open_fields
from pytest_evalgate.spec.keys import BINARY_STATISTICS, METRIC, STATISTICS, WIDE_VALUE
from pytest_evalgate.spec.model import Artifact, Better, Kind, Metric
from pytest_evalgate.spec.nodes import Entry, MappingNode, Node, SequenceNode
from pytest_evalgate.spec.numerals import at_least, number
from pytest_evalgate.spec.problems import listed, nearest, refusal, shown
from pytest_evalgate.spec.scalars import choice, entries_of, gather, scalars, text, where, word


_MOST = 1000
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,9})?)")


def build_metrics(top: Fields, artifacts: dict[str, Artifact | None]) -> dict[str, Metric | None]:
    """Read all metrics by name; None for one that is too wrong to check rules against."""
    metrics: dict[str, Metric | None] = {}
    for name, entry in named(top, "metrics", what="metric", most=_MOST):
        what = f"metric {name!r}"
        fields = open_fields(entry, METRIC, what=what, problems=top.problems)
        fields.require(METRIC)
        metrics[name] = _build(name, fields, artifacts)
    return metrics


def _build(name: str, fields: Fields, artifacts: dict[str, Artifact | None]) -> Metric | None:
    artifact = _artifact(fields, artifacts)
    better = fields.read("better", choice(Better), None)
    statistic = fields.read("statistic", _statistic, "mean", broken=UNKNOWN)
    task, over = build_task(fields)
    metric = Metric(
        name=name,
        artifact=artifact or "",
        value=fields.read("value", _value, None),
        label=fields.read("label", text, None),
        prediction=fields.read("prediction", text, None),
        score=fields.read("score", text, None),
        per=fields.read("per", text, None),
        k=fields.read("k", at_least(1), None),
        covariate=fields.read("covariate", text, None),
        task=task,
        over=over,
        normalize=build_normalize(fields),
        is_judged=build_judged(fields),
        gold=fields.read("gold", text, None),
        statistic=statistic,
        quantile=_quantile(statistic),
        better=better or Better.HIGHER,
        kind=_kind(fields, statistic),
        range=fields.read("range", _range, None),
        scale=fields.read("scale", _scale, 1.0),
        na=fields.read("na", scalars, ()),
        map=fields.read("map", _map, None),
        unit=fields.read("unit", text, None),
        where=fields.read("where", where, ()),
        assume=build_assumed(fields),
        location=fields.location,
    )
    check_metric(metric, fields)
    record = artifacts.get(metric.artifact)
    if record is not None:
        check_sources(metric, record, fields)
    return metric if artifact and better else None


def _kind(fields: Fields, statistic: str) -> Kind | None:
    is_binary = statistic in BINARY_STATISTICS  # right or wrong, row by row
    return fields.read("kind", choice(Kind), Kind.BINARY if is_binary else None)


def _artifact(fields: Fields, artifacts: dict[str, Artifact | None]) -> str | None:
    if not fields.has("artifact"):
        if len(artifacts) == 1:
            return next(iter(artifacts))
        if artifacts:
            hint = f"say which one: `artifact: {next(iter(artifacts))}`"
            fields.add(f"{fields.what} has no 'artifact', and there are several", hint=hint)
        return None
    name = fields.read("artifact", text, None)
    if name is None or name in artifacts:
        return name
    hint = f"{nearest(name, artifacts)}artifacts: {listed(artifacts)}"
    fields.add(f"{fields.what} reads an unknown artifact {shown(name)}", key="artifact", hint=hint)
    return None


def _statistic(node: Node) -> str:
    found = text(node)
    if _PERCENTILE.fullmatch(found):
        quantile = _quantile(found)
        if quantile is None or not 0 < quantile < 1:
            message = f"must be a percentile between p0 and p100, found {shown(found)}"
            raise refusal(node, message, "p50 is the median")
        return found
    return word((*STATISTICS, "p95"))(node)


def _quantile(statistic: str) -> float | None:
    if statistic == "median":
        return 0.5
    match = _PERCENTILE.fullmatch(statistic)
    return float(Decimal(match[1]).scaleb(-2)) if match else None


def _value(node: Node) -> tuple[str, str]:
    if not isinstance(node, MappingNode):
        column = text(node)
        return column, column
    given = {entry.key.text: entry for entry in node.entries}
    if set(given) != set(WIDE_VALUE.known):
        message = f"must be a column or {{candidate: ..., baseline: ...}}, found {listed(given)}"
        raise refusal(node, message, "name one column of a wide table per arm")
    candidate, baseline = gather((given["candidate"], given["baseline"]), _entry_text)
    return candidate, baseline


def _entry_text(entry: Entry) -> str:
    return text(entry.value)


def _range(node: Node) -> tuple[float, float]:
    if not isinstance(node, SequenceNode) or len(node.items) != 2:
        raise refusal(node, "must be a list of two numbers", "write `range: [0, 1]`")
    low, high = gather(node.items, number)
    if low >= high:
        raise refusal(node, f"must rise, found [{low:g}, {high:g}]", "write the smaller one first")
    return low, high


def _scale(node: Node) -> float:
    value = number(node)
    if value <= 0:
        hint = "`better: lower` turns a metric round" if value < 0 else "write 0.01 for percents"
        raise refusal(node, f"must be a factor above 0, found {value:g}", hint)
    return value


def _map(node: Node) -> tuple[tuple[str, float], ...]:
    entries = entries_of(node, "a mapping of texts to numbers")
    if not entries:
        raise refusal(
            node, "must name at least one text, found {}", "write `map: {right: 1, wrong: 0}`"
        )
    return gather(entries, lambda entry: (_mapped(entry), number(entry.value)))


def _mapped(entry: Entry) -> str:
    return entry.key.text if entry.key.is_quoted else text(entry.key)
