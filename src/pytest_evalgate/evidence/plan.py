"""The record of a plan: what each rule could show, and what it would need. Nothing is judged.

Built-in types only, as in the rest of the evidence, so that reports need nothing else.
"""

from dataclasses import dataclass, field

from pytest_evalgate.evidence.records import Bounds, Counts, GateFacts, Needed, Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts of the squared standard error by what they come from; None where there is no such.

    They sum to 1.
    """

    runs: float | None = None  # seeds: other draws of the recipe
    samples: float | None = None  # examples: other units
    repeats: float | None = None  # single answers: what one run adds on one unit alone


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlan:
    """What one rule, slice, group or member could show.

    ``reason`` says why a number is missing. Effects are on the scale on which they are measured.
    """

    id: str
    parent: str | None = None
    metric: str
    claim: str
    is_required: bool  # one of the proofs that a promotion needs
    method: str | None = None
    scale: Scale | None = None
    unit: str | None = None
    limit: Bounds = field(default_factory=Bounds)
    alpha: float | None = None
    n: Counts = field(default_factory=Counts)
    assumed: str | None = None  # the numbers taken for granted, where there are no data
    at: float | None = None  # the true effect that is reckoned with
    at_source: str = ""  # expected | no difference | observed
    power: float | None = None  # at ``at``, with the data at hand
    mde: float | None = None  # smallest true effect seen with the gate's power
    needed: Needed = field(default_factory=Needed)  # for the gate's power
    needed_jointly: Needed = field(default_factory=Needed)  # so that all rules together have it
    times: int | None = None  # as many runs and samples, where neither alone is enough
    shares: Shares | None = None
    advice: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePlan:
    """What a whole gate could show."""

    gate: GateFacts
    rules: tuple[RulePlan, ...]
    joint_power: float | None  # of all required rules, if they are independent
    joint_at_least: float | None  # whatever their dependence
    reason: str | None  # why there is no joint power
    buy: str  # what to buy next

    @property
    def is_complete(self) -> bool:
        """Say whether every required rule could be planned."""
        return self.joint_power is not None
