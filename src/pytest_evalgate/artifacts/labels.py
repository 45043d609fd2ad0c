"""Texts where numbers should stand: which there are, and the line of a gate file that mends it."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pytest_evalgate.artifacts.cells import (
    Untyped,
    boolean_of,
    is_blank,
    number_of,
    plain_number,
    short,
)


_LONGEST_COPIED = 64  # characters of a value: a SHA-256 is whole
MOST_LABELS: Final = 8  # different texts of a column that may be grades
DROP_MISSING: Final = "contract: {missing: drop, max_missing: 0.02}"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
# Texts that some reader of YAML takes for a boolean, for nothing or for no number.
_YAML_WORDS = frozenset(
    ("true", "false", "null", "none", "yes", "no", "on", "off", "y", "n", "nan", "inf")
)
_MISSING_WORDS = frozenset(
    ("", "na", "n/a", "nan", "#n/a", "null", "none", "nil", "-", "--", "?", ".", "missing")
)
_RIGHT = frozenset(
    (
        *("yes", "y", "true", "t", "correct", "c", "right", "pass", "passed", "ok", "success"),
        *("succeeded", "good", "win", "won", "solved", "resolved", "match", "accepted", "+"),
    )
)
_WRONG = frozenset(
    (
        *("no", "n", "false", "f", "incorrect", "i", "wrong", "fail", "failed", "failure"),
        *("error", "bad", "loss", "lost", "unsolved", "unresolved", "mismatch", "rejected", "-"),
    )
)
_HALF = frozenset(("p", "partial", "partially", "tie", "draw"))


def scalar(text: str, *, plain: re.Pattern[str] = _PLAIN) -> str:
    """Write a text as a YAML scalar: quoted unless no reader could take it for anything else."""
    if plain.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The different texts of a column that are no numbers, each sorted."""

    labels: tuple[str, ...]
    missing: tuple[str, ...]  # such as NA
    quoted: tuple[str, ...]  # numbers in quotes, in a format with types
    spoilt: tuple[str, ...]  # begin like a number: `95%`, `1,000`

    @property
    def are_labels(self) -> bool:
        """Whether a map could give each text its number."""
        return bool(self.labels) and len(self.labels) <= MOST_LABELS and not self.spoilt

    @property
    def na_line(self) -> str | None:
        """The line that makes texts such as NA missing values."""
        return f"na: [{', '.join(map(json.dumps, self.missing))}]" if self.missing else None

    @property
    def map_line(self) -> str:
        """The line that gives each label its number, ``?`` where that cannot be guessed."""
        known = {label.lower() for label in self.labels}
        pairs = [(label, _guess(label.lower(), known)) for label in self.labels]
        pairs.sort(key=lambda pair: (pair[1] is None, -(pair[1] or 0)))
        written = (f"{scalar(label)}: {'?' if n is None else f'{n:g}'}" for label, n in pairs)
        return f"map: {{{', '.join(written)}}}"

    def words_and_hint(self) -> tuple[str, str]:
        """Say in a few words what the texts are, and how to mend it."""
        if self.are_labels:
            more = f", and `{self.na_line}` for missing values" if self.na_line else ""
            return "write a map", (
                f"`{self.map_line}` in the metric gives each label found its number{more}"
            )
        if self.spoilt:
            return "no plain number", (
                "numbers are written like 0.25 or 1e-3, without `,`, `%` or spaces"
            )
        if self.labels:
            return f"no number; {len(self.labels)} different texts", (
                "name a column of numbers, or write a map from each text to its number"
            )
        if self.quoted:
            return "a number in quotes", "write numbers without quotes"
        return "a missing value?", (
            f"write `{self.na_line}` in the metric if it means missing, and `{DROP_MISSING}` to "
            "go on without these units"
        )


def texts_of(cells: Iterable[object], *, is_na: Callable[[object], bool]) -> Texts:
    """Sort out the texts among cells."""
    kinds: dict[str, set[str]] = {
        "labels": set(),
        "missing": set(),
        "quoted": set(),
        "spoilt": set(),
    }
    for cell in set(filter(lambda cell: isinstance(cell, str), cells)):
        if not is_text(cell) or is_na(cell):
            continue
        kinds[_kind(str(cell), is_typed=type(cell) is not Untyped)].add(str(cell))
    if kinds["labels"] and "-" in kinds["missing"]:  # as in + and -
        kinds["labels"].update(kinds["missing"] & {"-"} if "+" in kinds["labels"] else ())
        kinds["missing"] -= kinds["labels"]
    return Texts(**{kind: tuple(sorted(found)) for kind, found in kinds.items()})


def is_text(cell: object) -> bool:
    """Whether a cell is a word: neither number, boolean nor missing."""
    return (
        isinstance(cell, str)
        and not is_blank(cell)
        and number_of(cell) is None
        and boolean_of(cell) is None
    )


def missing_advice(share: float) -> str:
    """Say how to go on with a share of missing values."""
    if share <= 0.02:
        return f"complete the file, or write `{DROP_MISSING}` to go on without these units"
    return f"complete the file; where only a few units lack a value, `{DROP_MISSING}` drops them"


def to_copy(text: str) -> str:
    """Shorten a value that is shown to be copied only where nobody would copy it."""
    return text if len(text) <= _LONGEST_COPIED else short(text)


def found_values(name: str, texts: Iterable[str | None], *, most: int = 8) -> str:
    """Write the values of a column for a message, whole: ``model is: new, old``."""
    values = ["null" if text is None else scalar(to_copy(text)) for text in texts]
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return f"{scalar(short(name))} is: {', '.join(values[:most])}{more}"


def _kind(text: str, *, is_typed: bool) -> str:
    bare = text.strip()
    if bare.lower() in _MISSING_WORDS:
        return "missing"
    if is_typed and plain_number(text) is not None:
        return "quoted"
    return "spoilt" if re.match(r"[-+]?[.,]?[0-9]", bare, re.ASCII) else "labels"


def _guess(label: str, known: set[str]) -> float | None:
    if label == "p" and not known & _RIGHT:
        return 1.0
    for words, number in ((_RIGHT, 1.0), (_WRONG, 0.0), (_HALF, 0.5)):
        if label in words:
            return number
    return None
