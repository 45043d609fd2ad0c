"""What a reader may see beside its file: nothing behind links, above its root, or that moved."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts import rows as rows_module
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.paths import find
from pytest_evalgate.artifacts.readers import content as content_module
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.errors import ArtifactError
from pytest_evalgate.formats import BUILT_IN, Format


ROW = '{"v": 1}\n'


def put(path: Path, text: str = ROW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def content(root: Path, path: str = "runs/a/x.jsonl", *, base: str = ".", **more: Any) -> Content:
    """Give a file as its reader gets it."""
    put(root / base / path)
    (found,) = find(path, base=root / base, root=root)
    return Content(path=found.shown, data=ROW.encode(), found=found, **more)


def test_a_file_beside_is_read_recorded_and_hashed(tmp_path: Path) -> None:
    file = content(tmp_path)
    put(tmp_path / "runs/a/y.json", "{}")
    put(tmp_path / "runs/z.json", "[]")
    assert file.beside("y.json") == b"{}"
    assert file.beside("./y.json") == b"{}"
    assert file.beside("../z.json") == b"[]"
    assert file.beside("none.json") is None
    assert {path: one.bytes for path, one in file.records.items()} == {
        "runs/a/y.json": 2,
        "runs/z.json": 2,
    }


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../..", "/etc/passwd", "//etc/passwd", "../../../../etc/passwd"),
        *("b/../../../../etc/passwd", "..\\..\\x", "C:\\x", "C:/x", "a\0b", "\ud800", "y.json/"),
    ],
)
def test_no_name_leads_out_of_the_root_or_to_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "root").mkdir()
    put(tmp_path / "etc/passwd", "secret")
    file = content(tmp_path / "root")
    put(tmp_path / "root/runs/a/y.json")
    with suppress(ArtifactError):
        assert file.beside(name) is None
    assert not file.records
    assert file.names("*", folder=name) in ([], ["a"], ["runs"], ["x.jsonl", "y.json"])


def test_a_file_of_the_command_line_sees_no_folder_above(tmp_path: Path) -> None:
    put(tmp_path / "a/x.jsonl")
    put(tmp_path / "y.json")
    (found,) = find("a/x.jsonl", base=tmp_path, root=None)
    file = Content(path=found.shown, data=b"", found=found)
    assert file.beside("../y.json") is None
    assert file.names("*", folder="..") == []


def test_files_beside_are_never_read_through_links(tmp_path: Path) -> None:
    file = content(tmp_path)
    put(tmp_path / "secret/y.json", "secret")
    (tmp_path / "runs/a/link.json").symlink_to(tmp_path / "secret/y.json")
    (tmp_path / "runs/a/broken.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "runs/a/folder").symlink_to(tmp_path / "secret", target_is_directory=True)
    for name in ("link.json", "broken.json", "folder/y.json"):
        with pytest.raises(ArtifactError, match="symbolic link"):
            file.beside(name)
    assert file.names("*") == ["x.jsonl"]
    assert file.names("*", folder="folder") == []


def test_a_fifo_beside_does_not_block(tmp_path: Path) -> None:
    file = content(tmp_path)
    os.mkfifo(tmp_path / "runs/a/y.json")
    with pytest.raises(ArtifactError, match="not a regular file"):
        file.beside("y.json")


def test_case_counts_and_hidden_names_are_not_listed(tmp_path: Path) -> None:
    file = content(tmp_path)
    for name in ("Y.json", "y.json", ".y.json", "e\u0301.json", "\u00e9.json"):
        put(tmp_path / "runs/a" / name)
    assert file.names("*.json") == ["Y.json", "e\u0301.json", "y.json", "\u00e9.json"]
    assert file.names("Y*") == ["Y.json"]


def test_a_folder_of_very_many_names_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_module, "_MOST_BESIDE", 5)
    file = content(tmp_path)
    for number in range(6):
        put(tmp_path / f"runs/a/y{number}.json", str(number))
    with pytest.raises(ArtifactError, match="more than 5 names"):
        file.names("y*")
    for number in range(5):
        file.beside(f"y{number}.json")
    with pytest.raises(ArtifactError, match="more than 5 files beside it"):
        file.beside("y5.json")


def test_files_beside_share_one_budget(tmp_path: Path) -> None:
    file = content(tmp_path, max_bytes=100)
    for name in "ab":
        put(tmp_path / f"runs/a/{name}", "x" * 60)
    file.beside("a")
    file.beside("a")
    with pytest.raises(ArtifactError, match="more bytes than the budget of 100"):
        file.beside("b")
    put(tmp_path / "runs/a/c", "x" * 101)
    with pytest.raises(ArtifactError, match="101 bytes, more than the budget"):
        file.beside("c")


def test_a_file_beside_that_changes_between_two_looks_is_refused(tmp_path: Path) -> None:
    file = content(tmp_path)
    other = put(tmp_path / "runs/a/y.json", "{}")
    file.beside("y.json")
    other.write_text("[]")
    with pytest.raises(ArtifactError, match="the file changed while it was read"):
        file.beside("y.json")


def test_a_folder_that_cannot_be_listed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    file = content(tmp_path)
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ArtifactError, match="cannot be read: Permission denied"):
        file.names("*")


# Formats that read the files inside a folder, where a path names one.
INSIDE = {**BUILT_IN, "inside": Format(
    name="inside", parse="pytest_evalgate.artifacts.readers.jsonl:parse", inside="*/x.jsonl"
)}  # fmt: skip


def load(root: Path, *paths: str, reader: str = "inside", **more: Any) -> ArmTable:
    request = ArmRequest(
        artifact="a", arm="c", paths=paths, base=root, root=root, reader=reader, formats=INSIDE,
        **more,
    )  # fmt: skip
    return load_arm(request, ("v",))


def test_a_folder_gives_the_files_that_its_format_reads(tmp_path: Path) -> None:
    put(tmp_path / "runs/a/x.jsonl")
    put(tmp_path / "runs/b/x.jsonl", '{"v": 2}\n')
    put(tmp_path / "runs/b/other.jsonl")
    put(tmp_path / "runs/.c/x.jsonl")
    table = load(tmp_path, "runs")
    assert [file.path for file in table.files] == ["runs/a/x.jsonl", "runs/b/x.jsonl"]
    with pytest.raises(ArtifactError, match="not a regular file"):
        load(tmp_path, "runs", reader="jsonl")


@pytest.mark.parametrize("linked", ["runs", "runs/a", "runs/a/x.jsonl"])
def test_a_folder_behind_a_link_gives_nothing(tmp_path: Path, linked: str) -> None:
    put(tmp_path / "secret/a/x.jsonl")
    target = {"runs": "secret", "runs/a": "secret/a", "runs/a/x.jsonl": "secret/a/x.jsonl"}[linked]
    (tmp_path / linked).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / linked).symlink_to(tmp_path / target)
    with pytest.raises(ArtifactError, match=r"symbolic link|nothing matches"):
        load(tmp_path, "runs")


def test_a_fifo_inside_a_folder_does_not_block(tmp_path: Path) -> None:
    (tmp_path / "runs/a").mkdir(parents=True)
    os.mkfifo(tmp_path / "runs/a/x.jsonl")
    with pytest.raises(ArtifactError, match="not a regular file"):
        load(tmp_path, "runs")


def test_a_folder_of_very_many_folders_is_refused(tmp_path: Path) -> None:
    for number in range(10_001):
        (tmp_path / "runs" / str(number)).mkdir(parents=True)
    with pytest.raises(ArtifactError, match="more than 10000 names"):
        load(tmp_path, "runs")


def test_an_empty_folder_is_no_sample(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(ArtifactError, match='nothing matches "runs"'):
        load(tmp_path, "runs")


def test_names_that_differ_in_case_or_composition_are_two_files(tmp_path: Path) -> None:
    for number, name in enumerate(("X.jsonl", "x.jsonl", "e\u0301.jsonl", "\u00e9.jsonl")):
        put(tmp_path / name, f'{{"v": {number}}}\n')
    table = load(tmp_path, "*.jsonl", reader="jsonl")
    assert [file.path for file in table.files] == [
        "X.jsonl", "e\u0301.jsonl", "x.jsonl", "\u00e9.jsonl"
    ]  # fmt: skip


def test_more_rows_than_the_budget_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", "".join(f'{{"v": {number}}}\n' for number in range(60)))
    put(tmp_path / "b.jsonl", "".join(f'{{"v": {number}}}\n' for number in range(61)))
    assert load(tmp_path, "*.jsonl", reader="jsonl", max_rows=121).n == 121
    with pytest.raises(ArtifactError) as caught:
        load(tmp_path, "*.jsonl", reader="jsonl", max_rows=120)
    assert caught.value.message == "more than 120 rows in one arm"
    assert caught.value.hint is not None


def test_the_budget_of_rows_is_checked_while_they_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "_STRIDE", 7)
    put(tmp_path / "a.jsonl", ROW * 99 + "not JSON\n")
    with pytest.raises(ArtifactError, match="more than 98 rows"):
        load(tmp_path, "a.jsonl", reader="jsonl", max_rows=98)


def test_progress_names_the_file_and_its_rows_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "_STRIDE", 100)
    put(tmp_path / "a.jsonl", ROW * 350)
    told: list[str] = []
    tell: Callable[[str], None] = told.append
    load_arm(
        ArmRequest(
            artifact="a", arm="c", paths=("a.jsonl",), base=tmp_path, root=tmp_path, progress=tell
        ),
        ("v",),
    )
    assert told[0] == "reading a.jsonl"
    assert [words for words in told if words.endswith(("150", "250"))] == [
        "reading a.jsonl, row 150", "reading a.jsonl, row 250"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "words"),
    [(13, "permission denied"), (5, "input/output error"), (116, "stale file handle")],
)
def test_what_the_system_cannot_read_is_said_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    put(tmp_path / "a.jsonl")

    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, "whatever")

    monkeypatch.setattr("pytest_evalgate.artifacts.files._open", refuse)
    with pytest.raises(ArtifactError, match=f"the file cannot be read: {words}"):
        load(tmp_path, "a.jsonl", reader="jsonl")


def test_a_file_that_grows_or_is_replaced_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "a.jsonl")
    read = os.read

    def read_and_grow(descriptor: int, size: int) -> bytes:
        data = read(descriptor, size)
        path.write_text(ROW * 2)
        return data

    monkeypatch.setattr(os, "read", read_and_grow)
    with pytest.raises(ArtifactError, match="changed while it was read"):
        load(tmp_path, "a.jsonl", reader="jsonl")
