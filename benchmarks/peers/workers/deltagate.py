"""deltagate: "REAL" or not, through its files of ids and scores; no command line, no margin."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import Answer, CannotAskError, Claim, DataSet, Verdict, by_interval
from benchmarks.peers.workers.serve import Tool, by_exit, serve


deltagate: Any = importlib.import_module("deltagate")
adapters: Any = importlib.import_module("deltagate.adapters")

ALPHA = {"usual": 0.1, "default": 0.05}  # two-sided
SCRIPT = """\
from deltagate.adapters import RawScoresAdapter, compare_runs
print(compare_runs(RawScoresAdapter(), "candidate.json", "baseline.json").render())
"""


def _write(data: DataSet, folder: Path) -> list[str]:
    if data.is_unpaired:
        raise CannotAskError("pairs only")
    for arm, rows in data.arms():
        pairs = [{"id": row.id, "score": data.signed(row)} for row in rows]
        (folder / f"{arm}.json").write_text(json.dumps(pairs))
    return [str(folder / "candidate.json"), str(folder / "baseline.json")]


def judge(data: DataSet, asking: str, folder: Path) -> Answer:
    alpha = ALPHA[asking]
    if data.is_clustered:
        return _clustered(data, alpha)
    files = _write(data, folder)
    how = {"level": 1 - alpha, "alpha": alpha, "seed": data.seed}
    report = deltagate.adapters.compare_runs(adapters.RawScoresAdapter(), *files, **how)
    if data.claim is Claim.NO_WORSE:
        ends = (report.paired, report.bootstrap)  # its verdict needs both intervals
        low, high = min(end["lower"] for end in ends), max(end["upper"] for end in ends)
        return by_interval(low, high, data.margin)
    said = report.verdict()
    if said.startswith("INVALID"):
        return Answer(verdict=Verdict.REFUSED, why=said[:160])
    return _sided(report.delta, is_shown=said.startswith("REAL"), why=said)


def _clustered(data: DataSet, alpha: float) -> Answer:
    arms = {arm: [data.signed(row) for row in rows] for arm, rows in data.arms()}
    labels = [row.cluster for row in data.baseline]
    found = deltagate.paired_delta(
        arms["candidate"], arms["baseline"], level=1 - alpha, clusters=labels
    )
    is_shown = found["p_value"] < alpha
    return _sided(found["delta"], is_shown=is_shown, why=f"p={found['p_value']:.3g}")


def _sided(delta: float, *, is_shown: bool, why: str) -> Answer:
    if not is_shown:
        return Answer(verdict=Verdict.INCONCLUSIVE, why=why[:160])
    return Answer(verdict=Verdict.PROMOTED if delta > 0 else Verdict.BLOCKED, why=why[:160])


def prepare(data: DataSet, _: str, folder: Path) -> list[str]:
    """Return a script of two lines, for its cost alone: it has no command line."""
    _write(data, folder)
    (folder / "script.py").write_text(SCRIPT)
    return [sys.executable, "script.py"]


if __name__ == "__main__":
    serve(
        Tool(
            package="deltagate",
            judge=judge,
            prepare=prepare,
            read=by_exit({}),
            refusals=(ValueError,),  # how it refuses ids that do not match or repeat
        )
    )
