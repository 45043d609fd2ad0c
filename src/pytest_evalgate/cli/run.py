"""Judge a gate file outside a test session."""

from os import PathLike
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.cli.gate_files import load_gate
from pytest_evalgate.evidence import GateEvidence


def evaluate_file(path: str | PathLike[str]) -> GateEvidence:
    """Judge the gate file at ``path`` and return its evidence; nothing is written.

    Raises:
        SpecErrors: the gate file cannot be read or is not valid; all its problems at once.
    """
    gate = Path(path)
    spec = load_gate(gate)
    from pytest_evalgate.gate.engine import evaluate  # noqa: PLC0415 - scipy takes its time

    return evaluate(spec, host.surroundings(gate))
