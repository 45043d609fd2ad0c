"""Selections that choose the answer: by `where`, by a join, by `na` and by `map`."""

import json
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate.evidence import Action, GateEvidence, Verdict
from pytest_evalgate.formats import BUILT_IN


if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.gate.conftest import Bench

AT_LEAST = "r: {metric: m, claim: threshold, min: 0.9}"
BOTH = "join: {k: {path: k.csv, by: id, match: both}}"


def judge(
    bench: "Bench",
    artifact: str,
    metric: str = "value: v",
    rule: str = AT_LEAST,
) -> GateEvidence:
    return bench.judge_text(
        f"version: 1\ngate: g\nartifacts:\n  a: {{{artifact}}}\n"
        f"metrics: {{m: {{{metric}, better: higher}}}}\nrules: {{{rule}}}\n"
    )


def assert_refused(evidence: GateEvidence, *words: str) -> None:
    [rule] = [rule for rule in evidence.rules if rule.parent is None]
    reasons = " ".join(str(one.reason) for one in evidence.rules)
    assert rule.verdict is Verdict.INVALID, reasons
    assert [word for word in words if word not in reasons] == [], reasons
    assert evidence.decision.action is Action.BLOCK


def right(n: int, **columns: object) -> list[dict[str, object]]:
    return [{"id": f"q{i:03d}", "v": 1, **columns} for i in range(n)]


def expect_100(bench: "Bench") -> None:
    """Write 100 expected ids, of which the first 60 are in English."""
    lines = (f"q{i:03d},{'en' if i < 60 else 'de'}\n" for i in range(100))
    (bench.folder / "k.csv").write_text("id,lang\n" + "".join(lines))


# --- a join that expects ids


@pytest.mark.parametrize(
    ("where", "metric"),
    [
        ("candidate: {path: c.jsonl, where: {model: new}}", "value: v"),
        ("candidate: c.jsonl", "value: v, where: {model: new}"),
    ],
    ids=["arm", "metric"],
)
def test_where_does_not_hide_expected_ids_without_a_row(
    bench: "Bench", where: str, metric: str
) -> None:
    expect_100(bench)
    bench.write("c.jsonl", right(60, model="new"))
    evidence = judge(bench, f"{where}, id: id, {BOTH}", metric)
    assert_refused(evidence, "v is missing in 40 of 100 units", "where: {k.COLUMN: ...}")


def test_a_row_of_another_model_is_not_the_row_that_a_join_expects(bench: "Bench") -> None:
    expect_100(bench)
    bench.write("c.jsonl", [*right(60, model="new"), *right(100, model="old")])
    arm = "candidate: {path: c.jsonl, where: {model: new}}"
    assert_refused(judge(bench, f"{arm}, id: id, {BOTH}"), "v is missing in 40 of 100 units")


def test_a_row_that_the_metric_leaves_out_is_not_the_row_that_a_join_expects(
    bench: "Bench",
) -> None:
    expect_100(bench)
    bench.write("c.jsonl", [*right(60, model="new"), *right(100, model="old")])
    evidence = judge(bench, f"candidate: c.jsonl, id: id, {BOTH}", "value: v, where: {model: new}")
    assert_refused(evidence, "40 of 100 expected ids have no row of a.candidate", "k.model")


def test_where_on_a_column_of_the_join_selects_expected_ids(bench: "Bench") -> None:
    expect_100(bench)
    bench.write("c.jsonl", right(60, model="new"))
    arm = "candidate: {path: c.jsonl, where: {k.lang: en, model: new}}"
    evidence = judge(bench, f"{arm}, id: id, {BOTH}")
    assert (evidence.rules[0].verdict, evidence.rules[0].n.candidate) == (Verdict.PASS, 60)
    evidence = judge(
        bench, f"candidate: c.jsonl, id: id, {BOTH}", "value: v, where: {k.lang: en, model: new}"
    )
    assert (evidence.rules[0].verdict, evidence.rules[0].n.candidate) == (Verdict.PASS, 60)


def test_every_expected_id_with_a_row_that_where_keeps_is_judged(bench: "Bench") -> None:
    expect_100(bench)
    bench.write("c.jsonl", [*right(100, model="new"), *right(100, model="old")])
    arm = "candidate: {path: c.jsonl, where: {model: new}}"
    evidence = judge(bench, f"{arm}, id: id, {BOTH}")
    assert (evidence.rules[0].verdict, evidence.rules[0].n.candidate) == (Verdict.PASS, 100)


def test_an_expected_id_without_a_row_is_in_no_slice_of_the_rows(bench: "Bench") -> None:
    expect_100(bench)
    bench.write("c.jsonl", right(60, lang="en"))
    rule = AT_LEAST[:-1] + ", slices: {by: [lang], values: [en]}}"
    evidence = judge(bench, f"candidate: c.jsonl, id: id, {BOTH}", rule=rule)
    assert_refused(evidence, "have no lang")


# --- `where` on what is measured


@pytest.mark.parametrize(
    ("value", "where"),
    [("m", "match"), ("match", "m"), ("deep.0", "deep.-2"), ("deep.-2", "deep.0")],
)
def test_where_on_the_measured_column_by_another_name_is_refused(
    bench: "Bench", value: str, where: str
) -> None:
    rows = [{"id": i, "match": i % 2, "deep": [i % 2, 7]} for i in range(100)]
    bench.write("c.jsonl", rows)
    arm = f"candidate: {{path: c.jsonl, where: {{{where}: 1}}}}, id: id, columns: {{m: match}}"
    assert_refused(judge(bench, arm, f"value: {value}"), f"selects rows by '{where}'")


def test_where_on_another_place_of_a_list_is_allowed(bench: "Bench") -> None:
    bench.write("c.jsonl", [{"id": i, "deep": [1, i % 2]} for i in range(100)])
    arm = "candidate: {path: c.jsonl, where: {deep.1: 1}}, id: id"
    assert judge(bench, arm, "value: deep.0").rules[0].n.candidate == 50


SWE = {"resolved_ids": [f"a__a-{i}" for i in range(60)], "unresolved_ids": ["b__b-1", "b__b-2"]}


@pytest.mark.parametrize(
    ("arm", "metric", "slices"),
    [
        ("outcome: resolved", "", ""),
        ("is_counted_resolved: true", "", ""),
        ("", "outcome: resolved", ""),
        ("", "", "outcome"),
    ],
)
def test_where_on_an_outcome_of_a_format_is_refused(
    bench: "Bench", arm: str, metric: str, slices: str
) -> None:
    (bench.folder / "c.json").write_text(json.dumps(SWE))
    artifact = f"candidate: {{path: c.json, where: {{{arm}}}}}" if arm else "candidate: c.json"
    where = f"value: resolved, where: {{{metric}}}" if metric else "value: resolved"
    rule = AT_LEAST
    if slices:
        rule = AT_LEAST[:-1] + f", slices: {{by: [{slices}], values: [resolved]}}}}"
    evidence = judge(bench, f"{artifact}, reader: swe-bench", where, rule)
    assert_refused(evidence, "which tells how the answer turned out in files of format swe-bench")


def test_where_on_an_alias_of_an_outcome_is_refused(bench: "Bench") -> None:
    (bench.folder / "c.json").write_text(json.dumps(SWE))
    arm = "candidate: {path: c.json, where: {o: resolved}}, columns: {o: outcome}"
    evidence = judge(bench, f"{arm}, reader: swe-bench", "value: resolved")
    assert_refused(evidence, "selects rows by 'o'")


def test_where_on_what_a_format_knows_beforehand_is_allowed(bench: "Bench") -> None:
    (bench.folder / "c.json").write_text(json.dumps(SWE))
    arm = "candidate: {path: c.json, where: {repo: a__a}}, reader: swe-bench"
    assert judge(bench, arm, "value: resolved").rules[0].n.candidate == 60


@pytest.mark.parametrize(
    ("form", "column"),
    [
        ("inspect", "scores"),
        ("inspect", "has_error"),
        ("promptfoo", "failureReason"),
        ("promptfoo", "is_error"),
        ("arena-hard", "verdict"),
        ("alpaca-eval", "win"),
        ("deepeval", "success"),
    ],
)
def test_formats_name_their_outcomes(form: str, column: str) -> None:
    assert column in BUILT_IN[form].outcomes


# --- `na` and `map`


def half(bench: "Bench", values: "Iterable[object]" = (0, 1)) -> None:
    both = tuple(values)
    bench.write("c.jsonl", [{"id": i, "v": both[i % 2]} for i in range(200)])


DROPS = "candidate: c.jsonl, id: id, contract: {missing: drop, max_missing: 0.6}"


def test_a_map_of_one_number_is_refused(bench: "Bench") -> None:
    half(bench)
    evidence = judge(bench, "candidate: c.jsonl, id: id", "value: v, map: {0: 1, 1: 1}")
    assert_refused(evidence, "gives every label the number 1")


def test_na_that_names_one_of_two_answers_is_refused(bench: "Bench") -> None:
    half(bench)
    evidence = judge(bench, DROPS, "value: v, na: [0]")
    assert_refused(evidence, "`na` names '0', which is one of the two answers")
    half(bench, (False, True))
    assert_refused(judge(bench, DROPS, 'value: v, na: ["false"]'), "`na` names 'false'")


def test_na_that_leaves_one_label_of_a_map_is_refused(bench: "Bench") -> None:
    half(bench, ("I", "C"))
    evidence = judge(bench, DROPS, "value: v, map: {C: 1}, na: [I]")
    assert_refused(evidence, "leave nothing but 1")


def test_na_that_names_a_sentinel_of_other_numbers_is_allowed(bench: "Bench") -> None:
    rows = [{"id": i, "v": 0 if i == 7 else 95 + i % 9} for i in range(200)]
    bench.write("c.jsonl", rows)
    evidence = judge(bench, DROPS, "value: v, na: [0]")
    assert evidence.rules[0].n.candidate == 199


# --- repeats that agree


def test_repeats_that_all_agree_are_judged_as_zeros_and_ones(bench: "Bench") -> None:
    rows = [
        {"id": f"q{i:03d}", "v": int(i % 10 > 0), "epoch": epoch, "ms": i + epoch / 7}
        for i in range(400)
        for epoch in (0, 1)
    ]
    bench.arms(rows, [row | {"ms": 3} for row in rows])
    rule = "r: {metric: m, claim: non_inferiority, margin: 2pp}"
    with_repeats = bench.judge(rule, artifact="id: id, repeat: epoch").rules[0]
    bench.arms(rows[::2], [row | {"ms": 3} for row in rows[::2]])
    without = bench.judge(rule).rules[0]
    assert (with_repeats.verdict, with_repeats.method) == (Verdict.PASS, without.method)
    assert with_repeats.pvalue == without.pvalue
