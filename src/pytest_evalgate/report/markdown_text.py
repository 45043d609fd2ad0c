"""Text for Markdown: nothing that came from a file is read as Markdown, HTML or a reference.

Signs that mean something to Markdown or HTML are entities. GitHub looks for mentions, issues,
commits, addresses, emoji and mathematics after it has read the Markdown, so entities do not stop
it (``&#64;user`` still calls the user); only ``<code>`` does. So a word that could come alive
stands in ``<code>``, whose signs are entities too: backticks end at a backtick and a cell at a bar.
"""

import re
from collections.abc import Collection

from pytest_evalgate.report.escape import visible


LONGEST = 400
NO_BREAK = "\N{NO-BREAK SPACE}"
# A piece of code as a message writes it.
_QUOTED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
# What GitHub brings alive. A piece of text may be followed by a sign of ours: `:smile` and `www`
# count as if it were there.
_ALIVE = re.compile(
    r"""[@$] | \#\d | \b(?:GH|GHSA|CVE)-\w | :[\w+-]+(?::|$) | :// | www(?:\.|$)
    | (?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])""",
    re.VERBOSE | re.IGNORECASE,
)
_DECIMAL = re.compile(r"[<>=]?x?[-+]?\d+\.\d+(?:e[-+]?\d+)?%?")
_WORD_PARTS = re.compile(r"""([("'\[]*)(.*?)([)\]"',;:.!?]*)""")
_AFTER_A_NAME = ":,;."
# Would start a list, a rule or a definition at the start of a line; the last sign is hidden.
_BLOCK = re.compile(r"[-+=](?!\d)|\[|\d+[.)](?= |$)")
_TASK = re.compile(r" *\[[ xX]\]")
# Signs that mean nothing inside a line, so that the source stays readable.
_INERT_IN_CODE = frozenset("-/,=+%()':")
_INERT_IN_PROSE = _INERT_IN_CODE | frozenset('";!?[].')
_STARTS = ("[^", "](", ":/")  # of a note, of the target of a link, of an address
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# cmark links addresses inside <code> too: it looks for `@` after it has read the entities.
_AT = "&#64;<!-- -->"


def code(text: str, *, limit: int = 80) -> str:
    """Return ``text`` in ``<code>``, for a paragraph, a table's cell or HTML; nothing for none."""
    return _code(visible(text, limit=limit)) if text else ""


def prose(text: str, *, limit: int = LONGEST, names: Collection[str] = ()) -> str:
    """Return ``text`` as prose, with what could come alive in it in ``<code>``.

    It may stand in a paragraph, a list item, a table's cell or HTML, at the start of a line too.
    Text between a pair of backticks becomes one piece of code, without them.

    Args:
        text: Any text.
        limit: Characters that are kept of it.
        names: Words that are names, and so stand in ``<code>`` too.
    """
    shown = visible(text, limit=limit)
    task = _TASK.match(shown)  # a check box, where it starts an item
    start = task.end() if task else 0
    parts = _QUOTED.split(shown[start:])  # outside, inside, outside, ...
    line = "".join(
        _code(part) if index % 2 else _outside(part, names) for index, part in enumerate(parts)
    )
    if task:
        line = _code(task[0]) + line
    elif block := _BLOCK.match(line):
        last = block.end() - 1
        line = f"{line[:last]}&#{ord(line[last])};{line[last + 1 :]}"
    return _with_outer_spaces(line)


def number(text: str) -> str:
    """Return what report/numbers.py wrote, without a unit, for a table's cell, in one line."""
    signs = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return signs.replace(" ", NO_BREAK)


def _outside(text: str, names: Collection[str]) -> str:
    line = " ".join(_word(word, names) for word in text.split(" "))
    return line.replace("</code> <code>", " ")  # neighbours in one; all these tags are ours


def _word(word: str, names: Collection[str]) -> str:
    name = word.rstrip(_AFTER_A_NAME)
    if name in names:
        return _code(name) + _signs(word[len(name) :])
    parts = _WORD_PARTS.fullmatch(word)
    before, core, after = parts.groups() if parts else ("", word, "")
    if core in names:
        return _signs(before) + _code(core) + _signs(after)
    if not _ALIVE.search(word) or _DECIMAL.fullmatch(core):
        return _signs(word)
    if ":" in core:  # the last colon of an emoji is no punctuation
        end = after.rfind(":") + 1
        core, after = core + after[:end], after[end:]
    return _signs(before) + _code(core) + _signs(after)


def _code(text: str) -> str:
    return f"<code>{_with_outer_spaces(_entities(text, inert=_INERT_IN_CODE))}</code>"


def _signs(text: str) -> str:
    return _entities(text, inert=_INERT_IN_PROSE)


def _entities(text: str, *, inert: Collection[str]) -> str:
    """Write every sign as an entity that could mean something to Markdown, HTML or a filter."""
    pairs = zip(text, "\0" + text, text[1:] + "\0", strict=False)
    return "".join(_entity(*signs, inert=inert) for signs in pairs)


def _entity(sign: str, before: str, after: str, *, inert: Collection[str]) -> str:
    is_inert = sign in inert and sign + after not in _STARTS
    if sign.isalnum() or sign > "~" or is_inert:
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
    return _NAMED.get(sign, f"&#{ord(sign)};")


def _with_outer_spaces(text: str) -> str:
    """Keep spaces at either end, which Markdown would strip."""
    if text.startswith(" "):
        text = f"&#32;{text[1:]}"
    return f"{text[:-1]}&#32;" if text.endswith(" ") else text
