"""Judge a gate file outside a test session."""

from os import PathLike
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.evidence import GateEvidence


def evaluate_file(path: str | PathLike[str]) -> GateEvidence:
    """Judge the gate file at ``path`` and return its evidence; nothing is written.

    Raises:
        SpecErrors: the gate file is not valid; all its problems at once.
        OSError: it cannot be read.
    """
    from pytest_evalgate.gate.engine import evaluate  # noqa: PLC0415 - scipy takes its time
    from pytest_evalgate.spec.build import read_gate  # noqa: PLC0415

    gate = Path(path)
    spec = read_gate(gate.read_bytes(), gate.as_posix())
    return evaluate(spec, host.surroundings(gate))
