"""Files of the Hugging Face Trainer: those of six small trainings, and odd ones by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.hf_trainer import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError


INTEROP = Path(__file__).parents[1] / "interop" / "hf_trainer"
FILES = ("all_results.json", "trainer_state.json")
STATE: dict[str, Any] = {
    "epoch": 2.0,
    "global_step": 8,
    "max_steps": 8,
    "best_metric": 0.9,
    "log_history": [
        {"epoch": 1.0, "loss": 0.5, "step": 4},
        {"epoch": 1.0, "eval_accuracy": 0.9, "step": 4},
        {"epoch": 2.0, "eval_accuracy": 0.7, "step": 8},
        {"epoch": 2.0, "train_loss": 0.4, "step": 8},
    ],
}


def read(document: object, end: str = "") -> Parsed:
    return parse(Content(path="state.json", data=(json.dumps(document) + end).encode()))


def load(path: str, *columns: str) -> ArmTable:
    request = ArmRequest(
        artifact="a", arm="c", paths=(path,), base=INTEROP, root=INTEROP, reader="hf-trainer"
    )
    return load_arm(request, columns)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("arm", ["baseline", "candidate"])
def test_each_training_is_a_run(arm: str, file: str) -> None:
    table = load(f"{arm}/*/{file}", "eval_accuracy", "_path")
    sample = extract(table, SampleRequest(value="eval_accuracy", run="_path"))
    # What the last call of `evaluate` returned, as the Trainer saved it.
    expected = [
        json.loads(path.read_text(encoding="utf-8"))["eval_accuracy"]
        for path in sorted((INTEROP / arm).rglob("all_results.json"))
    ]
    assert sorted(sample.values.tolist()) == pytest.approx(sorted(expected))
    assert len(set(sample.runs or ())) == 3


def test_a_folder_per_seed_can_name_the_run() -> None:
    table = load("baseline/{run}/all_results.json", "eval_accuracy", "run", "samples")
    assert sorted(map(str, table.columns["run"])) == ["seed-1", "seed-2", "seed-3"]
    assert set(table.columns["samples"]) == {40}


def test_the_last_evaluation_counts_and_not_the_best() -> None:
    parsed = read(STATE)
    [(_, row)] = parsed.rows
    assert (row["eval_accuracy"], row["best_metric"], row["epoch"]) == (0.7, 0.9, 2.0)
    assert any("the last evaluation, at step 8, of 2 counts" in note for note in parsed.notes)


def test_evaluations_of_several_sets_at_one_step_are_joined() -> None:
    history = [*STATE["log_history"], {"eval_other_accuracy": 0.5, "step": 8}]
    [(_, row)] = read({**STATE, "log_history": history}).rows
    assert (row["eval_accuracy"], row["eval_other_accuracy"]) == (0.7, 0.5)


def test_an_evaluation_again_with_another_result_is_noted() -> None:
    history = [*STATE["log_history"], {"eval_accuracy": 0.6, "step": 8, "eval_runtime": 3.0}]
    parsed = read({**STATE, "log_history": history})
    [(_, row)] = parsed.rows
    assert row["eval_accuracy"] == 0.6
    assert any('"eval_accuracy" evaluated again' in note for note in parsed.notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"global_step": 10, "max_steps": 10}, "training went on to step 10 after it"),
        ({"max_steps": 20}, "training ended before its 20 steps"),
    ],
)
def test_a_state_that_is_not_the_end_is_noted(change: dict[str, Any], words: str) -> None:
    assert any(words in note for note in read({**STATE, **change}).notes)


def test_a_training_that_did_not_end_has_no_metrics() -> None:
    parsed = read({**STATE, "max_steps": 100})
    [(_, row)] = parsed.rows
    assert (row["eval_accuracy"], row["best_metric"], row["global_step"]) == (None, None, 8)
    assert any("before its 100 steps, at 8: its metrics are missing" in one for one in parsed.notes)


def test_a_training_that_stopped_early_has_its_metrics() -> None:
    history = [*STATE["log_history"], {"train_runtime": 3.0, "step": 8}]
    [(_, row)] = read({**STATE, "max_steps": 100, "log_history": history}).rows
    assert row["eval_accuracy"] == 0.7


def test_the_end_of_an_earlier_training_is_no_end() -> None:
    history = [{"train_runtime": 3.0, "step": 4}, *STATE["log_history"]]
    [(_, row)] = read({**STATE, "max_steps": 100, "log_history": history}).rows
    assert row["eval_accuracy"] is None


@pytest.mark.parametrize("history", [[], [{"loss": 1.0, "step": 1}], None, [3]])
def test_a_state_without_an_evaluation_is_refused(history: object) -> None:
    with pytest.raises(ArtifactError, match="no evaluation among the"):
        read({**STATE, "log_history": history})


@pytest.mark.parametrize("document", [[], {}, 3, {"eval": {"accuracy": 1}}])
def test_what_is_no_file_of_metrics_is_refused(document: object) -> None:
    with pytest.raises(ArtifactError, match="expected"):
        read(document)


def test_metrics_of_training_only_are_noted() -> None:
    parsed = read({"epoch": 1.0, "train_loss": 0.5})
    assert any("holds no evaluation" in note for note in parsed.notes)


def test_a_loss_that_is_nan_reaches_the_row() -> None:
    [(_, row)] = read({"eval_loss": float("nan")}).rows
    assert isinstance(row["eval_loss"], float)


@pytest.mark.parametrize("file", FILES)
def test_both_files_are_known_by_content(file: str) -> None:
    assert fits(Head((INTEROP / "candidate" / "seed-1" / file).read_bytes(), "x"))


@pytest.mark.parametrize(
    "text", ['{"epoch": 1, "eval_accuracy": 0.5}', '{"eval_samples_per_second": 3}\n{}\n', "[]"]
)
def test_plain_tables_are_left_alone(text: str) -> None:
    assert not fits(Head(text.encode(), "all_results.json"))
