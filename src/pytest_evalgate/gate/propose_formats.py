"""Files of a named format: a first gate file names the reader, which brings its keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.rows import PATH
from pytest_evalgate.errors import SampleError
from pytest_evalgate.formats import BUILT_IN, TABLES, Format
from pytest_evalgate.gate.propose_columns import Column
from pytest_evalgate.gate.propose_keys import ProposedKeys, are_keys
from pytest_evalgate.gate.propose_times import Times, times_of
from pytest_evalgate.surroundings import Surroundings


_SCORING = frozenset({"lm-eval", "inspect", "promptfoo", "deepeval"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A named format that holds all files of both arms, and the keys that it brings."""

    reader: str
    keys: ProposedKeys | None  # None: it brings none
    times: Times | None = None  # of a format of timings


def has_scorers(reader: str) -> bool:
    """Whether each scorer of a format is a column, by a name that the user chose."""
    return reader in _SCORING


def store_reader(paths: tuple[str, str], around: Surroundings) -> str | None:
    """Return the format that keeps its files in folders, where both paths are such folders."""
    found = [_of_folder(around.base / path) for path in paths]
    return found[0] if found[0] == found[1] else None


def _of_folder(folder: Path) -> str | None:
    if not folder.is_dir():
        return None
    inside = [one for one in BUILT_IN.values() if one.inside is not None]
    return next(
        (one.name for one in inside if any(folder.glob(one.inside or ""))),
        None,
    )


def is_store(folder: Path) -> bool:
    """Whether a folder can stand in a gate file as it is."""
    return _of_folder(folder) is not None


def format_of(tables: tuple[ArmTable, ArmTable]) -> Format | None:
    """Return the format of all files of both arms, where there is one and it is no plain table."""
    forms = {source.format.name: source.format for table in tables for source in table.sources}
    if len(forms) != 1 or forms.keys() & TABLES:
        return None
    [form] = forms.values()
    return form


def brought_by(tables: tuple[ArmTable, ArmTable], columns: Sequence[Column]) -> Brought | None:
    """Return the format of both arms where it is no plain table and its keys fit the rows.

    Raises:
        SampleError: each row ought to be a run, and a run holds several.
    """
    form = format_of(tables)
    if form is None:
        return None
    times = times_of(tables, columns, form)
    if not form.id and form.run is None and times is None:
        return Brought(reader=form.name, keys=None)
    if times is None and not form.id:
        _check_runs(form, tables, columns)
    elif form.id and not are_keys(columns, form.id, run=form.run, repeat=form.repeat):
        return None
    return Brought(
        reader=form.name,
        times=times,
        keys=ProposedKeys(
            id=form.id,
            run=form.run,
            repeat=form.repeat,
            cluster=form.cluster[0] if form.cluster else None,
            units=min(table.n for table in tables),
            is_brought=True,
        ),
    )


def _check_runs(form: Format, tables: tuple[ArmTable, ArmTable], columns: Sequence[Column]) -> None:
    if form.run == PATH:
        most = max(source.record.rows for table in tables for source in table.sources)
    else:
        found = next((one for one in columns if one.name == form.run), None)
        keys = ([], []) if found is None or isinstance(found.keys, str) else found.keys
        most = max((arm.count(key) for arm in keys for key in set(arm)), default=1)
    if most > 1:
        raise SampleError(
            f"a run of {form.name} holds {most} rows, and a rule needs one of each",
            hint=f"write the gate file by hand, with `reader: {form.name}` and a `where:` that "
            "keeps one row of each run, such as one benchmark",
        )
