"""Writes the gate's comment on a pull request, and on the next run brings that one up to date.

The plugin wrote the text; here it is only sent. A comment is news and no verdict: whatever goes
wrong is a warning, and the exit status is 0. Standard library only.
"""
# ruff: noqa: INP001 - a script, no package

import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


MARKER = re.compile(r"<!-- pytest-evalgate: ([A-Za-z0-9][A-Za-z0-9._-]{0,63}) -->")
SUFFIX = ".comment.md"
MAX_CHARACTERS = 65_536  # of one comment; GitHub refuses more
MAX_GATES = 10
MAX_PAGES = 50
_MAX_ANSWER = 32 * 2**20  # bytes: a page of the longest comments
_GITHUB = "github-actions[bot]"
_TOO_FAST = {403, 429}


class CommentError(Exception):
    """The comment could not be written."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the token goes to the API and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """GitHub's API, asked with patience that ends."""

    url: str
    token: str = field(repr=False)
    timeout: float = 10.0
    tries: int = 3
    pause: float = 2.0  # seconds before a second try
    longest_pause: float = 60.0
    deadline: float = field(default_factory=lambda: time.monotonic() + 180.0)

    def call(self, method: str, url: str, sent: object = None, *, can_repeat: bool = True) -> Any:
        """Return what the API answers.

        Args:
            method: GET, PATCH or POST.
            url: Below the API's own, or whole.
            sent: Sent as JSON.
            can_repeat: Whether a second try after a lost answer does no harm.

        Raises:
            CommentError: no, or not in time.
        """
        for last in (*[False] * (self.tries - 1), True):
            try:
                return self._answer(self._request(method, url, sent))
            except urllib.error.HTTPError as error:
                with error:
                    pause = self._pause_after(error, can_repeat=can_repeat)
                    if pause is None or last:
                        raise CommentError(_explained(error)) from error
            except (OSError, http.client.HTTPException) as error:
                if not can_repeat or last:
                    raise CommentError(f"no answer: {error!r}") from error
                pause = self.pause
            if time.monotonic() + pause > self.deadline:
                raise CommentError("no answer in time")
            time.sleep(pause)
        raise CommentError("no try was made")

    def _request(self, method: str, url: str, sent: object) -> urllib.request.Request:
        whole = url if "://" in url else self.url + url
        parts = urllib.parse.urlsplit(whole)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
            raise CommentError(f"{whole} is not https")
        return urllib.request.Request(  # noqa: S310 - https, checked above
            whole,
            method=method,
            data=None if sent is None else json.dumps(sent).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "pytest-evalgate",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )

    def _answer(self, request: urllib.request.Request) -> Any:
        opener = urllib.request.build_opener(_NoRedirect)
        data = bytearray()
        with opener.open(request, timeout=self.timeout) as answer:
            while piece := answer.read1(2**16):
                data += piece
                if len(data) > _MAX_ANSWER or time.monotonic() > self.deadline:
                    raise CommentError("the answer is too long or too slow")
        try:
            return json.loads(data)
        except ValueError as error:
            raise CommentError("the answer is no JSON") from error

    def _pause_after(self, error: urllib.error.HTTPError, *, can_repeat: bool) -> float | None:
        """Return how long to wait before the next try, or None where none would help."""
        if error.code in _TOO_FAST:  # refused, so nothing was done: a POST may be repeated too
            pause = _asked_to_wait(error)
            return pause if pause is not None and pause <= self.longest_pause else None
        return self.pause if error.code >= 500 and can_repeat else None


def main() -> int:
    """Write the comments of all gates of this run; always return 0."""
    try:
        _update_all(os.environ)
    except CommentError as error:
        _warn(str(error))
    except Exception as error:  # noqa: BLE001 - nothing here may change how the action ends
        _warn(f"unexpected: {type(error).__name__}")  # its text could hold the token
    return 0


def _update_all(variables: Mapping[str, str]) -> None:
    number = pull_request(variables)
    if number is None:
        sys.stdout.write("Comments are written on pull requests only (event pull_request).\n")
        return
    repository = variables["GITHUB_REPOSITORY"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise CommentError(f"{repository!r} is no repository")
    bodies = read_bodies(Path(variables["EVALGATE_FOLDER"]))
    api = Api(url=variables["GITHUB_API_URL"], token=variables["EVALGATE_TOKEN"].strip())
    logins = own_logins(api, variables.get("GITHUB_GRAPHQL_URL", "/graphql"))
    issues = f"/repos/{repository}/issues"
    present = own_comments(api, f"{issues}/{number}/comments", logins)
    for gate, body in bodies.items():
        try:
            if gate in present:
                api.call("PATCH", f"{issues}/comments/{present[gate]}", {"body": body})
            else:
                # A lost answer may hide a comment that was written; none is better than two.
                api.call("POST", f"{issues}/{number}/comments", {"body": body}, can_repeat=False)
        except CommentError as error:
            _warn(f"{gate}: {error}")


def pull_request(variables: Mapping[str, str]) -> int | None:
    """Return the number of the pull request that started this run, from the event itself.

    Raises:
        CommentError: the event cannot be read.
    """
    if variables.get("GITHUB_EVENT_NAME") != "pull_request":
        return None
    try:
        event = json.loads(Path(variables["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        number = event["pull_request"]["number"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CommentError("the event names no pull request") from error
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise CommentError("the event names no pull request")
    return number


def read_bodies(folder: Path) -> dict[str, str]:
    """Return the comment of each gate, by the gate's name.

    Raises:
        CommentError: a file is not one that the plugin writes.
    """
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise CommentError("the gate left no text for a comment")
    if len(files) > MAX_GATES:
        raise CommentError(f"{len(files)} gates, comments are written for {MAX_GATES} at most")
    return {path.name.removesuffix(SUFFIX): _body(path) for path in files}


def _body(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 4 * MAX_CHARACTERS:
        raise CommentError(f"{path.name!r} is a link, no file, or too long")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommentError(f"{path.name!r} cannot be read") from error
    if _gate_of(text) != path.name.removesuffix(SUFFIX):
        raise CommentError(f"{path.name!r} does not begin with the mark of its gate")
    if len(text.encode("utf-16-le")) // 2 > MAX_CHARACTERS:
        raise CommentError(f"{path.name!r} is longer than {MAX_CHARACTERS} characters")
    return text


def own_logins(api: Api, graphql: str) -> set[str]:
    """Return the names under which this token writes: GITHUB_TOKEN's where nothing tells."""
    try:
        answer = api.call("POST", graphql, {"query": "query{viewer{login}}"})
        login = str(answer["data"]["viewer"]["login"])
    except (CommentError, KeyError, TypeError):
        return {_GITHUB}
    # The author of a comment by an app has the suffix; no person's login can hold brackets.
    return {login, f"{login.removesuffix('[bot]')}[bot]"}


def own_comments(api: Api, thread: str, logins: set[str]) -> dict[str, int]:
    """Return the number of our comment for each gate; the first, where there are several.

    Anybody can copy the mark into a comment of their own, and the token may edit it: so the
    author must be ours too.

    Raises:
        CommentError: the thread cannot be read to its end.
    """
    found: dict[str, int] = {}
    for comment in _comments(api, thread):
        gate = _gate_of(str(comment.get("body") or ""))
        if gate is not None and (comment.get("user") or {}).get("login") in logins:
            found.setdefault(gate, int(comment["id"]))
    return found


def _comments(api: Api, thread: str) -> Iterator[dict[str, Any]]:
    size = 100
    for page in range(1, MAX_PAGES + 1):
        answer = api.call("GET", f"{thread}?per_page={size}&page={page}")
        if not isinstance(answer, list):
            raise CommentError("the API sent no list of comments")
        yield from answer
        if len(answer) < size:
            return
    raise CommentError(f"the pull request has more than {MAX_PAGES * size} comments")


def _gate_of(text: str) -> str | None:
    marker = MARKER.fullmatch(text.partition("\n")[0].rstrip("\r"))
    return marker[1] if marker else None


def _asked_to_wait(error: urllib.error.HTTPError) -> float | None:
    """Return the seconds after which the API wants to be asked again, if it says so."""
    after, reset = error.headers.get("Retry-After"), error.headers.get("X-RateLimit-Reset")
    try:
        if after is not None:
            return max(0.0, float(after))
        if reset is not None and error.headers.get("X-RateLimit-Remaining") == "0":
            return max(0.0, float(reset) - time.time())
    except ValueError:
        return None
    return None


def _explained(error: urllib.error.HTTPError) -> str:
    try:
        message = str(json.loads(error.read(2**16))["message"])
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        message = ""
    text = f"the API answered {error.code} {message[:200]}".rstrip()
    if error.code in {401, 403, 404}:
        return (
            f"{text}; a pull request from a fork has a token that only reads, "
            "any other job needs the permission `pull-requests: write`"
        )
    return text


def _warn(text: str) -> None:
    """Print a warning on one line of ASCII, with nothing else that the runner reads."""
    safe = text.encode("unicode_escape").decode().replace("%", "%25").replace("##", "# #")
    sys.stdout.write(f"::warning title=pytest-evalgate::No comment was written: {safe}\n")


if __name__ == "__main__":
    sys.exit(main())
