"""Boschloo's exact unconditional test of two independent proportions."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

from pytest_evalgate.stats.inversion import whole_number


# Tables whose Fisher p equals the observed one but for rounding count as at least as extreme.
_TIE = 1e-9
# Angles of the first grid over the nuisance parameter p = sin(angle)**2, on which a binomial
# has the same width everywhere: about 1 / sqrt(n1 + n2), many steps of this grid.
_ANGLES = 513
_PEAKS = 4  # local maxima that are refined
_ZOOMS = 5  # each narrows the step of the grid twelvefold


def boschloo_greater(x1: int, n1: int, x2: int, n2: int) -> float:
    """Exact one-sided p of H0: p1 <= p2 against H1: p1 > p2.

    Tables are ordered by their one-sided Fisher p; the p-value is the largest probability, over
    the common success rate, of a table at least as extreme as the one observed.

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
    _check(x1, n1, x2, n2)
    fisher = _fisher_greater_table(n1, n2)
    is_extreme = fisher <= fisher[x1, x2] * (1.0 + _TIE)
    if is_extreme.all():
        return 1.0
    # In each row the extreme tables are those with the fewest successes in the second arm.
    reach = is_extreme.sum(axis=1)
    return min(1.0, _supremum(reach, n1, n2))


def fisher_greater(x1: int, n1: int, x2: int, n2: int) -> float:
    """One-sided p of Fisher's exact test of H0: p1 <= p2, given the total of successes.

    Source:
        scipy.stats.fisher_exact([[x1, x2], [n1 - x1, n2 - x2]], alternative="greater").
    """
    _check(x1, n1, x2, n2)
    return min(1.0, float(_fisher_greater_table(n1, n2)[x1, x2]))


def _check(x1: int, n1: int, x2: int, n2: int) -> None:
    whole_number(n1, "the number of units of the first arm", low=1)
    whole_number(n2, "the number of units of the second arm", low=1)
    whole_number(x1, "the number of successes of the first arm", low=0, high=n1)
    whole_number(x2, "the number of successes of the second arm", low=0, high=n2)


def _fisher_greater_table(n1: int, n2: int) -> NDArray[np.float64]:
    """Fisher p of every table, shape (n1 + 1, n2 + 1), first axis the successes of arm one."""
    total = np.arange(n1 + n2 + 1)[:, None]
    first = np.arange(n1 + 1)[None, :]
    second = total - first
    is_table = (second >= 0) & (second <= n2)
    log_ways = _log_choose(n1)[first] + _log_choose(n2)[np.clip(second, 0, n2)]
    log_all = _log_choose(n1 + n2)[total]
    probability = np.where(is_table, np.exp(log_ways - log_all), 0.0)
    # Summed from the far end: the small terms first, and no 1 - p.
    tail = np.cumsum(probability[:, ::-1], axis=1)[:, ::-1]
    x1, x2 = np.indices((n1 + 1, n2 + 1))
    return np.asarray(tail[x1 + x2, x1], dtype=np.float64)


def _supremum(reach: NDArray[np.int_], n1: int, n2: int) -> float:
    """Largest probability of the extreme tables over the common rate.

    Args:
        reach: Number of extreme tables for each count of successes in arm one, shape (n1 + 1,).
        n1: Units of the first arm.
        n2: Units of the second arm.
    """
    angles = np.linspace(0.0, np.pi / 2, _ANGLES)
    height = _probability(angles, reach, n1, n2)
    padded = np.concatenate(([-np.inf], height, [-np.inf]))
    is_peak = (height >= padded[:-2]) & (height >= padded[2:])
    peaks = angles[is_peak][np.argsort(height[is_peak])[-_PEAKS:]]
    best = float(height.max())
    step = angles[1]
    for _ in range(_ZOOMS):
        near = peaks[:, None] + np.linspace(-step, step, 25)[None, :]
        near = np.clip(near, 0.0, np.pi / 2)
        height = _probability(near.ravel(), reach, n1, n2).reshape(near.shape)
        best = max(best, float(height.max()))
        peaks = np.take_along_axis(near, height.argmax(axis=1)[:, None], axis=1)[:, 0]
        step /= 12.0
    return best


def _probability(
    angles: NDArray[np.float64], reach: NDArray[np.int_], n1: int, n2: int
) -> NDArray[np.float64]:
    """Probability of the extreme tables at each rate sin(angle)**2."""
    rate = np.sin(angles) ** 2
    at_most = np.cumsum(_binomial(rate, n2), axis=1)
    at_most = np.concatenate((np.zeros((rate.size, 1)), at_most), axis=1)
    return np.asarray(np.sum(_binomial(rate, n1) * at_most[:, reach], axis=1), dtype=np.float64)


def _binomial(rate: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Binomial probabilities, shape (rates, n + 1)."""
    k = np.arange(n + 1)[None, :]
    log_odds = xlogy(k, rate[:, None]) + xlog1py(n - k, -rate[:, None])
    return np.asarray(np.exp(_log_choose(n)[None, :] + log_odds), dtype=np.float64)


def _log_choose(n: int) -> NDArray[np.float64]:
    k = np.arange(n + 1)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)
