"""The ledger can only worsen a decision: no subset of reports is as good as all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.evidence import (
    Action,
    Decision,
    GateEvidence,
    GateFacts,
    RuleEvidence,
    Verdict,
    exit_status,
)
from pytest_evalgate.plugin.ledger import Ledger, partial


WORDS = ("pass", "warn", "fail", "inconclusive", "invalid")


def rule(name: str, verdict: str = "pass", severity: str = "block") -> RuleEvidence:
    return RuleEvidence(
        id=name, parent=None, slice=None, metric="m", claim="superiority", better="higher",
        severity=severity, owner=None, why=None, action=None, line=1, column=1, burden="",
        verdict=Verdict(verdict), reason="because",
    )  # fmt: skip


def evidence(*rules: RuleEvidence, action: Action = Action.PROMOTE) -> GateEvidence:
    return GateEvidence(
        gate=GateFacts(
            name="g", path="g.yaml", sha256="", alpha=0.05, power=0.8, correction="auto",
            on_inconclusive="block",
        ),
        decision=Decision(action=action, verdict=action.value, reasons=()),
        rules=rules,
    )  # fmt: skip


def report(
    name: str, word: str = "pass", outcome: str | None = None, when: str | None = None
) -> pytest.TestReport:
    missed = word in {"fail", "inconclusive", "invalid"}
    found = pytest.TestReport(
        nodeid=f"g.yaml::{name}",
        location=("g.yaml", 0, name),
        keywords={},
        outcome=outcome or ("failed" if missed else "passed"),  # type: ignore[arg-type]
        longrepr=None,
        when=when or ("setup" if word == "invalid" else "call"),  # type: ignore[arg-type]
    )
    found.evalgate_item, found.evalgate_word = f"g.yaml::{name}", word  # type: ignore[attr-defined]
    return found


def shortfall(gate: GateEvidence, *reports: pytest.TestReport) -> tuple[str, ...]:
    ledger = Ledger()
    for one in reports:
        ledger.record(one)
    return ledger.shortfall(gate, "not run")


GATE = evidence(rule("a"), rule("b"), rule("c"))
WHOLE = tuple(report(name) for name in ("a", "b", "c", "decision"))


def test_a_whole_session_falls_short_of_nothing() -> None:
    assert shortfall(GATE, *WHOLE) == ()


@given(st.sets(st.sampled_from(range(4))))
def test_any_report_that_is_missing_blocks(kept: set[int]) -> None:
    reasons = shortfall(GATE, *(WHOLE[index] for index in kept))
    final = partial(GATE, reasons) if reasons else GATE
    assert (exit_status(final) == 0) == (kept == {0, 1, 2, 3})


@given(
    st.sampled_from(("a", "b", "c", "decision")),
    st.sampled_from(WORDS),
    st.sampled_from(("passed", "failed", "skipped")),
    st.sampled_from(("setup", "call", "teardown")),
)
def test_a_further_report_never_mends_a_missing_one(
    name: str, word: str, outcome: str, when: str
) -> None:
    missing = [one for one in WHOLE if not one.nodeid.endswith(name)]
    forged = report(name, word, outcome, when)
    is_as_judged = (word, outcome, when) == ("pass", "passed", "call")
    assert (shortfall(GATE, *missing, forged) == ()) == is_as_judged


@pytest.mark.parametrize("outcome", ["skipped", "failed"])
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_a_rule_shown_otherwise_in_any_phase_is_not_shown(outcome: str, when: str) -> None:
    assert shortfall(GATE, *WHOLE, report("b", "pass", outcome, when)) == (
        f"shown otherwise than judged: b ({outcome})",
    )


def test_a_rule_that_was_expected_to_fail_is_not_shown() -> None:
    excused = report("b")
    excused.wasxfail = "reason"
    assert shortfall(GATE, *WHOLE, excused) == ("shown otherwise than judged: b (xfail)",)


def test_a_rerun_is_ignored() -> None:
    gate = evidence(rule("a", "fail"), action=Action.BLOCK)
    shown = [report("a", "fail", "rerun"), report("a", "fail"), report("decision", "fail")]
    assert shortfall(gate, *shown) == ()


@pytest.mark.parametrize(
    ("reports", "reason"),
    [
        ((), "3 of 3 rules were not run: a, b, c"),
        (WHOLE[1:], "1 of 3 rules were not run: a"),
        (WHOLE[:3], "the decision was not run"),
    ],
)
def test_the_reason_names_what_is_missing(
    reports: tuple[pytest.TestReport, ...], reason: str
) -> None:
    assert shortfall(GATE, *reports) == (reason,)


def test_a_long_list_of_names_is_cut() -> None:
    many = evidence(*(rule(f"r{i}") for i in range(9)))
    (reason,) = shortfall(many)
    assert reason == "9 of 9 rules were not run: r0, r1, r2, r3, r4 and 4 more"


def test_reports_of_other_tests_are_not_recorded() -> None:
    other = report("a")
    other.evalgate_item = None  # type: ignore[attr-defined]
    ledger = Ledger()
    ledger.record(other)
    assert (ledger.shown, ledger.disagreeing) == ({}, {})


@pytest.mark.parametrize(
    ("gate", "reports", "has_passed"),
    [
        pytest.param(GATE, WHOLE[:1], True, id="one-that-passed"),
        pytest.param(GATE, (), False, id="nothing"),
        pytest.param(GATE, WHOLE[3:], False, id="decision-alone"),
        pytest.param(
            evidence(rule("a", "fail", "warn")), (report("a", "warn"),), True, id="warned"
        ),
        pytest.param(
            evidence(rule("a"), rule("b", "fail")),
            (report("a"), report("b", "fail")),
            False,
            id="one-that-failed",
        ),
        pytest.param(
            evidence(rule("a", "fail")), (report("a"),), False, id="shown-better-than-judged"
        ),
        pytest.param(GATE, (report("a", "fail"),), False, id="shown-worse-than-judged"),
        pytest.param(GATE, (*WHOLE[:2], report("c", "pass", "skipped")), False, id="skipped"),
    ],
)
def test_a_partial_run_passes_on_rules_that_were_shown_to_pass(
    gate: GateEvidence, reports: tuple[pytest.TestReport, ...], *, has_passed: bool
) -> None:
    ledger = Ledger()
    for one in reports:
        ledger.record(one)
    assert ledger.passed_only(gate) is has_passed
