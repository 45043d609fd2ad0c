"""A reason stands in full once: with its rule, its footnote or its check."""

from types import ModuleType

import pytest

from pytest_evalgate.evidence import Action, Bounds, GateEvidence, Verdict
from pytest_evalgate.gate.decision import decide_gate
from pytest_evalgate.gate.limits import ClaimTest
from pytest_evalgate.gate.verdict import decide
from pytest_evalgate.report.decision import decision_details
from pytest_evalgate.report.reasons import named_rules
from pytest_evalgate.report.terminal import gate_section, rule_details
from pytest_evalgate.report.words import added_reason, short_reason
from pytest_evalgate.spec.model import Claim, OnInconclusive


FEW = "candidate 2 runs, baseline 12 runs; min_runs is 5; train at least 5 runs of both arms"
BEYOND = "the opposite is shown: the interval lies wholly beyond the limit"
UNDECIDED = "neither the claim nor its opposite is shown: the interval straddles the limit"


def decided(cases: ModuleType, *rules: object) -> GateEvidence:
    """Return evidence whose decision is the engine's own."""
    evidence: GateEvidence = cases.gate(rules, cases.PROMOTE)
    decision = decide_gate(evidence.rules, evidence.contract, OnInconclusive.BLOCK)
    return cases.replace(evidence, decision=decision)  # type: ignore[no-any-return]


def last_words(evidence: GateEvidence, *, verbosity: int = 0) -> list[str]:
    lines = gate_section(evidence, verbosity=verbosity)
    start = next(i for i, line in enumerate(lines) if line.startswith("release: "))
    return [lines[start].partition(": ")[2].split("   ")[0], *lines[start + 1 :]]


def missed(cases: ModuleType) -> GateEvidence:
    return decided(
        cases,
        cases.invalid("few", FEW),
        cases.invalid("fewer", FEW),
        cases.measured("lost", "recall", verdict=Verdict.FAIL, reason=BEYOND),
        cases.latency("latency", reason=f"{UNDECIDED}; 7 times as many would decide"),
    )


def test_below_the_table_a_reason_is_a_footnote_mark(cases: ModuleType) -> None:
    assert last_words(missed(cases)) == [
        "BLOCKED",
        "  few, fewer: could not be judged [1]",
        "  lost misses its limit",
        "  latency-p95: not proven; about 62 runs would decide",
    ]
    assert "\n".join(gate_section(missed(cases))).count(FEW) == 1


def test_the_test_of_the_decision_says_reasons_in_short(cases: ModuleType) -> None:
    assert decision_details(missed(cases)).split("\n") == [
        "BLOCKED: few, fewer: could not be judged: candidate 2 runs, baseline 12 runs",
        "  lost misses its limit",
        "  latency-p95: not proven; about 62 runs would decide",
    ]


def test_quiet_says_reasons_in_short(cases: ModuleType) -> None:
    assert last_words(missed(cases), verbosity=-1)[1:] == [
        "  few, fewer: could not be judged: candidate 2 runs, baseline 12 runs",
        "  lost misses its limit",
        "  latency-p95: not proven; about 62 runs would decide",
    ]


def two_lost(cases: ModuleType, *, more: int = 0) -> GateEvidence:
    names = ["accuracy", "latency-p95", *(f"metric-{index}" for index in range(more))]
    rules = [cases.measured(name, "recall", verdict=Verdict.FAIL, reason=BEYOND) for name in names]
    return decided(cases, *rules)


def test_rules_that_miss_their_limits_are_told_one_by_one(cases: ModuleType) -> None:
    assert last_words(two_lost(cases)) == [
        "BLOCKED",
        "  accuracy misses its limit",
        "  latency-p95 misses its limit",
    ]


def test_one_line_about_several_rules_names_them_all(cases: ModuleType) -> None:
    assert decision_details(two_lost(cases)) == "BLOCKED: accuracy, latency-p95 miss their limits"
    told = decision_details(two_lost(cases, more=5))
    assert told.endswith("metric-0, metric-1, metric-2 and 2 more miss their limits")


def test_rules_that_the_decision_only_counts_are_told_too(cases: ModuleType) -> None:
    lines = last_words(two_lost(cases, more=5))
    assert len(lines) == 1 + 7
    assert lines[-1] == "  metric-4 misses its limit"


def test_rules_that_are_not_all_known_stay_together(cases: ModuleType) -> None:
    evidence = two_lost(cases)
    decision = cases.decided(Action.BLOCK, f"accuracy, latency-p95 and 3 more: {BEYOND}")
    evidence = cases.replace(evidence, decision=decision)
    assert last_words(evidence)[1:] == ["  accuracy, latency-p95 and 3 more miss their limits"]
    assert named_rules("accuracy, other: lost", evidence)[1] == ", other: lost"
    assert named_rules("accuracys: lost", evidence) == ([], "accuracys: lost")


def test_rules_that_could_not_be_judged_stay_together(cases: ModuleType) -> None:
    evidence = decided(cases, cases.invalid("a", FEW), cases.invalid("b", FEW))
    assert last_words(evidence)[1:] == ["  a, b: could not be judged [1]"]


def test_a_rule_that_does_not_block_is_said_to_do_so(cases: ModuleType) -> None:
    evidence = decided(cases, cases.accuracy(), cases.invalid("few", FEW, severity="warn"))
    line = next(line for line in gate_section(evidence) if "PROMOTE" in line)
    assert line.endswith("; few: could not be judged [1] (does not block)")


def test_a_promotion_that_leans_on_a_warned_pass_names_its_footnote(cases: ModuleType) -> None:
    warning = "12 runs: the error rate is measured from 15 runs on; retrain"
    evidence = decided(cases, cases.accuracy(warnings=(warning,)))
    line = next(line for line in gate_section(evidence) if "PROMOTE" in line)
    assert line.endswith("; accuracy passed with a warning [1]")
    (quiet,) = gate_section(evidence, verbosity=-1)
    assert f"accuracy passed with a warning: {warning}" in quiet


def test_the_decision_of_a_broken_contract_says_it_whole_in_its_test(cases: ModuleType) -> None:
    evidence = cases.not_judged()
    check = evidence.contract[0]
    reasons = (f"contract: {check.check}: {check.reason}",)
    decision = cases.decided(Action.BLOCK, *reasons)
    evidence = cases.replace(evidence, decision=decision)
    assert decision_details(evidence) == f"BLOCKED: {reasons[0]}"
    text = " ".join(" ".join(gate_section(evidence)).split())
    assert text.count("contract: evals.overlap: 3 ids of the baseline") == 1


def test_words_that_only_look_like_a_reason_stay(cases: ModuleType) -> None:
    rule = cases.rule("a", verdict=Verdict.FAIL, reason="fails")
    decision = cases.decided(Action.BLOCK, "all that fails", "a fails", "")
    evidence = cases.gate((rule,), decision)
    assert last_words(evidence)[1:3] == ["  all that fails", "  a fails"]


@pytest.mark.parametrize("claim", [Claim.NON_INFERIORITY, Claim.DETERIORATION])
@pytest.mark.parametrize("interval", [(-0.3, -0.2), (-0.3, 0.3), (0.2, 0.3)])
def test_what_the_engine_says_of_every_interval_adds_nothing(
    claim: Claim, interval: tuple[float, float]
) -> None:
    low, high = interval
    limit = Bounds(low=0.0)
    is_alarm = claim is Claim.DETERIORATION
    pvalue = 0.01 if (high < 0 if is_alarm else low > 0) else 0.9
    opposite = 0.01 if high < 0 else 0.9
    test = ClaimTest(statistic=None, pvalue=pvalue, pvalue_opposite=opposite, min_pvalue=0.0)
    verdict, reason = decide(claim, test, interval, limit, 0.05)
    assert added_reason(reason) == ""
    assert (short_reason(reason) != "") == (verdict is Verdict.FAIL)


def test_details_leave_out_what_the_headline_says(cases: ModuleType) -> None:
    evidence = missed(cases)
    lost, late = evidence.rules[2:]
    assert "  reason  " not in rule_details(lost, evidence.gate)
    assert "  reason    7 times as many would decide\n" in rule_details(late, evidence.gate)
