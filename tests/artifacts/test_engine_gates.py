"""Whole gates over big files: the same evidence as by rows, and what the engine may touch."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

import pytest_evalgate
from pytest_evalgate.artifacts import arms
from pytest_evalgate.artifacts.engine.connection import connected
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.opening import Sizes
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.evidence import GateEvidence


GATE = """\
version: 1
gate: big
artifacts:
  evals: {{candidate: candidate.{form}, baseline: baseline.{form}, id: id}}
contract:
  same: [dataset]
  present: [topic]
metrics:
  correct: {{value: correct, better: higher}}
  score: {{value: score, better: higher, range: [0, 1]}}
rules:
  correct: {{metric: correct, claim: non_inferiority, margin: 5pp}}
  score: {{metric: score, claim: non_inferiority, margin: 0.05}}
  topics:
    metric: score
    claim: non_inferiority
    margin: 0.2
    slices: {{by: topic, values: [a, b, c], require: all}}
"""
NEVER = 1 << 62


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, arm in enumerate(("candidate", "baseline")):
        rng = np.random.default_rng(seed)
        rows = [
            {
                "id": f"q{one:04d}",
                "correct": bool(rng.random() < 0.8),
                "score": round(float(rng.random()), 4),
                "topic": "abc"[one % 3],
                "dataset": "v1",
            }
            for one in rng.permutation(900).tolist()
        ]
        path = tmp_path / f"{arm}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        with duckdb.connect() as connection:
            for form in ("csv", "parquet"):
                connection.execute(
                    f"COPY (FROM read_json('{path}')) TO '{path.with_suffix('.' + form)}'"
                    f" (FORMAT {form})"
                )
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.fixture
def sized(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sizes], None]:
    """Return a function that sets from which size on the engine reads."""
    original = arms.load_arm

    def set_sizes(sizes: Sizes) -> None:
        monkeypatch.setattr(
            "pytest_evalgate.gate.tables.load_arm",
            lambda request, columns: original(replace(request, sizes=sizes), columns),
        )

    return set_sizes


def judged(folder: Path, form: str) -> GateEvidence:
    path = folder / f"{form}.gate.yaml"
    path.write_text(GATE.format(form=form), encoding="utf-8")
    return pytest_evalgate.evaluate(path)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_gate_has_the_same_evidence_and_reads_no_rows(
    folder: Path, form: str, sized: Callable[[Sizes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(Sizes(text=NEVER, parquet=NEVER))
    strict = judged(folder, form)
    sized(Sizes(text=0, parquet=0))
    monkeypatch.setattr(BigTable, "_read_rows", lambda _: pytest.fail("rows were read"))
    quick = judged(folder, form)
    assert quick.decision == strict.decision
    assert quick.rules == strict.rules
    assert quick.contract == strict.contract
    assert quick.provenance.artifacts == strict.provenance.artifacts
    assert all(rule.effect is not None for rule in quick.rules if rule.parent is not None)


def test_importing_the_reader_loads_no_engine() -> None:
    code = (
        "import sys, pytest_evalgate.artifacts.arms, pytest_evalgate.artifacts.extract;"
        "sys.exit('duckdb' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('{other}')",
        "COPY (SELECT 1) TO '{other}.copy'",
        "ATTACH '{other}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FROM read_csv('https://example.com/x.csv')",
        "SET enable_external_access = true",
        "SET threads = 4",
        "SET memory_limit = '100GB'",
    ],
)
def test_a_connection_reads_the_files_it_was_given_and_does_nothing_else(
    tmp_path: Path, query: str
) -> None:
    allowed, other = tmp_path / "allowed.csv", tmp_path / "other.csv"
    for path in (allowed, other):
        path.write_text("a\n1\n", encoding="utf-8")
    with connected([str(allowed)]) as connection:
        assert connection.execute(f"FROM read_csv('{allowed}')").fetchall() == [(1,)]
    with pytest.raises(DeclinedError), connected([str(allowed)]) as connection:
        connection.execute(query.format(other=other)).fetchall()
    assert sorted(tmp_path.iterdir()) == [allowed, other]
