"""Good gate files: what they become, and their defaults."""

import hashlib
import time

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import peek_name, read_gate
from pytest_evalgate.spec.model import (
    Better,
    Claim,
    Contract,
    GateSpec,
    Kind,
    LimitUnit,
    Missing,
    OnInconclusive,
    Others,
    Pair,
    Severity,
)


SMALLEST = """\
version: 1
gate: digits
artifacts:
  evals: {candidate: candidate/*.jsonl, baseline: baseline/*.jsonl, id: example_id}
metrics:
  accuracy: {value: correct, better: higher}
rules:
  no-worse: {metric: accuracy, claim: non_inferiority, margin: 2pp}
"""

EVERYTHING = """\
# every key that this version can check
version: 1
gate: support-bot
alpha: 1e-2
power: .9
correction: holm
min_runs: 5
min_samples: 200
seed: 20261122
on_inconclusive: escalate
defaults: {severity: escalate, owner: quality}
artifacts:
  evals:
    candidate: artifacts/candidate/*.jsonl
    baseline:
      path: [blessed/main/*.jsonl, blessed/extra.jsonl]
      where: {version: 1.10}
      columns: {tokens: usage.all}
    baselines: {trivial: blessed/majority.jsonl}
    reader: auto
    id: [task, example_id]
    repeat: epoch
    cluster: document
    where: {cached: false, split: [test, "no"], note: null}
    columns: {tokens: usage.total}
    join: {gold: {path: gold.csv, by: idx, match: some, reader: csv}}
    contract: {present: [judge_model], missing: drop, max_missing: 0.05}
  one-table:
    path: results.csv
    candidate: {where: {model: v7}}
    baseline: {where: {model: v6}}
    id: item
  splits:
    candidate: new/{dataset}/train-{split}/results.json
    baseline: old/{dataset}/train-{split}/results.json
    run: split
  wide: {path: wide.csv, id: _row}
contract:
  same: [dataset_version, prompt_sha]
  overlap: 0.95
metrics:
  accuracy: {artifact: evals, value: correct, better: higher, kind: binary}
  graded:
    artifact: one-table
    value: scores.grader.value
    na: ["", N/A, -1]
    map: {C: 1, P: 0.5, I: 0, N: 0}
    better: higher
    range: [0, 1]
  f1: {artifact: splits, value: score, scale: 0.01, range: [0, 100], better: higher}
  latency: {artifact: one-table, value: ms, statistic: geomean, better: lower, unit: ms}
  tail: {artifact: one-table, value: ms, statistic: p99.9, better: lower}
  middle: {artifact: one-table, value: ms, statistic: median, better: lower, where: {ok: true}}
  labels:
    artifact: evals
    label: y_true
    prediction: y_pred
    statistic: accuracy
    better: higher
  both: {artifact: wide, value: {candidate: col_a, baseline: col_b}, better: higher}
rules:
  improves: {metric: accuracy, claim: superiority, min_effect: 0.5pp, expect: 2pp}
  beats-trivial: {metric: accuracy, claim: superiority, against: trivial, severity: block}
  latency-holds:
    metric: latency
    claim: non_inferiority
    margin: 5%
    why: SLO 12
    action: ask serving
    owner: serving
  same-f1: {metric: f1, claim: equivalence, margin: 1pp, pair: run, min_runs: 10}
  tail-cap: {metric: [tail, middle], claim: threshold, max: 1500, min_samples: 7000}
  alarm: {metric: graded, claim: deterioration, severity: warn, method: mcnemar_tango}
  wide-holds: {metric: both, claim: non_inferiority, margin: 0.02}
  correct: {metric: labels, claim: threshold, min: 0.9}
  every-language:
    metric: graded
    claim: non_inferiority
    margin: 3pp
    slices:
      by: [language, device]
      values: {device: [phone], language: [de, "no"]}
      min_samples: 100
      others: invalid
      on_small: observe
      require: all
"""


@pytest.fixture(scope="module")
def smallest() -> GateSpec:
    return read_gate(SMALLEST.encode(), "gate.yaml")


@pytest.fixture(scope="module")
def everything() -> GateSpec:
    return read_gate(EVERYTHING.encode(), "gates/gate.yaml")


def test_smallest_gate_has_the_documented_defaults(smallest: GateSpec) -> None:
    assert (smallest.alpha, smallest.power, smallest.correction) == (0.05, 0.8, "auto")
    assert (smallest.seed, smallest.on_inconclusive) == (0, OnInconclusive.BLOCK)
    (rule,) = smallest.rules
    assert (rule.min_runs, rule.min_samples, rule.is_min_samples_declared) == (3, 2, False)
    assert (rule.severity, rule.method, rule.pair) == (Severity.BLOCK, "auto", Pair.AUTO)
    assert (rule.against, rule.expect, rule.slices) == ("baseline", None, None)
    assert smallest.artifacts[0].contract == Contract()


def test_smallest_gate_says_what_it_was_read_from(smallest: GateSpec) -> None:
    assert smallest.sha256 == hashlib.sha256(SMALLEST.encode()).hexdigest()
    assert (smallest.name, smallest.path) == ("digits", "gate.yaml")


def test_records_know_their_place(smallest: GateSpec) -> None:
    (rule,) = smallest.rules
    assert str(rule.location) == "gate.yaml:8:3"
    assert str(rule.limit.location) == "gate.yaml:8:64"
    assert rule.location.source == SMALLEST.splitlines()[7]
    assert str(smallest.artifact("evals").location) == "gate.yaml:4:3"
    assert str(smallest.artifact("evals").candidate.location) == "gate.yaml:4:11"


def test_metric_reads_the_only_artifact_by_default(smallest: GateSpec) -> None:
    assert smallest.metric("accuracy").artifact == "evals"
    assert smallest.metric("accuracy").value == ("correct", "correct")
    assert smallest.metric("accuracy").better is Better.HIGHER


def test_pp_without_a_kind_is_a_share_to_be_checked_later(smallest: GateSpec) -> None:
    limit = smallest.rules[0].limit
    assert (limit.number, limit.unit, limit.text) == (0.02, LimitUnit.POINTS, "2pp")


def test_top_level_keys_are_read(everything: GateSpec) -> None:
    assert (everything.alpha, everything.power, everything.correction) == (0.01, 0.9, "holm")
    assert (everything.seed, everything.on_inconclusive) == (20261122, OnInconclusive.ESCALATE)


def test_arm_replaces_keys_and_adds_where_and_columns(everything: GateSpec) -> None:
    evals = everything.artifact("evals")
    baseline = evals.baselines[0]
    common = (("cached", ("false",)), ("split", ("test", "no")), ("note", (None,)))
    assert evals.candidate.where == common
    assert baseline.where == (*common, ("version", ("1.10",)))
    assert evals.candidate.columns == (("tokens", "usage.total"),)
    assert baseline.columns == (("tokens", "usage.all"),)
    assert baseline.paths == ("blessed/main/*.jsonl", "blessed/extra.jsonl")
    assert baseline.id == ("task", "example_id")
    assert (baseline.repeat, baseline.cluster) == ("epoch", ("document",))


def test_further_baselines_follow_the_first(everything: GateSpec) -> None:
    assert [arm.name for arm in everything.artifact("evals").baselines] == ["baseline", "trivial"]


def test_join_is_read(everything: GateSpec) -> None:
    (join,) = everything.artifact("evals").candidate.join
    assert (join.name, join.path, join.by) == ("gold", "gold.csv", ("idx",))
    assert (join.match, join.reader) == ("some", "csv")


def test_own_contract_replaces_keys_of_the_common_one(everything: GateSpec) -> None:
    assert everything.artifact("evals").contract == Contract(
        same=("dataset_version", "prompt_sha"),
        present=("judge_model",),
        overlap=0.95,
        is_overlap_declared=True,
        missing=Missing.DROP,
        max_missing=0.05,
    )
    assert everything.artifact("splits").contract.missing is Missing.ERROR


def test_one_path_serves_both_arms(everything: GateSpec) -> None:
    table = everything.artifact("one-table")
    assert not table.is_wide
    assert table.candidate.paths == table.baselines[0].paths == ("results.csv",)
    assert table.candidate.where == (("model", ("v7",)),)


def test_wide_table_has_a_column_per_arm(everything: GateSpec) -> None:
    wide = everything.artifact("wide")
    assert wide.is_wide
    assert [arm.name for arm in (wide.candidate, *wide.baselines)] == ["candidate", "baseline"]
    assert everything.metric("both").value == ("col_a", "col_b")


def test_captures_stay_in_the_path(everything: GateSpec) -> None:
    splits = everything.artifact("splits").candidate
    assert splits.paths == ("new/{dataset}/train-{split}/results.json",)
    assert splits.run == "split"


def test_texts_to_map_are_kept_as_written(everything: GateSpec) -> None:
    graded = everything.metric("graded")
    assert graded.map == (("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0))
    assert graded.na == ("", "N/A", "-1")
    assert graded.range == (0.0, 1.0)


@pytest.mark.parametrize(("name", "quantile"), [("tail", 0.999), ("middle", 0.5), ("f1", None)])
def test_statistic_names_its_quantile(
    everything: GateSpec, name: str, quantile: float | None
) -> None:
    assert everything.metric(name).quantile == quantile


def test_label_with_prediction_is_binary(everything: GateSpec) -> None:
    labels = everything.metric("labels")
    assert (labels.value, labels.label, labels.prediction) == (None, "y_true", "y_pred")
    assert labels.kind is Kind.BINARY


@pytest.mark.parametrize(
    ("rule_id", "key", "number", "unit"),
    [
        ("improves", "min_effect", 0.005, LimitUnit.POINTS),
        ("beats-trivial", "min_effect", 0.0, LimitUnit.ABSOLUTE),
        ("latency-holds", "margin", 0.05, LimitUnit.PERCENT),
        ("same-f1", "margin", 1.0, LimitUnit.POINTS),
        ("tail-cap.middle", "max", 1500.0, LimitUnit.ABSOLUTE),
        ("alarm", "tolerance", 0.0, LimitUnit.ABSOLUTE),
        ("correct", "min", 0.9, LimitUnit.ABSOLUTE),
    ],
)
def test_limit_is_resolved_to_the_unit_of_the_metric(
    everything: GateSpec, rule_id: str, key: str, number: float, unit: LimitUnit
) -> None:
    rule = next(rule for rule in everything.rules if rule.id == rule_id)
    assert (rule.limit_key, rule.limit.number, rule.limit.unit) == (key, number, unit)


def test_list_of_metrics_becomes_one_rule_each(everything: GateSpec) -> None:
    assert [rule.id for rule in everything.rules][4:6] == ["tail-cap.tail", "tail-cap.middle"]
    assert {rule.claim for rule in everything.rules[4:6]} == {Claim.THRESHOLD}


def test_rule_overrides_defaults_which_override_the_gate(everything: GateSpec) -> None:
    rules = {rule.id: rule for rule in everything.rules}
    assert rules["improves"].severity is Severity.ESCALATE
    assert rules["beats-trivial"].severity is Severity.BLOCK
    assert (rules["improves"].owner, rules["latency-holds"].owner) == ("quality", "serving")
    assert (rules["improves"].min_runs, rules["same-f1"].min_runs) == (5, 10)
    assert (rules["improves"].min_samples, rules["tail-cap.tail"].min_samples) == (200, 7000)
    assert rules["improves"].is_min_samples_declared


def test_expected_effect_takes_points(everything: GateSpec) -> None:
    assert everything.rules[0].expect == 0.02


def test_slices_are_all_combinations_in_the_order_of_by(everything: GateSpec) -> None:
    slices = everything.rules[-1].slices
    assert slices is not None
    assert slices.by == ("language", "device")
    assert slices.values == (("de", "phone"), ("no", "phone"))
    assert (slices.others, slices.is_small_observed) == (Others.INVALID, True)
    assert slices.min_samples == 100


def test_line_ends_and_byte_order_mark_change_nothing_but_the_digest(smallest: GateSpec) -> None:
    windows = b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode()
    assert read_gate(windows, "gate.yaml").rules == smallest.rules


def test_yaml_header_and_document_marks_are_fine(smallest: GateSpec) -> None:
    text = "%YAML 1.2\n---\n" + SMALLEST + "...\n"
    assert [rule.id for rule in read_gate(text.encode(), "gate.yaml").rules] == ["no-worse"]


def test_json_is_a_gate_file_too() -> None:
    text = (
        '{"version": 1, "gate": "j", "artifacts": {"e": {"candidate": "a.csv"}}, "metrics": '
        '{"m": {"value": "v", "better": "lower"}}, "rules": {"r": {"metric": "m", "claim": '
        '"threshold", "max": 3}}}'
    )
    assert read_gate(text.encode(), "gate.yaml").rules[0].limit.number == 3.0


def test_default_that_some_rules_cannot_take_is_left_out_of_them() -> None:
    text = SMALLEST.replace(", margin: 2pp}", "}").replace(
        "rules:\n",
        "defaults: {margin: 1pp, pair: none}\nrules:\n"
        "  floor: {metric: accuracy, claim: threshold, min: 0.8}\n",
    )
    floor, holds = read_gate(text.encode(), "gate.yaml").rules
    assert (floor.limit_key, floor.limit.number, floor.pair) == ("min", 0.8, Pair.AUTO)
    assert (holds.limit_key, holds.limit.number, holds.pair) == ("margin", 0.01, Pair.NONE)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SMALLEST.encode(), "digits"),
        (b"gate: broken\nrules: [\n", "broken"),
        (b'version: 1\r\ngate: "quoted" # why\r\n\tx', "quoted"),
        (b"gate: latin\n\xff\xfe", "latin"),
        (b"{gate: flow, version: 9}", "flow"),
        (b"gate: not a name\n", None),
        (b"gate: decision\n", None),
        (b"gate: [a]\n", None),
        (b"", None),
        (b"\x00\x01", None),
        (b"gate: " + b"x" * 300_000, None),
    ],
)
def test_name_is_had_from_a_broken_file_if_at_all(data: bytes, expected: str | None) -> None:
    assert peek_name(data) == expected


def test_same_bytes_give_equal_records() -> None:
    assert read_gate(SMALLEST.encode(), "a") == read_gate(SMALLEST.encode(), "a")


def test_reading_takes_little_time() -> None:
    start = time.process_time()
    for _ in range(10):
        read_gate(EVERYTHING.encode(), "gate.yaml")
    assert (time.process_time() - start) / 10 < 0.1  # 10 times what it takes, for slow machines


def test_all_problems_are_raised_at_once_in_the_order_of_the_file() -> None:
    text = "rules: 3\nversion: 2\ngate: no\nalpha: 5\ncolour: red\n"
    with pytest.raises(SpecErrors) as caught:
        read_gate(text.encode(), "g.yaml")
    places = [str(problem.at) for problem in caught.value.problems]
    expected = ["1:1", "1:1", "1:8", "2:10", "3:7", "4:8", "5:1"]
    assert places == [f"g.yaml:{place}" for place in expected]
    assert all(problem.hint for problem in caught.value.problems)
