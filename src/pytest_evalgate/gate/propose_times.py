"""Timings of several benchmarks: one metric, and a slice of the rule for each benchmark."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.errors import SampleError
from pytest_evalgate.formats import Format
from pytest_evalgate.gate.propose_columns import Column, plain
from pytest_evalgate.gate.propose_metric import ProposedMetric
from pytest_evalgate.gate.propose_names import Sense
from pytest_evalgate.gate.propose_variants import relative
from pytest_evalgate.spec.model import Better


# Format -> what is timed, its unit if it is always the same, and the columns that may name the
# benchmark.
_TIMES: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "pytest-benchmark": ("median", "s", ("name", "fullname")),
    "google-benchmark": ("real_time", "s", ("name",)),
    "asv": ("result", None, ("benchmark",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmarks:
    """The slices of a rule: a column, its values in both arms, and those of one arm only."""

    by: str
    values: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What is timed, and where."""

    metric: ProposedMetric
    benchmarks: Benchmarks | None  # None: only one


def times_of(
    tables: tuple[ArmTable, ArmTable], columns: Sequence[Column], form: Format
) -> Times | None:
    """Return what a format of timings measures; None where the columns are not as expected.

    Raises:
        SampleError: a run holds several rows of one benchmark, or no benchmark is in both arms.
    """
    if form.name not in _TIMES:
        return None
    value, unit, names = _TIMES[form.name]
    known = {one.name: one for one in columns}
    timed = known.get(value)
    maybe = [known[name] for name in names if name in known]
    maybe = [one for one in maybe if not isinstance(one.keys, str)]
    if timed is None or timed.values is None or not timed.finite.size or not maybe:
        return None
    named = maybe[0]
    if form.run is not None:
        named = next((one for one in maybe if _is_one_a_run(tables, one)), named)
        if not _is_one_a_run(tables, named):
            raise _several(form, named)
    low, high = float(timed.finite.min()), float(timed.finite.max())
    metric = ProposedMetric(
        name="time",
        value=value,
        better=Better.LOWER,
        unit=unit,
        holds=f"numbers from {low:.4g} to {high:.4g}",
        variants=relative(Sense.COST, is_positive=low > 0),
        is_quality=True,
    )
    return Times(metric=metric, benchmarks=_benchmarks(named))


def _benchmarks(column: Column) -> Benchmarks | None:
    candidate, baseline = (set(keys) for keys in column.keys)
    if len(candidate | baseline) == 1:
        return None
    values, others = sorted(candidate & baseline), sorted(candidate ^ baseline)
    if not values:
        raise SampleError(
            f"no value of {plain(column.name)} is in both arms",
            hint="run the same benchmarks for both arms",
        )
    return Benchmarks(by=column.name, values=tuple(values), others=tuple(others))


def _is_one_a_run(tables: tuple[ArmTable, ArmTable], column: Column) -> bool:
    """Whether each file holds each benchmark once."""
    for table, keys in zip(tables, column.keys, strict=True):
        rows = list(zip(table.origin.source, keys, strict=True))
        if len(set(rows)) < len(rows):
            return False
    return True


def _several(form: Format, column: Column) -> SampleError:
    return SampleError(
        f"a run of {form.name} holds several rows of one {plain(column.name)}, and a rule needs "
        "one of each",
        hint=f"write the gate file by hand, with `reader: {form.name}` and `slices:` by the "
        f"columns that tell these rows apart, such as [{column.name}, params.NAME]",
    )
