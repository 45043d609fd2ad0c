"""Several models on the same data sets: Friedman's test, Iman-Davenport, Nemenyi's distance."""

import math
import sys
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc, ndtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level, whole_number
from pytest_evalgate.stats.moments import finite_cells
from pytest_evalgate.stats.rank_laws import midranks


_REACH: Final = 14.0  # beyond it the normal density is below 1e-43
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Friedman:
    """Whether models differ at all over data sets, from the ranks within each.

    H0: within a data set all orders of the models are equally likely.
    """

    mean_ranks: tuple[float, ...]  # one a model; the lowest value has rank 1
    chi2: float  # with tie correction
    df: int
    p_value: float
    iman_davenport_f: float | None  # None where every data set orders the models alike
    iman_davenport_p: float  # there the exact probability of such agreement


def friedman(scores: ArrayLike) -> Friedman:
    """Compare k models on N data sets by ranks.

    Args:
        scores: One row a data set, one column a model, shape (N, k), N >= 2, k >= 2.

    Raises:
        UndefinedTestError: Too few rows or columns, a value not finite, or all models tied on
            every data set.

    Source:
        Friedman (1937), JASA 32, 675-701; Iman and Davenport (1980), Communications in
        Statistics A 9(6), 571-595; Demsar (2006), JMLR 7, 1-30. R: friedman.test(scores).
    """
    cells = finite_cells(scores, what="scores")
    n, k = cells.shape
    if n < 2 or k < 2:
        raise UndefinedTestError(f"at least 2 data sets and 2 models are needed, got {n} and {k}")
    rows = [midranks(row) for row in cells]
    sums = np.sum([row.doubled for row in rows], axis=0) / 2.0
    ties = sum(row.tie_sum for row in rows)
    spread = n * k * (k + 1) - ties / (k - 1)
    if spread <= 0.0:
        raise UndefinedTestError(f"all {k} models are tied on every one of {n} data sets")
    chi2 = 12.0 * float(np.square(sums - n * (k + 1) / 2.0).sum()) / spread
    statistic, p_value = _iman_davenport(chi2, n, k)
    return Friedman(
        mean_ranks=tuple((sums / n).tolist()),
        chi2=chi2,
        df=k - 1,
        p_value=float(chdtrc(k - 1, chi2)),
        iman_davenport_f=statistic,
        iman_davenport_p=p_value,
    )


def _iman_davenport(chi2: float, n: int, k: int) -> tuple[float | None, float]:
    rest = n * (k - 1) - chi2
    if rest <= 1e-9 * n * (k - 1):  # F would be infinite and its p 0
        return None, max(math.exp((1 - n) * math.lgamma(k + 1)), sys.float_info.min)
    statistic = (n - 1) * chi2 / rest
    return statistic, float(fdtrc(k - 1, (k - 1) * (n - 1), statistic))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nemenyi:
    """How far apart mean ranks must lie to differ, all pairs of models at once."""

    quantile: float  # of the studentized range with infinite df, over sqrt(2)
    critical_difference: float  # of two mean ranks


def nemenyi(k: int, n: int, alpha: float) -> Nemenyi:
    """Give Nemenyi's critical difference of k models on n data sets, two-sided.

    Args:
        k: Models, at least 2.
        n: Data sets, at least 1.
        alpha: Family-wise level over all pairs, in (0, 1).

    Raises:
        UndefinedTestError: A count too small, or a level outside (0, 1).

    Source:
        Nemenyi (1963); Demsar (2006), table 5. R: qtukey(1 - alpha, k, Inf) / sqrt(2).
    """
    k = whole_number(k, "the number of models", low=2)
    n = whole_number(n, "the number of data sets", low=1)
    quantile = range_quantile(k, open_level(alpha)) / math.sqrt(2.0)
    return Nemenyi(
        quantile=quantile, critical_difference=quantile * math.sqrt(k * (k + 1) / (6.0 * n))
    )


def range_tail(width: float, k: int) -> float:
    """P(range of k standard normal values > width), without 1 - cdf.

    k times the integral of phi(z) (Phi(z)^(k-1) - (Phi(z) - Phi(z - width))^(k-1)) over the
    largest value z, by Gauss-Legendre in panels one wide.
    """
    if width <= 0.0:
        return 1.0
    edges = np.arange(-_REACH, width + _REACH, 1.0)
    z = (edges[:, np.newaxis] + (_NODES + 1.0) / 2.0).ravel()
    weights = np.tile(_WEIGHTS / 2.0, edges.size)
    return min(1.0, float((weights * _integrand(z, width, k)).sum()))


def _integrand(z: NDArray[np.float64], width: float, k: int) -> NDArray[np.float64]:
    density = np.exp(-np.square(z) / 2.0) / math.sqrt(2.0 * math.pi)
    below = ndtr(z)
    outside = np.minimum(ndtr(z - width) / below, 1.0)
    with np.errstate(divide="ignore"):  # a share of 1 has the logarithm -inf, and expm1 -1
        lost = -np.expm1((k - 1) * np.log1p(-outside))
    return np.asarray(k * density * below ** (k - 1) * lost, dtype=np.float64)


def range_quantile(k: int, alpha: float) -> float:
    """Width that the range of k standard normal values exceeds with probability ``alpha``."""
    low, high = 0.0, 1.0
    while range_tail(high, k) > alpha:
        low, high = high, 2.0 * high
        if high > 2.0 * _REACH:
            raise UndefinedTestError(f"a level of {alpha:g} is too small for the range's law")
    while high - low > 1e-13 * high:
        middle = low + (high - low) / 2.0
        if range_tail(middle, k) > alpha:
            low = middle
        else:
            high = middle
    return high
