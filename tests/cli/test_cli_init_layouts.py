# ruff: noqa: RUF027 - the braces are the gate file's captures
"""`init` on a folder a seed, and on one file for both arms."""

import csv
import json
import random
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


Row = dict[str, object]


def put(bench: "Bench", path: str, *rows: Row) -> None:
    file = bench.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def table(bench: "Bench", rng: random.Random, column: str, values: tuple[str, ...]) -> None:
    """Write c.csv: 100 examples of each value."""
    with (bench.folder / "c.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", column, "correct", "language"])
        for i in range(100):
            for value in values:
                row = [f"q{i}", value, int(rng.random() < 0.7), "de" if i % 2 else "en"]
                writer.writerow(row)


# Runs that only the path tells apart


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("seed_{}/metrics.json", "seed"),
        ("seeds/{}/metrics.json", "seed"),
        ("run-{}/metrics.json", "run"),
        ("fold{}.json", "fold"),
        ("{}/metrics.json", "run"),
        ("SEED={}.json", "seed"),
    ],
)
def test_a_file_a_seed_captures_the_seed(
    bench: "Bench", rng: random.Random, pattern: str, name: str
) -> None:
    for side in ("new", "old"):
        for seed in range(5):
            put(bench, f"{side}/" + pattern.format(seed), {"f1": rng.random(), "epochs": 10})
    paths = [f"{side}/" + pattern.format("*") for side in ("new", "old")]
    status, out, _ = bench.call("init", *paths)
    assert status == 0
    assert f"runs are told apart by {name}: the part {{{name}}} of the path" in out
    arm = bench.spec().artifacts[0].candidate
    assert arm.paths == ("new/" + pattern.format(f"{{{name}}}"),)
    assert (arm.id, arm.run) == ((), name)
    [rule] = bench.judged().rules
    assert (rule.method, rule.n.runs) == ("welch_t", 5)


def test_arms_that_name_their_runs_otherwise_share_one_column(
    bench: "Bench", rng: random.Random
) -> None:
    for seed in range(5):
        put(bench, f"new/seed_{seed}/m.json", {"f1": rng.random()})
        put(bench, f"old/fold-{seed}.json", {"f1": rng.random()})
    assert bench.call("init", "new/seed_*/m.json", "old/fold-*.json")[0] == 0
    artifact = bench.spec().artifacts[0]
    assert artifact.candidate.paths == ("new/seed_{run}/m.json",)
    assert artifact.baselines[0].paths == ("old/fold-{run}.json",)
    bench.judged()


def test_of_two_stars_the_one_that_varies_is_captured(bench: "Bench", rng: random.Random) -> None:
    for arm in ("new", "old"):
        for seed in range(4):
            put(bench, f"{arm}/mnist/seed_{seed}/m.json", {"f1": rng.random()})
    assert bench.call("init", "new/*/seed_*/m.json", "old/*/seed_*/m.json")[0] == 0
    assert bench.spec().artifacts[0].candidate.paths == ("new/*/seed_{seed}/m.json",)


def test_seeds_of_many_examples_are_captured_where_the_path_says_seed(
    bench: "Bench", rng: random.Random
) -> None:
    for arm in ("new", "old"):
        for seed in range(4):
            rows: list[Row] = [{"id": i, "correct": int(rng.random() < 0.7)} for i in range(60)]
            put(bench, f"{arm}/seed-{seed}.jsonl", *rows)
    assert bench.call("init", "new/seed-*.jsonl", "old/seed-*.jsonl")[0] == 0
    arm_spec = bench.spec().artifacts[0].candidate
    assert (arm_spec.id, arm_spec.run) == (("id",), "seed")


def test_a_seed_column_wins_over_the_path(bench: "Bench", rng: random.Random) -> None:
    for arm in ("new", "old"):
        for seed in range(4):
            put(bench, f"{arm}/x{seed}.json", {"f1": rng.random(), "seed": seed + 40})
    assert bench.call("init", "new/x*.json", "old/x*.json")[0] == 0
    arm_spec = bench.spec().artifacts[0].candidate
    assert (arm_spec.paths, arm_spec.run) == (("new/x*.json",), "seed")


def test_runs_that_cannot_be_captured_are_asked_for(bench: "Bench", rng: random.Random) -> None:
    for arm in ("new", "old"):
        for seed in range(4):
            rows: list[Row] = [{"id": i, "correct": int(rng.random() < 0.7)} for i in range(9)]
            put(bench, f"{arm}/model{seed}/preds.jsonl", *rows)
    status, _, err = bench.call("init", "new/*/preds.jsonl", "old/*/preds.jsonl")
    assert status == 21
    assert "is the seed in the path? write new/model{seed}/preds.jsonl" in err


def test_a_row_a_file_by_two_stars_is_asked_for_too(bench: "Bench", rng: random.Random) -> None:
    for arm in ("new", "old"):
        for seed in range(4):
            put(bench, f"{arm}/x{seed}/m{seed % 2}.json", {"f1": rng.random()})
            put(bench, f"{arm}/y{seed}/m{seed % 2}.json", {"f1": rng.random()})
    _, out, err = bench.call("init", "new/*/*.json", "old/*/*.json")
    assert "is the seed in the path? write seed_{seed}/metrics.json" in out + err


# One file for both arms


@pytest.mark.parametrize(
    ("column", "values", "candidate"),
    [
        ("model", ("old", "new"), "new"),
        ("arm", ("candidate", "baseline"), "candidate"),
        ("model_name", ("chat-base", "chat"), "chat"),
        ("version", ("v7", "v6"), "v7"),
        ("system", ("bot-9", "bot-10"), "bot-10"),
        ("model", ("1", "2"), "2"),
        ("source_of_answers", ("new model", "old model"), "new model"),
    ],
)
def test_a_column_that_tells_the_arms_apart_is_proposed(
    bench: "Bench", rng: random.Random, column: str, values: tuple[str, str], candidate: str
) -> None:
    table(bench, rng, column, values)
    status, out, _ = bench.call("init", "c.csv", "c.csv")
    assert status == 0
    [baseline] = set(values) - {candidate}
    assert f"the candidate is {column} {candidate}, the baseline {baseline}" in out
    artifact = bench.spec().artifacts[0]
    assert "    path: c.csv\n" in bench.gate.read_text()
    assert artifact.candidate.where == ((column, (candidate,)),)
    assert artifact.baselines[0].where == ((column, (baseline,)),)
    assert bench.judged().rules[0].n.pairs == 100


def test_values_that_do_not_say_get_the_syntax_to_write(bench: "Bench", rng: random.Random) -> None:
    table(bench, rng, "model", ("gpt", "no"))
    status, _, err = bench.call("init", "c.csv", "./c.csv")
    assert status == 21
    assert 'model is: gpt, "no"' in err
    assert "`path: c.csv`" in err
    assert "`candidate: {where: {model: gpt}}`" in err
    assert '`baseline: {where: {model: "no"}}`' in err
    assert not bench.gate.exists()


def test_three_models_are_named_too(bench: "Bench", rng: random.Random) -> None:
    table(bench, rng, "model", ("a", "b", "c"))
    status, _, err = bench.call("init", "c.csv", "c.csv")
    assert status == 21
    assert "model is: a, b, c" in err


def test_a_file_without_such_a_column_is_refused(bench: "Bench", rng: random.Random) -> None:
    table(bench, rng, "text", ("same",))
    status, _, err = bench.call("init", "c.csv", "c.csv")
    assert status == 21
    assert "candidate and baseline are the same file" in err
    assert "correct is" not in err
