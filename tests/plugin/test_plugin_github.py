"""What a runner of GitHub Actions is told; none of it decides anything."""

import re
from pathlib import Path
from typing import Any

import pytest


Project = Any
Run = Any

SHA = "0123456789abcdef0123456789abcdef01234567"


def on_github(project: Project, *arguments: str, **more: str) -> tuple[Run, dict[str, str], str]:
    """Run the gate as a step: the session, its outputs, its summary."""
    (project.path / "runner").mkdir(exist_ok=True)
    summary, output = project.path / "runner" / "summary", project.path / "runner" / "output"
    for path in (summary, output):
        path.unlink(missing_ok=True)
        path.touch()
    env = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_WORKSPACE": str(project.path),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "team/models",
        "GITHUB_SHA": SHA,
        "GITHUB_RUN_ID": "77",
    }
    run = project.run("--evalgate", "gate.yaml", *arguments, env=env | more)
    outputs = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
    return run, outputs, summary.read_text("utf-8")


def commands(run: Run) -> list[str]:
    """Return the lines that a runner would take for commands."""
    return [line for line in run.out.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize(
    ("kind", "status", "verdict"),
    [("promote", 0, "promote"), ("fail", 1, "block"), ("inconclusive", 1, "block"),
     ("invalid", 21, "block")],
)  # fmt: skip
def test_outputs_tell_verdict_reports_and_digest(
    project: Project, kind: str, status: int, verdict: str
) -> None:
    project.gate(kind)
    run, outputs, _ = on_github(project)
    assert run.status == status
    assert outputs == {
        "verdict": verdict,
        "digest": project.evidence()["decision"]["digest"],
        "report": "evalgate-report",
    }
    assert re.fullmatch("[0-9a-f]{64}", outputs["digest"])


def test_the_summary_links_a_rule_to_its_line_at_the_tested_commit(project: Project) -> None:
    project.gate("fail")
    _, _, summary = on_github(project)
    assert "BLOCKED" in summary.splitlines()[1]
    assert f"https://github.example/team/models/blob/{SHA}/gate.yaml#L" in summary


def test_annotations_stand_at_the_line_of_the_rule(project: Project) -> None:
    project.gate("fail")
    run, _, _ = on_github(project)
    line = next(i for i, text in enumerate(Path("gate.yaml").read_text().splitlines(), 1)
                if text.startswith("  safety: {metric"))  # fmt: skip
    gate, rule = commands(run)
    assert gate.startswith("::error file=gate.yaml,")
    assert rule.startswith(f"::error file=gate.yaml,line={line},")
    assert "title=" in rule
    assert "misses limit" in rule


def test_a_promotion_has_no_errors(project: Project) -> None:
    project.gate("promote")
    run, _, _ = on_github(project)
    assert [line for line in commands(run) if not line.startswith("::notice ")] == []


def test_the_text_of_a_comment_is_written(project: Project) -> None:
    project.gate("fail")
    on_github(project)
    text = (project.reports / "demo.comment.md").read_text("utf-8")
    assert text.startswith("<!-- pytest-evalgate: demo -->")
    assert "https://github.example/team/models/actions/runs/77" in text


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        pytest.param(("--evalgate-no-github",), {}, id="switched off"),
        pytest.param((), {"GITHUB_ACTIONS": ""}, id="elsewhere"),
        pytest.param(("--collect-only",), {}, id="nothing judged"),
    ],
)
def test_nothing_is_told_where_nobody_asks(
    project: Project, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    project.gate("fail")
    run, outputs, summary = on_github(project, *arguments, **env)
    assert (commands(run), outputs, summary) == ([], {}, "")
    assert not (project.reports / "demo.comment.md").exists()


def test_a_crash_leaves_a_block(project: Project) -> None:
    project.gate("promote")
    project.write("conftest.py", "import os\ndef pytest_collection():\n    os._exit(0)\n")
    _, outputs, _ = on_github(project)
    assert outputs["verdict"] == "block"


def test_another_test_that_fails_takes_the_promotion_back(project: Project) -> None:
    project.gate("promote")
    project.write("test_other.py", "def test_other():\n    assert False\n")
    run, outputs, _ = on_github(project, "test_other.py")
    assert run.outcome == (1, "promote")
    assert outputs["verdict"] == "block"


def test_a_wrong_gate_file_leaves_a_block(project: Project) -> None:
    project.write("gate.yaml", "version: 1\n")
    run, outputs, _ = on_github(project)
    assert run.status == 4
    assert outputs["verdict"] == "block"


def test_evidence_that_cannot_be_written_leaves_a_block(project: Project) -> None:
    project.gate("promote")
    (project.reports / "demo.md").mkdir(parents=True)
    run, outputs, _ = on_github(project)
    assert run.status == 22
    assert outputs["verdict"] == "block"


@pytest.mark.parametrize("name", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_a_runner_whose_files_cannot_be_written_is_a_warning(project: Project, name: str) -> None:
    project.gate("promote")
    run, _, _ = on_github(project, **{name: str(project.path)})
    assert run.outcome == (0, "promote")
    assert "evalgate: not told to GitHub: " in run.out


def test_several_gates_tell_the_worst_and_ten_annotations(project: Project) -> None:
    project.gate("promote")
    for number in range(12):
        project.gate("fail", file=f"g{number}.gate.yaml", name=f"g{number}")
    run, outputs, summary = on_github(project, ".")
    assert run.status == 1
    assert outputs["verdict"] == "block"
    assert len(commands(run)) == 10
    headings = [line for line in summary.splitlines() if line.startswith("## ")]
    assert len(headings) == 13
    assert "demo" in headings[-1]


def test_a_full_summary_is_left_as_it_is(project: Project) -> None:
    project.gate("fail")
    (project.path / "runner").mkdir()
    full = project.write("runner/full", "x" * (1024 * 1024))
    run, _, _ = on_github(project, GITHUB_STEP_SUMMARY=str(full))
    assert run.status == 1
    assert full.stat().st_size <= 1024 * 1024 + 2048


def test_workers_tell_nothing_twice(project: Project) -> None:
    project.gate("fail")
    alone, _, _ = on_github(project)
    run, _, summary = on_github(project, "-n", "2", "-p", "xdist")
    assert commands(run) == commands(alone)
    assert summary.count("\n## ") == 1
