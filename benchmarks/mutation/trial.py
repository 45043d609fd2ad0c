"""One mutant, one forked process: the copy of the package is changed, and its tests run.

The libraries are imported once, in the parent; the package itself and the tests are imported in
the child, from a copy of the project. Nothing here ever writes to the working tree.
"""

import ctypes
import gc
import hashlib
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from benchmarks.mutation.mutants import Mutant, mutated


CPU_SECONDS = 60  # more CPU than this counts as killed: the mutant does not end
WALL_SECONDS = 600
LIBRARIES = (
    "hypothesis", "hypothesis.extra.numpy", "numpy", "scipy.optimize", "scipy.special",
    "scipy.stats", "statsmodels.api", "statsmodels.formula.api", "statsmodels.stats.multitest",
    "yaml",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the tests said about one mutant."""

    killed_by: str | None  # a test, "timeout", or None: it survived
    tests: int
    seconds: float


@dataclass(slots=True, eq=False)
class Chosen:
    """A plugin: runs the chosen tests in the order chosen, and notes the first that fails."""

    names: Sequence[str]
    failed: str | None = None
    ran: int = 0
    _order: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._order = {name: i for i, name in enumerate(self.names)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep and order the tests."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self._order),
            key=lambda item: self._order[item.nodeid],
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the test that fails."""
        self.ran += report.when == "call"
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note the file that cannot be imported."""
        if report.failed and self.failed is None:
            self.failed = f"import of {report.nodeid}"


def prepare(examples: int) -> None:
    """Import what no mutant touches, once. Hypothesis draws the same few examples each time."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for name in [
        one for one in sys.modules if one.split(".")[0].strip("_").startswith("hypothesis")
    ]:
        # pytest warns of plugins it did not import itself, and warnings are errors here.
        sys.modules[name].__doc__ = "PYTEST_DONT_REWRITE"
    from hypothesis import Phase, settings  # noqa: PLC0415 - a tool of the tests

    settings.register_profile(
        "mutants",
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutants")
    own = vars(settings)["max_examples"].fget
    fewer = property(lambda self: min(own(self), examples))
    type.__setattr__(settings, "max_examples", fewer)  # also where a test asks for more
    gc.collect()
    gc.freeze()  # pytest collects garbage at its end: not that of all libraries, in each child


def try_mutant(root: Path, mutant: Mutant | None, tests: Sequence[str], own: int) -> Outcome:
    """Run the first ``own`` tests, then the others, against a mutant in the copy ``root``.

    None is the unchanged package, for which all tests must pass.
    """
    start = time.monotonic()
    if mutant is None:
        return _run(root, None, tests, start)
    path = root / "src" / "pytest_evalgate" / mutant.module
    source = path.read_bytes()
    digest = hashlib.sha256(source).hexdigest()
    _write(path, mutated(source, mutant))
    try:
        found = _run(root, mutant, tests[:own], start)
        if found.killed_by is None and tests[own:]:
            found = _run(root, mutant, tests[own:], start)
    finally:
        _write(path, source)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise RuntimeError(f"{path} was not restored")
    return found


def _write(path: Path, source: bytes) -> None:
    """Write a source and drop its compiled file, whose time stamp is too coarse to trust."""
    path.write_bytes(source)
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()


def _run(root: Path, mutant: Mutant | None, tests: Sequence[str], start: float) -> Outcome:
    if not tests:
        return Outcome(killed_by=None, tests=0, seconds=time.monotonic() - start)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(root, mutant, tests, writer)
    os.close(writer)
    status = _wait(child)
    with os.fdopen(reader, "rb") as stream:
        text = stream.read()
    seconds = time.monotonic() - start
    if not text:
        died = os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
        return Outcome(killed_by="timeout" if died else "crash", tests=len(tests), seconds=seconds)
    said: dict[str, Any] = json.loads(text)
    if said["error"]:
        raise RuntimeError(f"{mutant}: {said['error']}")
    return Outcome(killed_by=said["killed_by"], tests=said["ran"], seconds=seconds)


def _wait(child: int) -> int:
    until = time.monotonic() + WALL_SECONDS
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def _child(root: Path, mutant: Mutant | None, tests: Sequence[str], writer: int) -> None:
    """Run pytest in the copy, say what happened through the pipe, and end."""
    said = {"killed_by": None, "ran": 0, "error": "the tests did not run"}
    try:
        said = _judge(root, mutant, tests)
    except BaseException as error:  # noqa: BLE001 - the parent must hear of it
        said["error"] = repr(error)
    with os.fdopen(writer, "w") as stream:
        json.dump(said, stream)
    os._exit(0)


def _judge(root: Path, mutant: Mutant | None, tests: Sequence[str]) -> dict[str, Any]:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # end with the parent
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root / "src")  # for processes that tests start
    sys.path.insert(0, str(root / "src"))
    sys.dont_write_bytecode = False  # _write drops what is compiled of a mutant
    if any(name.split(".")[0] == "pytest_evalgate" for name in sys.modules):
        raise RuntimeError("the package was imported before the mutant was written")
    _silence()
    chosen = Chosen(tests)
    code = pytest.main(_arguments(tests), plugins=[chosen])
    error = _foreign(root, mutant)
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        killer = chosen.failed or f"pytest ended with {int(code)}"
        return {"killed_by": killer, "ran": chosen.ran, "error": error}
    return {"killed_by": None, "ran": chosen.ran, "error": error}


def _arguments(tests: Iterable[str]) -> list[str]:
    files = dict.fromkeys(one.split("::")[0] for one in tests)
    return [
        *(*files, "-x", "-q", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider"),
        *("-p", "no:xdist", "-p", "no:cov", "-p", "no:rerunfailures", "-p", "no:faulthandler"),
    ]


def _foreign(root: Path, mutant: Mutant | None) -> str | None:
    """Prove that the copy was imported, and in it the mutant."""
    package = sys.modules.get("pytest_evalgate")
    if package is None or not str(package.__file__).startswith(f"{root}/"):
        return f"the package was imported from {package and package.__file__}"
    if mutant is None:
        return None
    name = f"pytest_evalgate.{mutant.module.removesuffix('.py').replace('/', '.')}"
    module = sys.modules.get(name)  # not there if its import failed
    if module is not None and getattr(module, "__mutant__", None) != mutant.name:
        return f"{name} is not the mutant"
    return None


def _silence() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
