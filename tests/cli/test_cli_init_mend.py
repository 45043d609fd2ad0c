"""`init` never drops the metric that matters: what cannot be read yet blocks, with the mend."""

import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.evidence import Action, Verdict


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


N = 150
Row = dict[str, object]
Make = Callable[[int], object]


def arms(
    bench: "Bench", rng: random.Random, column: str, make: Make, ending: str = "jsonl"
) -> None:
    """Write two arms with ids, latencies and one more column."""

    def rows() -> list[Row]:
        return [
            {"id": f"q{i}", "latency_ms": rng.lognormvariate(3, 0.02), column: make(i)}
            for i in range(N)
        ]

    bench.write(rows(), rows(), ending)


def invalid(bench: "Bench") -> dict[str, str]:
    evidence = evaluate(bench.gate)
    assert evidence.decision.action is Action.BLOCK
    return {rule.metric: rule.reason for rule in evidence.rules if rule.verdict is Verdict.INVALID}


def uncomment(bench: "Bench", *lines: str) -> None:
    """Take the # off some lines."""
    text = bench.gate.read_text()
    for line in lines:
        assert f"# {line}\n" in text
        text = text.replace(f"# {line}\n", f"{line}\n")
    bench.gate.write_text(text)


def test_one_missing_answer_blocks_until_the_advice_is_taken(
    bench: "Bench", rng: random.Random
) -> None:
    arms(bench, rng, "correct", lambda i: None if i == 7 else int(rng.random() < 0.7))
    status, out, _ = bench.init()
    assert status == 1
    assert "THE GATE WILL NOT PROMOTE YET: accuracy: new.jsonl:8: " in out
    assert "correct is missing in 1 of 150 units" in out
    assert "can be judged" not in out
    assert [rule.metric for rule in bench.spec().rules] == ["accuracy", "latency"]
    text = bench.gate.read_text()
    comment, rule = text.index("# MEND FIRST"), text.index("\n  accuracy-holds:")
    assert comment < rule
    assert "correct is missing in 1 of 150 rows of the candidate" in text[comment:rule]
    assert list(invalid(bench)) == ["accuracy"]
    uncomment(bench, "contract: {missing: drop, max_missing: 0.02}")
    bench.judged()


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        (("yes", "no"), 'map: {"yes": 1, "no": 0}'),
        (("C", "I"), "map: {C: 1, I: 0}"),
        (("true", "false"), 'map: {"true": 1, "false": 0}'),
        (("Null", "1"), 'na: ["Null"]'),
    ],
)
def test_labels_block_until_the_map_is_written(
    bench: "Bench", rng: random.Random, labels: tuple[str, str], line: str
) -> None:
    arms(bench, rng, "correct", lambda _: rng.choice(labels))
    status, out, _ = bench.init()
    assert status == 1
    assert "THE GATE WILL NOT PROMOTE YET: accuracy: " in out
    assert f"`{line}`" in out or "na: " in line
    assert "correct is text" in invalid(bench)["accuracy"]
    uncomment(bench, line)
    if line.startswith("map"):
        bench.judged()


def test_three_grades_get_a_range_that_their_map_fits(bench: "Bench", rng: random.Random) -> None:
    arms(bench, rng, "grade", lambda _: rng.choice("CPI"))
    status, out, _ = bench.init()
    assert status == 1
    assert "THE GATE WILL NOT PROMOTE YET: grade: " in out
    uncomment(bench, "map: {C: 1, P: 0.5, I: 0}")
    assert bench.spec().metric("grade").range == (0.0, 1.0)
    bench.judged()


def test_unknown_labels_leave_their_numbers_open(bench: "Bench", rng: random.Random) -> None:
    arms(bench, rng, "correct", lambda _: rng.choice(("7b", "on")))
    assert bench.init()[0] == 1
    arms(bench, rng, "verdict", lambda _: rng.choice(("on", "off")))
    bench.gate.unlink()
    status, _, _ = bench.init()
    assert status == 1
    assert '    # map: {"off": ?, "on": ?}\n' in bench.gate.read_text()


@pytest.mark.parametrize(
    ("odd", "ending"), [("NA", "csv"), ("nan", "csv"), ("N/A", "jsonl"), ("-", "csv")]
)
def test_a_word_for_missing_among_scores_is_advised_as_na(
    bench: "Bench", rng: random.Random, odd: str, ending: str
) -> None:
    arms(bench, rng, "score", lambda i: odd if i == 7 else round(rng.random(), 3), ending)
    assert bench.init(ending)[0] == 1
    assert "score is text" in invalid(bench)["score"]
    uncomment(bench, f"na: [{json.dumps(odd)}]", "contract: {missing: drop, max_missing: 0.02}")
    bench.judged()


@pytest.mark.parametrize("odd", [[1], {"a": 1}, "95%", "0.5", True])
def test_any_other_cell_among_scores_blocks_too(
    bench: "Bench", rng: random.Random, odd: object
) -> None:
    arms(bench, rng, "score", lambda i: odd if i == 7 else 0.25 + rng.random() / 2)
    status, out, _ = bench.init()
    if odd is True:  # a one among shares
        assert "score" in out
        return
    assert status == 1
    assert "THE GATE WILL NOT PROMOTE YET: score: " in out
    assert "score" in invalid(bench)


def test_a_missing_prediction_blocks(bench: "Bench", rng: random.Random) -> None:
    def rows() -> list[Row]:
        return [
            {
                "id": i,
                "label": rng.choice("ab"),
                "prediction": rng.choice("ab") if i != 7 else None,
                "latency_ms": rng.lognormvariate(3, 0.02),
            }
            for i in range(N)
        ]

    bench.write(rows(), rows())
    status, out, _ = bench.init()
    assert status == 1
    assert "THE GATE WILL NOT PROMOTE YET: accuracy: " in out
    assert "accuracy" in invalid(bench)


def test_a_quality_beside_a_good_one_is_not_dropped_either(
    bench: "Bench", rng: random.Random
) -> None:
    def rows() -> list[Row]:
        return [
            {
                "id": i,
                "correct": int(rng.random() < 0.7),
                "helpfulness": rng.random() if i != 7 else None,
            }
            for i in range(N)
        ]

    bench.write(rows(), rows())
    status, out, _ = bench.init()
    assert status == 1
    assert "THE GATE WILL NOT PROMOTE YET: helpfulness: " in out
    assert {rule.metric for rule in bench.spec().rules} == {"accuracy", "helpfulness"}


def test_copied_scores_block(bench: "Bench", rng: random.Random) -> None:
    scores = [rng.random() for _ in range(N)]

    def rows(shift: float) -> list[Row]:
        return [
            {"id": i, "score": scores[i] + shift, "latency_ms": rng.lognormvariate(3, 0.02)}
            for i in range(N)
        ]

    bench.write(rows(0.0), rows(1e-13))
    status, out, _ = bench.init()
    assert status == 1
    assert "score" in out.partition("THE GATE WILL NOT PROMOTE YET: ")[2]
    assert "score" in invalid(bench)


def test_costs_alone_say_in_capitals_that_quality_is_missing(
    bench: "Bench", rng: random.Random
) -> None:
    arms(bench, rng, "model", lambda _: "m")
    status, out, _ = bench.init()
    assert status == 1
    assert "NO RULE JUDGES QUALITY: A METRIC OF RIGHT ANSWERS OR SCORES IS MISSING" in out
    assert "# NO RULE JUDGES QUALITY: " in bench.gate.read_text()


def test_a_quality_in_one_arm_only_is_named_in_capitals(bench: "Bench", rng: random.Random) -> None:
    arms(bench, rng, "correct", lambda _: int(rng.random() < 0.7))
    rows = [json.loads(line) for line in (bench.folder / "old.jsonl").read_text().splitlines()]
    for row in rows:
        del row["correct"]
    (bench.folder / "old.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    status, out, _ = bench.init()
    assert status == 1
    assert "NO RULE JUDGES QUALITY: CORRECT IS MISSING: only one arm has this column" in out


def test_a_quality_on_no_known_scale_is_missed_in_capitals(
    bench: "Bench", rng: random.Random
) -> None:
    arms(bench, rng, "reward", lambda _: rng.gauss(0, 1))
    status, out, _ = bench.init()
    assert status == 1
    assert "NO RULE JUDGES QUALITY: REWARD IS MISSING: reward holds numbers from" in out


def test_what_was_asked_and_answered_is_no_quality(bench: "Bench", rng: random.Random) -> None:
    def rows() -> list[Row]:
        return [
            {
                "id": i,
                "correct": int(rng.random() < 0.7),
                "correct_answer": f"answer {i}",
                "match_type": "exact",
                "category": rng.choice("ab"),
                "status": "done",
                "error": None if i % 9 else "timeout",
            }
            for i in range(N)
        ]

    bench.write(rows(), rows())
    status, _, _ = bench.init()
    assert status == 0
    assert [rule.metric for rule in bench.spec().rules] == ["accuracy"]


def test_a_false_label_is_quoted_in_the_proposed_map(bench: "Bench", rng: random.Random) -> None:
    def rows() -> list[Row]:
        return [
            {
                "id": i,
                "correct": int(rng.random() < 0.7),
                "verdict": rng.choice(("False", "on", "1.5x", "null", "fine")),
            }
            for i in range(N)
        ]

    bench.write(rows(), rows())
    assert bench.init()[0] == 0
    text = " ".join(bench.gate.read_text().replace("#", " ").split())
    assert '"False": 0' in text
    assert '"on": ?' in text
    assert "fine: ?" in text
    assert "False: ?" not in text


def test_guesses_about_keys_are_sentences(bench: "Bench", rng: random.Random) -> None:
    arms(bench, rng, "correct", lambda _: int(rng.random() < 0.7))
    _, out, _ = bench.init()
    assert "  rows are matched by id: names the example; the same 150 in both arms\n" in out
