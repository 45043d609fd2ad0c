"""The parts that a rule or a group is judged in: itself, or each of its slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import Family, RuleEvidence
from pytest_evalgate.gate.decision import worst
from pytest_evalgate.gate.families import (
    PROOFS,
    Entry,
    Level,
    correction_method,
    families,
    feasible_level,
)
from pytest_evalgate.gate.groups import (
    Joined,
    group_evidence,
    group_family,
    join,
    member_levels,
    pvalue,
)
from pytest_evalgate.gate.judge import judge, parent_of_slices
from pytest_evalgate.gate.measure import Measured, NotMeasured, measure
from pytest_evalgate.gate.simultaneous import joint_bounds
from pytest_evalgate.gate.slicing import Slice, slices_of
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.model import GateSpec, Group, Rule, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A rule, a group or one slice of it, measured."""

    measured: Measured | NotMeasured | Joined
    slice: Slice | None = None
    is_counted: bool = True  # in its parent's verdict

    @property
    def pvalue(self) -> float:
        """The p-value with which it enters its family; 1 where it was not measured."""
        if isinstance(self.measured, Joined):
            return pvalue(self.measured)
        return self.measured.test.pvalue if isinstance(self.measured, Measured) else 1.0


def parts_of(tables: Tables, entry: Entry) -> list[Part]:
    """Measure a rule or a group, in each of its slices where it has some."""
    if entry.slices is None:
        return [Part(measured=_measured(tables, entry, None))]
    first = entry.members[0] if isinstance(entry, Group) else entry
    try:
        slices = slices_of(tables, first, entry.slices, name=entry.id)
    except EvalGateError as error:
        return [Part(measured=_nothing(tables.spec, entry, error))]
    return [_slice_part(tables, entry, one) for one in slices]


def _nothing(spec: GateSpec, entry: Entry, error: EvalGateError) -> NotMeasured | Joined:
    if isinstance(entry, Group):
        members = [
            NotMeasured(rule=rule, reason=error.message, hint=error.hint) for rule in entry.members
        ]
        return join(spec, entry, members)
    return NotMeasured(rule=entry, reason=error.message, hint=error.hint)


def _measured(tables: Tables, entry: Entry, one: Slice | None) -> Measured | NotMeasured | Joined:
    if isinstance(entry, Group):
        members = [_measure_one(tables, rule, entry, one) for rule in entry.members]
        return join(tables.spec, entry, members)
    return _measure_one(tables, entry, entry, one)


def _measure_one(
    tables: Tables, rule: Rule, entry: Entry, one: Slice | None
) -> Measured | NotMeasured:
    alpha = feasible_level(tables.spec, rule)
    is_joint = isinstance(entry, Group) and entry.correction == "max_t"
    if one is None:
        return measure(tables, rule, alpha=alpha, is_joint=is_joint)
    minimum = entry.slices.min_samples if entry.slices is not None else None
    return measure(
        tables,
        rule,
        extra=tuple((column, (value,)) for column, value in one.values.items()),
        against=one.against,
        min_samples=minimum or rule.min_samples,
        alpha=alpha,
        is_joint=is_joint,
    )


def _slice_part(tables: Tables, entry: Entry, one: Slice) -> Part:
    measured = _measured(tables, entry, one)
    is_small = isinstance(measured, NotMeasured) and measured.is_too_few
    if isinstance(measured, Joined):
        is_small = any(
            isinstance(member, NotMeasured) and member.is_too_few for member in measured.members
        )
    may_be_small = entry.slices is not None and entry.slices.is_small_observed
    is_counted = one.is_listed and not (is_small and may_be_small)
    return Part(measured=measured, slice=one, is_counted=is_counted)


def pvalue_of(parts: Sequence[Part]) -> float:
    """Return the p-value with which a rule or group enters its family: that of its worst slice."""
    return max((part.pvalue for part in parts if part.is_counted), default=1.0)


def entry_evidence(
    spec: GateSpec, entry: Entry, parts: Sequence[Part], level: Level
) -> list[RuleEvidence]:
    """Judge a rule or a group at its level; what belongs to it stands after it."""
    if parts[0].slice is None:
        return _part_evidence(spec, entry, parts[0], level)
    slices: list[RuleEvidence] = []
    counted: list[RuleEvidence] = []
    for part in parts:
        found = _sliced(spec, entry, part, level)
        slices += found
        counted += found[:1] if part.is_counted else []
    verdict = worst([one.verdict for one in counted])
    return [parent_of_slices(spec, entry, counted, verdict, level), *slices]


def _sliced(spec: GateSpec, entry: Entry, part: Part, level: Level) -> list[RuleEvidence]:
    if part.slice is None:
        raise ValueError(f"{entry.id} is not sliced")
    if not part.is_counted:
        level = replace(level, pvalue_adjusted=None, family=None)
    whole, *members = _part_evidence(spec, entry, part, level)
    name = part.slice.id
    head = replace(
        whole,
        id=name,
        parent=entry.id,
        slice=part.slice.shown,
        severity=entry.severity.value if part.is_counted else Severity.OBSERVE.value,
        pvalue_adjusted=None,
    )
    suffix = name.removeprefix(entry.id)
    return [
        head,
        *(
            replace(one, id=f"{one.id}{suffix}", parent=name, slice=part.slice.shown)
            for one in members
        ),
    ]


def _part_evidence(spec: GateSpec, entry: Entry, part: Part, level: Level) -> list[RuleEvidence]:
    if not isinstance(entry, Group) or not isinstance(part.measured, Joined):
        if isinstance(part.measured, Joined):
            raise TypeError(f"{entry.id} is no group")
        return [judge(spec, part.measured, level)]
    joined = part.measured
    each = member_levels(spec, joined, level)
    members = [
        replace(judge(spec, one, at), parent=entry.id, severity=Severity.OBSERVE.value)
        for one, at in zip(joined.members, each, strict=True)
    ]
    return [group_evidence(entry, members, level, part.pvalue), *members]


def all_families(
    spec: GateSpec, parts: Mapping[str, Sequence[Part]], by_entry: Mapping[str, Level]
) -> tuple[Family, ...]:
    """Describe every family of a gate: its proofs, its alarms and its groups."""
    groups = [group_family(group, by_entry[group.id].alpha or spec.alpha) for group in spec.groups]
    found = families(spec, groups)
    if correction_method(spec) != "holm" or found[0].method != "holm":
        return found
    proofs = {name: parts[name] for name in found[0].members}
    passed = [name for name, one in proofs.items() if pvalue_of(one) < by_entry[name].alpha]
    bounds = joint_bounds([(name, _whole(one)) for name, one in proofs.items()], passed, spec.alpha)
    return tuple(replace(one, bounds=bounds) if one.name == PROOFS else one for one in found)


def _whole(parts: Sequence[Part]) -> Measured | None:
    """Return what a rule measured, where it is one measurement and no slices or members."""
    first = parts[0].measured
    return first if len(parts) == 1 and isinstance(first, Measured) else None
