"""Numbers: YAML 1.2 core decimals, and a way to mend everything that only looks like one."""

import math
import re
from collections.abc import Callable
from decimal import Decimal

from pytest_evalgate.spec.nodes import Node, ScalarNode
from pytest_evalgate.spec.problems import RefusedError, refusal, shown
from pytest_evalgate.spec.scalars import scalar_of


_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_SHARE = re.compile(
    r"([-+]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})) *(%|pp)", re.IGNORECASE
)
_MAX_DIGITS = 18  # what a float64 and every JSON reader keep, generously
_AMBIGUOUS = "must be a number, found the ambiguous {}"
# What YAML readers disagree about -> what to say and how to mend it.
_LOOKALIKES = tuple(
    (re.compile(pattern, re.IGNORECASE), message, hint)
    for pattern, message, hint in (
        (r"", "must be a number, found nothing", "write a number"),
        (r"[-+]?\.?(nan|inf|infinity)", "must be finite, found {}", "write a finite number"),
        (r"[-+]?0[0-9xob_][0-9a-f_.]*", _AMBIGUOUS, "write it in decimal without leading zeros"),
        (r"[-+]?[0-9]+(:[0-9]+)+(\.[0-9]*)?", _AMBIGUOUS, "write one decimal number"),
        (r"[-+]?[0-9][0-9,]*,[0-9]{3}", _AMBIGUOUS, "write it without commas"),
        (r"[-+]?[0-9]+,[0-9]+", _AMBIGUOUS, "write a decimal point, not a comma"),
        (r"[-+]?[0-9_.]*_[0-9_.e+-]*", _AMBIGUOUS, "write it without underscores"),
        (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*", "must be a number, found the date {}", "write one"),
    )
)


def number(node: Node) -> float:
    """Read a finite number."""
    scalar = scalar_of(node, "a number")
    if scalar.is_quoted or not _NUMBER.fullmatch(scalar.text):
        raise _not_a_number(scalar)
    return _finite(scalar)


def whole(node: Node) -> int:
    """Read a whole number, written without a point."""
    value = number(node)
    text = node.text if isinstance(node, ScalarNode) else ""
    if not text.lstrip("+-").isdecimal():
        hint = f"write {value:.0f}" if value.is_integer() and abs(value) < 1e15 else "round it"
        raise refusal(node, f"must be a whole number, found {shown(text)}", hint)
    return int(text)


def at_least(least: int) -> Callable[[Node], int]:
    """Make a reader of whole numbers that are not below ``least``."""

    def read(node: Node) -> int:
        value = whole(node)
        if value < least:
            raise refusal(node, f"must be at least {least}, found {value}", f"write {least}")
        return value

    return read


def share(node: Node) -> float:
    """Read a share above 0 and up to 1: a share of nothing asks for nothing."""
    value = number(node)
    if 1 < value <= 100:
        raise refusal(
            node, f"must be a share from 0 to 1, found {value:g}", f"did you mean {value / 100:g}?"
        )
    if not 0 < value <= 1:
        raise refusal(node, f"must be a share above 0 and up to 1, found {value:g}", "1 means all")
    return value


def _finite(scalar: ScalarNode) -> float:
    mantissa, _, _ = scalar.text.lower().partition("e")
    if len(mantissa.lstrip("+-").partition(".")[0]) > _MAX_DIGITS:
        raise refusal(
            scalar,
            f"must be a number of at most {_MAX_DIGITS} digits, found {shown(scalar.text)}",
            "quote it if it is text",
        )
    value = float(scalar.text)
    if not math.isfinite(value):
        raise refusal(scalar, f"must be finite, found {shown(scalar.text)}", "write it smaller")
    if value == 0 and mantissa.strip("+-0."):
        raise refusal(
            scalar, f"must be 0 or a number above 1e-323, found {shown(scalar.text)}", "write 0"
        )
    return value + 0.0  # -0.0 becomes 0.0


def _not_a_number(scalar: ScalarNode) -> RefusedError:
    found = shown(scalar.text)
    if scalar.is_quoted:
        hint = "take the quotes off" if _NUMBER.fullmatch(scalar.text) else "write a number"
        return refusal(scalar, f"must be a number, found the text {found}", hint)
    text = "" if scalar.is_null else scalar.text
    share = _SHARE.fullmatch(text)
    if share:
        hint = f"write {Decimal(share[1]).scaleb(-2).normalize():f} for {share[1]}{share[2]}"
        return refusal(scalar, f"must be a plain number, found {found}", hint)
    for pattern, message, hint in _LOOKALIKES:
        if pattern.fullmatch(text):
            mend = hint if text else "write a number after the colon"
            if "ambiguous" in message:
                mend = f"quote it if it is text; if it is a number, {mend}"
            return refusal(scalar, message.format(found), mend)
    return refusal(scalar, f"must be a number, found {found}", "write a number such as 0.05")
