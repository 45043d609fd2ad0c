"""Refuses gate files that choose the answer: by `where`, by `na`, or by a `map` of one number.

A selection is sound by what was known before the model answered. Names are compared as the files
know them: behind the aliases of `columns`, and with the outcomes that a format declares.
"""

import re
from typing import Final

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import plain_number
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import SampleError
from pytest_evalgate.spec.model import Arm, Kind, Metric, Where


_INDEX: Final = re.compile(r"-?[0-9]+", re.ASCII)
_HINT: Final = "select by a column that was known before the model answered"


def refuse_measured(metric: Metric, arm: Arm, extra: Where) -> None:
    """Refuse a `where` on the measured values themselves.

    Args:
        metric: What is measured, with conditions of its own.
        arm: Of which arm, with the conditions of that arm.
        extra: Conditions of a slice.

    Raises:
        SampleError: Which condition.
    """
    aliases = dict(arm.columns)
    measured = {
        aliases.get(name, name)
        for name in (metric.prediction, metric.score, *(metric.value or ()))
        if name is not None
    }
    for name in _conditions(metric, arm, extra):
        if any(_may_be_same(aliases.get(name, name), one) for one in measured):
            raise SampleError(
                f"metric {metric.name!r}: `where` selects rows by {name!r}, which is what is "
                "measured",
                at=metric.location,
                hint=_HINT,
            )


def refuse_outcomes(metric: Metric, arm: Arm, extra: Where, table: ArmTable) -> None:
    """Refuse a `where` on what a format declares to be an outcome: a verdict, a score, an error.

    Raises:
        SampleError: Which condition, of which format.
    """
    aliases = dict(arm.columns)
    formats = {one.format.name: one.format for one in table.sources if not one.is_joined}
    declared = {
        name: [*form.outcomes, *_named(form.outcomes_in, table)]
        for name, form in sorted(formats.items())
    }
    for name in _conditions(metric, arm, extra):
        column = aliases.get(name, name)
        for form, outcomes in declared.items():
            if any(column == one or column.startswith(f"{one}.") for one in outcomes):
                raise SampleError(
                    f"metric {metric.name!r}: `where` selects rows by {name!r}, which tells how "
                    f"the answer turned out in files of format {form}",
                    at=metric.location,
                    hint=f"{_HINT}; rows that failed are missing values: "
                    "`contract: {missing: drop, max_missing: ...}`",
                )


def refuse_coding(metric: Metric) -> None:
    """Refuse a `map` that leaves nothing to measure.

    Raises:
        SampleError: Every label has one number.
    """
    if metric.map is None:
        return
    numbers = {number for _, number in metric.map}
    if len(metric.map) > 1 and len(numbers) == 1:
        raise SampleError(
            f"metric {metric.name!r}: `map` gives every label the number {numbers.pop():g}",
            at=metric.location,
            hint="give what is right and what is wrong different numbers",
        )


def refuse_dropped_answers(metric: Metric, sample: Sample) -> None:
    """Refuse an `na` that leaves out one of two answers.

    Raises:
        SampleError: 0 or 1 of values that are nothing else is named as missing, or the only
            label of a `map` is all that is left.
    """
    if not metric.na or metric.prediction is not None or metric.label is not None:
        return
    is_binary = metric.kind is Kind.BINARY or sample.is_binary
    are_numbers = all(_is_answer(label) for label, _ in metric.map or ())
    dropped = [text for text in metric.na if text is not None and _is_answer(text)]
    if dropped and is_binary and are_numbers:
        raise SampleError(
            f"metric {metric.name!r}: `na` names {dropped[0]!r}, which is one of the two answers "
            "where values are 0 and 1",
            at=metric.location,
            hint="take it out of `na`; write null where an answer is missing",
        )
    is_alone = metric.map is not None and len(metric.map) == 1
    if is_alone and sample.is_binary and len(set(sample.values.tolist())) == 1:
        raise SampleError(
            f"metric {metric.name!r}: `na` and a `map` of one label leave nothing but "
            f"{sample.values[0]:g}",
            at=metric.location,
            hint="give the other labels their numbers in `map`",
        )


def _conditions(metric: Metric, arm: Arm, extra: Where) -> list[str]:
    return [column for column, _ in (*arm.where, *metric.where, *extra)]


def _may_be_same(left: str, right: str) -> bool:
    """Whether two columns may be one cell: an index may count from either end of a list."""
    parts = left.split("."), right.split(".")
    if len(parts[0]) != len(parts[1]):
        return False
    return all(
        one == other
        or (
            _INDEX.fullmatch(one) is not None
            and _INDEX.fullmatch(other) is not None
            and one.startswith("-") != other.startswith("-")
        )
        for one, other in zip(*parts, strict=True)
    )


def _named(folder: str | None, table: ArmTable) -> list[str]:
    """Return the columns that are called like the entries of a mapping of outcomes."""
    if folder is None:
        return []
    prefix = f"{folder}."
    return [name.removeprefix(prefix) for name in table.known if name.startswith(prefix)]


def _is_answer(text: str) -> bool:
    return plain_number(text) in {0, 1} or text.lower() in {"true", "false"}
