"""`--evalgate-artifact` reads another file than the gate file says, and the evidence says so."""

from typing import Any

import pytest


Project = Any

ONE_PATH = """\
version: 1
gate: demo
artifacts:
  one.table:
    path: both.jsonl
    id: id
    candidate: {where: {model: v2}}
    baseline: {where: {model: v1}}
metrics:
  accuracy: {value: right, better: higher}
rules:
  accuracy: {metric: accuracy, claim: non_inferiority, margin: 10pp}
"""


def both_arms(project: Project, name: str, *, right: int) -> None:
    rows = [
        f'{{"id": "q{i}", "model": "{model}", "right": {str(i < count).lower()}}}\n'
        for model, count in (("v2", right), ("v1", 57))
        for i in range(60)
    ]
    project.write(name, "".join(rows))


def files(project: Project) -> set[tuple[str, bool]]:
    artifacts = project.evidence()["provenance"]["artifacts"]
    return {(file["arm"], file["override"]) for file in artifacts}


def test_one_arm_is_read_from_elsewhere(project: Project) -> None:
    project.gate("promote")
    bad = project.path / "elsewhere" / "bad.jsonl"
    project.rows(bad, 58, 20)
    run = project.run(
        "--evalgate", "gate.yaml", "--evalgate-artifact", "evals.candidate=elsewhere/bad.jsonl"
    )
    assert run.outcome == (1, "block")
    assert files(project) == {("candidate", True), ("baseline", False)}
    assert "override: paths from the command line for evals.candidate" in run.out


def test_an_override_is_relative_to_the_working_directory_and_may_lie_anywhere(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project.gate("fail", file="gates/gate.yaml")
    far = tmp_path_factory.mktemp("far")
    project.rows(far / "good.jsonl", 58, 58)
    monkeypatch.chdir(far)
    project.write("conftest.py", "import os\nos.chdir('/')\n")  # not the one that counts
    gate = project.path / "gates" / "gate.yaml"
    run = project.run("--evalgate", gate, "--evalgate-artifact", "evals.candidate=good.jsonl",
                      f"--evalgate-output={project.reports}")  # fmt: skip
    assert run.outcome == (0, "promote")


def test_one_path_serves_both_arms(project: Project) -> None:
    both_arms(project, "both.jsonl", right=20)
    both_arms(project, "better.jsonl", right=58)
    project.write("gate.yaml", ONE_PATH)
    assert project.run("--evalgate", "gate.yaml").outcome == (1, "block")
    override = "--evalgate-artifact=one.table=better.jsonl"
    assert project.run("--evalgate", "gate.yaml", override).outcome == (0, "promote")
    assert files(project) == {("candidate", True), ("baseline", True)}


def test_a_path_may_hold_an_equals_sign(project: Project) -> None:
    project.gate("fail")
    project.rows(project.path / "a=b.jsonl", 58, 58)
    run = project.run("--evalgate", "gate.yaml", "--evalgate-artifact=evals.candidate=a=b.jsonl")
    assert run.outcome == (0, "promote")


def test_a_missing_override_is_invalid_and_never_the_old_path(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", "--evalgate-artifact=evals.candidate=no.jsonl")
    assert run.outcome == (21, "block")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        pytest.param("typo.candidate=x", "known: evals.baseline, evals.candidate", id="artifact"),
        pytest.param("evals.typo=x", "known: evals.baseline, evals.candidate", id="arm"),
        pytest.param("evals=x", "known: evals.baseline, evals.candidate", id="two-paths"),
        pytest.param("=x", "expected NAME.ARM=PATH or NAME=PATH", id="no-name"),
        pytest.param("evals.candidate=", "expected NAME.ARM=PATH or NAME=PATH", id="no-path"),
    ],
)
def test_an_override_that_means_nothing_is_a_usage_error(
    project: Project, override: str, words: str
) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", f"--evalgate-artifact={override}")
    assert run.status == 4
    assert run.verdict in {None, "block (incomplete)"}
    assert words in run.err


def test_two_paths_for_one_arm_are_a_usage_error(project: Project) -> None:
    project.gate("promote")
    twice = [f"--evalgate-artifact=evals.candidate={name}.jsonl" for name in "ab"]
    run = project.run("--evalgate", "gate.yaml", *twice)
    assert run.outcome == (4, None)
    assert "--evalgate-artifact evals.candidate is given twice" in run.err
