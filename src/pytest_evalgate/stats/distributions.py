"""Whether two samples share one distribution: exact under ties, over all splits of the pool.

For checks of drift. They show that something changed, never that it changed for the better.
"""

import itertools
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values


COUNTED: Final = 1500
"""Values in both samples up to which splits are counted as whole numbers."""

MAX_STEPS: Final = 400_000_000
"""Steps over all splits up to which they are weighed, about a second."""

MAX_SPLITS: Final = 400_000
"""Splits that are enumerated for an energy distance, about a second."""

_TIE: Final = 1e-9
_BATCH: Final = 20_000


class Side(StrEnum):
    """Which difference of the distribution functions counts."""

    BOTH = "two-sided"
    ABOVE = "greater"  # the first function lies above the second: its values are smaller
    BELOW = "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTest:
    """A statistic, and the share of all splits of the pooled values that reach it.

    ``as_extreme`` and ``splits`` are None where splits were weighed and not counted.
    """

    statistic: float
    pvalue: float
    as_extreme: int | None
    splits: int | None


def ks_two_sample(first: ArrayLike, second: ArrayLike, side: Side = Side.BOTH) -> SplitTest:
    """Test that two samples share one law by the largest distance of their step functions.

    The null law is that of all splits of the pooled values, so ties cost nothing.

    Args:
        first: Shape (n,), n >= 1.
        second: Shape (m,), m >= 1.
        side: Which sign of F_first - F_second counts.

    Raises:
        UndefinedTestError: An empty sample, values not finite or above 1e150, or more than
            about 14,000 values each.

    Source:
        Smirnov (1939); Schroeer and Trenkler (1995) for ties. R: ks.test(first, second,
        exact = TRUE). SciPy's exact p takes ties for distinct values and is too large.
    """
    a, b = finite_values(first, what="first values"), finite_values(second, what="second values")
    n, m = a.size, b.size
    if n * (n + m) > MAX_STEPS:
        raise UndefinedTestError(
            f"an exact Kolmogorov-Smirnov test of {n} and {m} values takes too long",
            hint="compare random samples of at most 10000 values each",
        )
    values, counts = np.unique(np.concatenate((a, b)), return_counts=True)
    ends = np.cumsum(counts)
    seen = np.searchsorted(np.sort(a), values, side="right")
    reached = int(_distance(seen, ends, n, m, side).max())  # in whole multiples of 1 / (n m)
    places = np.zeros(n + m + 1, dtype=np.bool_)
    places[ends] = True  # within a tie the functions have not both stepped yet
    statistic = reached / (n * m)
    if n + m > COUNTED:
        pvalue = _share_reaching(places, reached, n, m, side)
        return SplitTest(statistic=statistic, pvalue=pvalue, as_extreme=None, splits=None)
    splits = math.comb(n + m, n)
    as_extreme = splits - _paths_below(places, reached, n, m, side)
    return SplitTest(
        statistic=statistic, pvalue=as_extreme / splits, as_extreme=as_extreme, splits=splits
    )


def energy_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Give 2 E|X - Y| - E|X - X'| - E|Y - Y'| of two samples, >= 0, in the unit of the values.

    Raises:
        UndefinedTestError: An empty sample, or values not finite or above 1e150.

    Source:
        Szekely and Rizzo (2004), InterStat 5. SciPy's energy_distance is its square root.
    """
    a, b = finite_values(first, what="first values"), finite_values(second, what="second values")
    places = np.sort(np.concatenate((a, b)))
    gaps = np.diff(places)
    above = np.searchsorted(np.sort(a), places[:-1], side="right") / a.size
    below = np.searchsorted(np.sort(b), places[:-1], side="right") / b.size
    return 2.0 * float(gaps @ np.square(above - below))  # twice Cramer's distance


def energy_test(first: ArrayLike, second: ArrayLike) -> SplitTest:
    """Test that two samples share one law by their energy distance, over all splits.

    ``statistic`` is n m / (n + m) times the energy distance.

    Args:
        first: Shape (n,), n >= 1.
        second: Shape (m,), m >= 1.

    Raises:
        UndefinedTestError: As for ``energy_distance``, or more than 400,000 splits.

    Source:
        Szekely and Rizzo (2004). R: energy::eqdist.etest draws splits at random.
    """
    a, b = finite_values(first, what="first values"), finite_values(second, what="second values")
    n, m = a.size, b.size
    splits = math.comb(n + m, n)
    if splits > MAX_SPLITS:
        raise UndefinedTestError(
            f"an exact energy test enumerates at most {MAX_SPLITS} splits, {n} and {m} values"
            f" have {splits:.3g}",
            hint="use the Kolmogorov-Smirnov test",
        )
    observed = energy_distance(a, b)
    distances = _energy_of_splits(np.concatenate((a, b)), n)
    as_extreme = int((distances >= observed - _TIE * max(observed, distances.max())).sum())
    return SplitTest(
        statistic=observed * n * m / (n + m),
        pvalue=as_extreme / splits,
        as_extreme=as_extreme,
        splits=splits,
    )


def _distance(
    of_first: NDArray[np.intp], of_both: NDArray[np.intp] | int, n: int, m: int, side: Side
) -> NDArray[np.intp]:
    """Distance of the step functions in whole multiples of 1 / (n m), at counts seen so far."""
    signed: NDArray[np.intp] = of_first * m - (of_both - of_first) * n
    match side:
        case Side.BOTH:
            return np.maximum(signed, -signed)
        case Side.ABOVE:
            return signed
        case Side.BELOW:
            return -signed
        case _:
            assert_never(side)


def _paths_below(places: NDArray[np.bool_], reached: int, n: int, m: int, side: Side) -> int:
    """Number of splits whose distance stays below ``reached``, as a whole number."""
    if reached <= 0:
        return 0
    counts = np.arange(n + 1)
    ways = np.zeros(n + 1, dtype=object)
    ways[0] = 1
    for step in range(1, n + m + 1):
        ways[1:] += ways[:-1].copy()
        if places[step]:
            ways[_distance(counts, step, n, m, side) >= reached] = 0
        ways[: max(0, step - m)] = 0  # more than m of the second sample
    return int(ways[n])


def _share_reaching(places: NDArray[np.bool_], reached: int, n: int, m: int, side: Side) -> float:
    """Probability that a random split reaches the distance, summed where it first does."""
    if reached <= 0:
        return 1.0
    counts = np.arange(n + 1)
    chance = np.zeros(n + 1)
    chance[0] = 1.0
    total = 0.0
    for step in range(1, n + m + 1):
        left = n + m - step + 1
        to_first = np.clip((n - counts) / left, 0.0, 1.0)
        moved = chance * to_first
        chance *= 1.0 - to_first
        chance[1:] += moved[:-1]
        if places[step]:
            there = _distance(counts, step, n, m, side) >= reached
            total += float(chance[there].sum())
            chance[there] = 0.0
    return min(1.0, total)


def _energy_of_splits(pool: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Energy distance of every split of the pooled values, shape (splits,)."""
    m = pool.size - n
    apart = np.abs(pool[:, np.newaxis] - pool[np.newaxis, :])
    rows, whole = apart.sum(axis=1), float(apart.sum())
    found: list[NDArray[np.float64]] = []
    splits = itertools.combinations(range(pool.size), n)
    while batch := list(itertools.islice(splits, _BATCH)):
        chosen = np.zeros((len(batch), pool.size))
        np.put_along_axis(chosen, np.array(batch), 1.0, axis=1)
        within = ((chosen @ apart) * chosen).sum(axis=1)
        touching = chosen @ rows
        others = whole - 2.0 * touching + within
        found.append(2.0 * (touching - within) / (n * m) - within / n**2 - others / m**2)
    return np.concatenate(found)
