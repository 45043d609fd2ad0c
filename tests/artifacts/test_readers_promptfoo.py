"""promptfoo: exports made by the tool (tests/interop/promptfoo), and what may be wrong with one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gated import rule_of

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.promptfoo import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError
from pytest_evalgate.evidence import RuleEvidence, Verdict
from pytest_evalgate.formats import BUILT_IN


Row = dict[str, Any]
MADE = Path(__file__).parents[1] / "interop" / "promptfoo"
EXPORT = "promptfoo/sample-export_v3_2025-10.json"


def made(name: str = "export.json") -> Parsed:
    return parse(Content(path=name, data=(MADE / name).read_bytes()))


def rows_of(parsed: Parsed) -> list[Row]:
    return [dict(row) for _, row in parsed.rows]


def result(**changes: Any) -> Row:
    return {
        "testIdx": 0,
        "promptIdx": 0,
        "provider": {"id": "echo", "label": ""},
        "vars": {"q": 1},
        "testCase": {"vars": {"q": 1}, "assert": []},
        "score": 1,
        "success": True,
        "failureReason": 0,
        "latencyMs": 5,
        "cost": 0.1,
        "gradingResult": None,
        "response": {"output": "x", "cached": False},
        **changes,
    }


def export(*results: Row, **changes: Any) -> bytes:
    inner = {"version": 3, "results": list(results), **changes}
    return json.dumps({"evalId": "e", "config": {}, "results": inner}).encode()


def read(*results: Row, **changes: Any) -> tuple[list[Row], list[str]]:
    parsed = parse(Content(path="x.json", data=export(*results, **changes)))
    return rows_of(parsed), parsed.notes


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., ArmTable]:
    def load(path: Path, *columns: str, **where: str) -> ArmTable:
        return load_arm(
            ArmRequest(
                artifact="evals",
                arm="candidate",
                paths=(path.name,),
                base=path.parent,
                root=path.parent,
                reader="promptfoo",
                where=tuple((name, (value,)) for name, value in where.items()),
            ),
            columns,
        )

    return load


def test_an_error_has_no_score_though_the_tool_writes_zero() -> None:
    parsed = made()
    rows = rows_of(parsed)
    lost = [row for row in rows if row["is_error"]]
    # The tool's own report: "10 passed, 10 failed, 4 errors".
    assert [len(rows), len(lost)] == [24, 4]
    assert {(row["failureReason"], row["score"], row["success"]) for row in lost} == {
        (2, None, None)
    }
    assert {(row["cost"], row["latencyMs"], row["namedScores"]) for row in lost} == {
        (None, None, None)
    }
    assert [row["success"] for row in rows].count(True) == 10
    assert [row["success"] for row in rows].count(False) == 10
    assert parsed.notes == [
        "promptfoo: 4 of 24 results ended in an error; what they would have measured is missing"
    ]


def test_a_failed_assertion_keeps_its_score_though_error_is_set() -> None:
    failed = [row for row in rows_of(made()) if row["success"] is False]
    assert all(row["error"].startswith("Expected output to contain") for row in failed)
    assert {row["score"] for row in failed} == {0, 0.5}
    partial = next(row for row in failed if row["score"] == 0.5)
    assert sorted(partial["namedScores"].values()) == [0, 1]


def test_repeats_of_a_test_are_one_unit_though_test_idx_counts_on() -> None:
    rows = rows_of(made())
    assert {row["testIdx"] for row in rows} == set(range(6))  # 3 tests, --repeat 2
    assert len({row["test_hash"] for row in rows}) == 3
    keys = {(row["test_hash"], row["promptIdx"], row["repeat"]) for row in rows}
    assert len(keys) == 24
    assert {row["repeat"] for row in rows} == {0, 1}


def test_providers_share_tests_and_are_told_by_label_or_id() -> None:
    by_model: dict[str, set[str]] = {}
    for row in rows_of(made()):
        by_model.setdefault(row["model"], set()).add(row["test_hash"])
    assert by_model.keys() == {"plain", "rude"}
    assert by_model["plain"] == by_model["rude"]
    assert read(result())[0][0]["model"] == "echo"  # an empty label


def test_json_lines_of_the_tool_say_the_same() -> None:
    lines, export_rows = rows_of(made("export.jsonl")), rows_of(made())
    keys = ("id", "score", "success", "test_hash", "repeat", "model")
    assert [[row[key] for key in keys] for row in lines] == [
        [row[key] for key in keys] for row in export_rows
    ]


def test_an_arm_has_one_unit_a_test(loaded: Callable[..., ArmTable]) -> None:
    form = BUILT_IN["promptfoo"]
    table = loaded(MADE / "export.json", "score", *form.id, "repeat", model="plain", promptIdx="0")
    sample = extract(
        table, SampleRequest(value="score", id=form.id, repeat=form.repeat, range=(0, 1))
    )
    # `score` of results.prompts[0].metrics is the sum over 6 results: 6.
    assert (sample.rows, sample.values.size, float(sample.values.sum())) == (6, 3, 3.0)


def test_two_prompts_of_an_arm_are_not_repeats(loaded: Callable[..., ArmTable]) -> None:
    form = BUILT_IN["promptfoo"]
    table = loaded(MADE / "export.json", "score", *form.id, "repeat", model="plain")
    with pytest.raises(SampleError, match=r"6 duplicate keys .*differ in .*promptIdx"):
        extract(table, SampleRequest(value="score", id=form.id, repeat=form.repeat))


def test_metadata_name_the_tool_and_the_run() -> None:
    metadata = made().metadata
    version = json.loads((MADE / "made_with.json").read_text())["version"]
    assert metadata["harness"] == "promptfoo"
    assert metadata["harness_version"] == version
    assert metadata["task"] == "greetings"
    assert metadata["samples"] == 24
    assert str(metadata["created"]).endswith("+00:00")


def test_totals_that_differ_from_the_rows_are_noted_and_not_used() -> None:
    stats = {"successes": 0, "failures": 1, "errors": 0}
    rows, notes = read(result(), stats=stats)
    assert [row["success"] for row in rows] == [True]
    assert notes == [
        (
            "promptfoo: WARNING: results.stats says successes 0 but 1 rows, failures 1 but 0 rows; "
            "the rows count"
        )
    ]


@pytest.mark.parametrize(
    ("stats", "words"),
    [
        ({"successes": 60, "failures": 40, "errors": 0}, "is 100, but there are 1 results: some"),
        ({"successes": 2}, "results.stats.successes is 2, but there are 1 results"),
        ({"successes": 10**4299, "failures": 1}, "successes is .*, expected a count"),
        ({"successes": -1}, "results.stats.successes is -1, expected a count"),
    ],
    ids=["fewer", "an old export", "beyond all counts", "negative"],
)
def test_fewer_results_than_the_file_counts_are_refused(stats: Row, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        read(result(), stats=stats)


def test_an_error_leaves_nothing_measured_though_the_tool_graded_first() -> None:
    lost = result(
        failureReason=2,
        success=False,
        score=1,
        gradingResult={"pass": True, "score": 1},
        response={"output": "x", "tokenUsage": {"total": 3}},
        tokenUsage={"total": 3},
        namedScores={"a": 1},
    )
    [row], _ = read(lost)
    names = ("gradingResult", "response", "tokenUsage", "namedScores", "score", "success", "cost")
    assert [row[name] for name in names] == [None] * 7


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"failureReason": 1}, "row 1: .*success is true, but failureReason is 1"),
        ({"failureReason": 2}, "success is true, but failureReason is 2"),
        ({"failureReason": 1, "success": [1]}, r"success is \[1\], but failureReason is 1"),
        ({"gradingResult": {"pass": False}}, "success is true, but gradingResult.pass is false"),
    ],
)
def test_a_success_that_its_result_contradicts_is_refused(changes: Row, words: str) -> None:
    with pytest.raises(SampleError, match=words):
        read(result(**changes))


def test_an_old_export_with_an_error_and_a_passed_grading_is_no_success() -> None:
    old = result(error="boom", gradingResult={"pass": True, "score": 1})
    del old["failureReason"]
    with pytest.raises(SampleError, match="success is true, but it has an error"):
        read(old)


def test_a_result_that_stands_twice_is_refused_and_is_no_repeat() -> None:
    with pytest.raises(SampleError, match=r"row 3: .*testIdx 0 and promptIdx 0 .* a second time"):
        read(result(), result(testIdx=1), result())


def test_a_cached_answer_has_no_latency() -> None:
    rows, notes = read(result(response={"output": "x", "cached": True, "cost": 0.1}))
    assert rows[0]["response"]["cost"] is None
    assert (rows[0]["latencyMs"], rows[0]["cost"], rows[0]["score"]) == (None, None, 1)
    assert rows[0]["is_cached"] is True
    assert notes == [
        "promptfoo: 1 of 1 answers came from the cache; their latencyMs and cost are missing"
    ]


def test_an_old_export_tells_errors_by_the_missing_grading() -> None:
    old = result(error="boom", success=False, score=0)
    del old["failureReason"]
    rows, _ = read(old, {**old, "testIdx": 1, "gradingResult": {"pass": False}})
    assert [row["score"] for row in rows] == [None, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"failureReason": 7}, r"x.json row 1: .*failureReason is 7, expected 0 \(none\)"),
        ({"failureReason": True}, "failureReason is true"),
        ({"failureReason": [2]}, r"failureReason is \[2\]"),
        ({"testIdx": "0"}, r"row 1: .*\[testIdx, promptIdx\] is \[\"0\", 0\], expected two whole"),
        ({"promptIdx": None}, r"\[testIdx, promptIdx\] is \[0, null\]"),
    ],
)
def test_a_result_out_of_shape_is_refused(changes: Row, message: str) -> None:
    with pytest.raises(SampleError, match=message):
        read(result(**changes))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"results": {"version": 2, "table": {}, "results": []}}, "found results.table, expected"),
        ({"results": {"version": 4, "results": []}}, "found results.version 4"),
        ({"results": []}, "found results.version null"),
        ({"results": {"version": 3, "results": [1]}}, "results is or holds 1, expected a list"),
        ([], r"found \[\], expected an object"),
    ],
)
def test_another_export_is_refused_by_name(document: object, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        parse(Content(path="x.json", data=json.dumps(document).encode()))


def test_an_export_cut_short_is_refused() -> None:
    data = (MADE / "export.json").read_bytes()
    with pytest.raises(ArtifactError, match="not JSON"):
        parse(Content(path="x.json", data=data[: len(data) // 2]))


@pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
def test_content_tells_the_format(name: str) -> None:
    assert fits(Head((MADE / name).read_bytes(), name))


@pytest.mark.parametrize("text", ['{"results": {"a": 1}}', '[{"testIdx": 1}]', "a,b\n1,2\n"])
def test_other_content_is_not_taken(text: str) -> None:
    assert not fits(Head(text.encode(), "x"))


def test_a_real_export_has_the_published_figures(
    samples: Path, loaded: Callable[..., ArmTable]
) -> None:
    expected = {"openai:gpt-5-mini": (0.708333, 0.0), "openai:gpt-5": (0.583333, 0.0)}
    for provider, (score, success) in expected.items():
        table = loaded(
            samples / EXPORT, "score", "success", "test_hash", **{"provider.id": provider}
        )
        means = [
            float(extract(table, SampleRequest(value=name, id=("test_hash",))).values.mean())
            for name in ("score", "success")
        ]
        assert means == pytest.approx([score, success], abs=1e-6)


GATE = """version: 1
gate: bot
artifacts:
  evals:
    reader: promptfoo
    path: export.json
    candidate: {where: {model: new}}
    baseline: {where: {model: old}}
metrics:
  passed: {value: success, better: higher}
rules:
  no-worse: {metric: passed, claim: non_inferiority, margin: 5pp}
"""


def ask_twice(model: str, test: int, **changes: Any) -> list[Row]:
    """Return the results of one test under ``--repeat 2``, as the tool numbers them."""
    asked = {"vars": {"q": test}, "assert": []}
    provider = {"id": "api", "label": model}
    return [
        result(testIdx=2 * test + again, testCase=asked, provider=provider, **changes)
        for again in (0, 1)
    ]


def judge(folder: Path, *lost: int) -> RuleEvidence:
    """Judge 200 tests of two providers, each failing 4; the candidate has an error in some."""
    passed, failed, error = (
        {"failureReason": 0, "success": True},
        {"failureReason": 1, "success": False},
        {"failureReason": 2, "success": False},
    )
    results = []
    for test in range(200):
        new = error if test in lost else failed if test % 50 == 1 else passed
        results += ask_twice("old", test, **(failed if test % 50 == 0 else passed))
        results += ask_twice("new", test, promptIdx=1, **new)
    (folder / "export.json").write_bytes(export(*results))
    (folder / "gate.yaml").write_text(GATE)
    return rule_of(evaluate(folder / "gate.yaml"), "no-worse")


def test_a_gate_over_an_export_counts_tests_and_not_their_repeats(tmp_path: Path) -> None:
    rule = judge(tmp_path)
    assert (rule.verdict, rule.n.pairs, rule.n.repeats) == (Verdict.PASS, 200, 2), rule.reason


def test_an_error_of_a_provider_makes_a_gate_invalid(tmp_path: Path) -> None:
    rule = judge(tmp_path, 7)
    assert rule.verdict is Verdict.INVALID
    assert "missing" in rule.reason


def test_two_prompts_of_two_providers_are_chosen_by_their_label(tmp_path: Path) -> None:
    results = []
    for test in range(200):
        for column, (prompt, model) in enumerate(
            (prompt, model) for prompt in ("terse", "long") for model in ("old", "new")
        ):
            is_good = test % 50 != (0 if prompt == "terse" else 1)
            results.append(
                result(
                    testIdx=test,
                    promptIdx=column,
                    prompt={"raw": prompt, "label": prompt},
                    provider={"id": "api", "label": model},
                    testCase={"vars": {"q": test}, "assert": []},
                    success=is_good,
                    failureReason=0 if is_good else 1,
                )
            )
    (tmp_path / "export.json").write_bytes(export(*results))
    (tmp_path / "gate.yaml").write_text(
        GATE.replace("path: export.json", "path: export.json\n    where: {prompt.label: terse}")
    )
    rule = rule_of(evaluate(tmp_path / "gate.yaml"), "no-worse")
    assert (rule.verdict, rule.n.pairs) == (Verdict.PASS, 200), rule.reason
