"""The rows of a table to what a metric measured in each: numbers in its own unit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import is_blank
from pytest_evalgate.artifacts.request import CLASSIFIED, CONFUSED, SampleRequest
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.artifacts.units import Units
from pytest_evalgate.artifacts.values import LARGEST, Coding, agreement, numbers
from pytest_evalgate.errors import Location, SampleError


_MAPPED: Final = frozenset({"label", "gold"})  # extras that `map` and `na` are about too
_SCALED: Final = frozenset({"gold", "zero", "one"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value for each row that is looked at; NaN is missing."""

    values: NDArray[np.float64]
    place: NDArray[np.intp]  # of each, in ``Units.rows``
    extras: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def measured(table: ArmTable, request: SampleRequest, units: Units) -> Measured:
    """Return what was measured in each row, its further columns beside it; NaN is missing.

    Raises:
        SampleError: a cell that is no number, outside the range, or too large.
    """
    found = _raw(table, request, units)

    def locate(index: int) -> Location:
        return table.locate(int(units.rows[found.place[index]]))

    extras = dict(found.extras)
    for name, column in request.extras.items():
        if name not in extras:
            extras[name] = _extra(table, request, units, found, name, column)
    for name in _SCALED & extras.keys():
        extras[name] = _in_unit(request, request.extras[name], extras[name], locate)
    values = _in_unit(request, request.name, found.values, locate)
    _check_range(request, request.name, values, locate)
    if "gold" in extras:
        _check_range(request, request.extras["gold"], extras["gold"], locate)
    return Measured(values=values, place=found.place, extras=extras)


def _extra(
    table: ArmTable,
    request: SampleRequest,
    units: Units,
    found: Measured,
    name: str,
    column: str,
) -> NDArray[np.float64]:
    """Read a further column for the rows that have a value."""
    rows = units.rows[found.place].tolist()
    coding = Coding(na=request.na, map=request.map) if name in _MAPPED else Coding()
    cells = list(map(table.column(column).__getitem__, rows))
    values = numbers(column, cells, coding, locate=lambda index: table.locate(rows[index]))
    return values + 0.0


def _in_unit(
    request: SampleRequest,
    name: str,
    raw: NDArray[np.float64],
    locate: Callable[[int], Location],
) -> NDArray[np.float64]:
    """Return values in the metric's own unit: times its scale."""
    with np.errstate(over="ignore"):  # what overflows is refused here
        values = raw * request.scale + 0.0  # -0.0, which sorts as it likes, becomes 0.0
    too_large = np.flatnonzero(np.abs(values) > LARGEST)
    if too_large.size:
        raise SampleError(
            f"{name} times scale {request.scale:g} is beyond 1e150", at=locate(int(too_large[0]))
        )
    return values


def _check_range(
    request: SampleRequest,
    name: str,
    values: NDArray[np.float64],
    locate: Callable[[int], Location],
) -> None:
    if request.range is None:
        return
    low, high = request.range
    outside = np.flatnonzero((values < low) | (values > high))
    if outside.size:
        least = outside[np.argmin(values[outside])]  # whatever the order of rows
        raise SampleError(
            f"{name}: value {values[least]:.10g} outside range "
            f"[{low:g}, {high:g}], and {outside.size - 1} more",
            at=locate(int(least)),
            hint="name sentinels in `na`; use `scale` for percent; values are never clipped",
        )


def _raw(table: ArmTable, request: SampleRequest, units: Units) -> Measured:
    """Return the numbers of the measured columns as they are written."""
    rows = units.rows.tolist()

    def locate(index: int) -> Location:
        return table.locate(rows[index])

    def cells(name: str) -> list[object]:
        return list(map(table.column(name).__getitem__, rows))

    has_label = "label" in request.extras  # then `map` is about the label, not about the score
    coding = Coding(na=request.na, map=None if has_label else request.map)
    if request.statistic in CLASSIFIED | CONFUSED:
        if request.label is None or request.prediction is None:
            raise SampleError(
                f"statistic {request.statistic} needs columns of labels and predictions"
            )
        names = (request.label, request.prediction)
        sides = agreement(names, (cells(names[0]), cells(names[1])), coding, locate=locate)
        return _labelled(table, request, *sides)
    if request.value is None:
        raise SampleError("the metric names no column of values")
    values = numbers(request.value, cells(request.value), coding, locate=locate)
    return Measured(values=values, place=np.arange(len(rows)))


def _labelled(
    table: ArmTable,
    request: SampleRequest,
    label: NDArray[np.float64],
    prediction: NDArray[np.float64],
) -> Measured:
    """Return what a statistic of labels and predictions needs of each row."""
    everything = np.arange(label.size)
    is_missing = np.isnan(label) | np.isnan(prediction)
    if request.statistic == "accuracy":
        values = np.where(is_missing, np.nan, (label == prediction).astype(np.float64))
        return Measured(values=values, place=everything)
    if request.statistic != "macro_f1":
        _check_classes(table, request, (label, prediction))
    if request.statistic in CONFUSED:
        return Measured(values=prediction, place=everything, extras={"label": label})
    given, asked = (label, prediction) if request.statistic == "recall" else (prediction, label)
    values = np.where(is_missing, np.nan, asked)
    # A row whose class cannot be known may belong: it counts as missing.
    place = np.flatnonzero((given == 1) | np.isnan(given))
    if not place.size:
        raise SampleError(
            f"{table.name}: {request.statistic} has no row where "
            f"{request.label if request.statistic == 'recall' else request.prediction} is 1"
        )
    return Measured(values=values[place], place=place)


def _check_classes(
    table: ArmTable, request: SampleRequest, sides: tuple[NDArray[np.float64], ...]
) -> None:
    for name, side in zip((request.label, request.prediction), sides, strict=True):
        others = side[~np.isnan(side) & (side != 0) & (side != 1)]
        if others.size or _has_words(table, request, name):
            raise SampleError(
                f"{request.statistic} needs classes 0 and 1 in {name}",
                hint="write a map that gives the positive class 1 and the others 0",
            )


def _has_words(table: ArmTable, request: SampleRequest, name: str | None) -> bool:
    """Whether texts were numbered in order of appearance, for want of a map."""
    return request.map is None and any(
        type(cell) is str for cell in table.column(name or "") if not is_blank(cell)
    )


def lacks_extra(
    table: ArmTable, request: SampleRequest, units: Units, found: Measured
) -> NDArray[np.bool_]:
    """Say which rows lack a further column; `gold` may be missing, it is known for a subset.

    Raises:
        SampleError: Under `missing: worst`, which knows a worst value, but no worst label.
    """
    lacks = np.zeros(found.values.size, dtype=np.bool_)
    for name, column in found.extras.items():
        if name == "gold":
            continue
        is_missing = np.isnan(column)
        if request.missing == "worst" and is_missing.any():
            row = int(units.rows[found.place[int(np.argmax(is_missing))]])
            raise SampleError(
                f"{request.extras.get(name, name)} is missing, and `missing: worst` fills in "
                "measured values only",
                at=table.locate(row),
                hint="fill the column, or use `missing: drop`",
            )
        lacks |= is_missing
    return lacks
