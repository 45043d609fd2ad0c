"""What the session showed of the plan: outcomes of gate items, held against the evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest

from pytest_evalgate.evidence import Action, Decision, GateEvidence
from pytest_evalgate.plugin.nodes import DECISION, MARK, WORD, planned_marks


@dataclass(slots=True)
class Ledger:
    """Outcomes by item name. It can only worsen a decision."""

    shown: dict[str, str] = field(default_factory=dict)  # mark -> word, when outcome and word agree
    disagreeing: dict[str, str] = field(default_factory=dict)  # mark -> outcome

    def record(self, report: pytest.TestReport) -> None:
        """Take one report of an item; reports of other tests are none of its business."""
        mark, word = getattr(report, MARK, None), getattr(report, WORD, None)
        if not isinstance(mark, str) or not isinstance(word, str):
            return
        phase = "setup" if word == "invalid" else "call"
        if report.when != phase:
            if report.skipped or report.failed:
                self.disagreeing[mark] = report.outcome
            return
        wanted = "failed" if word in {"invalid", "fail", "inconclusive"} else "passed"
        if report.outcome == "rerun":  # a rerun cannot change a verdict that was taken once
            return
        if report.outcome != wanted or hasattr(report, "wasxfail"):
            self.disagreeing[mark] = "xfail" if hasattr(report, "wasxfail") else report.outcome
        else:
            self.shown[mark] = word

    def missing(self, evidence: GateEvidence) -> tuple[str, ...]:
        """Return the planned items of a gate that were not shown as they were judged."""
        return tuple(
            mark.partition("::")[2]
            for mark in planned_marks(evidence)
            if mark not in self.shown or mark in self.disagreeing
        )

    def passed_only(self, evidence: GateEvidence) -> bool:
        """Say whether some rule was shown and none that was shown missed."""
        words = [
            self.shown[mark]
            for mark in planned_marks(evidence)
            if mark in self.shown and not mark.endswith(f"::{DECISION}")
        ]
        return bool(words) and not self.disagreeing and set(words) <= {"pass", "warn"}


def reconcile(evidence: GateEvidence, missing: Iterable[str], why: str) -> GateEvidence:
    """Return the evidence with the decision that a session which ran all or less can give."""
    names = [name for name in missing if name != DECISION]
    if not names:
        return evidence
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    reason = f"{len(names)} of {len(evidence.rules)} rules were {why}: {shown}"
    return replace(
        evidence,
        decision=Decision(
            action=Action.BLOCK,
            verdict="block (partial)",
            reasons=(reason, *evidence.decision.reasons),
            digest=evidence.decision.digest,
        ),
    )
