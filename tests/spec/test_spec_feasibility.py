"""Declared minimum counts that could never pass, held against SciPy's exact bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.feasibility import fewest


BINARY = "value: v, better: higher, kind: binary"


def gate(metric: str, rules: str, top: str = "", artifact: str = "candidate: c") -> bytes:
    return (
        f"version: 1\ngate: g\n{top}artifacts: {{e: {{{artifact}}}}}\n"
        f"metrics: {{m: {{{metric}}}}}\nrules:\n{rules}"
    ).encode()


def rule(name: str, limit: str, samples: int, more: str = "") -> str:
    return f"  {name}: {{metric: m, claim: threshold, {limit}, min_samples: {samples}{more}}}\n"


def needed(data: bytes) -> str:
    with pytest.raises(SpecErrors) as caught:
        read_gate(data, "g.yaml")
    return caught.value.problems[0].message


@pytest.mark.parametrize(
    ("limit", "n"), [("min: 0.9", 29), ("min: 0.95", 59), ("min: 0.99", 299), ("min: 0.5", 5)]
)
def test_binary_threshold_needs_enough_flawless_samples(limit: str, n: int) -> None:
    message = needed(gate(BINARY, rule("x", limit, n - 1)))
    assert message == (
        f"rule 'x' cannot pass: min_samples is {n - 1}, at least {n} flawless samples are needed "
        "at level 0.05"
    )
    assert read_gate(gate(BINARY, rule("x", limit, n)), "g.yaml").rules[0].min_samples == n


@pytest.mark.parametrize("limit", [0.5, 0.9, 0.95, 0.99])
def test_needed_samples_are_where_the_exact_bound_passes_the_limit(limit: float) -> None:
    n = fewest(limit, 0.05)
    assert stats.binomtest(n, n, limit, alternative="greater").pvalue < 0.05
    assert stats.binomtest(n - 1, n - 1, limit, alternative="greater").pvalue >= 0.05


@given(st.floats(0.001, 0.9999), st.floats(1e-12, 0.49))
def test_fewest_is_the_first_streak_below_the_level(chance: float, level: float) -> None:
    n = fewest(chance, level)
    assert chance**n < level
    assert n == 1 or chance ** (n - 1) >= level


def test_a_tie_with_the_level_does_not_pass() -> None:
    assert fewest(0.5, 0.0625) == 5


def test_failure_rate_below_a_limit_needs_as_many() -> None:
    metric = BINARY.replace("higher", "lower")
    assert "at least 299 flawless" in needed(gate(metric, rule("x", "max: 0.01", 50)))


@pytest.mark.parametrize(
    ("statistic", "better", "limit", "n"),
    [
        ("p95", "lower", "max: 9", 59),
        ("p99", "lower", "max: 9", 299),
        ("median", "lower", "max: 9", 5),
        ("p5", "higher", "min: 9", 59),
        ("p95", "higher", "min: 9", 2),
    ],
)
def test_quantile_threshold_needs_enough_samples(
    statistic: str, better: str, limit: str, n: int
) -> None:
    metric = f"value: v, better: {better}, statistic: {statistic}"
    if n > 2:
        words = f"at least {n} samples are needed"
        assert words in needed(gate(metric, rule("x", limit, n - 1)))
    assert read_gate(gate(metric, rule("x", limit, n)), "g.yaml").rules


@pytest.mark.parametrize(
    ("correction", "members", "level"),
    [
        ("bonferroni", 2, 0.025),
        ("sidak", 2, 1 - math.sqrt(0.95)),
        ("holm", 2, 0.05),
        ("bh", 2, 0.05),
        ("fixed_sequence", 2, 0.05),
        ("none", 2, 0.05),
    ],
)
def test_level_is_the_largest_the_correction_can_grant(
    correction: str, members: int, level: float
) -> None:
    n = math.floor(math.log(level) / math.log(0.9)) + 1
    rules = "".join(rule(f"r{i}", "min: 0.9", n) for i in range(members))
    top = f"correction: {correction}\n"
    assert len(read_gate(gate(BINARY, rules, top), "g.yaml").rules) == members
    assert f"at least {n} flawless" in needed(gate(BINARY, rules.replace(f" {n}", " 2"), top))


def test_rule_outside_the_family_is_judged_at_alpha() -> None:
    rules = rule("a", "min: 0.9", 36) + rule("b", "min: 0.9", 36)
    warned = rules + rule("c", "min: 0.9", 29, ", severity: warn")
    assert read_gate(gate(BINARY, warned, "correction: bonferroni\n"), "g.yaml").rules


def test_counts_of_slices_and_of_the_gate_are_held_to_it_too() -> None:
    sliced = "  x: {metric: m, claim: threshold, min: 0.9, slices: {by: l, values: [a], %s}}\n"
    assert "min_samples is 9" in needed(gate(BINARY, sliced % "min_samples: 9"))
    plain = "  x: {metric: m, claim: threshold, min: 0.9}\n"
    assert "min_samples is 9" in needed(gate(BINARY, plain, "min_samples: 9\n"))


@pytest.mark.parametrize("artifact", ["candidate: c, run: r", "candidate: c, cluster: c"])
def test_only_the_exact_method_is_held_to_its_count(artifact: str) -> None:
    assert read_gate(gate(BINARY, rule("x", "min: 0.9", 2), "", artifact), "g.yaml").rules


def test_undeclared_minimum_is_left_to_the_data() -> None:
    data = gate(BINARY, "  x: {metric: m, claim: threshold, min: 0.99}\n")
    assert not read_gate(data, "g.yaml").rules[0].is_min_samples_declared


def test_sign_flip_says_how_many_pairs_it_needs() -> None:
    rules = "  x: {metric: m, claim: superiority, method: sign_flip, min_runs: 4, pair: run}\n"
    data = gate("value: v, better: higher", rules, "", "candidate: c, baseline: o, run: s")
    assert needed(data) == (
        "rule 'x' cannot pass: 4 pairs give p >= 0.0625 at best by sign-flip, the level is 0.05; "
        "5 are needed"
    )
