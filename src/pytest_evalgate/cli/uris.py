"""URIs and messages without the credentials that they carry."""

import os
import re
from collections.abc import Iterator
from urllib.parse import unquote


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # one letter is a drive of Windows
_QUERY = re.compile(r"[?#]")
_HIDDEN = "***"
_SHORTEST = 3  # characters of a secret that is looked for in a message
_VARIABLES = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
# `user:password@` and `token@` behind `://`; the second form is of a password with a slash.
# A port is no password: `host:80/path@v1` stays.
_USER = re.compile(r"(?<=://)(?:[^/?#@\s\"'<>\\]*@|[^/:@\s\"']+:(?!\d{1,5}/)[^@\s\"'<>\\]*@)")
_NAMED = re.compile(
    r"([?&;][^=&;\s\"']*(?:token|secret|passw|pwd|sig|key|cred|auth)[^=&;\s\"']*=)[^&;#\s\"'\\]+",
    re.IGNORECASE,
)


def scheme_of(uri: str) -> str:
    """Return the scheme in lower case; an empty text for a path."""
    found = _SCHEME.match(uri)
    return found.group()[:-3].lower() if found else ""


def shown_uri(uri: str) -> str:
    """Return a URI without user, password, query and fragment; a path as it is."""
    found = _SCHEME.match(uri)
    if not found:
        return uri
    rest = uri[found.end() :]
    head, *after = _QUERY.split(rest, maxsplit=1)
    if after and "@" in after[0]:  # a password may hold `?` too: nobody can tell which it is
        return found.group() + _HIDDEN
    return found.group() + head.rpartition("@")[2]


def without_credentials(text: str) -> str:
    """Return a text whose URLs hold no user, password or token."""
    return _NAMED.sub(rf"\1{_HIDDEN}", _USER.sub("", text)) if "://" in text else text


def scrubbed(message: str, uri: str) -> str:
    """Return a message of a client in one line, without what is secret in a URI."""
    text = message.replace(uri, shown_uri(uri))
    for secret in sorted(set(_secrets(uri)), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    line = " ".join(without_credentials(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _secrets(uri: str) -> Iterator[str]:
    """Yield what must not be shown, as written and as it is decoded."""
    found = _SCHEME.match(uri)
    rest = uri[found.end() :] if found else ""
    user, _, _ = rest.rpartition("@")
    name, _, password = user.partition(":")
    values = re.findall(r"=([^&]*)", rest.partition("?")[2])
    inherited = [os.environ.get(variable, "") for variable in _VARIABLES]
    for secret in (user, password or name, *values, *inherited):
        for form in (secret, unquote(secret)):
            if len(form) >= _SHORTEST:
                yield form
