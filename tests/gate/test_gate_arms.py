"""Where the arms come from: folders, one table, wide columns, joins, further baselines."""

import csv
from pathlib import Path

import pytest

from pytest_evalgate.evidence import GateEvidence, Verdict
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Overrides, Surroundings


BETTER, WORSE = [1] * 40 + [0] * 60, [1] * 20 + [0] * 80  # 20 discordant pairs, one way


def table(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def judge(folder: Path, text: str, overrides: Overrides | None = None) -> GateEvidence:
    spec = read_gate(("version: 1\ngate: g\n" + text).encode(), "gate.yaml")
    around = Surroundings(
        base=folder, root=folder, working_directory=folder, overrides=overrides or {}
    )
    return evaluate(spec, around)


RULE = "rules: {r: {metric: m, claim: superiority}}\n"
METRIC = "metrics: {m: {value: v, better: higher}}\n"


def verdicts(evidence: GateEvidence) -> list[tuple[Verdict, float | None, float | None]]:
    return [(rule.verdict, rule.candidate, rule.baseline) for rule in evidence.rules]


def rows_of(values: list[int], **more: object) -> list[dict[str, object]]:
    return [{"id": f"q{i:03d}", "v": value, **more} for i, value in enumerate(values)]


def test_one_table_is_split_by_where(tmp_path: Path) -> None:
    table(tmp_path, "all.csv", rows_of(BETTER, model="v7") + rows_of(WORSE, model="v6"))
    evidence = judge(
        tmp_path,
        "artifacts:\n  a:\n    path: all.csv\n    id: id\n"
        "    candidate: {where: {model: v7}}\n    baseline: {where: {model: v6}}\n" + METRIC + RULE,
    )
    assert verdicts(evidence) == [(Verdict.PASS, 0.4, 0.2)]


def test_arms_of_one_table_must_be_disjoint(tmp_path: Path) -> None:
    table(tmp_path, "all.csv", rows_of(BETTER, model="v7") + rows_of(WORSE, model="v6"))
    evidence = judge(
        tmp_path,
        "artifacts:\n  a:\n    path: all.csv\n    id: [id, model]\n"
        "    candidate: {where: {model: v7}}\n    baseline: {where: {model: [v6, v7]}}\n"
        + METRIC
        + RULE,
    )
    assert evidence.rules[0].verdict is Verdict.INVALID
    assert "100 rows are in both arms" in evidence.rules[0].reason


def test_a_wide_table_names_a_column_for_each_arm(tmp_path: Path) -> None:
    wide = [
        {"id": f"q{i:03d}", "new": new, "old": old}
        for i, (new, old) in enumerate(zip(BETTER, WORSE, strict=True))
    ]
    table(tmp_path, "wide.csv", wide)
    evidence = judge(
        tmp_path,
        "artifacts: {a: {path: wide.csv, id: id}}\n"
        "metrics: {m: {value: {candidate: new, baseline: old}, better: higher}}\n" + RULE,
    )
    assert verdicts(evidence) == [(Verdict.PASS, 0.4, 0.2)]


def test_a_rule_may_be_held_against_a_further_baseline(tmp_path: Path) -> None:
    table(tmp_path, "new.csv", rows_of(BETTER))
    table(tmp_path, "old.csv", rows_of(WORSE))
    table(tmp_path, "trivial.csv", rows_of([0] * 100))
    evidence = judge(
        tmp_path,
        "artifacts:\n  a: {candidate: new.csv, baseline: old.csv, id: id,\n"
        "      baselines: {trivial: trivial.csv}}\n" + METRIC + "rules:\n"
        "  incumbent: {metric: m, claim: superiority}\n"
        "  trivial: {metric: m, claim: superiority, against: trivial, min_effect: 20pp}\n",
    )
    assert verdicts(evidence) == [(Verdict.PASS, 0.4, 0.2), (Verdict.PASS, 0.4, 0.0)]
    arms = {file.arm for file in evidence.provenance.artifacts}
    assert arms == {"candidate", "baseline", "trivial"}


def test_a_join_adds_columns_before_where(tmp_path: Path) -> None:
    table(tmp_path, "new.csv", rows_of(BETTER))
    table(tmp_path, "old.csv", rows_of(WORSE))
    table(tmp_path, "kinds.csv", [{"id": f"q{i:03d}", "kind": "ab"[i % 2]} for i in range(100)])
    evidence = judge(
        tmp_path,
        "artifacts:\n  a: {candidate: new.csv, baseline: old.csv, id: id,\n"
        "      join: {k: {path: kinds.csv, by: id}}, where: {k.kind: a}}\n" + METRIC + RULE,
    )
    assert evidence.rules[0].n.pairs == 50


def test_an_override_replaces_one_arm_and_is_marked(tmp_path: Path) -> None:
    table(tmp_path, "new.csv", rows_of(WORSE[::-1]))
    table(tmp_path, "old.csv", rows_of(WORSE))
    table(tmp_path / "elsewhere", "better.csv", rows_of(BETTER))
    text = "artifacts: {a: {candidate: new.csv, baseline: old.csv, id: id}}\n" + METRIC + RULE
    assert judge(tmp_path, text).rules[0].candidate == 0.2
    evidence = judge(tmp_path, text, {("a", "candidate"): "elsewhere/better.csv"})
    assert verdicts(evidence) == [(Verdict.PASS, 0.4, 0.2)]
    assert {file.arm: file.override for file in evidence.provenance.artifacts} == {
        "candidate": True,
        "baseline": False,
    }


def crossed(values: list[float], runs: int, shift: float) -> list[dict[str, object]]:
    return [
        {
            "id": f"q{i:03d}",
            "seed": seed,
            "v": value + shift + (i * 7 + seed * 3) % 11 * 0.1 * shift,
        }
        for seed in range(runs)
        for i, value in enumerate(values)
    ]


CROSSED = "artifacts: {a: {candidate: new.csv, baseline: old.csv, id: id, run: seed%s}}\n"


def test_crossed_arms_may_lack_ids_that_the_contract_excuses(tmp_path: Path) -> None:
    values = [float(i % 13) for i in range(60)]
    table(tmp_path, "new.csv", crossed(values, 4, 1.0))
    table(tmp_path, "old.csv", crossed(values[:58], 4, 0.5))
    strict = judge(tmp_path, CROSSED % "" + METRIC + RULE).rules[0]
    assert strict.verdict is Verdict.INVALID
    assert "q058" in strict.reason
    loose = judge(tmp_path, CROSSED % ", contract: {overlap: 0.95}" + METRIC + RULE).rules[0]
    assert (loose.n.pairs, loose.n.dropped, loose.n.runs) == (58, 2, 4)


def test_a_missing_cell_of_runs_and_units_is_named(tmp_path: Path) -> None:
    values = [float(i % 13) for i in range(60)]
    table(tmp_path, "new.csv", crossed(values, 4, 1.0)[:-1])
    table(tmp_path, "old.csv", crossed(values, 4, 0.5))
    rule = judge(tmp_path, CROSSED % "" + METRIC + RULE).rules[0]
    assert rule.verdict is Verdict.INVALID
    assert "q059" in rule.reason


@pytest.mark.parametrize("pair", ["none", "auto"])
def test_a_declared_overlap_is_checked_even_where_nothing_is_paired(
    tmp_path: Path, pair: str
) -> None:
    table(tmp_path, "new.csv", rows_of(BETTER))
    table(tmp_path, "old.csv", rows_of(WORSE[:90]))
    rule = f"rules: {{r: {{metric: m, claim: superiority, pair: {pair}}}}}\n"
    arms = "artifacts: {a: {candidate: new.csv, baseline: old.csv, id: id%s}}\n"
    declared = judge(tmp_path, arms % ", contract: {overlap: 1.0}" + METRIC + rule)
    assert declared.rules[0].verdict is Verdict.INVALID
    silent = judge(tmp_path, arms % "" + METRIC + rule)
    assert (silent.rules[0].verdict is Verdict.INVALID) == (pair == "auto")
