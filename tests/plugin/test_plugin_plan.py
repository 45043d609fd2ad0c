"""`--evalgate-plan`: prints what each rule could show, judges nothing, ends in 20."""

from typing import Any

import pytest


Project = Any
EARLY = (
    "version: 1\ngate: early\n"
    "artifacts:\n  evals: {candidate: new.jsonl, baseline: old.jsonl, id: id}\n"
    "metrics:\n  m: {value: v, better: higher, assume: {sd: 1, correlation: 0.5}}\n"
    "rules:\n  r: {metric: m, claim: non_inferiority, margin: 0.2, min_samples: 100}\n"
)


@pytest.mark.parametrize("kind", ["promote", "fail", "inconclusive", "invalid"])
def test_a_planned_session_ends_in_20_whatever_the_verdict_would_be(
    project: Project, kind: str
) -> None:
    project.gate(kind)
    run = project.run("--evalgate", "--evalgate-plan", "gate.yaml")
    assert run.status == 20
    assert run.verdicts == {"demo.incomplete": "block (incomplete)"}
    assert "evalgate plan: demo" in run.out
    assert "all 2 required rules together" in run.out or "no power is known" in run.out
    assert "BLOCKED" not in run.out
    assert "PROMOTE" not in run.out


def test_the_last_evidence_is_left_alone(project: Project) -> None:
    project.gate("fail")
    old = project.old_evidence()
    before = old.read_bytes()
    assert project.run("--evalgate", "--evalgate-plan", "gate.yaml").status == 20
    assert old.read_bytes() == before


@pytest.mark.parametrize("args", [(), ("-n2",), ("-q",), ("--co",)])
def test_nothing_is_run(project: Project, args: tuple[str, ...]) -> None:
    project.gate("promote")
    project.write("test_other.py", "def test_other(): assert False\n")
    run = project.run(
        "--evalgate", "--evalgate-plan", "gate.yaml", "test_other.py", *args, plugins=["xdist"]
    )
    assert run.status == 20
    assert "failed" not in run.out
    assert "passed" not in run.out
    assert "evalgate plan: demo" in run.out


def test_a_rule_can_be_named(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "--evalgate-plan", "gate.yaml::safety")
    assert run.status == 20
    assert "evalgate plan: demo" in run.out


def test_a_gate_without_files_is_planned_from_assumed_numbers(project: Project) -> None:
    project.write("gate.yaml", EARLY)
    run = project.run("--evalgate", "--evalgate-plan")
    assert run.status == 20
    # (1.645 + 0.842)**2 / 0.2**2 is 155, and a little for t.
    assert "more samples, about 156 fresh ones in place of 100" in run.out
    assert "reckoned from assumed numbers (sd 1, correlation 0.5)" in run.out


def test_an_override_is_planned(project: Project) -> None:
    project.gate("promote")
    run = project.run(
        "--evalgate",
        "--evalgate-plan",
        "gate.yaml",
        "--evalgate-artifact=evals.candidate=none.jsonl",
    )
    assert run.status == 20
    assert "none.jsonl" in run.out


def test_a_broken_gate_file_ends_in_4(project: Project) -> None:
    project.write("gate.yaml", "version: 1\ngate: demo\nrules: {a: [}\n")
    run = project.run("--evalgate", "--evalgate-plan", "gate.yaml")
    assert (run.status, run.verdicts) == (4, {})
    assert "gate.yaml:3:" in run.err
