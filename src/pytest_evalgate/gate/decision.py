"""Verdicts and severities -> what may happen to the candidate: one pure table."""

from collections.abc import Sequence

from pytest_evalgate.evidence import Action, ContractCheck, Decision, RuleEvidence, Verdict
from pytest_evalgate.spec.model import OnInconclusive, Severity


_REQUIRED = frozenset({Severity.BLOCK, Severity.ESCALATE})
# Aggregation takes the worst, in this order.
WORST_FIRST = (Verdict.INVALID, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of some verdicts; none at all is invalid, never a pass."""
    return next((verdict for verdict in WORST_FIRST if verdict in verdicts), Verdict.INVALID)


def rule_action(verdict: Verdict, severity: Severity, on_inconclusive: OnInconclusive) -> Action:
    """Return what one rule alone asks for."""
    if verdict is Verdict.PASS or severity is Severity.OBSERVE:
        return Action.PROMOTE
    if severity is Severity.WARN:
        return Action.WARN
    if verdict is Verdict.INVALID:
        return Action.BLOCK
    if severity is Severity.ESCALATE:
        return Action.ESCALATE
    if verdict is Verdict.INCONCLUSIVE and on_inconclusive is OnInconclusive.ESCALATE:
        return Action.ESCALATE
    return Action.BLOCK


def decide_gate(
    rules: Sequence[RuleEvidence],
    contract: Sequence[ContractCheck],
    on_inconclusive: OnInconclusive,
) -> Decision:
    """Decide about a gate from its top-level rules and its contract.

    Slices speak through their parent. A gate in which nothing was judged blocks.
    """
    top = [rule for rule in rules if rule.parent is None]
    broken = [check for check in contract if check.verdict is not Verdict.PASS]
    actions = [rule_action(rule.verdict, Severity(rule.severity), on_inconclusive) for rule in top]
    if broken or not any(rule.severity in _REQUIRED for rule in top):
        actions.append(Action.BLOCK)
    order = (Action.BLOCK, Action.ESCALATE, Action.WARN, Action.PROMOTE)
    action = next(candidate for candidate in order if candidate in actions)
    reasons = [f"contract: {check.check}: {check.reason}" for check in broken]
    reasons += _reasons(top, action)
    return Decision(action=action, verdict=action.value, reasons=tuple(reasons))


def _reasons(rules: Sequence[RuleEvidence], action: Action) -> list[str]:
    missed = [
        f"{rule.id}: {_words(rule)}"
        for verdict in WORST_FIRST
        for rule in rules
        if rule.verdict is verdict is not Verdict.PASS
    ]
    warned = [
        f"{rule.id} passed with a warning: {rule.warnings[0]}"
        for rule in rules
        if rule.verdict is Verdict.PASS and rule.warnings and rule.severity in _REQUIRED
    ]
    # A promotion that leans on a warned pass says so first.
    return warned + missed if action in {Action.PROMOTE, Action.WARN} else missed + warned


def _words(rule: RuleEvidence) -> str:
    words = {
        Verdict.INVALID: f"could not be judged: {rule.reason}",
        Verdict.FAIL: rule.reason,
        Verdict.INCONCLUSIVE: f"not proven{_needed(rule)}",
    }[rule.verdict]
    return words if rule.severity == Severity.BLOCK else f"{words} (severity {rule.severity})"


def _needed(rule: RuleEvidence) -> str:
    """Say how many would decide, or why nothing was tested."""
    if rule.power is None:  # slices, or a sequence that was stopped
        return f": {rule.reason}"
    runs, samples = rule.power.needed.runs, rule.power.needed.samples
    ways = [f"{runs} runs" if runs else "", f"{samples} samples" if samples else ""]
    words = " or ".join(way for way in ways if way)
    return f"; about {words} would decide" if words else ""
