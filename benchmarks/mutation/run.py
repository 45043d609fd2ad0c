"""Mutation tests: does any test notice a small change of the code?

``python benchmarks/mutation/run.py`` tries every mutant of the modules of ``FULL``, and
``--sample 300`` that many of the rest of stats/ and gate/, drawn in a seeded order.
``--survivors`` tries again those that lived. Both write ``results.json``; ``--readme`` writes the
table of README.md from it. Mutants live in copies of the project in a temporary folder.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any


PROJECT = Path(__file__).resolve().parents[2]
if str(PROJECT) not in sys.path:
    sys.path.insert(0, str(PROJECT))
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # forks share no threads

from benchmarks.mutation import coverage_map, readme, trial  # noqa: E402
from benchmarks.mutation.mutants import Mutant, enums, mutants  # noqa: E402


SEED = 20_261_122
FULL = ("gate/verdict.py", "gate/choose.py", "stats/correction.py", "stats/proportions.py")
LAYERS = ("gate", "stats")
RESULTS = Path(__file__).with_name("results.json")
PACKAGE = Path("src", "pytest_evalgate")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".hypothesis", "__pycache__", "*_cache", "evalgate-report"
)
Record = dict[str, Any]


def sampled(size: int, package: Path) -> list[Mutant]:
    """Return the first mutants of the rest of the layers, in an order that the seed decides."""
    known = enums(package)
    found = []
    for layer in LAYERS:
        for path in sorted((package / layer).glob("*.py")):
            module = f"{layer}/{path.name}"
            if module not in FULL:
                found += mutants(package, module, known)
    random.Random(SEED).shuffle(found)  # noqa: S311 - a sample, no secret
    return found[:size]


def complete(modules: Sequence[str], package: Path) -> list[Mutant]:
    """Return every mutant of these modules."""
    known = enums(package)
    return [one for module in modules for one in mutants(package, module, known)]


@contextmanager
def copies(project: Path, count: int) -> Iterator[list[Path]]:
    """Copy the project into a temporary folder, once for each process."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        roots = [Path(folder) / f"copy{i}" for i in range(count)]
        for root in roots:
            shutil.copytree(project, root, ignore=LEFT_OUT)
        yield roots


def work(root: Path, todo: Sequence[Mutant], tests: coverage_map.TestMap, shared: Any) -> None:
    """Take the next mutant until none is left; send what happened."""
    following, queue, budget = shared
    killers: dict[str, list[str]] = {}
    verified: set[str] = set()
    while True:
        with following.get_lock():
            index = following.value
            following.value += 1
        if index >= len(todo):
            queue.put(None)
            return
        names = tests.tests(todo[index].module, todo[index].first, todo[index].last, budget=budget)
        known = killers.setdefault(todo[index].module, [])
        outcome = attempt(root, todo[index], names, known)
        killer = outcome.killed_by
        if killer is not None and killer in tests.seconds:
            if killer not in verified:
                verify(root, killer)
                verified.add(killer)
            known[:] = [killer, *(one for one in known if one != killer)][:5]
        queue.put(record(index, todo[index], outcome, covered=bool(names)))


def attempt(
    root: Path, mutant: Mutant, names: Sequence[str], known: Sequence[str]
) -> trial.Outcome:
    """Try a mutant: the tests that killed its neighbours, those of its own file, the others."""
    first = [one for one in known if one in names]
    own = [one for one in names if coverage_map.is_own(one, mutant.module) and one not in first]
    early = [*first, *own]
    others = [one for one in names if one not in set(early)]
    return trial.try_mutant(root, mutant, [*early, *others], len(early))


def verify(root: Path, killer: str) -> None:
    """Prove that a test which killed passes on the unchanged package."""
    if trial.try_mutant(root, None, [killer], 1).killed_by is not None:
        raise RuntimeError(f"{killer} fails on the unchanged package")


def record(index: int, mutant: Mutant, outcome: trial.Outcome, *, covered: bool) -> Record:
    """Return what results.json says of one mutant."""
    shown = asdict(mutant)
    for name in ("first", "last", "start", "end"):
        del shown[name]
    return {
        "index": index,
        **shown,
        "killed_by": outcome.killed_by,
        "covered": covered,
        "tests": outcome.tests,
        "seconds": round(outcome.seconds, 2),
    }


def judge(
    todo: Sequence[Mutant], tests: coverage_map.TestMap, asked: argparse.Namespace
) -> list[Record]:
    """Try mutants in their order until time is over; return a record of each."""
    context = multiprocessing.get_context("fork")
    following, queue = context.Value("i", 0), context.Queue()
    found: list[Record] = []
    budget = coverage_map.SAMPLED if asked.sample else coverage_map.BUDGET
    start = time.monotonic()
    with copies(asked.project, asked.jobs) as roots:
        workers = [
            context.Process(target=work, args=(root, todo, tests, (following, queue, budget)))
            for root in roots
        ]
        for worker in workers:
            worker.start()
        running = asked.jobs
        while running:
            one = queue.get(timeout=3 * trial.WALL_SECONDS)
            if one is None:
                running -= 1
                continue
            found.append(one)
            progress(found, len(todo), time.monotonic() - start)
            if time.monotonic() - start > 60 * asked.minutes:
                following.value = len(todo)
        for worker in workers:
            worker.join()
    return sorted(found, key=lambda one: one["index"])


def progress(found: Sequence[Record], total: int, seconds: float) -> None:
    """Say which mutant lived, and every 25 how far it is."""
    last = found[-1]
    if last["killed_by"] is None:
        print(f"survived: {key(last)}", flush=True)
    if len(found) % 25 == 0 or len(found) == total:
        killed = sum(one["killed_by"] is not None for one in found)
        left = seconds / len(found) * (total - len(found))
        print(
            f"{len(found)}/{total}: {killed} killed, {seconds:.0f} s, {left:.0f} s left", flush=True
        )


def key(one: Record) -> str:
    """Return the name of a recorded mutant."""
    return f"{one['module']}:{one['line']} {one['operator']}: {one['before']} -> {one['after']}"


def merged(old: Sequence[Record], new: Sequence[Record], *, part: str) -> list[Record]:
    """Replace what was tried again, and add the rest."""
    known = {(one["part"], one["module"], one["index"]): one for one in old}
    for one in new:
        known[part, one["module"], one["index"]] = {"part": part, **one}
    return [known[name] for name in sorted(known)]


def again(todo: Sequence[Mutant], old: Sequence[Record], part: str) -> list[Mutant]:
    """Return those of the mutants that lived before."""
    lived = {key(one) for one in old if one["part"] == part and one["killed_by"] is None}
    return [one for one in todo if one.name in lived]


def main() -> None:
    """Try mutants, and write what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="*", default=list(FULL))
    parser.add_argument("--sample", type=int, default=0, help="of the rest of the layers")
    parser.add_argument("--survivors", action="store_true", help="only those that lived")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=600.0, help="stop after so many")
    parser.add_argument("--project", type=Path, default=PROJECT, help="whose copies are changed")
    parser.add_argument("--map", type=Path, default=None, help="file of the coverage map")
    parser.add_argument("--examples", type=int, default=25, help="of a Hypothesis test, at most")
    parser.add_argument("--readme", action="store_true", help="write README.md only")
    asked = parser.parse_args()
    old = json.loads(RESULTS.read_text(encoding="utf-8"))["mutants"] if RESULTS.exists() else []
    if not asked.readme:
        old = tried(asked, old)
        lines = ",\n  ".join(json.dumps(one) for one in old)
        text = f'{{"seed": {SEED}, "mutants": [\n  {lines}\n]}}\n'
        RESULTS.write_text(text, encoding="utf-8")
    readme.write(old, seed=SEED)


def tried(asked: argparse.Namespace, old: list[Record]) -> list[Record]:
    """Try what was asked for; return old and new records."""
    part = "sample" if asked.sample else "full"
    package = asked.project / PACKAGE
    todo = sampled(asked.sample, package) if asked.sample else complete(asked.modules, package)
    numbers = places(todo, by_module=part == "full")
    chosen = again(todo, old, part) if asked.survivors else todo
    trial.prepare(asked.examples)
    tests = test_map(asked)
    found = judge(chosen, tests, asked)
    for one in found:
        one["index"] = numbers[chosen[one["index"]]]
    return merged(old, found, part=part)


def places(todo: Sequence[Mutant], *, by_module: bool) -> dict[Mutant, int]:
    """Number the mutants: each module from 0, or the whole sample."""
    counts: dict[str, int] = {}
    found = {}
    for one in todo:
        group = one.module if by_module else ""
        found[one] = counts[group] = counts.get(group, -1) + 1
    return found


def test_map(asked: argparse.Namespace) -> coverage_map.TestMap:
    """Return the map of the tests, measured if there is no file of it."""
    if asked.map is not None and asked.map.exists():
        return coverage_map.load(asked.map)
    with copies(asked.project, len(coverage_map.TESTS)) as roots:
        found = coverage_map.measure(roots, coverage_map.TESTS)
    if asked.map is not None:
        coverage_map.save(found, asked.map)
    return found


if __name__ == "__main__":
    main()
