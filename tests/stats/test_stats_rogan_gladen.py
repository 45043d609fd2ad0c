"""The Rogan-Gladen estimate, against the reference, plain arithmetic and simulation."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.compare import load

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.rogan_gladen import Calibration, RoganGladen, rogan_gladen


CASES = [case for case in load() if case["method"] == "rogan_gladen"]


def of(k: int, n: int, positives: tuple[int, int], negatives: tuple[int, int]) -> RoganGladen:
    known = Calibration(
        judged_positive=positives[0],
        positive=positives[1],
        judged_negative=negatives[0],
        negative=negatives[1],
    )
    return rogan_gladen(k, n, known)


@st.composite
def judges(draw: st.DrawFn) -> RoganGladen:
    n, positive, negative = (draw(st.integers(5, 400)) for _ in range(3))
    right = draw(st.integers(math.ceil(0.6 * positive), positive))
    clear = draw(st.integers(math.ceil(0.6 * negative), negative))
    return of(draw(st.integers(0, n)), n, (right, positive), (clear, negative))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_bounds_are_the_reference_s(case: dict[str, Any]) -> None:
    given_, expected = case["input"], case["expected"]
    judge = of(
        given_["judge_positive"],
        given_["judge_n"],
        (given_["gold_pos_judged_pos"], given_["gold_pos"]),
        (given_["gold_neg_judged_neg"], given_["gold_neg"]),
    )
    assert judge.estimate == pytest.approx(expected["estimate"], rel=1e-12)
    assert judge.standard_error == pytest.approx(expected["se"], rel=1e-12)
    low, high = expected["ci_lang_reiczigel"]
    assert judge.interval(0.025) == pytest.approx((low, high), rel=1e-12)
    assert judge.p_greater(low) == pytest.approx(0.025, rel=1e-9)
    assert judge.p_less(high) == pytest.approx(0.025, rel=1e-9)


def test_reference_cases_are_there() -> None:
    assert CASES


def test_a_perfect_judge_of_many_known_units_gives_the_plain_share() -> None:
    judge = of(900, 1000, (10**7, 10**7), (10**7, 10**7))
    z = 1.6448536269514722
    share = (900 + z * z / 2) / (1000 + z * z)
    half = z * math.sqrt(share * (1 - share) / (1000 + z * z))
    assert judge.estimate == pytest.approx(0.9)
    assert judge.interval(0.05) == pytest.approx((share - half, share + half), abs=1e-6)


@given(judges(), st.floats(-0.2, 1.2), st.floats(1e-6, 0.49))
@settings(max_examples=400, deadline=None)
def test_test_and_interval_are_one_procedure(
    judge: RoganGladen, limit: float, alpha: float
) -> None:
    low, high = judge.interval(alpha)
    for bound in (limit, low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6, 0.0, 1.0):
        if abs(judge.p_greater(bound) - alpha) > 1e-7 * alpha:
            assert (judge.p_greater(bound) < alpha) == (low > bound)
        if abs(judge.p_less(bound) - alpha) > 1e-7 * alpha:
            assert (judge.p_less(bound) < alpha) == (high < bound)
    assert 0.0 <= low <= high <= 1.0


@given(judges(), st.lists(st.floats(-0.1, 1.1), min_size=2, max_size=12))
@settings(deadline=None)
def test_a_stricter_limit_never_has_a_smaller_p(judge: RoganGladen, limits: list[float]) -> None:
    limits = sorted(limits)
    assert (np.diff([judge.p_greater(limit) for limit in limits]) >= -1e-12).all()
    assert (np.diff([judge.p_less(limit) for limit in limits]) <= 1e-12).all()


@given(judges(), st.floats(0.0, 1.0))
@settings(deadline=None)
def test_negatives_are_judged_as_positives_are(judge: RoganGladen, limit: float) -> None:
    known = judge.calibration
    mirrored = of(
        judge.n - judge.judged_positive,
        judge.n,
        (known.judged_negative, known.negative),
        (known.judged_positive, known.positive),
    )
    assert mirrored.p_less(1.0 - limit) == pytest.approx(
        judge.p_greater(limit), rel=1e-6, abs=1e-12
    )
    assert mirrored.estimate == pytest.approx(1.0 - judge.estimate, abs=1e-12)


@given(judges())
@settings(deadline=None)
def test_a_level_at_which_the_bound_turns_back_shows_nothing(judge: RoganGladen) -> None:
    low, high = judge.interval(1e-300)
    wide = judge.interval(0.05)
    assert low <= wide[0]
    assert wide[1] <= high


def test_the_statistic_follows_the_side_of_the_limit() -> None:
    judge = of(640, 1000, (92, 100), (81, 90))
    above, below = judge.statistic(0.5), judge.statistic(0.8)
    assert above is not None
    assert below is not None
    assert above > 0.0 > below
    assert judge.statistic(1.5) is None


@pytest.mark.parametrize(
    ("positives", "negatives"), [((5, 10), (5, 10)), ((3, 10), (4, 10)), ((1, 1), (100, 1000))]
)
def test_a_judge_no_better_than_chance_is_refused(
    positives: tuple[int, int], negatives: tuple[int, int]
) -> None:
    with pytest.raises(UndefinedTestError, match="chance"):
        of(50, 100, positives, negatives)


@pytest.mark.parametrize(
    "data",
    [
        (101, 100, (9, 10), (9, 10)),
        (-1, 100, (9, 10), (9, 10)),
        (5, 0, (9, 10), (9, 10)),
        (5, 10, (11, 10), (9, 10)),
        (5, 10, (0, 0), (9, 10)),
        (5, 10, (9, 10), (9.5, 10)),
    ],
)
def test_counts_out_of_range_are_refused(data: tuple[Any, ...]) -> None:
    with pytest.raises(UndefinedTestError, match="whole number"):
        of(*data)


@pytest.mark.parametrize("limit", [math.nan, math.inf])
def test_a_limit_must_be_finite(limit: float) -> None:
    judge = of(640, 1000, (92, 100), (81, 90))
    for ask in (judge.p_greater, judge.p_less, judge.statistic):
        with pytest.raises(UndefinedTestError, match="finite"):
            ask(limit)


@pytest.mark.parametrize("size", [50, 100])
def test_shares_at_the_limit_are_rarely_promoted(size: int) -> None:
    rng = np.random.default_rng(size)
    for rate, sens, spec in ((0.8, 0.9, 0.8), (0.9, 0.95, 0.95), (0.5, 0.9, 0.8)):
        k = rng.binomial(1000, rate * sens + (1 - rate) * (1 - spec), 1500)
        right, clear = rng.binomial(size, sens, 1500), rng.binomial(size, spec, 1500)
        bounds = np.array(
            [
                of(*counts[:2], (counts[2], size), (counts[3], size)).interval(0.05)
                for counts in zip(
                    k.tolist(), [1000] * 1500, right.tolist(), clear.tolist(), strict=True
                )
            ]
        )
        most = 0.07 + 3 * math.sqrt(0.07 * 0.93 / 1500)
        assert np.mean(bounds[:, 0] > rate) <= most
        assert np.mean(bounds[:, 1] < rate) <= most
