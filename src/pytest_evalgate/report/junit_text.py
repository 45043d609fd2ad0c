"""Text for JUnit files: what XML 1.0 can hold, and what no reader takes for an instruction."""

import re

from pytest_evalgate.evidence import canonical_json


_OUTSIDE = re.compile(r"[^\n -~]")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
# GitLab and a plugin of Jenkins attach the file that `[[ATTACHMENT|path]]` names. Actions print
# messages to the log of their runner, which acts on `::command::`, `##[` and `##vso[`.
_IN_JSON = (("[[", "[\\u005b"), ("##", "#\\u0023"), ("::", ":\\u003a"))


def xml_safe(text: str) -> str:
    """Return ``text`` in printable ASCII and newlines, and without the mark of an attachment.

    Every other character becomes a visible backslash escape: XML 1.0 holds no control characters
    and no surrogates, and some parsers change what they hold. Signs of XML itself are left to the
    writer of the file.
    """
    ascii_only = _OUTSIDE.sub(_escaped, text)
    while "[[" in ascii_only:  # `[[[` needs two rounds
        ascii_only = ascii_only.replace("[[", "[ [")
    return ascii_only


def json_line(record: object) -> str:
    """Return ``record`` as one line of ASCII JSON, with sorted keys, that reads back the same."""
    return _STRING.sub(_harmless, canonical_json(record))


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _harmless(match: re.Match[str]) -> str:
    text = match[0]
    for mark, written in _IN_JSON:
        text = text.replace(mark, written)
    return text
