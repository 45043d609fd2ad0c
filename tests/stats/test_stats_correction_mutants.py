"""Corrections where two ways of rounding disagree, and Simes' one p for a whole family."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.correction import (
    Corrected,
    Correction,
    correct,
    largest_level,
    simes,
)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9))
def test_simes_p_is_the_smallest_that_benjamini_and_hochberg_adjust(pvalues: list[float]) -> None:
    theirs = float(np.min(multipletests(pvalues, 0.05, "fdr_bh")[1]))
    assert simes(pvalues) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(
    ("pvalues", "expected"),
    [([0.3], 0.3), ([1.0, 1.0], 1.0), ([0.04, 0.01, 0.9], 0.03), ([0.5, 0.5, 0.5, 0.5], 0.5)],
)
def test_simes_p_by_hand(pvalues: list[float], expected: float) -> None:
    assert simes(pvalues) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("bad", [[], [-0.1], [float("nan")]])
def test_simes_refuses_what_is_no_p_value(bad: list[float]) -> None:
    with pytest.raises(UndefinedTestError, match="p-values"):
        simes(bad)


@pytest.mark.parametrize("method", list(Correction))
def test_a_family_of_one_rule_is_judged_at_its_own_level(method: Correction) -> None:
    assert largest_level(0.05, 1, method) == pytest.approx(0.05, rel=1e-15)
    with pytest.raises(UndefinedTestError, match="at least 1 rule, got 0"):
        largest_level(0.05, 0, method)


# --- p-values a rounding error away from their levels

ALPHA = 0.05
ULPS = 4 * np.finfo(float).eps
Family = list[float]


def critical(method: Correction, m: int) -> list[float]:
    """Levels at which a p of a family of m may be judged."""
    harmonic = math.fsum(1 / k for k in range(1, m + 1)) if method is Correction.BY else 1.0
    match method:
        case Correction.SIDAK | Correction.HOLM_SIDAK:
            return [-math.expm1(math.log1p(-ALPHA) / k) for k in range(1, m + 1)]
        case Correction.BH | Correction.BY:
            return [k * ALPHA / m / harmonic for k in range(1, m + 1)]
        case _:
            return [ALPHA / k for k in range(1, m + 1)]


def near_ties(method: Correction) -> list[Family]:
    """Families with one p on its level, up to two floats above or below: others are clear.

    m * p < alpha and p < alpha / m part at few m: at .05 the first are 19, 29, 38 and 58. Behind
    the p on its level stands one that would pass if that one did.
    """
    families = []
    for m, steps in itertools.product(range(1, 60), range(-2, 3)):
        for rank in {1, min(2, m), m // 2 + 1, m}:
            levels = critical(method, m)
            is_growing = method in {Correction.BH, Correction.BY}
            at = levels[rank - 1] if is_growing else levels[m - rank]
            p = at + steps * math.ulp(at)
            behind = [1.02 * p, *[1.0] * (m - rank - 1)] if rank < m else []
            families.append([*[0.0] * (rank - 1), p, *behind][:m])
    return families


def level_of(method: Correction, *, m: int, rank: int, rejected: int) -> float:
    """Level of a rank, counted from 1, where this many are rejected."""
    last = max(rejected, 1)
    levels = critical(method, m)
    match method:
        case Correction.BH | Correction.BY:
            return levels[last - 1]
        case Correction.HOCHBERG:
            return levels[m - last]
        case Correction.HOLM | Correction.HOLM_SIDAK:
            return levels[m - min(rank, rejected + 1)]
        case _:
            return levels[m - 1]


def is_rejected(p: float, record: Corrected) -> bool:
    """Say what both views say; they may not contradict each other."""
    assert (p < record.alpha_judged) == (record.pvalue_adjusted < ALPHA), (p, record)
    return p < record.alpha_judged


@pytest.mark.parametrize(
    "method", [one for one in Correction if one not in {"none", "fixed_sequence"}]
)
def test_a_rounding_error_lets_no_rule_pass_before_a_smaller_p(method: Correction) -> None:
    for family in near_ties(method):
        p = sorted(family)
        rejected = [is_rejected(*one) for one in zip(p, correct(p, ALPHA, method), strict=True)]
        assert rejected == sorted(rejected, reverse=True), p


@pytest.mark.parametrize(
    "method",
    [
        one
        for one in Correction
        if one not in {Correction.NONE, Correction.FIXED_SEQUENCE, Correction.HOMMEL}
    ],
)
def test_levels_are_those_of_the_number_rejected_however_p_is_rounded(method: Correction) -> None:
    for family in near_ties(method):
        p = sorted(family)
        records = correct(p, ALPHA, method)
        count = sum(is_rejected(*one) for one in zip(p, records, strict=True))
        for one, record in zip(p, records, strict=True):
            level = level_of(method, m=len(p), rank=p.index(one) + 1, rejected=count)
            assert record.alpha_judged <= level * (1 + ULPS), (p, one)
            assert record.alpha_judged >= min(level, one) * (1 - ULPS), (p, one)
