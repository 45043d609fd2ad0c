"""Limits, claims and verdicts: every claim, both directions, exactly on the limit."""

import pytest

from pytest_evalgate.errors import Location
from pytest_evalgate.evidence import Bounds, Scale, Verdict
from pytest_evalgate.gate.limits import ClaimTest, bounds_of, claim_test
from pytest_evalgate.gate.verdict import decide
from pytest_evalgate.spec.model import Better, Claim, Limit, LimitUnit, Pair, Rule, Severity
from pytest_evalgate.stats.means import StudentT


HERE = Location(path="gate.yaml", line=1, column=1)


def make_rule(claim: Claim, number: float, key: str = "margin") -> Rule:
    return Rule(
        id="r",
        metric="m",
        claim=claim,
        limit=Limit(number=number, unit=LimitUnit.ABSOLUTE, text=str(number), location=HERE),
        limit_key=key,
        severity=Severity.BLOCK,
        method="auto",
        pair=Pair.AUTO,
        against="baseline",
        min_runs=3,
        min_samples=2,
        is_min_samples_declared=False,
        expect=None,
        owner=None,
        why=None,
        action=None,
        slices=None,
        weight=None,
        group=None,
        location=HERE,
    )


@pytest.mark.parametrize(
    ("claim", "better", "scale", "low", "high"),
    [
        (Claim.SUPERIORITY, Better.HIGHER, Scale.DIFFERENCE, 0.25, None),
        (Claim.SUPERIORITY, Better.LOWER, Scale.DIFFERENCE, None, -0.25),
        (Claim.NON_INFERIORITY, Better.HIGHER, Scale.DIFFERENCE, -0.25, None),
        (Claim.NON_INFERIORITY, Better.LOWER, Scale.DIFFERENCE, None, 0.25),
        (Claim.EQUIVALENCE, Better.HIGHER, Scale.DIFFERENCE, -0.25, 0.25),
        (Claim.EQUIVALENCE, Better.LOWER, Scale.DIFFERENCE, -0.25, 0.25),
        (Claim.DETERIORATION, Better.HIGHER, Scale.DIFFERENCE, -0.25, None),
        (Claim.DETERIORATION, Better.LOWER, Scale.DIFFERENCE, None, 0.25),
        (Claim.SUPERIORITY, Better.HIGHER, Scale.RATIO, 1.25, None),
        (Claim.SUPERIORITY, Better.LOWER, Scale.RATIO, None, 0.75),
        (Claim.NON_INFERIORITY, Better.HIGHER, Scale.RATIO, 0.75, None),
        (Claim.NON_INFERIORITY, Better.LOWER, Scale.RATIO, None, 1.25),
        (Claim.EQUIVALENCE, Better.LOWER, Scale.RATIO, 0.75, 1.25),
    ],
)
def test_limit_lies_where_the_claim_puts_it(
    claim: Claim, better: Better, scale: Scale, low: float | None, high: float | None
) -> None:
    assert bounds_of(make_rule(claim, 0.25), better, scale) == Bounds(low=low, high=high)


@pytest.mark.parametrize(("key", "bounds"), [("min", Bounds(low=3.0)), ("max", Bounds(high=3.0))])
def test_threshold_limits_are_values(key: str, bounds: Bounds) -> None:
    assert bounds_of(make_rule(Claim.THRESHOLD, 3.0, key), Better.HIGHER, Scale.VALUE) == bounds


def verdict_of(effect: StudentT, bounds: Bounds, claim: Claim, alpha: float = 0.05) -> Verdict:
    test = claim_test(effect, bounds, claim)
    return decide(claim, test, effect.interval(alpha), bounds, alpha)[0]


def student(estimate: float) -> StudentT:
    return StudentT(estimate=estimate, standard_error=1.0, df=9.0)


# t(9) has its one-sided 5 % point at 1.833113 (any table of Student's t).
@pytest.mark.parametrize(
    ("claim", "bounds", "estimate", "verdict"),
    [
        (Claim.SUPERIORITY, Bounds(low=0.0), 1.84, Verdict.PASS),
        (Claim.SUPERIORITY, Bounds(low=0.0), 1.83, Verdict.INCONCLUSIVE),
        (Claim.SUPERIORITY, Bounds(low=0.0), -1.83, Verdict.INCONCLUSIVE),
        (Claim.SUPERIORITY, Bounds(low=0.0), -1.84, Verdict.FAIL),
        (Claim.NON_INFERIORITY, Bounds(high=1.0), -0.84, Verdict.PASS),
        (Claim.NON_INFERIORITY, Bounds(high=1.0), -0.83, Verdict.INCONCLUSIVE),
        (Claim.NON_INFERIORITY, Bounds(high=1.0), 2.84, Verdict.FAIL),
        (Claim.EQUIVALENCE, Bounds(low=-2.0, high=2.0), 0.16, Verdict.PASS),
        (Claim.EQUIVALENCE, Bounds(low=-2.0, high=2.0), 0.17, Verdict.INCONCLUSIVE),
        (Claim.EQUIVALENCE, Bounds(low=-2.0, high=2.0), 3.84, Verdict.FAIL),
        (Claim.EQUIVALENCE, Bounds(low=-2.0, high=2.0), -3.84, Verdict.FAIL),
        (Claim.DETERIORATION, Bounds(low=-1.0), -2.83, Verdict.PASS),
        (Claim.DETERIORATION, Bounds(low=-1.0), -2.84, Verdict.FAIL),
        (Claim.DETERIORATION, Bounds(low=-1.0), 5.0, Verdict.PASS),
    ],
)
def test_verdict_turns_at_the_critical_value(
    claim: Claim, bounds: Bounds, estimate: float, verdict: Verdict
) -> None:
    assert verdict_of(student(estimate), bounds, claim) is verdict


@pytest.mark.parametrize("claim", [c for c in Claim if c is not Claim.DETERIORATION])
@pytest.mark.parametrize("bounds", [Bounds(low=0.5), Bounds(high=0.5), Bounds(low=0.5, high=2.0)])
def test_a_value_exactly_on_its_limit_is_not_a_pass(claim: Claim, bounds: Bounds) -> None:
    test = ClaimTest(pvalue=0.01, pvalue_opposite=0.99, statistic=None, min_pvalue=0.0)
    assert decide(claim, test, (0.5, 0.5), bounds, 0.05)[0] is not Verdict.PASS


@pytest.mark.parametrize("claim", [c for c in Claim if c is not Claim.DETERIORATION])
def test_a_p_value_exactly_at_its_level_is_not_a_pass(claim: Claim) -> None:
    test = ClaimTest(pvalue=0.05, pvalue_opposite=0.95, statistic=None, min_pvalue=0.0)
    assert decide(claim, test, (0.6, 0.7), Bounds(low=0.5), 0.05)[0] is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("claim", [c for c in Claim if c is not Claim.DETERIORATION])
def test_nan_never_passes(claim: Claim) -> None:
    nan = float("nan")
    test = ClaimTest(pvalue=nan, pvalue_opposite=nan, statistic=None, min_pvalue=nan)
    for interval in ((nan, nan), (0.6, 0.7), (None, None)):
        assert decide(claim, test, interval, Bounds(low=0.5), 0.05)[0] is not Verdict.PASS
    sure = ClaimTest(pvalue=0.0, pvalue_opposite=1.0, statistic=None, min_pvalue=0.0)
    assert decide(claim, sure, (nan, nan), Bounds(low=0.5), 0.05)[0] is not Verdict.PASS
