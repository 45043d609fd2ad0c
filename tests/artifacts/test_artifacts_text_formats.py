"""Damaged and doubtful text files: each is refused in words, none is guessed about."""

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.jsontext import DEPTH
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError


Load = Callable[..., ArmTable]
V = SampleRequest(value="v")


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


JSON_LINES: dict[str, tuple[bytes | str, str, int | None]] = {
    "NaN": ('{"v": 1}\n{"v": NaN}\n', "NaN is not JSON", 2),
    "Infinity": ('{"v": Infinity}\n', "Infinity is not JSON", 1),
    "-Infinity": ('{"v": -Infinity}\n', "-Infinity is not JSON", 1),
    "NaN in a column nobody reads": ('{"v": 1, "w": [NaN]}\n', "NaN is not JSON", 1),
    "duplicate key": ('{"v": 1}\n{"v": 1, "v": 2}\n', 'duplicate key "v"', 2),
    "duplicate key hidden by an escaped colon": (
        '{"v": "\\u003a", "v": "\\u003A\\u003a"}\n',
        'duplicate key "v"',
        1,
    ),
    "duplicate key in a nested object": ('{"v": 1, "w": {"a": 1, "a": 2}}\n', 'key "a"', 1),
    "duplicate key in a list": ('{"v": 1, "w": [{"a": 1, "a": 2}]}\n', 'key "a"', 1),
    "deep nesting": (f'{{"v": {nested(DEPTH)}}}\n', "nested deeper than 64", 1),
    "very deep nesting": (f'{{"v": {nested(100_000)}}}\n', "nested deeper than 64", 1),
    "deep nesting never closed": ('{"v": 1}\n' + "[" * 100_000 + "\n", "deeper than 64", 2),
    "5,000 digits": (f'{{"v": {"9" * 5000}}}\n', "an integer of thousands of digits", 1),
    "UTF-16": ('{"v": 1}\n'.encode("utf-16"), "the file is UTF-16", None),
    "latin-1": ('{"v": 1}\n{"v": "é"}\n'.encode("latin-1"), "0xe9 at offset 16 is not UTF-8", 2),
    "CESU surrogates": (b'{"v": "\xed\xa0\x80"}\n', "0xed at offset 7 is not UTF-8", 1),
    "blank line": ('{"v": 1}\n\n{"v": 2}\n', "a blank line", 2),
    "blank line with a space": ('{"v": 1}\n \n', "a blank line", 2),
    "cut last line": ('{"v": 1}\n{"v": 0.9', "no newline, so it may have been cut", 2),
    "cut inside a number at a newline": ('{"v": 1}\n{"v": 0.\n', "not JSON", 2),
    "two objects on a line": ('{"v": 1} {"v": 2}\n', "more than one object on a line", 1),
    "two objects with a comma": ('{"v": 1},{"v": 2}\n', "more than one object on a line", 1),
    "an object over two lines": ('{"v":\n 1}\n', "does not end on its line", 1),
    "lines that only join to objects": ('{"v": [{}\n{}]}\n', "not JSON", 1),
    "no object": ("[1, 2]\n", "expected an object", 1),
    "a number": ("7\n", "expected an object", 1),
    "an array of objects": ('[{"v": 1}]\n', "expected an object", 1),
    "single quotes": ("{'v': 1}\n", "not JSON", 1),
    "control character in a string": ('{"v": "a\tb"}\n', "not JSON", 1),
    "empty file": ("", "0 rows", None),
    "white space": (" \n", "a blank line", 1),
}


@pytest.mark.parametrize(("content", "message", "line"), JSON_LINES.values(), ids=JSON_LINES.keys())
def test_json_lines_are_strict(
    arm: Load, content: bytes | str, message: str, line: int | None
) -> None:
    with pytest.raises(ArtifactError) as caught:
        arm(content, ["v"], reader="jsonl")
    assert message in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.line == line


JSON_FILES: dict[str, tuple[str, str, int | None]] = {
    "NaN": ('[{"v": 1},\n{"v": NaN}]', "NaN is not JSON", 2),
    "duplicate key": ('[{"v": 1},\n\n{"v": 1, "v": 1}]', 'duplicate key "v"', 3),
    "deep": (f'[{{"v": {nested(DEPTH)}}}]', "nested deeper than 64", None),
    "cut": ('[{"v": 1},\n{"v": 2}', "expected `,` or `]`", 2),
    "cut in a row": ('[{"v": 1},\n{"v": ', "not JSON", 2),
    "trailing comma": ('[{"v": 1},\n]', "not JSON", 2),
    "two arrays": ('[{"v": 1}]\n[{"v": 1}]', "text after the end", 2),
    "JSON lines": ('{"v": 1}\n{"v": 2}\n', "text after the end", 2),
    "numbers": ("[1, 2]", "found 1, expected an object", 1),
    "text": ('"v"', 'found "v", expected an object', 1),
    "nothing": (" \n ", "0 rows", None),
    "empty array": ("[ ]", "0 rows", None),
}


@pytest.mark.parametrize(("content", "message", "line"), JSON_FILES.values(), ids=JSON_FILES.keys())
def test_json_files_are_strict(arm: Load, content: str, message: str, line: int | None) -> None:
    with pytest.raises(ArtifactError) as caught:
        arm(content, ["v"], reader="json")
    assert message in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.line == line


CSV_FILES: dict[str, tuple[bytes | str, str, int | None]] = {
    "duplicate header": ("v,a,v\n1,2,3\n", 'columns 1 and 3 are both called "v"', 1),
    "short row": ("id,v\na,1\nb\n", "row 2 has 1 fields, expected 2", 3),
    "long row": ("id,v\na,1,9\n", "row 1 has 3 fields, expected 2", 2),
    "text after a quote": ('id,v\na,"0.1"9\n', "row 1: text after a closing quote", 2),
    "open quote": ('id,v\na,"0.1\nb,2\n', "row 1: a quote that is never closed", 2),
    "NUL": ("id,v\na,1\0\n", "a NUL byte at offset 8", 2),
    "semicolons": ("id;v\na;1\n", 'is ";" the delimiter?', 1),
    "tabs": ("id\tv\na\t1\n", "the delimiter?", 1),
    "decimal comma": ("id,v\na,0,9\n", "row 1 has 3 fields, expected 2", 2),
    "huge field": (f"id,v\n{'a' * 131_073},1\n", "more than 131072 characters", 2),
    "header only": ("id,v\n", "0 rows", None),
    "empty": ("", "0 rows", None),
    "white space": (" \n", "the first line is blank", 1),
    "blank first line": ("\nid,v\n", "the first line is blank", 1),
    "repeated header": ("id,v\na,1\nid,v\nb,2\n", "row 2 repeats the header", 3),
    "header spaces": ("id, v\na,1\n", 'column name " v" starts or ends with a space', 1),
    "comment before the header": ("# made by\nid,v\n", "the first line is a comment", 1),
    "comment line": ("id,v\n# more\na,1\n", "row 1 has 1 fields, expected 2", 2),
    "blank line": ("id,v\na,1\n\nb,2\n", "row 2 is a blank line", 3),
    "cut last line": ("id,v\na,0.9", "no newline, so it may have been cut", 2),
    "lone carriage return": ("id,v\na,1\rb,2\n", "carriage return inside an unquoted", 2),
    "latin-1": ("id,v\né,1\n".encode("latin-1"), "0xe9 at offset 5 is not UTF-8", 2),
    "UTF-16": ("id,v\na,1\n".encode("utf-16"), "the file is UTF-16", None),
}


@pytest.mark.parametrize(("content", "message", "line"), CSV_FILES.values(), ids=CSV_FILES.keys())
def test_csv_files_are_strict(
    arm: Load, content: bytes | str, message: str, line: int | None
) -> None:
    with pytest.raises(ArtifactError) as caught:
        arm(content, ["v"], reader="csv")
    assert message in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.line == line


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        ("jsonl", '\ufeff{"v": 1}\n'),
        ("jsonl", '{"v": 1}\r\n'),
        ("jsonl", ' {"v": 1} \n'),
        ("jsonl", '{"v": 1, "text": "a\u2028b\u0085c \\n: \\" :"}\n'),
        ("json", '\ufeff[{"v": 1}]'),
        ("json", '{"v": 1}'),
        ("csv", "\ufeffv,w\n1,x\n"),
        ("csv", "v,w\r\n1,x\r\n"),
        ("csv", 'v,w\n1,"a\nb, ""c"" \u2028"\n'),
        ("tsv", "v\tw\n1\tx\n"),
    ],
)
@pytest.mark.parametrize("auto", [False, True])
def test_what_is_unusual_but_clear_is_read(
    arm: Load, reader: str, content: str, *, auto: bool
) -> None:
    table = arm(content, ["v"], reader="auto" if auto else reader)
    assert extract(table, V).values.tolist() == [1]
    assert table.files[0].reader == reader
    note = f'reader auto: read "candidate/rows.jsonl" as {reader} by content'
    assert table.notes == ((note,) if auto and reader != "jsonl" else ())


@pytest.mark.parametrize(
    ("magic", "what"),
    [(b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"PAR1", "Parquet"), (b"\x93NUMPY", "NumPy")],
)
def test_binary_formats_are_named(arm: Load, magic: bytes, what: str) -> None:
    with pytest.raises(ArtifactError, match=what):
        arm(magic + b"\0\0\n", ["v"])


def test_an_unknown_reader_lists_those_there_are(arm: Load) -> None:
    with pytest.raises(ArtifactError, match='unknown reader "parkett"') as caught:
        arm('{"v": 1}\n', ["v"], reader="parkett")
    assert str(caught.value.hint).startswith("use auto, jsonl, json, csv, tsv, ")


def test_depth_of_64_is_read(arm: Load) -> None:
    table = arm(f'{{"v": 1, "w": {nested(DEPTH - 1)}}}\n', ["v"])
    assert table.n == 1


def test_brackets_in_text_are_no_depth(arm: Load) -> None:
    table = arm([{"v": 1, "text": "[{" * 200, "quote": '"' + "[" * 100}], ["v"])
    assert table.n == 1


def test_lines_are_found_in_a_file_of_many_blocks(arm: Load) -> None:
    rows = [{"v": 1, "text": "ä" * 40_000} for _ in range(60)]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    assert arm(text, ["v"]).n == 60
    with pytest.raises(ArtifactError) as caught:
        arm(text + '{"v": 1, "v": 2}\n', ["v"])
    assert caught.value.at is not None
    assert caught.value.at.line == 61
    with pytest.raises(ArtifactError, match=f"offset {len(text.encode())} ") as bad:
        arm(text.encode() + b"\xff\n", ["v"])
    assert bad.value.at is not None
    assert (bad.value.at.line, bad.value.at.column) == (61, 1)


BAD_VALUES: dict[str, tuple[str, str, str]] = {
    "1e400": ("jsonl", '{"v": 1e400}\n', "v is Infinity, expected a finite number"),
    "beyond 2**53": ("jsonl", f'{{"v": {2**53 + 1}}}\n', "a whole number beyond 2^53"),
    "beyond float": ("jsonl", f'{{"v": {10**400}}}\n', "a whole number beyond 2^53"),
    "beyond 2**53 in CSV": ("csv", f"v\n{2**53 + 1}\n", "a whole number beyond 2^53"),
    "too large to square": ("jsonl", '{"v": 1e151}\n', "expected a finite number up to 1e150"),
    "number in quotes": ("jsonl", '{"v": "0.9"}\n', 'v is text: "0.9"; a number in quotes'),
    "exponent in quotes": ("jsonl", '{"v": "1e-3"}\n', 'v is text: "1e-3"; a number in quotes'),
    "empty text": ("jsonl", '{"v": ""}\n', "v is missing in 1 of 1 units"),
    "list": ("jsonl", '{"v": [1]}\n', "v is a list, not a number"),
    "object": ("jsonl", '{"v": {"a": 1}}\n', "v is an object, not a number"),
    "boolean among numbers": ("jsonl", '{"v": true}\n{"v": 0.5}\n', "booleans and the number 0.5"),
    "boolean among numbers in CSV": ("csv", "v\nTrue\n2\n", "booleans and the number 2"),
    "full width digits": ("csv", "v\n\uff11\uff12\n", "v is text"),
    "underscore": ("csv", "v\n1_0\n", 'v is text: "1_0"'),
    "space": ("csv", "v,w\n 1,x\n", 'v is text: " 1"'),
    "infinity": ("csv", "v\ninfinity\n", 'v is text: "infinity"'),
    "nan": ("csv", "v\nnan\n", 'v is text: "nan"'),
    "NA": ("csv", "v\nNA\n", 'v is text: "NA"'),
    "null word": ("csv", "v\nnull\n", 'v is text: "null"'),
    "None word": ("csv", "v\nNone\n", 'v is text: "None"'),
    "dash": ("csv", "v\n-\n", 'v is text: "-"'),
    "#N/A": ("csv", "v,w\n#N/A,x\n", 'v is text: "#N/A"'),
    "leading zeros": ("csv", "v\n007\n", 'v is text: "007"'),
    "quoted decimal comma": ("csv", 'v,w\n"0,5",x\n', 'v is text: "0,5"'),
    "thousands": ("csv", 'v,w\n"1,000",x\n', 'v is text: "1,000"'),
    "percent": ("csv", "v\n95%\n", 'v is text: "95%"'),
    "1e400 in CSV": ("csv", "v\n1e400\n", "v is Infinity"),
}


@pytest.mark.parametrize(
    ("reader", "content", "message"), BAD_VALUES.values(), ids=BAD_VALUES.keys()
)
def test_values_are_never_guessed(arm: Load, reader: str, content: str, message: str) -> None:
    with pytest.raises(SampleError) as caught:
        extract(arm(content, ["v"], reader=reader), V)
    assert message in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.line is not None


@pytest.mark.parametrize(
    ("content", "value"),
    [("+1", 1), (".5", 0.5), ("5.", 5), ("-1e-05", -1e-5), ("true", 1), ("FALSE", 0), ("0", 0)],
)
def test_csv_cells_that_read_as_numbers_are_numbers(arm: Load, content: str, value: float) -> None:
    assert extract(arm(f"v,w\n{content},x\n", ["v"]), V).values.tolist() == [value]


@pytest.mark.parametrize(
    ("reader", "content"), [("csv", "v,w\n,x\n1,x\n"), ("jsonl", '{"v":null}\n{"v":1}\n')]
)
def test_only_empty_and_null_are_missing(arm: Load, reader: str, content: str) -> None:
    with pytest.raises(SampleError, match="v is missing in 1 of 2 units"):
        extract(arm(content, ["v"], reader=reader), V)


def test_a_formula_in_an_id_is_a_text(arm: Load) -> None:
    table = arm("id,v\n=1+1,1\n", ["id", "v"])
    assert extract(table, SampleRequest(value="v", id=("id",))).ids == ("=1+1",)


def test_messages_show_little_and_escape_it(arm: Load) -> None:
    rows: list[dict[str, Any]] = [{"v": "\x1b[31m::error\n\u202e" + "x" * 10_000}]
    with pytest.raises(SampleError) as caught:
        extract(arm(rows, ["v"]), V)
    assert "\\u001b[31m::error\\n\\u202e" in caught.value.message
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 160


def test_a_field_is_too_long_even_where_the_csv_module_was_told_otherwise(arm: Load) -> None:
    before = csv.field_size_limit(1 << 20)
    try:
        with pytest.raises(ArtifactError, match="row 1: a field of more than 131072 characters"):
            arm(f"id,v\n{'a' * 131_073},1\n", ["v"], reader="csv")
    finally:
        csv.field_size_limit(before)
