"""The engine: one gate file and its artifacts -> evidence. Pure: no clock, no environment.

A gate is judged whole and once. Which tests a session selects changes which of them are shown,
never what is measured, corrected or decided.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import (
    ArtifactFile,
    Decision,
    GateEvidence,
    GateFacts,
    Provenance,
    RuleEvidence,
    Verdict,
    decision_digest,
)
from pytest_evalgate.gate.contract import check_contract
from pytest_evalgate.gate.decision import decide_gate, worst
from pytest_evalgate.gate.families import Level, families, feasible_level, levels, untested
from pytest_evalgate.gate.judge import blank, judge, parent_of_slices, sealed
from pytest_evalgate.gate.measure import Measured, NotMeasured, measure
from pytest_evalgate.gate.slicing import Slice, slices_of
from pytest_evalgate.gate.tables import Tables, arms_of
from pytest_evalgate.spec.model import GateSpec, Rule, Severity
from pytest_evalgate.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A rule or one slice of it, measured."""

    measured: Measured | NotMeasured
    slice: Slice | None = None
    is_counted: bool = True  # in its parent's verdict


def evaluate(spec: GateSpec, around: Surroundings) -> GateEvidence:
    """Judge a whole gate. What cannot be judged is invalid in its evidence, never an exception."""
    tables = Tables(
        spec=spec,
        base=around.base,
        root=around.root,
        overrides=around.overrides,
        working_directory=around.working_directory,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a filter of the session must not change a verdict
        parts = {rule.id: _parts(tables, rule) for rule in spec.rules}
        by_rule = levels(spec, {rule.id: _pvalue(parts[rule.id]) for rule in spec.rules})
        rules = _evidence(spec, parts, by_rule)
        contract = check_contract(tables)
    decision = decide_gate(rules, contract, spec.on_inconclusive)
    evidence = GateEvidence(
        run=around.run,
        gate=gate_facts(spec),
        decision=decision,
        rules=rules,
        families=families(spec),
        contract=contract,
        provenance=Provenance(
            artifacts=_files(tables),
            versions=dict(around.versions),
            seed=spec.seed,
            git=dict(around.git),
            created=around.created,
        ),
    )
    return replace(evidence, decision=replace(decision, digest=decision_digest(evidence)))


def planned(spec: GateSpec, around: Surroundings, decision: Decision) -> GateEvidence:
    """Return evidence of a gate that was not judged: every rule invalid."""
    return GateEvidence(
        run=around.run,
        gate=gate_facts(spec),
        decision=decision,
        rules=tuple(blank(spec, rule) for rule in spec.rules),
        provenance=Provenance(
            versions=dict(around.versions), seed=spec.seed, git=dict(around.git),
            created=around.created,
        ),
    )  # fmt: skip


def gate_facts(spec: GateSpec) -> GateFacts:
    """Return what the gate file asks for."""
    return GateFacts(
        name=spec.name,
        path=spec.path,
        sha256=spec.sha256,
        alpha=spec.alpha,
        power=spec.power,
        correction=spec.correction,
        on_inconclusive=spec.on_inconclusive.value,
    )


def _parts(tables: Tables, rule: Rule) -> list[_Part]:
    alpha = feasible_level(tables.spec, rule)
    if rule.slices is None:
        return [_Part(measured=measure(tables, rule, alpha=alpha))]
    try:
        slices = slices_of(tables, rule, rule.slices)
    except EvalGateError as error:
        return [_Part(measured=NotMeasured(rule=rule, reason=error.message, hint=error.hint))]
    return [_slice_part(tables, rule, one, alpha) for one in slices]


def _slice_part(tables: Tables, rule: Rule, one: Slice, alpha: float) -> _Part:
    slices = rule.slices
    if slices is None:
        raise ValueError(f"{rule.id} has no slices")
    minimum = slices.min_samples or rule.min_samples
    measured = measure(
        tables,
        rule,
        extra=tuple((column, (value,)) for column, value in one.values.items()),
        min_samples=minimum,
        alpha=alpha,
    )
    is_small = isinstance(measured, NotMeasured) and measured.is_too_few
    is_counted = one.is_listed and not (is_small and slices.is_small_observed)
    return _Part(measured=measured, slice=one, is_counted=is_counted)


def _pvalue(parts: list[_Part]) -> float:
    """Return the p-value with which a rule enters its family; 1 where it was not measured."""
    counted = [part.measured for part in parts if part.is_counted]
    if not counted:
        return 1.0
    return max(one.test.pvalue if isinstance(one, Measured) else 1.0 for one in counted)


def _evidence(
    spec: GateSpec, parts: Mapping[str, list[_Part]], by_rule: Mapping[str, Level]
) -> tuple[RuleEvidence, ...]:
    """Judge every rule at its level, slices after their parent."""
    found: list[RuleEvidence] = []
    for rule in spec.rules:
        found += _rule_evidence(spec, rule, parts[rule.id], by_rule[rule.id])
    passed = [one.id for one in found if one.parent is None and one.verdict is Verdict.PASS]
    blocked = untested(spec, passed)
    return tuple(sealed(_held_back(one, blocked)) for one in found)


def _held_back(evidence: RuleEvidence, blocked: Mapping[str, str]) -> RuleEvidence:
    stopper = blocked.get(evidence.parent or evidence.id)
    if stopper is None or evidence.verdict is Verdict.INVALID:
        return evidence
    return replace(
        evidence, verdict=Verdict.INCONCLUSIVE, reason=f"not tested: {stopper} did not pass"
    )


def _rule_evidence(
    spec: GateSpec, rule: Rule, parts: list[_Part], level: Level
) -> list[RuleEvidence]:
    if rule.slices is None or parts[0].slice is None:
        return [judge(spec, parts[0].measured, level)]
    slices = [_slice_evidence(spec, rule, part, level) for part in parts]
    counted = [one.verdict for one, part in zip(slices, parts, strict=True) if part.is_counted]
    return [parent_of_slices(spec, rule, slices, worst(counted), level), *slices]


def _slice_evidence(spec: GateSpec, rule: Rule, part: _Part, level: Level) -> RuleEvidence:
    if part.slice is None:
        raise ValueError(f"{rule.id} is not a slice")
    if not part.is_counted:
        level = replace(level, pvalue_adjusted=None, family=None)
    return replace(
        judge(spec, part.measured, level),
        id=part.slice.id,
        parent=rule.id,
        slice=part.slice.values,
        severity=rule.severity.value if part.is_counted else Severity.OBSERVE.value,
        pvalue_adjusted=None,
    )


def _files(tables: Tables) -> tuple[ArtifactFile, ...]:
    """List every file that was read, by artifact, arm and path."""
    spec = tables.spec
    used = {spec.metric(rule.metric).artifact for rule in spec.rules}
    files: list[ArtifactFile] = []
    for artifact in spec.artifacts:
        if artifact.name not in used:
            continue
        for arm in arms_of(spec, artifact):
            try:
                table = tables.get(artifact, arm)
            except EvalGateError:
                continue  # its rules are invalid and say why
            files += [
                ArtifactFile(
                    name=artifact.name,
                    arm=arm.name,
                    path=file.path,
                    sha256=file.sha256,
                    bytes=file.bytes,
                    rows=file.rows,
                    override=table.is_override,
                    metadata=dict(file.metadata),
                )
                for file in table.files
            ]
    return tuple(files)
