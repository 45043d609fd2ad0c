"""Where each rule stands: in the evidence, on the page, and below its parent."""

import re
from collections.abc import Sequence

from pytest_evalgate.evidence import RuleEvidence


# Only such names become part of an anchor; others get their number, so no text can forge one.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_DEEPEST = 2


class Places:
    """The places of the rules of one gate."""

    def __init__(self, rules: Sequence[RuleEvidence]) -> None:
        self._index = {id(rule): index for index, rule in enumerate(rules)}
        self._by_id = {rule.id: rule for rule in rules}
        self._children: dict[str, list[RuleEvidence]] = {}
        for rule in rules:
            if rule.parent is not None and rule.parent != rule.id:
                self._children.setdefault(rule.parent, []).append(rule)
        self._anchors: dict[int, str] = {}
        taken: set[str] = set()
        for index, rule in enumerate(rules):
            is_name = _NAME.fullmatch(rule.id) is not None
            anchor = f"rule-{rule.id}" if is_name else f"rule--{index + 1}"
            anchor = f"rule--{index + 1}" if anchor.lower() in taken else anchor
            taken.add(anchor.lower())
            self._anchors[index] = anchor

    def index(self, rule: RuleEvidence) -> int:
        """Return the place of a rule in the evidence."""
        return self._index[id(rule)]

    def anchor(self, rule: RuleEvidence) -> str:
        """Return the anchor of a rule's section: ``rule-accuracy``."""
        return self._anchors[self.index(rule)]

    def parent(self, rule: RuleEvidence) -> RuleEvidence | None:
        """Return the rule that this one is a slice or a member of."""
        return None if rule.parent is None else self._by_id.get(rule.parent)

    def children(self, rule: RuleEvidence) -> list[RuleEvidence]:
        """Return the slices or members of a rule."""
        return self._children.get(rule.id, [])

    def named(self, name: str) -> RuleEvidence | None:
        """Return the rule of this id."""
        return self._by_id.get(name)

    def depth(self, rule: RuleEvidence) -> int:
        """Return how many parents a rule has, as far as they are told apart on the page."""
        depth = 0
        parent = self.parent(rule)
        while parent is not None and depth < _DEEPEST:
            depth += 1
            parent = self.parent(parent)
        return depth
