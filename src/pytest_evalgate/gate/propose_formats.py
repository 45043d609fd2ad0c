"""Files of a named format: a first gate file names the reader, which brings its keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.rows import PATH
from pytest_evalgate.errors import SampleError
from pytest_evalgate.formats import TABLES, Format
from pytest_evalgate.gate.propose_columns import Column
from pytest_evalgate.gate.propose_keys import ProposedKeys, are_keys


_SCORING = frozenset({"lm-eval", "inspect", "promptfoo", "deepeval"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A named format that holds all files of both arms, and the keys that it brings."""

    reader: str
    keys: ProposedKeys | None  # None: it brings none

    @property
    def has_scorers(self) -> bool:
        """Whether each of its scorers is a column, by a name that the user chose."""
        return self.reader in _SCORING


def brought_by(tables: tuple[ArmTable, ArmTable], columns: Sequence[Column]) -> Brought | None:
    """Return the format of both arms where it is no plain table and its keys fit the rows.

    Raises:
        SampleError: each row ought to be a run, and a run holds several.
    """
    forms = {source.format.name: source.format for table in tables for source in table.sources}
    if len(forms) != 1 or forms.keys() & TABLES:
        return None
    [form] = forms.values()
    if not form.id and form.run is None:
        return Brought(reader=form.name, keys=None)
    if not form.id:
        _check_runs(form, tables, columns)
    elif not are_keys(columns, form.id, run=form.run, repeat=form.repeat):
        return None
    return Brought(
        reader=form.name,
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
