"""Exact size of the tests of two success rates: how often they promote what they must not.

The score tests hold their level only about, and least with few units. The size of the very rule
that decides is the largest probability of a p below the level, over every pair of rates whose
difference is the limit.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln, ndtr

from pytest_evalgate.stats.inversion import finite_limit, open_level, whole_number
from pytest_evalgate.stats.nuisance import binomial_law, safe_log, supremum
from pytest_evalgate.stats.pairs import tango_z_table
from pytest_evalgate.stats.proportions import EXACT_TABLES
from pytest_evalgate.stats.restricted import score_z_table
from pytest_evalgate.stats.unconditional import boschloo_region


def paired_size(n: int, limit: float, alpha: float, *, greater: bool) -> float:
    """Largest probability that ``PairedProportions`` rejects a true ``limit`` at ``alpha``.

    Over every share of discordant pairs: all (n + 1) * (n + 2) / 2 tables are enumerated, meant
    for n up to 60 or so.

    Args:
        n: All pairs.
        limit: The difference that is true and held against, candidate - baseline.
        alpha: One-sided level.
        greater: True for the claim of a difference above the limit, False for one below.

    Returns:
        The size, in [0, 1]; 0 for a limit that no rates have.

    Raises:
        UndefinedTestError: n < 1, or a limit not finite, or a level not in (0, 1).
    """
    n = whole_number(n, "the number of pairs", low=1)
    limit = finite_limit(limit) if greater else -finite_limit(limit)
    open_level(alpha)
    if abs(limit) >= 1.0:
        return 0.0  # the one table possible at difference -1 is not rejected
    b, c = _rejected_pairs(n, limit, alpha)
    if not b.size:
        return 0.0
    rest = n - b - c
    log_ways = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(rest + 1)

    def probability(angles: NDArray[np.float64]) -> NDArray[np.float64]:
        free = (1.0 - abs(limit)) * np.sin(angles) ** 2  # discordant beyond the difference
        same = (1.0 - abs(limit)) * np.cos(angles) ** 2
        won, lost = free / 2.0 + max(limit, 0.0), free / 2.0 + max(-limit, 0.0)
        logs = [safe_log(rate)[:, None] for rate in (won, lost, same)]
        height = np.exp(log_ways + b * logs[0] + c * logs[1] + rest * logs[2])
        return np.asarray(height.sum(axis=1), dtype=np.float64)

    return supremum(probability, points=_points(n))


def two_sample_size(n1: int, n2: int, limit: float, alpha: float, *, greater: bool) -> float:
    """Largest probability that ``TwoProportions`` rejects a true ``limit`` at ``alpha``.

    Over every rate of the baseline: all (n1 + 1) * (n2 + 1) tables are enumerated, meant for
    40,000 of them or so.

    Args:
        n1: Units of the first arm.
        n2: Units of the second arm.
        limit: The difference that is true and held against, first - second.
        alpha: One-sided level.
        greater: True for the claim of a difference above the limit, False for one below.

    Returns:
        The size, in [0, 1]; 0 for a limit that no rates have.

    Raises:
        UndefinedTestError: An arm without units, a limit not finite, or a level not in (0, 1).
    """
    n1 = whole_number(n1, "the number of units of the first arm", low=1)
    n2 = whole_number(n2, "the number of units of the second arm", low=1)
    open_level(alpha)
    if not greater:
        return two_sample_size(n2, n1, -finite_limit(limit), alpha, greater=True)
    if abs(finite_limit(limit)) >= 1.0:
        return 0.0
    is_rejected = _rejected_tables(n1, n2, limit, alpha).astype(np.float64)
    if not is_rejected.any():
        return 0.0

    def probability(angles: NDArray[np.float64]) -> NDArray[np.float64]:
        free = (1.0 - abs(limit)) * np.sin(angles) ** 2
        missing = (1.0 - abs(limit)) * np.cos(angles) ** 2
        up, down = max(limit, 0.0), max(-limit, 0.0)
        first = binomial_law(free + up, missing + down, n1)
        second = binomial_law(free + down, missing + up, n2)
        return np.asarray(((first @ is_rejected) * second).sum(axis=1), dtype=np.float64)

    return supremum(probability, points=_points(n1 + n2))


def _points(n: int) -> int:
    """Angles of the first grid: several to the width 1 / sqrt(n) of what n units can tell."""
    return max(201, 2 * int(3.0 * np.sqrt(n)) + 1)


def _rejected_pairs(
    n: int, limit: float, alpha: float
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Pairs won and lost of every table with ``p_greater(limit) < alpha``."""
    b, c = np.indices((n + 1, n + 1)).reshape(2, -1)
    is_table = b + c <= n
    b, c = b[is_table], c[is_table]
    is_rejected = ndtr(-tango_z_table(b, c, n, difference=limit)) < alpha
    if limit >= 0.0:  # McNemar's exact test at 0 decides too
        exact = np.where(b > 0, betainc(np.maximum(b, 1), c + 1, 0.5), 1.0)
        is_rejected &= exact < alpha
    return b[is_rejected], c[is_rejected]


def _rejected_tables(n1: int, n2: int, limit: float, alpha: float) -> NDArray[np.bool_]:
    """Whether ``p_greater(limit) < alpha``, shape (n1 + 1, n2 + 1)."""
    is_rejected = ndtr(-score_z_table(n1, n2, difference=limit)) < alpha
    if limit >= 0.0 and (n1 + 1) * (n2 + 1) <= EXACT_TABLES:
        is_rejected &= boschloo_region(n1, n2, alpha)
    return np.asarray(is_rejected, dtype=np.bool_)
