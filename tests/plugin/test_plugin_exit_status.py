"""What a whole session ends with: the gate's verdict, and the other tests beside it."""

from typing import Any

import pytest


Project = Any

PASSING = "def test_other(): pass\n"
FAILING = "def test_other(): assert False\n"


@pytest.mark.parametrize(
    ("kind", "more", "status", "verdict"),
    [
        pytest.param("promote", "", 0, "promote", id="promote"),
        pytest.param("fail", "", 1, "block", id="fail"),
        pytest.param("inconclusive", "", 1, "block", id="inconclusive"),
        pytest.param("invalid", "", 21, "block", id="invalid"),
        pytest.param("fail", ", severity: escalate", 1, "escalate", id="fail-escalate"),
        pytest.param("fail", ", severity: warn", 0, "warn", id="fail-warn"),
        pytest.param("invalid", ", severity: warn", 0, "warn", id="invalid-warn"),
        pytest.param("fail", ", severity: observe", 0, "promote", id="fail-observe"),
        pytest.param("invalid", ", severity: observe", 0, "promote", id="invalid-observe"),
    ],
)
def test_a_whole_session_ends_as_its_gate_was_judged(
    project: Project, kind: str, more: str, status: int, verdict: str
) -> None:
    project.gate(kind, more=more)
    assert project.run("--evalgate", "gate.yaml").outcome == (status, verdict)


@pytest.mark.parametrize(
    ("kind", "test", "args", "status", "verdict"),
    [
        pytest.param("promote", FAILING, (), 1, "promote", id="failing-test"),
        pytest.param("fail", PASSING, (), 1, "block", id="failing-gate"),
        pytest.param("invalid", FAILING, (), 21, "block", id="invalid-gate-failing-test"),
        pytest.param("promote", PASSING, (), 0, "promote", id="both-pass"),
        pytest.param("promote", "raise KeyError\n", (), 20, "block (partial)", id="import-error"),
        pytest.param(
            "promote",
            "raise KeyError\n",
            ("--continue-on-collection-errors",),
            1,
            "promote",
            id="import-error-continued",
        ),
        pytest.param(
            "promote",
            "def test_other(): raise KeyboardInterrupt\n",
            (),
            2,
            "block (partial)",
            id="interrupted-by-a-person",
        ),
        pytest.param(
            "promote",
            "import pytest\ndef test_other(): pytest.exit('enough')\n",
            (),
            20,
            "block (partial)",
            id="interrupted-by-code",
        ),
        pytest.param(
            "promote", FAILING, ("--maxfail=1",), 20, "block (partial)", id="stopped-before-gate"
        ),
    ],
)
def test_other_tests_count_beside_the_gate(
    project: Project, kind: str, test: str, args: tuple[str, ...], status: int, verdict: str
) -> None:
    project.gate(kind)
    project.write("test_other.py", test)
    run = project.run("--evalgate", "test_other.py", "gate.yaml", *args)
    assert run.outcome == (status, verdict)


@pytest.mark.skipif(
    not hasattr(pytest.ExitCode, "MAX_WARNINGS_ERROR"), reason="this pytest has no --max-warnings"
)
def test_too_many_warnings_end_a_promoting_session_with_6(project: Project) -> None:
    project.gate("promote")
    project.write("test_other.py", "import warnings\ndef test_other(): warnings.warn('x')\n")
    run = project.run("--evalgate", "test_other.py", "gate.yaml", "--max-warnings=0")
    assert run.outcome == (6, "promote")


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        pytest.param(("promote", "fail"), 1, id="second-fails"),
        pytest.param(("fail", "promote"), 1, id="first-fails"),
        pytest.param(("fail", "invalid"), 21, id="worst-status-counts"),
        pytest.param(("promote", "promote"), 0, id="both-promote"),
    ],
)
def test_every_gate_of_a_session_must_promote(
    project: Project, kinds: tuple[str, str], status: int
) -> None:
    for name, kind in zip("ab", kinds, strict=True):
        project.gate(kind, file=f"{name}.gate.yaml", name=name)
    run = project.run("--evalgate", "a.gate.yaml", "b.gate.yaml")
    promoted = {name: "promote" if kind == "promote" else "block"
                for name, kind in zip("ab", kinds, strict=True)}  # fmt: skip
    assert (run.status, run.verdicts) == (status, promoted)


def test_two_gates_of_one_name_are_a_usage_error(project: Project) -> None:
    project.gate(file="a.gate.yaml", name="demo")
    project.gate(file="b.gate.yaml", name="demo")
    run = project.run("--evalgate", "a.gate.yaml", "b.gate.yaml")
    assert run.outcome == (4, "block (incomplete)")
    assert "a.gate.yaml and b.gate.yaml are both named 'demo'" in run.err


def test_one_gate_named_twice_is_judged_once(project: Project) -> None:
    project.gate("promote")
    run = project.run("--evalgate", "gate.yaml", "./gate.yaml", "data/../gate.yaml")
    assert run.outcome == (0, "promote")
    assert "1 gate, 2 rules" in run.out
