"""evalproof: passes unless a drop is shown that is as large as ``max_drop``."""

import importlib
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import Answer, CannotAskError, Claim, DataSet, Row, Verdict
from benchmarks.peers.workers.serve import Tool, by_exit, serve


evalproof: Any = importlib.import_module("evalproof")

ALPHA = 0.1  # its p-values are two-sided
EXITS = {0: Verdict.PROMOTED, 1: Verdict.BLOCKED, 4: Verdict.REFUSED}
WHEN = {"started_at": "2026-01-01T00:00:00", "finished_at": "2026-01-01T00:00:00"}


def _run(data: DataSet, arm: str, rows: tuple[Row, ...]) -> Any:
    info = evalproof.RunInfo(
        suite="s",
        system=arm,
        dataset_path="d",
        dataset_hash="d",
        wall_time_s=0,
        evalproof_version=evalproof.__version__,
        seed=0,
        **WHEN,
    )
    results = [
        evalproof.CaseResult(
            case_id=row.id,
            output=evalproof.SystemOutput(output=""),
            scores={
                "m": evalproof.Score(
                    value=data.signed(row), passed=bool(row.value) if data.is_binary else None
                )
            },
        )
        for row in rows
    ]
    return evalproof.Run(info=info, results=results)


def _gate(data: DataSet, asking: str) -> dict[str, float]:
    if data.is_clustered:
        raise CannotAskError("no clusters")
    if data.is_unpaired:
        raise CannotAskError("pairs only")
    drop = data.margin if data.claim is Claim.NO_WORSE else 0.0
    gate: dict[str, float] = {"max_drop": drop, "alpha": ALPHA}
    return gate if asking == "usual" else {**gate, "min_cases": 2}


def judge(data: DataSet, asking: str, _: Path) -> Answer:
    gate = evalproof.GateConfig(metric="m", **_gate(data, asking))
    runs = [_run(data, arm, rows) for arm, rows in data.arms()]
    comparison = evalproof.compare_runs(*runs, alpha=ALPHA, seed=data.seed)
    decision = evalproof.decide(comparison, gate)
    verdict = EXITS.get(decision.exit_code, Verdict.ERROR)
    return Answer(verdict=verdict, why="; ".join(decision.reasons)[:160])


def prepare(data: DataSet, asking: str, folder: Path) -> list[str]:
    gate = _gate(data, asking)
    for arm, rows in data.arms():
        evalproof.save_run(_run(data, arm, rows), folder / f"{arm}.json")
    options = [word for key, value in gate.items() for word in _option(key, value)]
    program = str(Path(sys.executable).parent / "evalproof")
    asks = ["compare", "baseline.json", "candidate.json", "--gate", "--metric", "m"]
    return [program, *asks, *options, "--seed", str(data.seed)]


def _option(key: str, value: float) -> tuple[str, str]:
    return f"--{key.replace('_', '-')}", str(value)


if __name__ == "__main__":
    serve(Tool(package="evalproof", judge=judge, prepare=prepare, read=by_exit(EXITS)))
