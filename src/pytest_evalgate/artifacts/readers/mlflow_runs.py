"""One run of MLflow as a row, whichever store it was read from.

Metrics of a run that did not finish are missing, not left out with the run: which runs failed may
depend on the model, so a gate file says ``where: {status: FINISHED}`` itself.
"""

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.utc import utc_of_milliseconds
from pytest_evalgate.errors import ArtifactError, Location


LAST_NOTE: Final = (
    "mlflow: a metric is its last value: that of the greatest step, then of the latest time"
)
_FINISHED: Final = "FINISHED"
# By number, as MLflow writes them into a file store.
_STATUSES: Final = {"1": "RUNNING", "2": "SCHEDULED", "3": _FINISHED, "4": "FAILED", "5": "KILLED"}
_LARGEST: Final = sys.float_info.max
_DELETED: Final = "deleted"


@dataclass(slots=True, kw_only=True)
class Run:
    """A run as a store holds it."""

    run_id: str
    at: Location
    run_name: str | None = None
    experiment_id: str | None = None
    experiment_name: str | None = None
    status: str = ""
    lifecycle_stage: str | None = None
    experiment_stage: str | None = None
    start_time: int | None = None  # milliseconds since 1970
    end_time: int | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[str, str]] = field(default_factory=list)  # name and digest

    @property
    def is_deleted(self) -> bool:
        """Whether it, or its experiment, was deleted: what is deleted stays in the store."""
        return _DELETED in {self.lifecycle_stage, self.experiment_stage}

    @property
    def created(self) -> str | None:
        """When it started, in UTC."""
        return utc_of_milliseconds(self.start_time)

    @property
    def git_commit(self) -> str | None:
        """The commit that MLflow noted."""
        return self.tags.get("mlflow.source.git.commit")


def row_of(run: Run, notes: list[str]) -> dict[str, object]:
    """Return the row of a run; ``notes`` hears of one that did not finish.

    Raises:
        ArtifactError: Its status is none of MLflow's.
    """
    status = _STATUSES.get(run.status, run.status)
    if status not in _STATUSES.values():
        raise ArtifactError(
            f"status is {shown(run.status)}, expected one of {', '.join(_STATUSES.values())}",
            at=run.at,
            hint="is it a run of MLflow?",
        )
    metrics: Mapping[str, float | None] = run.metrics
    if status != _FINISHED:
        metrics = dict.fromkeys(run.metrics)
        notes.append(
            f"run {shown(run.run_id)} is {status}: its metrics are missing; "
            "`where: {status: FINISHED}` leaves such runs out"
        )
    row: dict[str, object] = {
        "run_id": run.run_id,
        "run_name": run.run_name,
        "experiment_id": run.experiment_id,
        "experiment_name": run.experiment_name,
        "status": status,
        "start_time": run.start_time,
        "end_time": run.end_time,
        "metrics": metrics,
        "params": run.params,
        "tags": run.tags,
        "created": run.created,
        "git_commit": run.git_commit,
    }
    if len(run.datasets) == 1:
        row["dataset"], row["dataset_hash"] = run.datasets[0]
    return row


def finite_or_not(value: float) -> float:
    """Return a value as a float; MLflow's databases hold the largest float for infinity."""
    if abs(value) >= _LARGEST:
        return math.inf if value > 0 else -math.inf
    return float(value)


def left_out(runs: Iterable[Run]) -> list[str]:
    """Say which runs are deleted."""
    deleted = [run.run_id for run in runs if run.is_deleted]
    if not deleted:
        return []
    many = f"{len(deleted)} runs are" if len(deleted) > 1 else f"run {shown(deleted[0])} is"
    return [f"{many} deleted (lifecycle_stage) and left out"]
