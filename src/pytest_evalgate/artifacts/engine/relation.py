"""Questions about the rows of a table inside the engine, answered by aggregates only.

Sums are of whole numbers: each term is scaled by a power of two and rounded, so a sum is exact and
the same for any number of threads and any order of rows.
"""

import math
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from pytest_evalgate.artifacts.engine.connection import connect, declining
from pytest_evalgate.artifacts.engine.declined import DeclinedError


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BITS: Final = 84  # of a scaled term: with 2^42 rows a sum stays within 127 bits


class Database:
    """A database over open files that lives as long as somebody asks it."""

    def __init__(self, names: Sequence[str], *, memory: int | None) -> None:
        folder = tempfile.mkdtemp(prefix="evalgate-")  # private; for what does not fit in memory
        try:
            with declining():
                # In a list, so that nothing holds it once the end has taken it out.
                self._held = [connect(names, memory=memory, folder=folder)]
        except DeclinedError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._end = weakref.finalize(self, _end, self._held, folder)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of an answer.

        Raises:
            DeclinedError: The engine refuses.
        """
        with declining():
            return self._held[0].execute(sql).fetchall()


def _end(held: list["DuckDBPyConnection"], folder: str) -> None:
    held.pop().close()
    shutil.rmtree(folder, ignore_errors=True)


class Relation:
    """A table of the engine, or a part of one.

    Args:
        database: Where it stands.
        source: Its name, or the query that gives it.
        weight: The column that says how many rows each of its rows stands for; None for one.
    """

    def __init__(self, database: Database, source: str, *, weight: str | None = None) -> None:
        self.database = database
        self.source = source
        self.weight = weight
        self.rows = "count(*)" if weight is None else f"sum({weight})"

    def counted(self, condition: str) -> str:
        """Write the number of rows that meet a condition; faster than ``FILTER``."""
        return f"sum(CASE WHEN {condition} THEN {self.weight or 1} ELSE 0 END)"

    def ask(self, *cells: str, then: str = "") -> list[tuple[Any, ...]]:
        """Return the answer to ``SELECT cells FROM this then``."""
        return self.database.ask(f"SELECT {', '.join(cells)} FROM {self.source} {then}")  # noqa: S608

    def one(self, *cells: str) -> tuple[Any, ...]:
        """Return the only row of an answer."""
        [row] = self.ask(*cells)
        return row

    def sums(self, terms: Sequence[tuple[str, float]]) -> list[Fraction]:
        """Return the sum of each term over all rows.

        Args:
            terms: Expressions, each with the largest magnitude it can have.

        Raises:
            DeclinedError: A term is not a number.
        """
        scales = [_BITS - math.frexp(most)[1] for _, most in terms]
        times = "" if self.weight is None else f" * {self.weight}"
        cells = [
            f"sum(CAST({_scaled(term, scale)} AS HUGEINT){times})"
            for (term, _), scale in zip(terms, scales, strict=True)
        ]
        found = self.one(*cells)
        if any(one is None for one in found):
            raise DeclinedError("nothing to sum")
        return [
            Fraction(one) / (Fraction(2) ** scale) for one, scale in zip(found, scales, strict=True)
        ]


def _scaled(term: str, scale: int) -> str:
    """Multiply a term by a power of two, in steps that are floats themselves."""
    while scale:
        step = max(-1000, min(1000, scale))
        term = f"({term}) * {number(math.ldexp(1.0, step))}"
        scale -= step
    return f"({term})"


def number(value: float) -> str:
    """Write a float as SQL, to the last bit."""
    return f"CAST('{value!r}' AS DOUBLE)"
