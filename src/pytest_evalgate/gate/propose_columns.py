"""The columns of two arms as a first gate file sees them: names, keys and numbers."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.cells import boolean_of, number_of, shown
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.artifacts.values import Coding, numbers
from pytest_evalgate.errors import SampleError
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

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name in lower case: ``latencyMs`` is latency, ms."""
        return tuple(token.lower() for token in _TOKEN.findall(self.name))

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

    @property
    def is_text(self) -> bool:
        """Whether some cell is a word: neither number, boolean nor missing."""
        return any(
            isinstance(cell, str) and cell and number_of(cell) is None and boolean_of(cell) is None
            for table in self.tables
            for cell in table.column(self.name)
        )


def load(candidate: str, baseline: str, around: Surroundings) -> tuple[ArmTable, ArmTable]:
    """Read all columns of both arms; paths are as a gate file writes them.

    Raises:
        ArtifactError: the bytes cannot be used.
        SampleError: the rows cannot be used.
    """
    return _load("candidate", candidate, around), _load("baseline", baseline, around)


def _load(arm: str, path: str, around: Surroundings) -> ArmTable:
    request = ArmRequest(
        artifact=ARTIFACT, arm=arm, paths=(path,), base=around.base, root=around.root
    )
    return load_arm(request, load_arm(request, ()).known)


def common_columns(tables: tuple[ArmTable, ArmTable]) -> list[Column]:
    """Return the columns of single values that both arms have, by name."""
    names = tables[0].columns.keys() & tables[1].columns.keys()
    columns = [Column(name=name, tables=tables) for name in sorted(names) if can_be_written(name)]
    return [column for column in columns if _is_single(column)]


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
    return not any(
        isinstance(cell, list | dict)
        for table in column.tables
        for cell in table.column(column.name)
    )


def _keys(table: ArmTable, name: str) -> list[str]:
    cells = table.column(name)
    for row, cell in enumerate(cells):
        if isinstance(number_of(cell), float):  # also in formats without types
            raise SampleError(f"{name} holds numbers with decimals", at=table.locate(row))
        if boolean_of(cell) is not None:
            raise SampleError(f"{name} holds booleans", at=table.locate(row))
    return key_texts((name,), (cells,), range(table.n), locate=table.locate)
