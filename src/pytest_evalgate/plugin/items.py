"""What the controller and the workers of xdist have in common: items, and how they are shown."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_evalgate.evidence import GateEvidence, from_json
from pytest_evalgate.plugin.nodes import COLUMNS, MARK, WORD, DecisionItem, GateFile, GateItem


class GateSession:
    """What controller and workers have in common: items, and how they are shown."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.gates: dict[Path, GateEvidence] = {}
        self.is_planned = False

    def end(self, status: object) -> object:
        """Return the exit status of this process; the controller alone decides about gates."""
        return status

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> GateFile | None:
        """Collect the gates of the plan, and no other YAML file."""
        evidence = self.gates.get(file_path)
        if evidence is None:
            return None
        node = GateFile.from_parent(parent, path=file_path)
        node.evidence = evidence
        return node

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Move decisions to the end, behind all that they decide about; a plan runs nothing."""
        if self.is_planned:
            self.config.hook.pytest_deselected(items=items[:])
            items.clear()
        items.sort(key=lambda item: isinstance(item, DecisionItem))
        if not self.config.pluginmanager.hasplugin("rerunfailures"):
            return
        for item in items:
            if isinstance(item, GateItem):  # a verdict is taken once: there is nothing to rerun
                item.add_marker(pytest.mark.flaky(reruns=0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Name the rule and its verdict on the report, in plain strings."""
        report = yield
        if isinstance(item, GateItem):
            setattr(report, MARK, item.mark())
            setattr(report, WORD, item.word())
            crash = getattr(report.longrepr, "reprcrash", None)
            if crash is not None:  # short summary and JUnit say the line that tells all
                crash.message = crash.message.removeprefix("Failed: ").partition("\n")[0]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        """Show inconclusive and warned rules under their own words; counts stay pytest's."""
        word = getattr(report, WORD, None)
        if report.when == "call" and word == "inconclusive" and report.failed:
            return "failed", "I", _yellow("INCONCLUSIVE")
        if report.when == "call" and word == "warn" and report.passed:
            return "passed", "w", _yellow("WARN")
        return None


class WorkerSession(GateSession):
    """An xdist worker: shows the verdicts it was told, imports no engine."""

    def __init__(self, config: pytest.Config, told: str | None) -> None:
        super().__init__(config)
        record = json.loads(told) if told else {"gates": {}, "args": None, "is_planned": False}
        self.gates = {Path(path): from_json(text) for path, text in record["gates"].items()}
        self.is_planned = record["is_planned"]
        config.stash[COLUMNS] = record.get("columns", 100)
        if record["args"] is not None:
            config.args[:] = record["args"]


def _yellow(word: str) -> str | tuple[str, dict[str, bool]]:
    """Colour a word where pytest's short summary can: it printed the pair itself before 8.3."""
    return (word, {"yellow": True}) if pytest.version_tuple >= (8, 3) else word
