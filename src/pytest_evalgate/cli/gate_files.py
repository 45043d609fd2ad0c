"""Gate files read from disk; whatever is wrong with one is said in the same words."""

from collections.abc import Mapping
from pathlib import Path

from pytest_evalgate.errors import Location, SpecError, SpecErrors
from pytest_evalgate.formats import Format
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.spec.model import GateSpec
from pytest_evalgate.spec.source import MAX_BYTES


def load_gate(path: Path, formats: Mapping[str, Format]) -> GateSpec:
    """Read a gate file; ``formats`` are those that it may name.

    Raises:
        SpecErrors: it cannot be read, or all its problems at once.
    """
    try:
        if path.is_dir():
            raise _unreadable(path, "a folder, not a gate file", "name the YAML file in it")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # more than that is refused whatever it holds
    except FileNotFoundError:
        raise _unreadable(path, "no such file", "check the path") from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise _unreadable(path, f"cannot be read: {words}", "check the path") from error
    return read_gate(data, path.as_posix(), formats=formats)


def _unreadable(path: Path, words: str, hint: str) -> SpecErrors:
    return SpecErrors([SpecError(words, at=Location(path=path.as_posix()), hint=hint)])
