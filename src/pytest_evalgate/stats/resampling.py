"""Exact sign-flip test: no law of the differences is assumed but symmetry about the limit."""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossing import crossing
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import centred, finite_values, magnitude, unit_of


MAX_INFORMATIVE: Final = 40
"""Bits of enumeration: 2^20 subset sums in each of two halves, about 0.1 s."""

MAX_UNITS: Final = 1000
"""Also equal differences, which are cheap to enumerate, are counted by whole numbers."""

TIE_TOLERANCE: Final = 1e-9
"""Sums nearer than this, over the sum of magnitudes, are ties and count as extreme."""

BOUND_TOLERANCE: Final = 1e-10
"""Relative precision of a bound, finer than ties are told apart."""

ZERO_TOLERANCE: Final = 1e-12
"""A difference nearer to the limit than this, over the magnitudes, lies on the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignFlip:
    """Exact one-sided test of a mean difference over all sign flips; its interval inverts it.

    H0 of ``p_greater(limit)``: the differences are symmetric about a centre <= limit. Under
    H0 each sign of (difference - limit) is a fair coin, so p is the share of the 2^n flips
    whose mean is at least the observed one; the observed one is among them, p >= 2^-n.

    Args:
        differences: candidate - baseline of each pair, n of them.

    Source:
        Fisher (1935), The Design of Experiments. SciPy: permutation_test(...,
        permutation_type="samples", n_resamples=inf).
    """

    differences: tuple[float, ...]

    @property
    def estimate(self) -> float:
        """Mean difference."""
        array = np.array(self.differences)
        parts = centred(array, unit=unit_of(magnitude(array)))
        return (parts.first + parts.offset) * unit_of(magnitude(array))

    @property
    def standard_error(self) -> None:
        """The exact method has none."""
        return

    @property
    def df(self) -> None:
        """The exact method has none."""
        return

    def statistic(self, limit: float) -> float:
        """Give the mean difference less the limit."""
        require_finite(limit, what="limit")
        return self.estimate - limit

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: centre <= limit."""
        require_finite(limit, what="limit")
        return _share_as_extreme(_around(self.differences, limit))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: centre >= limit."""
        require_finite(limit, what="limit")
        return _share_as_extreme(-_around(self.differences, limit))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where 2^-n is not below ``alpha``."""
        require_alpha(alpha)
        if self.min_pvalue(0.0, greater=True) >= alpha:
            return None, None
        least, greatest = min(self.differences), max(self.differences)
        # Beyond every difference, clear of the tie tolerance: there p is 2^-n. At the far
        # end of the differences p is 1.
        room = (greatest - least) + 1e-3 * max(abs(least), abs(greatest))
        if room == 0.0:
            return 0.0, 0.0
        low = crossing(
            self.p_greater, alpha, rejected=least - room, kept=greatest, relative=BOUND_TOLERANCE
        )
        high = crossing(
            self.p_less, alpha, rejected=greatest + room, kept=least, relative=BOUND_TOLERANCE
        )
        return low, high

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 2^-n: all differences on one side of the limit."""
        return 2.0 ** -len(self.differences)


def sign_flip(differences: ArrayLike) -> SignFlip:
    """Judge a mean difference by its exact sign-flip law.

    Args:
        differences: candidate - baseline of each pair, shape (n,), n >= 1; the distinct
            non-zero ones at most 40 (equal ones are enumerated together and cost less).

    Raises:
        UndefinedTestError: n < 1, not finite or above 1e150, or too many to enumerate.
    """
    array = finite_values(differences, what="differences")
    _require_enumerable(_grouped(_around(array.tolist(), 0.0))[1])
    return SignFlip(differences=tuple(array.tolist()))


def _around(differences: tuple[float, ...] | list[float], limit: float) -> NDArray[np.float64]:
    """Differences from the limit, those on it set to exactly 0."""
    array = np.array(differences)
    shifted = array - limit
    on_limit = np.abs(shifted) <= ZERO_TOLERANCE * max(magnitude(array), abs(limit))
    shifted[on_limit] = 0.0
    return shifted


def _grouped(shifted: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Distinct non-zero values and how often each occurs; a zero has no sign to flip."""
    values, counts = np.unique(shifted[shifted != 0.0], return_counts=True)
    return values, counts


def _require_enumerable(counts: NDArray[np.intp]) -> None:
    bits = float(np.log2(counts + 1.0).sum())
    if bits > MAX_INFORMATIVE + 1e-9 or counts.sum() > MAX_UNITS:
        raise UndefinedTestError(
            f"an exact sign-flip test enumerates at most {MAX_INFORMATIVE} informative"
            f" differences, got {int(counts.sum())}",
            hint="use a paired t test",
        )


def _share_as_extreme(shifted: NDArray[np.float64]) -> float:
    """Share of all sign flips whose sum is at least the observed sum, ties included.

    Flipping a subset lowers the sum by twice the subset's own, so a flip is as extreme exactly
    when its subset sums to <= 0. The subsets of two halves are met in the middle.
    """
    values, counts = _grouped(shifted)
    _require_enumerable(counts)
    if not values.size:
        return 1.0
    unit = unit_of(magnitude(values))
    scaled = values / unit
    half_a, half_b = _halves(scaled, counts)
    tie = 0.5 * TIE_TOLERANCE * float((np.abs(scaled) * counts).sum())
    sums_a, weights_a = _subset_sums(*half_a)
    sums_b, weights_b = _subset_sums(*half_b)
    if counts.max() == 1:  # every subset weighs the same: counting is exact, sorting is faster
        found = np.searchsorted(np.sort(sums_b), tie - np.sort(sums_a), side="right")
        return float(found.sum()) / 2.0**values.size
    order = np.argsort(sums_b)
    up_to = np.concatenate(([0.0], np.cumsum(weights_b[order])))
    found = np.searchsorted(sums_b[order], tie - sums_a, side="right")
    return min(1.0, float((weights_a * up_to[found]).sum()))


_Half: TypeAlias = tuple[list[float], list[int]]


def _halves(values: NDArray[np.float64], counts: NDArray[np.intp]) -> tuple[_Half, _Half]:
    """Split the groups so that both halves have about as many subset sums."""
    halves: tuple[_Half, _Half] = (([], []), ([], []))
    sizes = [0.0, 0.0]
    for group in np.argsort(-counts, kind="stable"):
        smaller = 0 if sizes[0] <= sizes[1] else 1
        halves[smaller][0].append(float(values[group]))
        halves[smaller][1].append(int(counts[group]))
        sizes[smaller] += math.log2(counts[group] + 1.0)
    return halves


def _subset_sums(
    values: list[float], counts: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Every sum of a subset and its share of all subsets; k equal values give k + 1 sums."""
    sums = np.zeros(1)
    weights = np.ones(1)
    for value, count in zip(values, counts, strict=True):
        taken = np.arange(count + 1)
        shares = np.array([math.comb(count, int(j)) / 2**count for j in taken])
        sums = (sums[:, np.newaxis] + taken * value).ravel()
        weights = (weights[:, np.newaxis] * shares).ravel()
    return sums, weights
