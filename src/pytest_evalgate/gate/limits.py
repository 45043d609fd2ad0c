"""A rule's limit on the scale of its effect, and the p-values of its claim."""

import math
from dataclasses import dataclass

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Bounds, Scale
from pytest_evalgate.gate.choose import Family
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
    change": 0 on a difference, 1 on a ratio, one half for a win rate, which is a value. For an
    alarm it is the bound that harm must cross.
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
    return {Scale.RATIO: 1.0, Scale.DIFFERENCE: 0.0, Scale.VALUE: 0.5}[scale]


def scale_of(rule: Rule, family: Family) -> Scale:
    """Return what kind of number the effect of a rule is."""
    if rule.claim is Claim.THRESHOLD or family is Family.WIN_RATE:
        return Scale.VALUE
    is_rate_at_zero = family is Family.RATE and rule.limit.number == 0  # no change: a ratio of 1
    if family is Family.GEOMEAN or is_rate_at_zero or rule.limit.unit is LimitUnit.PERCENT:
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


def check_can_fail(
    rule: Rule, bounds: Bounds, scale: Scale, *, ends: tuple[float, float] | None
) -> None:
    """Refuse a limit that no values could miss, or none could clear.

    Args:
        rule: What is asked.
        bounds: Its limit on the scale of its effect.
        scale: What kind of number the effect is.
        ends: Smallest and largest value that the metric can have, where that is known.

    Raises:
        UndefinedTestError: the answer does not depend on the data.
    """
    if scale is Scale.RATIO:
        reach = (0.0, math.inf)
    elif ends is None:
        return
    elif scale is Scale.VALUE:
        reach = ends
    else:
        reach = (ends[0] - ends[1], ends[1] - ends[0])
    low, high = bounds.low, bounds.high
    said = f"{rule.limit_key} is {rule.limit.text}"
    if ends is not None and scale is not Scale.RATIO:
        said += f", but values lie between {ends[0]:g} and {ends[1]:g}"
    is_met = (low is None or low <= reach[0]) and (high is None or high >= reach[1])
    if is_met:
        raise UndefinedTestError(f"{said}: this rule cannot fail", hint=_smaller(rule, ends))
    if (low is not None and low >= reach[1]) or (high is not None and high <= reach[0]):
        raise UndefinedTestError(f"{said}: this rule cannot pass", hint=_smaller(rule, ends))


def _smaller(rule: Rule, ends: tuple[float, float] | None) -> str:
    number = rule.limit.number
    if rule.limit.unit is not LimitUnit.ABSOLUTE or ends != (0.0, 1.0) or not 1 <= number <= 100:
        return "write a limit that the values can miss, and can clear"
    if rule.claim is Claim.THRESHOLD:
        return f"did you mean {number / 100:g}?"
    return f"did you mean {number:g}pp?"
