"""Logs of OpenAI Evals: two that the tool wrote, and damaged ones by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import pair_by_id
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.openai_evals import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError


INTEROP = Path(__file__).parents[1] / "interop" / "openai_evals"
REQUEST = SampleRequest(value="correct", id=("sample_id",))
SPEC: dict[str, Any] = {
    "spec": {
        "completion_fns": ["m"],
        "eval_name": "e.test.v1",
        "run_id": "r",
        "run_config": {"seed": 7, "max_samples": None},
        "created_at": "2026-01-02 03:04:05.6",
    }
}
REPORT: dict[str, Any] = {"final_report": {"accuracy": 0.5}, "run_id": "r"}


def event(number: int, sample: str, kind: str, **data: object) -> dict[str, Any]:
    return {"run_id": "r", "event_id": number, "sample_id": sample, "type": kind, "data": data}


EVENTS = [
    event(0, "a", "sampling", sampled="x"),
    event(1, "a", "match", correct=True, picked="x"),
    event(2, "b", "sampling", sampled="y"),
    event(3, "b", "match", correct=False, picked=None),
]


def read(*lines: dict[str, Any]) -> Parsed:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return parse(Content(path="log.jsonl", data=text.encode()))


def load(arm: str, *columns: str) -> ArmTable:
    request = ArmRequest(
        artifact="a",
        arm=arm,
        paths=(f"{arm}.jsonl",),
        base=INTEROP,
        root=INTEROP,
        reader="openai-evals",
    )
    return load_arm(request, columns)


def reported(arm: str) -> float:
    lines = (INTEROP / f"{arm}.jsonl").read_text(encoding="utf-8").splitlines()
    [report] = [json.loads(line) for line in lines if '"final_report"' in line]
    return float(report["final_report"]["accuracy"])


@pytest.mark.parametrize("arm", ["candidate", "baseline"])
def test_the_rows_average_to_the_report(arm: str) -> None:
    sample = extract(load(arm, "correct", "sample_id"), REQUEST)
    assert sample.values.size == 10
    assert float(sample.values.mean()) == pytest.approx(reported(arm))
    assert sample.is_binary


def test_two_logs_pair_by_sample() -> None:
    pairs = pair_by_id(
        *(extract(load(arm, "correct", "sample_id"), REQUEST) for arm in ("candidate", "baseline"))
    )
    expected = reported("candidate") - reported("baseline")
    assert float((pairs.candidate - pairs.baseline).mean()) == pytest.approx(expected)


def test_what_holds_for_the_run_comes_from_its_spec() -> None:
    [record] = load("candidate", "correct").files
    assert record.metadata["model"] == "toy/candidate"
    assert record.metadata["task"] == "toy-capitals.test.v1"
    assert record.metadata["seed"] == "20220722"
    assert record.metadata["created"].startswith("2026-11-22T21:59:34")
    assert record.metadata["created"].endswith("+00:00")


def test_other_events_stand_under_their_type() -> None:
    table = load("candidate", "sampling.usage.completion_tokens", "picked")
    assert set(table.columns["sampling.usage.completion_tokens"]) == {2}


def test_several_events_of_a_type_are_a_list() -> None:
    parsed = read(SPEC, REPORT, *EVENTS, event(4, "a", "sampling", sampled="z"))
    first, _ = parsed.rows
    assert first == (
        4,
        {"sample_id": "a", "sampling": [{"sampled": "x"}, {"sampled": "z"}]}
        | {"correct": True, "picked": "x"},
    )


def test_metrics_become_columns_beside_the_match() -> None:
    [_, (_, row)] = read(SPEC, REPORT, *EVENTS, event(4, "b", "metrics", f1=0.25)).rows
    assert (row["correct"], row["f1"]) == (False, 0.25)


def test_the_log_is_known_by_its_spec() -> None:
    assert fits(Head((INTEROP / "candidate.jsonl").read_bytes(), "x.txt"))
    assert not fits(Head(b'{"spec": "a", "correct": 1}\n', "x.jsonl"))


def test_a_run_that_did_not_end_is_refused() -> None:
    with pytest.raises(ArtifactError, match="no final_report: the run did not end"):
        read(SPEC, *EVENTS)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((SPEC, REPORT, *EVENTS[1:]), "3 events, but event_id goes to 3: some are missing"),
        ((SPEC, REPORT, *EVENTS, EVENTS[0]), "event_id is 0, expected a number that no other"),
        ((SPEC, REPORT, *EVENTS, SPEC), "a second run in one log"),
        ((SPEC, REPORT, {**EVENTS[0], "run_id": "s"}), 'run_id is "s", that of the spec is "r"'),
        (tuple(EVENTS), "expected the spec of a run"),
        ((SPEC, REPORT, {"correct": True}), 'no "run_id" in .*: not an event'),
        ((SPEC, REPORT, {**EVENTS[1], "event_id": 0, "data": [1]}), "data is .*expected an object"),
        ((SPEC, REPORT, {**EVENTS[0], "sample_id": 3}), "sample_id is 3 .* expected texts"),
        ((), "the file is empty: 0 rows"),
    ],
    ids=[
        *("an event missing", "an event twice", "two runs", "another run", "no spec"),
        *("no event", "no data", "number as id", "empty"),
    ],
)
def test_damaged_logs_are_refused(lines: tuple[dict[str, Any], ...], words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        read(*lines)


def test_two_judgments_of_a_sample_are_refused() -> None:
    with pytest.raises(SampleError, match='sample "a" has two values of "correct"') as caught:
        read(SPEC, REPORT, *EVENTS, event(4, "a", "match", correct=False))
    assert caught.value.at is not None
    assert caught.value.at.line == 7


def test_a_sample_without_a_judgment_is_kept_and_counted() -> None:
    parsed = read(SPEC, REPORT, *EVENTS, event(4, "c", "error", type="Timeout"))
    assert [row.get("correct") for _, row in parsed.rows] == [True, False, None]
    assert any("1 of 3 samples have no match" in note for note in parsed.notes)


@pytest.mark.parametrize("said", [0.9, 1, 0, float("nan"), 10**400])
def test_an_accuracy_that_the_events_do_not_make_is_refused(said: float) -> None:
    with pytest.raises(ArtifactError, match=r"final_report says accuracy .*, its events make 0.5"):
        read(SPEC, {"final_report": {"accuracy": said}}, *EVENTS)


def test_matches_are_counted_as_the_tool_counts_them() -> None:
    again = event(4, "a", "match", correct=True, picked="x")  # the same judgment once more
    parsed = read(SPEC, {"final_report": {"accuracy": 2 / 3}}, *EVENTS, again)
    assert [row["correct"] for _, row in parsed.rows] == [True, False]


@pytest.mark.parametrize("arm", ["candidate", "baseline"])
@pytest.mark.parametrize("lines", [12, 14, 18, 20])
def test_a_log_cut_after_its_report_is_refused(arm: str, lines: int) -> None:
    whole = (INTEROP / f"{arm}.jsonl").read_bytes().splitlines(keepends=True)
    assert len(whole) > lines
    with pytest.raises(ArtifactError, match=r"final_report says .*: some are missing or changed"):
        parse(Content(path="log.jsonl", data=b"".join(whole[:lines])))


def test_tokens_that_the_events_do_not_make_are_refused() -> None:
    usage = [
        event(4, "a", "sampling", usage={"completion_tokens": 2}),
        event(5, "b", "sampling", usage={"completion_tokens": 3}),
    ]
    report = {"final_report": {"accuracy": 0.5, "usage_completion_tokens": 5}}
    assert len(list(read(SPEC, report, *EVENTS, *usage).rows)) == 2
    with pytest.raises(ArtifactError, match="usage_completion_tokens 5, its events make 2"):
        read(SPEC, report, *EVENTS, usage[0])


def test_a_limited_run_is_noted() -> None:
    spec = {"spec": {**SPEC["spec"], "run_config": {"max_samples": 2}}}
    assert any("max_samples 2" in note for note in read(spec, REPORT, *EVENTS).notes)
