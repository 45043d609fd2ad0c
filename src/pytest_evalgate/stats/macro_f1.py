"""F1 of many classes, averaged over classes (macro) or units (micro), from labels or counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.labels import Coded, coded_classes
from pytest_evalgate.stats.linearised import pseudo_values
from pytest_evalgate.stats.moments import finite_cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Micro and macro F1 with their standard errors by the delta method, and each class's F1."""

    micro: float
    micro_standard_error: float
    macro: float
    macro_standard_error: float
    of_class: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """Per class: twice the hits, and how often it is a label or a prediction, shapes (k,)."""

    hits: NDArray[np.float64]
    uses: NDArray[np.float64]
    names: NDArray[np.generic]

    @property
    def of_class(self) -> NDArray[np.float64]:
        return self.hits / self.uses


def f1_averages(confusion: ArrayLike) -> Averages:
    """Micro and macro F1 of independent units from a confusion matrix.

    Args:
        confusion: Number of units of true class i predicted as j, shape (k, k).

    Raises:
        UndefinedTestError: Not square, not whole numbers from 0 on, or a class that is neither
            a label nor a prediction.

    Source:
        Takahashi, Yamamoto, Kuchiba and Koyama (2022), Applied Intelligence 52, 4961-4972.
    """
    table = _square(confusion)
    n = float(table.sum())
    hits = np.diagonal(table)
    tally = _used(2.0 * hits, table.sum(axis=0) + table.sum(axis=1), names=np.arange(hits.size))
    of_class = tally.of_class
    # The derivative of macro F1 for a unit of true class i predicted as j, times n.
    own = -of_class / tally.uses
    slopes = own[:, None] + own[None, :] + np.diag(2.0 / tally.uses)
    micro = float(hits.sum()) / n
    return Averages(
        micro=micro,
        micro_standard_error=float(np.sqrt(micro * (1.0 - micro) / n)),
        macro=float(of_class.mean()),
        macro_standard_error=float(np.sqrt((table * np.square(slopes)).sum())) / hits.size,
        of_class=tuple(of_class.tolist()),
    )


def macro_f1(
    labels: ArrayLike, predictions: ArrayLike, *, classes: ArrayLike | None = None
) -> float:
    """Mean over classes of each class's F1.

    To compare two arms give both the same ``classes``, best those of the labels: else a class
    that only one arm predicts counts in that arm alone.

    Args:
        labels: True class of each unit, whole numbers or texts, shape (n,).
        predictions: Predicted class, of the same type, shape (n,).
        classes: The classes averaged over; without it all that occur in either. A prediction
            outside them is still a miss of the true class.

    Raises:
        UndefinedTestError: Lengths or types differ, or a class that never occurs.

    Source:
        scikit-learn: f1_score(labels, predictions, labels=classes, average="macro").
    """
    coded = coded_classes(labels, predictions, classes=classes)
    return float(_tally(coded).of_class.mean())


def macro_f1_pseudo_values(
    labels: ArrayLike, predictions: ArrayLike, *, classes: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Exact jackknife pseudo-values of macro F1, shape (n,), in O(n); see ``linearised``.

    Raises:
        UndefinedTestError: As for ``macro_f1``; a class that only one unit has by label or
            prediction: without that unit its F1 is undefined.
    """
    coded = coded_classes(labels, predictions, classes=classes)
    tally = _tally(coded)
    same = (coded.truth == coded.predicted) & (coded.truth >= 0)
    missed = np.where(same, -1, coded.predicted)  # a hit is taken off its class only once
    moved = _change(tally, coded.truth, hits=2.0 * same, uses=1.0 + same)
    moved += _change(tally, missed, hits=np.zeros(same.size), uses=np.ones(same.size))
    return pseudo_values(float(tally.of_class.mean()), moved / coded.classes.size)


def _change(
    tally: _Tally, codes: NDArray[np.intp], *, hits: NDArray[np.float64], uses: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What a unit's class F1 gains when that many hits and uses are taken off; 0 for code -1."""
    is_class = codes >= 0
    of, less = codes[is_class], uses[is_class]
    left = tally.uses[of] - less
    if not (left > 0.0).all():
        name = tally.names[of[int(np.flatnonzero(left <= 0.0)[0])]]
        raise UndefinedTestError(
            f"class {str(name)[:80]!r} occurs in one unit only, so the spread of its F1 cannot"
            " be judged",
            hint="evaluate more units of that class, or leave it out of the classes",
        )
    moved = np.zeros(codes.size)
    moved[is_class] = (tally.hits[of] - hits[is_class]) / left - tally.of_class[of]
    return moved


def _tally(coded: Coded) -> _Tally:
    k = coded.classes.size
    truth, predicted = (codes[codes >= 0] for codes in (coded.truth, coded.predicted))
    same = coded.truth[(coded.truth == coded.predicted) & (coded.truth >= 0)]
    return _used(
        2.0 * np.bincount(same, minlength=k).astype(np.float64),
        np.bincount(np.concatenate([truth, predicted]), minlength=k).astype(np.float64),
        names=coded.classes,
    )


def _used(
    hits: NDArray[np.float64], uses: NDArray[np.float64], *, names: NDArray[np.generic]
) -> _Tally:
    """Build a tally, refusing classes that never occur: 0 / 0 is no F1."""
    unused = np.flatnonzero(uses == 0.0)
    if unused.size:
        raise UndefinedTestError(
            f"class {str(names[unused[0]])[:80]!r} is neither a label nor a prediction, so its"
            " F1 is undefined",
            hint="leave it out of the classes, or evaluate units of it",
        )
    return _Tally(hits=hits, uses=uses, names=names)


def _square(confusion: ArrayLike) -> NDArray[np.float64]:
    table = finite_cells(confusion, what="counts of a confusion matrix")
    if table.shape[0] != table.shape[1] or not table.size:
        raise UndefinedTestError(f"a confusion matrix must be square, got shape {table.shape}")
    wrong = table[(table < 0.0) | (np.floor(table) != table)]
    if wrong.size:
        raise UndefinedTestError(
            f"counts of a confusion matrix must be whole and at least 0, got {wrong[0]:g}"
        )
    return table
