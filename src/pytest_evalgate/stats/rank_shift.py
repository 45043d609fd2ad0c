"""A location shift judged by ranks: the Hodges-Lehmann interval inverts the rank test."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.stats.inversion import finite_limit
from pytest_evalgate.stats.joined import joined_bounds, joined_pvalue
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.rank_laws import TIE_TOLERANCE, CountLaw
from pytest_evalgate.stats.result import WithoutScale


_LISTED: Final = 2**20  # up to this many pair values are written down: 8 MB


class PairValues(Protocol):
    """Many numbers, one for each pair of values, counted without being written down.

    A number that equals the limit but for rounding is neither above nor below it.
    """

    @property
    def size(self) -> int:
        """How many they are."""

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest of them."""

    def above(self, limit: float) -> int:
        """How many lie above ``limit``; never rises with it."""

    def below(self, limit: float) -> int:
        """How many lie below ``limit``; never falls with it."""

    def listed(self) -> NDArray[np.float64]:
        """All of them, shape (size,)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Differences:
    """All n * m differences first - second of two samples, both ascending."""

    first: NDArray[np.float64]  # shape (n,)
    second: NDArray[np.float64]  # shape (m,)

    @property
    def size(self) -> int:
        """Number of differences, n * m."""
        return self.first.size * self.second.size

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest difference."""
        return (
            float(self.first[0] - self.second[-1]),
            float(self.first[-1] - self.second[0]),
        )

    def above(self, limit: float) -> int:
        """How many differences lie above ``limit``, clear of rounding."""
        reach = limit + TIE_TOLERANCE * abs(limit)
        targets = self.first - TIE_TOLERANCE * np.abs(self.first) - reach
        return int(np.searchsorted(self.second, targets, side="left").sum())

    def below(self, limit: float) -> int:
        """How many differences lie below ``limit``, clear of rounding."""
        return Differences(first=-self.first[::-1], second=-self.second[::-1]).above(-limit)

    def listed(self) -> NDArray[np.float64]:
        """All differences, shape (n * m,)."""
        return np.subtract.outer(self.first, self.second).ravel()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalshAverages:
    """All n (n + 1) / 2 means of two values of a sample, a value with itself among them.

    The values are given twice, shifted down and up by what their rounding may amount to.
    """

    down: NDArray[np.float64]  # ascending, shape (n,)
    up: NDArray[np.float64]  # ascending, shape (n,)

    @property
    def size(self) -> int:
        """Number of averages."""
        return self.down.size * (self.down.size + 1) // 2

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest average: the smallest and the largest value."""
        return float(self.down[0]), float(self.up[-1])

    def above(self, limit: float) -> int:
        """How many averages lie above ``limit``, clear of rounding."""
        reach = limit + TIE_TOLERANCE * abs(limit)
        targets = 2.0 * reach - self.down
        ordered = self.down.size**2 - np.searchsorted(self.down, targets, side="right").sum()
        alone = np.count_nonzero(self.down > reach)
        return int(ordered + alone) // 2  # each pair was counted in both orders

    def below(self, limit: float) -> int:
        """How many averages lie below ``limit``, clear of rounding."""
        return WalshAverages(down=-self.up[::-1], up=-self.down[::-1]).above(-limit)

    def listed(self) -> NDArray[np.float64]:
        """All averages, shape (n (n + 1) / 2,)."""
        values = self.down / 2.0 + self.up / 2.0
        rows, columns = np.triu_indices(values.size)
        return values[rows] / 2.0 + values[columns] / 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankShift(WithoutScale):
    """A location shift judged by a rank test. Satisfies ``Inference``.

    At every limit but 0 the test counts the pair values on the claim's side of the limit; one
    that lies on the limit counts against the claim, which keeps the law without ties valid. At 0,
    where ties are part of the data, the midrank law decides, joined so that a stricter limit
    never passes where a weaker one fails. The interval inverts the two together: its ends are
    ordered pair values.
    """

    estimate: float  # median of the pair values (Hodges-Lehmann)
    values: PairValues = field(repr=False)
    law: CountLaw = field(repr=False)  # of the number of pair values above the shift
    sd: float  # of that number
    greater_at_0: float
    less_at_0: float
    is_exact: bool

    def statistic(self, limit: float) -> float:
        """Rank sum less its mean, over its standard deviation without ties."""
        limit = finite_limit(limit)
        return (self.values.above(limit) - self.values.below(limit)) / (2.0 * self.sd)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: shift <= limit."""
        limit = finite_limit(limit)
        return joined_pvalue(
            limit,
            point=0.0,
            special=self.greater_at_0,
            general=self.law.at_least(self.values.above(limit)),
            greater=True,
        )

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: shift >= limit."""
        limit = finite_limit(limit)
        return joined_pvalue(
            limit,
            point=0.0,
            special=self.less_at_0,
            general=self.law.at_least(self.values.below(limit)),
            greater=False,
        )

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Ordered pair values, each side at ``alpha``; None where there are too few values.

        Where 0 is rejected and the next limit is not, because values are tied, the end is the
        next float after 0.
        """
        require_alpha(alpha)
        if self.min_pvalue(0.0, greater=True) >= alpha:
            return None, None
        least, greatest = self.values.ends
        room = greatest - least + 1e-3 * max(abs(least), abs(greatest))
        within = (least - room, greatest + room)
        return joined_bounds(self.p_greater, self.p_less, alpha, point=0.0, within=within)

    def achieved_level(self, alpha: float) -> float:
        """Largest p below ``alpha`` that data without ties can give, 0.0 where there is none."""
        require_alpha(alpha)
        beyond = self.critical_rank(alpha) - 1
        return self.law.at_most(beyond) if beyond >= 0 else 0.0

    def critical_rank(self, alpha: float) -> int:
        """Rank k: the interval ends at the k-th smallest and k-th largest pair value; 0 if none.

        The smallest k with P(count <= k) >= alpha; R: qwilcox(alpha, n, m), qsignrank(alpha, n).
        """
        require_alpha(alpha)
        low, high = 0, self.values.size
        while low < high:
            middle = (low + high) // 2
            if self.law.at_most(middle) >= alpha:
                high = middle
            else:
                low = middle + 1
        return low

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """The p of data that lie on one side of the limit altogether."""
        return self.law.at_least(self.values.size)


def pair_median(values: PairValues) -> float:
    """Median of the pair values; the mean of the middle two where their number is even."""
    size = values.size
    if size <= _LISTED:
        return float(np.median(values.listed()))
    low = _ordered(values, (size + 1) // 2)
    high = low if size % 2 else _ordered(values, size // 2 + 1)
    return low + (high - low) / 2.0


def _ordered(values: PairValues, rank: int) -> float:
    """The pair value of a rank, counted from 1, to about one unit in the last place."""
    low, high = values.ends
    at_most = values.size - values.above(0.0)
    if values.below(0.0) < rank <= at_most:
        return 0.0  # bisection would creep to it
    low, high = (low, min(high, 0.0)) if rank <= at_most else (max(low, 0.0), high)
    while True:
        middle = low + (high - low) / 2.0
        if middle in (low, high) or high - low <= 1e-15 * max(abs(low), abs(high)):
            return high
        if values.size - values.above(middle) >= rank:
            high = middle
        else:
            low = middle


def finite_sorted(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ascending copy, without minus zero, that cannot be written to."""
    ascending = np.sort(values) + 0.0
    ascending.flags.writeable = False
    return ascending
