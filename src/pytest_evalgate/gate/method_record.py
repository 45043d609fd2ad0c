"""What there is to say about one method, for a reader and for the evidence."""

from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    """Where the p-value of a method comes from."""

    EXACT = "exact"
    EXACT_AT_ZERO = "exact at no difference, approximate elsewhere"
    APPROXIMATE = "approximate"
    RESAMPLED = "resampled"


class Topic(StrEnum):
    """The question that a method answers, as a reader looks for it."""

    MEANS = "Means"
    SHARES = "Shares and counts"
    PREDICTIONS = "Statistics of predictions"
    GROUPED = "Runs and clusters"
    TASKS = "Tasks"
    QUANTILES = "Quantiles"
    JUDGES = "Judges and preferences"
    STABILITY = "Stability of runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRecord:
    """One method in plain words.

    ``floors`` names the measured domains that say how small a sample may be, each with what it
    counts; ``least`` says it where no domain does. ``chosen`` may name domains in braces.
    """

    title: str
    topic: Topic
    chosen: str  # when: one plain sentence
    claims: str  # what a pass says
    assumes: str
    floors: tuple[tuple[str, str], ...] = ()  # name of a domain, what it counts
    least: str = ""
    law: Law
    source: str
    in_r: str | None  # the nearest call in R, None where it has nothing of the kind
