"""Bootstrap of means and their differences, by the deterministic law of ``convolution``."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtrit

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bca import Bca, BcaMap, Law, acceleration_of, bias_of
from pytest_evalgate.stats.convolution import GridLaw, sum_law
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.moments import (
    Centred,
    centred,
    finite_values,
    magnitude,
    require_spread,
    same_length,
    unit_of,
)


MIN_UNITS: Final = 20
"""Units below which every bootstrap interval is too narrow, whatever its name."""


def bootstrap_mean(values: ArrayLike) -> Bca:
    """Judge the mean of independent values by the BCa bootstrap; no random numbers.

    H0 for ``p_greater(limit)``: mean <= limit. The law of a resample's mean is computed, exactly
    for counts and ratings, so equal data give equal p-values to the last digit.

    Args:
        values: One value a unit, or one difference a pair, shape (n,), n >= 20.

    Raises:
        UndefinedTestError: n < 20, not finite, above 1e150, or zero variance.

    Source:
        Efron (1987), JASA 82, 171-185. SciPy: bootstrap((values,), numpy.mean, method="BCa").
    """
    array = np.sort(finite_values(values))  # the order of rows moves no rounding
    require_units(array.size, what="values")
    return _of_mean(array, size=magnitude(array), what="values")


def bootstrap_paired(candidate: ArrayLike, baseline: ArrayLike) -> Bca:
    """Judge the mean of candidate - baseline over pairs; see ``bootstrap_mean``.

    Args:
        candidate: One value a unit, shape (n,), n >= 20.
        baseline: The same units in the same order, shape (n,).

    Raises:
        UndefinedTestError: As for ``bootstrap_mean``; lengths differ; the differences vary no
            more than rounding at the magnitude of the values does.
    """
    first = finite_values(candidate, what="candidate values")
    second = finite_values(baseline, what="baseline values")
    same_length(first, second.size, what="candidate and baseline of pairs")
    require_units(first.size, what="pairs")
    return _of_mean(np.sort(first - second), size=magnitude(first, second), what="differences")


def bootstrap_difference(candidate: ArrayLike, baseline: ArrayLike) -> Bca:
    """Judge mean(candidate) - mean(baseline) of independent samples, each resampled.

    Args:
        candidate: One value a unit, shape (n,), n >= 20.
        baseline: Other units, shape (m,), m >= 20.

    Raises:
        UndefinedTestError: An arm has fewer than 20 values, one not finite or above 1e150, or
            zero variance.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 14.3.
        SciPy: bootstrap((candidate, baseline), mean difference, method="BCa").
    """
    first = np.sort(finite_values(candidate, what="candidate values"))
    second = np.sort(finite_values(baseline, what="baseline values"))
    for arm, what in ((first, "candidate values"), (second, "baseline values")):
        require_units(arm.size, what=what)
        require_spread(arm, size=magnitude(arm), what=what)
    unit = unit_of(magnitude(first, second))
    arm_c, arm_b = centred(first, unit=unit), centred(second, unit=unit)
    estimate = arm_c.offset - (arm_b.offset - (arm_c.first - arm_b.first))
    return _bca((arm_c, arm_b), estimate=estimate, unit=unit)


def require_units(n: int, *, what: str) -> None:
    """Refuse fewer units than a bootstrap is honest on.

    Raises:
        UndefinedTestError: n < 20.
    """
    if n < MIN_UNITS:
        raise UndefinedTestError(
            f"a bootstrap needs at least {MIN_UNITS} {what}, got {n}",
            hint="use a t test or an exact sign-flip test",
        )


def mean_law(values: ArrayLike) -> GridLaw:
    """Give the bootstrap law of a mean, less the mean, in the unit of the values.

    Raises:
        UndefinedTestError: n < 2, not finite, above 1e150, or zero variance.
    """
    array = finite_values(values, at_least=2)
    require_spread(array, size=magnitude(array), what="values")
    return sum_law((centred(array, unit=1.0).residuals / array.size,))


def percentile_interval(law: Law, alpha: float) -> tuple[float, float]:
    """Quantiles ``alpha`` and 1 - ``alpha`` of the law, as deviations from the estimate."""
    require_alpha(alpha)
    return law.lowest(alpha), law.highest(alpha)


def basic_interval(law: Law, alpha: float) -> tuple[float, float]:
    """The percentile interval mirrored at the estimate, as deviations from it."""
    low, high = percentile_interval(law, alpha)
    return -high, -low


def expanded_percentile_interval(law: Law, alpha: float, *, n: int) -> tuple[float, float]:
    """Percentile interval at Phi(sqrt(n / (n - 1)) t), as wide as Student's for normal data.

    Source:
        Hesterberg (2015), The American Statistician 69(4), 371-386.
    """
    require_alpha(alpha)
    if n < 2:
        raise UndefinedTestError(f"an expanded percentile interval needs 2 units, got {n}")
    level = float(ndtr(math.sqrt(n / (n - 1)) * stdtrit(n - 1, alpha)))
    return percentile_interval(law, max(level, law.resolution))


def _of_mean(values: NDArray[np.float64], *, size: float, what: str) -> Bca:
    require_spread(values, size=size, what=what)
    unit = unit_of(magnitude(values))
    parts = centred(values, unit=unit)
    return _bca((parts,), estimate=parts.first + parts.offset, unit=unit)


def _bca(arms: Sequence[Centred], *, estimate: float, unit: float) -> Bca:
    """Assemble; the second arm, if any, is subtracted."""
    signs = (1.0, -1.0)
    shares = [
        sign * arm.residuals / arm.residuals.size for sign, arm in zip(signs, arms, strict=False)
    ]
    spread = max(magnitude(share) for share in shares)
    scale = unit_of(spread)  # residuals may be tiny beside their offset
    law = sum_law([share / scale for share in shares], size=abs(estimate) / scale)
    scaled = GridLaw(
        first=law.first * scale * unit,
        step=law.step * scale * unit,
        masses=law.masses,
        is_lattice=law.is_lattice,
        tie=law.tie * scale * unit,
    )
    error = math.sqrt(sum(arm.variance / arm.residuals.size for arm in arms))
    return Bca(
        estimate=estimate * unit,
        standard_error=error * unit,
        law=scaled,
        correction=BcaMap(
            bias=bias_of(law.middle()),
            acceleration=acceleration_of(*shares),
            resolution=law.resolution,
        ),
    )
