"""Logs of Inspect: what becomes a row, and which logs are refused.

The logs of tests/interop/inspect were written by Inspect; their figures are those that Inspect
wrote into `results` of the same log. Real logs lie in the folder EVALGATE_SAMPLES.
"""

import copy
import gzip
import io
import json
import math
import statistics
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.archives import Archive
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.inspect_log import parse
from pytest_evalgate.artifacts.readers.registry import choose
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.unpacking import unpacked
from pytest_evalgate.errors import ArtifactError, SampleError
from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


MADE = Path(__file__).parents[1] / "interop" / "inspect"
Document = dict[str, Any]


def taken(data: bytes, name: str = "x.eval") -> tuple[list[dict[str, Any]], Parsed]:
    parsed = parse(Content(path=name, data=data))
    return [dict(row) for _, row in parsed.rows], parsed


def made(name: str) -> tuple[list[dict[str, Any]], Parsed]:
    data = unpacked((MADE / name).read_bytes(), name, max_bytes=1 << 20)
    return taken(data, name)


def log(**changes: Any) -> Document:
    """Return a log of two samples in the shape that Inspect writes."""
    sample = {
        "epoch": 1,
        "input": "?",
        "target": "a",
        "scores": {"match": {"value": "C", "answer": "a"}},
        "metadata": {"kind": "easy"},
        "model_usage": {"m": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}},
    }
    document: Document = {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "t",
            "model": "m",
            "created": "2025-05-12T20:28:13-04:00",
            "dataset": {"name": "d", "samples": 2, "sample_ids": [1, 2]},
            "config": {"epochs": 1},
        },
        "results": {"total_samples": 2, "completed_samples": 2, "scores": [{"name": "match"}]},
        "samples": [{"id": name, **copy.deepcopy(sample)} for name in (1, 2)],
    }
    return document | changes


def as_json(document: Document) -> bytes:
    return json.dumps(document).encode()


def as_eval(document: Document) -> bytes:
    stream = io.BytesIO()
    samples = document.pop("samples")
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
        for sample in samples:
            name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
            archive.writestr(name, json.dumps(sample))
        archive.writestr("header.json", json.dumps(document))
    return stream.getvalue()


@pytest.fixture(params=[as_json, as_eval], ids=["json", "eval"])
def written(request: pytest.FixtureRequest) -> Callable[[Document], bytes]:
    found: Callable[[Document], bytes] = request.param
    return found


def refused(data: bytes, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        taken(data)


# Logs that Inspect wrote


def reported(name: str) -> dict[str, float]:
    """Return what Inspect's own `results` say, by column; read with the archive's own lister."""
    rows, _ = made(name)
    data = unpacked((MADE / name).read_bytes(), name, max_bytes=1 << 20)
    if name.endswith(".gz"):
        header = json.loads(data)
    else:
        header = json.loads(Archive(data, name).read("header.json"))
    found = {}
    for score in header["results"]["scores"]:
        column = score["name"] if score["name"] in rows[0] else f"parts.{score['name']}"
        [metric] = [
            score["metrics"][key] for key in ("accuracy", "mean") if key in score["metrics"]
        ]
        found[column] = metric["value"]
    return found


@pytest.mark.parametrize("name", ["baseline.eval", "candidate.eval", "graded_json.json.gz"])
def test_columns_agree_with_the_results_of_inspect(name: str) -> None:
    rows, _ = made(name)
    for column, expected in reported(name).items():
        assert statistics.mean(row[column] for row in rows) == pytest.approx(expected), column


@pytest.mark.parametrize(
    ("name", "match", "even", "tokens"),
    [("baseline", 1 / 3, 1 / 3, 7), ("candidate", 2 / 3, 0, 4)],
)
def test_columns_are_what_the_models_answered(
    name: str, match: float, even: float, tokens: int
) -> None:
    rows, parsed = made(f"{name}.eval")  # wrong at q1 and q2, and at q2: one too many
    assert [(row["id"], row["epoch"]) for row in rows] == [
        (f"q{i}", epoch) for epoch in (1, 2) for i in (1, 2, 3)
    ]
    assert statistics.mean(row["match"] for row in rows) == pytest.approx(match)
    assert statistics.mean(row["parts.even"] for row in rows) == pytest.approx(even)
    assert {row["parts.close"] for row in rows} == {True}
    assert {row["output_tokens"] for row in rows} == {tokens}
    assert {row["total_tokens"] for row in rows} == {10 + tokens}
    assert all(row["working_time"] > 0 for row in rows)
    assert parsed.metadata["model"] == f"mockllm/{name}"


def test_the_log_is_packed_with_zstandard() -> None:
    with zipfile.ZipFile(MADE / "baseline.eval") as archive:
        assert {info.compress_type for info in archive.infolist()} == {93}


def test_inspect_says_the_same_of_its_own_log() -> None:
    rows, _ = made("graded_json.json.gz")
    header = json.loads(gzip.decompress((MADE / "graded_json.json.gz").read_bytes()))
    [score] = header["results"]["scores"]
    values = [row["model_graded_fact"] for row in rows]
    assert statistics.mean(values) == pytest.approx(score["metrics"]["accuracy"]["value"])
    stderr = statistics.stdev(values) / math.sqrt(len(values))
    assert stderr == pytest.approx(score["metrics"]["stderr"]["value"])


def test_metadata_are_those_of_the_header() -> None:
    _, parsed = made("baseline.eval")
    version = json.loads((MADE / "made_with.json").read_text())["version"]
    found = dict(parsed.metadata)
    created = found.pop("created")
    assert isinstance(created, str)
    assert created.endswith("+00:00")
    found.pop("git_commit")
    assert found == {
        "model": "mockllm/baseline",
        "task": "words",
        "task_version": "2-A",
        "dataset": "words",
        "harness": "inspect",
        "harness_version": version,
        "status": "success",
        "samples": 6,
    }


def test_tokens_of_a_grader_are_told_of() -> None:
    rows, parsed = made("graded_json.json.gz")
    assert {row["output_tokens"] for row in rows} == {4 + 3}
    assert any(
        'tokens are summed over "mockllm/candidate", "mockllm/grader"' in note
        for note in parsed.notes
    )


def test_a_scorer_used_twice_has_a_column_for_each() -> None:
    rows, _ = made("same_scorer_twice.eval")
    assert [(row["match"], row["match1"]) for row in rows] == [(1, 1), (0, 0), (1, 1)]


def test_a_sample_that_its_scorer_left_out_is_missing() -> None:
    rows, parsed = made("unscored_samples.eval")  # Inspect's accuracy is .25, of two samples
    assert [row["sometimes"] for row in rows] == [0.0, 0.5, None]
    assert any('"sometimes" gives 1 of 3 samples no score' in note for note in parsed.notes)


def test_a_sample_with_an_error_is_missing_not_dropped() -> None:
    rows, parsed = made("one_error.eval")  # Inspect's accuracy is 1.0, of two samples
    assert [row.get("match") for row in rows] == [1.0, None, 1.0]
    assert [row["has_error"] for row in rows] == [False, True, False]
    assert "made to fail" in rows[1]["error"]["message"]
    assert any("1 of 3 samples ended in an error" in note for note in parsed.notes)


def test_a_sample_with_an_error_measured_nothing(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["samples"][1] |= {
        "error": {"message": "boom"},
        "total_time": 0.1,
        "working_time": 0.1,
        "output": {"completion": "?", "time": 0.1, "usage": {"total_tokens": 1}},
    }
    rows, parsed = taken(written(document))
    names = ("match", "total_time", "working_time", "output_tokens", "total_tokens", "model_usage")
    assert [rows[1][name] for name in names] == [None] * 6
    assert rows[1]["scores"] == {"match": {"value": None}}
    assert rows[1]["output"] == {"completion": "?", "time": None, "usage": None}
    assert rows[0]["scores"]["match"]["value"] == "C"
    assert any("their scores, times and tokens are missing" in note for note in parsed.notes)


def test_a_sample_that_a_limit_stopped_is_scored_and_its_time_is_missing(
    written: Callable[[Document], bytes],
) -> None:
    document = log()
    document["samples"][0] |= {"limit": {"type": "time", "limit": 1}, "total_time": 1.0}
    document["samples"][1] |= {"total_time": 9.0}
    rows, parsed = taken(written(document))
    assert [row["total_time"] for row in rows[:2]] == [None, 9.0]
    assert rows[0]["output_tokens"] is None
    assert rows[0]["match"] == 1.0  # its score counts: "C"
    assert any("were stopped by a limit" in note for note in parsed.notes)


def test_the_one_score_of_an_old_sample_with_an_error_is_missing(
    written: Callable[[Document], bytes],
) -> None:
    document = log(version=1)
    for sample in document["samples"]:
        sample["score"] = sample.pop("scores")["match"]
    document["samples"][0]["error"] = {"message": "boom"}
    rows, _ = taken(written(document))
    assert [row["score"]["value"] for row in rows] == [None, "C"]


def test_a_log_that_ended_in_an_error_is_refused() -> None:
    with pytest.raises(ArtifactError, match='status is "error", expected "success"'):
        made("failed.eval")


def test_a_log_without_samples_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"holds no samples; .* that 3 were planned"):
        made("no_samples.eval")


def test_a_limited_run_is_complete_in_itself() -> None:
    rows, _ = made("limited.eval")
    assert [row["id"] for row in rows] == ["q2", "q3"]


def test_a_sample_stored_in_parts_is_the_same_row() -> None:
    whole, _ = made("limited.eval")
    in_parts, _ = made("in_parts.eval")
    names = ("id", "epoch", "match", "metadata", "output_tokens", "working_time", "target")
    for one, other in zip(whole, in_parts, strict=True):
        assert {name: one[name] for name in names} == {name: other[name] for name in names}


@pytest.mark.parametrize("path", sorted(MADE.glob("*.eval")) + sorted(MADE.glob("*.json.gz")))
def test_auto_knows_each_log(path: Path) -> None:
    data = unpacked(path.read_bytes(), path.name, max_bytes=1 << 20)
    assert choose("auto", data, path.name).name == "inspect"


# What the header and the samples say


def test_letters_are_read_as_inspect_reads_them(written: Callable[[Document], bytes]) -> None:
    document = log()
    kinds = ["C", "P", "I", "N", 0.65, 3, True, "A", [1, 0], None, math.nan, math.inf]
    document["samples"] = [
        {"id": i, "epoch": 1, "scores": {"s": {"value": kind}}} for i, kind in enumerate(kinds)
    ]
    document["results"] = {"total_samples": 12, "completed_samples": 12}
    document["eval"]["dataset"]["sample_ids"] = None
    rows, parsed = taken(written(document))
    assert [row["s"] for row in rows] == [
        *(1.0, 0.5, 0.0, 0.0, 0.65, 3, True, "A", [1, 0], None, None, math.inf),
    ]  # fmt: skip
    assert [row["scores"]["s"]["value"] for row in rows][:4] == ["C", "P", "I", "N"]
    assert parsed.notes == [
        '"x.eval": C, P, I, N are read as 1, 0.5, 0, 0; there are 1 C, 1 P, 1 I, 1 N',
        '"x.eval": "s" gives 2 of 12 samples no score: it is missing',
    ]


@pytest.mark.parametrize("status", ["cancelled", "error", "started", "cancelling", 1, None])
def test_a_log_that_did_not_succeed_is_refused(
    written: Callable[[Document], bytes], status: object
) -> None:
    refused(written(log(status=status)), r'expected "success"|it is no log of Inspect')


def test_fewer_samples_than_planned_are_refused(written: Callable[[Document], bytes]) -> None:
    document = log(results={"total_samples": 3, "completed_samples": 2})
    refused(written(document), "the log holds 2 of 3 planned samples")


def test_more_samples_than_planned_are_refused(written: Callable[[Document], bytes]) -> None:
    document = log(results={"total_samples": 1, "completed_samples": 1})
    refused(written(document), "the log holds 2 of 1 planned samples")


def test_a_sample_in_place_of_a_planned_one_is_refused(
    written: Callable[[Document], bytes],
) -> None:
    document = log()
    document["samples"][1]["id"] = 7
    refused(written(document), '1 planned samples are not in the log: "2 epoch 1"')


def test_a_missing_epoch_is_refused(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["eval"]["config"]["epochs"] = 2
    refused(written(document), "2 planned samples are not in the log")


def test_samples_that_were_not_completed_must_say_why(
    written: Callable[[Document], bytes],
) -> None:
    results = {"total_samples": 2, "completed_samples": 1}
    refused(written(log(results=results)), "1 of 2 samples were completed, but 0 samples hold")
    document = log(results=results)
    document["samples"][1]["scores"] = {}
    rows, _ = taken(written(document))
    assert [row.get("match") for row in rows] == [1.0, None]


def test_an_old_log_plans_by_its_ids(written: Callable[[Document], bytes]) -> None:
    rows, _ = taken(written(log(results=None)))
    assert len(rows) == 2
    document = log(results=None)
    document["eval"]["dataset"].pop("sample_ids")
    refused(written(document), "does not say how many samples were planned")


@pytest.mark.parametrize(
    ("size", "config", "words"),
    [
        (3, {"epochs": 1}, "holds 2 samples, but dataset, limit and epochs .* make 3"),
        (2, {"epochs": 3}, "make 6"),
        (9, {"epochs": 1, "limit": 4}, "make 4"),
        (9, {"epochs": 1, "limit": [2, 5]}, "make 3"),
        (None, {"epochs": 2}, "2 planned samples are not in the log: .*1 epoch 2"),
        (None, {"epochs": 10**12}, "planned samples are not in the log"),
    ],
)
def test_without_a_list_of_ids_the_dataset_and_the_epochs_are_the_plan(
    written: Callable[[Document], bytes], size: int | None, config: Document, words: str
) -> None:
    document = log()
    document["eval"]["dataset"] = {"name": "d", "samples": size}
    document["eval"]["config"] = config
    refused(written(document), words)


@pytest.mark.parametrize(
    "config", [{}, {"epochs": 1}, {"limit": 2}, {"limit": [1, 3]}, {"sample_id": [1, 2]}]
)
def test_a_limited_log_without_a_list_of_ids_is_complete(
    written: Callable[[Document], bytes], config: Document
) -> None:
    document = log()
    limited = "limit" in config or "sample_id" in config
    document["eval"]["dataset"] = {"name": "d", "samples": 9 if limited else 2}
    document["eval"]["config"] = config
    assert len(taken(written(document))[0]) == 2


def test_a_plan_beyond_all_logs_is_refused_at_once(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["eval"]["config"]["epochs"] = 10**12
    refused(written(document), "planned samples are not in the log")


def test_an_old_sample_has_one_score(written: Callable[[Document], bytes]) -> None:
    document = log(version=1)
    document["results"]["scorer"] = {"name": "includes"}
    for sample in document["samples"]:
        sample["score"] = sample.pop("scores")["match"]
    rows, _ = taken(written(document))
    assert [row["includes"] for row in rows] == [1.0, 1.0]


@pytest.mark.parametrize("version", [3, 0, "2", True])
def test_an_unknown_version_is_refused(
    written: Callable[[Document], bytes], version: object
) -> None:
    refused(written(log(version=version)), "of the log is not known, expected one of 1, 2")


def test_a_header_alone_is_refused() -> None:
    document = log(results={"total_samples": 1000, "completed_samples": 1000})
    document.pop("samples")
    document.pop("version")
    refused(as_json(document), "holds no samples; its header says that 1000 were planned")


@pytest.mark.parametrize("samples", [[], None])
def test_an_empty_list_of_samples_is_refused(samples: object) -> None:
    refused(as_json(log(samples=samples)), "the log holds no samples")


def test_a_log_of_a_killed_run_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("samples/1_epoch_1.json", "{}")
    assert choose("auto", stream.getvalue(), "x.eval").name == "inspect"
    refused(stream.getvalue(), r"no header\.json: the run was killed, or goes on")


def test_another_archive_is_no_log() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.json", "{}")
    refused(stream.getvalue(), r"no header\.json: it is no log of Inspect")


def test_two_scorers_of_one_name_are_refused(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["results"]["scores"] *= 2
    refused(written(document), 'two scorers are called "match"')


def test_one_scorer_with_two_reducers_is_one(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["results"]["scores"] = [
        {"name": "match", "scorer": "match", "reducer": reducer} for reducer in ("mean", "mode")
    ]
    assert len(taken(written(document))[0]) == 2


def test_a_part_called_like_a_scorer_is_refused(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["samples"][0]["scores"] = {"a": {"value": {"b": 1}}, "a.b": {"value": 0}}
    refused(written(document), 'two scorers are called "a.b"')


def test_a_name_twice_in_one_object_is_refused() -> None:
    text = as_json(log()).replace(b'"match": {', b'"match": {"value": "I"}, "match": {', 1)
    refused(text, 'duplicate key "match"')


def test_a_scorer_called_like_a_column_is_read_by_its_path(
    written: Callable[[Document], bytes],
) -> None:
    document = log()
    for sample in document["samples"]:
        sample["scores"] = {"target": {"value": 0}, "model": {"value": 1}, "ok": {"value": 1}}
    rows, parsed = taken(written(document))
    assert (rows[0]["target"], rows[0]["ok"], "model" in rows[0]) == ("a", 1, False)
    assert any('scorers "model", "target" are called like' in note for note in parsed.notes)


@pytest.mark.parametrize("name", ["scores.match.value", "metadata.kind", "output.time"])
def test_a_scorer_called_like_a_path_does_not_shadow_it(
    written: Callable[[Document], bytes], name: str
) -> None:
    document = log()
    for sample in document["samples"]:
        sample["scores"][name] = {"value": 1}
    rows, parsed = taken(written(document))
    assert name not in rows[0]
    assert any("are called like another column" in note for note in parsed.notes)


def test_a_count_of_tokens_beyond_all_counts_is_missing(
    written: Callable[[Document], bytes],
) -> None:
    document = log()
    usage = {"input_tokens": 10**4299, "output_tokens": 2}
    document["samples"][0]["model_usage"] = {"m": usage, "n": usage}
    rows, _ = taken(written(document))
    assert (rows[0]["input_tokens"], rows[0]["output_tokens"]) == (None, 4)


def test_an_invalidated_log_or_sample_is_refused(written: Callable[[Document], bytes]) -> None:
    refused(written(log(invalidated=True)), "marked as invalidated")
    document = log()
    document["samples"][0]["invalidation"] = {"author": "a"}
    refused(written(document), "sample 1 is marked as invalidated")


def test_edited_and_retried_samples_are_told_of(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["samples"][0]["scores"]["match"]["history"] = [{"value": "I"}]
    document["samples"][1]["error_retries"] = [{"message": "x"}]
    _, parsed = taken(written(document))
    assert parsed.notes[1:] == [
        '"x.eval": 1 of 2 samples were tried again after an error',
        '"x.eval": 1 scores were edited after the run: what they became counts',
    ]


def test_a_sample_twice_is_refused() -> None:
    document = log()
    document["samples"][1]["id"] = 1
    refused(as_json(document), "sample 1 epoch 1 stands in the log twice")


@pytest.mark.parametrize(
    ("key", "value"), [("id", None), ("id", 1.5), ("id", True), ("epoch", None), ("epoch", "1")]
)
def test_a_sample_without_an_id_or_epoch_is_refused(key: str, value: object) -> None:
    document = log()
    document["samples"][1][key] = value
    refused(as_json(document), "expected a text or whole number and a whole number")


@pytest.mark.parametrize("scores", [{"match": "C"}, [1], {"match": {"answer": "a"}}])
def test_scores_of_another_shape_are_refused(scores: object) -> None:
    document = log()
    document["samples"][1]["scores"] = scores
    refused(as_json(document), "expected an object with a `value` for each scorer")


def test_tokens_that_are_not_told_are_missing(written: Callable[[Document], bytes]) -> None:
    document = log()
    document["samples"][0]["model_usage"] = {}
    rows, _ = taken(written(document))
    assert [row["output_tokens"] for row in rows] == [None, 2]


def test_times_are_in_utc_and_a_naive_one_is_left_out() -> None:
    _, parsed = taken(as_json(log()))
    assert parsed.metadata["created"] == "2025-05-13T00:28:13+00:00"
    document = log()
    document["eval"]["created"] = "2025-05-12T20:28:13"
    assert "created" not in {
        key for key, value in taken(as_json(document))[1].metadata.items() if value is not None
    }


def test_a_strange_member_among_the_samples_is_refused() -> None:
    stream = io.BytesIO(as_eval(log()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("samples/index.parquet", "x")
    refused(stream.getvalue(), r'member "samples/index\.parquet" is no sample')


@pytest.mark.parametrize("name", ["a/b", "a_epoch_1", "../x y", "ä"])
def test_ids_may_look_like_anything_but_a_way_out(name: str) -> None:
    document = log()
    document["samples"][0]["id"] = document["eval"]["dataset"]["sample_ids"][0] = name
    if name.startswith(".."):
        refused(as_eval(document), "leaves the archive")
    else:
        assert [row["id"] for row in taken(as_eval(document))[0]] == [name, 2]


# Folders of logs


def arm(folder: Path, path: str, *columns: str, **request: Any) -> ArmTable:
    return load_arm(
        ArmRequest(
            artifact="a", arm="c", paths=(path,), base=folder, root=folder, reader="inspect",
            **request,
        ),
        columns,
    )  # fmt: skip


def test_two_logs_of_one_model_differ_in_path_and_time(tmp_path: Path) -> None:
    first, second = log(), log()
    second["eval"]["created"] = "2025-05-12T21:00:00-04:00"
    second["samples"][0]["scores"]["match"]["value"] = "I"
    (tmp_path / "one.json").write_bytes(as_json(first))
    (tmp_path / "two.json").write_bytes(as_json(second))
    table = arm(tmp_path, "*.json", "match", "id", "epoch")
    with pytest.raises(SampleError, match=r"2 duplicate keys .* differ in _path, created, match"):
        extract(table, SampleRequest(value="match", id=("id",), repeat="epoch"))


def test_an_unfinished_log_beside_others_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(as_json(log()))
    (tmp_path / "two.eval").write_bytes(as_eval(log(status="cancelled")))
    with pytest.raises(ArtifactError, match='status is "cancelled"') as caught:
        arm(tmp_path, "*", "match")
    assert str(caught.value.at) == "two.eval"


# Real logs

HUNDRED, TEN = "inspect_ai/popularity_100x1", "inspect_ai/popularity_10x5epochs"
GPT, CLAUDE = "openai/gpt-5", "anthropic/claude-sonnet-4-20250514"


def by_model(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for path in sorted(folder.glob("*.eval")):
        rows, parsed = taken(path.read_bytes(), path.name)
        found[str(parsed.metadata["model"])] = rows
    return found


@pytest.fixture
def popular(samples: Path) -> Mapping[str, list[dict[str, Any]]]:
    return by_model(samples / HUNDRED)


def test_real_accuracies_and_discordant_pairs(
    popular: Mapping[str, list[dict[str, Any]]],
) -> None:
    # Counted from the same logs by other code: gpt-5 .52, claude-sonnet-4 .57; 50, 2, 7, 41.
    arms = {model: {row["id"]: row["match"] for row in rows} for model, rows in popular.items()}
    gpt, claude = arms[GPT], arms[CLAUDE]
    assert (len(gpt), gpt.keys()) == (100, claude.keys())
    assert (statistics.mean(gpt.values()), statistics.mean(claude.values())) == (0.52, 0.57)
    table: dict[tuple[float, float], int] = defaultdict(int)
    for name, value in gpt.items():
        table[value, claude[name]] += 1
    assert [table[key] for key in ((1, 1), (1, 0), (0, 1), (0, 0))] == [50, 2, 7, 41]


def test_real_standard_errors_are_those_of_inspect(
    popular: Mapping[str, list[dict[str, Any]]],
) -> None:
    # `stderr` in results of the two logs.
    for model, stderr in ((GPT, 0.05021167315686782), (CLAUDE, 0.0497569851956243)):
        values = [row["match"] for row in popular[model]]
        assert statistics.stdev(values) / math.sqrt(100) == pytest.approx(stderr)


def test_real_epochs_are_repeats_of_ten_samples(samples: Path) -> None:
    # `accuracy` and `stderr` in results of the two logs: over means of 10 ids, not 50 rows.
    expected = {GPT: (0.6, 0.16329931618554522), CLAUDE: (0.66, 0.14922019523732927)}
    for model, rows in by_model(samples / TEN).items():
        means: dict[int, list[float]] = defaultdict(list)
        for row in rows:
            means[row["id"]].append(row["match"])
        values = [statistics.mean(of) for of in means.values()]
        assert {len(of) for of in means.values()} == {5}
        found = (statistics.mean(values), statistics.stdev(values) / math.sqrt(10))
        assert found == pytest.approx(expected[model])


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("json_logs/2025-05-12T20-28-13-04-00_popularity.json", 0, 'status is "cancelled"'),
        ("json_logs/data_arc_qwen.json", 3, ""),
        ("json_logs/data_arc_sonnet.json", 5, ""),
        ("json_logs/data_cyse2_vuln_exploit_challenges.json", 0, "holds 1 of 2340 planned"),
        ("model_graded/*.eval", 16, ""),
        ("unscored/*.eval", 10, ""),
        ("zstd/retry-2-then-success.legacy.eval", 1, ""),
    ],
)
def test_real_logs_are_read_or_refused_with_the_reason(
    samples: Path, name: str, rows: int, message: str
) -> None:
    [path] = (samples / "inspect_ai").glob(name)
    assert choose("auto", path.read_bytes(), path.name).name == "inspect"
    if message:
        refused(path.read_bytes(), message)
    else:
        assert len(taken(path.read_bytes())[0]) == rows


def test_real_logs_without_scores_say_so(samples: Path) -> None:
    [path] = (samples / "inspect_ai/unscored").glob("*.eval")
    rows, parsed = taken(path.read_bytes())
    assert all("match" not in row for row in rows)
    assert parsed.notes == ['"x.eval": 10 of 10 samples have no score: it is missing']
    with pytest.raises(SampleError, match="match"):
        extract(arm(samples, "inspect_ai/unscored/*.eval", "id"), SampleRequest(value="match"))


def judged(folder: Path, text: str) -> GateEvidence:
    around = Surroundings(base=folder, root=folder, working_directory=folder)
    return evaluate(read_gate(text.encode(), "g.yaml"), around)


def rule_of(evidence: GateEvidence, name: str) -> RuleEvidence:
    [rule] = [rule for rule in evidence.rules if rule.id == name]
    return rule


GATE = """
version: 1
gate: g
artifacts:
  evals:
    reader: inspect
    path: {path}/*.eval
    candidate: {{where: {{model: anthropic/claude-sonnet-4-20250514}}}}
    baseline: {{where: {{model: openai/gpt-5}}}}
metrics:
  match: {{value: match, better: higher}}
  tail: {{value: working_time, kind: positive, statistic: p95, better: lower, unit: s}}
  per_right: {{value: output_tokens, per: match, better: lower, unit: tokens}}
rules:
"""


def test_a_gate_on_two_models_of_one_folder(samples: Path) -> None:
    text = GATE.format(path=HUNDRED) + "  r: {metric: match, claim: superiority}\n"
    rule = rule_of(judged(samples, text), "r")
    # 7 against 2 of 9 discordant pairs: 46/512 by the binomial distribution.
    assert rule.pvalue == pytest.approx(46 / 512)
    assert (rule.candidate, rule.baseline) == (0.57, 0.52)
    assert rule.verdict is Verdict.INCONCLUSIVE


def test_a_gate_on_epochs_counts_ids(samples: Path) -> None:
    text = GATE.format(path=TEN) + "  r: {metric: match, claim: superiority}\n"
    rule = rule_of(judged(samples, text), "r")
    assert (rule.n.pairs, rule.n.repeats) == (10, 5)
    assert rule.pvalue == 0.5  # one unit of ten differs: a sign that may be flipped
    assert (rule.candidate, rule.baseline) == pytest.approx((0.66, 0.6))


def test_a_gate_on_latency_and_tokens(samples: Path) -> None:
    text = GATE.format(path=HUNDRED) + (
        "  tail: {metric: tail, claim: threshold, max: 15, min_samples: 59}\n"
        "  tokens: {metric: per_right, claim: superiority, min_effect: 50%}\n"
    )
    evidence = judged(samples, text)
    tail, tokens = rule_of(evidence, "tail"), rule_of(evidence, "tokens")
    # From the same logs by other code: p95 2.8679 s; 400/57 and 29244/52 tokens.
    assert tail.candidate == pytest.approx(2.8679)
    assert (tokens.candidate, tokens.baseline) == pytest.approx((400 / 57, 29244 / 52))
    assert {tail.verdict, tokens.verdict} == {Verdict.PASS}


def test_real_gzip_scores_are_read(samples: Path) -> None:
    path = "rl_scores/dreamerv3/atari100k-dreamerv3.json.gz"
    table = load_arm(
        ArmRequest(
            artifact="a", arm="c", paths=(path,), base=samples, root=samples, reader="json"
        ),
        ["task", "seed"],
    )  # fmt: skip
    assert (table.n, len(table.distinct(["task"])), table.files[0].bytes) == (130, 26, 64096)
