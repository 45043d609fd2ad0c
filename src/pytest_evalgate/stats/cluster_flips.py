"""Exact sign flips of whole clusters: no law of the clusters is assumed but symmetry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossing import crossing
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import finite_values, magnitude, same_length, unit_of
from pytest_evalgate.stats.resampling import BOUND_TOLERANCE, ZERO_TOLERANCE, sign_flip


MIN_CLUSTERS: Final = 2
MAX_CLUSTERS: Final = 20
"""2^20 flips; with more clusters the cluster-robust t test needs no help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFlip:
    """Exact one-sided test of a mean over all 2^G sign flips of clusters; its interval inverts it.

    H0 of ``p_greater(limit)``: the cluster sums of (difference - limit) are each symmetric about
    a centre <= 0. Meant for a limit of 0 and units that are differences of pairs: at another
    limit the symmetry is an assumption about the effect. Every unit has the same weight.
    Satisfies ``Inference``.

    Args:
        totals: Sum of the differences of each cluster.
        sizes: Number of units of each cluster.

    Source:
        Fisher (1935); Canay, Romano and Shaikh (2017), Econometrica 85(3), 1013-1030.
    """

    totals: tuple[float, ...]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.totals) != len(self.sizes) or min(self.sizes, default=0) < 1:
            raise UndefinedTestError("every cluster needs a sum and at least 1 unit")
        if not MIN_CLUSTERS <= len(self.totals) <= MAX_CLUSTERS:
            raise UndefinedTestError(
                f"flipping whole clusters needs {MIN_CLUSTERS} to {MAX_CLUSTERS} of them,"
                f" got {len(self.totals)}",
                hint="use the cluster-robust t test",
            )

    @property
    def estimate(self) -> float:
        """Mean over all units."""
        n = sum(self.sizes)
        return float(np.sum(np.array(self.totals) / n))  # divided first: sums may be large

    @property
    def standard_error(self) -> None:
        """The exact method has none."""
        return

    @property
    def df(self) -> None:
        """The exact method has none."""
        return

    def statistic(self, limit: float) -> float:
        """Give the mean less the limit."""
        require_finite(limit, what="limit")
        return self.estimate - limit

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: effect <= limit."""
        return sign_flip(self._around(limit)).p_greater(0.0)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: effect >= limit."""
        return sign_flip(self._around(limit)).p_less(0.0)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where 2^-G is not below ``alpha``."""
        require_alpha(alpha)
        if self.min_pvalue(0.0, greater=True) >= alpha:
            return None, None
        means = np.array(self.totals) / np.array(self.sizes)
        least, greatest = float(means.min()), float(means.max())
        room = (greatest - least) + 1e-3 * max(abs(least), abs(greatest))
        if room == 0.0:
            return 0.0, 0.0
        return (
            crossing(
                self.p_greater,
                alpha,
                rejected=least - room,
                kept=greatest,
                relative=BOUND_TOLERANCE,
            ),
            crossing(
                self.p_less, alpha, rejected=greatest + room, kept=least, relative=BOUND_TOLERANCE
            ),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 2^-G: all clusters on one side of the limit."""
        return 2.0 ** -len(self.totals)

    def _around(self, limit: float) -> NDArray[np.float64]:
        """Cluster sums of (difference - limit), those but for rounding on it exactly 0."""
        require_finite(limit, what="limit")
        totals, moved = np.array(self.totals), limit * np.array(self.sizes)
        shifted = totals - moved
        shifted[np.abs(shifted) <= ZERO_TOLERANCE * (np.abs(totals) + np.abs(moved))] = 0.0
        return shifted


def cluster_flip(differences: ArrayLike, clusters: Sequence[str]) -> ClusterFlip:
    """Judge a mean difference by flipping the signs of whole clusters.

    Args:
        differences: candidate - baseline of each pair, shape (n,).
        clusters: The cluster each pair belongs to, length n, 2 to 20 different ones.

    Raises:
        UndefinedTestError: Values not finite or above 1e150, lengths differ, or fewer than 2 or
            more than 20 clusters.
    """
    array = finite_values(differences, what="differences")
    same_length(clusters, array.size, what="differences and clusters")
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(one, len(numbers)) for one in clusters])
    unit = unit_of(magnitude(array))
    return ClusterFlip(
        totals=tuple((np.bincount(codes, weights=array / unit) * unit).tolist()),
        sizes=tuple(np.bincount(codes).tolist()),
    )
