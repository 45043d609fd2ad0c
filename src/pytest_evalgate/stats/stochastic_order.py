"""How far one sample is from being larger than another at every quantile."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values, magnitude, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StochasticOrder:
    """How two quantile functions lie to each other.

    Attributes:
        violation_ratio: Share of the squared distance at which the second is larger, 0 where
            the first is larger everywhere, 1 where it is smaller everywhere.
        squared_distance: Squared Wasserstein-2 distance, in the squared unit of the values.
    """

    violation_ratio: float
    squared_distance: float


def almost_stochastic_order(first: ArrayLike, second: ArrayLike) -> StochasticOrder:
    """Measure how far the first sample is from being stochastically larger than the second.

    A number to report, not a test: it has no error rate of its own.

    Args:
        first: Shape (n,), n >= 1.
        second: Shape (m,), m >= 1.

    Raises:
        UndefinedTestError: An empty sample, values not finite or above 1e150, or samples with
            one and the same quantile function, of which neither is larger.

    Source:
        del Barrio, Cuesta-Albertos and Matran (2018); Dror, Shlomov and Reichart (2019), ACL.
        The step functions are integrated exactly; deepsig takes a sum in steps of 0.001.
    """
    a = np.sort(finite_values(first, what="first values"))
    b = np.sort(finite_values(second, what="second values"))
    n, m = a.size, b.size
    # Steps of both functions in whole multiples of 1 / (n m): no two are told apart by rounding.
    steps = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    widths = np.diff(steps) / (n * m)
    unit = unit_of(magnitude(a, b))
    ahead = a[steps[:-1] // m] / unit - b[steps[:-1] // n] / unit
    squares = widths * np.square(ahead)
    total = float(squares.sum())
    if total == 0.0:
        raise UndefinedTestError(
            "both samples have the same quantiles, so neither is larger",
            hint="check that the arms are not copies of one another",
        )
    return StochasticOrder(
        violation_ratio=float(squares[ahead < 0.0].sum()) / total,
        squared_distance=total * unit**2,
    )
