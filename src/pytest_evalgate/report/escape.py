"""Text that came from a file, made safe to show: printable, on one line, nothing hidden.

A name, an id or a reason may hold anything. Printed raw it could move the cursor, hide or reorder
text, start a new line, or be read by a CI runner as a command: runners look for ``::command::``
at the start of a line and for ``##[command]``, ``##vso[`` and ``##teamcity[`` anywhere in it, so
indentation is no defence.

``visible`` serves every report and keeps printable Unicode; HTML, XML and Markdown then escape
their own signs. ``plain`` and ``guard`` serve terminals and logs, in ASCII: what is printed there
goes through ``report.ascii`` first.
"""

import re


_ELLIPSIS = "..."
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Printable by name, yet nothing is seen: fillers, joiners, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# An escape that was made before is one piece, so that no cut falls inside it.
_PIECE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[nrt])|.", re.DOTALL)


def plain(text: str, *, limit: int = 80) -> str:
    """Return ``text`` as printable ASCII on one line, at most ``limit`` characters long.

    Every other character becomes a visible backslash escape, so that nothing disappears; ``::``
    is written ``: :`` and ``##`` is written ``# #``. A cut never falls inside an escape.

    Raises:
        ValueError: ``limit`` leaves no room for the mark of a cut.
    """
    pieces: list[str] = []
    previous = ""
    for character in _PIECE.findall(text):
        is_pair = character == previous and character in ":#"
        pieces.append(" " * is_pair + _ascii_piece(character))
        previous = character
    return _joined(pieces, limit=limit)


def visible(text: str, *, limit: int = 80) -> str:
    """Return ``text`` as printable Unicode on one line, at most ``limit`` characters long.

    Controls, marks that reorder text, and characters that nobody sees become visible backslash
    escapes. A cut never falls inside an escape.

    Raises:
        ValueError: ``limit`` leaves no room for the mark of a cut.
    """
    return _joined(list(map(_visible_piece, _PIECE.findall(text))), limit=limit)


def guard(line: str) -> str:
    """Break what a CI runner would read as a command in a line put together from safe parts.

    Two safe parts can be unsafe side by side: ``a:`` followed by our own ``:``.
    """
    for pair, broken in (("::", ": :"), ("##", "# #")):
        while pair in line:  # `:::` needs two rounds
            line = line.replace(pair, broken)
    return line


def quoted_node(path: str, rule_id: str) -> str:
    """Return the node id in single quotes, for a POSIX shell.

    The ``::`` between the two is the only one that is ever printed; it follows a quote and a
    path, so it can not start a line.
    """
    node = f"{plain(path, limit=1000).rstrip(':')}::{plain(rule_id, limit=1000).lstrip(':')}"
    return "'" + node.replace("'", "'\"'\"'") + "'"


def shortened(text: str, *, width: int) -> str:
    """Cut safe ``text`` in the middle, because long names differ at either end."""
    if len(text) <= width:
        return text
    kept = max(0, width - len(_ELLIPSIS))
    tail = kept * 2 // 5
    return guard(text[: kept - tail] + _ELLIPSIS + text[len(text) - tail :])[:width]


def _visible_piece(piece: str) -> str:
    is_seen = piece.isprintable() and not _INVISIBLE.match(piece)
    return piece if is_seen else _ascii_piece(piece)


def _ascii_piece(piece: str) -> str:
    """Return a character itself where it is printable ASCII, else a backslash escape."""
    if len(piece) > 1 or " " <= piece <= "~":
        return piece
    if piece in _NAMED:
        return _NAMED[piece]
    code = ord(piece)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _joined(pieces: list[str], *, limit: int) -> str:
    """Join ``pieces``, and drop some from the end where they and the mark of a cut do not fit."""
    if limit < len(_ELLIPSIS):
        raise ValueError(f"limit is {limit}, must be at least {len(_ELLIPSIS)}")
    length = sum(map(len, pieces))
    if length <= limit:
        return "".join(pieces)
    while length > limit - len(_ELLIPSIS):
        length -= len(pieces.pop())
    return "".join(pieces) + _ELLIPSIS
