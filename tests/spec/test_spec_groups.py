"""Groups: one of several claims is enough; what belongs to them and what to their members."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.model import Claim, GateSpec, Group, Rule, Severity


HEAD = """\
version: 1
gate: g
artifacts:
  e: {candidate: c, baseline: o, id: i}
metrics:
  a: {value: x, better: higher, kind: binary}
  b: {value: t, better: lower}
  j: {value: z, better: higher, judge: true}
"""
GROUP = """\
rules:
  one:
    any_of:
      helpful: {metric: a, claim: superiority, expect: 2pp}
      quick: {metric: b, claim: non_inferiority, margin: 5%, method: paired_t, min_samples: 40}
"""
RULES_LINE = 9  # of HEAD + GROUP: the line of `rules:`


def read(text: str) -> GateSpec:
    return read_gate(text.encode(), "g.yaml")


def problems_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(SpecErrors) as caught:
        read(text)
    found = []
    for problem in caught.value.problems:
        assert problem.at is not None
        assert problem.at.line is not None
        found.append((problem.at.line, problem.message, problem.hint or ""))
    return found


def problem_of(text: str) -> tuple[int, str, str]:
    (found,) = problems_of(text)
    return found


def changed(old: str, new: str) -> str:
    text = HEAD + GROUP
    assert old in text
    return text.replace(old, new, 1)


def test_members_are_rules_of_the_group() -> None:
    spec = read(HEAD + GROUP)
    (group,) = spec.groups
    assert [rule.id for rule in spec.rules] == ["one.helpful", "one.quick"]
    assert group.members == spec.rules
    assert {rule.group for rule in spec.rules} == {"one"}
    helpful, quick = spec.rules
    assert (helpful.claim, helpful.expect, helpful.limit.number) == (Claim.SUPERIORITY, 0.02, 0)
    assert (quick.limit_key, quick.method, quick.min_samples) == ("margin", "paired_t", 40)


def test_group_has_the_documented_defaults() -> None:
    (group,) = read(HEAD + GROUP).groups
    assert (group.id, group.correction, group.severity) == ("one", "holm", Severity.BLOCK)
    assert (group.owner, group.why, group.action) == (None, None, None)
    assert (group.slices, group.weight) == (None, None)
    assert str(group.location) == "g.yaml:10:3"
    assert str(group.members[1].location) == "g.yaml:13:7"


def test_group_says_what_all_its_members_share() -> None:
    more = (
        "    correction: hommel\n    severity: escalate\n    owner: us\n    why: w\n"
        "    action: ask\n    slices: {by: l, values: [de, en], min_samples: 30}\n"
    )
    spec = read(HEAD + GROUP + more)
    (group,) = spec.groups
    assert (group.correction, group.severity) == ("hommel", Severity.ESCALATE)
    assert (group.owner, group.why, group.action) == ("us", "w", "ask")
    assert group.slices is not None
    assert group.slices.values == (("de",), ("en",))
    for rule in spec.rules:
        assert rule.severity is Severity.ESCALATE
        assert (rule.owner, rule.why, rule.action, rule.slices) == (None, None, None, None)
        assert rule.weight is None


@pytest.mark.parametrize(
    "correction", ["holm", "bonferroni", "sidak", "hochberg", "hommel", "max_t"]
)
def test_group_may_be_corrected_by(correction: str) -> None:
    (group,) = read(HEAD + GROUP + f"    correction: {correction}\n").groups
    assert group.correction == correction


def test_entries_hold_a_group_once_in_file_order() -> None:
    text = (HEAD + GROUP).replace(
        "rules:\n", "rules:\n  first: {metric: a, claim: superiority}\n"
    ) + "  last: {metric: b, claim: superiority}\n"
    entries = read(text).entries()
    assert [entry.id for entry in entries] == ["first", "one", "last"]
    assert [type(entry) for entry in entries] == [Rule, Group, Rule]


def test_group_alone_is_a_proof() -> None:
    assert len(read(HEAD + GROUP).entries()) == 1


def test_group_of_warnings_alone_proves_nothing() -> None:
    line, message, _ = problem_of(HEAD + GROUP + "    severity: warn\n")
    assert line == RULES_LINE + 1
    assert "no rule has to be proven" in message


def test_defaults_reach_group_and_members_each_with_its_own() -> None:
    text = changed(
        "rules:\n",
        "defaults: {severity: escalate, owner: us, method: paired_t, min_samples: 50}\nrules:\n",
    )
    spec = read(text)
    assert (spec.groups[0].severity, spec.groups[0].owner) == (Severity.ESCALATE, "us")
    helpful, quick = spec.rules
    assert (helpful.owner, helpful.method, helpful.min_samples) == (None, "paired_t", 50)
    assert (quick.severity, quick.min_samples) == (Severity.ESCALATE, 40)


def test_default_that_no_member_can_take_is_refused() -> None:
    line, message, _ = problem_of(changed("rules:\n", "defaults: {tolerance: 1}\nrules:\n"))
    assert (line, message) == (9, "no rule can take 'tolerance' from defaults")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("metric", "a"),
        ("claim", "superiority"),
        ("margin", "2pp"),
        ("min_effect", "1"),
        ("min", "1"),
        ("max", "1"),
        ("method", "auto"),
        ("pair", "none"),
        ("against", "baseline"),
        ("min_samples", "9"),
        ("min_runs", "9"),
        ("expect", "1"),
    ],
)
def test_key_of_a_member_on_the_group_is_told_where_it_belongs(key: str, value: str) -> None:
    line, message, hint = problem_of(HEAD + GROUP + f"    {key}: {value}\n")
    assert (line, message) == (14, f"'{key}' does not belong in group 'one'")
    assert hint == "write it in each member, under `any_of`"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("severity", "warn"),
        ("slices", "{by: l, values: [a]}"),
        ("owner", "me"),
        ("why", "so"),
        ("action", "do"),
        ("weight", "1"),
        ("correction", "holm"),
    ],
)
def test_key_of_the_group_on_a_member_is_told_where_it_belongs(key: str, value: str) -> None:
    line, message, hint = problem_of(changed("expect: 2pp", f"{key}: {value}"))
    assert (line, message) == (12, f"'{key}' does not belong in member 'helpful' of group 'one'")
    assert hint == "write it on the group, beside `any_of`"


def test_group_in_a_group_is_refused() -> None:
    line, message, hint = problem_of(changed("expect: 2pp", "any_of: {}"))
    assert (line, message) == (12, "'any_of' does not belong in member 'helpful' of group 'one'")
    assert hint == "a group has no groups in it: write another rule"


def test_correction_of_a_single_rule_is_refused() -> None:
    text = HEAD + "rules:\n  r: {metric: a, claim: superiority, correction: holm}\n"
    line, message, hint = problem_of(text)
    assert (line, message) == (10, "'correction' does not belong in rule 'r'")
    assert "beside `any_of`, or to the top of the gate file" in hint


@pytest.mark.parametrize("word", ["anyof", "any-of", "one_of"])
def test_other_word_for_any_of_is_understood(word: str) -> None:
    found = problems_of(changed("any_of:", f"{word}:"))
    assert any("did you mean 'any_of'?" in hint for _, _, hint in found)


def test_alarm_in_a_group_is_refused() -> None:
    line, message, hint = problem_of(changed("superiority, expect: 2pp", "deterioration"))
    assert line == 12
    assert message == (
        "member 'helpful' of group 'one' claims 'deterioration', an alarm, which proves nothing"
    )
    assert "write the alarm as a rule of its own" in hint


def test_tolerance_in_a_member_is_refused() -> None:
    line, message, hint = problem_of(changed("expect: 2pp", "tolerance: 1"))
    assert line == 12
    assert "'tolerance' does not belong in member 'helpful'" in message
    assert hint == "an alarm is a rule of its own, never a member"


def test_list_of_metrics_in_a_member_is_refused() -> None:
    line, message, hint = problem_of(changed("metric: a", "metric: [a, b]"))
    assert line == 12
    assert message == (
        "'metric' in member 'helpful' of group 'one' must be one metric, found a list"
    )
    assert hint == "write a member for each metric"


def test_one_member_is_no_group() -> None:
    text = HEAD + "rules:\n  one: {any_of: {only: {metric: a, claim: superiority}}}\n"
    line, message, hint = problem_of(text)
    assert line == 10
    assert message == "'any_of' in group 'one' needs 2 members or more, found 1: 'only'"
    assert "without `any_of`" in hint


@pytest.mark.parametrize(
    ("value", "found"), [("{}", "an empty one"), ("[a]", "a list"), ("", "nothing")]
)
def test_members_are_a_mapping_of_names(value: str, found: str) -> None:
    line, message, hint = problem_of(HEAD + f"rules:\n  one:\n    any_of: {value}\n")
    assert line == 11
    assert message == f"'any_of' must be a mapping of names, found {found}"
    assert "member" in hint


def test_members_may_not_be_uncorrected() -> None:
    line, message, hint = problem_of(HEAD + GROUP + "    correction: none\n")
    assert line == 14
    assert message == (
        "'correction' in group 'one' cannot be 'none': one of several tries passes by luck more "
        "often than alpha"
    )
    assert hint == "known: holm, bonferroni, sidak, hochberg, hommel, max_t"


@pytest.mark.parametrize("word", ["bh", "auto", "graphical"])
def test_other_correction_of_members_is_refused(word: str) -> None:
    line, message, _ = problem_of(HEAD + GROUP + f"    correction: {word}\n")
    assert line == 14
    assert message.startswith(f"'correction' in group 'one' cannot be '{word}'")


def test_maximum_needs_members_that_share_units() -> None:
    text = (
        changed("metrics:\n", "  f: {candidate: d, baseline: q, id: i}\nmetrics:\n")
        .replace("a: {value", "a: {artifact: e, value")
        .replace("b: {value", "b: {artifact: f, value")
        .replace("j: {value", "j: {artifact: e, value")
    )
    assert read(text).groups
    line, message, hint = problem_of(text + "    correction: max_t\n")
    assert line == 15
    assert message == ("'correction: max_t' needs members that share units, found artifacts e, f")
    assert "holm" in hint


def test_unknown_metric_of_a_member_is_named() -> None:
    line, message, hint = problem_of(changed("metric: a", "metric: aa"))
    assert (line, message) == (12, "member 'helpful' of group 'one' reads an unknown metric 'aa'")
    assert "metrics: a, b, j" in hint


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("metric: a, ", "", "member 'helpful' of group 'one' has no 'metric'"),
        (", claim: superiority", "", "member 'helpful' of group 'one' has no 'claim'"),
        (", margin: 5%", "", "member 'quick' of group 'one' has no 'margin'"),
        ("claim: superiority", "claim: best", "'claim' in member 'helpful' of group 'one' cannot"),
        ("quick:", "Helpful:", "the member names 'helpful' on line 12 and 'Helpful' on line 13"),
        ("quick:", "a b:", "the name of the member must be a name, found 'a b'"),
        ("expect: 2pp", "min_effect: 1%", "read both ways for the binary"),
        ("method: paired_t", "method: t", "'method' in member 'quick' of group 'one' cannot be"),
    ],
)
def test_mistake_in_a_member_is_told_with_its_group(old: str, new: str, words: str) -> None:
    line, message, hint = problem_of(changed(old, new))
    assert line in (12, 13)
    assert words in message
    assert hint


def test_id_of_a_member_must_be_a_name() -> None:
    line, message, _ = problem_of(changed("  one:", f"  {'o' * 57}:"))
    assert line == 10
    assert message == f"rule id '{'o' * 57}.helpful' is no name"


def test_id_of_a_member_must_be_free() -> None:
    text = HEAD + GROUP + "  one.quick: {metric: a, claim: superiority}\n"
    line, message, _ = problem_of(text)
    assert line == 14
    assert message == "rule id 'one.quick' is also made by group 'one' on line 10"


def test_judge_cannot_be_required_in_a_group_either() -> None:
    line, message, hint = problem_of(
        changed("metric: a, claim: superiority, expect: 2pp", "metric: j, claim: superiority")
    )
    assert line == 12
    assert message.startswith(
        "member 'helpful' of group 'one' requires metric 'j', which a model judges"
    )
    assert hint.startswith("say `severity: warn` on group 'one'")


def test_gap_of_a_group_is_refused() -> None:
    slices = "    slices: {by: l, values: [a, b], require: gap}\n"
    line, message, hint = problem_of(HEAD + GROUP + slices)
    assert line == 14
    assert message == ("group 'one' has slices with 'require: gap', which is a claim of its own")
    assert "claims equivalence" in hint


MEMBERS = (
    "  one:\n    any_of:\n"
    "      x: {metric: a, claim: threshold, min: 0.9, min_samples: %d}\n"
    "      z: {metric: b, claim: superiority}\n"
)


def test_members_are_held_to_alpha_whatever_the_correction() -> None:
    rules = "rules:\n  r: {metric: b, claim: superiority}\n" + MEMBERS
    text = HEAD.replace("artifacts:", "correction: bonferroni\nartifacts:") + rules
    assert read(text % 29).groups
    _, message, _ = problem_of(text % 28)
    assert message == (
        "rule 'one.x' cannot pass: min_samples is 28, at least 29 flawless samples are needed at "
        "level 0.05"
    )


def test_group_counts_once_in_its_family() -> None:
    rules = "rules:\n  r: {metric: a, claim: threshold, min: 0.9, min_samples: 36}\n"
    text = HEAD.replace("artifacts:", "correction: bonferroni\nartifacts:") + rules
    assert len(read(text + MEMBERS % 29).entries()) == 2  # two of them: alpha/2 needs 36


def test_minimum_of_the_slices_of_a_group_holds_for_its_members() -> None:
    slices = "    slices: {by: l, values: [a], min_samples: 9}\n"
    line, message, _ = problem_of(HEAD + "rules:\n" + MEMBERS % 29 + slices)
    assert line == 14
    assert "min_samples is 9, at least 29" in message
