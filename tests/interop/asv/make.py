"""Make the results beside this script by running asv in a repository of two commits.

In an environment of its own::

    pip install asv==0.6.6
    python tests/interop/asv/make.py

It writes ``results`` and ``made_with.json``. The name of the host and paths are taken out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path


HERE = Path(__file__).parent
BENCHMARKS = """
class Sorting:
    params = [[10, 1000], ["list", "tuple"]]
    param_names = ["size", "kind"]

    def setup(self, size, kind):
        if size == 1000 and kind == "tuple":
            raise NotImplementedError
        self.values = [(i * 7919) % 1009 for i in range(size)]

    def time_sorted(self, size, kind):
        sorted(self.values)

    def track_length(self, size, kind):
        return len(self.values)

def time_fails():
    raise ValueError("no input")

def time_sum():
    sum(range(100))
"""
SETTINGS = {
    "version": 1,
    "project": "tiny",
    "repo": ".",
    "branches": ["main"],
    "benchmark_dir": "benchmarks",
    "results_dir": "results",
    "environment_type": "existing",
}
MACHINE = {"machine": "host", "arch": "x86_64", "cpu": "a processor", "num_cpu": "2", "ram": "8"}


def main() -> int:
    """Make a repository and run asv on each of its commits."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HOME"] = folder
        Path("benchmarks").mkdir()
        Path("benchmarks", "__init__.py").touch()
        Path("benchmarks", "tiny.py").write_text(BENCHMARKS, encoding="utf-8")
        Path("asv.conf.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        run("git", "init", "-q", "-b", "main")
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
        for number in (1, 2):
            Path("tiny.txt").write_text(str(number), encoding="utf-8")
            run("git", "add", "-A")
            run("git", *who, "commit", "-q", "-m", f"commit {number}")
            asv = (sys.executable, "-m", "asv")
            options = [f"--{name}={value}" for name, value in {**MACHINE, "os": "Linux"}.items()]
            run(*asv, "machine", "--yes", *options)
            commit = ("--set-commit-hash", git("rev-parse", "HEAD"))
            quick = ("--quick", f"--environment=existing:{sys.executable}", "--machine=host")
            # asv says by its code that a benchmark failed, as one of these does.
            subprocess.run([*asv, "run", *quick, *commit], check=False)
        shutil.rmtree(HERE / "results", ignore_errors=True)
        copy(Path("results"), HERE / "results")
    made = {"tool": "asv", "version": version("asv"), "command": "python make.py"}
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return 0


def copy(source: Path, target: Path) -> None:
    """Copy results without the path of the interpreter in names and texts."""
    interpreter = str(Path(sys.executable))
    for path in sorted(source.rglob("*.json")):
        text = path.read_text(encoding="utf-8").replace(interpreter, "/usr/bin/python3")
        environment = interpreter.replace("/", "_")
        text = text.replace(environment, "_usr_bin_python3")
        name = path.relative_to(source).as_posix().replace(environment, "_usr_bin_python3")
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


def git(*arguments: str) -> str:
    """Return what git says."""
    command = ["git", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
