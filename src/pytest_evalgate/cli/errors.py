"""Errors on the command line: how they are printed, and a call that cannot be answered."""

from typing import ClassVar

from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.report.escape import guard


class CommandError(EvalGateError):
    """The command line asks for something that cannot be done."""

    code: ClassVar[str] = "usage"


def printable(error: EvalGateError) -> str:
    """Return what an error says; what it quotes is no command for a CI runner."""
    return "\n".join(guard(line) for line in str(error).split("\n"))
