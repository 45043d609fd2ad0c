"""Judge a gate file outside a test session."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.cli.gate_files import load_gate
from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.providers import installed


def evaluate_file(path: str | PathLike[str]) -> GateEvidence:
    """Judge the gate file at ``path`` and return its evidence; nothing is written.

    Raises:
        SpecErrors: the gate file cannot be read or is not valid; all its problems at once.
        RegistrationError: an installed package registers a reader that cannot be used.
    """
    gate = Path(path)
    formats = installed()
    spec = load_gate(gate, formats)
    from pytest_evalgate.gate.engine import evaluate  # noqa: PLC0415 - scipy takes its time

    return evaluate(
        spec, replace(host.surroundings(gate, variables=spec.variables()), formats=formats)
    )
