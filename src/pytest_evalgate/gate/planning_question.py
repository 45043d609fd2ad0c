"""What the plan of one rule depends on, and the true effect at which it is stated."""

from dataclasses import dataclass

from pytest_evalgate.evidence import Bounds, Scale
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.limits import no_change
from pytest_evalgate.gate.planning_curve import NOW, Aim, Curve
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats.planning import each_side


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion:
    """What the plan of one rule depends on."""

    method: Method
    family: Family
    unit: Unit
    claim: Claim
    bounds: Bounds
    scale: Scale
    expect: float | None
    quantile: float | None
    alpha: float
    power: float

    @property
    def side_power(self) -> float:
        """Power that one side of the claim needs: equivalence has two sides to prove."""
        return each_side(self.power) if self.claim is Claim.EQUIVALENCE else self.power

    @property
    def source(self) -> str:
        """Say where the true effect comes from."""
        if self.expect is not None:
            return "expected"
        is_held = self.claim in {Claim.NON_INFERIORITY, Claim.EQUIVALENCE}
        return "no difference" if is_held else "observed"

    def at(self, observed: float | None) -> float | None:
        """Return the true effect at which the plan is stated; None where nothing says it."""
        if self.expect is not None:
            return self.expect
        return no_change(self.scale) if self.source == "no difference" else observed

    def aims(self, at: float) -> tuple[Aim, ...]:
        """Return what must be shown: one side, or both of an equivalence.

        Of an alarm the harm, which lies beyond its limit the other way round.
        """
        low, high = self.bounds.low, self.bounds.high
        is_alarm = self.claim is Claim.DETERIORATION
        sides = ((low, not is_alarm), (high, is_alarm))
        return tuple(
            Aim(at=at, limit=limit, greater=greater)
            for limit, greater in sides
            if limit is not None
        )

    def hardest(self, at: float) -> Aim | None:
        """Return the side that is hardest to show from ``at``."""
        return min(self.aims(at), key=lambda aim: abs(aim.at - aim.limit), default=None)

    def can_be_shown(self, at: float) -> bool:
        """Say whether the claim is true of ``at``; an alarm claims nothing."""
        if self.claim is Claim.DETERIORATION:
            return False
        low, high = self.bounds.low, self.bounds.high
        return (low is None or at > low) and (high is None or at < high)


def power_now(question: PlanQuestion, curve: Curve, at: float) -> float | None:
    """Return the power at ``at``: of an equivalence the least that both sides together have."""
    reached = [curve.reached(aim, question.alpha, NOW) for aim in question.aims(at)]
    known = [power for power in reached if power is not None]
    if not known or len(known) < len(reached):
        return None
    return min(1.0, max(0.0, sum(known) - (len(known) - 1)))


def smallest_effect(question: PlanQuestion, curve: Curve) -> float | None:
    """Return the smallest true effect seen with the gate's power; an equivalence has none."""
    if question.claim is Claim.EQUIVALENCE:
        return None
    [aim] = question.aims(0.0)
    return curve.detected(aim.limit, question.alpha, question.power, greater=aim.greater)
