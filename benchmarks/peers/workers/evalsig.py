"""evalsig: its gate asks for "better"; its one-sided interval is read where a margin is asked."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.peers.rows import Answer, CannotAskError, Claim, DataSet, Row, Verdict, by_interval
from benchmarks.peers.workers.serve import Tool, serve


evalsig: Any = importlib.import_module("evalsig")
types: Any = importlib.import_module("evalsig.types")
unpaired: Any = importlib.import_module("evalsig.inference.unpaired")

ALPHA = 0.05  # its gate is one-sided
LEAST = 1e-6  # smallest improvement: as good as 0, which it divides by
VERDICTS = {
    "ALLOW": Verdict.PROMOTED,
    "REJECT": Verdict.BLOCKED,
    "INCONCLUSIVE": Verdict.INCONCLUSIVE,
}
EXITS = {0: "ALLOW", 1: "REJECT", 2: "INCONCLUSIVE"}
DATA_ERROR = 65


def _frame(data: DataSet, arm: str, rows: tuple[Row, ...]) -> Any:
    items = [
        types.ItemResult(item_id=row.id, score=data.signed(row), cluster_id=row.cluster)
        for row in rows
    ]
    return types.RunFrame(run_id=arm, model_id=arm, task_id="t", metric_name="m", items=items)


def judge(data: DataSet, asking: str, _: Path) -> Answer:
    if data.is_unpaired:
        return _unpaired(data)
    frames = [_frame(data, arm, rows) for arm, rows in data.arms()]
    how = {
        "method": "auto" if asking == "usual" else asking,
        "cluster": "document" if data.is_clustered else None,
        "alpha": ALPHA,
        "one_sided": True,
        "rng": data.seed,
    }
    if data.claim is Claim.NO_WORSE:
        low, high = evalsig.compare(*frames, **how).ci
        return by_interval(low, high, data.margin)
    report = evalsig.gate(*frames, min_delta=LEAST, **how)
    return Answer(verdict=VERDICTS[report.verdict.value], why=report.comparison.method)


def _unpaired(data: DataSet) -> Answer:
    """Ask its Welch test, which its gate does not reach."""
    arms = [np.array([data.signed(row) for row in rows]) for _, rows in data.arms()]
    found = unpaired.unpaired_t_test(*arms, alternative="greater", ci_level=1 - ALPHA)
    verdict = Verdict.PROMOTED if found.p_value < ALPHA else Verdict.INCONCLUSIVE
    return Answer(verdict=verdict, why=found.method)


def prepare(data: DataSet, asking: str, folder: Path) -> list[str]:
    if data.is_unpaired:
        raise CannotAskError("its command line compares pairs only")
    for arm, rows in data.arms():
        items = [
            {"item_id": row.id, "score": data.signed(row), "cluster_id": row.cluster}
            for row in rows
        ]
        frame = {"run_id": arm, "model_id": arm, "task_id": "t", "metric_name": "m"}
        (folder / f"{arm}.json").write_text(json.dumps({**frame, "items": items}))
    (folder / "margin").write_text(str(data.margin if data.claim is Claim.NO_WORSE else 0.0))
    asks = ["gate", "--min-delta", str(LEAST)]
    if data.claim is Claim.NO_WORSE:
        asks = ["compare", "--one-sided"]
    options = ["--baseline", "baseline.json", "--candidate", "candidate.json"]
    options += ["--alpha", str(ALPHA), "--seed", str(data.seed), "--json", "report.json"]
    options += ["--cluster", "document"] if data.is_clustered else []
    options += [] if asking == "usual" else ["--method", asking]
    return [str(Path(sys.executable).parent / "evalsig"), *asks, *options]


def read(status: int, folder: Path) -> Answer:
    margin = float((folder / "margin").read_text())
    if status == 0 and margin:
        low, high = json.loads((folder / "report.json").read_text())["ci"]
        return by_interval(float(low), float(high), margin)
    if status == DATA_ERROR:
        return Answer(verdict=Verdict.REFUSED, why=f"exit {status}")
    said = EXITS.get(status)
    verdict = Verdict.ERROR if said is None else VERDICTS[said]
    return Answer(verdict=verdict, why=f"exit {status}")


if __name__ == "__main__":
    serve(Tool(package="evalsig", judge=judge, prepare=prepare, read=read))
