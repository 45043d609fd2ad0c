"""Which files a path may name, and how they are found."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.files import read_file
from pytest_evalgate.artifacts.paths import find
from pytest_evalgate.errors import ArtifactError, SampleError


Load = Callable[..., ArmTable]
ROW = '{"v": 1}\n'


def put(folder: Path, *names: str, text: str = ROW) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def load(folder: Path, *paths: str, columns: tuple[str, ...] = ("v",)) -> ArmTable:
    return load_arm(
        ArmRequest(artifact="a", arm="c", paths=paths, base=folder, root=folder), columns
    )


def shown(folder: Path, pattern: str) -> list[str]:
    return [found.shown for found in find(pattern, base=folder, root=folder)]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "an empty path; is a variable unset?"),
        ("  ", "an empty path"),
        ("../x.jsonl", "it leaves the folder that artifacts may lie in"),
        ("a/../../x.jsonl", "`..` may only stand at its start"),
        ("a/../x.jsonl", "`..` may only stand at its start"),
        ("/etc/passwd", "it is absolute"),
        ("\\\\host\\share", "it is absolute"),
        ("C:\\x.jsonl", "it is absolute"),
        ("C:/x.jsonl", "it is absolute"),
        ("C:x.jsonl", "it is absolute"),
        ("a\\x.jsonl", "folders are separated by `/`"),
        ("~/x.jsonl", "`~` is not expanded"),
        ("~root/x.jsonl", "`~` is not expanded"),
        ("$HOME/x.jsonl", "variables are not expanded"),
        ("a/${RUN}.jsonl", "variables are not expanded"),
        ("%TEMP%/x.jsonl", "variables are not expanded"),
        ("a\0.jsonl", "it holds a NUL"),
        (".", "it names a folder"),
        ("a/", "it names a folder"),
        ("a/{b c}.jsonl", "a brace that is not a {name}"),
        ("a/{}.jsonl", "a brace that is not a {name}"),
        ("\ud800.jsonl", "cannot be used: not a path"),
    ],
)
def test_unsafe_paths_are_refused(tmp_path: Path, path: str, words: str) -> None:
    put(tmp_path, "x.jsonl", "a/x.jsonl")
    with pytest.raises(ArtifactError) as caught:
        load(tmp_path / ".", path)
    assert words in caught.value.message


def test_a_path_may_leave_the_gate_folder_but_not_its_root(tmp_path: Path) -> None:
    put(tmp_path, "runs/x.jsonl", "gates/g.yaml")
    found = find("../runs/x.jsonl", base=tmp_path / "gates", root=tmp_path)
    assert [file.shown for file in found] == ["../runs/x.jsonl"]
    assert read_file(found[0]) == ROW.encode()
    with pytest.raises(ArtifactError, match="it leaves the folder"):
        find("../../x.jsonl", base=tmp_path / "gates", root=tmp_path)


def test_a_gate_outside_its_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(ArtifactError, match="lies outside its root"):
        find("x.jsonl", base=tmp_path, root=tmp_path / "a")


@pytest.mark.parametrize("path", ["link.jsonl", "*.jsonl", "folder/x.jsonl", "folder/*.jsonl"])
def test_links_are_never_followed(tmp_path: Path, path: str) -> None:
    put(tmp_path, "inside/x.jsonl")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "inside" / "x.jsonl")
    (tmp_path / "folder").symlink_to(tmp_path / "inside", target_is_directory=True)
    with pytest.raises(ArtifactError, match="symbolic link"):
        load(tmp_path, path)


def test_a_folder_exchanged_for_a_link_is_noticed(tmp_path: Path) -> None:
    put(tmp_path, "runs/x.jsonl", "secret/x.jsonl")
    (found,) = find("runs/x.jsonl", base=tmp_path, root=tmp_path)
    (tmp_path / "runs").rename(tmp_path / "old")
    (tmp_path / "runs").symlink_to(tmp_path / "secret", target_is_directory=True)
    with pytest.raises(ArtifactError, match="symbolic link"):
        read_file(found)


def test_link_loops_end(tmp_path: Path) -> None:
    put(tmp_path, "a/x.jsonl")
    for name in ("self", "other", "a/up"):
        (tmp_path / name).symlink_to(tmp_path, target_is_directory=True)
    assert shown(tmp_path, "**/*.jsonl") == ["a/x.jsonl"]


def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.jsonl")
    for path in ("x.jsonl", "*.jsonl"):
        with pytest.raises(ArtifactError, match="not a regular file"):
            load(tmp_path, path)


def test_sockets_and_folders_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "y.jsonl").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(tmp_path, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/x.jsonl")
        os.close(here)
        for path in ("x.jsonl", "y.jsonl"):
            with pytest.raises(ArtifactError, match="not a regular file"):
                load(tmp_path, path)


def test_devices_are_refused() -> None:
    with pytest.raises(ArtifactError, match="not a regular file"):
        load(Path("/dev"), "zero")


def test_a_file_over_the_budget_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.jsonl").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(ArtifactError, match="1099511627776 bytes, more than the budget"):
        load(tmp_path, "x.jsonl")


def test_a_missing_file_and_an_empty_match_name_what_was_asked(tmp_path: Path) -> None:
    put(tmp_path, "runs/x.csv")
    with pytest.raises(ArtifactError, match="no such file"):
        load(tmp_path, "runs/x.jsonl")
    with pytest.raises(ArtifactError, match=r'nothing matches "runs/\*.jsonl" in folder "runs"'):
        load(tmp_path, "runs/*.jsonl")
    with pytest.raises(ArtifactError, match="no such file or directory"):
        load(tmp_path, "run/*.jsonl")


def test_what_the_system_says_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="cannot be read: file name too long"):
        load(tmp_path, "x" * 300 + ".jsonl")


def test_only_stars_question_marks_and_names_are_special(tmp_path: Path) -> None:
    put(tmp_path, "a[1].jsonl", "a1.jsonl", "b/c/d.jsonl", "b/e.jsonl")
    assert shown(tmp_path, "a[1].jsonl") == ["a[1].jsonl"]
    assert shown(tmp_path, "a[1]*") == ["a[1].jsonl"]
    assert shown(tmp_path, "a?.jsonl") == ["a1.jsonl"]
    assert shown(tmp_path, "**/*.jsonl") == ["a1.jsonl", "a[1].jsonl", "b/c/d.jsonl", "b/e.jsonl"]
    assert shown(tmp_path, "b/**") == ["b/c/d.jsonl", "b/e.jsonl"]
    assert shown(tmp_path, "./b//*") == ["b/e.jsonl"]


def test_hidden_names_match_only_where_written(tmp_path: Path) -> None:
    put(tmp_path, ".git/x.jsonl", ".x.jsonl", "y.jsonl")
    assert shown(tmp_path, "**/*.jsonl") == ["y.jsonl"]
    assert shown(tmp_path, ".git/*.jsonl") == [".git/x.jsonl"]
    assert shown(tmp_path, ".*.jsonl") == [".x.jsonl"]


def test_depth_and_number_of_names_are_limited(tmp_path: Path) -> None:
    put(tmp_path, "/".join("d" * 20) + "/x.jsonl")
    with pytest.raises(ArtifactError, match="folders deeper than 16"):
        shown(tmp_path, "**/*.jsonl")
    many = tmp_path / "many"
    many.mkdir()
    for number in range(10_001):
        (many / str(number)).touch()
    with pytest.raises(ArtifactError, match="more than 10000 names"):
        shown(many, "*.jsonl")


def test_a_folder_is_counted_once_for_two_stars(tmp_path: Path) -> None:
    names = [f"{folder}/{number}.jsonl" for folder in range(60) for number in range(160)]
    put(tmp_path, *names)  # 60 folders and 9600 files: 9660 names
    assert shown(tmp_path, "**/*.jsonl") == sorted(names)
    (tmp_path / "many").mkdir()
    for number in range(400):
        (tmp_path / "many" / str(number)).touch()
    with pytest.raises(ArtifactError, match="more than 10000 names"):
        shown(tmp_path, "**/*.jsonl")


def test_many_double_stars_take_no_more_looks_than_one(tmp_path: Path) -> None:
    put(tmp_path, "/".join("d" * 15) + "/x.jsonl")
    start = time.process_time()
    assert shown(tmp_path, "**/d/" * 8 + "**/*.jsonl") == ["/".join("d" * 15) + "/x.jsonl"]
    assert shown(tmp_path, "**/" * 12 + "*.jsonl") == ["/".join("d" * 15) + "/x.jsonl"]
    assert time.process_time() - start < 2


@pytest.mark.parametrize("name", [b"a\nb.jsonl", b"a\x1b.jsonl", b"a\xff.jsonl"])
def test_names_that_cannot_be_shown_are_refused_from_a_pattern(tmp_path: Path, name: bytes) -> None:
    put(tmp_path, "x.jsonl")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(ROW)
    with pytest.raises(ArtifactError, match="no printable UTF-8") as caught:
        load(tmp_path, "*.jsonl")
    assert str(caught.value).replace("\n", "").isprintable()


def test_a_file_named_twice_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", "b.jsonl")
    with pytest.raises(ArtifactError, match=r'"a.jsonl" is named twice'):
        load(tmp_path, "*.jsonl", "a.jsonl")


def test_an_override_may_lie_anywhere(tmp_path: Path) -> None:
    put(tmp_path, "far/x.jsonl", "far/runs/y.jsonl")
    base = tmp_path / "work"
    base.mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "far", target_is_directory=True)
    for path in (str(tmp_path / "far/x.jsonl"), "../far/x.jsonl", "../latest/x.jsonl"):
        (found,) = find(path, base=base, root=None)
        assert found.shown == (tmp_path / "far/x.jsonl").as_posix()
    (found,) = find("../latest/*/y.jsonl", base=base, root=None)
    assert read_file(found) == ROW.encode()
    with pytest.raises(ArtifactError, match="empty or holds a NUL"):
        find("", base=base, root=None)


def test_captures_are_columns(tmp_path: Path) -> None:
    put(tmp_path, "emotion/train-64-0/r.json", "emotion/train-64-1/r.json", text='{"v": 1}')
    table = load(
        tmp_path, "{dataset}/train-{size}-{split}/r.json", columns=("dataset", "size", "split")
    )
    assert table.distinct(["dataset", "size", "split"]) == [
        ("emotion", "64", "0"),
        ("emotion", "64", "1"),
    ]


def test_a_capture_written_twice_is_one_value(tmp_path: Path) -> None:
    put(tmp_path, "a/x-a.jsonl")
    assert load(tmp_path, "{m}/x-{m}.jsonl", columns=("m",)).distinct(["m"]) == [("a",)]
    put(tmp_path, "b/x-a.jsonl")
    with pytest.raises(ArtifactError, match="two values"):
        load(tmp_path, "{m}/x-{m}.jsonl", columns=("m",))


def test_a_capture_that_can_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "samples_mmlu_de_1.jsonl")
    with pytest.raises(ArtifactError, match='task "mmlu_de" or task "mmlu"'):
        load(tmp_path, "samples_{task}_*.jsonl", columns=("task",))


def test_a_capture_must_equal_the_column_of_its_name(tmp_path: Path) -> None:
    put(tmp_path, "7.jsonl", text='{"v": 1, "seed": 7}\n')
    assert load(tmp_path, "{seed}.jsonl", columns=("seed",)).n == 1
    put(tmp_path, "7.jsonl", text='{"v": 1, "seed": 7}\n{"v": 1, "seed": 8}\n')
    with pytest.raises(SampleError, match=r'"seed" is "7" by the path .* says "8"') as caught:
        load(tmp_path, "{seed}.jsonl")
    assert str(caught.value.at) == "7.jsonl:2"


def test_path_and_row_are_columns(tmp_path: Path) -> None:
    put(tmp_path, "b/y.jsonl", text=ROW * 2)
    put(tmp_path, "a/x.jsonl", text=ROW + '{"v": 2}\n')
    table = load(tmp_path, "*/*.jsonl", columns=("_path", "_row"))
    assert table.columns["_path"] == ["a/x.jsonl"] * 2 + ["b/y.jsonl"] * 2
    assert table.columns["_row"] == [1, 2, 1, 2]
    assert str(table.locate(3)) == "b/y.jsonl:2"


def test_the_digest_is_of_the_bytes_that_were_parsed(tmp_path: Path) -> None:
    put(tmp_path, "x.jsonl")
    (record,) = load(tmp_path, "x.jsonl").files
    assert (
        record.sha256 == "4a48c7348d7982e297f57d640574d85d03aade6d7d7cd6c6ae2d0806bff62219"
    )  # of sha256sum
    assert (record.path, record.bytes, record.rows) == ("x.jsonl", 9, 1)


def test_metadata_beside_a_file_are_columns(tmp_path: Path) -> None:
    put(tmp_path, "x.jsonl", "y.jsonl")
    put(tmp_path, "meta.json", text='{"model": "m1", "dataset": {"name": "d"}, "commit": "c1"}')
    put(tmp_path, "x.meta.json", text='{"model": "m2", "version": 3, "note": null}')
    table = load(tmp_path, "*.jsonl", columns=("model", "commit", "version", "v"))
    assert table.columns["model"] == ["m2", "m1"]
    assert table.columns["version"] == [3, None]
    assert table.files[0].metadata == {"model": "m2", "commit": "c1", "version": "3"}
    assert [file.path for file in table.files] == [
        *("x.jsonl", "y.jsonl", "meta.json", "x.meta.json")
    ]
    assert [file.rows for file in table.files] == [1, 1, 0, 0]


def test_metadata_must_agree_with_the_path(tmp_path: Path) -> None:
    put(tmp_path, "m1/x.jsonl")
    put(tmp_path, "m1/meta.json", text='{"model": "m2"}')
    with pytest.raises(SampleError, match=r'"model" is "m1" .* the metadata say "m2"'):
        load(tmp_path, "{model}/x.jsonl")


def test_no_path_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no path is given"):
        load(tmp_path)


def test_metadata_must_agree_with_the_rows(tmp_path: Path) -> None:
    put(tmp_path, "x.jsonl", text='{"v": 1, "model": "m1"}\n')
    put(tmp_path, "x.meta.json", text='{"model": "m2"}')
    with pytest.raises(SampleError, match=r'"model" is "m2" .* but the row says "m1"'):
        load(tmp_path, "x.jsonl")


@pytest.mark.parametrize("text", ["[1]", "{", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": 1} x'])
def test_damaged_metadata_are_refused(tmp_path: Path, text: str) -> None:
    put(tmp_path, "x.jsonl")
    put(tmp_path, "x.meta.json", text=text)
    with pytest.raises(ArtifactError) as caught:
        load(tmp_path, "x.jsonl")
    assert caught.value.at is not None
    assert caught.value.at.path == "x.meta.json"


def test_patterns_never_match_metadata(tmp_path: Path) -> None:
    put(tmp_path, "x.json", "x.meta.json", "meta.json", text='{"v": 1}')
    assert shown(tmp_path, "*.json") == ["x.json"]
