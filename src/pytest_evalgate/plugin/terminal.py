"""Shows a gate in pytest's terminal summary, with pytest's own colours."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.evidence.plan import GatePlan
from pytest_evalgate.plugin.nodes import DECISION, MARK, mark_of
from pytest_evalgate.report.escape import plain
from pytest_evalgate.report.plan import plan_section
from pytest_evalgate.report.terminal import MARKUP, gate_section


def columns_of(config: pytest.Config) -> int:
    """Return the columns of the terminal; 100 where there is none."""
    if not config.pluginmanager.hasplugin("terminalreporter"):
        return 100
    return config.get_terminal_writer().fullwidth


def show_gate(
    config: pytest.Config,
    reporter: "pytest.TerminalReporter",  # quoted: pytest 8 does not have it
    evidence: GateEvidence,
    *,
    paths: Sequence[Path],
    is_judged: bool,
) -> None:
    """Print one gate; of one that was collected only, no more than that it was not judged.

    ``paths`` are where the evidence and the reports were written, the evidence first.
    """
    writer = config.get_terminal_writer()
    verbosity = config.get_verbosity() if is_judged else -1
    if verbosity >= 0:
        reporter.write_sep("=", f"evalgate: {plain(evidence.gate.name)}")
    lines = gate_section(
        evidence,
        verbosity=verbosity,
        width=writer.fullwidth,
        evidence_path=shown_here(paths[0], config),
        report_paths=[shown_here(path, config) for path in paths[1:]],
        markup=_markup(writer),
    )
    is_said = verbosity < 0 and _has_said_why(config, reporter, evidence)
    for line in lines[:1] if is_said else lines:
        reporter.write_line(line)


def _has_said_why(
    config: pytest.Config, reporter: "pytest.TerminalReporter", evidence: GateEvidence
) -> bool:
    """Say whether the failure of the gate's decision, just above, gives the same reasons."""
    if config.option.tbstyle == "no" or "(" in evidence.decision.verdict:
        return False
    mark = mark_of(evidence, DECISION)
    return any(getattr(one, MARK, None) == mark for one in reporter.stats.get("failed", ()))


def show_plan(
    config: pytest.Config,
    reporter: "pytest.TerminalReporter",
    plan: GatePlan,
) -> None:
    """Print what the rules of one gate could show."""
    reporter.write_sep("=", f"evalgate plan: {plan.gate.name}")
    for line in plan_section(plan, width=config.get_terminal_writer().fullwidth):
        reporter.write_line(line)


def print_all(lines: Sequence[str]) -> None:
    """Print lines that are for a CI system, whatever the terminal reporter does."""
    if lines and sys.stdout is not None:
        with suppress(OSError, ValueError):  # a closed stream changes no verdict
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()


def shown_here(path: Path, config: pytest.Config) -> str:
    """Return a path relative to the folder the user works in, where it lies inside."""
    try:
        return path.relative_to(config.invocation_params.dir).as_posix()
    except ValueError:
        return path.as_posix()


def _markup(writer: Any) -> Any:
    """Return pytest's own markup, which knows about terminals, NO_COLOR and --color."""

    def markup(text: str, word: str) -> str:
        return str(writer.markup(text, **MARKUP.get(word, {})))

    return markup
