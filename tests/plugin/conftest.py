"""Small projects with a gate, run by pytest in a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest


PAIRS = 60
# Right answers of the candidate that make the rule `safety` come out this way; the baseline has 57.
SAFE = {"promote": 58, "fail": 20, "inconclusive": 52, "invalid": 58}
GATE = """\
version: 1
gate: {name}
artifacts:
  evals: {{candidate: {folder}/candidate.jsonl, baseline: {folder}/baseline.jsonl, id: id}}
metrics:
  accuracy: {{value: right, better: higher}}
  safety: {{value: safe, better: higher}}
rules:
  accuracy: {{metric: accuracy, claim: threshold, min: 0.8}}
  safety: {{metric: safety, claim: non_inferiority, margin: 10pp{severity}}}
"""
# What a shell or an outer session may bring along.
FOREIGN = ("CI", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
           "PYTHONOPTIMIZE", "PYTHONHASHSEED", "PYTHONPATH", "PYTHONWARNINGS",
           "PYTHONDONTWRITEBYTECODE",
           "FORCE_COLOR", "NO_COLOR", "COLUMNS", "GITHUB_ACTIONS")  # fmt: skip
# Read when the interpreter starts.
NEW_PROCESS = ("PYTHON", "LC_", "LANG", "TZ")
# Other plugins that are installed; each costs start-up time and may change a session.
OTHERS = sorted({one.name for one in entry_points(group="pytest11")} - {"evalgate"})


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a session ended, and what it left behind."""

    status: int
    out: str
    err: str
    verdicts: dict[str, str]  # evidence file without `.json` -> decision

    @property
    def verdict(self) -> str | None:
        """The decision of the gate `demo`; None where there is no evidence."""
        return self.verdicts.get("demo")

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def outcome(self) -> tuple[int, str | None]:
        return self.status, self.verdict


class Launcher:
    """A process that forks sessions, see launcher.py."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process = process
        self.folder = folder

    def run(self, args: list[str]) -> tuple[int, str, str]:
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the launcher has no pipes")
        out, err = self.folder / "out", self.folder / "err"
        request = {
            "args": args,
            "cwd": str(Path.cwd()),
            "env": dict(os.environ),
            "out": str(out),
            "err": str(err),
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return status, out.read_text("utf-8"), err.read_text("utf-8")


class Project:
    """A folder with gates, tests and a conftest.py, and sessions in it."""

    def __init__(self, pytester: pytest.Pytester, launcher: "Launcher | None") -> None:
        self.pytester = pytester
        self.launcher = launcher
        self.path = pytester.path
        self.reports = self.path / "evalgate-report"
        self.write("pytest.ini", "[pytest]\n")  # or a folder above might lend its own

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def gate(
        self, kind: str = "promote", *, file: str = "gate.yaml", name: str = "demo", more: str = ""
    ) -> Path:
        """Write a gate of two rules; `safety` comes out as ``kind`` says, `accuracy` passes."""
        data = (self.path / file).parent / "data" / name
        self.rows(data / "baseline.jsonl", 57, 57)
        self.rows(data / "candidate.jsonl", 58, SAFE[kind], has_gap=kind == "invalid")
        return self.write(file, GATE.format(name=name, folder=f"data/{name}", severity=more))

    def rows(self, path: Path, right: int, safe: int, *, has_gap: bool = False) -> None:
        rows: list[dict[str, Any]] = [
            {"id": f"q{i}", "right": i < right, "safe": i < safe} for i in range(PAIRS)
        ]
        if has_gap:
            rows[7]["safe"] = None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def old_evidence(self, name: str = "demo") -> Path:
        """Leave the evidence of a former run that promoted."""
        record = {"schema": "evalgate/evidence/1", "gate": {"name": name, "path": "gate.yaml"},
                  "decision": {"action": "promote", "verdict": "promote"}}  # fmt: skip
        return self.write(f"evalgate-report/{name}.json", json.dumps(record))

    def run(
        self,
        *args: object,
        python: Sequence[str] = (),
        plugins: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Run:
        """Run pytest with other plugins off, but for those named (by entry point)."""
        blocked = self.block(*plugins)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            is_new = bool(python) or any(name.startswith(NEW_PROCESS) for name in env or ())
            status, out, err = self.launch([*blocked, *map(str, args)], python, is_new=is_new)
        return Run(status=status, out=out, err=err, verdicts=read_verdicts(self.reports))

    def block(self, *kept: str) -> list[str]:
        """Return the arguments that switch other plugins off."""
        return [f"-pno:{one}" for one in OTHERS if one not in kept]

    def launch(
        self, args: list[str], python: Sequence[str], *, is_new: bool
    ) -> tuple[int, str, str]:
        """Run pytest: forked from the launcher, or new where the interpreter must be another."""
        if self.launcher is not None and not is_new:
            return self.launcher.run(args)
        done = self.pytester.run(sys.executable, *python, "-m", "pytest", *args, timeout=60)
        return int(done.ret), done.stdout.str(), done.stderr.str()

    def evidence(self, name: str = "demo") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.reports / f"{name}.json").read_text("ascii"))
        return found


def read_verdicts(folder: Path) -> dict[str, str]:
    """Read the decision of every evidence file; other files are none."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_bytes()) if path.is_file() else None
        if isinstance(record, dict) and "decision" in record:
            found[path.name.removesuffix(".json")] = record["decision"]["verdict"]
    return found


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher | None]:
    """Start the launcher, where processes can be forked."""
    is_measured = any(name.startswith("COV") for name in os.environ)  # coverage starts with Python
    if is_measured or not hasattr(os, "fork"):
        yield None
        return
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("launcher.py"))],
        env={**environment, "OPENBLAS_NUM_THREADS": "1"},  # threads do not survive a fork
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Launcher(process, tmp_path_factory.mktemp("launcher"))


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, launcher: Launcher | None
) -> Project:
    """Give an empty project whose sessions see nothing of the one outside."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    return Project(pytester, launcher)


@pytest.fixture
def stable() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give evidence without what differs from run to run."""

    def strip(evidence: dict[str, Any]) -> dict[str, Any]:
        provenance = {**evidence["provenance"], "created": None}
        return {**evidence, "run": None, "provenance": provenance}

    return strip


@pytest.fixture
def environment() -> dict[str, str]:
    """Give the environment of a process that a test starts itself."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN}
