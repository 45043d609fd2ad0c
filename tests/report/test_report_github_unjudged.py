"""What GitHub is told where nothing was judged: short, true, and no markup of others."""

from dataclasses import replace
from types import ModuleType

import pytest
from sink_fuzzing import REFERENCE, Command, payload, read_html, runner_commands, to_html

from pytest_evalgate.errors import Location, SpecError
from pytest_evalgate.evidence import Action, Decision, GateEvidence, RunFacts
from pytest_evalgate.report import github
from pytest_evalgate.report.escape import plain, visible


def unjudged(cases: ModuleType, *reasons: str, name: str = "release") -> GateEvidence:
    """Make evidence as the plugin writes it for a gate file that it cannot read."""
    decision = Decision(action=Action.BLOCK, verdict="block (incomplete)", reasons=reasons)
    return GateEvidence(gate=replace(cases.GATE, name=name), decision=decision)


def problem(text: str, *, line: int | None = 3, hint: str | None = None) -> SpecError:
    place = Location(path="x.yaml", line=line, column=5, source=text)
    return SpecError(text, at=place, hint=hint)


def command(line: str) -> Command:
    [found] = runner_commands(line)
    return found


def test_summary_and_comment_say_why_and_nothing_of_settings(cases: ModuleType) -> None:
    evidence = unjudged(cases, "the gate file cannot be read", "gate.yaml:3:5: unknown key")
    for text in (github.step_summary(evidence), github.comment(evidence)):
        assert "BLOCKED (incomplete)" in text.splitlines()[1]
        assert "**Nothing was judged.**" in text
        assert "unknown key" in text
        assert "0 rules" not in text
        assert "seed" not in text
    assert github.comment(evidence).startswith("<!-- pytest-evalgate: release -->\n")


def test_the_commit_is_named_and_not_called_judged(cases: ModuleType) -> None:
    evidence = replace(unjudged(cases, "x"), run=RunFacts(head_sha="b" * 40))
    text = github.comment(evidence, run_url="https://a.example/1", head="a" * 40, merge="b" * 40)
    named = f"<code>{'a' * 12}</code>, merged into its base as <code>{'b' * 12}</code>."
    assert text.endswith(f"Run at commit {named} More is in [the run](https://a.example/1).\n")


def test_a_merge_is_named_beside_the_commit_that_people_know(cases: ModuleType) -> None:
    head, merge = "a" * 40, "b" * 40
    named = f"Judged at commit <code>{'a' * 12}</code>, merged into its base as <code>{'b' * 12}"
    assert named in github.comment(cases.six_rules(), head=head, merge=merge)
    assert named in github.step_summary(cases.six_rules(), head=head, merge=merge)


def test_a_summary_with_a_commit_fits_its_budget(cases: ModuleType) -> None:
    text = github.step_summary(cases.fifty_rules(), budget=5000, head="a" * 40)
    assert len(text.encode()) <= 5000


def test_very_many_reasons_fit_the_budget(cases: ModuleType) -> None:
    text = github.comment(unjudged(cases, *["|" * 400] * 1000))
    assert len(text.encode()) <= github.COMMENT_BYTES
    assert "more reasons in the evidence." in text


def test_each_error_is_annotated_where_it_is() -> None:
    errors = [problem("one", hint="write two"), problem("three", line=7)]
    first, second = map(command, github.error_annotations(errors, title="t", path="g/x.yaml"))
    assert first.properties == {"file": "g/x.yaml", "line": "3", "col": "5", "title": "t"}
    assert first.data == "one\nhint: write two"
    assert (second.properties["line"], second.data) == ("7", "three")


@pytest.mark.parametrize("room", [-1, 0, 1, 2, 3, 10])
def test_errors_without_room_are_counted(room: int) -> None:
    errors = [problem(text) for text in ("one", "two", "three")]
    lines = github.error_annotations(errors, title="t", path="x", room=room)
    assert len(lines) == max(0, min(room, 3))
    left = 3 - len(lines)
    assert [f"%0Aand {left} more error{'s'[: left != 1]}" in line for line in lines[-1:]] == [
        left > 0
    ] * bool(lines)


def test_no_payload_becomes_markup_or_a_command(cases: ModuleType) -> None:
    frame = read_html(to_html(github.comment(unjudged(cases, "word", name="word")))).elements
    for case in range(400):
        text = payload(case)
        read = read_html(to_html(github.comment(unjudged(cases, text, name=text))))
        assert read.elements == frame, case
        assert [run for run in read.bare if REFERENCE.search(run)] == [], case
        [line] = github.error_annotations([problem(text, hint=text)], title=text, path=text)
        found = command(line)
        assert found.data == f"{plain(text, limit=400)}\n{plain(f'hint: {text}', limit=400)}", case
        assert set(found.properties) <= {"file", "line", "col", "title"}, case


def test_the_message_of_a_wrong_call_is_text(cases: ModuleType) -> None:
    for case in range(400):
        text = payload(case)
        summary, annotation = github.unusable_call(text)
        read = read_html(to_html(summary))
        assert set(read.elements) <= {"h2 []", "/h2", "p []", "/p", "br []"}, (case, text)
        assert [run for run in read.bare if REFERENCE.search(run)] == [], case
        assert visible(text.split("\n")[0], limit=400) in read.text, case
        assert command(annotation).name == "error"
