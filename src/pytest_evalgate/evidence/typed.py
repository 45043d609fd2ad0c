"""JSON values turned into records: every key and every type is checked, none is guessed."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints


_Record = TypeVar("_Record")
_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}
_LONGEST = 60


def record_from(kind: type[_Record], value: object, *, optional: Mapping[str, str]) -> _Record:
    """Return ``value``, as JSON gave it, as a record of ``kind``.

    Args:
        kind: A dataclass whose fields are built-in types, enums, dataclasses, tuples and dicts.
        value: What ``json.loads`` returned.
        optional: Fields that may be left out: class name -> field name. All others must be there.

    Raises:
        ValueError: a key is missing or unknown, or a value has another type; says where.
    """
    record: _Record = _Builder(optional).build(kind, value, "")
    return record


class _Builder:
    def __init__(self, optional: Mapping[str, str]) -> None:
        self.optional = optional

    def build(self, hint: Any, value: Any, where: str) -> Any:
        """Return ``value`` as what ``hint`` asks for; ``where`` is its place, for messages."""
        origin = get_origin(hint)
        if origin is UnionType:
            return self._one_of(get_args(hint), value, where)
        if origin is tuple:
            each = get_args(hint)[0]
            items = _expect(list, value, where)
            return tuple(self.build(each, one, f"{where}[{i}]") for i, one in enumerate(items))
        if origin is dict:
            _, each = get_args(hint)
            items = _expect(dict, value, where).items()
            return {key: self.build(each, one, f"{where}.{key}") for key, one in items}
        if is_dataclass(hint):
            return self._record(hint, _expect(dict, value, where), where)
        return _scalar(hint, value, where)

    def _one_of(self, hints: tuple[Any, ...], value: Any, where: str) -> Any:
        if value is None and NoneType in hints:
            return None
        real = [hint for hint in hints if hint is not NoneType]
        for hint in real[:-1]:
            if type(value) is hint:
                return value
        return self.build(real[-1], value, where)

    def _record(self, kind: Any, value: dict[str, Any], where: str) -> Any:
        hints = _hints(kind)
        unknown = sorted(value.keys() - hints.keys())
        if unknown:
            raise ValueError(f"{_at(where)}unknown key {_shown(unknown[0])}")
        may_lack = {self.optional.get(kind.__name__)}
        missing = [name for name in hints if name not in value and name not in may_lack]
        if missing:
            raise ValueError(f"{_at(where)}key {missing[0]!r} is missing")
        built = {
            name: self.build(hint, value[name], f"{where}.{name}".lstrip("."))
            for name, hint in hints.items()
            if name in value
        }
        return kind(**built)


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    if isinstance(hint, type) and issubclass(hint, Enum):
        words = [one.value for one in hint]
        if value not in words:
            raise ValueError(f"{_at(where)}found {_shown(value)}, expected {', '.join(words)}")
        return hint(value)
    return _expect(hint, value, where)


def _expect(hint: type, value: Any, where: str) -> Any:
    """Return ``value`` if its type is ``hint``; a whole number is a number, true is neither."""
    is_right = type(value) is hint or (hint is float and type(value) is int)
    if is_right and not (isinstance(value, float) and not math.isfinite(value)):
        return value
    what = {list: "a list", dict: "an object", **_NAMES}[hint]
    raise ValueError(f"{_at(where)}found {_shown(value)}, expected {what}")


def _at(where: str) -> str:
    return f"{where}: " if where else ""


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
