"""Rules: one claim about one metric each, a list of metrics, or a group of claims."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_evalgate.spec.build_claims import (
    Draft,
    Surroundings,
    build_policy,
    draft_rule,
)
from pytest_evalgate.spec.build_groups import DraftGroup, build_group, member_names
from pytest_evalgate.spec.fields import Fields, named, open_fields
from pytest_evalgate.spec.keys import (
    COMPARISON_KEYS,
    DEFAULTS,
    GATE_COUNTS,
    GROUP,
    LIMIT_KEYS,
    LIMITS,
    MEMBER,
    RULE,
)
from pytest_evalgate.spec.model import Claim, Group, Metric, Rule
from pytest_evalgate.spec.nodes import Entry, MappingNode, Node, SequenceNode
from pytest_evalgate.spec.problems import listed, nearest, refusal, shown
from pytest_evalgate.spec.scalars import choice, gather, is_name, refuse_repeated, text


_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """All rules of a file that could be read, and every id that it makes."""

    drafts: list[Draft] = field(default_factory=list)  # members of groups among them
    groups: list[DraftGroup] = field(default_factory=list)
    ids: dict[str, Fields] = field(default_factory=dict)  # as written, readable or not

    def entries(self) -> Iterator[tuple[Rule | Group, Fields]]:
        """Yield what has a test of its own at the top level, with its mapping."""
        for draft in self.drafts:
            if draft.rule.group is None:
                yield draft.rule, draft.fields
        for group in self.groups:
            yield group.group, group.fields


def build_rules(around: Surroundings) -> Ruling:
    """Read all rules; those that cannot be read are reported and left out."""
    ruling = Ruling()
    defaults = _defaults(around.top)
    used: set[str] = set()  # default keys that at least one rule could take
    seen: dict[str, Fields] = {}
    for name, entry in named(around.top, "rules", what="rule", most=_MOST):
        is_group = _is_group(entry)
        fields = open_fields(
            entry,
            GROUP if is_group else RULE,
            what=f"{'group' if is_group else 'rule'} {name!r}",
            problems=around.top.problems,
            fallback=defaults,
        )
        for rule_id in _ids(name, fields, is_group=is_group):
            if len(seen) >= _MOST:
                fields.add(f"more than {_MOST} rules", hint="split the gate")
                return ruling
            _check_id(rule_id, name, seen, fields)
            ruling.ids.setdefault(rule_id, fields)
        if is_group:
            used.update(_add_group(name, fields, defaults, around, ruling))
        else:
            used.update(_add_rules(name, fields, around, ruling))
    _refuse_unused(defaults, used)
    return ruling


def _is_group(entry: Entry) -> bool:
    return isinstance(entry.value, MappingNode) and any(
        item.key.text == "any_of" for item in entry.value.entries
    )


def _add_group(
    name: str, fields: Fields, defaults: Fields, around: Surroundings, ruling: Ruling
) -> set[str]:
    """Read a group into the ruling; say which default keys it could take."""
    found = build_group(name, fields, defaults=defaults, around=around)
    ruling.groups.append(found)
    ruling.drafts.extend(found.drafts)
    used = set(GROUP.known)
    for claim in found.claims:
        used |= _takes(claim) & set(MEMBER.known)
    return used


def _add_rules(name: str, fields: Fields, around: Surroundings, ruling: Ruling) -> set[str]:
    """Read the rules of one mapping into the ruling; say which default keys they could take."""
    claim = fields.read("claim", choice(Claim), None)
    policy = build_policy(fields)
    for rule_id, metric in _expand(name, fields, around):
        ruling.drafts.extend(
            draft_rule(rule_id, claim, metric, fields=fields, policy=policy, around=around)
        )
    return _takes(claim)


def _defaults(top: Fields) -> Fields:
    """Chain what a rule falls back to: ``defaults``, then the counts of the whole gate."""
    counts = {key: top.entries[key] for key in GATE_COUNTS if key in top.entries}
    whole = Fields(counts, what=top.what, at=top.at, problems=top.problems)
    return top.open("defaults", DEFAULTS, fallback=whole) or whole


def _takes(claim: Claim | None) -> set[str]:
    taken = set(RULE.known)
    if claim is not None:
        taken -= set(LIMIT_KEYS) - set(LIMITS[claim])
    return taken - set(COMPARISON_KEYS) if claim is Claim.THRESHOLD else taken


def _refuse_unused(defaults: Fields, used: set[str]) -> None:
    for key, entry in defaults.entries.items():
        if used and key in DEFAULTS.known and key not in used:
            defaults.problems.add(
                f"no rule can take {key!r} from defaults",
                at=entry.key,
                hint="take it out, or write it on a rule whose claim takes it",
            )


def _ids(name: str, fields: Fields, *, is_group: bool) -> list[str]:
    """List every id that one mapping makes."""
    if is_group:
        return [name, *(f"{name}.{member}" for member in member_names(fields))]
    if isinstance(fields.node("metric"), SequenceNode):
        return [f"{name}.{metric}" for metric in fields.read("metric", _metric_names, ())] or [name]
    return [name]


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
    """Report an id that is taken, or that a list of metrics or a group made too long."""
    first = seen.setdefault(rule_id.lower(), fields)
    # Two names equal ignoring case were reported where they stand.
    if first is not fields and "." in rule_id and first.what.lower() != fields.what.lower():
        fields.add(
            f"rule id {rule_id!r} is also made by {first.what} on line {first.at.line}",
            hint="rename one of them",
        )
    member = rule_id.removeprefix(f"{name}.")
    if not is_name(rule_id) and is_name(name) and is_name(member):
        fields.add(f"rule id {shown(rule_id)} is no name", hint="shorten the rule's name")
