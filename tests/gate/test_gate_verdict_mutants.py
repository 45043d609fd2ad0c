"""Verdicts on every side of every limit: with, on and without it, against plain inequalities."""

import math
from itertools import product

import pytest

from pytest_evalgate.evidence import Bounds, Verdict
from pytest_evalgate.gate.limits import ClaimTest
from pytest_evalgate.gate.verdict import decide, is_beyond, is_inside
from pytest_evalgate.spec.model import Claim


ENDS = (None, -1.0, 0.0, 0.5, 1.0, 2.0)
LIMITS = [Bounds(low=0.0), Bounds(high=1.0), Bounds(low=0.0, high=1.0)]
# Lower ends below upper ends; an open end is infinite.
INTERVALS = [
    (low, high) for low, high in product(ENDS, ENDS) if low is None or high is None or low <= high
]
INSIDE, ON, OUTSIDE, ACROSS = (0.2, 0.3), (0.0, 0.3), (-0.3, -0.2), (-0.1, 0.3)
PROOFS = [claim for claim in Claim if claim is not Claim.DETERIORATION]


def numbers(interval: tuple[float | None, float | None]) -> tuple[float, float]:
    low, high = interval
    return -math.inf if low is None else low, math.inf if high is None else high


@pytest.mark.parametrize("bounds", LIMITS)
@pytest.mark.parametrize("interval", INTERVALS)
def test_inside_is_strictly_between_the_limits(
    interval: tuple[float | None, float | None], bounds: Bounds
) -> None:
    low, high = numbers(interval)
    above = bounds.low is None or low > bounds.low
    below = bounds.high is None or high < bounds.high
    assert is_inside(interval, bounds) is (above and below)


@pytest.mark.parametrize("bounds", LIMITS)
@pytest.mark.parametrize("interval", INTERVALS)
def test_beyond_is_strictly_past_one_of_the_limits(
    interval: tuple[float | None, float | None], bounds: Bounds
) -> None:
    low, high = numbers(interval)
    under = bounds.low is not None and high < bounds.low
    over = bounds.high is not None and low > bounds.high
    assert is_beyond(interval, bounds) is (under or over)


def verdict_of(
    claim: Claim, pvalue: float, opposite: float, interval: tuple[float, float]
) -> Verdict:
    test = ClaimTest(pvalue=pvalue, pvalue_opposite=opposite, statistic=None, min_pvalue=0.0)
    return decide(claim, test, interval, Bounds(low=0.0), 0.05)[0]


@pytest.mark.parametrize("claim", PROOFS)
@pytest.mark.parametrize(
    ("pvalue", "opposite", "interval", "verdict"),
    [
        (0.049, 0.9, INSIDE, Verdict.PASS),
        (0.05, 0.9, INSIDE, Verdict.INCONCLUSIVE),  # on the level is not below it
        (0.051, 0.9, INSIDE, Verdict.INCONCLUSIVE),  # test and interval must agree
        (0.049, 0.9, ON, Verdict.INCONCLUSIVE),
        (0.049, 0.9, ACROSS, Verdict.INCONCLUSIVE),
        (0.9, 0.049, OUTSIDE, Verdict.FAIL),
        (0.9, 0.05, OUTSIDE, Verdict.INCONCLUSIVE),
        (0.9, 0.051, OUTSIDE, Verdict.INCONCLUSIVE),
        (0.9, 0.049, ACROSS, Verdict.INCONCLUSIVE),
        (0.049, 0.9, OUTSIDE, Verdict.INCONCLUSIVE),
        (0.5, 0.5, ACROSS, Verdict.INCONCLUSIVE),
    ],
)
def test_a_proof_needs_both_test_and_interval(
    claim: Claim, pvalue: float, opposite: float, interval: tuple[float, float], verdict: Verdict
) -> None:
    assert verdict_of(claim, pvalue, opposite, interval) is verdict


@pytest.mark.parametrize(
    ("pvalue", "interval", "verdict"),
    [
        (0.049, ACROSS, Verdict.FAIL),  # the test alone rings the alarm
        (0.9, OUTSIDE, Verdict.FAIL),  # so does the interval
        (0.05, ACROSS, Verdict.PASS),
        (0.051, ON, Verdict.PASS),
        (0.9, INSIDE, Verdict.PASS),
    ],
)
def test_an_alarm_needs_test_or_interval(
    pvalue: float, interval: tuple[float, float], verdict: Verdict
) -> None:
    assert verdict_of(Claim.DETERIORATION, pvalue, 0.0, interval) is verdict
