"""The plan of a whole gate: what each rule could show, and what to buy next. Judges nothing."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

from pytest_evalgate.evidence.plan import GatePlan, RulePlan
from pytest_evalgate.gate.engine import gate_facts
from pytest_evalgate.gate.families import Entry, is_proof
from pytest_evalgate.gate.groups import Joined
from pytest_evalgate.gate.parts import Part, parts_of
from pytest_evalgate.gate.planning_advice import percent
from pytest_evalgate.gate.planning_joint import at_least_all, planning_level
from pytest_evalgate.gate.planning_rows import Place, row_of
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.model import GateSpec, Group, Require, Rule
from pytest_evalgate.surroundings import Surroundings


def plan_gate(spec: GateSpec, around: Surroundings) -> GatePlan:
    """Plan a whole gate. What cannot be planned says so in its row, never by an exception.

    Where a rule has no data, the numbers that its metric assumes stand for them.
    """
    tables = Tables(
        spec=spec,
        base=around.base,
        root=around.root,
        overrides=around.overrides,
        working_directory=around.working_directory,
        formats=around.formats,
        progress=around.progress,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a filter of the session must not change a plan
        entries = spec.entries()
        rows = [_entry_rows(spec, entry, parts_of(tables, entry)) for entry in entries]
    required = [found[0] for found in rows if found[0].is_required]
    powers = [row.power for row in required if row.power is not None]
    unknown = [row.id for row in required if row.power is None]
    is_known = bool(required) and not unknown
    return GatePlan(
        gate=gate_facts(spec),
        rules=tuple(row for found in rows for row in found),
        joint_power=math.prod(powers) if is_known else None,
        joint_at_least=at_least_all(powers) if is_known else None,
        reason=_reason(unknown, required),
        buy=_buy(spec, required),
    )


def _reason(unknown: Sequence[str], required: Sequence[RulePlan]) -> str | None:
    if unknown:
        return f"no power is known of {', '.join(unknown[:5])}"
    return None if required else "nothing is to be proven"


def _entry_rows(spec: GateSpec, entry: Entry, parts: Sequence[Part]) -> list[RulePlan]:
    """Return the row of a rule or a group, and below it those of its slices or members."""
    if parts[0].slice is None:
        k = _listed(entry)
        return _as_if_sliced(_part_rows(spec, entry, parts[0], slices=k), k)
    counted = max(1, sum(part.is_counted for part in parts))
    found: list[RulePlan] = []
    heads: list[RulePlan] = []
    for part in parts:
        head, *members = _slice_rows(spec, entry, part, counted)
        found += [head, *members]
        heads += [head] if part.is_counted else []
    powers = [head.power for head in heads]
    whole = replace(
        _head(spec, entry),
        power=_all(powers),
        reason=None if heads else "no slice is large enough",
        advice=_weakest_words(heads, "slice"),
    )
    return [whole, *found]


def _all(powers: Sequence[float | None]) -> float | None:
    """Return the power of claims about different units, which must all be shown."""
    known = [power for power in powers if power is not None]
    return math.prod(known) if known and len(known) == len(powers) else None


def _slice_rows(spec: GateSpec, entry: Entry, part: Part, slices: int) -> list[RulePlan]:
    if part.slice is None:
        raise ValueError(f"{entry.id} is not sliced")
    name = part.slice.id
    head, *members = _part_rows(spec, entry, part, slices=slices)
    is_required = head.is_required and part.is_counted
    suffix = name.removeprefix(entry.id)
    return [
        replace(head, id=name, parent=entry.id, is_required=is_required),
        *(replace(one, id=f"{one.id}{suffix}", parent=name) for one in members),
    ]


def _listed(entry: Entry) -> int:
    """Return how many slices a rule lists, or pairs of them; 1 where it has none."""
    slices = entry.slices
    if slices is None:
        return 1
    k = len(slices.values)
    return max(1, math.comb(k, 2) if slices.require is Require.GAP else k)


def _as_if_sliced(rows: list[RulePlan], k: int) -> list[RulePlan]:
    """Count the listed slices of a rule whose slices could not be read: each as assumed."""
    head = rows[0]
    if k == 1 or head.power is None:
        return rows
    each = f"{k} slices must pass, each with power {percent(head.power)}: {head.advice}"
    return [replace(head, power=head.power**k, advice=each), *rows[1:]]


def _part_rows(spec: GateSpec, entry: Entry, part: Part, *, slices: int) -> list[RulePlan]:
    found = part.measured
    if isinstance(found, Joined):
        members = [
            replace(
                row_of(spec, one, _place(spec, one.rule, entry, slices)),
                parent=entry.id,
                is_required=False,
            )
            for one in found.members
        ]
        return [_group_row(spec, entry, members), *members]
    if isinstance(entry, Group):
        raise TypeError(f"{entry.id} is a group")
    return [row_of(spec, found, _place(spec, entry, entry, slices))]


def _place(spec: GateSpec, rule: Rule, entry: Entry, slices: int) -> Place:
    proofs = max(1, sum(is_proof(one) for one in spec.entries()))
    minimum = entry.slices.min_samples if entry.slices is not None else None
    return Place(
        alpha=planning_level(spec, rule),
        jointly=1.0 - (1.0 - spec.power) / proofs / slices,
        is_required=is_proof(entry),
        min_samples=minimum or rule.min_samples,
    )


def _head(spec: GateSpec, entry: Entry) -> RulePlan:
    """Return the row of a rule or group that is planned in its parts only."""
    is_group = isinstance(entry, Group)
    members = entry.members if isinstance(entry, Group) else (entry,)
    return RulePlan(
        id=entry.id,
        metric=", ".join(dict.fromkeys(member.metric for member in members)),
        claim="any_of" if is_group else members[0].claim.value,
        is_required=is_proof(entry),
        alpha=planning_level(spec, members[0]) if not is_group else None,
    )


def _group_row(spec: GateSpec, entry: Entry, members: Sequence[RulePlan]) -> RulePlan:
    """Return the row of a group: its power is at least that of its best member."""
    powers = [member.power for member in members if member.power is not None]
    head = replace(
        _head(spec, entry), method=entry.correction if isinstance(entry, Group) else None
    )
    if not powers:
        return replace(head, reason="no member can be planned", advice="see its members")
    best = max((member for member in members if member.power is not None), key=_power)
    words = f"one member is enough; the best is {best.id}: {best.advice}"
    return replace(head, power=max(powers), advice=words)


def _power(row: RulePlan) -> float:
    return -1.0 if row.power is None else row.power


def _weakest_words(rows: Sequence[RulePlan], noun: str) -> str:
    if not rows:
        return f"cannot be planned: no {noun} is large enough"
    weakest = min(rows, key=_power)
    return f"all must pass; the weakest {noun} is {weakest.id}: {weakest.advice}"


def _buy(spec: GateSpec, required: Sequence[RulePlan]) -> str:
    """Say what to do next: mend what cannot be planned, else help the weakest rule."""
    if not required:
        return "nothing: no rule is to be proven"
    unknown = [row for row in required if row.power is None]
    if unknown:
        return f"first make {unknown[0].id} plannable: {unknown[0].advice}"
    weakest = min(required, key=_power)
    joint = math.prod(_power(row) for row in required)
    if joint >= spec.power:
        return f"nothing: all together pass with power {percent(joint)}"
    if _power(weakest) >= spec.power:
        each = 1.0 - (1.0 - spec.power) / len(required)
        return (
            f"each rule has its power, all together have less: plan each for {percent(each)}, "
            f"beginning with {weakest.id}"
        )
    return f"{weakest.id} first, with power {percent(_power(weakest))}: {weakest.advice}"
