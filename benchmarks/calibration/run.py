"""Run the calibration: false promotion at the boundary of the null, and power as planned.

``python benchmarks/calibration/run.py`` writes ``results/*.json``: every cell with its rate, its
Clopper-Pearson interval, its replicates and its seed. ``--small`` draws a fiftieth of the
replicates, ``--times 2`` twice as many; ``--only clusters`` runs one file.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any


FOLDER = Path(__file__).resolve().parent
if str(FOLDER.parents[1]) not in sys.path:
    sys.path.insert(0, str(FOLDER.parents[1]))

from benchmarks.calibration import exact, grid, planned, whole_gate  # noqa: E402
from benchmarks.calibration.bands import is_above  # noqa: E402
from benchmarks.calibration.cells import Cell, places, record, simulate  # noqa: E402


SMALL = 1 / 50  # the share of the replicates that a small run draws
AGAIN = 20_000  # replicates of a second look where a cell seems to leave its band
DRAWN = ("permutation", "sign_flip", "cluster_sign_flip", "bootstrap_t", "bca_bootstrap", "swap",
         "mixed_model", "mann_whitney", "brunner_munzel")  # too slow for a second look  # fmt: skip
OWN = ("shares", "power", "whole_gate")  # files that are not simulated cell by cell


def measure(index: int, *, replicates: int) -> tuple[dict[str, object], float]:
    """Simulate one cell of the grid; workers find it by its place."""
    cell = grid.cells()[index]
    start = time.process_time()
    found = record(cell, simulate(cell, replicates=replicates), replicates)
    return found, time.process_time() - start


def write(folder: Path, name: str, records: Sequence[dict[str, object]]) -> None:
    """Write one file of results, a cell a line, so that a change of one shows as one."""
    lines = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in records)
    text = f'{{"group": "{name}", "cells": [\n  {lines}\n]}}\n'
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def own(name: str, *, small: bool) -> tuple[str, list[dict[str, object]]]:
    """Compute a file whose cells are not plain simulations."""
    match name:
        case "shares":
            return name, [one.record() for one in exact.grid(small=small)]
        case "power":
            return name, planned.records(small=small)
        case _:
            return name, whole_gate.records(small=small)


def kept(folder: Path, group: str) -> dict[int, dict[str, object]]:
    """Return the cells of a file of results that are still those of the grid, by their place."""
    path = folder / f"{group}.json"
    if not path.is_file():
        return {}
    known = {cell["seed"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}
    return {
        index: known[cell.seed]
        for index, cell in enumerate(grid.cells())
        if cell.group == group and _is_of(cell, known.get(cell.seed))
    }


def _is_of(cell: Cell, found: dict[str, Any] | None) -> bool:
    if found is None or found["R"] < cell.replicates:
        return False
    return [place for place, _ in found.get("probes", ())] == list(places(cell))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to run."""

    folder: Path
    times: float  # so many times the replicates of every cell
    only: str | None
    jobs: int
    new: bool  # only cells that the results lack

    def replicates(self, index: int) -> int:
        """Return how often a cell is drawn."""
        return max(20, round(grid.cells()[index].replicates * self.times))


def run(asked: Asked) -> float:
    """Run the grid, or one file of it; return the CPU seconds of the simulated cells."""
    groups = [group for group in grid.groups() if asked.only in {None, group}]
    every = [i for i, cell in enumerate(grid.cells()) if cell.group in groups]
    done = {i: one for group in groups if asked.new for i, one in kept(asked.folder, group).items()}
    with ProcessPoolExecutor(asked.jobs) as pool:
        others = [
            pool.submit(own, name, small=asked.times < 1)
            for name in OWN
            if asked.only == name or (asked.only is None and not asked.new)
        ]
        sizes = {i: asked.replicates(i) for i in every if i not in done}
        spent = simulate_all(pool, sizes, done)
        if asked.times >= 1:
            again = {i: AGAIN for i in every if is_above(done[i]) and is_smaller(done[i])}
            spent += simulate_all(pool, again, done)
        found = dict(future.result() for future in others)
    for index in every:
        found.setdefault(grid.cells()[index].group, []).append(done[index])
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name, records in found.items():
        write(asked.folder, name, records)
    return spent


def is_smaller(cell: dict[str, object]) -> bool:
    """Say whether a cell has fewer replicates than a second look draws, and can have more."""
    return isinstance(cell["R"], int) and cell["R"] < AGAIN and cell["method"] not in DRAWN


def simulate_all(
    pool: ProcessPoolExecutor, sizes: dict[int, int], done: dict[int, dict[str, object]]
) -> float:
    """Simulate cells, by their place, with so many replicates; return the CPU seconds."""
    futures = {i: pool.submit(measure, i, replicates=size) for i, size in sizes.items()}
    spent = 0.0
    for index, future in futures.items():
        done[index], seconds = future.result()
        spent += seconds
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a fiftieth of the replicates")
    parser.add_argument("--times", type=float, default=1.0, help="so many times the replicates")
    parser.add_argument("--only", choices=[*grid.groups(), *OWN], help="one file of results")
    parser.add_argument("--new", action="store_true", help="only cells that the results lack")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--out", type=Path, help="folder to write to")
    options = parser.parse_args()
    out = options.out or FOLDER / ("small" if options.small else "results")
    start = time.perf_counter()
    times = SMALL if options.small else options.times
    spent = run(
        Asked(folder=out, times=times, only=options.only, jobs=options.jobs, new=options.new)
    )
    minutes = (time.perf_counter() - start) / 60.0
    print(f"{minutes:.1f} minutes, {spent / 60.0:.1f} of CPU in simulated cells, into {out}")


if __name__ == "__main__":
    main()
