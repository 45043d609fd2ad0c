"""The reasons of a decision, without the words that stand elsewhere on the same screen."""

import re
from collections.abc import Callable, Iterator

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.words import MISSES, added_reason, short_reason


# Says a text in short, or the mark of the footnote that says it; nothing if the verdict does.
Refer = Callable[[str], str]

_JUDGED = "could not be judged: "  # the decision says it once, however often a rule did
_HARMLESS = " (does not block)"
_MORE = re.compile(r" and (\d+) more(?=: )")
_MARK = re.compile(r"\[\d+\]")  # of a footnote
_SEVERAL = "miss their limits"


def short_reasons(evidence: GateEvidence, refer: Refer) -> list[str]:
    """Return the reasons of a decision; what a rule or a check says itself goes to ``refer``."""
    return _shortened(evidence.decision.reasons, evidence, refer)


def single_reasons(evidence: GateEvidence, refer: Refer) -> list[str]:
    """Return the reasons in short, one for each rule that was measured.

    A decision says rules with one and the same reason together; where each has numbers of its own,
    each is told by itself. Rules that could not be judged stay together: nothing sets them apart.
    """
    reasons = [one for reason in evidence.decision.reasons for one in _split(reason, evidence)]
    return _shortened(reasons, evidence, refer)


def in_short(text: str) -> str:
    """Leave out of a rule's reason what its headline says better; keep what went wrong."""
    return text if added_reason(text) == text else short_reason(text)


def named_rules(reason: str, evidence: GateEvidence) -> tuple[list[RuleEvidence], str]:
    """Return the rules whose ids a reason begins with, and what follows their ids."""
    found: list[RuleEvidence] = []
    rest = reason
    while rule := _first_rule(rest.removeprefix(", ") if found else rest, evidence):
        rest = (rest.removeprefix(", ") if found else rest)[len(rule.id) :]
        found.append(rule)
        if not rest.startswith(", "):
            break
    return found, rest


def _first_rule(text: str, evidence: GateEvidence) -> RuleEvidence | None:
    """Return the rule whose id a text begins with, the longest such id."""
    named = [
        rule
        for rule in evidence.rules
        if text == rule.id or text.startswith(tuple(f"{rule.id}{mark}" for mark in (":", " ", ",")))
    ]
    return max(named, key=lambda rule: len(rule.id), default=None)


def _split(reason: str, evidence: GateEvidence) -> list[str]:
    """Say a reason of several rules once for each; as it is where they are not all known."""
    rules, rest = named_rules(reason, evidence)
    if more := _MORE.match(rest):
        others = _alike(rules, evidence)
        if len(others) != int(more[1]):
            return [reason]
        rules, rest = [*rules, *others], rest[more.end() :]
    is_measured = all(
        rule.effect is not None and rule.verdict is not Verdict.INVALID for rule in rules
    )
    return [f"{rule.id}{rest}" for rule in rules] if len(rules) > 1 and is_measured else [reason]


def _alike(rules: list[RuleEvidence], evidence: GateEvidence) -> list[RuleEvidence]:
    """Return the rules that a decision says together with ``rules`` and does not name."""
    if not rules:
        return []
    first, names = rules[0], {rule.id for rule in rules}
    return [
        rule
        for rule in evidence.rules
        if rule.id not in names
        and rule.parent is None
        and (rule.verdict, rule.severity, rule.reason)
        == (first.verdict, first.severity, first.reason)
    ]


def _shortened(
    reasons: list[str] | tuple[str, ...], evidence: GateEvidence, refer: Refer
) -> list[str]:
    texts = sorted(set(_texts(evidence)), key=len, reverse=True)
    return [_short(reason, texts, refer) for reason in reasons]


def _texts(evidence: GateEvidence) -> Iterator[str]:
    for rule in evidence.rules:
        yield from rule.warnings
        yield rule.reason
        if rule.verdict is Verdict.INVALID:
            yield rule.reason.removeprefix(_JUDGED)
    yield from (check.reason for check in evidence.contract)


def _short(reason: str, texts: list[str], refer: Refer) -> str:
    body = reason.removesuffix(_HARMLESS)
    suffix = reason[len(body) :]
    for text in texts:
        lead = body.removesuffix(text)
        if text and lead.endswith(": "):
            return _told(lead.removesuffix(": "), refer(text)) + suffix
    return reason


def _told(lead: str, said: str) -> str:
    """Put what is said of some rules behind their names."""
    if said == MISSES:
        is_several = ", " in lead or _MORE.search(f"{lead}: ") is not None
        return f"{lead} {_SEVERAL if is_several else MISSES}"
    if not said:
        return lead
    return f"{lead} {said}" if _MARK.fullmatch(said) else f"{lead}: {said}"
