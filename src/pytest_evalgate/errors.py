"""The one tree of errors, and where in a file something went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a text file that a person can click.

    ``path`` is relative to the folder the user works in; ``line`` and ``column`` count from 1;
    ``source`` is the line itself, to be shown with a caret. ``row`` counts the rows of a file
    without lines, from 1.
    """

    path: str
    line: int | None = None
    column: int | None = None
    source: str | None = None
    row: int | None = None

    def __str__(self) -> str:
        if self.row is not None:
            return f"{self.path} row {self.row}"
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part)


class EvalGateError(Exception):
    """Something that cannot be judged, said in words a user can act on.

    Args:
        message: What is wrong: the value seen and the values allowed, lower case, no full stop.
        at: Where it is wrong.
        hint: One way to mend it.
    """

    code: ClassVar[str] = "evalgate"

    def __init__(
        self, message: str, *, at: Location | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        lines = [f"{where}error[{self.code}]: {self.message}"]
        if self.at and self.at.source is not None and self.at.line is not None:
            gutter = f"{self.at.line:>4} | "
            lines.append(gutter + self.at.source.expandtabs(1))
            if self.at.column is not None:
                lines.append(" " * (len(gutter) + self.at.column - 1) + "^")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class SpecError(EvalGateError):
    """One thing wrong in a gate file."""

    code = "spec"


class SpecErrors(EvalGateError):  # noqa: N818 - it is many
    """Everything that is wrong in one gate file, in the order of the file."""

    code = "spec"

    def __init__(self, problems: Sequence[SpecError]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the gate file")
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ArtifactError(EvalGateError):
    """The bytes of an artifact cannot be used: missing, unsafe, too large, not in its format."""

    code = "artifact"


class SampleError(EvalGateError):
    """The rows of an artifact cannot be used: a bad value, a bad id, ids that do not match."""

    code = "sample"


class TooFewError(SampleError):
    """Fewer units or runs than the gate file asks for."""


class UndefinedTestError(EvalGateError):
    """These data leave a statistical test undefined, or lie outside where it is honest."""

    code = "undefined"


class EvidenceError(EvalGateError):
    """Evidence cannot be written, read or verified."""

    code = "evidence"
