"""A table of a big file: plain columns are answered from arrays, everything else by rows.

The rows are read by the strict reader, and only when something asks for them; what it says, counts.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import Matcher, Untyped, text_of
from pytest_evalgate.artifacts.engine.cells import LazyColumns
from pytest_evalgate.artifacts.engine.columns import AnyTexts, Columns, Numbers
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.table import ArmTable, Conditions
from pytest_evalgate.errors import ArtifactError, EvalGateError, Location


_BY_ROWS: Final = ("origin", "known", "givers")  # what only the strict reader knows
_MOST_VALUES: Final = 10_000  # different ones that conditions and slices are held against


class BigTable(ArmTable):
    """An ``ArmTable`` whose rows are not there until somebody asks for them."""

    def __init__(
        self,
        kept: ArmTable,
        *,
        columns: Columns,
        aliases: dict[str, str],
        read: Callable[[], ArmTable],
    ) -> None:
        self.artifact, self.arm = kept.artifact, kept.arm
        self.files, self.sources, self.notes = kept.files, kept.sources, kept.notes
        self.places, self.is_override = kept.places, kept.is_override
        self.expected, self.lacking = kept.expected, kept.lacking
        self.rows_read = columns.rows
        self._cache: dict[Any, Any] = {}
        self._columns = columns
        self._aliases = aliases
        self._read = read
        self._error: EvalGateError | None = None
        self._strict: ArmTable | None = None
        self._kept: NDArray[np.intp] | None = None  # rows that ``where`` of the arm keeps

    def __getattr__(self, name: str) -> Any:
        """Read the rows when something is asked for that only they tell."""
        if name == "columns":  # not kept: it knows the table
            return LazyColumns(self._cells, lambda: self._rows().columns)
        if name not in _BY_ROWS:
            raise AttributeError(name)
        for one, found in zip(_BY_ROWS, map(self._rows().__getattribute__, _BY_ROWS), strict=True):
            setattr(self, one, found)
        return getattr(self, name)

    def _rows(self) -> ArmTable:
        """Return the table as the strict reader reads it.

        Raises:
            EvalGateError: It cannot; the same error every time.
        """
        if self._error is not None:
            raise self._error
        if self._strict is None:
            try:
                self._strict = self._read_rows()
            except EvalGateError as error:
                self._error = error
                raise
        return self._strict

    def _read_rows(self) -> ArmTable:
        strict = self._read()
        if [one.sha256 for one in strict.files] != [one.sha256 for one in self.files]:
            raise ArtifactError(
                "the file changed while it was judged",
                at=Location(path=self.sources[0].found.shown),
            )
        return strict

    def _cells(self, name: str) -> list[object] | None:
        """Return the cells of a column of texts or booleans; numbers are told apart by rows."""
        return self.cached(("cells", name), lambda: self._made(name))

    def _made(self, name: str) -> list[object] | None:
        try:
            cells, codes = self.coded(name)
        except DeclinedError:
            return None
        if not all(isinstance(cell, str | int) for cell in cells):
            return None
        return list(map(cells.__getitem__, codes.tolist()))

    def row_keys(self) -> set[tuple[str, int]]:
        """Return where each row stands: real path of its file, and its number in it."""
        found = self.sources[0].found
        return self._numbered("/".join((found.anchor, *found.parts)))

    def content_keys(self) -> set[tuple[str, int]]:
        """Return what each row is made of: digest of its file, and its number in it."""
        return self._numbered(self.files[0].sha256) if self.files[0].rows > 1 else set()

    def _numbered(self, name: str) -> set[tuple[str, int]]:
        self.arrays()  # which also says which rows are kept
        rows = np.arange(self.n) if self._kept is None else self._kept
        return {(name, row + 1) for row in rows.tolist()}

    def distinct(
        self, columns: Sequence[str], where: Conditions = ()
    ) -> list[tuple[str | None, ...]]:
        """Return the combinations of values that occur, as text, sorted."""
        try:
            return self._distinct(columns, where)
        except DeclinedError:
            return super().distinct(columns, where)

    def _distinct(self, columns: Sequence[str], where: Conditions) -> list[tuple[str | None, ...]]:
        coded = [self.coded(name) for name in columns]
        if not all(isinstance(cell, str | int) for cells, _ in coded for cell in cells):
            raise DeclinedError("a slice by numbers")
        met = self.meets(where)
        codes = np.column_stack([of if met is None else of[met] for _, of in coded])
        return sorted(
            tuple(text_of(cells[code]) for code, (cells, _) in zip(row, coded, strict=True))
            for row in np.unique(codes, axis=0).tolist()
        )

    @property
    def n(self) -> int:
        """Rows left by ``where``."""
        return self._columns.rows if self._kept is None else self._kept.size

    def arrays(self) -> Columns:
        """Return the columns that were read.

        Raises:
            DeclinedError: They cannot be read.
        """
        return self._columns

    def keep(self, conditions: Conditions) -> None:
        """Keep the rows that meet the conditions of the arm.

        Raises:
            DeclinedError: They cannot be told, or no row meets them.
        """
        if conditions:
            kept = np.flatnonzero(self._meets(conditions))
            if not kept.size:
                raise DeclinedError("no row is left")
            self._kept = kept
            self._cache.clear()  # it was about all rows

    def numbers(self, name: str) -> Numbers:
        """Return a column of numbers, or of booleans, without a missing one.

        Raises:
            DeclinedError: It is none.
        """
        found = self.arrays().numbers.get(self._aliases.get(name, name))
        if found is None:
            raise DeclinedError("not a column of plain numbers")
        return found if self._kept is None else found[self._kept]

    def has_numbers(self, name: str) -> bool:
        """Whether a column holds a number or a boolean in each row, as far as arrays tell."""
        try:
            return self.numbers(name).size == self.n
        except DeclinedError:
            return False

    def texts(self, name: str) -> AnyTexts:
        """Return a column of plain texts, or of whole numbers as they are written.

        Raises:
            DeclinedError: It is none.
        """
        found = self.arrays().texts.get(self._aliases.get(name, name))
        if found is None:
            raise DeclinedError("not a column of plain texts")
        return found if self._kept is None else found.take(self._kept)

    def meets(self, conditions: Conditions) -> NDArray[np.bool_] | None:
        """Tell which rows meet conditions; None where there are none.

        Raises:
            DeclinedError: It cannot be told.
        """
        if not conditions:
            return None
        return self.cached(("meets", conditions), lambda: self._meets(conditions))

    def _meets(self, conditions: Conditions) -> NDArray[np.bool_]:
        met: NDArray[np.bool_] | None = None
        for name, scalars in conditions:
            cells, codes = self.coded(name)
            if len(cells) > _MOST_VALUES:
                raise DeclinedError("a condition on a column of many values")
            matcher = Matcher.of(scalars)
            one = np.array([matcher(cell) for cell in cells], dtype=np.bool_)[codes]
            met = one if met is None else met & one
        if met is None:
            raise ValueError("no conditions")
        return met

    def coded(self, name: str) -> tuple[list[object], NDArray[np.intp]]:
        """Return the different cells of a column, and for each row its place among them.

        Raises:
            DeclinedError: It is no plain column.
        """
        return self.cached(("coded", name), lambda: self._coded(name))

    def _coded(self, name: str) -> tuple[list[object], NDArray[np.intp]]:
        own = self._aliases.get(name, name)
        if own in self.arrays().texts:
            texts, codes = self.texts(name).coded()
            if own in self.arrays().whole:
                return list(map(int, texts)), codes
            is_typed = self.sources[0].format.is_typed
            return list(texts if is_typed else map(Untyped, texts)), codes
        numbers = self.numbers(name)
        if not self.sources[0].format.is_typed:
            raise DeclinedError("a number that may be meant as text")
        values, codes = np.unique(numbers, return_inverse=True)
        return values.tolist(), codes
