"""The data sets and verdicts that travel between the benchmark and the tools' own processes.

Standard library only: every tool's environment reads this module.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a tool said, in one vocabulary."""

    PROMOTED = "promoted"
    BLOCKED = "blocked"  # harm is shown, or the tool says "reject"
    INCONCLUSIVE = "inconclusive"  # not proven
    REFUSED = "refused"  # the tool says that these data cannot be judged
    ERROR = "error"  # a traceback, or an internal error
    CANNOT = "cannot"  # the tool has no way to ask this


class Claim(StrEnum):
    """What the candidate must show."""

    BETTER = "better"
    NO_WORSE = "no worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value of one arm."""

    id: str  # the example, or the run
    value: float
    cluster: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Both arms and the question asked of them; higher is better unless ``is_lower_better``."""

    baseline: tuple[Row, ...]
    candidate: tuple[Row, ...]
    claim: Claim
    margin: float = 0.0  # for ``NO_WORSE``, in the unit of the values
    seed: int = 1  # for tools that resample
    is_binary: bool = False
    is_run: bool = False  # each row is a new training with its own score
    is_lower_better: bool = False

    @property
    def is_clustered(self) -> bool:
        """Whether rows hang together in clusters."""
        return self.baseline[0].cluster is not None

    @property
    def is_unpaired(self) -> bool:
        """Whether the arms hold different runs: there is nothing to pair."""
        return self.is_run and len(self.baseline) != len(self.candidate)

    def arms(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """Return the name and the rows of the baseline, then of the candidate."""
        return (("baseline", self.baseline), ("candidate", self.candidate))

    def signed(self, row: Row) -> float:
        """Return a value of which higher is better, for tools that know no other direction."""
        return -row.value if self.is_lower_better else row.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict, and the tool's own words where it gave any."""

    verdict: Verdict
    why: str = ""


class CannotAskError(Exception):
    """The tool has no documented way to ask this question."""


def by_interval(low: float, high: float, margin: float) -> Answer:
    """Hold a tool's own interval against a margin, where the tool has no margin itself."""
    if low > -margin:
        return Answer(verdict=Verdict.PROMOTED)
    return Answer(verdict=Verdict.BLOCKED if high < -margin else Verdict.INCONCLUSIVE)


def to_json(data: DataSet) -> dict[str, Any]:
    return asdict(data)


def from_json(data: dict[str, Any]) -> DataSet:
    arms = {arm: _rows(data[arm]) for arm in ("baseline", "candidate")}
    return DataSet(**{**data, **arms, "claim": Claim(data["claim"])})


def _rows(rows: Sequence[dict[str, Any]]) -> tuple[Row, ...]:
    return tuple(Row(**row) for row in rows)
