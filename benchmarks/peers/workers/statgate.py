"""statgate: pairs by case id, or unpaired where too few match; its interval against a margin."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import Answer, CannotAskError, Claim, DataSet, Verdict
from benchmarks.peers.workers.serve import Tool, by_exit, serve


statgate: Any = importlib.import_module("statgate")
records: Any = importlib.import_module("statgate.records")
errors: Any = importlib.import_module("statgate.errors")

VERDICTS = {
    "SHIP": Verdict.PROMOTED,
    "BLOCK": Verdict.BLOCKED,
    "INCONCLUSIVE": Verdict.INCONCLUSIVE,
}
# Its interval is two-sided: 1 - alpha.
ALPHA = {"usual": 0.1, "default": 0.05}


def _margin(data: DataSet) -> float:
    if data.is_clustered:
        raise CannotAskError("no clusters")
    return data.margin if data.claim is Claim.NO_WORSE else 0.0


def judge(data: DataSet, asking: str, _: Path) -> Answer:
    settings = statgate.GateSettings(margin=_margin(data), alpha=ALPHA[asking], seed=data.seed)
    arms = [
        [records.EvalRecord(case_id=row.id, score=data.signed(row)) for row in rows]
        for _, rows in data.arms()
    ]
    report = statgate.evaluate_gate(*arms, settings)
    return Answer(verdict=VERDICTS[report.verdict.value], why=report.analysis)


def prepare(data: DataSet, asking: str, folder: Path) -> list[str]:
    margin = _margin(data)
    for arm, rows in data.arms():
        lines = [json.dumps({"case_id": row.id, "score": data.signed(row)}) + "\n" for row in rows]
        (folder / f"{arm}.jsonl").write_text("".join(lines))
    program = str(Path(sys.executable).parent / "statgate")
    options = ["--margin", str(margin), "--alpha", str(ALPHA[asking]), "--seed", str(data.seed)]
    return [program, "compare", "baseline.jsonl", "candidate.jsonl", *options]


EXITS = {
    0: Verdict.PROMOTED,
    1: Verdict.BLOCKED,
    2: Verdict.INCONCLUSIVE,
    3: Verdict.REFUSED,  # "operational failures", too little data among them
}

if __name__ == "__main__":
    serve(
        Tool(
            package="statgate",
            judge=judge,
            prepare=prepare,
            read=by_exit(EXITS),
            refusals=(errors.StatgateError,),
        )
    )
