"""Big files are read while the methods are imported; what goes wrong there is not lost."""

from collections.abc import Iterable
from pathlib import Path
from threading import Event

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.engine.opening import Sizes, may_be_big
from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.gate import tables
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.build import read_gate


GATE = b"""
version: 1
gate: g
artifacts: {a: {candidate: candidate.jsonl, baseline: baseline.jsonl, id: id}}
metrics: {m: {value: v, better: higher}}
rules: {r: {metric: m, claim: superiority}}
"""


@pytest.fixture
def found(tmp_path: Path) -> Tables:
    for name in ("candidate", "baseline"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": 1, "v": 1}\n{"id": 2, "v": 0}\n')
    return Tables(spec=read_gate(GATE, "gate.yaml"), base=tmp_path, root=tmp_path)


def request(folder: Path, *paths: str) -> ArmRequest:
    sizes = Sizes(text=100)
    return ArmRequest(
        artifact="a", arm="candidate", paths=paths, base=folder, root=folder, sizes=sizes
    )


def test_big_files_are_read_while_the_block_runs(
    found: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    [artifact] = found.spec.artifacts
    arms = (artifact.candidate, *artifact.baselines)
    inside, asked = Event(), []

    def waiting(request: ArmRequest, columns: Iterable[str]) -> ArmTable:
        assert inside.wait(timeout=30)
        asked.append(request.arm)
        return load_arm(request, columns)

    monkeypatch.setattr(tables, "may_be_big", lambda _: True)
    monkeypatch.setattr(tables, "load_arm", waiting)
    with found.read_ahead((artifact, arm) for arm in arms):
        inside.set()
    assert asked == ["candidate", "baseline"]
    assert [found.get(artifact, arm).n for arm in arms] == [2, 2]
    assert asked == ["candidate", "baseline"]


def test_small_files_are_read_when_they_are_asked_for(
    found: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    [artifact] = found.spec.artifacts
    monkeypatch.setattr(tables, "load_arm", lambda *_: pytest.fail("read ahead"))
    with found.read_ahead([(artifact, artifact.candidate)]):
        pass
    assert found.base.is_dir()


@pytest.mark.parametrize(
    "error", [EvalGateError("lost"), RuntimeError("lost")], ids=["ours", "a bug"]
)
def test_what_goes_wrong_ahead_goes_wrong_when_it_is_asked_for(
    found: Tables, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    [artifact] = found.spec.artifacts

    def failing(*_: object) -> ArmTable:
        raise error

    monkeypatch.setattr(tables, "may_be_big", lambda _: True)
    monkeypatch.setattr(tables, "load_arm", failing)
    with found.read_ahead([(artifact, artifact.candidate)]):
        pass
    with pytest.raises(type(error), match="lost"):
        found.get(artifact, artifact.candidate)


def test_only_one_plain_file_of_some_size_may_be_big(tmp_path: Path) -> None:
    (tmp_path / "big.jsonl").write_bytes(b"x" * 100)
    (tmp_path / "small.jsonl").write_bytes(b"x" * 99)
    assert may_be_big(request(tmp_path, "big.jsonl"))
    for paths in (["small.jsonl"], ["*.jsonl"], ["none.jsonl"], ["a\0b"], ["big.jsonl"] * 2, []):
        assert not may_be_big(request(tmp_path, *paths))
