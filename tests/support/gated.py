"""What tests of gates share: one rule's evidence, the laws it obeys, and data with a given p."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict


Row = Mapping[str, object]
CASES = Path(__file__).parents[1] / "reference" / "cases.json"


def reference(name: str) -> dict[str, Any]:
    """Return one reference case, computed by R or mpmath, by its id."""
    cases = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    [case] = [case for case in cases if case["id"] == name]
    found: dict[str, Any] = case
    return found


def rule_of(evidence: GateEvidence, name: str = "r") -> RuleEvidence:
    """Return the evidence of one rule, slice or member."""
    [rule] = [rule for rule in evidence.rules if rule.id == name]
    return rule


def near(got: float | None, expected: float, *, rel: float = 1e-9, abs_tol: float = 1e-12) -> bool:
    """Say whether a number is there and as expected."""
    return got is not None and math.isclose(got, expected, rel_tol=rel, abs_tol=abs_tol)


def ends(rule: RuleEvidence) -> tuple[float | None, float | None]:
    """Return both ends of the interval; None where open."""
    assert rule.effect is not None, rule.reason
    return rule.effect.low, rule.effect.high


def estimate(rule: RuleEvidence) -> float:
    assert rule.effect is not None, rule.reason
    return rule.effect.estimate


def is_inside(rule: RuleEvidence) -> bool:
    """Say whether the interval lies strictly inside the limit."""
    low, high = ends(rule)
    above = rule.limit.low is None or (low is not None and low > rule.limit.low)
    below = rule.limit.high is None or (high is not None and high < rule.limit.high)
    return above and below


def assert_laws(rule: RuleEvidence) -> None:
    """Hold a judged proof against the laws of verdicts: p, level, interval and verdict agree."""
    assert rule.verdict is not Verdict.INVALID, rule.reason
    assert rule.pvalue is not None
    assert rule.alpha_judged is not None
    assert 0.0 <= rule.pvalue <= 1.0
    assert rule.min_pvalue is not None
    assert rule.min_pvalue <= rule.pvalue * (1 + 1e-9)
    passes = rule.verdict is Verdict.PASS
    assert passes == (rule.pvalue < rule.alpha_judged), rule.reason
    assert passes == is_inside(rule), (rule.reason, ends(rule), rule.limit)
    assert rule.effect is not None
    assert math.isclose(rule.effect.level, 1 - 2 * rule.alpha_judged, rel_tol=1e-12)
    low, high = ends(rule)
    assert low is None or low <= rule.effect.estimate + 1e-12
    assert high is None or high >= rule.effect.estimate - 1e-12


def rows_of(**columns: Sequence[object]) -> list[Row]:
    """Return rows q0000, q0001, ... with these columns."""
    names = list(columns)
    return [
        {"id": f"q{i:04d}", **dict(zip(names, values, strict=True))}
        for i, values in enumerate(zip(*columns.values(), strict=True))
    ]


def residuals(n: int) -> NDArray[np.float64]:
    """Return n symmetric values with mean 0 and standard deviation 1."""
    values = np.asarray(stats.norm.ppf((np.arange(n) + 0.5) / n), dtype=np.float64)
    values = (values - values[::-1]) / 2
    return np.asarray(values / values.std(ddof=1), dtype=np.float64)


def values_with_p(pvalue: float, n: int = 40, *, se: float = 0.01) -> NDArray[np.float64]:
    """Return n differences whose one-sided paired t test against 0 gives just this p."""
    t = float(stats.t.isf(pvalue, n - 1))
    return values_with_mean(t * se, se=se, n=n)


def values_with_mean(mean: float, *, se: float, n: int) -> NDArray[np.float64]:
    """Return n values with this mean and standard error."""
    return np.asarray(mean + residuals(n) * se * math.sqrt(n), dtype=np.float64)


def wide(columns: Mapping[str, Iterable[float]]) -> tuple[list[Row], list[Row]]:
    """Return both arms of several metrics whose paired differences are given.

    The baseline of every metric is one and the same spread of values, so that adding and taking
    it off again costs no more than rounding.
    """
    names = list(columns)
    table = np.column_stack([np.asarray(list(columns[name])) for name in names])
    base = np.linspace(0.25, 0.75, len(table))
    candidate: list[Row] = [
        {"id": f"q{i:04d}", **dict(zip(names, (row + base[i]).tolist(), strict=True))}
        for i, row in enumerate(table)
    ]
    baseline: list[Row] = [
        {"id": f"q{i:04d}", **dict.fromkeys(names, float(base[i]))} for i in range(len(table))
    ]
    return candidate, baseline
