from types import ModuleType

import pytest

from pytest_evalgate.evidence import Bounds, Counts, Effect, Needed, Power, Verdict
from pytest_evalgate.report.terminal import headline


def effect(estimate: float, low: float, high: float) -> Effect:
    return Effect(estimate=estimate, low=low, high=high, level=0.9, unit=None)


def test_pass_keeps_its_limit(cases: ModuleType) -> None:
    assert headline(cases.accuracy()) == ("effect -0.0025 [-0.0121, +0.0071] keeps limit > -0.0200")


def test_fail_misses_its_limit(cases: ModuleType) -> None:
    rule = cases.six_rules().rules[1]
    assert headline(rule) == "effect -0.0485 [-0.0733, -0.0237] misses limit > -0.0200"


def test_inconclusive_straddles_and_says_what_would_decide(cases: ModuleType) -> None:
    assert headline(cases.latency("latency_holm")) == (
        "effect x1.017 [x0.978, x1.058] straddles limit < x1.050; "
        "about 79 runs would decide, have 60"
    )


def test_crossed_design_may_need_either(cases: ModuleType) -> None:
    rule = cases.rule(
        "r",
        verdict=Verdict.INCONCLUSIVE,
        effect=effect(0.0, -0.03, 0.03),
        n=Counts(pairs=400, runs=5),
        power=Power(mde=0.01, at=0.0, needed=Needed(runs=8, samples=900)),
    )
    assert headline(rule).endswith("; about 8 runs (have 5) or 900 pairs (have 400) would decide")


def test_unknown_need_is_not_invented(cases: ModuleType) -> None:
    rule = cases.rule("r", verdict=Verdict.INCONCLUSIVE, effect=effect(0.0, -0.03, 0.03))
    assert headline(rule) == "effect 0.0000 [-0.0300, +0.0300] straddles limit > -0.0200"


def test_threshold_speaks_of_the_value(cases: ModuleType) -> None:
    rule = cases.one_arm("r", "judge", metric="win rate", better="higher")
    assert headline(rule) == "value 0.5610 [0.5346, 0.5872] keeps limit > 0.5000"


def test_equivalence_names_both_limits(cases: ModuleType) -> None:
    rule = cases.equivalence().rules[0]
    assert headline(rule) == (
        "effect +0.0012 [-0.0103, +0.0127] keeps limits > -0.0200 and < +0.0200"
    )


def test_invalid_gives_its_reason(cases: ModuleType) -> None:
    assert headline(cases.invalid("r", "3 ids differ")) == "invalid: 3 ids differ"


def test_rule_without_effect_gives_its_reason(cases: ModuleType) -> None:
    rule = cases.slices().rules[0]
    assert headline(rule) == (
        "inconclusive: 2 of 3 slices pass; the worst, language=fi, is inconclusive"
    )


def test_missing_reason_is_said(cases: ModuleType) -> None:
    assert headline(cases.invalid("r", "")) == "invalid: no reason given"


def test_interval_beyond_its_limit_is_not_said_to_straddle(cases: ModuleType) -> None:
    rule = cases.rule("r", verdict=Verdict.INCONCLUSIVE, reason="not tested: a did not pass")
    assert headline(rule) == (
        "effect 0.0000 [-0.0100, +0.0100] proves nothing about limit > -0.0200: "
        "not tested: a did not pass"
    )


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (
            1,
            (
                "no alarm: effect -0.0030 [-0.0154, +0.0094] is not wholly < -0.0100; "
                "harm short of -0.0286 may go unheard"
            ),
        ),
        (2, "alarm: effect -0.0485 [-0.0696, -0.0274] lies wholly < -0.0100"),
    ],
)
def test_alarm_says_whether_it_rang(cases: ModuleType, index: int, text: str) -> None:
    assert headline(cases.alarms().rules[index]) == text


def test_bound_on_its_limit_straddles(cases: ModuleType) -> None:
    rule = cases.rule(
        "r",
        verdict=Verdict.INCONCLUSIVE,
        effect=effect(0.0, -0.02, 0.02),
        limit=Bounds(low=-0.02),
    )
    assert " straddles limit > -0.0200" in headline(rule)


def test_headline_is_one_line_whatever_the_reason(cases: ModuleType) -> None:
    assert "\n" not in headline(cases.invalid("r", "a\nb"))
