"""Text for Markdown: nothing that came from a file is read as Markdown, HTML or a reference.

GitHub looks for mentions, issues, commits and emoji after it has read the Markdown, so entities
do not stop it (``&#64;user`` still calls the user); only ``<code>`` does. So what could be anything
but a plain word or a number stands in ``<code>``. Its signs are entities, because backticks end at
a backtick and a cell at a bar.
"""

import re
from collections.abc import Collection

from pytest_evalgate.report.escape import visible


LONGEST = 400
NO_BREAK = "\N{NO-BREAK SPACE}"
_WORD_PARTS = re.compile(r"""([("'\[]*)(.*?)([)\]"',;:.!?]*)""")
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_NUMBER = re.compile(r"[<>=]?x?[-+]?(?:\d{1,6}|\d+\.\d+)(?:e[-+]?\d+)?%?|[-+]?inf|[-+<>=%]*")
# A word that is a commit, or the start of an address: `www.` is one alone.
_REFERENCE = re.compile(r"[0-9a-fA-F]{7,}|.*www", re.IGNORECASE)
# Would start a list, a heading, a rule, a quote or a definition at the start of a line.
_BLOCK = re.compile(r"[-+](?: |$)|[-+=]+$|\d+[.)](?: |$)|\[")
# Signs that mean nothing inside a line, so that the source stays readable.
_INERT_SIGNS = frozenset("-/,=+%()'")
# cmark links addresses inside <code> too: it looks for `@` after it has read the entities.
_AT = "&#64;<!-- -->"


def code(text: str, *, limit: int = 80) -> str:
    """Return ``text`` in ``<code>``, for a paragraph, a table's cell or HTML; nothing for none."""
    return f"<code>{_entities(visible(text, limit=limit))}</code>" if text else ""


def prose(text: str, *, limit: int = LONGEST, names: Collection[str] = ()) -> str:
    """Return ``text`` as words and numbers, anything else in it in ``<code>``.

    It may stand in a paragraph, a list item, a table's cell or HTML, at the start of a line too.

    Args:
        text: Any text.
        limit: Characters that are kept of it.
        names: Words that are names, and so stand in ``<code>`` too.
    """
    words = " ".join(_word(word, names) for word in visible(text, limit=limit).split(" "))
    line = words.replace("</code> <code>", " ")  # neighbours in one; all these tags are ours
    if _BLOCK.match(line):
        line = f"&#{ord(line[0])};{line[1:]}" if not line[0].isdigit() else _ordinal(line)
    return _with_outer_spaces(line)


def number(text: str) -> str:
    """Return what report/numbers.py wrote, without a unit, for a table's cell, in one line."""
    return _signs(text).replace(" ", NO_BREAK)


def _word(word: str, names: Collection[str]) -> str:
    parts = _WORD_PARTS.fullmatch(word)
    before, core, after = parts.groups() if parts else ("", word, "")
    is_plain = _PLAIN_WORD.fullmatch(core) and not _REFERENCE.fullmatch(core)
    if _NUMBER.fullmatch(core) or (is_plain and core not in names):
        return _signs(word)
    return f"{_signs(before)}<code>{_entities(core)}</code>{_signs(after)}"


def _ordinal(line: str) -> str:
    """Hide the sign after the number that would make the line an item of a list."""
    digits = re.match(r"\d+", line)
    end = digits.end() if digits else 0
    return f"{line[:end]}&#{ord(line[end])};{line[end + 1 :]}"


def _signs(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _entities(text: str) -> str:
    """Write every sign as an entity that could mean something to Markdown, HTML or a filter."""
    return _with_outer_spaces("".join(map(_entity, text, "\0" + text, text[1:] + "\0")))


def _entity(sign: str, before: str, after: str) -> str:
    if sign.isalnum() or sign > "~" or sign in _INERT_SIGNS:
        return sign
    match sign:
        case " ":
            return " " if before != " " else "&#32;"
        case "@":
            return _AT
        case "_" if before.isalnum() and after.isalnum():
            return sign
        case "." if before not in "wW":  # `www.` starts a link
            return sign
    return f"&#{ord(sign)};"


def _with_outer_spaces(text: str) -> str:
    """Keep spaces at either end, which Markdown would strip."""
    if text.startswith(" "):
        text = f"&#32;{text[1:]}"
    return f"{text[:-1]}&#32;" if text.endswith(" ") else text
