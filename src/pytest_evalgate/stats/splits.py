"""Splits of pooled units into two arms, and the limit from which on each is extreme."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray


TIE_TOLERANCE: Final = 1e-9
"""Limits nearer than this, over the spread of the pooled units, are ties: extreme."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splits:
    """Sums of the new candidate arm of each split, all of shape (splits,).

    Units were centred on their own arm's mean. Against a limit that lies y below the estimate,
    each original candidate unit is y higher.

    Args:
        n: Units of the candidate arm.
        m: Units of the baseline arm.
        kept: How many original candidate units are in the new candidate arm.
        sums: Sum of its values.
        squares: Sum of its squared values.
        kept_sums: Sum of the values of the original candidate units in it.
        all_squares: Sum of squares of the candidate's and the baseline's values, two numbers.
    """

    n: int
    m: int
    kept: NDArray[np.float64] = field(repr=False)
    sums: NDArray[np.float64] = field(repr=False)
    squares: NDArray[np.float64] = field(repr=False)
    kept_sums: NDArray[np.float64] = field(repr=False)
    all_squares: tuple[float, float]

    @classmethod
    def of(cls, pooled: NDArray[np.float64], n: int, chosen: NDArray[np.int64]) -> "Splits":
        """Sum up the chosen units, indices of shape (splits, n), candidates first in the pool."""
        values = pooled.take(chosen)
        is_kept = chosen < n
        return cls(
            n=n,
            m=pooled.size - n,
            kept=is_kept.sum(axis=1).astype(np.float64),
            sums=values.sum(axis=1),
            squares=np.square(values).sum(axis=1),
            kept_sums=np.where(is_kept, values, 0.0).sum(axis=1),
            all_squares=(
                float(np.square(pooled[:n]).sum()),
                float(np.square(pooled[n:]).sum()),
            ),
        )

    @classmethod
    def joined(cls, blocks: Sequence["Splits"]) -> "Splits":
        """Put blocks of splits of the same units together."""
        return replace(
            blocks[0],
            kept=np.concatenate([block.kept for block in blocks]),
            sums=np.concatenate([block.sums for block in blocks]),
            squares=np.concatenate([block.squares for block in blocks]),
            kept_sums=np.concatenate([block.kept_sums for block in blocks]),
        )

    def mirrored(self) -> "Splits":
        """Give the same splits of the values with their signs changed."""
        return replace(self, sums=-self.sums, kept_sums=-self.kept_sums)

    def difference(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Difference of the new means as r + g y: r and g, each of shape (splits,)."""
        inverse = 1.0 / self.n + 1.0 / self.m
        # Each arm sums to 0, so the new baseline arm has the sum -sums.
        return self.sums * inverse, self.kept * inverse - self.n / self.m

    def variance(self) -> tuple[NDArray[np.float64], ...]:
        """Welch's squared standard error as w0 + w1 y + w2 y^2."""
        n, m, left = self.n, self.m, self.n - self.kept
        total = self.all_squares[0] + self.all_squares[1]
        for_n, for_m = n * (n - 1.0), m * (m - 1.0)
        zero = (self.squares - np.square(self.sums) / n) / for_n
        zero += (total - self.squares - np.square(self.sums) / m) / for_m
        one = 2.0 * (self.kept_sums - self.sums * self.kept / n) / for_n
        one += 2.0 * (-self.kept_sums + self.sums * left / m) / for_m
        two = self.kept * (1.0 - self.kept / n) / for_n + left * (1.0 - left / m) / for_m
        return np.maximum(zero, 0.0), one, two

    def observed_variance(self) -> float:
        """Welch's squared standard error of the observed split, the same at every limit."""
        n, m = self.n, self.m
        first, second = self.all_squares
        return first / (n * (n - 1.0)) + second / (m * (m - 1.0))


def first_limits(splits: Splits, *, is_studentised: bool, reach: float) -> NDArray[np.float64]:
    """Give the smallest limit, less the estimate, against which each split is as extreme.

    Tests "greater": the statistic of the split is at least the observed one. -inf where it is
    so against every limit.

    Args:
        splits: Of units centred on the mean of their arm.
        is_studentised: True for Welch's t, False for the difference of means.
        reach: Magnitude of the estimate, which ties are rounded by.
    """
    # In arms of equal size Welch's t rises with the difference: the closed form holds.
    needs_roots = is_studentised and splits.n != splits.m
    below = _studentised(splits) if needs_roots else _plain(splits)
    spread = reach + float(np.sqrt(sum(splits.all_squares) / (splits.n + splits.m)))
    moved = splits.kept < splits.n
    return np.where(moved, -below - TIE_TOLERANCE * (spread + np.abs(below)), -np.inf)


def _plain(splits: Splits) -> NDArray[np.float64]:
    """Largest y at which r + g y >= y: all of them below r / (1 - g)."""
    r, g = splits.difference()
    return np.asarray(r / np.where(splits.kept < splits.n, 1.0 - g, 1.0), dtype=np.float64)


def _studentised(splits: Splits) -> NDArray[np.float64]:
    """Largest y at which (r + g y) / sqrt(w0 + w1 y + w2 y^2) >= y / sqrt(v)."""
    moved = splits.kept < splits.n
    r, g = (part[moved] for part in splits.difference())
    w0, w1, w2 = (part[moved] for part in splits.variance())
    v = splits.observed_variance()
    # Squared: w2 y^4 + w1 y^3 + (w0 - v g^2) y^2 - 2 v r g y - v r^2 = 0.
    quartic = np.stack([w1, w0 - v * g * g, -2.0 * v * r * g, -v * r * r], axis=1)
    companion = np.zeros((r.size, 4, 4))
    companion[:, 0, :] = -quartic / w2[:, np.newaxis]
    companion[:, [1, 2, 3], [0, 1, 2]] = 1.0
    roots = np.linalg.eigvals(companion)
    # A double root, where two curves touch, may come out as a pair with a small imaginary part.
    is_real = np.abs(roots.imag) <= 1e-6 * np.abs(roots)
    y = roots.real
    same_sign = (r[:, np.newaxis] + g[:, np.newaxis] * y) * y >= -1e-12
    below = np.full(moved.size, np.inf)
    below[moved] = np.where(is_real & same_sign, y, -np.inf).max(axis=1)
    below[below == -np.inf] = np.inf  # a root that was missed must not make p smaller
    return below
