"""The record of one gate: what was measured, how it was judged, what follows.

Built-in types only: evidence crosses a worker border and a JSON file unchanged. A number that
does not exist is ``None`` and ``reason`` says why; NaN and infinities are refused.
The keys and their order are those of the evidence file, schema ``evalgate/evidence/1``.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


SCHEMA = "evalgate/evidence/1"
ANY_OF = "any_of"  # the claim of a group, of which one member is enough


class Verdict(StrEnum):
    """The answer to one rule."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


class Action(StrEnum):
    """What may happen to the candidate."""

    PROMOTE = "promote"
    WARN = "warn"
    ESCALATE = "escalate"
    BLOCK = "block"


class Scale(StrEnum):
    """What an effect is."""

    DIFFERENCE = "difference"  # candidate - baseline
    RATIO = "ratio"  # candidate / baseline
    VALUE = "value"  # the candidate's own value


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the samples hold; None where the design has no such thing."""

    candidate: int | None = None  # units
    baseline: int | None = None
    pairs: int | None = None
    clusters: int | None = None
    runs: int | None = None  # per arm, the smaller
    repeats: int | None = None  # most rows averaged into one unit
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The effect and its interval at the level the rule was judged at."""

    estimate: float
    low: float | None
    high: float | None
    level: float  # 1 - 2 * alpha_judged
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A rule's limit on the scale of its effect; None where it is open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many would decide; None where more of them would not, or cannot be said."""

    runs: int | None = None
    samples: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What the data at hand could have shown."""

    mde: float | None  # smallest true effect (on the scale of effect) seen with the gate's power
    at: float | None  # true effect at which ``needed`` is stated
    needed: Needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts between edges: one edge more than counts."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Distributions of the units of both arms and of the paired differences."""

    baseline: Histogram | None = None
    candidate: Histogram | None = None
    difference: Histogram | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A unit and how it moved."""

    id: str
    baseline: float
    candidate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """The units that moved most, largest move first, five each way."""

    up: tuple[Mover, ...] = ()
    down: tuple[Mover, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEvidence:
    """What one rule measured and how it was judged."""

    id: str
    parent: str | None
    slice: dict[str, str] | None
    metric: str
    claim: str
    better: str
    severity: str
    owner: str | None
    why: str | None
    action: str | None
    line: int | None
    column: int | None
    burden: str  # who must prove what
    verdict: Verdict
    reason: str
    digest: str = ""
    method: str | None = None
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    n: Counts = field(default_factory=Counts)
    candidate: float | None = None
    baseline: float | None = None
    scale: Scale | None = None
    effect: Effect | None = None
    limit: Bounds = field(default_factory=Bounds)
    statistic: float | None = None
    df: float | None = None
    pvalue: float | None = None
    pvalue_adjusted: float | None = None
    alpha_judged: float | None = None
    family: str | None = None
    min_pvalue: float | None = None
    power: Power | None = None
    picture: Picture | None = None
    movers: Movers | None = None

    def __post_init__(self) -> None:
        _refuse_non_finite(asdict(self), self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """This run; differs from run to run and is in no digest."""

    nonce: str = ""
    head_sha: str | None = None
    args: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """The gate file and what it asks for."""

    name: str
    path: str
    sha256: str
    alpha: float
    power: float
    correction: str
    on_inconclusive: str
    policy_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """May the candidate replace the baseline?"""

    action: Action
    verdict: str  # promote, warn, escalate, block; or block (incomplete), block (partial)
    reasons: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointBound:
    """What holds for one member at once with all others, on the scale of its effect."""

    id: str
    compatible: float | None  # exactly the limit where the correction rejects it
    bonferroni: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Rules that were corrected together, and what that controls."""

    name: str
    method: str
    controls: str
    members: tuple[str, ...]
    alpha: float
    # Under holm: bounds that hold for all members at once, compatible with the correction.
    bounds: tuple[JointBound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCheck:
    """One deterministic check and both values it saw."""

    check: str
    verdict: Verdict
    expected: str
    candidate: str | None
    baseline: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFile:
    """A file that was read: the bytes hashed are the bytes parsed."""

    name: str
    arm: str
    path: str
    sha256: str
    bytes: int
    rows: int
    override: bool
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the numbers come from."""

    artifacts: tuple[ArtifactFile, ...] = ()
    # Name of a reader that is none of ours -> who provides it, and the digest of its source file.
    readers: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    git: dict[str, str | bool | None] = field(default_factory=dict)
    created: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEvidence:
    """All that is known about one gate."""

    schema: str = SCHEMA
    run: RunFacts = field(default_factory=RunFacts)
    gate: GateFacts
    decision: Decision
    rules: tuple[RuleEvidence, ...] = ()
    families: tuple[Family, ...] = ()
    plan: dict[str, Any] = field(default_factory=lambda: {"joint_power": None, "shares": None})
    contract: tuple[ContractCheck, ...] = ()
    waivers: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    def tests(self) -> tuple[RuleEvidence, ...]:
        """Return what has a test of its own: rules, groups and slices, no members of groups."""
        by_id = {rule.id: rule for rule in self.rules}
        return tuple(rule for rule in self.rules if not is_member(rule, by_id))

    def __repr__(self) -> str:
        """Say the decision and the verdicts; the whole of it fills a screen in a notebook."""
        rules = ", ".join(f"{rule.id}={rule.verdict}" for rule in self.rules)
        return f"<GateEvidence {self.gate.name}: {self.decision.verdict}; {rules}>"


def is_member(rule: RuleEvidence, by_id: Mapping[str, RuleEvidence]) -> bool:
    """Say whether a rule is a member of a group: its parent is one, and it is no slice of it."""
    parent = by_id.get(rule.parent) if rule.parent is not None else None
    return parent is not None and parent.claim == ANY_OF and parent.slice == rule.slice


def _refuse_non_finite(value: object, where: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where}: evidence holds {value}; use None and say why in `reason`")
    if isinstance(value, dict):
        for key, child in value.items():
            _refuse_non_finite(child, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for child in value:
            _refuse_non_finite(child, where)
