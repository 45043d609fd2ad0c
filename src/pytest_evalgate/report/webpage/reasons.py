"""The reasons of the decision, each with what was measured and a way to its rule."""

from dataclasses import dataclass

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.headline import brief_reason, headline, needed_text
from pytest_evalgate.report.reasons import in_short, named_rules, single_reasons
from pytest_evalgate.report.webpage.anchors import Places


_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the gate decides as it does."""

    rules: tuple[tuple[str, str], ...]  # anchor and name of each; the reason begins with them
    text: str  # what follows the names
    measured: str  # the headline of the rule, where it says more


def reasons(evidence: GateEvidence, places: Places) -> tuple[Reason, ...]:
    """Return the reasons of the decision in their order."""
    return tuple(_reason(text, evidence, places) for text in single_reasons(evidence, in_short))


def _reason(text: str, evidence: GateEvidence, places: Places) -> Reason:
    rules, rest = named_rules(text, evidence)
    told = headline(rules[0]) if len(rules) == 1 and _is_measured(rules[0]) else ""
    if told and needed_text(rules[0]) in told:  # said there, with how many there are
        rest, semicolon, _ = rest.partition("; about ")
        rest = rest.removesuffix(semicolon)
    return Reason(
        rules=tuple((places.anchor(rule), visible(rule.id, limit=200)) for rule in rules),
        text=brief_reason(rest, limit=_LONGEST_REASON),
        measured=told,
    )


def _is_measured(rule: RuleEvidence) -> bool:
    return rule.effect is not None and rule.verdict is not Verdict.INVALID
