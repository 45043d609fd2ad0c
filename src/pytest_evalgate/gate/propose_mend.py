"""What must be mended in the data, or said of them, before a metric can be judged."""

from dataclasses import dataclass

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import is_blank
from pytest_evalgate.artifacts.labels import missing_advice
from pytest_evalgate.gate.propose_columns import Column, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What is wrong with the cells of a metric, and the line that mends it."""

    words: str
    line: str | None = None  # of the metric: `map` or `na`
    has_missing: bool = False  # a contract could drop them


def mend_of(column: Column) -> Mend | None:
    """Say why the cells of a column cannot be judged as they are; None where they can."""
    texts = column.texts
    if column.values is None:
        what, hint = texts.words_and_hint()
        if not (texts.labels or texts.missing or texts.quoted or texts.spoilt):
            return Mend(words=f"{plain(column.name)} holds cells that are no plain numbers")
        line = texts.map_line if texts.are_labels else texts.na_line
        words = f"{plain(column.name)} is text; {what}; {hint}"
        has_missing = bool(texts.missing) or missing_share(column) > 0
        return Mend(words=words, line=line, has_missing=has_missing)
    return _of_missing(column)


def mend_of_pair(label: Column, prediction: Column) -> Mend | None:
    """The same for a label and a prediction, which are compared as they are written."""
    if (label.values is None) != (prediction.values is None):
        texts = (label if label.values is None else prediction).texts
        if texts.labels:
            words = (
                f"{plain(label.name)} and {plain(prediction.name)} hold texts and numbers, which "
                f"are never equal: write `{texts.map_line}` in the metric"
            )
            return Mend(words=words, line=texts.map_line)
    return _of_missing(max((label, prediction), key=missing_share))


def missing_share(column: Column) -> float:
    """Return the larger share of missing cells of the two arms."""
    return _worst(column)[0]


def _of_missing(column: Column) -> Mend | None:
    share, missing, table = _worst(column)
    if not missing:
        return None
    words = f"{plain(column.name)} is missing in {missing} of {table.n} rows of the {table.arm}"
    return Mend(words=f"{words}: {missing_advice(share)}", has_missing=True)


def _worst(column: Column) -> tuple[float, int, ArmTable]:
    """Return share and count of missing cells of the arm that has more of them."""
    counts = [sum(map(is_blank, table.column(column.name))) for table in column.tables]
    found = zip(counts, column.tables, strict=True)
    return max(((count / table.n, count, table) for count, table in found), key=lambda one: one[0])
