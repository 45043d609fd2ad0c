"""A killed session leaves no torn file, and no promotion before the gate was run whole."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest


Project = Any

# Tells when the last item of the gate was shown: no promotion may be on disk before.
CONFTEST = """\
from pathlib import Path
def pytest_runtest_logfinish(nodeid):
    if nodeid.endswith("::decision"):
        Path("done").touch()
"""


def kill_once(project: Project, seconds: float, environment: dict[str, str]) -> str:
    """Kill a session after some seconds and return what stands on disk."""
    evidence = Path(project.reports / "demo.json")
    done = Path(project.path / "done")
    evidence.unlink(missing_ok=True)
    done.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "--evalgate", "gate.yaml", "-q"]
    with subprocess.Popen(
        [*command, *project.block()],
        cwd=project.path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    if not evidence.exists():
        return "nothing"
    verdict = str(json.loads(evidence.read_bytes())["decision"]["verdict"])  # never torn
    if verdict == "promote":
        assert done.exists()
    return verdict


def check_kills(project: Project, environment: dict[str, str], *, kills: int) -> None:
    project.gate("promote")
    project.write("conftest.py", CONFTEST)
    start = time.perf_counter()
    assert kill_once(project, 60, environment) == "promote"
    whole = time.perf_counter() - start
    draw = random.Random(kills)
    seen = [kill_once(project, draw.uniform(0.2, 1.1) * whole, environment) for _ in range(kills)]
    assert set(seen) <= {"nothing", "block (incomplete)", "promote"}


def test_a_few_kills_leave_whole_files(project: Project, environment: dict[str, str]) -> None:
    check_kills(project, environment, kills=6)


@pytest.mark.slow
def test_many_kills_leave_whole_files(project: Project, environment: dict[str, str]) -> None:
    check_kills(project, environment, kills=40)
