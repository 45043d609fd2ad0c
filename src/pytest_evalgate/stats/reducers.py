"""Arrays to sufficient statistics: the one place where rows are summed.

Every function checks its arrays (numbers, finite, not above 1e150, equal lengths) and raises
``UndefinedTestError`` for what no test is defined on.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.labels import flags
from pytest_evalgate.stats.moments import (
    Centred,
    centred,
    finite_cells,
    finite_values,
    magnitude,
    same_length,
    unit_of,
)
from pytest_evalgate.stats.sufficient import Extent, JointMoments, PairedMoments, SampleMoments
from pytest_evalgate.stats.sufficient_counts import (
    EventCounts,
    LimitCounts,
    OrderStatistics,
    PairedCounts,
    RoundedCounts,
    ShareCounts,
)
from pytest_evalgate.stats.sufficient_groups import ClusterSums, CrossedSums


Floats: TypeAlias = NDArray[np.float64]

# A difference may exceed the width by this share of it: 0.3 - (-0.6) is 0.8999999999999999.
_ROUNDING = 1e-9


def reduce_sample(values: ArrayLike, *, what: str = "values", at_least: int = 1) -> SampleMoments:
    """Reduce one number a unit, shape (n,), to moments."""
    array = finite_values(values, what=what, at_least=at_least)
    return _sample(array, *_parts(array))


def reduce_differences(candidate: ArrayLike, baseline: ArrayLike) -> SampleMoments:
    """Reduce pairs, shapes (n,), n >= 2, to the moments of candidate - baseline."""
    first, second = _pairs(candidate, baseline)
    differences = first - second
    return _sample(differences, *_parts(differences, size=magnitude(first, second)))


def reduce_pairs(candidate: ArrayLike, baseline: ArrayLike) -> PairedMoments:
    """Reduce pairs, shapes (n,), n >= 2, to the moments of both arms together."""
    first, second = _pairs(candidate, baseline)
    differences = first - second
    parts_d, extent_d = _parts(differences, size=magnitude(first, second))
    parts_b, extent_b = _parts(second)
    return PairedMoments(
        first=_sample(differences, parts_d, extent_d),
        second=_sample(second, parts_b, extent_b),
        products=float(parts_d.residuals @ parts_b.residuals),
    )


def reduce_joint(
    first: ArrayLike, second: ArrayLike, *, what: tuple[str, str] = ("first", "second")
) -> JointMoments:
    """Reduce two numbers a unit, shapes (n,): numerator and denominator, covariate and value."""
    one, two = finite_values(first, what=what[0]), finite_values(second, what=what[1])
    same_length(one, two.size, what=" and ".join(what))
    (parts_1, extent_1), (parts_2, extent_2) = _parts(one), _parts(two)
    return JointMoments(
        first=_sample(one, parts_1, extent_1),
        second=_sample(two, parts_2, extent_2),
        products=float(parts_1.residuals @ parts_2.residuals),
    )


def reduce_clusters(
    values: ArrayLike, clusters: Sequence[Hashable], *, what: str = "values"
) -> ClusterSums:
    """Reduce one number a unit, shape (n,), and its cluster, length n, to sums of clusters."""
    array = finite_values(values, what=what)
    numbers: dict[Hashable, int] = {}
    codes = np.fromiter(
        (numbers.setdefault(cluster, len(numbers)) for cluster in clusters), dtype=np.intp
    )
    same_length(codes, array.size, what=f"{what} and clusters")
    parts, extent = _parts(array)
    sizes = np.bincount(codes).astype(np.float64)
    about = np.bincount(codes, weights=parts.residuals)  # summed about the mean: no large sums
    return ClusterSums(
        names=tuple(numbers), sizes=sizes, sums=about + sizes * parts.offset, extent=extent
    )


def reduce_crossed(cells: ArrayLike, *, what: str = "cells", size: float = 0.0) -> CrossedSums:
    """Reduce cells of shape (runs, units) to their margins.

    Args:
        cells: Values, or differences of paired cells.
        what: What to call them.
        size: Largest magnitude of what was measured, where that is more than of the cells.
    """
    array = finite_cells(cells, what=what)
    if not array.size:
        raise UndefinedTestError(f"{what} need at least 1 run and 1 unit, got {array.shape}")
    parts, extent = _parts(array, size=size)
    by_run, by_unit, rest = margins(parts.residuals.reshape(array.shape))
    return CrossedSums(
        mean=parts.offset,
        run_means=by_run,
        unit_means=by_unit,
        rest=float(rest),
        between_runs=float(np.ptp(array, axis=0).max()),
        extent=extent,
    )


def margins(cells: Floats) -> tuple[Floats, Floats, Floats]:
    """Means of runs, means of units, and the rest's sum of squares of (..., runs, units)."""
    by_run = cells.mean(axis=-1, keepdims=True)
    by_unit = cells.mean(axis=-2, keepdims=True)
    rest = cells - by_run - by_unit + by_run.mean(axis=-2, keepdims=True)
    return by_run[..., 0], by_unit[..., 0, :], np.square(rest).sum(axis=(-2, -1))


def reduce_shares(values: ArrayLike, *, what: str = "values") -> ShareCounts:
    """Reduce 0/1 values, shape (n,), to counts."""
    ones = flags(values, what=what)
    return ShareCounts(successes=int(np.count_nonzero(ones)), n=ones.size)


def reduce_discordant(candidate: ArrayLike, baseline: ArrayLike) -> PairedCounts:
    """Reduce pairs, shapes (n,), to how many rise, how many fall, and all."""
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    same_length(first, second.size, what="candidate and baseline of pairs")
    return PairedCounts(
        better=int(np.count_nonzero(first > second)),
        worse=int(np.count_nonzero(first < second)),
        n=first.size,
    )


def reduce_rounded(differences: ArrayLike, width: float) -> RoundedCounts:
    """Reduce differences in [-width, width], shape (n,), to counts rounded against either claim."""
    array = finite_values(differences, what="differences")
    if not (np.isfinite(width) and width > 0.0):
        raise UndefinedTestError(f"the width of a range must be positive, got {width}")
    largest = magnitude(array)
    if largest > width * (1.0 + _ROUNDING):
        raise UndefinedTestError(f"a difference of {largest:g} exceeds the range's width {width:g}")
    n, rises, falls = array.size, int(np.sum(array > 0.0)), int(np.sum(array < 0.0))
    full_rises, full_falls = int(np.sum(array >= width)), int(np.sum(array <= -width))
    return RoundedCounts(
        down=PairedCounts(better=full_rises, worse=falls, n=n),
        up=PairedCounts(better=rises, worse=full_falls, n=n),
        mean=float(array.mean()),
        width=float(width),
    )


def reduce_events(counts: ArrayLike, exposures: ArrayLike) -> EventCounts:
    """Reduce events of each unit, whole and >= 0, and their exposures, shapes (n,), to sums."""
    found = finite_values(counts, what="counts")
    over = finite_values(exposures, what="exposures")
    same_length(over, found.size, what="counts and exposures")
    if (found < 0.0).any() or (found != np.floor(found)).any():
        raise UndefinedTestError("counts must be whole and not negative")
    return EventCounts(events=int(found.sum()), exposure=float(over.sum()))


def reduce_limits(values: ArrayLike, limits: Iterable[float]) -> LimitCounts:
    """Reduce values, shape (n,), to how many lie below, and at or below, each limit."""
    array = finite_values(values)
    known = tuple(float(limit) for limit in limits)
    return LimitCounts(
        n=array.size,
        limits=known,
        below=tuple(int(np.count_nonzero(array < limit)) for limit in known),
        at_or_below=tuple(int(np.count_nonzero(array <= limit)) for limit in known),
    )


def reduce_order_statistics(values: ArrayLike, ranks: Iterable[int]) -> OrderStatistics:
    """Reduce values, shape (n,), to the k-th smallest of them for each rank k, from 1."""
    array = finite_values(values)
    known = sorted({whole_number(rank, "a rank", low=1, high=array.size) for rank in ranks})
    placed = np.partition(array, [rank - 1 for rank in known]) if known else array
    return OrderStatistics(n=array.size, smallest={rank: float(placed[rank - 1]) for rank in known})


def _pairs(candidate: ArrayLike, baseline: ArrayLike) -> tuple[Floats, Floats]:
    first = finite_values(candidate, what="candidate values", at_least=2)
    second = finite_values(baseline, what="baseline values", at_least=2)
    same_length(first, second.size, what="candidate and baseline of pairs")
    return first, second


def _parts(array: Floats, *, size: float = 0.0) -> tuple[Centred, Extent]:
    """Values about their first one, in multiples of a power of two above their magnitude."""
    low, high = float(array.min()), float(array.max())
    largest = max(abs(low), abs(high))
    unit = unit_of(largest)
    extent = Extent(
        origin=float(array.flat[0]), unit=unit, low=low, high=high, size=max(size, largest)
    )
    return centred(array, unit=unit), extent


def _sample(array: Floats, parts: Centred, extent: Extent) -> SampleMoments:
    return SampleMoments(
        n=array.size,
        mean=parts.offset,
        squares=float(np.square(parts.residuals).sum()),
        extent=extent,
    )
