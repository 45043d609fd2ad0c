"""The plan of a whole gate: with data, with assumed numbers, and with neither."""

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import pytest
from scipy.stats import binom
from statsmodels.stats.power import TTestIndPower, TTestPower  # type: ignore[import-untyped]

from pytest_evalgate.evidence.plan import GatePlan, RulePlan
from pytest_evalgate.gate.planner import plan_gate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
Rows = Callable[[Iterable[object]], list[Row]]
Plan = Callable[..., GatePlan]
HEAD = (
    "version: 1\ngate: g\n{top}\nartifacts:\n"
    "  a: {{candidate: candidate.jsonl, baseline: baseline.jsonl, {artifact}}}\n"
    "metrics: {{{metrics}}}\nrules:\n{rules}\n"
)
PAIRED = "m: {value: v, better: higher, assume: {sd: 1, correlation: 0.5}}"
BINARY = "m: {value: v, better: higher, kind: binary, assume: {rate: 0.9, discordance: 0.1}}"


@pytest.fixture
def plan(bench: "Bench") -> Plan:
    """Return a planner of gate texts over the tables of the bench."""

    def make(
        rules: str, *, metrics: str = PAIRED, artifact: str = "id: id", top: str = ""
    ) -> GatePlan:
        text = HEAD.format(top=top, artifact=artifact, metrics=metrics, rules=rules)
        spec = read_gate(text.encode(), "gate.yaml")
        around = Surroundings(base=bench.folder, root=bench.folder, working_directory=bench.folder)
        return plan_gate(spec, around)

    return make


def row(plan: GatePlan, name: str = "r") -> RulePlan:
    return next(one for one in plan.rules if one.id == name)


def noisy(rng: random.Random, n: int, mean: float = 0.0) -> list[float]:
    return [rng.gauss(mean, 1) for _ in range(n)]


# --- with data


def test_a_plan_says_what_the_judged_rule_says(bench: "Bench", plan: Plan, rows: Rows) -> None:
    rng = random.Random(1)
    base, noise = noisy(rng, 100, 50), noisy(rng, 100)
    middle = sum(noise) / 100  # no difference is seen: 0.1 cannot be told from it
    bench.arms(rows([a + d - middle for a, d in zip(base, noise, strict=True)]), rows(base))
    text = "r: {metric: m, claim: non_inferiority, margin: 0.1}"
    [judged] = bench.judge(text).rules
    assert judged.verdict == "inconclusive"
    found = row(plan(f"  {text}", metrics="m: {value: v, better: higher}"))
    assert judged.power is not None
    assert (found.mde, found.at) == (judged.power.mde, judged.power.at)
    assert found.needed == judged.power.needed
    assert found.n.pairs == 100
    assert found.at_source == "no difference"


def test_all_rules_together_have_the_product_and_at_least_the_bound(
    bench: "Bench", plan: Plan, rows: Rows
) -> None:
    rng = random.Random(2)
    base = noisy(rng, 100, 50)
    bench.arms(rows([a + d for a, d in zip(base, noisy(rng, 100), strict=True)]), rows(base))
    found = plan(
        "  a: {metric: m, claim: non_inferiority, margin: 0.3}\n"
        "  b: {metric: m, claim: superiority, expect: 0.3}\n"
        "  c: {metric: m, claim: superiority, expect: 9, severity: warn}\n"
        "  d: {metric: m, claim: deterioration}"
    )
    powers = [row(found, name).power or 0.0 for name in "ab"]
    assert found.joint_power is not None
    assert math.isclose(found.joint_power, powers[0] * powers[1], rel_tol=1e-12)
    assert math.isclose(found.joint_at_least or 0.0, sum(powers) - 1.0, rel_tol=1e-12)
    assert [one.is_required for one in found.rules] == [True, True, False, False]


def test_the_evidence_of_a_judged_gate_holds_its_joint_power_and_shares(
    bench: "Bench", plan: Plan, rows: Rows
) -> None:
    rng = random.Random(3)
    bench.arms(rows(noisy(rng, 60, 0.2)), rows(noisy(rng, 60)))
    text = "r: {metric: m, claim: non_inferiority, margin: 0.4}"
    evidence = bench.judge(text)
    assert evidence.plan["joint_power"] == row(plan(f"  {text}")).power
    assert evidence.plan["shares"] == {"r": {"runs": None, "samples": 1.0, "repeats": None}}
    assert set(evidence.plan) == {"joint_power", "shares"}


def test_an_unreadable_rule_leaves_no_joint_power_but_a_reason(bench: "Bench") -> None:
    evidence = bench.judge("r: {metric: m, claim: superiority}")
    assert evidence.plan["joint_power"] is None
    assert evidence.plan["reason"] == "no power is known of r"
    json.dumps(evidence.plan, allow_nan=False)


def test_seeds_that_differ_are_named_as_what_to_buy(bench: "Bench", plan: Plan) -> None:
    rng = random.Random(4)

    def cells(spread: float) -> list[Row]:
        runs = [rng.gauss(0, spread) for _ in range(5)]
        return [
            {"id": f"q{i}", "seed": seed, "v": 10 + runs[seed] + rng.gauss(0, 0.3)}
            for seed in range(5)
            for i in range(100)
        ]

    bench.arms(cells(1.0), cells(1.0))
    text = "  r: {metric: m, claim: non_inferiority, margin: 1}"
    found = row(plan(text, artifact="id: id, run: seed"))
    assert found.shares is not None
    assert (found.shares.runs or 0) > 0.95
    assert found.advice.startswith("more runs, not more samples, about ")
    assert found.advice.endswith("of the spread comes from runs")
    assert found.needed.runs is not None
    assert found.needed.samples is None


def test_binary_repeats_tell_their_share_of_the_spread(bench: "Bench", plan: Plan) -> None:
    rng = random.Random(5)
    made = [
        [
            {"id": f"q{i}", "try": t, "v": int(rng.random() < 0.5)}
            for i in range(200)
            for t in (1, 2)
        ]
        for _ in range(2)
    ]
    bench.arms(*made)
    text = "  r: {metric: m, claim: non_inferiority, margin: 0.1}"
    found = row(plan(text, artifact="id: id, repeat: try", metrics="m: {value: v, better: higher}"))
    assert found.shares is not None
    assert (found.shares.repeats or 0) > 0.8  # every answer is a coin toss: units are alike
    assert math.isclose((found.shares.repeats or 0) + (found.shares.samples or 0), 1.0)


def test_an_effect_short_of_its_limit_needs_no_number(
    bench: "Bench", plan: Plan, rows: Rows
) -> None:
    rng = random.Random(6)
    bench.arms(rows(noisy(rng, 50, 0.0)), rows(noisy(rng, 50, 0.0)))
    found = row(plan("  r: {metric: m, claim: superiority, min_effect: 3}"))
    assert found.needed.samples is None
    assert "does not clear the limit" in found.advice
    assert found.power is not None
    assert found.power < 0.05


def test_a_sliced_rule_has_the_power_of_all_of_its_slices(bench: "Bench", plan: Plan) -> None:
    rng = random.Random(7)

    def sliced() -> list[Row]:
        return [
            {"id": f"q{i}", "lang": "de" if i % 2 else "en", "v": rng.gauss(0, 1)}
            for i in range(200)
        ]

    bench.arms(sliced(), sliced())
    found = plan(
        "  r: {metric: m, claim: non_inferiority, margin: 0.5, "
        "slices: {by: [lang], values: [de, en]}}"
    )
    powers = [row(found, f"r[lang={name}]").power or 0.0 for name in ("de", "en")]
    assert math.isclose(row(found).power or 0.0, powers[0] * powers[1])
    assert [one.parent for one in found.rules] == [None, "r", "r"]


def test_a_group_has_at_least_the_power_of_its_best_member(
    bench: "Bench", plan: Plan, rows: Rows
) -> None:
    rng = random.Random(8)
    bench.arms(rows(noisy(rng, 50, 0.3)), rows(noisy(rng, 50, 0.0)))
    found = plan(
        "  r:\n    any_of:\n      a: {metric: m, claim: superiority, expect: 0.1}\n"
        "      b: {metric: m, claim: superiority, expect: 0.5}"
    )
    members = [row(found, f"r.{name}") for name in "ab"]
    assert row(found).power == max(member.power or 0.0 for member in members)
    assert [member.alpha for member in members] == [0.025, 0.025]
    assert found.joint_power == row(found).power


# --- with assumed numbers


def test_assumed_pairs_are_planned_like_statsmodels(plan: Plan) -> None:
    text = "  r: {metric: m, claim: superiority, expect: 0.2, min_samples: 100}"
    found = row(plan(text))
    # sd 1 in each arm and a correlation of 0.5 give differences of sd 1.
    known = TTestPower().power(0.2, 100, 0.05, alternative="larger")
    assert math.isclose(found.power or 0.0, known, rel_tol=1e-6)
    assert found.needed.samples == math.ceil(
        TTestPower().solve_power(0.2, None, 0.05, 0.8, alternative="larger")
    )
    assert found.assumed == "sd 1, correlation 0.5"
    assert found.reason is not None
    assert "candidate.jsonl" in found.reason


def test_assumed_runs_of_two_arms_are_planned_like_statsmodels(plan: Plan) -> None:
    found = row(
        plan("  r: {metric: m, claim: superiority, expect: 1, min_runs: 6}", artifact="run: seed")
    )
    known = TTestIndPower().power(1.0, 6, 0.05, alternative="larger")
    assert math.isclose(found.power or 0.0, known, rel_tol=1e-6)
    assert found.needed.runs == 14


def test_an_assumed_share_is_planned_by_the_exact_binomial_law(plan: Plan) -> None:
    text = "  r: {metric: m, claim: threshold, min: 0.8, min_samples: 100}"
    found = row(plan(text, metrics=BINARY))
    critical = next(k for k in range(101) if binom.sf(k - 1, 100, 0.8) < 0.05)
    known = binom.sf(critical - 1, 100, 0.9)
    assert math.isclose(found.power or 0.0, known, rel_tol=1e-9)
    assert found.at_source == "assumed"


def test_assumed_runs_crossed_with_units_tell_their_shares(plan: Plan) -> None:
    found = row(
        plan(
            "  r: {metric: m, claim: superiority, expect: 0.1, min_runs: 5, min_samples: 300}",
            artifact="id: id, run: seed",
            metrics="m: {value: v, better: higher, assume: {sd: 1, sd_run: 0.1}}",
        )
    )
    # 2 * 0.1**2 / 5 of runs, 2 * 1**2 / 300 of units.
    assert found.shares is not None
    assert math.isclose(found.shares.runs or 0.0, 0.004 / (0.004 + 2 / 300))
    assert found.n.runs == 5


def test_nothing_is_judged_by_assumed_numbers(bench: "Bench") -> None:
    evidence = bench.judge("r: {metric: m, claim: superiority, expect: 9}", metrics=PAIRED)
    assert evidence.rules[0].verdict == "invalid"
    assert evidence.plan["joint_power"] is None


# --- with neither


@pytest.mark.parametrize(
    ("metrics", "rule", "words"),
    [
        pytest.param(
            "m: {value: v, better: higher}",
            "claim: superiority",
            "write `assume: {sd: 0.4}` in metric 'm'",
            id="nothing",
        ),
        pytest.param(
            "m: {value: v, better: higher, kind: binary}",
            "claim: superiority",
            "write `assume: {rate: 0.9, discordance: 0.1}`",
            id="binary",
        ),
        pytest.param(PAIRED, "claim: superiority", "write `expect:` in the rule", id="no-effect"),
        pytest.param(
            "m: {value: v, better: higher, assume: {sd_run: 1}}",
            "claim: superiority",
            "add `sd: 0.4` to it",
            id="no-sd",
        ),
        pytest.param(
            "m: {value: v, statistic: p95, better: higher, assume: {sd: 1}}",
            "claim: superiority",
            "assumed numbers plan means, not a quantile",
            id="quantile",
        ),
        pytest.param(
            PAIRED,
            "claim: non_inferiority, margin: 5%",
            "write the limit in the metric's unit",
            id="percent",
        ),
    ],
)
def test_a_rule_without_numbers_says_what_to_write(
    plan: Plan, metrics: str, rule: str, words: str
) -> None:
    found = plan(f"  r: {{metric: m, {rule}}}", metrics=metrics)
    assert row(found).power is None
    assert words in row(found).advice
    assert (found.joint_power, found.joint_at_least) == (None, None)
    assert found.reason == "no power is known of r"
    assert found.buy.startswith("first make r plannable")
    assert not found.is_complete
