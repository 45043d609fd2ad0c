"""The bootstrap law of a quantile: binomial weights on the order statistics, no draws."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.convolution import GridLaw
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.moments import finite_values


WINDOW: Final = 7.5
"""Standard deviations of the rank that are kept on either side: all but 1e-13."""

POINTS: Final = 2**16
"""Points of the grid that a difference of two laws is formed on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderLaw:
    """Law of one order statistic of a resample.

    Args:
        points: Order statistics of the data, ascending, shape (w,).
        masses: Probability of each, shape (w,), sum 1.
    """

    points: NDArray[np.float64] = field(repr=False)
    masses: NDArray[np.float64] = field(repr=False)

    def at_most(self, value: float) -> float:
        """P(resampled quantile <= value)."""
        return float(self.masses[: np.searchsorted(self.points, value, side="right")].sum())

    def at_least(self, value: float) -> float:
        """P(resampled quantile >= value)."""
        return float(self.masses[np.searchsorted(self.points, value, side="left") :].sum())

    @property
    def mean(self) -> float:
        """Expectation of the resampled quantile."""
        return float(self.masses @ self.points)

    @property
    def variance(self) -> float:
        """Variance of the resampled quantile: Maritz and Jarrett's, for the median."""
        return float(self.masses @ np.square(self.points - self.mean))


def rank_masses(n: int, rank: int) -> tuple[int, NDArray[np.float64]]:
    """Probability that a resample's order statistic is each order statistic of the data.

    P(X*_(k) <= X_(j)) = P(Bin(n, j / n) >= k) = I_(j/n)(k, n - k + 1).

    Args:
        n: Units, and draws of a resample.
        rank: k, from 1 to n.

    Returns:
        Index from 0 of the first one kept, and the probabilities from there on, sum 1.

    Raises:
        UndefinedTestError: Not whole, or not 1 <= rank <= n.

    Source:
        Efron (1979), section 3; Maritz and Jarrett (1978), JASA 73, 194-196.
    """
    n = whole_number(n, "units", low=1)
    rank = whole_number(rank, "rank", low=1, high=n)
    room = WINDOW * math.sqrt(rank * (n - rank + 1) / n) + 8.0
    first, last = max(0, math.floor(rank - room)), min(n, math.ceil(rank + room))
    reached = betainc(rank, n - rank + 1, np.arange(first, last + 1) / n)
    masses = np.diff(reached)
    return first, masses / masses.sum()


def quantile_law(values: ArrayLike, p: float) -> OrderLaw:
    """Give the bootstrap law of the p-quantile of type 1, the ceil(n p)-th order statistic.

    Args:
        values: One value a unit, shape (n,).
        p: Which quantile, in (0, 1).

    Raises:
        UndefinedTestError: No values, not finite, or p not in (0, 1).
    """
    array = finite_values(values)
    if not 0.0 < p < 1.0:
        raise UndefinedTestError(f"a quantile must lie in (0, 1), got {p}")
    first, masses = rank_masses(array.size, max(1, math.ceil(array.size * p - 1e-9)))
    last = first + masses.size - 1
    window = np.sort(np.partition(array, (first, last))[first : last + 1])
    return OrderLaw(points=window, masses=masses)


def difference_law(candidate: OrderLaw, baseline: OrderLaw) -> GridLaw:
    """Give the law of the candidate's quantile less the baseline's, resampled independently.

    Raises:
        UndefinedTestError: Neither law has more than one value.
    """
    low = float(candidate.points[0] - baseline.points[-1])
    high = float(candidate.points[-1] - baseline.points[0])
    if not high > low:
        raise UndefinedTestError(
            f"both quantiles are the same value in every resample, their difference is {low:g}"
        )
    step = (high - low) / (POINTS - 4)
    first = _on_grid(candidate.points - candidate.points[0], candidate.masses, step)
    second = _on_grid(baseline.points[-1] - baseline.points[::-1], baseline.masses[::-1], step)
    transform = np.fft.rfft(first, 2 * POINTS) * np.fft.rfft(second, 2 * POINTS)
    masses = np.maximum(np.fft.irfft(transform, 2 * POINTS)[:POINTS], 0.0)
    return GridLaw(first=low, step=step, masses=masses / masses.sum(), is_lattice=False)


def _on_grid(
    points: NDArray[np.float64], masses: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """Split each mass between the two nearest grid points, which keeps the mean."""
    places = points / step
    floors = np.floor(places).astype(np.int64)
    upper = masses * (places - floors)
    return np.asarray(
        np.bincount(floors, masses - upper, POINTS) + np.bincount(floors + 1, upper, POINTS),
        dtype=np.float64,
    )
