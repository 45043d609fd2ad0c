"""Approximate randomisation: is a corpus statistic's difference more than swapping arms gives?

The statistic (a ratio of sums, BLEU, macro F1, average precision) is computed on all units at
once. If both arms are the same system, a unit's two outputs may change arms; so they are, unit
by unit, and the statistic is computed anew each time. It tests that the arms are the same: it
has a p-value at limit 0 and none at a margin, where swapping would test the wrong thing.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import finite_values
from pytest_evalgate.stats.resampling import TIE_TOLERANCE
from pytest_evalgate.stats.result import WithoutScale


Floats: TypeAlias = NDArray[np.float64]
OfSums: TypeAlias = Callable[[Floats], Floats]
"""From sums of shape (swaps, d) to the statistic of each, shape (swaps,)."""

OfUnits: TypeAlias = Callable[[Floats], float]
"""From the values of all units, shape (n, d), to the statistic."""

_Arms: TypeAlias = Callable[[NDArray[np.bool_]], tuple[Floats, Floats]]

MAX_EXACT: Final = 16
"""Units that differ between the arms, up to which all 2^n swaps are made."""

DRAWS: Final = 9999
ROUNDING: Final = 1e-12
"""Of the statistic itself: what sums of a million units may lose."""

_BLOCK: Final = 2**18  # swapped units at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Swaps(WithoutScale):
    """How often swapped arms differ as much as the arms do. Satisfies ``Inference``.

    H0: the arms are the same system; a unit's outputs may change arms. p of Monte Carlo counts
    the observed arms as one more draw, so it is never 0.

    Args:
        estimate: Statistic of the candidate - statistic of the baseline.
        swaps: Swaps made: 2^units where all were, the number of draws else.
        at_least: Swaps whose difference is at least the estimate, ties included.
        at_most: Swaps whose difference is at most the estimate.
        at_least_as_far: Swaps whose difference is at least as far from 0.
        units: Units that differ between the arms.
        is_exact: All swaps were made.

    Source:
        Noreen (1989); Riezler and Maxwell (2005); Phipson and Smyth (2010), SAGMB 9(1), 39.
    """

    estimate: float
    swaps: int
    at_least: int
    at_most: int
    at_least_as_far: int
    units: int
    is_exact: bool

    def statistic(self, limit: float) -> float:
        """The difference itself."""
        _require_zero(limit)
        return self.estimate

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: the arms are the same, against: the candidate's is greater."""
        _require_zero(limit)
        return self._share(self.at_least)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: the arms are the same, against: the candidate's is smaller."""
        _require_zero(limit)
        return self._share(self.at_most)

    def interval(self, alpha: float) -> tuple[None, None]:
        """Give no bounds: swaps test one limit, and there is nothing to invert."""
        require_alpha(alpha)
        return None, None

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 2^-units, or 1 / (draws + 1)."""
        _require_zero(limit)
        return self._share(1 if self.is_exact else 0)

    @property
    def simulation_error(self) -> float:
        """Standard error of ``p_greater`` from drawing swaps at random; 0.0 where all were made."""
        p = self.p_greater(0.0)
        return 0.0 if self.is_exact else math.sqrt(p * (1.0 - p) / self.swaps)

    def _share(self, count: int) -> float:
        return count / self.swaps if self.is_exact else (count + 1) / (self.swaps + 1)


def swap_sums(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    statistic: OfSums,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Swaps:
    """Swap units of a statistic that is a function of sums over the units.

    Clusters swap whole: give one row a cluster, summed over its units.

    Args:
        candidate: What each unit adds to the d sums, shape (n, d), or (n,) for d = 1.
        baseline: The same units in the same order.
        statistic: From sums, shape (swaps, d), to values, shape (swaps,).
        rng: Draws the swaps where there are more than 2^16.
        draws: Number of them.

    Raises:
        UndefinedTestError: Shapes differ, values not finite, no unit differs between the arms,
            or the statistic of some swap is undefined.
    """
    first, second = _rows(candidate, baseline)
    change = second - first
    base, differing = first.sum(axis=0), change[(change != 0.0).any(axis=1)]
    both = base + second.sum(axis=0)

    def arms(swapped: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        sums = base + swapped.astype(np.float64) @ differing
        return statistic(sums), statistic(both - sums)

    return _swaps(arms, units=differing.shape[0], rng=rng, draws=draws)


def swap_units(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    statistic: OfUnits,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Swaps:
    """Swap units of any statistic, such as average precision; one call a swap and arm.

    Args:
        candidate: Values of each unit, shape (n, d), or (n,) for d = 1.
        baseline: The same units in the same order.
        statistic: From the values of all units, shape (n, d), to a number.
        rng: Draws the swaps where there are more than 2^16.
        draws: Number of them.

    Raises:
        UndefinedTestError: As for ``swap_sums``.
    """
    first, second = _rows(candidate, baseline)
    differing = np.flatnonzero((first != second).any(axis=1))

    def one(swapped: NDArray[np.bool_]) -> tuple[float, float]:
        rows = differing[swapped]
        left, right = first.copy(), second.copy()
        left[rows], right[rows] = second[rows], first[rows]
        return statistic(left), statistic(right)

    def arms(swapped: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        pairs = np.array([one(row) for row in swapped])
        return pairs[:, 0], pairs[:, 1]

    return _swaps(arms, units=differing.size, rng=rng, draws=draws)


def _swaps(
    arms: _Arms,
    *,
    units: int,
    rng: np.random.Generator,
    draws: int,
) -> Swaps:
    draws = whole_number(draws, "the number of draws", low=1)
    if not units:
        raise UndefinedTestError(
            "no unit differs between the arms",
            hint="check that one arm is not a copy of the other",
        )
    is_exact = units <= MAX_EXACT
    as_found = _finite(arms, np.zeros((1, units), dtype=np.bool_))
    observed = float(as_found[0, 0] - as_found[1, 0])
    # Rounding of either arm's statistic makes no order among differences that are equal.
    tie = TIE_TOLERANCE * abs(observed) + ROUNDING * float(np.abs(as_found).max())
    counts = np.zeros(3, dtype=np.int64)
    blocks = _all_swaps(units) if is_exact else _drawn_swaps(units, rng=rng, draws=draws)
    for block in blocks:
        candidate, baseline = _finite(arms, block)
        found = candidate - baseline
        far = np.abs(found) >= abs(observed) - tie
        counts += [(found >= observed - tie).sum(), (found <= observed + tie).sum(), far.sum()]
    return Swaps(
        estimate=observed,
        swaps=2**units if is_exact else draws,
        at_least=int(counts[0]),
        at_most=int(counts[1]),
        at_least_as_far=int(counts[2]),
        units=units,
        is_exact=is_exact,
    )


def _all_swaps(units: int) -> Iterator[NDArray[np.bool_]]:
    size = max(1, _BLOCK // units)
    for start in range(0, 2**units, size):
        numbers = np.arange(start, min(start + size, 2**units))
        yield (numbers[:, None] >> np.arange(units)) & 1 == 1


def _drawn_swaps(
    units: int, *, rng: np.random.Generator, draws: int
) -> Iterator[NDArray[np.bool_]]:
    size = max(1, _BLOCK // units)
    for start in range(0, draws, size):
        yield rng.integers(0, 2, size=(min(size, draws - start), units), dtype=np.bool_)


def _finite(arms: _Arms, swapped: NDArray[np.bool_]) -> Floats:
    """Statistics of both arms, shape (2, swaps)."""
    with np.errstate(all="ignore"):
        found = np.stack(arms(swapped))
    if not np.isfinite(found).all():
        raise UndefinedTestError(
            "the statistic is undefined for some swap of units between the arms",
            hint="it divides by a sum that can be 0: evaluate more units",
        )
    return found


def _rows(candidate: ArrayLike, baseline: ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(candidate), np.asarray(baseline)
    if first.shape != second.shape or first.ndim not in {1, 2}:
        raise UndefinedTestError(
            "candidate and baseline of swaps must have equal shapes (n, d), got"
            f" {first.shape} and {second.shape}"
        )
    n = len(first)
    return (
        finite_values(first.ravel(), what="candidate values").reshape(n, -1),
        finite_values(second.ravel(), what="baseline values").reshape(n, -1),
    )


def _require_zero(limit: float) -> None:
    require_finite(limit, what="limit")
    if limit != 0.0:
        raise UndefinedTestError(
            f"swaps test that the arms are the same system, not a limit of {limit:g}",
            hint="claim superiority without min_effect, or use a method with an interval",
        )
