"""Bounds that hold for all proofs of a gate at once, beside Holm's correction."""

from collections.abc import Sequence

from pytest_evalgate.evidence import JointBound
from pytest_evalgate.gate.measure import Measured
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats.simultaneous import bound_in_accord


def joint_bounds(
    members: Sequence[tuple[str, Measured | None]], passed: Sequence[str], alpha: float
) -> tuple[JointBound, ...]:
    """Return the bounds of each proof compatible with Holm's correction, and Bonferroni's.

    Where some claims are not shown, those that are have exactly their limit for a bound (all
    that Holm says), the others share alpha. Where all are shown each bound is Bonferroni's, if
    that says more than its limit. Claims with two limits, and rules without an effect of their
    own, have none.

    Args:
        members: Id and measurement of every proof; None where there is no effect to bound.
        passed: Ids of those that the correction rejects.
        alpha: Level of the family.

    Source:
        Strassburger and Bretz (2008); Guilbaud (2008).
    """
    missed = len(members) - len(passed)
    found = []
    for name, measured in members:
        limit = _one_limit(measured)
        if measured is None or limit is None:
            continue
        bonferroni = _bound(measured, alpha / len(members))
        is_rejected = name in passed
        compatible = bound_in_accord(
            bonferroni if is_rejected else _bound(measured, alpha / missed),
            limit,
            is_rejected=is_rejected,
            are_all=not missed,
            is_low=measured.bounds.low is not None,
        )
        found.append(JointBound(id=name, compatible=compatible, bonferroni=bonferroni))
    return tuple(found)


def _one_limit(measured: Measured | None) -> float | None:
    """Return the limit of a claim that has one; None where it has two, or no effect."""
    if measured is None or measured.rule.claim is Claim.EQUIVALENCE:
        return None
    return measured.bounds.low if measured.bounds.low is not None else measured.bounds.high


def _bound(measured: Measured, alpha: float) -> float | None:
    """Return the end of the interval that the claim is about."""
    low, high = measured.inference.interval(alpha)
    return low if measured.bounds.low is not None else high
