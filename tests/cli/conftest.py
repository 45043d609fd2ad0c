"""Two folders of samples, and the command line as a person calls it."""

import csv
import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.cli.main import main
from pytest_evalgate.evidence import GateEvidence, Verdict
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.spec.model import GateSpec


Row = Mapping[str, object]
Rows = Sequence[Row]


class Bench:
    """A folder to work in: writes samples, runs the command, reads the gate file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.gate = folder / "gate.yaml"

    def write(self, candidate: Rows, baseline: Rows, ending: str = "jsonl") -> None:
        for name, rows in (("new", candidate), ("old", baseline)):
            path = self.folder / f"{name}.{ending}"
            if ending == "jsonl":
                path.write_text("".join(json.dumps(row) + "\n" for row in rows))
                continue
            with path.open("w", newline="") as file:
                delimiter = "\t" if ending == "tsv" else ","
                writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=delimiter)
                writer.writeheader()
                writer.writerows(rows)

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """Call the command in this process: status, stdout, stderr."""
        status = main(arguments)
        out, err = self._capsys.readouterr()
        return status, out, err

    def init(self, ending: str = "jsonl") -> tuple[int, str, str]:
        return self.call("init", f"new.{ending}", f"old.{ending}")

    def spec(self) -> GateSpec:
        return read_gate(self.gate.read_bytes(), "gate.yaml")

    def judged(self) -> GateEvidence:
        """Judge the written gate; no rule of it may be invalid."""
        evidence = evaluate(self.gate)
        assert evidence.rules
        assert Verdict.INVALID not in {rule.verdict for rule in evidence.rules}
        return evidence


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Bench:
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, capsys)


@pytest.fixture
def rng() -> random.Random:
    return random.Random(20261122)


@pytest.fixture
def isolated(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Call ``python -I -m pytest_evalgate`` as a process of its own."""

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-m", "pytest_evalgate", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return call
