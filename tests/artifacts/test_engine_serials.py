"""Ids of one word and a number: one integer each, and the same texts for whoever reads them."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.artifacts.arms import ArmRequest, load_arm
from pytest_evalgate.artifacts.engine.connection import connect, literal
from pytest_evalgate.artifacts.engine.opening import Sizes
from pytest_evalgate.artifacts.engine.serials import Serials, packed_if, unpacked, word_of
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.engine.texts import Texts, texts_of
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import SampleError


DIGITS = st.text("0123456789", min_size=1, max_size=17)
BY_ID = SampleRequest(value="v", id=("id",))


def serials(word: str, digits: list[str]) -> Serials:
    numbers = [(int(one) << 5) + len(one) for one in digits]
    return unpacked(word, np.array(numbers, dtype=np.int64))


def packed_by_engine(texts: list[str | None], word: str) -> list[int | None]:
    cells = ", ".join("(NULL)" if one is None else f"({literal(one)})" for one in texts)
    asked = f"SELECT {packed_if('t', word)} FROM (VALUES {cells}) AS found(t)"  # noqa: S608
    with connect([]) as connection:
        return [row[0] for row in connection.execute(asked).fetchall()]


@given(word=st.sampled_from(["", "q", "item-", "a/b."]), digits=st.lists(DIGITS, max_size=20))
def test_serials_read_like_the_texts(word: str, digits: list[str]) -> None:
    expected = tuple(word + one for one in digits)
    found = serials(word, digits)
    assert tuple(found) == expected
    assert [found[place] for place in range(len(found))] == list(expected)
    assert tuple(found[1:]) == expected[1:]
    assert found == expected
    assert found == texts_of(list(expected))
    assert texts_of(list(expected)) == found


@given(digits=st.lists(DIGITS, min_size=1, max_size=30))
def test_serials_sort_as_texts(digits: list[str]) -> None:
    found = serials("q", digits)
    expected = sorted(f"q{one}" for one in digits)
    placed = found.take(found.order())
    assert list(placed) == expected
    assert placed.has_neighbours_alike() == (len(set(expected)) < len(expected))
    texts, codes = found.coded()
    assert texts == tuple(sorted(set(expected)))
    assert [texts[code] for code in codes] == list(found)


@given(one=st.lists(DIGITS, max_size=4), other=st.lists(DIGITS, max_size=4))
def test_serials_are_equal_where_texts_are(one: list[str], other: list[str]) -> None:
    assert (serials("q", one) == serials("q", other)) == (one == other)
    assert (serials("q", one) == serials("r", one)) == (not one)
    assert (serials("q", one) == texts_of([f"q{text}" for text in other])) == (one == other)


@pytest.mark.parametrize(
    ("digits", "is_whole"),
    [
        (["0", "10", "9"], True),
        (["0", "01"], False),
        (["00"], False),
        (["9" * 17], True),
    ],
)
def test_whole_numbers_have_no_leading_zero(digits: list[str], *, is_whole: bool) -> None:
    assert serials("", digits).are_whole_numbers() == is_whole
    assert not serials("q", digits).are_whole_numbers()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("item-00042", "item-"), ("7", ""), ("a1b2", "a1b"), ("-5", "-"), ("q" + "1" * 17, "q"),
        ("q" + "1" * 18, None), ("q", None), ("", None), ("q 1", None), ("a,1", None),
        ('"1', None), ("a\\1", None), ("\u00e91", None), ("q\uff11", None), ("x" * 48 + "1", None),
    ],
)  # fmt: skip
def test_a_word_is_what_stands_before_the_last_digits(text: str, word: str | None) -> None:
    assert word_of(text) == word


def test_the_engine_packs_texts_of_the_shape_only() -> None:
    strange: list[str | None] = [
        "q", "1", "Q1", "qq1", "q-1", "q+1", "q 1", "q1 ", " q1", "q1.0", "q1e3", "q1_0", "q0x1",
        "q\uff11", "q1\n", "q" + "1" * 18, "", None,
    ]  # fmt: skip
    assert packed_by_engine(strange, "q") == [None] * len(strange)
    plain = ["q0", "q00", "q7", "q007", "q" + "9" * 17]
    numbers = packed_by_engine([*plain], "q")
    assert list(unpacked("q", np.array(numbers, dtype=np.int64))) == plain


def test_a_word_is_no_pattern() -> None:
    assert packed_by_engine(["axb1"], "a.b") == [None]
    assert packed_by_engine(["a.b'1"], "a.b'") == [(1 << 5) + 1]


def write(folder: Path, form: str, ids: list[object]) -> BigTable:
    rows = [{"id": one, "v": place / 8} for place, one in enumerate(ids)]
    path = folder / f"rows.{form}"
    if form == "parquet":
        with duckdb.connect() as connection:
            kind = "BIGINT" if isinstance(ids[0], int) else "VARCHAR"
            connection.execute(f"CREATE TABLE t (id {kind}, v DOUBLE)")
            connection.executemany("INSERT INTO t VALUES ($id, $v)", rows)
            connection.execute(f"COPY t TO {literal(str(path))} (FORMAT parquet)")
    elif form == "csv":
        path.write_text("id,v\n" + "".join(f"{row['id']},{row['v']}\n" for row in rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    request = ArmRequest(
        artifact="evals",
        arm="candidate",
        paths=(path.name,),
        base=folder,
        root=folder,
        keys=("id",),
        sizes=Sizes(text=0, parquet=0),
    )
    table = load_arm(request, ("id", "v"))
    assert isinstance(table, BigTable)
    return table


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize(
    "ids",
    [["q10", "q9", "q1"], ["item-002", "item-001"], [10, 9, 0], ["3", "03", "1"]],
    ids=["word and number", "padded", "whole numbers", "digits"],
)
def test_ids_of_one_word_and_digits_are_held_as_integers(
    tmp_path: Path, form: str, ids: list[object]
) -> None:
    table = write(tmp_path, form, ids)
    assert isinstance(table.texts("id"), Serials)
    assert list(table.texts("id")) == [str(one) for one in ids]
    assert extract(table, BY_ID).ids == tuple(sorted(str(one) for one in ids))


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize(
    "ids",
    [["q1", "r2"], ["q1", "q1e3"], ["q1", "q" + "1" * 18], ["q1", "q"], [1, -2]],
    ids=["two words", "a power", "many digits", "no digits", "a sign"],
)
def test_other_ids_are_held_as_texts(tmp_path: Path, form: str, ids: list[object]) -> None:
    table = write(tmp_path, form, ids)
    assert isinstance(table.texts("id"), Texts)
    assert list(table.texts("id")) == [str(one) for one in ids]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_id_that_stands_twice_is_found(tmp_path: Path, form: str) -> None:
    table = write(tmp_path, form, [*(f"q{one}" for one in range(50)), "q7"])
    with pytest.raises(SampleError, match='1 duplicate keys of id, first "q7"'):
        extract(table, BY_ID)
