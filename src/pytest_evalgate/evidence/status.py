"""The exit status that the evidence of a gate asks for."""

from pytest_evalgate.evidence.records import Action, GateEvidence, Verdict


# Exit statuses of a gate; those of pytest itself end at 6.
EXIT_PROMOTED = 0
EXIT_NOT_PROMOTED = 1
EXIT_NOT_JUDGED_WHOLE = 20
EXIT_UNUSABLE = 21
EXIT_NO_EVIDENCE = 22


def exit_status(evidence: GateEvidence) -> int:
    """Return the exit status that a gate asks for."""
    decision = evidence.decision
    if any(check.verdict is not Verdict.PASS for check in evidence.contract):
        return EXIT_UNUSABLE
    if any(
        rule.verdict is Verdict.INVALID and rule.severity in {"block", "escalate"}
        for rule in evidence.rules
        if rule.parent is None
    ):
        return EXIT_UNUSABLE
    if decision.verdict != decision.action.value:  # block (incomplete), block (partial)
        return EXIT_NOT_JUDGED_WHOLE
    if decision.action in {Action.PROMOTE, Action.WARN}:
        return EXIT_PROMOTED
    return EXIT_NOT_PROMOTED
