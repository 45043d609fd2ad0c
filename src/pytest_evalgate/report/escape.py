"""Text for terminals and CI logs: one encoder for everything that came from a file.

A name, an id or a reason may hold anything. Printed raw it could move the cursor, hide or reorder
text, start a new line, or be read by a CI runner as a command: runners look for ``::command::``
at the start of a line and for ``##[command]``, ``##vso[`` and ``##teamcity[`` anywhere in it, so
indentation is no defence.
"""

_ELLIPSIS = "..."
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def plain(text: str, *, limit: int = 80) -> str:
    """Return ``text`` as printable ASCII on one line, at most ``limit`` characters long.

    Every other character becomes a visible backslash escape, so that nothing disappears; ``::``
    is written ``: :`` and ``##`` is written ``# #``. A cut never falls inside an escape.

    Raises:
        ValueError: ``limit`` leaves no room for the mark of a cut.
    """
    if limit < len(_ELLIPSIS):
        raise ValueError(f"limit is {limit}, must be at least {len(_ELLIPSIS)}")
    pieces: list[str] = []
    length = 0
    previous = ""
    for character in text:
        piece = _piece(character)
        if character == previous and character in ":#":
            piece = " " + piece
        pieces.append(piece)
        length += len(piece)
        previous = character
        if length > limit:
            return _cut(pieces, limit=limit)
    return "".join(pieces)


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


def _piece(character: str) -> str:
    """Return ``character`` itself where it is printable ASCII, else a backslash escape."""
    if " " <= character <= "~":
        return character
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _cut(pieces: list[str], *, limit: int) -> str:
    """Drop pieces from the end until they and the mark of the cut fit."""
    length = sum(map(len, pieces)) + len(_ELLIPSIS)
    while length > limit:
        length -= len(pieces.pop())
    return "".join(pieces) + _ELLIPSIS
