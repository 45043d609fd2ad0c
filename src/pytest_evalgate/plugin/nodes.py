"""Gate files, rules and the decision as pytest nodes. They look verdicts up, and judge nothing."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.decision import decision_details
from pytest_evalgate.report.terminal import rule_details


DECISION = "decision"
# Attribute of a report: "<gate file>::<item>" and "<word>", built-in strings, or xdist loses it.
MARK = "evalgate_item"
WORD = "evalgate_word"
# Of the terminal. It cannot be asked while pytest captures what tests print, nor in a worker.
COLUMNS = pytest.StashKey[int]()


class GateFile(pytest.File):
    """A gate file: one item for each rule and slice, and the decision last."""

    evidence: GateEvidence

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items that the plan asks for: from the evidence, never from the file."""
        for rule in self.evidence.tests():
            yield RuleItem.from_parent(self, name=rule.id, rule=rule)
        yield DecisionItem.from_parent(self, name=DECISION)


class GateItem(pytest.Item):
    """What rules and decisions have in common."""

    parent: GateFile

    def mark(self) -> str:
        """Return the name under which the session's plan knows this item."""
        return mark_of(self.parent.evidence, self.name)

    def word(self) -> str:
        """Return the verdict as the progress line knows it."""
        raise NotImplementedError


class RuleItem(GateItem):
    """One promotion rule as one test."""

    def __init__(self, *, rule: RuleEvidence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule = rule

    def word(self) -> str:
        """Return the verdict, or ``warn`` for a missed rule that does not block."""
        return rule_word(self.rule)

    def setup(self) -> None:
        """Fail here what could not be judged, so that it is an ERROR and not a FAILURE."""
        if self.word() == Verdict.INVALID:
            self._fail()

    def runtest(self) -> None:
        """Fail unless the rule passed or does not block."""
        if self.word() in {Verdict.FAIL, Verdict.INCONCLUSIVE}:
            self._fail()

    def _fail(self) -> None:
        overrides = (("--evalgate-artifact", one) for one in self.config.option.evalgate_artifact)
        text = rule_details(
            self.rule,
            self.parent.evidence.gate,
            width=self.config.stash.get(COLUMNS, 100),
            rerun_with=[word for pair in overrides for word in pair],
        )
        raise pytest.fail.Exception(text, pytrace=False) from None

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Point at the rule's own line; pytest counts from 0."""
        line = None if self.rule.line is None else self.rule.line - 1
        return self.path, line, self.rule.id


class DecisionItem(GateItem):
    """May the candidate be promoted? Passes only on promote and warn, and only if all was run."""

    missing: tuple[str, ...] = ()

    def word(self) -> str:
        """Return pass or fail."""
        return Verdict.FAIL.value if self.missing else decision_word(self.parent.evidence)

    def setup(self) -> None:
        """Compare the items of the session with the plan."""
        present = {
            item.mark()
            for item in self.session.items
            if isinstance(item, RuleItem) and item.parent.path == self.parent.path
        }
        evidence = self.parent.evidence
        self.missing = tuple(
            rule.id for rule in evidence.tests() if mark_of(evidence, rule.id) not in present
        )

    def runtest(self) -> None:
        """Fail unless the whole gate promotes."""
        if self.word() != Verdict.PASS:
            text = decision_details(self.parent.evidence, missing=self.missing)
            raise pytest.fail.Exception(text, pytrace=False) from None

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Point at the gate file."""
        return self.path, 0, f"{self.parent.evidence.gate.name}: {DECISION}"


def mark_of(evidence: GateEvidence, name: str) -> str:
    """Return the name under which the session's plan knows an item of a gate."""
    return f"{evidence.gate.path}::{name}"


def rule_word(rule: RuleEvidence) -> str:
    """Return a rule's verdict, or ``warn`` for a missed rule that does not block."""
    if rule.verdict is not Verdict.PASS and rule.severity in {"warn", "observe"}:
        return "warn"
    return rule.verdict.value


def decision_word(evidence: GateEvidence) -> str:
    """Return pass for a gate that promotes or warns, else fail."""
    is_promoted = evidence.decision.action in {Action.PROMOTE, Action.WARN}
    return Verdict.PASS.value if is_promoted else Verdict.FAIL.value
