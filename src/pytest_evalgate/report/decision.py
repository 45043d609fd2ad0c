"""The decision of a gate in words, for the test that stands for it."""

from collections.abc import Sequence

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import plain
from pytest_evalgate.report.reasons import short_reasons
from pytest_evalgate.report.words import decision_label, short_reason


def decision_details(evidence: GateEvidence, *, missing: Sequence[str] = ()) -> str:
    """Say why a gate does not promote; the first line tells all.

    What a rule says in its own test is said here in short. ``missing`` names planned rules that
    the session does not run.
    """
    evidence = in_ascii(evidence)
    decision = evidence.decision
    checks = {check.reason for check in evidence.contract}  # no test of their own says these

    def refer(text: str) -> str:
        return text if text in checks else short_reason(text)

    reasons = [plain(reason, limit=400) for reason in short_reasons(evidence, refer)]
    if missing:
        shown = ", ".join(plain(name, limit=80) for name in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        return "\n".join([f"BLOCKED (partial): not run: {shown}{more}", *reasons])
    label = decision_label(decision)
    if not reasons:
        return label
    return "\n".join([f"{label}: {reasons[0]}", *(f"  {reason}" for reason in reasons[1:])])
