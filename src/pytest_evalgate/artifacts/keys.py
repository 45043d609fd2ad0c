"""Ids, runs and repeats as text exactly as written."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence

from pytest_evalgate.artifacts.cells import is_missing, short, shown, text_of
from pytest_evalgate.errors import Location, SampleError


MAX_BYTES = 512
# Control, format (zero width, bidirectional), surrogates, line and paragraph separators.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def key_texts(
    names: Sequence[str],
    columns: Sequence[list[object]],
    rows: Iterable[int],
    *,
    locate: Callable[[int], Location],
) -> list[str]:
    """Return the key of each row: the texts of its columns, several joined by ``|``.

    Raises:
        SampleError: A cell that cannot name anything: missing, blank, no text or whole number,
            a character that cannot be seen, longer than 512 bytes.
    """
    rows = list(rows)
    parts = [
        _texts(name, column, rows, locate) for name, column in zip(names, columns, strict=True)
    ]
    if len(parts) == 1:
        return parts[0]
    # A bar inside a part is escaped, so that ("a|b", "c") and ("a", "b|c") stay two keys.
    return ["|".join(map(_escape, key)) for key in zip(*parts, strict=True)]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|") if "|" in text or "\\" in text else text


def _texts(
    name: str, column: list[object], rows: list[int], locate: Callable[[int], Location]
) -> list[str]:
    texts = []
    for row in rows:
        cell = column[row]
        # str() makes an exact str of a text without type.
        text = str(cell) if isinstance(cell, str) else text_of(cell)
        if (
            not isinstance(cell, str | int)
            or not (text.isascii() and text.isprintable() and 0 < len(text) <= MAX_BYTES)
            or text.isspace()
            or isinstance(cell, bool)
        ):
            text = _unusual(name, cell, row, locate)
        texts.append(text)
    return texts


def _unusual(name: str, cell: object, row: int, locate: Callable[[int], Location]) -> str:
    words = "null or missing" if is_missing(cell) else _words(cell)
    if words is None:
        return text_of(cell)
    found = "" if is_missing(cell) else f" {shown(cell)}"
    raise SampleError(
        f"{name}{found} cannot name a row: it is {words}",
        at=locate(row),
        hint="a key is a text or a whole number, in every row",
    )


def _words(cell: object) -> str | None:
    if isinstance(cell, float):
        return "a number with decimals, which formats write in many ways"
    if not isinstance(cell, str | int):
        return "no text or whole number"
    text = text_of(cell)
    refused = next((c for c in text if unicodedata.category(c) in _REFUSED), None)
    if refused is not None:
        return f"a text with the invisible character U+{ord(refused):04X}"
    if len(text.encode()) > MAX_BYTES:
        return f"longer than {MAX_BYTES} bytes"
    return None if text.strip() else "blank"


def near_matches(left: Iterable[str], right: Iterable[str]) -> str | None:
    """Say which keys of one side only would match one of the other if they were written alike."""
    left, right = set(left), set(right)
    ways: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("without spaces at their ends", str.strip),
        ("ignoring case", str.casefold),
        ("without spaces at their ends and ignoring case", lambda key: key.strip().casefold()),
    )
    for words, change in ways:
        changed = {change(key): key for key in sorted(right)}
        pairs = [(key, changed[change(key)]) for key in sorted(left) if change(key) in changed]
        if pairs:
            first, second = (shown(short(key)) for key in pairs[0])
            return f"{len(pairs)} would match {words}, first {first} and {second}"
    return None


def look_alikes(keys: Iterable[str]) -> tuple[str, ...]:
    """Return notes on keys that a person could take for others; they are never changed."""
    mixed, decomposed = [], []
    for key in keys:
        if key.isascii():
            continue
        scripts = {unicodedata.name(c, "?").split()[0] for c in key if c.isalpha()}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "FULLWIDTH"}) > 1:
            mixed.append(key)
        if unicodedata.normalize("NFC", key) != key:
            decomposed.append(key)
    notes = []
    if mixed:
        notes.append(f"{len(mixed)} ids mix look-alike alphabets, first {shown(mixed[0])}")
    if decomposed:
        notes.append(f"{len(decomposed)} ids are not in Unicode NFC, first {shown(decomposed[0])}")
    return tuple(notes)
