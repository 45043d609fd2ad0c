"""Intervals and tests of success rates as textbooks have them: printed or compared, never deciding.

Each has a better neighbour that decides: exact binomial, Miettinen and Nurminen, Boschloo.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import betaincinv, betaln, ndtr, ndtri, xlog1py, xlogy

from pytest_evalgate.stats.inversion import two_bounds
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.proportions import binomial_p_greater, binomial_p_less
from pytest_evalgate.stats.restricted import score_z


Interval = tuple[float, float]

_FUZZ = 1e-7  # R's: outcomes this much likelier than the observed one still count as no likelier


def wald(x: int, n: int, alpha: float) -> Interval:
    """Wald's interval of a share, each side at ``alpha``: of no width at 0 and n successes."""
    share = x / n
    half_width = _quantile(alpha) * math.sqrt(share * (1.0 - share) / n)
    return share - half_width, share + half_width


def wilson(x: int, n: int, alpha: float) -> Interval:
    """Wilson's score interval of a share, each side at ``alpha``.

    Source:
        Wilson (1927), JASA 22, 209-212. R: prop.test(x, n, correct = FALSE).
    """
    z = _quantile(alpha)
    centre, spread = x + z * z / 2.0, z * math.sqrt(x * (n - x) / n + z * z / 4.0)
    low = 0.0 if x == 0 else (centre - spread) / (n + z * z)
    return low, 1.0 if x == n else (centre + spread) / (n + z * z)


def agresti_coull(x: int, n: int, alpha: float) -> Interval:
    """Agresti and Coull's interval of a share, each side at ``alpha``; it may leave [0, 1].

    Source:
        Agresti and Coull (1998), The American Statistician 52(2), 119-126.
    """
    z = _quantile(alpha)
    more = n + z * z
    share = (x + z * z / 2.0) / more
    half_width = z * math.sqrt(share * (1.0 - share) / more)
    return share - half_width, share + half_width


def jeffreys(x: int, n: int, alpha: float) -> Interval:
    """Jeffreys's interval of a share, each side at ``alpha``; 0 at no success, 1 at n.

    Source:
        Brown, Cai and DasGupta (2001), Statistical Science 16(2), 101-133.
    """
    _quantile(alpha)
    low = float(betaincinv(x + 0.5, n - x + 0.5, alpha)) if x > 0 else 0.0
    high = 1.0 - float(betaincinv(n - x + 0.5, x + 0.5, alpha)) if x < n else 1.0
    return low, high


def binomial_two_sided(x: int, n: int, rate: float) -> float:
    """Two-sided exact p: the probability of all outcomes no likelier than the observed one.

    Source:
        R: binom.test(x, n, p = rate), with its tolerance for ties.
    """
    if rate in {0.0, 1.0}:
        return 1.0 if x == round(rate * n) else 0.0
    k = np.arange(n + 1.0)
    law = xlogy(k, rate) + xlog1py(n - k, -rate) - np.log(n + 1.0) - betaln(k + 1.0, n - k + 1.0)
    is_rarer = law <= law[x] + math.log1p(_FUZZ)
    if is_rarer.all():
        return 1.0
    first = int(np.argmin(is_rarer))  # the likelier outcomes are one run
    last = n - int(np.argmin(is_rarer[::-1]))
    return binomial_p_less(first - 1, n, rate) + binomial_p_greater(last + 1, n, rate)


def binomial_midp(x: int, n: int, rate: float, *, greater: bool = True) -> float:
    """One-sided mid-p of a share: the exact p less half the observed count's probability."""
    if greater:
        return 0.5 * (binomial_p_greater(x, n, rate) + binomial_p_greater(x + 1, n, rate))
    return 0.5 * (binomial_p_less(x, n, rate) + binomial_p_less(x - 1, n, rate))


def newcombe(x1: int, n1: int, x2: int, n2: int, alpha: float) -> Interval:
    """Newcombe's hybrid score interval of p1 - p2, each side at ``alpha``.

    Source:
        Newcombe (1998), Statistics in Medicine 17(8), 873-890, method 10.
    """
    p1, p2 = x1 / n1, x2 / n2
    (low1, high1), (low2, high2) = wilson(x1, n1, alpha), wilson(x2, n2, alpha)
    low = p1 - p2 - math.hypot(p1 - low1, high2 - p2)
    return low, p1 - p2 + math.hypot(high1 - p1, p2 - low2)


def wald_difference(x1: int, n1: int, x2: int, n2: int, alpha: float) -> Interval:
    """Wald's interval of p1 - p2, each side at ``alpha``, cut at -1 and 1.

    Source:
        R: prop.test(c(x1, x2), c(n1, n2), correct = FALSE).
    """
    p1, p2 = x1 / n1, x2 / n2
    half_width = _quantile(alpha) * math.sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2)
    return max(p1 - p2 - half_width, -1.0), min(p1 - p2 + half_width, 1.0)


def farrington_manning_z(x1: int, n1: int, x2: int, n2: int, difference: float) -> float:
    """Score z of p1 - p2 against ``difference``, without Miettinen's N / (N - 1).

    Source:
        Farrington and Manning (1990), Statistics in Medicine 9(12), 1447-1454; Mee (1984).
    """
    total = n1 + n2
    return score_z(x1, n1, x2, n2, difference=difference) * math.sqrt(total / (total - 1.0))


def mee(x1: int, n1: int, x2: int, n2: int, alpha: float) -> Interval:
    """Mee's interval of p1 - p2: the differences that Farrington and Manning do not reject."""
    return score_interval(lambda limit: farrington_manning_z(x1, n1, x2, n2, limit), alpha)


def miettinen_nurminen(x1: int, n1: int, x2: int, n2: int, alpha: float) -> Interval:
    """Miettinen and Nurminen's interval alone, without the exact test that decides at 0."""
    return score_interval(lambda limit: score_z(x1, n1, x2, n2, difference=limit), alpha)


def score_interval(statistic: Callable[[float], float], alpha: float) -> Interval:
    """Differences in [-1, 1] whose z lies within the normal quantiles of ``alpha``."""
    return two_bounds(
        lambda limit: 1.0 if limit >= 1.0 else float(ndtr(-statistic(limit))),
        lambda limit: 1.0 if limit <= -1.0 else float(ndtr(statistic(limit))),
        alpha,
        within=(-1.0, 1.0),
    )


def _quantile(alpha: float) -> float:
    require_alpha(alpha)
    return -float(ndtri(alpha))
