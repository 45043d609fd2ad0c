"""Damages files of every format very many times: `python benchmarks/fuzz/run.py [FORMAT ...]`.

In full: 200,000 cases of each text format, 20,000 of each binary one. Every case has a seed of its
own, so that a fault can be seen again with `--seed S --case N FORMAT`. Ends in 1 at a fault.
"""

import argparse
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path


ROOT = Path(__file__).parents[2]
for folder in (ROOT / "tests" / "support", ROOT / "src"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from fuzzing import BINARY, Tally, fuzz  # noqa: E402 - found by the lines above

from pytest_evalgate.formats import BUILT_IN  # noqa: E402


README = Path(__file__).with_name("README.md")
COLUMNS = (
    "format", "cases", "read to the end", "judged", "slowest s", "cases a second", "peak MiB",
    "faults",
)  # fmt: skip
MARK = "<!-- results -->\n"
TEXT_CASES, BINARY_CASES = 200_000, 20_000
HEAD = (f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|")
MEMORY = 3 << 30  # bytes of address space that reading small files may take, libraries included


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="default: all of them")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--share", type=float, default=1.0, help="of the full number of cases")
    parser.add_argument("--case", type=int, help="run this case alone")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    names = options.formats or list(BUILT_IN)
    lines = list(HEAD)
    is_sound = True
    with ProcessPoolExecutor(options.workers, max_tasks_per_child=1) as pool:
        jobs = pool.map(run, names, repeat(options.seed), repeat(options.share),
                        repeat(options.case))  # fmt: skip
        for name, (tally, seconds, peak) in zip(names, jobs, strict=True):
            lines.append(row(name, tally, seconds, peak))
            print(lines[-1], flush=True)
            for fault in tally.faults:
                is_sound = False
                print(f"  {name} --seed {fault.seed} --case {fault.case}: {fault.words[:300]}")
    if options.write:
        write("\n".join(lines), options.seed)
    return 0 if is_sound else 1


def run(name: str, seed: int, share: float, case: int | None) -> tuple[Tally, float, int]:
    """Fuzz one format in a process of its own, within a budget of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    count = int((BINARY_CASES if name in BINARY else TEXT_CASES) * share)
    cases = range(count) if case is None else range(case, case + 1)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=next(fast_folders(), None)) as work:
        tally = fuzz(name, cases, seed=seed, work=Path(work))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return tally, time.perf_counter() - start, peak


def fast_folders() -> Iterator[str]:
    if Path("/dev/shm").is_dir():  # noqa: S108 - memory, not a disk; the name in it is random
        yield "/dev/shm"  # noqa: S108


def row(name: str, tally: Tally, seconds: float, peak: int) -> str:
    if not tally.seeds:
        return f"| {name} | no sound file to damage | | | | | | |"
    return (
        f"| {name} | {tally.cases:,} | {tally.read:,} | {tally.judged:,} | {tally.slowest:.2f} "
        f"| {tally.cases / seconds:,.0f} | {peak} | {len(tally.faults)} |"
    )


def write(table: str, seed: int) -> None:
    before = README.read_text(encoding="utf-8").partition(MARK)[0]
    told = f"Seed {seed}, Python {platform.python_version()}, one worker.\n\n{table}\n"
    README.write_text(before + MARK + "\n" + told, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
