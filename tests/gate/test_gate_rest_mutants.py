"""Small claims of the gate that a changed constant or condition would break, one by one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Counts, Mover, RuleEvidence, Verdict
from pytest_evalgate.gate import checks, transform
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.families import feasible_level
from pytest_evalgate.gate.limits import ClaimTest
from pytest_evalgate.gate.pictures import movers
from pytest_evalgate.gate.planning_advice import percent
from pytest_evalgate.gate.planning_means import coarse
from pytest_evalgate.spec.build import read_gate


if TYPE_CHECKING:
    from tests.gate.conftest import Bench


def paired(candidate: Sequence[float], baseline: Sequence[float]) -> Data:
    ids = tuple(f"q{i}" for i in range(len(candidate)))
    return Data(
        candidate=np.array(candidate),
        baseline=np.array(baseline),
        is_paired=True,
        ids=ids,
        counts=Counts(pairs=len(ids)),
    )


def test_movers_are_the_units_that_moved_most_each_way() -> None:
    moved = movers(paired([5, 0, 2, 2, 9, 1], [4, 3, 2, 2, 1, 2]))
    assert moved.up == (
        Mover(id="q4", baseline=1.0, candidate=9.0),
        Mover(id="q0", baseline=4.0, candidate=5.0),
    )
    assert moved.down == (
        Mover(id="q1", baseline=3.0, candidate=0.0),
        Mover(id="q5", baseline=2.0, candidate=1.0),
    )


def test_five_units_each_way_are_shown_and_ties_by_id() -> None:
    moved = movers(paired([1.0] * 7 + [0.0] * 7, [0.0] * 7 + [1.0] * 7))
    assert [one.id for one in moved.up] == ["q0", "q1", "q2", "q3", "q4"]
    assert [one.id for one in moved.down] == ["q7", "q8", "q9", "q10", "q11"]


def test_units_that_did_not_move_are_no_movers() -> None:
    moved = movers(paired([1.0, 2.0], [1.0, 2.0]))
    assert (moved.up, moved.down) == ((), ())


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.004, "under 1 %"),
        (0.005, "0 %"),
        (0.006, "1 %"),
        (0.8, "80 %"),
        (0.994, "99 %"),
        (0.995, "over 99 %"),
        (0.9999, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_power_is_never_called_certain_unless_it_is(share: float, text: str) -> None:
    assert percent(share) == text


GATE = """
version: 1
gate: g
alpha: 0.04
correction: {correction}
artifacts: {{a: {{candidate: c.jsonl, baseline: b.jsonl, id: id}}}}
metrics: {{m: {{value: v, better: higher}}}}
rules:
  one: {{metric: m, claim: non_inferiority, margin: 0.1}}
  other: {{metric: m, claim: superiority}}
  seen: {{metric: m, claim: superiority, severity: warn}}
  alarm: {{metric: m, claim: deterioration, tolerance: 0.1}}
"""


@pytest.mark.parametrize(
    ("correction", "proof"),
    [("auto", 0.04), ("bonferroni", 0.02), ("sidak", 1 - 0.96**0.5), ("holm", 0.04)],
)
def test_only_proofs_share_the_level_of_the_family(correction: str, proof: float) -> None:
    spec = read_gate(GATE.format(correction=correction).encode(), "gate.yaml")
    found = {rule.id: feasible_level(spec, rule) for rule in spec.rules}
    assert found == pytest.approx({"one": proof, "other": proof, "seen": 0.04, "alarm": 0.04})


@pytest.mark.parametrize(
    ("rule", "is_averaged"),
    [
        ("{metric: m, claim: non_inferiority, margin: 0.3}", True),  # paired: by the mean
        ("{metric: m, claim: threshold, min: 0.5}", False),  # one arm: exact
    ],
)
def test_pseudo_values_are_named_where_they_are_averaged(
    bench: "Bench",
    rule: str,
    is_averaged: bool,  # noqa: FBT001 - a table
) -> None:
    rows = [{"id": f"q{i:03d}", "truth": i % 2, "p": int(i % 10 < 5)} for i in range(200)]
    other = [{**row, "p": int(i % 7 < 4)} for i, row in enumerate(rows)]
    bench.arms(rows, other)
    evidence = bench.judge(
        f"r: {rule}", metrics="m: {label: truth, prediction: p, statistic: f1, better: higher}"
    )
    [judged] = evidence.rules
    assert judged.method is not None, judged.reason
    assert any("pseudo-value" in words for words in judged.assumptions) == is_averaged


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_units_said_to_be_enough_are_the_fewest(share: float, alpha: float) -> None:
    fewest = next(n for n in range(1, 10_000) if share**n < alpha)
    test = ClaimTest(pvalue=1.0, pvalue_opposite=1.0, statistic=None, min_pvalue=share**2)
    assert checks._enough(test, 2, alpha) == f"{fewest} are needed at the least"


def test_a_floor_that_no_number_of_units_lowers_is_a_matter_of_the_limit() -> None:
    test = ClaimTest(pvalue=1.0, pvalue_opposite=1.0, statistic=None, min_pvalue=1.0)
    assert "mend the limit" in checks._enough(test, 2, 0.05)


SCORE = read_gate(
    b"version: 1\ngate: g\nartifacts: {a: {candidate: c.csv, id: i}}\n"
    b"metrics: {m: {value: v, normalize: {zero: z, one: o}, better: higher}}\n"
    b"rules: {r: {metric: m, claim: threshold, min: 0}}\n",
    "gate.yaml",
).metrics[0]


def test_one_unit_whose_zero_and_one_are_the_same_is_refused() -> None:
    extras = {"zero": np.array([0.0, 1.0]), "one": np.array([2.0, 1.0])}
    with pytest.raises(UndefinedTestError, match="the same in 1 units"):
        transform._normalised(SCORE, np.array([1.0, 1.0]), extras)


@pytest.mark.parametrize(
    ("alpha", "choices", "level"),
    [(0.05, 70, 3 / 70), (0.05, 20, 0.0), (0.05, 21, 1 / 21), (0.1, 35, 3 / 35)],
)
def test_a_coarse_level_is_the_largest_step_below_alpha(
    alpha: float, choices: int, level: float
) -> None:
    assert coarse(alpha, choices) == pytest.approx(level)
    assert coarse(alpha, choices) < alpha
    assert coarse(alpha, 10**9) == alpha


def test_logs_of_runs_are_averaged_over_the_runs() -> None:
    cells = np.array([[1.0, 2.0, 4.0], [4.0, 8.0, 1.0]])
    data = Data(
        candidate=cells.mean(axis=0),
        baseline=None,
        is_paired=False,
        candidate_cells=cells,
        counts=Counts(),
    )
    assert data.logs().candidate == pytest.approx([np.log(2.0), np.log(4.0), np.log(2.0)])


def repeated(bench: "Bench", metric: str) -> RuleEvidence:
    rows = [
        {"id": f"q{i:03d}", "again": again, "truth": i % 2, "v": int((i + again) % 5 < 4)}
        for i in range(40)
        for again in range(2)
    ]
    bench.arms(rows, [{**row, "v": 1 - int(str(row["v"]))} for row in rows])
    evidence = bench.judge(
        "r: {metric: m, claim: superiority}",
        metrics=f"m: {{{metric}, better: higher}}",
        artifact="id: id, repeat: again",
    )
    [rule] = evidence.rules
    return rule


@pytest.mark.parametrize("statistic", ["f1", "auroc"])
def test_labels_averaged_over_repeats_are_never_judged(bench: "Bench", statistic: str) -> None:
    column = "prediction: v" if statistic == "f1" else "score: v"
    rule = repeated(bench, f"label: truth, {column}, statistic: {statistic}")
    assert rule.verdict is Verdict.INVALID
    assert "averaged over repeats" in rule.reason


def test_right_and_wrong_averaged_over_repeats_are_shares(bench: "Bench") -> None:
    rule = repeated(bench, "value: v")
    assert "values are bounded" in rule.assumptions
