"""Everything that is wrong in one gate file, gathered before anything is raised."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pytest_evalgate.errors import Location, SpecError, SpecErrors
from pytest_evalgate.spec.source import Source


_MAX_PROBLEMS = 100  # of one file; a wrong loop over a template must not flood a terminal
_MAX_FOUND = 80  # characters of a value that a message repeats
_MAX_COMPARED = 200  # names tried for "did you mean"


class Placed(Protocol):
    """Anything that knows where it stands in the file, counted from 1."""

    @property
    def line(self) -> int:
        """Line."""

    @property
    def column(self) -> int:
        """Column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong with a value, before it is known to which key the value belongs."""

    at: Placed
    message: str
    hint: str


class RefusedError(Exception):
    """A value cannot be read; ``flaws`` is empty when the reason was reported before."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(*(flaw.message for flaw in flaws))
        self.flaws = flaws


def refusal(at: Placed, message: str, hint: str) -> RefusedError:
    """Make the error for one flaw."""
    return RefusedError(Flaw(at=at, message=message, hint=hint))


class Problems:
    """Collects the problems of one file, each once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: dict[tuple[int, int, str], SpecError] = {}
        self.is_full = False

    def __len__(self) -> int:
        return len(self._found)

    def location(self, at: Placed) -> Location:
        """Say where something stands, with its source line."""
        return self._source.location(at.line, at.column)

    def add(self, message: str, *, at: Placed, hint: str) -> None:
        """Record a problem; the same words at the same place count once."""
        key = (at.line, at.column, message)
        if key in self._found:
            return
        if len(self._found) >= _MAX_PROBLEMS:
            self.is_full = True
            return
        self._found[key] = SpecError(message, at=self.location(at), hint=hint)

    def raise_if_any(self) -> None:
        """Raise all problems in the order of the file.

        Raises:
            SpecErrors: there is at least one.
        """
        if not self._found:
            return
        problems = [self._found[key] for key in sorted(self._found)]
        if self.is_full:
            problems.append(
                SpecError(
                    f"more than {_MAX_PROBLEMS} problems; the others are not shown",
                    at=problems[-1].at,
                    hint="mend these first",
                )
            )
        raise SpecErrors(problems)


def shown(text: str) -> str:
    """Quote a value from the file: control characters escaped, at most 80 characters."""
    quoted = repr(text[:_MAX_FOUND])
    if len(text) <= _MAX_FOUND and len(quoted) <= _MAX_FOUND:
        return quoted
    return quoted[: _MAX_FOUND - 4] + "..." + quoted[0]


def listed(names: Iterable[str]) -> str:
    """Join names for a hint, at most twenty of them in full."""
    known = list(names)
    more = f" and {len(known) - 20} more" if len(known) > 25 else ""
    return ", ".join(known[:20] if more else known) + more


def nearest(name: str, known: Iterable[str]) -> str:
    """Start a hint with the name that was probably meant, or with nothing."""
    names = list(known)[:_MAX_COMPARED]
    folded = {other.lower(): other for other in names}
    wanted = name[:64].lower()
    matches = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.6)
    return f"did you mean {folded[matches[0]]!r}? " if matches else ""
