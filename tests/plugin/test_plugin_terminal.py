"""What a person sees: as wide as the terminal, each thing said once, coloured only where asked."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import Any

import pytest


Project = Any


def at_a_terminal(project: Project, *args: str, columns: int, **env: str) -> list[str]:
    """Run pytest on a terminal that is so wide, and return the lines it got."""
    inherited = {key: value for key, value in os.environ.items() if key != "PY_COLORS"}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *args], cwd=project.path, stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=theirs, env={**inherited, "TERM": "xterm", **env},
    ):  # fmt: skip
        os.close(theirs)
        taken = bytearray()
        while chunk := taken_from(ours):
            taken += chunk
    os.close(ours)
    return taken.decode().replace("\r\n", "\n").split("\n")


def taken_from(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other side was closed
        return b""


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize("more", [(), ("-n2",)], ids=["one process", "two workers"])
def test_details_are_as_wide_as_the_terminal(
    project: Project, columns: int, more: tuple[str, ...]
) -> None:
    project.gate("fail")
    block = project.block(*(["xdist"] if more else []))
    lines = at_a_terminal(project, *block, "--evalgate", "gate.yaml", *more, columns=columns)
    [axis] = [line for line in lines if line.startswith("    worse ")]
    assert len(axis) == columns


@pytest.mark.parametrize(
    ("args", "env", "shown"),
    [
        pytest.param(
            (), {}, ["\x1b[32mPASS\x1b[0m [1]", "\x1b[31m\x1b[1mFAIL\x1b[0m"], id="colour"
        ),
        pytest.param((), {"NO_COLOR": "1"}, ["PASS [1]", "FAIL"], id="NO_COLOR"),
        pytest.param(("--color=no",), {}, ["PASS [1]", "FAIL"], id="color=no"),
    ],
)
def test_only_verdict_words_are_coloured_and_only_where_wanted(
    project: Project, args: tuple[str, ...], env: dict[str, str], shown: list[str]
) -> None:
    project.gate("fail")
    call = (*project.block(), "--evalgate", "gate.yaml", *args)
    lines = at_a_terminal(project, *call, columns=100, **env)
    rows = [line for line in lines if re.match("(accuracy|safety) +60 ", line)]
    assert [re.split(r"[<>]?\d\.\d{3}  ", row)[-1] for row in rows] == shown


def test_quiet_gives_the_reasons_once(project: Project) -> None:
    project.gate("fail")
    told = project.run("--evalgate", "gate.yaml", "-q").out
    assert told.count("safety misses its limit") == 2  # the decision's test; pytest's summary
    bare = project.run("--evalgate", "gate.yaml", "-q", "--tb=no").out
    assert "  safety misses its limit\n" in bare


def test_a_reason_stands_in_full_with_its_rule_and_its_footnote_only(project: Project) -> None:
    project.gate("invalid")
    out = " ".join(project.run("--evalgate", "gate.yaml").out.split())
    reason = re.search(r"\[\d\] (\S+:8: .*?) interval:", out)
    assert reason is not None
    assert out.count(reason[1]) == 2
    assert re.search(r"safety: could not be judged \[\d\] evidence:", out)


def test_without_a_terminal_reporter_nothing_is_printed(project: Project) -> None:
    project.gate("fail")
    run = project.run("--evalgate", "gate.yaml", "-p", "no:terminal")
    assert run.outcome == (1, "block")
    assert run.out == ""


def test_the_short_summary_is_one_line_a_rule_in_ci_too(project: Project) -> None:
    project.gate("fail")
    run = project.run("--evalgate", "gate.yaml", env={"CI": "true"})
    summary = run.out.partition("short test summary info")[2].splitlines()
    assert [line.split(" ")[0] for line in summary[1:-1]] == ["FAILED", "FAILED"]
    assert "misses limit" in summary[1]


def test_a_part_of_a_gate_has_a_digest_of_its_own(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml")
    whole = project.evidence()["decision"]["digest"]
    project.run("--evalgate", "gate.yaml::accuracy")
    part = project.evidence()["decision"]
    assert part["verdict"] == "block (partial)"
    assert part["digest"] != whole
    done = project.run("--evalgate", "gate.yaml::accuracy")
    assert done.status == 20
