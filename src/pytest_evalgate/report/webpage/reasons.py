"""The reasons of the decision, each with what was measured and a way to its rule."""

from dataclasses import dataclass

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.reasons import short_reasons
from pytest_evalgate.report.webpage.anchors import Places
from pytest_evalgate.report.words import added_reason, short_reason


_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the gate decides as it does."""

    anchor: str | None  # of the rule that the reason is about
    name: str  # of that rule; the reason begins with it
    text: str  # what follows the name
    measured: str  # the headline of the rule, where it says more


def reasons(evidence: GateEvidence, places: Places) -> tuple[Reason, ...]:
    """Return the reasons of the decision in their order."""
    return tuple(_reason(text, evidence, places) for text in short_reasons(evidence, _in_short))


def _in_short(text: str) -> str:
    """Leave out what the headline says better; keep what went wrong."""
    return text if added_reason(text) == text else short_reason(text)


def _reason(text: str, evidence: GateEvidence, places: Places) -> Reason:
    rule = _rule_of(text, evidence)
    if rule is None:
        shown = visible(text, limit=_LONGEST_REASON)
        return Reason(anchor=None, name="", text=shown, measured="")
    is_measured = rule.effect is not None and rule.verdict is not Verdict.INVALID
    return Reason(
        anchor=places.anchor(rule),
        name=visible(rule.id, limit=200),
        text=visible(text.removeprefix(rule.id), limit=_LONGEST_REASON),
        measured=headline(rule) if is_measured else "",
    )


def _rule_of(text: str, evidence: GateEvidence) -> RuleEvidence | None:
    """Return the rule whose id a reason begins with, the longest such id."""
    named = [rule for rule in evidence.rules if text.startswith((f"{rule.id}:", f"{rule.id} "))]
    named += [rule for rule in evidence.rules if text == rule.id]
    return max(named, key=lambda rule: len(rule.id), default=None)
