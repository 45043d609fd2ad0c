"""What one metric takes from a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_evalgate.artifacts.table import Conditions


CLASSIFIED: Final = frozenset({"accuracy", "precision", "recall"})
# Statistics of label and prediction together: the values are predictions, the label an extra.
CONFUSED: Final = frozenset({"confusion", "macro_f1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """What one metric takes from a table: ``value``, or ``label`` and ``prediction``.

    Scalars of ``where``, ``na`` and the texts of ``map`` are as written; ``fill`` is in the
    metric's own unit, after ``scale``.
    """

    value: str | None = None
    label: str | None = None
    prediction: str | None = None
    # accuracy, precision and recall are 0 or 1 a row; confusion (of two classes) and macro_f1
    # keep prediction and label apart; all others take ``value``.
    statistic: str = "mean"
    extras: Mapping[str, str] = field(default_factory=dict)  # name -> column, see ``Sample``
    task: str | None = None
    id: tuple[str, ...] = ()
    run: str | None = None
    repeat: str | None = None
    cluster: tuple[str, ...] = ()
    where: Conditions = ()
    na: tuple[str | None, ...] = ()
    map: tuple[tuple[str, float], ...] | None = None
    scale: float = 1.0
    range: tuple[float, float] | None = None
    missing: str = "error"  # error | drop | worst
    max_missing: float = 0.0  # largest share of units with a missing value
    fill: float | None = None  # what ``worst`` puts in its place

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold what is measured."""
        is_labelled = self.statistic in CLASSIFIED | CONFUSED
        names = (self.label, self.prediction) if is_labelled else (self.value,)
        return tuple(name for name in names if name is not None)

    @property
    def name(self) -> str:
        """What is measured, for messages."""
        return self.value or f"{self.prediction} against {self.label}"
