"""Reads two arms, pairs them by id, and prints the mean difference of five metrics.

Usage: python benchmarks/io/contenders.py {standard,pandas,polars} FOLDER {jsonl,csv,parquet}

A script that a team may write instead of a gate: no check of ids, values or duplicates but that
the ids match, and no statistics.
"""

import csv
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path


METRICS = ("correct", "safe", "score", "latency_ms", "tokens")
ARMS = ("candidate", "baseline")


def standard(folder: Path, form: str) -> Mapping[str, float]:
    """The standard library: a dictionary of rows by id."""
    arms = []
    for arm in ARMS:
        with (folder / f"{arm}.{form}").open(encoding="utf-8", newline="") as stream:
            rows = map(json.loads, stream) if form == "jsonl" else csv.DictReader(stream)
            arms.append({row["id"]: row for row in rows})
    candidate, baseline = arms
    if candidate.keys() != baseline.keys():
        raise SystemExit("ids differ")
    return {
        metric: sum(
            _number(row[metric]) - _number(baseline[name][metric])
            for name, row in candidate.items()
        )
        / len(candidate)
        for metric in METRICS
    }


def _number(cell: object) -> float:
    text = str(cell).lower()  # True of JSON, `true` of CSV
    return float(text == "true") if text in {"true", "false"} else float(text)


def with_pandas(folder: Path, form: str) -> Mapping[str, float]:
    """pandas: two frames, merged one to one."""
    import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415

    read: dict[str, Callable[[Path], pd.DataFrame]] = {
        "jsonl": lambda path: pd.read_json(path, lines=True),
        "csv": pd.read_csv,
        "parquet": pd.read_parquet,
    }
    frames = [read[form](folder / f"{arm}.{form}") for arm in ARMS]
    pairs = frames[0].merge(frames[1], on="id", validate="one_to_one", suffixes=("_c", "_b"))
    if not len(pairs) == len(frames[0]) == len(frames[1]):
        raise SystemExit("ids differ")
    return {
        metric: float(
            (pairs[f"{metric}_c"].astype(float) - pairs[f"{metric}_b"].astype(float)).mean()
        )
        for metric in METRICS
    }


def with_polars(folder: Path, form: str) -> Mapping[str, float]:
    """polars: two frames, joined one to one."""
    import polars as pl  # noqa: PLC0415

    read: dict[str, Callable[[Path], pl.DataFrame]] = {
        "jsonl": pl.read_ndjson,
        "csv": pl.read_csv,
        "parquet": pl.read_parquet,
    }
    frames = [read[form](folder / f"{arm}.{form}") for arm in ARMS]
    pairs = frames[0].join(frames[1], on="id", validate="1:1", suffix="_b")
    if not len(pairs) == len(frames[0]) == len(frames[1]):
        raise SystemExit("ids differ")
    differences = (
        (pl.col(metric).cast(pl.Float64) - pl.col(f"{metric}_b").cast(pl.Float64))
        .mean()
        .alias(metric)
        for metric in METRICS
    )
    return dict(zip(METRICS, pairs.select(*differences).row(0), strict=True))


def main() -> None:
    name, folder, form = sys.argv[1:4]
    found = {"standard": standard, "pandas": with_pandas, "polars": with_polars}[name]
    for metric, mean in found(Path(folder), form).items():
        print(metric, f"{mean:+.6f}")


if __name__ == "__main__":
    main()
