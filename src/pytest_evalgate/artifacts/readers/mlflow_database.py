"""MLflow's database in one file of SQLite (mlflow.db): one row a run.

The bytes that were hashed are opened in memory; no file is opened again, and none is written.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.mlflow_runs import (
    LAST_NOTE,
    Run,
    finite_or_not,
    left_out,
    row_of,
)
from pytest_evalgate.errors import ArtifactError, Location


if TYPE_CHECKING:
    from sqlite3 import Connection


MAGIC: Final = b"SQLite format 3\x00"
_TABLES: Final = ("experiments", "runs", "metrics", "params", "tags")
_VERSIONS: Final = slice(18, 20)  # of the file: 2 says that changes are in a file beside it
_LONGEST: Final = 1 << 20  # bytes of one text; MLflow keeps at most 8000 characters
_ALL_TEXTS: Final = 16 << 20  # characters of one query, or 20 for each byte of the file
_HINT: Final = "name a database that MLflow wrote; `mlflow db upgrade` mends an old one"

_RUNS: Final = """
    SELECT r.run_uuid, r.name, r.experiment_id, e.name, r.status, r.lifecycle_stage,
           e.lifecycle_stage, r.start_time, r.end_time
    FROM runs r LEFT JOIN experiments e ON e.experiment_id = r.experiment_id
    ORDER BY r.experiment_id, r.start_time, r.run_uuid
"""
# All values of the greatest step, and of the latest time at it.
_LAST: Final = """
    SELECT run_uuid, "key", value, is_nan FROM (
        SELECT run_uuid, "key", value, is_nan,
               RANK() OVER (
                   PARTITION BY run_uuid, "key" ORDER BY step DESC, timestamp DESC
               ) AS place
        FROM metrics
    ) WHERE place = 1
"""
_PARAMS: Final = 'SELECT run_uuid, "key", value FROM params'
_TAGS: Final = 'SELECT run_uuid, "key", value FROM tags'
_DATASETS: Final = """
    SELECT i.destination_id, d.name, d.digest
    FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
    WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN'
    ORDER BY d.name, d.digest
"""


def rows_of_database(content: Content) -> Parsed:
    """Read all runs of a database.

    Raises:
        ArtifactError: Not a database of MLflow, or one with changes not yet written into it.
    """
    _refuse_pending(content)
    import sqlite3  # noqa: PLC0415

    try:
        connection = sqlite3.connect(":memory:")
        try:
            # A generated column can ask for gigabytes that are not in the file.
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            data = bytearray(content.data)
            data[_VERSIONS] = b"\x01\x01"  # one in memory has no files beside it
            connection.deserialize(data)
            runs, notes = _runs(connection, content)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise ArtifactError(
            f"the database cannot be read: {shown(str(error))[1:-1]}", at=content.at(), hint=_HINT
        ) from error
    notes.extend(left_out(runs))
    return Parsed(rows=_rows(runs, notes), metadata={"harness": "mlflow"}, notes=notes)


def _rows(runs: list[Run], notes: list[str]) -> Iterator[tuple[int, dict[str, object]]]:
    kept = (run for run in runs if not run.is_deleted)
    for number, run in enumerate(kept, 1):
        yield number, row_of(run, notes)


def _refuse_pending(content: Content) -> None:
    name = content.path.rpartition("/")[2]
    for ending in ("-wal", "-journal"):
        if content.beside(name + ending):
            raise ArtifactError(
                f"{shown(name + ending)} beside it holds changes that are not in the database",
                at=content.at(),
                hint="end what writes to it, then open and close it once with `sqlite3`",
            )


def _select(connection: "Connection", query: str, content: Content) -> Iterator[tuple[Any, ...]]:
    left = max(_ALL_TEXTS, 20 * len(content.data))
    for row in connection.execute(query):
        left -= sum(len(cell) for cell in row if isinstance(cell, str))
        if left < 0:
            raise ArtifactError(
                "the texts of the database are far larger than its file",
                at=content.at(),
                hint=_HINT,
            )
        if any(isinstance(cell, bytes) for cell in row):
            raise ArtifactError(
                "found bytes, expected texts and numbers", at=content.at(), hint=_HINT
            )
        yield row


def _runs(connection: "Connection", content: Content) -> tuple[list[Run], list[str]]:
    connection.execute("PRAGMA trusted_schema = OFF")
    [(state,)] = connection.execute("PRAGMA integrity_check(1)")
    if state != "ok":
        raise ArtifactError(
            f"the database is damaged: {shown(state)}", at=content.at(), hint="copy it again"
        )
    found = _select(connection, "SELECT name FROM sqlite_master WHERE type = 'table'", content)
    tables = {name for (name,) in found}
    if lacking := [name for name in _TABLES if name not in tables]:
        raise ArtifactError(
            f"no table {shown(lacking[0])}: not a database of MLflow", at=content.at(), hint=_HINT
        )
    params, tags = (_texts(connection, query, content) for query in (_PARAMS, _TAGS))
    metrics, ties = _metrics(connection, content)
    datasets: dict[str, list[tuple[str, str]]] = defaultdict(list)
    if {"inputs", "datasets"} <= tables:
        for run_id, name, digest in _select(connection, _DATASETS, content):
            datasets[str(run_id)].append((str(name), str(digest)))
    runs = [_run(row, content.at()) for row in _select(connection, _RUNS, content)]
    for run in runs:
        run.metrics = metrics.get(run.run_id, {})
        run.params = params.get(run.run_id, {})
        run.tags = tags.get(run.run_id, {})
        run.datasets = datasets.get(run.run_id, [])
    notes = [LAST_NOTE] if metrics else []
    if ties:
        notes.append(f"{ties} metrics have two last values of one step and time: they are missing")
    return runs, notes


def _run(row: tuple[Any, ...], at: Location) -> Run:
    return Run(
        run_id=str(row[0]),
        at=at,
        run_name=row[1],
        experiment_id=str(row[2]),
        experiment_name=row[3],
        status=str(row[4]),
        lifecycle_stage=row[5],
        experiment_stage=row[6],
        start_time=row[7],
        end_time=row[8],
    )


def _texts(connection: "Connection", query: str, content: Content) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for run_id, key, text in _select(connection, query, content):
        texts[str(run_id)][str(key)] = str(text)
    return texts


def _metrics(
    connection: "Connection", content: Content
) -> tuple[dict[str, dict[str, float | None]], int]:
    """Return the last values, and how many metrics have two: a database keeps no order of them."""
    metrics: dict[str, dict[str, float | None]] = defaultdict(dict)
    ties = set()
    for run_id, key, value, is_nan in _select(connection, _LAST, content):
        if not isinstance(value, int | float):
            raise ArtifactError(
                f"run {shown(run_id)}: metric {shown(key)} is {shown(value)}, expected a number",
                at=content.at(),
                hint=_HINT,
            )
        if key in metrics[str(run_id)]:
            ties.add((str(run_id), str(key)))
        metrics[str(run_id)][str(key)] = math.nan if is_nan else finite_or_not(value)
    for run_id, key in ties:
        metrics[run_id][key] = None
    return metrics, len(ties)
