"""One pure decision table: interval, p-value and limit -> verdict."""

from pytest_evalgate.evidence import Bounds, Verdict
from pytest_evalgate.gate.limits import ClaimTest
from pytest_evalgate.spec.model import Claim


_UNDECIDED = "neither the claim nor its opposite is shown: the interval straddles the limit"


def is_inside(interval: tuple[float | None, float | None], bounds: Bounds) -> bool:
    """Say whether an interval lies strictly inside a limit; a missing end is infinite."""
    low, high = interval
    if bounds.low is not None and (low is None or not low > bounds.low):
        return False
    return not (bounds.high is not None and (high is None or not high < bounds.high))


def is_beyond(interval: tuple[float | None, float | None], bounds: Bounds) -> bool:
    """Say whether an interval lies strictly on the far side of a limit."""
    low, high = interval
    under = bounds.low is not None and high is not None and high < bounds.low
    over = bounds.high is not None and low is not None and low > bounds.high
    return under or over


def decide(
    claim: Claim,
    test: ClaimTest,
    interval: tuple[float | None, float | None],
    bounds: Bounds,
    alpha: float,
) -> tuple[Verdict, str]:
    """Judge one rule at its level.

    A proof passes only where test and interval both say so: if they disagree by rounding it is
    not a pass. An alarm blocks where either says so.
    """
    if claim is Claim.DETERIORATION:
        if test.pvalue < alpha or is_beyond(interval, bounds):
            return Verdict.FAIL, "alarm: harm beyond the tolerance is shown"
        return Verdict.PASS, "no alarm: harm beyond the tolerance is not shown, nor ruled out"
    if test.pvalue < alpha and is_inside(interval, bounds):
        return Verdict.PASS, "the claim is shown: the interval lies wholly inside the limit"
    if test.pvalue_opposite < alpha and is_beyond(interval, bounds):
        return Verdict.FAIL, "the opposite is shown: the interval lies wholly beyond the limit"
    return Verdict.INCONCLUSIVE, _UNDECIDED
