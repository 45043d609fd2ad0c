"""The table engine and the strict reader, side by side: the same sample bit for bit, or error."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_evalgate.artifacts.arms import ArmRequest, load_arm
from pytest_evalgate.artifacts.engine.opening import Sizes
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import check_present, check_same, pair_by_id
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.errors import EvalGateError


NEVER = 1 << 62
COLUMNS = ("id", "score", "ok", "kind")
REQUESTS = (
    SampleRequest(value="score", id=("id",)),
    SampleRequest(value="ok", id=("id",)),
    SampleRequest(value="kind", id=("id",)),
    SampleRequest(value="score"),
    SampleRequest(value="score", id=("id",), cluster=("kind",)),
    SampleRequest(value="score", id=("id",), where=(("kind", ("a", "1")),)),
    SampleRequest(value="score", id=("id",), where=(("ok", ("true",)),)),
    SampleRequest(value="ok", id=("id",), where=(("score", ("1.0", None)),)),
    SampleRequest(value="score", id=("id",), scale=100.0, range=(0.0, 100.0)),
    SampleRequest(value="score", id=("id",), missing="drop", max_missing=0.5),
    SampleRequest(value="score", id=("id",), na=("1",)),
    SampleRequest(value="score", id=("id", "kind")),
    SampleRequest(value="missing", id=("id",)),
)
Answer = Callable[[], object]


def load(path: Path, *, big: int, **more: Any) -> ArmTable:
    request = ArmRequest(
        artifact="evals",
        arm="candidate",
        paths=(path.name,),
        base=path.parent,
        root=path.parent,
        keys=("id",),
        sizes=Sizes(text=big, parquet=big),
        **more,
    )
    return load_arm(request, COLUMNS)


def plain(value: object) -> object:
    """Write a value so that equal means the same to the last bit."""
    if isinstance(value, np.ndarray):
        return (value.dtype.kind, value.tobytes())
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(plain, value))
    return value


def contents(sample: Sample) -> dict[str, object]:
    return {field.name: plain(getattr(sample, field.name)) for field in fields(sample)}


def sampled(table: ArmTable, request: SampleRequest) -> object:
    return contents(extract(table, request))


def cells_of(table: ArmTable, column: str) -> object:
    return [(type(cell), cell) for cell in table.column(column)]


def answered(ask: Answer) -> object:
    try:
        return ask()
    except EvalGateError as error:
        return str(error)


def answers(path: Path, big: int, **more: Any) -> list[object]:
    """Ask everything of a file; an error is its text."""
    try:
        table = load(path, big=big, **more)
    except EvalGateError as error:
        return [str(error)]
    asked: list[Answer] = [partial(sampled, table, request) for request in REQUESTS]
    asked.append(lambda: (table.n, table.rows_read, table.files, table.notes, table.name))
    asked.extend(partial(check_present, table, column) for column in COLUMNS)
    asked.append(lambda: table.distinct(["kind"]))
    asked.append(lambda: table.distinct(["ok", "kind"], (("kind", ("a", "1")),)))
    asked.extend(partial(cells_of, table, column) for column in COLUMNS)
    asked.append(lambda: (table.row_keys(), table.content_keys()))
    asked.append(lambda: sorted(table.columns))
    asked.append(lambda: str(table.locate(0)))
    return [answered(ask) for ask in asked]


def same(path: Path, **more: Any) -> None:
    assert answers(path, 0, **more) == answers(path, NEVER, **more)


TOKENS = (
    b"", b" ", b"\n", b"\r", b"\t", b",", b":", b'"', b"\\", b"{", b"}", b"[", b"]", b"0", b"-",
    b"NaN", b"Infinity", b"null", b"true", b"1e400", b"1e5", b"-0", b"01", b"+1", b".5", b"1.",
    b"0x10", b"9007199254740993", b"99999999999999999999999", b"\x00", b"\xff", b"\xc3\xa9",
    b"\xef\xbb\xbf", b"\\u0041", b"\\ud800", b'"id": 1, ', b'"score": 2, ', b"// x\n", b"'a'",
    b"1_000", b"#", b"\x1f",
)  # fmt: skip
ids = st.one_of(
    st.integers(0, 30).map(lambda one: f"q{one:02d}"),
    st.sampled_from(["q1e1", "q-1", "q+1", "q 1", "q1_0", "q", "q" + "1" * 18, "1" * 18, "Q1"]),
    st.integers(-5, 40),
    st.sampled_from(["", " ", "a", "a ", " a", "é", "\uff41", "1", "01", "a|b", "a\\b", "x" * 70]),
)
scores = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 1),
    st.integers(-(2**60), 2**60),
    st.sampled_from([0, 1, -0.0, 0.1, 1e150, 1e151, 2**53, 2**53 - 1, True, None, "1", "0.5"]),
)
kinds = st.sampled_from(["a", "b", "1", "", "é", "true", 1, 1.0, True, None, ["a"]])


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, object]]:
    """Draw mostly plain rows, so that the engine has something to answer."""
    n = draw(st.integers(1, 12))
    shape = draw(st.sampled_from(["q{}", "q{:03d}", "q-{}-r", None]))
    start = draw(st.integers(0, 95))
    rows: list[dict[str, object]] = [
        {
            "id": (start + 7 * i) % 101 if shape is None else shape.format((start + 7 * i) % 101),
            "score": draw(st.floats(0, 1) if i % 2 else st.sampled_from([0, 1, 0.5, 0.1])),
            "ok": draw(st.booleans()),
            "kind": draw(st.sampled_from("ab")),
            "text": draw(st.sampled_from(["x", "é", 'say "hi"', "a, b", "line\nfeed"])),
        }
        for i in range(n)
    ]
    for column, strategy in (("id", ids), ("score", scores), ("ok", scores), ("kind", kinds)):
        if draw(st.integers(0, 5)) == 0:
            rows[draw(st.integers(0, n - 1))][column] = draw(strategy)
    if draw(st.integers(0, 9)) == 0:
        del rows[draw(st.integers(0, n - 1))][draw(st.sampled_from(COLUMNS))]
    return rows


damage = st.none() | st.tuples(
    st.floats(0, 1, exclude_max=True), st.integers(0, 3), st.sampled_from(TOKENS)
)


def damaged(data: bytes, hurt: tuple[float, int, bytes] | None) -> bytes:
    if hurt is None:
        return data
    place, length, token = hurt
    start = int(place * len(data))
    return data[:start] + token + data[start + length :]


many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many
@given(rows=tables(), hurt=damage, is_compact=st.booleans())
@example(
    rows=[{"id": "a", "score": 1, "ok": True, "kind": "a"}], hurt=(0.99, 1, b""), is_compact=True
)
def test_json_lines_give_the_same_sample_or_error(
    tmp_path: Path, rows: list[dict[str, object]], hurt: Any, *, is_compact: bool
) -> None:
    separators = (",", ":") if is_compact else (", ", ": ")
    data = "".join(json.dumps(row, separators=separators) + "\n" for row in rows).encode()
    path = tmp_path / "rows.jsonl"
    path.write_bytes(damaged(data, hurt))
    same(path, reader="jsonl")


@many
@given(rows=tables(), hurt=damage, form=st.sampled_from(["csv", "tsv"]))
def test_delimited_files_give_the_same_sample_or_error(
    tmp_path: Path, rows: list[dict[str, object]], hurt: Any, form: str
) -> None:
    between = "," if form == "csv" else "\t"
    lines = [between.join(COLUMNS)]
    for row in rows:
        cells = (row.get(name) for name in COLUMNS)
        texts = ("" if cell is None else str(cell).replace("True", "true") for cell in cells)
        lines.append(between.join(texts))
    path = tmp_path / f"rows.{form}"
    path.write_bytes(damaged("".join(line + "\n" for line in lines).encode(), hurt))
    same(path, reader=form)


@many
@given(rows=tables(), scalar=st.sampled_from(["a", "b", "1", "true", "z"]))
def test_conditions_of_an_arm_keep_the_same_rows(
    tmp_path: Path, rows: list[dict[str, object]], scalar: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    same(path, reader="jsonl", where=(("kind", (scalar,)),))
    same(path, reader="auto", where=(("ok", (scalar, "false")),))


def write(path: Path, ids: Sequence[object], seed: int, **more: object) -> None:
    rng = np.random.default_rng(seed)
    path.write_text(
        "".join(
            json.dumps(
                {"id": one, "score": float(rng.random()), "ok": bool(rng.random() < 0.5), **more}
            )
            + "\n"
            for one in ids
        ),
        encoding="utf-8",
    )


@pytest.mark.parametrize("prefix", ["", "q-", "a-very-long-prefix-of-ids/"])
def test_ids_are_sorted_as_text(tmp_path: Path, prefix: str) -> None:
    order = np.random.default_rng(1).permutation(3000).tolist()
    path = tmp_path / "rows.jsonl"
    write(path, [f"{prefix}{one}" for one in order], 1, kind="a")
    table = load(path, big=0)
    assert isinstance(table, BigTable)
    sample = extract(table, REQUESTS[0])
    strict = extract(load(path, big=NEVER), REQUESTS[0])
    assert contents(sample) == contents(strict)
    assert sample.ids == tuple(sorted(f"{prefix}{one}" for one in order))


def test_pairs_are_the_same(tmp_path: Path) -> None:
    for seed, name in enumerate(("candidate", "baseline")):
        order = np.random.default_rng(seed).permutation(2000).tolist()
        write(tmp_path / f"{name}.jsonl", order, seed, kind="a")
    found = []
    for big in (0, NEVER):
        samples = [
            extract(load(tmp_path / f"{name}.jsonl", big=big), REQUESTS[0])
            for name in ("candidate", "baseline")
        ]
        pairs = pair_by_id(*samples)
        found.append({one.name: plain(getattr(pairs, one.name)) for one in fields(pairs)})
    assert found[0] == found[1]


@pytest.mark.parametrize("change", ["lost", "other"])
def test_ids_that_do_not_match_are_refused_alike(tmp_path: Path, change: str) -> None:
    ids = [f"q{one}" for one in range(50)]
    write(tmp_path / "candidate.jsonl", ids, 1, kind="a")
    others = ids[:-3] if change == "lost" else [*ids[:-3], "x1", "x2", "x3"]
    write(tmp_path / "baseline.jsonl", others, 2, kind="a")
    texts = []
    for big in (0, NEVER):
        samples = [
            extract(load(tmp_path / f"{name}.jsonl", big=big), REQUESTS[0])
            for name in ("candidate", "baseline")
        ]
        with pytest.raises(EvalGateError) as error:
            pair_by_id(*samples)
        texts.append(str(error.value))
    assert texts[0] == texts[1]


def test_contracts_are_checked_alike(tmp_path: Path) -> None:
    write(tmp_path / "candidate.jsonl", range(20), 1, kind="a")
    write(tmp_path / "baseline.jsonl", range(20), 2, kind="b")
    said = []
    for big in (0, NEVER):
        one, two = (load(tmp_path / f"{one}.jsonl", big=big) for one in ("candidate", "baseline"))
        said.append([check_same(one, two, column, ("id",)) for column in ("id", "kind", "ok")])
    assert said[0] == said[1]
    assert said[0][0] is None


@pytest.mark.parametrize("depth", [3, 70])
def test_nested_columns_that_nobody_reads_count_too(tmp_path: Path, depth: int) -> None:
    nested: dict[str, object] = {"a": 1}
    for _ in range(depth):
        nested = {"a": nested}
    path = tmp_path / "rows.jsonl"
    write(path, range(20), 1, kind="a", deep=nested)
    same(path, reader="jsonl")


@pytest.mark.parametrize(
    "row",
    [
        '{"id": 3, "score": 1, "ok": true, "kind": "a", "x": 1, "x": 2}',
        '{"id": 3, "score": 1, "ok": true, "kind": "a", "x": NaN}',
        '{"id": 3, "score": 1, "ok": true, "kind": "a", "x": 1,}',
        '{"id": 3, "score": 1, "ok": true, "kind": "a", "x": 01}',
        '{"id": 3, "score": 1, "ok": true, "kind": "a", "x": 1} // said',
        "{'id': 3, 'score': 1, 'ok': true, 'kind': 'a', 'x': 1}",
        '{"id": 1e1, "score": 1, "ok": true, "kind": "a", "x": 1}',
        '{"id": 3.0, "score": 1, "ok": true, "kind": "a", "x": 1}',
        '{"id": -0, "score": 1, "ok": true, "kind": "a", "x": 1}',
        '{"id": true, "score": 1, "ok": true, "kind": "a", "x": 1}',
        '{"id": 3, "score": 1, "ok": 1, "kind": "a", "x": 1}',
        '{"id": 3, "score": 1, "ok": true, "kind": "\\u0061", "x": 1}',
        '{"ID": 3, "score": 1, "ok": true, "kind": "a", "x": 1}',
        '{"score": 1, "id": 3, "ok": true, "kind": "a", "x": 1}',
    ],
)
def test_a_line_that_a_lenient_reader_takes_is_read_strictly(tmp_path: Path, row: str) -> None:
    plain = '{"id": %d, "score": 0.5, "ok": false, "kind": "a", "x": 1}\n'
    path = tmp_path / "rows.jsonl"
    path.write_text(plain % 1 + plain % 2 + row + "\n" + plain % 4, encoding="utf-8")
    same(path, reader="jsonl")


def test_plain_rows_are_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, range(100), 1, kind="a")
    table = load(path, big=0)
    assert isinstance(table, BigTable)
    monkeypatch.setattr(BigTable, "_read_rows", lambda _: pytest.fail("rows were read"))
    for request in (*REQUESTS[:2], *REQUESTS[3:6]):
        if request.value != "kind":
            assert extract(table, request).values.size
    assert table.n == 100
    assert table.files[0].rows == 100


def test_a_file_that_changes_before_its_rows_are_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, range(100), 1, kind="a")
    table = load(path, big=0)
    write(path, range(100), 2, kind="a")
    with pytest.raises(EvalGateError, match="changed while it was judged"):
        table.column("score")


def test_small_files_never_load_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, range(100), 1, kind="a")
    assert not isinstance(load(path, big=1 << 20), BigTable)
