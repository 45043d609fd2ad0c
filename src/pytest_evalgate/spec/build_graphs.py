"""Weights and transitions of a graphical correction."""

import math

from pytest_evalgate.spec.families import Family
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.model import Graph
from pytest_evalgate.spec.nodes import Entry, Node
from pytest_evalgate.spec.numerals import number
from pytest_evalgate.spec.problems import listed, refusal, shown
from pytest_evalgate.spec.scalars import entries_of, gather


LARGEST_SUM = 1 + 1e-9  # shares such as 1/3 are written with few digits

_Shares = tuple[tuple[Entry, float], ...]


def weights(fields: Fields, family: Family, *, is_zero_allowed: bool) -> dict[str, float]:
    """Read the weights of a correction by id; names that are no proofs are reported."""
    reader = _Weights(is_zero_allowed=is_zero_allowed)
    found: _Shares = fields.read("weights", reader, ())
    for entry, _ in found:
        family.check_name(entry.key, what=f"'weights' in {fields.what}", fields=fields)
    return {entry.key.text: value for entry, value in found}


def build_graph(fields: Fields, family: Family) -> Graph:
    """Read a graph, and report where it gives more than there is or leaves a rule out."""
    if not fields.has("weights"):
        fields.add(
            f"{fields.what} has no 'weights', the share of alpha that each rule starts with",
            hint="add `weights: {rule: 1}`",
        )
    before = len(fields.problems)
    shares = weights(fields, family, is_zero_allowed=True)
    rows = fields.read("transitions", _rows, ())
    transitions = tuple(
        (row.key.text, entry.key.text, share) for row, row_of in rows for entry, share in row_of
    )
    _check_shares(shares, fields)
    for row, row_of in rows:
        _check_row(row, row_of, fields, family)
    if len(fields.problems) == before and fields.has("weights"):
        _check_reached(shares, transitions, fields, family)
    return Graph(weights=tuple(shares.items()), transitions=transitions)


class _Weights:
    """Reads a mapping of names to shares."""

    def __init__(self, *, is_zero_allowed: bool) -> None:
        self._is_zero_allowed = is_zero_allowed

    def __call__(self, node: Node) -> _Shares:
        """Read every share."""
        entries = entries_of(node, "a mapping of rules to numbers")
        if not entries:
            message = "must name at least one rule, found {}"
            raise refusal(node, message, "write `weights: {rule: 1}`")
        return gather(entries, self._share)

    def _share(self, entry: Entry) -> tuple[Entry, float]:
        value = number(entry.value)
        if value < 0 or (value == 0 and not self._is_zero_allowed):
            least = "0 or more" if self._is_zero_allowed else "above 0"
            message = f"must be {least} for {shown(entry.key.text)}, found {value:g}"
            raise refusal(entry.value, message, "write a share such as 0.5")
        return entry, value


def _rows(node: Node) -> tuple[tuple[Entry, _Shares], ...]:
    return gather(entries_of(node, "a mapping of rules to rules"), _row)


def _row(entry: Entry) -> tuple[Entry, _Shares]:
    return entry, _Weights(is_zero_allowed=True)(entry.value)


def _check_shares(shares: dict[str, float], fields: Fields) -> None:
    total = math.fsum(shares.values())
    if total > LARGEST_SUM:
        fields.add(
            f"the weights in {fields.what} sum to {total:.6g}, more than 1",
            key="weights",
            hint="they are shares of alpha: write smaller ones",
        )
    elif shares and total == 0:
        fields.add(
            f"all weights in {fields.what} are 0, so that no rule can pass",
            key="weights",
            hint="give at least one rule a share of alpha",
        )


def _check_row(row: Entry, shares: _Shares, fields: Fields, family: Family) -> None:
    what = f"'transitions' in {fields.what}"
    family.check_name(row.key, what=what, fields=fields)
    for entry, _ in shares:
        family.check_name(entry.key, what=what, fields=fields)
        if entry.key.text == row.key.text:
            fields.problems.add(
                f"{what} hand alpha from {shown(row.key.text)} to itself",
                at=entry.key,
                hint="name another rule",
            )
    total = math.fsum(share for _, share in shares)
    if total > LARGEST_SUM:
        fields.problems.add(
            f"{what} hand on {total:.6g} of what {shown(row.key.text)} has, more than 1",
            at=row.key,
            hint="write smaller shares",
        )


def _check_reached(
    shares: dict[str, float],
    transitions: tuple[tuple[str, str, float], ...],
    fields: Fields,
    family: Family,
) -> None:
    """Report the proofs that never get a share of alpha."""
    reached = {name for name, share in shares.items() if share > 0}
    waiting = list(reached)
    onward: dict[str, list[str]] = {}
    for source, target, share in transitions:
        if share > 0:
            onward.setdefault(source, []).append(target)
    while waiting:
        new = [name for name in onward.get(waiting.pop(), ()) if name not in reached]
        reached.update(new)
        waiting.extend(new)
    stranded = [name for name in family.proofs if name not in reached]
    if stranded:
        fields.add(
            f"{listed(map(repr, stranded))} cannot pass: weight 0, and no transition reaches "
            f"{'it' if len(stranded) == 1 else 'them'}",
            key="weights",
            hint=f"give {stranded[0]} a weight, or a transition to it",
        )
