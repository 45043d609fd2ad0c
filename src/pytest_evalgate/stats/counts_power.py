"""Power of the tests of success rates: exact where the counts are few, normal where they are many.

A power is the probability that a difference of rates is shown to lie beyond its limit. Nothing
here raises: a question without an answer is answered by None, as throughout ``power``.
"""

import math
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln, ndtr, ndtri, xlog1py, xlogy

from pytest_evalgate.stats.pairs import tango_variance, tango_z_table
from pytest_evalgate.stats.restricted import restricted_rates, score_z_table
from pytest_evalgate.stats.unconditional import boschloo_region


_Counts = NDArray[np.float64]
_FEW_TABLES = 4_000
_MANY = 300.0  # expected discordant pairs from which the normal law answers


class PairedTest(StrEnum):
    """How pairs of binary values are judged."""

    EXACT = "exact"  # McNemar's exact test at 0, Tango's score test elsewhere
    MIDP = "midp"  # the same with McNemar's mid-p
    ADDED = "added"  # Bonett and Price: one pair added to each side


def paired_binary_power(
    psi: float,
    effect: float,
    limit: float,
    n: float,
    alpha: float,
    *,
    test: PairedTest = PairedTest.EXACT,
) -> float | None:
    """Probability that n pairs show a difference above ``limit``.

    For a claim of a difference below, turn both signs.

    Args:
        psi: Share of discordant pairs; raised to |effect|, which it cannot lie below.
        effect: True difference of the rates, in [-1, 1].
        limit: Difference to clear.
        n: Pairs; rounded.
        alpha: One-sided level.
        test: How the pairs are judged.

    Source:
        Connor (1987) for many discordant pairs; below 300 the multinomial law itself.
    """
    pairs = round(n)
    is_sound = 0.0 <= psi <= 1.0 and abs(effect) <= 1.0 and abs(limit) < 1.0
    if not (is_sound and pairs >= 1 and 0.0 < alpha < 1.0):
        return None
    psi = max(psi, abs(effect))
    won, lost = (psi + effect) / 2.0, (psi - effect) / 2.0
    if psi * pairs > _MANY:
        return _normal_power(won, lost, limit, pairs, alpha)
    mean = psi * pairs
    top = min(pairs, math.ceil(mean + 8.0 * math.sqrt(mean) + 12.0))
    least = _least_won(pairs, limit, alpha, top, test)
    losses = np.arange(top + 1.0)
    chance = _binomial(losses, pairs, lost)
    rest = pairs - losses
    given = min(1.0, won / (1.0 - lost)) if lost < 1.0 else 0.0
    return min(1.0, float((chance * _at_least(least, rest, given)).sum()))


def _normal_power(won: float, lost: float, limit: float, n: int, alpha: float) -> float:
    effect, psi = won - lost, won + lost
    null = math.sqrt(tango_variance(won, lost, 1.0, difference=limit))
    true = math.sqrt(max(psi - effect**2, 0.0))
    gap = math.sqrt(n) * (effect - limit) + float(ndtri(alpha)) * null
    if true == 0.0:
        return 1.0 if gap > 0.0 else 0.0
    return float(ndtr(gap / true))


def _binomial(k: _Counts, n: int, rate: float) -> _Counts:
    ways = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return np.asarray(np.exp(ways + xlogy(k, rate) + xlog1py(n - k, -rate)), dtype=np.float64)


def _at_least(count: _Counts, n: _Counts, rate: float) -> _Counts:
    """P(X >= count) for X ~ Bin(n, rate), elementwise; 0 for a count above n."""
    inside = np.clip(count, 1.0, np.maximum(n, 1.0))
    tail = betainc(inside, n - inside + 1.0, rate)
    return np.asarray(np.where(count > n, 0.0, np.where(count < 1.0, 1.0, tail)), dtype=np.float64)


@lru_cache(maxsize=256)
def _least_won(n: int, limit: float, alpha: float, top: int, test: PairedTest) -> _Counts:
    """Smallest number of pairs won that is shown, for 0, 1, ..., ``top`` lost; n + 1 for none."""
    lost = np.arange(top + 1.0)
    low, high = np.full_like(lost, -1.0), n - lost + 1.0
    while (high - low > 1.0).any():
        middle = np.floor((low + high) / 2.0)
        is_shown = _is_shown(middle, lost, n, limit, alpha, test)
        low, high = np.where(is_shown, low, middle), np.where(is_shown, middle, high)
    return np.where(high > n - lost, n + 1.0, high)


def _is_shown(
    won: _Counts, lost: _Counts, n: int, limit: float, alpha: float, test: PairedTest
) -> NDArray[np.bool_]:
    if test is PairedTest.ADDED:
        centre, share = (won - lost) / (n + 2.0), (won + lost + 2.0) / (n + 2.0)
        error = np.sqrt((share - centre**2) / (n + 2.0))
        return np.asarray(ndtr((limit - centre) / error) < alpha)
    is_shown = ndtr(-tango_z_table(won, lost, n, difference=limit)) < alpha
    if limit >= 0.0:  # the exact test at 0 decides too
        total = won + lost
        exact = _at_least(won, total, 0.5)
        if test is PairedTest.MIDP:
            exact = (exact + _at_least(won + 1.0, total, 0.5)) / 2.0
        is_shown &= exact < alpha
    return np.asarray(is_shown, dtype=np.bool_)


def two_proportions_power(
    p1: float,
    p2: float,
    limit: float,
    sizes: tuple[float, float],
    alpha: float,
    *,
    is_exact: bool = False,
) -> float | None:
    """Probability that two independent arms show p1 - p2 above ``limit``.

    For a claim of a difference below, turn the arms and the sign of the limit.

    Args:
        p1: True rate of the first arm.
        p2: True rate of the second arm.
        limit: Difference to clear.
        sizes: Units of both arms.
        alpha: One-sided level.
        is_exact: Enumerate all tables, where they are few; else by the normal law.

    Source:
        Farrington and Manning (1990), Statistics in Medicine 9(12), 1447-1454.
    """
    n1, n2 = sizes
    is_sound = 0.0 <= p1 <= 1.0 and 0.0 <= p2 <= 1.0 and abs(limit) < 1.0 and min(sizes) >= 1.0
    if not (is_sound and 0.0 < alpha < 1.0):
        return None
    counts = round(n1), round(n2)
    if is_exact and (counts[0] + 1) * (counts[1] + 1) <= _FEW_TABLES:
        return _exact_power(p1, p2, _shown_tables(*counts, limit, alpha))
    null1, null2 = restricted_rates(p1 * n1, n1, p2 * n2, n2, difference=limit)
    null = math.sqrt(max(null1 * (1.0 - null1) / n1 + null2 * (1.0 - null2) / n2, 0.0))
    true = math.sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2)
    gap = p1 - p2 - limit + float(ndtri(alpha)) * null
    if true == 0.0:
        return 1.0 if gap > 0.0 else 0.0
    return float(ndtr(gap / true))


def _exact_power(p1: float, p2: float, is_shown: NDArray[np.bool_]) -> float:
    n1, n2 = is_shown.shape[0] - 1, is_shown.shape[1] - 1
    first = _binomial(np.arange(n1 + 1.0), n1, p1)
    second = _binomial(np.arange(n2 + 1.0), n2, p2)
    return min(1.0, float(first @ is_shown @ second))


@lru_cache(maxsize=64)
def _shown_tables(n1: int, n2: int, limit: float, alpha: float) -> NDArray[np.bool_]:
    """Whether ``TwoProportions`` shows a difference above ``limit``, shape (n1 + 1, n2 + 1)."""
    is_shown = ndtr(-score_z_table(n1, n2, difference=limit)) < alpha
    if limit >= 0.0:  # Boschloo's exact test at 0 decides too
        is_shown &= boschloo_region(n1, n2, alpha)
    return np.asarray(is_shown, dtype=np.bool_)
