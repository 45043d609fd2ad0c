"""What the session showed of the plan: outcomes of gate items, held against the evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from pytest_evalgate.evidence import Action, Decision, GateEvidence, decision_digest
from pytest_evalgate.plugin.nodes import DECISION, MARK, WORD, decision_word, mark_of, rule_word


_MISSED = frozenset({"invalid", "fail", "inconclusive"})
_MOST_NAMES = 5


@dataclass(slots=True)
class Ledger:
    """Outcomes by item name. It can only worsen a decision."""

    shown: dict[str, str] = field(default_factory=dict)  # mark -> word, if they agree
    disagreeing: dict[str, str] = field(default_factory=dict)  # mark -> outcome

    def record(self, report: pytest.TestReport) -> None:
        """Take one report of an item; reports of other tests are none of its business."""
        mark, word = getattr(report, MARK, None), getattr(report, WORD, None)
        if not isinstance(mark, str) or not isinstance(word, str):
            return
        outcome = str(report.outcome)
        if outcome == "rerun":  # a rerun cannot change a verdict that was taken once
            return
        if hasattr(report, "wasxfail"):
            self.disagreeing[mark] = "xfail"
        elif report.when == ("setup" if word == "invalid" else "call"):
            wanted = "failed" if word in _MISSED else "passed"
            kept = self.shown if outcome == wanted else self.disagreeing
            kept[mark] = word if outcome == wanted else outcome
        elif not report.passed:
            self.disagreeing[mark] = outcome

    def shortfall(self, evidence: GateEvidence, why: str) -> tuple[str, ...]:
        """Say what the session did not show as it was judged; nothing where it showed all."""
        plan = tuple(_plan(evidence))
        unseen = [name for name, mark, _ in plan if mark not in {*self.shown, *self.disagreeing}]
        rules = [name for name in unseen if name != DECISION]
        if rules:
            missing = f"{len(rules)} of {len(evidence.tests())} rules were {why}: {_list(rules)}"
            plan = plan[:-1]  # the decision says the same
        else:
            missing = f"the decision was {why}" if unseen else ""
        changed = [
            f"{name} ({found})"
            for name, mark, word in plan
            if (found := self.disagreeing.get(mark, self.shown.get(mark, word))) != word
        ]
        otherwise = f"shown otherwise than judged: {_list(changed)}" if changed else ""
        return tuple(reason for reason in (missing, otherwise) if reason)

    def passed_only(self, evidence: GateEvidence) -> bool:
        """Say whether some rule was shown and none that was shown missed."""
        shown = [
            (self.shown[mark], word)
            for name, mark, word in _plan(evidence)
            if mark in self.shown and name != DECISION
        ]
        is_clean = all(one == word and word not in _MISSED for one, word in shown)
        return bool(shown) and is_clean and not self.disagreeing


def partial(evidence: GateEvidence, reasons: Sequence[str]) -> GateEvidence:
    """Return the evidence with the decision that a session which showed less than all can give."""
    decision = Decision(
        action=Action.BLOCK,
        verdict="block (partial)",
        reasons=(*reasons, *evidence.decision.reasons),
    )
    found = replace(evidence, decision=decision)
    return replace(found, decision=replace(decision, digest=decision_digest(found)))


def _plan(evidence: GateEvidence) -> Iterator[tuple[str, str, str]]:
    """Yield name, mark and word of every item that a gate must show."""
    for rule in evidence.tests():
        yield rule.id, mark_of(evidence, rule.id), rule_word(rule)
    yield DECISION, mark_of(evidence, DECISION), decision_word(evidence)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
