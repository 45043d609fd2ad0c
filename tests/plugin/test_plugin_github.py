"""What a runner of GitHub Actions is told; none of it decides anything."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest


Project = Any
Run = Any

SHA = "0123456789abcdef0123456789abcdef01234567"
HEAD = "fedcba9876543210fedcba9876543210fedcba98"


def on_github(
    project: Project, *arguments: str, gate: str = "gate.yaml", **more: str
) -> tuple[Run, dict[str, str], str]:
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
    run = project.run("--evalgate", gate, *arguments, env=env | more)
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
    run, outputs, summary = on_github(project, "test_other.py")
    assert run.outcome == (1, "promote")
    assert outputs["verdict"] == "block"
    comment = (project.reports / "demo.comment.md").read_text("utf-8")
    for text in (summary, comment):
        mark, warning, *_ = text.splitlines()
        assert mark.startswith("<!-- pytest-evalgate")
        assert warning.startswith("> **Do not promote: the session ended with exit status 1.**")
    (line,) = commands(run)
    assert line.startswith("::error file=gate.yaml,title=demo%3A promoted by its rules only::")


def comment_of(project: Project, gate: str = "demo") -> str:
    return str((project.reports / f"{gate}.comment.md").read_text("utf-8"))


def misspell(project: Project, *, file: str = "gate.yaml", old: str, new: str) -> None:
    text = (project.path / file).read_text("utf-8")
    assert old in text
    project.write(file, text.replace(old, new))


def test_a_wrong_gate_file_is_told_wherever_a_promotion_could_stand(project: Project) -> None:
    project.gate("promote")
    misspell(project, old="claim: threshold", new="clam: threshold")
    run, outputs, summary = on_github(project)
    assert run.outcome == (4, "block (incomplete)")
    assert outputs == {"verdict": "block", "digest": ""}
    for text in (summary, comment_of(project)):
        assert "Gate <code>demo</code>: BLOCKED (incomplete)" in text.splitlines()[1]
        assert "Nothing was judged" in text
        assert "clam" in text
        assert "alpha" not in text
    assert comment_of(project).startswith("<!-- pytest-evalgate: demo -->\n")
    found = commands(run)
    assert found
    assert all(one.startswith("::error file=gate.yaml,line=9,col=") for one in found)
    assert "title=demo%3A the gate file cannot be read" in found[0]


def test_evidence_of_a_wrong_gate_file_says_so(project: Project) -> None:
    project.gate("promote")
    misspell(project, old="version: 1", new="version: 9")
    project.run("--evalgate", "gate.yaml")
    reasons = project.evidence()["decision"]["reasons"]
    assert reasons[0] == "the gate file cannot be read"
    assert reasons[1].startswith("gate.yaml:1:")


def test_many_errors_make_ten_annotations(project: Project) -> None:
    project.gate("promote")
    rows = "".join(f"wrong{number}: 1\n" for number in range(40))
    misspell(project, old="rules:\n", new=f"{rows}rules:\n")
    run, _, summary = on_github(project)
    assert len(commands(run)) == 10
    assert "and 30 more errors" in commands(run)[-1]
    assert "and 20 more" in summary


def test_a_gate_whose_name_cannot_be_read_goes_by_its_file(project: Project) -> None:
    project.write("my gates/new model!.gate.yaml", "version: 1\n")
    run, _, summary = on_github(project, gate="my gates")
    assert run.status == 4
    assert comment_of(project, "new-model").startswith("<!-- pytest-evalgate: new-model -->\n")
    assert "<code>new-model</code>" in summary
    assert commands(run)[0].startswith("::error file=my gates/new model!.gate.yaml,line=1,")


def test_a_right_gate_beside_a_wrong_one_is_not_judged_and_says_so(project: Project) -> None:
    project.gate("promote")
    project.gate("promote", file="other.gate.yaml", name="other")
    misspell(project, file="other.gate.yaml", old="version: 1", new="version: 9")
    run, _, summary = on_github(project, ".")
    assert run.verdicts == {"demo": "block (incomplete)", "other": "block (incomplete)"}
    assert "another gate file cannot be read" in comment_of(project)
    assert summary.count("\n## ") == 2
    assert [one for one in commands(run) if "file=gate.yaml" in one] == []


def test_the_errors_of_a_gate_file_are_no_markup_and_no_commands(project: Project) -> None:
    keys = ["::error::forged", "##[error]forged", "</code><script>forged", "@forged", "%0A::x"]
    rows = "".join(f"{json.dumps(key)}: 1\n" for key in keys)
    project.write("gate.yaml", f"version: 1\ngate: demo\n{rows}")
    run, _, summary = on_github(project)
    assert len(commands(run)) > 5
    assert all(one.startswith("::error file=gate.yaml,line=") for one in commands(run))
    assert not any("##[" in one or "::forged" in one for one in run.out.splitlines())
    assert "<script>" not in summary + comment_of(project)
    assert "@forged" not in summary + comment_of(project)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(("--evalgate-artifact", "none=x"), "there is no such artifact", id="override"),
        pytest.param(("other.gate.yaml",), "are both named", id="one name twice"),
    ],
)
def test_a_call_that_fits_no_gate_is_told(
    project: Project, arguments: tuple[str, ...], reason: str
) -> None:
    project.gate("promote")
    project.gate("promote", file="other.gate.yaml")
    run, outputs, summary = on_github(project, *arguments)
    assert (run.status, outputs["verdict"]) == (4, "block")
    assert reason in summary
    assert reason in comment_of(project)
    assert reason in commands(run)[0]
    assert reason in project.evidence()["decision"]["reasons"][0]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--evalgate-artifact", "::error::forged"), "expected NAME.ARM=PATH"),
        (("none.gate.yaml",), "none.gate.yaml does not exist"),
        (("--evalgate-partial",), "--evalgate-partial is refused"),
    ],
    ids=["override", "file", "partial"],
)
def test_a_call_that_cannot_be_a_gate_is_told(
    project: Project, arguments: tuple[str, ...], reason: str
) -> None:
    project.gate("promote")
    run, outputs, summary = on_github(project, *arguments)
    assert (run.status, outputs["verdict"]) == (4, "block")
    assert "BLOCKED: nothing was judged" in summary
    assert reason.rsplit(maxsplit=1)[-1] in summary
    [one] = commands(run)
    assert one.startswith("::error title=pytest-evalgate%3A nothing was judged::")
    assert reason in one
    assert "::error::forged" not in run.out


def test_a_call_that_cannot_be_a_gate_is_not_told_where_that_is_off(project: Project) -> None:
    run, outputs, summary = on_github(project, "--evalgate-no-github", "none.yaml")
    assert (run.status, outputs, summary, commands(run)) == (4, {}, "", [])


def test_a_crash_while_judging_is_told(project: Project) -> None:
    project.gate("promote")
    project.write(
        "conftest.py",
        "import pytest_evalgate.gate.engine as engine\n"
        "def evaluate(*_):\n    raise ZeroDivisionError('secret')\n"
        "engine.evaluate = evaluate\n",
    )
    run, outputs, summary = on_github(project)
    assert run.outcome == (3, "block (incomplete)")
    assert outputs["verdict"] == "block"
    for text in (summary, comment_of(project)):
        assert "an internal error" in text
        assert "ZeroDivisionError" in text
        assert "secret" not in text


def test_a_run_that_breaks_off_leaves_a_comment_that_promotes_nothing(project: Project) -> None:
    project.gate("promote")
    on_github(project)
    assert "PROMOTE" in comment_of(project)
    project.write("conftest.py", "import os\ndef pytest_collection():\n    os._exit(0)\n")
    on_github(project)
    assert "PROMOTE" not in comment_of(project)
    assert "this run did not come to its end" in comment_of(project)


@pytest.mark.parametrize("is_merge", [True, False])
def test_the_commit_of_the_pull_request_is_named(project: Project, *, is_merge: bool) -> None:
    project.gate("promote")
    event = project.write("event.json", json.dumps({"pull_request": {"head": {"sha": HEAD}}}))
    for command in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q",
                    "--allow-empty", "-m", "x"]):  # fmt: skip
        project.pytester.run("git", *command)
    head = project.pytester.run("git", "rev-parse", "HEAD").stdout.str().strip()
    checked_out = head if is_merge else SHA
    env = {"GITHUB_SHA": checked_out, "GITHUB_EVENT_NAME": "pull_request"}
    _, _, summary = on_github(project, **env, GITHUB_EVENT_PATH=str(event))
    named = f"commit <code>{head[:12]}</code>."
    if is_merge:
        named = f"commit <code>{HEAD[:12]}</code>, merged into its base as <code>{head[:12]}</code>"
    assert f"Judged at {named}" in comment_of(project)
    assert f"Judged at {named}" in summary
    assert f"/blob/{checked_out}/gate.yaml" in summary


@pytest.mark.parametrize(
    "event",
    ["", "[]", "{}", '{"pull_request": []}', '{"pull_request": {"head": {"sha": 7}}}',
     '{"pull_request": {"head": {"sha": "main"}}}', "[" * 100_000],
)  # fmt: skip
def test_an_event_of_another_shape_names_no_commit(project: Project, event: str) -> None:
    project.write("gate.yaml", "version: 1\n")
    path = project.write("event.json", event)
    run, _, summary = on_github(
        project, GITHUB_EVENT_NAME="pull_request", GITHUB_EVENT_PATH=str(path)
    )
    assert run.status == 4
    assert f"Run at commit <code>{SHA[:12]}</code>." in summary


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


def test_each_gate_that_blocks_has_an_annotation(project: Project) -> None:
    project.gate("fail")
    for number in range(3):
        project.gate("fail", file=f"g{number}.gate.yaml", name=f"g{number}")
    run, _, _ = on_github(project, ".")
    files = [re.findall(r"file=([^,:]+)", line)[0] for line in commands(run)]
    assert set(files) == {"gate.yaml", "g0.gate.yaml", "g1.gate.yaml", "g2.gate.yaml"}


def test_a_gate_outside_the_repository_is_not_taken_for_another_file(project: Project) -> None:
    project.gate("fail")
    (project.path / "elsewhere").mkdir()
    run, _, summary = on_github(project, GITHUB_WORKSPACE=str(project.path / "elsewhere"))
    assert "/blob/" not in summary
    assert all("file=gate.yaml" not in line for line in commands(run))
    assert len(commands(run)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_workspace_that_is_a_link_is_followed(project: Project) -> None:
    project.gate("fail")
    (project.path / "workspace").symlink_to(project.path)
    run, _, _ = on_github(project, GITHUB_WORKSPACE=str(project.path / "workspace"))
    assert all("file=gate.yaml" in line for line in commands(run))
