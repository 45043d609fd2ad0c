"""Without `--evalgate` the plugin adds its options to `--help` and nothing else."""

import json
import sys
from typing import Any

import pytest


Project = Any

TELL_MODULES = """\
import json, sys
from pathlib import Path
def pytest_unconfigure():
    Path("modules.json").write_text(json.dumps(sorted(sys.modules)))
"""
OURS = {"pytest_evalgate", "pytest_evalgate.plugin", "pytest_evalgate.plugin.hooks"}


@pytest.mark.parametrize(
    ("test", "args"),
    [
        pytest.param("def test_other(): pass\n", (), id="passing"),
        pytest.param("def test_other(): assert False\n", (), id="failing"),
        pytest.param("", (), id="no-tests"),
        pytest.param("raise KeyError\n", (), id="import-error"),
        pytest.param("def test_other(): pass\n", ("--co",), id="co"),
        pytest.param("def test_other(): pass\n", ("-k", "x"), id="deselected"),
        pytest.param("import pytest\npytest.exit('x', returncode=0)\n", (), id="pytest-exit-0"),
    ],
)
def test_a_session_is_the_same_with_and_without_the_plugin(
    project: Project, test: str, args: tuple[str, ...]
) -> None:
    project.gate("fail")
    project.write("conftest.py", TELL_MODULES)
    if test:
        project.write("test_other.py", test)
    bare = project.run(*args, "-pno:evalgate")
    run = project.run(*args, python=["-B"])  # a new process, with nothing imported before
    assert run.status == bare.status
    assert shown(run.out) == shown(bare.out)
    assert not project.reports.exists()
    modules = json.loads((project.path / "modules.json").read_text())
    heavy = {"numpy", "scipy", "yaml"} & set(modules)
    assert (heavy, {name for name in modules if name.startswith("pytest_evalgate")}) == (
        set(), OURS
    )  # fmt: skip


def shown(out: str) -> list[str]:
    """Leave out what names the plugin or the time that a session took."""
    lines = (line for line in out.splitlines() if not line.startswith("plugins: "))
    return [line.split(" in 0.")[0].rstrip("= ") for line in lines]


def test_a_conftest_that_leaves_is_not_held(project: Project) -> None:
    project.write("conftest.py", "import sys\nsys.exit(7)\n")
    assert project.run().status == 7


def test_a_yaml_file_is_not_collected(project: Project) -> None:
    project.gate("fail")
    run = project.run("gate.yaml")
    assert run.outcome == (4, None)
    assert "collected 0 items" in run.out


def test_help_names_every_option(project: Project) -> None:
    run = project.run("--help")
    options = ("", "-artifact", "-output", "-report", "-plan", "-policy-ref", "-partial")
    for option in options:
        assert f"--evalgate{option}" in run.out
    for ini in ("evalgate_gates", "evalgate_output", "evalgate_reports"):
        assert ini in run.out


def test_the_entry_point_imports_pytest_alone(pytester: pytest.Pytester) -> None:
    code = "import sys, pytest; before = set(sys.modules); import pytest_evalgate.plugin.hooks; "
    code += "print(sorted(set(sys.modules) - before))"
    done = pytester.run(sys.executable, "-c", code)
    assert done.outlines == [str(sorted(OURS))]
