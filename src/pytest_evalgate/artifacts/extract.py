"""A table and a metric to a sample: one value a unit."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import is_blank
from pytest_evalgate.artifacts.labels import missing_advice
from pytest_evalgate.artifacts.repeats import repeats_of
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.artifacts.table import ArmTable, Conditions
from pytest_evalgate.artifacts.units import Keys, Units, check_given, units_of
from pytest_evalgate.artifacts.values import LARGEST, Coding, agreement, numbers
from pytest_evalgate.errors import Location, SampleError


_CLASSIFIED: Final = frozenset({"accuracy", "precision", "recall"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """What one metric takes from a table: ``value``, or ``label`` and ``prediction``.

    Scalars of ``where``, ``na`` and the texts of ``map`` are as written; ``fill`` is in the
    metric's own unit, after ``scale``.
    """

    value: str | None = None
    label: str | None = None
    prediction: str | None = None
    statistic: str = "mean"  # all but accuracy, precision and recall take ``value``
    id: tuple[str, ...] = ()
    run: str | None = None
    repeat: str | None = None
    cluster: tuple[str, ...] = ()
    where: Conditions = ()
    na: tuple[str | None, ...] = ()
    map: tuple[tuple[str, float], ...] | None = None
    scale: float = 1.0
    range: tuple[float, float] | None = None
    missing: str = "error"  # error | drop | worst
    max_missing: float = 0.0  # largest share of units with a missing value
    fill: float | None = None  # what ``worst`` puts in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """A value for each row that is looked at; NaN is missing."""

    values: NDArray[np.float64]
    place: NDArray[np.intp]  # of each, in ``Units.rows``


def extract(table: ArmTable, request: SampleRequest) -> Sample:
    """Return the sample of a metric.

    In this order: ``where``, keys unique, ``na``, ``map``, number, ``scale``, ``range``, missing
    values, repeats averaged.

    Raises:
        SampleError: Anything in the rows that leaves the sample in doubt; an empty sample.
    """
    units = units_of(
        table,
        Keys(
            id=request.id,
            run=request.run,
            repeat=request.repeat,
            cluster=request.cluster,
            where=request.where,
        ),
    )
    check_given(table, _columns(request), units)
    found = _scaled(table, request, units)
    is_missing = np.isnan(found.values)
    missing = _missing_units(table, request, units, found, is_missing)
    filled = 0
    values = found.values
    if request.missing == "worst" and missing.size:
        if request.fill is None:
            raise SampleError(f"{_name(request)}: `missing: worst` has no worst value here")
        values = np.where(is_missing, request.fill, values)
        filled = int(missing.size)
    keep = ~np.isnan(values)
    unit = units.unit[found.place]
    notes = tuple(dict.fromkeys((*table.notes, *units.notes)))
    sample = _average(units, values[keep], unit[keep], asked=_distinct(unit))
    sample = _with_repeats(sample, units, kept=_distinct(unit[keep]), lost=found.place[~keep])
    if not sample.values.size:
        raise SampleError(
            f"{table.name}: {_name(request)} has no value in any of {len(units.rows)} rows",
            at=_first(table, units),
        )
    return replace(
        sample,
        rows=len(units.rows),
        left_out=table.n - len(units.rows),
        missing=int(missing.size),
        filled=filled,
        notes=notes,
    )


def _columns(request: SampleRequest) -> tuple[str, ...]:
    is_classified = request.statistic in _CLASSIFIED
    names = (request.label, request.prediction) if is_classified else (request.value,)
    return tuple(name for name in names if name is not None)


def _first(table: ArmTable, units: Units) -> Location:
    return table.locate(int(units.rows.min()))


def _name(request: SampleRequest) -> str:
    return request.value or f"{request.prediction} against {request.label}"


def _scaled(table: ArmTable, request: SampleRequest, units: Units) -> _Values:
    found = _raw(table, request, units)
    with np.errstate(over="ignore"):  # what overflows is refused below
        values = found.values * request.scale + 0.0  # -0.0, which sorts as it likes, becomes 0.0

    def locate(index: int) -> Location:
        return table.locate(int(units.rows[found.place[index]]))

    too_large = np.flatnonzero(np.abs(values) > LARGEST)
    if too_large.size:
        raise SampleError(
            f"{_name(request)} times scale {request.scale:g} is beyond 1e150",
            at=locate(int(too_large[0])),
        )
    if request.range is not None:
        low, high = request.range
        outside = np.flatnonzero((values < low) | (values > high))
        if outside.size:
            least = outside[np.argmin(values[outside])]  # whatever the order of rows
            raise SampleError(
                f"{_name(request)}: value {values[least]:.10g} outside range "
                f"[{low:g}, {high:g}], and {outside.size - 1} more",
                at=locate(int(least)),
                hint="name sentinels in `na`; use `scale` for percent; values are never clipped",
            )
    return _Values(values=values, place=found.place)


def _raw(table: ArmTable, request: SampleRequest, units: Units) -> _Values:
    rows = units.rows.tolist()
    coding = Coding(na=request.na, map=request.map)

    def locate(index: int) -> Location:
        return table.locate(rows[index])

    def cells(name: str) -> list[object]:
        return list(map(table.column(name).__getitem__, rows))

    everything = np.arange(len(rows))
    if request.statistic not in _CLASSIFIED:
        if request.value is None:
            raise SampleError("the metric names no column of values")
        values = numbers(request.value, cells(request.value), coding, locate=locate)
        return _Values(values=values, place=everything)
    if request.label is None or request.prediction is None:
        raise SampleError(f"statistic {request.statistic} needs columns of labels and predictions")
    names = (request.label, request.prediction)
    label, prediction = agreement(names, (cells(names[0]), cells(names[1])), coding, locate=locate)
    is_missing = np.isnan(label) | np.isnan(prediction)
    if request.statistic == "accuracy":
        values = np.where(is_missing, np.nan, (label == prediction).astype(np.float64))
        return _Values(values=values, place=everything)
    _check_classes(table, request, (label, prediction))
    given, asked = (label, prediction) if request.statistic == "recall" else (prediction, label)
    values = np.where(is_missing, np.nan, asked)
    # A row whose class cannot be known may belong: it counts as missing.
    place = np.flatnonzero((given == 1) | np.isnan(given))
    if not place.size:
        raise SampleError(
            f"{table.name}: {request.statistic} has no row where "
            f"{request.label if request.statistic == 'recall' else request.prediction} is 1"
        )
    return _Values(values=values[place], place=place)


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


def _missing_units(
    table: ArmTable,
    request: SampleRequest,
    units: Units,
    found: _Values,
    is_missing: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Return the units with a missing value, once their share is found bearable."""
    unit = units.unit[found.place]
    missing = _distinct(unit[is_missing])
    if not missing.size:
        return missing
    total = _distinct(unit).size
    at = table.locate(int(units.rows[found.place[int(np.argmax(is_missing))]]))
    first = ", ".join(units.label(int(index)) for index in missing[:5])
    words = f"{table.name}: {_name(request)} is missing in {missing.size} of {total} units"
    if request.missing == "error":
        raise SampleError(
            f"{words}, first {first}",
            at=at,
            hint=missing_advice(missing.size / total),
        )
    share = missing.size / total
    if share > request.max_missing:
        raise SampleError(
            f"{words}, a share of {share:.4g}, more than max_missing {request.max_missing:g}; "
            f"first {first}",
            at=at,
        )
    return missing


def _average(
    units: Units,
    values: NDArray[np.float64],
    unit: NDArray[np.intp],
    *,
    asked: NDArray[np.intp],
) -> Sample:
    """Average the repeats of each unit; units are those of ``asked``."""
    is_binary = bool(((values == 0) | (values == 1)).all())
    present, repeats = _distinct(unit), 1
    if values.size > present.size:
        values, repeats = _means(values, unit)
    clusters = _pick(units.clusters, present)
    if units.ids is None and units.runs is None:
        values, clusters = _by_value(values, clusters)
    lost = np.setdiff1d(asked, present)
    return Sample(
        values=values,
        ids=_pick(units.ids, present),
        runs=_pick(units.runs, present),
        clusters=clusters,
        is_binary=is_binary,
        repeats=repeats,
        dropped=int(lost.size),
        dropped_ids=_pick(units.ids, lost) or (),
        dropped_runs=_pick(units.runs, lost) or (),
    )


def _with_repeats(
    sample: Sample, units: Units, *, kept: NDArray[np.intp], lost: NDArray[np.intp]
) -> Sample:
    """Note which repeats each value is the mean of; ``lost`` are the places of dropped rows."""
    if units.repeats is None or units.row_repeats is None:
        return sample
    repeats = list(units.repeats)
    without = set(lost.tolist())
    partial = np.intersect1d(units.unit[lost], kept)
    for index in partial.tolist():
        start, stop = np.searchsorted(units.unit, [index, index + 1]).tolist()
        left = (units.row_repeats[place] for place in range(start, stop) if place not in without)
        repeats[index] = repeats_of(left)
    return replace(
        sample,
        repeats_of=tuple(repeats[index] for index in kept.tolist()),
        partial_ids=_pick(units.ids, partial) or (),
        partial_runs=_pick(units.runs, partial) or (),
    )


def _distinct(ascending: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each number of an ascending array once; many times faster than ``np.unique``."""
    found: NDArray[np.intp] = ascending[np.diff(ascending, prepend=-1) != 0]
    return found


def _means(values: NDArray[np.float64], unit: NDArray[np.intp]) -> tuple[NDArray[np.float64], int]:
    """Return the mean of each unit and the most values in one."""
    # Sorted by value, so that the order of rows cannot move a rounding error.
    values = values[np.lexsort((values, unit))]
    starts = np.flatnonzero(np.diff(unit, prepend=-1))
    counts = np.diff(starts, append=unit.size)
    # Sum of distances to the least: repeats that are equal give just that number.
    least = values[starts]
    rest = np.add.reduceat(values - np.repeat(least, counts), starts)
    return least + rest / counts, int(counts.max())


def _pick(texts: tuple[str, ...] | None, which: NDArray[np.intp]) -> tuple[str, ...] | None:
    if texts is None or len(which) == len(texts):
        return texts
    return tuple(texts[index] for index in which.tolist())


def _by_value(
    values: NDArray[np.float64], clusters: tuple[str, ...] | None
) -> tuple[NDArray[np.float64], tuple[str, ...] | None]:
    if clusters is None:
        return np.sort(values), None
    both = sorted(zip(values.tolist(), clusters, strict=True))
    return np.array([value for value, _ in both]), tuple(cluster for _, cluster in both)
