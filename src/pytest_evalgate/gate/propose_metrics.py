"""Which columns are worth a rule, which way is better, and how each could be judged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_evalgate.artifacts.labels import MOST_LABELS
from pytest_evalgate.gate.propose_aside import set_aside
from pytest_evalgate.gate.propose_columns import Column, plain
from pytest_evalgate.gate.propose_keys import ProposedKeys
from pytest_evalgate.gate.propose_mend import Mend, mend_of, mend_of_pair, missing_share
from pytest_evalgate.gate.propose_metric import ProposedMetric
from pytest_evalgate.gate.propose_names import (
    Sense,
    base_name,
    is_free_text_name,
    is_key_name,
    is_outcome_name,
    is_quality_name,
    labels_of,
    may_be_scorer_name,
    sense,
    unit_of,
)
from pytest_evalgate.gate.propose_variants import Variant, binary, relative, scored
from pytest_evalgate.spec.model import Better
from pytest_evalgate.spec.scalars import is_name


_MOST_METRICS = 8
_MOST_REMARKS = 12
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMetrics:
    """The metrics, and what is to be said of other columns."""

    metrics: tuple[ProposedMetric, ...]
    remarks: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]  # columns called a quality, and why they are no metric


def propose_metrics(columns: Sequence[Column], keys: ProposedKeys) -> ProposedMetrics:
    """Propose a metric for each column whose name says which way is better."""
    free = [one for one in columns if one.name not in {*keys.columns, keys.cluster}]
    found: list[tuple[Sense, ProposedMetric]] = []
    remarks: dict[str, str] = {}  # by column
    for column in free:
        one = _proposed(column, keys)
        if isinstance(one, str):
            remarks[column.name] = one
        elif one is not None:
            found.append((sense(column.words), one))
    found.sort(key=lambda pair: list(Sense).index(pair[0]))
    metrics = set_aside(found, {one.name: one for one in columns})
    if not any(kind is Sense.HIGHER for kind, _ in found):
        metrics = [*_agreement(free, keys), *metrics]
    if not any(metric.is_quality for metric in metrics):
        metrics = [*_grades(free, keys, remarks), *metrics]
    metrics.sort(key=lambda metric: metric.aside is not None)
    left = [metric.name for metric in metrics[_MOST_METRICS:]]
    said = list(remarks.values())
    if left:
        said.append(f"more columns could be metrics: {', '.join(left[:_MOST_REMARKS])}")
    return ProposedMetrics(
        metrics=_uniquely_named(metrics[:_MOST_METRICS]),
        remarks=tuple(said[:_MOST_REMARKS]),
        left_out=tuple(
            (one.name, remarks[one.name])
            for one in free
            if one.name in remarks and sense(one.words) is Sense.HIGHER
        ),
    )


def _proposed(column: Column, keys: ProposedKeys) -> ProposedMetric | str | None:
    if column.values is None:
        return _of_other_cells(column, keys)
    if column.finite.size:
        return _measured(column, keys)
    if sense(column.words) is Sense.HIGHER:
        return f"{plain(column.name)} has no value in any row"
    return None


def _measured(column: Column, keys: ProposedKeys) -> ProposedMetric | str | None:
    values = column.finite
    low, high = float(values.min()), float(values.max())
    is_binary = bool(((values == 0) | (values == 1)).all())
    kind = sense(column.words)
    name = plain(column.name)
    is_scorer = kind is Sense.UNKNOWN and _is_scorer(column, low, high)
    if is_scorer:
        kind = Sense.HIGHER
    if kind is Sense.UNKNOWN or (is_binary and kind is Sense.COST):
        if _is_fixed(column) or is_key_name(column.words):
            return None
        return f"{name} holds {_span(low, high)}; which way is better, its name does not say"
    if low == high and not is_binary:
        return f"{name} is {low:.4g} in every row of both arms"
    holds = "0 and 1" if is_binary else _span(low, high)
    holds += " of a scorer: most mean higher is better" if is_scorer else ""
    variants = _variants(column, keys, kind)
    if not variants:
        return f"{name} holds {holds}, on no scale that a margin could be guessed from"
    # A loss that most rows lack is no measurement of these rows: errors have codes, others none.
    is_to_mend = kind is Sense.HIGHER or (kind is Sense.LOSS and missing_share(column) <= _MOSTLY)
    return _metric(
        column, kind, holds=holds, variants=variants, mend=mend_of(column) if is_to_mend else None
    )


def _is_scorer(column: Column, low: float, high: float) -> bool:
    """Whether a column of a tool that scores is likely to be one of its scorers."""
    is_scale = 0 <= low < high <= 1 and not _is_fixed(column)
    return column.may_be_score and is_scale and may_be_scorer_name(column.words)


def _variants(column: Column, keys: ProposedKeys, kind: Sense) -> tuple[Variant, ...]:
    values = column.readable
    if bool(((values == 0) | (values == 1)).all()):
        return binary(has_repeats=keys.repeat is not None)
    low, high = float(values.min()), float(values.max())
    if kind is Sense.HIGHER:
        return scored(low, high)
    return () if low < 0 else relative(kind, is_positive=low > 0)


def _metric(
    column: Column, kind: Sense, *, holds: str, variants: tuple[Variant, ...], mend: Mend | None
) -> ProposedMetric:
    is_higher = kind in {Sense.HIGHER, Sense.UNKNOWN}  # unknown: grades
    return ProposedMetric(
        name=base_name(column.name, column.words),
        value=column.name,
        better=Better.HIGHER if is_higher else Better.LOWER,
        unit=unit_of(column.words),
        holds=holds,
        variants=variants,
        is_quality=kind is not Sense.COST,
        mend=mend,
    )


def _span(low: float, high: float) -> str:
    return f"numbers from {low:.4g} to {high:.4g}"


def _is_fixed(column: Column) -> bool:
    """Whether a column is the same in all rows of each arm: a setting, no measurement."""
    return all(np.unique(arm[~np.isnan(arm)]).size <= 1 for arm in column.values or ())


def _of_other_cells(column: Column, keys: ProposedKeys) -> ProposedMetric | str | None:
    """Take a column whose cells are not all numbers for a metric to mend, if it is one."""
    kind = sense(column.words)
    if kind is Sense.HIGHER and _is_to_mend(column):
        return _to_mend(column, keys, kind)
    if kind in {Sense.LOSS, Sense.COST} and column.readable.size:
        mend = mend_of(column)
        return f"{plain(column.name)} cannot be read: {mend.words if mend else 'no numbers'}"
    if not _may_be_grades(column):
        return None
    return f"{plain(column.name)} holds texts: as a metric it needs `{column.texts.map_line}`"


def _is_to_mend(column: Column) -> bool:
    """Whether a column that is called a quality holds grades or spoilt numbers, no free text."""
    texts = column.texts
    if is_free_text_name(column.words) or is_key_name(column.words):
        return False
    has_numbers = bool(column.readable.size or texts.quoted or texts.spoilt)
    is_known = texts.are_labels and "?" not in texts.map_line
    return has_numbers or is_known or is_quality_name(column.words)


def _to_mend(column: Column, keys: ProposedKeys, kind: Sense) -> ProposedMetric:
    texts = column.texts
    is_two_way = texts.are_labels and "0.5" not in texts.map_line and "?" not in texts.map_line
    variants = _variants(column, keys, Sense.HIGHER) if column.readable.size else ()
    if not variants:
        variants = binary(has_repeats=keys.repeat is not None) if is_two_way else scored(0, 1)
    return _metric(
        column,
        kind,
        holds="texts" if column.is_text else "cells that are no numbers",
        variants=variants,
        mend=mend_of(column),
    )


def _may_be_grades(column: Column) -> bool:
    """Whether a map could make a column of few texts a metric."""
    if not column.is_text or is_key_name(column.words):
        return False
    cells = [[str(cell) for cell in table.column(column.name)] for table in column.tables]
    texts = {text for arm in cells for text in arm}
    if not 1 < len(texts) <= MOST_LABELS or all(len(set(arm)) == 1 for arm in cells):
        return False
    # The same in both arms: it says what was asked, not what was answered.
    return is_outcome_name(column.words) or sorted(cells[0]) != sorted(cells[1])


def _grades(
    columns: list[Column], keys: ProposedKeys, remarks: dict[str, str]
) -> list[ProposedMetric]:
    """Take the likeliest column of grades where nothing else says how good the answers are."""
    maybe = [
        one
        for one in columns
        if one.name in remarks and _may_be_grades(one) and is_outcome_name(one.words)
    ]
    if not maybe:
        return []
    best = min(maybe, key=lambda one: (one.texts.map_line.count("?"), one.name))
    del remarks[best.name]
    return [_to_mend(best, keys, Sense.UNKNOWN)]


def _agreement(columns: list[Column], keys: ProposedKeys) -> list[ProposedMetric]:
    pair = labels_of(columns)
    if pair is None:
        return []
    label, prediction = pair
    return [
        ProposedMetric(
            name="accuracy",
            value=None,
            label=label.name,
            prediction=prediction.name,
            better=Better.HIGHER,
            unit=None,
            holds="a label and a prediction",
            variants=binary(has_repeats=keys.repeat is not None, statistic="accuracy"),
            is_quality=True,
            mend=mend_of_pair(label, prediction),
        )
    ]


def _uniquely_named(metrics: list[ProposedMetric]) -> tuple[ProposedMetric, ...]:
    taken: set[str] = set()
    named = []
    for place, metric in enumerate(metrics, 1):
        base = _NOT_IN_NAME.sub("-", metric.name).strip("-._")[:50]
        base = base if is_name(base) else f"metric-{place}"
        name, count = base, 1
        while name.lower() in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name.lower())
        named.append(replace(metric, name=name))
    return tuple(named)
