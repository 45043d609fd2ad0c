"""The engine: one gate file and its artifacts -> evidence. Pure: no clock, no environment.

A gate is judged whole and once. Which tests a session selects changes which of them are shown,
never what is measured, corrected or decided.
"""

import warnings
from collections.abc import Iterator
from dataclasses import replace

from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import (
    ArtifactFile,
    Decision,
    GateEvidence,
    GateFacts,
    Provenance,
    decision_digest,
)
from pytest_evalgate.gate.decision import decide_gate
from pytest_evalgate.gate.tables import Tables, arms_of
from pytest_evalgate.spec.model import Arm, Artifact, GateSpec
from pytest_evalgate.surroundings import Surroundings


def evaluate(spec: GateSpec, around: Surroundings) -> GateEvidence:
    """Judge a whole gate. What cannot be judged is invalid in its evidence, never an exception."""
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
        warnings.simplefilter("ignore")  # a filter of the session must not change a verdict
        with tables.read_ahead(_used(tables)):
            from pytest_evalgate.gate.whole import judge_whole  # noqa: PLC0415 - takes its time
        whole = judge_whole(tables, around)
    decision = decide_gate(whole.rules, whole.contract, spec.on_inconclusive)
    evidence = GateEvidence(
        run=around.run,
        gate=gate_facts(spec),
        decision=decision,
        rules=whole.rules,
        families=whole.families,
        plan=whole.plan,
        contract=whole.contract,
        provenance=Provenance(
            artifacts=_files(tables),
            readers=_readers(tables),
            versions=dict(around.versions),
            seed=spec.seed,
            git=dict(around.git),
            created=around.created,
        ),
    )
    return replace(evidence, decision=replace(decision, digest=decision_digest(evidence)))


def planned(spec: GateSpec, around: Surroundings, decision: Decision) -> GateEvidence:
    """Return evidence of a gate that was not judged: every rule invalid."""
    from pytest_evalgate.gate.whole import not_judged  # noqa: PLC0415 - takes its time

    return GateEvidence(
        run=around.run,
        gate=gate_facts(spec),
        decision=decision,
        rules=not_judged(spec),
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


def _used(tables: Tables) -> Iterator[tuple[Artifact, Arm]]:
    """Yield every arm that some rule reads."""
    spec = tables.spec
    used = {spec.metric(rule.metric).artifact for rule in spec.rules}
    for artifact in spec.artifacts:
        if artifact.name in used:
            for arm in arms_of(spec, artifact):
                yield artifact, arm


def _readers(tables: Tables) -> dict[str, dict[str, str]]:
    """Name the readers of others that the artifacts ask for, whether or not they could read."""
    named = {
        reader
        for _, arm in _used(tables)
        for reader in (arm.reader, *(join.reader for join in arm.join))
    }
    forms = [tables.formats[name] for name in sorted(named) if name in tables.formats]
    return {
        form.name: {"provider": form.provider, "sha256": form.digest}
        for form in forms
        if form.digest is not None
    }


def _files(tables: Tables) -> tuple[ArtifactFile, ...]:
    """List every file that was read, by artifact, arm and path."""
    files: list[ArtifactFile] = []
    for artifact, arm in _used(tables):
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
