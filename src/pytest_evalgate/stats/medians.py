"""The difference of two medians, each with an error from two of its order statistics."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import finite_values, require_spread
from pytest_evalgate.stats.proportions import binomial_p_less


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    """A median, and the order statistics its standard error is taken from.

    ``rank`` counts from 1: the error comes from the rank-th smallest and rank-th largest value.
    """

    estimate: float
    standard_error: float
    rank: int


def median_with_error(values: ArrayLike) -> Median:
    """Estimate a median and its standard error without assuming a law.

    Args:
        values: One value a unit, shape (n,), n >= 2.

    Raises:
        UndefinedTestError: n < 2, not finite, or above 1e150.

    Source:
        Price and Bonett (2001), J Stat Comput Simul 68(3), 295-305, with
        rank = round((n + 1) / 2 - sqrt(n)), halves to even, at least 1.
    """
    array = np.sort(finite_values(values, at_least=2))
    n = array.size
    rank = max(1, round((n + 1) / 2 - math.sqrt(n)))
    z = -float(ndtri(binomial_p_less(rank - 1, n, 0.5)))
    width = float(array[n - rank] - array[rank - 1])
    lower, upper = float(array[(n - 1) // 2]), float(array[n // 2])
    return Median(estimate=lower + (upper - lower) / 2, standard_error=width / (2 * z), rank=rank)


def median_difference(candidate: ArrayLike, baseline: ArrayLike) -> StudentT:
    """Judge median(candidate) - median(baseline) of independent samples by a normal law.

    H0 for ``p_greater(limit)``: median(candidate) - median(baseline) <= limit.

    Args:
        candidate: One value a unit, shape (n,), n >= 2.
        baseline: Other units, shape (m,), m >= 2.

    Raises:
        UndefinedTestError: An arm has n < 2, a value not finite or above 1e150, values that do
            not vary, or so many ties about its median that its error is 0.

    Source:
        Bonett and Price (2002), Psychological Methods 7(3), 370-383.
    """
    parts: list[Median] = []
    for values, what in ((candidate, "candidate values"), (baseline, "baseline values")):
        array = finite_values(values, what=what, at_least=2)
        require_spread(array, size=float(np.abs(array).max()), what=what)
        part = median_with_error(array)
        if part.standard_error == 0.0:
            raise UndefinedTestError(
                f"the {what} about the median all equal {part.estimate:g}, so its error is 0",
                hint="judge the quantile by order statistics, or record values less rounded",
            )
        parts.append(part)
    first, second = parts
    return StudentT(
        estimate=first.estimate - second.estimate,
        standard_error=math.hypot(first.standard_error, second.standard_error),
        df=None,
    )
