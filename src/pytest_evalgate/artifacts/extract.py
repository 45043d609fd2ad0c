"""A table and a metric to a sample: one value a unit."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.averaging import average, distinct, with_repeats
from pytest_evalgate.artifacts.engine.samples import quick_sample
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.labels import missing_advice
from pytest_evalgate.artifacts.measured import Measured, lacks_extra, measured
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.artifacts.units import Keys, Units, check_given, units_of
from pytest_evalgate.errors import Location, SampleError


def extract(table: ArmTable, request: SampleRequest) -> Sample:
    """Return the sample of a metric.

    In this order: ``where``, keys unique, ``na``, ``map``, number, ``scale``, ``range``, missing
    values, repeats averaged.

    Raises:
        SampleError: Anything in the rows that leaves the sample in doubt; an empty sample.
    """
    if isinstance(table, BigTable):
        sample = quick_sample(table, request)
        if sample is not None:
            return sample
    units = units_of(
        table,
        Keys(
            id=request.id,
            run=request.run,
            repeat=request.repeat,
            cluster=request.cluster,
            task=request.task,
            where=request.where,
        ),
    )
    check_given(table, request.columns, units)
    found = measured(table, request, units)
    is_missing = np.isnan(found.values) | lacks_extra(table, request, units, found)
    missing = _missing_units(table, request, units, found, is_missing)
    filled = 0
    values = found.values
    if request.missing == "worst" and missing.size:
        if request.fill is None:
            raise SampleError(f"{request.name}: `missing: worst` has no worst value here")
        values = np.where(np.isnan(values), request.fill, values)
        filled = int(missing.size)
    keep = ~np.isnan(values) if request.missing == "worst" else ~is_missing
    unit = units.unit[found.place]
    notes = tuple(dict.fromkeys((*table.notes, *units.notes)))
    extras = {name: column[keep] for name, column in found.extras.items()}
    sample = average(units, values[keep], unit[keep], asked=distinct(unit), extras=extras)
    sample = with_repeats(sample, units, kept=distinct(unit[keep]), lost=found.place[~keep])
    if not sample.values.size:
        raise SampleError(
            f"{table.name}: {request.name} has no value in any of {len(units.rows)} rows",
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


def _first(table: ArmTable, units: Units) -> Location:
    return table.locate(int(units.rows.min()))


def _missing_units(
    table: ArmTable,
    request: SampleRequest,
    units: Units,
    found: Measured,
    is_missing: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Return the units with a missing value, once their share is found bearable."""
    unit = units.unit[found.place]
    missing = distinct(unit[is_missing])
    if not missing.size:
        return missing
    total = distinct(unit).size
    at = table.locate(int(units.rows[found.place[int(np.argmax(is_missing))]]))
    first = ", ".join(units.label(int(index)) for index in missing[:5])
    lacking = _lacking(request, found, is_missing)
    words = f"{table.name}: {lacking} is missing in {missing.size} of {total} units"
    if request.missing == "error":
        raise SampleError(
            f"{words}, first {first}",
            at=at,
            hint=_advice(table, units, found, is_missing, missing.size / total),
        )
    share = missing.size / total
    if share > request.max_missing:
        raise SampleError(
            f"{words}, a share of {share:.4g}, more than max_missing {request.max_missing:g}; "
            f"first {first}",
            at=at,
        )
    return missing


def _advice(
    table: ArmTable,
    units: Units,
    found: Measured,
    is_missing: NDArray[np.bool_],
    share: float,
) -> str:
    """Say what to do about missing values; of ids that a join lists alone, select by the join."""
    advice = missing_advice(share)
    rows = units.rows[found.place[is_missing]].tolist() if table.expected else []
    alone = sum(table.sources[table.origin.source[row]].is_joined for row in rows)
    if not alone:
        return advice
    name = table.expected[0].join
    return (
        f"{alone} of these ids stand in join {name} alone, none of their rows is kept: evaluate "
        f"them; to judge some ids only, select by a column of the join, as in "
        f"`where: {{{name}.COLUMN: ...}}`; {advice}"
    )


def _lacking(request: SampleRequest, found: Measured, is_missing: NDArray[np.bool_]) -> str:
    """Name the column that the first row with something missing lacks."""
    at = int(np.argmax(is_missing))
    if np.isnan(found.values[at]):
        return request.name
    return next(
        request.extras.get(name, request.label or request.name)
        for name, column in found.extras.items()
        if name != "gold" and np.isnan(column[at])
    )
