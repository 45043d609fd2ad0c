"""Digests of evidence: the same for any order of rows and rules, any hash seed, any workers."""

import hashlib
import json
from dataclasses import asdict

from pytest_evalgate.evidence.records import GateEvidence, RuleEvidence


# What names and explains a rule, but does not change how it was judged.
_NOT_IN_RULE_DIGEST = ("digest", "line", "column", "owner", "why", "action")


def rule_digest(rule: RuleEvidence) -> str:
    """SHA-256 of how a rule was judged; the same for any order of rows and rules."""
    record = asdict(rule)
    for key in _NOT_IN_RULE_DIGEST:
        del record[key]
    return _sha256(record)


def decision_digest(evidence: GateEvidence) -> str:
    """SHA-256 of the decision, the sorted rule digests, the contract, alpha, power, correction.

    Action and verdict are in it, so that a promotion differs from the same rules run in part.
    Under ``fixed_sequence`` the order of the rules is part of the question and is kept.
    """
    digests = [rule.digest for rule in evidence.rules]
    if evidence.gate.correction != "fixed_sequence":
        digests.sort()
    contract = sorted((asdict(check) for check in evidence.contract), key=canonical_json)
    gate = evidence.gate
    decision = [evidence.decision.action, evidence.decision.verdict]
    return _sha256([decision, digests, contract, gate.alpha, gate.power, gate.correction])


def canonical_json(value: object) -> str:
    """JSON with one spelling: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
