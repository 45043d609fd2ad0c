"""Tables of counts: chi-square and Fisher's test of two arms, and of the share each arm got."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.moments import finite_values, same_length
from pytest_evalgate.stats.nuisance import log_choose


_FUZZ = 1e-7  # R's: tables this much likelier than the observed one still count as no likelier


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquareTest:
    """A chi-square statistic, its degrees of freedom, and its p."""

    statistic: float
    df: int
    pvalue: float


def two_arms_chi2(x1: int, n1: int, x2: int, n2: int, *, corrected: bool) -> ChiSquareTest:
    """Pearson's chi-square of two shares, with or without Yates's correction.

    Printed and compared, never deciding: approximate, and without a margin.

    Raises:
        UndefinedTestError: Every unit succeeded, or none.

    Source:
        R: prop.test(c(x1, x2), c(n1, n2), correct = corrected).
    """
    rate = (x1 + x2) / (n1 + n2)
    if not 0.0 < rate < 1.0:
        raise UndefinedTestError("all units have one outcome, so chi-square is not defined")
    gap = abs(x1 / n1 - x2 / n2)
    yates = min(0.5, gap / (1.0 / n1 + 1.0 / n2)) if corrected else 0.0
    excess = gap / (1.0 / n1 + 1.0 / n2) - yates  # successes above those expected, either arm
    statistic = excess * excess * (1.0 / n1 + 1.0 / n2) / (rate * (1.0 - rate))
    return ChiSquareTest(statistic=statistic, df=1, pvalue=float(chdtrc(1, statistic)))


def fisher_two_sided(x1: int, n1: int, x2: int, n2: int) -> float:
    """Two-sided Fisher p: the probability of all tables no likelier than the observed one.

    Source:
        R: fisher.test(table).
    """
    total = x1 + x2
    first = np.arange(max(0, total - n2), min(n1, total) + 1)
    logs = log_choose(n1)[first] + log_choose(n2)[total - first] - log_choose(n1 + n2)[total]
    is_rarer = logs <= logs[x1 - first[0]] + math.log1p(_FUZZ)
    return min(1.0, float(np.sort(np.exp(logs[is_rarer])).sum()))


def sample_ratio(observed: ArrayLike, planned: ArrayLike) -> ChiSquareTest:
    """Chi-square test that the arms got the shares of units that were planned.

    A p below .001 says that rows were lost or arms assigned in another way than planned, which
    no test of the metric mends.

    Args:
        observed: Units of each arm, shape (k,), k >= 2, whole and >= 0.
        planned: Share of each arm, shape (k,), > 0; divided by their sum.

    Raises:
        UndefinedTestError: Fewer than 2 arms, lengths differ, no unit, a count that is not
            whole or negative, or a share not above 0.

    Source:
        Fabijan et al. (2019), KDD, 2156-2164. R: chisq.test(observed, p = planned).
    """
    found = finite_values(observed, what="numbers of units", at_least=2)
    shares = finite_values(planned, what="planned shares", at_least=2)
    same_length(shares, found.size, what="planned shares and numbers of units")
    if (found < 0.0).any() or (found != np.floor(found)).any() or not found.any():
        raise UndefinedTestError("numbers of units must be whole, not negative, and not all 0")
    if (shares <= 0.0).any():
        raise UndefinedTestError("planned shares must be above 0")
    expected = found.sum() * (shares / shares.sum())
    statistic = float((np.square(found - expected) / expected).sum())
    df = found.size - 1
    return ChiSquareTest(statistic=statistic, df=df, pvalue=float(chdtrc(df, statistic)))
