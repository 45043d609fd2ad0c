"""Arrow: IPC files and streams that PyArrow wrote, whole and damaged."""

import io
import random
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.arrow import parse
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.registry import choose
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


Load = Callable[..., ArmTable]
pa: Any = import_module("pyarrow")
NOTE = '"x.arrow": Arrow has no checksum, so a damaged value would not show'


def written(table: Any, *, compression: str | None = None, is_stream: bool = False) -> bytes:
    stream = io.BytesIO()
    make = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with make(stream, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=2)
    return stream.getvalue()


def read(data: bytes) -> list[dict[str, object]]:
    return [dict(row) for _, row in parse(Content(path="x.arrow", data=data)).rows]


def refused(data: bytes, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        read(data)


SCORES = pa.table(
    {
        "id": ["a", "b", None],
        "v": [1, None, 3],
        "p": [0.5, 0.25, None],
        "ok": [True, False, None],
        "doc": [{"kind": "x", "n": 1}, None, {"kind": None, "n": 2}],
        "group": pa.array(["x", "y", "x"]).dictionary_encode(),
        "none": pa.nulls(3),
    }
)
ROWS: list[dict[str, object]] = [
    {"id": "a", "v": 1, "p": 0.5, "ok": True, "doc": {"kind": "x", "n": 1}, "group": "x"},
    {"id": "b", "v": None, "p": 0.25, "ok": False, "doc": None, "group": "y"},
    {"id": None, "v": 3, "p": None, "ok": None, "doc": {"kind": None, "n": 2}, "group": "x"},
]


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_files_and_streams_are_read(compression: str | None, *, is_stream: bool) -> None:
    data = written(SCORES, compression=compression, is_stream=is_stream)
    assert read(data) == [{**row, "none": None} for row in ROWS]
    assert choose("auto", data, "x").name == "arrow"
    assert parse(Content(path="x.arrow", data=data)).notes == [NOTE]


@pytest.mark.parametrize("compression", ["lz4", "zstd", "uncompressed"])
def test_feather_files_are_read(compression: str) -> None:
    stream = io.BytesIO()
    import_module("pyarrow.feather").write_feather(SCORES, stream, compression=compression)
    assert [row["id"] for row in read(stream.getvalue())] == ["a", "b", None]


def test_an_end_to_end_column_keeps_missing_and_text(arm: Load) -> None:
    table = arm(written(SCORES), ["id", "p", "doc.kind"], file="x.arrow", reader="arrow")
    assert table.column("p") == [0.5, 0.25, None]
    assert table.column("doc.kind") == ["x", None, None]


@pytest.mark.parametrize(
    "kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
)
def test_whole_numbers_are_whole(kind: str) -> None:
    [row] = read(written(pa.table({"v": pa.array([1], getattr(pa, kind)())})))
    assert (row["v"], type(row["v"])) == (1, int)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_numbers_are_floats_of_python(kind: str) -> None:
    [row] = read(written(pa.table({"v": pa.array([0.5], getattr(pa, kind)())})))
    assert (row["v"], type(row["v"])) == (0.5, float)


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view"])
def test_texts_are_texts(kind: str) -> None:
    assert read(written(pa.table({"v": pa.array(["é"], getattr(pa, kind)())}))) == [{"v": "é"}]


def test_what_is_not_a_number_stays_so_and_is_refused(arm: Load) -> None:
    data = written(pa.table({"v": [0.5, float("nan")]}))
    with pytest.raises(SampleError, match="v is NaN, expected a finite number") as caught:
        extract(arm(data, ["v"], file="x.arrow", reader="arrow"), SampleRequest(value="v"))
    assert str(caught.value.at) == "candidate/x.arrow row 2"


def test_other_types_are_left_out_and_named() -> None:
    table = pa.table(
        {
            "v": [1],
            "at": pa.array([1], pa.timestamp("s")),
            "many": [[1]],
            "raw": [b"x"],
            "deep": [{"at": [1]}],
        }
    )
    parsed = parse(Content(path="x.arrow", data=written(table)))
    assert [dict(row) for _, row in parsed.rows] == [{"v": 1}]
    assert parsed.notes[1] == (
        '"x.arrow": columns of other types are left out: "at (timestamp[s])", '
        '"many (list<item: int64>)", "raw (binary)", "deep (struct<at: list<item: int64>>)"'
    )
    refused(written(table.select(["at"])), r'no column .* is read: "at \(timestamp\[s\]\)"')


def test_two_columns_of_one_name_are_refused() -> None:
    refused(written(pa.table([[1], [2]], names=["v", "v"])), 'two columns are called "v"')
    inner = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    refused(written(pa.table({"doc": inner})), 'two columns are called "doc.a"')


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_file_cut_anywhere_is_refused(*, is_stream: bool) -> None:
    data = written(SCORES, is_stream=is_stream)
    for stop in range(8, len(data)):
        with pytest.raises(ArtifactError):
            read(data[:stop])


def test_bytes_after_the_end_are_refused() -> None:
    refused(written(SCORES) + b"\0", "the file is cut")
    refused(written(SCORES, is_stream=True) + b"\0", "1 bytes stand after the end of the stream")


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_bomb_is_refused_before_it_is_unpacked(*, is_stream: bool) -> None:
    table = pa.table({"v": pa.array([0.0]).take(pa.array([0] * 3_000_000))})
    stream = io.BytesIO()
    make = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with make(stream, table.schema, options=options) as writer:
        writer.write_table(table)
    assert len(stream.getvalue()) < 10_000
    refused(stream.getvalue(), "compressed buffers unpack to more than 16777216 bytes")


def test_a_text_of_a_dictionary_is_made_once() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 5000), pa.array(["x" * 1_000_000]))
    stream = io.BytesIO()
    table = pa.table({"v": column})
    with pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)
    rows = read(stream.getvalue())  # 5 GB of text, were it made for each row
    assert all(row["v"] is rows[0]["v"] for row in rows)


def test_old_feather_is_named() -> None:
    data = b"FEA1" + bytes(20)
    assert choose("auto", data, "x").name == "arrow"
    refused(data, "Feather version 1, expected version 2")


def test_damaged_bytes_raise_nothing_unknown() -> None:
    rng = random.Random(20)
    for data in (written(SCORES), written(SCORES, compression="lz4", is_stream=True)):
        for _ in range(400):
            changed = bytearray(data)
            for _ in range(rng.choice((1, 1, 3))):
                changed[rng.randrange(len(data))] = rng.randrange(256)
            try:
                assert len(read(bytes(changed))) < 100
            except EvalGateError as error:
                assert error.hint  # noqa: PT017 - it is only one of two ways to end


def test_text_that_is_not_utf_8_is_refused() -> None:
    data = written(pa.table({"v": ["damage"]}))
    refused(data.replace(b"damage", b"\xffamage"), "cannot be read")


def test_without_the_library_the_way_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArtifactError, match="PyArrow, which is not installed") as caught:
        read(b"ARROW1\0\0")
    assert caught.value.hint == 'pip install "pyarrow>=14.0.1"'


@pytest.mark.parametrize("version", ["14.0.0", "9.1.0", "unknown"])
def test_an_old_library_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    data = written(SCORES)
    monkeypatch.setattr(pa, "__version__", version)
    refused(data, "is too old: a file could run code in it")


def test_a_table_in_text_is_not_taken_for_arrow() -> None:
    assert choose("auto", b"id,v\n1,2\n", "x").name == "csv"
    assert choose("auto", b"\xff\xff\xff\xffnonsense", "x").name != "arrow"
