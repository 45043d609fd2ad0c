"""Every rule of a gate, judged; what this imports takes as long as reading big files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_evalgate.evidence import ContractCheck, Family, RuleEvidence, Verdict
from pytest_evalgate.gate.contract import check_contract
from pytest_evalgate.gate.families import Level, levels, untested
from pytest_evalgate.gate.judge import blank, blank_group, sealed
from pytest_evalgate.gate.parts import Part, all_families, entry_evidence, parts_of, pvalue_of
from pytest_evalgate.gate.planning_joint import evidence_plan
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.model import GateSpec, Group, Rule
from pytest_evalgate.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What a gate's rules and its contract say."""

    rules: tuple[RuleEvidence, ...]
    families: tuple[Family, ...]
    plan: dict[str, Any]
    contract: tuple[ContractCheck, ...]


def judge_whole(tables: Tables, around: Surroundings) -> Whole:
    """Judge every rule and look at the contract."""
    spec = tables.spec
    parts = {entry.id: _judged(tables, entry) for entry in spec.entries()}
    by_entry = levels(spec, {name: pvalue_of(found) for name, found in parts.items()})
    return Whole(
        rules=_evidence(spec, parts, by_entry),
        families=all_families(spec, parts, by_entry),
        plan=evidence_plan(spec, parts),
        contract=check_contract(tables, around),
    )


def not_judged(spec: GateSpec) -> tuple[RuleEvidence, ...]:
    """Return evidence of every rule that says that it was not judged."""
    return tuple(
        blank_group(entry) if isinstance(entry, Group) else blank(spec, entry)
        for entry in spec.entries()
    )


def _evidence(
    spec: GateSpec, parts: Mapping[str, list[Part]], by_entry: Mapping[str, Level]
) -> tuple[RuleEvidence, ...]:
    """Judge every rule at its level; slices and members stand after their parent."""
    found: list[RuleEvidence] = []
    for entry in spec.entries():
        found += entry_evidence(spec, entry, parts[entry.id], by_entry[entry.id])
    passed = [one.id for one in found if one.parent is None and one.verdict is Verdict.PASS]
    blocked = untested(spec, passed)
    tops = _tops(found)
    return tuple(sealed(_held_back(one, blocked.get(tops[one.id]))) for one in found)


def _tops(found: list[RuleEvidence]) -> dict[str, str]:
    """Return the top-level rule that each rule, slice and member belongs to."""
    tops: dict[str, str] = {}
    for one in found:  # parents stand first
        tops[one.id] = one.id if one.parent is None else tops[one.parent]
    return tops


def _held_back(evidence: RuleEvidence, stopper: str | None) -> RuleEvidence:
    if stopper is None or evidence.verdict is Verdict.INVALID:
        return evidence
    return replace(
        evidence, verdict=Verdict.INCONCLUSIVE, reason=f"not tested: {stopper} did not pass"
    )


def _judged(tables: Tables, entry: Rule | Group) -> list[Part]:
    if tables.progress is not None:
        tables.progress(f"rule {entry.id}")
    return parts_of(tables, entry)
