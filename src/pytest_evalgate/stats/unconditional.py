"""Boschloo's exact unconditional test of two independent proportions."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc

from pytest_evalgate.stats.inversion import open_level, two_arm_counts
from pytest_evalgate.stats.nuisance import binomial_law, log_choose, supremum


# Tables whose Fisher p equals the observed one but for rounding count as at least as extreme.
_TIE = 1e-9
# Angles of the first grid over the common rate; a binomial is about 1 / sqrt(n1 + n2) wide.
_ANGLES = 513
# An arm this many times the other is not summed table by table: its few tails are computed.
_LOPSIDED = 10


def boschloo_greater(x1: int, n1: int, x2: int, n2: int) -> float:
    """Exact one-sided p of H0: p1 <= p2 against H1: p1 > p2.

    Tables are ordered by their one-sided Fisher p; the p-value is the largest probability, over
    the common success rate, of a table at least as extreme as the one observed. Costs about
    0.02 s at 40,000 tables, (n1 + 1) * (n2 + 1).

    Args:
        x1: Successes of the first arm, 0..n1.
        n1: Units of the first arm.
        x2: Successes of the second arm, 0..n2.
        n2: Units of the second arm.

    Raises:
        UndefinedTestError: A count is not whole or not in its range.

    Source:
        Boschloo (1970), Statistica Neerlandica 24(1), 1-9.
        scipy.stats.boschloo_exact([[x1, x2], [n1 - x1, n2 - x2]], alternative="greater").
    """
    two_arm_counts(x1, n1, x2, n2)
    if n1 > n2:  # failures counted for successes: the smaller arm comes first
        x1, n1, x2, n2 = n2 - x2, n2, n1 - x1, n1
    fisher = _fisher_greater_table(n1, n2)
    return _size_up_to(float(fisher[x1, x2]), fisher)


def boschloo_region(n1: int, n2: int, alpha: float) -> NDArray[np.bool_]:
    """Tables with a one-sided Boschloo p below ``alpha``, shape (n1 + 1, n2 + 1).

    The p grows with Fisher's, so the tables are those up to one critical Fisher p.

    Raises:
        UndefinedTestError: An arm without units, or a level not in (0, 1).
    """
    two_arm_counts(0, n1, 0, n2)
    open_level(alpha)
    if n1 > n2:
        return boschloo_region(n2, n1, alpha)[::-1, ::-1].T
    fisher = _fisher_greater_table(n1, n2)
    steps = np.unique(fisher)
    # Boschloo's p is at most Fisher's: below alpha there is nothing to ask.
    low, high = int(np.searchsorted(steps, alpha * (1.0 - _TIE))), steps.size
    while low < high:
        middle = (low + high) // 2
        if _size_up_to(float(steps[middle]), fisher) < alpha:
            low = middle + 1
        else:
            high = middle
    critical = steps[low - 1] if low else -1.0
    return np.asarray(fisher <= critical, dtype=np.bool_)


def fisher_greater(x1: int, n1: int, x2: int, n2: int) -> float:
    """One-sided p of Fisher's exact test of H0: p1 <= p2, given the total of successes.

    Source:
        scipy.stats.fisher_exact([[x1, x2], [n1 - x1, n2 - x2]], alternative="greater").
    """
    two_arm_counts(x1, n1, x2, n2)
    return min(1.0, float(_fisher_greater_table(n1, n2)[x1, x2]))


def _fisher_greater_table(n1: int, n2: int) -> NDArray[np.float64]:
    """Fisher p of every table, shape (n1 + 1, n2 + 1), first axis the successes of arm one."""
    total = np.arange(n1 + n2 + 1)[:, None]
    first = np.arange(n1 + 1)[None, :]
    second = total - first
    is_table = (second >= 0) & (second <= n2)
    log_ways = log_choose(n1)[first] + log_choose(n2)[np.clip(second, 0, n2)]
    log_share = np.where(is_table, log_ways - log_choose(n1 + n2)[total], -np.inf)
    # Summed from the far end: the small terms first, and no 1 - p.
    tail = np.cumsum(np.exp(log_share)[:, ::-1], axis=1)[:, ::-1]
    x1, x2 = np.indices((n1 + 1, n2 + 1))
    return np.asarray(tail[x1 + x2, x1], dtype=np.float64)


def _size_up_to(critical: float, fisher: NDArray[np.float64]) -> float:
    """Largest probability, over the common rate, of a Fisher p of at most ``critical``."""
    is_extreme = fisher <= critical * (1.0 + _TIE)
    if is_extreme.all():
        return 1.0
    # In each row the extreme tables are those with the fewest successes in the second arm.
    reach = is_extreme.sum(axis=1)
    n1, n2 = fisher.shape[0] - 1, fisher.shape[1] - 1

    def probability(angles: NDArray[np.float64]) -> NDArray[np.float64]:
        rate, rest = np.sin(angles) ** 2, np.cos(angles) ** 2
        below = _below(rate, rest, reach, n2)
        return np.asarray((binomial_law(rate, rest, n1) * below).sum(axis=1), dtype=np.float64)

    return supremum(probability, points=_ANGLES)


def _below(
    rate: NDArray[np.float64], rest: NDArray[np.float64], reach: NDArray[np.int_], n: int
) -> NDArray[np.float64]:
    """P(X < reach) for X ~ Bin(n, rate), shape (rates, rows)."""
    if n > _LOPSIDED * reach.size:
        inside = np.clip(reach, 1, n)
        below = betaincc(inside, n - inside + 1, rate[:, None])
        below = np.where(reach > n, 1.0, np.where(reach < 1, 0.0, below))
        return np.asarray(below, dtype=np.float64)
    at_most = np.cumsum(binomial_law(rate, rest, n), axis=1)
    return np.concatenate((np.zeros((rate.size, 1)), at_most), axis=1)[:, reach]
