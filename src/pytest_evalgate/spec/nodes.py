"""YAML text -> frozen nodes that know their line, and nothing of YAML's traps.

The text is read as events, so that depth, anchors, aliases, tags and merge keys are refused
before anything is expanded. What a scalar means is decided later, by who reads it: here it
keeps its text and whether it was quoted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import yaml

from pytest_evalgate.spec.problems import Problems, shown
from pytest_evalgate.spec.source import has_unsafe
from pytest_evalgate.spec.syntax import explain, starts_earlier


MAX_DEPTH = 20
MAX_ENTRIES = 1000  # of one mapping or list
_NULLS = ("", "~", "null", "Null", "NULL")
# What PyYAML's scanner lets through beside its own errors, on bytes found by fuzzing.
_LEAKS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """One word, number or text, unresolved."""

    text: str
    is_quoted: bool
    line: int
    column: int

    @property
    def is_null(self) -> bool:
        """Whether it is YAML's null: nothing, ``~`` or ``null`` without quotes."""
        return not self.is_quoted and self.text in _NULLS


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceNode:
    """A list."""

    items: tuple["Node", ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and its value."""

    key: ScalarNode
    value: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingNode:
    """Keys and values; every key once."""

    entries: tuple[Entry, ...]
    is_flow: bool  # written as {...}
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenNode:
    """A value that was reported already; whoever reads it says no more."""

    line: int
    column: int


Node = ScalarNode | SequenceNode | MappingNode | BrokenNode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    line: int
    column: int


class _StopError(Exception):
    """The rest of the file cannot be read; why is among the problems."""


def parse(text: str, problems: Problems) -> Node | None:
    """Read the one document of a gate file; None when the text is no such document."""
    try:
        return _Parser(text, problems).document()
    except _StopError:
        return None


class _Mark(Protocol):
    line: int
    column: int


def _place(mark: _Mark | None) -> _Place:
    if mark is None:
        return _Place(line=1, column=1)
    return _Place(line=mark.line + 1, column=mark.column + 1)


class _Parser:
    """One walk over the events of a text."""

    def __init__(self, text: str, problems: Problems) -> None:
        self._problems = problems
        self._events = self._read(text)
        self._depth = 0

    def document(self) -> Node:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self._stop(
                "expected a mapping, the file is empty",
                start,
                "begin with `version: 1` and `gate: name`",
            )
        node = self._node(next(self._events))
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._stop(
                "expected exactly one document, a second one starts here",
                after,
                "write each gate into a file of its own",
            )
        return node

    def _read(self, text: str) -> Iterator[yaml.Event]:
        """Yield events; the one place where PyYAML's exceptions end."""
        last = None
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                last = event.end_mark
                yield event
        except yaml.MarkedYAMLError as error:
            message, hint = explain(error.context or "", error.problem or "")
            mark = error.problem_mark or error.context_mark or last
            if starts_earlier(error.context or "", error.problem or ""):
                mark = error.context_mark or mark
            self._problems.add(message, at=_place(mark), hint=hint)
        except (yaml.YAMLError, *_LEAKS):
            message, hint = explain("", "unreadable YAML")
            self._problems.add(message, at=_place(last), hint=hint)
        raise _StopError

    def _node(self, event: yaml.Event) -> Node:
        at = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self._problems.add(
                f"alias *{event.anchor} is not allowed",
                at=at,
                hint=f'write the value out, or quote it if it is text: "*{event.anchor}"',
            )
            return BrokenNode(line=at.line, column=at.column)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self._refuse_properties(event, at)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, at)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._stop(f"nested deeper than {MAX_DEPTH}", event, "flatten it")
        node: Node
        if isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(at, is_flow=bool(event.flow_style))
        else:
            node = self._sequence(at)
        self._depth -= 1
        return node

    def _refuse_properties(
        self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, at: _Place
    ) -> None:
        if event.anchor is not None:
            self._problems.add(
                f"anchor &{event.anchor} is not allowed",
                at=at,
                hint=f'take it out, or quote it if it is text: "&{event.anchor}..."',
            )
        if event.tag is not None:
            self._problems.add(
                f"tags are not allowed, found {shown(event.tag)}",
                at=at,
                hint="take it out, or quote it if it is text",
            )

    def _scalar(self, event: yaml.ScalarEvent, at: _Place) -> Node:
        unsafe = has_unsafe(event.value)
        if unsafe:
            self._problems.add(
                f"control or bidirectional character {unsafe} in a text",
                at=at,
                hint="take the escape out; a character beyond U+FFFF is one \\U0001F600 escape",
            )
            return BrokenNode(line=at.line, column=at.column)
        return ScalarNode(
            text=event.value, is_quoted=bool(event.style), line=at.line, column=at.column
        )

    def _sequence(self, at: _Place) -> SequenceNode:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._refuse_long(len(items), event)
            items.append(self._node(event))
        return SequenceNode(items=tuple(items), line=at.line, column=at.column)

    def _mapping(self, at: _Place, *, is_flow: bool) -> MappingNode:
        entries: dict[str, Entry] = {}
        count = 0
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._refuse_long(count, event)
            count += 1
            key = self._node(event)
            value = self._node(next(self._events))
            if self._is_key(key, entries):
                entries[key.text] = Entry(key=key, value=value)
        return MappingNode(
            entries=tuple(entries.values()), is_flow=is_flow, line=at.line, column=at.column
        )

    def _is_key(self, key: Node, entries: dict[str, Entry]) -> TypeGuard[ScalarNode]:
        if isinstance(key, BrokenNode):
            return False
        if not isinstance(key, ScalarNode) or key.is_null:
            self._problems.add(
                "a key must be a text", at=key, hint="write `key: value`; quote a key like null"
            )
            return False
        if key.text == "<<" and not key.is_quoted:
            self._problems.add("merge key is not allowed", at=key, hint="write the keys out")
            return False
        if key.text in entries:
            first = entries[key.text].key.line
            self._problems.add(
                f"key {shown(key.text)} is given twice, on line {first} and on line {key.line}",
                at=key,
                hint="keep one of them",
            )
            return False
        return True

    def _refuse_long(self, count: int, event: yaml.Event) -> None:
        if count >= MAX_ENTRIES:
            raise self._stop(
                f"more than {MAX_ENTRIES} entries", event, "keep long lists in an artifact"
            )

    def _stop(self, message: str, event: yaml.Event, hint: str) -> _StopError:
        self._problems.add(message, at=_place(event.start_mark), hint=hint)
        return _StopError()
