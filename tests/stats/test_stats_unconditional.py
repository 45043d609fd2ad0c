"""Boschloo's test, against mpmath, SciPy and the definition itself."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.unconditional import (
    boschloo_greater,
    boschloo_region,
    fisher_greater,
)


REFERENCE = Path(__file__).parents[1] / "reference" / "proportions.json"
CASES: list[dict[str, Any]] = [
    case
    for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    if case["method"] == "exact_unconditional_2x2"
]


@st.composite
def tables(draw: st.DrawFn, largest: int = 20) -> tuple[int, int, int, int]:
    n1, n2 = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_boschloo_agrees_with_mpmath(case: dict[str, Any]) -> None:
    table = [case["input"][key] for key in ("x1", "n1", "x2", "n2")]
    expected, rel = case["expected"], case["tol"]["rel"]
    assert boschloo_greater(*table) == pytest.approx(expected["boschloo_p"], rel=rel)
    assert fisher_greater(*table) == pytest.approx(expected["fisher_p"], rel=rel)
    assert fisher_greater(*table) == pytest.approx(expected["boschloo_statistic"], rel=rel)


@pytest.mark.parametrize(
    "table",
    [(7, 12, 2, 9), (9, 10, 3, 10), (1, 30, 0, 25), (40, 60, 31, 70), (99, 100, 92, 100)],
)
def test_boschloo_agrees_with_scipy(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    columns = [[x1, x2], [n1 - x1, n2 - x2]]
    theirs = stats.boschloo_exact(columns, alternative="greater", n=128)
    assert fisher_greater(*table) == pytest.approx(theirs.statistic, rel=1e-9)
    assert boschloo_greater(*table) == pytest.approx(theirs.pvalue, rel=1e-6)
    # A supremum found by search can only be too small.
    assert boschloo_greater(*table) >= theirs.pvalue * (1.0 - 1e-9)


@given(tables(largest=60))
@settings(deadline=None, max_examples=100)
def test_fisher_agrees_with_the_hypergeometric_law(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    expected = stats.hypergeom.sf(x1 - 1, n1 + n2, x1 + x2, n1)
    assert fisher_greater(*table) == pytest.approx(expected, rel=1e-9)


@given(tables())
@settings(deadline=None, max_examples=50)
def test_boschloo_is_the_supremum_of_its_definition(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    i, j = np.indices((n1 + 1, n2 + 1))
    fisher = np.asarray(stats.hypergeom.sf(i - 1, n1 + n2, i + j, n1))
    is_extreme = fisher <= fisher[x1, x2] * (1.0 + 1e-9)
    heights = [
        np.outer(
            stats.binom.pmf(np.arange(n1 + 1), n1, rate),
            stats.binom.pmf(np.arange(n2 + 1), n2, rate),
        )[is_extreme].sum()
        for rate in np.linspace(0.0, 1.0, 401)
    ]
    found = boschloo_greater(*table)
    assert max(heights) <= found * (1.0 + 1e-9)
    assert found <= max(heights) * 1.001  # the grid of this test is coarse


@given(tables())
@settings(deadline=None, max_examples=50)
def test_boschloo_is_never_above_fisher(table: tuple[int, int, int, int]) -> None:
    assert boschloo_greater(*table) <= fisher_greater(*table) * (1.0 + 1e-9)


@given(tables())
@settings(deadline=None, max_examples=50)
def test_boschloo_of_the_complement_and_of_swapped_arms_agree(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table
    mirrored = boschloo_greater(n2 - x2, n2, n1 - x1, n1)
    assert mirrored == pytest.approx(boschloo_greater(*table), rel=1e-9)


@pytest.mark.parametrize(("n1", "n2"), [(1, 1), (3, 3), (5, 9), (10, 10), (15, 4), (12, 20)])
def test_boschloo_never_rejects_equal_rates_more_often_than_alpha(n1: int, n2: int) -> None:
    p = np.array(
        [[boschloo_greater(x1, n1, x2, n2) for x2 in range(n2 + 1)] for x1 in range(n1 + 1)]
    )
    for rate in np.linspace(0.0, 1.0, 101):
        probability = np.outer(
            stats.binom.pmf(np.arange(n1 + 1), n1, rate),
            stats.binom.pmf(np.arange(n2 + 1), n2, rate),
        )
        for alpha in (0.01, 0.05, 0.1):
            assert probability[p < alpha].sum() <= alpha


@pytest.mark.parametrize("table", [(0, 10, 0, 10), (10, 10, 10, 10), (0, 1, 1, 1), (0, 5, 7, 9)])
def test_nothing_in_favour_has_a_p_of_one(table: tuple[int, int, int, int]) -> None:
    assert boschloo_greater(*table) == 1.0


@pytest.mark.parametrize(
    "table",
    [(110, 199, 95, 199), (2500, 3000, 7, 12), (7, 12, 1500, 3000), (19_000, 19_998, 0, 1)],
)
def test_forty_thousand_tables_take_a_moment_only(table: tuple[int, int, int, int]) -> None:
    boschloo_greater(1, 2, 1, 2)
    start = time.process_time()
    boschloo_greater(*table)
    assert time.process_time() - start < 0.3  # 20 ms as measured; room for a busy machine


@pytest.mark.parametrize("table", [(250, 300, 7, 12), (7, 12, 150, 300), (2, 3, 400, 2000)])
def test_boschloo_of_a_small_arm_beside_a_large_one_agrees_with_scipy(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table
    columns = [[x1, x2], [n1 - x1, n2 - x2]]
    theirs = stats.boschloo_exact(columns, alternative="greater", n=256).pvalue
    assert boschloo_greater(*table) == pytest.approx(theirs, rel=1e-5)
    assert boschloo_greater(*table) >= theirs * (1.0 - 1e-9)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
@pytest.mark.parametrize(("n1", "n2"), [(1, 1), (5, 9), (9, 5), (2, 40), (12, 12)])
def test_region_holds_the_tables_with_a_p_below_the_level(n1: int, n2: int, alpha: float) -> None:
    p = [[boschloo_greater(x1, n1, x2, n2) for x2 in range(n2 + 1)] for x1 in range(n1 + 1)]
    assert (boschloo_region(n1, n2, alpha) == (np.array(p) < alpha)).all()


@pytest.mark.parametrize("table", [(1, 0, 0, 1), (2, 1, 0, 1), (0, 1, -1, 1), (0, 1, 0.5, 1)])
def test_tables_that_cannot_be_are_refused(table: Any) -> None:
    with pytest.raises(UndefinedTestError, match="number of"):
        boschloo_greater(*table)
