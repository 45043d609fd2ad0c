"""Gold labels needed where a judge labels everything: planning of rectified means."""

import math

from pytest_evalgate.stats.power import MOST, t_power


def ppi_standard_error(n: float, total: float, sd_gold: float, correlation: float) -> float:
    """Standard error of a rectified mean at the best weight of the judge.

    sd / sqrt(n) * sqrt(1 - correlation**2 * (1 - n / total)): a judge of correlation .7 is worth
    at most twice the gold labels.

    Args:
        n: Gold units.
        total: All units, gold and not.
        sd_gold: Standard deviation of the gold label, or of the paired difference of two.
        correlation: Between gold label and judge, in [0, 1); below 0 counts as 0.

    Source:
        Angelopoulos, Duchi and Zrnic (2023), section 6.
    """
    kept = 1.0 - max(correlation, 0.0) ** 2 * (1.0 - n / total)
    return sd_gold * math.sqrt(kept / n)


def gold_needed(
    distance: float,
    sd_gold: float,
    correlation: float,
    total: int,
    *,
    alpha: float,
    power: float,
) -> int | None:
    """Gold units to show an effect ``distance`` beyond its limit; None if all would not do.

    Args:
        distance: How far the true effect lies beyond the limit, > 0.
        sd_gold: As ``ppi_standard_error``.
        correlation: As ``ppi_standard_error``.
        total: All units, gold and not; at least 2 of them stay without gold.
        alpha: One-sided level.
        power: Power asked for.
    """
    low, high = 1, min(total - 2, MOST)
    if not distance > 0.0 or not 0.0 <= abs(correlation) < 1.0 or high < 2:
        return None

    def is_enough(n: int) -> bool:
        error = ppi_standard_error(n, total, sd_gold, correlation)
        return (t_power(distance, error, n - 1.0, alpha) or 0.0) >= power

    if not is_enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
