"""Spread of two arms by their mean absolute deviations from the median (Brown and Forsythe)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtr, stdtrit

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT, require_alpha, require_finite
from pytest_evalgate.stats.means_pooled import VarianceRatio, anova_f
from pytest_evalgate.stats.moments import Moments, finite_values, magnitude, require_spread, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRatio:
    """A ratio of spreads, candidate / baseline, judged by Brown and Forsythe's t.

    H0 of ``p_less(rho)``: spread(candidate) >= rho * spread(baseline). Deviations from the
    median of candidate and of rho * baseline have one law at the boundary, so they are compared
    by a pooled t with two degrees of freedom less for each arm, its median and its mean. No
    ratio is formed; the interval inverts the test. Satisfies ``Inference``.

    Args:
        candidate: Moments of the candidate's deviations.
        baseline: Moments of the baseline's deviations.
    """

    candidate: Moments
    baseline: Moments

    def __post_init__(self) -> None:
        if not self.candidate.variance + self.baseline.variance > 0.0:
            raise UndefinedTestError(
                "the deviations from the median do not vary in either arm, so spreads cannot be"
                " compared",
                hint="gather more runs",
            )

    @property
    def estimate(self) -> float:
        """Ratio of the mean absolute deviations from the median."""
        return self.candidate.mean / self.baseline.mean

    @property
    def standard_error(self) -> float:
        """Standard error of the ratio by the delta method; the test does not use it."""
        part_c, part_b = self.error_parts()
        return math.sqrt(part_c + self.estimate**2 * part_b) / self.baseline.mean

    @property
    def df(self) -> float:
        """Values in both arms less 4."""
        return float(self.candidate.n + self.baseline.n - 4)

    def statistic(self, limit: float) -> float:
        """Pooled t of the candidate's deviations against ``limit`` times the baseline's."""
        _positive_limit(limit)
        part_c, part_b = self.error_parts()
        difference = self.candidate.mean - limit * self.baseline.mean
        return difference / math.sqrt(part_c + limit**2 * part_b)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: ratio <= limit, with limit > 0."""
        return float(stdtr(self.df, -self.statistic(limit)))

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: ratio >= limit, with limit > 0."""
        return float(stdtr(self.df, self.statistic(limit)))

    def interval(self, alpha: float) -> tuple[float, float | None]:
        """Low and high, each one-sided at ``alpha``; low 0.0 and high None are unbounded."""
        require_alpha(alpha)
        square = float(stdtrit(self.df, alpha)) ** 2
        part_c, part_b = self.error_parts()
        top, bottom = self.candidate.mean, self.baseline.mean
        clear_c, clear_b = top**2 - square * part_c, bottom**2 - square * part_b
        # Roots of (top - rho bottom)^2 = square (part_c + rho^2 part_b), without cancellation.
        inner = part_c * bottom**2 + part_b * clear_c
        larger = top * bottom + math.sqrt(max(0.0, square * inner))
        return (
            clear_c / larger if clear_c > 0.0 else 0.0,
            larger / clear_b if clear_b > 0.0 else None,
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Floor of p: with an odd number of values one deviation is always 0.

        The rest equal, the other arm without spread: t cannot be larger. 3 against 3 runs give
        p >= 0.09, so they can never show a difference at 0.05. No floor with an even number.
        """
        _positive_limit(limit)
        n, m = self.candidate.n, self.baseline.n
        if not greater:
            n, m = m, n
        if n % 2 == 0:
            return 0.0
        mean, squares = (n - 1) / n, (n - 1) / n
        largest = mean / math.sqrt(squares / (n + m - 2) * (1 / n + 1 / m))
        return float(stdtr(self.df, -largest))

    def error_parts(self) -> tuple[float, float]:
        """Share of each arm in the squared standard error, at limit 1."""
        n, m = self.candidate.n, self.baseline.n
        factor = (1 / n + 1 / m) / (n + m - 2)
        return (
            factor * (n - 1) * self.candidate.variance,
            factor * (m - 1) * self.baseline.variance,
        )


def spread_ratio(candidate: ArrayLike, baseline: ArrayLike) -> SpreadRatio:
    """Judge the ratio of spreads of two independent arms.

    "No less stable than, by 20 %" is ``p_less(1.2)``: the candidate's spread is less than 1.2
    times the baseline's.

    Args:
        candidate: One value a run, shape (n,), n >= 3.
        baseline: Other runs, shape (m,), m >= 3.

    Raises:
        UndefinedTestError: An arm has fewer than 3 values, one not finite or above 1e150, or
            values that do not vary: runs that never vary were copied or cached.

    Source:
        Brown and Forsythe (1974), JASA 69, 364-367, with deviations times sqrt(n / (n - 1)),
        which are smaller in a smaller arm (O'Neill and Mathews 2000, Aust NZ J Stat 42, 81-100).
        At limit 1 and equal n the t is the root of R: car::leveneTest(value, arm)'s F.
    """
    first, second = _arm(candidate, what="candidate"), _arm(baseline, what="baseline")
    unit = unit_of(max(float(np.ptp(first)), float(np.ptp(second))))  # 1e-300 has no square
    return SpreadRatio(candidate=_deviations(first / unit), baseline=_deviations(second / unit))


def spread_difference(candidate: ArrayLike, baseline: ArrayLike) -> StudentT:
    """Judge the difference of the mean absolute deviations from the median of two arms.

    At limit 0 it is the test of ``spread_ratio`` at 1. At other limits the arms' deviations
    have unequal variances: prefer the ratio.

    Args:
        candidate: One value a run, shape (n,), n >= 3.
        baseline: Other runs, shape (m,), m >= 3.

    Raises:
        UndefinedTestError: As for ``spread_ratio``.
    """
    first, second = _arm(candidate, what="candidate"), _arm(baseline, what="baseline")
    unit = unit_of(max(float(np.ptp(first)), float(np.ptp(second))))
    ratio = SpreadRatio(candidate=_deviations(first / unit), baseline=_deviations(second / unit))
    at_one = ratio.candidate.mean - ratio.baseline.mean
    part_c, part_b = ratio.error_parts()
    return StudentT(
        estimate=at_one * unit, standard_error=math.sqrt(part_c + part_b) * unit, df=ratio.df
    )


def spread_runs_needed(
    limit: float, *, alpha: float, power: float, true_ratio: float = 1.0, variation: float = 0.756
) -> int:
    """Runs in each arm for a ratio of spreads to be told from its limit, by a normal law on logs.

    Args:
        limit: Ratio held against, above 0 and not ``true_ratio``.
        alpha: One-sided level, in (0, 0.5].
        power: Chance to show it, in (0, 1).
        true_ratio: Ratio of spreads that is supposed to be true, above 0.
        variation: Standard deviation over mean of the deviations from the median: 0.756 for
            normal values, 1 for Laplace's, 1.3 for lognormal ones.

    Raises:
        UndefinedTestError: A value outside its range.
    """
    require_alpha(alpha)
    _positive_limit(limit)
    _positive_limit(true_ratio)
    if not 0.0 < power < 1.0 or not 0.0 < variation < math.inf or limit == true_ratio:
        raise UndefinedTestError(
            "planning a spread needs a power in (0, 1), a variation above 0, and a limit that is"
            f" not the true ratio, got {power:g}, {variation:g} and {limit:g}"
        )
    quantiles = float(ndtri(power)) - float(ndtri(alpha))
    distance = math.log(limit / true_ratio)
    # 4 more for what a small arm loses: its median, its mean, and a deviation that is always 0.
    return math.ceil(2.0 * (quantiles * variation / distance) ** 2) + 4


def brown_forsythe_f(groups: Sequence[ArrayLike]) -> VarianceRatio:
    """Test that all groups have one spread: analysis of variance of |value - median|.

    Args:
        groups: Two or more samples, each of shape (n_i,).

    Raises:
        UndefinedTestError: As for ``anova_f``, on the deviations.

    Source:
        Brown and Forsythe (1974). R: car::leveneTest(value, group, center = median).
        SciPy: stats.levene(*groups, center="median").
    """
    return anova_f([absolute_deviations(group) for group in groups])


def absolute_deviations(values: ArrayLike) -> NDArray[np.float64]:
    """Give |value - median|, shape (n,); counted from one value, so large offsets cost nothing.

    Raises:
        UndefinedTestError: No values, not finite, or above 1e150.
    """
    array = finite_values(values)
    shifted = array - array[0]
    ascending = np.sort(shifted)
    lower, upper = float(ascending[(array.size - 1) // 2]), float(ascending[array.size // 2])
    deviations: NDArray[np.float64] = np.abs(shifted - (lower + (upper - lower) / 2))
    return deviations


def _arm(values: ArrayLike, *, what: str) -> NDArray[np.float64]:
    array = finite_values(values, what=f"{what} values", at_least=3)
    require_spread(array, size=magnitude(array), what=f"{what} values")
    shifted: NDArray[np.float64] = array - array[0]
    return shifted


def _deviations(values: NDArray[np.float64]) -> Moments:
    deviations = absolute_deviations(values) * math.sqrt(values.size / (values.size - 1))
    mean = float(deviations.mean())
    variance = float(np.square(deviations - mean).sum()) / (values.size - 1)
    if variance <= (1e-13 * mean) ** 2:  # equal but for rounding
        variance = 0.0
    return Moments(values.size, mean, variance)


def _positive_limit(limit: float) -> None:
    require_finite(limit, what="limit")
    if not 0.0 < limit <= 1e100:
        raise UndefinedTestError(
            f"a limit of a ratio of spreads lies in (0, 1e100], got {limit:g}",
            hint="1.2 allows a spread 20 % above the baseline's",
        )
