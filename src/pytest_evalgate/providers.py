"""Gathers the readers that others registered, and says whose code they are.

Only called where a gate was asked for: an entry point's code runs when it is loaded.
"""

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.formats import AUTO, BUILT_IN, OURS, Format
from pytest_evalgate.readers import Reader


GROUP = "pytest_evalgate.readers"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)


class RegistrationError(EvalGateError):
    """A reader that cannot be registered: a usage error, whatever the gate file says."""

    code: ClassVar[str] = "usage"


def installed() -> Mapping[str, Format]:
    """Return the built-in formats and those of installed packages.

    Raises:
        RegistrationError: an entry point cannot be loaded, is no reader, or takes a known name.
    """
    formats: Mapping[str, Format] = BUILT_IN
    found = sorted(entry_points(group=GROUP), key=lambda one: (_owner(one), one.name))
    for entry in found:
        formats = with_readers(formats, [_loaded(entry)], provider=_owner(entry))
    return formats


def with_readers(
    formats: Mapping[str, Format],
    readers: Iterable[object],
    *,
    provider: str,
) -> Mapping[str, Format]:
    """Return the formats and further ones that one provider registers.

    Raises:
        RegistrationError: not a reader, or a name that is known.
    """
    known = dict(formats)
    for reader in readers:
        form = _format(reader, provider)
        if form.name in known or form.name == AUTO:
            whose = known[form.name].provider if form.name in known else OURS
            raise RegistrationError(
                f"{provider} registers a reader {form.name!r}, a name that {whose} has",
                hint="give it another name",
            )
        known[form.name] = form
    return MappingProxyType(known)


def _owner(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _loaded(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        raise RegistrationError(
            f"the reader {entry.name!r} of {_owner(entry)} cannot be loaded: "
            f"{type(error).__name__}: {error}",
            hint="mend or remove the package that registers it",
        ) from error


def _format(reader: object, provider: str) -> Format:
    if not isinstance(reader, Reader):
        raise RegistrationError(
            f"{provider} registers a {type(reader).__qualname__}, expected a Reader",
            hint="write Reader(name=..., read=...) of pytest_evalgate.readers",
        )
    name: Any = reader.name  # nobody has checked its type
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RegistrationError(
            f"{provider} registers a reader named {name!r}",
            hint="a name is lower case letters, digits and dashes, at most 64",
        )
    problem = _problem(reader)
    if problem is not None:
        raise RegistrationError(f"reader {reader.name!r} of {provider}: {problem}")
    return Format(
        name=reader.name,
        parse=reader.read,
        id=_names(reader.id),
        run=reader.run,
        repeat=reader.repeat,
        cluster=_names(reader.cluster),
        is_typed=reader.is_typed,
        provider=provider,
        digest=_digest(reader, provider),
    )


def _problem(reader: Any) -> str | None:
    """Say what is wrong with the keys of a reader, whose types nobody has checked."""
    keys = {key: getattr(reader, key) for key in ("id", "cluster", "run", "repeat")}
    if not callable(reader.read):
        return "`read` is no function"
    if type(reader.is_typed) is not bool:
        return "`is_typed` is neither True nor False"
    for key in ("id", "cluster"):
        if not isinstance(keys[key], str | tuple | list) or not all(
            map(_is_column, _names(keys[key]))
        ):
            return f"`{key}` is no column name and no tuple of them"
    for key in ("run", "repeat"):
        if keys[key] is not None and not _is_column(keys[key]):
            return f"`{key}` is no column name"
    return "`repeat` needs `id`" if reader.repeat and not reader.id else None


def _names(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _is_column(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip()) and name.isprintable()


def _digest(reader: Reader, provider: str) -> str:
    """Return the SHA-256 of the file that holds the read function; what that imports is not in it.

    Raises:
        RegistrationError: there is no such file.
    """
    path = _source(reader.read)
    try:
        if path is not None:
            return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        pass
    raise RegistrationError(
        f"reader {reader.name!r} of {provider}: the file that holds its function cannot be read",
        hint="define the function in a module, so that the evidence can name its digest",
    )


def _source(function: Callable[..., object]) -> Path | None:
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is not None:
        return Path(code.co_filename)
    module = sys.modules.get(getattr(function, "__module__", "") or type(function).__module__)
    name = getattr(module, "__file__", None)
    return Path(name) if name else None
