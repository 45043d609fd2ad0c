"""The comment on a pull request: one for each gate, ours, and never a reason to fail."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from github_api import BOT, GitHub, Refusal, serving


SCRIPT = Path(__file__).parents[2] / "action" / "comment.py"
MARK = "<!-- pytest-evalgate: digits -->"
NEW = f"{MARK}\n## digits: promote\n"
OLD = f"{MARK}\n## digits: block\n"
TOKEN = "a-token-of-the-job"
WORKFLOW = "someone/models/.github/workflows/gate.yml"


def signed(body: str, *, job: str = "gate", workflow: str = WORKFLOW, run: str = "12.1") -> str:
    """Put the second line below the first, as the action does."""
    first, _, rest = body.partition("\n")
    digest = hashlib.sha256(json.dumps([workflow, job]).encode()).hexdigest()[:16]
    return f"{first}\n<!-- pytest-evalgate run: {digest} {run} -->\n{rest}"


def says_no_verdict(body: str, *, gate: str = "digits") -> bool:
    url = "https://github.example/someone/models/actions/runs/900"
    first, _, heading, *rest = body.splitlines()
    is_marked = first == f"<!-- pytest-evalgate: {gate} -->"
    is_said = heading.endswith(f"Gate `{gate}`: no verdict") and f"]({url})" in rest[-1]
    return is_marked and is_said and "promote" not in body


@pytest.fixture(scope="module")
def comment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("action_comment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look it up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serving(GitHub()) as server:
        yield server


@dataclass(slots=True)
class Place:
    """What the script finds: the reports, and the variables of the runner."""

    folder: Path
    variables: dict[str, str]

    def body(self, text: str, *, gate: str = "digits") -> None:
        """Write what the plugin would."""
        (self.folder / f"{gate}.comment.md").write_text(text, encoding="utf-8")

    def run(self, **changed: str) -> str:
        """Run the script; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-I", SCRIPT],
            env={**self.variables, **changed},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert TOKEN not in done.stdout
        return done.stdout


@pytest.fixture
def place(tmp_path: Path, github: GitHub) -> Place:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
    made = Place(
        tmp_path,
        {
            **{name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")},
            "PATH": os.environ["PATH"],
            "EVALGATE_FOLDER": str(tmp_path),
            "EVALGATE_TOKEN": TOKEN,
            "GITHUB_API_URL": github.url,
            "GITHUB_GRAPHQL_URL": f"{github.url}/graphql",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_JOB": "gate",
            "GITHUB_REPOSITORY": "someone/models",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "900",
            "GITHUB_RUN_NUMBER": "12",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_WORKFLOW_REF": f"{WORKFLOW}@refs/pull/7/merge",
        },
    )
    made.body(NEW)
    return made


def quick(comment: ModuleType, github: GitHub, **settings: float) -> Any:
    """Return an API that does not wait long."""
    return comment.Api(url=github.url, token=TOKEN, **{"pause": 0.01, **settings})


def test_the_first_run_writes_a_comment(place: Place, github: GitHub) -> None:
    assert place.run() == ""
    assert [one["body"] for one in github.comments] == [signed(NEW)]
    assert github.tokens == {f"Bearer {TOKEN}"}


def test_the_next_run_changes_the_same_comment(place: Place, github: GitHub) -> None:
    place.run()
    place.body(OLD)
    assert place.run(GITHUB_RUN_NUMBER="13") == ""
    assert [one["body"] for one in github.comments] == [signed(OLD, run="13.1")]


def test_our_comment_is_found_on_a_later_page(place: Place, github: GitHub) -> None:
    for number in range(250):
        github.add(f"comment {number}", by="a-person")
    ours = github.add(OLD)
    github.add("the last word", by="a-person")
    place.run()
    assert github.body(ours) == signed(NEW)
    assert len(github.comments) == 252
    assert sum(method == "GET" for method, _ in github.asked) == 3


def test_a_page_that_is_just_full_is_not_the_last(place: Place, github: GitHub) -> None:
    for number in range(99):
        github.add(f"comment {number}", by="a-person")
    ours = github.add(OLD)
    place.run()
    assert github.body(ours) == signed(NEW)
    assert len(github.comments) == 100


@pytest.mark.parametrize("author", ["a-person", "github-actions", "other-app[bot]"])
def test_a_copied_mark_is_never_edited(author: str, place: Place, github: GitHub) -> None:
    github.refusals["graphql"] = Refusal(status=403)
    forged = github.add(OLD, by=author)
    place.run()
    assert github.body(forged) == OLD
    assert github.body(forged + 1) == signed(NEW)


def test_a_comment_of_ours_on_another_gate_stays(place: Place, github: GitHub) -> None:
    other = github.add("<!-- pytest-evalgate: digits-2 -->\nblock\n")
    quoted = github.add(f"> {MARK}\nwhat is this?")
    place.run()
    assert github.body(other).endswith("block\n")
    assert github.body(quoted).startswith(">")
    assert github.body(quoted + 1) == signed(NEW)


def test_a_comment_whose_author_is_gone_is_not_ours(place: Place, github: GitHub) -> None:
    github.comments.append({"id": 1, "body": OLD, "user": None})
    github.comments.append({"id": 2, "body": None, "user": {"login": BOT}})
    place.run()
    assert [one["body"] for one in github.comments] == [OLD, None, signed(NEW)]


def test_an_app_finds_its_own_comment(place: Place, github: GitHub) -> None:
    github.login = "gate-keeper[bot]"
    ours = github.add(OLD, by="gate-keeper[bot]")
    others = github.add(OLD)
    place.run()
    assert (github.body(ours), github.body(others)) == (signed(NEW), OLD)


def test_each_gate_has_its_own_comment(place: Place, github: GitHub) -> None:
    place.body("<!-- pytest-evalgate: other -->\nblock\n", gate="other")
    place.run()
    place.run()
    assert len(github.comments) == 2


def test_a_token_that_only_reads_is_a_warning(place: Place, github: GitHub) -> None:
    message = "Resource not accessible by integration\n::error::forged ##[error]too %0A"
    github.refusals["POST"] = Refusal(status=403, message=message)
    [line] = place.run().splitlines()
    assert line.startswith("::warning title=pytest-evalgate::No comment was written: digits: ")
    assert "Resource not accessible by integration\\n" in line
    assert "a pull request from a fork" in line
    assert "##" not in line
    assert "%0A" not in line
    assert github.comments == []


def test_an_answer_that_is_lost_is_asked_for_again(comment: ModuleType, github: GitHub) -> None:
    ours = github.add(OLD)
    github.refusals["GET"] = Refusal(status=502, times=2)
    found = comment.own_comments(
        quick(comment, github), "/repos/someone/models/issues/7/comments", {BOT}
    )
    assert found == {"digits": [comment.Comment(number=ours, writer=None)]}


def test_trouble_that_stays_ends(comment: ModuleType, github: GitHub) -> None:
    github.refusals["GET"] = Refusal(status=500)
    with pytest.raises(comment.CommentError, match="answered 500 no"):
        quick(comment, github).call("GET", "/repos")
    assert len(github.asked) == 3


def test_a_new_comment_is_not_sent_twice(place: Place, github: GitHub) -> None:
    github.refusals["POST"] = Refusal(status=502)
    assert "answered 502" in place.run()
    assert [path for method, path in github.asked if method == "POST"] == [
        "/graphql",
        "/repos/someone/models/issues/7/comments",
    ]


def test_silence_ends(comment: ModuleType, github: GitHub) -> None:
    github.refusals["GET"] = Refusal(seconds=0.5)
    with pytest.raises(comment.CommentError, match="no answer"):
        quick(comment, github, timeout=0.05).call("GET", "/repos")


def test_a_rate_limit_is_waited_for(comment: ModuleType, github: GitHub) -> None:
    github.refusals["POST"] = Refusal(status=403, headers={"Retry-After": "0"}, times=1)
    thread = "/repos/someone/models/issues/7/comments"
    quick(comment, github).call("POST", thread, {"body": NEW}, can_repeat=False)
    assert [one["body"] for one in github.comments] == [NEW]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "3600"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"},
        {"Retry-After": "soon"},
        {"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "0"},
    ],
    ids=["an-hour", "next-century", "no-number", "no-limit"],
)
def test_a_long_rate_limit_is_not(
    headers: dict[str, str], comment: ModuleType, github: GitHub
) -> None:
    github.refusals["GET"] = Refusal(status=429, headers=headers)
    with pytest.raises(comment.CommentError, match="answered 429"):
        quick(comment, github).call("GET", "/repos")
    assert len(github.asked) == 1


def test_the_token_follows_no_redirect(comment: ModuleType, github: GitHub) -> None:
    with serving(GitHub()) as elsewhere:
        github.refusals["GET"] = Refusal(status=301, headers={"Location": elsewhere.url})
        with pytest.raises(comment.CommentError, match="answered 301"):
            quick(comment, github).call("GET", "/repos")
        assert elsewhere.asked == []


def test_the_token_is_not_sent_in_the_clear(comment: ModuleType) -> None:
    api = comment.Api(url="http://api.example.org", token=TOKEN)
    with pytest.raises(comment.CommentError, match="is not https"):
        api.call("GET", "/repos")
    assert TOKEN not in repr(api)


def test_an_answer_that_is_no_json_is_a_warning(place: Place, github: GitHub) -> None:
    github.refusals["GET"] = Refusal(status=200, raw=b"<html>")
    assert "the answer is no JSON" in place.run()


@pytest.mark.parametrize(
    "raw",
    [b'{"a": 1}', b"[1]", f'[{{"body": "{MARK}", "user": 1}}]'.encode()],
    ids=["map", "rows", "user"],
)
def test_an_answer_of_another_shape_is_a_warning(raw: bytes, place: Place, github: GitHub) -> None:
    github.refusals["GET"] = Refusal(status=200, raw=raw)
    assert place.run().startswith("::warning ")
    assert github.comments == []


def test_a_server_that_is_not_there_is_a_warning(place: Place, comment: ModuleType) -> None:
    api = comment.Api(url="http://127.0.0.1:9", token=TOKEN, pause=0.01)
    with pytest.raises(comment.CommentError, match="no answer"):
        api.call("GET", "/repos")


@pytest.mark.parametrize(
    "text",
    ["no mark\n", "<!-- pytest-evalgate: other -->\n", f"\n{NEW}", "", f"{MARK}x\n"],
    ids=["none", "other-gate", "second-line", "empty", "longer"],
)
def test_a_text_without_the_mark_of_its_gate_is_not_sent(
    text: str, place: Place, github: GitHub
) -> None:
    place.body(text)
    ours = github.add(OLD)
    assert "does not begin with the mark" in place.run()
    assert says_no_verdict(github.body(ours))


def test_a_text_that_is_too_long_is_not_sent(place: Place, github: GitHub) -> None:
    place.body(MARK + "\n" + "x" * (65_436 - len(MARK) - 1))
    assert place.run() == ""
    assert len(github.comments[0]["body"]) <= 65_536
    place.body(MARK + "\n" + "x" * (65_437 - len(MARK) - 1))
    assert "is too long for a comment" in place.run(GITHUB_RUN_NUMBER="13")
    assert says_no_verdict(github.comments[0]["body"])


def test_a_link_is_not_read(place: Place, github: GitHub, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(NEW, encoding="utf-8")
    (place.folder / "digits.comment.md").unlink()
    (place.folder / "digits.comment.md").symlink_to(secret)
    assert "is a link" in place.run()
    assert github.comments == []


@pytest.mark.parametrize("event", ["push", "pull_request_target", "workflow_run"])
def test_other_events_get_no_comment(event: str, place: Place, github: GitHub) -> None:
    assert place.run(GITHUB_EVENT_NAME=event).startswith(
        "Comments are written on pull requests only"
    )
    assert github.asked == []


@pytest.mark.parametrize(
    "event",
    [
        "",
        "{}",
        '{"pull_request": {"number": "7/../8"}}',
        '{"pull_request": {"number": true}}',
        "[]",
    ],
    ids=["empty", "none", "text", "boolean", "list"],
)
def test_a_broken_event_is_a_warning(
    event: str, place: Place, github: GitHub, tmp_path: Path
) -> None:
    (tmp_path / "event.json").write_text(event, encoding="utf-8")
    assert "the event names no pull request" in place.run()
    assert github.asked == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("GITHUB_REPOSITORY", "a/b/../../c"), ("EVALGATE_TOKEN", "a\nb"), ("GITHUB_API_URL", "x:y")],
    ids=["repository", "token", "address"],
)
def test_broken_variables_are_a_warning(
    name: str, value: str, place: Place, github: GitHub
) -> None:
    printed = place.run(**{name: value})
    assert printed.startswith("::warning ")
    assert github.comments == []


def test_missing_variables_are_a_warning(place: Place) -> None:
    del place.variables["GITHUB_API_URL"]
    assert place.run().endswith("unexpected: KeyError\n")


def test_a_run_without_a_text_replaces_what_an_older_run_wrote(
    place: Place, github: GitHub
) -> None:
    place.run()
    github.add(signed("<!-- pytest-evalgate: second -->\n## promote\n", run="3.1"))
    (place.folder / "digits.comment.md").unlink()
    assert "the gate left no text" in place.run(GITHUB_RUN_NUMBER="13")
    assert says_no_verdict(github.comments[0]["body"])
    assert says_no_verdict(github.comments[1]["body"], gate="second")
    assert github.comments[0]["body"].splitlines()[1].endswith(" 13.1 -->")
    assert place.run(GITHUB_RUN_NUMBER="14") != ""
    assert len(github.comments) == 2


def test_a_second_comment_on_a_gate_holds_no_verdict(place: Place, github: GitHub) -> None:
    first, second = github.add(OLD), github.add(NEW)
    place.body(OLD)
    assert place.run() == ""
    assert github.body(first) == signed(OLD)
    assert "an older comment" in github.body(second)
    assert "promote" not in github.body(second)
    assert len(github.comments) == 2


def test_a_run_that_did_not_come_to_the_gate_reads_no_folder(place: Place, github: GitHub) -> None:
    ours = github.add(OLD)
    assert "the gate did not run" in place.run(EVALGATE_FOLDER="")
    assert says_no_verdict(github.body(ours))
    del place.variables["EVALGATE_FOLDER"]
    assert "the gate did not run" in place.run()


def test_a_run_without_a_text_writes_no_new_comment(place: Place, github: GitHub) -> None:
    (place.folder / "digits.comment.md").unlink()
    assert place.run().startswith("::warning ")
    assert github.comments == []


def test_a_run_without_a_text_leaves_comments_of_others(place: Place, github: GitHub) -> None:
    (place.folder / "digits.comment.md").unlink()
    bodies = [(signed(NEW, job="other"), BOT), (signed(NEW, workflow="x"), BOT), (NEW, "a-person"),
              ("nothing of ours", BOT)]  # fmt: skip
    numbers = [github.add(body, by=by) for body, by in bodies]
    place.run()
    assert [github.body(number) for number in numbers] == [body for body, _ in bodies]


def test_a_run_without_a_text_replaces_its_first_attempt(place: Place, github: GitHub) -> None:
    place.run()
    (place.folder / "digits.comment.md").unlink()
    place.run(GITHUB_RUN_ATTEMPT="2")
    assert says_no_verdict(github.comments[0]["body"])


@pytest.mark.parametrize(
    ("writer", "is_replaced"),
    [
        ({"run": "11.1"}, True),
        ({"run": "12.1"}, False),
        ({"run": "12.2"}, False),
        ({"run": "13.1"}, False),
        ({"run": "11.1", "job": "other"}, False),
        ({"run": "11.1", "workflow": "someone/models/.github/workflows/other.yml"}, False),
    ],
    ids=["older", "same", "attempt", "newer", "job", "workflow"],
)
def test_a_gate_that_is_no_longer_judged_keeps_no_older_verdict(
    writer: dict[str, str], place: Place, github: GitHub, *, is_replaced: bool
) -> None:
    other = github.add(signed("<!-- pytest-evalgate: other -->\n## promote\n", **writer))
    place.run()
    assert says_no_verdict(github.body(other), gate="other") == is_replaced
    assert github.body(other + 1) == signed(NEW)


def test_an_old_run_that_is_run_again_leaves_the_newer_comment(
    place: Place, github: GitHub
) -> None:
    place.run(GITHUB_RUN_NUMBER="13")
    place.body(OLD)
    assert "a newer run wrote the comment" in place.run(GITHUB_RUN_ATTEMPT="2")
    (place.folder / "digits.comment.md").unlink()
    place.run(GITHUB_RUN_ATTEMPT="3")
    assert [one["body"] for one in github.comments] == [signed(NEW, run="13.1")]


def test_too_many_gates_leave_no_older_verdict(place: Place, github: GitHub) -> None:
    ours = github.add(OLD)
    for number in range(11):
        place.body(f"<!-- pytest-evalgate: g{number} -->\n", gate=f"g{number}")
    assert "12 gates, comments are written for 10 at most" in place.run()
    assert says_no_verdict(github.body(ours))
    assert len(github.comments) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("GITHUB_RUN_ID", "1)[x](y"), ("GITHUB_SERVER_URL", "https://a b")]
)
def test_a_strange_run_is_not_linked(name: str, value: str, place: Place, github: GitHub) -> None:
    ours = github.add(OLD)
    (place.folder / "digits.comment.md").unlink()
    printed = place.run(**{name: value})
    assert printed.count("::warning ") == 1
    assert "no verdict" in github.body(ours)
    assert value not in github.body(ours)
