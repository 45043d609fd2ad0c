"""The composite action, its steps run by bash as a runner would run them."""

import json
import os
import re
from pathlib import Path

import pytest
import yaml
from action_job import Job
from action_log import problems
from github_api import GitHub, Refusal, serving


GATE = "gate.example.yaml"
WORSE = "digits.candidate=examples/digits/artifacts/worse/*.jsonl"
FEW = "digits.candidate=examples/digits/artifacts/few-runs/*.jsonl"
UPLOAD = "Upload the reports"
COMMENT = "Comment on the pull request"
KEEPS_NO_MATCHER = "::remove-matcher owner=python::\n"
ROOT = Path(__file__).parents[2]


def test_a_better_model_is_promoted(job: Job) -> None:
    done = job.run(gates=GATE)
    judge = done.step("Judge")
    assert done.conclusion == "success", judge.log
    assert (done.outputs["verdict"], done.outputs["report"]) == ("promote", "evalgate-report")
    assert re.fullmatch("[0-9a-f]{64}", done.outputs["digest"])
    assert done.outputs["status"] == "0"
    assert "digits" in judge.summary
    upload = done.step(UPLOAD)
    assert upload.given["path"] == str(job.workspace / "evalgate-report")
    assert {"digits.json", "digits.comment.md"} <= set(upload.files)
    assert done.step(COMMENT).outcome == "skipped"


def test_a_worse_model_is_blocked_and_its_reports_are_uploaded(job: Job) -> None:
    done = job.run(gates=GATE, artifacts=WORSE)
    judge = done.step("Judge")
    assert (done.conclusion, judge.outcome) == ("failure", "failure")
    assert (done.outputs["verdict"], done.outputs["status"]) == ("block", "1")
    assert judge.annotations[0].name == "error"
    body = (job.workspace / "evalgate-report" / "digits.comment.md").read_text(encoding="utf-8")
    assert body.startswith("<!-- pytest-evalgate: digits -->\n")
    upload = done.step(UPLOAD)
    assert upload.outcome == "success"
    assert "digits.json" in upload.files


def test_too_few_runs_are_not_judged(job: Job) -> None:
    done = job.run(gates=GATE, artifacts=FEW)
    assert (done.conclusion, done.outputs["status"]) == ("failure", "21")
    assert done.outputs["verdict"] == "block"


def test_a_gate_that_is_not_there_is_wrong_use(job: Job) -> None:
    done = job.run(gates="no.gate.yaml")
    assert (done.conclusion, done.outputs["status"]) == ("failure", "4")
    assert done.outputs["verdict"] == "block"
    assert "no.gate.yaml does not exist" in done.step("Judge").log


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"gates": ""}, "the input `gates` is empty"),
        ({"gates": " \n\n "}, "the input `gates` is empty"),
        ({"gates": "--help"}, "`gates`: '--help' starts with '-'"),
        ({"gates": f"{GATE}\n-p evil"}, "`gates`: '-p evil' starts with '-'"),
        ({"gates": "@arguments.txt"}, "`gates`: '@arguments.txt' starts with '@'"),
        ({"gates": GATE, "arguments": "@x"}, "`arguments`: '@x' starts with '@'"),
        ({"gates": GATE, "output": ""}, "`output`: '' cannot be"),
        ({"gates": GATE, "output": "a\nverdict=promote"}, "`output`: 'a\\nverdict=promote' cannot"),
        ({"gates": GATE, "output": "**"}, "`output`: '**' cannot be"),
        ({"gates": GATE, "output": GATE}, f"`output`: '{GATE}' is a link or a file"),
        ({"gates": GATE, "output": "examples"}, "`output`: 'examples' holds files already"),
        ({"gates": GATE, "working_directory": "none"}, "`working-directory`: 'none' is no folder"),
        ({"gates": GATE, "comment": "yes"}, "`comment`: 'yes' is neither true nor false"),
        ({"gates": GATE, "upload": ""}, "`upload`: '' is neither true nor false"),
    ],
    ids=lambda value: re.sub(r"\W+", "-", str(value))[:40] if isinstance(value, dict) else "",
)
def test_inputs_that_are_no_gate_are_wrong_use(
    inputs: dict[str, str], reason: str, job: Job
) -> None:
    done = job.run(**inputs)
    judge = done.step("Judge")
    assert (done.conclusion, dict(done.outputs)) == (
        "failure",
        {"verdict": "block", "report": "", "digest": "", "status": "4"},
    )
    [annotation] = judge.annotations
    assert (annotation.name, annotation.properties) == ("error", {"title": "pytest-evalgate"})
    assert annotation.message.startswith(reason)
    assert "BLOCKED: nothing was judged" in judge.summary
    assert (done.step(UPLOAD).outcome, done.step(COMMENT).outcome) == ("skipped", "skipped")


def test_a_link_in_the_place_of_reports_is_wrong_use(job: Job) -> None:
    (job.workspace / "evalgate-report").symlink_to(job.folder)
    done = job.run(gates=GATE)
    assert (done.outputs["status"], done.step(UPLOAD).outcome) == ("4", "skipped")


def test_reports_that_the_repository_brought_are_not_taken_for_ours(job: Job) -> None:
    job.write("evalgate-report/other.comment.md", "<!-- pytest-evalgate: other -->\npromoted\n")
    with serving(GitHub()) as github:
        job.start_by_pull_request(github.url)
        done = job.run(gates=GATE, comment="true")
    assert "holds files already" in done.step("Judge").annotations[0].message
    assert (done.step(UPLOAD).outcome, github.comments) == ("skipped", [])


HOSTILE = (
    "$(touch owned)",
    "`touch owned`",
    '"; touch owned; "',
    "'; touch owned; '",
    "x | touch owned",
    "${{ github.token }}",
    "::error::forged",
    "##[error]forged",
    "%0A::error::forged",
)


@pytest.mark.parametrize("name", ["gates", "artifacts", "working_directory", "policy_ref"])
def test_nothing_in_an_input_is_run(name: str, job: Job) -> None:
    done = job.run(**{"gates": "no.gate.yaml", name: "\n".join(HOSTILE)})
    assert (done.conclusion, done.outputs["status"]) == ("failure", "4")
    assert not list(job.folder.glob("**/owned"))
    assert not any("forged" in one.message[:9] for one in done.step("Judge").annotations)
    assert done.outputs["verdict"] == "block"


def test_a_gate_may_have_a_strange_name(job: Job) -> None:
    name = """a "b" $(c) 'd'; e.gate.yaml"""
    (job.workspace / GATE).rename(job.workspace / name)
    done = job.run(gates=f"\n  {name}\n", output="my reports")
    assert done.outputs["status"] == "0", done.step("Judge").log
    assert done.step(UPLOAD).given["path"] == str(job.workspace / "my reports")


IN_ID = "::error::forged##[error]forged</code><script>forged</script>|%0A::error::forged"
LINES = (
    "\n::error::forged",
    "\r::set-output name=verdict::promote",
    "\n##[error]forged",
    "\nverdict=promote",
    "\nFile \"x\", line 1, in f\nraise X('forged')",
    "\n</code><script>forged</script>\n# forged",
)


def test_texts_of_gate_and_artifacts_are_no_commands(job: Job) -> None:
    text = (job.workspace / GATE).read_text(encoding="utf-8")
    # A gate file holds no control but the line break. The other text is wrapped into a traceback.
    traceback = f"{'A' * 106} File \"x\", line 1, in {'f' * 86} raise X('forged')"
    why = json.dumps("".join(LINES).replace("\r", "\n"))
    job.write(
        GATE,
        text.replace("superiority}", f"superiority, why: {why}, action: {json.dumps(traceback)}}}"),
    )
    for path in (job.workspace / "examples/digits/artifacts").glob("*/*.jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        changed = [{**row, "example_id": f"{row['example_id']}{IN_ID}"} for row in rows]
        path.write_text("\n".join(map(json.dumps, changed)) + "\n", encoding="utf-8")
    done = job.run(gates=GATE, artifacts=WORSE, arguments="-vv")
    judge = done.step("Judge")
    assert (done.outputs["verdict"], done.outputs["status"]) == ("block", "1"), judge.log
    assert set(judge.outputs) == {"verdict", "folder", "status", "report", "digest"}
    assert all("digits" in one.properties["title"] for one in judge.annotations)
    assert {one.name for one in judge.commands} == {"remove-matcher", "error"}
    assert problems(judge.log.partition(KEEPS_NO_MATCHER)[2]) != ()  # why the matcher must go
    assert judge.problems == ()
    assert "forged" in judge.log
    lines = judge.summary.splitlines()
    assert not any(line.startswith(("# forged", "</code>", "verdict=")) for line in lines)


def test_the_errors_of_a_gate_file_are_no_commands(job: Job) -> None:
    job.write(
        GATE, "version: 1\n::error::forged: x\n'##[error]forged': x\n\"\\n::error::forged\": x\n"
    )
    done = job.run(gates=GATE)
    judge = done.step("Judge")
    assert (done.outputs["verdict"], done.outputs["status"]) == ("block", "4")
    assert "forged" in judge.log
    assert not any(one.message.startswith("forged") for one in judge.annotations), judge.log


def test_an_override_cannot_become_an_option(job: Job) -> None:
    done = job.run(gates=GATE, artifacts="--collect-only\n-h\n@x")
    assert done.outputs["status"] == "4"
    assert "expected NAME.ARM=PATH" in done.step("Judge").log


def test_the_repository_takes_no_part_in_judging(job: Job) -> None:
    evil = "import os\nos._exit(0)\n"
    for name in ("conftest.py", "pytest.py", "pytest_evalgate.py", "sitecustomize.py", "json.py"):
        job.write(name, evil)
    job.write("pytest.ini", "[pytest]\naddopts = --collect-only\n")
    job.write("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '--help'\n")
    job.environment.update(
        PYTEST_ADDOPTS="--version",
        PYTEST_PLUGINS="json",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        PYTHONPATH=str(job.workspace),
        PYTHONSTARTUP="conftest.py",
    )
    done = job.run(gates=GATE, artifacts=WORSE)
    assert (done.outputs["status"], done.outputs["verdict"]) == ("1", "block")


def test_the_plugin_comes_from_the_commit_that_is_pinned(job: Job) -> None:
    job.run(gates="")
    arguments = job.pip.read_text(encoding="utf-8").splitlines()
    assert arguments[-1] == str(ROOT)
    assert not any(one.startswith("pytest") for one in arguments)


def test_a_failed_install_judges_nothing(job: Job) -> None:
    job.pip_status = 1
    done = job.run(gates=GATE, comment="true")
    assert done.conclusion == "failure"
    assert [step.outcome for step in done.steps[2:4]] == ["skipped", "skipped"]
    assert done.outputs["verdict"] == ""


PROMOTED = "<!-- pytest-evalgate: digits -->\n## digits: PROMOTE\n"


@pytest.mark.parametrize(
    "how",
    ["no install", "no Python", "wrong inputs", "wrong gate file", "no gate file", "wrong option"],
)
def test_no_promotion_of_an_older_run_stands(how: str, job: Job) -> None:
    inputs = {"gates": GATE, "comment": "true"}
    if how == "no install":
        job.pip_status = 1
    if how == "no Python":
        job.python_outcome = "failure"
    if how == "wrong inputs":
        job.write("evalgate-report/digits.json", "{}")
    if how == "wrong gate file":
        job.write(GATE, (job.workspace / GATE).read_text(encoding="utf-8") + "\nwrong: 1\n")
    if how == "no gate file":
        inputs["gates"] = "none.yaml"
    if how == "wrong option":
        inputs["arguments"] = "--no-such-option"
    with serving(GitHub()) as github:
        github.add(PROMOTED)
        job.start_by_pull_request(github.url)
        done = job.run(**inputs)
    assert (done.conclusion, done.step(COMMENT).outcome) == ("failure", "success")
    [comment] = [one["body"] for one in github.comments]
    assert "PROMOTE" not in comment
    assert ("BLOCKED" if how == "wrong gate file" else "no verdict") in comment
    if how in {"wrong inputs", "wrong gate file", "no gate file"}:
        judge = done.step("Judge")
        assert judge.annotations[0].name == "error"
        assert "BLOCKED" in judge.summary


def test_a_usage_error_is_no_markup_in_the_summary(job: Job) -> None:
    done = job.run(gates="-</code><script>@forged www.forged.example `x` | http://forged")
    summary = done.step("Judge").summary
    text = summary.partition("<code>")[2]
    assert text.count("<") == text.count("<!-- -->") + 1  # what is left closes <code>
    assert not any(sign in text for sign in ("www.", "://", "`", "|", "<script"))


def test_a_failed_upload_fails_the_action(job: Job) -> None:
    job.upload_outcome = "failure"
    done = job.run(gates=GATE)
    assert (done.conclusion, done.outputs["status"]) == ("failure", "0")


def test_upload_may_be_off_and_the_python_that_is_there_may_serve(job: Job) -> None:
    job.environment["PATH"] = f"{job.shim('python3').parent}{os.pathsep}{job.environment['PATH']}"
    done = job.run(gates=GATE, upload="False", python_version="")
    assert (done.conclusion, job.used) == ("success", [])


def test_further_arguments_and_a_folder_are_taken(job: Job) -> None:
    (job.workspace / "sub").mkdir()
    for name in (GATE, "examples"):
        (job.workspace / name).rename(job.workspace / "sub" / name)
    done = job.run(gates=GATE, working_directory="sub", arguments="--evalgate-plan\n-q")
    assert done.outputs["status"] == "20", done.step("Judge").log
    assert done.step(UPLOAD).given["path"] == str(job.workspace / "sub" / "evalgate-report")


def test_a_revision_for_the_policy_is_refused_so_far(job: Job) -> None:
    done = job.run(gates=GATE, policy_ref="main")
    assert done.outputs["status"] == "4"
    assert "--evalgate-policy-ref is not yet supported" in done.step("Judge").log


def test_the_comment_is_written_and_the_gate_still_blocks(job: Job) -> None:
    with serving(GitHub()) as github:
        job.start_by_pull_request(github.url)
        done = job.run(gates=GATE, artifacts=WORSE, comment="true", token="a-token")  # noqa: S106
    assert done.step(COMMENT).outcome == "success"
    assert [one["body"].splitlines()[0] for one in github.comments] == [
        "<!-- pytest-evalgate: digits -->"
    ]
    assert github.tokens == {"Bearer a-token"}
    assert (done.conclusion, done.outputs["status"]) == ("failure", "1")


def test_a_refused_comment_changes_nothing(job: Job) -> None:
    with serving(GitHub()) as github:
        github.refusals["POST"] = Refusal(status=403)
        job.start_by_pull_request(github.url)
        done = job.run(gates=GATE, comment="true")
    assert (done.conclusion, done.step(COMMENT).outcome) == ("success", "success")
    assert [one.name for one in done.step(COMMENT).annotations] == ["warning"]


def test_the_workflow_of_the_page_works_as_it_stands(job: Job) -> None:
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    workflow = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    given = workflow["jobs"]["gate"]["steps"][-1]["with"]
    (job.workspace / GATE).rename(job.workspace / "gate.yaml")
    with serving(GitHub()) as github:
        job.start_by_pull_request(github.url)
        done = job.run(**{name: str(value).lower() for name, value in given.items()})
    assert (done.conclusion, done.outputs["verdict"], len(github.comments)) == (
        "success",
        "promote",
        1,
    )
    assert "baseline  candidate" in done.step("Judge").log  # wide enough for the whole table


def test_no_step_but_the_comment_sees_the_token(job: Job) -> None:
    done = job.run(gates="", token="a-token")  # noqa: S106 - made up
    assert not any("a-token" in str(step) for step in done.steps)
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert text.count("inputs.token") == 1


@pytest.mark.parametrize("word", ["--version", "--help", "-h", "--evalgate-no-github"])
def test_a_session_that_tells_no_promotion_is_none(word: str, job: Job) -> None:
    done = job.run(gates=GATE, arguments=word)
    assert done.conclusion == "failure"
    assert (done.outputs["verdict"], done.outputs["status"]) == ("block", "20")
    assert "ended without a promotion" in done.step("Judge").log


@pytest.mark.parametrize("output", ["out/../..", "link/reports"])
def test_reports_are_not_led_elsewhere(output: str, job: Job) -> None:
    (job.workspace / "out").mkdir()
    (job.workspace / "link").symlink_to(job.workspace / "examples")
    done = job.run(gates=GATE, output=output)
    assert done.outputs["status"] == "4"
    assert "leads through a link" in done.step("Judge").log


def test_arguments_cannot_lead_the_reports_elsewhere(job: Job) -> None:
    done = job.run(gates=GATE, arguments="--evalgate-output=other")
    assert done.outputs["status"] == "4"
    assert "reports go where `output` says" in done.step("Judge").log
