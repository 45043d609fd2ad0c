"""Midranks, and the laws of their sums when labels, or signs, are dealt at random."""

import math
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr


TIE_TOLERANCE: Final = 8.0 * float(np.finfo(np.float64).eps)
"""Values nearer than this, relative to the larger, are tied: 0.1 + 0.2 and 0.3 are."""

MAX_STEPS: Final = 2e8
"""Additions that an exact law may cost, about 0.3 s: 80 against 80 values, or 500 pairs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Midranks:
    """Ranks of values in ascending order; tied values share the mean of their ranks.

    Doubled, so that they are whole numbers.
    """

    doubled: NDArray[np.int64]  # shape (n,), in the order of the values
    tie_sizes: NDArray[np.int64]  # how many values are tied, of each distinct value

    @property
    def tie_sum(self) -> float:
        """Sum of t^3 - t over the tied groups."""
        sizes = self.tie_sizes.astype(np.float64)
        return float((sizes**3 - sizes).sum())


def midranks(values: NDArray[np.float64], slack: NDArray[np.float64] | None = None) -> Midranks:
    """Rank the values from 1 on.

    Args:
        values: Shape (n,).
        slack: Values this near to their neighbour are tied with it, shape (n,); by default
            ``TIE_TOLERANCE`` of their magnitude.
    """
    slack = TIE_TOLERANCE * np.abs(values) if slack is None else slack
    order = np.argsort(values, kind="stable")
    ascending, room = values[order], slack[order]
    is_new = np.diff(ascending) > np.maximum(room[1:], room[:-1])
    group = np.concatenate(([0], np.cumsum(is_new)))
    sizes = np.bincount(group)
    last = np.cumsum(sizes)
    doubled = np.empty(values.size, dtype=np.int64)
    doubled[order] = (2 * last - sizes + 1)[group]
    return Midranks(doubled=doubled, tie_sizes=sizes.astype(np.int64))


class CountLaw(Protocol):
    """Law of a whole number under the null hypothesis, both tails without 1 - cdf."""

    def at_least(self, total: float) -> float:
        """P(S >= total)."""

    def at_most(self, total: float) -> float:
        """P(S <= total)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeLaw:
    """Law of a sum on the lattice lowest, lowest + step, ...; tails are summed from their end."""

    lowest: int
    step: int
    upper: NDArray[np.float64] = field(repr=False)  # P(S >= lowest + i * step)
    lower: NDArray[np.float64] = field(repr=False)  # P(S <= lowest + i * step)

    def at_least(self, total: float) -> float:
        """P(S >= total)."""
        index = math.ceil((total - self.lowest) / self.step)
        return float(self.upper[max(index, 0)]) if index < self.upper.size else 0.0

    def at_most(self, total: float) -> float:
        """P(S <= total)."""
        index = math.floor((total - self.lowest) / self.step)
        return float(self.lower[min(index, self.lower.size - 1)]) if index >= 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalLaw:
    """Normal law with a continuity correction for a sum between two whole numbers."""

    mean: float
    sd: float
    lowest: float
    highest: float
    half_step: float

    def at_least(self, total: float) -> float:
        """P(S >= total), 1 at the lowest possible sum."""
        if total <= self.lowest:
            return 1.0
        return float(ndtr((self.mean - total + self.half_step) / self.sd))

    def at_most(self, total: float) -> float:
        """P(S <= total), 1 at the highest possible sum."""
        if total >= self.highest:
            return 1.0
        return float(ndtr((total - self.mean + self.half_step) / self.sd))


def choice_steps(n: int, m: int) -> float:
    """Additions that ``choice_law`` costs for midranks of n + m values, of which n are chosen."""
    return float(n + m) * min(n, m) * 2.0 * n * m


def flip_steps(n: int) -> float:
    """Additions that ``flip_law`` costs for n midranks."""
    return float(n) * n * (n + 1)


def choice_law(scores: NDArray[np.int64], n: int) -> LatticeLaw:
    """Exact law of the sum of n of the scores, each choice of n equally likely.

    Args:
        scores: Whole numbers, shape (N,), ties allowed.
        n: How many are chosen, 0 < n < N.

    Source:
        Streitberg and Roehmel (1986), Statistical Software Newsletter 12(1), 10-17 (shift
        algorithm). R: coin::wilcox_test(..., distribution = "exact").
    """
    chosen = min(n, scores.size - n)  # the rest has the sum of all less theirs
    least, step, steps = _lattice(scores)
    steps = np.sort(steps)
    size = int(steps[-chosen:].sum()) + 1
    ways = np.zeros((chosen + 1, size))
    ways[0, 0] = 1.0
    for k, score in enumerate(steps.tolist()):
        top = min(chosen, k + 1)  # no more than k + 1 can have been chosen by now
        ways[1 : top + 1, score:] += ways[:top, : size - score]
    unused = int(steps[:chosen].sum())  # no sum is smaller
    law = _law(ways[chosen, unused:], lowest=chosen * least + unused * step, step=step)
    if chosen == n:
        return law
    return LatticeLaw(
        lowest=int(scores.sum()) - law.lowest - (law.upper.size - 1) * step,
        step=step,
        upper=law.lower[::-1],
        lower=law.upper[::-1],
    )


def flip_law(scores: NDArray[np.int64]) -> LatticeLaw:
    """Exact law of the sum of a subset of the scores, each one in it by a fair coin.

    Args:
        scores: Positive whole numbers, shape (n,), ties allowed; none gives the sum 0.
    """
    step = int(np.gcd.reduce(scores)) if scores.size else 1
    steps = np.sort(scores // step)
    shares = np.zeros(int(steps.sum()) + 1)
    shares[0] = 1.0
    reach = 1
    for score in steps.tolist():
        halved = 0.5 * shares[:reach]
        shares[:reach] = halved
        shares[score : score + reach] += halved
        reach += score
    return _law(shares, lowest=0, step=step)


def _lattice(scores: NDArray[np.int64]) -> tuple[int, int, NDArray[np.int64]]:
    """Smallest score, step, and the scores as steps above the smallest."""
    least = int(scores.min())
    step = max(int(np.gcd.reduce(scores - least)), 1)
    return least, step, (scores - least) // step


def _law(ways: NDArray[np.float64], *, lowest: int, step: int) -> LatticeLaw:
    lower = np.cumsum(ways)
    upper = np.cumsum(ways[::-1])[::-1]
    return LatticeLaw(lowest=lowest, step=step, upper=upper / upper[0], lower=lower / lower[-1])
