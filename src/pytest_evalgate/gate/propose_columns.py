"""The columns of two arms as a first gate file sees them: names, keys and numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.cells import boolean_of, number_of, shown
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.artifacts.labels import Texts, is_text, texts_of
from pytest_evalgate.artifacts.table import Conditions
from pytest_evalgate.artifacts.values import LARGEST, Coding, numbers
from pytest_evalgate.errors import SampleError
from pytest_evalgate.formats import AUTO
from pytest_evalgate.spec.source import has_unsafe
from pytest_evalgate.surroundings import Surroundings


ARTIFACT = "evals"
_MAX_NAME = 200  # characters of a column's name that a gate file is written with
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+", re.ASCII)
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, kw_only=True, eq=False)  # no slots: its properties are cached
class Column:
    """One column that both arms have."""

    name: str
    tables: tuple[ArmTable, ArmTable]  # candidate, baseline
    may_be_score: bool = False  # of a tool that gives each scorer a column of its name
    is_of_tool: bool = False  # of a named format: beside scores stand what the tool counts

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name in lower case: ``latencyMs`` is latency, ms."""
        return words_of(self.name)

    @cached_property
    def keys(self) -> tuple[list[str], list[str]] | str:
        """Its cells as keys, one list an arm; or why they cannot name rows."""
        try:
            candidate, baseline = (_keys(table, self.name) for table in self.tables)
        except SampleError as error:
            return f"{error.at}: {error.message}"
        return candidate, baseline

    @cached_property
    def distinct(self) -> int:
        """How many different keys the arm with more of them has."""
        return 0 if isinstance(self.keys, str) else max(len(set(keys)) for keys in self.keys)

    @cached_property
    def values(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Its cells as numbers, NaN where missing; None where they are no numbers."""
        try:
            candidate, baseline = (
                numbers(self.name, table.column(self.name), Coding(), locate=table.locate)
                for table in self.tables
            )
        except SampleError:
            return None
        return candidate, baseline

    @cached_property
    def finite(self) -> NDArray[np.float64]:
        """The numbers of both arms together, missing ones left out."""
        both = np.concatenate(self.values) if self.values is not None else np.empty(0)
        found: NDArray[np.float64] = both[~np.isnan(both)]
        return found

    @cached_property
    def texts(self) -> Texts:
        """The texts of both arms that are no numbers."""
        return texts_of(self.cells, is_na=lambda _: False)

    @cached_property
    def readable(self) -> NDArray[np.float64]:
        """The numbers among the cells of both arms, whatever stands beside them."""
        found = [float(number) for cell in self.cells if (number := _number(cell)) is not None]
        return np.array(found, dtype=np.float64)

    @property
    def cells(self) -> Iterator[object]:
        """The cells of both arms."""
        return chain.from_iterable(table.column(self.name) for table in self.tables)

    @property
    def is_text(self) -> bool:
        """Whether some cell is a word: neither number, boolean nor missing."""
        return any(map(is_text, self.cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Where the two arms are read, as a gate file writes it."""

    candidate: str
    baseline: str
    by: str | None = None  # column that tells the arms of one file apart
    values: tuple[str, str] = ("", "")  # its value in the candidate, and in the baseline
    reader: str | None = None  # of a named format

    @property
    def paths(self) -> tuple[str, str]:
        """The paths of both arms."""
        return self.candidate, self.baseline


def load(arms: Arms, around: Surroundings) -> tuple[ArmTable, ArmTable]:
    """Read all columns of both arms.

    Raises:
        ArtifactError: the bytes cannot be used.
        SampleError: the rows cannot be used.
    """
    where: list[Conditions] = [
        ((arms.by, (value,)),) if arms.by is not None else () for value in arms.values
    ]
    return (
        load_one("candidate", arms.candidate, around, where=where[0], reader=arms.reader),
        load_one("baseline", arms.baseline, around, where=where[1], reader=arms.reader),
    )


def load_one(
    arm: str,
    path: str,
    around: Surroundings,
    *,
    where: Conditions = (),
    reader: str | None = None,
) -> ArmTable:
    """Read all columns of one arm."""
    request = ArmRequest(
        artifact=ARTIFACT,
        arm=arm,
        paths=(path,),
        base=around.base,
        root=around.root,
        where=where,
        reader=reader or AUTO,
    )
    return load_arm(request, load_arm(request, ()).known)


def common_columns(tables: tuple[ArmTable, ArmTable]) -> list[Column]:
    """Return the columns that both arms have and that hold single values, by name."""
    names = tables[0].columns.keys() & tables[1].columns.keys()
    columns = [Column(name=name, tables=tables) for name in sorted(names) if can_be_written(name)]
    return [column for column in columns if _is_single(column)]


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into words in lower case."""
    return tuple(token.lower() for token in _TOKEN.findall(name))


def can_be_written(name: str) -> bool:
    """Say whether a gate file may hold this name."""
    return bool(name.strip()) and len(name) <= _MAX_NAME and has_unsafe(name) is None


def plain(name: str) -> str:
    """Write a name for a comment: as it is where that is plain, else quoted and escaped."""
    return name if _SIMPLE.fullmatch(name) else shown(name)


def listed(names: list[str], *, most: int = 5) -> str:
    """Write the first few names for a comment."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(plain(name) for name in names[:most]) + more


def _is_single(column: Column) -> bool:
    """Whether some cell is a value; one list among numbers must not hide a metric."""
    cells = [cell for cell in column.cells if isinstance(cell, list | dict) or cell is not None]
    return not cells or not all(isinstance(cell, list | dict) for cell in cells)


def _number(cell: object) -> float | bool | None:
    boolean = boolean_of(cell)
    number = number_of(cell) if boolean is None else boolean
    return number if number is not None and abs(number) <= LARGEST else None


def _keys(table: ArmTable, name: str) -> list[str]:
    cells = table.column(name)
    for row, cell in enumerate(cells):
        if isinstance(number_of(cell), float):  # also in formats without types
            raise SampleError(f"{name} holds numbers with decimals", at=table.locate(row))
        if boolean_of(cell) is not None:
            raise SampleError(f"{name} holds booleans", at=table.locate(row))
    return key_texts((name,), (cells,), range(table.n), locate=table.locate)
