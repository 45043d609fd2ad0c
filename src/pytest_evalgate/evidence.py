"""The record of one gate: what was measured, how it was judged, what follows.

Built-in types only: evidence crosses a worker border and a JSON file unchanged. A number that
does not exist is ``None`` and ``reason`` says why; NaN and infinities are refused.
The keys and their order are those of the evidence file, schema ``evalgate/evidence/1``.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


SCHEMA = "evalgate/evidence/1"
# What names and explains a rule, but does not change how it was judged.
_NOT_IN_RULE_DIGEST = ("digest", "line", "column", "owner", "why", "action")


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
class Family:
    """Rules that were corrected together, and what that controls."""

    name: str
    method: str
    controls: str
    members: tuple[str, ...]
    alpha: float


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


def rule_digest(rule: RuleEvidence) -> str:
    """SHA-256 of how a rule was judged; the same for any order of rows and rules."""
    record = asdict(rule)
    for key in _NOT_IN_RULE_DIGEST:
        del record[key]
    return _sha256(record)


def decision_digest(evidence: GateEvidence) -> str:
    """SHA-256 of the sorted rule digests, the contract, and alpha, power and correction.

    Under ``fixed_sequence`` the order of the rules is part of the question and is kept.
    """
    digests = [rule.digest for rule in evidence.rules]
    if evidence.gate.correction != "fixed_sequence":
        digests.sort()
    contract = sorted((asdict(check) for check in evidence.contract), key=canonical_json)
    gate = evidence.gate
    return _sha256([digests, contract, gate.alpha, gate.power, gate.correction])


def canonical_json(value: object) -> str:
    """JSON with one spelling: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def to_json(evidence: GateEvidence) -> str:
    """Write evidence as the text of an evidence file."""
    return json.dumps(asdict(evidence), indent=1, allow_nan=False) + "\n"


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _refuse_non_finite(value: object, where: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where}: evidence holds {value}; use None and say why in `reason`")
    if isinstance(value, dict):
        for key, child in value.items():
            _refuse_non_finite(child, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for child in value:
            _refuse_non_finite(child, where)


def from_json(text: str) -> GateEvidence:
    """Read the text of an evidence file back.

    Raises:
        ValueError, TypeError, KeyError: it is not an evidence file of this schema.
    """
    record = json.loads(text)
    if record["schema"] != SCHEMA:
        raise ValueError(f"evidence has schema {record['schema']!r}, this version reads {SCHEMA!r}")
    provenance = dict(record["provenance"])
    provenance["artifacts"] = tuple(ArtifactFile(**one) for one in provenance["artifacts"])
    return GateEvidence(
        schema=record["schema"],
        run=RunFacts(**_tuples(record["run"], "args", "plugins")),
        gate=GateFacts(**record["gate"]),
        decision=Decision(
            **{
                **_tuples(record["decision"], "reasons"),
                "action": Action(record["decision"]["action"]),
            }
        ),
        rules=tuple(_rule_from(one) for one in record["rules"]),
        families=tuple(Family(**_tuples(one, "members")) for one in record["families"]),
        plan=record["plan"],
        contract=tuple(
            ContractCheck(**{**one, "verdict": Verdict(one["verdict"])})
            for one in record["contract"]
        ),
        waivers=tuple(record["waivers"]),
        warnings=tuple(record["warnings"]),
        provenance=Provenance(**provenance),
    )


def _tuples(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**record, **{key: tuple(record[key]) for key in keys}}


def _rule_from(record: dict[str, Any]) -> RuleEvidence:
    known = _tuples(record, "assumptions", "warnings")
    known["verdict"] = Verdict(record["verdict"])
    known["scale"] = None if record["scale"] is None else Scale(record["scale"])
    known["n"] = Counts(**record["n"])
    known["limit"] = Bounds(**record["limit"])
    if record["effect"] is not None:
        known["effect"] = Effect(**record["effect"])
    if record["power"] is not None:
        needed = Needed(**record["power"]["needed"])
        known["power"] = Power(**{**record["power"], "needed": needed})
    if record["picture"] is not None:
        known["picture"] = Picture(
            **{
                name: None if one is None else Histogram(**_tuples(one, "edges", "counts"))
                for name, one in record["picture"].items()
            }
        )
    if record["movers"] is not None:
        known["movers"] = Movers(
            **{
                way: tuple(Mover(**mover) for mover in movers)
                for way, movers in record["movers"].items()
            }
        )
    return RuleEvidence(**known)


# Exit statuses of a gate; those of pytest itself end at 6.
EXIT_PROMOTED = 0
EXIT_NOT_PROMOTED = 1
EXIT_NOT_JUDGED_WHOLE = 20
EXIT_UNUSABLE = 21
EXIT_NO_EVIDENCE = 22


def exit_status(evidence: GateEvidence) -> int:
    """Return the exit status that a gate asks for."""
    decision = evidence.decision
    if any(check.verdict is not Verdict.PASS for check in evidence.contract):
        return EXIT_UNUSABLE
    if any(
        rule.verdict is Verdict.INVALID and rule.severity in {"block", "escalate"}
        for rule in evidence.rules
        if rule.parent is None
    ):
        return EXIT_UNUSABLE
    if decision.verdict != decision.action.value:  # block (incomplete), block (partial)
        return EXIT_NOT_JUDGED_WHOLE
    if decision.action in {Action.PROMOTE, Action.WARN}:
        return EXIT_PROMOTED
    return EXIT_NOT_PROMOTED
