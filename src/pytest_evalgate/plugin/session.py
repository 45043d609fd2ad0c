"""A session with gates: judges before collection, reconciles after the tests, owns the status.

Loaded only when `--evalgate` is given. In an xdist worker it only shows what it was told.
"""

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
    Verdict,
    exit_status,
    to_json,
)
from pytest_evalgate.evidence.plan import GatePlan
from pytest_evalgate.plugin.items import GateSession, WorkerSession
from pytest_evalgate.plugin.judging import (
    judge_gates,
    plan_gates,
    read_sources,
    run_facts,
)
from pytest_evalgate.plugin.ledger import Ledger, partial
from pytest_evalgate.plugin.nodes import COLUMNS
from pytest_evalgate.plugin.options import Request, read_request
from pytest_evalgate.plugin.reports import write_reports
from pytest_evalgate.plugin.status import INTERRUPTED, combine, not_judged
from pytest_evalgate.plugin.terminal import (
    columns_of,
    print_all,
    show_gate,
    show_plan,
    shown_here,
)
from pytest_evalgate.plugin.unjudged import (
    evidence_path,
    gate_file_problems,
    mark_incomplete,
    unjudged,
    unjudged_reasons,
)
from pytest_evalgate.report.terminal import header_line


_WORKER_KEY = "evalgate"


def open_session(config: pytest.Config) -> GateSession:
    """Return the plugin that runs gates in this process: the controller, or a worker.

    Raises:
        pytest.UsageError: the call cannot be a gate.
    """
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        return WorkerSession(config, workerinput.get(_WORKER_KEY))
    try:
        return ControllerSession(config, read_request(config))
    except pytest.UsageError as error:
        runner = None if config.option.evalgate_no_github else host.github()
        if runner:
            from pytest_evalgate.plugin.github import tell_unusable  # noqa: PLC0415

            print_all(tell_unusable(runner, str(error)))
        raise


class ControllerSession(GateSession):
    """The controller, or the only process: judges, reconciles, writes, ends."""

    def __init__(self, config: pytest.Config, request: Request) -> None:
        super().__init__(config)
        self.request = request
        self.is_planned = request.is_planned
        self.plans: list[GatePlan] = []
        self.run = run_facts(config)
        self.ledger = Ledger()
        self.final: list[tuple[GateEvidence, Path]] = []
        self.reports: dict[Path, tuple[Path, ...]] = {}  # of each evidence file
        self.runner = host.github() if request.is_github_told and request.is_judged else None
        self.trouble: list[str] = []  # evidence that cannot be written
        self.warnings: list[str] = []  # what a CI system was not told
        self.is_interrupted = False  # by a person
        self.status = not_judged()  # until every rule was judged and shown
        self.sources = read_sources(config, request)
        if request.is_judged:
            self._mark_incomplete()
        if self.runner:
            from pytest_evalgate.plugin.github import announce  # noqa: PLC0415 - only on a runner

            self.warnings = announce(self.runner, [] if self.trouble else self._unjudged(None))

    def _mark_incomplete(self, error: Exception | None = None) -> None:
        reasons = unjudged_reasons(self.sources, error) if error else None
        try:
            mark_incomplete(self.sources, self.request.output, self.run, reasons=reasons)
        except EvidenceError as trouble:
            self.status = EXIT_NO_EVIDENCE
            self.trouble.append(str(trouble))

    def _unjudged(self, error: Exception | None) -> list[tuple[GateEvidence, Path, str]]:
        reasons = unjudged_reasons(self.sources, error)
        found = unjudged(self.sources, self.request.output, self.run, reasons)
        return [(evidence, path, self._shown_there(file)) for file, evidence, path in found]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Judge every gate, once, before anything is collected and before workers start."""
        if self.trouble:
            self._tell_unjudged(pytest.UsageError("\n".join(self.trouble)))
            pytest.exit("\n".join(self.trouble), returncode=EXIT_NO_EVIDENCE)
        self.config.stash[COLUMNS] = columns_of(self.config)
        try:
            self._judge()
        except Exception as error:
            if self.request.is_judged:
                self._mark_incomplete(error)
            self._tell_unjudged(error)
            raise

    def _judge(self) -> None:
        what = (self.config, self.request, self.sources, self.run)
        if self.is_planned:
            found = plan_gates(*what)
            self.gates = {gate.file: gate.evidence for gate in found}
            self.plans = [gate.plan for gate in found]
            return
        self.gates = {gate.file: gate.evidence for gate in judge_gates(*what)}

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell a person's Ctrl-C from errors, `-x` and `pytest.exit`, which share its status."""
        self.is_interrupted = excinfo.type is KeyboardInterrupt

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker the verdicts: one JSON string."""
        args = [str(gate) for gate in self.gates] if self.request.from_ini else None
        told = {"gates": {str(file): to_json(one) for file, one in self.gates.items()},
                "args": args, "is_planned": self.is_planned,
                "columns": self.config.stash[COLUMNS]}  # fmt: skip
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
            lines.append(f"evalgate: gates from the ini option: {self.request.from_ini}")
        if _has_reruns(self.config):
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
        session.exitstatus = self.end(session.exitstatus)
        try:
            return (yield)
        finally:
            session.exitstatus = self.end(session.exitstatus)
            self._tell(session.exitstatus)

    def _tell(self, status: object) -> None:
        """Tell the CI system, behind all that the terminal says."""
        if self.runner is None:
            return
        from pytest_evalgate.plugin.github import tell  # noqa: PLC0415 - only on a runner

        lines, warnings = tell(
            self.runner,
            [] if self.trouble else self._told(),
            output=shown_here(self.request.output, self.config),
            status=status,
        )
        print_all([*self.warnings, *warnings, *lines])

    def _tell_unjudged(self, error: Exception) -> None:
        """Tell the CI system, which hears of no end of a session that did not begin."""
        if self.runner is None:
            return
        from pytest_evalgate.plugin.github import tell_unjudged  # noqa: PLC0415 - only on a runner

        problems = gate_file_problems(error)
        errors = {self._shown_there(file): found for file, found in problems.items()}
        lines = tell_unjudged(self.runner, self._unjudged(error), errors=errors)
        print_all([*self.warnings, *lines])

    def _told(self) -> list[tuple[GateEvidence, Path, str]]:
        """Return each gate that was closed, with the path of its file as GitHub shows it."""
        return [
            (*one, self._shown_there(file))
            for one, file in zip(self.final, self.gates, strict=False)
        ]

    def _shown_there(self, file: Path) -> str:
        """Return the path of a gate file in the repository; whole where it lies elsewhere."""
        top = self.runner.workspace.resolve() if self.runner and self.runner.workspace else None
        real = file.resolve()
        is_inside = top is not None and real.is_relative_to(top)
        return real.relative_to(top).as_posix() if top and is_inside else real.as_posix()

    def end(self, status: object) -> int:
        """Return the exit status that pytest's and the gates' give together."""
        if status == INTERRUPTED and not self.is_interrupted:
            status = pytest.ExitCode.TESTS_FAILED
        return combine(status, self.status)

    def _close(self, exitstatus: object) -> None:
        if not self.gates:
            return  # the session ended before the gates were judged
        statuses = [self._close_gate(evidence) for evidence in self.gates.values()]
        self.status = 0
        self.status = combine(self.end(exitstatus), *statuses)

    def _close_gate(self, evidence: GateEvidence) -> int:
        why = "not run" if self.request.is_judged else "collected only"
        shortfall = () if self.is_planned else self.ledger.shortfall(evidence, why)
        final = partial(evidence, shortfall) if shortfall else evidence
        path = evidence_path(self.request.output, final, is_judged=self.request.is_judged)
        self.final.append((final, path))
        try:
            host.write_evidence(final, path)
            if self.request.is_judged:
                self.reports[path] = write_reports(final, path, self.request.kinds)
        except EvidenceError as error:
            self.trouble.append(str(error))
            return EXIT_NO_EVIDENCE
        if self.is_planned:
            return EXIT_NOT_JUDGED_WHOLE
        if shortfall and self.request.is_partial_allowed and self._has_passed(evidence):
            return 0
        return exit_status(final)

    def _has_passed(self, evidence: GateEvidence) -> bool:
        is_usable = all(check.verdict is Verdict.PASS for check in evidence.contract)
        return is_usable and self.ledger.passed_only(evidence)

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the table, the footnotes and the decision of every gate."""
        is_judged = self.request.is_judged
        for plan in self.plans:
            show_plan(self.config, terminalreporter, plan)
        for evidence, path in () if self.plans else self.final:
            paths = (path, *self.reports.get(path, ()))
            show_gate(self.config, terminalreporter, evidence, paths=paths, is_judged=is_judged)
        for line in self.trouble:
            terminalreporter.write_line(line, red=True)


def _has_reruns(config: pytest.Config) -> bool:
    if not config.pluginmanager.hasplugin("rerunfailures"):
        return False
    typed = (config.option.reruns, getattr(config.option, "force_reruns", None))
    return any(typed) or str(config.getini("reruns") or "0").strip() != "0"
