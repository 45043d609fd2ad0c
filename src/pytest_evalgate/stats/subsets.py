"""Sums of all subsets of values that repeat, in two halves, and the share of subsets of each."""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError


MAX_INFORMATIVE: Final = 40
"""Distinct values: 2^20 subset sums in each of two halves, about 0.1 s."""

MAX_SUMS: Final = 2**21
"""Subset sums of one half."""

MAX_UNITS: Final = 200_000
"""Values in all, not counting zeros: the rounding of their shares stays below 1e-12."""

_CHEAP: Final = 2**15
_REACHES: Final = (40.0, 10.0)
"""Standard deviations of a repeated value's binomial count that are enumerated.

40 where that is cheap: beyond it lies less than 1e-300. Else 10: 4e-22, counted as extreme.
"""

_EXACT: Final = 60  # up to this many equal values the shares are exact fractions of 2^53


_Groups: TypeAlias = tuple[tuple[float, int, int], ...]  # value, count, sums on either side


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The values in two parts with about as many subset sums."""

    large: _Groups
    small: _Groups
    dropped: float  # upper bound of the share of subsets that is not enumerated


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetSums:
    """Every sum of a subset and its share of all subsets, both shape (m,)."""

    sums: NDArray[np.float64]
    shares: NDArray[np.float64]


def halves_of(values: NDArray[np.float64], counts: NDArray[np.intp]) -> Halves:
    """Split values into two parts whose subset sums can be enumerated.

    Args:
        values: Distinct, not 0, shape (g,).
        counts: How often each occurs, shape (g,).

    Raises:
        UndefinedTestError: Too many to enumerate.
    """
    if counts.sum() <= MAX_UNITS and counts.size <= MAX_INFORMATIVE:
        for reach, most in zip(_REACHES, (_CHEAP, MAX_SUMS), strict=True):
            halves, size = _split(values, counts, reach)
            if size <= most:
                return halves
    raise UndefinedTestError(
        f"an exact sign-flip test enumerates at most {MAX_INFORMATIVE} informative"
        f" differences, got {int(counts.sum())}, {counts.size} of them distinct",
        hint="use a paired t test",
    )


def _split(
    values: NDArray[np.float64], counts: NDArray[np.intp], reach: float
) -> tuple[Halves, float]:
    """Give the halves, and the number of sums of the larger one."""
    parts: list[list[tuple[float, int, int]]] = [[], []]
    sizes, cut = [1.0, 1.0], 0
    for group in np.argsort(-counts, kind="stable"):
        value, count = float(values[group]), int(counts[group])
        sides = math.ceil(reach * math.sqrt(count) / 2.0)
        if 2 * sides >= count:
            sides = count
        else:
            cut += 1
        smaller = 0 if sizes[0] <= sizes[1] else 1
        parts[smaller].append((value, count, sides))
        sizes[smaller] *= min(2 * sides + 1, count + 1)
    small, large = parts if sizes[0] <= sizes[1] else parts[::-1]
    # Hoeffding: beyond reach standard deviations lies at most 2 exp(-reach^2 / 2).
    dropped = cut * 2.0 * math.exp(-(reach**2) / 2.0)
    return Halves(large=tuple(large), small=tuple(small), dropped=dropped), max(sizes)


def subset_sums(groups: _Groups) -> SubsetSums:
    """Every sum of a subset and its share of all subsets; k equal values give k + 1 sums."""
    sums, shares = np.zeros(1), np.ones(1)
    for value, count, sides in groups:
        low, high = max(0, count // 2 - sides), min(count, count - count // 2 + sides)
        taken = np.arange(low, high + 1)
        sums = (sums[:, np.newaxis] + taken * value).ravel()
        shares = (shares[:, np.newaxis] * _coin_shares(count, taken)).ravel()
    return SubsetSums(sums=sums, shares=shares)


def _coin_shares(count: int, taken: NDArray[np.intp]) -> NDArray[np.float64]:
    """P(X = taken) for X ~ Bin(count, 1/2); ``taken`` symmetric about count / 2."""
    if count <= _EXACT:
        return np.array([math.comb(count, int(k)) / 2**count for k in taken])
    # Products of ratios outwards from the middle: logarithms would lose ten digits.
    upper = taken[taken >= count / 2]
    ratios = np.concatenate(([1.0], (count - upper[:-1]) / (upper[:-1] + 1.0)))
    half = np.cumprod(ratios)
    mirrored = half[::-1] if count % 2 else half[:0:-1]
    shares = np.concatenate((mirrored, half))
    return np.asarray(shares / shares.sum(), dtype=np.float64)
