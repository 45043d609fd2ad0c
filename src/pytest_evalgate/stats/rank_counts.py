"""How many values lie below a quantile: the binomial law of a rank, and two ranks together."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri


_REACH: Final = 10.0
_REST: Final = 50
LEFT_OUT: Final = 1e-20
"""More than the share of counts further than 10 standard deviations and 50 from the mean."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankLaw:
    """The binomial law of the number of values below a quantile, where it matters.

    Attributes:
        counts: Consecutive numbers of values below the quantile, shape (m,).
        shares: Probability of each, shape (m,).
        up_to: Probability of this count or fewer, shape (m,).
        from_here: Probability of this count or more, shape (m + 1,), ending in 0.
        upper_ends: Normal quantile of ``up_to``, shape (m,); infinite at the last count.
        middles: Normal quantile of the middle of each count's share, shape (m,), finite.
        whole: Whether all counts from 0 to n are there.
    """

    counts: NDArray[np.intp]
    shares: NDArray[np.float64]
    up_to: NDArray[np.float64]
    from_here: NDArray[np.float64]
    upper_ends: NDArray[np.float64]
    middles: NDArray[np.float64]
    whole: bool


def rank_law(n: int, p: float) -> RankLaw:
    """Give the law of the number of n values that lie below their p-quantile: Bin(n, p)."""
    reach = _REACH * math.sqrt(n * p * (1.0 - p)) + _REST
    low, high = max(0, math.floor(n * p - reach)), min(n, math.ceil(n * p + reach))
    counts = np.arange(low, high + 1)
    shares = _binomial_shares(n, p, counts)
    up_to = np.cumsum(shares)
    from_here = np.concatenate((np.cumsum(shares[::-1])[::-1], [0.0]))
    return RankLaw(
        counts=counts,
        shares=shares,
        up_to=up_to,
        from_here=from_here,
        upper_ends=_normal_quantile(up_to, from_here[1:]),
        middles=_normal_quantile(up_to - shares / 2, from_here[1:] + shares / 2),
        whole=low == 0 and high == n,
    )


def pairs_share(
    first: RankLaw, second: RankLaw, starts: NDArray[np.intp], association: float | None
) -> float:
    """Probability of the pairs (i, k) of counts with k >= starts[i].

    Args:
        first: Law of the first count, m places.
        second: Law of the second count.
        starts: For each place of ``first`` the first place of ``second``, never falling,
            shape (m,).
        association: Correlation of the two counts, joined by a normal copula; None when they
            are independent.
    """
    if association is None:
        return float(first.shares @ second.from_here[starts])
    # Each count in turn is taken at the middle of its share: no side is favoured.
    given_first = _normal_from(second, starts, first.middles, association)
    ends = np.searchsorted(starts, np.arange(second.counts.size), side="right") - 1
    given_second = _normal_up_to(first, ends, second.middles, association)
    return float(first.shares @ given_first + second.shares @ given_second) / 2


def _normal_from(
    law: RankLaw, places: NDArray[np.intp], given: NDArray[np.float64], association: float
) -> NDArray[np.float64]:
    """P(place or later | the other count), 1 at place 0 and 0 past the end."""
    below = np.concatenate(([-np.inf], law.upper_ends))[places]
    chance = ndtr((association * given - below) / _rest_of(association))
    return np.where(places == law.counts.size, 0.0, chance)


def _normal_up_to(
    law: RankLaw, places: NDArray[np.intp], given: NDArray[np.float64], association: float
) -> NDArray[np.float64]:
    """P(place or earlier | the other count), 0 at place -1 and 1 at the last."""
    above = np.concatenate(([-np.inf], law.upper_ends))[places + 1]
    chance = ndtr((above - association * given) / _rest_of(association))
    return np.where(places == law.counts.size - 1, 1.0, chance)


def _rest_of(association: float) -> float:
    return max(math.sqrt(max(0.0, 1.0 - association**2)), 1e-9)


def _normal_quantile(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal quantile of ``lower``, from the smaller of it and 1 - it."""
    near = ndtri(np.minimum(np.maximum(lower, 0.0), 0.5))
    far = -ndtri(np.minimum(np.maximum(upper, 0.0), 0.5))
    return np.asarray(np.where(lower < 0.5, near, far), dtype=np.float64)


def _binomial_shares(n: int, p: float, counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Bin(n, p) at consecutive counts, by ratios outward from the middle: no digit is lost."""
    middle = int(np.clip(math.floor((n + 1) * p), counts[0], counts[-1]))
    up = np.arange(middle, counts[-1], dtype=np.float64)
    down = np.arange(middle, counts[0], -1, dtype=np.float64)
    odds = p / (1.0 - p)
    rising = np.cumprod((n - up) / (up + 1.0) * odds)
    falling = np.cumprod(down / (n - down + 1.0) / odds)
    relative = np.concatenate((falling[::-1], [1.0], rising))
    return np.asarray(relative / relative.sum(), dtype=np.float64)
