"""Which metrics a first gate file offers as comments only: what would block without cause.

A rule for each column that a tool writes would ask one question several times, and hold a model
against the clock of whatever machine ran it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pytest_evalgate.gate.propose_columns import Column, plain
from pytest_evalgate.gate.propose_metric import ProposedMetric
from pytest_evalgate.gate.propose_names import Sense, generality, is_status_name


def set_aside(
    found: Sequence[tuple[Sense, ProposedMetric]], columns: Mapping[str, Column]
) -> list[ProposedMetric]:
    """Return the metrics, each that is to be a comment with its reason.

    Args:
        found: What each metric measures, and the metric.
        columns: All columns by name.
    """
    reasons = _copies(found, columns)
    gated = [
        (kind, metric)
        for kind, metric in found
        if metric.value not in reasons and kind in {Sense.HIGHER, Sense.LOSS}
    ]
    is_judged = any(kind is Sense.HIGHER for kind, _ in gated)
    for kind, metric in found if is_judged else ():
        column = columns[metric.value or ""]
        if column.is_of_tool and column.name not in reasons:
            reasons.update(_of_tool(kind, column))
    return [replace(metric, aside=reasons.get(metric.value or "")) for _, metric in found]


def _of_tool(kind: Sense, column: Column) -> dict[str, str]:
    """Give the reason why a column that a tool counts is offered only, if there is one."""
    if kind is Sense.COST:
        return {column.name: "a time, a cost or a size, no answer"}
    if kind is Sense.LOSS and (is_status_name(column.name) or _is_constant(column)):
        if _is_constant(column):
            value = f"{column.finite[0]:g}"
            return {column.name: f"{value} in every row of both arms"}
        return {column.name: "what failed for the tool, no answer"}
    return {}


def _copies(
    found: Iterable[tuple[Sense, ProposedMetric]], columns: Mapping[str, Column]
) -> dict[str, str]:
    """Say of each column that only repeats another one which that is."""
    measured = [
        (kind, columns[metric.value])
        for kind, metric in found
        if metric.value is not None and columns[metric.value].values is not None
    ]
    measured.sort(
        key=lambda pair: (list(Sense).index(pair[0]), generality(pair[1].name, pair[1].words))
    )
    kept: list[tuple[Sense, Column]] = []
    reasons = {}
    for kind, column in measured:
        first = next((one for of, one in kept if _is_same_fact(kind, column, of, one)), None)
        if first is None:
            kept.append((kind, column))
        else:
            reasons[column.name] = f"says the same as {plain(first.name)}"
    return reasons


def _is_same_fact(kind: Sense, column: Column, of: Sense, other: Column) -> bool:
    """Whether a column holds what another one holds, or its opposite."""
    is_detail = column.is_of_tool and "." in column.name
    if _is_constant(column) and not is_detail:
        return False
    turned = {kind, of} == {Sense.HIGHER, Sense.LOSS}
    if turned and not column.is_of_tool:
        return False
    pairs = zip(column.values or (), other.values or (), strict=True)
    return all(np.array_equal(1 - a if turned else a, b, equal_nan=True) for a, b in pairs)


def _is_constant(column: Column) -> bool:
    return bool(np.unique(column.finite).size <= 1)
