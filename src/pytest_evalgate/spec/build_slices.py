"""Slices: the groups in which one rule is judged, all of them listed in the file."""

import itertools
import math

from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import SLICES
from pytest_evalgate.spec.model import Others, Require, Slices
from pytest_evalgate.spec.nodes import MappingNode, Node, SequenceNode
from pytest_evalgate.spec.numerals import at_least
from pytest_evalgate.spec.problems import listed, nearest, refusal, shown
from pytest_evalgate.spec.scalars import (
    choice,
    columns,
    gather,
    kind,
    refuse_repeated,
    scalar,
    word,
)


_MOST = 1000


def build_slices(rule: Fields) -> Slices | None:
    """Read the slices of a rule; None when it has none, or none that can be read."""
    fields = rule.open("slices", SLICES)
    if fields is None:
        return None
    fields.require(SLICES)
    by = fields.read("by", columns, ())
    values = fields.read("values", _Values(by), ()) if by else ()
    return Slices(
        by=by,
        values=values,
        require=fields.read("require", choice(Require), Require.ALL),
        others=fields.read("others", choice(Others), Others.OBSERVE),
        is_small_observed=fields.read("on_small", word(("invalid", "observe")), "invalid")
        == "observe",
        min_samples=fields.read("min_samples", at_least(2), None),
    )


class _Values:
    """Reads the values of given columns: a list for one, a mapping of lists for several."""

    def __init__(self, by: tuple[str, ...]) -> None:
        self._by = by

    def __call__(self, node: Node) -> tuple[tuple[str, ...], ...]:
        """Read every slice, in the order of the file."""
        if isinstance(node, MappingNode):
            return self._combined(node)
        if not isinstance(node, SequenceNode):
            raise refusal(node, f"must be a list, found {kind(node)}", "write `values: [de, en]`")
        if len(self._by) > 1:
            example = ", ".join(f"{column}: [...]" for column in self._by[:5])
            message = f"must be a mapping for the columns {listed(self._by)}, found a list"
            raise refusal(node, message, f"write `values: {{{example}}}`")
        return tuple((value,) for value in _values(node))

    def _combined(self, node: MappingNode) -> tuple[tuple[str, ...], ...]:
        given = {entry.key.text: entry for entry in node.entries}
        for column, entry in given.items():
            if column not in self._by:
                hint = f"{nearest(column, self._by)}`by` names {listed(self._by)}"
                raise refusal(entry.key, f"names {shown(column)}, which is not in 'by'", hint)
        for column in self._by:
            if column not in given:
                hint = f"add `{column}: [...]`"
                raise refusal(node, f"names no values of column {shown(column)}", hint)
        axes = gather((given[column].value for column in self._by), _values)
        number = math.prod(len(axis) for axis in axes)
        if number > _MOST:
            message = f"makes {number} slices, more than {_MOST}"
            raise refusal(node, message, "list fewer values")
        return tuple(itertools.product(*axes))


def _values(node: Node) -> tuple[str, ...]:
    items = node.items if isinstance(node, SequenceNode) else (node,)
    found = gather(items, _value)
    if not found:
        raise refusal(node, "must list at least one value, found []", "write `values: [de, en]`")
    refuse_repeated(items, found)
    return found


def _value(node: Node) -> str:
    found = scalar(node)
    if found is None:
        raise refusal(node, "cannot be null", "quote the text null, or leave it to `others`")
    return found
