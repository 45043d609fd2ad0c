from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.evidence import Bounds, Effect, Scale, Verdict
from pytest_evalgate.report.picture import picture


FINITE = st.floats(allow_nan=False, allow_infinity=False)
NEAR = st.floats(-1.0, 1.0) | st.integers(-3, 3).map(float)
ENDS = st.tuples(NEAR, NEAR, NEAR).map(sorted) | st.tuples(FINITE, FINITE, FINITE).map(sorted)


def judged(ends: list[float], limit: Bounds) -> Verdict:
    """Judge strictly, as the gate does: wholly inside, wholly outside, or neither."""
    low, _, high = ends
    is_above = limit.low is None or low > limit.low
    is_below = limit.high is None or high < limit.high
    if is_above and is_below:
        return Verdict.PASS
    is_outside = (limit.low is not None and high < limit.low) or (
        limit.high is not None and low > limit.high
    )
    return Verdict.FAIL if is_outside else Verdict.INCONCLUSIVE


def seen(axis: str, limit: Bounds) -> Verdict:
    """Read the verdict off the columns of a picture."""
    first = min(axis.find(mark) for mark in "[<" if mark in axis)
    last = max(axis.rfind(mark) for mark in "]>" if mark in axis)
    bars = [column for column, sign in enumerate(axis) if sign == "|"]
    left = bars[0] if limit.low is not None else None
    right = bars[-1] if limit.high is not None else None
    return judged(
        [first, first, last],
        Bounds(low=left, high=right),
    )


@given(
    ENDS,
    st.tuples(NEAR | FINITE, NEAR | FINITE).map(sorted).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from(["low", "high", "both"]),
    st.sampled_from(Scale),
    st.integers(60, 120),
)
def test_bracket_lies_beyond_the_bar_exactly_on_pass(
    cases: ModuleType, ends: list[float], pair: list[float], sides: str, scale: Scale, width: int
) -> None:
    limit = Bounds(
        low=pair[0] if sides in ("low", "both") else None,
        high=pair[1] if sides in ("high", "both") else None,
    )
    low, estimate, high = ends
    verdict = judged(ends, limit)
    rule = cases.rule(
        "r",
        scale=scale,
        verdict=verdict,
        limit=limit,
        effect=Effect(estimate=estimate, low=low, high=high, level=0.9, unit=None),
    )
    lines = picture(rule, width=width)
    assert seen(lines[1], limit) is verdict
    assert max(map(len, lines)) <= min(width, 100)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        pytest.param(None, -0.03, Verdict.FAIL, id="open below, missed"),
        pytest.param(None, 0.01, Verdict.INCONCLUSIVE, id="open below"),
        pytest.param(-0.01, None, Verdict.PASS, id="open above, kept"),
        pytest.param(None, None, Verdict.INCONCLUSIVE, id="open"),
    ],
)
def test_open_end_is_an_arrow_at_the_edge(
    cases: ModuleType, low: float | None, high: float | None, verdict: Verdict
) -> None:
    effect = Effect(estimate=-0.03 if high else 0.0, low=low, high=high, level=0.9, unit=None)
    rule = cases.rule("r", effect=effect, verdict=verdict)
    axis = picture(rule)[1]
    assert seen(axis, rule.limit) is verdict
    assert (axis.count("<"), axis.count(">")) == (low is None, high is None)


def test_picture_of_a_missed_limit(cases: ModuleType) -> None:
    rule = cases.six_rules().rules[1]
    assert picture(rule, width=70) == [
        "                                            limit    no change",
        "    worse       [-------------o-------------] |          :      better",
        "             -0.0733                     -0.0237",
    ]


def test_interval_that_rounding_keeps_off_its_limit_is_drawn_through_it(cases: ModuleType) -> None:
    low = -0.02 + 1e-17
    effect = Effect(estimate=0.0, low=low, high=0.02, level=0.9, unit=None)
    rule = cases.rule("r", effect=effect, verdict=Verdict.INCONCLUSIVE)
    assert seen(picture(rule)[1], rule.limit) is Verdict.INCONCLUSIVE


def test_limit_and_no_change_share_one_bar(cases: ModuleType) -> None:
    effect = Effect(estimate=0.01, low=0.002, high=0.018, level=0.9, unit=None)
    above, axis, _ = picture(cases.rule("r", effect=effect, limit=Bounds(low=0.0)))
    assert above.strip() == "limit = no change"
    assert ":" not in axis


def test_one_arm_has_no_line_of_no_change(cases: ModuleType) -> None:
    assert "no change" not in picture(cases.rule("r", scale=Scale.VALUE))[0]


def test_bar_of_an_alarm_is_called_so(cases: ModuleType) -> None:
    assert picture(cases.rule("r", claim="deterioration"))[0].split() == ["alarm", "no", "change"]


@pytest.mark.parametrize(("better", "left"), [("higher", "worse"), ("lower", "better")])
def test_worse_and_better_stand_where_the_metric_has_them(
    cases: ModuleType, better: str, left: str
) -> None:
    assert picture(cases.rule("r", better=better))[1].split()[0] == left


def test_nothing_is_drawn_without_an_interval_or_room(cases: ModuleType) -> None:
    assert picture(cases.invalid("r", "why")) == []
    assert picture(cases.rule("r"), width=59) == []
