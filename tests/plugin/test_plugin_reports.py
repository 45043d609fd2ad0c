"""Reports as files: which are written when, and none of a former run beside newer evidence."""

import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.evidence import from_json
from pytest_evalgate.report.kinds import Kind, render


Project = Any

FAIL = "def pytest_sessionfinish():\n    import os\n    os._exit(0)\n"


def names(project: Project) -> list[str]:
    return sorted(path.name for path in project.reports.iterdir())


@pytest.mark.parametrize(
    ("arguments", "env", "ini", "suffixes"),
    [
        pytest.param((), {}, "", (".md",), id="usual"),
        pytest.param((), {"CI": "true"}, "", (".html", ".md"), id="in CI"),
        pytest.param(("html",), {}, "", (".html",), id="typed"),
        pytest.param(("junit", "badge", "junit"), {"CI": "1"}, "", (".junit.xml", ".svg"),
                     id="typed in CI"),
        pytest.param((), {"CI": "true"}, "evalgate_reports = junit html", (".html", ".junit.xml"),
                     id="configured"),
        pytest.param(("markdown",), {}, "evalgate_reports = junit", (".md",),
                     id="typed before configured"),
    ],
)  # fmt: skip
def test_reports_are_written_as_asked(
    project: Project,
    arguments: tuple[str, ...],
    env: dict[str, str],
    ini: str,
    suffixes: tuple[str, ...],
) -> None:
    project.gate("promote")
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    run = project.run("--evalgate", "gate.yaml", *(f"--evalgate-report={one}" for one in arguments),
                      env=env)  # fmt: skip
    assert run.outcome == (0, "promote")
    assert names(project) == sorted(["demo.json", *(f"demo{suffix}" for suffix in suffixes)])
    for suffix in suffixes:
        assert f"evalgate-report/demo{suffix}" in run.out


@pytest.mark.parametrize("kind", ["fail", "invalid"])
def test_a_report_says_what_the_evidence_says(project: Project, kind: str) -> None:
    project.gate(kind)
    project.run("--evalgate", "gate.yaml", *(f"--evalgate-report={one}" for one in Kind))
    evidence = from_json((project.reports / "demo.json").read_text("ascii"))
    for one in Kind:
        written = (project.reports / f"demo{one.suffix}").read_text("utf-8")
        assert written == render(one, evidence)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        pytest.param("pdf", "--evalgate-report 'pdf': expected markdown, html, junit", id="typed"),
        pytest.param("", "--evalgate-report '': expected markdown, html, junit", id="empty"),
    ],
)
def test_a_kind_that_is_not_known_is_wrong_use(project: Project, typed: str, message: str) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", f"--evalgate-report={typed}")
    assert run.outcome == (4, None)
    assert message in run.err


def test_a_configured_kind_that_is_not_known_is_wrong_use(project: Project) -> None:
    project.gate("promote")
    project.write("pytest.ini", "[pytest]\nevalgate_reports = html pdf\n")
    run = project.run("--evalgate", "gate.yaml")
    assert run.outcome == (4, None)
    assert "the ini option evalgate_reports: 'pdf': expected" in run.err


def test_reports_of_a_former_run_are_gone_when_a_run_crashes(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml", *(f"--evalgate-report={one}" for one in Kind))
    assert len(names(project)) == 1 + len(Kind)
    project.write("conftest.py", "import os\ndef pytest_collection():\n    os._exit(9)\n")
    run = project.run("--evalgate", "gate.yaml")
    assert run.outcome == (9, "block (incomplete)")
    assert names(project) == ["demo.json"]


def test_reports_not_asked_for_again_do_not_stay(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml", "--evalgate-report=html")
    project.gate("fail")
    project.run("--evalgate", "gate.yaml", "--evalgate-report=junit")
    assert names(project) == ["demo.json", "demo.junit.xml"]


def test_other_peoples_files_stay(project: Project) -> None:
    project.gate("promote")
    own = project.write("evalgate-report/demo.html", "<h1>my page</h1>")
    project.run("--evalgate", "gate.yaml")
    assert own.read_text() == "<h1>my page</h1>"


def test_looking_without_judging_leaves_reports_alone(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml")
    before = (project.reports / "demo.md").read_bytes()
    run = project.run("--evalgate", "gate.yaml", "--collect-only")
    assert run.status == 20
    assert (project.reports / "demo.md").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_report_is_never_written_through_a_link(project: Project) -> None:
    project.gate("promote")
    target = project.write("elsewhere.md", "mine")
    project.reports.mkdir()
    (project.reports / "demo.md").symlink_to(target)
    run = project.run("--evalgate", "gate.yaml")
    assert run.status == 22
    assert "demo.md is a link or no file" in run.out
    assert target.read_text() == "mine"


def test_a_report_that_cannot_be_written_ends_in_twenty_two(project: Project) -> None:
    project.gate("promote")
    (project.reports / "demo.md").mkdir(parents=True)
    run = project.run("--evalgate", "gate.yaml")
    assert run.status == 22
    assert "demo.md is a link or no file" in run.out


def test_workers_change_no_report(project: Project) -> None:
    project.gate("fail")
    project.run("--evalgate", "gate.yaml")
    alone = (project.reports / "demo.md").read_text("utf-8")
    project.run("--evalgate", "gate.yaml", "-n", "2", plugins=("xdist", "xdist.looponfail"))
    together = (project.reports / "demo.md").read_text("utf-8")
    assert _without_time(together) == _without_time(alone)


def _without_time(text: str) -> list[str]:
    return [line for line in text.splitlines() if "created" not in line.lower()]


def test_modules_of_reports_are_loaded_only_when_asked_for(project: Project) -> None:
    project.gate("promote")
    project.write(
        "conftest.py",
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    names = ('jinja2', 'pytest_evalgate.report.webpage', 'pytest_evalgate.report.junit',\n"
        "             'pytest_evalgate.report.badge', 'pytest_evalgate.report.github', 'xml.sax')\n"
        "    open('loaded', 'w').write(' '.join(n for n in names if n in sys.modules))\n",
    )
    run = project.run("--evalgate", "gate.yaml")
    assert run.status == 0
    assert Path("loaded").read_text() == ""


@pytest.mark.parametrize("name", ["demo.comment", "demo.INCOMPLETE"])
def test_a_gate_is_not_called_like_a_file_beside_the_evidence(project: Project, name: str) -> None:
    project.gate("promote", name=name)
    run = project.run("--evalgate", "gate.yaml")
    assert run.status == 4
    assert "gate.yaml:2:7: error[spec]: 'gate' in the gate file cannot end in" in run.err


def test_a_copy_of_the_evidence_under_another_name_stays(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml")
    copy = project.reports / "demo-v6.json"
    copy.write_bytes((project.reports / "demo.json").read_bytes())
    before = copy.read_bytes()
    project.gate("fail")
    project.run("--evalgate", "gate.yaml")
    assert copy.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
@pytest.mark.parametrize(
    "name", ["x\n::error::owned.gate.yaml", "a::b.gate.yaml", "##[x].gate.yaml"]
)
def test_a_gate_file_whose_name_is_a_command_is_refused(project: Project, name: str) -> None:
    project.gate("promote", file=f"gates/{name}")
    run = project.run("--evalgate", "gates")
    assert run.status == 4
    assert "rename it" in run.err
    lines = [line.strip() for line in run.text.splitlines()]
    assert not any(line.startswith("::") or "##[" in line for line in lines)
