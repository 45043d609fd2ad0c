"""What a contract expects of each arm: values of columns, ages, numbers of files.

Each is written for every arm, or as a mapping of arms to what each must have.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from pytest_evalgate.spec.model import Equal, FileCount, MaxAge
from pytest_evalgate.spec.nodes import Entry, MappingNode, Node, SequenceNode
from pytest_evalgate.spec.numerals import at_least, number
from pytest_evalgate.spec.problems import refusal, shown
from pytest_evalgate.spec.scalars import entries_of, gather, kind, name, scalar_of, text


AGE: Final = "[1-9][0-9]{0,4}[mhdw]"
VARIABLE: Final = "[A-Za-z_][A-Za-z0-9_]{0,63}"
_AGE = re.compile(AGE, re.ASCII)
_VARIABLE = re.compile(VARIABLE, re.ASCII)
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
# Reports show the value of a variable, so one that holds a secret may not be asked for.
_SECRET = re.compile(
    "(^|_)(secrets?|tokens?|pass|passwd|passwords?|passphrase|keys?|credentials?|auth|pat)(_|$)",
    re.IGNORECASE,
)
_ENV = "env"

_T = TypeVar("_T")


def equal(node: Node) -> tuple[Equal, ...]:
    """Read columns and what each must be equal to."""
    entries = entries_of(node, "a mapping of columns to values")
    if not entries:
        raise refusal(node, "must name a column, found {}", "write `{dataset_version: v3}`")
    return tuple(one for found in gather(entries, _equal) for one in found)


def max_age(node: Node) -> tuple[MaxAge, ...]:
    """Read how old the rows of every arm, or of each that is named, may be."""
    return tuple(
        MaxAge(arm=arm, text=age, seconds=int(age[:-1]) * _SECONDS[age[-1]])
        for arm, age in _by_arm(node, _age)
    )


def expect_files(node: Node) -> tuple[FileCount, ...]:
    """Read how many data files every arm, or each that is named, must have."""
    return tuple(FileCount(arm=arm, count=count) for arm, count in _by_arm(node, at_least(1)))


def expect_split(node: Node) -> float:
    """Read the candidate's share of the units of two arms."""
    value = number(node)
    if not 0 < value < 1:
        hint = f"did you mean {value / 100:g}?" if 1 < value < 100 else "write 0.5 for one half"
        raise refusal(node, f"must be a share above 0 and below 1, found {value:g}", hint)
    return value


def _by_arm(node: Node, reader: Callable[[Node], _T]) -> tuple[tuple[str | None, _T], ...]:
    if not isinstance(node, MappingNode):
        return ((None, reader(node)),)
    if not node.entries:
        raise refusal(node, "must name an arm, found {}", "write one value for every arm")
    return gather(node.entries, lambda entry: (name(entry.key), reader(entry.value)))


def _equal(entry: Entry) -> tuple[Equal, ...]:
    column, node = text(entry.key), entry.value
    if isinstance(node, MappingNode) and not _is_variable(node):
        found = _by_arm(node, _expected)
    else:
        found = ((None, _expected(node)),)
    return tuple(
        Equal(column=column, arm=arm, value=value, variable=variable)
        for arm, (value, variable) in found
    )


def _is_variable(node: MappingNode) -> bool:
    return any(entry.key.text == _ENV for entry in node.entries)


def _expected(node: Node) -> tuple[str | None, str | None]:
    """Read a literal or the name of a variable."""
    if isinstance(node, SequenceNode):
        raise refusal(
            node, f"must be one value, found {kind(node)}", "a column has one value in every row"
        )
    if not isinstance(node, MappingNode):
        return text(node), None
    if not _is_variable(node) or len(node.entries) > 1:
        names = ", ".join(entry.key.text[:40] for entry in node.entries)
        raise refusal(
            node, f"must be a value or {{env: NAME}}, found keys {shown(names)}",
            "write `column: value`, `column: {env: NAME}` or `column: {candidate: value}`",
        )  # fmt: skip
    return None, _variable(node.entries[0].value)


def _variable(node: Node) -> str:
    found = text(node)
    if not _VARIABLE.fullmatch(found):
        hint = "write the name without $: letters, digits and underscores"
        raise refusal(node, f"must be the name of a variable, found {shown(found)}", hint)
    if _SECRET.search(found):
        raise refusal(
            node,
            f"cannot be {shown(found)}, which reads like a secret",
            "reports show the value; give it by a variable of another name if it is none",
        )
    return found


def _age(node: Node) -> str:
    found = scalar_of(node, "a time such as 14d").text
    if not _AGE.fullmatch(found):
        raise refusal(
            node,
            f"must be a whole number followed at once by m, h, d or w, found {shown(found)}",
            "write 30m, 12h, 14d or 2w",
        )
    return found
