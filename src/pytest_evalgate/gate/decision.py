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
    action = next(candidate for candidate in _ORDER if candidate in actions)
    reasons = [f"contract: {check.check}: {check.reason}" for check in broken]
    warned = [
        f"{rule.id} passed with a warning: {rule.warnings[0]}"
        for rule in top
        if rule.verdict is Verdict.PASS and rule.warnings and rule.severity in _REQUIRED
    ]
    missed = _reasons(top, on_inconclusive)
    # A promotion that leans on a warned pass says so first.
    reasons += missed + warned if action in _ACTING else warned + missed
    return Decision(action=action, verdict=action.value, reasons=tuple(reasons))


def _reasons(rules: Sequence[RuleEvidence], on_inconclusive: OnInconclusive) -> list[str]:
    """Say why, the rules that act first; rules with one and the same reason are said together."""
    groups: dict[tuple[Action, str], list[str]] = {}
    for verdict in WORST_FIRST:
        for rule in rules:
            if rule.verdict is verdict is not Verdict.PASS:
                action = rule_action(verdict, Severity(rule.severity), on_inconclusive)
                groups.setdefault((action, _words(rule)), []).append(rule.id)
    ordered = sorted(groups, key=lambda group: _ORDER.index(group[0]))
    return [_said(groups[group], *group) for group in ordered]


def _said(names: Sequence[str], action: Action, words: str) -> str:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{shown}: {words}" + ("" if action in _ACTING else " (does not block)")


_ORDER = (Action.BLOCK, Action.ESCALATE, Action.WARN, Action.PROMOTE)
_ACTING = frozenset({Action.BLOCK, Action.ESCALATE})


def _words(rule: RuleEvidence) -> str:
    if rule.verdict is Verdict.INVALID:
        return f"could not be judged: {rule.reason.removeprefix('could not be judged: ')}"
    if rule.verdict is Verdict.FAIL:
        return rule.reason
    return f"not proven{_needed(rule)}"


def _needed(rule: RuleEvidence) -> str:
    """Say how many would decide, or why nothing was tested."""
    if rule.power is None:  # slices, or a sequence that was stopped
        return f": {rule.reason}"
    runs, samples = rule.power.needed.runs, rule.power.needed.samples
    ways = [f"{runs} runs" if runs else "", f"{samples} samples" if samples else ""]
    words = " or ".join(way for way in ways if way)
    return f"; about {words} would decide" if words else ""
