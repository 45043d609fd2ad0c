"""Statistics of a set of units as means: pseudo-values, to be judged like any other values.

A pseudo-value tells what one unit contributes to a statistic of all of them (F1, average
precision, a ratio of sums). They are the jackknife's, (n - 1) times what leaving the unit out
takes away, moved so that their mean is the statistic exactly. Their variance over n is the
jackknife's variance of the statistic, so t tests, clusters and crossed runs apply unchanged.

The jackknife leaves units out; the derivative (infinitesimal jackknife) does not, is equal for
many units, and promotes up to twice as often by mistake where a few units decide.
"""

import numpy as np
from numpy.typing import NDArray


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
