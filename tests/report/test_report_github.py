from dataclasses import replace
from types import ModuleType

import pytest
from sink_fuzzing import Command, read_html, runner_commands, to_html

from pytest_evalgate.evidence import Action, GateEvidence, Verdict
from pytest_evalgate.report import github
from pytest_evalgate.report.markdown import render


LINKS = "https://github.example/team/models/blob/9f2c1ab"


def commands(evidence: GateEvidence, **options: object) -> list[Command]:
    """Return what a runner reads in all annotations of a gate."""
    lines = github.annotations(evidence, **options)  # type: ignore[arg-type]
    found = [list(runner_commands(line)) for line in lines]
    assert [len(each) for each in found] == [1] * len(lines)
    return [each[0] for each in found]


def test_the_gate_is_annotated_first_then_rules_worst_first(cases: ModuleType) -> None:
    gate, *rules = commands(cases.six_rules())
    assert gate.properties == {"file": "gates/release.gate.yaml", "title": "release: BLOCKED"}
    assert gate.data.startswith("1 fail, 1 inconclusive, 4 pass\nrecall-fraud misses its limit\n")
    assert [rule.properties["title"] for rule in rules] == [
        "release: recall-fraud",
        "release: latency-p95",
    ]
    assert rules[0].properties["line"] == "17"
    assert rules[0].properties["col"] == "3"
    assert rules[0].data == "effect -0.0485 [-0.0733, -0.0237] misses limit > -0.0200"


def test_a_promotion_is_not_annotated(cases: ModuleType) -> None:
    assert github.annotations(cases.all_pass()) == []


def test_a_promotion_with_something_to_say_is_a_notice(cases: ModuleType) -> None:
    decision = cases.decided(Action.PROMOTE, "waived: latency")
    (gate,) = commands(replace(cases.all_pass(), decision=decision))
    assert gate.name == "notice"
    assert gate.data == "3 pass\nwaived: latency"


def test_what_only_warns_is_a_warning(cases: ModuleType) -> None:
    assert [each.name for each in commands(cases.promoted_with_words())] == ["warning", "warning"]


def test_what_a_person_decides_is_a_warning_and_observed_rules_are_silent(
    cases: ModuleType,
) -> None:
    found = commands(cases.warned())
    assert [each.name for each in found] == ["warning"] * 3
    assert "fi-only" not in {each.properties["title"] for each in found}


def test_an_inconclusive_rule_is_as_loud_as_its_gate_takes_it(cases: ModuleType) -> None:
    rules = (cases.latency(),)
    for policy, action, level in (
        ("block", Action.BLOCK, "error"),
        ("escalate", Action.ESCALATE, "warning"),
    ):
        gate = replace(cases.GATE, on_inconclusive=policy)
        evidence = cases.gate(rules, cases.decided(action, "not proven"), gate=gate)
        assert [each.name for each in commands(evidence)] == [level, level]


def test_an_invalid_rule_is_an_error_though_a_person_may_decide_else(cases: ModuleType) -> None:
    rules = (cases.invalid("x", "no file", severity="escalate"),)
    evidence = cases.gate(rules, cases.decided(Action.BLOCK, "could not be judged: x"))
    assert [each.name for each in commands(evidence)] == ["error", "error"]


def test_a_waived_rule_is_a_warning_beside_one_that_blocks(cases: ModuleType) -> None:
    waived = cases.rule("waived", verdict=Verdict.FAIL)
    failed = cases.rule("failed", verdict=Verdict.FAIL)
    evidence = cases.gate(
        (waived, failed), cases.decided(Action.BLOCK, "failed"), waivers=({"rule": "waived"},)
    )
    levels = {each.properties["title"]: each.name for each in commands(evidence)}
    assert levels["release: waived"] == "warning"
    assert levels["release: failed"] == "error"


@pytest.mark.parametrize("room", [-1, 0, 1, 2, 10])
def test_no_more_annotations_than_there_is_room_for(room: int, cases: ModuleType) -> None:
    evidence = cases.fifty_rules()
    lines = github.annotations(evidence, room=room)
    missed = sum(rule.verdict is not Verdict.PASS for rule in evidence.rules)
    assert len(lines) == max(0, min(room, missed + 1))


def test_rules_without_an_annotation_are_counted(cases: ModuleType) -> None:
    (gate,) = commands(cases.six_rules(), room=1)
    assert gate.data.endswith("2 rules more did not pass")


def test_the_path_of_the_repository_is_used(cases: ModuleType) -> None:
    found = commands(cases.six_rules(), path="models/gates/release.gate.yaml")
    assert {each.properties["file"] for each in found} == {"models/gates/release.gate.yaml"}


def test_slices_and_members_stand_in_the_line_of_their_parent(cases: ModuleType) -> None:
    titles = [each.properties["title"] for each in commands(cases.slices())]
    assert titles == ["release: BLOCKED", "release: every-language"]


def test_a_rule_without_a_line_is_annotated_at_the_file(cases: ModuleType) -> None:
    rule = cases.rule("x", verdict=Verdict.FAIL, line=None, column=None)
    _, found = commands(cases.gate((rule,), cases.decided(Action.BLOCK, "x fails")))
    assert set(found.properties) == {"file", "title"}


def test_a_hostile_gate_yields_its_own_commands_only(cases: ModuleType) -> None:
    lines = github.annotations(cases.hostile())
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert [each.name for each in commands(cases.hostile())] == ["error"] * 3


def test_rules_are_linked_to_their_lines_at_the_commit(cases: ModuleType) -> None:
    text = github.step_summary(cases.six_rules(), links=LINKS)
    assert f"[<code>recall-fraud</code>]({LINKS}/gates/release.gate.yaml#L17)" in text


def test_a_summary_without_links_is_the_markdown_report(cases: ModuleType) -> None:
    evidence = cases.six_rules()
    assert github.step_summary(evidence) == render(evidence)


@pytest.mark.parametrize(
    "path", ["/abs/gate.yaml", "../gate.yaml", "a/../../gate.yaml", "a\\gate.yaml"]
)
def test_a_file_outside_the_repository_is_not_linked(path: str, cases: ModuleType) -> None:
    text = github.step_summary(cases.six_rules(), links=LINKS, path=path)
    assert LINKS not in text


def test_a_gate_file_of_another_revision_is_not_linked(cases: ModuleType) -> None:
    evidence = cases.six_rules()
    facts = replace(evidence.gate, policy_ref="origin/main")
    assert LINKS not in github.step_summary(replace(evidence, gate=facts), links=LINKS)


def test_a_path_cannot_end_its_link(cases: ModuleType) -> None:
    path = "a b)](http://evil.example) [x/\u4e2d|\ud800.yaml"
    html = to_html(github.step_summary(cases.six_rules(), links=LINKS, path=path))
    links = [each for each in read_html(html).elements if each.startswith("a ")]
    assert len(links) == 6
    assert all(f"'{LINKS}/a%20b%29%5D" in link for link in links)


def test_a_summary_fits_its_budget(cases: ModuleType) -> None:
    text = github.step_summary(cases.fifty_rules(), budget=5000, links=LINKS)
    assert len(text.encode()) <= 5000


def test_a_comment_starts_with_the_mark_of_its_gate(cases: ModuleType) -> None:
    text = github.comment(cases.six_rules())
    assert text.splitlines()[0] == "<!-- pytest-evalgate: release -->"


@pytest.mark.parametrize("name", ["release", "a.b-c_d", "A--b", "-"])
def test_the_mark_holds_the_name_of_a_gate_as_it_is(name: str) -> None:
    assert github.comment_mark(name) == f"<!-- pytest-evalgate: {name} -->"


@pytest.mark.parametrize("name", ["a --> b", "a\nb", "<!--", "caf\xe9", "\ud800", "x" * 5000])
def test_a_name_cannot_close_the_mark(name: str) -> None:
    mark = github.comment_mark(name)
    assert mark.count("-->") == mark.count("<!--") == len(mark.splitlines()) == 1
    assert len(mark) < 700


def test_a_comment_links_the_run_and_names_the_commit(cases: ModuleType) -> None:
    text = github.comment(cases.six_rules(), run_url="https://a.example/1", head="ab" * 20)
    assert "](https://a.example/1)" in text
    assert "commit <code>abababababab</code>" in text


def test_a_comment_leaves_out_details_of_what_passed(cases: ModuleType) -> None:
    text = github.comment(cases.six_rules())
    assert "<summary>\u274c <code>recall-fraud</code>" in text
    assert "<code>accuracy</code>: " not in text
    assert "in the evidence" not in text


def test_the_table_of_a_comment_is_narrow(cases: ModuleType) -> None:
    head = "| Verdict | Rule | Effect | Interval | Limit |"
    assert head in github.comment(cases.six_rules())
    assert head not in github.step_summary(cases.six_rules())


def test_a_comment_is_never_longer_than_github_takes(cases: ModuleType) -> None:
    one = cases.six_rules().rules[1]
    long = replace(one, why="@user " * 400, owner="|" * 400, warnings=("#" * 400,) * 20)
    rules = tuple(replace(long, id=f"rule-{index}") for index in range(300))
    evidence = cases.gate(rules, cases.decided(Action.BLOCK, *(["x" * 400] * 300)))
    text = github.comment(evidence)
    assert 40_000 < len(text.encode()) <= github.COMMENT_BYTES
    assert text.splitlines()[1].endswith("BLOCKED")
    assert "more details in the evidence." in text
