"""A second file's columns, found by key: left join before ``where``."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_evalgate.artifacts.cells import ABSENT, shown_ids, shown_list
from pytest_evalgate.artifacts.columns import near_names
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.artifacts.rows import PATH, ROW, Rows
from pytest_evalgate.errors import Location, SampleError


def join(
    rows: Rows, other: Rows, *, name: str, by: Sequence[str], match: str, columns: Iterable[str]
) -> None:
    """Add columns ``name.*`` to rows, in place.

    Args:
        rows: The table on the left.
        other: The joined file.
        name: Name of the join.
        by: Key columns, the same in both.
        match: ``rows``: each row finds a partner; ``some``: a subset does; ``both``: as ``rows``,
            and a row of the other file without a partner that ``where`` keeps becomes a row with
            missing cells.
        columns: Columns of the other file to add.

    Raises:
        SampleError: Keys that are missing, no ids, double in the other file, or without partner.
    """
    left = _keys(rows, by, what="the rows")
    right = _keys(other, by, what=f"join {name}")
    partner = {key: index for index, key in enumerate(right)}
    if len(partner) != len(right):
        raise _double(right, name=name, by=by, at=other.start)
    found = [partner.get(key, -1) for key in left]
    lost = [key for key, index in zip(left, found, strict=True) if index < 0]
    if match == "some":
        rows.notes.append(
            f"join {name}: {len(left) - len(lost)} of {len(left)} rows have a partner"
        )
    elif lost:
        raise SampleError(
            f"join {name}: {len(lost)} of {len(left)} rows have no partner by {'+'.join(by)}, "
            f"first {shown_ids(sorted(set(lost)))}",
            at=other.start,
            hint="complete the joined file, or write `match: some` if a subset is meant",
        )
    for column in columns:
        cells = other.columns[column]
        rows.columns[f"{name}.{column}"] = [cells[i] if i >= 0 else ABSENT for i in found]
        if column in other.givers:
            givers = other.givers[column]
            rows.givers[f"{name}.{column}"] = [givers[i] if i >= 0 else None for i in found]
    rows.names.update(f"{name}.{column}" for column in other.names)
    if match == "both":
        kept = rows.is_kept or [True] * len(found)
        met = {index for index, is_kept in zip(found, kept, strict=True) if is_kept}
        alone = [index for index in range(other.n) if index not in met]
        rows.expected[name] = found
        _append(rows, other, alone, name=name, by=by)
        rows.expected[name].extend(alone)
        rows.notes.append(f"join {name}: {len(alone)} expected ids have no row")
    rows.files.extend(other.files)


def _keys(rows: Rows, by: Sequence[str], *, what: str) -> list[str]:
    for column in by:
        if rows.is_absent(column):
            raise SampleError(
                f"{what} have no column {shown_list([column])} to join by",
                at=rows.start,
                hint=near_names(column, rows.names),
            )

    def locate(row: int) -> Location:
        source = rows.sources[rows.origin.source[row]]
        return source.locate(rows.origin.line[row])

    cells = [rows.columns[column] for column in by]
    return key_texts(by, cells, range(rows.n), locate=locate)


def _double(keys: list[str], *, name: str, by: Sequence[str], at: Location) -> SampleError:
    double = sorted(key for key, count in Counter(keys).items() if count > 1)
    return SampleError(
        f"join {name}: {len(double)} keys of {'+'.join(by)} stand in more than one row, "
        f"first {shown_ids(double)}",
        at=at,
        hint="keys of a joined file must be unique; add a column to `by`",
    )


def _append(rows: Rows, other: Rows, alone: list[int], *, name: str, by: Sequence[str]) -> None:
    """Add rows of the other file: their keys, the joined columns, and nothing else."""
    _note_lacking(rows, other, alone, name=name, by=by)
    offset = len(rows.sources)
    rows.sources.extend(replace(source, is_joined=True) for source in other.sources)
    origin = other.origin.keep(alone)
    rows.origin.source.extend(offset + index for index in origin.source)
    rows.origin.line.extend(origin.line)
    rows.origin.row.extend(origin.row)
    for column, givers in rows.givers.items():
        prefix, _, inner = column.partition(".")
        given = other.givers.get(inner) if prefix == name else None
        givers.extend([None] * len(alone) if given is None else [given[i] for i in alone])
    for column, cells in rows.columns.items():
        inner = column.removeprefix(f"{name}.")
        if column == ROW:
            cells.extend(origin.row)
        elif column == PATH:
            cells.extend(other.sources[index].found.shown for index in origin.source)
        elif column in by:
            cells.extend(other.columns[column][i] for i in alone)
        elif inner != column and inner in other.columns:
            cells.extend(other.columns[inner][i] for i in alone)
        else:
            cells.extend([ABSENT] * len(alone))


def _note_lacking(
    rows: Rows, other: Rows, alone: list[int], *, name: str, by: Sequence[str]
) -> None:
    """Remember which columns nothing tells of the rows that will be added: they may be any."""
    if rows.is_kept:
        rows.is_kept.extend([True] * len(alone))
    for key, of in rows.expected.items():
        if key != name:  # they are no ids of another join
            of.extend([-1] * len(alone))
    for column in rows.columns.keys() - set(by):
        inner = column.removeprefix(f"{name}.")
        if inner == column or inner not in other.columns:
            rows.lacking.setdefault(column, []).extend(range(rows.n, rows.n + len(alone)))
