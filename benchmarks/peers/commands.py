"""Whole commands: their verdict on the library's data sets, their CPU time and peak memory."""

import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.peers.cells import CELLS, cost_data
from benchmarks.peers.contestants import Contestant
from benchmarks.peers.environments import Worker


TURNS = 5


def run(command: list[str], folder: Path) -> tuple[int, float, float]:
    """Run a command; return its exit status, CPU seconds and peak MiB."""
    # compiled files are kept, as they usually are
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with subprocess.Popen(
        command, cwd=folder, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def agreement(worker: Worker, contestant: Contestant, folder: Path, sets: int) -> dict[str, Any]:
    """Judge data sets by command and by library; spread ``sets`` over the cells that it can ask."""
    at = folder / "commands" / contestant.tool
    cells = [name for name in contestant.cells if _can(worker, contestant, name, at)]
    differing, judged = [], 0
    for number in range(sets):
        name = cells[number % len(cells)]
        data = CELLS[name].data(number // len(cells))
        command = worker.prepare(data, contestant.asking, at)
        if command is None:
            raise RuntimeError(f"{contestant.name} asked {name} once and cannot again")
        status, _, _ = run(command, at)
        said = worker.read(status, at)
        judged += 1
        if (expected := worker.judge(data, contestant.asking)).verdict is not said.verdict:
            differing.append(f"{name}: command {said.verdict}, library {expected.verdict}")
    return {"cells": len(cells), "sets": judged, "same": judged - len(differing), "not": differing}


def _can(worker: Worker, contestant: Contestant, name: str, folder: Path) -> bool:
    return worker.prepare(CELLS[name].data(0), contestant.asking, folder) is not None


def cost(worker: Worker, contestant: Contestant, folder: Path) -> dict[str, Any]:
    """Return median CPU seconds and peak MiB of the command on 2,000 pairs of 0/1."""
    at = folder / "cost" / contestant.tool
    command = worker.prepare(cost_data(), contestant.asking, at)
    if command is None:
        raise RuntimeError(f"{contestant.name} cannot ask of pairs")
    runs = [run(command, at) for _ in range(TURNS + 1)][1:]  # the first fills caches
    cpu = [seconds for _, seconds, _ in runs]
    return {
        "exit": runs[0][0],
        "cpu_s": round(statistics.median(cpu), 2),
        "cpu_s_range": [round(min(cpu), 2), round(max(cpu), 2)],
        "peak_mib": round(max(peak for _, _, peak in runs)),
    }
