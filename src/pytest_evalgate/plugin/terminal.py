"""Shows a gate in pytest's terminal summary, with pytest's own colours."""

from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.evidence.plan import GatePlan
from pytest_evalgate.report.plan import plan_section
from pytest_evalgate.report.terminal import gate_section


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


def show_gate(
    config: pytest.Config,
    reporter: "pytest.TerminalReporter",  # quoted: pytest 8 does not have it
    evidence: GateEvidence,
    *,
    path: Path,
    is_judged: bool,
) -> None:
    """Print one gate; of one that was collected only, no more than that it was not judged."""
    writer = config.get_terminal_writer()
    verbosity = config.get_verbosity() if is_judged else -1
    if verbosity >= 0:
        reporter.write_sep("=", f"evalgate: {evidence.gate.name}")
    for line in gate_section(
        evidence,
        verbosity=verbosity,
        width=writer.fullwidth,
        evidence_path=_shown(path, config),
        markup=_markup(writer),
    ):
        reporter.write_line(line)


def show_plan(
    config: pytest.Config,
    reporter: "pytest.TerminalReporter",
    plan: GatePlan,
) -> None:
    """Print what the rules of one gate could show."""
    reporter.write_sep("=", f"evalgate plan: {plan.gate.name}")
    for line in plan_section(plan, width=config.get_terminal_writer().fullwidth):
        reporter.write_line(line)


def _shown(path: Path, config: pytest.Config) -> str:
    try:
        return path.relative_to(config.invocation_params.dir).as_posix()
    except ValueError:
        return path.as_posix()


def _markup(writer: Any) -> Any:
    """Return pytest's own markup, which knows about terminals, NO_COLOR and --color."""

    def markup(text: str, word: str) -> str:
        return str(writer.markup(text, **_COLOURS.get(word, {})))

    return markup
