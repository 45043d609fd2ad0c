"""evalstats: a comparison with an interval and "significant"; no gate, no margin, no verdict."""

import importlib
import sys
import warnings
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import Answer, CannotAskError, Claim, DataSet, Verdict, by_interval
from benchmarks.peers.workers.serve import Tool, by_exit, serve


evalstats: Any = importlib.import_module("evalstats")
pandas: Any = importlib.import_module("pandas")

ALPHA = 0.1  # two-sided


def _table(data: DataSet) -> Any:
    if data.is_clustered:
        raise CannotAskError("no clusters")
    rows = [
        # unpaired runs: every run an item of its own
        {"model": arm, "item": f"{arm}-{row.id}" if data.is_unpaired else row.id}
        | {"score": data.signed(row)}
        for arm, rows in data.arms()
        for row in rows
    ]
    return pandas.DataFrame(rows)


def judge(data: DataSet, _: str, __: Path) -> Answer:
    table = _table(data)
    design = "unpaired" if data.is_unpaired else "auto"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = evalstats.compare(
            evalstats.load_from(table), factors="model", alpha=ALPHA, design=design
        )
    (pair,) = found.to_dict()["pairwise"]
    # the pair is (a - b); the effect here is candidate - baseline
    low, high = pair["ci_low"], pair["ci_high"]
    if pair["a"] == "baseline":
        low, high = -high, -low
    if data.claim is Claim.NO_WORSE:
        return by_interval(low, high, data.margin)
    if not pair["significant"]:
        return Answer(verdict=Verdict.INCONCLUSIVE)
    return Answer(verdict=Verdict.PROMOTED if low + high > 0 else Verdict.BLOCKED)


def prepare(data: DataSet, _: str, folder: Path) -> list[str]:
    """Return the command, for its cost alone: it reports, and exits with 0 whatever it finds."""
    _table(data).to_csv(folder / "scores.csv", index=False)
    program = str(Path(sys.executable).parent / "evalstats")
    return [program, "analyze", "scores.csv", "--ci", str(1 - ALPHA), "--p-values", "--brief"]


if __name__ == "__main__":
    serve(
        Tool(
            package="evalstats",
            judge=judge,
            prepare=prepare,
            read=by_exit({}),
            refusals=(ValueError,),  # its typed errors are all of this type
        )
    )
