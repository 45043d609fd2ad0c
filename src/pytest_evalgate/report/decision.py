"""The decision of a gate in words, for the test that stands for it."""

from collections.abc import Sequence

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import plain
from pytest_evalgate.report.words import decision_label


def decision_details(evidence: GateEvidence, *, missing: Sequence[str] = ()) -> str:
    """Say why a gate does not promote; the first line tells all.

    ``missing`` names planned rules that the session does not run.
    """
    decision = in_ascii(evidence.decision)
    reasons = [plain(reason, limit=400) for reason in decision.reasons]
    if missing:
        shown = ", ".join(plain(name, limit=80) for name in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        return "\n".join([f"BLOCKED (partial): not run: {shown}{more}", *reasons])
    label = decision_label(decision)
    if not reasons:
        return label
    return "\n".join([f"{label}: {reasons[0]}", *(f"  {reason}" for reason in reasons[1:])])
