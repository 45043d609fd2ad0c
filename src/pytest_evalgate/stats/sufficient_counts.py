"""Sufficient statistics that are counts: shares, pairs, events, ranks, and order statistics."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCounts:
    """One arm of 0/1 values, for exact binomial tests, and two of them for two shares.

    Raises:
        UndefinedTestError: n < 1, or successes outside 0..n.
    """

    successes: int
    n: int

    def __post_init__(self) -> None:
        whole_number(self.n, "the number of units", low=1)
        whole_number(self.successes, "the number of successes", low=0, high=self.n)

    def merged(self, other: Self) -> Self:
        """Give the counts of both blocks."""
        return replace(self, successes=self.successes + other.successes, n=self.n + other.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCounts:
    """Pairs in which the candidate is better, worse, and all, for McNemar, Tango and signs.

    Raises:
        UndefinedTestError: n < 1, or more discordant pairs than pairs.
    """

    better: int
    worse: int
    n: int

    def __post_init__(self) -> None:
        whole_number(self.n, "the number of pairs", low=1)
        whole_number(self.better, "the number of pairs won", low=0, high=self.n)
        whole_number(self.worse, "the number of pairs lost", low=0, high=self.n - self.better)

    def merged(self, other: Self) -> Self:
        """Give the counts of both blocks."""
        return replace(
            self,
            better=self.better + other.better,
            worse=self.worse + other.worse,
            n=self.n + other.n,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundedCounts:
    """Bounded paired differences, rounded down and up, for Tango's test of their mean.

    Args:
        down: Pairs whose difference is the whole width; below 0; and all.
        up: Pairs whose difference is above 0; minus the whole width; and all.
        mean: Mean difference, not rounded.
        width: Largest possible difference.
    """

    down: PairedCounts
    up: PairedCounts
    mean: float
    width: float

    def merged(self, other: Self) -> Self:
        """Give the counts of both blocks.

        Raises:
            UndefinedTestError: The widths differ.
        """
        if self.width != other.width:
            raise UndefinedTestError(
                f"blocks must have one width, got {self.width:g} and {other.width:g}"
            )
        share = other.down.n / (self.down.n + other.down.n)
        return replace(
            self,
            down=self.down.merged(other.down),
            up=self.up.merged(other.up),
            mean=self.mean + (other.mean - self.mean) * share,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCounts:
    """Events and what they were counted over, for Poisson rates and their ratio."""

    events: int
    exposure: float

    def merged(self, other: Self) -> Self:
        """Give the sums of both blocks."""
        return replace(
            self, events=self.events + other.events, exposure=self.exposure + other.exposure
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitCounts:
    """How many values lie beside some limits, for the test of a quantile against any of them.

    Args:
        n: Number of values.
        limits: Limits, in the values' unit.
        below: Number of values below each.
        at_or_below: Number of values at or below each.
    """

    n: int
    limits: tuple[float, ...]
    below: tuple[int, ...]
    at_or_below: tuple[int, ...]

    def __post_init__(self) -> None:
        whole_number(self.n, "the number of values", low=1)
        if not len(self.limits) == len(self.below) == len(self.at_or_below):
            raise UndefinedTestError("every limit needs both of its counts")
        for below, up_to in zip(self.below, self.at_or_below, strict=True):
            whole_number(up_to, "the number of values at or below a limit", low=0, high=self.n)
            whole_number(below, "the number of values below a limit", low=0, high=up_to)

    def at(self, limit: float) -> tuple[int, int]:
        """Give the number of values below a limit, and at or below it.

        Raises:
            UndefinedTestError: Nothing was counted at this limit.
        """
        if limit not in self.limits:
            raise UndefinedTestError(f"no value was counted at the limit {limit:g}")
        position = self.limits.index(limit)
        return self.below[position], self.at_or_below[position]

    def merged(self, other: Self) -> Self:
        """Give the counts of both blocks.

        Raises:
            UndefinedTestError: The limits differ.
        """
        if self.limits != other.limits:
            raise UndefinedTestError("blocks must be counted at the same limits")
        return replace(
            self,
            n=self.n + other.n,
            below=tuple(a + b for a, b in zip(self.below, other.below, strict=True)),
            at_or_below=tuple(
                a + b for a, b in zip(self.at_or_below, other.at_or_below, strict=True)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatistics:
    """Some of the values by their rank, for the estimate and the bounds of a quantile.

    They cannot be merged: which ranks are needed depends on all rows.

    Args:
        n: Number of values.
        smallest: From rank k, counted from 1, to the k-th smallest value.
    """

    n: int
    smallest: Mapping[int, float]

    def at(self, rank: int) -> float:
        """Give the value of a rank.

        Raises:
            UndefinedTestError: This order statistic was not taken.
        """
        if rank not in self.smallest:
            raise UndefinedTestError(f"the {rank}-th smallest of {self.n} values was not taken")
        return self.smallest[rank]
