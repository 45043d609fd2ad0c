"""All resamples of a few units, each with its probability: the bootstrap without sampling."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number


MOST_UNITS: Final = 9
"""24,310 different resamples, which stand for 9^9 = 387 million ordered ones."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllResamples:
    """Every way to draw n units with replacement.

    Args:
        weights: How often each unit is drawn, shape (m, n), rows sum to n.
        counts: Number of ordered resamples with these weights, shape (m,); they sum to n^n.
    """

    weights: NDArray[np.int64] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)

    def moments(self, values: NDArray[np.float64]) -> tuple[float, float]:
        """Mean and standard deviation (denominator n^n) of a statistic, shape (m,)."""
        shares = self.counts / self.counts.sum()
        mean = float(shares @ values)
        return mean, math.sqrt(float(shares @ np.square(values - mean)))

    def beside(self, values: NDArray[np.float64], estimate: float) -> tuple[int, int]:
        """How many ordered resamples lie below the estimate, and how many equal it."""
        tie = 1e-9 * max(abs(estimate), float(np.abs(values).max()))
        equal = np.abs(values - estimate) <= tie
        below = int(self.counts[(values < estimate) & ~equal].sum())
        return below, int(self.counts[equal].sum())

    def quantile(self, values: NDArray[np.float64], level: float) -> float:
        """Quantile of type 7 of the statistic over the ordered resamples.

        Raises:
            UndefinedTestError: ``level`` is outside [0, 1].
        """
        if not 0.0 <= level <= 1.0:
            raise UndefinedTestError(f"a quantile's level lies in [0, 1], got {level}")
        order = np.argsort(values, kind="stable")
        up_to = np.cumsum(self.counts[order])
        place = (int(up_to[-1]) - 1) * level
        floor = math.floor(place)
        low, high = (
            float(values[order[int(np.searchsorted(up_to, rank, side="right"))]])
            for rank in (floor, min(floor + 1, int(up_to[-1]) - 1))
        )
        return low + (place - floor) * (high - low)


def all_resamples(n: int) -> AllResamples:
    """Enumerate the resamples of n units by their weights.

    Raises:
        UndefinedTestError: n < 1, or n > 9.
    """
    n = whole_number(n, "units", low=1, high=MOST_UNITS)
    weights = np.array(list(_weights(n, n)), dtype=np.int64)
    ways = [
        math.factorial(n) // math.prod(math.factorial(weight) for weight in row)
        for row in weights.tolist()
    ]
    return AllResamples(weights=weights, counts=np.array(ways, dtype=np.int64))


def _weights(total: int, units: int) -> Iterator[tuple[int, ...]]:
    """Every way to write ``total`` as a sum of ``units`` whole numbers >= 0, in order."""
    if units == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _weights(total - first, units - 1):
            yield (first, *rest)
