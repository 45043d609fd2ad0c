"""BCa bootstrap of any statistic that can be computed from how often each unit is drawn."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import Bca, BcaMap, acceleration_of, bias_of
from pytest_evalgate.stats.bootstrap import require_units
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.replicates import Replicates, middle_of
from pytest_evalgate.stats.streams import DRAWS


Statistic: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""From weights, shape (b, n), to the statistic of each row, shape (b,).

A weight says how often a unit is in the resample; a row sums to n, in the jackknife to less.
"""

MAX_JACKKNIFE: Final = 1_000
"""Units of a sample are left out in at most this many groups of one size."""

TIE: Final = 1e-12
"""Replicates nearer to the estimate than this, over the magnitudes, equal it."""

_CELLS: Final = 2**17  # of one block of weights: what a core's cache holds


def bootstrap_statistic(
    statistic: Statistic,
    sizes: Sequence[int],
    *,
    generator: np.random.Generator,
    draws: int = DRAWS,
) -> Bca:
    """Judge any statistic of independent units by the BCa bootstrap.

    For clusters let a unit be a cluster. For independent arms give the size of each, and let
    the units of one follow those of the other: each arm is resampled within itself.

    Args:
        statistic: Of integer weights of the units, vectorised over rows.
        sizes: Number of units of each independent sample, each >= 20.
        generator: Where the draws come from.
        draws: Number of resamples.

    Raises:
        UndefinedTestError: Fewer than 20 units, the statistic is constant, undefined (not
            finite) on some resample, or beyond all or none of its replicates.

    Source:
        Efron (1987), JASA 82, 171-185. SciPy: stats.bootstrap(..., method="BCa").
    """
    for size in sizes:
        require_units(whole_number(size, "units", low=1), what="units")
    draws = whole_number(draws, "draws", low=1)
    estimate = float(_rows(statistic, np.ones((1, sum(sizes)), np.int64))[0])
    blocks = (_rows(statistic, weights) for weights in resamples(sizes, generator, draws=draws))
    replicates = np.sort(np.concatenate(list(blocks)))
    tie = TIE * max(abs(estimate), abs(float(replicates[0])), abs(float(replicates[-1])))
    if replicates[-1] - replicates[0] <= tie:
        raise UndefinedTestError(
            f"the statistic equals {estimate:g} on every resample (zero variance)",
            hint="check that the runs or samples are not copies of one another",
        )
    influences = _influences(statistic, sizes)
    middle = middle_of(replicates, estimate, tie=tie)
    return Bca(
        estimate=estimate,
        standard_error=float(replicates.std(ddof=1)),
        law=Replicates(deviations=replicates - estimate),
        correction=BcaMap(
            bias=bias_of(middle),
            acceleration=acceleration_of(*influences),
            resolution=1.0 / (draws + 1),
        ),
    )


def resamples(
    sizes: Sequence[int], generator: np.random.Generator, *, draws: int
) -> Iterator[NDArray[np.int64]]:
    """Yield weights of resamples in blocks of 2^17 cells, shape (b, n); the buffer is reused.

    Args:
        sizes: Number of units of each independent sample.
        generator: Where the draws come from.
        draws: Rows in all.
    """
    width = sum(sizes)
    rows = max(1, min(draws, _CELLS // width))
    buffer = np.empty((rows, width), np.int64)
    for start in range(0, draws, rows):
        block = buffer[: min(rows, draws - start)]
        left = 0
        for size in sizes:
            _draw(block[:, left : left + size], generator)
            left += size
        yield block


def _draw(block: NDArray[np.int64], generator: np.random.Generator) -> None:
    """Fill each row with how often each of its n units is among n draws."""
    rows, n = block.shape
    if rows > 1:
        drawn = generator.integers(0, n, (rows, n))
        drawn += n * np.arange(rows)[:, np.newaxis]
        block[:] = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        return
    # A long row by pieces, whose shares are multinomial: no array of n indices is needed.
    starts = np.arange(0, n, _CELLS)
    lengths = np.minimum(_CELLS, n - starts)
    for start, length, count in zip(
        starts, lengths, generator.multinomial(n, lengths / n), strict=True
    ):
        piece = generator.integers(0, length, count)
        block[0, start : start + length] = np.bincount(piece, minlength=length)


def _influences(statistic: Statistic, sizes: Sequence[int]) -> list[NDArray[np.float64]]:
    """Jackknife influences over n of each sample, leaving out one unit or group at a time."""
    width, left, found = sum(sizes), 0, []
    for size in sizes:
        groups = min(size, MAX_JACKKNIFE)
        rows = max(1, _CELLS // width)
        values = [
            _rows(statistic, _left_out(width, left, size, range(start, min(start + rows, groups))))
            for start in range(0, groups, rows)
        ]
        jackknife = np.concatenate(values)
        found.append((groups - 1) / groups * (jackknife.mean() - jackknife))
        left += size
    return found


def _left_out(width: int, left: int, size: int, groups: range) -> NDArray[np.int64]:
    """Weights with every k-th unit of one sample left out, a row for each start."""
    weights = np.ones((len(groups), width), np.int64)
    for row, group in enumerate(groups):
        weights[row, left + group : left + size : min(size, MAX_JACKKNIFE)] = 0
    return weights


def _rows(statistic: Statistic, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values of the statistic, refused unless one finite number a row."""
    values = np.asarray(statistic(weights), dtype=np.float64)
    if values.shape != (weights.shape[0],):
        raise UndefinedTestError(
            f"a statistic gives one number a resample, got shape {values.shape}"
            f" for {weights.shape[0]} resamples"
        )
    undefined = int((~np.isfinite(values)).sum())
    if undefined:
        raise UndefinedTestError(
            f"the statistic is undefined on {undefined} of {values.size} resamples of a block",
            hint="gather more units, so that no resample lacks what the statistic divides by",
        )
    return values.copy()  # a statistic may hand out a view of the weights
