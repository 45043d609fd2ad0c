"""The machine: git, folders, and files that are written whole or not at all."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pytest_evalgate import host
from pytest_evalgate.errors import EvidenceError


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *who, *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_is_the_one_checked_out(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "deep").mkdir()
    assert host.head_commit(tmp_path) is None  # nothing committed yet
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    assert host.head_commit(tmp_path / "deep") == git(tmp_path, "rev-parse", "HEAD")


def test_without_a_work_tree_there_is_no_commit_and_the_folder_is_the_root(tmp_path: Path) -> None:
    assert host.work_tree(tmp_path) is None
    around = host.surroundings(tmp_path / "gate.yaml")
    assert (around.run.head_sha, around.root) == (None, tmp_path.resolve())


def test_artifacts_may_lie_in_the_work_tree_that_holds_the_gate(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    around = host.surroundings(tmp_path / "gates" / "gate.yaml")
    assert (around.base, around.root) == (tmp_path.resolve() / "gates", tmp_path.resolve())


def test_no_two_runs_share_a_nonce() -> None:
    assert len({host.nonce() for _ in range(100)}) == 100


def test_gates_are_found_by_name_in_a_fixed_order(tmp_path: Path) -> None:
    names = ["b/gate.yaml", "a/x.gate.yml", "gate.yml", "z.gate.yaml"]
    others = ["a/gate.yaml.bak", "gate.json", "mygate.yaml", ".git/gate.yaml", "out/gate.yaml"]
    for name in [*names, *others]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    found = [
        path.relative_to(tmp_path).as_posix()
        for path in host.find_gates(tmp_path, skip=tmp_path / "out")
    ]
    assert found == ["gate.yml", "z.gate.yaml", "a/x.gate.yml", "b/gate.yaml"]


def test_a_file_is_replaced_whole_and_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "demo.json"
    for text in ("first", "second\u00e9"):
        host.write_atomically(text, path)
        assert path.read_text("utf-8") == text
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["folder", "link", "dangling", "below-a-file"])
def test_what_is_no_plain_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "demo.json", tmp_path / "other"
    other.write_text("kept")
    match kind:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(other)
        case "dangling":
            path.symlink_to(tmp_path / "nothing")
        case _:
            path = other / "demo.json"
    before = sorted(tmp_path.iterdir())
    with pytest.raises(EvidenceError, match=r"demo\.json") as raised:
        host.write_atomically("text", path)
    assert raised.value.hint
    assert sorted(tmp_path.iterdir()) == before
    assert other.read_text() == "kept"


def test_former_evidence_is_known_by_its_gate_file(tmp_path: Path) -> None:
    def leave(name: str, path: str, schema: str = "evalgate/evidence/1") -> None:
        gate = {"path": path, "name": name.removesuffix(".json")}
        (tmp_path / name).write_text(json.dumps({"schema": schema, "gate": gate}))

    leave("a.json", "gate.yaml")
    (tmp_path / "copy-of-a.json").write_bytes((tmp_path / "a.json").read_bytes())
    leave("b.json", "other.yaml")
    leave("c.json", "gate.yaml", schema="evalgate/evidence/9")
    (tmp_path / "d.json").write_text("{")
    (tmp_path / "e.json").symlink_to(tmp_path / "a.json")
    assert list(host.evidence_of(tmp_path, "gate.yaml")) == [tmp_path / "a.json"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "a=1\n"),
        ("", "a=1\n"),
        ("x=0\n", "x=0\na=1\n"),
        pytest.param("x=0", "x=0\na=1\n", id="a line that was left open"),
    ],
)
def test_lines_for_a_runner_begin_on_a_line_of_their_own(
    tmp_path: Path, before: str | None, after: str
) -> None:
    path = tmp_path / "output"
    if before is not None:
        path.write_text(before)
    assert host.append("a=1\n", path) is None
    assert path.read_text() == after


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names there")
def test_a_pipe_in_the_place_of_a_runners_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "output")
    assert host.append("a=1\n", tmp_path / "output") == f"{tmp_path / 'output'}: no regular file"
