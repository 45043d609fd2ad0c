"""deepeval: test runs made by the tool (tests/interop/deepeval), and what may be wrong with one."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.deepeval import fits, parse
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.errors import ArtifactError, SampleError
from pytest_evalgate.evidence import GateEvidence


Row = dict[str, Any]
MADE = Path(__file__).parents[1] / "interop" / "deepeval"
LOOSE, TIGHT = "Answer Overlap (threshold 0.5)", "Answer Overlap (threshold 0.95)"


def made(arm: str) -> Parsed:
    return parse(Content(path=f"{arm}.json", data=(MADE / f"{arm}.json").read_bytes()))


def by_name(parsed: Parsed) -> dict[str, Row]:
    return {str(row["name"]): dict(row) for _, row in parsed.rows}


def case(*metrics: Row, **changes: Any) -> Row:
    return {"name": "a", "input": "q", "success": True, "metricsData": list(metrics), **changes}


def metric(name: str = "Faithfulness", score: float | None = 0.7, **changes: Any) -> Row:
    return {"name": name, "threshold": 0.5, "success": True, "score": score, **changes}


def run_of(*cases: Row, **changes: Any) -> bytes:
    return json.dumps({"testCases": list(cases), "metricsScores": [], **changes}).encode()


def read(*cases: Row, **changes: Any) -> list[Row]:
    parsed = parse(Content(path="x.json", data=run_of(*cases, **changes)))
    return [dict(row) for _, row in parsed.rows]


def test_a_metric_is_a_column_and_one_shown_twice_carries_its_threshold() -> None:
    rows = by_name(made("candidate"))
    assert len(rows) == 5
    ottawa = rows["capital-ca"]  # "Ottawa" and "Ottawa or Toronto" share 6 of 17 characters
    assert (ottawa[LOOSE], ottawa[TIGHT], ottawa["Prefix"]) == pytest.approx((6 / 17,) * 3)
    assert "Answer Overlap" not in ottawa
    scores = json.loads((MADE / "candidate.json").read_text())["metricsScores"]
    [prefix] = [one["scores"] for one in scores if one["metric"] == "Prefix"]
    assert [row["Prefix"] for row in rows.values()] == prefix  # the tool's own list


def test_a_metric_that_ended_in_an_error_has_no_score_and_its_case_no_success() -> None:
    parsed = made("candidate")
    row = by_name(parsed)["capital-au"]
    assert (row[TIGHT], row[LOOSE], row["success"]) == (None, 0.0, None)
    assert parsed.notes == [
        (
            "deepeval: a metric of 1 of 5 test cases ended in an error; its score and the success "
            "of the case are missing"
        )
    ]


def test_success_is_that_of_the_case() -> None:
    parsed = made("baseline")
    rows = by_name(parsed)
    # `testPassed` and `testFailed` of the tool.
    run = json.loads((MADE / "baseline.json").read_text())
    successes = [row["success"] for row in rows.values()]
    assert (successes.count(True), successes.count(False)) == (run["testPassed"], run["testFailed"])
    assert parsed.metadata["samples"] == 5
    assert parsed.notes == []


def test_cases_of_both_runs_are_told_by_their_input() -> None:
    baseline, candidate = by_name(made("baseline")), by_name(made("candidate"))
    hashes = {name: row["input_hash"] for name, row in baseline.items()}
    assert {name: row["input_hash"] for name, row in candidate.items()} == hashes
    assert len(set(hashes.values())) == 5


def test_a_null_or_absent_score_is_missing() -> None:
    absent = metric("Other")
    del absent["score"]
    [row] = read(case(metric(score=None), absent))
    assert (row["Faithfulness"], row["Other"]) == (None, None)


def test_an_error_beside_a_score_still_means_no_score() -> None:
    [row] = read(case(metric(error="timed out")))
    assert row["Faithfulness"] is None


def test_conversations_are_rows_told_by_scenario_or_by_what_the_user_said() -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    other = [turns[0], {"role": "assistant", "content": "good day"}]
    talks = [
        {"name": "t0", "success": True, "metricsData": [metric()], "turns": turns},
        {"name": "t1", "success": True, "metricsData": [metric()], "turns": other},
        {"name": "t2", "success": True, "metricsData": [], "scenario": "refund", "turns": turns},
    ]
    rows = read(conversationalTestCases=talks)
    assert [row["is_conversation"] for row in rows] == [True] * 3
    assert rows[0]["input_hash"] == rows[1]["input_hash"] != rows[2]["input_hash"]


def test_metadata_come_from_the_run() -> None:
    data = run_of(
        case(metric()),
        datasetAlias="faq",
        testFile="test_bot.py",
        hyperparameters={"model": "bot-7"},
        testPassed=0,
        testFailed=0,
    )
    parsed = parse(Content(path="x.json", data=data))
    expected = {"dataset": "faq", "task": "test_bot.py", "model": "bot-7", "samples": 0}
    assert expected.items() <= parsed.metadata.items()
    assert parsed.notes == [
        "deepeval: WARNING: the run says testPassed 0 but 1 test cases; these count"
    ]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (
            (60, 40),
            r"testPassed \+ testFailed is 100, but there are 1 test cases: some are missing",
        ),
        ((10**4299, 10**4299), "testPassed is .*, expected a count"),
        ((1, "0"), 'testFailed is "0", expected a count'),
    ],
)
def test_fewer_cases_than_the_run_counts_are_refused(
    counts: tuple[object, object], words: str
) -> None:
    with pytest.raises(ArtifactError, match=words):
        read(case(metric()), testPassed=counts[0], testFailed=counts[1])


def test_a_metric_with_an_error_measured_nothing_wherever_it_stands() -> None:
    failed = metric(error="timed out", evaluationCost=0.1)
    found = case(failed, trace={"metricsData": [failed]}, evaluationCost=0.1)
    [row] = read(found)
    for [one] in (row["metricsData"], row["trace"]["metricsData"]):
        assert (one["score"], one["success"], one["evaluationCost"]) == (None, None, None)
        assert one["error"] == "timed out"
    assert row["evaluationCost"] is None
    assert found["metricsData"][0]["score"] == 0.7  # what was read stays as it was


def test_a_success_in_spite_of_a_metric_that_failed_is_refused() -> None:
    with pytest.raises(SampleError, match=r'x.json row 2: .*success is true, but metric "Faith'):
        read(case(metric()), case(metric(success=False)))


def test_a_flaky_metric_decides_nothing() -> None:
    [row] = read(case(metric(), metric("Other", success=False, flaky=True)))
    assert row["success"] is True


@pytest.mark.parametrize(
    "metrics",
    [
        [],
        [metric(success=None)],
        [metric(score=None)],
        [metric(), metric("Other", success=None)],
        [metric(success=None, threshold=None)],
        [metric(flaky=True)],
    ],
    ids=["no metric", "no verdict", "no score", "one has none", "no threshold", "only flaky"],
)
def test_a_success_that_nothing_measured_is_missing(metrics: list[Row]) -> None:
    parsed = parse(Content(path="x.json", data=run_of(case(*metrics))))
    assert [row["success"] for _, row in parsed.rows] == [None]
    assert any("1 of 1 test cases are called a success though" in note for note in parsed.notes)


def test_a_metric_without_a_threshold_has_no_verdict_beside_those_that_have() -> None:
    [row] = read(case(metric(), metric("Other", success=None, threshold=None)))
    assert row["success"] is True


def test_thresholds_are_a_column_that_a_contract_can_ask_for() -> None:
    strict, loose = read(case(metric(threshold=0.7), metric("Other")), case(metric()))
    assert strict["thresholds"] == "Faithfulness 0.7; Other 0.5"
    assert loose["thresholds"] == "Faithfulness 0.5"


def test_the_latest_run_is_read_inside_its_wrapper() -> None:
    data = b'{"testRunData": ' + run_of(case(metric())) + b"}"
    parsed = parse(Content(path="x.json", data=data))
    assert [row["Faithfulness"] for _, row in parsed.rows] == [0.7]
    assert fits(Head(data, "x"))


@pytest.mark.parametrize(
    "document",
    [
        {"testCases": [], "conversationalTestCases": [], "metricsScores": []},
        {"testCases": None, "metricsScores": []},
        {"testRunLink": "https://example.org"},
    ],
)
def test_a_run_without_cases_is_refused(document: Row) -> None:
    with pytest.raises(ArtifactError, match="are empty: 0 rows"):
        parse(Content(path="x.json", data=json.dumps(document).encode()))


@pytest.mark.parametrize("key", ["testCasesLookupMap", "test_cases_lookup_map"])
def test_a_cache_is_refused_by_name(key: str) -> None:
    data = json.dumps({key: {'{"input": "q"}': {"metricsMetadata": []}}}).encode()
    assert fits(Head(data, "x"))
    with pytest.raises(ArtifactError, match="a cache of deepeval, which holds cases of many runs"):
        parse(Content(path="x.json", data=data))


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ([metric("success")], r'row 1: .*named "success", which is a field of its test case'),
        ([metric("input_hash")], 'named "input_hash", which is a field'),
        ([metric(7)], "named 7, expected a text"),  # type: ignore[arg-type]
        ([metric(["Bias"])], "named .*, expected a text"),  # type: ignore[arg-type]
        ([metric(), metric()], r'"Faithfulness \(threshold 0.5\)" stands twice'),
    ],
)
def test_a_metric_that_cannot_be_a_column_is_refused(metrics: list[Row], message: str) -> None:
    with pytest.raises(SampleError, match=message):
        read(case(*metrics))


def test_metrics_that_are_no_list_are_refused() -> None:
    with pytest.raises(ArtifactError, match=r"x.json row 1: .*metricsData is or holds 3"):
        read({**case(), "metricsData": 3})


@pytest.mark.parametrize("arm", ["baseline", "candidate"])
def test_content_tells_the_format(arm: str) -> None:
    assert fits(Head((MADE / f"{arm}.json").read_bytes(), "x"))
    assert not fits(Head(b'{"testCases": []}', "x"))
    assert not fits(Head(b"", "x"))


def test_a_real_run_has_its_published_scores(samples: Path) -> None:
    path = samples / "deepeval" / "test_run_sample.json"
    parsed = parse(Content(path="x.json", data=path.read_bytes()))
    [row] = [dict(row) for _, row in parsed.rows]
    document = json.loads(path.read_text())
    for one in document["metricsScores"]:
        assert row[one["metric"]] == one["scores"][0]
    assert row["Answer Relevancy"] == 0.92
    assert row["success"] is False


GATE = """version: 1
gate: bot
artifacts:
  evals: {reader: deepeval, candidate: new.json, baseline: old.json}
metrics:
  passed: {value: success, better: higher}
  score: {value: Faithfulness, better: higher, range: [0, 1]}
rules:
  r: {metric: METRIC, claim: non_inferiority, margin: 5pp}
"""


def judge(folder: Path, name: str, *thresholds: float) -> GateEvidence:
    """Judge 200 cases of each arm, one of 40 failed; the arms with thresholds of their own."""
    for arm, threshold in zip(("new", "old"), thresholds, strict=True):
        cases = []
        for number in range(200):
            is_good = number % 40 != 0
            score = 0.9 - (number % 7 + (arm == "old")) / 100 if is_good else 0.1
            one = metric(score=score, success=is_good, threshold=threshold)
            cases.append(case(one, name=f"t{number}", input=f"q{number}", success=is_good))
        (folder / f"{arm}.json").write_bytes(run_of(*cases))
    (folder / "gate.yaml").write_text(GATE.replace("METRIC", name))
    return evaluate(folder / "gate.yaml")


def test_successes_at_two_thresholds_are_not_compared(tmp_path: Path) -> None:
    evidence = judge(tmp_path, "passed", 0.3, 0.5)
    assert evidence.decision.action.value == "block"
    assert 'contract: evals.baseline: same thresholds: "thresholds"' in evidence.decision.reasons[0]
    assert judge(tmp_path, "passed", 0.5, 0.5).decision.action.value == "promote"


def test_scores_are_compared_whatever_the_thresholds(tmp_path: Path) -> None:
    evidence = judge(tmp_path, "score", 0.3, 0.5)
    assert evidence.decision.action.value == "promote", evidence.decision.reasons
