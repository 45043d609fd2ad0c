"""Under xdist the controller decides; workers show what they were told."""

import json
from typing import Any

import pytest


Project = Any

PARTIAL = "block (partial)"
TELL_MODULES = """\
import json, sys
from pathlib import Path
def pytest_sessionfinish(session):
    if hasattr(session.config, "workerinput"):
        name = session.config.workerinput["workerid"]
        Path(f"{name}.json").write_text(json.dumps(sorted(sys.modules)))
"""
HEAVY = ("numpy", "scipy", "yaml", "pytest_evalgate.gate", "pytest_evalgate.spec",
         "pytest_evalgate.artifacts", "pytest_evalgate.stats")  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "args", "status", "verdict"),
    [
        pytest.param("promote", (), 0, "promote", id="promote"),
        pytest.param("fail", (), 1, "block", id="fail"),
        pytest.param("invalid", (), 21, "block", id="invalid"),
        pytest.param("fail", ("--dist=each",), 1, "block", id="each"),
        pytest.param("promote", ("--dist=loadfile",), 0, "promote", id="loadfile"),
        pytest.param("promote", ("-k", "accuracy"), 20, PARTIAL, id="k"),
        pytest.param("promote", ("--co",), 20, None, id="co"),
    ],
)
def test_two_workers_end_as_one_process_does(
    project: Project, kind: str, args: tuple[str, ...], status: int, verdict: str | None
) -> None:
    project.gate(kind)
    run = project.run("--evalgate", "gate.yaml", "-n2", *args, plugins=["xdist"])
    assert run.outcome == (status, verdict)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["promote", "fail", "inconclusive", "invalid"])
@pytest.mark.parametrize("dist", ["load", "each", "loadfile", "loadscope", "worksteal"])
def test_every_distribution_ends_as_one_process_does(
    project: Project, kind: str, dist: str
) -> None:
    project.gate(kind)
    alone = project.run("--evalgate", "gate.yaml").outcome
    run = project.run("--evalgate", "gate.yaml", "-n2", f"--dist={dist}", plugins=["xdist"])
    assert run.outcome == alone


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("missing.yaml", id="missing"),
        pytest.param("", id="empty"),
    ],
)
def test_a_path_that_is_no_gate_is_refused_before_workers_start(
    project: Project, path: str
) -> None:
    project.gate("promote")
    run = project.run("--evalgate", path, "-n2", plugins=["xdist"])
    assert run.outcome == (4, None)
    assert "nodes" not in run.out


def test_stopping_at_the_first_failure_is_never_a_0(project: Project) -> None:
    project.gate("fail")
    run = project.run("--evalgate", "gate.yaml", "-n2", "-x", plugins=["xdist"])
    assert run.outcome in {(20, PARTIAL), (1, "block")}


def test_a_bare_call_runs_the_gates_of_the_ini_in_workers(project: Project) -> None:
    project.gate("promote", file="gates/a.yaml")
    project.write("pytest.ini", "[pytest]\nevalgate_gates = gates/a.yaml\ntestpaths = .\n")
    project.write("test_other.py", "def test_other(): assert False\n")
    run = project.run("--evalgate", "-n2", plugins=["xdist"])
    assert run.outcome == (0, "promote")


@pytest.mark.parametrize(
    ("death", "args", "status", "partial"),
    [
        pytest.param("os._exit(0)", (), 1, 20, id="exit-0"),
        pytest.param("os._exit(0)", ("--max-worker-restart=0",), 1, 20, id="exit-0-no-restart"),
        pytest.param("os.kill(os.getpid(), 9)", (), 1, 20, id="kill"),
        pytest.param("pytest.exit('x', returncode=0)", (), 3, 3, id="pytest-exit"),
    ],
)
def test_a_worker_that_dies_is_never_a_0(
    project: Project, death: str, args: tuple[str, ...], status: int, partial: int
) -> None:
    project.gate("promote")
    others = "".join(f"def test_{i}(): pass\n" for i in range(4))
    project.write("test_other.py", f"import os, pytest\ndef test_death(): {death}\n{others}")
    paths = ("test_other.py", "gate.yaml")
    run = project.run("--evalgate", *paths, "-n2", *args, plugins=["xdist"])
    # The other worker may have run the whole gate, or not: both are told as they are.
    assert run.outcome in {(status, "promote"), (partial, PARTIAL)}


def test_a_worker_that_dies_on_a_rule_leaves_it_unshown(project: Project) -> None:
    project.gate("promote")
    project.write(
        "conftest.py",
        "import os\ndef pytest_runtest_call(item):\n    if item.name == 'safety': os._exit(0)\n",
    )
    run = project.run("--evalgate", "gate.yaml", "-n2", plugins=["xdist"])
    assert run.outcome == (20, PARTIAL)


def test_workers_import_no_engine(project: Project) -> None:
    project.gate("promote")
    project.write("conftest.py", TELL_MODULES)
    assert project.run("--evalgate", "gate.yaml", "-n2", plugins=["xdist"]).status == 0
    told = [json.loads(path.read_text()) for path in sorted(project.path.glob("gw*.json"))]
    assert len(told) == 2
    for modules in told:
        assert "pytest_evalgate.plugin.session" in modules
        assert [name for name in modules if name.startswith(HEAVY)] == []
