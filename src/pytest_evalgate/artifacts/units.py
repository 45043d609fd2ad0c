"""Rows to units: keys read and checked once for all metrics that share them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.captures import capture_hint
from pytest_evalgate.artifacts.cells import is_missing, short, shown, text_of
from pytest_evalgate.artifacts.duplicates import check_unique
from pytest_evalgate.artifacts.keys import key_texts, look_alikes
from pytest_evalgate.artifacts.repeats import row_repeats, unit_repeats
from pytest_evalgate.artifacts.sample import Repeats
from pytest_evalgate.artifacts.table import ArmTable, Conditions
from pytest_evalgate.errors import Location, SampleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Which rows make which unit. Rows are sorted by (id, run) where there are such keys."""

    rows: NDArray[np.intp]  # rows of the table, shape (n,)
    unit: NDArray[np.intp]  # unit of each, ascending from 0, shape (n,)
    ids: tuple[str, ...] | None  # one a unit
    runs: tuple[str, ...] | None
    clusters: tuple[str, ...] | None
    tasks: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    row_repeats: tuple[str | None, ...] | None = None  # label of each row, shape (n,)
    repeats: tuple[Repeats | None, ...] | None = None  # labels of each unit

    def label(self, unit: int) -> str:
        """Name a unit for a message."""
        if self.ids is not None:
            run = f" of run {shown(short(self.runs[unit]))}" if self.runs else ""
            return shown(short(self.ids[unit])) + run
        return shown(short(self.runs[unit])) if self.runs else f"row {unit + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The columns that say what a row is."""

    id: tuple[str, ...] = ()
    run: str | None = None
    repeat: str | None = None
    cluster: tuple[str, ...] = ()
    task: str | None = None
    where: Conditions = ()


def units_of(table: ArmTable, keys: Keys) -> Units:
    """Return the units of the rows that ``where`` keeps; made once a table and keys.

    Raises:
        SampleError: No row left, keys that are no keys, duplicates, clusters that vary in a unit.
    """
    return table.cached(("units", keys), lambda: _units(table, keys))


def _units(table: ArmTable, keys: Keys) -> Units:
    rows = table.where(keys.where).tolist()
    if not rows:
        raise SampleError(
            f"`where` of the metric leaves 0 of {table.n} rows of {table.name}; "
            + table.values_given(keys.where),
            hint="write one of the values found",
        )
    ids = _texts(table, keys.id, rows)
    runs = None if keys.run is None else _run_texts(table, keys.run, rows)
    if ids is None and runs is None:
        return Units(
            rows=np.array(rows),
            unit=np.arange(len(rows)),
            ids=None,
            runs=None,
            clusters=_groups(table, keys.cluster, rows, what="cluster"),
            tasks=_groups(table, _task(keys), rows, what="task"),
        )
    _check_duplicates(table, keys, rows, ids, runs)
    return _with_repeats(table, keys, _sorted_units(table, keys, np.array(rows), ids, runs))


def _with_repeats(table: ArmTable, keys: Keys, units: Units) -> Units:
    if keys.repeat is None:
        return units
    labels = row_repeats(table, keys.repeat, units.rows.tolist())
    counts = np.bincount(units.unit)
    notes = units.notes
    if counts.min() < counts.max():
        notes = (*notes, f"{table.name}: units have {counts.min()} to {counts.max()} repeats")
    repeats = unit_repeats(labels, units.unit)
    return replace(units, row_repeats=tuple(labels), repeats=repeats, notes=notes)


def _texts(table: ArmTable, names: Sequence[str], rows: list[int]) -> list[str] | None:
    if not names:
        return None
    columns = [table.column(name) for name in names]
    return key_texts(names, columns, rows, locate=table.locate)


def _run_texts(table: ArmTable, name: str, rows: list[int]) -> list[str] | None:
    """Read the runs; a recipe that was run several times often names them by folders only."""
    try:
        return _texts(table, (name,), rows)
    except SampleError as error:
        if name in table.columns:
            raise
        hint = capture_hint([file.path for file in table.files], name)
        raise SampleError(error.message, at=error.at, hint=f"{hint}; {error.hint}") from error


def _check_duplicates(
    table: ArmTable, keys: Keys, rows: list[int], ids: list[str] | None, runs: list[str] | None
) -> None:
    names = [*keys.id, *(name for name in (keys.run, keys.repeat) if name is not None)]
    if keys.repeat is None and (ids is None or runs is None):
        whole = ids or runs or []
    else:
        whole = key_texts(names, [table.column(name) for name in names], rows, locate=table.locate)
    check_unique(table, rows, whole, names=names)


def _sorted_units(
    table: ArmTable,
    keys: Keys,
    rows: NDArray[np.intp],
    ids: list[str] | None,
    runs: list[str] | None,
) -> Units:
    key: list[str] | list[tuple[str, str]] = ids or runs or []
    if ids is not None and runs is not None:
        key = list(zip(ids, runs, strict=True))
    order = sorted(range(len(key)), key=key.__getitem__)
    starts = [
        place for place, at in enumerate(order) if place == 0 or key[at] != key[order[place - 1]]
    ]
    is_start = np.zeros(len(order), dtype=np.intp)
    is_start[starts] = 1
    unit = np.cumsum(is_start) - 1
    firsts = [order[start] for start in starts]
    rows = rows[order]
    return Units(
        rows=rows,
        unit=unit,
        ids=None if ids is None else tuple(ids[first] for first in firsts),
        runs=None if runs is None else tuple(runs[first] for first in firsts),
        clusters=_unit_groups(table, keys.cluster, rows, unit, what="cluster"),
        tasks=_unit_groups(table, _task(keys), rows, unit, what="task"),
        notes=() if ids is None else look_alikes(ids[first] for first in firsts),
    )


def _task(keys: Keys) -> tuple[str, ...]:
    return () if keys.task is None else (keys.task,)


def _unit_groups(
    table: ArmTable,
    names: Sequence[str],
    rows: NDArray[np.intp],
    unit: NDArray[np.intp],
    *,
    what: str,
) -> tuple[str, ...] | None:
    """Return the cluster or the task of each unit."""
    groups = _groups(table, names, rows.tolist(), what=what)
    if groups is None:
        return None
    of_unit: list[str] = []
    for place, (index, group) in enumerate(zip(unit.tolist(), groups, strict=True)):
        if index == len(of_unit):
            of_unit.append(group)
        elif of_unit[index] != group:
            found = sorted({groups[i] for i in np.flatnonzero(unit == index).tolist()})
            raise SampleError(
                f"rows of one unit lie in two {what}s, {shown(found[0])} and "
                f"{shown(found[1])}, by {'+'.join(names)}",
                at=table.locate(int(rows[place])),
                hint=f"a {what} holds whole units; choose a column that is constant in each",
            )
    return tuple(of_unit)


def _groups(
    table: ArmTable, names: Sequence[str], rows: list[int], *, what: str
) -> tuple[str, ...] | None:
    """Return the cluster or the task of each row; any text will do, it is only compared."""
    if not names:
        return None
    columns = [table.column(name) for name in names]
    known: dict[str, str] = {}
    groups = []
    for row in rows:
        cells = [column[row] for column in columns]
        for name, cell in zip(names, cells, strict=True):
            if (
                cell is None
                or isinstance(cell, float | list | dict)
                or (is_missing(cell) and len(names) == 1)
            ):
                found = "missing" if is_missing(cell) else shown(cell)
                raise SampleError(
                    f"{what} {name} is {found}",
                    at=table.locate(row),
                    hint=f"a {what} is a text or a whole number, in every row",
                )
        text = text_of(cells[0]) if len(cells) == 1 else text_of(list(map(text_of, cells)))
        groups.append(known.setdefault(text, text))
    return tuple(groups)


def check_given(table: ArmTable, names: Sequence[str], units: Units) -> None:
    """Refuse a measured value that a path or metadata give to more than one unit.

    Beside rows that hold their own they give it to none: a row that lacks it lacks a measurement.

    Raises:
        SampleError: Which file gives it.
    """
    for name in names:
        givers = table.givers.get(name)
        if givers is None:
            continue
        first: dict[str, int] = {}
        for row, unit in zip(units.rows.tolist(), units.unit.tolist(), strict=True):
            giver = givers[row]
            if giver is not None and first.setdefault(giver, unit) != unit:
                raise SampleError(
                    f"{table.name}: {shown(name)} is given by the path or the metadata of a file "
                    "for several units: a constant of the file is one observation, not one for "
                    "every row",
                    at=Location(path=giver),
                    hint="write what was measured into each row",
                )
        _check_filled(table, name, givers, units)


def _check_filled(table: ArmTable, name: str, givers: Sequence[str | None], units: Units) -> None:
    """Refuse a constant of a file in the place of a value that one of its rows lacks."""
    sources = table.origin.source
    cells = table.columns[name]
    measuring = {
        sources[row] for row, giver in enumerate(givers) if giver is None and cells[row] is not None
    }
    for row in units.rows.tolist():
        giver = givers[row]
        if giver is not None and sources[row] in measuring:
            raise SampleError(
                f"{shown(name)} is missing in this row, and given by the path or the metadata of "
                f"the file: other rows of {table.name} hold what was measured in each",
                at=table.locate(row),
                hint=f"write what was measured into the row, and take {shown(name)} out of "
                f"{shown(giver)}",
            )
