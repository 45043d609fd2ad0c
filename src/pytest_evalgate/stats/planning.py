"""Units needed where a one-sided t test is not what decides: equivalence, and sign flips.

Equivalence claims two sides at once. At a true difference of 0 each side is missed with half of
1 - power, so each is planned with ``each_side(power)``: Bonferroni's bound, and exact but for
the chance that a sample misses both sides, which matters below five units or so.
"""

import math

from pytest_evalgate.stats.power import (
    CrossedNeed,
    crossed_needed,
    paired_binary_needed,
    sign_flip_min_n,
    t_needed,
    t_needed_two,
    t_power,
    two_proportions_needed,
)


_COARSE = 50  # up to this many pairs the levels that sign flips can have are told apart


def each_side(power: float) -> float:
    """Power of each of two sides of a claim that together have ``power``, or more.

    Source:
        Phillips (1990), Journal of Pharmacokinetics and Biopharmaceutics 18(2), 137-144.
    """
    return 1.0 - (1.0 - power) / 2.0


def t_needed_equivalence(margin: float, sd_unit: float, alpha: float, power: float) -> int | None:
    """Units, or pairs, to show a true difference of 0 inside -margin..margin; each side t.

    Source:
        Schuirmann (1987). R: TOSTER::power_t_TOST(type = "paired"), which counts both misses.
    """
    return t_needed(margin, sd_unit, alpha, each_side(power))


def t_needed_two_equivalence(
    margin: float,
    sd_candidate: float,
    sd_baseline: float,
    alpha: float,
    power: float,
    *,
    ratio: float = 1.0,
) -> int | None:
    """Candidate's units to show a true difference of 0 inside -margin..margin; each side Welch."""
    return t_needed_two(margin, sd_candidate, sd_baseline, alpha, each_side(power), ratio=ratio)


def crossed_needed_equivalence(  # noqa: PLR0913, PLR0917  # as crossed_needed
    margin: float,
    var_run: float,
    var_unit: float,
    var_residual: float,
    runs: int,
    units: int,
    alpha: float,
    power: float,
) -> CrossedNeed:
    """Runs or units of a crossed design to show a true difference of 0 inside -margin..margin."""
    variances = (var_run, var_unit, var_residual)
    return crossed_needed(margin, *variances, runs, units, alpha, each_side(power))


def paired_binary_needed_equivalence(
    psi: float, margin: float, alpha: float, power: float
) -> int | None:
    """Pairs to show a true difference of 0 inside -margin..margin; each side Tango's test.

    Args:
        psi: Share of discordant pairs.
        margin: Largest difference that counts as none, in (0, 1).
        alpha: One-sided level of each side.
        power: Power asked for.
    """
    if not margin > 0.0:
        return None
    return paired_binary_needed(psi, 0.0, -margin, alpha, each_side(power))


def two_proportions_needed_equivalence(
    rate: float, margin: float, alpha: float, power: float
) -> int | None:
    """Units per arm to show two rates of ``rate`` less than ``margin`` apart; each side a score.

    With as many units in each arm the two sides mirror each other and need as many.
    """
    if not margin > 0.0:
        return None
    return two_proportions_needed(rate, rate, -margin, alpha, each_side(power))


def sign_flip_needed(distance: float, sd_unit: float, alpha: float, power: float) -> int | None:
    """Pairs with the power asked for by exact sign flips; never fewer than can pass at all.

    For normal differences sign flips are as powerful as t at the level that they really have:
    the largest multiple of 2^-n below ``alpha``.
    """
    plain = t_needed(distance, sd_unit, alpha, power)
    least = sign_flip_min_n(alpha)
    if plain is None or least is None:
        return None
    for n in range(max(plain, least, 2), _COARSE):
        level = (math.ceil(alpha * 2**n) - 1) / 2**n
        reached = t_power(distance, sd_unit / math.sqrt(n), n - 1, level)
        if reached is not None and reached >= power:
            return n
    return max(plain, least, _COARSE)
