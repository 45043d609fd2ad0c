"""`pytest_evalgate.evaluate` judges a gate for a notebook and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_evalgate
from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.evidence import Verdict


GATE = """\
version: 1
gate: chat
artifacts:
  evals: {candidate: new.jsonl, baseline: old.jsonl, id: id}
metrics:
  accuracy: {value: correct, better: higher}
rules:
  holds: {metric: accuracy, claim: non_inferiority, margin: 10pp}
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name, period in (("new", 10), ("old", 9)):
        lines = (json.dumps({"id": i, "correct": int(i % period > 0)}) for i in range(200))
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (folder / "gate.yaml").write_text(GATE)
    return folder / "gate.yaml"


def test_a_gate_is_judged_from_any_working_directory(
    gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for folder, path in (
        (gate.parent, "gate.yaml"),
        (gate.parent.parent, "project/gate.yaml"),
        (Path("/"), str(gate)),
    ):
        monkeypatch.chdir(folder)
        found.append(pytest_evalgate.evaluate(path))
    assert {one.decision.digest for one in found} == {found[0].decision.digest}
    [rule] = found[0].rules
    # 20 of 200 wrong against 23: +1.5 points.
    assert rule.verdict is Verdict.PASS
    assert rule.n.pairs == 200
    assert rule.effect is not None
    assert rule.effect.estimate == pytest.approx(0.015)


def test_nothing_is_written(gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(gate.parent)
    before = sorted(gate.parent.parent.rglob("*"))
    pytest_evalgate.evaluate(gate)
    assert sorted(gate.parent.parent.rglob("*")) == before


def test_a_bad_gate_file_is_told_in_words(gate: Path) -> None:
    gate.write_text(GATE.replace("margin", "margn"))
    with pytest.raises(SpecErrors, match=r"gate\.yaml:8:.*error\[spec\]"):
        pytest_evalgate.evaluate(gate)


@pytest.mark.parametrize("name", ["nope.yaml", ".", "a\0b", "gate.yaml/x"])
def test_a_gate_file_that_cannot_be_read_is_told_in_words(gate: Path, name: str) -> None:
    with pytest.raises(SpecErrors) as raised:
        pytest_evalgate.evaluate(str(gate.parent / name))
    assert "error[spec]" in str(raised.value)


def test_artifacts_that_vanished_are_invalid_and_no_exception(gate: Path) -> None:
    (gate.parent / "old.jsonl").unlink()
    [rule] = pytest_evalgate.evaluate(gate).rules
    assert rule.verdict is Verdict.INVALID
    assert "no such file" in rule.reason


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest_evalgate\n"
        "print(sorted({'numpy', 'scipy', 'yaml', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
