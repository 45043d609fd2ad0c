"""Copies that pass for evidence: repeats, runs, files or a candidate that were never asked anew.

Rows are compared whole. Rows that hold nothing but keys and what the gate reads cannot tell a
copy from an equal answer, so they are not compared.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import number_of, shown_list, text_of
from pytest_evalgate.artifacts.contents import row_digests, varying_columns
from pytest_evalgate.artifacts.engine.samples import surely_differ
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.evidence import ContractCheck
from pytest_evalgate.gate.contract_checks import check, of_arm
from pytest_evalgate.spec.model import Arm, Artifact


_FINE: Final = 10  # different fractions that no two measurements give alike by chance

Groups = dict[str, list[int]]  # key -> rows


def repeats_copied(
    artifact: Artifact, arm: Arm, table: ArmTable, measured: Collection[str]
) -> Iterator[ContractCheck]:
    """Look whether all repeats of every unit are one and the same row."""
    if arm.repeat is None:
        return
    keys = (*arm.id, *((arm.run,) if arm.run is not None else ()))
    groups = [rows for rows in _grouped(table, keys).values() if len(rows) > 1]
    if not groups:
        return
    texts = _texts(table, measured)
    what = "values"
    same = sum(len({texts[row] for row in rows}) == 1 for rows in groups)
    if same == len(groups):
        digests = _digests(arm, table, {*keys, arm.repeat, *arm.cluster}, measured)
        if digests is None:
            return
        what = "rows"
        same = sum(len({digests[row] for row in rows}) == 1 for rows in groups)
    problem = None
    if same == len(groups):
        problem = (
            f"the repeats of all {same} units of {table.name} are the same rows, but for times "
            "and new ids: they were copied or cached and are one observation; keep one repeat by "
            "`where`"
        )
    yield check(
        f"{artifact.name}.{arm.name}: repeats differ",
        "units were asked again",
        problem,
        found=of_arm(arm, f"{same} of {len(groups)} units with equal {what} in all repeats"),
    )


def runs_copied(
    artifact: Artifact, arm: Arm, table: ArmTable, measured: Collection[str]
) -> Iterator[ContractCheck]:
    """Look whether two runs of several rows are the same rows."""
    if arm.run is None or not arm.id:
        return
    runs = {key: rows for key, rows in _grouped(table, (arm.run,)).items() if len(rows) > 1}
    if len(runs) < 2:
        return
    units = _names(table, arm.id)
    texts = _texts(table, measured)
    alike = _alike(runs, list(zip(units, texts, strict=True)))
    if alike:
        digests = _digests(arm, table, {arm.run}, measured)
        if digests is None:
            return
        alike = _alike(runs, list(zip(units, digests, strict=True)))
    problem = None
    if alike:
        problem = (
            f"runs {shown_list(alike[0])} of {table.name} are the same rows, but for times and "
            "new ids: a copy is no new draw of the recipe; leave it out by `where`"
        )
    yield check(
        f"{artifact.name}.{arm.name}: runs differ",
        "each run is a new draw",
        problem,
        found=of_arm(arm, f"{sum(map(len, alike))} of {len(runs)} runs are the same as another"),
    )


def files_copied(
    artifact: Artifact, arm: Arm, table: ArmTable, measured: Collection[str]
) -> Iterator[ContractCheck]:
    """Look whether two files of several rows are the same rows, where no id tells a row.

    What is the same in every row of a file, such as its date, makes no row another one.
    """
    if arm.id or sum(source.record.rows > 1 for source in table.sources) < 2:
        return
    files = {
        table.sources[place].found.shown: rows
        for place, rows in _places(table).items()
        if len(rows) > 1 and not table.sources[place].is_joined
    }
    if len(files) < 2:
        return
    texts = _texts(table, measured)
    alike = _alike(files, [("", text) for text in texts])
    if alike:
        columns = varying_columns(table, is_timeless=True, is_by_file=True)
        columns -= {name for name in (arm.run, arm.repeat) if name is not None}
        if not (_others(columns, table, arm) or _may_tell(table, measured)):
            return
        digests = row_digests(table, columns, is_timeless=True)
        whole = [(digest.hex(), text) for digest, text in zip(digests, texts, strict=True)]
        alike = _alike(files, whole)
    problem = None
    if alike:
        problem = (
            f"files {shown_list(alike[0], most=3)} of {table.name} are the same rows, but for "
            "times and what holds for a whole file: a copy is no new evidence; make the path "
            "match one of them only"
        )
    yield check(
        f"{artifact.name}.{arm.name}: files differ",
        "each file was measured anew",
        problem,
        found=of_arm(arm, f"{sum(map(len, alike))} of {len(files)} files are the same as another"),
    )


def _places(table: ArmTable) -> dict[int, list[int]]:
    """Return the rows of each file, by its place among the sources."""
    found: dict[int, list[int]] = {}
    for row, place in enumerate(table.origin.source):
        found.setdefault(place, []).append(row)
    return found


def arms_copied(
    artifact: Artifact,
    candidate: tuple[Arm, ArmTable],
    baseline: tuple[Arm, ArmTable],
    measured: Sequence[Collection[str]],
) -> Iterator[ContractCheck]:
    """Look whether the candidate's rows are the baseline's, times and all, under another name."""
    sides = (candidate, baseline)
    named = (sorted(measured[0]), sorted(measured[1]))
    if surely_differ((candidate[1], baseline[1]), candidate[0].id, named):
        return  # told without the rows, which a big table would have to read for it
    texts = [
        _by_unit(arm, table, _texts(table, columns))
        for (arm, table), columns in zip(sides, measured, strict=True)
    ]
    if texts[0] != texts[1] or candidate[1].n < 2:
        return
    varying = [varying_columns(table, is_timeless=False) for _, table in sides]
    columns = varying[0] | varying[1]
    for arm, table in sides:
        columns = columns - _own_names(arm)
        if not _others(columns, table, arm):
            return
    digests = [
        _by_unit(arm, table, row_digests(table, columns, is_timeless=False)) for arm, table in sides
    ]
    problem = None
    if digests[0] == digests[1]:
        problem = (
            f"all {candidate[1].n} rows of {candidate[1].name} are those of {baseline[1].name}: "
            "the candidate is a copy; point it at its own results"
        )
    yield check(
        f"{artifact.name}.{baseline[0].name}: rows differ",
        "the candidate was evaluated itself",
        problem,
        found=(f"{candidate[1].n} rows with the baseline's values", f"{baseline[1].n} rows"),
        holds="all values are equal, the rows are not",
    )


def _names(table: ArmTable, columns: Sequence[str]) -> list[str]:
    cells = [table.column(name) for name in columns]
    return key_texts(columns, cells, range(table.n), locate=table.locate)


def _grouped(table: ArmTable, keys: Sequence[str]) -> Groups:
    groups: Groups = {}
    for row, key in enumerate(_names(table, keys)):
        groups.setdefault(key, []).append(row)
    return groups


def _texts(table: ArmTable, columns: Collection[str]) -> list[tuple[str, ...]]:
    """Return the measured cells of each row, as text."""
    kept = [table.columns[name] for name in sorted(columns) if name in table.columns]
    if not kept:  # the rules say which one is missing
        return [()] * table.n
    return [tuple(map(text_of, cells)) for cells in zip(*kept, strict=True)]


def _alike(
    runs: Groups, contents: Sequence[tuple[str, tuple[str, ...]]] | Sequence[tuple[str, bytes]]
) -> list[list[str]]:
    """Return the sets of runs that hold the same for the same units."""
    found: dict[tuple[object, ...], list[str]] = {}
    for run, rows in sorted(runs.items()):
        found.setdefault(tuple(sorted(contents[row] for row in rows)), []).append(run)
    return [same for same in found.values() if len(same) > 1]


def _by_unit(arm: Arm, table: ArmTable, contents: Sequence[object]) -> dict[str, "Counter[object]"]:
    names = _names(table, arm.id) if arm.id else [""] * table.n
    found: dict[str, Counter[object]] = {}
    for name, content in zip(names, contents, strict=True):
        found.setdefault(name, Counter())[content] += 1
    return found


def _may_tell(table: ArmTable, measured: Collection[str]) -> bool:
    """Whether the measured values themselves are too fine to be alike by chance."""
    for name in measured & table.columns.keys():
        numbers = {number_of(cell) for cell in table.columns[name]}
        fractions = [one for one in numbers if isinstance(one, float) and not one.is_integer()]
        if len(fractions) >= _FINE:
            return True
    return False


def _digests(
    arm: Arm, table: ArmTable, keys: Collection[str], measured: Collection[str]
) -> list[bytes] | None:
    """Return a digest of each row without its keys; None where rows cannot tell a copy."""
    columns = varying_columns(table, is_timeless=True) - set(keys)
    if not (_others(columns, table, arm) or _may_tell(table, measured)):
        return None
    return row_digests(table, columns, is_timeless=True)


def _own_names(arm: Arm) -> set[str]:
    """Return the columns in which two arms, or their runs, differ by name alone."""
    labels = {name for name in (arm.run, arm.repeat) if name is not None}
    return labels | {name for name, _ in arm.where}


def _others(columns: Collection[str], table: ArmTable, arm: Arm) -> set[str]:
    """Return the columns that the gate does not read: they can tell a copy from an equal answer."""
    read = set(table.columns) | {name for _, name in arm.columns}
    return {
        name
        for name in columns
        if not any(_is_part(name, one) or _is_part(one, name) for one in read)
    }


def _is_part(name: str, whole: str) -> bool:
    return name == whole or name.startswith(whole + ".")
