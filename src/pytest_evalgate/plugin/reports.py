"""The reports of a gate as files beside its evidence."""

from collections.abc import Iterable
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.report.kinds import MARK, MARK_WITHIN, Kind, render


COMMENT = ".comment.md"  # what an action may write under a pull request


def report_path(evidence_path: Path, suffix: str) -> Path:
    """Return where a report lies: beside the evidence, with the name of its gate."""
    return evidence_path.with_name(evidence_path.name.removesuffix(".json") + suffix)


def write_reports(
    evidence: GateEvidence, evidence_path: Path, kinds: Iterable[Kind]
) -> tuple[Path, ...]:
    """Write the reports of one gate; return where they lie.

    Raises:
        EvidenceError: one cannot be written.
    """
    paths = []
    for kind in kinds:
        path = report_path(evidence_path, kind.suffix)
        host.write_atomically(render(kind, evidence), path)
        paths.append(path)
    return tuple(paths)


def remove_reports(evidence_path: Path) -> None:
    """Remove the reports of a former run: no old promotion may lie beside newer evidence.

    Raises:
        EvidenceError: one cannot be removed.
    """
    for suffix in (*(kind.suffix for kind in Kind), COMMENT):
        path = report_path(evidence_path, suffix)
        host.remove_marked(path, MARK, within=MARK_WITHIN)
