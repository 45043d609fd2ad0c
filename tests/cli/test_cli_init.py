"""`init` writes a gate file that runs unedited, or says why it writes none."""

import math
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate.spec.model import Claim, LimitUnit, Pair


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


EXAMPLES = Path(__file__).parents[2] / "examples" / "digits" / "artifacts"
N = 120
Make = Callable[[int], dict[str, object]]


def rows(make: Make, n: int = N) -> list[dict[str, object]]:
    return [make(i) for i in range(n)]


def test_paired_binary_samples_give_one_rule_with_two_points(
    bench: "Bench", rng: random.Random
) -> None:
    def make(i: int) -> dict[str, object]:
        return {"question_id": f"q{i}", "correct": rng.random() < 0.8}

    bench.write(rows(make), rows(make))
    status, out, _ = bench.init()
    assert status == 0
    assert "pytest --evalgate gate.yaml" in out
    spec = bench.spec()
    assert spec.correction == "auto"
    assert spec.artifacts[0].candidate.id == ("question_id",)
    [rule] = spec.rules
    assert rule.claim is Claim.NON_INFERIORITY
    assert rule.limit.text == "2pp"
    assert rule.pair is Pair.AUTO
    assert bench.judged().rules[0].n.pairs == N


def test_the_shipped_example_is_judged_whole(bench: "Bench") -> None:
    for arm in ("candidate", "baseline"):
        shutil.copytree(EXAMPLES / arm, bench.folder / arm)
    status, _, _ = bench.call("init", "candidate/*.jsonl", "baseline/*.jsonl")
    assert status == 0
    keys = bench.spec().artifacts[0].candidate
    assert (keys.id, keys.run, keys.repeat) == (("example_id",), "seed", None)
    evidence = bench.judged()
    assert [rule.metric for rule in evidence.rules] == ["accuracy", "latency"]
    assert {rule.method for rule in evidence.rules} == {"crossed"}
    assert [rule.n.runs for rule in evidence.rules] == [12, 12]
    latency = bench.spec().metric("latency")
    assert (latency.statistic, latency.better, latency.unit) == ("geomean", "lower", "ms")


def test_two_runs_are_too_few_and_nothing_is_written(bench: "Bench") -> None:
    for arm in ("few-runs", "baseline"):
        shutil.copytree(EXAMPLES / arm, bench.folder / arm)
    status, _, err = bench.call("init", "few-runs/*.jsonl", "baseline/*.jsonl")
    assert status == 21
    assert "accuracy: candidate 2 runs, baseline 12 runs; min_runs is 3" in err
    assert not bench.gate.exists()


def test_the_written_gate_runs_unedited_in_pytest(
    isolated: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    for arm in ("candidate", "baseline"):
        shutil.copytree(EXAMPLES / arm, tmp_path / arm)
    assert isolated("init", "candidate/*.jsonl", "baseline/*.jsonl").returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--evalgate", "gate.yaml", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_tables_with_other_names_are_read(bench: "Bench", rng: random.Random, ending: str) -> None:
    def make(i: int) -> dict[str, object]:
        return {
            "qid": i,
            "Exact Match": int(rng.random() < 0.7),
            "duration_s": round(rng.lognormvariate(0, 0.5), 4),
            "grade": rng.choice("CPI"),
            "margin_of_x": rng.random(),
        }

    bench.write(rows(make), rows(make), ending)
    status, _, _ = bench.init(ending)
    assert status == 0
    spec = bench.spec()
    assert spec.artifacts[0].candidate.id == ("qid",)
    assert [(m.value, m.statistic) for m in spec.metrics] == [
        (("Exact Match", "Exact Match"), "mean"),
        (("duration_s", "duration_s"), "geomean"),
    ]
    assert spec.rules[1].limit.unit is LimitUnit.PERCENT
    text = bench.gate.read_text()
    assert "# - grade holds texts: as a metric it needs `map: {C: 1, P: 0.5, I: 0}`" in text
    assert "# - margin_of_x holds numbers from" in text
    bench.judged()


def test_rows_that_nothing_names_are_compared_unpaired_and_that_is_said(
    bench: "Bench", rng: random.Random
) -> None:
    def make(_: int) -> dict[str, object]:
        return {"correct": int(rng.random() < 0.7)}

    bench.write(rows(make), rows(make, 90))
    status, out, _ = bench.init()
    assert status == 0
    assert "no column names the rows: the arms are compared unpaired (pair: none)" in out
    assert "# No column names the rows, so the rules say `pair: none`" in bench.gate.read_text()
    [rule] = bench.judged().rules
    assert rule.method == "boschloo_miettinen_nurminen"
    assert (rule.n.candidate, rule.n.baseline) == (N, 90)


def test_epochs_are_repeats_and_documents_a_suggestion(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i // 3, "epoch": i % 3, "score": rng.random(), "document": f"d{i // 30}"}

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    arm = bench.spec().artifacts[0].candidate
    assert (arm.id, arm.run, arm.repeat, arm.cluster) == (("id",), None, "epoch", ())
    assert "    # cluster: document " in bench.gate.read_text()
    assert bench.spec().metrics[0].range == (0.0, 1.0)
    [rule] = bench.judged().rules
    assert (rule.n.pairs, rule.n.repeats) == (N // 3, 3)


def test_an_id_can_take_two_columns(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"task": f"t{i % 4}", "index": i // 4, "acc": int(rng.random() < 0.7)}

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    assert set(bench.spec().artifacts[0].candidate.id) == {"task", "index"}
    assert bench.judged().rules[0].n.pairs == N


def test_turns_of_one_question_are_clustered(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"question_id": i // 2, "turn": i % 2, "score": rng.randint(1, 10)}

    bench.write(rows(make, 160), rows(make, 160))
    assert bench.init()[0] == 0
    assert bench.spec().artifacts[0].candidate.cluster == ("question_id",)
    assert "# guess: rows of one question_id are not independent" in bench.gate.read_text()
    [rule] = bench.judged().rules
    assert (rule.method, rule.n.clusters) == ("cluster_robust", 80)


def test_one_row_a_seed_is_one_run(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"seed": i, "f1": rng.random()}

    bench.write(rows(make, 8), rows(make, 6))
    assert bench.init()[0] == 0
    arm = bench.spec().artifacts[0].candidate
    assert (arm.id, arm.run) == ((), "seed")
    assert bench.judged().rules[0].method == "welch_t"


def test_a_row_number_never_hides_runs(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "example_id": i % 40, "seed": i // 40, "correct": int(rng.random() < 0.7)}

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    arm = bench.spec().artifacts[0].candidate
    assert (arm.id, arm.run) == (("example_id",), "seed")


def test_a_column_of_decimals_is_no_id(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i + 0.5, "correct": int(rng.random() < 0.7)}

    for ending in ("jsonl", "csv"):
        bench.write(rows(make), rows(make), ending)
        status, _, err = bench.init(ending)
        assert status == 21
        assert "id cannot be the id: " in err
        assert "id holds numbers with decimals" in err
        assert not bench.gate.exists()


def test_labels_and_predictions_make_accuracy(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "label": rng.choice("ab"), "prediction": rng.choice("ab")}

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    metric = bench.spec().metrics[0]
    assert (metric.statistic, metric.label, metric.prediction) == (
        "accuracy",
        "label",
        "prediction",
    )
    bench.judged()


def test_a_skewed_loss_is_judged_by_its_geometric_mean_with_the_reason(
    bench: "Bench", rng: random.Random
) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "loss": math.exp(3 * math.sin(i) + rng.gauss(0, 2.5))}

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    metric = bench.spec().metric("loss")
    assert (metric.statistic, metric.better) == ("geomean", "lower")
    assert "# mean cannot be judged here: skewness" in bench.gate.read_text()
    bench.judged()


def test_a_cost_that_cannot_be_judged_is_a_comment_with_its_reason(
    bench: "Bench", rng: random.Random
) -> None:
    def make(i: int) -> dict[str, object]:
        latency = rng.random() + 1 if i != 7 else None
        return {"id": i, "correct": int(rng.random() < 0.7), "latency": latency}

    bench.write(rows(make), rows(make))
    status, out, _ = bench.init()
    assert status == 0
    assert "not judged: latency: new.jsonl:8: evals.candidate: latency is mis" in out
    text = bench.gate.read_text()
    assert "  # latency: {value: latency, statistic: geomean, better: lower}" in text
    assert "  # latency-holds: {metric: latency, claim: non_inferiority, margin: 10%}" in text
    assert [rule.id for rule in bench.judged().rules] == ["accuracy-holds"]
    uncommented = text.replace("  # latency: ", "  latency: ").replace(
        "  # latency-holds", "  latency-holds"
    )
    bench.gate.write_text(uncommented)
    assert len(bench.spec().rules) == 2


def test_nothing_to_judge_writes_nothing_and_says_why(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "correct": int(rng.random() < 0.7)}

    bench.write(rows(make, 1), rows(make, 1))
    status, _, err = bench.init()
    assert status == 21
    assert "no rule can be judged on these samples" in err
    assert "accuracy: " in err
    assert not bench.gate.exists()


def test_names_that_do_not_say_which_way_is_better_are_never_guessed(
    bench: "Bench", rng: random.Random
) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "flag": int(rng.random() < 0.7), "cost_per_success": rng.random()}

    bench.write(rows(make), rows(make))
    status, _, err = bench.init()
    assert status == 21
    assert "flag holds numbers from 0 to 1; which way is better, its name does not say" in err
    assert "cost_per_success" in err


def test_arms_that_are_the_same_file_cannot_be_judged(bench: "Bench") -> None:
    same = rows(lambda i: {"id": i, "correct": i % 2})
    bench.write(same, same)
    status, _, err = bench.init()
    assert status == 21
    assert "120 rows are in both arms" in err


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (50, "70 values of id are in both, 50 only in the candidate"),
        (1000, "0 values of id are in both, 120 only in the candidate"),
    ],
)
def test_different_examples_are_refused_with_words(bench: "Bench", shift: int, words: str) -> None:
    bench.write(
        rows(lambda i: {"id": i, "correct": i % 2}),
        rows(lambda i: {"id": i + shift, "correct": i % 3 % 2}),
    )
    status, _, err = bench.init()
    assert status == 21
    assert "the arms hold different examples" in err
    assert words in err
    assert not bench.gate.exists()


def test_rows_that_stand_twice_are_refused(bench: "Bench") -> None:
    bench.write(
        rows(lambda i: {"id": i // 2, "correct": i % 2}),
        rows(lambda i: {"id": i // 2, "correct": i % 3 % 2}),
    )
    status, _, err = bench.init()
    assert status == 21
    assert "id cannot be the id: 60 of its 60 values stand in more than one row" in err


def test_seeds_without_ids_are_refused(bench: "Bench") -> None:
    bench.write(
        rows(lambda i: {"seed": i // 40, "correct": i % 2}),
        rows(lambda i: {"seed": i // 40, "correct": i % 3 % 2}),
    )
    status, _, err = bench.init()
    assert status == 21
    assert "rows with the same seed belong together" in err


def test_odd_names_are_quoted_or_left_out(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {
            "yes": f"r{i}",
            "acc,none": int(rng.random() < 0.6),
            "*loss: #1 'a\" \\": rng.random() + 0.1,
            "\U0001f600 score": rng.random(),
            "größe {x}": rng.random(),
            "hidden\u202e score": rng.random(),
            "": i,
            "two\nlines": i,
            "null": "x",
        }

    bench.write(rows(make), rows(make))
    status, out, _ = bench.init()
    assert status == 0
    assert "\u202e" not in out + bench.gate.read_text()
    spec = bench.spec()
    assert spec.artifacts[0].candidate.id == ("yes",)
    assert {metric.value[0] for metric in spec.metrics if metric.value} == {
        "acc,none",
        "*loss: #1 'a\" \\",
        "\U0001f600 score",
    }
    assert "no gate file can name the columns" in bench.gate.read_text()
    bench.judged()


def test_odd_paths_are_quoted(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "correct": int(rng.random() < 0.7)}

    bench.write(rows(make), rows(make))
    (bench.folder / "new.jsonl").rename(bench.folder / "- # new: [1] é.jsonl")
    status, _, _ = bench.call("init", "./- # new: [1] é.jsonl", "old.jsonl")
    assert status == 0
    assert bench.spec().artifacts[0].candidate.paths == ("- # new: [1] é.jsonl",)
    bench.judged()


def test_paths_are_relative_to_the_gate_file(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "correct": int(rng.random() < 0.7)}

    bench.write(rows(make), rows(make))
    (bench.folder / ".git").mkdir()
    (bench.folder / "gates").mkdir()
    bench.gate = bench.folder / "gates" / "chat.gate.yaml"
    status, _, _ = bench.call("init", "new.jsonl", "old.jsonl", "--output", "gates/chat.gate.yaml")
    assert status == 0
    assert bench.spec().name == "chat"
    assert bench.spec().artifacts[0].candidate.paths == ("../new.jsonl",)
    bench.judged()


def test_a_link_is_written_as_the_file_it_leads_to(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "correct": int(rng.random() < 0.7)}

    bench.write(rows(make), rows(make))
    (bench.folder / "latest.jsonl").symlink_to("new.jsonl")
    assert bench.call("init", "latest.jsonl", "old.jsonl")[0] == 0
    assert bench.spec().artifacts[0].candidate.paths == ("new.jsonl",)
    bench.judged()


def test_a_path_outside_the_work_tree_is_refused_with_words(
    bench: "Bench", tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "new.jsonl"
    elsewhere.write_text('{"id": 1, "correct": 1}\n')
    bench.write([{"id": 1, "correct": 1}], [{"id": 1, "correct": 0}])
    status, _, err = bench.call("init", str(elsewhere), "old.jsonl")
    assert status == 21
    assert "lies outside" in err
    assert "--evalgate-artifact" in err
    assert not bench.gate.exists()


def test_an_existing_file_is_never_overwritten(bench: "Bench") -> None:
    bench.gate.write_text("mine")
    bench.write([{"id": 1, "correct": 1}], [{"id": 1, "correct": 0}])
    status, _, err = bench.init()
    assert status == 4
    assert "gate.yaml exists, and init never writes over a file" in err
    assert bench.gate.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("new.jsonl", "old.jsonl", "more.jsonl"), 4, "init takes two paths, found 3"),
        (("new.jsonl",), 4, "init takes two paths, found 1"),
        (("nope.jsonl", "old.jsonl"), 21, "the candidate, 'nope.jsonl', is not there"),
        (("new/*.jsonl", "old.jsonl"), 21, "the candidate, 'new/*.jsonl', is not there"),
        ((".", "old.jsonl"), 21, "the candidate, '.', is a folder"),
        (("", "old.jsonl"), 21, "the path of the candidate is empty"),
        (("*.nope", "old.jsonl"), 21, "nothing matches"),
        (("new.jsonl", "empty.jsonl"), 21, "the file has 0 rows"),
        (("new.jsonl", "broken.jsonl"), 21, "broken.jsonl:1: error[artifact]"),
        (("new.jsonl", "old.jsonl", "--output", "gate.txt"), 4, "is no name of a gate file"),
        (("new.jsonl", "old.jsonl", "--output", "no/gate.yaml"), 4, "there is no folder 'no'"),
    ],
)
def test_calls_that_cannot_be_answered_say_why(
    bench: "Bench", arguments: tuple[str, ...], status: int, words: str
) -> None:
    bench.write([{"id": 1, "correct": 1}], [{"id": 1, "correct": 0}])
    (bench.folder / "empty.jsonl").write_text("")
    (bench.folder / "broken.jsonl").write_text('{"id": }\n')
    found, _, err = bench.call("init", *arguments)
    assert found == status
    assert words in err
    assert not bench.gate.exists()


def test_every_guess_in_the_file_has_a_comment(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {
            "example_id": i % 40,
            "seed": i // 40,
            "correct": int(rng.random() < 0.7),
            "latency_ms": rng.lognormvariate(0, 0.3),
        }

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    for line in bench.gate.read_text().splitlines():
        if line.strip().startswith(("id:", "run:", "statistic:", "better:", "unit:")):
            assert "# guess" in line
    assert bench.gate.read_text().count("the margin is a guess") == 2


def test_a_written_gate_has_no_notes(bench: "Bench", rng: random.Random) -> None:
    def make(i: int) -> dict[str, object]:
        return {"id": i, "correct": int(rng.random() < 0.7), "reward": rng.gauss(0, 1)}

    bench.write(rows(make), rows(make))
    assert bench.init()[0] == 0
    status, out, _ = bench.call("lint", "gate.yaml")
    assert status == 0
    assert "note:" not in out
