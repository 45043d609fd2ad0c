"""A rule's limit on the scale of its effect, and the p-values of its claim."""

from dataclasses import dataclass

from pytest_evalgate.evidence import Bounds, Scale
from pytest_evalgate.spec.model import Better, Claim, LimitUnit, Rule
from pytest_evalgate.stats.result import Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTest:
    """The p-value of a claim and of its opposite, on an effect as measured.

    For an alarm (``deterioration``) ``pvalue`` is that of the harm.
    """

    pvalue: float
    pvalue_opposite: float
    statistic: float | None
    min_pvalue: float


def bounds_of(rule: Rule, better: Better, scale: Scale) -> Bounds:
    """Where the effect must lie, on the scale it is measured on (not flipped).

    A threshold's ``min`` and ``max`` are values. All other limits are distances from "no
    change": 0 on a difference, 1 on a ratio. For an alarm it is the bound that harm must cross.
    """
    size = rule.limit.number
    if rule.claim is Claim.THRESHOLD:
        return Bounds(low=size) if rule.limit_key == "min" else Bounds(high=size)
    neutral = no_change(scale)
    if rule.claim is Claim.EQUIVALENCE:
        return Bounds(low=neutral - size, high=neutral + size)
    if rule.claim is Claim.SUPERIORITY:
        size = -size
    # Non-inferiority and deterioration lie on the harmful side of no change.
    if better is Better.HIGHER:
        return Bounds(low=neutral - size)
    return Bounds(high=neutral + size)


def no_change(scale: Scale) -> float:
    """Return the effect of a candidate that is no different."""
    return 1.0 if scale is Scale.RATIO else 0.0


def scale_of(rule: Rule, *, is_geomean: bool) -> Scale:
    """Return what kind of number the effect of a rule is."""
    if rule.claim is Claim.THRESHOLD:
        return Scale.VALUE
    if is_geomean or rule.limit.unit is LimitUnit.PERCENT:
        return Scale.RATIO
    return Scale.DIFFERENCE


def claim_test(inference: Inference, bounds: Bounds, claim: Claim) -> ClaimTest:
    """Test a claim against its limit and, with the same procedure, the opposite of it."""
    if bounds.low is not None and bounds.high is not None:
        above, below = inference.p_greater(bounds.low), inference.p_less(bounds.high)
        worse = bounds.low if above >= below else bounds.high
        return ClaimTest(
            pvalue=max(above, below),
            pvalue_opposite=min(inference.p_less(bounds.low), inference.p_greater(bounds.high)),
            statistic=inference.statistic(worse),
            min_pvalue=max(
                inference.min_pvalue(bounds.low, greater=True),
                inference.min_pvalue(bounds.high, greater=False),
            ),
        )
    limit = bounds.low if bounds.low is not None else bounds.high
    if limit is None:
        raise ValueError("a rule needs a limit")
    wants_greater = bounds.low is not None
    if claim is Claim.DETERIORATION:
        wants_greater = not wants_greater
    above, below = inference.p_greater(limit), inference.p_less(limit)
    return ClaimTest(
        pvalue=above if wants_greater else below,
        pvalue_opposite=below if wants_greater else above,
        statistic=inference.statistic(limit),
        min_pvalue=inference.min_pvalue(limit, greater=wants_greater),
    )
