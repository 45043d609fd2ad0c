"""False promotions, damaged data and cost: this project beside its peers, on the same data.

``python benchmarks/peers/run.py --folder TMP`` makes the environments under TMP, runs everything
at nice 10, one tool at a time, and writes results.json and the tables of README.md. An interrupted
run goes on where it stopped (TMP/parts).
"""

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final


ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.peers.cells import CELLS, SEED, damaged  # noqa: E402 - after the path is set
from benchmarks.peers.commands import agreement, cost, run  # noqa: E402
from benchmarks.peers.contestants import CONTESTANTS, SLOW_SHARE, Contestant  # noqa: E402
from benchmarks.peers.counting import tally  # noqa: E402
from benchmarks.peers.environments import Worker, make_environments, revision_of_ours  # noqa: E402
from benchmarks.peers.rows import Verdict  # noqa: E402
from benchmarks.peers.tables import write_tables  # noqa: E402


HERE: Final = Path(__file__).resolve().parent


def rates(worker: Worker, contestant: Contestant, sets: int) -> dict[str, Any]:
    """Judge every cell by the library."""
    found = {}
    for name in contestant.cells:
        first = worker.judge(CELLS[name].data(0), contestant.asking)
        if first.verdict is Verdict.CANNOT:
            found[name] = {"sets": 0, "counts": {}, "cannot": first.why}
            continue
        n = round(sets * SLOW_SHARE) if name in contestant.slow else sets
        others = (worker.judge(CELLS[name].data(i), contestant.asking) for i in range(1, n))
        found[name] = tally([first, *others])
    return found


def on_damage(worker: Worker, contestant: Contestant, folder: Path) -> dict[str, Any]:
    """Judge damaged data by the tool's command, or by its library where it has none."""
    found: dict[str, Any] = {}
    for words, data in damaged(contestant.own_claim).items():
        at = folder / "damaged" / contestant.tool / words.replace(" ", "-")
        answer = worker.judge(data, contestant.asking)
        command = worker.prepare(data, contestant.asking, at) if contestant.has_command else None
        if command is not None:
            status, _, _ = run(command, at)
            by_command = worker.read(status, at)
            found[words] = {"verdict": by_command.verdict, "library": answer.verdict}
        else:
            found[words] = {"verdict": answer.verdict}
        found[words]["words"] = answer.why
    return found


def measure(contestant: Contestant, folder: Path, sets: int) -> dict[str, Any]:
    """Return all that is measured of one contestant, but the agreement of its commands."""
    with Worker(folder, contestant.tool) as worker:
        found: dict[str, Any] = {
            "tool": contestant.tool,
            "stated": contestant.stated,
            "about": worker.ask(do="hello"),
            "cells": rates(worker, contestant, sets),
        }
        if contestant.asking == "usual":
            found["claim"] = contestant.own_claim
            found["damaged"] = on_damage(worker, contestant, folder)
            found["cost"] = cost(worker, contestant, folder)
    return found


def compare_commands(contestant: Contestant, folder: Path, sets: int) -> dict[str, Any]:
    """Hold a contestant's command against its library."""
    with Worker(folder, contestant.tool) as worker:
        return agreement(worker, contestant, folder, sets)


def kept(path: Path, measured: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what an interrupted run has measured already, or measure it now."""
    if not path.exists():
        start = time.monotonic()
        found = {**measured(), "seconds": 0}
        found["seconds"] = round(time.monotonic() - start)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found))
        print(f"{path.stem}: {found['seconds']} s", flush=True)
    parsed: dict[str, Any] = json.loads(path.read_text())
    return parsed


def contest(folder: Path, options: argparse.Namespace, failed: set[str]) -> dict[str, Any]:
    """Measure every contestant that could be installed, then their commands."""
    present = [one for one in CONTESTANTS if one.tool not in failed]
    parts = folder / "parts"
    found = {}
    for one in present:
        path = parts / f"{one.name}, {options.sets} sets.json"
        found[one.name] = kept(path, partial(measure, one, folder, options.sets))
    for one in present:
        if one.asking == "usual" and one.has_command and options.cli:
            path = parts / f"{one.name}, {options.cli} commands.json"
            commands = kept(path, partial(compare_commands, one, folder, options.cli))
            found[one.name]["command"] = commands
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for environments and files")
    parser.add_argument("--sets", type=int, default=1_000, help="data sets a cell, by library")
    parser.add_argument("--cli", type=int, default=100, help="data sets a tool, by command line")
    parser.add_argument("--output", type=Path, default=HERE, help="for results.json and README.md")
    return parser.parse_args()


def main() -> None:
    options = _options()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    failed = make_environments(folder)
    found = contest(folder, options, set(failed))
    seconds = [
        one["seconds"] + one.get("command", {"seconds": 0})["seconds"] for one in found.values()
    ]
    results = {
        "made": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "revision": revision_of_ours(folder),
        "seed": SEED,
        "sets": options.sets,
        "cli": options.cli,
        "minutes": round(sum(seconds) / 60, 1),
        "not_installed": failed,
        "contestants": found,
    }
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (options.output / "results.json").write_text(text)
    write_tables(results, options.output / "README.md")


if __name__ == "__main__":
    main()
