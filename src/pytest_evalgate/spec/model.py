"""What a gate file says, as frozen records; each knows the line it was written on.

Everything here is resolved: defaults filled in, arms merged with the keys of their artifact,
lists of metrics expanded into one rule each. Ranges and rules that can never pass were refused
on the way (``build.py``), so the engine may rely on these records.
"""

from dataclasses import dataclass
from enum import StrEnum

from pytest_evalgate.errors import Location


class Claim(StrEnum):
    """What the candidate must show."""

    SUPERIORITY = "superiority"
    NON_INFERIORITY = "non_inferiority"
    EQUIVALENCE = "equivalence"
    THRESHOLD = "threshold"
    DETERIORATION = "deterioration"


class Severity(StrEnum):
    """What a rule that is not passed does to the promotion."""

    BLOCK = "block"
    ESCALATE = "escalate"
    WARN = "warn"
    OBSERVE = "observe"


class Better(StrEnum):
    """Which way a metric is good."""

    HIGHER = "higher"
    LOWER = "lower"


class Kind(StrEnum):
    """What the values of a metric are."""

    BINARY = "binary"
    BOUNDED = "bounded"
    POSITIVE = "positive"
    COUNT = "count"
    CONTINUOUS = "continuous"


class Pair(StrEnum):
    """How the arms are paired; decided by the file, never by the data."""

    AUTO = "auto"  # by id where the artifact declares one
    RUN = "run"  # by run, and by id too where both are declared
    NONE = "none"


class Missing(StrEnum):
    """What a missing value does."""

    ERROR = "error"
    WORST = "worst"
    DROP = "drop"


class OnInconclusive(StrEnum):
    """What an inconclusive blocking rule does to the decision."""

    BLOCK = "block"
    ESCALATE = "escalate"


class LimitUnit(StrEnum):
    """How a margin, effect or tolerance was written."""

    ABSOLUTE = "absolute"  # in the metric's unit
    POINTS = "points"  # pp, resolved to the metric's unit; needs a binary metric or a ``range``
    PERCENT = "percent"  # of the baseline; ``number`` is a fraction: 5% is 0.05


class Others(StrEnum):
    """What a slice that the file does not list does."""

    OBSERVE = "observe"
    INVALID = "invalid"


# A scalar of `where`, `na`, `values` as written in the file; None is YAML's null.
Scalar = str | None
# Column, and the scalars of which one must be in it; all conditions hold.
Where = tuple[tuple[str, tuple[Scalar, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What must hold before any number is compared; a violation makes the gate invalid."""

    same: tuple[str, ...] = ()  # columns equal in both arms, pair by pair where there are pairs
    present: tuple[str, ...] = ()  # columns without a missing cell in any arm
    overlap: float = 1.0  # ids in both arms / ids in either
    is_overlap_declared: bool = False
    missing: Missing = Missing.ERROR
    max_missing: float = 0.0  # largest share of units per arm


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Columns ``name.*`` from a second file; left join before ``where``."""

    name: str
    path: str
    by: tuple[str, ...]
    match: str  # rows (every row finds one) | some (a subset) | both
    reader: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of an artifact, the artifact's own keys merged in."""

    name: str  # candidate, baseline, or the name of a further baseline
    paths: tuple[str, ...]  # as written: files, globs, {name} captures
    reader: str
    id: tuple[str, ...]
    run: str | None
    repeat: str | None
    cluster: tuple[str, ...]
    where: Where
    columns: tuple[tuple[str, str], ...]  # alias, column
    join: tuple[Join, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A table of samples in two arms, or in one."""

    name: str
    candidate: Arm
    baselines: tuple[Arm, ...]  # the one named ``baseline`` first, if there is one
    is_wide: bool  # one `path:` without arms: metrics name a column per arm
    contract: Contract
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number per unit, and what it means."""

    name: str
    artifact: str
    value: tuple[str, str] | None  # column in the candidate and in the baseline
    label: str | None  # with ``prediction``: statistic accuracy, precision or recall
    prediction: str | None
    statistic: str  # mean, geomean, median, pNN, accuracy, precision, recall
    quantile: float | None  # of ``statistic`` median or pNN, in (0, 1)
    better: Better
    kind: Kind | None  # None: decided by the values
    range: tuple[float, float] | None
    scale: float
    na: tuple[Scalar, ...]
    map: tuple[tuple[str, float], ...] | None  # text as written -> number
    unit: str | None
    where: Where
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A margin, an effect, a tolerance, or the ``min`` or ``max`` of a threshold."""

    number: float  # >= 0 for all but thresholds
    unit: LimitUnit
    text: str  # as written
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """One rule judged in each group of units."""

    by: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]  # one tuple per slice, in the order of ``by``
    others: Others
    is_small_observed: bool  # on_small: observe
    min_samples: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One promotion rule."""

    id: str
    metric: str
    claim: Claim
    limit: Limit  # of superiority and deterioration 0 by default
    limit_key: str  # min_effect, margin, tolerance, min or max
    severity: Severity
    method: str  # auto, or a name in the decision table
    pair: Pair
    against: str  # name of a baseline arm
    min_runs: int
    min_samples: int
    is_min_samples_declared: bool
    expect: float | None
    owner: str | None
    why: str | None
    action: str | None
    slices: Slices | None
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSpec:
    """A whole gate file."""

    path: str  # as given, for messages
    sha256: str
    name: str
    alpha: float
    power: float
    correction: str
    seed: int
    on_inconclusive: OnInconclusive
    artifacts: tuple[Artifact, ...]
    metrics: tuple[Metric, ...]
    rules: tuple[Rule, ...]

    def artifact(self, name: str) -> Artifact:
        """Look an artifact up by its name."""
        return next(artifact for artifact in self.artifacts if artifact.name == name)

    def metric(self, name: str) -> Metric:
        """Look a metric up by its name."""
        return next(metric for metric in self.metrics if metric.name == name)
