"""What must hold for any rows and any bytes."""

import csv
import io
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.jsonl import rows as json_lines
from pytest_evalgate.artifacts.readers.registry import choose, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import ArtifactError, SampleError
from pytest_evalgate.formats import BUILT_IN


Row = dict[str, Any]
COLUMNS = ("id", "seed", "epoch", "group", "v")

texts = st.text(st.characters(categories=["L", "N", "P", "Zs"], max_codepoint=0x2FFF), min_size=1)
ids = texts.filter(lambda text: bool(text.strip()))
values = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == float(repr(x)))
tables = st.lists(
    st.tuples(ids, st.integers(0, 2), st.integers(0, 2), values),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[:3],
).map(
    lambda rows: [
        {"id": name, "seed": seed, "epoch": epoch, "group": f"g{len(name) % 3}", "v": value}
        for name, seed, epoch, value in rows
    ]
)
requests = st.sampled_from(
    [
        SampleRequest(value="v"),
        SampleRequest(value="v", cluster=("group",)),
        SampleRequest(value="v", id=("id",), run="seed", repeat="epoch", cluster=("group",)),
        SampleRequest(value="v", id=("id", "seed"), repeat="epoch"),
        SampleRequest(value="v", id=("id", "seed", "epoch"), scale=0.01),
    ]
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def load(folder: Path, content: str | bytes, file: str, reader: str) -> ArmTable:
    data = content.encode() if isinstance(content, str) else content
    (folder / file).write_bytes(data)
    request = ArmRequest(
        artifact="a", arm="c", paths=(file,), base=folder, root=folder, reader=reader
    )
    return load_arm(request, COLUMNS)


def as_jsonl(rows: list[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_json(rows: list[Row]) -> str:
    return json.dumps(rows, indent=1, ensure_ascii=False)


def as_csv(rows: list[Row]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def same(left: Sample, right: Sample) -> bool:
    return (
        left.values.tobytes() == right.values.tobytes()
        and (left.ids, left.runs, left.clusters) == (right.ids, right.runs, right.clusters)
        and (left.rows, left.repeats, left.is_binary)
        == (right.rows, right.repeats, right.is_binary)
    )


@given(tables, requests, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_changes_nothing(
    folder: Path, rows: list[Row], request: SampleRequest, rng: random.Random
) -> None:
    sample = extract(load(folder, as_jsonl(rows), "x", "jsonl"), request)
    rng.shuffle(rows)
    assert same(sample, extract(load(folder, as_jsonl(rows), "x", "jsonl"), request))


@given(tables, requests)
@settings(max_examples=150, deadline=None)
def test_all_formats_give_the_same_sample(
    folder: Path, rows: list[Row], request: SampleRequest
) -> None:
    sample = extract(load(folder, as_jsonl(rows), "x", "jsonl"), request)
    assert same(sample, extract(load(folder, as_json(rows), "x", "json"), request))
    assert same(sample, extract(load(folder, as_csv(rows), "x", "csv"), request))


@given(tables)
@settings(max_examples=100, deadline=None)
def test_a_unit_is_the_mean_of_its_repeats(folder: Path, rows: list[Row]) -> None:
    request = SampleRequest(value="v", id=("id",), run="seed", repeat="epoch")
    sample = extract(load(folder, as_jsonl(rows), "x", "jsonl"), request)
    units: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        units.setdefault((row["id"], str(row["seed"])), []).append(row["v"])
    assert list(zip(sample.ids or (), sample.runs or (), strict=True)) == sorted(units)
    expected = [np.mean(units[key]) for key in sorted(units)]
    assert sample.values == pytest.approx(expected, rel=1e-12, abs=1e-9)


@given(
    st.recursive(
        st.integers(0, 3),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", ":", "b"]), inner),
        max_leaves=20,
    )
)
@settings(max_examples=200, deadline=None)
def test_strict_json_reads_what_json_reads(value: object) -> None:
    line = json.dumps({"v": value, "text": ': "a": {['})
    ((_, row),) = json_lines(line.encode() + b"\n", "x")
    assert row == json.loads(line)


ROWS: list[Row] = [
    {"id": f"q{i}", "seed": i % 2, "epoch": i, "group": "ä:\u2028", "v": i / 4, "w": {"a": [1]}}
    for i in range(5)
]
SEEDS = {
    "jsonl": as_jsonl(ROWS).encode(),
    "json": as_json(ROWS).encode(),
    "csv": as_csv([{key: row[key] for key in COLUMNS} for row in ROWS]).encode(),
    "tsv": b"id\tseed\tepoch\tgroup\tv\nq0\t0\t0\tg\t0.5\nq1\t1\t1\tg\t\n",
}
PIECES = [
    *(b"\0", b"\n", b"\r", b'"', b",", b";", b"\t", b"{", b"}", b"[", b"]", b":", b"\\", b"\xff"),
    *(b"NaN", b"Infinity", b"1e400", b"-1", b"null", b"true", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *(b'"v": 1, ', b'"id": "q1", ', b"9" * 5000, b"[" * 2000, b"\\ud800", b"#", b"\xe2\x80\xa8"),
]


def mutated(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        at, other = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            data = data[:at] + rng.choice(PIECES) + data[at:]
        elif kind == 1:
            data = data[: min(at, other)] + data[max(at, other) :]
        elif kind == 2:
            data = data[:at] + data[min(at, other) : max(at, other)] + data[at:]
        elif kind == 3:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        else:
            data = data[:at] + rng.choice(PIECES) + data[at + 1 :]
    return data


def fuzz(folder: Path, count: int, seed: int) -> int:
    """Read mutated files; return how many could be read to the end."""
    rng = random.Random(seed)
    read = 0
    names = sorted(SEEDS)
    crossed = SampleRequest(value="v", id=("id",), run="seed", repeat="epoch", cluster=("group",))
    for number in range(count):
        name = names[number % len(names)]
        data = mutated(SEEDS[name], rng)
        reader = name if rng.random() < 0.7 else "auto"
        with suppress(ArtifactError, SampleError):
            table = load(folder, data, "x", reader)
            extract(table, crossed if rng.random() < 0.8 else SampleRequest(value="v"))
            read += 1
    return read


def test_mutated_files_raise_nothing_but_our_errors(folder: Path) -> None:
    assert 0 < fuzz(folder, 2_000, seed=1) < 2_000


@pytest.mark.slow
def test_very_many_mutated_files_raise_nothing_but_our_errors(folder: Path) -> None:
    assert 0 < fuzz(folder, 200_000, seed=2) < 200_000


@given(st.binary(max_size=200), st.sampled_from([*BUILT_IN, "auto"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_raise_nothing_but_our_errors(data: bytes, name: str) -> None:
    with suppress(ArtifactError):
        content = Content(path="x", data=data)
        list(parse(choose(name, data, "x"), content).rows)
