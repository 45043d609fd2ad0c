"""lcb-gate: wins over the same seeds against a half; reads no files, so a test does."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import Answer, CannotAskError, Claim, DataSet, Verdict
from benchmarks.peers.workers.serve import Tool, by_exit, serve


lcb_gate: Any = importlib.import_module("lcb_gate")

TEST = """\
import json

def test_better(lcb):
    with open("arms.json") as file:
        baseline, candidate = json.load(file)
    lcb.check_better(candidate.__getitem__, baseline.__getitem__, seeds=list(baseline))
"""


def _arms(data: DataSet) -> list[dict[str, float]]:
    if data.claim is Claim.NO_WORSE:
        raise CannotAskError("no margin")
    if data.is_clustered:
        raise CannotAskError("no clusters")
    if {row.id for row in data.baseline} != {row.id for row in data.candidate}:
        raise CannotAskError("pairs only")
    if len(data.candidate) != len(data.baseline):
        raise CannotAskError("it asks for one value a seed")
    return [{row.id: data.signed(row) for row in rows} for _, rows in data.arms()]


def judge(data: DataSet, _: str, __: Path) -> Answer:
    baseline, candidate = _arms(data)
    found = lcb_gate.compare(
        candidate.__getitem__, baseline.__getitem__, confidence=0.95, seeds=list(baseline)
    )
    verdict = Verdict.PROMOTED if found.better else Verdict.INCONCLUSIVE
    return Answer(verdict=verdict, why=str(found)[:160])


def prepare(data: DataSet, _: str, folder: Path) -> list[str]:
    (folder / "arms.json").write_text(json.dumps(_arms(data)))
    (folder / "test_better.py").write_text(TEST)
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_better.py"]


EXITS = {0: Verdict.PROMOTED, 1: Verdict.INCONCLUSIVE}

if __name__ == "__main__":
    serve(Tool(package="lcb-gate", judge=judge, prepare=prepare, read=by_exit(EXITS)))
