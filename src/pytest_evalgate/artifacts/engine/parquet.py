"""What stands in a Parquet file, and how each of its types becomes a cell."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_evalgate.artifacts.cells import shown_list
from pytest_evalgate.artifacts.engine.connection import literal
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.template import Kind


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WHOLE: Final = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "", "BIG")
) | {"INTEGER", "UINTEGER"}
_REAL: Final = frozenset({"FLOAT", "DOUBLE"})
_PLAIN: Final = _WHOLE | _REAL | {"BOOLEAN", "VARCHAR"}
_TIMES: Final = frozenset(
    {"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "UUID"}
)
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
_WORD: Final = re.compile(r'"(?:[^"]|"")*"|[A-Z]+(?:_[A-Z]+)*')
_NESTED: Final = _PLAIN | {"STRUCT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, its type, and how it is read."""

    name: str
    type: str
    place: int  # among the columns of the file, from 1
    kind: Kind | None  # None: not plain

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.type in _WHOLE

    @property
    def is_decimal(self) -> bool:
        """Whether it holds decimals, which only some floats are equal to."""
        return self.type.startswith("DECIMAL")

    @property
    def is_wide(self) -> bool:
        """Whether its cells can be of any size."""
        return self.type == "VARCHAR" or self.type.startswith("STRUCT") or self.type.endswith("]")

    @property
    def cell(self) -> str | None:
        """The expression of SQL whose value Python reads as a cell; None where it is left out."""
        here = f"#{self.place}"
        if self.type in _PLAIN or self.is_decimal or self.type == "HUGEINT":
            return here
        if self.type in _TIMES or self.type.startswith("ENUM"):
            return f"replace(CAST({here} AS VARCHAR), ' ', 'T')"
        if self.type == _ZONED:
            return f"replace(CAST(make_timestamp(epoch_us({here})) AS VARCHAR), ' ', 'T') || 'Z'"
        words = {word for word in _WORD.findall(self.type) if not word.startswith('"')}
        is_nested = self.type.startswith("STRUCT") or self.type.endswith("[]")
        return here if is_nested and _names_apart(self.type) and words <= _NESTED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to read a file."""

    source: str  # the table function
    rows: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...]  # columns that are left out


def plan(connection: "DuckDBPyConnection", name: str) -> Plan:
    """Look at the footer of a file.

    Raises:
        DeclinedError: It cannot be read.
    """
    source = (
        f"read_parquet({literal(name)}, hive_partitioning = false, union_by_name = false, "
        "filename = false, file_row_number = false)"
    )
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    names = _own_names(connection, name)
    if len(names) != len(described):
        raise DeclinedError("the schema does not list the columns")
    columns = tuple(
        Column(name=own, type=row[1], place=place, kind=_kind(row[1]))
        for place, (own, row) in enumerate(zip(names, described, strict=True), 1)
    )
    [(rows,)] = connection.execute(
        f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({literal(name)})"  # noqa: S608
    ).fetchall()
    left_out = [one for one in columns if one.cell is None]
    notes = (f"columns of types that are not read: {shown_list(one.name for one in left_out)}",)
    return Plan(source=source, rows=rows, columns=columns, notes=notes if left_out else ())


def _own_names(connection: "DuckDBPyConnection", name: str) -> list[str]:
    """Return the names as the file writes them; the engine renames those that it finds alike."""
    tree = connection.execute(
        f"SELECT name, num_children FROM parquet_schema({literal(name)})"  # noqa: S608
    ).fetchall()
    names, skip = [], 0
    for inner, children in tree[1:]:
        if skip:
            skip += (children or 0) - 1
        else:
            names.append(inner)
            skip = children or 0
    return names


def _names_apart(text: str) -> bool:
    return "MAP(" not in text and "UNION(" not in text


def _kind(name: str) -> Kind | None:
    if name in _WHOLE | _REAL:
        return Kind.NUMBER
    return {"BOOLEAN": Kind.BOOLEAN, "VARCHAR": Kind.TEXT}.get(name)
