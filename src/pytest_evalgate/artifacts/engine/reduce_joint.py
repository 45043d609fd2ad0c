"""Moments of paired arms together, by one pass: those of every contrast follow from them."""

import math
from fractions import Fraction
from functools import cached_property
from typing import Final

from pytest_evalgate.artifacts.engine.reduce_column import SqlColumn
from pytest_evalgate.artifacts.engine.relation import number


_CANCELS: Final = 1e-4  # of its terms: a sum smaller than that has lost digits


class Joint:
    """Sums of products of deviations of the difference and of the baseline from their means.

    Args:
        candidate: A column.
        baseline: Another, of the same relation.
        difference: The one less the other.
    """

    def __init__(self, candidate: SqlColumn, baseline: SqlColumn, difference: SqlColumn) -> None:
        self.candidate, self.baseline, self.difference = candidate, baseline, difference

    @cached_property
    def sums(self) -> dict[tuple[int, int], Fraction]:
        """By the powers of both, of degree two and three."""
        both = self.difference, self.baseline
        powers = [(one, degree - one) for degree in (2, 3) for one in range(degree, -1, -1)]
        deviations = [column.deviation for column in both]
        terms = [
            (
                " * ".join([deviations[0][0]] * one + [deviations[1][0]] * two),
                deviations[0][1] ** one * deviations[1][1] ** two,
            )
            for one, two in powers
        ]
        sums = dict(zip(powers, self.difference.relation.sums(terms), strict=True))
        for degree in (2, 3):
            self.difference.known_powers[degree] = float(sums[degree, 0])
            self.baseline.known_powers[degree] = float(sums[0, degree])
        return sums

    def total(self, ratio: float, low: float) -> Fraction:
        """Return the sum of (candidate - ratio * baseline - low)."""
        one, two = (
            column.total + column.ends.rows * Fraction(column.ends.low)
            for column in (self.candidate, self.baseline)
        )
        return one - Fraction(ratio) * two - self.candidate.ends.rows * Fraction(low)

    def keeps_digits(self, ratio: float) -> bool:
        """Whether the parts of a contrast do not cancel one another."""
        squares = self._terms(ratio, 2)
        return sum(squares) > _CANCELS * sum(map(abs, squares))

    def power(self, ratio: float, degree: int) -> float:
        """Return the sum of a power of deviations of a contrast from its mean."""
        return float(sum(self._terms(ratio, degree)))

    def _terms(self, ratio: float, degree: int) -> list[Fraction]:
        factor = 1 - Fraction(ratio)
        return [
            math.comb(degree, two) * factor**two * self.sums[degree - two, two]
            for two in range(degree + 1)
        ]


class SqlContrast(SqlColumn):
    """The candidate less so many times the baseline."""

    def __init__(self, joint: Joint, ratio: float) -> None:
        value = f"({joint.candidate.value} - {number(ratio)} * {joint.baseline.value})"
        super().__init__(joint.difference.relation, value, is_ranked=True)
        self.joint, self.ratio = joint, ratio

    @property
    def total(self) -> Fraction:
        """The sum of what ``shifted`` gives."""
        if self.joint.keeps_digits(self.ratio):
            return self.joint.total(self.ratio, self.ends.low)
        return super().total

    def powers(self, *exponents: int) -> list[float]:
        """Give the sums of powers of deviations from the mean."""
        if self.spread > 0.0 and max(exponents) <= 3 and self.joint.keeps_digits(self.ratio):
            return [self.joint.power(self.ratio, exponent) for exponent in exponents]
        return super().powers(*exponents)
