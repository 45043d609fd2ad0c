"""A virtual environment and a long-lived process for every tool.

``python benchmarks/peers/environments.py FOLDER`` makes the environments and stops.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self


ROOT: Final = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from benchmarks.peers.contestants import PACKAGES  # noqa: E402 - after the path is set
from benchmarks.peers.rows import Answer, DataSet, Verdict, to_json  # noqa: E402


def python_of(folder: Path, tool: str) -> Path:
    return folder / "environments" / tool / "bin" / "python"


def make_environments(folder: Path) -> dict[str, str]:
    """Install each tool in an environment of its own; return what could not be installed."""
    failed = {}
    for tool, packages in {**PACKAGES, "ours": (str(ROOT),)}.items():
        python = python_of(folder, tool)
        done = python.parent.parent / "installed"
        if done.exists():
            continue
        venv.create(python.parent.parent, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *packages]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode:
            failed[tool] = found.stderr.strip().splitlines()[-1]
        else:
            done.write_text(_revision() if tool == "ours" else "")
    return failed


def revision_of_ours(folder: Path) -> str:
    """Return the revision of this project that is installed."""
    return (python_of(folder, "ours").parent.parent / "installed").read_text()


def _revision() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


class Worker:
    """One tool's process: a question in, an answer out."""

    def __init__(self, folder: Path, tool: str) -> None:
        self._log = (folder / f"{tool}.log").open("a")
        self._process = subprocess.Popen(
            [str(python_of(folder, tool)), "-m", f"benchmarks.peers.workers.{tool}"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def ask(self, **question: Any) -> Any:
        """Put one question; its answer as JSON."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker died; its words are in {self._log.name}")
        return json.loads(line)

    def judge(self, data: DataSet, asking: str) -> Answer:
        """Judge by the tool's library."""
        return _answer(self.ask(do="judge", data=to_json(data), asking=asking))

    def prepare(self, data: DataSet, asking: str, folder: Path) -> list[str] | None:
        """Write the tool's files; return its command, or None where it cannot ask this."""
        folder.mkdir(parents=True, exist_ok=True)
        found = self.ask(do="prepare", data=to_json(data), asking=asking, folder=str(folder))
        command: list[str] | None = found.get("command")
        return command

    def read(self, status: int, folder: Path) -> Answer:
        """Return what a command that has ended said."""
        return _answer(self.ask(do="read", exit=status, folder=str(folder)))


def _answer(found: dict[str, str]) -> Answer:
    return Answer(verdict=Verdict(found["verdict"]), why=found["why"])


if __name__ == "__main__":
    print(make_environments(Path(sys.argv[1]).resolve()) or "all installed")
