"""Data at the edge of what can be judged: each refusal says what was found and how to mend it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gated import residuals, rows_of, rule_of

from pytest_evalgate.evidence import Action, GateEvidence, Verdict


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

R = residuals(60)
GOOD, BAD = (0.5 + 0.1 * R).tolist(), (0.5 + 0.1 * R[::-1]).tolist()
CELLS = "id: id, run: seed"
NOT_WORSE = "r: {metric: m, claim: non_inferiority, margin: 0.2}"
RNG = np.random.default_rng(1)
DIFFICULTY = RNG.normal(size=100)
NOISE = RNG.normal(size=(2, 9, 100))


def crossed(
    value: Callable[[int, int], float], *, runs: int = 5, n: int = 40
) -> list[dict[str, object]]:
    """Return every run's row of every item."""
    return [
        {
            "id": f"q{i:03d}",
            "seed": f"s{run}",
            "v": value(run, i),
            "task": "ab"[i >= 10],
            "per": 2.0,
        }
        for run in range(runs)
        for i in range(n)
    ]


def graded(arm: int, **size: int) -> list[dict[str, object]]:
    return crossed(lambda run, i: float(DIFFICULTY[i] + NOISE[arm, run, i]), **size)


def refused(evidence: GateEvidence, *words: str) -> None:
    rule = rule_of(evidence)
    assert rule.verdict is Verdict.INVALID, rule.reason
    assert [word for word in words if word not in rule.reason] == [], rule.reason
    assert evidence.decision.action is Action.BLOCK


# --- the contract


def test_a_column_that_must_be_present_is_looked_for_in_every_arm(bench: "Bench") -> None:
    label = ["a"] * 60
    bench.arms(rows_of(v=GOOD, l=label), rows_of(v=BAD, l=[*label[1:], None]))
    evidence = bench.judge(NOT_WORSE, top="contract: {present: [l, nope]}")
    found = {check.check: check for check in evidence.contract}
    assert found["a.candidate: present l"].verdict is Verdict.PASS
    assert found["a.candidate: present l"].candidate == "a"
    assert found["a.baseline: present l"].verdict is Verdict.INVALID
    for arm in ("candidate", "baseline"):
        missing = found[f"a.{arm}: present nope"]
        assert missing.verdict is Verdict.INVALID
        assert missing.reason.startswith(f'no row of a.{arm} has "nope"; write "nope" into')
    assert evidence.decision.action is Action.BLOCK


def test_a_column_that_must_be_the_same_is_missed_by_name(bench: "Bench") -> None:
    bench.arms(rows_of(v=GOOD), rows_of(v=BAD))
    [check] = bench.judge(NOT_WORSE, top="contract: {same: [nope]}").contract
    assert check.verdict is Verdict.INVALID
    assert (check.candidate, check.baseline) == (None, None)
    assert '"nope"' in check.reason


def test_a_contract_of_a_file_that_is_not_there_is_broken(bench: "Bench") -> None:
    bench.write("candidate.jsonl", rows_of(v=GOOD))
    [check] = bench.judge(NOT_WORSE, top="contract: {present: [v]}").contract
    assert (check.check, check.verdict) == ("a: readable", Verdict.INVALID)
    assert "no such file" in check.reason


# --- values


def test_a_scale_too_narrow_to_divide_by_is_refused(bench: "Bench") -> None:
    more = {"z": [0.0] * 60, "o": [1e-320] * 60}
    bench.arms(rows_of(v=GOOD, **more), rows_of(v=BAD, **more))
    evidence = bench.judge(
        NOT_WORSE, metrics="m: {value: v, normalize: {zero: z, one: o}, better: higher}"
    )
    refused(evidence, "zero and one lie too near to divide by")


def test_the_worst_value_must_be_known_to_stand_for_a_missing_one(bench: "Bench") -> None:
    bench.arms([*rows_of(v=GOOD), {"id": "x"}], [*rows_of(v=BAD), {"id": "x", "v": 0.5}])
    evidence = bench.judge(NOT_WORSE, top="contract: {missing: worst, max_missing: 0.1}")
    refused(evidence, "`missing: worst` needs to know the worst value", "give the metric a `range:")


def test_a_skewed_geometric_mean_is_not_sent_to_the_geometric_mean(bench: "Bench") -> None:
    bench.arms(
        rows_of(v=np.exp(np.exp(1.7 * R)).tolist()),
        rows_of(v=np.exp(np.exp(-1.7 * R) / 2).tolist()),
    )
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 10%, pair: none}",
        metrics="m: {value: v, statistic: geomean, better: higher}",
    )
    refused(evidence, "skewness", "gate a quantile, or gather more")


# --- runs, units and clusters


@pytest.mark.parametrize(
    ("method", "hint"),
    [("", "or leave `run` out and judge this one model"), (", method: mixed_model", "more seeds")],
)
def test_two_runs_are_too_few_for_a_claim_about_the_recipe(
    bench: "Bench", method: str, hint: str
) -> None:
    bench.arms(graded(0, runs=2), graded(1, runs=2))
    rule = "r: {metric: m, claim: non_inferiority, margin: 0.5, min_runs: 2%s}"
    refused(bench.judge(rule % method, artifact=CELLS), "2 runs;", "from 3 runs on", hint)


def test_two_runs_without_items_are_too_few(bench: "Bench") -> None:
    for name, values in (("candidate.jsonl", [0.5, 0.6]), ("baseline.jsonl", [0.4, 0.5])):
        bench.write(name, [{"seed": f"s{i}", "v": value} for i, value in enumerate(values)])
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 0.1, min_runs: 2}", artifact="run: seed"
    )
    refused(evidence, "2 runs; a mean over runs is judged from 3 runs on")


def test_eight_units_in_every_run_are_too_few_for_a_margin(bench: "Bench") -> None:
    bench.arms(graded(0, n=8), graded(1, n=8))
    rule = "r: {metric: m, claim: non_inferiority, margin: 0.5, min_samples: 2}"
    refused(bench.judge(rule, artifact=CELLS), "8 units in every run; 30 are needed")


def test_runs_of_other_names_are_no_pairs(bench: "Bench") -> None:
    others = [{**row, "seed": f"z{row['seed']}"} for row in graded(1)]
    bench.arms(graded(0), others)
    evidence = bench.judge("r: {metric: m, claim: superiority, pair: run}", artifact=CELLS)
    refused(evidence, "runs differ between the arms", '"zs0"', "leave `pair: run` out")


def test_skewed_units_of_one_arm_of_runs_are_refused(bench: "Bench") -> None:
    bench.arms(
        crossed(lambda run, i: float(np.exp(2 * DIFFICULTY[i]) + NOISE[0, run, i])), graded(1)
    )
    evidence = bench.judge("r: {metric: m, claim: threshold, min: -1}", artifact=CELLS)
    refused(
        evidence, "skewness", "held against a fixed limit only up to", "compare with a baseline"
    )


@pytest.mark.parametrize(("apart", "is_refused"), [(0.0, False), (0.4, True)])
def test_a_share_of_one_arm_is_judged_where_its_runs_are_alike(
    bench: "Bench", apart: float, *, is_refused: bool
) -> None:
    hits = crossed(lambda run, i: int(NOISE[0, run, i] < 1 + apart * (run - 2)), n=100)
    bench.arms(hits, hits)
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.5}",
        metrics="m: {value: v, kind: binary, better: higher}",
        artifact=CELLS,
    )
    if is_refused:
        refused(evidence, "runs differ too much for a share", "steady the recipe")
    else:
        assert rule_of(evidence).verdict is Verdict.PASS


@pytest.mark.parametrize("value", [0, 1])
def test_a_share_of_0_or_1_in_every_run_is_no_certainty(bench: "Bench", value: int) -> None:
    same = crossed(lambda _, __: value)
    bench.arms(same, same)
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.5}",
        metrics="m: {value: v, kind: binary, better: higher}",
        artifact=CELLS,
    )
    assert rule_of(evidence).verdict is Verdict.INVALID


def test_discordances_of_two_clusters_are_too_few_for_a_margin(bench: "Bench") -> None:
    names = [f"c{i % 30}" for i in range(60)]
    bench.arms(rows_of(v=[1] * 58 + [0] * 2, c=names), rows_of(v=[1] * 60, c=names))
    evidence = bench.judge(
        NOT_WORSE,
        metrics="m: {value: v, kind: binary, better: higher}",
        artifact="id: id, cluster: c",
    )
    refused(evidence, "only 2 clusters hold a discordance", "gather more clusters")


# --- slices


def test_of_many_slices_that_do_not_pass_five_are_named(bench: "Bench") -> None:
    names = [f"l{i % 7}" for i in range(420)]
    values = np.repeat(0.1 * R, 7).tolist()
    bench.arms(rows_of(v=values, l=names), rows_of(v=values[::-1], l=names))
    evidence = bench.judge(
        "r: {metric: m, claim: superiority, "
        "slices: {by: [l], values: [l0, l1, l2, l3, l4, l5, l6]}}"
    )
    rule = rule_of(evidence)
    assert rule.verdict is Verdict.INCONCLUSIVE
    assert rule.reason.endswith("r[l=l4] and 2 more")


def test_a_column_of_hundreds_of_values_is_no_slice(bench: "Bench") -> None:
    names = [f"l{i}" for i in range(300)]
    values = np.repeat(0.1 * R, 5).tolist()
    bench.arms(rows_of(v=values, l=names), rows_of(v=values[::-1], l=names))
    by = "slices: {by: [l], values: [l0], others: observe}"
    refused(
        bench.judge(f"r: {{metric: m, claim: superiority, {by}}}"),
        "299 slices are not listed, more than 100",
        "slice by a column with few values",
    )
    group = bench.judge(
        "g: {any_of: {a: {metric: m, claim: superiority}, "
        f"b: {{metric: m, claim: non_inferiority, margin: 0.1}}}}, {by}}}"
    )
    assert [rule.verdict for rule in group.rules] == [Verdict.INVALID] * 3
    assert all("299 slices" in rule_of(group, name).reason for name in ("g.a", "g.b"))


# --- sequences


def test_a_rule_that_only_observes_does_not_stop_a_sequence(bench: "Bench") -> None:
    bench.arms(rows_of(v=GOOD), rows_of(v=BAD))
    observed = "o: {metric: m, claim: non_inferiority, margin: 1e-9, severity: observe}"
    evidence = bench.judge(
        f"{observed}, p: {{metric: m, claim: superiority}}, {NOT_WORSE}",
        metrics="m: {value: v, range: [-5, 5], better: higher}",
        top="correction: fixed_sequence",
    )
    assert rule_of(evidence, "o").verdict is Verdict.INCONCLUSIVE
    assert "not tested" not in rule_of(evidence, "p").reason
    # The first proof is not shown, so the second is stopped by it and not by what observes.
    assert rule_of(evidence).verdict is not Verdict.PASS
    assert "p" in rule_of(evidence).reason
