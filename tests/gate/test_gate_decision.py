"""The decision of a gate is one table; every row of it."""

from itertools import product

import pytest

from pytest_evalgate.evidence import Action, ContractCheck, RuleEvidence, Verdict
from pytest_evalgate.gate.decision import decide_gate, rule_action, worst
from pytest_evalgate.spec.model import OnInconclusive, Severity


def evidence(
    rule_id: str,
    verdict: Verdict,
    severity: str = "block",
    *,
    parent: str | None = None,
    warnings: tuple[str, ...] = (),
) -> RuleEvidence:
    return RuleEvidence(
        id=rule_id,
        parent=parent,
        slice=None,
        metric="m",
        claim="superiority",
        better="higher",
        severity=severity,
        owner=None,
        why=None,
        action=None,
        line=1,
        column=1,
        burden="",
        verdict=verdict,
        reason="because",
        warnings=warnings,
    )


BLOCK = OnInconclusive.BLOCK
V, S, A = Verdict, Severity, Action


@pytest.mark.parametrize(
    ("verdict", "severity", "policy", "action"),
    [
        (V.INVALID, S.BLOCK, "block", A.BLOCK),
        (V.INVALID, S.ESCALATE, "block", A.BLOCK),
        (V.INVALID, S.ESCALATE, "escalate", A.BLOCK),
        (V.FAIL, S.BLOCK, "block", A.BLOCK),
        (V.FAIL, S.BLOCK, "escalate", A.BLOCK),
        (V.FAIL, S.ESCALATE, "block", A.ESCALATE),
        (V.INCONCLUSIVE, S.ESCALATE, "block", A.ESCALATE),
        (V.INCONCLUSIVE, S.BLOCK, "escalate", A.ESCALATE),
        (V.INCONCLUSIVE, S.BLOCK, "block", A.BLOCK),
        (V.INVALID, S.WARN, "block", A.WARN),
        (V.FAIL, S.WARN, "block", A.WARN),
        (V.INCONCLUSIVE, S.WARN, "escalate", A.WARN),
        (V.FAIL, S.OBSERVE, "block", A.PROMOTE),
        (V.INVALID, S.OBSERVE, "block", A.PROMOTE),
        (V.PASS, S.BLOCK, "block", A.PROMOTE),
    ],
)
def test_one_rule_asks_for_one_action(
    verdict: Verdict, severity: Severity, policy: str, action: Action
) -> None:
    assert rule_action(verdict, severity, OnInconclusive(policy)) is action


def test_any_blocking_rule_that_is_not_passed_stops_the_promotion() -> None:
    for verdicts in product(Verdict, repeat=3):
        rules = [evidence(f"r{i}", verdict) for i, verdict in enumerate(verdicts)]
        action = decide_gate(rules, (), BLOCK).action
        assert (action is Action.PROMOTE) == (set(verdicts) == {Verdict.PASS})


def test_adding_a_missed_rule_never_improves_a_decision() -> None:
    order = [Action.PROMOTE, Action.WARN, Action.ESCALATE, Action.BLOCK]
    for one, other in product(product(Verdict, Severity), repeat=2):
        base = [evidence("always", Verdict.PASS), evidence("a", one[0], one[1].value)]
        more = [*base, evidence("b", other[0], other[1].value)]
        before = decide_gate(base, (), BLOCK).action
        after = decide_gate(more, (), BLOCK).action
        assert order.index(after) >= order.index(before)


def test_a_gate_without_rules_blocks() -> None:
    assert decide_gate((), (), BLOCK).action is Action.BLOCK


def test_a_gate_of_warnings_alone_blocks() -> None:
    assert decide_gate([evidence("w", V.PASS, "warn")], (), BLOCK).action is Action.BLOCK


def test_a_broken_contract_blocks_whatever_the_rules_say() -> None:
    check = ContractCheck(
        check="evals: same dataset",
        verdict=Verdict.INVALID,
        expected="equal",
        candidate="a",
        baseline="b",
        reason="differs",
    )
    decision = decide_gate([evidence("r", Verdict.PASS)], (check,), BLOCK)
    assert decision.action is Action.BLOCK
    assert decision.reasons == ("contract: evals: same dataset: differs",)


def test_slices_speak_through_their_parent() -> None:
    rules = [evidence("r", Verdict.PASS), evidence("r[a=b]", Verdict.FAIL, parent="r")]
    assert decide_gate(rules, (), BLOCK).action is Action.PROMOTE


def test_a_promotion_names_a_warned_pass_first() -> None:
    rules = [
        evidence("w", Verdict.FAIL, "warn"),
        evidence("r", Verdict.PASS, warnings=("only 3 runs",)),
    ]
    decision = decide_gate(rules, (), BLOCK)
    assert decision.action is Action.WARN
    assert decision.reasons[0] == "r passed with a warning: only 3 runs"


def test_rules_that_block_are_named_before_those_that_do_not() -> None:
    rules = [
        evidence("w", Verdict.FAIL, "warn"),
        evidence("a", Verdict.INVALID),
        evidence("b", Verdict.INVALID),
    ]
    assert decide_gate(rules, (), BLOCK).reasons == (
        "a, b: could not be judged: because",
        "w: because (does not block)",
    )


def test_worst_of_nothing_is_invalid() -> None:
    assert worst(()) is Verdict.INVALID
    assert worst((Verdict.PASS, Verdict.INCONCLUSIVE)) is Verdict.INCONCLUSIVE
    assert worst((Verdict.FAIL, Verdict.INCONCLUSIVE)) is Verdict.FAIL
