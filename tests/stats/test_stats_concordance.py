"""Friedman, Nemenyi, correlations and Bradley-Terry, against SciPy, statsmodels and tables."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.api import GLM, families  # type: ignore[import-untyped]

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bradley_terry import ELO, bradley_terry
from pytest_evalgate.stats.concordance import friedman, nemenyi, range_quantile, range_tail
from pytest_evalgate.stats.correlations import Correlation, kendall, pearson, spearman
from pytest_evalgate.stats.result import Inference


@pytest.mark.parametrize(("n", "k", "levels"), [(6, 3, 100), (12, 4, 3), (30, 6, 5)])
def test_friedman_with_ties_equals_scipy(n: int, k: int, levels: int) -> None:
    scores = np.random.default_rng(n).integers(0, levels, size=(n, k)) + np.arange(k) * 0.5
    theirs = stats.friedmanchisquare(*scores.T)
    judged = friedman(scores)

    assert judged.chi2 == pytest.approx(theirs.statistic, rel=1e-10)
    assert judged.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    f = (n - 1) * judged.chi2 / (n * (k - 1) - judged.chi2)
    assert judged.iman_davenport_f == pytest.approx(f, rel=1e-12)
    assert judged.iman_davenport_p == pytest.approx(
        stats.f.sf(f, k - 1, (k - 1) * (n - 1)), rel=1e-9
    )
    assert sum(judged.mean_ranks) == pytest.approx(k * (k + 1) / 2, rel=1e-12)


def test_full_agreement_has_no_p_of_zero() -> None:
    judged = friedman(np.arange(3.0) + np.arange(5.0)[:, np.newaxis])

    assert judged.iman_davenport_f is None
    assert judged.iman_davenport_p == pytest.approx(6.0**-4, rel=1e-9)


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        pytest.param([[1.0, 2.0]], "at least 2 data sets", id="one row"),
        pytest.param([[1.0], [2.0]], "at least 2 data sets", id="one column"),
        pytest.param([[1.0, 1.0], [2.0, 2.0]], "tied on every one", id="tied"),
        pytest.param([[1.0, math.nan], [2.0, 2.0]], "finite", id="nan"),
        pytest.param([1.0, 2.0], "dimension", id="flat"),
    ],
)
def test_undefined_scores_are_refused_in_words(scores: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        friedman(scores)


@pytest.mark.parametrize(
    ("k", "quantile"),
    [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (8, 3.031), (10, 3.164)],
)
def test_nemenyi_equals_the_table_of_demsar(k: int, quantile: float) -> None:
    judged = nemenyi(k, 20, 0.05)

    assert judged.quantile == pytest.approx(quantile, abs=1.1e-3)
    expected = judged.quantile * math.sqrt(k * (k + 1) / 120)
    assert judged.critical_difference == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("alpha", [0.5, 0.05, 1e-4, 1e-12])
def test_range_of_two_is_the_normal_law(alpha: float) -> None:
    expected = -stats.norm.ppf(alpha / 2) * math.sqrt(2)

    assert range_quantile(2, alpha) == pytest.approx(expected, rel=1e-10)
    assert range_tail(expected, 2) == pytest.approx(alpha, rel=1e-9)


@pytest.mark.parametrize("k", [3, 7, 20])
@pytest.mark.parametrize("width", [0.5, 3.0, 5.5])
def test_range_tail_equals_scipy(k: int, width: float) -> None:
    theirs = stats.studentized_range.sf(width, k, np.inf)

    assert range_tail(width, k) == pytest.approx(theirs, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "alpha"), [(1, 5, 0.05), (3, 0, 0.05), (3, 5, 0.0), (3, 5, 1.0)]
)
def test_nemenyi_refuses_what_has_no_quantile(k: int, n: int, alpha: float) -> None:
    with pytest.raises(UndefinedTestError):
        nemenyi(k, n, alpha)


def test_a_level_beyond_the_law_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="too small"):
        nemenyi(3, 5, 1e-300)


@pytest.mark.parametrize("levels", [3, 10, 10**6])
@pytest.mark.parametrize("n", [4, 30, 700])
def test_correlations_equal_scipy(n: int, levels: int) -> None:
    rng = np.random.default_rng(n)
    x = rng.integers(0, levels, size=n).astype(float)
    y = rng.integers(0, levels, size=n) + 0.5 * x
    x[:2], y[:2] = (0.0, 1.0), (0.0, 2.0)
    linear, rank, concordance = pearson(x, y), spearman(x, y), kendall(x, y)

    theirs = stats.pearsonr(x, y)
    assert linear.estimate == pytest.approx(theirs.statistic, rel=1e-9)
    assert linear.t_two_sided == pytest.approx(theirs.pvalue, rel=1e-7)
    expected = theirs.confidence_interval(0.9)
    assert linear.interval(0.05) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert rank == pytest.approx(stats.spearmanr(x, y).statistic, rel=1e-9, abs=1e-12)
    tau = stats.kendalltau(x, y, method="asymptotic")
    assert concordance.tau_b == pytest.approx(tau.statistic, rel=1e-9, abs=1e-12)
    assert concordance.two_sided == pytest.approx(tau.pvalue, rel=1e-7)


@settings(max_examples=100, deadline=None)
@given(
    r=st.floats(-0.99, 0.99),
    n=st.integers(4, 500),
    limit=st.floats(-1.5, 1.5),
    alpha=st.floats(0.001, 0.49),
)
def test_correlation_test_and_interval_agree(r: float, n: int, limit: float, alpha: float) -> None:
    judged: Inference = Correlation(n=n, estimate=r)
    low, high = judged.interval(alpha)
    assert low is not None
    assert high is not None
    if min(abs(limit - low), abs(limit - high)) > 1e-9:
        assert (judged.p_greater(limit) < alpha) == (low > limit)
        assert (judged.p_less(limit) < alpha) == (high < limit)


def test_correlation_ignores_offset_and_scale() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 999, size=(2, 20)) / 64.0
    plain = pearson(x, y).estimate

    assert pearson(x + 2.0**30, y).estimate == pytest.approx(plain, rel=1e-9)
    assert pearson(x * 2.0**-900, y * 2.0**400).estimate == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        pytest.param([1.0, 2.0, 3.0], [2.0, 1.0, 5.0], "at least 4", id="three"),
        pytest.param([1.0, 2, 3, 4], [2.0, 4, 6, 8], "on a line", id="line"),
        pytest.param([1.0, 1, 1, 1], [2.0, 4, 6, 8], "zero variance", id="constant"),
        pytest.param([1.0, 2, 3, 4], [2.0, 4, 6], "equal lengths", id="lengths"),
        pytest.param([1.0, 2, 3, math.nan], [2.0, 4, 6, 8], "is nan", id="nan"),
    ],
)
def test_undefined_correlations_are_refused_in_words(x: Any, y: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        pearson(x, y)


def fitted(wins: Any) -> tuple[Any, Any]:
    """Log abilities and standard errors relative to player 0, by logistic regression."""
    k = len(wins)
    pairs = [(i, j) for i in range(k) for j in range(i) if wins[i][j] + wins[j][i]]
    design = np.array([[(p == i) - (p == j) for p in range(1, k)] for i, j in pairs], float)
    outcomes = np.array([[wins[i][j], wins[j][i]] for i, j in pairs], float)
    fit = GLM(outcomes, design, family=families.Binomial()).fit(tol=1e-14, maxiter=200)
    return np.r_[0.0, fit.params], np.r_[0.0, fit.bse]


@pytest.mark.parametrize("seed", range(4))
def test_bradley_terry_equals_logistic_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wins = rng.integers(1, 30, size=(4, 4)) / (1 + seed % 2)
    np.fill_diagonal(wins, 0)
    wins[0, 3] = wins[3, 0] = 0  # never met
    fit = bradley_terry(wins)
    ability, error = fitted(wins)

    assert fit.log_ability == pytest.approx(ability, abs=1e-8)
    assert fit.standard_errors == pytest.approx(error, rel=1e-6, abs=1e-12)
    assert fit.elo == pytest.approx(ELO * ability, abs=1e-6)
    assert fit.win_probability(1, 2) == pytest.approx(
        1 / (1 + math.exp(ability[2] - ability[1])), rel=1e-8
    )


def test_the_reference_changes_no_difference() -> None:
    wins = [[0, 12, 8], [4, 0, 9], [6, 7, 0]]
    first, other = bradley_terry(wins), bradley_terry(wins, reference=2)
    ours: Inference = first.difference(1, 0)

    assert other.log_ability[2] == 0.0
    assert other.difference(1, 0).estimate == pytest.approx(ours.estimate, rel=1e-9)
    assert other.difference(1, 0).standard_error == pytest.approx(ours.standard_error, rel=1e-9)


def test_two_players_have_the_log_odds_of_their_games() -> None:
    judged = bradley_terry([[0, 30], [10, 0]]).difference(0, 1)

    assert judged.estimate == pytest.approx(math.log(3), rel=1e-12)
    assert judged.standard_error == pytest.approx(math.sqrt(1 / 30 + 1 / 10), rel=1e-9)


def test_lopsided_tables_still_settle() -> None:
    wins = [[0, 1e6, 1e6], [1, 0, 1e6], [0.5, 1, 0]]
    fit = bradley_terry(wins)
    expected = 1 / (1 + np.exp(fit.log_ability[np.newaxis] - fit.log_ability[:, np.newaxis]))
    games = np.array(wins) + np.array(wins).T

    assert (games * expected).sum(axis=1) - 0.5 * np.diag(games) == pytest.approx(
        np.array(wins).sum(axis=1), rel=1e-6
    )


@pytest.mark.parametrize(
    ("wins", "words"),
    [
        pytest.param([[0, 5, 5], [0, 0, 3], [0, 2, 0]], "never beat", id="never lost"),
        pytest.param([[0, 5, 5], [3, 0, 3], [0, 0, 0]], "never beat", id="never won"),
        pytest.param([[0, 0], [0, 0]], "never beat", id="no games"),
        pytest.param([[0, 5, 0], [3, 0, 0], [0, 0, 0]], "never", id="never met"),
        pytest.param([[1, 5], [3, 0]], "of a player against itself", id="diagonal"),
        pytest.param([[0, -5], [3, 0]], "at least 0", id="negative"),
        pytest.param([[0, math.nan], [3, 0]], "finite", id="nan"),
        pytest.param([[0, 1, 2], [3, 0, 1]], "square", id="not square"),
        pytest.param([[0]], "square", id="one player"),
    ],
)
def test_separated_and_malformed_tables_are_refused_in_words(wins: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        bradley_terry(wins)


def test_a_player_has_no_difference_from_itself() -> None:
    with pytest.raises(UndefinedTestError, match="standard error"):
        bradley_terry([[0, 3], [2, 0]]).difference(1, 1)
