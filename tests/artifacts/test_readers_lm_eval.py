"""Samples of lm-evaluation-harness: files that 0.4.13 and 0.4.0 wrote, and shapes by hand."""

import hashlib
import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import pair_by_id
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.lm_eval import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError


INTEROP = Path(__file__).parents[1] / "interop" / "lm_eval"
ARMS = ("candidate", "baseline")
HASH = "f588b468b0a787fadacf060e162f196f3c4e6cd38fbe2549098655f02362795a"
SAMPLE: dict[str, Any] = {
    "doc_id": 0,
    "doc": {"question": "q"},
    "target": "3",
    "arguments": {},
    "resps": [[["-10.0", "False"]]],
    "filtered_resps": [["-10.0", "False"]],
    "filter": "none",
    "metrics": ["acc"],
    "doc_hash": "d0",
    "prompt_hash": "p0",
    "target_hash": "t0",
    "acc": 1.0,
}


def load(path: str, *columns: str, base: Path = INTEROP, **request: Any) -> ArmTable:
    request.setdefault("reader", "lm-eval")
    arm = ArmRequest(artifact="a", arm="c", paths=(path,), base=base, root=base, **request)
    return load_arm(arm, columns)


def results(arm: str, version: str = "current") -> dict[str, Any]:
    [path] = (INTEROP / version / arm).rglob("results*.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def read(content: bytes | str | list[dict[str, Any]], name: str = "samples_t.jsonl") -> Parsed:
    if isinstance(content, list):
        content = "".join(json.dumps(row) + "\n" for row in content)
    return parse(Content(path=name, data=content.encode() if isinstance(content, str) else content))


def rows(content: bytes | str | list[dict[str, Any]]) -> list[Any]:
    return [row for _, row in read(content).rows]


# Files that the tool wrote; the numbers expected are those of its own results file.


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("task", "metric", "key"),
    [
        ("toy_animals", "acc", "acc,none"),
        ("toy_last_word", "acc", "acc,none"),
        ("toy_sums", "exact_match", "exact_match,strict-match"),
        ("toy_sums", "exact_match", "exact_match,flexible-extract"),
    ],
)
def test_the_rows_average_to_what_the_tool_reports(
    arm: str, task: str, metric: str, key: str
) -> None:
    where = (("filter", (key.partition(",")[2],)),)
    path = f"current/{arm}/*/samples_{task}_*.jsonl"
    table = load(path, metric, "doc_hash", "filter", where=where)
    sample = extract(table, SampleRequest(value=metric, id=("doc_hash",)))
    assert float(sample.values.mean()) == pytest.approx(results(arm)["results"][task][key])
    assert sample.values.size == results(arm)["n-samples"][task]["effective"]


def test_what_holds_for_the_run_comes_from_the_results_of_the_same_time() -> None:
    path = "current/candidate/toy__large/samples_toy_sums_*.jsonl"
    table = load(path, "model", "task", "num_fewshot")
    assert set(table.columns["model"]) == {"toy/large"}
    assert set(table.columns["num_fewshot"]) == {0}
    samples, beside = table.files
    assert samples.metadata["harness_version"] == "0.4.13"
    assert samples.metadata["task"] == "toy_sums"
    assert samples.metadata["task_version"] == "1.0"
    assert samples.metadata["seed"] == "0,1234,1234,1234"
    assert samples.metadata["created"].endswith("+00:00")
    assert beside.path.endswith(".json")
    assert beside.rows == 0
    assert not [note for note in table.notes if "differ" in note or "computed from" in note]


def test_two_filters_of_a_document_need_where() -> None:
    table = load("current/candidate/*/samples_toy_sums_*.jsonl", "exact_match", "doc_hash")
    with pytest.raises(SampleError, match=r"duplicate keys of doc_hash(.|\n)*filter"):
        extract(table, SampleRequest(value="exact_match", id=("doc_hash",)))


def test_a_corpus_metric_is_refused_by_name() -> None:
    table = load("current/candidate/*/samples_toy_animals_*.jsonl", "f1", "doc_hash")
    assert any('"f1" (gold and prediction of a corpus metric)' in note for note in table.notes)
    with pytest.raises(SampleError, match="f1 is a list, not a number"):
        extract(table, SampleRequest(value="f1", id=("doc_hash",)))


def test_gold_and_prediction_of_a_corpus_metric_can_be_gated_as_such() -> None:
    table = load("current/baseline/*/samples_toy_animals_*.jsonl", "f1.0", "f1.1", "doc_hash")
    request = SampleRequest(label="f1.0", prediction="f1.1", statistic="accuracy", id=("doc_hash",))
    # The tool counts the same pairs as `acc`.
    expected = results("baseline")["results"]["toy_animals"]["acc,none"]
    assert float(extract(table, request).values.mean()) == pytest.approx(expected)


@pytest.mark.parametrize("arm", ARMS)
def test_perplexity_of_a_row_is_its_log_likelihood(arm: str) -> None:
    column = "perplexity.loglikelihood"
    path = f"current/{arm}/*/samples_toy_last_word_*.jsonl"
    table = load(path, column, "perplexity", "doc_hash")
    sample = extract(table, SampleRequest(value=column, id=("doc_hash",)))
    expected = results(arm)["results"]["toy_last_word"]["perplexity,none"]
    assert math.exp(-float(sample.values.mean())) == pytest.approx(expected)
    assert any("higher is better" in note for note in table.notes)
    with pytest.raises(SampleError, match="perplexity is an object, not a number"):
        extract(table, SampleRequest(value="perplexity", id=("doc_hash",)))


def test_a_gate_file_names_the_reader_and_the_value_only(tmp_path: Path) -> None:
    shutil.copytree(INTEROP / "current", tmp_path / "evals")
    path = tmp_path / "toy.gate.yaml"
    path.write_text(
        """
version: 1
gate: toy
artifacts:
  evals:
    reader: lm-eval
    candidate: evals/candidate/*/samples_toy_sums_*.jsonl
    baseline: evals/baseline/*/samples_toy_sums_*.jsonl
metrics:
  strict: {value: exact_match, where: {filter: strict-match}, better: higher}
rules:
  no-worse: {metric: strict, claim: non_inferiority, margin: 20pp}
""",
        encoding="utf-8",
    )
    [rule] = evaluate(path).rules
    key = "exact_match,strict-match"
    means = [results(arm)["results"]["toy_sums"][key] for arm in ARMS]
    assert rule.effect is not None, rule.reason
    assert rule.effect.estimate == pytest.approx(means[0] - means[1])


@pytest.mark.parametrize(("task", "metric"), [("toy_animals", "acc"), ("toy_last_word", "acc")])
def test_arrays_of_an_old_version_pair_with_lines_of_a_new_one(task: str, metric: str) -> None:
    request = SampleRequest(value=metric, id=("doc_hash",))
    old, new = (
        load(path, metric, "doc_hash", "model", "task")
        for path in (
            f"v0.4.0/candidate/*_{task}.jsonl",
            f"current/candidate/*/samples_{task}_*.jsonl",
        )
    )
    assert (set(old.columns["model"]), set(old.columns["task"])) == ({"toy/large"}, {task})
    pairs = pair_by_id(extract(new, request), extract(old, request))
    expected = results("candidate", "v0.4.0")["results"][task][f"{metric},none"]
    assert float(pairs.baseline.mean()) == pytest.approx(expected)
    assert (pairs.candidate == pairs.baseline).all()


def test_filters_that_an_old_version_does_not_name_are_refused() -> None:
    with pytest.raises(ArtifactError, match=r"once for each filter \(strict-match, flexible"):
        load("v0.4.0/candidate/*_toy_sums.jsonl", "exact_match", "doc_hash")


def test_perplexity_of_an_old_version_is_a_log_likelihood_too() -> None:
    column = "perplexity.loglikelihood"
    table = load("v0.4.0/candidate/*_toy_last_word.jsonl", column, "doc_hash")
    values = extract(table, SampleRequest(value=column, id=("doc_hash",))).values
    expected = results("candidate", "v0.4.0")["results"]["toy_last_word"]["perplexity,none"]
    assert math.exp(-float(values.mean())) == pytest.approx(expected)


@pytest.mark.parametrize("task", ["toy_animals", "toy_last_word", "toy_sums"])
def test_auto_knows_samples_by_content(task: str) -> None:
    [path] = (INTEROP / "current" / "candidate").rglob(f"samples_{task}_*.jsonl")
    assert fits(Head(path.read_bytes(), "x.csv"))


def test_auto_leaves_results_and_plain_tables_alone() -> None:
    [path] = (INTEROP / "current" / "candidate").rglob("results_*.json")
    assert not fits(Head(path.read_bytes(), path.name))
    assert not fits(Head(b'{"doc_id": 1, "doc": "a", "acc": 1}\n', "samples_x.jsonl"))


# Results files are no evidence.


def test_a_results_file_is_refused_and_says_what_to_name() -> None:
    [path] = (INTEROP / "current" / "candidate").rglob("results_*.json")
    with pytest.raises(ArtifactError, match=r"averages of .*without the samples") as caught:
        read(path.read_bytes(), path.name)
    assert "--log_samples" in str(caught.value.hint)
    assert "reader: json" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"results": {"t": {"acc": 0.5}}, "versions": {"t": 0}, "config": {}}, "averages of"),
        ({"model": "m", "tasks": "t", "results": {"t": {"acc": 0.5}}}, "averages of"),
        ({"lambada_openai": {"acc": 0.5, "ppl": 7.1}}, 'averages of "lambada_openai"'),
        ({"results": {"g": {}}, "groups": {"g": {"acc,none": 0.5}}}, 'and groups "g"'),
    ],
    ids=["v0.3", "model and tasks", "bare tasks", "groups"],
)
@pytest.mark.parametrize("end", ["", "\n"])
def test_old_and_odd_results_are_refused(document: dict[str, Any], words: str, end: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        read(json.dumps(document) + end)


# Pitfalls of the rows.


def test_an_array_in_a_jsonl_file_is_read() -> None:
    old = {key: SAMPLE[key] for key in ("doc_id", "doc", "target", "resps", "filtered_resps")}
    parsed = read(json.dumps([{**old, "acc": 0.0}], indent=2), "model_t.jsonl")
    [(line, row)] = parsed.rows
    assert (line, row["acc"], len(str(row["doc_hash"]))) == (2, 0.0, 64)
    assert any("doc_hash is the SHA-256 of `doc`" in note for note in parsed.notes)


def test_a_doc_hash_that_is_made_is_the_one_that_the_tool_would_write() -> None:
    old = {key: cell for key, cell in SAMPLE.items() if key != "doc_hash"}
    doc = {"text": "One cat and one more", "word": "cat"}
    [row] = rows([{**old, "doc": doc}])
    # Written by lm-eval 0.4.13 for this document: first row of samples_toy_last_word_*.jsonl.
    assert row["doc_hash"] == HASH


def test_a_document_with_a_lone_surrogate_has_a_hash() -> None:
    old = {key: cell for key, cell in SAMPLE.items() if key != "doc_hash"}
    [row] = rows(json.dumps({**old, "doc": {"q": "\ud800"}}) + "\n")
    assert len(row["doc_hash"]) == 64


@pytest.mark.parametrize("gone", ["doc_id", "doc"])
def test_a_row_that_is_no_sample_is_refused(gone: str) -> None:
    bad = {key: cell for key, cell in SAMPLE.items() if key != gone}
    with pytest.raises(ArtifactError, match=f'no "{gone}" in a row with') as caught:
        rows([SAMPLE, bad])
    assert caught.value.at is not None
    assert caught.value.at.line == 2


def test_a_metric_that_a_row_names_and_lacks_is_refused() -> None:
    with pytest.raises(ArtifactError, match='names the metric "f1" and has no value'):
        rows([{**SAMPLE, "metrics": ["acc", "f1"]}])


@pytest.mark.parametrize("metrics", ["acc", [1], {"acc": 1}])
def test_metrics_that_are_no_list_of_names_are_refused(metrics: object) -> None:
    with pytest.raises(ArtifactError, match=r"metrics is .* expected a list of names"):
        rows([{**SAMPLE, "metrics": metrics}])


def test_infinity_reaches_the_rows_and_is_counted(arm: Callable[..., ArmTable]) -> None:
    table = arm(
        [SAMPLE, {**SAMPLE, "doc_id": 1, "doc_hash": "d1", "acc": math.inf}],
        ["acc", "doc_hash"],
        reader="lm-eval",
    )
    assert any("1 values of acc are not finite" in note for note in table.notes)
    request = SampleRequest(value="acc", id=("doc_hash",))
    with pytest.raises(SampleError, match="acc is Infinity, expected a finite number") as caught:
        extract(table, request)
    assert "name Infinity in `na`" in str(caught.value.hint)


def test_infinity_can_be_named_as_missing(arm: Callable[..., ArmTable]) -> None:
    table = arm(
        [SAMPLE, {**SAMPLE, "doc_id": 1, "doc_hash": "d1", "acc": math.inf}],
        ["acc", "doc_hash"],
        reader="lm-eval",
    )
    request = SampleRequest(value="acc", id=("doc_hash",), na=("Infinity",))
    with pytest.raises(SampleError, match="acc is missing in 1 of 2 units"):
        extract(table, request)


def test_a_whole_number_beyond_all_floats_is_refused_where_it_is_used(
    arm: Callable[..., ArmTable],
) -> None:
    text = json.dumps(SAMPLE).replace('"acc": 1.0', f'"acc": {10**400}')
    table = arm(text + "\n", ["acc", "doc_hash"], reader="lm-eval")
    with pytest.raises(SampleError, match="a whole number beyond"):
        extract(table, SampleRequest(value="acc", id=("doc_hash",)))


def test_false_as_a_text_is_no_true(arm: Callable[..., ArmTable]) -> None:
    table = arm([{**SAMPLE, "acc": "False"}], ["acc", "doc_hash"], reader="lm-eval")
    with pytest.raises(SampleError, match='acc is text: "False"'):
        extract(table, SampleRequest(value="acc", id=("doc_hash",)))


def test_a_positive_perplexity_a_row_is_left_alone() -> None:
    [row] = rows([{**SAMPLE, "metrics": ["perplexity"], "perplexity": 7.1}])
    assert row["perplexity"] == 7.1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps(SAMPLE), "may have been cut"),
        (json.dumps(SAMPLE)[:-9] + "\n", "not JSON"),
        ('{"doc_id": 0, "doc": 1, "doc_id": 1}\n', "duplicate key"),
        (json.dumps([SAMPLE])[:-1], "not JSON"),
        (b'{"doc_id": 0, "doc": "\xff"}\n', "not UTF-8"),
        ('{"doc_id": 0, "doc": ' + "[" * 70 + "]" * 70 + "}\n", "nested deeper than 64"),
        ("[1, 2]", "expected an object"),
    ],
    ids=["no newline", "cut line", "key twice", "cut array", "latin-1", "deep", "numbers"],
)
def test_damaged_files_are_refused(content: bytes | str, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        rows(content)


# Which results file belongs to the samples.


def write(folder: Path, *, stamp: str, model: str, name: str | None = None) -> None:
    document = {
        "results": {"t": {"acc,none": 1.0}},
        "configs": {"t": {"metric_list": [{"metric": "acc", "aggregation": "mean"}]}},
        "versions": {"t": 1},
        "n-samples": {"t": {"original": 1, "effective": 1}},
        "config": {},
        "model_name": model,
    }
    path = folder / (name or f"results_{stamp}.json")
    path.write_text(json.dumps(document), encoding="utf-8")


OLDER, NEWER = "2026-01-01T10-00-00.123456", "2026-02-01T10-00-00.654321"


@pytest.fixture
def one(tmp_path: Path) -> Callable[[str], ArmTable]:
    def load_one(file: str) -> ArmTable:
        (tmp_path / file).write_text(json.dumps(SAMPLE) + "\n", encoding="utf-8")
        return load(file, "acc", "model", base=tmp_path)

    return load_one


def test_of_several_results_the_one_of_the_same_time_counts(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=OLDER, model="old")
    write(tmp_path, stamp=NEWER, model="new")
    assert one(f"samples_t_{OLDER}.jsonl").columns["model"] == ["old"]
    assert one(f"samples_t_{NEWER}.jsonl").columns["model"] == ["new"]


def test_results_under_a_name_of_the_user_are_found_by_their_time(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=OLDER, model="old", name=f"mine_{OLDER}.json")
    assert one(f"samples_t_{OLDER}.jsonl").columns["model"] == ["old"]


def test_results_of_another_time_are_not_taken(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=NEWER, model="new")
    table = one(f"samples_t_{OLDER}.jsonl")
    assert "model" not in table.columns
    assert any(f"no results file of {OLDER} beside it" in note for note in table.notes)


def test_two_results_and_no_time_are_not_chosen_between(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=OLDER, model="old")
    write(tmp_path, stamp=NEWER, model="new")
    table = one("model_t.jsonl")
    assert "model" not in table.columns
    assert any("2 results files beside it" in note for note in table.notes)


def test_the_only_results_are_taken_for_samples_without_a_time(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=NEWER, model="new")
    table = one("model_t.jsonl")
    assert table.columns["model"] == ["new"]
    assert any("the only results file beside it" in note for note in table.notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n-samples": {"t": {"original": 9, "effective": 3}}}, "1 documents, where"),
        ({"n-samples": {"t": {"original": 9, "effective": 3}}}, "run on 3 of 9 documents"),
        ({"results": {"t": {"acc,none": 0.5}}}, r"averages differ .*acc \(none\) 1 against 0.5"),
        ({"configs": {"u": {}}}, 'does not hold the task of this file, "t"'),
    ],
    ids=["n", "limit", "average", "task"],
)
def test_what_results_say_otherwise_is_noted(
    tmp_path: Path, one: Callable[[str], ArmTable], change: dict[str, Any], words: str
) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    path = tmp_path / f"results_{OLDER}.json"
    document = {**json.loads(path.read_text(encoding="utf-8")), **change}
    path.write_text(json.dumps(document), encoding="utf-8")
    notes = "\n".join(one(f"samples_t_{OLDER}.jsonl").notes)
    assert re.search(words, notes), notes


def changed(folder: Path, **changes: Any) -> None:
    path = folder / f"results_{OLDER}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | changes), encoding="utf-8")


def test_results_that_the_task_hash_proves_foreign_say_nothing_of_the_samples(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    changed(tmp_path, task_hashes={"t": "0" * 64})
    with pytest.raises(SampleError, match=r'"model"'):
        extract(one(f"samples_t_{OLDER}.jsonl"), SampleRequest(value="model"))
    table = load(f"samples_t_{OLDER}.jsonl", "acc", base=tmp_path)
    assert "model" not in table.files[0].metadata
    assert table.files[0].metadata["task"] == "t"
    assert any("WARNING: the samples are not those that" in note for note in table.notes)


def test_results_with_the_hash_of_the_samples_are_theirs(
    tmp_path: Path, one: Callable[[str], ArmTable]
) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    own = hashlib.sha256(b"d0p0t0").hexdigest()
    changed(tmp_path, task_hashes={"t": own}, **{"n-samples": {"t": {"effective": 9}}})
    table = one(f"samples_t_{OLDER}.jsonl")
    assert table.columns["model"] == ["m"]
    assert any("WARNING: 1 documents, where" in note for note in table.notes)


def test_a_model_that_a_row_and_its_results_name_differently_is_refused(tmp_path: Path) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    path = tmp_path / f"samples_t_{OLDER}.jsonl"
    path.write_text(json.dumps({**SAMPLE, "model": "other"}) + "\n", encoding="utf-8")
    with pytest.raises(SampleError, match=r'"model" is "m" by .* but the row says "other"'):
        load(path.name, "acc", base=tmp_path)


def test_a_model_that_foreign_results_name_differently_is_refused(tmp_path: Path) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    changed(tmp_path, task_hashes={"t": "0" * 64})
    path = tmp_path / f"samples_t_{OLDER}.jsonl"
    path.write_text(json.dumps({**SAMPLE, "model": "other"}) + "\n", encoding="utf-8")
    with pytest.raises(SampleError, match=r'"model" is "m" by .* but the row says "other"'):
        load(path.name, "acc", base=tmp_path)


def test_fewer_documents_than_the_results_say_are_a_warning_of_the_rule(tmp_path: Path) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    changed(tmp_path, **{"n-samples": {"t": {"original": 300, "effective": 300}}})
    lines = (json.dumps({**SAMPLE, "doc_id": n, "doc_hash": f"d{n}"}) + "\n" for n in range(200))
    (tmp_path / f"samples_t_{OLDER}.jsonl").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "gate.yaml").write_text(
        "version: 1\ngate: g\n"
        f"artifacts: {{e: {{reader: lm-eval, candidate: samples_t_{OLDER}.jsonl}}}}\n"
        "metrics: {acc: {value: acc, better: higher}}\n"
        "rules: {r: {metric: acc, claim: threshold, min: 0.9}}\n"
    )
    evidence = evaluate(tmp_path / "gate.yaml")
    assert evidence.decision.action.value == "promote"
    assert re.search("passed with a warning: .*200 documents, where", evidence.decision.reasons[0])


@pytest.mark.parametrize("kept", [(0, 2), (1, 2), (2,)])
def test_samples_with_documents_taken_out_are_refused(
    tmp_path: Path, kept: tuple[int, ...]
) -> None:
    write(tmp_path, stamp=OLDER, model="m")
    changed(tmp_path, **{"n-samples": {"t": {"original": 3, "effective": 3}}})
    path = tmp_path / f"samples_t_{OLDER}.jsonl"
    lines = (json.dumps({**SAMPLE, "doc_id": n, "doc_hash": f"d{n}"}) + "\n" for n in kept)
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"results_.* says 3, .*doc_id [01] is not among them"):
        load(path.name, "acc", base=tmp_path)


def test_damaged_results_beside_are_refused(tmp_path: Path, one: Callable[[str], ArmTable]) -> None:
    (tmp_path / f"results_{OLDER}.json").write_text('{"results": ', encoding="utf-8")
    with pytest.raises(ArtifactError, match="not JSON"):
        one(f"samples_t_{OLDER}.jsonl")


# Files of others.

CASES = {
    "v0.4.0_json_array/Llama-2-13b-chat-hf_truthfulqa/*_truthfulqa_gen.jsonl": ("bleu_acc", 0.40),
    "v0.4.0_json_array/Llama-2-7b-chat-hf_truthfulqa/*_truthfulqa_gen.jsonl": ("bleu_acc", 0.42),
    "v0.4.13_jsonl/Qwen__Qwen3-8B/samples_*_belief_2026-07-08T16*.jsonl": ("acc", 0.45),
    "v0.4.13_jsonl/Qwen__Qwen3-8B/samples_*_belief_2026-07-08T18*.jsonl": ("acc", 0.45),
    "v0.4.13_jsonl/Qwen__Qwen3-8B/samples_*_desire_2026-07-08T16*.jsonl": ("acc", 0.6),
    "v0.4.13_jsonl/Qwen__Qwen3-8B/samples_*_desire_2026-07-08T18*.jsonl": ("acc", 0.6),
}


@pytest.mark.parametrize("path", CASES)
def test_real_samples_give_the_averages_that_their_results_or_pages_say(
    samples: Path, path: str
) -> None:
    metric, expected = CASES[path]
    table = load(f"lm_eval/{path}", metric, "doc_hash", "model", base=samples)
    sample = extract(table, SampleRequest(value=metric, id=("doc_hash",)))
    assert float(sample.values.mean()) == pytest.approx(expected)
    assert len(set(table.columns["model"])) == 1


def test_real_arrays_pair_by_a_hash_that_is_made(samples: Path) -> None:
    paths = [path for path in CASES if "truthfulqa" in path]
    request = SampleRequest(value="bleu_acc", id=("doc_hash",))
    pairs = pair_by_id(
        *(
            extract(load(f"lm_eval/{path}", "bleu_acc", "doc_hash", base=samples), request)
            for path in paths
        )
    )
    assert len(pairs.ids) == 250
    assert int((pairs.candidate > pairs.baseline).sum()) == 36
    assert int((pairs.candidate < pairs.baseline).sum()) == 41


def test_a_real_corpus_metric_is_refused(samples: Path) -> None:
    path = "lm_eval/v0.4.9_jsonl/gemma-2b_masakhaner_luo/prompt_3_0shot/samples_*.jsonl"
    table = load(path, "f1", "doc_hash", base=samples)
    assert any("40 documents, where" in note and "185" in note for note in table.notes)
    with pytest.raises(SampleError, match="f1 is a list, not a number"):
        extract(table, SampleRequest(value="f1", id=("doc_hash",)))


def test_real_infinities_are_missing_where_the_gate_says_so(samples: Path) -> None:
    path = "lm_eval/v0.4.8_jsonl/gpt-4o-mini_tgpred_infinity/samples_*.jsonl"
    table = load(path, "mae", "doc_hash", base=samples)
    request = SampleRequest(
        value="mae", id=("doc_hash",), na=("Infinity",), missing="drop", max_missing=0.9
    )
    sample = extract(table, request)
    assert (sample.missing, sample.values.size) == (17, 7)
    assert float(sample.values.mean()) == pytest.approx(186.9, abs=0.05)


def test_every_real_results_file_is_refused(samples: Path) -> None:
    folder = samples / "lm_eval"
    paths = [path for path in folder.rglob("*.json") if "samples" not in path.name]
    assert len(paths) > 20
    for path in paths:
        with pytest.raises(ArtifactError, match="averages of"):
            read(path.read_bytes(), path.name)
