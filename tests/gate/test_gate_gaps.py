"""`slices.require: gap`: slices of the candidate alone, held against one another."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gated import assert_laws, ends, estimate, near, residuals, rule_of
from scipy import stats

from pytest_evalgate.evidence import Action, GateEvidence, Verdict, exit_status


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
PARTS = ("a", "b", "c")


def parts(means: Sequence[float], *, n: int = 60, sd: float = 0.1) -> list[Row]:
    return [
        {"id": f"{name}{i}", "part": name, "v": float(mean + sd * value)}
        for name, mean in zip(PARTS, means, strict=False)
        for i, value in enumerate(residuals(n))
    ]


def judge(
    bench: "Bench",
    rows: Sequence[Row],
    *,
    better: str = "higher",
    more: str = "",
    values: str = "[a, b, c]",
    top: str = "",
) -> GateEvidence:
    bench.write("candidate.jsonl", rows)
    return bench.judge_text(
        f"version: 1\ngate: g\n{top}\n"
        "artifacts: {x: {candidate: candidate.jsonl, id: id}}\n"
        f"metrics: {{m: {{value: v, better: {better}}}}}\n"
        "rules:\n"
        "  r: {metric: m, claim: equivalence, margin: 0.1, slices: {by: part, "
        f"values: {values}, require: gap{more}}}}}\n"
        "  s: {metric: m, claim: threshold, "
        f"{'min: -5' if better == 'higher' else 'max: 5'}}}\n"
    )


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_all_pairs_close_together_pass(bench: "Bench", better: str) -> None:
    evidence = judge(bench, parts([0.5, 0.51, 0.52]), better=better)
    rule = rule_of(evidence)
    assert rule.verdict is Verdict.PASS
    assert [one.id for one in evidence.rules if one.parent == "r"] == [
        "r[part=a,vs=b]", "r[part=a,vs=c]", "r[part=b,vs=c]",
    ]  # fmt: skip
    assert evidence.decision.action is Action.PROMOTE


def test_a_pair_is_two_one_sided_welch_tests(bench: "Bench") -> None:
    evidence = judge(bench, parts([0.5, 0.51, 0.52]))
    pair = rule_of(evidence, "r[part=a,vs=c]")
    assert pair.method == "welch_t"
    assert_laws(pair)
    assert near(estimate(pair), -0.02)
    error = 0.1 * np.sqrt(2 / 60)
    t = float(stats.t.isf(0.05, 118))
    assert near(pair.pvalue, float(stats.t.sf((0.1 - 0.02) / error, 118)))
    assert near(ends(pair)[0], -0.02 - t * error)
    assert near(ends(pair)[1], -0.02 + t * error)
    assert pair.slice == {"part": "a", "vs": "c"}
    assert near(rule_of(evidence).pvalue, float(stats.t.sf((0.1 - 0.02) / error, 118)))


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_one_pair_shown_apart_fails_the_rule(bench: "Bench", better: str) -> None:
    evidence = judge(bench, parts([0.5, 0.51, 0.75]), better=better)
    assert rule_of(evidence).verdict is Verdict.FAIL
    verdicts = {one.id: one.verdict for one in evidence.rules if one.parent == "r"}
    assert verdicts == {
        "r[part=a,vs=b]": Verdict.PASS,
        "r[part=a,vs=c]": Verdict.FAIL,
        "r[part=b,vs=c]": Verdict.FAIL,
    }
    assert (evidence.decision.action, exit_status(evidence)) == (Action.BLOCK, 1)


def test_a_pair_of_which_nothing_is_shown_is_inconclusive(bench: "Bench") -> None:
    evidence = judge(bench, parts([0.5, 0.51, 0.6]))
    assert rule_of(evidence).verdict is Verdict.INCONCLUSIVE


def test_a_slice_that_is_missing_is_invalid(bench: "Bench") -> None:
    evidence = judge(bench, parts([0.5, 0.51]))
    assert rule_of(evidence).verdict is Verdict.INVALID
    assert rule_of(evidence, "r[part=a,vs=b]").verdict is Verdict.PASS
    assert rule_of(evidence, "r[part=a,vs=c]").verdict is Verdict.INVALID
    assert exit_status(evidence) == 21


def test_a_slice_too_small_is_invalid_or_left_out_as_declared(bench: "Bench") -> None:
    rows = [*parts([0.5, 0.51]), *({"id": f"c{i}", "part": "c", "v": 0.5 + i} for i in range(3))]
    strict = judge(bench, rows, more=", min_samples: 50")
    assert rule_of(strict).verdict is Verdict.INVALID
    lenient = judge(bench, rows, more=", min_samples: 50, on_small: observe")
    assert rule_of(lenient).verdict is Verdict.PASS


def test_an_unlisted_slice_is_shown_against_each_listed_one(bench: "Bench") -> None:
    evidence = judge(bench, parts([0.5, 0.51, 0.9]), values="[a, b]")
    assert rule_of(evidence).verdict is Verdict.PASS
    shown = {one.id: one.severity for one in evidence.rules if one.parent == "r"}
    assert shown == {
        "r[part=a,vs=b]": "block",
        "r[part=a,vs=c]": "observe",
        "r[part=b,vs=c]": "observe",
    }
    refused = judge(bench, parts([0.5, 0.51, 0.9]), values="[a, b]", more=", others: invalid")
    assert rule_of(refused).verdict is Verdict.INVALID


def test_a_nan_is_invalid(bench: "Bench") -> None:
    rows = parts([0.5, 0.51, 0.52])
    rows[3] = {**rows[3], "v": None}
    assert rule_of(judge(bench, rows)).verdict is Verdict.INVALID


def test_slices_that_do_not_vary_are_invalid(bench: "Bench") -> None:
    assert rule_of(judge(bench, parts([0.5, 0.5, 0.5], sd=0.0))).verdict is Verdict.INVALID


def test_the_order_of_rows_and_of_slices_changes_no_verdict(bench: "Bench") -> None:
    rows = parts([0.5, 0.51, 0.52])
    first = judge(bench, rows)
    again = judge(bench, rows[::-1])
    assert again.decision.digest == first.decision.digest
    turned = judge(bench, rows, values="[c, b, a]")
    assert rule_of(turned).verdict is rule_of(first).verdict
    assert near(rule_of(turned).pvalue, rule_of(first).pvalue or 0.0)


def test_shares_of_two_slices_are_judged_as_two_arms(bench: "Bench") -> None:
    rows = [
        {"id": f"{name}{i}", "part": name, "v": int(i < right)}
        for name, right in (("a", 180), ("b", 182), ("c", 181))
        for i in range(200)
    ]
    evidence = judge(bench, rows)
    pair = rule_of(evidence, "r[part=a,vs=b]")
    assert pair.method == "boschloo_miettinen_nurminen"
    assert near(estimate(pair), -0.01)
    assert_laws(pair)


def test_the_baseline_is_not_read(bench: "Bench") -> None:
    bench.arms(parts([0.5, 0.51, 0.52]), parts([0.1, 0.5, 0.9]))
    evidence = bench.judge(
        "r: {metric: m, claim: equivalence, margin: 0.1, "
        "slices: {by: part, values: [a, b, c], require: gap}}"
    )
    assert rule_of(evidence).verdict is Verdict.PASS
