"""How a gate looks in pytest: items, letters, words, counts, and JUnit files."""

import json
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest


Project = Any

HOSTILE = ']]><x a="&">\n::error::##[group]\x1b[31m'
ENCODED = "%5D%5D%3E%3Cx%20a%3D%22%26%22%3E%0A%3A%3Aerror%3A%3A%23%23%5Bgroup%5D%1B%5B31m"
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
  fails: {metric: bad, claim: non_inferiority, margin: 10pp, why: "<&>\\"' ]]>"}
  unsure: {metric: maybe, claim: non_inferiority, margin: 10pp}
  broken: {metric: gap, claim: threshold, min: 0.5}
  warned: {metric: bad, claim: threshold, min: 0.9, severity: warn}
  watched: {metric: gap, claim: threshold, min: 0.5, severity: observe}
  sliced:
    metric: good
    claim: threshold
    min: 0.5
    slices: {by: [language, level], values: {language: [de, en], level: ["1"]}}
  alarm: {metric: good, claim: deterioration, tolerance: 20pp}
"""
IDS = [
    "passes", "fails", "unsure", "broken", "warned", "watched", "sliced",
    "sliced[language=de,level=1]", "sliced[language=en,level=1]",
    f"sliced[language={ENCODED},level=1]", "alarm", "decision",
]  # fmt: skip


def rows(*, is_candidate: bool) -> str:
    found = [
        {
            "id": f"q{i}",
            "good": i < 58,
            "bad": i < (20 if is_candidate else 57),
            "maybe": i < (52 if is_candidate else 57),
            "gap": None if is_candidate and i == 7 else True,
            "language": "de" if i % 2 else "en" if i % 4 else HOSTILE,
            "level": "1",
        }
        for i in range(60)
    ]
    return "".join(json.dumps(row) + "\n" for row in found)


@pytest.fixture
def every(project: Project) -> Project:
    """Give a project whose gate has a rule of every verdict."""
    project.write("candidate.jsonl", rows(is_candidate=True))
    project.write("baseline.jsonl", rows(is_candidate=False))
    project.write("gate.yaml", GATE)
    return project


def test_items_are_rules_slices_and_the_decision_last(every: Project) -> None:
    run = every.run("--evalgate", "gate.yaml", "--co", "-q")
    names = [line for line in run.out.splitlines() if line.startswith("gate.yaml::")]
    assert names == [f"gate.yaml::{name}" for name in IDS]


def test_decisions_run_after_everything_else(project: Project) -> None:
    project.gate("promote", file="a.gate.yaml", name="a")
    project.gate("promote", file="b.gate.yaml", name="b")
    project.write("test_other.py", "def test_other(): pass\n")
    names = [
        f"{gate}.gate.yaml::{name}" for gate in "ab" for name in ("decision", "accuracy", "safety")
    ]
    run = project.run("--evalgate", *names, "test_other.py", "-v")
    items = [line.split()[0] for line in run.out.splitlines() if " PASSED " in line]
    assert run.status == 0
    assert items[-2:] == ["a.gate.yaml::decision", "b.gate.yaml::decision"]
    assert len(items) == 7


def test_a_session_tells_each_verdict_in_its_own_letter_and_word(every: Project) -> None:
    run = every.run("--evalgate", "gate.yaml")
    assert run.outcome == (21, "block")
    assert "gate.yaml .FIEww.....F " in run.out
    assert "3 failed, 8 passed, 1 error" in run.out
    assert "ERROR at setup of broken" in run.out
    summary = run.out.partition("short test summary info")[2].splitlines()
    told = [line[:43] for line in summary if "gate.yaml::" in line]
    assert told == [
        "FAILED gate.yaml::fails - effect -0.6167 [-",
        "INCONCLUSIVE gate.yaml::unsure - effect -0.",
        "FAILED gate.yaml::decision - BLOCKED: broke",
        "ERROR gate.yaml::broken - invalid: candidat",
    ]
    assert "Warning" not in run.out
    assert "\x1b" not in run.out
    assert "\n::error" not in run.out


def test_verbose_output_names_each_item_and_its_verdict(every: Project) -> None:
    run = every.run("--evalgate", "gate.yaml", "-v", "--tb=no")
    words = ["PASSED", "FAILED", "INCONCLUSIVE", "ERROR", "WARN", "WARN"]
    words += ["PASSED"] * 5 + ["FAILED"]
    lines = [line.split()[:2] for line in run.out.splitlines() if line.startswith("gate.yaml::")]
    assert lines == [[f"gate.yaml::{name}", word] for name, word in zip(IDS, words, strict=True)]
    assert "methods:" in run.out


def test_workers_show_the_same_words(every: Project) -> None:
    run = every.run("--evalgate", "gate.yaml", "-n2", "--tb=no", plugins=["xdist"])
    assert run.outcome == (21, "block")
    assert "3 failed, 8 passed, 1 error" in run.out
    assert "INCONCLUSIVE gate.yaml::unsure - effect -0." in run.out


def test_a_quiet_promotion_takes_three_lines(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", "-q")
    dots, decision, counts = run.out.splitlines()
    assert dots.startswith("... ")
    assert decision.startswith("demo: PROMOTE   2 pass   nearest: accuracy 0.9667 [")
    assert counts.startswith("3 passed in ")


def test_the_table_and_the_evidence_file_are_told_at_the_end(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml")
    assert "= evalgate: demo =" in run.out
    assert "demo: PROMOTE   2 pass" in run.out
    assert "evidence: evalgate-report/demo.json (decision " in run.out
    assert "evalgate: reruns" not in run.out


def test_the_decision_item_fails_where_rules_are_left_out(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", "-k", "not safety")
    assert "FAILED gate.yaml::decision - BLOCKED (partial): not run: safety" in run.out
    assert "demo: BLOCKED (partial)" in run.out


@pytest.mark.parametrize("family", ["xunit1", "xunit2", "legacy"])
def test_junit_files_carry_the_first_line_of_each_verdict(every: Project, family: str) -> None:
    args = ("--junitxml=junit.xml", "-o", f"junit_family={family}", "-q", "--tb=no")
    assert every.run("--evalgate", "gate.yaml", *args).status == 21
    suite = next(iter(ET.parse(every.path / "junit.xml").getroot()))  # noqa: S314
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert list(cases) == IDS
    assert {name: message(cases[name], "failure") for name in ("fails", "unsure", "decision")} == {
        "fails": "effect -0.6167 [-0.7128, -0.5105] misses limit > -0.1000",
        "unsure": "effect -0.0833 [-0.1615, -0.0366] straddles limit > -0.1000; "
        "about 69 pairs would decide, have 60",
        "decision": message(cases["decision"], "failure"),
    }
    assert message(cases["decision"], "failure").startswith("BLOCKED: broken: could not be judged")
    assert message(cases["broken"], "error").startswith(
        'failed on setup with "invalid: candidate.jsonl:8: evals.candidate: gap is missing'
    )
    assert suite.get("errors") == "1"
    assert suite.get("failures") == "3"
    assert [len(cases[name]) for name in ("passes", "warned", "watched", "alarm")] == [0, 0, 0, 0]
    assert not list(suite.iter("properties"))


def message(case: ET.Element, tag: str) -> str:
    (child,) = case.findall(tag)
    return (child.get("message") or "").split("\n")[0]


def test_printing_nothing_changes_nothing(every: Project) -> None:
    run = every.run("--evalgate", "gate.yaml", "-p", "no:terminal")
    assert run.outcome == (21, "block")
    assert run.out == ""


def test_a_reader_that_hangs_up_gets_no_0_and_no_promotion(
    project: Project, environment: dict[str, str]
) -> None:
    project.gate("fail")
    command = [sys.executable, "-m", "pytest", "--evalgate", "gate.yaml"]
    with subprocess.Popen(
        command, cwd=project.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.communicate()
    assert process.returncode != 0
    assert project.evidence()["decision"]["action"] == "block"
