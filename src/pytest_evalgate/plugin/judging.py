"""Runs the engine once for every gate of a session, before anything is collected."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate import host
from pytest_evalgate.errors import SpecError, SpecErrors
from pytest_evalgate.evidence import Action, Decision, GateEvidence, RunFacts
from pytest_evalgate.evidence.plan import GatePlan
from pytest_evalgate.formats import Format
from pytest_evalgate.plugin.options import Request
from pytest_evalgate.plugin.progress import progress_of
from pytest_evalgate.plugin.registering import session_formats
from pytest_evalgate.plugin.unjudged import GateFileError, Source
from pytest_evalgate.report.escape import guard, plain


if TYPE_CHECKING:
    from pytest_evalgate.spec.model import GateSpec
    from pytest_evalgate.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGate:
    """One gate file and the evidence of the engine, whatever the session selects."""

    file: Path
    evidence: GateEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGate:
    """One gate file, its plan, and evidence that says that nothing was judged."""

    file: Path
    evidence: GateEvidence
    plan: GatePlan


_NOT_JUDGED = Decision(
    action=Action.BLOCK,
    verdict="block (incomplete)",
    reasons=("planned only: nothing was judged",),
)


def read_sources(config: pytest.Config, request: Request) -> tuple[Source, ...]:
    """Read the gate files of a session.

    Raises:
        pytest.UsageError: one cannot be read.
    """
    try:
        return tuple(
            Source(file=gate, data=gate.read_bytes(), shown=shown_path(config, gate))
            for gate in request.gates
        )
    except OSError as error:
        raise pytest.UsageError(
            f"{error.filename}: the gate file cannot be read: {error.strerror}"
        ) from error


def judge_gates(
    config: pytest.Config, request: Request, sources: Sequence[Source], run: RunFacts
) -> tuple[JudgedGate, ...]:
    """Judge every gate of a session, once.

    Raises:
        pytest.UsageError: a gate file is not valid; all problems of all files.
    """
    with _no_collection():
        return _judged(config, request, sources, run)


def _judged(
    config: pytest.Config, request: Request, sources: Sequence[Source], run: RunFacts
) -> tuple[JudgedGate, ...]:
    from pytest_evalgate.gate.engine import evaluate  # noqa: PLC0415 - only when it is needed

    with _settings(config, request, sources, run) as settings:
        return tuple(
            JudgedGate(file=file, evidence=evaluate(spec, around))
            for file, spec, around in settings
        )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector: it searches all modules and rows, and finds no cycle there."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def plan_gates(
    config: pytest.Config, request: Request, sources: Sequence[Source], run: RunFacts
) -> tuple[PlannedGate, ...]:
    """Plan every gate of a session; none is judged.

    Raises:
        pytest.UsageError: a gate file is not valid; all problems of all files.
    """
    from pytest_evalgate.gate.engine import planned  # noqa: PLC0415 - only when it is needed
    from pytest_evalgate.gate.planner import plan_gate  # noqa: PLC0415

    with _settings(config, request, sources, run) as settings:
        return tuple(
            PlannedGate(
                file=file, evidence=planned(spec, around, _NOT_JUDGED), plan=plan_gate(spec, around)
            )
            for file, spec, around in settings
        )


@contextmanager
def _settings(
    config: pytest.Config, request: Request, sources: Sequence[Source], run: RunFacts
) -> "Iterator[list[tuple[Path, GateSpec, Surroundings]]]":
    """Read every gate file, and say where it lies and which paths were given for it."""
    formats = session_formats(config)
    specs = _read_specs(sources, formats)
    overrides = _resolve_overrides(request, specs)
    with progress_of(config) as progress:
        yield [
            (
                source.file,
                spec,
                replace(
                    host.surroundings(
                        source.file,
                        run=run,
                        overrides=overrides[spec.name],
                        working_directory=config.invocation_params.dir,
                        variables=spec.variables(),
                    ),
                    formats=formats,
                    progress=progress,
                ),
            )
            for source, spec in zip(sources, specs, strict=True)
        ]


def run_facts(config: pytest.Config) -> RunFacts:
    """Return what tells this run from others."""
    distributions = {dist for _, dist in config.pluginmanager.list_plugin_distinfo()}
    return RunFacts(
        nonce=host.nonce(),
        args=tuple(str(arg) for arg in config.invocation_params.args),
        plugins=tuple(sorted({f"{dist.project_name}-{dist.version}" for dist in distributions})),
    )


def shown_path(config: pytest.Config, path: Path) -> str:
    """Return a path as node ids show it: relative to the rootdir where it lies inside."""
    try:
        return path.relative_to(config.rootpath).as_posix()
    except ValueError:
        return path.as_posix()


def _read_specs(sources: Sequence[Source], formats: Mapping[str, Format]) -> "list[GateSpec]":
    from pytest_evalgate.spec.build import read_gate  # noqa: PLC0415

    specs: list[GateSpec] = []
    problems: dict[Path, Sequence[SpecError]] = {}
    for source in sources:
        try:
            specs.append(read_gate(source.data, source.shown, formats=formats))
        except SpecErrors as error:
            problems[source.file] = error.problems
    if problems:
        # The source lines shown are the file's own: no CI runner may read them as a command.
        texts = [str(problem) for found in problems.values() for problem in found]
        lines = [guard(line) for line in "\n".join(texts).split("\n")]
        text = "\n".join(["the gate cannot be read", *lines])
        raise pytest.UsageError(text) from GateFileError(problems)
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
    targets = {spec.name: _targets(spec) for spec in specs}
    known = {key for keys in targets.values() for key in keys}
    for target, path in request.overrides:
        name, _, arm = target.rpartition(".")
        key = (name, arm) if (name, arm) in known else (target, None)
        if key not in known:
            raise pytest.UsageError(
                f"--evalgate-artifact {plain(target)}: there is no such artifact or arm; "
                f"known: {', '.join(sorted(_spelt(one) for one in known))}"
            )
        for gate, keys in targets.items():
            if key in keys:
                found[gate][key] = path
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
