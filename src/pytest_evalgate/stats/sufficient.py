"""Sufficient statistics: what a closed-form method needs of the rows, and no more.

``reducers`` sums arrays to these records, and a table engine can do so without handing out rows;
the ``..._from_...`` functions beside each method judge them. Blocks of rows that do not overlap
are summed apart and merged: ``merge(block, block, ...)``.

Values are counted as (value - origin) / unit before they are squared: the origin any value of
the column, the unit a power of two about as large as the largest magnitude. So large offsets
cost no digit and small scales do not vanish. Origin 0 and unit 1 are right for plain data.
"""

import functools
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import SMALLEST_SPREAD, Moments, no_spread


class Mergeable(Protocol):
    """A record of a block of rows that can be joined with that of another block."""

    def merged(self, other: Self) -> Self:
        """Give the record of both blocks together."""


Block = TypeVar("Block", bound=Mergeable)


def merge(first: Block, *others: Block) -> Block:
    """Join the records of blocks of rows that do not overlap, in any order.

    Raises:
        UndefinedTestError: The blocks were not summed alike (other runs, limits or widths).

    Source:
        Chan, Golub and LeVeque (1983), The American Statistician 37(3), 242-247.
    """
    return functools.reduce(lambda one, other: one.merged(other), others, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where values lie, in the unit of the values.

    Args:
        origin: What values are counted from.
        unit: What they are divided by, > 0.
        low: Smallest value.
        high: Largest value.
        size: Largest magnitude of what was measured; for differences, that of both arms: a
            spread far below it is rounding.
    """

    origin: float
    unit: float
    low: float
    high: float
    size: float

    def is_constant(self) -> bool:
        """Tell whether the values are equal but for rounding."""
        return self.high - self.low <= SMALLEST_SPREAD * self.size

    def reach(self, mean: float) -> float:
        """Largest distance of a value from ``mean``; it and the result in multiples of unit."""
        return max(
            (self.high - self.origin) / self.unit - mean,
            mean - (self.low - self.origin) / self.unit,
        )

    def merged(self, other: Self) -> Self:
        """Give the extent of both, from this origin, in the larger unit."""
        return replace(
            self,
            unit=max(self.unit, other.unit),
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            size=max(self.size, other.size),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMoments:
    """One sample, for every t test of means: one-sample, Welch's, pooled, analysis of variance.

    Of pairs, the sample of their differences; of logarithms, for geometric means.

    Args:
        n: Number of values.
        mean: Of (value - origin) / unit.
        squares: Sum of squared deviations from the mean, in unit^2.
        extent: Where the values lie.
    """

    n: int
    mean: float
    squares: float
    extent: Extent

    @property
    def variance(self) -> float:
        """Variance with denominator n - 1 in unit^2; 0.0 for one value."""
        return self.squares / (self.n - 1) if self.n > 1 else 0.0

    @property
    def scaled(self) -> Moments:
        """Moments of value / unit."""
        return Moments(self.n, self.extent.origin / self.extent.unit + self.mean, self.variance)

    def in_unit(self, unit: float) -> Self:
        """Give the same in multiples of another unit."""
        ratio = self.extent.unit / unit
        return replace(
            self,
            mean=self.mean * ratio,
            squares=self.squares * ratio * ratio,
            extent=replace(self.extent, unit=unit),
        )

    def times(self, factor: float) -> Self:
        """Give the moments of factor * value."""
        ends = (self.extent.low * factor, self.extent.high * factor)
        return replace(
            self,
            mean=self.mean * factor,
            squares=self.squares * factor * factor,
            extent=Extent(
                origin=self.extent.origin * factor,
                unit=self.extent.unit,
                low=min(ends),
                high=max(ends),
                size=self.extent.size * abs(factor),
            ),
        )

    def above(self, other: "SampleMoments") -> float:
        """Mean less that of ``other``, in one unit: near-equal large means keep their digits."""
        origins = self.extent.origin / self.extent.unit - other.extent.origin / other.extent.unit
        return self.mean - (other.mean - origins)

    def merged(self, other: Self) -> Self:
        """Give the moments of both blocks together."""
        extent = self.extent.merged(other.extent)
        one, two = self.in_unit(extent.unit), other.in_unit(extent.unit)
        apart, n = two.above(one), self.n + other.n
        return replace(
            self,
            n=n,
            mean=one.mean + apart * (two.n / n),
            squares=one.squares + two.squares + apart * apart * (one.n * (two.n / n)),
            extent=extent,
        )


def require_varied(sample: SampleMoments, *, what: str) -> None:
    """Refuse values that do not vary: no variance is not certainty.

    Raises:
        UndefinedTestError: The values are equal but for rounding.
    """
    if sample.extent.is_constant():
        raise no_spread(sample.n, sample.extent.low, what=what)


def common_unit(*samples: SampleMoments) -> tuple[SampleMoments, ...]:
    """Give the samples in multiples of the largest of their units."""
    unit = max(sample.extent.unit for sample in samples)
    return tuple(sample.in_unit(unit) for sample in samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMoments:
    """Two numbers of the same units: numerator and denominator, covariate and value.

    Args:
        first: Moments of the one.
        second: Moments of the other, of as many units.
        products: Sum of the products of both deviations, in the product of both units.
    """

    first: SampleMoments
    second: SampleMoments
    products: float

    def __post_init__(self) -> None:
        if self.first.n != self.second.n:
            raise UndefinedTestError(
                f"both must be of the same units, got {self.first.n} and {self.second.n}"
            )

    @property
    def n(self) -> int:
        """Number of units."""
        return self.first.n

    @property
    def covariance(self) -> float:
        """Covariance with denominator n - 1 in the product of both units; 0.0 for one unit."""
        return self.products / (self.n - 1) if self.n > 1 else 0.0

    def in_units(self, first: float, second: float) -> Self:
        """Give the same in multiples of other units."""
        ratios = (self.first.extent.unit / first) * (self.second.extent.unit / second)
        return replace(
            self,
            first=self.first.in_unit(first),
            second=self.second.in_unit(second),
            products=self.products * ratios,
        )

    def merged(self, other: Self) -> Self:
        """Give the moments of both blocks together."""
        first, second = self.first.merged(other.first), self.second.merged(other.second)
        units = (first.extent.unit, second.extent.unit)
        one, two = self.in_units(*units), other.in_units(*units)
        apart = two.first.above(one.first) * two.second.above(one.second)
        between = apart * (one.n * (two.n / (one.n + two.n)))
        products = one.products + two.products + between
        return replace(self, first=first, second=second, products=products)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMoments(JointMoments):
    """Pairs: means, variances and covariance of both arms, for differences and for ratios.

    Kept as ``first`` the difference candidate - baseline and ``second`` the baseline, from which
    the candidate's follow: arms that are nearly equal lose no digit.
    """

    @property
    def candidate(self) -> Moments:
        """The candidate's n, mean and variance, in multiples of the larger of both units."""
        unit = max(self.first.extent.unit, self.second.extent.unit)
        both = self.in_units(unit, unit)
        return Moments(
            self.n,
            both.first.scaled.mean + both.second.scaled.mean,
            max(0.0, both.first.variance + 2.0 * both.covariance + both.second.variance),
        )

    def contrast(self, ratio: float) -> SampleMoments:
        """Give the moments of candidate - ratio * baseline.

        Squares that are but what rounding left of sums that cancel are 0.0.
        """
        unit = max(self.first.extent.unit, self.second.extent.unit * max(1.0, abs(1.0 - ratio)))
        both = self.in_units(unit, unit)
        rest = 1.0 - ratio
        other = both.second.times(rest)
        parts = both.first.squares + other.squares
        squares = parts + 2.0 * rest * both.products
        ends = (both.first.extent, other.extent)
        return SampleMoments(
            n=self.n,
            mean=both.first.mean + other.mean,
            squares=squares if squares > _CANCELLED * parts else 0.0,
            extent=Extent(
                origin=ends[0].origin + ends[1].origin,
                unit=unit,
                low=ends[0].low + ends[1].low,
                high=ends[0].high + ends[1].high,
                size=max(both.first.extent.size, abs(ratio) * both.second.extent.size),
            ),
        )


_CANCELLED = 1e-12
"""Share of the parts below which a variance is but what their cancelling left."""
