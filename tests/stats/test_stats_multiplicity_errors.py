"""How often a family claims anything false, by simulation: at most alpha, whatever the ties."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from pytest_evalgate.stats.correction import correct
from pytest_evalgate.stats.graphs import graphical
from pytest_evalgate.stats.maxt import max_t
from pytest_evalgate.stats.weighted_levels import fallback, weighted_holm


ALPHA = 0.05
ANY_DEPENDENCE = ["bonferroni", "holm", "fixed_sequence"]
POSITIVE = ["sidak", "holm_sidak", "hochberg", "hommel"]
TIES = ["rho 0", "rho 0.5", "rho 0.9", "opposite pairs"]


def statistics(rng: np.random.Generator, replicates: int, m: int, ties: str) -> NDArray[np.float64]:
    """Standard normal statistics of m true nulls at their limits, shape (replicates, m)."""
    if ties == "opposite pairs":
        half = rng.normal(size=(replicates, (m + 1) // 2))
        return np.hstack([half, -half])[:, :m]
    rho = float(ties.split()[1])
    shared = rng.normal(size=(replicates, 1))
    return math.sqrt(rho) * shared + math.sqrt(1 - rho) * rng.normal(size=(replicates, m))


def most(replicates: int) -> float:
    return ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / replicates)


def any_false(method: str, p: NDArray[np.float64]) -> float:
    return float(
        np.mean(
            [min(one.pvalue_adjusted for one in correct(row, ALPHA, method)) < ALPHA for row in p]
        )
    )


def one_holds_all(rows: NDArray[np.float64], *, replicates: int) -> None:
    """Weighted and graphical families, the weights on purpose uneven."""
    m = rows.shape[1]
    weights = np.arange(1.0, m + 1.0) / (m * (m + 1) / 2)
    chain = [[float(k == (j + 1) % m and m > 1) for k in range(m)] for j in range(m)]
    ways: dict[str, Callable[[list[float]], bool]] = {
        "weighted": lambda p: any(
            one.is_rejected(x)
            for one, x in zip(weighted_holm(p, ALPHA, weights=weights), p, strict=True)
        ),
        "fallback": lambda p: any(
            one.is_rejected(x)
            for one, x in zip(fallback(p, ALPHA, weights=weights), p, strict=True)
        ),
        "graph": lambda p: any(
            one.pvalue_adjusted < ALPHA
            for one in graphical(p, ALPHA, weights=weights, transitions=chain).records
        ),
    }
    for is_any_rejected in ways.values():
        assert np.mean([is_any_rejected(row.tolist()) for row in rows]) <= most(replicates)


@pytest.mark.parametrize("m", [1, 5, 20])
@pytest.mark.parametrize("ties", TIES)
def test_any_false_claim_in_at_most_alpha_under_any_dependence(ties: str, m: int) -> None:
    check_dependence(ties, m, replicates=900 if m < 20 else 450)


@pytest.mark.slow
@pytest.mark.parametrize("m", [1, 5, 20])
@pytest.mark.parametrize("ties", TIES)
def test_any_false_claim_in_at_most_alpha_in_many_samples(ties: str, m: int) -> None:
    check_dependence(ties, m, replicates=10_000)


def check_dependence(ties: str, m: int, *, replicates: int) -> None:
    rng = np.random.default_rng([m, TIES.index(ties)])
    p = ndtr(-statistics(rng, replicates, m, ties))
    methods = ANY_DEPENDENCE if ties == "opposite pairs" else ANY_DEPENDENCE + POSITIVE
    for method in methods:
        assert any_false(method, p) <= most(replicates), method
    one_holds_all(p[: replicates // 3], replicates=replicates // 3)


def test_uncorrected_claims_err_far_more_often() -> None:
    p = ndtr(-statistics(np.random.default_rng(1), 1000, 5, "rho 0"))
    assert any_false("none", p) > 0.2


def test_with_some_claims_true_the_rest_still_err_in_at_most_alpha() -> None:
    """Step-down methods loosen as true claims pass; two false ones at their limits remain."""
    rng = np.random.default_rng(8)
    z = statistics(rng, 2000, 5, "rho 0.5") + np.array([0.0, 0.0, 3.0, 3.0, 3.0])
    for method in ("holm", "hochberg", "hommel"):
        wrong = [
            any(one.pvalue_adjusted < ALPHA for one in correct(row, ALPHA, method)[:2])
            for row in ndtr(-z)
        ]
        assert np.mean(wrong) <= most(2000), method


def wrong_max_t(rng: np.random.Generator, n: int, m: int, ties: str, *, replicates: int) -> float:
    wrong = 0
    for _ in range(replicates):
        found = max_t(statistics(rng, n, m, ties), ALPHA, rng=rng, draws=199)
        wrong += min(one.pvalue_adjusted for one in found.members) < ALPHA
    return wrong / replicates


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize(("n", "m"), [(8, 1), (8, 5), (30, 20)])
def test_max_t_errs_in_at_most_alpha_whatever_ties_its_metrics(n: int, m: int, ties: str) -> None:
    rng = np.random.default_rng([n, m, TIES.index(ties)])
    assert wrong_max_t(rng, n, m, ties, replicates=400) <= most(400)


@pytest.mark.slow
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize(("n", "m"), [(8, 1), (8, 5), (12, 20), (30, 20)])
def test_max_t_errs_in_at_most_alpha_in_many_samples(n: int, m: int, ties: str) -> None:
    rng = np.random.default_rng([n, m, TIES.index(ties)])
    assert wrong_max_t(rng, n, m, ties, replicates=10_000) <= most(10_000)


def test_max_t_finds_more_than_holm_where_metrics_go_together() -> None:
    rng = np.random.default_rng(21)
    ours = holms = 0
    for _ in range(150):
        table = statistics(rng, 12, 10, "rho 0.9") + 0.75
        found = max_t(table, ALPHA)
        ours += sum(one.pvalue_adjusted < ALPHA for one in found.members)
        p = [one.pvalue for one in found.members]
        holms += sum(one.pvalue_adjusted < ALPHA for one in correct(p, ALPHA, "holm"))
    assert ours > 1.15 * holms
