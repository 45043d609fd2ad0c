from types import ModuleType

import pytest

from pytest_evalgate.evidence import Action, Bounds, Counts, Scale, Verdict
from pytest_evalgate.report.words import (
    MARKUP,
    claim_words,
    correction_title,
    decision_label,
    method_title,
    sizes,
    verdict_label,
)


@pytest.mark.parametrize(
    ("claim", "better", "scale", "limit", "words"),
    [
        (
            "non_inferiority",
            "higher",
            Scale.DIFFERENCE,
            Bounds(low=-0.02),
            "candidate must lose less than 0.0200 on accuracy",
        ),
        (
            "non_inferiority",
            "lower",
            Scale.DIFFERENCE,
            Bounds(high=0.02),
            "candidate must add less than 0.0200 on accuracy",
        ),
        (
            "non_inferiority",
            "lower",
            Scale.RATIO,
            Bounds(high=1.05),
            "candidate's accuracy must stay below x1.050 of the baseline's",
        ),
        (
            "superiority",
            "higher",
            Scale.DIFFERENCE,
            Bounds(low=0.0),
            "candidate must be better than the baseline on accuracy",
        ),
        (
            "superiority",
            "higher",
            Scale.DIFFERENCE,
            Bounds(low=0.005),
            "candidate must gain more than 0.0050 on accuracy",
        ),
        (
            "superiority",
            "lower",
            Scale.DIFFERENCE,
            Bounds(high=-0.005),
            "candidate must take off more than 0.0050 on accuracy",
        ),
        (
            "equivalence",
            "higher",
            Scale.DIFFERENCE,
            Bounds(low=-0.02, high=0.02),
            "candidate must differ from the baseline by less than 0.0200 on accuracy",
        ),
        (
            "equivalence",
            "higher",
            Scale.RATIO,
            Bounds(low=0.95, high=1.05),
            "candidate's accuracy must lie between x0.950 and x1.050 of the baseline's",
        ),
        (
            "threshold",
            "higher",
            Scale.VALUE,
            Bounds(low=0.9),
            "candidate's accuracy must be above 0.9000",
        ),
        (
            "deterioration",
            "higher",
            Scale.DIFFERENCE,
            Bounds(low=-0.01),
            "nothing to show; blocks if accuracy is shown to be worse by more than 0.0100",
        ),
        (
            "deterioration",
            "lower",
            Scale.RATIO,
            Bounds(high=1.02),
            "nothing to show; blocks if accuracy is shown to be above x1.020 of the baseline's",
        ),
        (
            "deterioration",
            "higher",
            Scale.DIFFERENCE,
            Bounds(low=0.0),
            "nothing to show; blocks if accuracy is shown to be worse than the baseline's",
        ),
        ("superiority", "higher", None, Bounds(), "superiority on accuracy"),
    ],
)
def test_claim_is_said_in_words(
    cases: ModuleType, claim: str, better: str, scale: Scale | None, limit: Bounds, words: str
) -> None:
    rule = cases.rule("r", claim=claim, better=better, scale=scale, limit=limit)
    assert claim_words(rule) == words


@pytest.mark.parametrize(
    ("verdict", "severity", "label"),
    [
        (Verdict.PASS, "block", ("PASS", "pass")),
        (Verdict.PASS, "warn", ("PASS", "pass")),
        (Verdict.FAIL, "block", ("FAIL", "fail")),
        (Verdict.INCONCLUSIVE, "escalate", ("INCONCLUSIVE (escalate)", "inconclusive")),
        (Verdict.INVALID, "warn", ("WARN (invalid)", "warn")),
        (Verdict.FAIL, "observe", ("observe (fail)", "observe")),
    ],
)
def test_severity_never_hides_the_verdict(
    cases: ModuleType, verdict: Verdict, severity: str, label: tuple[str, str]
) -> None:
    assert verdict_label(cases.rule("r", verdict=verdict, severity=severity)) == label


@pytest.mark.parametrize(
    ("action", "verdict", "label"),
    [
        (Action.PROMOTE, "promote", "PROMOTE"),
        (Action.WARN, "warn", "PROMOTE WITH WARNINGS"),
        (Action.ESCALATE, "escalate", "ESCALATE: a person decides"),
        (Action.BLOCK, "block", "BLOCKED"),
        (Action.BLOCK, "block (partial)", "BLOCKED (partial)"),
        (Action.BLOCK, "block (incomplete)", "BLOCKED (incomplete)"),
    ],
)
def test_decision_is_shouted(cases: ModuleType, action: Action, verdict: str, label: str) -> None:
    assert decision_label(cases.decided(action, verdict=verdict)) == label


def test_every_verdict_and_action_has_a_colour() -> None:
    assert set(MARKUP) == {*Verdict, *Action, "observe"}


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (Counts(), ""),
        (Counts(candidate=412, baseline=412, pairs=412), "412 pairs"),
        (Counts(candidate=60, baseline=60, runs=60), "60 runs a side"),
        (Counts(candidate=60, baseline=58), "candidate 60, baseline 58 samples"),
        (Counts(candidate=1), "1 sample"),
        (Counts(pairs=400, runs=5, clusters=30), "400 pairs, 5 runs, 30 clusters"),
        (Counts(pairs=4, repeats=3, dropped=2), "4 pairs, up to 3 repeats averaged, 2 dropped"),
    ],
)
def test_sizes_name_what_was_counted(n: Counts, words: str) -> None:
    assert sizes(n) == words


def test_unknown_names_are_shown_and_not_lost() -> None:
    assert (method_title("new_method"), correction_title("x_y")) == ("new method", "x y")
