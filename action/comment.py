"""Writes the gate's comment on a pull request, and on the next run brings that one up to date.

The plugin wrote the text; here it is only sent. Where a run left none, what an older run wrote is
replaced: no older verdict may stand. A comment is news and no verdict: whatever goes wrong is a
warning, and the exit status is 0. Standard library only.
"""
# ruff: noqa: INP001 - a script, no package

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


sys.path.insert(0, str(Path(__file__).parent))  # `python -I` leaves it out; it is the action's own

from comment_api import Api, CommentError


MARKER = re.compile(r"<!-- pytest-evalgate: ([A-Za-z0-9][A-Za-z0-9._-]{0,63}) -->")
# The second line: the job that wrote the comment, and in which run and attempt.
WRITER = re.compile(r"<!-- pytest-evalgate run: ([0-9a-f]{16}) ([0-9]{1,18})\.([0-9]{1,9}) -->")
SUFFIX = ".comment.md"
MAX_CHARACTERS = 65_536  # of one comment; GitHub refuses more
_MAX_MARK = 100
MAX_GATES = 10
MAX_PAGES = 50
_GITHUB = "github-actions[bot]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The job that writes, and its run; numbers of runs and of attempts grow."""

    job: str
    run: int
    attempt: int

    @property
    def mark(self) -> str:
        """Return the second line of a comment."""
        return f"<!-- pytest-evalgate run: {self.job} {self.run}.{self.attempt} -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment of ours."""

    number: int
    writer: Writer | None  # None where it was not written by the action


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
    bodies = _bodies(variables.get("EVALGATE_FOLDER", ""))
    writer = this_writer(variables)
    api = Api(url=variables["GITHUB_API_URL"], token=variables["EVALGATE_TOKEN"].strip())
    logins = own_logins(api, variables.get("GITHUB_GRAPHQL_URL", "/graphql"))
    thread = f"/repos/{repository}/issues/{number}/comments"
    found = own_comments(api, thread, logins)
    present = {gate: comments[0] for gate, comments in found.items()}
    outdated = [
        gate
        for gate in present.keys() - bodies.keys()
        if any(_is_outdated(one, writer, is_judged=bool(bodies)) for one in found[gate])
    ]
    bodies |= {gate: no_verdict(gate, variables) for gate in sorted(outdated)}
    _send(api, thread, bodies, present, writer)
    for gate in bodies:
        for one in found.get(gate, [])[1:]:  # where two runs began at once
            body = _signed(second_comment(gate), writer)
            api.call("PATCH", f"/repos/{repository}/issues/comments/{one.number}", {"body": body})


def _send(
    api: Api, thread: str, bodies: Mapping[str, str], present: Mapping[str, Comment], writer: Writer
) -> None:
    """Write each comment anew, or over the one that is there."""
    issues = re.sub("/[0-9]+/comments$", "", thread)
    for gate, body in bodies.items():
        sent = {"body": _signed(body, writer)}
        try:
            if gate not in present:
                # A lost answer may hide a comment that was written; none is better than two.
                api.call("POST", thread, sent, can_repeat=False)
            elif _is_newer(present[gate], writer):
                sys.stdout.write(f"{gate}: a newer run wrote the comment, which stays.\n")
            else:
                api.call("PATCH", f"{issues}/comments/{present[gate].number}", sent)
        except CommentError as error:
            _warn(f"{gate}: {error}")


def _bodies(folder: str) -> dict[str, str]:
    """Return the comment of each gate; none, with a warning, where they cannot be used."""
    if not folder:
        _warn("the gate did not run; what an older run wrote is replaced")
        return {}
    try:
        return read_bodies(Path(folder))
    except CommentError as error:
        _warn(f"{error}; what an older run wrote is replaced")
        return {}


def this_writer(variables: Mapping[str, str]) -> Writer:
    """Return the job that runs; the legs of a matrix are one job."""
    workflow = variables.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    named = json.dumps([workflow, variables.get("GITHUB_JOB", "")])
    run, attempt = (
        int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
        for text in map(variables.get, ("GITHUB_RUN_NUMBER", "GITHUB_RUN_ATTEMPT"), ("", ""))
    )
    job = hashlib.sha256(named.encode()).hexdigest()[:16]
    return Writer(job=job, run=run, attempt=attempt)


def _is_outdated(comment: Comment, writer: Writer, *, is_judged: bool) -> bool:
    """Say whether a comment on a gate of which this run says nothing holds an older verdict.

    Of another job it does not. Of this job it does, but for what other legs of a matrix wrote in
    this run. Where this run judged nothing, an older attempt counts as an older run, and a comment
    that names no job counts as ours.
    """
    found = comment.writer
    if found is None:
        return not is_judged
    if found.job != writer.job:
        return False
    is_same_run = found.run == writer.run
    return not is_same_run or (not is_judged and found.attempt != writer.attempt)


def _is_newer(comment: Comment, writer: Writer) -> bool:
    """Say whether a newer run of the same job wrote a comment: an old run may be run again."""
    found = comment.writer
    return found is not None and found.job == writer.job and found.run > writer.run > 0


def no_verdict(gate: str, variables: Mapping[str, str]) -> str:
    """Return the comment on a gate that the last run did not judge."""
    server, run = variables.get("GITHUB_SERVER_URL", ""), variables.get("GITHUB_RUN_ID", "")
    repository = variables["GITHUB_REPOSITORY"]
    is_known = re.fullmatch(r"https?://[\w.:-]+", server) and re.fullmatch("[0-9]+", run)
    last = f"[The last run]({server}/{repository}/actions/runs/{run})"
    return (
        f"<!-- pytest-evalgate: {gate} -->\n"
        f"## \N{NO ENTRY} Gate `{gate}`: no verdict\n\n"
        f"{last if is_known else 'The last run'} left no verdict on this gate. "
        "What stood here was the verdict of an older run.\n"
    )


def second_comment(gate: str) -> str:
    """Return the text of a comment on a gate that has another one, which is kept up to date."""
    return (
        f"<!-- pytest-evalgate: {gate} -->\n"
        f"Gate `{gate}`: an older comment on this pull request is kept up to date.\n"
    )


def _signed(body: str, writer: Writer) -> str:
    """Put the mark of the job below that of the gate."""
    first, _, rest = body.partition("\n")
    return f"{first}\n{writer.mark}\n{rest}"


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
    if len(text.encode("utf-16-le")) // 2 > MAX_CHARACTERS - _MAX_MARK:
        raise CommentError(f"{path.name!r} is too long for a comment")
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


def own_comments(api: Api, thread: str, logins: set[str]) -> dict[str, list[Comment]]:
    """Return our comments for each gate, the oldest first; mostly there is one.

    Anybody can copy the mark into a comment of their own, and the token may edit it: so the
    author must be ours too.

    Raises:
        CommentError: the thread cannot be read to its end.
    """
    found: dict[str, list[Comment]] = {}
    for comment in _comments(api, thread):
        body = str(comment.get("body") or "")
        gate = _gate_of(body)
        if gate is not None and (comment.get("user") or {}).get("login") in logins:
            one = Comment(number=int(comment["id"]), writer=_writer_of(body))
            found.setdefault(gate, []).append(one)
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


def _writer_of(text: str) -> Writer | None:
    mark = WRITER.fullmatch(text.partition("\n")[2].partition("\n")[0].rstrip("\r"))
    return Writer(job=mark[1], run=int(mark[2]), attempt=int(mark[3])) if mark else None


def _warn(text: str) -> None:
    """Print a warning on one line of ASCII, with nothing else that the runner reads."""
    safe = text.encode("unicode_escape").decode().replace("%", "%25").replace("##", "# #")
    sys.stdout.write(f"::warning title=pytest-evalgate::No comment was written: {safe}\n")


if __name__ == "__main__":
    sys.exit(main())
