"""Runs the engine once for every gate of a session, before anything is collected."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate import host
from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.evidence import Action, Decision, GateEvidence, GateFacts, RunFacts
from pytest_evalgate.plugin.options import Request


if TYPE_CHECKING:
    from pytest_evalgate.spec.model import GateSpec

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGate:
    """One gate file and the evidence of the engine, whatever the session selects."""

    file: Path
    evidence: GateEvidence


def judge_gates(config: pytest.Config, request: Request) -> tuple[JudgedGate, ...]:
    """Judge every gate of a session, once.

    Before a file is parsed, the evidence of its former run is marked incomplete, so that nothing
    that goes wrong afterwards can leave an old promotion behind.

    Raises:
        pytest.UsageError: a gate file is not valid; all problems of all files.
        EvidenceError: evidence cannot be written.
    """
    run = _run_facts(config)
    sources = [(gate, gate.read_bytes(), shown_path(config, gate)) for gate in request.gates]
    if request.is_judged:
        for _, data, shown in sources:
            _mark_incomplete(request.output, data, shown, run)
    specs = _read_specs([(data, shown) for _, data, shown in sources])
    overrides = _resolve_overrides(request, specs)
    from pytest_evalgate.gate.engine import evaluate  # noqa: PLC0415 - only when it is needed

    return tuple(
        JudgedGate(
            file=gate,
            evidence=evaluate(
                spec,
                host.surroundings(
                    gate, overrides=overrides[spec.name], args=run.args, plugins=run.plugins
                ),
            ),
        )
        for (gate, _, _), spec in zip(sources, specs, strict=True)
    )


def shown_path(config: pytest.Config, path: Path) -> str:
    """Return a path as node ids show it: relative to the rootdir where it lies inside."""
    try:
        return path.relative_to(config.rootpath).as_posix()
    except ValueError:
        return path.as_posix()


def evidence_path(output: Path, evidence: GateEvidence, *, is_judged: bool = True) -> Path:
    """Return where the evidence of a gate goes."""
    suffix = ".json" if is_judged else ".incomplete.json"
    return output / f"{evidence.gate.name}{suffix}"


def _run_facts(config: pytest.Config) -> RunFacts:
    plugins = sorted(
        {f"{dist.project_name}-{dist.version}" for _, dist in
         config.pluginmanager.list_plugin_distinfo()}
    )  # fmt: skip
    return RunFacts(
        nonce=host.nonce(),
        args=tuple(str(arg) for arg in config.invocation_params.args),
        plugins=tuple(plugins),
    )


def _mark_incomplete(output: Path, data: bytes, shown: str, run: RunFacts) -> None:
    from pytest_evalgate.spec.build import peek_name  # noqa: PLC0415

    name = peek_name(data) or ""
    paths = set(host.evidence_of(output, shown)) if output.is_dir() else set()
    if _NAME.match(name):
        paths.add(output / f"{name}.json")
    unfinished = GateEvidence(
        run=run,
        gate=GateFacts(
            name=name,
            path=shown,
            sha256=hashlib.sha256(data).hexdigest(),
            alpha=0.0,
            power=0.0,
            correction="unknown",
            on_inconclusive="block",
        ),
        decision=Decision(
            action=Action.BLOCK,
            verdict="block (incomplete)",
            reasons=("this run has not finished: nothing was judged yet",),
        ),
    )
    for path in sorted(paths):
        host.write_evidence(unfinished, path)


def _read_specs(sources: Sequence[tuple[bytes, str]]) -> "list[GateSpec]":
    from pytest_evalgate.spec.build import read_gate  # noqa: PLC0415

    specs, problems = [], []
    for data, shown in sources:
        try:
            specs.append(read_gate(data, shown))
        except SpecErrors as error:
            problems.append(str(error))
    if problems:
        raise pytest.UsageError("the gate cannot be read\n" + "\n".join(problems))
    seen: dict[str, str] = {}
    for spec in specs:
        other = seen.setdefault(spec.name.lower(), spec.path)
        if other != spec.path:
            raise pytest.UsageError(
                f"{other} and {spec.path} are both named {spec.name!r}: "
                "their evidence would be one file; rename one"
            )
    return specs


def _resolve_overrides(
    request: Request, specs: "Sequence[GateSpec]"
) -> dict[str, dict[tuple[str, str | None], str]]:
    """Find the artifact and the arm that each `--evalgate-artifact` means.

    Raises:
        pytest.UsageError: no gate has such an artifact or arm.
    """
    found: dict[str, dict[tuple[str, str | None], str]] = {spec.name: {} for spec in specs}
    for target, path in request.overrides:
        hits = [(spec, key) for spec in specs for key in _targets(spec) if _spelt(key) == target]
        if not hits:
            known = sorted({_spelt(key) for spec in specs for key in _targets(spec)})
            raise pytest.UsageError(
                f"--evalgate-artifact {target}: there is no such artifact or arm; "
                f"known: {', '.join(known)}"
            )
        for spec, key in hits:
            found[spec.name][key] = path
    return found


def _targets(spec: "GateSpec") -> list[tuple[str, str | None]]:
    targets: list[tuple[str, str | None]] = []
    for artifact in spec.artifacts:
        arms = (artifact.candidate, *artifact.baselines)
        targets += [(artifact.name, arm.name) for arm in arms if not artifact.is_wide]
        if len({arm.paths for arm in arms}) == 1:  # one path serves every arm
            targets.append((artifact.name, None))
    return targets


def _spelt(key: tuple[str, str | None]) -> str:
    name, arm = key
    return name if arm is None else f"{name}.{arm}"
