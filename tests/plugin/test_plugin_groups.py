"""`any_of` groups in a session: one test a group, none for its members."""

from typing import Any

import pytest


Project = Any

GATE = """\
version: 1
gate: demo
artifacts:
  evals: {candidate: data/candidate.jsonl, baseline: data/baseline.jsonl, id: id}
metrics:
  accuracy: {value: right, better: higher}
  safety: {value: safe, better: higher}
rules:
  accuracy: {metric: accuracy, claim: threshold, min: 0.8}
  one-of:
    any_of:
      safer: {metric: safety, claim: superiority}
      better: {metric: accuracy, claim: SECOND}
"""
SECOND = {
    "promote": "non_inferiority, margin: 10pp",
    "inconclusive": "superiority",
    "fail": "superiority, min_effect: 50pp",
}


def write(project: Project, kind: str) -> None:
    right, safe = (57, 20) if kind == "fail" else (58, 57)
    project.rows(project.path / "data" / "baseline.jsonl", 57, 57)
    project.rows(project.path / "data" / "candidate.jsonl", right + 1, safe)
    project.write("gate.yaml", GATE.replace("SECOND", SECOND[kind]))


@pytest.mark.parametrize(
    ("kind", "status", "verdict"),
    [("promote", 0, "promote"), ("inconclusive", 1, "block"), ("fail", 1, "block")],
)
def test_the_session_ends_as_the_group_does(
    project: Project, kind: str, status: int, verdict: str
) -> None:
    write(project, kind)
    assert project.run("--evalgate", "gate.yaml").outcome == (status, verdict)


def test_a_group_is_one_test_and_its_members_are_none(project: Project) -> None:
    write(project, "promote")
    run = project.run("--evalgate", "gate.yaml", "--collect-only", "-q")
    found = [line for line in run.out.splitlines() if line.startswith("gate.yaml::")]
    assert found == ["gate.yaml::accuracy", "gate.yaml::one-of", "gate.yaml::decision"]


def test_the_evidence_names_the_members(project: Project) -> None:
    write(project, "promote")
    project.run("--evalgate", "gate.yaml")
    rules = {rule["id"]: rule for rule in project.evidence()["rules"]}
    assert list(rules) == ["accuracy", "one-of", "one-of.safer", "one-of.better"]
    assert rules["one-of.safer"]["parent"] == "one-of"
    assert rules["one-of"]["verdict"] == "pass"


@pytest.mark.parametrize("chosen", ["one-of", "accuracy", "not one-of"])
def test_a_part_of_the_rules_never_promotes(project: Project, chosen: str) -> None:
    write(project, "promote")
    run = project.run("--evalgate", "gate.yaml", "-k", chosen)
    assert run.outcome == (20, "block (partial)")


def test_a_group_named_by_its_node_id_is_partial(project: Project) -> None:
    write(project, "promote")
    run = project.run("--evalgate", "gate.yaml::one-of")
    assert run.outcome == (20, "block (partial)")


def test_a_member_has_no_node_id(project: Project) -> None:
    write(project, "promote")
    run = project.run("--evalgate", "gate.yaml::one-of.better")
    assert run.status != 0
    assert run.verdict != "promote"
