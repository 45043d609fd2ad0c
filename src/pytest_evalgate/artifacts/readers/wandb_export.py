"""Weights & Biases: a CSV that its pages export; one row a run, or one row a run and step.

The table of runs has a column ``Name``. The export of a panel has a column for each run, called
``<run> - <metric>``: it is turned, so that each row is one run at one step, with both as columns.
Numbers of a run that did not finish are missing: they are its last ones, not its result.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_evalgate.artifacts.cells import Untyped, boolean_of, number_of, shown, shown_list
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.delimited import parse_csv
from pytest_evalgate.errors import ArtifactError


_NAME, _STATE, _FINISHED = "Name", "State", "finished"
# Set before a run starts, so they hold whatever became of it.
_GIVEN = {_NAME, _STATE, "ID", "Created", "Group", "Sweep", "seed"}
_BETWEEN = " - "
_BOUNDS = ("__MIN", "__MAX")
_HINT = "export the table of runs, or a panel with one metric, as CSV"
_Rows = Iterator[tuple[int, Mapping[str, object]]]


def parse(content: Content) -> Parsed:
    """Read an export.

    Raises:
        ArtifactError: Not CSV, or neither a table of runs nor a panel.
    """
    # Every cell is quoted: a quote at the very end closes the last cell of a whole row.
    if content.data.endswith(b'"'):
        content = replace(content, data=content.data + b"\n")
    rows = parse_csv(content).rows
    first = next(rows, None)
    if first is None:
        raise ArtifactError("the file has 0 rows", at=content.at(), hint=_HINT)
    notes: list[str] = []
    rows = _put_back(first, rows)
    if _NAME in first[1]:
        return Parsed(rows=_runs(rows, content.path, notes), notes=notes)
    columns = _panel(list(first[1]))
    if not columns:
        raise ArtifactError(
            f"neither a column {_NAME} nor one called `<run>{_BETWEEN}<metric>` among "
            f"{shown_list(first[1])}",
            at=content.at(),
            hint=_HINT,
        )
    step = next(iter(first[1]))
    notes.append(
        f"{content.path}: a panel of {len({run for run, _ in columns.values()})} runs, turned to "
        f"one row a run and {shown(step)}; steps of one run are no samples: choose one with `where`"
    )
    return Parsed(rows=_turned(rows, columns, content.path, notes), notes=notes)


def _put_back(first: tuple[int, Mapping[str, object]], rows: _Rows) -> _Rows:
    yield first
    yield from rows


def _runs(rows: _Rows, path: str, notes: list[str]) -> _Rows:
    """Yield the runs, those that have not finished without their numbers, and count these."""
    states: dict[str, int] = {}
    for line, row in rows:
        state = str(row.get(_STATE, _FINISHED))
        states[state] = states.get(state, 0) + 1
        yield line, row if state == _FINISHED else _without_numbers(row)
    others = {state: count for state, count in states.items() if state != _FINISHED}
    notes.extend(
        f"{path}: {count} of {sum(states.values())} runs are {shown(state)}: their numbers are "
        f"missing; `where: {{{_STATE}: {_FINISHED}}}` leaves such runs out"
        for state, count in others.items()
    )


def _without_numbers(row: Mapping[str, object]) -> dict[str, object]:
    return {
        name: "" if name not in _GIVEN and _is_value(cell) else cell for name, cell in row.items()
    }


def _is_value(cell: object) -> bool:
    cell = Untyped(cell)
    return number_of(cell) is not None or boolean_of(cell) is not None


def _panel(header: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return run and metric of each column of a panel; the longest part before `` - `` is the run.

    The first column is the axis. A name of a metric has no `` - `` in it; one of a run may.
    """
    found = {}
    for name in header[1:]:
        run, between, metric = name.rpartition(_BETWEEN)
        if between and run and metric:
            found[name] = (run, metric)
    return found if len(found) == len(header) - 1 else {}


def _turned(
    rows: _Rows, columns: Mapping[str, tuple[str, str]], path: str, notes: list[str]
) -> _Rows:
    runs: dict[str, list[tuple[str, str]]] = {}
    for column, (run, metric) in columns.items():
        runs.setdefault(run, []).append((column, metric))
    empty = 0
    for line, row in rows:
        axis, *_ = row
        for run, own in runs.items():
            cells = {metric: row[column] for column, metric in own}
            if not any(cell for metric, cell in cells.items() if not metric.endswith(_BOUNDS)):
                empty += 1
                continue
            yield line, {axis: row[axis], _NAME: run, **cells}
    if empty:
        notes.append(f"{path}: {empty} cells of runs that logged nothing at a step are left out")
