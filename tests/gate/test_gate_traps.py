"""Ways in which a gate went green that must be red, each found by trying."""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict, exit_status


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
Rows = Callable[[Iterable[object]], list[Row]]
SUPERIOR = "r: {metric: m, claim: superiority}"


def expect_refused(evidence: GateEvidence, *words: str) -> RuleEvidence:
    """Check that the only rule is invalid for this reason and that the gate blocks."""
    rule = evidence.rules[0]
    assert rule.verdict is Verdict.INVALID, rule.reason
    assert [word for word in words if word not in rule.reason] == [], rule.reason
    assert evidence.decision.action is Action.BLOCK
    return rule


def noisy(n: int, mean: float, seed: int) -> list[float]:
    generator = random.Random(seed)
    return [generator.gauss(mean, 1) for _ in range(n)]


def test_where_on_what_is_measured_is_refused(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([1] * 40 + [0] * 160), rows([1] * 100 + [0] * 100))
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.9}",
        metrics="m: {value: v, where: {v: 1}, better: higher}",
    )
    expect_refused(evidence, "`where` selects rows by 'v'")


def test_fractions_under_a_range_of_percents_are_refused(bench: "Bench", rows: Rows) -> None:
    generator = random.Random(2)
    bench.arms(
        rows([generator.random() * 0.3 for _ in range(60)]),
        rows([generator.random() for _ in range(60)]),
    )
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 5pp}",
        metrics="m: {value: v, range: [0, 100], better: higher}",
    )
    expect_refused(evidence, "are they fractions?")


def test_a_wide_table_of_one_column_twice_is_refused(bench: "Bench") -> None:
    bench.write("candidate.jsonl", [{"id": f"q{i}", "a": i % 3, "b": i % 3} for i in range(60)])
    bench.write("baseline.jsonl", [{"id": "unused", "a": 0, "b": 0}])
    text = (
        "version: 1\ngate: g\nartifacts: {a: {path: candidate.jsonl, id: id}}\n"
        "metrics: {m: {value: {candidate: a, baseline: b}, better: higher}}\n"
        "rules: {r: {metric: m, claim: non_inferiority, margin: 1}}\n"
    )
    expect_refused(bench.judge_text(text), "hold the same values")


def test_rows_without_a_slice_are_refused(bench: "Bench", rows: Rows) -> None:
    good = [{**row, "l": "de"} for row in rows([1] * 90 + [0] * 10)]
    lost = [{"id": f"x{i}", "v": 0, "l": None} for i in range(100)]
    fine = [{**row, "v": 1} for row in lost]
    bench.arms([*good, *lost], [*good[:50], *({**row, "v": 0} for row in good[50:]), *fine])
    for others in ("invalid", "observe"):
        evidence = bench.judge(
            "r: {metric: m, claim: non_inferiority, margin: 5pp, "
            f"slices: {{by: [l], values: [de], others: {others}}}}}"
        )
        expect_refused(evidence, "have no l")


def test_a_contract_is_checked_whoever_reads_the_artifact(bench: "Bench", rows: Rows) -> None:
    bench.arms(
        [{**row, "ds": "easy"} for row in rows([1] * 100)],
        [{**row, "ds": "hard"} for row in rows([1] * 50 + [0] * 50)],
    )
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.5}", top="contract: {same: [ds]}"
    )
    assert [check.verdict for check in evidence.contract] == [Verdict.INVALID]
    assert exit_status(evidence) == 21


def test_a_copy_with_rounding_noise_is_refused(bench: "Bench", rows: Rows) -> None:
    values = noisy(60, 5, seed=1)
    bench.arms(rows([value + i * 1e-13 for i, value in enumerate(values)]), rows(values))
    evidence = bench.judge("r: {metric: m, claim: equivalence, margin: 0.1}")
    expect_refused(evidence, "rounding noise")


def test_a_quantile_of_equal_values_is_refused(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([5.0] * 100), rows([5.0] * 100))
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, max: 20}",
        metrics="m: {value: v, statistic: p95, better: lower}",
    )
    expect_refused(evidence, "no spread")


def test_a_quantile_of_averaged_repeats_is_refused(bench: "Bench") -> None:
    table = [
        {"id": f"q{i}", "k": k, "v": 100.0 + i if k == 0 else 1.0 + i / 100}
        for i in range(100)
        for k in range(10)
    ]
    bench.arms(table, table[:1])
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, max: 70}",
        metrics="m: {value: v, statistic: p95, better: lower}",
        artifact="id: id, repeat: k",
    )
    expect_refused(evidence, "averaged repeats")


def clustered(sizes: Iterable[int], seed: int) -> list[Row]:
    generator = random.Random(seed)
    return [
        {"id": f"{name}-{i}", "c": f"c{name}", "v": generator.gauss(0, 1)}
        for name, size in enumerate(sizes)
        for i in range(size)
    ]


def test_one_dominant_cluster_is_refused(bench: "Bench") -> None:
    bench.arms(clustered([1000, 5, 5, 5, 5], 1), clustered([1000, 5, 5, 5, 5], 2))
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 1}", artifact="id: id, cluster: c"
    )
    expect_refused(evidence, "a few large clusters decide")


def test_unequal_numbers_of_crossed_runs_are_refused(bench: "Bench") -> None:
    generator = random.Random(4)
    tables = [
        [
            {"id": f"q{i:02d}", "s": s, "v": generator.gauss(0, 1)}
            for s in range(runs)
            for i in range(40)
        ]
        for runs in (9, 3)
    ]
    bench.arms(*tables)
    evidence = bench.judge(SUPERIOR, artifact="id: id, run: s")
    expect_refused(evidence, "9 runs against 3: at most 5 to 3")


def test_a_margin_that_few_units_could_miss_is_warned_of(bench: "Bench", rows: Rows) -> None:
    generator = random.Random(7)
    values = [0.5 + generator.random() / 10 for _ in range(40)]
    bench.arms(rows([value + generator.gauss(0.02, 0.01) for value in values]), rows(values))
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 2pp}",
        metrics="m: {value: v, range: [0, 1], better: higher}",
    )
    rule = evidence.rules[0]
    assert rule.verdict is Verdict.PASS
    # (1 - 0.02) ** 40 = 0.446
    assert "with probability 0.45" in rule.warnings[0]
    assert evidence.decision.reasons[0].startswith(
        "r passed with a warning: a total loss on 2.0% of"
    )


def test_a_rule_undefined_at_its_own_level_is_invalid(bench: "Bench", rows: Rows) -> None:
    # The baseline's mean is 0.3 with a standard error of 0.65: above 0, but not clearly.
    bench.arms(rows(noisy(60, 1, 1)), rows([5.3, -4.7] * 30))
    evidence = bench.judge("r: {metric: m, claim: non_inferiority, margin: 5%}")
    expect_refused(evidence, "baseline")


@pytest.mark.parametrize("margin", ["1e308", "1e200"])
def test_absurd_limits_end_in_evidence_and_not_in_an_error(
    bench: "Bench", rows: Rows, margin: str
) -> None:
    bench.arms(rows(noisy(60, -5, 1)), rows(noisy(60, -5, 2)))
    evidence = bench.judge(f"r: {{metric: m, claim: non_inferiority, margin: {margin}}}")
    assert evidence.rules[0].verdict in {Verdict.PASS, Verdict.INVALID}


def test_slices_too_small_to_judge_say_so(bench: "Bench", rows: Rows) -> None:
    table = [{**row, "l": "de"} for row in rows([1, 0] * 10)]
    bench.arms(table, [{**row, "v": i % 3 % 2} for i, row in enumerate(table)])
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 5pp, "
        "slices: {by: [l], values: [de], min_samples: 50, on_small: observe}}"
    )
    expect_refused(evidence, "no slice was large enough to judge")


@pytest.mark.parametrize("n", [3, 5])
def test_a_score_test_on_a_handful_of_pairs_is_refused(bench: "Bench", rows: Rows, n: int) -> None:
    bench.arms(rows([1] * n), [{**row, "x": 1} for row in rows([1] * n)])
    evidence = bench.judge("r: {metric: m, claim: non_inferiority, margin: 0.5}")
    expect_refused(evidence, f"{n} pairs", "would promote falsely")


def test_shares_of_very_unequal_arms_are_refused(bench: "Bench", rows: Rows) -> None:
    margin = "r: {metric: m, claim: non_inferiority, margin: 5pp, pair: none}"
    bench.arms(rows([1] * 290 + [0] * 10), rows([1] * 9 + [0]))
    expect_refused(bench.judge(margin), "300 units against 10", "would promote falsely")
    bench.arms(rows([1] * 2900 + [0] * 100), rows([1] * 90 + [0] * 10))
    expect_refused(bench.judge(margin), "3000 units against 100", "up to 3 to 1")


def test_superiority_of_unequal_arms_is_judged_exactly(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([1] * 300), rows([1] * 9 + [0]))
    rule = bench.judge("r: {metric: m, claim: superiority, pair: none}").rules[0]
    # The score test alone gives p = 2e-8; a table like this one or worse has probability up to
    # C(10, 1) * r ** 309 * (1 - r) + ..., largest near r = 309 / 310.
    assert rule.pvalue is not None
    assert rule.pvalue > 0.01


@pytest.mark.parametrize("pair", ["auto", "none"])
def test_deleted_repeats_are_named(bench: "Bench", pair: str) -> None:
    generator = random.Random(5)
    tables = [
        [
            {"id": f"q{i:03d}", "k": k, "v": int(generator.random() < 0.6)}
            for i in range(100)
            for k in range(5)
        ]
        for _ in range(2)
    ]
    flattered = [row for row in tables[0] if row["v"] or row["k"] == 0]
    bench.arms(flattered, tables[1])
    evidence = bench.judge(
        f"r: {{metric: m, claim: superiority, pair: {pair}}}", artifact="id: id, repeat: k"
    )
    expect_refused(evidence, "repeats")


def test_metadata_beside_a_file_never_replaces_what_was_measured(bench: "Bench") -> None:
    bench.arms([{"id": f"q{i}", "s": {"v": 0}} for i in range(200)], [{"id": "x", "s": {"v": 1}}])
    (bench.folder / "candidate.meta.json").write_text('{"s.v": 1}')
    evidence = bench.judge(
        "r: {metric: m, claim: threshold, min: 0.95}", metrics="m: {value: s.v, better: higher}"
    )
    expect_refused(evidence)


def test_copied_runs_are_refused(bench: "Bench") -> None:
    rows = [{"id": f"q{i}", "v": i % 2} for i in range(40)]
    for run in range(4):
        bench.write(f"c-{run}.jsonl", rows)
        bench.write(f"b-{run}.jsonl", [{"id": f"q{i}", "v": (i + run) % 3 % 2} for i in range(40)])
    text = (
        "version: 1\ngate: g\nartifacts:\n"
        "  a: {candidate: 'c-{seed}.jsonl', baseline: 'b-{seed}.jsonl', id: id, run: seed}\n"
        "metrics: {m: {value: v, better: higher}}\nrules: {r: {metric: m, claim: superiority}}\n"
    )
    expect_refused(bench.judge_text(text), "hold the same bytes")
