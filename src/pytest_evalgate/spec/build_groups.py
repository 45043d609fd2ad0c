"""Groups: several claims of which one is enough."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_evalgate.spec.build_claims import (
    Draft,
    Policy,
    Surroundings,
    build_policy,
    draft_rule,
)
from pytest_evalgate.spec.fields import Fields, named, open_fields
from pytest_evalgate.spec.keys import GROUP_CORRECTIONS, MEMBER
from pytest_evalgate.spec.model import Claim, Group, Metric, Require
from pytest_evalgate.spec.nodes import MappingNode, Node, ScalarNode
from pytest_evalgate.spec.problems import listed, nearest, refusal, shown
from pytest_evalgate.spec.scalars import choice, kind, scalar_of, text, word


_MOST_MEMBERS = 100
_LEAST_MEMBERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGroup:
    """A group, its members and the mapping it was read from."""

    group: Group
    drafts: tuple[Draft, ...]
    fields: Fields
    claims: tuple[Claim | None, ...]  # of every member, None where it cannot be read


def member_names(fields: Fields) -> tuple[str, ...]:
    """Name the members of a group as the file does."""
    node = fields.node("any_of")
    return tuple(entry.key.text for entry in node.entries) if isinstance(node, MappingNode) else ()


def build_group(name: str, fields: Fields, *, defaults: Fields, around: Surroundings) -> DraftGroup:
    """Read a group and its members."""
    policy = build_policy(fields, group=name)
    correction = fields.read("correction", _correction, GROUP_CORRECTIONS[0])
    _check_slices(policy, fields)
    claims: list[Claim | None] = []
    drafts: list[Draft] = []
    for member, entry in named(fields, "any_of", what="member", most=_MOST_MEMBERS):
        own = open_fields(
            entry,
            MEMBER,
            what=f"member {member!r} of {fields.what}",
            problems=fields.problems,
            fallback=defaults,
        )
        claims.append(own.read("claim", choice(Claim), None))
        drafts.extend(_member(f"{name}.{member}", claims[-1], own, policy, around))
    _check_number(fields)
    _check_units(correction, drafts, fields)
    group = Group(
        id=name,
        members=tuple(draft.rule for draft in drafts),
        correction=correction,
        severity=policy.severity,
        owner=policy.owner,
        why=policy.why,
        action=policy.action,
        slices=policy.slices,
        weight=policy.weight,
        location=fields.location,
    )
    return DraftGroup(group=group, drafts=tuple(drafts), fields=fields, claims=tuple(claims))


def _member(
    rule_id: str, claim: Claim | None, fields: Fields, policy: Policy, around: Surroundings
) -> Iterator[Draft]:
    fields.require(MEMBER)
    metric = _metric(fields, around)
    if claim is Claim.DETERIORATION:
        fields.add(
            f"{fields.what} claims 'deterioration', an alarm, which proves nothing",
            key="claim",
            hint="write the alarm as a rule of its own; members claim superiority, "
            "non_inferiority, equivalence or threshold",
        )
        claim = None
    yield from draft_rule(rule_id, claim, metric, fields=fields, policy=policy, around=around)


def _metric(fields: Fields, around: Surroundings) -> Metric | None:
    name = fields.read("metric", _one_metric, None)
    if name is not None and name not in around.metrics:
        hint = f"{nearest(name, around.metrics)}metrics: {listed(around.metrics)}"
        message = f"{fields.what} reads an unknown metric {shown(name)}"
        fields.add(message, key="metric", hint=hint)
    return around.metrics.get(name) if name is not None else None


def _one_metric(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        message = f"must be one metric, found {kind(node)}"
        raise refusal(node, message, "write a member for each metric")
    return text(node)


def _correction(node: Node) -> str:
    if scalar_of(node, "the name of a method").text == "none":
        message = "cannot be 'none': one of several tries passes by luck more often than alpha"
        raise refusal(node, message, f"known: {listed(GROUP_CORRECTIONS)}")
    return word(GROUP_CORRECTIONS)(node)


def _check_number(fields: Fields) -> None:
    members = member_names(fields)
    if members and len(members) < _LEAST_MEMBERS:
        fields.add(
            f"'any_of' in {fields.what} needs {_LEAST_MEMBERS} members or more, found "
            f"{len(members)}: {shown(members[0])}",
            key="any_of",
            hint="add a member, or write it as a rule without `any_of`",
        )


def _check_slices(policy: Policy, fields: Fields) -> None:
    if policy.slices is not None and policy.slices.require is Require.GAP:
        fields.add(
            f"{fields.what} has slices with 'require: gap', which is a claim of its own",
            key="slices",
            hint="write a rule without `any_of` that claims equivalence",
        )


def _check_units(correction: str, drafts: list[Draft], fields: Fields) -> None:
    artifacts = {draft.artifact.name: None for draft in drafts}
    if correction == "max_t" and len(artifacts) > 1:
        fields.add(
            f"'correction: max_t' needs members that share units, found artifacts "
            f"{listed(artifacts)}",
            key="correction",
            hint="use `correction: holm`, or read all members from one artifact",
        )
