"""Calls that cannot be a gate end in 4 and say why: no traceback, no 0."""

import os
from typing import Any

import pytest


Project = Any

BROKEN = "version: 1\ngate: demo\nrules: {a: [}\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param(("",), "an empty path was given", id="empty-path"),
        pytest.param(("gate.yaml", ""), "an empty path was given", id="empty-path-beside-a-gate"),
        pytest.param(("missing.yaml",), "missing.yaml does not exist", id="missing"),
        pytest.param(("gate.yaml", "missing.yaml"), "does not exist", id="missing-beside-a-gate"),
        pytest.param(("missing.yaml::safety",), "missing.yaml does not exist", id="missing-rule"),
        pytest.param(("empty",), "no gate file was found", id="folder-without-gates"),
        pytest.param(("test_other.py",), "no gate file was found", id="tests-only"),
        pytest.param(("pipe.yaml",), "pipe.yaml is no regular file", id="pipe"),
        pytest.param(
            ("gate.yaml", "--evalgate-output="), "--evalgate-output is empty", id="output"
        ),
        pytest.param(("gate.yaml", "--evalgate-policy-ref=main"), "not yet supported", id="ref"),
        pytest.param(
            ("gate.yaml", "--evalgate-report=pdf"), "'pdf': expected markdown", id="report"
        ),
        pytest.param(("gate.yaml", "--evalgate-artifact=evals"), "expected NAME", id="no-equals"),
        pytest.param(("gate.yaml", "--evalgate=1"), "ignored explicit argument", id="a-value"),
        pytest.param(("gate.yaml", "-pno:evalgate"), "unrecognized arguments", id="plugin-off"),
        pytest.param(
            ("gate.yaml", "-oevalgate_reports=pdf"), "'pdf': expected markdown", id="ini-report"
        ),
    ],
)
def test_a_call_that_cannot_be_a_gate_is_a_usage_error(
    project: Project, args: tuple[str, ...], words: str
) -> None:
    project.gate("promote")
    project.write("test_other.py", "def test_other(): pass\n")
    (project.path / "empty").mkdir()
    os.mkfifo(project.path / "pipe.yaml")
    run = project.run("--evalgate", *args)
    assert run.outcome == (4, None)
    assert words in run.err
    assert "Traceback" not in run.text


def test_without_plugin_autoload_the_option_is_unknown(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    assert run.outcome == (4, None)
    assert "unrecognized arguments: --evalgate" in run.err


def test_the_plugin_named_by_hand_works_without_autoload(project: Project) -> None:
    project.gate("fail")
    run = project.run(
        "--evalgate",
        "gate.yaml",
        "-ppytest_evalgate.plugin.hooks",
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert run.outcome == (1, "block")


@pytest.mark.parametrize(
    "args",
    [
        pytest.param((), id="plain"),
        pytest.param(("--continue-on-collection-errors",), id="continue"),
        pytest.param(("-n2",), id="xdist"),
        pytest.param(("--co",), id="co"),
    ],
)
def test_a_broken_gate_file_is_told_with_its_place(project: Project, args: tuple[str, ...]) -> None:
    project.gate("promote")
    project.write("gate.yaml", BROKEN)
    project.write("test_other.py", "def test_other(): pass\n")
    run = project.run("--evalgate", "gate.yaml", "test_other.py", *args, plugins=["xdist"])
    assert run.outcome == (4, None if args == ("--co",) else "block (incomplete)")
    assert "gate.yaml:3:" in run.err
    assert "error[spec]" in run.err
    assert "Traceback" not in run.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "expected a mapping", id="empty-file"),
        pytest.param("# nothing\n", "expected a mapping", id="comment-only"),
        pytest.param("version: 1\ngate: demo\nrules: {}\n", "rules", id="no-rules"),
        pytest.param("version: 1\ngate: demo\nrules: []\n", "rules", id="rules-as-a-list"),
        pytest.param("\0", "error[spec]", id="no-text"),
    ],
)
def test_a_gate_without_rules_is_an_error(project: Project, text: str, words: str) -> None:
    project.write("gate.yaml", text)
    project.write("test_other.py", "def test_other(): pass\n")
    run = project.run("--evalgate", "gate.yaml", "test_other.py")
    assert run.status == 4
    assert set(run.verdicts.values()) <= {"block (incomplete)"}
    assert words in run.err
    assert "Traceback" not in run.text


def test_all_problems_of_all_gate_files_are_told_at_once(project: Project) -> None:
    for name in "ab":
        text = project.gate(file=f"{name}.gate.yaml", name=name).read_text("utf-8")
        project.write(f"{name}.gate.yaml", text.replace("margin: 10pp", "margn: 10pp"))
    project.gate("promote", file="c.gate.yaml", name="c")
    run = project.run("--evalgate", ".")
    assert (run.status, set(run.verdicts.values())) == (4, {"block (incomplete)"})
    assert "a.gate.yaml:10:" in run.err
    assert "b.gate.yaml:10:" in run.err


@pytest.mark.parametrize("kind", ["promote", "fail"])
def test_the_ini_option_alone_asks_for_no_gate(project: Project, kind: str) -> None:
    project.gate(kind)
    project.write("pytest.ini", "[pytest]\nevalgate_gates = gate.yaml\n")
    project.write("test_other.py", "def test_other(): pass\n")
    run = project.run()
    assert run.outcome == (0, None)
    assert "1 passed" in run.out
    assert "evalgate:" not in run.out


@pytest.mark.parametrize(
    ("ini", "gate", "status", "verdict"),
    [
        pytest.param("", "gate.yaml", 0, "promote", id="default-name"),
        pytest.param("evalgate_gates = g/a.yaml", "g/a.yaml", 0, "promote", id="ini-name"),
        pytest.param("evalgate_gates = missing.yaml", "gate.yaml", 4, None, id="ini-missing"),
        pytest.param("evalgate_gates = gate.yaml ''", "gate.yaml", 4, None, id="ini-empty-name"),
        pytest.param("", "other.yaml", 4, None, id="default-missing"),
    ],
)
def test_a_bare_call_runs_the_gates_of_the_ini_and_nothing_else(
    project: Project, ini: str, gate: str, status: int, verdict: str | None
) -> None:
    project.gate("promote", file=gate)
    project.write("pytest.ini", f"[pytest]\n{ini}\ntestpaths = .\n")
    project.write("test_other.py", "def test_other(): assert False\n")
    run = project.run("--evalgate")
    assert run.outcome == (status, verdict)
    if status == 0:
        assert "collected 3 items" in run.out
        assert f"evalgate: gates from the ini option: {gate}" in run.out


@pytest.mark.parametrize(
    ("ini", "env", "status", "verdict"),
    [
        pytest.param("addopts = --co", {}, 20, None, id="ini-co"),
        pytest.param("addopts = -k accuracy", {}, 20, "block (partial)", id="ini-k"),
        pytest.param("addopts = -p no:evalgate", {}, 4, None, id="ini-plugin-off"),
        pytest.param("addopts = --help", {}, 4, None, id="ini-help"),
        pytest.param("", {"PYTEST_ADDOPTS": "--version"}, 4, None, id="env-version"),
        pytest.param("", {"PYTEST_ADDOPTS": "-h"}, 4, None, id="env-help"),
        pytest.param("", {"PYTEST_ADDOPTS": "--co"}, 20, None, id="env-co"),
        pytest.param("", {"PYTEST_ADDOPTS": "-k safety"}, 20, "block (partial)", id="env-k"),
        pytest.param("", {"PYTEST_ADDOPTS": "--setup-plan"}, 20, None, id="env-setup-plan"),
        pytest.param("addopts = --evalgate-partial", {}, 4, None, id="ini-partial"),
        pytest.param("addopts = --evalgate-plan", {}, 4, None, id="ini-plan"),
        pytest.param("", {"PYTEST_ADDOPTS": "--evalgate-plan"}, 4, None, id="env-plan"),
        pytest.param("addopts = --evalgate-artifact=evals.candidate=x", {}, 4, None, id="ini-path"),
        pytest.param("", {"PYTEST_ADDOPTS": "--evalgate-partial"}, 4, None, id="env-partial"),
        pytest.param("", {"PYTEST_ADDOPTS": "--evalgate-policy-ref=x"}, 4, None, id="env-ref"),
        pytest.param(
            "", {"PYTEST_ADDOPTS": "--evalgate-artifact evals.candidate=x"}, 4, None, id="env-path"
        ),
    ],
)
def test_configuration_cannot_loosen_a_gate(
    project: Project, ini: str, env: dict[str, str], status: int, verdict: str | None
) -> None:
    project.gate("promote")
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    run = project.run("--evalgate", "gate.yaml", env=env)
    assert run.outcome == (status, verdict)


def test_one_typed_override_does_not_excuse_one_of_the_configuration(project: Project) -> None:
    project.gate("promote")
    good = "evals.candidate=data/demo/candidate.jsonl"
    run = project.run(
        "--evalgate",
        "gate.yaml",
        f"--evalgate-artifact={good}",
        env={"PYTEST_ADDOPTS": "--evalgate-artifact evals.baseline=x"},
    )
    assert run.outcome == (4, None)


def test_a_partial_run_is_refused_in_ci(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", "--evalgate-partial", env={"CI": "true"})
    assert run.outcome == (4, None)
    assert "--evalgate-partial is refused where the variable CI is set" in run.err


def test_the_option_may_stand_in_the_configuration(project: Project) -> None:
    project.gate("fail")
    project.write("pytest.ini", "[pytest]\naddopts = --evalgate\n")
    assert project.run("gate.yaml").outcome == (1, "block")
