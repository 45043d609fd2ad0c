"""The evidence of a gate as JUnit XML, for the test views of CI systems.

One test case a rule, and the decision last. A rule that failed or is inconclusive is a failure, an
invalid one is an error. One that did not pass and does not block has passed, as in pytest: a CI
system takes `skipped` for a test that was not run. Evidence holds no times, so these are 0.

What is written is what every reader takes. The schema of Jenkins has no `file` and no `line` in a
test case, so the suite names the gate file and each failure ends with its line.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from pytest_evalgate.evidence import (
    Action,
    Decision,
    GateEvidence,
    RuleEvidence,
    Verdict,
    is_member,
)
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.decision import decision_details
from pytest_evalgate.report.details import rule_details
from pytest_evalgate.report.escape import guard
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.junit_text import json_line, xml_safe
from pytest_evalgate.report.rerun import override_arguments
from pytest_evalgate.report.words import OPTIONAL_SEVERITIES, verdict_label


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """Why a test case did not pass."""

    tag: str  # failure or error
    kind: str  # fail, inconclusive or invalid; of the decision: block or escalate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One test case."""

    name: str
    verdict: str  # where the first line does not tell it
    lines: tuple[str, ...]  # for people; the first tells all
    record: dict[str, Any]  # the evidence
    problem: _Problem | None


def render(evidence: GateEvidence) -> str:
    """Write the evidence of one gate as the text of a JUnit file.

    The last line of each ``system-out`` is the evidence of its rule (or the decision) as ASCII
    JSON, equal to that of the evidence file.
    """
    cases = [*_rule_cases(evidence), _decision_case(evidence)]
    cases = list(_named_apart(cases))
    tags = [case.problem.tag for case in cases if case.problem is not None]
    counts = {
        "tests": str(len(cases)),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
    }
    gate = in_ascii(evidence.gate)
    root = ET.Element("testsuites", {"name": "pytest-evalgate", **counts, "time": "0"})
    facts = {"name": xml_safe(gate.name), **counts, "skipped": "0", "time": "0"}
    timestamp = _timestamp(evidence.provenance.created)
    dated = facts if timestamp is None else {**facts, "timestamp": timestamp}
    suite = ET.SubElement(root, "testsuite", {**dated, "file": xml_safe(gate.path)})
    for case in cases:
        _append(suite, case, classname=gate.path.replace("/", "."))
    ET.indent(root, space=" ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _append(suite: ET.Element, case: _Case, *, classname: str) -> None:
    """Write one test case."""
    names = {"classname": xml_safe(classname), "name": xml_safe(case.name), "time": "0"}
    element = ET.SubElement(suite, "testcase", names)
    first, *rest = case.lines
    output = [f"{case.verdict}: {first}" if case.verdict else first]
    if case.problem is None:
        output += rest
    else:
        facts = {"type": case.problem.kind, "message": xml_safe(first)}
        problem = ET.SubElement(element, case.problem.tag, facts)
        problem.text = xml_safe("\n".join(case.lines))
    told = xml_safe("\n".join(output))
    ET.SubElement(element, "system-out").text = f"{told}\n{json_line(case.record)}\n"


def _rule_cases(evidence: GateEvidence) -> Iterator[_Case]:
    """Yield what has a test of its own, in the order of the gate file."""
    by_id = {rule.id: rule for rule in evidence.rules}
    members = [rule for rule in evidence.rules if is_member(rule, by_id)]
    for rule in evidence.tests():
        own = [member for member in members if member.parent == rule.id]
        lines = tuple(_rule_lines(rule, evidence, own))
        label, _ = verdict_label(rule)
        is_told = lines[0].startswith(f"{label.lower()}:")
        yield _Case(
            name=in_ascii(rule.id),
            verdict="" if is_told else label,
            lines=lines,
            record=asdict(rule),
            problem=_problem(rule),
        )


def _rule_lines(
    rule: RuleEvidence, evidence: GateEvidence, members: list[RuleEvidence]
) -> Iterator[str]:
    """Yield the details; where the rule stands comes last.

    Who writes annotations takes the last number behind the name of the gate file for the line.
    """
    again = override_arguments(evidence.run)
    *lines, rerun = rule_details(rule, evidence.gate, rerun_with=again).split("\n")
    place = max(index for index, line in enumerate(lines) if line.startswith("  rule "))
    yield from lines[:place]
    for member in map(in_ascii, members):
        yield guard(f"  member    {member.id}: {headline(member)}")
    yield rerun
    yield from lines[place:]


def _problem(rule: RuleEvidence) -> _Problem | None:
    if rule.verdict is Verdict.PASS or rule.severity in OPTIONAL_SEVERITIES:
        return None
    tag = "error" if rule.verdict is Verdict.INVALID else "failure"
    return _Problem(tag=tag, kind=rule.verdict.value)


def _decision_case(evidence: GateEvidence) -> _Case:
    decision = evidence.decision
    return _Case(
        name="decision",
        verdict="",
        lines=tuple(decision_details(evidence).split("\n")),
        record=asdict(decision),
        problem=None
        if _is_promoted(decision)
        else _Problem(tag="failure", kind=decision.action.value),
    )


def _is_promoted(decision: Decision) -> bool:
    """Say whether the whole gate promotes: a part of it or half a run has words of its own."""
    is_whole = decision.verdict == decision.action.value
    return is_whole and decision.action in {Action.PROMOTE, Action.WARN}


def _named_apart(cases: list[_Case]) -> Iterator[_Case]:
    """Yield the cases under names of their own: GitLab shows the first of equal names only."""
    seen: set[str] = set()
    for case in cases:
        name, number = case.name, 1
        while name in seen:
            number += 1
            name = f"{case.name} ({number})"
        seen.add(name)
        yield replace(case, name=name)


def _timestamp(created: str | None) -> str | None:
    """Write when the evidence was made as schemas want it: UTC, whole seconds, no zone."""
    try:
        time = datetime.fromisoformat(created or "")
        if time.tzinfo is not None:
            time = time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time.replace(microsecond=0, tzinfo=None).isoformat()
