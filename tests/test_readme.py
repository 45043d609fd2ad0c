"""Console blocks of README and docs show what the commands print; the first gate is a real file."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_evalgate.spec.build import read_gate


ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Blocks that follow a marker install the project; the continuous integration runs those.
BLOCKS = [
    block
    for text in (README, (ROOT / "docs" / "reports.md").read_text(encoding="utf-8"))
    for block in re.findall(r"(?<!-->\n)```console\n(.*?)```", text, flags=re.DOTALL)
]

YAML = [
    block
    for text in (README, (ROOT / "docs" / "gate-file.md").read_text(encoding="utf-8"))
    for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
]


def commands(block: str) -> list[tuple[str, list[str]]]:
    """Return the commands of a block, each with the lines it shows."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


def follows(shown: list[str], printed: list[str]) -> str | None:
    """Say which shown line does not follow; a line of dots stands for any lines."""
    at, may_skip = 0, False
    for line in shown:
        if line == "...":
            may_skip = True
            continue
        rest = printed[at:]
        if may_skip and line in rest:
            at += rest.index(line) + 1
        elif not may_skip and rest and rest[0] == line:
            at += 1
        else:
            return line
        may_skip = False
    return None


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the commands read, so that they write nowhere else."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copy(ROOT / "gate.example.yaml", folder)
    return folder


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0][2:60] for block in BLOCKS])
def test_console_block_prints_what_it_shows(block: str, clone: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "CI"},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "PYTEST_ADDOPTS": "-p no:randomly -p no:cacheprovider",
    }
    for command, shown in commands(block):
        done = subprocess.run(  # noqa: S602 - the README's own words
            command,
            shell=True,
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = [line.rstrip() for line in done.stdout.splitlines()]
        missing = follows([line.rstrip() for line in shown], printed)
        assert missing is None, f"{missing!r} is not printed by {command}\n{done.stdout}"


def test_the_shapes_of_files_are_valid() -> None:
    [shapes] = [block for block in YAML if "one-table" in block]
    metrics = {
        "one-table": "v",
        "wide": "{candidate: new, baseline: old}",
        "per-run": "v",
        "two-baselines": "v",
    }
    lines = [f"  {a}: {{artifact: {a}, value: {v}, better: higher}}" for a, v in metrics.items()]
    rules = [f"  {name}: {{metric: {name}, claim: superiority}}" for name in metrics]
    text = "\n".join(["version: 1", "gate: g", shapes, "metrics:", *lines, "rules:", *rules])
    spec = read_gate(text.encode(), "gate-file.md")
    assert {artifact.name for artifact in spec.artifacts} == set(metrics)


def test_there_are_blocks_to_run() -> None:
    assert len(BLOCKS) >= 5


def test_the_first_gate_is_the_file_that_is_run() -> None:
    assert YAML[0] == (ROOT / "examples/digits/quick.gate.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("candidate", "status"), [("candidate", 0), ("worse", 1), ("few-runs", 21)]
)
def test_example_gate_ends_as_the_readme_says(candidate: str, status: int, clone: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--evalgate",
            "gate.example.yaml",
            "--evalgate-artifact",
            f"digits.candidate=examples/digits/artifacts/{candidate}/*.jsonl",
        ],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
