"""Writes two arms of one million rows as JSON lines, CSV and Parquet, and a gate for each.

Usage: python benchmarks/io/data.py FOLDER [ROWS]
"""

import sys
from pathlib import Path

import duckdb


GATE = """\
version: 1
gate: big
artifacts:
  evals: {{candidate: candidate.{form}, baseline: baseline.{form}, id: id}}
metrics:
  correct: {{value: correct, better: higher}}
  safe: {{value: safe, better: higher}}
  score: {{value: score, better: higher}}
  latency: {{value: latency_ms, better: lower}}
  tokens: {{value: tokens, better: lower}}
rules:
  correct: {{metric: correct, claim: non_inferiority, margin: 1pp}}
  safe: {{metric: safe, claim: non_inferiority, margin: 1pp}}
  score: {{metric: score, claim: non_inferiority, margin: 0.01}}
  latency: {{metric: latency, claim: non_inferiority, margin: 5%}}
  tokens: {{metric: tokens, claim: non_inferiority, margin: 5%}}
"""
ROWS = """\
CREATE OR REPLACE TABLE t AS
SELECT 'item-' || lpad(i::VARCHAR, 8, '0') AS id, random() < 0.7 AS correct,
       round(random(), 6) AS score, round(exp(5 + random()), 3) AS latency_ms,
       CAST(10 + random() * 890 AS INTEGER) AS tokens, random() < 0.9 AS safe,
       'c' || i % 5000 AS cluster
FROM range($rows) r(i) ORDER BY hash(i + $seed * 1000003)
"""
FORMATS = {
    "jsonl": "FORMAT json",
    "csv": "FORMAT csv, HEADER",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}


def main() -> None:
    folder = Path(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for seed, arm in enumerate(("candidate", "baseline"), 1):
            connection.execute("SELECT setseed($seed)", {"seed": seed / 10})
            connection.execute(ROWS, {"rows": rows, "seed": seed})
            for ending, how in FORMATS.items():
                connection.execute(f"COPY t TO '{folder / arm}.{ending}' ({how})")
    for ending in FORMATS:
        (folder / f"{ending}.gate.yaml").write_text(GATE.format(form=ending), encoding="utf-8")
    (folder / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")


if __name__ == "__main__":
    main()
