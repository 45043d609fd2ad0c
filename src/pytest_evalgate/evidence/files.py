"""Evidence files: the records as JSON text, and back."""

import json
from dataclasses import asdict
from typing import Any, NoReturn

from pytest_evalgate.errors import EvidenceError, Location
from pytest_evalgate.evidence.digests import decision_digest, rule_digest
from pytest_evalgate.evidence.records import SCHEMA, Action, GateEvidence, Verdict
from pytest_evalgate.evidence.typed import record_from


# Written only where there is something to write.
_OPTIONAL = {"Family": "bounds", "Provenance": "readers"}
# Severities of rules that must have passed.
_DECIDING = {Action.PROMOTE: ("block", "escalate", "warn"), Action.WARN: ("block", "escalate")}
_VERDICTS = {
    Action.PROMOTE: ("promote",),
    Action.WARN: ("warn",),
    Action.ESCALATE: ("escalate",),
    Action.BLOCK: ("block", "block (incomplete)", "block (partial)"),
}


def to_json(evidence: GateEvidence) -> str:
    """Write evidence as the text of an evidence file."""
    record = asdict(evidence)
    for family in record["families"]:
        if not family["bounds"]:  # only a family under holm has any
            del family["bounds"]
    if not record["provenance"]["readers"]:  # only where a team's own reader was used
        del record["provenance"]["readers"]
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def from_json(text: str) -> GateEvidence:
    """Read the text of an evidence file back.

    Raises:
        ValueError: it is not an evidence file of this schema; says what and where.
    """
    try:
        record = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_without_duplicates
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(record, dict) or "schema" not in record:
        raise ValueError("no evidence file: there is no key 'schema'")
    if record["schema"] != SCHEMA:
        found = ascii(record["schema"])[:60]
        raise ValueError(f"schema: found {found}, this version reads {SCHEMA!r}")
    return record_from(GateEvidence, record, optional=_OPTIONAL)


def read_evidence(data: bytes, path: str) -> GateEvidence:
    """Read an evidence file that somebody hands over, and hold it to its own digests.

    Digests and decision tell a file that was edited by hand or cut; they cannot tell one that was
    forged with care. Only judging the artifacts again can.

    Raises:
        EvidenceError: it is no evidence file, or its parts contradict each other.
    """
    try:
        evidence = from_json(data.decode("utf-8"))
        _check(evidence)
    except ValueError as error:
        raise EvidenceError(
            str(error),
            at=Location(path=path),
            hint="name a file that pytest --evalgate wrote, as it wrote it",
        ) from None
    return evidence


def _check(evidence: GateEvidence) -> None:
    """Raise ValueError where the evidence contradicts itself."""
    decision = evidence.decision
    if decision.verdict not in _VERDICTS[decision.action]:
        raise ValueError(f"the verdict {decision.verdict!a} is none of {decision.action!s}")
    if evidence.waivers:
        raise ValueError("waivers are not yet supported")
    is_promotion = decision.action in _DECIDING
    if decision.digest or evidence.rules or evidence.contract or is_promotion:
        _check_digests(evidence)
    if is_promotion:
        _check_promotion(evidence)


def _check_digests(evidence: GateEvidence) -> None:
    ids = {rule.id for rule in evidence.rules}
    for rule in evidence.rules:
        if rule.digest != rule_digest(rule):
            raise ValueError(f"the numbers of rule {rule.id!a} do not match its digest")
        if rule.parent is not None and rule.parent not in ids:
            raise ValueError(f"rule {rule.id!a} is part of {rule.parent!a}, which is not there")
    if evidence.decision.digest != decision_digest(evidence):
        raise ValueError("decision, rules and contract do not match the digest of the decision")


def _check_promotion(evidence: GateEvidence) -> None:
    for rule in evidence.rules:
        is_missed = rule.parent is None and rule.verdict is not Verdict.PASS
        if is_missed and rule.severity in _DECIDING[evidence.decision.action]:
            raise ValueError(f"the decision is to promote, but rule {rule.id!a} did not pass")
    if any(check.verdict is not Verdict.PASS for check in evidence.contract):
        raise ValueError("the decision is to promote, but the contract was violated")
    if not any(rule.verdict is Verdict.PASS for rule in evidence.rules):
        raise ValueError("the decision is to promote, but no rule passed")


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {double!a} stands there twice")
    return record
