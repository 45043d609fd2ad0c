"""Cost of reading: two arms of JSON lines, five metrics extracted and paired by id.

Usage: python benchmarks/io_join.py [rows]
"""

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import pair_by_id
from pytest_evalgate.artifacts.request import SampleRequest


METRICS = ("correct", "score", "latency_ms", "tokens", "cost")


def write(path: Path, rows: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  (made data)
    ids = [f"item-{index:07d}" for index in range(rows)]
    rng.shuffle(ids)
    with path.open("w", encoding="utf-8") as stream:
        for name in ids:
            row = {
                "id": name,
                "correct": rng.random() < 0.8,
                "score": rng.random(),
                "latency_ms": rng.lognormvariate(5, 1),
                "tokens": rng.randrange(10, 900),
                "cost": rng.random() / 100,
                "model": "a-model-of-ours",
                "answer": "The answer is 42.",
            }
            stream.write(json.dumps(row) + "\n")


def load(folder: Path, arm: str) -> ArmTable:
    request = ArmRequest(
        artifact="evals", arm=arm, paths=(f"{arm}.jsonl",), base=folder, root=folder
    )
    return load_arm(request, ("id", *METRICS))


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed, arm in enumerate(("candidate", "baseline")):
            write(folder / f"{arm}.jsonl", rows, seed)
        size = sum(path.stat().st_size for path in folder.iterdir())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        arms = [load(folder, arm) for arm in ("candidate", "baseline")]
        loaded = time.process_time()
        pairs = 0
        for metric in METRICS:
            request = SampleRequest(value=metric, id=("id",))
            pairs += len(pair_by_id(*(extract(arm, request) for arm in arms)).ids)
        done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"2 x {rows} rows, {size / 2**20:.1f} MiB, {pairs} pairs of {len(METRICS)} metrics")
    print(f"load {loaded - start:.2f} s CPU, extract and pair {done - loaded:.2f} s CPU")
    print(f"peak memory {peak / 1024:.0f} MiB, {(peak - before) / 1024:.0f} MiB above the start")


if __name__ == "__main__":
    main()
