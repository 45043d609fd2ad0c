"""A connection to DuckDB that can read the files it is given and do nothing else."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pytest_evalgate.artifacts.engine.declined import DeclinedError


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LEAST_MEMORY: Final = 1 << 30
_MOST_THREADS: Final = 8


@contextmanager
def connected(names: Sequence[str]) -> Iterator["DuckDBPyConnection"]:
    """Open a connection for a while; see ``connect``. Nothing is written to disk.

    Raises:
        DeclinedError: The engine refuses what is asked.
    """
    with declining():
        connection = connect(names)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def declining() -> Iterator[None]:
    """Turn what the engine raises into ``DeclinedError``."""
    import duckdb  # noqa: PLC0415 - small gates never pay for it

    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        raise DeclinedError(str(error)) from error


def connect(
    names: Sequence[str], *, memory: int | None = None, folder: str = ""
) -> "DuckDBPyConnection":
    """Open a connection to a new database in memory that may read these files only.

    No network, no extension, no other file, and nothing of it can be set back.

    Args:
        names: Files to read.
        memory: Bytes it may use; a quarter of the machine, 1 GiB at least, by default.
        folder: Where it may write what does not fit in memory; empty for nowhere.
    """
    import duckdb  # noqa: PLC0415 - small gates never pay for it

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": min(os.cpu_count() or 1, _MOST_THREADS),
            "memory_limit": f"{_memory() if memory is None else memory}B",
            "temp_directory": folder,
            "preserve_insertion_order": not folder,  # which costs memory
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    allowed = ", ".join(map(literal, names))
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def literal(text: str) -> str:
    """Write a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Write a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _memory() -> int:
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on every system
        machine = 0
    return max(_LEAST_MEMORY, machine // 4)
