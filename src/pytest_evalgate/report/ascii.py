"""Evidence with every text in it made plain: what terminals and CI logs are shown."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from pytest_evalgate.report.escape import plain


_Record = TypeVar("_Record")
_NO_CUT = 2**62


def in_ascii(record: _Record) -> _Record:
    """Return a record of evidence whose texts are printable ASCII and hold no CI command.

    Texts that differ stay different, so ids still tell parents from children.
    """
    mapped: _Record = _mapped(record)
    return mapped


def _mapped(value: Any) -> Any:
    match value:
        case Enum() | None | bool() | int() | float():
            return value
        case str():
            return plain(value, limit=_NO_CUT)
        case dict():
            return {_mapped(key): _mapped(one) for key, one in value.items()}
        case tuple() | list():
            return type(value)(map(_mapped, value))
    if is_dataclass(value) and not isinstance(value, type):
        changes = {one.name: _mapped(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **changes)
    raise TypeError(f"evidence holds a {type(value).__name__}")
