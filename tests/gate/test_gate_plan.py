"""How many would decide, as an inconclusive rule says it."""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from pytest_evalgate.evidence import RuleEvidence, Verdict


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
Rows = Callable[[Iterable[object]], list[Row]]


def inconclusive(rule: RuleEvidence) -> RuleEvidence:
    assert rule.verdict is Verdict.INCONCLUSIVE, rule.reason
    return rule


def standard(n: int, mean: float = 0.0, spread: float = 1.0) -> list[float]:
    """Return values with exactly this mean and standard deviation, near normal."""
    generator = random.Random(n)
    raw = [generator.gauss(0, 1) for _ in range(n)]
    middle = sum(raw) / n
    size = (sum((value - middle) ** 2 for value in raw) / (n - 1)) ** 0.5
    return [mean + spread * (value - middle) / size for value in raw]


def needed_samples(rule: RuleEvidence) -> int:
    assert rule.power is not None
    assert rule.power.needed.samples is not None
    return rule.power.needed.samples


def test_non_inferiority_is_planned_at_no_difference(bench: "Bench", rows: Rows) -> None:
    base = standard(100, 50, 3)
    differences = standard(99)
    differences.append(0.0)
    bench.arms(rows([a + d for a, d in zip(base, differences, strict=True)]), rows(base))
    rule = inconclusive(bench.judge("r: {metric: m, claim: non_inferiority, margin: 0.1}").rules[0])
    # (1.645 + 0.842) ** 2 / 0.1 ** 2 = 618, and a little for t.
    assert 600 <= needed_samples(rule) <= 625
    assert rule.power is not None
    assert rule.power.at == 0.0


def test_equivalence_is_planned_for_both_of_its_sides(bench: "Bench", rows: Rows) -> None:
    base = standard(60, 50, 3)
    differences = standard(60)
    bench.arms(rows([a + d for a, d in zip(base, differences, strict=True)]), rows(base))
    rule = inconclusive(bench.judge("r: {metric: m, claim: equivalence, margin: 0.2}").rules[0])
    # (1.645 + 1.282) ** 2 / 0.2 ** 2 = 214: each side needs a power of 0.9.
    assert 212 <= needed_samples(rule) <= 220


def test_unequal_arms_are_planned_with_their_own_spreads(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows(standard(100, 0, 1)), rows(standard(300, 0, 3)))
    rule = inconclusive(
        bench.judge("r: {metric: m, claim: non_inferiority, margin: 0.2, pair: none}").rules[0]
    )
    # Three times as many in the baseline: (1.645 + 0.842) ** 2 * (1 + 9 / 3) / 0.2 ** 2 = 618.
    assert 610 <= needed_samples(rule) <= 630


def test_sign_flips_are_never_planned_below_what_can_pass(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([9.0, 9.5, -0.5, -0.2, 9.1, 8.0]), rows([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]))
    rule = inconclusive(bench.judge("r: {metric: m, claim: superiority}").rules[0])
    assert rule.method == "sign_flip"
    assert needed_samples(rule) >= 6


def test_a_rule_that_passed_needs_no_more(bench: "Bench", rows: Rows) -> None:
    base = standard(100, 50, 3)
    bench.arms(rows([a + d for a, d in zip(base, standard(100, 1), strict=True)]), rows(base))
    rule = bench.judge("r: {metric: m, claim: superiority}").rules[0]
    assert rule.verdict is Verdict.PASS
    assert rule.power is not None
    assert rule.power.needed.samples is None
    assert rule.power.mde is not None
