import json
import re
from dataclasses import replace
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from junit_rules import JENKINS, JENKINS_OLD, as_gitlab_shows, faults

from pytest_evalgate.evidence import Action, GateEvidence, Verdict, from_json, to_json
from pytest_evalgate.report.junit import render


CASES = (
    "all_pass", "six_rules", "not_judged", "equivalence", "alarms", "slices", "warned",
    "promoted_with_words", "hostile", "fifty_rules", "partial", "incomplete",
)  # fmt: skip
OPTIONAL = {"warn", "observe"}


@pytest.fixture(params=CASES)
def evidence(request: pytest.FixtureRequest, cases: ModuleType) -> GateEvidence:
    made: GateEvidence = cases.CASES[request.param]()
    return made


def parsed(evidence: GateEvidence) -> ET.Element:
    return ET.fromstring(render(evidence))  # noqa: S314 - written here


def cases_of(evidence: GateEvidence) -> list[ET.Element]:
    return list(parsed(evidence).iter("testcase"))


def outcome(case: ET.Element) -> str:
    """Name a case's problem: `failure fail`; or `passed`."""
    problems = [child for child in case if child.tag != "system-out"]
    return " ".join(f"{one.tag} {one.get('type')}" for one in problems) or "passed"


def expected(verdict: Verdict, severity: str) -> str:
    if verdict is Verdict.PASS or severity in OPTIONAL:
        return "passed"
    return "error invalid" if verdict is Verdict.INVALID else f"failure {verdict.value}"


def lines_of(case: ET.Element) -> list[str]:
    return case.findtext("system-out", "").rstrip("\n").split("\n")


def test_every_known_case_is_tried(cases: ModuleType) -> None:
    assert set(CASES) <= set(cases.CASES)


def test_the_file_is_valid_for_both_schemas_of_jenkins(evidence: GateEvidence) -> None:
    text = render(evidence)
    assert faults(text, schema=JENKINS) == []
    assert faults(text, schema=JENKINS_OLD) == []


def test_every_test_is_a_case_and_the_decision_is_the_last(evidence: GateEvidence) -> None:
    cases = cases_of(evidence)
    assert len(cases) == len(evidence.tests()) + 1
    assert cases[-1].get("name") == "decision"
    assert len({case.get("name") for case in cases}) == len(cases)
    assert len({case.get("classname") for case in cases}) == 1


def test_verdicts_become_failures_errors_and_passes(evidence: GateEvidence) -> None:
    *rules, decision = map(outcome, cases_of(evidence))
    assert rules == [expected(rule.verdict, rule.severity) for rule in evidence.tests()]
    is_whole = evidence.decision.verdict in {"promote", "warn"}
    assert decision == ("passed" if is_whole else f"failure {evidence.decision.action.value}")


def test_counts_are_those_of_the_cases(evidence: GateEvidence) -> None:
    root = parsed(evidence)
    wanted = {
        "tests": str(len(list(root.iter("testcase")))),
        "failures": str(len(list(root.iter("failure")))),
        "errors": str(len(list(root.iter("error")))),
    }
    (suite,) = root
    assert {name: root.get(name) for name in wanted} == wanted
    assert {name: suite.get(name) for name in wanted} == wanted
    assert suite.get("skipped") == "0"


def test_the_last_line_of_output_is_the_evidence(evidence: GateEvidence) -> None:
    stored: dict[str, Any] = json.loads(to_json(evidence))
    tests = {rule.id for rule in evidence.tests()}
    wanted = [rule for rule in stored["rules"] if rule["id"] in tests] + [stored["decision"]]
    found = [lines_of(case)[-1] for case in cases_of(evidence)]
    assert [json.loads(line) for line in found] == wanted
    assert all(line.isascii() and line.isprintable() for line in found)


def test_the_message_is_the_first_line_of_the_details(evidence: GateEvidence) -> None:
    for case in cases_of(evidence):
        for problem in [child for child in case if child.tag != "system-out"]:
            message = problem.get("message", "")
            assert message
            assert (problem.text or "").split("\n")[0] == message
            assert lines_of(case)[0].endswith(message)


def test_the_file_tells_whose_it_is_in_its_first_bytes(evidence: GateEvidence) -> None:
    assert "pytest-evalgate" in render(evidence)[:1000]


def test_same_evidence_gives_the_same_bytes(evidence: GateEvidence) -> None:
    text = render(evidence)
    assert render(evidence) == text
    if "\\ud83d" not in to_json(evidence):  # JSON joins what Python keeps apart
        assert render(from_json(to_json(evidence))) == text


def test_gitlab_shows_every_case_with_its_headline(evidence: GateEvidence) -> None:
    words = {"failure": "failed", "error": "error", "passed": "success"}
    shown = as_gitlab_shows(render(evidence))
    cases = cases_of(evidence)
    assert [one.status for one in shown] == [words[outcome(case).split()[0]] for case in cases]
    assert [one.output.split("\n")[0] for one in shown if one.output] == [
        problem.get("message") for case in cases for problem in case if problem.tag != "system-out"
    ]


def test_a_miss_begins_with_its_headline(cases: ModuleType) -> None:
    found = {case.get("name"): case for case in cases_of(cases.six_rules())}
    failure = found["recall-fraud"].find("failure")
    assert failure is not None
    assert re.fullmatch(
        r"effect -0\.\d+ \[-0\.\d+, -0\.\d+\] misses limit > -0\.0200", failure.get("message", "")
    )
    lines = (failure.text or "").split("\n")
    assert "  owner     payments risk" in lines
    assert lines[-1] == "  rule      gates/release.gate.yaml:17:3"


def test_a_miss_that_does_not_block_says_so_in_its_output(cases: ModuleType) -> None:
    found = {case.get("name"): case for case in cases_of(cases.warned())}
    assert lines_of(found["latency-p95"])[0].startswith("WARN (inconclusive): effect x")
    assert lines_of(found["fi-only"])[0].startswith("observe (inconclusive): effect -0.")
    assert lines_of(found["accuracy"])[0].startswith("PASS: effect -0.")
    assert lines_of(found["recall"])[0].startswith("FAIL (escalate): effect -0.")
    assert outcome(found["decision"]) == "failure escalate"


def test_what_could_not_be_judged_says_so_once(cases: ModuleType) -> None:
    found = {case.get("name"): case for case in cases_of(cases.not_judged())}
    assert lines_of(found["accuracy"])[0].startswith("invalid: evals: 3 ids of the baseline")


def test_members_of_a_group_are_told_in_its_case(cases: ModuleType) -> None:
    facts: dict[str, Any] = {"claim": "any_of", "effect": None, "scale": None}
    groups = [cases.rule(name, reason=f"{name} passes", **facts) for name in ("one", "two")]
    members = [cases.rule("one.a", parent="one"), cases.invalid("two.b:", ":x", parent="two")]
    one, two, decision = cases_of(cases.gate((*groups, *members), cases.PROMOTE))
    assert decision.get("name") == "decision"
    assert [told(case) for case in (one, two)] == [
        ["  member    one.a: effect 0.0000 [-0.0100, +0.0100] keeps limit > -0.0200"],
        ["  member    two.b: : invalid: :x"],
    ]


def told(case: ET.Element) -> list[str]:
    return [line for line in lines_of(case) if line.startswith("  member ")]


@pytest.mark.parametrize(
    "verdict", ["block (incomplete)", "block (partial)", "promote (partial)", ""]
)
def test_a_decision_of_less_than_the_whole_gate_fails(cases: ModuleType, verdict: str) -> None:
    action = Action.PROMOTE if verdict.startswith("promote") else Action.BLOCK
    made = replace(cases.all_pass(), decision=cases.decided(action, verdict=verdict or "other"))
    assert outcome(cases_of(made)[-1]) == f"failure {action.value}"


@pytest.mark.parametrize(
    ("created", "written"),
    [
        pytest.param("2026-11-23T00:40:11Z", "2026-11-23T00:40:11", id="utc"),
        pytest.param("2026-11-23T02:40:11.25+02:00", "2026-11-23T00:40:11", id="zone"),
        pytest.param("2026-11-23T00:40:11", "2026-11-23T00:40:11", id="no zone"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="before all years"),
        pytest.param('x" y="', None, id="no time"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_times_are_written_as_schemas_want_them(
    cases: ModuleType, created: str | None, written: str | None
) -> None:
    made = replace(cases.all_pass(), provenance=cases.provenance(created=created))
    (suite,) = parsed(made)
    assert suite.get("timestamp") == written
    assert faults(render(made), schema=JENKINS) == []


def test_equal_names_are_told_apart(cases: ModuleType) -> None:
    rules = (cases.rule("a::b"), cases.rule("a: :b"), cases.invalid("a: :b", "no data"))
    shown = as_gitlab_shows(render(cases.gate(rules, cases.decided(Action.BLOCK, "a"))))
    assert [one.name for one in shown] == ["a: :b", "a: :b (2)", "a: :b (3)", "decision"]
    assert [one.status for one in shown] == ["success", "success", "error", "failed"]


def test_the_line_of_a_rule_is_the_last_place_that_is_named(cases: ModuleType) -> None:
    """Actions search the text for the file of the suite and a number behind it."""
    made = cases.gate((cases.invalid("5-shot", "gates/release.gate.yaml:9: bad"),), cases.PROMOTE)
    case = cases_of(made)[0]
    places = re.findall(r" [^ ]*gates/release\.gate\.yaml.*?:\d+", case.findtext("error", ""))
    assert places[-1].rpartition(":")[2] == "17"


def test_an_empty_run_is_one_case_that_fails(cases: ModuleType) -> None:
    text = render(cases.incomplete())
    assert text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="pytest-evalgate" tests="1" failures="1" errors="0" time="0">\n'
        ' <testsuite name="release" tests="1" failures="1" errors="0" skipped="0" time="0" '
        'file="gates/release.gate.yaml">\n'
        '  <testcase classname="gates.release.gate.yaml" name="decision" time="0">\n'
        '   <failure type="block" message="BLOCKED (incomplete): the session has not ended">'
    )
