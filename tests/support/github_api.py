"""A server on 127.0.0.1 that plays the part of GitHub's API which a comment needs."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


BOT = "github-actions[bot]"


@dataclass(slots=True, kw_only=True)
class Refusal:
    """An answer that is given instead of the true one."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "no"
    times: int = 10**6
    seconds: float = 0.0  # of silence before it
    raw: bytes | None = None


@dataclass(slots=True)
class GitHub:
    """The comments of one pull request, and all that was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, Refusal] = field(default_factory=dict)  # by method, or "graphql"
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    login: str = BOT
    url: str = ""

    def add(self, body: str, *, by: str = BOT) -> int:
        """Write a comment; return its number."""
        number = 1000 + len(self.comments)
        self.comments.append({"id": number, "body": body, "user": {"login": by}})
        return number

    def body(self, number: int) -> str:
        """Return the text of a comment."""
        [found] = [one["body"] for one in self.comments if one["id"] == number]
        return str(found)

    def refusal(self, method: str, path: str) -> Refusal | None:
        """Return how this request is refused, if it is."""
        found = self.refusals.get("graphql" if path == "/graphql" else method)
        if found is None or found.times <= 0:
            return None
        found.times -= 1
        return found

    def answer(self, method: str, path: str, sent: Any) -> tuple[int, object]:
        """Do what is asked."""
        url = urlsplit(path)
        if url.path == "/graphql":
            return 200, {"data": {"viewer": {"login": self.login}}}
        if method == "GET" and url.path == "/repos/someone/models/issues/7/comments":
            query = parse_qs(url.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[(page - 1) * size : page * size]
        if method == "POST" and url.path == "/repos/someone/models/issues/7/comments":
            return 201, {"id": self.add(sent["body"], by=self.login)}
        if method == "PATCH" and url.path.startswith("/repos/someone/models/issues/comments/"):
            for comment in self.comments:
                if str(comment["id"]) == url.path.rpartition("/")[2]:
                    comment["body"] = sent["body"]
                    return 200, comment
        return 404, {"message": "Not Found"}


@contextmanager
def serving(github: GitHub) -> Iterator[GitHub]:
    """Serve on a port of its own while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            method = self.command
            github.asked.append((method, self.path))
            github.tokens.add(self.headers.get("Authorization", ""))
            sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "0")
            refusal = github.refusal(method, self.path)
            if refusal is None:
                status, answer = github.answer(method, self.path, sent)
                self._send(status, json.dumps(answer).encode(), {})
                return
            time.sleep(refusal.seconds)
            body = json.dumps({"message": refusal.message}).encode()
            self._send(
                refusal.status, body if refusal.raw is None else refusal.raw, refusal.headers
            )

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            try:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the client did not wait
                self.close_connection = True

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    github.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
