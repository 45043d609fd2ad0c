"""Paired differences judged with the variance they would have at the limit: a score test.

A t test takes the variance that the sample shows. Where a few units decide (rare losses, a
rare class) a sample without losses has a good mean and a small variance at once, and a claim
with a margin is promoted up to twice too often. Here the sample is reweighted as little as
needed (empirical likelihood) until its mean is the limit, and the variance of that is used, if
it is larger. Every difference may occur with the other sign too: arms could be exchanged.
For differences of -1, 0 and 1 this is Tango's test; it serves pseudo-values as well.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossing import crossing
from pytest_evalgate.stats.means import StudentT, paired_t, require_alpha, require_finite
from pytest_evalgate.stats.moments import finite_values, magnitude, unit_of


_STEPS: Final = 200  # of Newton or bisection; about 8 are needed
_WIDEST: Final = 1100  # doublings that cross the whole range of a float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tilted:
    """A mean difference with the larger of its own variance and that at the limit, by t.

    H0 of ``p_greater(limit)``: mean(candidate - baseline) <= limit. Satisfies ``Inference``.

    Args:
        plain: The paired t test, whose p is never above this one's.
        values: Distinct differences over ``unit``, ascending, shape (g,).
        counts: How many pairs have each, shape (g,).
        unit: What the differences were divided by.
        reach: Largest difference that a pair could have, of either sign, over ``unit``.

    Source:
        Owen (1988), Biometrika 75(2), 237-249; Tango (1998), Statistics in Medicine 17(8),
        891-908, for -1, 0 and 1. R: PropCIs::scoreci.mp there.
    """

    plain: StudentT
    values: NDArray[np.float64]
    counts: NDArray[np.float64]
    unit: float
    reach: float

    @property
    def estimate(self) -> float:
        """Mean difference."""
        return self.plain.estimate

    @property
    def standard_error(self) -> float:
        """Standard error of the mean difference; the test takes it at the limit."""
        return self.plain.standard_error

    @property
    def df(self) -> float | None:
        """Number of pairs less 1."""
        return self.plain.df

    def score(self, limit: float) -> float:
        """Statistic with the variance at the limit alone; infinite beyond all possible differences.

        With p = w / (1 + t x), x the differences less the limit, sum(p x) = 0 and
        sum(p x^2) = mean(x) / t: so z is the root of n t mean(x).
        """
        require_finite(limit, what="limit")
        away = (self.estimate - limit) / self.unit
        if away == 0.0:
            return 0.0
        side = math.copysign(1.0, away)
        x = side * (self.values - limit / self.unit)
        least = -self.reach - side * limit / self.unit
        if least >= 0.0:
            return side * math.inf
        tilt = _tilt(x, self.counts, largest=-1.0 / least)
        return side * math.sqrt(float(self.counts.sum()) * tilt * abs(away))

    def statistic(self, limit: float) -> float:
        """Give t or the score, whichever is nearer to 0."""
        return min(self.plain.statistic(limit), self.score(limit), key=abs)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: difference <= limit."""
        return self._at_zero(self.statistic(limit)).p_greater(0.0)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: difference >= limit."""
        return self._at_zero(self.statistic(limit)).p_less(0.0)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Low and high, each one-sided at ``alpha``."""
        require_alpha(alpha)
        low, high = self.plain.interval(alpha)
        return (
            self._bound(self.p_greater, alpha, first=low),
            self._bound(self.p_less, alpha, first=high),
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 0.0: a t statistic can be as large as one likes."""
        return 0.0

    def _at_zero(self, statistic: float) -> StudentT:
        return StudentT(estimate=statistic, standard_error=1.0, df=self.df)

    def _bound(self, pvalue: Callable[[float], float], alpha: float, *, first: float) -> float:
        """Walk outward from the bound of plain t, which is never the wider one."""
        if pvalue(self.estimate) < alpha:  # only at alpha = 0.5, by rounding
            return self.estimate
        kept, step = self.estimate, first - self.estimate
        step = step or self.standard_error * 1e-3  # alpha = 0.5
        for _ in range(_WIDEST):
            outer = kept + step
            if pvalue(outer) < alpha:
                return crossing(pvalue, alpha, rejected=outer, kept=kept)
            kept, step = outer, 2.0 * step
        raise UndefinedTestError("the bound of the mean difference leaves the range of a float")


def tilted_paired(candidate: ArrayLike, baseline: ArrayLike, *, reach: float = 0.0) -> Tilted:
    """Judge the mean of candidate - baseline over independent pairs, honest where few differ.

    H0 for ``p_greater(limit)``: mean(candidate - baseline) <= limit.

    Args:
        candidate: One value, or pseudo-value, a unit, shape (n,), n >= 2.
        baseline: The same units in the same order, shape (n,).
        reach: Largest difference that a unit could have, where it is known and none so large
            need be seen: n over the fewer predicted positives for pseudo-values of precision,
            whose false positives are rare and weigh more than hits. The largest seen counts
            if it is larger.

    Raises:
        UndefinedTestError: As for ``paired_t``, or ``reach`` is not finite.
    """
    plain = paired_t(candidate, baseline)
    differences = finite_values(candidate) - finite_values(baseline)
    require_finite(reach, what="reach")
    unit = unit_of(magnitude(differences))
    values, counts = np.unique(differences / unit, return_counts=True)
    return Tilted(
        plain=plain,
        values=values,
        counts=counts.astype(np.float64),
        unit=unit,
        reach=max(magnitude(values), reach / unit),
    )


def _tilt(x: NDArray[np.float64], counts: NDArray[np.float64], *, largest: float) -> float:
    """Root t in (0, largest] of sum(counts x / (1 + t x)), which falls; ``largest`` if none.

    Args:
        x: Distances from the limit with a mean above 0.
        counts: Their weights.
        largest: Where the most extreme possible distance, seen or not, would get all weight.
    """
    low, high = 0.0, largest
    if float(x.min()) * largest > -1.0 and _fall(x, counts, largest)[0] >= 0.0:
        return largest
    tilt = 0.0
    for _ in range(_STEPS):
        height, slope = _fall(x, counts, tilt)
        if height > 0.0:
            low = tilt
        else:
            high = tilt
        newton = tilt + height / slope
        following = newton if low < newton < high else low + (high - low) / 2.0
        if abs(following - tilt) <= 4.0 * sys.float_info.epsilon * following:
            return following
        tilt = following
    return tilt


def _fall(x: NDArray[np.float64], counts: NDArray[np.float64], tilt: float) -> tuple[float, float]:
    """The function whose root is wanted, and minus its slope."""
    parts = x / (1.0 + tilt * x)
    return float(counts @ parts), float(counts @ np.square(parts))
