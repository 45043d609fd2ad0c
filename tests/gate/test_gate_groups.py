"""`any_of` groups end to end: one member is enough, corrected for the choice of the best."""

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gated import assert_laws, near, reference, rule_of, values_with_p, wide

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict, exit_status


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
CORRECTIONS = ("holm", "bonferroni", "sidak", "hochberg", "hommel")
ALWAYS = "z: {metric: m0, claim: threshold, min: -5}"


def group(
    n: int, *, correction: str = "holm", more: str = "", claims: Mapping[int, str] | None = None
) -> str:
    members = ", ".join(
        f"a{i}: {{metric: m{i}, {(claims or {}).get(i, 'claim: superiority')}}}" for i in range(n)
    )
    return f"r: {{any_of: {{{members}}}, correction: {correction}{more}}}"


def metrics(n: int, better: str = "higher") -> str:
    return ", ".join(f"m{i}: {{value: m{i}, better: {better}}}" for i in range(n))


def columns(pvalues: Sequence[float]) -> tuple[list[Row], list[Row]]:
    return wide({f"m{i}": values_with_p(p) for i, p in enumerate(pvalues)})


def judge(
    bench: "Bench", pvalues: Sequence[float], *, correction: str = "holm", more: str = "",
    rules: str = "", top: str = "",
) -> GateEvidence:  # fmt: skip
    bench.arms(*columns(pvalues))
    whole = group(len(pvalues), correction=correction, more=more)
    return bench.judge(
        f"{whole}{', ' if rules else ''}{rules}", metrics=metrics(len(pvalues)), top=top
    )


def members(evidence: GateEvidence, name: str = "r") -> list[RuleEvidence]:
    return [one for one in evidence.rules if one.parent == name]


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_the_members_are_corrected_as_r_corrects_them(bench: "Bench", correction: str) -> None:
    case = reference("padj_small_p")
    evidence = judge(bench, case["input"]["p"], correction=correction)
    expected = case["expected"][correction]
    for one, p, adjusted in zip(members(evidence), case["input"]["p"], expected, strict=True):
        assert near(one.pvalue, p, rel=1e-8)
        assert near(one.pvalue_adjusted, adjusted, rel=1e-8)
        assert_laws(one)
        assert (one.verdict is Verdict.PASS) == (adjusted < 0.05)
    whole = rule_of(evidence)
    assert near(whole.pvalue, min(expected), rel=1e-8)
    assert (whole.verdict is Verdict.PASS) == (min(expected) < 0.05)


def test_one_member_that_passes_is_enough(bench: "Bench") -> None:
    evidence = judge(bench, [0.001, 0.7, 0.9999])
    assert rule_of(evidence).verdict is Verdict.PASS
    assert rule_of(evidence).reason == "r.a0 passes; one of 3 is enough"
    assert [one.verdict for one in members(evidence)] == [
        Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL,
    ]  # fmt: skip
    assert (evidence.decision.action, exit_status(evidence)) == (Action.PROMOTE, 0)


def test_the_best_of_three_at_alpha_alone_is_not_enough(bench: "Bench") -> None:
    evidence = judge(bench, [0.02, 0.5, 0.5])
    assert rule_of(evidence).verdict is Verdict.INCONCLUSIVE
    assert (evidence.decision.action, exit_status(evidence)) == (Action.BLOCK, 1)


def test_the_opposite_is_shown_only_where_it_is_shown_of_all(bench: "Bench") -> None:
    assert rule_of(judge(bench, [0.9999, 0.9999])).verdict is Verdict.FAIL
    assert rule_of(judge(bench, [0.9999, 0.5])).verdict is Verdict.INCONCLUSIVE


def test_an_invalid_member_stops_a_group_that_nothing_else_carries(bench: "Bench") -> None:
    candidate, baseline = columns([0.5, 0.5])
    bench.arms([{**row, "m1": None} for row in candidate], baseline)
    evidence = bench.judge(group(2), metrics=metrics(2))
    assert rule_of(evidence).verdict is Verdict.INVALID
    assert exit_status(evidence) == 21


def test_an_invalid_member_counts_with_a_pvalue_of_one(bench: "Bench") -> None:
    candidate, baseline = columns([0.001, 0.5])
    bench.arms([{**row, "m1": None} for row in candidate], baseline)
    evidence = bench.judge(group(2), metrics=metrics(2))
    assert rule_of(evidence).verdict is Verdict.PASS
    assert near(rule_of(evidence, "r.a0").pvalue_adjusted, 0.002, rel=1e-8)
    assert rule_of(evidence, "r.a1").verdict is Verdict.INVALID


def test_members_have_no_test_of_their_own(bench: "Bench") -> None:
    evidence = judge(bench, [0.001, 0.5], rules=ALWAYS)
    assert [one.id for one in evidence.tests()] == ["r", "z"]
    assert [one.id for one in evidence.rules] == ["r", "r.a0", "r.a1", "z"]
    assert {one.severity for one in members(evidence)} == {"observe"}


@pytest.mark.parametrize(
    ("severity", "action", "status"),
    [
        ("block", Action.BLOCK, 1),
        ("escalate", Action.ESCALATE, 1),
        ("warn", Action.WARN, 0),
        ("observe", Action.PROMOTE, 0),
    ],
)
def test_the_severity_of_a_group_is_its_own(
    bench: "Bench", severity: str, action: Action, status: int
) -> None:
    evidence = judge(bench, [0.9999, 0.9999], more=f", severity: {severity}", rules=ALWAYS)
    assert rule_of(evidence).verdict is Verdict.FAIL
    assert (evidence.decision.action, exit_status(evidence)) == (action, status)


def test_a_correction_at_the_top_does_not_reach_into_a_group(bench: "Bench") -> None:
    evidence = judge(bench, [0.01, 0.5], rules=ALWAYS, top="correction: bonferroni")
    whole = rule_of(evidence)
    assert near(whole.pvalue, 0.02, rel=1e-8)  # Holm within
    assert near(whole.pvalue_adjusted, 0.04, rel=1e-8)  # Bonferroni over group and rule
    assert whole.alpha_judged == 0.025
    assert whole.verdict is Verdict.PASS
    first = rule_of(evidence, "r.a0")
    assert near(first.alpha_judged, 0.0125)
    assert near(first.pvalue_adjusted, 0.02, rel=1e-8)
    assert_laws(first)


def test_a_group_and_a_rule_that_only_together_miss_do_not_pass(bench: "Bench") -> None:
    evidence = judge(bench, [0.02, 0.5], rules=ALWAYS, top="correction: bonferroni")
    assert rule_of(evidence).verdict is Verdict.INCONCLUSIVE
    assert near(rule_of(evidence).pvalue_adjusted, 0.08, rel=1e-8)


def test_families_name_the_group(bench: "Bench") -> None:
    evidence = judge(bench, [0.01, 0.5], rules=ALWAYS)
    found = {one.name: one for one in evidence.families}
    assert found["proofs"].members == ("r", "z")
    assert (found["r"].method, found["r"].members) == ("holm", ("r.a0", "r.a1"))


def test_members_of_several_kinds_stand_together(bench: "Bench") -> None:
    candidate, baseline = columns([0.5, 0.5, 0.5, 0.5])
    bench.arms(candidate, baseline)
    claims = {
        0: "claim: superiority, min_effect: 0.4",
        1: "claim: non_inferiority, margin: 0.4",
        2: "claim: equivalence, margin: 0.4",
        3: "claim: threshold, min: -1",
    }
    evidence = bench.judge(group(4, claims=claims), metrics=metrics(4))
    assert [one.verdict.value for one in members(evidence)] == ["fail", "pass", "pass", "pass"]
    assert rule_of(evidence).verdict is Verdict.PASS


# --- max-T


def darwin_like(better: str = "higher") -> tuple[list[Row], list[Row]]:
    sign = 1.0 if better == "higher" else -1.0
    table = sign * np.asarray(reference("wy_p")["input"]["D"])
    return wide({f"m{i}": table[:, i].tolist() for i in range(3)})


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_max_t_is_westfall_and_youngs_step_down(bench: "Bench", better: str) -> None:
    bench.arms(*darwin_like(better))
    evidence = bench.judge(group(3, correction="max_t"), metrics=metrics(3, better))
    expected = reference("wy_p")["expected"]
    for one, p, t in zip(members(evidence), expected["step_down_p"], expected["t"], strict=True):
        assert near(one.pvalue_adjusted, p), one.id
        assert near(abs(one.statistic or 0.0), t), one.id
        assert (one.verdict is Verdict.PASS) == (p < 0.05)
        assert_laws(one)
    assert near(rule_of(evidence).pvalue, min(expected["step_down_p"]))
    assert rule_of(evidence).verdict is Verdict.PASS


def single_step(table: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Return the smallest adjusted p over all flips of whole rows."""

    def largest(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
        sd = values.std(axis=0, ddof=1)
        return float((values.mean(axis=0) / sd).max())

    seen = largest(table)
    flips = itertools.product((-1.0, 1.0), repeat=len(table))
    found = [largest(table * np.asarray(one)[:, None]) >= seen - 1e-9 for one in flips]
    return sum(found) / len(found)


def test_max_t_of_correlated_members_beats_holm(bench: "Bench") -> None:
    rng = np.random.default_rng(9)
    common = rng.normal(0.55, 0.8, 12)
    table = np.column_stack([common + rng.normal(0, 0.05, 12) for _ in range(3)])
    bench.arms(*wide({f"m{i}": table[:, i].tolist() for i in range(3)}))
    joint = bench.judge(group(3, correction="max_t"), metrics=metrics(3))
    assert near(rule_of(joint).pvalue, single_step(table))
    alone = bench.judge(group(3), metrics=metrics(3))
    assert (rule_of(joint).pvalue or 1.0) < (rule_of(alone).pvalue or 0.0)


def test_max_t_needs_the_same_ids(bench: "Bench") -> None:
    candidate, baseline = columns([0.001, 0.5])
    for table in (candidate, baseline):
        table[:] = [{**row, "half": i % 2} for i, row in enumerate(table)]
    bench.arms(candidate, baseline)
    evidence = bench.judge(
        group(2, correction="max_t"),
        metrics="m0: {value: m0, better: higher}, "
        "m1: {value: m1, better: higher, where: {half: 1}}",
    )
    assert rule_of(evidence).verdict is Verdict.INVALID
    assert "max_t needs the same units" in rule_of(evidence, "r.a0").reason
    assert exit_status(evidence) == 21


def test_max_t_with_one_member_that_cannot_be_measured_is_invalid(bench: "Bench") -> None:
    candidate, baseline = columns([0.001, 0.5])
    bench.arms([{**row, "m1": None} for row in candidate], baseline)
    evidence = bench.judge(group(2, correction="max_t"), metrics=metrics(2))
    assert rule_of(evidence).verdict is Verdict.INVALID
    assert "judges all members together" in rule_of(evidence, "r.a0").reason


@pytest.mark.parametrize("claim", ["equivalence, margin: 0.4", "threshold, min: -1"])
def test_max_t_of_other_claims_is_refused(bench: "Bench", claim: str) -> None:
    bench.arms(*columns([0.001, 0.5]))
    evidence = bench.judge(
        group(2, correction="max_t", claims={1: f"claim: {claim}"}), metrics=metrics(2)
    )
    assert rule_of(evidence).verdict is Verdict.INVALID
    assert "max_t" in rule_of(evidence, "r.a0").reason


def test_max_t_under_a_correction_at_the_top_is_judged_at_its_level(bench: "Bench") -> None:
    bench.arms(*darwin_like())
    evidence = bench.judge(
        f"{group(3, correction='max_t')}, {ALWAYS}",
        metrics=metrics(3),
        top="correction: bonferroni",
    )
    whole = rule_of(evidence)
    assert near(whole.pvalue_adjusted, 2 * 0.0078125)
    assert whole.verdict is Verdict.PASS
    for one, p in zip(members(evidence), (0.02734375, 0.0078125, 0.181640625), strict=True):
        assert near(one.pvalue_adjusted, p)
        assert (one.verdict is Verdict.PASS) == (p < 0.025)
        assert_laws(one)


def test_a_member_that_its_level_makes_invalid_frees_no_level(bench: "Bench") -> None:
    # Skewed differences: 30 units are enough at 0.05, more are needed at 0.025. The first member
    # is then invalid, and must not be what grants the second one the whole of alpha.
    skewed = np.exp(np.linspace(-1.5, 1.5, 40))
    skewed = 3.0 + (skewed - skewed.mean()) / skewed.std(ddof=1)
    bench.arms(*wide({"m0": skewed.tolist(), "m1": values_with_p(0.04).tolist()}))
    evidence = bench.judge(group(2), metrics=metrics(2))
    first, second = members(evidence)
    assert first.verdict is Verdict.INVALID
    assert "which the correction asks for" in first.reason
    assert near(second.pvalue_adjusted, 0.08, rel=1e-8)
    assert second.verdict is Verdict.INCONCLUSIVE
    assert rule_of(evidence).verdict is Verdict.INVALID


# --- slices of a group


def sliced(first: Sequence[float], second: Sequence[float]) -> tuple[list[Row], list[Row]]:
    tables: tuple[list[Row], list[Row]] = ([], [])
    for part, pvalues in (("a", first), ("b", second)):
        for table, rows in zip(tables, columns(pvalues), strict=True):
            table += [{**row, "id": f"{part}{row['id']}", "part": part} for row in rows]
    return tables


SLICES = ", slices: {by: part, values: [a, b]}"


@pytest.mark.parametrize("correction", [*CORRECTIONS, "max_t"])
def test_each_slice_needs_a_member_of_its_own(bench: "Bench", correction: str) -> None:
    bench.arms(*sliced([0.001, 0.5], [0.5, 0.001]))
    evidence = bench.judge(group(2, correction=correction, more=SLICES), metrics=metrics(2))
    assert rule_of(evidence).verdict is Verdict.PASS
    assert [one.id for one in evidence.rules] == [
        "r", "r[part=a]", "r.a0[part=a]", "r.a1[part=a]",
        "r[part=b]", "r.a0[part=b]", "r.a1[part=b]",
    ]  # fmt: skip
    assert [one.id for one in evidence.tests()] == ["r", "r[part=a]", "r[part=b]"]
    for name in ("r.a0[part=a]", "r.a1[part=b]"):
        assert rule_of(evidence, name).verdict is Verdict.PASS
        assert_laws(rule_of(evidence, name))


def test_a_slice_that_no_member_carries_stops_the_group(bench: "Bench") -> None:
    bench.arms(*sliced([0.001, 0.5], [0.5, 0.5]))
    evidence = bench.judge(group(2, more=SLICES), metrics=metrics(2))
    assert rule_of(evidence).verdict is Verdict.INCONCLUSIVE
    assert near(rule_of(evidence).pvalue, rule_of(evidence, "r[part=b]").pvalue or 0.0)


def test_a_slice_that_is_missing_makes_a_group_invalid(bench: "Bench") -> None:
    candidate, baseline = sliced([0.001, 0.5], [0.5, 0.001])
    bench.arms(*([row for row in one if row["part"] == "a"] for one in (candidate, baseline)))
    evidence = bench.judge(group(2, more=SLICES), metrics=metrics(2))
    assert rule_of(evidence).verdict is Verdict.INVALID


# --- digests


@pytest.mark.parametrize("correction", ["holm", "max_t"])
def test_the_digest_does_not_depend_on_the_order_of_rows(bench: "Bench", correction: str) -> None:
    candidate, baseline = columns([0.001, 0.2])
    bench.arms(candidate, baseline)
    rules = f"{group(2, correction=correction)}, {ALWAYS}"
    first = bench.judge(rules, metrics=metrics(2))
    shuffled = random.Random(4)
    for _ in range(3):
        shuffled.shuffle(candidate)
        shuffled.shuffle(baseline)
        bench.arms(candidate, baseline)
        again = bench.judge(rules, metrics=metrics(2))
        assert again.decision.digest == first.decision.digest


def test_the_digest_does_not_depend_on_the_order_of_rules(bench: "Bench") -> None:
    bench.arms(*columns([0.001, 0.2]))
    whole = group(2)
    first = bench.judge(f"{whole}, {ALWAYS}", metrics=metrics(2))
    again = bench.judge(f"{ALWAYS}, {whole}", metrics=metrics(2))
    assert again.decision.digest == first.decision.digest
    assert rule_of(again).digest == rule_of(first).digest


@pytest.mark.parametrize("correction", ["holm", "max_t"])
def test_the_digest_does_not_depend_on_the_order_of_members(
    bench: "Bench", correction: str
) -> None:
    bench.arms(*columns([0.001, 0.2, 0.4]))
    parts = [f"a{i}: {{metric: m{i}, claim: superiority}}" for i in range(3)]
    found = {
        bench.judge(
            f"r: {{any_of: {{{', '.join(order)}}}, correction: {correction}}}", metrics=metrics(3)
        ).decision.digest
        for order in (parts, parts[::-1])
    }
    assert len(found) == 1


def test_a_group_holds_its_level_under_the_null(bench: "Bench") -> None:
    # Two members without an effect: at most alpha of all data let the group pass.
    rng = np.random.default_rng(17)
    rounds, passes = 150, 0
    for _ in range(rounds):
        bench.arms(*wide({f"m{i}": rng.normal(0, 1, 30).tolist() for i in range(2)}))
        evidence = bench.judge(group(2), metrics=metrics(2))
        passes += rule_of(evidence).verdict is Verdict.PASS
    assert passes <= 0.05 * rounds + 3 * math.sqrt(0.05 * 0.95 * rounds)
