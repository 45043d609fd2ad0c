"""Statistics of a set of units as means: pseudo-values, to be judged like any other values.

A pseudo-value tells what one unit contributes to a statistic of all of them (F1, average
precision, a ratio of sums). They are the jackknife's, (n - 1) times what leaving the unit out
takes away, moved so that their mean is the statistic exactly. Their variance over n is the
jackknife's variance of the statistic, so t tests, clusters and crossed runs apply unchanged.

The jackknife leaves units out; the derivative (infinitesimal jackknife) does not, is equal for
many units, and promotes up to twice as often by mistake where a few units decide.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values, magnitude, same_length, unit_of


def pseudo_values(statistic: float, leave_one_out: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give values with mean ``statistic`` whose variance over n is the jackknife's.

    Args:
        statistic: Of all n units.
        leave_one_out: The statistic without each unit, less ``statistic``, shape (n,).

    Source:
        Tukey (1958); Efron and Stein (1981), Ann Stat 9(3), 586-596.
    """
    taken_away = float(leave_one_out.mean()) - leave_one_out
    return statistic + (leave_one_out.size - 1) * taken_away


def ratio_of_sums(numerators: ArrayLike, denominators: ArrayLike) -> float:
    """Sum of the numerators over the sum of the denominators.

    Raises:
        UndefinedTestError: Not finite, lengths differ, a denominator below 0, or their sum 0.
    """
    top, bottom, unit = _parts(numerators, denominators)
    return float(top.sum() / bottom.sum()) * unit


def ratio_pseudo_values(numerators: ArrayLike, denominators: ArrayLike) -> NDArray[np.float64]:
    """Pseudo-values of a ratio of sums, shape (n,), in the ratio's unit.

    Without unit i the ratio T = A / B falls by (a_i - T b_i) / (B - b_i).

    Args:
        numerators: One a unit, shape (n,), n >= 2.
        denominators: Of the same units, not below 0, shape (n,).

    Raises:
        UndefinedTestError: As for ``ratio_of_sums``, or one unit holds the whole denominator.

    Source:
        Cochran (1977), Sampling Techniques, 6.4; R: boot::empinf(type = "jack").
    """
    top, bottom, unit = _parts(numerators, denominators)
    total = float(bottom.sum())
    ratio = float(top.sum()) / total
    without = total - bottom
    if top.size < 2 or float(without.min()) <= 1e-12 * total:
        raise UndefinedTestError(
            "one unit holds all that the ratio is taken over, so its spread cannot be judged",
            hint="evaluate more units that count in the denominator",
        )
    return pseudo_values(ratio, -(top - ratio * bottom) / without) * unit


def _parts(
    numerators: ArrayLike, denominators: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Both scaled by powers of two, and the factor that undoes it."""
    top = finite_values(numerators, what="numerators")
    bottom = finite_values(denominators, what="denominators")
    same_length(top, bottom.size, what="numerators and denominators")
    if float(bottom.min()) < 0.0:
        raise UndefinedTestError(f"a denominator must not be below 0, got {bottom.min():g}")
    if not bottom.any():
        raise UndefinedTestError(
            f"all {bottom.size} denominators are 0, so the ratio is undefined",
            hint="nothing to divide by: for precision no predicted, for recall no true positive",
        )
    unit_top, unit_bottom = unit_of(magnitude(top)), unit_of(magnitude(bottom))
    return top / unit_top, bottom / unit_bottom, unit_top / unit_bottom
