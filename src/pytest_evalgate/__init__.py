"""A release gate for models: statistical promotion rules as pytest tests."""

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from os import PathLike

    from pytest_evalgate.evidence import GateEvidence

__version__ = "0.1.0"
__all__ = ["__version__", "evaluate"]


def evaluate(path: "str | PathLike[str]") -> "GateEvidence":
    """Judge the gate file at ``path`` and return its evidence, for notebooks and scripts.

    Nothing is written. The engine is imported here and not before, so that importing this
    package costs nothing.

    Raises:
        SpecErrors: the gate file is not valid; all its problems at once.
    """
    from pytest_evalgate.cli.run import evaluate_file  # noqa: PLC0415

    return evaluate_file(path)
