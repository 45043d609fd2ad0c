"""A workspace with the example gate, and a runner that plays the action in it."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from action_job import ROOT, Job


# Steps are bash, and what is played is a Linux runner.
collect_ignore_glob = ["test_*.py"] if sys.platform == "win32" else []


@pytest.fixture
def job(tmp_path: Path) -> Job:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REPOSITORY": "someone/models",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_RUN_ID": "1",
        "GITHUB_RUN_NUMBER": "5",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_JOB": "gate",
        **{name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")},
    }
    made = Job(folder=tmp_path, environment=environment)
    made.workspace.mkdir()
    (tmp_path / "temp").mkdir()
    shutil.copytree(ROOT / "examples", made.workspace / "examples")
    shutil.copy(ROOT / "gate.example.yaml", made.workspace)
    return made
