"""A small workbench: tables written to a folder, a gate file, and the engine."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


Row = Mapping[str, object]


class Bench:
    """Writes tables and judges gates in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, rows: Iterable[Row]) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / name).write_text(text, encoding="utf-8")

    def arms(self, candidate: Iterable[Row], baseline: Iterable[Row]) -> None:
        self.write("candidate.jsonl", candidate)
        self.write("baseline.jsonl", baseline)

    def judge(
        self,
        rules: str,
        *,
        metrics: str = "m: {value: v, better: higher}",
        artifact: str = "id: id",
        top: str = "",
    ) -> GateEvidence:
        text = (
            f"version: 1\ngate: g\n{top}\n"
            "artifacts:\n"
            f"  a: {{candidate: candidate.jsonl, baseline: baseline.jsonl, {artifact}}}\n"
            f"metrics: {{{metrics}}}\n"
            f"rules: {{{rules}}}\n"
        )
        return self.judge_text(text)

    def judge_text(self, text: str) -> GateEvidence:
        spec = read_gate(text.encode(), "gate.yaml")
        around = Surroundings(base=self.folder, root=self.folder, working_directory=self.folder)
        return evaluate(spec, around)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def rows() -> Callable[[Iterable[object]], list[Row]]:
    """Return a maker of rows: one value each, ids q0000, q0001, ..."""

    def make(values: Iterable[object]) -> list[Row]:
        return [{"id": f"q{i:04d}", "v": value} for i, value in enumerate(values)]

    return make
