"""Gates in pytest's own JUnit file: valid, told in the first line, and as our own file has it."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from junit_rules import JENKINS, JENKINS_OLD, as_gitlab_shows, faults

from pytest_evalgate.evidence import GateEvidence, from_json
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.junit import render


Project = Any

MARKS = ']]><x a="&">::error::##[group][[ATTACHMENT|/etc/passwd]]'
HOSTILE = f"{MARKS}\n::error::\x1b[31m\u202e"
PATH = "gates/a&<b>\"c'.gate.yaml"
GATE = """\
version: 1
gate: demo
artifacts:
  evals: {candidate: candidate.jsonl, baseline: baseline.jsonl, id: id}
metrics:
  good: {value: good, better: higher}
  bad: {value: bad, better: higher}
  maybe: {value: maybe, better: higher}
  gap: {value: gap, better: higher}
rules:
  passes: {metric: good, claim: threshold, min: 0.8}
  fails:
    metric: bad
    claim: non_inferiority
    margin: 10pp
    why: "<&>\\"' ]]> [[ATTACHMENT|/etc/passwd]] ::error::x ##[group]"
  unsure: {metric: maybe, claim: non_inferiority, margin: 10pp}
  broken: {metric: gap, claim: threshold, min: 0.5}
  warned: {metric: bad, claim: threshold, min: 0.9, severity: warn}
  watched: {metric: gap, claim: threshold, min: 0.5, severity: observe}
  sliced: {metric: good, claim: threshold, min: 0.5, slices: {by: [language], values: [de, en]}}
  alarm: {metric: good, claim: deterioration, tolerance: 20pp}
"""
OUTCOMES = {
    "passes": "passed", "fails": "failure", "unsure": "failure", "broken": "error",
    "warned": "passed", "watched": "passed", "sliced": "passed", "sliced[language=de]": "passed",
    "sliced[language=en]": "passed", "alarm": "passed", "decision": "failure",
}  # fmt: skip
SESSIONS = pytest.mark.parametrize(
    ("family", "workers"),
    [
        pytest.param("xunit1", (), id="xunit1"),
        pytest.param("xunit2", (), id="xunit2"),
        pytest.param("legacy", (), id="legacy"),
        pytest.param("xunit2", ("-n2",), id="xunit2-workers"),
    ],
)


def rows(*, is_candidate: bool) -> str:
    found = [
        {
            "id": f"q{i}" if i else MARKS,
            "good": i < 58,
            "bad": 0 < i < 20 if is_candidate else i < 57,
            "maybe": i < (52 if is_candidate else 57),
            "gap": None if is_candidate and i == 0 else True,
            "language": "de" if i % 2 else "en" if i % 4 else HOSTILE,
        }
        for i in range(60)
    ]
    return "".join(json.dumps(row) + "\n" for row in found)


@pytest.fixture
def every(project: Project) -> Project:
    """Give a project whose gate has a rule of every verdict, and hostile texts all over."""
    project.write("gates/candidate.jsonl", rows(is_candidate=True))
    project.write("gates/baseline.jsonl", rows(is_candidate=False))
    project.write(PATH, GATE)
    return project


def run(project: Project, family: str, workers: tuple[str, ...] = ()) -> str:
    """Judge the gate, and return the JUnit file of pytest."""
    args = ("--evalgate", PATH, "--junitxml=junit.xml", "-o", f"junit_family={family}", *workers)
    assert project.run(*args, plugins=["xdist"] if workers else []).status == 21
    found: str = (project.path / "junit.xml").read_text("utf-8")
    return found


def judged(project: Project) -> GateEvidence:
    return from_json((project.reports / "demo.json").read_text("ascii"))


def cases_of(text: str) -> dict[str, ET.Element]:
    root = ET.fromstring(text)  # noqa: S314 - written by pytest or here
    return {case.get("name", ""): case for case in root.iter("testcase")}


def outcome(case: ET.Element) -> str:
    tags = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
    return tags[0] if tags else "passed"


def message(case: ET.Element) -> str:
    (problem,) = [child for child in case if child.tag in {"failure", "error"}]
    return problem.get("message", "")


@SESSIONS
def test_the_file_of_pytest_is_valid_with_gates_in_it(
    every: Project, family: str, workers: tuple[str, ...]
) -> None:
    text = run(every, family, workers)
    # The older families say where a test stands, which the newer schema does not know.
    assert faults(text, schema=JENKINS if family == "xunit2" else JENKINS_OLD) == []
    found = cases_of(text)
    language = [name for name in found if name.startswith("sliced[language=%")]
    assert len(language) == 1
    assert {name: outcome(found[name]) for name in found if name not in language} == OUTCOMES
    assert not any(case.findall("properties") for case in found.values())


@SESSIONS
def test_the_first_line_of_pytest_s_messages_is_the_headline(
    every: Project, family: str, workers: tuple[str, ...]
) -> None:
    found = cases_of(run(every, family, workers))
    rules = {rule.id: rule for rule in judged(every).rules}
    told = {name: headline(in_ascii(rules[name])) for name in ("fails", "unsure", "broken")}
    assert told["fails"].startswith("effect -0.")
    assert " misses limit > -0.1000" in told["fails"]
    assert " straddles limit > -0.1000" in told["unsure"]
    assert told["broken"].startswith("invalid: ")
    assert message(found["fails"]).split("\n")[0] == told["fails"]
    assert message(found["unsure"]).split("\n")[0] == told["unsure"]
    assert message(found["broken"]).startswith(f'failed on setup with "{told["broken"]}')
    assert message(found["decision"]).startswith("BLOCKED: broken: could not be judged")


def test_hostile_texts_stay_texts_in_the_file_of_pytest(every: Project) -> None:
    text = run(every, "xunit2")
    assert not list(ET.fromstring(text).iter("x"))  # noqa: S314 - written by pytest
    assert text.isascii()
    assert not any(one.attachment for one in as_gitlab_shows(text))
    assert "::error" not in text
    assert "##[" not in text


def test_our_own_file_agrees_with_that_of_pytest(every: Project) -> None:
    theirs = cases_of(run(every, "xunit2"))
    text = render(judged(every))
    ours = cases_of(text)
    assert list(ours) == list(theirs)
    assert {name: outcome(case) for name, case in ours.items()} == {
        name: outcome(case) for name, case in theirs.items()
    }
    for name in ("fails", "unsure", "decision"):
        assert message(ours[name]) == message(theirs[name]).split("\n")[0]
    assert message(ours["broken"]) in message(theirs["broken"])
    assert {case.get("classname") for case in ours.values()} == {
        case.get("classname") for case in theirs.values()
    }
    assert faults(text, schema=JENKINS) == []
    assert not any(one.attachment for one in as_gitlab_shows(text))


def test_evidence_of_a_real_gate_is_in_the_output(every: Project) -> None:
    run(every, "xunit2")
    stored = {rule["id"]: rule for rule in every.evidence()["rules"]}
    found = cases_of(render(judged(every)))
    decision = found.pop("decision")
    assert {
        name: json.loads(case.findtext("system-out", "").strip().split("\n")[-1])
        for name, case in found.items()
    } == stored
    line = decision.findtext("system-out", "").strip().split("\n")[-1]
    assert json.loads(line) == every.evidence()["decision"]


TELL_MODULES = """\
import json, sys
from pathlib import Path
def pytest_unconfigure(config):
    Path("modules.json").write_text(json.dumps(sorted(sys.modules)))
"""


def test_a_session_without_our_file_does_not_import_its_code(project: Project) -> None:
    project.gate("promote")
    project.write("conftest.py", TELL_MODULES)
    assert project.run("--evalgate", "gate.yaml").status == 0
    modules = json.loads((project.path / "modules.json").read_text())
    assert "pytest_evalgate.report.terminal" in modules
    assert not [name for name in modules if name.startswith("pytest_evalgate.report.junit")]
