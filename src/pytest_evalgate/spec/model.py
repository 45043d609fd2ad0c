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


class Machine(StrEnum):
    """On which machines the times of two arms may have been measured."""

    SAME = "same"
    ANY = "any"


class OnInconclusive(StrEnum):
    """What an inconclusive blocking rule does to the decision."""

    BLOCK = "block"
    ESCALATE = "escalate"


class LimitUnit(StrEnum):
    """How a margin, effect or tolerance was written."""

    ABSOLUTE = "absolute"  # in the metric's unit
    POINTS = "points"  # pp, resolved to the metric's unit; needs a binary metric or a ``range``
    PERCENT = "percent"  # of the baseline; ``number`` is a fraction: 5% is 0.05


class Over(StrEnum):
    """What a mean over tasks is about."""

    FIXED = "fixed"  # these tasks
    RANDOM = "random"  # tasks like these


class Require(StrEnum):
    """What the slices of a rule must show together."""

    ALL = "all"  # the claim, in every slice
    GAP = "gap"  # that every two slices of the candidate differ by less than the margin


class Others(StrEnum):
    """What a slice that the file does not list does."""

    OBSERVE = "observe"
    INVALID = "invalid"


# A scalar of `where`, `na`, `values` as written in the file; None is YAML's null.
Scalar = str | None
# Column, and the scalars of which one must be in it; all conditions hold.
Where = tuple[tuple[str, tuple[Scalar, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equal:
    """A column that must hold one value in every row: a literal, or that of a variable."""

    column: str
    arm: str | None  # None: every arm
    value: str | None  # as written
    variable: str | None  # of the environment


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxAge:
    """How old the rows of an arm may be at the time of the run."""

    arm: str | None  # None: every arm
    text: str  # as written
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCount:
    """How many data files an arm must have."""

    arm: str | None  # None: every arm
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What must hold before any number is compared; a violation makes the gate invalid."""

    same: tuple[str, ...] = ()  # columns equal in both arms, pair by pair where there are pairs
    present: tuple[str, ...] = ()  # columns without a missing cell in any arm
    overlap: float = 1.0  # ids in both arms / ids in either
    is_overlap_declared: bool = False
    missing: Missing = Missing.ERROR
    max_missing: float = 0.0  # largest share of units per arm
    equal: tuple[Equal, ...] = ()
    max_age: tuple[MaxAge, ...] = ()
    expect_files: tuple[FileCount, ...] = ()
    expect_split: float | None = None  # candidate's share of the units of two arms
    machine: Machine = Machine.SAME  # of formats that hold times


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
    sha256: str | None = None  # pin of all files that are read for the arm


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
class Assumed:
    """What planning takes for granted where there are no artifacts yet; never used to judge."""

    sd: float | None  # standard deviation of one unit's value within an arm
    correlation: float  # of the two arms over the same units, in [0, 1)
    sd_run: float  # standard deviation that a new run adds to a whole arm
    rate: float | None  # of binary values: the baseline's share of 1
    discordance: float | None  # of binary pairs: the share of units on which the arms differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number per unit, and what it means."""

    name: str
    artifact: str
    value: tuple[str, str] | None  # column in the candidate and in the baseline
    label: str | None  # with ``prediction``: statistic accuracy, precision or recall
    prediction: str | None
    score: str | None  # with ``label``: a probability or a ranking score
    per: str | None  # denominator of a ratio of sums
    k: int | None  # of statistic pass_at_k and pass_all_k
    covariate: str | None  # known before the candidate existed
    task: str | None  # each task weighs the same in the mean
    over: Over  # what the mean over tasks is about
    normalize: tuple[str, str] | None  # columns that hold what becomes 0 and 1
    is_judged: bool  # by another model: informs, but cannot be required without ``gold``
    gold: str | None  # the same measurement by people, on a random subset of the units
    statistic: str  # a name of ``keys.STATISTICS``, or pNN
    quantile: float | None  # of ``statistic`` median or pNN, in (0, 1)
    better: Better
    kind: Kind | None  # None: decided by the values
    range: tuple[float, float] | None
    scale: float
    na: tuple[Scalar, ...]
    map: tuple[tuple[str, float], ...] | None  # text as written -> number
    unit: str | None
    where: Where
    assume: Assumed | None
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
    require: Require
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
    weight: float | None  # of a weighted correction at the top level
    group: str | None  # the `any_of` group it is a member of; its id is then group.member
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An `any_of` group: one of its members is enough.

    A group has one test; its members have evidence, ids ``group.member``, and no test.
    """

    id: str
    members: tuple[Rule, ...]  # the same records as in ``GateSpec.rules``, in file order
    correction: str  # over the members: holm, bonferroni, sidak, hochberg, hommel, max_t
    severity: Severity
    owner: str | None
    why: str | None
    action: str | None
    slices: Slices | None
    weight: float | None
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A graphical correction: how much of alpha each top-level rule holds and hands on."""

    weights: tuple[tuple[str, float], ...]  # id, share of alpha; what is left out has 0
    transitions: tuple[tuple[str, str, float], ...]  # from, to, share handed on when it passes


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSpec:
    """A whole gate file."""

    path: str  # as given, for messages
    sha256: str
    name: str
    alpha: float
    power: float
    correction: str
    graph: Graph | None  # with correction ``graphical``
    seed: int
    on_inconclusive: OnInconclusive
    artifacts: tuple[Artifact, ...]
    metrics: tuple[Metric, ...]
    rules: tuple[Rule, ...]  # single rules and members of groups, in file order
    groups: tuple[Group, ...] = ()

    def entries(self) -> tuple[Rule | Group, ...]:
        """Return what has a test of its own at the top level, in file order."""
        found: list[Rule | Group] = []
        groups = {group.id: group for group in self.groups}
        for rule in self.rules:
            if rule.group is None:
                found.append(rule)
            elif (group := groups.pop(rule.group, None)) is not None:
                found.append(group)
        return tuple(found)

    def variables(self) -> tuple[str, ...]:
        """Return the names of the environment variables that contracts ask for, sorted."""
        expected = (one for artifact in self.artifacts for one in artifact.contract.equal)
        return tuple(sorted({one.variable for one in expected if one.variable is not None}))

    def group(self, name: str) -> Group:
        """Look a group up by its id."""
        return next(group for group in self.groups if group.id == name)

    def artifact(self, name: str) -> Artifact:
        """Look an artifact up by its name."""
        return next(artifact for artifact in self.artifacts if artifact.name == name)

    def metric(self, name: str) -> Metric:
        """Look a metric up by its name."""
        return next(metric for metric in self.metrics if metric.name == name)
