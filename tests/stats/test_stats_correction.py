"""Corrections of families, against R, statsmodels and closed testing itself."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.correction import (
    Corrected,
    Correction,
    controls,
    correct,
    largest_level,
)


REFERENCE = Path(__file__).parents[1] / "reference" / "correction.json"
CASES: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
THEIR_NAMES = {
    Correction.BONFERRONI: "bonferroni",
    Correction.SIDAK: "sidak",
    Correction.HOLM: "holm",
    Correction.HOLM_SIDAK: "holm-sidak",
    Correction.HOCHBERG: "simes-hochberg",
    Correction.HOMMEL: "hommel",
    Correction.BH: "fdr_bh",
    Correction.BY: "fdr_by",
}
METHODS = sorted(THEIR_NAMES)
UNORDERED = [*METHODS, Correction.NONE]
# Round numbers make ties and p-values exactly on a level likely.
PVALUES = st.lists(
    st.sampled_from([0.0, 0.005, 0.01, 0.0125, 1 / 60, 0.02, 0.025, 0.03, 0.04, 0.05, 0.2, 1.0])
    | st.floats(0.0, 1.0)
    | st.floats(0.0, 0.06),
    min_size=1,
    max_size=12,
)


def of(method: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["method"] == method]


def adjusted(records: tuple[Corrected, ...]) -> list[float]:
    return [record.pvalue_adjusted for record in records]


def levels(records: tuple[Corrected, ...]) -> list[float]:
    return [record.alpha_judged for record in records]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", of("p_adjust"))
def test_adjusted_p_agrees_with_r(case: dict[str, Any], method: str) -> None:
    # Level .9999: away from it no p-value is moved to settle a tie with the level.
    records = correct(case["input"]["p"], 0.9999, method)
    assert adjusted(records) == pytest.approx(case["expected"][method], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("case", of("fallback_fixed_sequence"))
def test_fixed_sequence_agrees_with_r(case: dict[str, Any]) -> None:
    alpha = case["params"]["alpha"]
    records = correct(case["input"]["p"], alpha, "fixed_sequence")
    assert [p < alpha for p in adjusted(records)] == case["expected"]["fixed_sequence_reject"]
    assert levels(records) == [alpha] * len(records)


def test_fixed_sequence_stops_at_the_first_that_is_not_rejected() -> None:
    records = correct([0.01, 0.2, 0.001, 0.05], 0.05, "fixed_sequence")
    assert adjusted(records) == [0.01, 0.2, 0.2, 0.2]
    assert levels(records) == [0.05] * 4


@pytest.mark.parametrize("method", METHODS)
@given(pvalues=PVALUES)
@settings(deadline=None, max_examples=25)  # their holm takes 40 ms
def test_adjusted_p_agrees_with_statsmodels(method: Correction, pvalues: list[float]) -> None:
    if method in {Correction.SIDAK, Correction.HOLM_SIDAK}:  # theirs warns of log(0) at p = 1
        pvalues = [min(p, 0.999) for p in pvalues]
    theirs = multipletests(pvalues, 0.05, THEIR_NAMES[method])[1]
    assert adjusted(correct(pvalues, 0.05, method)) == pytest.approx(theirs, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("method", UNORDERED)
@given(pvalues=PVALUES, alpha=st.sampled_from([0.01, 0.05, 0.1]))
def test_level_and_adjusted_p_reject_the_same(
    method: Correction, pvalues: list[float], alpha: float
) -> None:
    for p, record in zip(pvalues, correct(pvalues, alpha, method), strict=True):
        assert (p < record.alpha_judged) == (record.pvalue_adjusted < alpha)
        assert record.alpha_judged <= largest_level(alpha, len(pvalues), method)


@pytest.mark.parametrize("method", UNORDERED)
@given(pvalues=PVALUES, random=st.randoms())
def test_any_order_gives_the_same_records(
    method: Correction, pvalues: list[float], random: Any
) -> None:
    order = list(range(len(pvalues)))
    random.shuffle(order)
    records = correct(pvalues, 0.05, method)
    shuffled = correct([pvalues[k] for k in order], 0.05, method)
    assert shuffled == tuple(records[k] for k in order)


@pytest.mark.parametrize("method", UNORDERED)
@given(pvalues=PVALUES)
def test_equal_p_values_get_equal_records(method: Correction, pvalues: list[float]) -> None:
    records = correct([*pvalues, *pvalues], 0.05, method)
    assert records[: len(pvalues)] == records[len(pvalues) :]


@given(PVALUES)
def test_stronger_corrections_never_give_a_smaller_p(pvalues: list[float]) -> None:
    order = [Correction.HOMMEL, Correction.HOCHBERG, Correction.HOLM, Correction.BONFERRONI]
    by_method = [np.array(adjusted(correct(pvalues, 0.05, method))) for method in order]
    for weaker, stronger in itertools.pairwise(by_method):
        assert (weaker <= stronger * (1 + 1e-12)).all()
    assert (np.array(pvalues) <= by_method[0]).all()


@given(st.lists(st.floats(0.0, 0.2), min_size=1, max_size=6))
def test_hommel_is_closed_testing_with_simes(pvalues: list[float]) -> None:
    p = np.array(pvalues)
    largest = np.zeros(p.size)
    for size in range(1, p.size + 1):
        for members in itertools.combinations(range(p.size), size):
            ascending = np.sort(p[list(members)])
            simes = float(np.min(size * ascending / np.arange(1, size + 1)))
            largest[list(members)] = np.maximum(largest[list(members)], simes)
    assert adjusted(correct(pvalues, 0.05, "hommel")) == pytest.approx(largest, rel=1e-12)


@pytest.mark.parametrize("method", ["hochberg", "hommel", "bh", "by"])
@given(pvalues=st.lists(st.floats(0.0, 0.1), min_size=1, max_size=8))
def test_step_up_methods_grant_one_level_to_all(method: str, pvalues: list[float]) -> None:
    granted = np.array(levels(correct(pvalues, 0.05, method)))
    assert np.ptp(granted) <= 1e-15


def test_holm_levels_are_those_of_the_ranks() -> None:
    records = correct([0.04, 0.001, 0.02, 0.01], 0.05, "holm")
    assert levels(records) == pytest.approx([0.05, 0.0125, 0.025, 0.05 / 3])
    assert adjusted(records) == pytest.approx([0.04, 0.004, 0.04, 0.03])


def test_holm_levels_stay_at_the_first_that_is_not_rejected() -> None:
    records = correct([0.001, 0.03, 0.031, 0.9], 0.05, "holm")
    assert levels(records) == pytest.approx([0.0125, 0.05 / 3, 0.05 / 3, 0.05 / 3])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("none", 0.05),
        ("bonferroni", 0.0125),
        ("sidak", 1 - 0.95**0.25),
        ("hochberg", 0.025),  # rank 3 is the last rejected: alpha / 2
        ("hommel", 0.05),  # Simes rejects every set but that of 0.06 alone
        ("bh", 0.0375),
        ("by", 0.0125 / (1 + 1 / 2 + 1 / 3 + 1 / 4)),
    ],
)
def test_levels_are_those_of_the_procedure(method: str, expected: float) -> None:
    assert levels(correct([0.06, 0.001, 0.02, 0.0249], 0.05, method)) == pytest.approx(
        [expected] * 4
    )


@pytest.mark.parametrize(
    ("method", "p"),
    [
        ("none", [0.05]),
        ("bonferroni", [0.025, 0.5]),
        ("sidak", [-np.expm1(np.log1p(-0.05) / 2), 0.5]),
        ("holm", [0.025, 0.5]),
        ("hochberg", [0.05, 0.05]),
        ("hommel", [0.05, 0.05]),
        ("bh", [0.05, 0.05]),
        ("fixed_sequence", [0.05]),
    ],
)
def test_a_p_exactly_on_its_level_is_no_rejection(method: str, p: list[float]) -> None:
    for record, one in zip(correct(p, 0.05, method), p, strict=True):
        assert record.pvalue_adjusted >= 0.05
        assert one >= record.alpha_judged or method == "sidak"


@pytest.mark.parametrize("m", range(1, 60))
def test_alpha_over_m_is_no_rejection_however_it_is_rounded(m: int) -> None:
    for method in ("bonferroni", "holm"):
        records = correct([0.05 / m] + [1.0] * (m - 1), 0.05, method)
        assert records[0].pvalue_adjusted >= 0.05
        assert records[0].alpha_judged <= 0.05 / m


@pytest.mark.parametrize("method", [*UNORDERED, Correction.FIXED_SEQUENCE])
def test_p_of_zero_and_one_are_allowed(method: Correction) -> None:
    records = correct([0.0, 1.0], 0.05, method)
    assert records[0].pvalue_adjusted == 0.0
    assert records[1].pvalue_adjusted == 1.0
    (alone,) = correct([0.01], 0.05, method)
    assert alone.pvalue_adjusted == pytest.approx(0.01)
    assert alone.alpha_judged == pytest.approx(0.05)


def test_sidak_keeps_small_p_values_exact() -> None:
    (record, _) = correct([1e-18, 1.0], 0.05, "sidak")
    assert record.pvalue_adjusted == pytest.approx(2e-18, rel=1e-12)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("bonferroni", 0.005),
        ("sidak", 1 - 0.95**0.1),
        *[(name, 0.05) for name in ("none", "holm", "hochberg", "hommel", "bh", "by")],
        ("fixed_sequence", 0.05),
    ],
)
def test_largest_level_is_what_the_correction_can_grant(method: str, expected: float) -> None:
    assert largest_level(0.05, 10, method) == pytest.approx(expected)


@pytest.mark.parametrize("method", list(Correction))
def test_every_correction_says_what_it_controls(method: Correction) -> None:
    assert "at most alpha" in controls(method)
    assumes = method in {
        Correction.SIDAK,
        Correction.HOLM_SIDAK,
        Correction.HOCHBERG,
        Correction.HOMMEL,
        Correction.BH,
    }
    assert ("positively dependent" in controls(method)) == assumes


@pytest.mark.parametrize("bad", [[], [np.nan], [-0.1], [1.1], [0.5, np.inf]])
def test_p_values_that_cannot_be_are_refused(bad: list[float]) -> None:
    with pytest.raises(UndefinedTestError, match="p-values"):
        correct(bad, 0.05, "holm")


@pytest.mark.parametrize("alpha", [0.0, 1.0, np.nan])
def test_a_family_level_that_cannot_be_is_refused(alpha: float) -> None:
    with pytest.raises(UndefinedTestError, match="level"):
        correct([0.5], alpha, "holm")
    with pytest.raises(UndefinedTestError, match="level"):
        largest_level(alpha, 2, "holm")


def test_an_unknown_correction_is_refused_with_the_known_ones() -> None:
    for question in (lambda: correct([0.5], 0.05, "holms"), lambda: controls("holms")):
        with pytest.raises(UndefinedTestError, match=r"'holms'.*hommel"):
            question()
    with pytest.raises(UndefinedTestError, match="at least 1 rule"):
        largest_level(0.05, 0, "holm")
