"""Barnard's exact unconditional test ordered by the pooled z: compared with, never deciding.

Boschloo's test decides; it is nowhere less powerful than Fisher's, this one is.
"""

import math

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.stats.inversion import two_arm_counts
from pytest_evalgate.stats.nuisance import binomial_law, supremum


_TIE = 1e-9
"""Tables whose z equals the observed one but for rounding count as at least as extreme.

Without it mirror tables, whose z differ in the last digit, are left out, and p is too small.
"""


def barnard_greater(x1: int, n1: int, x2: int, n2: int) -> float:
    """Exact one-sided p of H0: p1 <= p2, tables ordered by the z of pooled variance.

    Args:
        x1: Successes of the first arm, 0..n1.
        n1: Units of the first arm.
        x2: Successes of the second arm, 0..n2.
        n2: Units of the second arm.

    Raises:
        UndefinedTestError: A count is not whole or not in its range.

    Source:
        Suissa and Shuster (1985), JRSS A 148(4), 317-327. scipy.stats.barnard_exact with
        pooled=True, which is too small where tables tie.
    """
    two_arm_counts(x1, n1, x2, n2)
    z = _pooled_z(n1, n2)
    observed = z[x1, x2]
    is_extreme = (z >= observed - _TIE * max(1.0, abs(observed))).astype(np.float64)

    def probability(angles: NDArray[np.float64]) -> NDArray[np.float64]:
        rate, rest = np.sin(angles) ** 2, np.cos(angles) ** 2
        first, second = binomial_law(rate, rest, n1), binomial_law(rate, rest, n2)
        return np.asarray(((first @ is_extreme) * second).sum(axis=1), dtype=np.float64)

    return supremum(probability, points=513 + 8 * int(math.sqrt(n1 + n2)))


def _pooled_z(n1: int, n2: int) -> NDArray[np.float64]:
    """Z of every table, shape (n1 + 1, n2 + 1); 0 where no unit or every unit succeeded."""
    x1, x2 = np.indices((n1 + 1, n2 + 1), dtype=np.float64)
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)
    gap = x1 / n1 - x2 / n2
    root = np.sqrt(np.where(variance > 0.0, variance, 1.0))
    return np.asarray(np.where(variance > 0.0, gap / root, 0.0), dtype=np.float64)
