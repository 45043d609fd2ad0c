"""Exact sign-flip test: no law of the differences is assumed but symmetry about the limit."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.stats.crossing import crossing
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import centred, finite_values, magnitude, unit_of
from pytest_evalgate.stats.result import WithoutScale
from pytest_evalgate.stats.subsets import halves_of, subset_sums


TIE_TOLERANCE: Final = 1e-9
"""Sums nearer than this, over the sum of magnitudes, are ties and count as extreme."""

BOUND_TOLERANCE: Final = 1e-10
"""Relative precision of a bound, finer than ties are told apart."""

ZERO_TOLERANCE: Final = 1e-12
"""A difference nearer to the limit than this, over the magnitudes, lies on the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignFlip(WithoutScale):
    """Exact one-sided test of a mean difference over all sign flips; its interval inverts it.

    H0 of ``p_greater(limit)``: the differences are symmetric about a centre <= limit. Under
    H0 each sign of (difference - limit) is a fair coin, so p is the share of the 2^n flips
    whose mean is at least the observed one; the observed one is among them, p >= 2^-n.

    Args:
        estimate: Mean difference of the n pairs.
        values: The distinct differences, ascending.
        counts: How many pairs have each of them, n in all.

    Source:
        Fisher (1935), The Design of Experiments. SciPy: permutation_test(...,
        permutation_type="samples", n_resamples=inf).
    """

    estimate: float
    values: tuple[float, ...]
    counts: tuple[int, ...]

    def statistic(self, limit: float) -> float:
        """Give the mean difference less the limit."""
        require_finite(limit, what="limit")
        return self.estimate - limit

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: centre <= limit."""
        require_finite(limit, what="limit")
        return _share_as_extreme(*self._around(limit))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: centre >= limit."""
        require_finite(limit, what="limit")
        shifted, counts = self._around(limit)
        return _share_as_extreme(-shifted, counts)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where 2^-n is not below ``alpha``."""
        require_alpha(alpha)
        if self.min_pvalue(0.0, greater=True) >= alpha:
            return None, None
        least, greatest = self.values[0], self.values[-1]
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
        return 2.0 ** -sum(self.counts)

    def _around(self, limit: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Distances from the limit, those on it exactly 0, and how often each occurs."""
        values = np.array(self.values)
        shifted = values - limit
        on_limit = np.abs(shifted) <= ZERO_TOLERANCE * max(magnitude(values), abs(limit))
        shifted[on_limit] = 0.0
        return shifted, np.array(self.counts)


def sign_flip(differences: ArrayLike) -> SignFlip:
    """Judge a mean difference by its exact sign-flip law.

    Equal differences are enumerated together: k of them cost k + 1 sums, fewer above 100. So
    many zeros and a few that differ are affordable, at every limit.

    Args:
        differences: candidate - baseline of each pair, shape (n,), n >= 1; the distinct
            non-zero ones at most 40.

    Raises:
        UndefinedTestError: n < 1, not finite or above 1e150, or too many to enumerate.
    """
    array = finite_values(differences, what="differences")
    unit = unit_of(magnitude(array))
    parts = centred(array, unit=unit)
    values, counts = np.unique(array + 0.0, return_counts=True)  # no minus zero
    halves_of(*_informative(values, counts))  # raises
    return SignFlip(
        estimate=(parts.first + parts.offset) * unit,
        values=tuple(values.tolist()),
        counts=tuple(counts.tolist()),
    )


def _informative(
    shifted: NDArray[np.float64], counts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Distinct non-zero values and how often each occurs; a zero has no sign to flip."""
    values, group = np.unique(shifted, return_inverse=True)  # a far limit rounds two into one
    counts = np.bincount(group, weights=counts).astype(np.intp)
    return values[values != 0.0], counts[values != 0.0]


def _share_as_extreme(shifted: NDArray[np.float64], counts: NDArray[np.intp]) -> float:
    """Share of all sign flips whose sum is at least the observed sum, ties included.

    Flipping a subset lowers the sum by twice the subset's own, so a flip is as extreme exactly
    when its subset sums to <= 0. The subsets of two halves are met in the middle.
    """
    values, counts = _informative(shifted, counts)
    if not values.size:
        return 1.0
    scaled = values / unit_of(magnitude(values))
    halves = halves_of(scaled, counts)
    tie = 0.5 * TIE_TOLERANCE * float((np.abs(scaled) * counts).sum())
    large, small = subset_sums(halves.large), subset_sums(halves.small)
    if counts.max() == 1:  # every subset weighs the same: counting is exact
        found = np.searchsorted(np.sort(small.sums), tie - np.sort(large.sums), side="right")
        return float(found.sum()) / 2.0**values.size
    order = np.argsort(small.sums)
    up_to = np.concatenate(([0.0], np.cumsum(small.shares[order])))
    sums, shares = large.sums, large.shares
    if len(halves.large) > 2:  # sorted ones are found faster; those of two groups nearly are
        sorting = np.argsort(sums)
        sums, shares = sums[sorting], shares[sorting]
    found = np.searchsorted(small.sums[order], tie - sums, side="right")
    share = float((shares * up_to[found]).sum())
    return min(1.0, share + halves.dropped)  # what was not enumerated may be as extreme
