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


def test_several_rows_a_run_are_no_sample_yet(bench: "Bench") -> None:
    shutil.copytree(INTEROP / "pytest_benchmark", bench.folder / "runs")
    status, _, err = bench.call("init", "runs/run_1.json", "runs/run_2.json")
    assert status == 21
    assert "a run of pytest-benchmark holds 3 rows" in err
    assert "`reader: pytest-benchmark` and a `where:`" in err
    assert not bench.gate.exists()


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
