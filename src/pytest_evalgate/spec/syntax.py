"""YAML's own complaints in words that say what to do."""

from pytest_evalgate.spec.problems import shown


_QUOTE = 'quote a text that holds it: "..."'
# Part of PyYAML's complaint (its context and problem) -> what to say and how to mend it.
_KNOWN = (
    ("'\\t' that cannot start", "a tab cannot stand here", "indent and separate with spaces"),
    ("while scanning an alias", "a text that starts with '*' must be quoted", _QUOTE),
    ("while scanning an anchor", "a text that starts with '&' must be quoted", _QUOTE),
    ("that cannot start any token", "a text cannot start with this character", _QUOTE),
    (
        "mapping values are not allowed",
        "a second ': ' on this line, or wrong indentation",
        _QUOTE,
    ),
    ("found unexpected end of stream", "a quote is not closed", "close it on the same line"),
    ("while scanning a directive", "unreadable % line", _QUOTE),
    ("expected '<document start>'", "expected exactly one document", "take out what follows it"),
    (
        "expected ',' or",
        "a bracket is not closed, or a comma is missing",
        "close it; quote texts with , : [ ] { } inside brackets",
    ),
    (
        "could not find expected ':'",
        "expected `key: value`",
        "put ': ' after the key and line the keys up",
    ),
    ("expected <block end>", "wrong indentation", "line the keys of one mapping up"),
)


def starts_earlier(context: str, problem: str) -> bool:
    """Whether a complaint is to be mended where its token starts: an open quote, a ``*``."""
    return "found unexpected end of stream" in problem or context.startswith(
        ("while scanning an alias", "while scanning an anchor")
    )


def explain(context: str, problem: str) -> tuple[str, str]:
    """Say what a YAML complaint means: a message and a hint."""
    complaint = f"{context}: {problem}"
    for part, message, hint in _KNOWN:
        if part in complaint:
            return message, hint
    if problem == "unreadable YAML":
        return problem, "check the escapes, quotes and brackets near this place"
    return f"unreadable YAML: {shown(problem)[1:-1]}", "check indentation, quotes and brackets"
