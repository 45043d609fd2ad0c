"""Which tests run which line, and how long each takes: measured once, on unchanged sources."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest


# Tests within one process. Those of the plugin start others, and would add minutes for each
# mutant; leaving them out can only lower a score.
TESTS = ("tests/stats", "tests/gate", "tests/cli")
BUDGET = 20.0  # seconds of tests for one mutant, fastest first
SAMPLED = 6.0  # the same for a mutant of the sample
LONGEST = 8.0  # seconds: a slower test is not used


@dataclass(frozen=True, slots=True, kw_only=True)
class TestMap:
    """Tests by line. A line run on import only belongs to all tests that run its module."""

    seconds: Mapping[str, float]  # test -> duration, of tests that pass
    lines: Mapping[str, Mapping[int, frozenset[str]]]  # module -> line -> tests

    def tests(self, module: str, first: int, last: int, *, budget: float) -> list[str]:
        """Return the tests of the lines first .. last, those of the module's own file first."""
        by_line = self.lines.get(module, {})
        found: set[str] = set()
        for line in range(first, last + 1):
            found |= by_line.get(line, frozenset())
        if not found and any(line in by_line for line in range(first, last + 1)):
            found = set().union(*by_line.values())
        usable = [one for one in found if self.seconds.get(one, LONGEST) < LONGEST]
        usable.sort(key=lambda one: (not is_own(one, module), self.seconds[one], one))
        return list(_within_budget(usable, self.seconds, budget))


def is_own(test: str, module: str) -> bool:
    """Say whether a test stands in the file of a module: tests/stats/test_stats_<module>*."""
    folder, name = module.removesuffix(".py").split("/")
    return test.startswith(f"tests/{folder}/test_{folder}_{name}")


def measure(roots: Sequence[Path], folders: Sequence[str]) -> TestMap:
    """Run the tests of each folder under coverage, in one process and one copy each."""
    running = []
    for root, folder in zip(roots, folders, strict=True):
        child = os.fork()
        if child == 0:
            _measure(root, folder)
            os._exit(0)
        running.append(child)
    for child in running:
        os.waitpid(child, 0)
    seconds: dict[str, float] = {}
    lines: dict[str, dict[int, frozenset[str]]] = {}
    for root in roots:
        seconds |= json.loads((root / "seconds.json").read_text(encoding="utf-8"))
        for module, found in _lines(root / "mutation.coverage", root).items():
            by_line = lines.setdefault(module, {})
            for line, tests in found.items():
                by_line[line] = by_line.get(line, frozenset()) | tests
    return TestMap(seconds=seconds, lines=lines)


@dataclass(slots=True, eq=False)
class Clock:
    """A plugin: names the test to coverage, and times it; a slow one fails and is not used."""

    measured: coverage.Coverage
    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Time a test under its own name."""
        self.measured.switch_context(item.nodeid)
        signal.setitimer(signal.ITIMER_PROF, 2 * LONGEST)  # coverage takes its share
        start = time.process_time()
        found = yield
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        if item.nodeid in self.seconds:
            self.seconds[item.nodeid] = time.process_time() - start
        return found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Forget a test that fails."""
        if report.failed:
            self.seconds.pop(report.nodeid, None)
        elif report.when == "setup" and report.passed:
            self.seconds[report.nodeid] = 0.0


def _too_slow(_signal: int, _frame: object) -> None:
    raise TimeoutError("too slow to be run for every mutant")


def _measure(root: Path, folder: str) -> None:
    os.chdir(root)
    sys.path.insert(0, str(root / "src"))
    signal.signal(signal.SIGPROF, _too_slow)
    measured = coverage.Coverage(
        data_file=str(root / "mutation.coverage"),
        config_file=False,
        source_pkgs=["pytest_evalgate"],
    )
    clock = Clock(measured)
    arguments = [
        *(*folder.split(), "-q", "--tb=line", "-p", "no:randomly", "-p", "no:cacheprovider"),
        *("-p", "no:xdist", "-p", "no:cov", "-p", "no:rerunfailures"),
    ]
    measured.start()
    pytest.main(arguments, plugins=[clock])
    measured.stop()
    measured.save()
    (root / "seconds.json").write_text(json.dumps(clock.seconds), encoding="utf-8")


def load(path: Path) -> TestMap:
    """Read a map from a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    names = found["tests"]
    return TestMap(
        seconds=found["seconds"],
        lines={
            module: {
                int(line): frozenset(names[one] for one in ones) for line, ones in lines.items()
            }
            for module, lines in found["lines"].items()
        },
    )


def save(tests: TestMap, path: Path) -> None:
    """Write a map to a file, every test by its number."""
    names = sorted(
        {one for lines in tests.lines.values() for ones in lines.values() for one in ones}
    )
    number = {name: i for i, name in enumerate(names)}
    lines = {
        module: {line: sorted(number[one] for one in ones) for line, ones in found.items()}
        for module, found in tests.lines.items()
    }
    text = json.dumps({"tests": names, "seconds": tests.seconds, "lines": lines})
    path.write_text(text, encoding="utf-8")


def _within_budget(
    tests: Iterable[str], seconds: Mapping[str, float], budget: float
) -> Iterator[str]:
    total = 0.0
    for one in tests:
        total += seconds[one]
        if total > budget:
            return
        yield one


def _lines(data: Path, root: Path) -> dict[str, dict[int, frozenset[str]]]:
    measured = coverage.CoverageData(basename=str(data))
    measured.read()
    package = root / "src" / "pytest_evalgate"
    return {
        str(Path(file).relative_to(package)): {
            line: frozenset(one for one in contexts if one)
            for line, contexts in measured.contexts_by_lineno(file).items()
        }
        for file in measured.measured_files()
        if Path(file).is_relative_to(package)
    }
