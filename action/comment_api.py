"""Asks GitHub's API, with patience that ends. Standard library only."""
# ruff: noqa: INP001 - beside a script, no package

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any


_MAX_ANSWER = 32 * 2**20  # bytes: a page of the longest comments
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
