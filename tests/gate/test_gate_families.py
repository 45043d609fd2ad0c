"""Families of rules end to end: reference cases made into data, judged from a gate file.

Forty paired units with symmetric residuals and a chosen mean have just the p-value of the case,
so the evidence must hold the adjusted p-values, rejections and bounds that R gives for it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest
from gated import (
    assert_laws,
    ends,
    near,
    reference,
    rule_of,
    values_with_mean,
    values_with_p,
    wide,
)

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

CORRECTIONS = ("bonferroni", "sidak", "holm", "hochberg", "hommel", "bh", "by")


def judge_all(
    bench: "Bench", pvalues: Sequence[float], top: str, keys: Mapping[int, str] | None = None
) -> tuple[GateEvidence, list[RuleEvidence]]:
    """Judge one rule for each p-value, in the order of the p-values."""
    names = [f"m{i}" for i in range(len(pvalues))]
    # No t has a p of 1: the case's 1 becomes as near to it as changes no digit that is compared.
    near_one = [min(p, 1 - 1e-12) for p in pvalues]
    bench.arms(*wide({n: values_with_p(p) for n, p in zip(names, near_one, strict=True)}))
    evidence = bench.judge(
        ", ".join(
            f"r{i}: {{metric: {name}, claim: superiority{(keys or {}).get(i, '')}}}"
            for i, name in enumerate(names)
        ),
        metrics=", ".join(f"{name}: {{value: {name}, better: higher}}" for name in names),
        top=top,
    )
    return evidence, [rule_of(evidence, f"r{i}") for i in range(len(pvalues))]


def passed(rules: Sequence[RuleEvidence]) -> list[bool]:
    return [rule.verdict is Verdict.PASS for rule in rules]


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("name", ["padj_bh95_p", "padj_small_p"])
def test_adjusted_pvalues_are_those_of_r(bench: "Bench", name: str, correction: str) -> None:
    case = reference(name)
    pvalues, adjusted = case["input"]["p"], case["expected"][correction]
    evidence, rules = judge_all(bench, pvalues, f"correction: {correction}")
    for rule, p, expected in zip(rules, pvalues, adjusted, strict=True):
        assert near(rule.pvalue, p, rel=1e-8)
        assert near(rule.pvalue_adjusted, expected, rel=1e-8), rule.id
        assert_laws(rule)
        assert (rule.verdict is Verdict.PASS) == (expected < 0.05), rule.id
    [family] = evidence.families
    assert (family.method, family.members) == (correction, tuple(rule.id for rule in rules))


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_one_promise_less_never_promotes(bench: "Bench", correction: str) -> None:
    evidence, _ = judge_all(bench, [0.001, 0.2], f"correction: {correction}")
    assert evidence.decision.action is Action.BLOCK


def test_weighted_holm_is_that_of_r(bench: "Bench") -> None:
    case = reference("wholm_p")
    weights = {i: f", weight: {w}" for i, w in enumerate(case["input"]["weights"])}
    evidence, rules = judge_all(bench, case["input"]["p"], "correction: holm", weights)
    for rule, expected in zip(rules, case["expected"]["adjusted"], strict=True):
        assert near(rule.pvalue_adjusted, expected, rel=1e-8), rule.id
        assert_laws(rule)
    assert passed(rules) == [True, True, False, True]
    assert evidence.families[0].method == "weighted_holm"


def test_fallback_is_that_of_r(bench: "Bench") -> None:
    case = reference("fallback_p")
    weights = {i: f", weight: {w}" for i, w in enumerate(case["params"]["weights"])}
    evidence, rules = judge_all(bench, case["input"]["p"], "correction: fallback", weights)
    assert passed(rules) == case["expected"]["reject"]
    for rule, level in zip(rules, case["expected"]["levels"], strict=True):
        assert near(rule.alpha_judged, level, rel=1e-8), rule.id
        assert_laws(rule)
    assert evidence.families[0].method == "fallback"


def test_a_fixed_sequence_is_that_of_r(bench: "Bench") -> None:
    case = reference("fallback_p")
    _, rules = judge_all(bench, case["input"]["p"], "correction: fixed_sequence")
    assert passed(rules) == case["expected"]["fixed_sequence_reject"]


def test_after_the_first_that_does_not_pass_a_sequence_tests_nothing(bench: "Bench") -> None:
    _, rules = judge_all(bench, [0.01, 0.2, 0.001], "correction: fixed_sequence")
    assert passed(rules) == [True, False, False]
    assert rules[2].reason == "not tested: r1 did not pass"


def graph_top(weights: Sequence[float], transition: Sequence[Sequence[float]]) -> str:
    shares = ", ".join(f"r{i}: {w}" for i, w in enumerate(weights) if w)
    rows = ", ".join(
        f"r{i}: {{{', '.join(f'r{j}: {g}' for j, g in enumerate(row) if g)}}}"
        for i, row in enumerate(transition)
    )
    return f"correction: {{method: graphical, weights: {{{shares}}}, transitions: {{{rows}}}}}"


def test_a_graph_is_that_of_r(bench: "Bench") -> None:
    case = reference("graph_p")["input"]
    expected = reference("graph_p")["expected"]["adjusted"]
    _, rules = judge_all(bench, case["p"], graph_top(case["weights"], case["transition"]))
    for rule, adjusted in zip(rules, expected, strict=True):
        assert near(rule.pvalue_adjusted, adjusted, rel=1e-8), rule.id
        assert_laws(rule)
    assert passed(rules) == [True] * 4


def test_a_graph_stops_where_no_level_arrives(bench: "Bench") -> None:
    case = reference("graph_p")["input"]
    top = graph_top(case["weights"], case["transition"])
    _, rules = judge_all(bench, [0.03, 0.2, 0.0001, 0.0001], top)
    # r0 has 0.025 and does not pass, so r2 and r3 get nothing and are not tested.
    assert passed(rules) == [False, False, False, False]
    for rule in rules[2:]:
        assert rule.alpha_judged == 0.0
        assert ends(rule) == (None, None)


def test_holms_simultaneous_bounds_are_those_of_r(bench: "Bench") -> None:
    case = reference("holm_ci_p")
    estimates, errors = case["input"]["estimate"], case["input"]["se"]
    columns = {
        f"m{i}": values_with_mean(mean, se=se, n=10)
        for i, (mean, se) in enumerate(zip(estimates, errors, strict=True))
    }
    candidate, baseline = wide(columns)
    bench.arms(candidate, baseline)
    evidence = bench.judge(
        ", ".join(f"r{i}: {{metric: m{i}, claim: superiority, pair: run}}" for i in range(3)),
        metrics=", ".join(f"m{i}: {{value: m{i}, better: higher}}" for i in range(3)),
        artifact="run: id",
        top="correction: holm",
    )
    expected = case["expected"]
    rules = [rule_of(evidence, f"r{i}") for i in range(3)]
    assert passed(rules) == expected["reject"]
    bounds = evidence.families[0].bounds
    assert [one.id for one in bounds] == ["r0", "r1", "r2"]
    for rule, bound, p, low, bonferroni in zip(
        rules, bounds, expected["p"], expected["lower"], expected["bonferroni_lower"], strict=True
    ):
        assert near(rule.pvalue, p)
        assert near(bound.compatible, low, abs_tol=1e-11)
        assert near(bound.bonferroni, bonferroni, abs_tol=1e-11)


def test_where_all_pass_each_bound_is_bonferronis(bench: "Bench") -> None:
    columns = {f"m{i}": values_with_mean(0.05, se=0.008, n=10) for i in range(2)}
    bench.arms(*wide(columns))
    evidence = bench.judge(
        "r0: {metric: m0, claim: superiority, pair: run}, "
        "r1: {metric: m1, claim: non_inferiority, margin: 0.01, pair: run}",
        metrics="m0: {value: m0, better: higher}, m1: {value: m1, better: higher}",
        artifact="run: id",
        top="correction: holm",
    )
    first, second = evidence.families[0].bounds
    assert first.compatible == first.bonferroni
    assert second.compatible == second.bonferroni
    assert near(first.bonferroni, 0.05 - 0.008 * 2.262157162798205)  # R: qt(.975, 9)


def test_a_lower_metric_has_upper_bounds(bench: "Bench") -> None:
    columns = {"m0": -values_with_mean(0.05, se=0.008, n=10)}
    columns["m1"] = values_with_mean(0.001, se=0.008, n=10)
    bench.arms(*wide(columns))
    evidence = bench.judge(
        "r0: {metric: m0, claim: superiority, pair: run}, "
        "r1: {metric: m1, claim: superiority, pair: run}",
        metrics="m0: {value: m0, better: lower}, m1: {value: m1, better: lower}",
        artifact="run: id",
        top="correction: holm",
    )
    first, second = evidence.families[0].bounds
    assert first.compatible == 0.0  # exactly the limit, all that Holm says
    assert near(first.bonferroni, -0.05 + 0.008 * 2.262157162798205)
    assert near(second.compatible, 0.001 + 0.008 * 1.8331129326536335)  # qt(.95, 9)


def test_the_worst_slice_is_that_of_the_exact_binomial(bench: "Bench") -> None:
    case = reference("slice_p")
    sizes, right = case["input"]["n"], case["input"]["passes"]
    table = [
        {"id": f"s{s}-{i}", "v": int(i < x), "part": f"s{s}"}
        for s, (n, x) in enumerate(zip(sizes, right, strict=True))
        for i in range(n)
    ]
    bench.arms(table, table)
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.9, slices: {by: [part], values: [s0, s1, s2, s3]}}"
    )
    expected = case["expected"]
    parent, *slices = evidence.rules
    assert near(parent.pvalue, expected["iut_p"], rel=1e-8)
    assert (parent.verdict is Verdict.PASS) == expected["all_slices_pass"]
    for rule, p, low in zip(slices, expected["p_values"], expected["lower_each"], strict=True):
        assert near(rule.pvalue, p, rel=1e-8)
        assert near(ends(rule)[0], low, rel=1e-8)
        assert_laws(rule)
    assert near(min(ends(rule)[0] or 0.0 for rule in slices), expected["lower_min_iut"], rel=1e-8)


def test_the_worst_slice_enters_the_family_of_its_rule(bench: "Bench") -> None:
    table = [
        {"id": f"{part}-{i}", "v": int(i < 95), "w": int(i < 99), "part": part}
        for part in "ab"
        for i in range(100)
    ]
    bench.arms(table, table)
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.89, slices: {by: part, values: [a, b]}}, "
        "s: {metric: w, claim: threshold, min: 0.8}",
        metrics="m: {value: v, better: higher}, w: {value: w, better: higher}",
        top="correction: bonferroni",
    )
    parent = rule_of(evidence)
    assert parent.pvalue is not None
    assert near(parent.pvalue_adjusted, min(1.0, 2 * parent.pvalue))
    assert parent.alpha_judged == 0.025


def test_invalid_rules_count_with_a_pvalue_of_one(bench: "Bench") -> None:
    candidate, baseline = wide({"m0": values_with_p(0.02), "m1": values_with_p(0.01)})
    bench.arms([{**row, "m1": None} for row in candidate], baseline)
    evidence = bench.judge(
        "r0: {metric: m0, claim: superiority}, r1: {metric: m1, claim: superiority}",
        metrics="m0: {value: m0, better: higher}, m1: {value: m1, better: higher}",
        top="correction: holm",
    )
    assert near(rule_of(evidence, "r0").pvalue_adjusted, 0.04, rel=1e-8)
    assert rule_of(evidence, "r1").verdict is Verdict.INVALID
    assert evidence.decision.action is Action.BLOCK


def test_warned_rules_are_judged_by_themselves(bench: "Bench") -> None:
    evidence, rules = judge_all(
        bench, [0.04, 0.001], "correction: bonferroni", {0: ", severity: warn"}
    )
    assert rules[0].verdict is Verdict.PASS
    assert rules[0].alpha_judged == 0.05
    assert evidence.families[0].members == ("r1",)
