"""Quantiles as weighted sums of all order statistics (Harrell and Davis), and their errors."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values


_REACH: Final = 12.0
_REST: Final = 60
"""Ranks further than 12 standard deviations and 60 ranks from the quantile weigh below 1e-16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarrellDavis:
    """A quantile and its standard error; both in the unit of the values.

    ``standard_error`` is None for fewer than two values.
    """

    estimate: float
    standard_error: float | None


def harrell_davis(values: ArrayLike, p: float) -> HarrellDavis:
    """Estimate a quantile by all order statistics, with its jackknife standard error.

    A smooth number to show beside a quantile, more precise than one order statistic where the
    density is smooth. One far outlier moves it and its error, so no gate is judged by it.

    Args:
        values: One value a unit, shape (n,), in any order.
        p: Which quantile, in (0, 1).

    Raises:
        UndefinedTestError: No values, not finite or above 1e150, or p not in (0, 1).

    Source:
        Harrell and Davis (1982), Biometrika 69(3), 635-640.
        R: Hmisc::hdquantile(values, p, se = TRUE).
    """
    require_quantile(p)
    array = np.sort(finite_values(values))
    middle = float(array[array.size // 2])  # counted from it, large offsets keep their digits
    shifted = array - middle
    weights = beta_weights(array.size, p, size=array.size)
    estimate = middle + float(shifted @ weights)
    return HarrellDavis(estimate=estimate, standard_error=_jackknife_error(shifted, p))


def beta_weights(n: int, p: float, *, size: int) -> NDArray[np.float64]:
    """Weights of n order statistics, shape (n,): increments of a beta law, summing to 1.

    Args:
        n: Number of order statistics.
        p: Which quantile, in (0, 1).
        size: Number of values m in the law's shapes, (m + 1) p and (m + 1) (1 - p).
    """
    centre, sd = n * p, math.sqrt(n * p * (1.0 - p))
    low = max(0, math.floor(centre - _REACH * sd) - _REST)
    high = min(n, math.ceil(centre + _REACH * sd) + _REST)
    steps = np.arange(low, high + 1) / n
    heights = betainc((size + 1) * p, (size + 1) * (1.0 - p), steps)
    heights[0], heights[-1] = 0.0, 1.0
    weights = np.zeros(n)
    weights[low:high] = np.diff(heights)
    return weights


def require_quantile(p: float) -> None:
    """Refuse what is no quantile.

    Raises:
        UndefinedTestError: p is not in (0, 1).
    """
    if not 0.0 < p < 1.0:
        raise UndefinedTestError(f"a quantile must lie in (0, 1), got {p}")


def _jackknife_error(ascending: NDArray[np.float64], p: float) -> float | None:
    """Spread of the n estimates without one value each, by two running sums.

    The weights of n - 1 values keep the shapes of n, as in Hmisc.
    """
    n = ascending.size
    if n < 2:
        return None
    weights = beta_weights(n - 1, p, size=n)
    before = np.concatenate(([0.0], np.cumsum(ascending[:-1] * weights)))
    after = np.concatenate((np.cumsum((ascending[1:] * weights)[::-1])[::-1], [0.0]))
    without = before + after
    deviations = without - without.mean()
    return math.sqrt((n - 1) / n * float(np.square(deviations).sum()))
