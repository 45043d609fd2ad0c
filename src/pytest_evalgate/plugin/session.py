"""A session with gates: judges before collection, reconciles after the tests, owns the status.

Loaded only when `--evalgate` is given. In an xdist worker it only shows what it was told.
"""

import hashlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import __version__, host
from pytest_evalgate.errors import EvidenceError
from pytest_evalgate.evidence import (
    EXIT_NO_EVIDENCE,
    EXIT_NOT_JUDGED_WHOLE,
    GateEvidence,
    exit_status,
    from_json,
    to_json,
)
from pytest_evalgate.plugin.judging import evidence_path, judge_gates
from pytest_evalgate.plugin.ledger import Ledger, reconcile
from pytest_evalgate.plugin.nodes import MARK, WORD, DecisionItem, GateFile, GateItem
from pytest_evalgate.plugin.options import Request, read_request
from pytest_evalgate.plugin.status import combine, not_judged
from pytest_evalgate.report.terminal import gate_section, header_line


SESSION: "pytest.StashKey[GateSession]" = pytest.StashKey()
_WORKER_KEY = "evalgate"


def open_session(config: pytest.Config) -> "GateSession":
    """Return the plugin that runs gates in this process: the controller, or a worker."""
    told = getattr(config, "workerinput", {}).get(_WORKER_KEY)
    if hasattr(config, "workerinput"):
        return WorkerSession(config, told)
    session = ControllerSession(config, read_request(config))
    config.stash[SESSION] = session
    return session


class GateSession:
    """What controller and workers have in common: items, and how they are shown."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.gates: dict[Path, GateEvidence] = {}
        self.status = not_judged()  # until every rule was judged and shown

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> GateFile | None:
        """Collect the gates of the plan, and no other YAML file."""
        evidence = self.gates.get(file_path.absolute())
        if evidence is None:
            return None
        node = GateFile.from_parent(parent, path=file_path)
        node.evidence = evidence
        return node

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Move decisions to the end, behind all that they decide about."""
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
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Show inconclusive and warned rules under their own words; counts stay pytest's."""
        word = getattr(report, WORD, None)
        if report.when == "call" and word == "inconclusive" and report.failed:
            return "failed", "I", ("INCONCLUSIVE", {"yellow": True})
        if report.when == "call" and word == "warn" and report.passed:
            return "passed", "w", ("WARN", {"yellow": True})
        return None


class WorkerSession(GateSession):
    """An xdist worker: shows the verdicts it was told, imports no engine."""

    def __init__(self, config: pytest.Config, told: str | None) -> None:
        super().__init__(config)
        record = json.loads(told) if told else {"gates": {}, "args": None}
        self.gates = {Path(path): from_json(text) for path, text in record["gates"].items()}
        if record["args"] is not None:
            config.args[:] = record["args"]


class ControllerSession(GateSession):
    """The controller, or the only process: judges, reconciles, writes, ends."""

    def __init__(self, config: pytest.Config, request: Request) -> None:
        super().__init__(config)
        self.request = request
        self.ledger = Ledger()
        self.final: list[tuple[GateEvidence, Path, str]] = []
        self.trouble: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Judge every gate, once, before anything is collected and before workers start."""
        try:
            judged = judge_gates(self.config, self.request)
        except EvidenceError as error:
            self.status = EXIT_NO_EVIDENCE
            pytest.exit(str(error), returncode=EXIT_NO_EVIDENCE)
        self.gates = {gate.file: gate.evidence for gate in judged}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker the verdicts: one JSON string."""
        args = [str(gate) for gate in self.gates] if self.request.from_ini else None
        told = {"gates": {str(file): to_json(one) for file, one in self.gates.items()},
                "args": args}  # fmt: skip
        node.workerinput[_WORKER_KEY] = json.dumps(told)

    def pytest_report_header(self) -> list[str]:
        """Name the gates in the header."""
        gates = tuple(self.gates.values())
        lines = [
            header_line(
                __version__,
                gates=len(gates),
                rules=sum(rule.parent is None for gate in gates for rule in gate.rules),
                seeds=[gate.provenance.seed for gate in gates],
            )
        ]
        if self.request.from_ini:
            lines.append(f"evalgate: gates of the ini option evalgate_gates: {self.request.from_ini}")
        if self.config.pluginmanager.hasplugin("rerunfailures"):
            lines.append("evalgate: reruns are ignored for gates: a verdict is taken once")
        return lines

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what was shown of the plan."""
        self.ledger.record(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: object
    ) -> Generator[None, None, None]:
        """Reconcile and write before any other plugin ends, and set the status after all did."""
        self._close(exitstatus)
        session.exitstatus = combine(session.exitstatus, self.status)
        try:
            return (yield)
        finally:
            session.exitstatus = combine(session.exitstatus, self.status)

    def _close(self, exitstatus: object) -> None:
        if not self.gates:
            return  # the session ended before the gates were judged
        statuses = [self._close_gate(evidence) for evidence in self.gates.values()]
        status = 0
        for one in statuses:
            status = combine(status, one)
        self.status = combine(exitstatus if exitstatus in (2, 3) else 0, status)

    def _close_gate(self, evidence: GateEvidence) -> int:
        missing = self.ledger.missing(evidence)
        why = "not run" if self.request.is_judged else "collected only"
        final = reconcile(evidence, missing, why)
        path = evidence_path(self.request.output, final, is_judged=self.request.is_judged)
        text = to_json(final)
        self.final.append((final, path, hashlib.sha256(text.encode()).hexdigest()))
        try:
            host.write_atomically(text, path)
        except EvidenceError as error:
            self.trouble.append(str(error))
            return EXIT_NO_EVIDENCE
        status = exit_status(final)
        is_partial = final is not evidence or bool(missing)
        if not is_partial:
            return status
        if self.request.is_partial_allowed and self.ledger.passed_only(evidence):
            return 0
        return combine(status, EXIT_NOT_JUDGED_WHOLE)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the footnotes and the decision of every gate."""
        writer = self.config.get_terminal_writer()
        verbosity = self.config.get_verbosity()
        for evidence, path, digest in self.final:
            if verbosity >= 0:
                terminalreporter.write_sep("=", f"evalgate: {evidence.gate.name}")
            for line in gate_section(
                evidence,
                verbosity=verbosity,
                width=writer.fullwidth,
                evidence_path=_shown(path, self.config),
                sha256=digest,
                markup=_markup(writer),
            ):
                terminalreporter.write_line(line)
        for line in self.trouble:
            terminalreporter.write_line(line, red=True)


def _shown(path: Path, config: pytest.Config) -> str:
    try:
        return path.relative_to(config.invocation_params.dir).as_posix()
    except ValueError:
        return path.as_posix()


_COLOURS: dict[str, dict[str, bool]] = {
    "pass": {"green": True},
    "fail": {"red": True, "bold": True},
    "invalid": {"red": True, "bold": True},
    "inconclusive": {"yellow": True},
    "warn": {"yellow": True},
    "escalate": {"yellow": True, "bold": True},
    "promote": {"green": True, "bold": True},
    "block": {"red": True, "bold": True},
}


def _markup(writer: Any) -> Any:
    """Return pytest's own markup, which knows about terminals, NO_COLOR and --color."""

    def markup(text: str, word: str) -> str:
        return str(writer.markup(text, **_COLOURS.get(word, {})))

    return markup
