"""Metadata beside files, in JSON and in YAML: read strictly, kept as written, never guessed at."""

import gzip
import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.cells import text_of
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pins import pin
from pytest_evalgate.artifacts.readers.jsontext import DEPTH
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.yaml_text import parse_yaml
from pytest_evalgate.errors import ArtifactError, SampleError


ROWS = '{"id": "a", "v": 1}\n{"id": "b", "v": 0}\n'


def load(folder: Path, *columns: str, path: str = "x.jsonl") -> ArmTable:
    request = ArmRequest(artifact="e", arm="candidate", paths=(path,), base=folder, root=folder)
    return load_arm(request, columns)


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def refused(text: str | bytes) -> ArtifactError:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ArtifactError) as caught:
        parse_yaml(data, "meta.yaml")
    assert caught.value.at is not None
    assert caught.value.at.path == "meta.yaml"
    return caught.value


@pytest.mark.parametrize("name", ["meta.yaml", "meta.yml", "x.meta.yaml", "x.meta.yml"])
def test_metadata_in_yaml_become_columns(tmp_path: Path, name: str) -> None:
    put(tmp_path, x__jsonl=ROWS)
    (tmp_path / name).write_text("# of this run\nmodel: v7\ncreated: 2026-10-01T12:00:00Z\n")
    table = load(tmp_path, "model", "created")
    assert table.column("model") == ["v7", "v7"]
    assert table.column("created") == ["2026-10-01T12:00:00Z"] * 2
    assert [(file.path, file.rows) for file in table.files] == [("x.jsonl", 2), (name, 0)]
    assert table.files[1].sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    assert table.files[0].metadata["model"] == "v7"


@pytest.mark.parametrize(
    "text",
    ["1.10", "2026-10", "2026-10-01", "no", "on", "0x1f", "017", "1_000", "12:30:45", ".inf"],
)
def test_a_scalar_that_yaml_would_guess_at_stays_as_written(tmp_path: Path, text: str) -> None:
    put(tmp_path, x__jsonl=ROWS, x__meta__yaml=f"dataset_version: {text}\n")
    cells = load(tmp_path, "dataset_version").column("dataset_version")
    assert [text_of(cell) for cell in cells] == [text, text]


@pytest.mark.parametrize("text", ["", "~", "null", "NULL"])
def test_null_in_yaml_is_no_value(text: str) -> None:
    assert parse_yaml(f"a: {text}\n".encode(), "meta.yaml") == {"a": None}


def test_a_quoted_null_is_a_text() -> None:
    assert parse_yaml(b"a: 'null'\nb: \"\"\n", "meta.yaml") == {"a": "null", "b": ""}


def test_a_block_of_text_is_a_text() -> None:
    assert parse_yaml(b"why: |\n  two\n  lines\n", "meta.yaml") == {"why": "two\nlines\n"}


def test_lists_and_mappings_in_yaml_are_no_columns(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl=ROWS, meta__yaml="model: v7\ntags: [a, b]\nby: {who: me}\n")
    table = load(tmp_path, "model", "tags")
    assert table.files[0].metadata == {"model": "v7"}
    assert "tags" not in table.columns


def test_the_own_file_of_metadata_wins_over_that_of_the_folder_whatever_their_formats(
    tmp_path: Path,
) -> None:
    put(
        tmp_path, x__jsonl=ROWS, meta__json='{"model": "v6", "seed": 1}', x__meta__yml="model: v7\n"
    )
    table = load(tmp_path, "model", "seed")
    assert table.column("model") == ["v7", "v7"]
    assert table.column("seed") == [1, 1]


def test_a_packed_file_has_the_metadata_of_the_plain_one(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(ROWS.encode()))
    put(tmp_path, x__meta__yaml="model: v7\n")
    table = load(tmp_path, "model", path="x.jsonl.gz")
    assert table.column("model") == ["v7", "v7"]
    assert [file.path for file in table.files] == ["x.jsonl.gz", "x.meta.yaml"]


def test_metadata_do_not_fill_the_one_row_that_lacks_its_measurement(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl='{"id": "a"}\n{"id": "b", "v": 0}\n', x__meta__json='{"v": 0}')
    table = load(tmp_path, "id", "v")
    with pytest.raises(SampleError, match='"v" is missing in this row, and given') as caught:
        extract(table, SampleRequest(value="v", id=("id",)))
    assert str(caught.value.at) == "x.jsonl:1"


@pytest.mark.parametrize("pair", [("meta.json", "meta.yaml"), ("x.meta.yaml", "x.meta.yml")])
def test_two_files_of_metadata_of_one_stem_are_refused(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    put(tmp_path, x__jsonl=ROWS)
    for name in pair:
        (tmp_path / name).write_text("{}")
    with pytest.raises(ArtifactError, match="two files of metadata") as caught:
        load(tmp_path, "v")
    assert all(name in caught.value.message for name in pair)


def test_metadata_in_yaml_that_contradict_a_row_are_refused(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl='{"v": 1, "model": "v6"}\n', meta__yaml="model: v7\n")
    with pytest.raises(SampleError, match='"model" is "v7" by the path or the metadata'):
        load(tmp_path, "v")


def test_a_pattern_does_not_read_metadata_as_rows(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl=ROWS, meta__yaml="model: v7\n", x__meta__yml="seed: 1\n")
    assert [file.path for file in load(tmp_path, "v", path="*").files if file.rows] == ["x.jsonl"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'duplicate key "a"'),
        ("a: &x 1\n", 1, 'anchor "&x"'),
        ("a: *x\n", 1, 'alias "*x"'),
        ("a: !!int 1\n", 1, 'tag "tag:yaml.org,2002:int"'),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tag"),
        ("<<: {a: 1}\n", 1, "a merge key"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("? [a]\n: 1\n", 1, 'a key is ["a"]'),
        ("? \n: 1\n", 1, "a key is null"),
        ("", 1, "the file is empty"),
        ("# nothing\n", 2, "the file is empty"),
        ("a: [1\n", 2, "not YAML"),
        ("a: b: c\n", 1, "mapping values are not allowed here"),
        ("a: \x07\n", 1, "a character that YAML does not allow"),
        ("a:\n" + "[" * (DEPTH + 1), 2, f"nested deeper than {DEPTH}"),
        ("[" * 100_000, 1, f"nested deeper than {DEPTH}"),
    ],
)
def test_yaml_that_is_not_strict_is_refused(text: str, line: int, words: str) -> None:
    error = refused(text)
    assert words in error.message
    assert error.at is not None
    assert error.at.line == line
    assert error.hint


@given(text=st.text(alphabet=" \n\t:-?[]{}&*!|>'\"%@`#,ab01\\\x85\u2028\U0001f600", max_size=40))
def test_any_text_is_yaml_or_refused(text: str) -> None:
    found: object = None
    with suppress(ArtifactError):
        found = parse_yaml(text.encode(), "meta.yaml")
    assert found is None or isinstance(found, str | list | dict)


def test_yaml_in_another_encoding_is_refused() -> None:
    assert "is not UTF-8" in refused("a: \u00e9\n".encode("latin-1")).message


def test_metadata_in_yaml_that_are_no_mapping_are_refused(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl=ROWS, meta__yaml="- a\n- b\n")
    with pytest.raises(ArtifactError, match="expected one object of metadata"):
        load(tmp_path, "v")


def test_metadata_in_yaml_beyond_a_mebibyte_are_refused(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl=ROWS, meta__yaml="a: " + "x" * (1 << 20))
    with pytest.raises(ArtifactError, match="more than the budget of 1048576"):
        load(tmp_path, "v")


def test_the_pin_of_one_file_is_its_digest(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl=ROWS)
    found, files = pin(load(tmp_path, "v"))
    # sha256sum x.jsonl
    assert found == "94d9224da9555434d9dd326d67ef06a37f182e4082710dad217b0f8f961b02fe"
    assert [file.path for file in files] == ["x.jsonl"]


def test_the_pin_of_several_files_is_that_of_the_list_that_sha256sum_prints(tmp_path: Path) -> None:
    put(tmp_path, b__jsonl=ROWS, a__jsonl='{"id": "c", "v": 1}\n', meta__yaml="model: v7\n")
    found, files = pin(load(tmp_path, "v", path="*.jsonl"))
    # sha256sum a.jsonl b.jsonl meta.yaml | sha256sum
    assert found == "218e7bb24a148877f9354a597ce9c2a1546684f2dc7915efa8f0895a0cc141f3"
    assert [file.path for file in files] == ["a.jsonl", "b.jsonl", "meta.yaml"]


def test_a_pin_does_not_depend_on_the_columns_that_are_read(tmp_path: Path) -> None:
    put(tmp_path, x__jsonl=ROWS, meta__yaml="model: v7\n")
    assert pin(load(tmp_path, "v")) == pin(load(tmp_path, "id", "model"))
