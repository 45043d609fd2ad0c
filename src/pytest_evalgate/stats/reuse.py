"""Levels for a stream of tests on one holdout: online false discovery rate and alpha spending.

All but ``alpha_spending`` need p-values that are independent under the null, which candidates
judged on one holdout are not: they are here to be compared with, and for fresh data.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.moments import finite_values
from pytest_evalgate.stats.spending import sequence_share


_Floats = NDArray[np.float64]

Discount = Callable[[int], float]
"""Share of the wealth for the j-th test since an event, j from 1; the shares sum to 1 or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineLevels:
    """The level each p-value was held against, set before it was seen, and what it rejected."""

    levels: tuple[float, ...]
    rejected: tuple[bool, ...]


def log_discount(j: int) -> float:
    """LORD's sequence: .0772 log(max(j, 2)) / (j exp(sqrt(log j)))."""
    return 0.07720838 * math.log(max(j, 2)) / (j * math.exp(math.sqrt(math.log(j))))


def lord(
    pvalues: ArrayLike,
    alpha: float,
    *,
    wealth: float | None = None,
    discount: Discount = log_discount,
) -> OnlineLevels:
    """LORD++ levels; starting wealth alpha / 10 unless given.

    Source:
        Ramdas, Yang, Wainwright and Jordan (2017). R: onlineFDR::LORD(version = "++").
    """
    start = alpha / 10.0 if wealth is None else wealth
    return _stream(pvalues, alpha, start, discount, lambda _, __: True, lambda raw: raw)


def saffron(
    pvalues: ArrayLike,
    alpha: float,
    *,
    candidate: float = 0.5,
    wealth: float | None = None,
    discount: Discount = sequence_share,
) -> OnlineLevels:
    """SAFFRON levels: p-values above ``candidate`` alone use up the wealth.

    Source:
        Ramdas, Zrnic, Wainwright and Jordan (2018). R: onlineFDR::SAFFRON.
    """
    start = alpha / 2.0 if wealth is None else wealth
    return _stream(
        pvalues,
        alpha,
        start,
        discount,
        lambda p, _: p > candidate,
        lambda raw: min(candidate, (1.0 - candidate) * raw),
    )


def addis(
    pvalues: ArrayLike,
    alpha: float,
    *,
    candidate: float = 0.25,
    discard: float = 0.5,
    wealth: float | None = None,
    discount: Discount = sequence_share,
) -> OnlineLevels:
    """ADDIS levels: as SAFFRON, and p-values above ``discard`` are passed over.

    Source:
        Tian and Ramdas (2019). R: onlineFDR::ADDIS.
    """
    start = alpha / 2.0 if wealth is None else wealth
    return _stream(
        pvalues,
        alpha,
        start,
        discount,
        lambda p, _: candidate < p <= discard,
        lambda raw: min(candidate, (discard - candidate) * raw),
    )


def alpha_investing(
    pvalues: ArrayLike,
    alpha: float,
    *,
    wealth: float | None = None,
    discount: Discount = sequence_share,
) -> OnlineLevels:
    """Alpha-investing as SAFFRON with a candidate threshold equal to each level.

    Source:
        Foster and Stine (2008); Ramdas et al. (2018). R: onlineFDR::Alpha_investing.
    """
    start = alpha / 2.0 if wealth is None else wealth
    return _stream(
        pvalues,
        alpha,
        start,
        discount,
        lambda p, level: p > level,
        lambda raw: raw / (1.0 + raw),
    )


def alpha_spending(
    pvalues: ArrayLike, alpha: float, *, discount: Discount = sequence_share
) -> OnlineLevels:
    """Levels alpha * discount(j): any false rejection has probability alpha, whatever depends.

    Source:
        Bonferroni with unequal shares. R: onlineFDR::Alpha_spending.
    """
    p = _pvalues(pvalues)
    open_level(alpha)
    levels = tuple(alpha * discount(j) for j in range(1, p.size + 1))
    rejected = tuple(bool(one <= level) for one, level in zip(p, levels, strict=True))
    return OnlineLevels(levels=levels, rejected=rejected)


def _stream(  # five methods in one loop
    pvalues: ArrayLike,
    alpha: float,
    wealth: float,
    discount: Discount,
    uses: Callable[[float, float], bool],
    finish: Callable[[float], float],
) -> OnlineLevels:
    """Levels from the start and from each rejection, each with a clock of its own.

    A level is wealth * discount(age) of the start, and of each rejection what it earned: alpha,
    the first one alpha - wealth. The age is 1 + the number of later p-values that ``uses`` counts.
    """
    p = _pvalues(pvalues)
    if not 0.0 <= wealth <= open_level(alpha):
        raise UndefinedTestError(f"the starting wealth must lie in [0, alpha], got {wealth:g}")
    earned, born = [wealth], [0]  # born: the clock when it was earned
    clock, levels, rejected = 0, [], []
    for one in p.tolist():
        ages = [1 + clock - start for start in born]
        raw = sum(share * discount(age) for share, age in zip(earned, ages, strict=True))
        level = finish(raw)
        levels.append(level)
        rejected.append(one <= level)
        clock += uses(one, level)
        if one <= level:
            earned.append(alpha - wealth if len(earned) == 1 else alpha)
            born.append(clock)
    return OnlineLevels(levels=tuple(levels), rejected=tuple(rejected))


def _pvalues(values: ArrayLike) -> _Floats:
    p = finite_values(values, what="p-values")
    if (p < 0.0).any() or (p > 1.0).any():
        raise UndefinedTestError("p-values must lie in [0, 1]")
    return p
