import math
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.evidence import Bounds, Effect, Scale
from pytest_evalgate.report.numbers import (
    arm_text,
    bound_texts,
    effect_notation,
    effect_text,
    interval_text,
    level_text,
    limit_text,
    move_texts,
    percent_text,
    pvalue_text,
)


FINITE = st.floats(-1e300, 1e300)
NEAR = st.floats(-2.0, 2.0) | st.sampled_from([0.0, -0.02, 0.02, 1.05, 5e-324, 1e-20, 0.1 + 0.2])


def effect(estimate: float, low: float | None, high: float | None) -> Effect:
    return Effect(estimate=estimate, low=low, high=high, level=0.9, unit=None)


@pytest.mark.parametrize(
    ("scale", "numbers", "limit", "text"),
    [
        pytest.param(
            Scale.DIFFERENCE,
            (-0.0485, -0.0733, -0.0237),
            -0.02,
            "-0.0485 [-0.0733, -0.0237] > -0.0200",
            id="difference of shares",
        ),
        pytest.param(
            Scale.DIFFERENCE,
            (7.25, -2.75, 17.25),
            0.0,
            "+7 [-3, +17] > 0",
            id="a zero has no sign",
        ),
        pytest.param(
            Scale.RATIO,
            (1.017, 0.9777, 1.058),
            1.05,
            "x1.017 [x0.978, x1.058] > x1.050",
            id="ratio",
        ),
        pytest.param(
            Scale.VALUE,
            (0.8246, 0.8081, 0.8402),
            0.8,
            "0.8246 [0.8081, 0.8402] > 0.8000",
            id="value",
        ),
        pytest.param(
            Scale.DIFFERENCE,
            (1.2e-7, -3.4e-8, 2.74e-7),
            -1e-7,
            "+1.2e-07 [-3.4e-08, +2.7e-07] > -1.0e-07",
            id="very small",
        ),
        pytest.param(
            Scale.VALUE,
            (1.23456e9, 1.2e9, 1.27e9),
            1e9,
            "1.235e+09 [1.200e+09, 1.270e+09] > 1.000e+09",
            id="very large",
        ),
        pytest.param(
            Scale.DIFFERENCE,
            (-0.01, -0.01999996, -0.00000004),
            -0.02,
            "-0.01000000 [-0.01999996, -0.00000004] > -0.02000000",
            id="bound near its limit",
        ),
        pytest.param(
            Scale.DIFFERENCE,
            (0.001, -0.012, 0.014),
            -0.01251,
            "+0.00100 [-0.01200, +0.01400] > -0.01251",
            id="limit as declared",
        ),
    ],
)
def test_numbers_of_a_rule_are_written_alike(
    cases: ModuleType, scale: Scale, numbers: tuple[float, float, float], limit: float, text: str
) -> None:
    rule = cases.rule("r", scale=scale, effect=effect(*numbers), limit=Bounds(low=limit))
    assert f"{effect_text(rule)} {interval_text(rule)} {limit_text(rule)}" == text


def test_open_end_is_written_as_infinite(cases: ModuleType) -> None:
    rule = cases.rule("r", effect=effect(0.0, None, 0.01))
    assert interval_text(rule) == "[-inf, +0.0100]"


def test_two_limits_are_joined(cases: ModuleType) -> None:
    rule = cases.rule("r", limit=Bounds(low=-0.02, high=0.02))
    assert limit_text(rule) == "> -0.0200 and < +0.0200"


def test_limit_of_an_alarm_says_what_rings_it(cases: ModuleType) -> None:
    rule = cases.rule("r", claim="deterioration")
    assert limit_text(rule) == "< -0.0200"


def test_arms_carry_their_unit_and_no_sign(cases: ModuleType) -> None:
    rule = cases.latency()
    assert (arm_text(rule, rule.baseline), arm_text(rule, None)) == ("412 ms", "-")


def test_arms_that_differ_are_written_differently(cases: ModuleType) -> None:
    rule = cases.latency(baseline=412.1, candidate=412.2)
    assert (arm_text(rule, 412.1), arm_text(rule, 412.2)) == ("412.1 ms", "412.2 ms")


@given(st.tuples(NEAR, NEAR, NEAR).map(sorted), NEAR, st.sampled_from(Scale))
def test_bound_looks_equal_to_its_limit_only_if_it_is(
    cases: ModuleType, ends: list[float], limit: float, scale: Scale
) -> None:
    low, estimate, high = ends
    rule = cases.rule("r", scale=scale, effect=effect(estimate, low, high), limit=Bounds(low=limit))
    notation = effect_notation(rule)
    for bound in (low, high):
        assert (notation.write(bound) == notation.write(limit)) == (bound == limit)


@given(st.tuples(FINITE, FINITE, FINITE).map(sorted), FINITE, st.sampled_from(Scale))
def test_text_is_the_number_rounded_once(
    cases: ModuleType, ends: list[float], limit: float, scale: Scale
) -> None:
    low, estimate, high = ends
    rule = cases.rule("r", scale=scale, effect=effect(estimate, low, high), limit=Bounds(low=limit))
    notation = effect_notation(rule)
    for number in (*ends, limit):
        shown = float(notation.write(number).removeprefix("x"))
        exponent = math.floor(math.log10(abs(number))) if notation.is_scientific and number else 0
        assert abs(shown - number) <= 0.51 * 10.0 ** max(exponent - notation.digits, -323)
        assert len(notation.write(number)) < 30


@pytest.mark.parametrize(
    ("pvalue", "level", "text"),
    [
        (0.0, None, "<0.001"),
        (1e-12, 0.05, "<0.001"),
        (0.0009999, None, "<0.001"),
        (0.001, None, "0.001"),
        (0.9878, 0.025, "0.988"),
        (0.99996, None, ">0.999"),
        (1.0, None, "1.000"),
        (0.04996, 0.05, "0.04996"),
        (0.0504, 0.05, "0.0504"),
        (0.05, 0.05, "0.05"),
        (0.0007, 0.0005, "0.0007"),
        (0.00004, 0.0005, "<0.0001"),
        (3e-9, 2e-8, "<1e-08"),
    ],
)
def test_pvalue_is_written_for_its_level(pvalue: float, level: float | None, text: str) -> None:
    assert pvalue_text(pvalue, level=level) == text


@given(st.floats(0.0, 1.0), st.floats(1e-9, 0.5))
def test_pvalue_lies_on_the_same_side_of_its_level_as_its_text(pvalue: float, level: float) -> None:
    text = pvalue_text(pvalue, level=level)
    shown = float(text.lstrip("<>"))
    if text.startswith("<"):
        assert pvalue < shown <= level * (1 + 1e-12)
    elif pvalue == level:
        assert text == level_text(level)
    else:
        assert (shown < level) == (pvalue < level)
        assert shown > 0.0


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (0.9, "90 %"),
        (0.95, "95 %"),
        (1.0 - 0.1 / 6.0, "98.33 %"),
        (0.99995, "99.995 %"),
        (0.5, "50 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
    ],
)
def test_a_level_of_confidence_has_the_digits_it_needs(level: float, text: str) -> None:
    assert percent_text(level) == text


@given(st.floats(0.0, 0.999999))
def test_a_level_below_one_is_never_written_as_all(level: float) -> None:
    assert float(percent_text(level).removesuffix(" %")) < 100.0


@pytest.mark.parametrize(
    ("low", "high", "limit", "told"),
    [
        pytest.param(380.0, 445.0, 0.00045, "0.00045", id="a limit in a wrong unit"),
        pytest.param(380.0, 445.0, 1e-9, "0.000000001", id="a much smaller one"),
    ],
)
def test_a_limit_that_is_not_zero_is_never_written_as_zero(
    cases: ModuleType, low: float, high: float, limit: float, told: str
) -> None:
    effect = Effect(estimate=412.0, low=low, high=high, level=0.9, unit=None)
    rule = cases.rule(
        "x", scale=Scale.VALUE, claim="threshold", effect=effect,
        limit=Bounds(high=limit),
    )  # fmt: skip
    assert limit_text(rule) == f"< {told}"


@pytest.mark.parametrize("low", [3e-5, -3e-5, 1e-12, -1e-20])
def test_a_bound_beside_a_limit_of_zero_differs_by_more_than_a_sign(
    cases: ModuleType, low: float
) -> None:
    effect = Effect(estimate=0.0348, low=low, high=0.0696, level=0.9, unit=None)
    rule = cases.rule("x", claim="superiority", effect=effect, limit=Bounds(low=0.0))
    shown, _ = bound_texts(rule)
    assert float(shown) != 0.0
    assert (float(shown) > 0.0) == (low > 0.0)


@pytest.mark.parametrize("limit", [0.999999999, 1.0000001])
def test_a_ratio_limit_is_never_written_as_no_change(cases: ModuleType, limit: float) -> None:
    effect = Effect(estimate=1.5, low=1.2, high=1.9, level=0.9, unit=None)
    rule = cases.rule("x", scale=Scale.RATIO, effect=effect, limit=Bounds(low=limit))
    assert float(limit_text(rule).partition("x")[2]) == pytest.approx(limit, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((1.0, 0.0), ("1", "0")),
        ((-4999.0, -4999.01), ("-4999", "-4999.01")),
        ((0.1, 0.1), ("0.1", "0.1")),
        ((1e15, 1e15 + 1), ("1000000000000000", "1000000000000001")),
    ],
)
def test_a_unit_that_moved_is_seen_to_move(
    values: tuple[float, float], texts: tuple[str, str]
) -> None:
    assert move_texts(*values) == texts
