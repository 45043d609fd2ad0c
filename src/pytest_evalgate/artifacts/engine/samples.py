"""The sample of a metric from the arrays of a big file: the same as by rows, bit for bit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import text_of
from pytest_evalgate.artifacts.engine.columns import AnyTexts
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.engine.texts import check_keys
from pytest_evalgate.artifacts.request import CLASSIFIED, CONFUSED, SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.artifacts.table import Conditions
from pytest_evalgate.artifacts.values import LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    """Rows in the order of their ids."""

    rows: NDArray[np.intp]
    ids: AnyTexts | None
    clusters: tuple[str, ...] | None
    counts: NDArray[np.intp]


def quick_sample(table: BigTable, request: SampleRequest) -> Sample | None:
    """Return the sample of a metric; None where only the strict reader can tell."""
    try:
        return _sample(table, request)
    except DeclinedError:
        return None


def _sample(table: BigTable, request: SampleRequest) -> Sample:
    if not is_plain(request) or request.value is None:
        raise DeclinedError("more than one value of one row a unit")
    units = _units_of(table, request)
    values = table.numbers(request.value)[units.rows].astype(np.float64, copy=False)
    with np.errstate(over="ignore"):  # what overflows is declined here
        values *= request.scale
    values += 0.0  # -0.0, which sorts as it likes, becomes 0.0
    low, high = float(values.min()), float(values.max())
    if not -LARGEST <= low <= high <= LARGEST or _is_outside((low, high), request.range):
        raise DeclinedError("a value that the strict reader refuses")
    if units.ids is None:
        values = values[np.lexsort((values,))]
    return Sample(
        values=values,
        ids=units.ids,
        clusters=units.clusters,
        counts=units.counts,
        is_binary=0 <= low <= high <= 1 and bool(((values == 0) | (values == 1)).all()),
        rows=units.rows.size,
        notes=tuple(dict.fromkeys(table.notes)),
        left_out=table.n - units.rows.size,
    )


def is_plain(request: SampleRequest) -> bool:
    """Whether each row is a unit, with one number that is nothing but itself."""
    is_value = request.statistic not in CLASSIFIED | CONFUSED
    is_one = is_value and not (request.label or request.prediction or request.extras)
    is_flat = not (request.run or request.repeat or request.task)
    is_keyed = len(request.id) <= 1 and len(request.cluster) <= len(request.id)
    return is_one and is_flat and is_keyed and not request.na and request.map is None


def _is_outside(ends: tuple[float, float], limits: tuple[float, float] | None) -> bool:
    return limits is not None and (ends[0] < limits[0] or ends[1] > limits[1])


def _units_of(table: BigTable, request: SampleRequest) -> _Units:
    key = ("quick units", request.id, request.cluster, request.where)
    return table.cached(key, lambda: _units(table, request.id, request.cluster, request.where))


def _units(
    table: BigTable, names: Sequence[str], clusters: Sequence[str], where: Conditions
) -> _Units:
    met = table.meets(where)
    left = table.n if met is None else int(np.count_nonzero(met))
    if not left:
        raise DeclinedError("no row is left")
    counts = np.broadcast_to(np.intp(1), (left,))
    if not names:
        rows = np.arange(left) if met is None else np.flatnonzero(met)
        return _Units(rows=rows, ids=None, clusters=None, counts=counts)
    sorted_rows, sorted_ids = table.cached(("sorted", names[0]), lambda: _sorted(table, names[0]))
    rows, ids = sorted_rows, sorted_ids
    if met is not None:
        places = np.flatnonzero(met[sorted_rows])
        rows, ids = sorted_rows[places], sorted_ids.take(places)
    if ids.has_neighbours_alike():
        raise DeclinedError("an id stands twice")
    return _Units(
        rows=rows,
        ids=ids,
        clusters=_clusters(table, clusters[0], rows) if clusters else None,
        counts=counts,
    )


def _sorted(table: BigTable, name: str) -> tuple[NDArray[np.intp], AnyTexts]:
    ids = table.texts(name)
    check_keys(ids)
    order = ids.order()
    return order, ids.take(order)


def _clusters(table: BigTable, name: str, rows: NDArray[np.intp]) -> tuple[str, ...]:
    cells, codes = table.coded(name)
    if not all(isinstance(cell, str | int) and cell != "" for cell in cells):
        raise DeclinedError("a cluster that is neither text nor whole number")
    texts = np.array(list(map(text_of, cells)), dtype=np.object_)
    return tuple(texts[codes[rows]].tolist())


def surely_differ(
    sides: tuple[object, object], ids: Sequence[str], columns: tuple[Sequence[str], Sequence[str]]
) -> bool:
    """Whether two tables hold other values for some unit, by arrays alone.

    Args:
        sides: The tables.
        ids: Columns of the id, in both.
        columns: Columns of numbers to compare, in the same order.

    Returns:
        False also where it cannot be told without the rows.
    """
    left, right = sides
    if not (isinstance(left, BigTable) and isinstance(right, BigTable)):
        return False
    if left.n != right.n:
        return True
    try:
        orders = [_units(table, ids[:1], (), ()) for table in (left, right)]
        if len(ids) > 1 or (orders[0].ids is not None and orders[0].ids != orders[1].ids):
            return len(ids) == 1
        return any(_differ((left, right), orders, names) for names in zip(*columns, strict=False))
    except DeclinedError:
        return False


def columns_differ(sides: tuple[object, object], names: tuple[str, str]) -> bool:
    """Whether two columns hold other numbers in some row; False also where it cannot be told."""
    left, right = sides
    if not (isinstance(left, BigTable) and isinstance(right, BigTable)):
        return False
    try:
        return not np.array_equal(left.numbers(names[0]), right.numbers(names[1]))
    except DeclinedError:
        return False


def surely_present(table: object, column: str) -> bool:
    """Whether each row has a value, by arrays alone; False also where it cannot be told."""
    if not isinstance(table, BigTable):
        return False
    try:
        texts = table.texts(column)
        check_keys(texts)
    except DeclinedError:
        return table.has_numbers(column)
    return True


def surely_same(sides: tuple[object, object], column: str, ids: Sequence[str]) -> bool:
    """Whether a column of texts is the same for each id; False also where it cannot be told."""
    left, right = sides
    if not (isinstance(left, BigTable) and isinstance(right, BigTable)) or len(ids) != 1:
        return False
    try:
        orders = [_units(table, ids, (), ()) for table in (left, right)]
        texts = [
            table.texts(column).take(order.rows)
            for table, order in zip((left, right), orders, strict=True)
        ]
        check_keys(texts[0])
    except DeclinedError:
        return False
    return orders[0].ids == orders[1].ids and texts[0] == texts[1]


def _differ(
    tables: tuple[BigTable, BigTable], orders: Sequence[_Units], names: Sequence[str]
) -> bool:
    arrays = [table.numbers(name) for table, name in zip(tables, names, strict=True)]
    placed = [
        np.sort(array) if order.ids is None else array[order.rows]
        for array, order in zip(arrays, orders, strict=True)
    ]
    return not np.array_equal(placed[0], placed[1])
