"""Strict YAML for metadata: one mapping, nothing expanded, and no scalar guessed at.

A plain scalar stays as it is written: dates, ``1.10`` and ``no`` are texts, which count as a
number or a boolean only where one is asked for. The text is read as events, so that depth,
aliases and tags are refused before anything is built.
"""

from collections.abc import Iterator
from typing import Final, NoReturn

import yaml

from pytest_evalgate.artifacts.cells import Untyped, shown
from pytest_evalgate.artifacts.readers.jsontext import DEPTH, decode
from pytest_evalgate.errors import ArtifactError, Location


_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
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


def parse_yaml(data: bytes, source: str) -> object:
    """Read a file that is one YAML document: mappings, lists, texts and null.

    Raises:
        ArtifactError: Not UTF-8, not YAML, no or a second document, an alias, anchor, tag, merge
            key or duplicate key, or nested too deep.
    """
    return _Document(decode(data, source), source).value()


class _Document:
    """One walk over the events of a text."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._events = self._read(text)
        self._depth = 0

    def value(self) -> object:
        next(self._events)  # the start of the stream
        if isinstance(event := next(self._events), yaml.StreamEndEvent):
            self._refuse("the file is empty", event, "write `key: value` lines")
        found = self._node(next(self._events))
        next(self._events)  # the end of the document
        if not isinstance(event := next(self._events), yaml.StreamEndEvent):
            self._refuse("a second document starts here", event, "keep one")
        return found

    def _read(self, text: str) -> Iterator[yaml.Event]:
        last = None
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                last = event.end_mark
                yield event
        except yaml.MarkedYAMLError as error:
            self._fail(error.problem or "unreadable", error.problem_mark or last)
        except yaml.YAMLError:
            self._fail("a character that YAML does not allow", last)
        except _LEAKS:
            self._fail("unreadable", last)

    def _node(self, event: yaml.Event) -> object:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(f"alias {shown(f'*{event.anchor}')}", event, "write the value out")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self._refuse_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            if event.style:  # quoted, or a block of text
                return str(event.value)
            return None if event.value in _NULLS else Untyped(event.value)
        self._depth += 1
        if self._depth > DEPTH:
            self._refuse(f"nested deeper than {DEPTH}", event, "flatten it")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        found = self._mapping() if is_mapping else self._sequence()
        self._depth -= 1
        return found

    def _refuse_properties(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse(f"anchor {shown('&' + event.anchor)}", event, "take it out")
        if event.tag is not None:
            self._refuse(f"tag {shown(event.tag)}", event, "take it out, or quote the text")

    def _sequence(self) -> list[object]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return items

    def _mapping(self) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event)
            if not isinstance(key, str):
                self._refuse(f"a key is {shown(key)}", event, "a key is a text; quote it")
            if key == "<<" and type(key) is Untyped:
                self._refuse("a merge key", event, "write the keys out")
            if key in found:
                self._refuse(f"duplicate key {shown(key)}", event, "keep one of them")
            found[str(key)] = self._node(next(self._events))
        return found

    def _refuse(self, what: str, event: yaml.Event, hint: str) -> NoReturn:
        raise ArtifactError(f"not strict YAML: {what}", at=self._at(event.start_mark), hint=hint)

    def _fail(self, problem: str, mark: object) -> NoReturn:
        raise ArtifactError(
            f"not YAML: {shown(problem)[1:-1]}",
            at=self._at(mark),
            hint="check quotes, brackets and indentation, or write the metadata as JSON",
        )

    def _at(self, mark: object) -> Location:
        line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
        return Location(path=self._source, line=line + 1, column=column + 1)
