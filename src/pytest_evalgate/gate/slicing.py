"""Slices: which groups of units a rule is judged in, and what each asks for."""

from dataclasses import dataclass
from itertools import combinations
from urllib.parse import quote

from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.tables import Tables, arms_of
from pytest_evalgate.spec.model import Others, Require, Rule, Slices, Where


MAX_UNLISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One group of units, or two that are compared with one another."""

    id: str
    values: dict[str, str]
    is_listed: bool
    against: Where | None = None  # conditions of the other slice, where two are compared
    shown: dict[str, str]  # for the evidence: column, value


def slices_of(tables: Tables, rule: Rule, slices: Slices, *, name: str) -> tuple[Slice, ...]:
    """Return the slices of a rule: the listed ones first, then those found in the data.

    Under `require: gap` every two of them.

    Args:
        tables: The artifacts of the gate.
        rule: The rule, or the first member of a group.
        slices: What is asked for.
        name: Id of the rule or group.

    Raises:
        SampleError: the data hold a slice that the file does not list, under `others: invalid`.
        EvalGateError: a file cannot be read.
    """
    unlisted = sorted(_found(tables, rule, slices) - set(slices.values))
    if unlisted and slices.others is Others.INVALID:
        names = ", ".join("/".join(values)[:80] for values in unlisted[:5])
        raise SampleError(
            f"rule {name!r}: {len(unlisted)} slices are not listed: {names}",
            hint="list them under `slices.values`, or say `others: observe`",
        )
    if len(unlisted) > MAX_UNLISTED:
        raise SampleError(
            f"rule {name!r}: {len(unlisted)} slices are not listed, more than {MAX_UNLISTED}",
            hint="slice by a column with few values",
        )
    if slices.require is Require.GAP:
        listed = [
            _gap(name, slices, (a, b), is_listed=True) for a, b in combinations(slices.values, 2)
        ]
        others = [
            _gap(name, slices, (a, b), is_listed=False) for b in unlisted for a in slices.values
        ]
        return (*listed, *others)
    return (
        *(_slice(name, slices, values, is_listed=True) for values in slices.values),
        *(_slice(name, slices, values, is_listed=False) for values in unlisted),
    )


def _slice(name: str, slices: Slices, values: tuple[str, ...], *, is_listed: bool) -> Slice:
    pairs = dict(zip(slices.by, values, strict=True))
    return Slice(id=_id(name, pairs), values=pairs, is_listed=is_listed, shown=pairs)


def _gap(
    name: str,
    slices: Slices,
    both: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    is_listed: bool,
) -> Slice:
    values, others = both
    pairs = dict(zip(slices.by, values, strict=True))
    prefix = [f"vs.{column}" for column in slices.by] if len(slices.by) > 1 else ["vs"]
    shown = pairs | dict(zip(prefix, others, strict=True))
    return Slice(
        id=_id(name, shown),
        values=pairs,
        is_listed=is_listed,
        against=tuple((column, (value,)) for column, value in zip(slices.by, others, strict=True)),
        shown=shown,
    )


def _id(name: str, pairs: dict[str, str]) -> str:
    # `quote` keeps letters, digits and `_.-~`; `~` is not of the safe alphabet of ids.
    words = ",".join(f"{_quoted(column)}={_quoted(value)}" for column, value in pairs.items())
    return f"{name}[{words}]"


def _quoted(text: str) -> str:
    return quote(text, safe="", encoding="utf-8").replace("~", "%7E")


def _found(tables: Tables, rule: Rule, slices: Slices) -> set[tuple[str, ...]]:
    metric = tables.spec.metric(rule.metric)
    artifact = tables.spec.artifact(metric.artifact)
    found: set[tuple[str, ...]] = set()
    for arm in arms_of(tables.spec, artifact):
        if arm.name in {"candidate", rule.against}:
            table = tables.get(artifact, arm)
            rows = table.distinct(slices.by, metric.where)
            if any(None in row for row in rows):
                raise SampleError(
                    f"rule {rule.id!r}: rows of the {arm.name} have no {' or '.join(slices.by)}: "
                    "they would be judged in no slice",
                    hint="fill the column, or leave these rows out by `where`",
                )
            found |= {tuple(str(cell) for cell in row) for row in rows}
    return found
