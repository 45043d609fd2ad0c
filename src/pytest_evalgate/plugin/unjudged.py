"""What is left behind where nothing was judged, so that no older promotion stands."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_evalgate import host
from pytest_evalgate.errors import SpecError
from pytest_evalgate.evidence import Action, Decision, GateEvidence, GateFacts, RunFacts
from pytest_evalgate.plugin.reports import remove_reports


_MOST_PROBLEMS = 20  # told of one gate file; the log has all, and hints
_NOT_YET = "this run has not finished: nothing was judged yet"
_BROKEN_OFF = "this run did not come to its end: nothing was judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A gate file as it was read, once."""

    file: Path
    data: bytes
    shown: str  # its path in node ids and messages


class GateFileError(Exception):
    """The cause of a usage error: gate files cannot be read, each with its problems."""

    def __init__(self, problems: Mapping[Path, Sequence[SpecError]]) -> None:
        super().__init__(f"{len(problems)} gate file(s) cannot be read")
        self.problems = problems


def gate_file_problems(error: BaseException) -> Mapping[Path, Sequence[SpecError]]:
    """Return what is wrong in gate files, if that is why nothing was judged."""
    return error.__cause__.problems if isinstance(error.__cause__, GateFileError) else {}


def mark_incomplete(
    sources: Sequence[Source],
    output: Path,
    run: RunFacts,
    *,
    reasons: Mapping[Path, Sequence[str]] | None = None,
) -> None:
    """Replace the evidence of former runs, so that no later fault leaves an old promotion behind.

    Args:
        sources: The gate files.
        output: The folder for evidence.
        run: This run.
        reasons: Why nothing was judged, by gate file, once that is known.

    Raises:
        EvidenceError: evidence cannot be written.
    """
    from pytest_evalgate.spec.build import peek_name  # noqa: PLC0415

    for source in sources:
        name = peek_name(source.data) or ""
        paths = set(host.evidence_of(output, source.shown)) if output.is_dir() else set()
        if name:
            paths.add(output / f"{name}.json")
        for path in sorted(paths):
            remove_reports(path)
            why = reasons[source.file] if reasons else (_NOT_YET,)
            host.write_evidence(_unfinished(source, name, run, why), path)


def unjudged(
    sources: Sequence[Source],
    output: Path,
    run: RunFacts,
    reasons: Mapping[Path, Sequence[str]],
) -> tuple[tuple[Path, GateEvidence, Path], ...]:
    """Return each gate file with evidence that nothing was judged, and where that would lie.

    A gate whose name cannot be read goes by the name of its file.
    """
    from pytest_evalgate.spec.build import peek_name  # noqa: PLC0415

    found = []
    for source in sources:
        name = peek_name(source.data) or _safe_name(source.file)
        evidence = _unfinished(source, name, run, reasons[source.file])
        found.append((source.file, evidence, evidence_path(output, evidence)))
    return tuple(found)


def unjudged_reasons(
    sources: Sequence[Source], error: BaseException | None
) -> dict[Path, tuple[str, ...]]:
    """Say for each gate file why nothing was judged; without an error, that the run broke off."""
    if error is None:
        return {source.file: (_BROKEN_OFF,) for source in sources}
    problems = gate_file_problems(error)
    if not problems:
        is_said = isinstance(error, pytest.UsageError)
        why = str(error) if is_said else f"an internal error, {type(error).__name__}"
        return {source.file: (f"nothing was judged: {why}",) for source in sources}
    return {
        source.file: tuple(_told(problems[source.file]))
        if source.file in problems
        else ("nothing was judged: another gate file cannot be read",)
        for source in sources
    }


def _told(problems: Sequence[SpecError]) -> Iterator[str]:
    yield "the gate file cannot be read"
    for problem in problems[:_MOST_PROBLEMS]:
        yield f"{problem.at}: {problem.message}" if problem.at else problem.message
    if len(problems) > _MOST_PROBLEMS:
        yield f"and {len(problems) - _MOST_PROBLEMS} more"


def _safe_name(file: Path) -> str:
    """Make a name of a gate from that of its file."""
    name = file.name.removesuffix(file.suffix).removesuffix(".gate")
    return re.sub("[^A-Za-z0-9]+", "-", name).strip("-")[:64] or "gate"


def evidence_path(output: Path, evidence: GateEvidence, *, is_judged: bool = True) -> Path:
    """Return where the evidence of a gate goes."""
    suffix = ".json" if is_judged else ".incomplete.json"
    return output / f"{evidence.gate.name}{suffix}"


def _unfinished(source: Source, name: str, run: RunFacts, reasons: Sequence[str]) -> GateEvidence:
    return GateEvidence(
        run=run,
        gate=GateFacts(
            name=name,
            path=source.shown,
            sha256=hashlib.sha256(source.data).hexdigest(),
            alpha=0.0,
            power=0.0,
            correction="unknown",
            on_inconclusive="block",
        ),
        decision=Decision(
            action=Action.BLOCK,
            verdict="block (incomplete)",
            reasons=tuple(reasons),
        ),
    )
