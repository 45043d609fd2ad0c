"""Texts, words, names, columns: readers that take a node and give a value or refuse it."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from pytest_evalgate.spec.model import Scalar, Where
from pytest_evalgate.spec.nodes import (
    BrokenNode,
    Entry,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)
from pytest_evalgate.spec.problems import Flaw, RefusedError, listed, nearest, refusal, shown


RESERVED_ENDINGS = (".comment", ".incomplete")  # of a gate's name: files beside its evidence
NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
RESERVED_NAME = "decision"
_NAME = re.compile(NAME_PATTERN)
# YAML 1.1 readers make booleans of these, YAML 1.2 readers texts: neither is what was meant.
# Capital Y and N stay texts: N is a common label of graders, and no reader makes it a boolean.
_AMBIGUOUS_WORDS = frozenset(
    (
        *("yes", "no", "on", "off"),
        *("Yes", "No", "On", "Off"),
        *("YES", "NO", "ON", "OFF"),
        "y",
        "n",
    )
)
_NOT_FINITE = re.compile(r"[-+]?\.(nan|inf)", re.IGNORECASE)
_BRACES = re.compile(r"\{([^{}]*)\}")
_COLUMN_OF_PATH = re.compile("[A-Za-z][A-Za-z0-9_]{0,63}")

_In = TypeVar("_In")
_Out = TypeVar("_Out")
_Choice = TypeVar("_Choice", bound=StrEnum)


def scalar_of(node: Node, expected: str) -> ScalarNode:
    """Give the node back if it is a scalar."""
    if isinstance(node, BrokenNode):
        raise RefusedError
    if not isinstance(node, ScalarNode):
        raise refusal(node, f"must be {expected}, found {kind(node)}", f"write {expected}")
    return node


def kind(node: Node) -> str:
    """Name what a node is, for "found ..."."""
    match node:
        case MappingNode():
            return "a mapping"
        case SequenceNode():
            return "a list"
        case ScalarNode():
            return "nothing" if node.is_null else shown(node.text)
        case BrokenNode():
            return "an alias"


def gather(items: Iterable[_In], reader: Callable[[_In], _Out]) -> tuple[_Out, ...]:
    """Read every item, and refuse with the flaws of all of them at once."""
    values: list[_Out] = []
    flaws: list[Flaw] = []
    is_whole = True
    for item in items:
        try:
            values.append(reader(item))
        except RefusedError as refused:
            flaws.extend(refused.flaws)
            is_whole = False
    if not is_whole:
        raise RefusedError(*flaws)
    return tuple(values)


def scalar(node: Node) -> Scalar:
    """Read a scalar as it is written; null is None."""
    found = scalar_of(node, "a text, a number or null")
    return None if found.is_null else _unambiguous(found)


def text(node: Node) -> str:
    """Read a text as it is written, not empty."""
    found = scalar_of(node, "a text")
    if found.is_null or not found.text.strip():
        raise refusal(node, "must be a text, found nothing", "write a text, or leave the key out")
    return _unambiguous(found)


def name(node: Node) -> str:
    """Read the name of a gate, artifact, metric or rule."""
    found = text(node)
    if not _NAME.fullmatch(found):
        raise refusal(
            node,
            f"must be a name, found {shown(found)}",
            f"a name matches {NAME_PATTERN}: letters, digits, dots, underscores, dashes",
        )
    if found.lower() == RESERVED_NAME:
        raise refusal(node, f"cannot be {shown(found)}, which is reserved", "choose another name")
    return found


def gate_name(node: Node) -> str:
    """Read the name of a gate, after which its files are called."""
    found = name(node)
    ending = next((end for end in RESERVED_ENDINGS if found.lower().endswith(end)), None)
    if ending is not None:
        message = f"cannot end in {shown(ending)}: files beside the evidence are called so"
        raise refusal(node, message, "choose another name")
    return found


def is_name(found: str) -> bool:
    """Whether a text can name a gate, artifact, metric or rule."""
    return bool(_NAME.fullmatch(found)) and found.lower() != RESERVED_NAME


def columns(node: Node) -> tuple[str, ...]:
    """Read one column or a list of different ones."""
    items = node.items if isinstance(node, SequenceNode) else (node,)
    found = gather(items, text)
    if not found:
        raise refusal(node, "must be a column or a list of columns, found []", "name a column")
    refuse_repeated(items, found)
    return found


def column_list(node: Node) -> tuple[str, ...]:
    """Read one column or a list of different ones, which may be empty."""
    return () if isinstance(node, SequenceNode) and not node.items else columns(node)


def scalars(node: Node) -> tuple[Scalar, ...]:
    """Read one scalar or a list of different ones, as they are written."""
    items = node.items if isinstance(node, SequenceNode) else (node,)
    found = gather(items, scalar)
    if not found:
        raise refusal(node, "must be a value or a list of values, found []", "name a value")
    refuse_repeated(items, found)
    return found


def where(node: Node) -> Where:
    """Read conditions: a mapping of a column to a scalar or a list of them."""
    return gather(entries_of(node, "a mapping of columns to values"), _condition)


def column_names(node: Node) -> tuple[tuple[str, str], ...]:
    """Read a mapping of new names to columns."""
    return gather(
        entries_of(node, "a mapping of names to columns"),
        lambda entry: (text(entry.key), text(entry.value)),
    )


def path(node: Node) -> str:
    """Read one path or glob as it is written."""
    found = text(node)
    if any(ord(character) < 32 for character in found):
        raise refusal(node, f"must be a path, found {shown(found)}", "take the line ends out")
    return found


def paths(node: Node) -> tuple[str, ...]:
    """Read a path, a glob or a list of them; ``{name}`` captures a column."""
    items = node.items if isinstance(node, SequenceNode) else (node,)
    found = gather(items, _path_with_captures)
    if not found:
        raise refusal(node, "must be a path or a list of paths, found []", "name a path")
    refuse_repeated(items, found)
    return found


def choice(options: type[_Choice]) -> Callable[[Node], _Choice]:
    """Make a reader of one of the words of an enum."""
    return lambda node: options(word([option.value for option in options])(node))


def word(
    options: Sequence[str], later: Sequence[str] = (), *, note: str = ""
) -> Callable[[Node], str]:
    """Make a reader of one of some words; those of a later version are told apart.

    ``note`` is what else the hint says to an unknown one.
    """

    def read(node: Node) -> str:
        found = scalar_of(node, f"one of {listed(options)}")
        if not found.is_null and found.text in options:
            return found.text
        if found.text in later:
            hint = f"this version knows {listed(options)}"
            raise refusal(node, f"{shown(found.text)} is not yet supported", hint)
        hint = f"{nearest(found.text, options)}known: {', '.join(options)}{note}"
        raise refusal(node, f"cannot be {kind(found)}", hint)

    return read


def entries_of(node: Node, expected: str) -> tuple[Entry, ...]:
    """Give the entries of a mapping."""
    if isinstance(node, BrokenNode):
        raise RefusedError
    if not isinstance(node, MappingNode):
        raise refusal(node, f"must be {expected}, found {kind(node)}", "write `key: value`")
    return node.entries


def refuse_repeated(items: Sequence[Node], values: Sequence[Scalar]) -> None:
    """Refuse a list that holds a value twice."""
    first: dict[Scalar, Node] = {}
    for item, value in zip(items, values, strict=True):
        if value in first:
            line = first[value].line
            raise refusal(
                item,
                f"holds {shown(value or 'null')} twice, first on line {line}",
                "keep one of them",
            )
        first[value] = item


def _condition(entry: Entry) -> tuple[str, tuple[Scalar, ...]]:
    return text(entry.key), scalars(entry.value)


def _unambiguous(found: ScalarNode) -> str:
    if found.is_quoted:
        return found.text
    if found.text in _AMBIGUOUS_WORDS or _NOT_FINITE.fullmatch(found.text):
        raise refusal(
            found,
            f"holds the ambiguous {shown(found.text)}",
            f"quote it if it is text: '{found.text}'; a boolean is true or false",
        )
    return found.text


def _path_with_captures(node: Node) -> str:
    found = path(node)
    captured = _BRACES.findall(found)
    rest = _BRACES.sub("", found)
    if "{" in rest or "}" in rest:
        raise refusal(
            node,
            f"has a brace that is not closed in {shown(found)}",
            "{name} captures a column",  # noqa: RUF027 - the braces are the gate file's
        )
    for column in captured:
        if not _COLUMN_OF_PATH.fullmatch(column):
            raise refusal(
                node,
                f"cannot capture {{{shown(column)[1:-1]}}} as a column",
                "{name} captures a part of the path; "  # noqa: RUF027 - as above
                "give several paths as a list",
            )
    if len(set(captured)) < len(captured):
        raise refusal(node, "captures a column twice", "write * for the second one")
    return found
