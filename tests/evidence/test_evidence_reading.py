"""Evidence files that somebody hands over: read strictly, and held to their own digests."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.errors import EvidenceError
from pytest_evalgate.evidence import (
    Action,
    decision_digest,
    from_json,
    read_evidence,
    to_json,
)


Record = dict[str, Any]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def text() -> str:
    return to_json(evaluate(ROOT / "examples" / "digits" / "quick.gate.yaml"))


def read(record: Record) -> str:
    """Return what reading a record says: nothing, or the message of the error."""
    try:
        read_evidence(json.dumps(record).encode(), "x.json")
    except EvidenceError as error:
        return str(error)
    return ""


def test_what_was_written_is_read_back(text: str) -> None:
    evidence = read_evidence(text.encode(), "x.json")
    assert to_json(evidence) == text
    assert from_json(text) == evidence


def put(*path: str | int, value: Any) -> Callable[[Record], None]:
    """Return a change that puts ``value`` at a place in a record."""

    def change(record: Any) -> None:
        for key in path[:-1]:
            record = record[key]
        record[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Record], None]:
    def change(record: Any) -> None:
        for key in path[:-1]:
            record = record[key]
        del record[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(put("schema", value="evalgate/evidence/2"),
                     "schema: found 'evalgate/evidence/2', this version reads "
                     "'evalgate/evidence/1'", id="schema"),
        pytest.param(drop("schema"), "no evidence file: there is no key 'schema'", id="no schema"),
        pytest.param(put("rules", 0, "effect", "low", value="0.1"),
                     "rules[0].effect.low: found '0.1', expected a number", id="text"),
        pytest.param(put("rules", 0, "effect", "low", value=True),
                     "rules[0].effect.low: found True, expected a number", id="boolean"),
        pytest.param(put("rules", 1, "verdict", value="passed"),
                     "rules[1].verdict: found 'passed', expected pass, fail, inconclusive, invalid",
                     id="verdict"),
        pytest.param(put("rules", 1, "verdict", value=[]),
                     "rules[1].verdict: found [], expected pass", id="verdict list"),
        pytest.param(put("rules", 0, "n", "pairs", value=4.5),
                     "rules[0].n.pairs: found 4.5, expected a whole number", id="fraction"),
        pytest.param(put("rules", 0, "n", value=None), "rules[0].n: found None, expected an object",
                     id="null"),
        pytest.param(put("rules", value={}), "rules: found {}, expected a list", id="no list"),
        pytest.param(put("gate", "margin", value=1), "gate: unknown key 'margin'", id="unknown"),
        pytest.param(drop("rules", 0, "pvalue"), "rules[0]: key 'pvalue' is missing", id="missing"),
        pytest.param(put("rules", 0, "effect", "estimate", value=0.9),
                     "the numbers of rule 'no-worse' do not match its digest", id="edited effect"),
        pytest.param(put("rules", 1, "verdict", value="pass"),
                     "the numbers of rule 'three-better' do not match its digest", id="edited"),
        pytest.param(put("gate", "alpha", value=0.2),
                     "decision, rules and contract do not match the digest", id="alpha"),
        pytest.param(put("contract", value=[]),
                     "decision, rules and contract do not match the digest", id="contract"),
        pytest.param(put("decision", value={"action": "promote", "verdict": "promote",
                                            "reasons": [], "digest": ""}),
                     "decision, rules and contract do not match the digest", id="no digest"),
        pytest.param(put("waivers", value=[{}]), "waivers are not yet supported", id="waiver"),
        pytest.param(put("decision", "verdict", value="block (fully verified)"),
                     "the verdict 'block (fully verified)' is none of block", id="made-up verdict"),
        pytest.param(put("decision", "digest", value=""),
                     "decision, rules and contract do not match the digest", id="digest left out"),
        pytest.param(put("decision", "action", value="promote"),
                     "the verdict 'block' is none of promote", id="promoted by hand"),
        pytest.param(put("decision", "verdict", value="block (partial)"),
                     "decision, rules and contract do not match the digest", id="partial"),
    ],
)  # fmt: skip
def test_what_was_changed_is_refused_with_its_place(
    text: str, change: Callable[[Record], None], message: str
) -> None:
    record = json.loads(text)
    change(record)
    assert read(record).startswith(f"x.json: error[evidence]: {message}")


@pytest.mark.parametrize("action", [Action.PROMOTE, Action.WARN])
def test_a_promotion_that_no_rule_carries_is_refused(text: str, action: Action) -> None:
    evidence = from_json(text)
    forged = replace(
        evidence, decision=replace(evidence.decision, action=action, verdict=action.value)
    )
    digest = decision_digest(forged)
    forged = replace(forged, decision=replace(forged.decision, digest=digest))
    with pytest.raises(EvidenceError, match="is to promote, but rule 'three-better' did not pass"):
        read_evidence(to_json(forged).encode(), "x.json")


def test_a_promotion_without_rules_is_refused(text: str) -> None:
    evidence = from_json(text)
    forged = replace(
        evidence,
        rules=(),
        decision=replace(evidence.decision, action=Action.PROMOTE, verdict="promote"),
    )
    digest = decision_digest(forged)
    forged = replace(forged, decision=replace(forged.decision, digest=digest))
    with pytest.raises(EvidenceError, match="is to promote, but no rule passed"):
        read_evidence(to_json(forged).encode(), "x.json")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "Expecting value", id="empty"),
        pytest.param(b"[]", "no evidence file", id="list"),
        pytest.param(b'{"schema": "evalgate/evidence/1"}', "key 'run' is missing", id="bare"),
        pytest.param(b'{"schema": 1, "schema": 1}', "key 'schema' stands there twice", id="twice"),
        pytest.param(b'{"schema": NaN}', "NaN is no number of JSON", id="NaN"),
        pytest.param(b'{"schema": "\xff"}', "'utf-8' codec", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param(b'{"schema": 1' + b"0" * 5000 + b"}", "Exceeds the limit", id="long integer"),
    ],
)
def test_what_is_no_evidence_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        read_evidence(data, "x.json")


def test_a_number_too_large_for_a_float_is_refused(text: str) -> None:
    broken = text.replace('"alpha": 0.05', '"alpha": 1e999', 1)
    with pytest.raises(EvidenceError, match=r"gate\.alpha: found inf, expected a number"):
        read_evidence(broken.encode(), "x.json")
