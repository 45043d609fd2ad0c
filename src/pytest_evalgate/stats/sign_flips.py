"""Sign flips of pairs or of whole clusters: exact over all of them, or over a sample of flips.

A flip whose mean is as extreme as the observed one against some limit is so against every limit
beyond one point: the mean of the flipped units alone. The sorted means of random subsets
therefore hold the p-value at every limit and the bounds at every level.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import last_kept
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import (
    centred,
    finite_values,
    magnitude,
    same_length,
    unit_of,
)
from pytest_evalgate.stats.result import WithoutScale
from pytest_evalgate.stats.streams import DRAWS


TIE_TOLERANCE: Final = 1e-9
"""Sums nearer than this, over the sum of magnitudes, are ties and count as extreme."""

ROUNDING: Final = 4.0 * float(np.finfo(np.float64).eps)
"""Means nearer than this, over the largest magnitude, are ties too: 0.1 + 0.2 and 0.3 are."""

EXACT_CLUSTERS: Final = 20
"""Clusters up to which all 2^G flips are taken."""

_BITS: Final = 8
_BLOCK: Final = 2**18  # random bytes of one block: what a core's cache holds
_MOST_ROWS: Final = 31  # 31 bytes have at most 248 ones, which a byte can count
_SUBSETS: Final = ((np.arange(256) >> np.arange(_BITS)[:, np.newaxis]) & 1).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubsetMeans(WithoutScale):
    """One-sided sign-flip test of a mean and its inversion. Satisfies ``Inference``.

    H0 of ``p_greater(limit)``: each unit (or cluster) is symmetric about a centre <= limit.

    Args:
        estimate: Mean of all units.
        lower: Mean of the flipped units of every flip, less the tie tolerance, ascending; all
            are deviations from the estimate.
        upper: The same, plus the tie tolerance, ascending.
        always: Flips that flip nothing (the observed data are one of them): always extreme.

    Source:
        Fisher (1935); Hartigan (1969), JASA 64, 1303-1317; Phipson and Smyth (2010).
    """

    estimate: float
    lower: NDArray[np.float64] = field(repr=False)
    upper: NDArray[np.float64] = field(repr=False)
    always: int

    @property
    def flips(self) -> int:
        """All flips that p is a share of, the observed data among them."""
        return self.lower.size + self.always

    def statistic(self, limit: float) -> float:
        """Give the mean less the limit."""
        require_finite(limit, what="limit")
        return self.estimate - limit

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: centre <= limit."""
        require_finite(limit, what="limit")
        return self._share(int(np.searchsorted(self.lower, limit - self.estimate, side="right")))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: centre >= limit."""
        require_finite(limit, what="limit")
        below = int(np.searchsorted(self.upper, limit - self.estimate, side="left"))
        return self._share(self.upper.size - below)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Low and high, each one-sided at ``alpha``; None where there are too few flips."""
        require_alpha(alpha)
        needed = max(0, math.ceil(alpha * self.flips) - 1)
        while needed / self.flips < alpha:  # the product above was rounded
            needed += 1
        rank = needed - self.always
        if not 0 < rank <= self.lower.size:
            return None, None
        low = self.estimate + float(self.lower[rank - 1])
        high = self.estimate + float(self.upper[-rank])
        return (
            last_kept(self.p_greater, alpha, near=low, outward=-math.inf),
            last_kept(self.p_less, alpha, near=high, outward=math.inf),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Smallest share: the flips that flip nothing."""
        return self._share(0)

    def _share(self, extreme: int) -> float:
        return (extreme + self.always) / self.flips


def sampled_sign_flip(
    differences: ArrayLike, *, generator: np.random.Generator, draws: int = DRAWS
) -> SubsetMeans:
    """Judge a mean difference by randomly drawn sign flips, (b + 1) / (B + 1).

    For more differences than ``sign_flip`` can enumerate. p and bounds come from the same
    flips, so they agree.

    Args:
        differences: candidate - baseline of each pair, shape (n,), n >= 1.
        generator: Where the flips come from.
        draws: Number of flips.

    Raises:
        UndefinedTestError: n < 1, not finite or above 1e150, or draws < 1.

    Source:
        Phipson and Smyth (2010). SciPy: permutation_test(..., permutation_type="samples").
    """
    array = finite_values(differences, what="differences")
    draws = whole_number(draws, "draws", low=1)
    unit = unit_of(magnitude(array))
    parts = centred(array, unit=unit)
    sample = _Sample(
        mean=parts.first + parts.offset,
        unit=unit,
        weight=float(array.size),
        magnitudes=float(np.abs(parts.residuals).sum()),
        size=magnitude(array) / unit,
        is_complete=False,
    )
    return _subset_means(*_drawn(parts.residuals, None, generator, draws), sample)


def cluster_sign_flip(
    totals: ArrayLike,
    sizes: ArrayLike,
    *,
    generator: np.random.Generator,
    draws: int = DRAWS,
) -> SubsetMeans:
    """Judge the mean of units in clusters by flipping whole clusters.

    All 2^G flips up to 20 clusters, else ``draws`` of them.

    Args:
        totals: Sum of the differences of each cluster, shape (G,).
        sizes: Number of units of each cluster, shape (G,), > 0.
        generator: Where the flips come from when they are drawn.
        draws: Number of flips when they are drawn.

    Raises:
        UndefinedTestError: No cluster, lengths differ, not finite or above 1e150, a size not
            above 0, or draws < 1.

    Source:
        Cameron, Gelbach and Miller (2008), REStat 90(3), 414-427; Canay, Romano and Shaikh
        (2017), Econometrica 85(3), 1013-1030.
    """
    sums = finite_values(totals, what="cluster totals")
    weights = finite_values(sizes, what="cluster sizes")
    same_length(sums, weights.size, what="cluster totals and sizes")
    if not (weights > 0.0).all():
        raise UndefinedTestError(f"cluster sizes must be above 0, got {weights.min():g}")
    draws = whole_number(draws, "draws", low=1)
    unit_s, unit_w = unit_of(magnitude(sums)), unit_of(magnitude(weights))
    sums, weights = sums / unit_s, weights / unit_w
    mean = math.fsum(sums) / math.fsum(weights)
    residuals = sums - mean * weights
    sample = _Sample(
        mean=mean,
        unit=unit_s / unit_w,
        weight=float(weights.sum()),
        magnitudes=float(np.abs(residuals).sum()),
        size=magnitude(sums / weights),
        is_complete=sums.size <= EXACT_CLUSTERS,
    )
    if sample.is_complete:
        return _subset_means(_all_subsets(residuals), _all_subsets(weights), sample)
    return _subset_means(*_drawn(residuals, weights, generator, draws), sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """What all flips share, in the unit the values were divided by."""

    mean: float
    unit: float
    weight: float  # of all units
    magnitudes: float  # sum of |residuals|
    size: float  # largest |value|, or |mean of a cluster|
    is_complete: bool  # True where every subset is taken, the empty one too


def _subset_means(
    flipped: NDArray[np.float64],
    weights: NDArray[np.float64],
    sample: "_Sample",
) -> SubsetMeans:
    """Assemble from the sum of residuals and of weights of the flipped units of each flip."""
    some = weights > 0.0
    weights = weights[some]
    means = flipped[some] / weights
    # Sum of magnitudes about the limit: at most that about the mean and the way between them.
    # A flip lowers the sum by twice its subset's, hence the half.
    magnitudes = sample.magnitudes + sample.weight * np.abs(means)
    tie = 0.5 * TIE_TOLERANCE * magnitudes / weights
    tie = np.maximum(tie, ROUNDING * sample.size)  # copies of a rounded limit lie on it
    return SubsetMeans(
        estimate=sample.mean * sample.unit,
        lower=np.sort(means - tie) * sample.unit,
        upper=np.sort(means + tie) * sample.unit,
        always=some.size - means.size + (0 if sample.is_complete else 1),
    )


def _all_subsets(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of every subset, shape (2^g,), the empty one first."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums, sums + value))
    return sums


def _drawn(
    residuals: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    generator: np.random.Generator,
    draws: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of residuals and of weights over random subsets, both shape (draws,).

    Eight units share a byte: its 256 subset sums are tabled once and looked up in every draw.

    Args:
        residuals: Shape (n,).
        weights: Shape (n,); None where each is 1.
        generator: Where the subsets come from.
        draws: Number of subsets.
    """
    width = -(-draws // 8) * 8  # whole words of 64 bits
    sums, counts = np.zeros(width), np.zeros(width)
    grouped = _by_eight(residuals)
    weighted = None if weights is None else _by_eight(weights)
    groups = len(grouped)
    last_bits = residuals.size - _BITS * (groups - 1)
    for start, block in _random_bytes(groups, generator, width):
        stop = start + len(block)
        if stop == groups:
            block[-1] &= (1 << last_bits) - 1  # no unit has these bits
        _add(sums, grouped[start:stop], block)
        if weighted is None:
            counts += _bit_counts(block)
        else:
            _add(counts, weighted[start:stop], block)
    return sums[:draws], counts[:draws]


def _by_eight(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values in groups of 8, shape (groups, 8); the last one is filled with zeros."""
    groups = -(-values.size // _BITS)
    padded = np.zeros(groups * _BITS)
    padded[: values.size] = values
    return padded.reshape(groups, _BITS)


def _add(sums: NDArray[np.float64], groups: NDArray[np.float64], block: NDArray[np.uint8]) -> None:
    """Add the subset sum of each group that its byte chooses, in each draw."""
    tables = groups @ _SUBSETS  # of one block only: those of all groups are 32 times the data
    for table, chosen in zip(tables, block, strict=True):
        sums += table.take(chosen)


def _random_bytes(
    groups: int, generator: np.random.Generator, width: int
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the first group of a block and its bytes, shape (groups of the block, width)."""
    rows = min(max(1, _BLOCK // width), _MOST_ROWS)
    for start in range(0, groups, rows):
        count = min(rows, groups - start)
        words = generator.bit_generator.random_raw(count * width // 8)
        yield start, words.astype("<u8", copy=False).view(np.uint8).reshape(count, width)


def _bit_counts(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Number of ones in each column, at most 31 rows; NumPy counts bits only from 2.0 on."""
    ones = block - ((block >> 1) & 0x55)
    ones = (ones & 0x33) + ((ones >> 2) & 0x33)
    ones = (ones + (ones >> 4)) & 0x0F
    return np.asarray(ones.sum(axis=0, dtype=np.uint8))
