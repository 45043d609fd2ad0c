"""Rules: one claim about one metric each; a list of metrics becomes one rule each."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_evalgate.spec.build_limits import (
    build_limit,
    expected_effect,
    limit_key,
    no_limit,
    read_limit,
)
from pytest_evalgate.spec.build_slices import build_slices
from pytest_evalgate.spec.check_limits import check_limit
from pytest_evalgate.spec.check_rules import check_rule
from pytest_evalgate.spec.fields import Fields, named, open_fields
from pytest_evalgate.spec.keys import (
    COMPARISON_KEYS,
    GATE_COUNTS,
    LIMIT_KEYS,
    LIMITS,
    METHODS,
    RULE,
)
from pytest_evalgate.spec.model import Artifact, Claim, Limit, Metric, Pair, Rule, Severity
from pytest_evalgate.spec.nodes import Node, SequenceNode
from pytest_evalgate.spec.numerals import at_least
from pytest_evalgate.spec.problems import listed, nearest, refusal, shown
from pytest_evalgate.spec.scalars import choice, gather, is_name, refuse_repeated, text, word


_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rest of the file says, for rules to refer to; None is too wrong to refer to."""

    top: Fields
    artifacts: dict[str, Artifact | None]
    metrics: dict[str, Metric | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule, what it refers to, and the mapping it was read from."""

    rule: Rule
    fields: Fields
    metric: Metric
    artifact: Artifact


def build_rules(around: Surroundings) -> list[Draft]:
    """Read all rules; those that cannot be read are reported and left out."""
    defaults = _defaults(around.top)
    drafts: list[Draft] = []
    seen: dict[str, Fields] = {}
    used: set[str] = set()  # default keys that at least one rule could take
    for name, entry in named(around.top, "rules", what="rule", most=_MOST):
        fields = open_fields(
            entry, RULE, what=f"rule {name!r}", problems=around.top.problems, fallback=defaults
        )
        if "any_of" in fields.entries:  # reported; its members are no rules of their own
            used.update(RULE.known)
            continue
        claim = fields.read("claim", choice(Claim), None)
        used.update(_takes(claim))
        for rule_id, metric in _expand(name, fields, around):
            if len(seen) >= _MOST:
                fields.add(f"more than {_MOST} rules", hint="split the gate")
                return drafts
            _check_id(rule_id, name, seen, fields)
            drafts.extend(_draft(rule_id, claim, metric, fields, around))
    _refuse_unused(defaults, used)
    return drafts


def _defaults(top: Fields) -> Fields:
    """Chain what a rule falls back to: ``defaults``, then the counts of the whole gate."""
    counts = {key: top.entries[key] for key in GATE_COUNTS if key in top.entries}
    whole = Fields(counts, what=top.what, at=top.at, problems=top.problems)
    return top.open("defaults", RULE, fallback=whole) or whole


def _takes(claim: Claim | None) -> set[str]:
    taken = set(RULE.known)
    if claim is not None:
        taken -= set(LIMIT_KEYS) - set(LIMITS[claim])
    return taken - set(COMPARISON_KEYS) if claim is Claim.THRESHOLD else taken


def _refuse_unused(defaults: Fields, used: set[str]) -> None:
    for key, entry in defaults.entries.items():
        if used and key in RULE.known and key not in used:
            defaults.problems.add(
                f"no rule can take {key!r} from defaults",
                at=entry.key,
                hint="take it out, or write it on a rule whose claim takes it",
            )


def _expand(name: str, fields: Fields, around: Surroundings) -> Iterator[tuple[str, Metric | None]]:
    """Yield the id and metric of each rule that one mapping stands for."""
    fields.require(RULE)
    names = fields.read("metric", _metric_names, ())
    is_list = isinstance(fields.node("metric"), SequenceNode)
    for metric in names:
        if metric not in around.metrics:
            hint = f"{nearest(metric, around.metrics)}metrics: {listed(around.metrics)}"
            message = f"{fields.what} reads an unknown metric {shown(metric)}"
            fields.add(message, key="metric", hint=hint)
        yield f"{name}.{metric}" if is_list else name, around.metrics.get(metric)
    if not names:
        yield name, None


def _metric_names(node: Node) -> tuple[str, ...]:
    items = node.items if isinstance(node, SequenceNode) else (node,)
    found = gather(items, text)
    if not found:
        raise refusal(node, "must be a metric or a list of metrics, found []", "name a metric")
    refuse_repeated(items, found)
    return found


def _check_id(rule_id: str, name: str, seen: dict[str, Fields], fields: Fields) -> None:
    """Report an id that is taken, or that a list of metrics made too long."""
    first = seen.setdefault(rule_id.lower(), fields)
    # Two names equal ignoring case were reported where they stand.
    if first is not fields and "." in rule_id and first.what.lower() != fields.what.lower():
        fields.add(
            f"rule id {rule_id!r} is also made by {first.what} on line {first.at.line}",
            hint="rename one of them",
        )
    if not is_name(rule_id) and is_name(name):
        fields.add(f"rule id {shown(rule_id)} is no name", hint="shorten the rule's name")


def _draft(
    rule_id: str,
    claim: Claim | None,
    metric: Metric | None,
    fields: Fields,
    around: Surroundings,
) -> Iterator[Draft]:
    """Yield the rule, or nothing when it refers to what cannot be read."""
    key = limit_key(fields, claim, metric.better if metric else None) if claim else None
    artifact = around.artifacts.get(metric.artifact) if metric else None
    if claim is None or metric is None or artifact is None or key is None:
        for other in LIMIT_KEYS:
            read_limit(fields, other)
        _rule(fields, metric, rule_id=rule_id, claim=claim or Claim.SUPERIORITY)
        return
    limit = build_limit(fields, key, metric)
    rule = _rule(fields, metric, rule_id=rule_id, claim=claim, key=key, limit=limit)
    check_rule(rule, metric, artifact, fields)
    if limit is not None:
        check_limit(rule, metric, fields)
        yield Draft(rule=rule, fields=fields, metric=metric, artifact=artifact)


def _rule(
    fields: Fields,
    metric: Metric | None,
    *,
    rule_id: str,
    claim: Claim,
    key: str = "",
    limit: Limit | None = None,
) -> Rule:
    """Read every key that does not depend on the limit."""
    is_compared = claim is not Claim.THRESHOLD
    return Rule(
        id=rule_id,
        metric=metric.name if metric else "",
        claim=claim,
        limit=limit or no_limit(fields),
        limit_key=key,
        severity=fields.read("severity", choice(Severity), Severity.BLOCK),
        method=fields.read("method", word(METHODS), "auto"),
        pair=fields.read("pair", choice(Pair), Pair.AUTO) if is_compared else Pair.AUTO,
        against=fields.read("against", text, "baseline") if is_compared else "baseline",
        min_runs=fields.read("min_runs", at_least(2), 3),
        min_samples=fields.read("min_samples", at_least(2), 2),
        is_min_samples_declared=fields.has("min_samples"),
        expect=fields.read("expect", expected_effect(metric), None),
        owner=fields.read("owner", text, None),
        why=fields.read("why", text, None),
        action=fields.read("action", text, None),
        slices=build_slices(fields),
        location=fields.location,
    )
