"""A Parquet table of many millions of rows: judged from aggregates, never held as rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_evalgate.artifacts.cells import LARGEST_INTEGER, Matcher
from pytest_evalgate.artifacts.engine.columns import Columns, parquet_columns
from pytest_evalgate.artifacts.engine.connection import connected, literal, quoted
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.opened import Opened
from pytest_evalgate.artifacts.engine.parquet import Column, Plan
from pytest_evalgate.artifacts.engine.reduce import Value, pair_of
from pytest_evalgate.artifacts.engine.reduce_column import SqlColumn
from pytest_evalgate.artifacts.engine.reduce_ids import Side, check_ids, join
from pytest_evalgate.artifacts.engine.reduce_movers import Pairs
from pytest_evalgate.artifacts.engine.relation import Database, Relation, number
from pytest_evalgate.artifacts.engine.samples import is_plain
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.engine.template import Kind
from pytest_evalgate.artifacts.reduced import ReducedColumn, ReducedPair
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.table import ArmTable, Conditions
from pytest_evalgate.errors import ArtifactError, Location


_LARGEST: Final = 1e60  # magnitudes whose fourth powers stay in the range of a float


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """What a Parquet file says of itself, and what is wanted of it."""

    plan: Plan
    sha256: str
    wanted: frozenset[str]  # columns that some rule reads
    keys: frozenset[str]  # those of them that are ids
    where: Conditions  # of the arm
    max_rows: int  # that are read one by one
    memory: int  # bytes that the engine may use


class HugeTable(BigTable):
    """A ``BigTable`` that answers by SQL; arrays and rows only within the budget of rows."""

    def __init__(
        self,
        kept: ArmTable,
        *,
        opened: Opened,
        footer: Footer,
        aliases: dict[str, str],
        read: Callable[[], ArmTable],
    ) -> None:
        rows = footer.plan.rows
        nothing = Columns(sha256=footer.sha256, rows=rows, names=(), numbers={}, texts={})
        super().__init__(kept, columns=nothing, aliases=aliases, read=read)
        self.opened, self.footer = opened, footer
        self._own: Database | None = None
        self._pairs: dict[object, tuple[object, Pairs | None]] = {}
        self._has_arrays = False
        self._n = rows
        if footer.where:
            [self._n] = self._relation(()).one("count(*)")
        if not self._n:
            raise DeclinedError("no row is left")

    def row_keys(self) -> set[tuple[str, int]]:
        """Return where each row stands.

        Raises:
            ArtifactError: More rows than the budget.
        """
        return super().row_keys() if self._is_within() else self._read_rows().row_keys()

    def content_keys(self) -> set[tuple[str, int]]:
        """Return what each row is made of.

        Raises:
            ArtifactError: More rows than the budget.
        """
        return super().content_keys() if self._is_within() else self._read_rows().content_keys()

    def _is_within(self) -> bool:
        return self.rows_read <= self.footer.max_rows

    @property
    def n(self) -> int:
        """Rows left by ``where``."""
        return self._n

    def _read_rows(self) -> ArmTable:
        if not self._is_within():
            raise ArtifactError(
                f"{self.rows_read} rows, and {self.footer.max_rows} at most are read one by one. "
                "A rule on more is about the mean of one plain number a row; each row has it and "
                "an id, a plain text or a whole number, that stands once in each arm",
                at=Location(path=self.sources[0].found.shown),
                hint="look for missing values, ids that stand twice or in one arm only, or keep "
                "the rows that the rule is about in a smaller file",
            )
        return super()._read_rows()

    def arrays(self) -> Columns:
        """Return the columns as arrays, read when they are first asked for.

        Raises:
            DeclinedError: More rows than the budget, or columns that are not plain.
        """
        if not self._has_arrays:
            if not self._is_within():
                raise DeclinedError("more rows than the budget")
            footer = self.footer
            with connected([self.opened.name]) as connection:
                self._columns = parquet_columns(
                    connection, self.opened, footer.plan, footer.wanted, footer.keys
                )
            self._has_arrays = True
            self.keep(footer.where)
        return self._columns

    def reduce(self, request: SampleRequest) -> ReducedColumn | None:
        """Give one arm by itself; None where the rows must be read."""
        try:
            key = quoted(self._key(request).name) if _has_id(request) else None
            relation = self.cached(
                ("alone", key, request.where), lambda: self._relation(request.where, key)
            )
            if key is not None:
                self.cached(("unique", key, request.where), lambda: check_ids(relation))
            return self._alone(relation, self._value(request, "c"))
        except DeclinedError:
            return None

    def _alone(self, relation: Relation, value: Value) -> SqlColumn:
        column = self.cached(
            ("column", id(relation), value.sql),
            lambda: SqlColumn(relation, value.sql, notes=self.notes),
        )
        column.check(value.most)
        return column

    def reduce_pairs(
        self, request: SampleRequest, other: object, other_request: SampleRequest
    ) -> ReducedPair | None:
        """Give this table as candidate and ``other`` as baseline, paired by id; None likewise."""
        if not isinstance(other, HugeTable):
            return None
        key = (id(other), request.id, request.where, other_request.id, other_request.where)
        try:
            if key not in self._pairs:
                self._pairs[key] = (other, None)  # declined once, declined for all rules
                self._pairs[key] = (other, self._paired(request, other, other_request))
            _, relation = self._pairs[key]
            if relation is None:
                return None
            values = (
                self._value(request, "c"),
                other._value(other_request, "b"),  # noqa: SLF001 - of the same class
            )
            pair = self.cached((*key, values), lambda: pair_of(relation, values))
            pair.candidate.check(values[0].most)
            pair.baseline.check(values[1].most)
        except DeclinedError:
            return None
        return pair

    def _relation(self, where: Conditions, key: str | None = None) -> Relation:
        """Return the rows that conditions keep, as a relation of its own database."""
        if self._own is None:
            self._own = Database([self.opened.name], memory=self.footer.memory)
        return Relation(self._own, f"({self._side('c', where, key=key)})")

    def _paired(
        self, request: SampleRequest, other: "HugeTable", other_request: SampleRequest
    ) -> Pairs:
        """Make a table with a row for each pair; see ``join``.

        Raises:
            DeclinedError: An id does not stand once in each arm, or is none.
        """
        if not (_has_id(request) and _has_id(other_request)):
            raise DeclinedError("not paired by one column")
        keys = self._key(request), other._key(other_request)  # noqa: SLF001 - of the same class
        sides = [
            table._pair_side(letter, asked.where, key.name)  # noqa: SLF001
            for table, asked, letter, key in (
                (self, request, "c", keys[0]),
                (other, other_request, "b", keys[1]),
            )
        ]
        database = Database([self.opened.name, other.opened.name], memory=self.footer.memory)
        relation = join(database, *sides, is_whole=all(key.is_whole for key in keys))
        self.opened.check()
        other.opened.check()
        return relation

    def _pair_side(self, letter: str, where: Conditions, key: str) -> Side:
        columns = (one for one in self._plain if one.kind is not Kind.TEXT and one.name != key)
        return Side(
            source=self.footer.plan.source,
            kept=self._kept_rows(where),
            id=key,
            cells=[f"{quoted(one.name)} AS {letter}_{one.place}" for one in columns],
        )

    def _kept_rows(self, where: Conditions) -> str:
        conditions = [self._condition(*one) for one in (*self.footer.where, *where)]
        return " AND ".join(conditions) or "true"

    def _side(self, letter: str, where: Conditions, *, key: str | None = None) -> str:
        """Write the query for the plain columns of the rows that conditions keep."""
        cells = [f"{quoted(one.name)} AS {letter}_{one.place}" for one in self._plain]
        if key is not None:
            cells.append(f"{key} AS id")
        kept = self._kept_rows(where)
        return f"SELECT {', '.join(cells)} FROM {self.footer.plan.source} WHERE {kept}"  # noqa: S608

    @property
    def _plain(self) -> list[Column]:
        """The plain columns that some rule reads."""
        footer = self.footer
        return [
            one
            for one in footer.plan.columns
            if one.kind is not None and (one.name in footer.wanted or one.name in footer.keys)
        ]

    def _find(self, name: str) -> Column:
        """Return a plain column.

        Raises:
            DeclinedError: It is none.
        """
        name = self._aliases.get(name, name)
        found = next((one for one in self.footer.plan.columns if one.name == name), None)
        if found is None or found.kind is None:
            raise DeclinedError("not a plain column")
        return found

    def _key(self, request: SampleRequest) -> Column:
        found = self._find(request.id[0])
        if not (found.is_whole or found.kind is Kind.TEXT):
            raise DeclinedError("an id that is neither text nor whole number")
        return found

    def _condition(self, name: str, scalars: tuple[str | None, ...]) -> str:
        """Write a condition as ``Matcher`` takes it, for texts and booleans."""
        found, matcher = self._find(name), Matcher.of(scalars)
        if matcher.has_null or found.kind is Kind.NUMBER:
            raise DeclinedError("a condition on numbers or missing cells")
        cells = (
            sorted(map(literal, matcher.texts))
            if found.kind is Kind.TEXT
            else sorted(map(str, matcher.booleans))
        )
        return f"{quoted(found.name)} IN ({', '.join(cells)})" if cells else "false"

    def _value(self, request: SampleRequest, letter: str) -> Value:
        """Return the values of a metric, each of which must be a plain number.

        Raises:
            DeclinedError: They are none.
        """
        if not is_plain(request) or request.cluster or request.value is None:
            raise DeclinedError("more than one plain number a row")
        found = self._find(request.value)
        if found.kind is Kind.TEXT:
            raise DeclinedError("texts")
        cell = f"{letter}_{found.place}"
        raw = f"CAST({cell} AS DOUBLE)"
        most = _LARGEST
        if found.is_whole:
            most = min(most, LARGEST_INTEGER * abs(request.scale) * (1 - 1e-15))
        return Value(
            cell=cell,
            sql=raw if request.scale == 1.0 else f"({raw} * {number(request.scale)})",
            most=most,
            are_few=found.kind is Kind.BOOLEAN,
            notes=self.notes,
        )


def _has_id(request: SampleRequest) -> bool:
    return len(request.id) == 1
