"""One arm's rows as columns, and where in which file each row stands."""

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import Matcher, is_missing, shown, shown_list, text_of
from pytest_evalgate.artifacts.columns import near_names
from pytest_evalgate.artifacts.files import FileRecord
from pytest_evalgate.artifacts.labels import found_values
from pytest_evalgate.artifacts.paths import Found
from pytest_evalgate.errors import Location, SampleError
from pytest_evalgate.formats import Format


Conditions = tuple[tuple[str, tuple[str | None, ...]], ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file of rows: how to read it again, and what holds for each of its rows."""

    found: Found
    record: FileRecord
    format: Format
    constants: dict[str, object]  # path captures and metadata
    max_bytes: int
    is_joined: bool = False  # its rows were added by a join: they are none of the arm's own

    def locate(self, place: int) -> Location:
        """Return the place of a row for a message: its line, or its number."""
        if self.format.has_lines:
            return Location(path=self.found.shown, line=place)
        return Location(path=self.found.shown, row=place)


@dataclass(slots=True, kw_only=True)
class Origin:
    """Where rows come from, one entry a row: index of the source, line, and row in its file."""

    source: "array[int]" = field(default_factory=lambda: array("i"))
    line: "array[int]" = field(default_factory=lambda: array("i"))
    row: "array[int]" = field(default_factory=lambda: array("i"))

    def keep(self, rows: Sequence[int]) -> "Origin":
        """Return the origin of some rows."""
        return Origin(
            source=array("i", map(self.source.__getitem__, rows)),
            line=array("i", map(self.line.__getitem__, rows)),
            row=array("i", map(self.row.__getitem__, rows)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The ids that a join with ``match: both`` lists: each must have a row that is kept."""

    join: str
    key: NDArray[np.intp]  # of each row: the row of the joined file that it belongs to, or -1
    own: frozenset[str]  # columns of the rows themselves: nothing tells them of an id alone


@dataclass(slots=True, kw_only=True)
class ArmTable:
    """The rows of one arm after ``where``; only the columns that were asked for.

    ``columns`` maps a name to its cells, None where a row has none. A column that no row has is
    not in it: ``column`` raises for it, with names that are near.
    """

    artifact: str
    arm: str
    columns: Mapping[str, list[object]]
    files: tuple[FileRecord, ...]
    rows_read: int  # before ``where``
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    origin: Origin
    known: frozenset[str]  # names that the files have, for hints
    # Of columns that some path or metadata give: the giver of each cell, None for a row's own.
    givers: dict[str, list[str | None]] = field(default_factory=dict)
    places: frozenset[str] = frozenset()  # names of columns that only say where a row stands
    is_override: bool = False  # the paths come from the command line
    expected: tuple[Expected, ...] = ()
    # Rows that a join added, by column that such a row lacks: it may be any value.
    lacking: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    _cache: dict[Hashable, object] = field(default_factory=dict, repr=False)

    @property
    def n(self) -> int:
        """Rows left by ``where``."""
        return len(self.origin.line)

    @property
    def left_out(self) -> int:
        """Rows that ``where`` left out."""
        return self.rows_read - self.n

    @property
    def name(self) -> str:
        """The arm, for messages."""
        return f"{self.artifact}.{self.arm}"

    def locate(self, row: int) -> Location:
        """Return the file and line of a row, or its number in a format without lines."""
        source = self.sources[self.origin.source[row]]
        return source.locate(self.origin.line[row])

    def column(self, name: str) -> list[object]:
        """Return the cells of a column.

        Raises:
            SampleError: No row has it.
        """
        if name not in self.columns:
            raise SampleError(
                f"no row of {self.name} has a column {shown(name)}",
                at=Location(path=min(one.found.shown for one in self.sources if not one.is_joined)),
                hint=near_names(name, self.known),
            )
        return self.columns[name]

    def where(self, conditions: Conditions) -> NDArray[np.intp]:
        """Return the rows that meet all conditions, in the order of the table."""
        return self.cached(("where", conditions), lambda: self._where(conditions))

    def _where(self, conditions: Conditions) -> NDArray[np.intp]:
        if not conditions:
            return np.arange(self.n)
        met = np.ones(self.n, dtype=np.bool_)
        for name, scalars in conditions:
            one = matches(self.column(name), scalars)
            # An expected id without a row stays: it is missing, not of another kind.
            one[self.lacking.get(name, [])] = True
            met &= one
        return np.flatnonzero(met)

    def check_expected(self, conditions: Conditions) -> None:
        """Refuse conditions that leave expected ids without a row, by a join's ``match: both``.

        Raises:
            SampleError: How many ids of which join.
        """
        for one in self.expected:
            own = [name for name, _ in conditions if name in one.own]
            if not own:
                continue
            others = tuple(one_of for one_of in conditions if one_of[0] not in one.own)
            asked = set(one.key[self.where(others)].tolist())
            lost = asked - set(one.key[self.where(conditions)].tolist()) - {-1}
            if lost:
                raise SampleError(
                    f"join {one.join}: {len(lost)} of {len(asked - {-1})} expected ids have no "
                    f"row of {self.name} that `where` of the metric keeps, by {shown_list(own)}",
                    hint=f"evaluate these ids too; to judge some of the ids only, select by a "
                    f"column of the join, as in `where: {{{one.join}.{own[0]}: ...}}`",
                )

    def row_keys(self) -> set[tuple[str, int]]:
        """Return where each row stands: real path of its file, and its number in it.

        Rows that a join added have none.
        """
        paths = [
            None if one.is_joined else "/".join((one.found.anchor, *one.found.parts))
            for one in self.sources
        ]
        return self._keys(paths)

    def content_keys(self) -> set[tuple[str, int]]:
        """Return what each row is made of: digest of its file, and its number in it.

        Rows that a join added have none, nor has the only row of a file: it may say the same as
        another by chance.
        """
        digests = [
            None if one.is_joined or one.record.rows == 1 else one.record.sha256
            for one in self.sources
        ]
        return self._keys(digests)

    def _keys(self, names: Sequence[str | None]) -> set[tuple[str, int]]:
        of = (names[index] for index in self.origin.source)
        pairs = zip(of, self.origin.row, strict=True)
        return {(name, row) for name, row in pairs if name is not None}

    def distinct(
        self, columns: Sequence[str], where: Conditions = ()
    ) -> list[tuple[str | None, ...]]:
        """Return the combinations of values that occur, as text, sorted; None for missing."""
        kept = self.where(where).tolist()
        cells = zip(*(map(self.column(name).__getitem__, kept) for name in columns), strict=True)
        rows = {tuple(None if is_missing(cell) else text_of(cell) for cell in row) for row in cells}
        return sorted(rows, key=lambda row: [(text is not None, text or "") for text in row])

    def values_given(self, conditions: Conditions) -> str:
        """Write which values the columns of conditions have where the other conditions hold."""
        mets = [(name, matches(self.column(name), of)) for name, of in conditions]
        found = []
        for name, rows in given_others(mets):
            cells = self.column(name)
            texts = {None if is_missing(cells[i]) else text_of(cells[i]) for i in rows}
            found.append(
                found_values(name, sorted(texts, key=lambda one: (one or "", one is None)))
            )
        return "; ".join(found)

    def cached(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return what ``make`` made for this key the first time."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]  # type: ignore[return-value]  # one key, one type


def given_others(mets: Sequence[tuple[str, NDArray[np.bool_]]]) -> Iterator[tuple[str, list[int]]]:
    """Yield each condition's column, and the rows in which all other conditions hold.

    Where none holds them, all rows: the value to write may be that of another column.
    """
    for place, (name, met) in enumerate(mets):
        others = [one for at, (_, one) in enumerate(mets) if at != place]
        left = np.logical_and.reduce(others) if others else np.ones_like(met)
        yield name, np.flatnonzero(left if left.any() else np.ones_like(met)).tolist()


def matches(cells: Iterable[object], scalars: Iterable[str | None]) -> NDArray[np.bool_]:
    """Tell for each cell whether it equals one of the scalars as written."""
    matcher = Matcher.of(scalars)
    known: dict[tuple[type, object], bool] = {}
    found = []
    for cell in cells:
        if isinstance(cell, list | dict):
            found.append(False)
            continue
        key = (type(cell), cell)
        if key not in known:
            known[key] = matcher(cell)
        found.append(known[key])
    return np.array(found, dtype=np.bool_)
