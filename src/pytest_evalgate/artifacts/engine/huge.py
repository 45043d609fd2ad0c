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
from pytest_evalgate.artifacts.engine.reduce import SqlColumn, SqlPair
from pytest_evalgate.artifacts.engine.relation import Database, Relation, number
from pytest_evalgate.artifacts.engine.samples import is_plain
from pytest_evalgate.artifacts.engine.table import BigTable
from pytest_evalgate.artifacts.engine.template import Kind
from pytest_evalgate.artifacts.reduced import ReducedColumn, ReducedPair
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.table import ArmTable, Conditions
from pytest_evalgate.errors import ArtifactError, Location


_LARGEST: Final = 1e60  # magnitudes whose fourth powers stay in the range of a float
_PART: Final = 4_000_000  # ids that are compared with one another in memory
_ID: Final = "[!-~][ -~]{0,511}"  # printable ASCII, not blank


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
        self._pairs: dict[object, tuple[object, Relation | None]] = {}
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
                self.cached(("unique", key, request.where), lambda: _check_ids(relation))
            return self._column(relation, request, "c")
        except DeclinedError:
            return None

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
            pair = SqlPair(
                relation,
                self._column(relation, request, "c"),
                other._column(relation, other_request, "b"),  # noqa: SLF001 - of the same class
            )
            return self.cached((*key, pair.candidate.value, pair.baseline.value), lambda: pair)
        except DeclinedError:
            return None

    def _relation(self, where: Conditions, key: str | None = None) -> Relation:
        """Return the rows that conditions keep, as a relation of its own database."""
        if self._own is None:
            self._own = Database([self.opened.name], memory=self.footer.memory)
        return Relation(self._own, f"({self._side('c', where, key=key)})")

    def _paired(
        self, request: SampleRequest, other: "HugeTable", other_request: SampleRequest
    ) -> Relation:
        """Make a table with a row for each pair.

        Each id stands exactly once in each arm where rows of either arm and pairs are as many, and
        their ids have the same sums of two hashes. An id that stands k times in one arm and l in
        the other gives kl pairs; unless k = l = 1 its hashes count k, l and kl times. That all of
        these cancel has a chance of 2 to the minus 100 or so.

        Raises:
            DeclinedError: An id does not, or is none.
        """
        if not (_has_id(request) and _has_id(other_request)):
            raise DeclinedError("not paired by one column")
        keys = self._key(request), other._key(other_request)  # noqa: SLF001 - of the same class
        kind = "BIGINT" if all(key.is_whole for key in keys) else "VARCHAR"
        sides = [
            table._side(letter, asked.where, key=f"CAST({quoted(key.name)} AS {kind})")  # noqa: SLF001
            for table, asked, letter, key in (
                (self, request, "c", keys[0]),
                (other, other_request, "b", keys[1]),
            )
        ]
        database = Database([self.opened.name, other.opened.name], memory=self.footer.memory)
        arms = [Relation(database, f"({side})").one(*_ID_SUMS) for side in sides]
        database.ask(f"CREATE TEMP TABLE pairs AS FROM ({sides[0]}) JOIN ({sides[1]}) USING (id)")
        relation = Relation(database, "pairs")
        *pairs, are_ids = relation.one(*_ID_SUMS, f"bool_and({_is_id('id')})")
        self.opened.check()
        other.opened.check()
        if not (list(arms[0]) == list(arms[1]) == pairs and are_ids):
            raise DeclinedError("ids that do not stand once in each arm")
        return relation

    def _side(self, letter: str, where: Conditions, *, key: str | None = None) -> str:
        """Write the query for the plain columns of the rows that conditions keep."""
        cells = [f"{quoted(name)} AS {letter}_{place}" for name, place in self._places.items()]
        if key is not None:
            cells.append(f"{key} AS id")
        conditions = [self._condition(*one) for one in (*self.footer.where, *where)]
        kept = " AND ".join(conditions) or "true"
        return f"SELECT {', '.join(cells)} FROM {self.footer.plan.source} WHERE {kept}"  # noqa: S608

    @property
    def _places(self) -> dict[str, int]:
        """The plain columns that some rule reads, by name."""
        footer = self.footer
        return {
            one.name: one.place
            for one in footer.plan.columns
            if one.kind is not None and (one.name in footer.wanted or one.name in footer.keys)
        }

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

    def _column(self, relation: Relation, request: SampleRequest, letter: str) -> SqlColumn:
        """Return the values of a metric, once it is known that each row has a plain number.

        Raises:
            DeclinedError: One has none.
        """
        if not is_plain(request) or request.cluster or request.value is None:
            raise DeclinedError("more than one plain number a row")
        found = self._find(request.value)
        if found.kind is Kind.TEXT:
            raise DeclinedError("texts")
        raw = f"CAST({letter}_{found.place} AS DOUBLE)"
        value = raw if request.scale == 1.0 else f"({raw} * {number(request.scale)})"
        column = self.cached(
            ("column", id(relation), value),
            lambda: SqlColumn(relation, value, notes=self.notes),
        )
        most = _LARGEST
        if found.is_whole:
            most = min(most, LARGEST_INTEGER * abs(request.scale) * (1 - 1e-15))
        column.check(most)
        return column


# What tells whether arms and pairs hold the same ids the same number of times.
_ID_SUMS: Final = (
    "count(*)",
    "sum(CAST(hash(id) AS HUGEINT))",
    "sum(CAST(hash(id, 20261122) AS HUGEINT))",
)


def _has_id(request: SampleRequest) -> bool:
    return len(request.id) == 1


def _is_id(name: str) -> str:
    text = f"CAST({name} AS VARCHAR)"
    return f"{name} IS NOT NULL AND regexp_full_match({text}, {literal(_ID)})"


def _check_ids(relation: Relation) -> None:
    """Hold the ids of one arm against what an id is.

    Raises:
        DeclinedError: One is none, or stands twice.
    """
    [are_ids] = relation.one(f"bool_and({_is_id('id')})")
    if not (are_ids and _are_different(relation)):
        raise DeclinedError("ids that are none, or stand twice")


def _are_different(relation: Relation) -> bool:
    """Whether no id stands twice; part by part, so that each part fits in memory."""
    [rows] = relation.one("count(*)")
    parts = rows // _PART + 1
    return all(
        rows == different
        for rows, different in (
            relation.ask(
                "count(*)", "count(DISTINCT id)", then=f"WHERE hash(id) % {parts} = {part}"
            )[0]
            for part in range(parts)
        )
    )
