"""Rules on Parquet tables: from the aggregates of the table engine as from the rows."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reduced import Judge, differences

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.engine.huge import HugeTable
from pytest_evalgate.artifacts.engine.opening import Sizes
from pytest_evalgate.evidence import Verdict
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


duckdb = pytest.importorskip("duckdb")

GATE = """
version: 1
gate: g
artifacts:
  a: {candidate: candidate.parquet, baseline: baseline.parquet, id: id}
metrics:
  m: {value: v, better: higher}
  w: {value: v, better: lower, scale: 0.001}
  s: {value: s, better: higher}
rules:
  a: {metric: m, claim: superiority}
  b: {metric: m, claim: non_inferiority, margin: 0.1}
  c: {metric: m, claim: non_inferiority, margin: 1%}
  d: {metric: m, claim: equivalence, margin: 0.05, pair: none}
  e: {metric: m, claim: equivalence, margin: 2%, pair: none}
  f: {metric: w, claim: deterioration}
  g: {metric: w, claim: threshold, max: 0.0105}
  h: {metric: s, claim: non_inferiority, margin: 1pp}
  i: {metric: s, claim: superiority, pair: none}
  j: {metric: s, claim: threshold, min: 0.7}
  k:
    metric: m
    claim: non_inferiority
    margin: 0.2
    slices: {by: g, values: [even, odd], min_samples: 100}
"""


def huge(request: ArmRequest, columns: Iterable[str]) -> ArmTable:
    """Load an arm as if it were too large to hold."""
    table = load_arm(replace(request, sizes=Sizes(text=0, parquet=0, huge=0)), columns)
    assert isinstance(table, HugeTable)
    return table


def write(folder: Path, n: int) -> Surroundings:
    rng = np.random.default_rng(21)
    baseline = rng.lognormal(2.2, 0.4, n)
    candidate = baseline + rng.normal(0.01, 0.5, n)
    right = (rng.random(n) < 0.75).astype(np.int64)
    flipped = np.where(rng.random(n) < 0.08, 1 - right, right)
    for name, values, shares in (("candidate", candidate, flipped), ("baseline", baseline, right)):
        order = rng.permutation(n)
        columns = {
            "id": np.char.add("q", order.astype(str)),
            "g": np.where(order % 3 == 0, "even", "odd"),
            "v": values[order],
            "s": shares[order],
        }
        path = folder / f"{name}.parquet"
        connection = duckdb.connect()
        connection.register("t", columns)
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
        connection.close()
    return Surroundings(base=folder, root=folder, working_directory=folder)


@pytest.mark.parametrize("n", [3_000, pytest.param(200_000, marks=pytest.mark.slow)])
def test_parquet_is_judged_from_aggregates_as_from_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    around = write(tmp_path, n)
    judge = Judge(monkeypatch)
    reduced = judge.reduced(GATE, around, huge)
    by_rows = evaluate(read_gate(GATE.encode(), "gate.yaml"), around)
    assert differences(by_rows, reduced) == []
    assert judge.read == []
    verdicts = {rule.verdict for rule in reduced.rules}
    assert Verdict.INVALID not in verdicts
    assert Verdict.PASS in verdicts


def test_a_missing_value_among_many_rows_is_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = write(tmp_path, 3_000)
    path, other = tmp_path / "candidate.parquet", tmp_path / "damaged.parquet"
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE t AS FROM '{path}'")
    connection.execute("UPDATE t SET v = NULL WHERE id = 'q7'")
    connection.execute(f"COPY t TO '{other}' (FORMAT parquet)")
    connection.close()
    other.replace(path)
    reduced = Judge(monkeypatch).reduced(GATE, around, huge)
    by_rows = evaluate(read_gate(GATE.encode(), "gate.yaml"), around)
    assert differences(by_rows, reduced) == []
    verdicts = {rule.id: rule.verdict for rule in reduced.rules if rule.metric == "m"}
    assert verdicts.pop("k[g=even]") is Verdict.PASS  # the unit without a value is in the other
    assert set(verdicts.values()) == {Verdict.INVALID}


WIDE = """
version: 1
gate: g
artifacts:
  a: {path: wide.parquet, id: id}
metrics:
  m: {value: {candidate: first, baseline: second}, better: higher}
rules:
  a: {metric: m, claim: superiority}
  b: {metric: m, claim: non_inferiority, margin: 0.1}
  c: {metric: m, claim: non_inferiority, margin: 0.1, pair: none}
"""


@pytest.mark.parametrize("is_copied", [False, True])
def test_two_columns_of_one_table_are_judged_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_copied: bool
) -> None:
    rng = np.random.default_rng(2)
    second = rng.normal(3.0, 1.0, 2000)
    first = second.copy() if is_copied else second + rng.normal(0.05, 0.3, 2000)
    connection = duckdb.connect()
    connection.register("t", {"id": np.arange(2000), "first": first, "second": second})
    connection.execute(f"COPY t TO '{tmp_path / 'wide.parquet'}' (FORMAT parquet)")
    connection.close()
    around = Surroundings(base=tmp_path, root=tmp_path, working_directory=tmp_path)
    judge = Judge(monkeypatch)
    reduced = judge.reduced(WIDE, around, huge)
    by_rows = evaluate(read_gate(WIDE.encode(), "gate.yaml"), around)
    assert differences(by_rows, reduced) == []
    expected = Verdict.INVALID if is_copied else Verdict.PASS
    assert {rule.verdict for rule in reduced.rules} == {expected}
    assert judge.read == (["a", "b", "c"] if is_copied else [])
