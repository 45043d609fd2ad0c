"""What must be mended in the data, or said of them, before a metric can be judged."""

from dataclasses import dataclass

import numpy as np

from pytest_evalgate.artifacts.cells import is_missing
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
        words = f"{plain(column.name)} is text ({what}): {hint}"
        return Mend(words=words, line=line, has_missing=_missing(column) > 0)
    missing = _missing(column)
    if not missing:
        return None
    return Mend(words=_missing_words(plain(column.name), missing), has_missing=True)


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
    worst = max((label, prediction), key=_missing)
    if not _missing(worst):
        return None
    return Mend(words=_missing_words(plain(worst.name), _missing(worst)), has_missing=True)


def missing_share(column: Column) -> float:
    """Return the larger share of missing cells of the two arms."""
    return _missing(column)


def _missing(column: Column) -> float:
    return max(
        float(np.mean([is_missing(cell) for cell in table.column(column.name)]))
        for table in column.tables
    )


def _missing_words(name: str, share: float) -> str:
    return f"{name} is missing in {share:.2g} of the rows of an arm: {missing_advice(share)}"
