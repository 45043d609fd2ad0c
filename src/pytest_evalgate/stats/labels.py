"""What classifiers are judged on: 0/1 labels, scores, and classes, checked before any formula."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values, same_length


Flags: TypeAlias = NDArray[np.bool_]

_SHOWN = 80  # characters of a value in a message


def flags(values: ArrayLike, *, what: str) -> Flags:
    """Give 0/1 values as booleans, shape (n,).

    Raises:
        UndefinedTestError: A value is neither 0 nor 1, or there is none.
    """
    array = finite_values(values, what=what)
    wrong = np.flatnonzero((array != 0.0) & (array != 1.0))
    if wrong.size:
        position = int(wrong[0])
        raise UndefinedTestError(
            f"{what} must be 0 or 1, number {position + 1} is {array[position]:g}",
            hint="map the texts or numbers of the file to 0 and 1, 1 for the positive class",
        )
    positive: Flags = array == 1.0
    return positive


def both_classes(labels: ArrayLike, *, at_least: int = 1) -> Flags:
    """Give 0/1 labels as booleans, refusing those without enough units of each class.

    Raises:
        UndefinedTestError: As for ``flags``, or fewer than ``at_least`` of a class.
    """
    positive = flags(labels, what="labels")
    ones = int(np.count_nonzero(positive))
    if min(ones, positive.size - ones) < at_least:
        raise UndefinedTestError(
            f"at least {at_least} positive and {at_least} negative labels are needed,"
            f" got {ones} and {positive.size - ones}",
            hint="evaluate more units of the rare class",
        )
    return positive


def scores_of(scores: ArrayLike, n: int, *, what: str = "scores") -> NDArray[np.float64]:
    """Give finite scores of shape (n,).

    Raises:
        UndefinedTestError: Not numbers, not finite, or not one for each of the n labels.
    """
    array = finite_values(scores, what=what)
    same_length(array, n, what=f"{what} and labels")
    return array


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """Labels and predictions as positions in ``classes``; -1 for a class that is not counted."""

    truth: NDArray[np.intp]
    predicted: NDArray[np.intp]
    classes: NDArray[np.generic]


def coded_classes(
    labels: ArrayLike, predictions: ArrayLike, *, classes: ArrayLike | None = None
) -> Coded:
    """Number the classes of labels and predictions.

    Args:
        labels: True class of each unit, whole numbers or texts, shape (n,).
        predictions: Predicted class of each unit, of the same type, shape (n,).
        classes: The classes that count; without it all that occur in either.

    Raises:
        UndefinedTestError: Lengths or types differ, nothing there, a class given twice.
    """
    truth = _classes(labels, what="labels")
    predicted = _classes(predictions, what="predictions")
    same_length(truth, predicted.size, what="labels and predictions")
    known = truth if classes is None else _classes(classes, what="classes")
    if len({array.dtype.kind == "U" for array in (truth, predicted, known)}) > 1:
        raise UndefinedTestError(
            "labels, predictions and classes must all be texts or all be whole numbers,"
            f" got {truth.dtype}, {predicted.dtype} and {known.dtype}",
            hint="map the texts of the file to numbers, or the numbers to texts",
        )
    if classes is None:
        known = np.unique(np.concatenate([truth, predicted]))
    ordered = np.unique(known)
    if ordered.size != known.size:
        raise UndefinedTestError(f"a class is given twice in {str(known.tolist())[:_SHOWN]}")
    return Coded(
        truth=_positions(truth, ordered), predicted=_positions(predicted, ordered), classes=ordered
    )


def _classes(values: ArrayLike, *, what: str) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.asarray(values)
    if array.ndim != 1 or not array.size:
        raise UndefinedTestError(
            f"{what} must be one-dimensional and not empty, got shape {array.shape}"
        )
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind == "f":
        return _whole(array.astype(np.float64), what=what)
    if array.dtype.kind not in "iuU":
        raise UndefinedTestError(
            f"{what} must be whole numbers or texts, got an array of {array.dtype}"
        )
    return array


def _whole(array: NDArray[np.float64], *, what: str) -> NDArray[np.generic]:
    wrong = np.flatnonzero(~(np.isfinite(array) & (np.floor(array) == array)))
    if wrong.size:
        position = int(wrong[0])
        raise UndefinedTestError(
            f"{what} must be whole numbers or texts, number {position + 1} is {array[position]:g}"
        )
    return array.astype(np.int64)


def _positions(values: NDArray[np.generic], ordered: NDArray[np.generic]) -> NDArray[np.intp]:
    found = np.searchsorted(ordered, values)
    inside = np.minimum(found, ordered.size - 1)
    return np.where(ordered[inside] == values, inside, -1)
