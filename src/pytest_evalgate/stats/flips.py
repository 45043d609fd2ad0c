"""The law of several sums under sign flips of whole rows, and of the largest of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError


_BLOCK: Final = 2**20  # numbers of one block of flips, 8 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipLaw:
    """What flips say of columns that stand in descending order of their observed sums.

    Args:
        flips: How many were looked at.
        extra: 1 where they were drawn: the observed flip is counted with them. Else 0.
        raw: p of each column by itself, shape (m,).
        single_step: p of the largest of all columns, shape (m,).
        step_down: p of the largest of a column and all behind it, shape (m,).
        tops: The largest values of each column, descending, shape (k, m); their number is the
            smallest whose share of the flips is at least alpha, and one more.
        top_maxima: The same of the largest of a column and all behind it, shape (k, m).
        rank: Number of the value, from 1, at which that share is reached; 0 if one flip has it.
    """

    flips: int
    extra: int
    raw: NDArray[np.float64]
    single_step: NDArray[np.float64]
    step_down: NDArray[np.float64]
    tops: NDArray[np.float64]
    top_maxima: NDArray[np.float64]
    rank: int

    def quantile(self, step: int) -> float:
        """Largest x that the maximum from ``step`` on reaches in at least alpha of the flips."""
        return float(self.top_maxima[self.rank - 1, step]) if self.rank else np.inf

    def pvalues_around(self, column: int, edge: float, *, tie: float) -> tuple[float, float]:
        """Give p of the nearest value of a column beyond ``edge``, and of the nearest before it.

        The first is 0 where there is no value beyond, the second at least what is known of it.
        """
        values = self.tops[:, column]
        total = self.flips + self.extra
        beyond = int((values > edge).sum())
        below = (beyond + self.extra) / total if beyond else 0.0
        if beyond == values.size:
            return below, 1.0
        reached = int((values >= values[beyond] - tie).sum())
        return below, (reached + self.extra) / total


def flip_law(
    shares: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    alpha: float,
    *,
    rng: np.random.Generator | None,
    draws: int,
) -> FlipLaw:
    """Look at all sign flips of the rows, or at ``draws`` of them where ``rng`` is given.

    Args:
        shares: What is summed, shape (n, m), columns in descending order of their sums.
        thresholds: A sum as large as this counts as extreme, shape (m,).
        alpha: Level of the quantiles.
        rng: Draws the signs.
        draws: How many flips are drawn, at least 1.

    Raises:
        UndefinedTestError: draws < 1.
    """
    if draws < 1:
        raise UndefinedTestError(f"at least 1 flip must be drawn, got {draws}")
    size = shares.shape[1]
    flips, extra = (2 ** len(shares), 0) if rng is None else (draws, 1)
    rank = _rank(alpha, flips, extra)
    counts = np.zeros((3, size))
    tops = np.empty((0, 2 * size))
    blocks = _all_flips(shares) if rng is None else _drawn_flips(shares, rng, draws)
    for sums in blocks:
        maxima = np.maximum.accumulate(sums[:, ::-1], axis=1)[:, ::-1]
        counts[0] += (sums >= thresholds).sum(axis=0)
        counts[1] += (maxima[:, :1] >= thresholds).sum(axis=0)
        counts[2] += (maxima >= thresholds).sum(axis=0)
        tops = _largest(np.vstack((tops, np.hstack((sums, maxima)))), rank + 1)
    tops = -np.sort(-tops, axis=0)
    raw, single_step, step_down = (counts + extra) / (flips + extra)
    return FlipLaw(
        flips=flips,
        extra=extra,
        raw=raw,
        single_step=single_step,
        step_down=step_down,
        tops=tops[:, :size],
        top_maxima=tops[:, size:],
        rank=rank,
    )


def _rank(alpha: float, flips: int, extra: int) -> int:
    """Smallest k with (k + extra) / (flips + extra) >= alpha, by the division that gives p."""
    total = flips + extra
    rank = max(0, int(alpha * total) - extra - 1)
    while rank < flips and (rank + extra) / total < alpha:
        rank += 1
    return rank


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Keep the ``count`` largest of each column."""
    if len(values) <= count:
        return values
    return np.partition(values, len(values) - count, axis=0)[-count:]


def _all_flips(shares: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Sums of every flip: those of the first rows are added to blocks of those of the last."""
    n, size = shares.shape
    few = max(0, min(n, (_BLOCK // size).bit_length() - 1))
    small, large = _signed_sums(shares[:few]), _signed_sums(shares[few:])
    for one in large:
        yield small + one


def _signed_sums(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros((1, shares.shape[1]))
    for row in shares:
        sums = np.concatenate((sums + row, sums - row))
    return sums


def _drawn_flips(
    shares: NDArray[np.float64], rng: np.random.Generator, draws: int
) -> Iterator[NDArray[np.float64]]:
    n, size = shares.shape
    block = max(1, _BLOCK // max(n, size))
    for start in range(0, draws, block):
        signs = rng.integers(0, 2, size=(min(block, draws - start), n), dtype=np.int8)
        yield (2.0 * signs - 1.0) @ shares
