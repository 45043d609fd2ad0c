"""A call that cannot be answered: ends in 4."""

from typing import ClassVar

from pytest_evalgate.errors import EvalGateError


class CommandError(EvalGateError):
    """The command line asks for something that cannot be done."""

    code: ClassVar[str] = "usage"
