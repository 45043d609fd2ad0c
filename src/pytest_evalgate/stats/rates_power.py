"""Exposure needed to judge rates of events, from the exact power of their exact tests."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammainc, gammaincc, gammaln

from pytest_evalgate.stats.power import z_sum
from pytest_evalgate.stats.rates import conditional_share


_MOST_EVENTS: Final = 1e6
_FINE: Final = 1e-3  # of the exposure found; power is saw-toothed below that


def rate_power(rate: float, limit: float, exposure: float, alpha: float) -> float | None:
    """Probability that a true ``rate`` is shown to lie on its own side of ``limit``.

    None where nothing can be shown: no exposure, a rate equal to its limit, no limit above 0.

    Source:
        R: sum of dpois over the counts that poisson.test(alternative = ...) rejects.
    """
    usable = min(rate, 0.0) == 0.0 and _is_positive(limit, exposure) and 0.0 < alpha < 1.0
    if not usable or rate == limit or max(rate, limit) * exposure > _MOST_EVENTS:
        return None
    null, true = limit * exposure, rate * exposure
    if rate < limit:
        most = _last(lambda k: bool(gammaincc(k + 1.0, null) < alpha), null)
        return float(gammaincc(most + 1.0, true)) if most >= 0 else 0.0
    top = null + 40.0 * math.sqrt(null) + 800.0
    least = 1 + _last(lambda k: k == 0 or bool(gammainc(k, null) >= alpha), top)
    return float(gammainc(least, true))


def ratio_power(
    rate1: float, rate2: float, limit: float, exposures: tuple[float, float], alpha: float
) -> float | None:
    """Probability that a true ratio rate1 / rate2 is shown to lie on its own side of ``limit``.

    The exact conditional test's power, averaged over the total number of events.
    """
    if not (_is_positive(rate2, limit, *exposures) and rate1 >= 0.0 and 0.0 < alpha < 1.0):
        return None
    mean1, mean2 = rate1 * exposures[0], rate2 * exposures[1]
    if rate1 == limit * rate2 or mean1 + mean2 > _MOST_EVENTS:
        return None
    null = conditional_share(limit, exposures[0] / exposures[1])
    true = mean1 / (mean1 + mean2)
    totals = _totals(mean1 + mean2)
    if true > null:  # count the second arm's events: a low count is what shows it
        null, true = 1.0 - null, 1.0 - true
    shown = _shown(totals, null, true, alpha)
    mean = mean1 + mean2
    weights = np.exp(totals * math.log(mean) - mean - gammaln(totals + 1.0))
    return min(1.0, float((weights * shown).sum()))


def rate_needed(rate: float, limit: float, alpha: float, power: float) -> float | None:
    """Exposure at which a true ``rate`` is shown to lie on its own side of ``limit``."""
    if not (_is_positive(limit) and rate >= 0.0) or rate == limit:
        return None
    start = z_sum(alpha, power) ** 2 * max(rate, limit) / (rate - limit) ** 2
    return _needed(lambda exposure: rate_power(rate, limit, exposure, alpha), power, start)


def ratio_needed(
    rate1: float, rate2: float, limit: float, alpha: float, power: float, *, ratio: float = 1.0
) -> float | None:
    """Exposure of the first arm at which a true ratio rate1 / rate2 is shown.

    Args:
        rate1: True rate of the first arm.
        rate2: True rate of the second arm, > 0.
        limit: Ratio held against.
        alpha: One-sided level.
        power: Power asked for.
        ratio: Exposure of the second arm over that of the first.
    """
    if not (_is_positive(rate2, limit, ratio) and rate1 >= 0.0) or rate1 == limit * rate2:
        return None
    distance = abs(rate1 - limit * rate2)
    spread = max(rate1, limit * rate2) + limit**2 * rate2 / ratio
    start = z_sum(alpha, power) ** 2 * spread / distance**2

    def reached(exposure: float) -> float | None:
        return ratio_power(rate1, rate2, limit, (exposure, ratio * exposure), alpha)

    return _needed(reached, power, start)


def _is_positive(*numbers: float) -> bool:
    return all(0.0 < number < math.inf for number in numbers)


def _last(is_kept: Callable[[float], bool], top: float) -> int:
    """Largest count in -1..top for which a condition holds that holds for all smaller ones."""
    low, high = -1, math.ceil(top) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if is_kept(middle):
            low = middle
        else:
            high = middle
    return low


def _totals(mean: float) -> NDArray[np.float64]:
    """Totals of events that hold all but about 1e-12 of a Poisson law."""
    low = max(0.0, math.floor(mean - 8.0 * math.sqrt(mean) - 8.0))
    high = math.ceil(mean + 8.0 * math.sqrt(mean) + 30.0)
    return np.arange(low, high + 1.0)


def _shown(
    totals: NDArray[np.float64], null: float, true: float, alpha: float
) -> NDArray[np.float64]:
    """Power given each total: P(X <= k) at ``true`` for the last k that rejects at ``null``."""
    low, high = np.full_like(totals, -1.0), totals + 0.0
    while (high - low > 1.0).any():
        middle = np.floor((low + high) / 2.0)
        is_rejected = _at_most(middle, totals, null) < alpha
        low, high = np.where(is_rejected, middle, low), np.where(is_rejected, high, middle)
    return np.where(low >= 0.0, _at_most(low, totals, true), 0.0)


def _at_most(k: NDArray[np.float64], n: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """P(X <= k) for X ~ Bin(n, share), 0 <= k < n; 0 for k of -1."""
    tail = betainc(np.maximum(n - k, 1.0), np.maximum(k, 0.0) + 1.0, 1.0 - share)
    return np.asarray(np.where(k < 0.0, 0.0, np.where(k >= n, 1.0, tail)), dtype=np.float64)


def _needed(reached: Callable[[float], float | None], power: float, start: float) -> float | None:
    """Smallest exposure found with the power asked for; a coarse walk, then bisection."""
    low, high = 0.0, start
    while (got := reached(high)) is not None and got < power:
        low, high = high, 1.5 * high
    if got is None:
        return None
    while low == 0.0:
        below = reached(high / 1.5)
        if below is None or below < power:
            low = high / 1.5
        else:
            high /= 1.5
    while high - low > _FINE * high:
        middle = (low + high) / 2.0
        got = reached(middle)
        low, high = (low, middle) if got is not None and got >= power else (middle, high)
    return high
