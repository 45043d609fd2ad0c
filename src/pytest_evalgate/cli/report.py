"""`report`: any evidence file as a report again, without its artifacts."""

import os
import shutil
import sys
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.errors import EvidenceError
from pytest_evalgate.evidence import GateEvidence, Verdict, read_evidence
from pytest_evalgate.report.kinds import Kind, render
from pytest_evalgate.report.rerun import override_arguments
from pytest_evalgate.report.terminal import gate_section, rule_details


TERMINAL = "terminal"
FORMATS = (TERMINAL, *(kind.value for kind in Kind))
_WIDTH = 100  # where the output is no terminal


def report(name: str, form: str, output: str | None) -> None:
    """Print the report of an evidence file, or write it to ``output``.

    Raises:
        EvidenceError: the file cannot be read or is no evidence, or the report cannot be written.
    """
    path = Path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvidenceError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="name the JSON file that pytest --evalgate wrote",
        ) from error
    evidence = read_evidence(data, name)
    text = _on_terminal(evidence) if form == TERMINAL else render(Kind(form), evidence)
    if output is None:
        _print(text)
    elif path.exists() and Path(output).exists() and os.path.samefile(path, output):  # noqa: PTH121
        raise EvidenceError(f"{output} is the evidence itself", hint="name another --output")
    else:
        host.write_atomically(text, Path(output))


def _on_terminal(evidence: GateEvidence) -> str:
    """Return what a session with `-v` says about a gate."""
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    missed = [rule for rule in evidence.tests() if rule.verdict is not Verdict.PASS]
    again = override_arguments(evidence.run)
    details = [
        f"{rule_details(rule, evidence.gate, width=width, rerun_with=again)}\n\n" for rule in missed
    ]
    section = gate_section(evidence, verbosity=1, width=width)
    return "".join(details) + "\n".join(section) + "\n"


def _print(text: str) -> None:
    """Print in UTF-8 whatever the locale is: a report says so itself, and its bytes are fixed."""
    if sys.stdout is None:
        raise EvidenceError("standard output is closed", hint="name a file with --output")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EvidenceError(
            f"the report cannot be printed: {error.strerror or error}",
            hint="name a file with --output",
        ) from error
