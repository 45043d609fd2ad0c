"""Slices: which groups of units a rule is judged in, and what each asks for."""

from dataclasses import dataclass
from urllib.parse import quote

from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.tables import Tables, arms_of
from pytest_evalgate.spec.model import Others, Rule, Slices


MAX_UNLISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One group of units."""

    id: str
    values: dict[str, str]
    is_listed: bool


def slices_of(tables: Tables, rule: Rule, slices: Slices) -> tuple[Slice, ...]:
    """Return the slices of a rule: the listed ones first, then those found in the data.

    Raises:
        SampleError: the data hold a slice that the file does not list, under `others: invalid`.
        EvalGateError: a file cannot be read.
    """
    listed = [_slice(rule, slices, values, is_listed=True) for values in slices.values]
    unlisted = sorted(_found(tables, rule, slices) - set(slices.values))
    if unlisted and slices.others is Others.INVALID:
        names = ", ".join("/".join(values)[:80] for values in unlisted[:5])
        raise SampleError(
            f"rule {rule.id!r}: {len(unlisted)} slices are not listed: {names}",
            hint="list them under `slices.values`, or say `others: observe`",
        )
    if len(unlisted) > MAX_UNLISTED:
        raise SampleError(
            f"rule {rule.id!r}: {len(unlisted)} slices are not listed, more than {MAX_UNLISTED}",
            hint="slice by a column with few values",
        )
    return (*listed, *(_slice(rule, slices, values, is_listed=False) for values in unlisted))


def _slice(rule: Rule, slices: Slices, values: tuple[str, ...], *, is_listed: bool) -> Slice:
    pairs = dict(zip(slices.by, values, strict=True))
    # `quote` keeps letters, digits and `_.-~`; `~` is not of the safe alphabet of ids.
    name = ",".join(f"{_quoted(column)}={_quoted(value)}" for column, value in pairs.items())
    return Slice(id=f"{rule.id}[{name}]", values=pairs, is_listed=is_listed)


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
