"""Parquet files: what each type becomes, and what is refused."""

from pathlib import Path

import duckdb
import pytest

from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.parquet import fits, parse
from pytest_evalgate.artifacts.readers.registry import choose
from pytest_evalgate.errors import ArtifactError


def parquet(tmp_path: Path, query: str) -> bytes:
    path = tmp_path / "made.parquet"
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def content(data: bytes) -> Content:
    return Content(path="x.parquet", data=data)


def cell(tmp_path: Path, expression: str) -> object:
    [(place, row)] = parse(content(parquet(tmp_path, f"SELECT {expression} AS v"))).rows
    assert place == 1
    return row.get("v", "no such column")


def test_rows_are_counted_from_one_and_nulls_are_kept(tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT i AS id, nullif(i, 2) AS v FROM range(1, 4) r(i)")
    rows = list(parse(content(data)).rows)
    assert rows == [
        (1, {"id": 1, "v": 1}),
        (2, {"id": 2, "v": None}),
        (3, {"id": 3, "v": 3}),
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true", True),
        ("'text'", "text"),
        ("'1.50'", "1.50"),
        ("CAST(7 AS UTINYINT)", 7),
        ("CAST(-7 AS SMALLINT)", -7),
        ("9007199254740993", 9007199254740993),
        ("CAST(18446744073709551615 AS UBIGINT)", 18446744073709551615),
        ("CAST(0.1 AS FLOAT)", 0.10000000149011612),  # the float nearest to 0.1 with 24 bits
        ("CAST(0.1 AS DOUBLE)", 0.1),
        ("CAST('0.10' AS DECIMAL(9, 2))", 0.1),
        # 19 digits, which no float is written with
        ("CAST('0.1234567890123456789' AS DECIMAL(38, 19))", "0.1234567890123456789"),
        ("DATE '2024-02-29'", "2024-02-29"),
        ("TIME '12:30:00'", "12:30:00"),
        ("TIMESTAMP '2024-02-29 12:30:00.5'", "2024-02-29T12:30:00.5"),
        ("TIMESTAMPTZ '2024-02-29 12:30:00+00'", "2024-02-29T12:30:00Z"),
        ("CAST('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AS UUID)",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("['a', 'b']", ["a", "b"]),
        ("{'category': 'math', 'level': 3}", {"category": "math", "level": 3}),
    ],
)  # fmt: skip
def test_each_type_becomes_a_cell(tmp_path: Path, expression: str, expected: object) -> None:
    found = cell(tmp_path, expression)
    assert found == expected
    assert type(found) is type(expected)


def test_a_value_that_is_no_number_stays_one(tmp_path: Path) -> None:
    found = cell(tmp_path, "CAST('nan' AS DOUBLE)")
    assert isinstance(found, float)
    assert found != found  # noqa: PLR0124 - so it is NaN


@pytest.mark.parametrize(
    "expression",
    ["'x'::BLOB", "MAP {'a': 1}", "INTERVAL 1 DAY", "[DATE '2024-01-01']", "{'a': 'x'::BLOB}"],
)
def test_columns_of_other_types_are_left_out_and_noted(tmp_path: Path, expression: str) -> None:
    parsed = parse(content(parquet(tmp_path, f"SELECT 1 AS id, {expression} AS v")))
    assert list(parsed.rows) == [(1, {"id": 1})]
    assert parsed.notes == ['columns of types that are not read: "v"']


def test_a_file_of_nothing_that_is_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no column of a type that is read"):
        list(parse(content(parquet(tmp_path, "SELECT 'x'::BLOB AS v"))).rows)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT 1 AS score_one, 2 AS score_two")
    data = data.replace(b"score_two", b"score_one")
    with pytest.raises(ArtifactError, match='columns share a name: "score_one"'):
        list(parse(content(data)).rows)


def test_names_that_differ_in_case_are_two_columns(tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT 1 AS score_one, 2 AS score_two")
    data = data.replace(b"score_two", b"SCORE_ONE")
    assert list(parse(content(data)).rows) == [(1, {"score_one": 1, "SCORE_ONE": 2})]


def test_a_small_file_of_large_texts_is_refused(tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT repeat('x', 1000000) AS v FROM range(100)")
    assert len(data) < 1_000_000
    with pytest.raises(ArtifactError, match=r"the Parquet file unpacks to more than 16777216 by"):
        list(parse(content(data)).rows)


@pytest.mark.parametrize("keep", [4, 11, 100, -1, -8])
def test_a_cut_file_is_refused(tmp_path: Path, keep: int) -> None:
    data = parquet(tmp_path, "SELECT i, i * 0.5 AS v FROM range(100) r(i)")
    with pytest.raises(ArtifactError, match="not a whole Parquet file"):
        list(parse(content(data[:keep])).rows)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_file_is_refused_or_read_whole(tmp_path: Path, place: float) -> None:
    data = bytearray(parquet(tmp_path, "SELECT i, i * 0.5 AS v FROM range(100) r(i)"))
    data[4 + int(place * (len(data) - 8))] ^= 0xFF
    try:
        rows = list(parse(content(bytes(data))).rows)
    except ArtifactError as error:
        assert "x.parquet" in str(error)  # noqa: PT017 - either will do
    else:
        assert len(rows) == 100


def test_content_tells_the_format(tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT 1 AS id")
    assert fits(Head(data, "x.bin"))
    assert not fits(Head(data[:-1], "x.parquet"))
    assert choose("auto", data, "x.bin").name == "parquet"
