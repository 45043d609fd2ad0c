"""`plan GATE`: the same plan without a test session."""

import subprocess
from collections.abc import Callable
from pathlib import Path


Isolated = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).parents[2]
EARLY = (
    "version: 1\ngate: early\n"
    "artifacts:\n  evals: {{candidate: new.jsonl, baseline: old.jsonl, id: id}}\n"
    "metrics:\n  m: {{value: v, better: higher{assume}}}\n"
    "rules:\n  r: {{metric: m, claim: non_inferiority, margin: 0.2, min_samples: 100}}\n"
)


def test_the_digits_are_planned(isolated: Isolated) -> None:
    done = isolated("plan", str(ROOT / "examples/digits/quick.gate.yaml"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no-worse" in done.stdout
    assert "12 x 450" in done.stdout
    assert "all 3 required rules together" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_assumed_numbers_are_enough(isolated: Isolated, tmp_path: Path) -> None:
    gate = tmp_path / "gate.yaml"
    gate.write_text(EARLY.format(assume=", assume: {sd: 1, correlation: 0.5}"))
    done = isolated("plan", "gate.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "reckoned from assumed numbers" in done.stdout


def test_a_required_rule_without_numbers_ends_in_21(isolated: Isolated, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(EARLY.format(assume=""))
    done = isolated("plan", "gate.yaml")
    assert (done.returncode, done.stderr) == (21, "")
    assert "write `assume: {sd: 0.4}` in metric 'm'" in " ".join(done.stdout.split())


def test_a_broken_gate_file_ends_in_4(isolated: Isolated, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("version: 1\ngate: g\n")
    done = isolated("plan", "gate.yaml")
    assert (done.returncode, done.stdout) == (4, "")
    assert "error[spec]" in done.stderr


def test_no_such_gate_ends_in_4(isolated: Isolated) -> None:
    done = isolated("plan", "nothing.yaml")
    assert done.returncode == 4
    assert "no such file" in done.stderr
