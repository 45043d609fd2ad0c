"""`require: gap`: slices of the candidate held against one another, without a baseline."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.model import Claim, Others, Require, Rule


def gate(
    rule: str = "claim: equivalence, margin: 5pp",
    slices: str = "by: l, values: [de, en], require: gap",
    metric: str = "value: v, better: higher",
    artifact: str = "candidate: c",
) -> bytes:
    return (
        f"version: 1\ngate: g\nartifacts: {{e: {{{artifact}}}}}\nmetrics: {{m: {{{metric}}}}}\n"
        f"rules:\n  r:\n    metric: m\n    {rule.replace(', ', chr(10) + '    ')}\n"
        f"    slices: {{{slices}}}\n"
    ).encode()


def rule_of(data: bytes) -> Rule:
    return read_gate(data, "g.yaml").rules[0]


def problem_of(data: bytes) -> tuple[int, str, str]:
    with pytest.raises(SpecErrors) as caught:
        read_gate(data, "g.yaml")
    (problem,) = caught.value.problems
    assert problem.at is not None
    assert problem.at.line is not None
    return problem.at.line, problem.message, problem.hint or ""


def test_all_slices_must_pass_by_default() -> None:
    artifact = "candidate: c, baseline: o, id: i"
    slices = rule_of(gate(slices="by: l, values: [de]", artifact=artifact)).slices
    assert slices is not None
    assert slices.require is Require.ALL


def test_gap_needs_no_baseline() -> None:
    rule = rule_of(gate())
    assert rule.slices is not None
    assert (rule.claim, rule.slices.require) == (Claim.EQUIVALENCE, Require.GAP)
    assert rule.limit.number == 0.05


@pytest.mark.parametrize(
    "artifact",
    ["candidate: c, id: i", "candidate: c, baseline: o", "path: t", "candidate: c, run: s"],
)
def test_gap_is_asked_in_any_design(artifact: str) -> None:
    assert rule_of(gate(artifact=artifact)).against == "baseline"


def test_gap_takes_the_other_keys_of_slices() -> None:
    more = "by: l, values: [de, en], require: gap, others: invalid, on_small: observe"
    slices = rule_of(gate(slices=more)).slices
    assert slices is not None
    assert (slices.others, slices.is_small_observed) == (Others.INVALID, True)


def test_gap_takes_a_margin_in_the_unit_of_the_metric() -> None:
    assert rule_of(gate("claim: equivalence, margin: 0.1")).limit.number == 0.1


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("claim: superiority, min_effect: 0.1", "superiority"),
        ("claim: non_inferiority, margin: 0.1", "non_inferiority"),
        ("claim: threshold, min: 0.1", "threshold"),
    ],
)
def test_gap_is_an_equivalence(rule: str, found: str) -> None:
    line, message, hint = problem_of(gate(rule))
    assert line == 10
    assert message == f"'require: gap' needs claim 'equivalence', found '{found}'"
    assert "write `claim: equivalence`" in hint


def test_gap_has_no_baseline_to_take_a_share_of() -> None:
    line, message, hint = problem_of(gate("claim: equivalence, margin: 5%"))
    assert line == 9
    assert message == "'require: gap' needs a margin in the metric's unit or in pp, found 5%"
    assert "write 0.05 or 5pp" in hint


@pytest.mark.parametrize(("key", "value"), [("pair", "none"), ("against", "baseline")])
def test_gap_has_no_other_arm(key: str, value: str) -> None:
    line, message, _ = problem_of(gate(f"claim: equivalence, margin: 5pp, {key}: {value}"))
    assert line == 10
    assert message == f"'{key}' has no meaning for 'require: gap', which reads no baseline"


def test_gap_needs_two_slices() -> None:
    line, message, hint = problem_of(gate(slices="by: l, values: [de], require: gap"))
    assert line == 10
    assert message == "'require: gap' needs 2 slices or more, found 1"
    assert "list another value" in hint


@pytest.mark.parametrize("statistic", ["sd", "win_rate"])
def test_gap_of_some_statistics_is_refused(statistic: str) -> None:
    metric = f"value: v, better: higher, statistic: {statistic}"
    line, message, _ = problem_of(gate("claim: equivalence, margin: 0.1", metric=metric))
    assert line == 7
    assert message == f"'require: gap' on statistic '{statistic}' is not yet supported"


def test_gap_of_a_judge_cannot_be_required() -> None:
    line, message, _ = problem_of(gate(metric="value: v, better: higher, judge: true"))
    assert line == 6
    assert "it can inform but cannot be required" in message


def test_other_requirement_is_refused() -> None:
    line, message, hint = problem_of(
        gate(
            slices="by: l, values: [a, b], require: any",
            artifact="candidate: c, baseline: o, id: i",
        )
    )
    assert line == 10
    assert message == "'require' in 'slices' in rule 'r' cannot be 'any'"
    assert "known: all, gap" in hint
