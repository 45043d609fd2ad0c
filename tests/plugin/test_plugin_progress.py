"""One line tells a person at a terminal what takes so long; a log never sees it."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.progress import ProgressLine, progress_on


Project = Any

# A reader as slow as a file of millions of rows.
SLOW = """\
import time
from pytest_evalgate.readers import Reader

def read(file):
    time.sleep(1.2)
    for line in file.text().splitlines():
        yield {"id": line.split("|")[0], "right": int(line.split("|")[1])}

def pytest_evalgate_readers():
    return [Reader(name="slow", read=read, id="id")]
"""
GATE = """\
version: 1
gate: demo
artifacts:
  evals: {candidate: new.txt, baseline: old.txt, reader: slow}
metrics:
  accuracy: {value: right, better: higher}
rules:
  accuracy: {metric: accuracy, claim: non_inferiority, margin: 10pp}
  accuracy-too: {metric: accuracy, claim: non_inferiority, margin: 20pp}
"""
WORDS = "evalgate: reading old.txt"  # its first row comes after 2.4 seconds


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_shown_for_two_seconds_and_then_not_too_often() -> None:
    clock, shown = Clock(), list[str]()
    line = ProgressLine(shown.append, clock=clock)
    for step in (1.9, 2.05, 2.1, 2.2):
        clock.now = 100 + step
        line(f"reading {step}")
    assert shown == ["evalgate: reading 2.05", "evalgate: reading 2.2"]


def test_the_line_is_cleared_at_the_end_and_only_if_there_is_one() -> None:
    clock, shown = Clock(), list[str]()
    line = ProgressLine(shown.append, clock=clock)
    line("early")
    line.close()
    assert shown == []
    clock.now += 3
    line("late")
    line.close()
    line.close()
    assert shown == ["evalgate: late", ""]


def test_names_of_files_cannot_steer_the_terminal() -> None:
    clock, shown = Clock(), list[str]()
    line = ProgressLine(shown.append, clock=clock)
    clock.now += 3
    line("reading a\x1b[2J\n::error::\u202e")
    assert shown == ["evalgate: reading a?[2J?::error::?"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_stream_gets_a_line_only_as_a_terminal_and_outside_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress_on(Terminal(), width=80) as line:
        assert line is not None
    with progress_on(io.StringIO(), width=80) as line:
        assert line is None
    with progress_on(None, width=80) as line:
        assert line is None
    monkeypatch.setenv("CI", "true")
    with progress_on(Terminal(), width=80) as line:
        assert line is None


def test_a_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("pytest_evalgate.progress._PATIENCE", 0.0)
    stream = Terminal()
    with progress_on(stream, width=20) as line:
        assert line is not None
        line("reading " + "x" * 100)
    assert stream.getvalue() == f"\revalgate: reading x\r\r{'':19}\r"


@pytest.fixture
def slow(project: Project) -> Project:
    """Give a project whose gate takes more than two seconds."""
    project.write("gate.yaml", GATE)
    project.write("conftest.py", SLOW)
    for name in ("new", "old"):
        project.write(f"{name}.txt", "".join(f"{name[:0]}q{i}|{i % 7 > 0:d}\n" for i in range(60)))
    project.write("new.txt", "".join(f"q{i}|{i % 8 > 0:d}\n" for i in range(60)))
    return project


def at_a_terminal(project: Project, *args: str, **env: str) -> str:
    """Run pytest as a person does who looks on; return all that the terminal got."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", *project.block(), *args]
    with subprocess.Popen(
        command, cwd=project.path, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **env},
    ) as process:  # fmt: skip
        os.close(theirs)
        taken = bytearray()
        while chunk := taken_from(ours):
            taken += chunk
    os.close(ours)
    assert process.returncode == 0, taken.decode()
    return taken.decode()


def taken_from(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other side was closed
        return b""


def test_a_person_sees_one_line_that_goes_away(slow: Project) -> None:
    text = at_a_terminal(slow, "--evalgate", "gate.yaml")
    assert WORDS in text
    before, _, after = text.partition(WORDS)
    assert after.startswith(" ")  # what was longer before it is covered
    cleared = after.partition("test session starts")[0]
    assert "\n" not in before.rpartition("evalgate: ")[2]
    assert cleared.strip(" =\r\n\x1b[1m") == ""


@pytest.mark.parametrize(
    ("args", "env"),
    [pytest.param((), {"CI": "true"}, id="CI"), pytest.param(("-q",), {}, id="quiet")],
)
def test_no_line_in_ci_and_with_q(slow: Project, args: tuple[str], env: dict[str, str]) -> None:
    assert WORDS not in at_a_terminal(slow, "--evalgate", "gate.yaml", *args, **env)


def test_no_line_in_a_log(slow: Project) -> None:
    run = slow.run("--evalgate", "gate.yaml")
    assert run.status == 0
    assert WORDS not in run.text
    assert "reading" not in run.text


def test_the_command_line_shows_a_line_on_a_terminal_only(project: Project) -> None:
    project.gate()
    done = subprocess.run(
        [sys.executable, "-m", "pytest_evalgate", "plan", "gate.yaml"],
        cwd=Path(project.path), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == ""
