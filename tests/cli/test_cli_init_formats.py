"""`init` on files of evaluation tools: it names the reader, and leaves to it what it knows."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from seeds_by_hand import BY_HAND

from pytest_evalgate.spec.model import Pair


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


INTEROP = Path(__file__).parents[1] / "interop"


def test_a_named_format_is_written_without_the_id_that_it_brings(bench: "Bench") -> None:
    shutil.copytree(INTEROP / "openai_evals", bench.folder / "evals")
    status, out, err = bench.call("init", "evals/candidate.jsonl", "evals/baseline.jsonl")
    assert status == 0, err
    assert "the files are of the format openai-evals" in out
    text = bench.gate.read_text()
    assert "    reader: openai-evals " in text
    assert "\n    id:" not in text
    assert bench.spec().artifacts[0].candidate.id == ("sample_id",)
    assert bench.judged().rules[0].n.pairs == 10


def test_a_format_of_one_row_a_run_brings_its_runs(bench: "Bench") -> None:
    for arm in ("candidate", "baseline"):
        shutil.copytree(INTEROP / "hf_trainer" / arm, bench.folder / arm)
    status, _, err = bench.call(
        "init", "candidate/*/all_results.json", "baseline/*/all_results.json"
    )
    assert status == 0, err
    read = bench.spec().artifacts[0].candidate
    assert (read.reader, read.run, read.id) == ("hf-trainer", "_path", ())
    assert {rule.n.runs for rule in bench.judged().rules} == {3}
    assert "\n    run:" not in bench.gate.read_text()


def test_columns_of_scorers_are_metrics(bench: "Bench") -> None:
    for arm, shift in (("new", 0), ("old", 1)):
        run = json.loads((INTEROP / "deepeval" / "candidate.json").read_bytes())
        case = run["testCases"][0]
        run["testCases"] = [
            {**case, "name": f"t{number}", "input": f"question {number}", "order": number,
             "metricsData": [{**case["metricsData"][0], "name": "Tone", "error": None,
                              "score": ((number + shift) % 5) / 4}]}
            for number in range(120)
        ]  # fmt: skip
        (bench.folder / f"{arm}.json").write_text(json.dumps(run))
    status, out, err = bench.init("json")
    assert status in {0, 1}, err
    assert "metric Tone: mean of Tone, higher is better" in out
    assert "of a scorer: most mean higher is better" in bench.gate.read_text()
    assert bench.spec().metric("Tone").range == (0, 1)


def timings(bench: "Bench", *, runs: int) -> None:
    run = json.loads((INTEROP / "pytest_benchmark" / "run_1.json").read_bytes())
    for arm, number in (("new", 1), ("old", 2)):
        (bench.folder / arm).mkdir()
        for place in range(runs):
            for row in run["benchmarks"]:
                row["stats"]["median"] *= 1 + number * (place * place + 1) / 1000
            (bench.folder / arm / f"{place}.json").write_text(json.dumps(run))


def test_several_benchmarks_are_slices_of_one_rule(bench: "Bench") -> None:
    timings(bench, runs=6)
    status, out, err = bench.call("init", "new/*.json", "old/*.json")
    assert status == 0, err
    assert "each of 3 values of name is judged by itself" in out
    [rule] = bench.spec().rules
    assert rule.slices is not None
    assert rule.slices.by == ("name",)
    assert rule.slices.values == (("test_sort[1000]",), ("test_sort[10]",), ("test_sum",))
    assert {one.n.runs for one in bench.judged().rules if one.slice} == {6}


def test_too_few_runs_of_benchmarks_are_named_with_the_benchmark(bench: "Bench") -> None:
    timings(bench, runs=1)
    status, _, err = bench.call("init", "new/*.json", "old/*.json")
    assert status == 21
    assert "time: test_sort[1000]: candidate 1 run, baseline 1 run; min_runs is 3" in err
    assert not bench.gate.exists()


def test_times_counts_and_copies_of_a_tool_are_comments(bench: "Bench") -> None:
    for arm, every in (("new", 9), ("old", 8)):
        run = json.loads((INTEROP / "deepeval" / "candidate.json").read_bytes())
        case = run["testCases"][0]
        run["testCases"] = [
            {**case, "name": f"t{number}", "input": f"question {number}", "order": number,
             "runDuration": 1 + number * every % 17 / 100,
             "success": number % every > 0, "has_error": False,
             "metricsData": [{**case["metricsData"][0], "name": "Tone", "error": None,
                              "success": number % every > 0,
                              "score": float(number % every > 0)}]}
            for number in range(120)
        ]  # fmt: skip
        (bench.folder / f"{arm}.json").write_text(json.dumps(run))
    status, out, err = bench.init("json")
    assert status == 0, err + out
    assert len(bench.spec().rules) == 1
    assert "not gated: runDuration: a time, a cost or a size, no answer" in out
    assert "not gated: has_error: 0 in every row of both arms" in out
    text = bench.gate.read_text()
    assert "  # runDuration: {value: runDuration, statistic: geomean, better: lower}" in text
    assert "  # runDuration-holds: {metric: runDuration, claim: non_inferiority" in text


def test_an_offered_metric_can_be_gated_by_taking_the_marks_off(bench: "Bench") -> None:
    test_times_counts_and_copies_of_a_tool_are_comments(bench)
    text = bench.gate.read_text()
    for line in ("runDuration: {", "runDuration-holds: {"):
        assert text.count(f"  # {line}") == 1
        text = text.replace(f"  # {line}", f"  {line}")
    bench.gate.write_text(text)
    assert [rule.metric for rule in bench.judged().rules][1:] == ["runDuration"]


def test_a_folder_that_a_tool_keeps_is_a_path(bench: "Bench") -> None:
    for arm in ("new", "old"):
        for run in ("a", "b", "c", "d"):
            folder = bench.folder / arm / "1" / f"{arm}{run}"
            (folder / "metrics").mkdir(parents=True)
            (folder / "meta.yaml").write_text(
                f"run_id: {arm}{run}\nstatus: 3\nlifecycle_stage: active\n"
                "start_time: 1700000000000\nend_time: 1700000001000\n"
            )
            value = 0.8 + "abcd".index(run) / 100
            (folder / "metrics" / "acc").write_text(f"1700000000000 {value} 0\n")
    status, _, err = bench.call("init", "new", "old")
    assert status == 0, err
    assert bench.spec().artifacts[0].candidate.reader == "mlflow"
    assert bench.spec().artifacts[0].candidate.paths == ("new",)


def test_totals_of_lm_eval_ask_for_its_samples(bench: "Bench") -> None:
    totals = {"results": {"sums": {"acc,none": 0.5}}, "n-samples": {"sums": {"effective": 9}},
              "git_hash": None}  # fmt: skip
    for name in ("new.json", "old.json"):
        (bench.folder / name).write_text(json.dumps(totals))
    status, _, err = bench.init("json")
    assert status == 21
    assert "results of lm-eval without its samples" in err
    assert "`--log_samples`" in err


def test_a_plain_table_names_no_reader(bench: "Bench") -> None:
    new, old = ([{"id": f"q{number}", "correct": number % step > 0} for number in range(120)]
                for step in (9, 8))  # fmt: skip
    bench.write(new, old)
    assert bench.init()[0] == 0
    assert "reader" not in bench.gate.read_text()
    assert bench.spec().rules[0].pair is Pair.AUTO


@pytest.mark.parametrize("name", ["mt-bench", "livebench"])
def test_a_few_rows_of_a_tool_are_too_few(bench: "Bench", name: str) -> None:
    [(_, text)] = BY_HAND[name].items()
    (bench.folder / "new.jsonl").write_text(text)
    (bench.folder / "old.jsonl").write_text(text.replace('"score": 7', '"score": 6'))
    status, _, err = bench.init()
    assert status == 21
    assert "error[" in err
