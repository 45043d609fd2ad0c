"""Which columns are worth a rule, which way is better, and how each could be judged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_evalgate.gate.propose_columns import Column, plain
from pytest_evalgate.gate.propose_keys import ProposedKeys
from pytest_evalgate.gate.propose_names import (
    Sense,
    base_name,
    is_key_name,
    is_outcome_name,
    labels_of,
    sense,
    unit_of,
)
from pytest_evalgate.spec.model import Better
from pytest_evalgate.spec.scalars import is_name


_MOST_METRICS = 8
_MOST_REMARKS = 12
_MOST_TEXTS = 8  # different texts of a column that may be grades
_SCALES = ((0.0, 1.0), (1.0, 5.0), (0.0, 5.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))
_SHARE = 0.02  # of a range: 2pp of [0, 1]
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to judge a metric."""

    statistic: str  # mean, geomean or accuracy
    margin: str  # as a gate file writes it
    why: str  # the margin, in words
    range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMetric:
    """One metric, and the ways to judge it: the first one that is valid on the data is taken."""

    name: str
    value: str | None
    label: str | None = None
    prediction: str | None = None
    better: Better
    unit: str | None
    holds: str  # what the column holds, in words
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMetrics:
    """The metrics, and what is to be said of other columns."""

    metrics: tuple[ProposedMetric, ...]
    remarks: tuple[str, ...]


def propose_metrics(columns: Sequence[Column], keys: ProposedKeys) -> ProposedMetrics:
    """Propose a metric for each column whose name says which way is better."""
    free = [one for one in columns if one.name not in {*keys.columns, keys.cluster}]
    found: list[tuple[Sense, ProposedMetric]] = []
    remarks: list[str] = []
    for column in free:
        one = _measured(column, keys) if column.finite.size else _words_of_text(column)
        if isinstance(one, str):
            remarks.append(one)
        elif one is not None:
            found.append((sense(column.words), one))
    found.sort(key=lambda pair: list(Sense).index(pair[0]))
    metrics = [metric for _, metric in found]
    if not any(kind is Sense.HIGHER for kind, _ in found):
        metrics = [*_agreement(free, keys), *metrics]
    left = [metric.name for metric in metrics[_MOST_METRICS:]]
    if left:
        remarks.append(f"more columns could be metrics: {', '.join(left[:_MOST_REMARKS])}")
    return ProposedMetrics(
        metrics=_uniquely_named(metrics[:_MOST_METRICS]), remarks=tuple(remarks[:_MOST_REMARKS])
    )


def _measured(column: Column, keys: ProposedKeys) -> ProposedMetric | str | None:
    values = column.finite
    low, high = float(values.min()), float(values.max())
    is_binary = bool(((values == 0) | (values == 1)).all())
    kind = sense(column.words)
    name = plain(column.name)
    if kind is Sense.UNKNOWN or (is_binary and kind is Sense.COST):
        if _is_fixed(column) or is_key_name(column.words):
            return None
        return f"{name} holds {_span(low, high)}; which way is better, its name does not say"
    if low == high and not is_binary:
        return f"{name} is {low:.4g} in every row of both arms"
    holds = "0 and 1" if is_binary else _span(low, high)
    if is_binary:
        variants = _binary(keys)
    elif kind is Sense.HIGHER:
        variants = _scored(low, high)
    elif low < 0:
        variants = ()
    else:
        variants = _relative(kind, is_positive=low > 0)
    if not variants:
        return f"{name} holds {holds}, on no scale that a margin could be guessed from"
    return ProposedMetric(
        name=base_name(column.name, column.words),
        value=column.name,
        better=Better.HIGHER if kind is Sense.HIGHER else Better.LOWER,
        unit=unit_of(column.words),
        holds=holds,
        variants=variants,
    )


def _span(low: float, high: float) -> str:
    return f"numbers from {low:.4g} to {high:.4g}"


def _is_fixed(column: Column) -> bool:
    """Whether a column is the same in all rows of each arm: a setting, no measurement."""
    return all(np.unique(arm[~np.isnan(arm)]).size <= 1 for arm in column.values or ())


def _binary(keys: ProposedKeys) -> tuple[Variant, ...]:
    why = "the largest loss you accept: 2 percentage points"
    # Averages of repeats are shares: with their range they can be judged even if most are equal.
    spread = (0.0, 1.0) if keys.repeat else None
    return (Variant(statistic="mean", margin="2pp", why=why, range=spread),)


def _scored(low: float, high: float) -> tuple[Variant, ...]:
    for scale in _SCALES:
        if scale[0] <= low and high <= scale[1]:
            width = scale[1] - scale[0]
            is_share = scale in {(0.0, 1.0), (0.0, 100.0)}
            margin = f"{_SHARE * 100:g}pp" if is_share else f"{_SHARE * width:g}"
            why = f"the largest loss you accept: 2 % of the range {scale[0]:g} to {scale[1]:g}"
            return (Variant(statistic="mean", margin=margin, why=why, range=scale),)
    return ()


def _relative(kind: Sense, *, is_positive: bool) -> tuple[Variant, ...]:
    why = "the largest increase you accept: 10 % of the baseline's"
    mean = Variant(statistic="mean", margin="10%", why=f"{why} mean")
    geomean = Variant(statistic="geomean", margin="10%", why=f"{why} geometric mean")
    if not is_positive:
        return (mean,)
    return (geomean, mean) if kind is Sense.COST else (mean, geomean)


def _words_of_text(column: Column) -> str | None:
    """Say of a column of few texts that a map could make it a metric."""
    if not column.is_text or is_key_name(column.words):
        return None
    cells = [[str(cell) for cell in table.column(column.name)] for table in column.tables]
    texts = sorted({text for arm in cells for text in arm})
    if not 1 < len(texts) <= _MOST_TEXTS or all(len(set(arm)) == 1 for arm in cells):
        return None
    if not is_outcome_name(column.words) and sorted(cells[0]) == sorted(cells[1]):
        return None  # the same in both arms: it says what was asked, not what was answered
    pairs = ", ".join(f"{plain(text)}: ?" for text in texts)
    return f"{plain(column.name)} holds texts: as a metric it needs `map: {{{pairs}}}`"


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
            variants=(
                Variant(
                    statistic="accuracy",
                    margin="2pp",
                    why="the largest loss you accept: 2 percentage points",
                    range=(0.0, 1.0) if keys.repeat else None,
                ),
            ),
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
