"""Textbook intervals and tables of counts, against SciPy and statsmodels where those are right."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.compare import load
from scipy import stats
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
    proportion_confint,
)

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.barnard import barnard_greater
from pytest_evalgate.stats.contingency import fisher_two_sided, sample_ratio, two_arms_chi2
from pytest_evalgate.stats.textbook import (
    agresti_coull,
    binomial_midp,
    binomial_two_sided,
    farrington_manning_z,
    jeffreys,
    mee,
    miettinen_nurminen,
    newcombe,
    wald,
    wald_difference,
    wilson,
)


@st.composite
def shares(draw: st.DrawFn, most: int = 200) -> tuple[int, int]:
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


@given(shares(), st.sampled_from([0.005, 0.025, 0.05]))
@settings(deadline=None)
def test_intervals_of_a_share_are_statsmodels_s_inside(share: tuple[int, int], a: float) -> None:
    x, n = share
    if not 0 < x < n:
        return
    for name, method in (
        ("wilson", wilson),
        ("jeffreys", jeffreys),
        ("normal", wald),
        ("agresti_coull", agresti_coull),
    ):
        expected = np.array(proportion_confint(x, n, 2 * a, method=name))
        assert np.clip(method(x, n, a), 0.0, 1.0) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_statsmodels_jeffreys_is_not_zero_without_a_success() -> None:
    """R gives 0 by the usual convention; statsmodels the quantile itself."""
    assert proportion_confint(0, 20, 0.05, method="jeffreys")[0] > 1e-6
    assert jeffreys(0, 20, 0.025) == pytest.approx((0.0, 0.1166389829048754))
    assert jeffreys(20, 20, 0.025) == pytest.approx((1 - 0.1166389829048754, 1.0))


def test_wald_has_no_width_without_a_failure() -> None:
    assert wald(20, 20, 0.05) == (1.0, 1.0)
    assert wilson(20, 20, 0.025) == pytest.approx((0.8388748, 1.0), abs=1e-6)


@given(shares(), st.floats(0.001, 0.999))
@settings(deadline=None)
def test_two_sided_binomial_p_is_scipy_s(share: tuple[int, int], rate: float) -> None:
    x, n = share
    expected = stats.binomtest(x, n, rate).pvalue
    assert binomial_two_sided(x, n, rate) == pytest.approx(expected, rel=1e-5, abs=1e-200)


@given(shares(), st.floats(0.001, 0.999))
def test_midp_of_a_share_sums_to_one(share: tuple[int, int], rate: float) -> None:
    both = binomial_midp(*share, rate) + binomial_midp(*share, rate, greater=False)
    assert both == pytest.approx(1.0)


def test_a_rate_of_zero_or_one_is_certain() -> None:
    assert [binomial_two_sided(x, 5, 0.0) for x in (0, 1)] == [1.0, 0.0]
    assert [binomial_two_sided(x, 5, 1.0) for x in (5, 4)] == [1.0, 0.0]


@given(shares(60), shares(60))
@settings(max_examples=60, deadline=None)
def test_newcombe_s_interval_is_statsmodels_s(a: tuple[int, int], b: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff", alpha=0.05)
    assert newcombe(*a, *b, 0.025) == pytest.approx(expected, abs=1e-9)


def test_printed_intervals_of_a_difference_of_shares() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table II (a) and (h)."""
    table = (56, 70, 48, 80)
    assert newcombe(*table, 0.025) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert mee(*table, 0.025) == pytest.approx((0.0533, 0.3377), abs=5e-5)
    assert miettinen_nurminen(*table, 0.025) == pytest.approx((0.0528, 0.3382), abs=5e-5)
    assert miettinen_nurminen(10, 10, 0, 20, 0.025) == pytest.approx((0.7156, 1.0), abs=5e-5)


def test_statsmodels_score_interval_of_a_difference_is_wrong() -> None:
    """56/70 - 48/80 is .0528 to .3382 in print; statsmodels 0.15 gives .0526 to .3440."""
    wrong = confint_proportions_2indep(56, 70, 48, 80, method="score", compare="diff")
    assert wrong == pytest.approx((0.0526, 0.3440), abs=1e-4)
    assert abs(wrong[1] - miettinen_nurminen(56, 70, 48, 80, 0.025)[1]) > 5e-3


@given(shares(60), shares(60), st.floats(-0.9, 0.9))
@settings(deadline=None)
def test_farrington_and_manning_s_z_is_antisymmetric(
    a: tuple[int, int], b: tuple[int, int], limit: float
) -> None:
    z = farrington_manning_z(*a, *b, limit)
    assert farrington_manning_z(*b, *a, -limit) == pytest.approx(-z, rel=1e-9, abs=1e-12)


def test_wald_difference_is_cut_at_one() -> None:
    assert wald_difference(3, 4, 1, 4, 0.025) == pytest.approx((-0.10011395954441349, 1.0))


@given(shares(60), shares(60))
@settings(deadline=None)
def test_chi_square_and_fisher_are_scipy_s(a: tuple[int, int], b: tuple[int, int]) -> None:
    (x1, n1), (x2, n2) = a, b
    table = [[x1, n1 - x1], [x2, n2 - x2]]
    assert fisher_two_sided(x1, n1, x2, n2) == pytest.approx(
        stats.fisher_exact(np.array(table)).pvalue, rel=1e-7
    )
    if not 0 < x1 + x2 < n1 + n2:
        with pytest.raises(UndefinedTestError, match="one outcome"):
            two_arms_chi2(x1, n1, x2, n2, corrected=False)
        return
    for corrected in (False, True):
        expected = stats.chi2_contingency(table, correction=corrected)
        found = two_arms_chi2(x1, n1, x2, n2, corrected=corrected)
        assert found.statistic == pytest.approx(expected.statistic, rel=1e-8, abs=1e-12)
        assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-6)


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=6), st.integers(0, 1000))
def test_sample_ratio_is_scipy_s_chi_square(observed: list[int], seed: int) -> None:
    if not any(observed):
        return
    planned = np.random.default_rng(seed).uniform(0.1, 1.0, len(observed))
    expected = stats.chisquare(observed, sum(observed) * planned / planned.sum())
    found = sample_ratio(observed, planned)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-12)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-7, abs=1e-300)


@pytest.mark.parametrize(
    ("observed", "planned"),
    [
        ([10], [1.0]),
        ([1, 2], [1.0]),
        ([0, 0], [1, 1]),
        ([1.5, 2], [1, 1]),
        ([-1, 2], [1, 1]),
        ([1, 2], [0, 1]),
        ([1, math.nan], [1, 1]),
    ],
)
def test_arms_without_a_ratio_are_refused(observed: list[Any], planned: list[Any]) -> None:
    with pytest.raises(UndefinedTestError):
        sample_ratio(observed, planned)


def barnard_by_hand(x1: int, n1: int, x2: int, n2: int) -> float:
    """Ordered by z squared times its sign in whole numbers, on a fine grid of rates."""

    def order(a: int, b: int) -> tuple[int, int]:
        gap, total = a * n2 - b * n1, a + b
        below = total * (n1 + n2 - total)
        return (0, 1) if below == 0 else (gap * abs(gap), below)

    seen = order(x1, x2)
    rates = np.linspace(0.0, 1.0, 20_001)
    tail = np.zeros_like(rates)
    first = [stats.binom.pmf(a, n1, rates) for a in range(n1 + 1)]
    second = [stats.binom.pmf(b, n2, rates) for b in range(n2 + 1)]
    for a in range(n1 + 1):
        for b in range(n2 + 1):
            here = order(a, b)
            if here[0] * seen[1] >= seen[0] * here[1]:
                tail += first[a] * second[b]
    return float(tail.max())


@pytest.mark.parametrize(
    "table", [(9, 10, 3, 10), (7, 12, 1, 12), (5, 8, 2, 14), (3, 5, 3, 5), (0, 6, 4, 7)]
)
def test_barnard_is_the_enumerated_supremum(table: tuple[int, int, int, int]) -> None:
    assert barnard_greater(*table) == pytest.approx(barnard_by_hand(*table), rel=1e-6)


def test_scipy_s_barnard_is_too_small_where_tables_tie() -> None:
    """9/10 against 3/10: mirror tables with an equal z are left out, .00347 for .00398."""
    scipy = stats.barnard_exact([[9, 3], [1, 7]], alternative="greater").pvalue
    assert scipy == pytest.approx(0.00347, abs=2e-5)
    assert barnard_greater(9, 10, 3, 10) == pytest.approx(0.00398, abs=1e-5)


CASES = [case for case in load() if case["method"] == "one_proportion_ci"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_intervals_are_the_reference_s(case: dict[str, Any]) -> None:
    x, n = case["input"]["x"], case["input"]["n"]
    for name, method in (("wilson", wilson), ("wald", wald), ("jeffreys", jeffreys)):
        assert method(x, n, 0.025) == pytest.approx(case["expected"][name], rel=1e-8, abs=1e-12)


def test_reference_cases_are_there() -> None:
    assert len(CASES) >= 2
