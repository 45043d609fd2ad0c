"""pytest-evalgate: a gate file of one rule over two files of JSON lines."""

import json
import sys
from pathlib import Path

from benchmarks.peers.rows import Answer, Claim, DataSet, Row, Verdict
from benchmarks.peers.workers.serve import Tool, serve

import pytest_evalgate


GATE = """\
version: 1
gate: gate
artifacts:
  evals: {{candidate: candidate.jsonl, baseline: baseline.jsonl, {keys}}}
metrics:
  score: {{value: score, better: {better}{statistic}}}
rules:
  rule: {{metric: score, {claim}}}
"""
VERDICTS = {
    "fail": Verdict.BLOCKED,
    "inconclusive": Verdict.INCONCLUSIVE,
    "invalid": Verdict.REFUSED,
}


def write(data: DataSet, asking: str, folder: Path) -> Path:
    """Write both arms and the gate, as a user would."""
    for arm, rows in data.arms():
        lines = [json.dumps(_record(data, arm, row)) + "\n" for row in rows]
        (folder / f"{arm}.jsonl").write_text("".join(lines))
    keys = "run: seed" if data.is_run else "id: id"
    gate = folder / "gate.yaml"
    gate.write_text(
        GATE.format(
            keys=keys + (", cluster: document" if data.is_clustered else ""),
            better="lower" if data.is_lower_better else "higher",
            statistic=", statistic: geomean" if asking == "geomean" else "",
            claim="claim: superiority"
            if data.claim is Claim.BETTER
            else f"claim: non_inferiority, margin: {data.margin}",
        )
    )
    return gate


def _record(data: DataSet, arm: str, row: Row) -> dict[str, str | float]:
    record: dict[str, str | float] = {"model": arm, "score": row.value}
    record["seed" if data.is_run else "id"] = row.id
    if row.cluster is not None:
        record["document"] = row.cluster
    return record


def judge(data: DataSet, asking: str, folder: Path) -> Answer:
    evidence = pytest_evalgate.evaluate(write(data, asking, folder))
    (rule,) = evidence.rules
    return _answer(evidence.decision.verdict, rule.verdict, rule.reason)


def _answer(decision: str, rule: str, reason: str) -> Answer:
    if decision == "promote":
        return Answer(verdict=Verdict.PROMOTED)
    return Answer(verdict=VERDICTS[rule], why=reason[:160])


def prepare(data: DataSet, asking: str, folder: Path) -> list[str]:
    gate = write(data, asking, folder)
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--evalgate", gate.name]


def read(status: int, folder: Path) -> Answer:
    if status not in {0, 1, 21}:
        return Answer(verdict=Verdict.ERROR, why=f"exit {status}")
    evidence = json.loads((folder / "evalgate-report" / "gate.json").read_text())
    (rule,) = evidence["rules"]
    return _answer(evidence["decision"]["verdict"], rule["verdict"], rule["reason"])


if __name__ == "__main__":
    serve(Tool(package="pytest-evalgate", judge=judge, prepare=prepare, read=read))
