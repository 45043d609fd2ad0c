"""Columns of a big file as arrays, once its lines are proved to have one plain shape."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.artifacts.cells import LARGEST_INTEGER
from pytest_evalgate.artifacts.engine.connection import connected, literal, quoted
from pytest_evalgate.artifacts.engine.declined import DeclinedError
from pytest_evalgate.artifacts.engine.opened import Opened
from pytest_evalgate.artifacts.engine.parquet import Plan
from pytest_evalgate.artifacts.engine.serials import Serials, packed, packed_if, unpacked, word_of
from pytest_evalgate.artifacts.engine.template import Kind, Template, csv_template, json_template
from pytest_evalgate.artifacts.engine.texts import Texts, texts_of


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Numbers = NDArray[np.float64] | NDArray[np.bool_]
AnyTexts = Texts | Serials
_HEAD: Final = 1 << 17  # bytes that the first two lines must fit in
_LONGEST_LINE: Final = 131_072  # characters; a delimited field may have no more
_FIELD_END: Final = "\x1f"  # stands in no line, so that each is one field
_SQL: Final = {Kind.NUMBER: "DOUBLE", Kind.BOOLEAN: "BOOLEAN", Kind.TEXT: "VARCHAR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What was read of a file: its digest, rows, and the columns that are plain in every row."""

    sha256: str
    rows: int
    names: tuple[str, ...]  # of all columns
    numbers: Mapping[str, Numbers]  # finite, and whole ones are exact
    texts: Mapping[str, AnyTexts]
    whole: frozenset[str] = frozenset()  # texts that are whole numbers in the file
    notes: tuple[str, ...] = field(default=())


def read_columns(
    opened: Opened, form: str, wanted: Collection[str], texts: Collection[str]
) -> Columns:
    """Read the columns of a file of lines.

    Args:
        opened: The file.
        form: ``jsonl``, ``csv`` or ``tsv``.
        wanted: Columns to read; one that is not plain is left out.
        texts: Those of them that are needed as texts, such as ids.

    Raises:
        DeclinedError: It cannot be proved that the strict reader would read the same.
        ArtifactError: The file changed meanwhile.
    """
    head = opened.head(_HEAD)
    lines = head.split(b"\n", 2)[:2]
    if len(lines) < 2:
        raise DeclinedError("a long first line")
    if form == "jsonl":
        template = json_template(lines[0], wanted, texts)
    else:
        delimiter = "," if form == "csv" else "\t"
        template = csv_template(lines, wanted, texts, delimiter=delimiter)
    return _lines(opened, template, form, texts)


def _lines(opened: Opened, template: Template, form: str, texts: Collection[str]) -> Columns:
    if opened.tail(1) != b"\n":
        raise DeclinedError("the last line has no newline")
    kinds = {
        name: Kind.TEXT if name in texts and kind is Kind.NUMBER else kind
        for name, kind in template.kinds.items()
    }
    with ThreadPoolExecutor(1) as other, connected([opened.name]) as connection:
        looked = other.submit(opened.looked_through, (b"\r", _FIELD_END.encode()))
        rows, is_narrow = _proved(connection, opened.name, template)
        sha256, count = looked.result()
        if rows != count - (template.header is not None):
            raise DeclinedError("lines that the engine divides otherwise")
        source = _json(opened.name, kinds) if form == "jsonl" else _csv(opened.name, template)
        words = template.words if is_narrow else {}
        cells = _cells(kinds) | {name: packed(quoted(name), word) for name, word in words.items()}
        found = _fetched(connection, source, cells)
    opened.check()
    are_whole = {name for name, kind in kinds.items() if kind is not template.kinds[name]}
    return _checked(sha256, rows, template.names, found, words=words, whole=are_whole)


def _proved(connection: "DuckDBPyConnection", name: str, template: Template) -> tuple[int, bool]:
    """Hold each line against the pattern; return how many match, and if all match the narrow one.

    Raises:
        DeclinedError: One does not match.
    """
    source = (
        f"read_csv({literal(name)}, delim = {literal(_FIELD_END)}, quote = '', escape = '', "
        "comment = '', header = false, auto_detect = false, compression = 'none', "
        f"skip = {int(template.header is not None)}, columns = {{'line': 'VARCHAR'}})"
    )
    asked = (
        "SELECT count(*), min(CASE WHEN regexp_full_match(line, $narrow) THEN 2 "  # noqa: S608
        "WHEN regexp_full_match(line, $pattern) THEN 1 ELSE 0 END), "
        f"count(*) FILTER (line = $header), max(strlen(line)) FROM {source}"
    )
    held = {
        "narrow": template.narrow,
        "pattern": template.pattern,
        "header": template.header or "",
    }
    found = connection.execute(asked, held).fetchall()
    [(lines, least, repeated, longest)] = found
    if not least or repeated or longest > _LONGEST_LINE:
        raise DeclinedError("lines of more than one shape")
    return lines, least == 2


def _json(name: str, kinds: Mapping[str, Kind]) -> str:
    columns = ", ".join(f"{literal(one)}: '{_SQL[kind]}'" for one, kind in kinds.items())
    return (
        f"read_json({literal(name)}, format = 'newline_delimited', records = true, "
        f"auto_detect = false, compression = 'uncompressed', columns = {{{columns}}})"
    )


def _csv(name: str, template: Template) -> str:
    columns = ", ".join(f"{literal(one)}: 'VARCHAR'" for one in template.names)
    return (
        f"read_csv({literal(name)}, delim = {literal(template.delimiter)}, quote = '', "
        "escape = '', comment = '', header = false, skip = 1, auto_detect = false, "
        "compression = 'none', "
        f"columns = {{{columns}}})"
    )


def _cells(kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return the expressions of SQL of columns."""
    return {name: f"CAST({quoted(name)} AS {_SQL[kind]})" for name, kind in kinds.items()}


def _fetched(
    connection: "DuckDBPyConnection", source: str, cells: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """Return the columns as the engine gives them.

    Raises:
        DeclinedError: A cell is missing.
    """
    if not cells:
        return {}
    asked = ", ".join(f"{cell} AS c{place}" for place, cell in enumerate(cells.values()))
    arrays = connection.execute(f"SELECT {asked} FROM {source}").fetchnumpy()  # noqa: S608
    found = {}
    for name, array in zip(cells, arrays.values(), strict=True):
        if np.ma.is_masked(array):
            raise DeclinedError("a missing value")
        found[name] = np.asarray(array)
    return found


def _checked(
    sha256: str,
    rows: int,
    names: Sequence[str],
    found: dict[str, NDArray[Any]],
    *,
    words: Mapping[str, str],
    whole: Collection[str],
) -> Columns:
    """Keep the columns of which every cell is plain.

    Args:
        sha256: Digest of the file.
        rows: How many.
        names: All columns of the file.
        found: Cells; taken out one by one, as they are large.
        words: Before the digits of texts that came as numbers.
        whole: Numbers that were read as texts, where only whole numbers are the same.
    """
    numbers: dict[str, Numbers] = {}
    texts: dict[str, AnyTexts] = {}
    for name in tuple(found):
        array = found.pop(name)
        if array.size != rows:
            raise DeclinedError("another number of rows")
        if array.dtype != np.object_ and name not in words:
            if array.dtype == np.bool_ or bool((np.abs(array) < LARGEST_INTEGER).all()):
                numbers[name] = array
            continue
        try:
            text = unpacked(words[name], array) if name in words else texts_of(array.tolist())
            if name in whole and not text.are_whole_numbers():
                continue
        except DeclinedError:
            continue
        texts[name] = text
    return Columns(
        sha256=sha256,
        rows=rows,
        names=tuple(names),
        numbers=numbers,
        texts=texts,
        whole=frozenset(whole),
    )


def parquet_columns(
    connection: "DuckDBPyConnection",
    opened: Opened,
    planned: Plan,
    wanted: Collection[str],
    texts: Collection[str],
) -> Columns:
    """Read the columns of a Parquet file; see ``read_columns``.

    Raises:
        DeclinedError: It cannot be proved that the strict reader would read the same.
        ArtifactError: The file changed meanwhile.
    """
    names = tuple(one.name for one in planned.columns)
    if len({name.casefold() for name in names}) < len(names):
        raise DeclinedError("columns that the engine may take for one another")
    whole = {one.name for one in planned.columns if one.name in texts and one.is_whole}
    kinds = {
        one.name: Kind.TEXT if one.name in whole else one.kind
        for one in planned.columns
        if one.name in wanted and one.kind is not None
    }
    sha256 = opened.digest()
    numbers: dict[str, Numbers] = {}
    columns: dict[str, AnyTexts] = {}
    for part in _parts(kinds):  # texts one by one: each is many objects for a while
        found, words = _numbered(connection, planned.source, part, texts)
        found = found or _fetched(connection, planned.source, _cells(part))
        read = _checked(sha256, planned.rows, names, found, words=words, whole=whole)
        numbers.update(read.numbers)
        columns.update(read.texts)
    opened.check()
    return Columns(
        sha256=sha256,
        rows=planned.rows,
        names=names,
        numbers=numbers,
        texts=columns,
        whole=frozenset(whole),
        notes=planned.notes,
    )


def _numbered(
    connection: "DuckDBPyConnection",
    source: str,
    kinds: Mapping[str, Kind],
    texts: Collection[str],
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return a column of texts as numbers, and its word; nothing where not all texts are such."""
    name, cell = next(iter(_cells(kinds).items()), ("", ""))
    if kinds.get(name) is not Kind.TEXT or name not in texts:
        return {}, {}
    first = connection.execute(f"SELECT {cell} FROM {source} LIMIT 1").fetchall()  # noqa: S608
    word = word_of(first[0][0] or "") if first else None
    if word is None:
        return {}, {}
    try:
        return _fetched(connection, source, {name: packed_if(cell, word)}), {name: word}
    except DeclinedError:
        return {}, {}


def _parts(kinds: Mapping[str, Kind]) -> list[dict[str, Kind]]:
    texts: list[dict[str, Kind]]
    texts = [{name: kind} for name, kind in kinds.items() if kind is Kind.TEXT]
    return [*texts, {name: kind for name, kind in kinds.items() if kind is not Kind.TEXT}]
