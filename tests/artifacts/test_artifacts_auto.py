"""`reader: auto` decides by content alone, says what it decided, and leaves plain tables plain."""

import json
from pathlib import Path

import pytest
from fuzzing import seeds_of, table
from seeds_by_hand import BY_HAND

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.files import MAX_BYTES
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.registry import _ASKED, _fits, choose
from pytest_evalgate.artifacts.unpacking import unpacked
from pytest_evalgate.errors import ArtifactError
from pytest_evalgate.formats import BUILT_IN, TABLES, Format
from pytest_evalgate.readers import Reader


# Nothing in their content tells these from a plain table.
NEVER_CHOSEN = frozenset({"csv", "tsv", "json", "jsonl", "wandb", "dvc"})
PLAIN = {
    "one-row": '{"accuracy": 0.9}',
    "nested-row": '{"metrics": {"accuracy": 0.9}, "model": "m"}',
    "results-row": '{"results": 3, "config": "x", "versions": 1}\n',
    "array": '[{"id": "q1", "score": 1}, {"id": "q2", "score": 0}]',
    "questions": '{"question_id": "q1", "score": 1}\n{"question_id": "q2", "score": 0}\n',
    "models": '{"id": 1, "model": "m", "score": 0.5}\n{"id": 2, "model": "m", "score": 1}\n',
    "docs": '{"doc_id": 1, "acc": 1}\n{"doc_id": 2, "acc": 0}\n',
    "samples": '{"sample_id": "a", "epoch": 1, "scores": {"x": 1}}\n{"sample_id": "b"}\n',
    "prompts": '{"prompt": "p", "success": true, "score": 1}\n',
    "preferences": '[{"instruction": "a", "preference": 1.0}]',
    "events": '{"type": "match", "data": {"correct": true}}\n',
    "resolved": '{"instance_id": "a__b-1", "resolved": true}\n',
    "benchmarks": '{"name": "sort", "mean": 0.1, "rounds": 5}\n',
    "trainer": '{"eval_loss": 0.3, "eval_accuracy": 0.9}\n{"eval_loss": 0.2, "eval_accuracy": 1}\n',
    "csv": "id,score,model\nq1,1,m\n",
    "csv-question": "question_id,score,turn,judge\nq1,1,1,j\n",
    "tsv": "id\tscore\nq1\t1\n",
}


def chosen(data: bytes, name: str) -> str:
    return choose("auto", data, name).name


def content_of(folder: Path, path: str) -> bytes:
    return unpacked((folder / path).read_bytes(), path, max_bytes=MAX_BYTES)


def load(folder: Path, path: str) -> ArmTable:
    request = ArmRequest(artifact="a", arm="c", paths=(path,), base=folder, root=folder)
    return load_arm(request, ())


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_a_plain_table_is_a_plain_table(text: str) -> None:
    assert chosen(text.encode(), "results.json") in TABLES
    assert chosen(b"\xef\xbb\xbf" + text.encode(), "samples_x.jsonl") in TABLES


@pytest.mark.parametrize("name", sorted(BUILT_IN.keys() - NEVER_CHOSEN))
def test_a_file_of_a_tool_is_of_one_format_whatever_its_name(tmp_path: Path, name: str) -> None:
    seeds = [seed for seed in seeds_of(name, tmp_path) if not (seed.folder / seed.path).is_dir()]
    for seed in seeds:
        head = Head(content_of(seed.folder, seed.path), "x.txt")
        fitting = [one for one in _ASKED if (fits := _fits(BUILT_IN[one])) and fits(head)]
        assert fitting == [name], seed.path
        assert chosen(head.data, "x.txt") == name
    assert seeds or BUILT_IN[name].inside


@pytest.mark.parametrize("name", sorted(TABLES & {"jsonl", "json", "csv", "tsv"}))
def test_an_extension_never_decides(name: str) -> None:
    data = table(name, [("q1", 1, "g"), ("q2", 0, "g")])
    assert data is not None
    for ending in ("jsonl", "json", "csv", "tsv", "parquet", "eval", "npz"):
        assert chosen(data, f"x.{ending}") == name


@pytest.mark.parametrize("name", ["livebench", "mt-bench", "arena-hard", "alpaca-eval"])
def test_what_was_decided_is_said(tmp_path: Path, name: str) -> None:
    [(file, text)] = BY_HAND[name].items()
    (tmp_path / file).write_text(text)
    notes = load(tmp_path, file).notes
    said = f"reader auto: read {json.dumps(file)} as {name} by content; `reader: {name}` also knows"
    assert any(note.startswith(said) for note in notes), notes


def test_a_surprising_table_is_said_and_a_plain_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('[{"v": 1}]')
    (tmp_path / "y.jsonl").write_text('{"v": 1}\n')
    assert load(tmp_path, "x.jsonl").notes == ('reader auto: read "x.jsonl" as json by content',)
    assert load(tmp_path, "y.jsonl").notes == ()


def test_auto_never_takes_a_file_for_a_team_s_own_format() -> None:
    def read(_: object) -> list[dict[str, object]]:
        raise AssertionError

    own = Format(name="own", parse=Reader(name="own", read=read).read, id=("id",))
    assert choose("auto", b'{"v": 1}\n', "x.own", {**BUILT_IN, "own": own}).name == "jsonl"


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_sample(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(data)
    with pytest.raises(ArtifactError):
        load(tmp_path, "x.jsonl")
