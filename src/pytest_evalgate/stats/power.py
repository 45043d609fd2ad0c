"""How many units would decide, and which effect these could have shown.

A distance is how far the true effect lies beyond the limit, on the side that is claimed; only a
positive one can be shown. Levels are one-sided. Nothing here raises: a question without an
answer (no spread, no distance, more than ``MOST`` units) is answered by None.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, chdtr, nctdtr, ndtr, ndtri, stdtrit

from pytest_evalgate.stats.pairs import tango_variance
from pytest_evalgate.stats.restricted import restricted_rates


MOST = 10**7  # units or runs that a plan may ask for
_NORMAL_DF = 1e6  # from here on t and the normal law differ by less than 1e-6
_TOOTHED = 10**5  # up to this many units the teeth of the binomial's power are looked at


def z_sum(alpha: float, power: float) -> float:
    """Normal quantiles of 1 - alpha and of the power: effects in standard errors to plan for."""
    return float(ndtri(power) - ndtri(alpha))


def t_power(
    effect: float, standard_error: float, df: float, alpha: float, *, stretch: float = 1.0
) -> float | None:
    """Probability that a one-sided t test shows an effect that lies ``effect`` beyond its limit.

    Args:
        effect: How far the truth lies beyond the limit; below 0 it lies short of it.
        standard_error: At the truth.
        df: Degrees of freedom; from a million on the normal law.
        alpha: One-sided level.
        stretch: The standard error that the test uses, over the true one: not 1 for a score test,
            whose error is that at the limit.

    Source:
        R: power.t.test(alternative = "one.sided").
    """
    is_sound = _are_positive(standard_error, df, stretch) and math.isfinite(effect)
    if not (is_sound and _is_level(alpha)):
        return None
    return _noncentral_power(effect / standard_error, df, alpha, stretch=stretch)


def t_mde(standard_error: float, df: float, alpha: float, power: float) -> float | None:
    """Distance from the limit at which a one-sided t test has the power asked for."""
    if not (_are_positive(standard_error, df) and _is_level(alpha) and _is_level(power)):
        return None
    low, high = 0.0, 1.0
    while _noncentral_power(high, df, alpha) < power:
        low, high = high, 2.0 * high
        if high > 1e12:
            return None
    for _ in range(100):
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        if _noncentral_power(middle, df, alpha) < power:
            low = middle
        else:
            high = middle
    return high * standard_error


def t_needed(distance: float, sd_unit: float, alpha: float, power: float) -> int | None:
    """Smallest number of units, or pairs, with the power asked for; t with n - 1 df."""
    if not (_are_positive(distance, sd_unit) and _is_level(alpha) and _is_level(power)):
        return None
    return _smallest(
        lambda n: _noncentral_power(distance / sd_unit * math.sqrt(n), n - 1, alpha) >= power
    )


def t_needed_two(
    distance: float,
    sd_candidate: float,
    sd_baseline: float,
    alpha: float,
    power: float,
    *,
    ratio: float = 1.0,
) -> int | None:
    """Smallest number of the candidate's units with the power asked for; Welch's df.

    The baseline has ``ratio`` times as many, rounded up, and at least 2: as many by default.
    """
    spread = math.hypot(sd_candidate, sd_baseline)
    if min(sd_candidate, sd_baseline) < 0.0 or not _are_positive(distance, spread, ratio):
        return None
    if not (_is_level(alpha) and _is_level(power)):
        return None
    share, rest = (sd_candidate / spread) ** 2, (sd_baseline / spread) ** 2

    def is_enough(n: int) -> bool:
        m = max(2, math.ceil(ratio * n - 1e-9))
        square, noise = share / n + rest / m, share**2 / (n - 1) / n**2 + rest**2 / (m - 1) / m**2
        return (
            _noncentral_power(distance / spread / math.sqrt(square), square**2 / noise, alpha)
            >= power
        )

    return _smallest(is_enough)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossedNeed:
    """How many runs, or units, or how many times both, would decide; None where none would."""

    runs: int | None = None  # with the units at hand
    units: int | None = None  # with the runs at hand
    times: int | None = None  # this many times the runs and the units at hand


def crossed_needed(  # noqa: PLR0913, PLR0917  # a crossed design has three variances and two sizes
    distance: float,
    var_run: float,
    var_unit: float,
    var_residual: float,
    runs: int,
    units: int,
    alpha: float,
    power: float,
) -> CrossedNeed:
    """Runs needed with these units, and units needed with these runs, in a crossed design.

    The variances are those of one cell's difference: of the runs, of the units, and the rest.
    More units cannot go below var_run / runs, nor more runs below var_unit / units: then None,
    and only more of both would do.

    Source:
        Cornfield and Tukey (1956); Satterthwaite (1946).
    """
    variances = (var_run, var_unit, var_residual)
    is_sound = min(variances) >= 0.0 and _are_positive(distance, sum(variances))
    if not (is_sound and min(runs, units) >= 2 and _is_level(alpha) and _is_level(power)):
        return CrossedNeed()

    size = math.fsum(variances)  # as shares: their squares must not overflow
    distance /= math.sqrt(size)
    var_run, var_unit, var_residual = (variance / size for variance in variances)

    def is_enough(r: int, u: int) -> bool:
        by_run, by_unit = var_residual + u * var_run, var_residual + r * var_unit
        mean_square = by_run + by_unit - var_residual
        noise = by_run**2 / (r - 1) + by_unit**2 / (u - 1) + var_residual**2 / ((r - 1) * (u - 1))
        df = max(1.0, mean_square**2 / noise)
        shift = distance / math.sqrt(mean_square / (r * u))
        return _noncentral_power(shift, df, alpha) >= power

    return CrossedNeed(
        runs=_smallest(lambda r: is_enough(r, units)),
        units=_smallest(lambda u: is_enough(runs, u)),
        times=_smallest(lambda k: is_enough(k * runs, k * units)),
    )


def paired_binary_needed(
    psi: float, effect: float, limit: float, alpha: float, power: float
) -> int | None:
    """Pairs needed to show that a paired difference lies on its true side of ``limit``.

    Connor's formula, whose null variance at a limit other than 0 is that of Tango's test: with
    psi - effect**2 in its place it promises a power of .80 where it is .21 (psi .01, margin .03).

    Args:
        psi: Share of discordant pairs, at least |effect|.
        effect: True difference.
        limit: The difference to clear: 0, or a margin.
        alpha: One-sided level.
        power: Power asked for.

    Source:
        Connor (1987), Biometrics 43(1), 207-211; Tango (1998).
    """
    is_sound = abs(effect) <= psi <= 1.0 and -1.0 < limit < 1.0
    if not (is_sound and _is_level(alpha) and _is_level(power)):
        return None
    if effect < limit:
        effect, limit = -effect, -limit
    b, c = (psi + effect) / 2.0, (psi - effect) / 2.0
    null = tango_variance(b, c, 1.0, difference=limit)
    n = _score_needed(effect - limit, null, psi - effect**2, alpha, power)
    # From 0 on McNemar's test decides too, and needs that many discordant pairs.
    return n if n is None or limit < 0.0 else max(n, sign_flip_min_n(alpha) or n)


def two_proportions_needed(
    p1: float, p2: float, limit: float, alpha: float, power: float
) -> int | None:
    """Units per arm needed to show that p1 - p2 lies on its true side of ``limit``.

    Source:
        Farrington and Manning (1990), Statistics in Medicine 9(12), 1447-1454.
    """
    is_sound = 0.0 <= p1 <= 1.0 and 0.0 <= p2 <= 1.0 and -1.0 < limit < 1.0
    if not (is_sound and _is_level(alpha) and _is_level(power)):
        return None
    null1, null2 = restricted_rates(p1, 1.0, p2, 1.0, difference=limit)
    null = null1 * (1.0 - null1) + null2 * (1.0 - null2)
    true = p1 * (1.0 - p1) + p2 * (1.0 - p2)
    return _score_needed(abs(p1 - p2 - limit), null, true, alpha, power)


def binomial_power(
    n: int,
    p_true: float,
    p0: float,
    alpha: float,
    greater: bool,  # noqa: FBT001
) -> float | None:
    """Probability that the exact test of n units shows a rate beyond p0."""
    is_sound = n >= 1 and 0.0 <= p_true <= 1.0 and 0.0 <= p0 <= 1.0 and _is_level(alpha)
    if not is_sound:
        return None
    if not greater:  # few successes are many failures
        p_true, p0 = 1.0 - p_true, 1.0 - p0
    return float(_powers(np.array([n]), p_true, p0, alpha)[0])


def binomial_needed(
    p_true: float,
    p0: float,
    alpha: float,
    power: float,
    greater: bool,  # noqa: FBT001
) -> int | None:
    """Units from which the exact test keeps the power asked for.

    Its power is saw-toothed: the first n that has it can lie well below. Above 100 000 units
    the teeth are too small to see and the normal formula answers.

    Source:
        Chernick and Liu (2002), The American Statistician 56(2), 149-155.
    """
    if not greater:
        p_true, p0 = 1.0 - p_true, 1.0 - p0
    if not (0.0 <= p0 < p_true <= 1.0 and _is_level(alpha) and _is_level(power)):
        return None
    guess = _score_needed(p_true - p0, p0 * (1.0 - p0), p_true * (1.0 - p_true), alpha, power)
    if guess is None or guess > _TOOTHED:
        return guess
    end = int(1.3 * guess + 20.0 / max(min(p0, 1.0 - p0), 1e-4)) + 50
    n = np.arange(1, end + 1)
    lacking = np.flatnonzero(_powers(n, p_true, p0, alpha) < power)
    return int(n[lacking[-1]]) + 1 if lacking.size else 1


def binomial_min_n(limit: float, alpha: float, greater: bool) -> int | None:  # noqa: FBT001
    """Smallest n of the exact binomial test that can ever pass: all, or no, successes."""
    return _smallest_power(limit if greater else 1.0 - limit, alpha)


def sign_flip_min_n(alpha: float) -> int | None:
    """Smallest number of pairs (or discordant pairs, or clusters) that sign flips can reject."""
    return _smallest_power(0.5, alpha)


def quantile_min_n(p: float, alpha: float, *, greater: bool = False) -> int | None:
    """Smallest n that can show the p-quantile below a limit, or above it."""
    return _smallest_power(1.0 - p if greater else p, alpha)


def binomial_min_pvalue(n: int, limit: float, *, greater: bool) -> float:
    """Smallest p that n units can give against a success rate of ``limit``."""
    return float((limit if greater else 1.0 - limit) ** n)


def sign_flip_min_pvalue(n: int) -> float:
    """Smallest p of n pairs by sign flips, or of n discordant pairs by McNemar's test."""
    return 0.5**n


def _are_positive(*numbers: float) -> bool:
    return all(0.0 < number < math.inf for number in numbers)


def _is_level(number: float) -> bool:
    return 0.0 < number < 1.0


def _noncentral_power(shift: float, df: float, alpha: float, *, stretch: float = 1.0) -> float:
    """P(T > critical value) for T noncentral t with ``df`` and noncentrality ``shift``."""
    if df >= _NORMAL_DF:
        return float(ndtr(shift + stretch * ndtri(alpha)))
    critical = -float(stdtrit(df, alpha)) * stretch
    below = float(nctdtr(df, shift, critical))
    if math.isnan(below):  # beyond |shift| 37 the series gives up; the normal part is 1 there
        return float(chdtr(df, df * min(shift / critical, 1e9) ** 2)) if shift > 0.0 else 0.0
    return min(1.0, max(0.0, 1.0 - below))


def _smallest(is_enough: Callable[[int], bool]) -> int | None:
    """Smallest n in 2..MOST for which a monotone condition holds."""
    low, high = 1, 2
    while not is_enough(high):
        if high == MOST:
            return None
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle
    return high


def _smallest_power(base: float, alpha: float) -> int | None:
    """Smallest n >= 1 with base**n < alpha."""
    if not (0.0 <= base < 1.0 and _is_level(alpha)):
        return None
    if base < alpha:
        return 1
    n = max(1, math.floor(math.log(alpha) / math.log(base)) - 1)
    while base**n >= alpha:  # two or three steps: the logarithms are off by rounding only
        n += 1
    return n if n <= MOST else None


def _score_needed(
    distance: float, null: float, true: float, alpha: float, power: float
) -> int | None:
    """Sample size of a normal test whose variance differs between limit and truth."""
    if distance <= 0.0:
        return None
    root = -ndtri(alpha) * math.sqrt(max(null, 0.0)) + ndtri(power) * math.sqrt(max(true, 0.0))
    ratio = max(root, 0.0) / distance
    return max(1, math.ceil(ratio**2)) if ratio <= math.sqrt(MOST) else None


def _powers(n: NDArray[np.int_], p_true: float, p0: float, alpha: float) -> NDArray[np.float64]:
    """Power of the exact test of H0: rate <= p0 at each n, shape (n,)."""
    spread = np.sqrt(n * p0 * (1.0 - p0))
    critical = np.clip(np.rint(n * p0 - ndtri(alpha) * spread), 0, n + 1)
    while (is_low := _upper_tail(critical, n, p0) >= alpha).any():
        critical[is_low] += 1
    while (is_high := _upper_tail(critical - 1, n, p0) < alpha).any():
        critical[is_high] -= 1
    return _upper_tail(critical, n, p_true)


def _upper_tail(
    count: NDArray[np.float64], n: NDArray[np.int_], rate: float
) -> NDArray[np.float64]:
    """P(X >= count) for X ~ Bin(n, rate), elementwise; 0 for a count of n + 1."""
    inside = np.clip(count, 1, n)
    tail = betainc(inside, n - inside + 1, rate)
    return np.asarray(np.where(count > n, 0.0, np.where(count < 1, 1.0, tail)), dtype=np.float64)
