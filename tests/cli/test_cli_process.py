"""The command as a process: isolated, quick to start, silent about its inner life."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_evalgate import __version__


Isolated = Callable[..., "subprocess.CompletedProcess[str]"]
MODULE = [sys.executable, "-I", "-m", "pytest_evalgate"]


def test_the_version_is_that_of_the_package(isolated: Isolated) -> None:
    assert isolated("--version").stdout == f"pytest-evalgate {__version__}\n"


def test_help_names_the_commands(isolated: Isolated) -> None:
    done = isolated("--help")
    assert done.returncode == 0
    for command in ("init", "lint", "plan", "schema", "report"):
        assert f"    {command} " in done.stdout
    assert "Not yet supported: verify, diff, accept." in done.stdout


@pytest.mark.parametrize("arguments", [(), ("inti",), ("lint",), ("schema", "--nope"), ("--vers",)])
def test_a_call_that_is_not_understood_ends_in_four(
    isolated: Isolated, arguments: tuple[str, ...]
) -> None:
    done = isolated(*arguments)
    assert done.returncode == 4
    assert "usage: python -I -m pytest_evalgate" in done.stderr
    assert "error: " in done.stderr


@pytest.mark.parametrize("command", ["verify", "diff", "accept"])
def test_later_commands_say_so(isolated: Isolated, command: str) -> None:
    done = isolated(command, "gate.yaml", "--format", "html")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"error: {command} is not yet supported\n"


def test_schema_prints_the_schema_of_gate_files(isolated: Isolated) -> None:
    done = isolated("schema")
    assert done.returncode == 0
    schema = json.loads(done.stdout)
    shipped = Path(__file__).parents[2] / "src/pytest_evalgate/spec/gate.schema.json"
    assert schema == json.loads(shipped.read_text())


@pytest.mark.parametrize("command", ["schema", "lint"])
def test_start_up_imports_nothing_heavy(tmp_path: Path, command: str) -> None:
    gate = Path(__file__).parents[2] / "gate.example.yaml"
    arguments = [command, str(gate)] if command == "lint" else [command]
    code = (
        "import sys; from pytest_evalgate.cli.main import run\n"
        f"status = run({arguments!r})\n"
        "heavy = {'numpy', 'scipy', 'statsmodels', 'pandas', 'pytest', '_pytest'}\n"
        "print(sorted(heavy & set(sys.modules)), status, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == "[] 0\n"


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*MODULE, "schema"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert err == b""


def test_a_name_that_is_no_text_is_escaped(tmp_path: Path) -> None:
    done = subprocess.run(
        [*MODULE, "lint", b"a\xff.yaml"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 4
    assert done.stderr.startswith(b"a\\udcff.yaml: error[spec]: no such file")


def test_modules_of_the_working_directory_are_not_imported(
    isolated: Isolated, tmp_path: Path
) -> None:
    for name in ("yaml", "json", "numpy", "argparse"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken over')")
    assert isolated("schema").returncode == 0
