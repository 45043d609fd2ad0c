"""One arm of an artifact: a path, a glob, a list, or a mapping of the artifact's own keys."""

from collections.abc import Callable, Mapping

from pytest_evalgate.formats import AUTO, Format
from pytest_evalgate.spec.build_pins import pin_of
from pytest_evalgate.spec.fields import Fields, named, open_fields
from pytest_evalgate.spec.keys import ARM, JOIN, MATCHES
from pytest_evalgate.spec.model import Arm, Join, Scalar, Where
from pytest_evalgate.spec.nodes import Entry, MappingNode, Node
from pytest_evalgate.spec.problems import listed
from pytest_evalgate.spec.scalars import (
    column_names,
    columns,
    path,
    paths,
    text,
    where,
    word,
)


_MOST_JOINS = 20
_NO_KEYS = Format(name="", parse="")
UNKNOWN = "?"  # stands for a column or reader that could not be read; the file is refused


def open_arm(name: str, entry: Entry, artifact: Fields) -> Fields:
    """Open an arm; a path or a list of them is short for ``{path: ...}``."""
    what = f"{name} of {artifact.what}"
    if isinstance(entry.value, MappingNode):
        return open_fields(entry, ARM, what=what, problems=artifact.problems, fallback=artifact)
    return Fields(
        {"path": entry}, what=what, at=entry.key, problems=artifact.problems, fallback=artifact
    )


def _reader(formats: Mapping[str, Format]) -> Callable[[Node], str]:
    return word(
        (AUTO, *formats),
        note="; what a conftest.py registers is known to pytest alone, not to `lint`, `plan`, "
        "`init` or `evaluate()`",
    )


def build_arm(
    name: str, fields: Fields, formats: Mapping[str, Format], *, shared: Fields | None = None
) -> Arm:
    """Read an arm; ``where`` and ``columns`` add to those of ``shared``, all else replaces.

    A named format brings its own ``id``, ``run``, ``repeat`` and ``cluster`` where the file says
    nothing else.
    """
    if not fields.has("path"):
        fields.add(f"{fields.what} has no 'path'", hint="add `path: results.jsonl`")
    reader = fields.read("reader", _reader(formats), AUTO, broken=UNKNOWN)
    known = formats.get(reader, _NO_KEYS)
    arm = Arm(
        name=name,
        paths=fields.read("path", paths, ()),
        reader=reader,
        id=fields.read("id", columns, known.id, broken=(UNKNOWN,)),
        run=fields.read("run", _column, known.run, broken=UNKNOWN),
        repeat=fields.read("repeat", _column, known.repeat, broken=UNKNOWN),
        cluster=fields.read("cluster", columns, known.cluster, broken=(UNKNOWN,)),
        where=_all_conditions(fields, shared),
        columns=_all_columns(fields, shared),
        join=_joins(fields, formats),
        sha256=pin_of(fields),
        location=fields.location,
    )
    _check_roles(arm, fields)
    return arm


_column = text


def _all_conditions(fields: Fields, shared: Fields | None) -> Where:
    conditions = shared.read("where", where, ()) if shared else ()
    if "where" in fields.entries:
        own = fields.read("where", where, ())
        _check_not_empty(conditions, own, fields)
        conditions += tuple(condition for condition in own if condition not in conditions)
    return conditions


def _check_not_empty(shared: Where, own: Where, fields: Fields) -> None:
    wanted: dict[str, tuple[Scalar, ...]] = dict(shared)
    for column, values in own:
        if column in wanted and not set(values) & set(wanted[column]):
            fields.add(
                f"'where' in {fields.what} keeps no row: {column!r} cannot be "
                f"{listed(str(value) for value in values)} and "
                f"{listed(str(value) for value in wanted[column])}",
                key="where",
                hint="all conditions hold; an arm adds to those of its artifact",
            )


def _all_columns(fields: Fields, shared: Fields | None) -> tuple[tuple[str, str], ...]:
    renamed = dict(shared.read("columns", column_names, ())) if shared else {}
    if "columns" in fields.entries:
        renamed |= dict(fields.read("columns", column_names, ()))
    return tuple(renamed.items())


def _joins(fields: Fields, formats: Mapping[str, Format]) -> tuple[Join, ...]:
    joins = []
    for name, entry in named(fields, "join", what="join", most=_MOST_JOINS):
        join = open_fields(entry, JOIN, what=f"join {name!r}", problems=fields.problems)
        join.require(JOIN)
        joins.append(
            Join(
                name=name,
                path=join.read("path", path, ""),
                by=join.read("by", columns, ()),
                match=join.read("match", word(MATCHES), "rows"),
                reader=join.read("reader", _reader(formats), AUTO),
                location=join.location,
            )
        )
    return tuple(joins)


def _check_roles(arm: Arm, fields: Fields) -> None:
    if arm.repeat and not arm.id:
        fields.add(
            "'repeat' needs 'id': repeats are averaged within their unit",
            key="repeat",
            hint="add `id: column`; a new draw of the recipe is a `run`",
        )
    if arm.run and arm.cluster:
        fields.add(
            "'cluster' together with 'run' is not yet supported",
            key="cluster",
            hint="take one of them out",
        )
    roles = (*arm.id, *(role for role in (arm.run, arm.repeat) if role))
    twice = {role for role in roles if role != UNKNOWN and roles.count(role) > 1}
    for role in sorted(twice):
        fields.add(
            f"column {role!r} is used for two of id, run and repeat",
            key="run" if role == arm.run else "repeat",
            hint="id is the unit, run a new draw of the recipe, repeat the same model asked again",
        )
