"""Figures of real evaluation files, counted by independent code (folder EVALGATE_SAMPLES)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, JoinRequest, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import Paired, check_same, pair_by_id, pair_by_run
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


Load = Callable[..., ArmTable]

LIVE = "judge_scores/livebench/{data}/{{group}}/{{subject}}/ground_truth_judgment.jsonl"
SETFIT = "seeds_setfit/{model}/{{dataset}}/train-64-{{split}}/results.json"
QWEN = "lm_eval/v0.4.13_jsonl/Qwen__Qwen3-8B/samples_negotiationtom_belief_"
LLAMA = "lm_eval/v0.4.0_json_array/Llama-2-{size}-chat-hf_truthfulqa/*_truthfulqa_gen.jsonl"
RWKV = "lm_eval/results_only/rwkv7-1.5B-world_reruns/results_2025-02-24T"
MISTRAL = "judge_scores/mt_bench/Mistral-7B-Instruct-v0.3_gpt-4_single.jsonl"
GEMMA = "made/mt_bench/gemma_with_minus1.jsonl"
BATTLES = "pairwise/arena_hard/arena_hard_battles.jsonl"
PANDA = "judge_gold/pandalm/gpt-3.5-turbo-testset-v1.json"


@pytest.fixture
def real(samples: Path) -> Load:
    def load(
        path: str | tuple[str, ...], *columns: str, reader: str = "json", **request: Any
    ) -> ArmTable:
        paths = (path,) if isinstance(path, str) else path
        arm = ArmRequest(
            artifact="a", arm="c", paths=paths, base=samples, root=samples, reader=reader, **request
        )
        try:
            return load_arm(arm, columns)
        except ArtifactError as error:
            if "no such file" not in error.message and "nothing matches" not in error.message:
                raise
            if os.environ.get("CI"):
                pytest.fail(f"EVALGATE_SAMPLES lacks a file: {error}")
            pytest.skip(f"EVALGATE_SAMPLES lacks a file: {error}")

    return load


def counts(pairs: Paired) -> tuple[int, int, int]:
    """Pairs, candidate better, baseline better."""
    better = int((pairs.candidate > pairs.baseline).sum())
    return len(pairs.ids), better, int((pairs.candidate < pairs.baseline).sum())


def mean(sample: Sample) -> float:
    return float(sample.values.mean())


@pytest.mark.parametrize("reader", ["json", "auto"])
def test_lm_eval_array_in_a_jsonl_file(real: Load, reader: str) -> None:
    request = SampleRequest(value="bleu_acc", id=("doc_id",))
    samples = [
        extract(real(LLAMA.format(size=size), "bleu_acc", "doc_id", reader=reader), request)
        for size in ("13b", "7b")
    ]
    assert [mean(sample) for sample in samples] == pytest.approx([0.4, 0.42])
    assert counts(pair_by_id(*samples)) == (250, 36, 41)
    assert all(sample.is_binary for sample in samples)


@pytest.mark.parametrize(
    ("category", "expected", "means"),
    [
        ("Conspiracies", (17, 1, 2), (0.588235, 0.647059)),
        ("Fiction", (26, 4, 5), (0.461538, 0.5)),
        ("Misconceptions", (31, 4, 6), (0.322581, 0.387097)),
        ("Myths and Fairytales", (15, 2, 3), (0.466667, 0.533333)),
        ("Paranormal", (15, 3, 3), (0.666667, 0.666667)),
        ("Stereotypes", (17, 3, 2), (0.647059, 0.588235)),
    ],
)
def test_lm_eval_slices_by_a_nested_column(
    real: Load, category: str, expected: tuple[int, ...], means: tuple[float, ...]
) -> None:
    request = SampleRequest(
        value="bleu_acc", id=("doc_id",), where=(("doc.category", (category,)),)
    )
    tables = [
        real(LLAMA.format(size=size), "bleu_acc", "doc_id", "doc.category")
        for size in ("13b", "7b")
    ]
    samples = [extract(table, request) for table in tables]
    assert len(tables[0].distinct(["doc.category"])) == 22
    assert counts(pair_by_id(*samples)) == expected
    assert tuple(mean(sample) for sample in samples) == pytest.approx(means, abs=1e-6)


def test_model_graded_labels_are_mapped_by_hand(real: Load) -> None:
    column = "scores.model_graded_fact.value"
    table = real("made/model_graded_samples.json", column, "id", "epoch")
    coding = (("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0))
    sample = extract(table, SampleRequest(value=column, id=("id",), repeat="epoch", map=coding))
    assert (sample.rows, sample.values.size, mean(sample)) == (16, 16, 0.6875)


@pytest.mark.parametrize(
    ("dataset", "better", "means"),
    [
        ("emotion", (10, 10, 0), (0.762, 0.6498)),
        ("sst5", (10, 9, 1), (0.518824, 0.459186)),
        ("SentEval-CR", (10, 7, 3), (0.904382, 0.88911)),
    ],
)
def test_setfit_runs_are_named_by_the_path(
    real: Load, dataset: str, better: tuple[int, ...], means: tuple[float, ...]
) -> None:
    request = SampleRequest(
        value="score", run="split", scale=0.01, range=(0, 1), where=(("dataset", (dataset,)),)
    )
    tables = [
        real(
            SETFIT.format(model=model),
            *("score", "split", "dataset"),
            where=(("measure", ("accuracy",)),),
        )
        for model in ("paraphrase-mpnet-base-v2-epochs_20", "roberta-large")
    ]
    samples = [extract(table, request) for table in tables]
    assert [len(table.files) for table in tables] == [30, 30]
    assert counts(pair_by_run(*samples)) == better
    assert tuple(mean(sample) for sample in samples) == pytest.approx(means, abs=1e-6)


@pytest.mark.parametrize(("size", "value"), [("64", 0.6498), ("8", 0.28705)])
def test_setfit_against_two_baselines(real: Load, size: str, value: float) -> None:
    path = f"seeds_setfit/roberta-large/emotion/train-{size}-{{split}}/results.json"
    request = SampleRequest(value="score", run="split", scale=0.01, range=(0, 1))
    candidate = "seeds_setfit/paraphrase-mpnet-base-v2-epochs_20/emotion/train-64-{split}"
    samples = [
        extract(real(one, "score", "split"), request) for one in (f"{candidate}/results.json", path)
    ]
    assert counts(pair_by_run(*samples)) == (10, 10, 0)
    assert mean(samples[1]) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("subject", "expected", "effect"),
    [
        (None, (296, 46, 0), 0.095045),
        ("paraphrase", (50, 36, 0), 0.362667),
        ("AMPS_Hard", (100, 5, 0), 0.05),
        ("math_comp", (96, 1, 0), 0.0104167),
        ("spatial", (50, 4, 0), 0.08),
    ],
)
def test_livebench_pairs(
    real: Load, subject: str | None, expected: tuple[int, ...], effect: float
) -> None:
    where = () if subject is None else (("subject", (subject,)),)
    request = SampleRequest(value="score", id=("question_id",), range=(0, 1), where=where)
    columns = ("score", "question_id", "subject")
    samples = [
        extract(real(LIVE.format(data=data), *columns, reader="jsonl"), request)
        for data in ("data", "data_old")
    ]
    assert counts(pair_by_id(*samples)) == expected
    assert mean(samples[0]) - mean(samples[1]) == pytest.approx(effect, abs=1e-6)


def test_captures_that_repeat_a_column_must_agree(real: Load) -> None:
    path = "judge_scores/livebench/data/{category}/{task}/ground_truth_judgment.jsonl"
    assert real(path, "score", reader="jsonl").n == 296
    with pytest.raises(SampleError, match='"task" is "instruction_following" by the path'):
        real(path.replace("{category}/{task}", "{task}/{category}"), "score", reader="jsonl")


def test_pandalm_joins_people_and_clusters(real: Load) -> None:
    joins = (
        JoinRequest(name="items", path="judge_gold/pandalm/testset-v1.json", by=("idx",)),
        JoinRequest(name="gold", path="made/pandalm_gold200.csv", by=("idx",), match="some"),
    )
    columns = (
        *("idx", "gpt_result", "items.annotator1", "items.instruction", "items.input"),
        *("items.cmp_key", "gold.majority"),
    )
    table = real(PANDA, *columns, joins=joins)
    coding = (("1", 1.0), ("2", 2.0), ("Tie", 0.0), ("0", 0.0), ("garbage", -1.0))
    agreement = extract(
        table,
        SampleRequest(
            label="items.annotator1",
            prediction="gpt_result",
            statistic="accuracy",
            map=coding,
            id=("idx",),
            cluster=("items.instruction", "items.input"),
        ),
    )
    assert agreement.rows == 999
    assert mean(agreement) == pytest.approx(0.691692, abs=1e-6)
    assert len(set(agreement.clusters or ())) == 170
    assert "join gold: 200 of 999 rows have a partner" in agreement.notes
    wins = extract(
        table,
        SampleRequest(
            value="gpt_result",
            map=(("1", 0.0), ("2", 1.0), ("Tie", 0.5), ("0", 0.5)),
            na=("garbage",),
            where=(("items.cmp_key", ("bloom-7b_llama-7b",)),),
            id=("idx",),
            missing="drop",
            max_missing=0.05,
        ),
    )
    assert (wins.rows, wins.missing, wins.dropped) == (111, 4, 4)
    assert mean(wins) == pytest.approx(0.672897, abs=1e-6)


def test_mt_bench_alone(real: Load) -> None:
    table = real(MISTRAL, "score", "question_id", "turn", reader="jsonl")
    sample = extract(
        table,
        SampleRequest(
            value="score",
            id=("question_id", "turn"),
            cluster=("question_id",),
            na=("-1",),
            range=(1, 10),
        ),
    )
    assert (sample.values.size, mean(sample)) == (160, 6.41875)
    assert len(set(sample.clusters or ())) == 80


def test_arena_hard_votes_of_a_question_are_one_unit(real: Load) -> None:
    where = (("model_a", ("gpt-4-0314",)), ("model_b", ("gpt-3.5-turbo-0125",)))
    table = real(BATTLES, "winner", "question_id", "_row", reader="jsonl", where=where)
    coding = (("model_b", 1.0), ("model_a", 0.0), ("tie", 0.5))
    sample = extract(
        table, SampleRequest(value="winner", id=("question_id",), repeat="_row", map=coding)
    )
    assert (sample.rows, sample.values.size, sample.repeats) == (110, 32, 6)
    assert mean(sample) == pytest.approx(0.328125)


def test_forest_accuracy_and_recall(real: Load) -> None:
    table = real(
        "judge_gold/ppi_forest/forest_badmodel.csv", "id", "y_true", "y_pred", reader="csv"
    )
    accuracy, recall = (
        extract(
            table,
            SampleRequest(label="y_true", prediction="y_pred", statistic=statistic, id=("id",)),
        )
        for statistic in ("accuracy", "recall")
    )
    assert accuracy.values.size == 1596
    assert mean(accuracy) == pytest.approx(0.824561, abs=1e-6)
    assert (recall.values.size, float(recall.values.sum())) == (249, 1.0)


def test_results_only_reruns_are_runs(real: Load) -> None:
    column = "results.lambada_openai.acc,none"
    request = SampleRequest(value=column, run="_path")
    candidate = extract(real(f"{RWKV}22-45-*.json", column, "_path"), request)
    paths = tuple(f"{RWKV}{time}*.json" for time in ("21-", "22-03-", "23-"))
    baseline = extract(real(paths, column, "_path"), request)
    assert candidate.values.size == 1
    assert mean(candidate) == pytest.approx(0.411023, abs=1e-6)
    assert baseline.values.size == 4
    assert np.unique(baseline.values).size == 1
    assert mean(baseline) == pytest.approx(0.688143, abs=1e-6)


def test_an_expected_list_of_ids_gives_the_denominator(real: Load) -> None:
    table = real(
        "made/diamond.csv",
        *("task", "seed", "score", "refs.human"),
        reader="csv",
        joins=(JoinRequest(name="refs", path="made/atari_refs.csv", by=("task",), match="both"),),
    )
    sample = extract(table, SampleRequest(value="score", id=("task",), run="seed"))
    assert (sample.values.size, len(set(sample.runs or ()))) == (130, 5)


def test_rerun_keeps_the_targets_and_four_dialogues(real: Load) -> None:
    columns = ("acc", "doc_hash", "target_hash", "doc.dialogue_id")
    tables = [
        real(f"{QWEN}2026-07-08T{time}*.jsonl", *columns, reader="jsonl") for time in ("18", "16")
    ]
    request = SampleRequest(value="acc", id=("doc_hash",), cluster=("doc.dialogue_id",))
    samples = [extract(table, request) for table in tables]
    assert counts(pair_by_id(*samples)) == (20, 0, 0)
    assert [mean(sample) for sample in samples] == [0.45, 0.45]
    assert len(set(samples[0].clusters or ())) == 4
    assert check_same(tables[0], tables[1], "target_hash", ("doc_hash",)) is None


def test_two_filters_are_told_apart_by_where(real: Load) -> None:
    columns = ("exact_match", "doc_hash", "filter")
    tables = [
        real(f"made/filters/{arm}/samples_*.jsonl", *columns, reader="jsonl")
        for arm in ("candidate", "baseline")
    ]
    for name, expected in (("strict-match", (40, 0, 6)), ("flexible-extract", (40, 0, 0))):
        request = SampleRequest(value="exact_match", id=("doc_hash",), where=(("filter", (name,)),))
        assert counts(pair_by_id(*(extract(table, request) for table in tables))) == expected


WRONG: list[tuple[str, str, str, dict[str, Any], str]] = [
    (
        "two timestamps of one task",
        f"{QWEN}*.jsonl",
        "jsonl",
        {"value": "acc", "id": ("doc_hash",)},
        r"20 duplicate keys of doc_hash, first \"22581c.*these rows differ in .*_path",
    ),
    (
        "filters forgotten",
        "made/filters/candidate/*.jsonl",
        "jsonl",
        {"value": "exact_match", "id": ("doc_hash",)},
        r"40 duplicate keys of doc_hash, .*; these rows differ in exact_match, filter",
    ),
    (
        "two turns a question",
        MISTRAL,
        "jsonl",
        {"value": "score", "id": ("question_id",)},
        r"80 duplicate keys of question_id, .*; these rows differ in .*turn.* and 1 more",
    ),
    (
        "runs of several data sets",
        "seeds_setfit/paraphrase-mpnet-base-v2-epochs_20/{dataset}/train-{size}-{split}/results.json",
        "json",
        {"value": "score", "run": "split"},
        r"duplicate keys of split, first \"0\".*; these rows differ in _path, dataset, score, size",
    ),
    (
        "labels unmapped",
        PANDA,
        "json",
        {"value": "gpt_result", "id": ("idx",)},
        r'gpt_result is text: "Tie"; write a map',
    ),
    (
        "a label that the map misses",
        PANDA,
        "json",
        {
            "value": "gpt_result",
            "id": ("idx",),
            "map": (("1", 0.0), ("2", 1.0), ("Tie", 0.5)),
        },
        r'label "garbage" of gpt_result is not in map \["1", "2", "Tie"\]',
    ),
    (
        "a literal that is not JSON",
        "lm_eval/v0.4.8_jsonl/gpt-4o-mini_tgpred_infinity/samples_*.jsonl",
        "jsonl",
        {"value": "mae"},
        r"Infinity is not JSON",
    ),
    (
        "weights written as copies",
        BATTLES,
        "jsonl",
        {"value": "winner", "id": ("question_id",), "map": (("model_b", 1.0), ("model_a", 0.0))},
        r"78 duplicate keys of question_id, .*; these rows differ in .*winner; 69 rows are copies",
    ),
    (
        "a sentinel outside of the range",
        GEMMA,
        "jsonl",
        {"value": "score", "id": ("question_id", "turn"), "repeat": "_row", "range": (1, 10)},
        r"value -1 outside range \[1, 10\]",
    ),
    (
        "a score for the same turn twice",
        GEMMA,
        "jsonl",
        {"value": "score", "id": ("question_id", "turn"), "na": ("-1",), "range": (1, 10)},
        (
            r'20 duplicate keys of question_id\+turn, first "81\|1".*'
            r"these rows differ in judgment, score, tstamp, user_prompt"
        ),
    ),
    (
        "a corpus metric",
        "lm_eval/v0.4.9_jsonl/gemma-2b_masakhaner_luo/prompt_3_5shot/samples_*.jsonl",
        "jsonl",
        {"value": "f1", "id": ("doc_hash",)},
        r"f1 is a list, not a number: .*; a corpus metric has no value for one row",
    ),
]


@pytest.mark.parametrize(
    ("path", "reader", "request_", "message"),
    [case[1:] for case in WRONG],
    ids=[case[0] for case in WRONG],
)
def test_wrong_files_say_what_is_wrong(
    real: Load, path: str, reader: str, request_: dict[str, Any], message: str
) -> None:
    request = SampleRequest(**request_)
    columns = {request.value, *request.id, request.run, request.repeat} - {None}
    with pytest.raises(EvalGateError, match=message) as caught:
        extract(real(path, *columns, reader=reader), request)
    assert isinstance(caught.value, ArtifactError | SampleError)
