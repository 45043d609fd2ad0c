"""One claim about one metric: a rule of its own, or a member of a group."""

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
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import LIMIT_KEYS, METHODS
from pytest_evalgate.spec.model import (
    Artifact,
    Claim,
    Group,
    Limit,
    Metric,
    Pair,
    Rule,
    Severity,
    Slices,
)
from pytest_evalgate.spec.nodes import Node
from pytest_evalgate.spec.numerals import at_least, number
from pytest_evalgate.spec.problems import refusal
from pytest_evalgate.spec.scalars import choice, text, word


_ENFORCED = (Severity.BLOCK, Severity.ESCALATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rest of the file says, for rules to refer to; None is too wrong to refer to."""

    top: Fields
    artifacts: dict[str, Artifact | None]
    metrics: dict[str, Metric | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What does not depend on the claim: of a rule itself, or of the group of a member."""

    fields: Fields  # where it was read
    group: str | None
    severity: Severity
    owner: str | None
    why: str | None
    action: str | None
    slices: Slices | None
    weight: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule, what it refers to, and the mapping it was read from."""

    rule: Rule
    fields: Fields
    metric: Metric
    artifact: Artifact
    policy: Policy


def is_proof(entry: Rule | Group) -> bool:
    """Whether an entry belongs to the family of proofs: a claim that must be shown."""
    is_alarm = isinstance(entry, Rule) and entry.claim is Claim.DETERIORATION
    return entry.severity in _ENFORCED and not is_alarm


def build_policy(fields: Fields, *, group: str | None = None) -> Policy:
    """Read what a rule or a group says beside its claims."""
    return Policy(
        fields=fields,
        group=group,
        severity=fields.read("severity", choice(Severity), Severity.BLOCK),
        owner=fields.read("owner", text, None),
        why=fields.read("why", text, None),
        action=fields.read("action", text, None),
        slices=build_slices(fields),
        weight=fields.read("weight", _weight, None),
    )


def draft_rule(
    rule_id: str,
    claim: Claim | None,
    metric: Metric | None,
    *,
    fields: Fields,
    policy: Policy,
    around: Surroundings,
) -> Iterator[Draft]:
    """Yield the rule, or nothing when it refers to what cannot be read."""
    key = limit_key(fields, claim, metric.better if metric else None) if claim else None
    artifact = around.artifacts.get(metric.artifact) if metric else None
    if claim is None or metric is None or artifact is None or key is None:
        for other in LIMIT_KEYS:
            read_limit(fields, other)
        _rule(fields, metric, rule_id=rule_id, claim=claim or Claim.SUPERIORITY, policy=policy)
        return
    limit = build_limit(fields, key, metric)
    rule = _rule(fields, metric, rule_id=rule_id, claim=claim, policy=policy, key=key, limit=limit)
    check_rule(rule, metric, artifact, fields)
    if limit is not None:
        check_limit(rule, metric, fields)
        yield Draft(rule=rule, fields=fields, metric=metric, artifact=artifact, policy=policy)


def _rule(  # noqa: PLR0913 - what a rule is made of
    fields: Fields,
    metric: Metric | None,
    *,
    rule_id: str,
    claim: Claim,
    policy: Policy,
    key: str = "",
    limit: Limit | None = None,
) -> Rule:
    """Read every key that does not depend on the limit."""
    is_compared = claim is not Claim.THRESHOLD
    own = policy if policy.group is None else None  # a group keeps these to itself
    return Rule(
        id=rule_id,
        metric=metric.name if metric else "",
        claim=claim,
        limit=limit or no_limit(fields),
        limit_key=key,
        severity=policy.severity,
        method=fields.read("method", word(METHODS), "auto"),
        pair=fields.read("pair", choice(Pair), Pair.AUTO) if is_compared else Pair.AUTO,
        against=fields.read("against", text, "baseline") if is_compared else "baseline",
        min_runs=fields.read("min_runs", at_least(2), 3),
        min_samples=fields.read("min_samples", at_least(2), 2),
        is_min_samples_declared=fields.has("min_samples"),
        expect=fields.read("expect", expected_effect(metric), None),
        owner=own.owner if own else None,
        why=own.why if own else None,
        action=own.action if own else None,
        slices=own.slices if own else None,
        weight=own.weight if own else None,
        group=policy.group,
        location=fields.location,
    )


def _weight(node: Node) -> float:
    value = number(node)
    if value <= 0:
        hint = "write a number such as 0.5, or leave the weights of all rules out"
        raise refusal(node, f"must be above 0, found {value:g}", hint)
    return value
