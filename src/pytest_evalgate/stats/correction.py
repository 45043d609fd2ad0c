"""Corrections of a family of p-values, and the level at which each rule is judged."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.levels import family_pvalues


_Floats = NDArray[np.float64]


class Correction(StrEnum):
    """How the p-values of a family are corrected."""

    NONE = "none"
    BONFERRONI = "bonferroni"
    SIDAK = "sidak"
    HOLM = "holm"
    HOLM_SIDAK = "holm_sidak"
    HOCHBERG = "hochberg"
    HOMMEL = "hommel"
    BH = "bh"
    BY = "by"
    FIXED_SEQUENCE = "fixed_sequence"


_ANY_FALSE = "probability of any false claim in the family at most alpha"
_SHARE_FALSE = "expected share of false claims among the passes at most alpha, nothing more"
_POSITIVE = "if the p-values are independent or positively dependent"
_CONTROLS = {
    Correction.NONE: "probability that a claim is false and passes at most alpha, each by itself",
    Correction.BONFERRONI: f"{_ANY_FALSE}, under any dependence",
    Correction.SIDAK: f"{_ANY_FALSE}, {_POSITIVE}",
    Correction.HOLM: f"{_ANY_FALSE}, under any dependence",
    Correction.HOLM_SIDAK: f"{_ANY_FALSE}, {_POSITIVE}",
    Correction.HOCHBERG: f"{_ANY_FALSE}, {_POSITIVE}",
    Correction.HOMMEL: f"{_ANY_FALSE}, {_POSITIVE}",
    Correction.BH: f"{_SHARE_FALSE}, {_POSITIVE}",
    Correction.BY: f"{_SHARE_FALSE}, under any dependence",
    Correction.FIXED_SEQUENCE: (
        f"{_ANY_FALSE}, under any dependence, if the order was fixed before the data were seen"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """One rule after the correction: it is rejected exactly when p < ``alpha_judged``."""

    pvalue_adjusted: float
    alpha_judged: float


def correct(
    pvalues: Sequence[float], alpha: float, method: Correction | str
) -> tuple[Corrected, ...]:
    """Adjust the p-values of a family, and say at which level each is judged.

    A rule is rejected exactly when its p lies below its ``alpha_judged``, and exactly when its
    ``pvalue_adjusted`` lies below alpha. Equality is no rejection. The level is

    * none, bonferroni, sidak: alpha; alpha / m; 1 - (1 - alpha)**(1 / m);
    * holm: alpha / (m - i + 1) of the i-th smallest p, and behind the first that is not rejected
      the level of that one; equal p-values share the strictest of their levels;
    * holm_sidak: the same with 1 - (1 - alpha)**(1 / (m - i + 1));
    * hochberg: alpha / (m - r + 1) for all, where r is the last rank rejected (1 if none is):
      every p below is rejected with it, and p of rank r + 1 is at least alpha / (m - r);
    * hommel: alpha / j for all, where j is the size of the largest set of p-values that Simes'
      test does not reject: a p below belongs to no such set;
    * bh, by: r * alpha / m for all, divided by 1 + 1/2 + ... + 1/m under by;
    * fixed_sequence: alpha, for all. Here alone a p below its level may not be rejected: its
      adjusted p is the largest so far, and the caller blocks what stands behind a rule not passed.

    Args:
        pvalues: One-sided p-values of the family, in [0, 1]; in order for fixed_sequence. A rule
            that could not be judged counts with p = 1.
        alpha: Level of the family, in (0, 1).
        method: A name of ``Correction``.

    Returns:
        One record per p-value, in the order given. Any order of the same p-values gives the same
        records (except under fixed_sequence).

    Raises:
        UndefinedTestError: No p-values, one outside [0, 1], alpha outside (0, 1), or an unknown
            method.

    Source:
        Sidak (1967); Holm (1979); Hochberg (1988); Hommel (1988); Benjamini and Hochberg (1995);
        Benjamini and Yekutieli (2001). R: p.adjust(pvalues, method).
    """
    open_level(alpha)
    p = family_pvalues(pvalues)
    method = _known(method)
    if method is Correction.FIXED_SEQUENCE:
        adjusted, level = np.maximum.accumulate(p), np.full(p.size, alpha)
    else:
        order = np.argsort(p, kind="stable")
        adjusted, level = _agree(p[order], alpha, *_step(method)(p[order], alpha))
        back = np.argsort(order, kind="stable")
        adjusted, level = adjusted[back], level[back]
    return tuple(
        Corrected(pvalue_adjusted=float(a), alpha_judged=float(b))
        for a, b in zip(adjusted, level, strict=True)
    )


def simes(pvalues: Sequence[float]) -> float:
    """One p for the claim that some hypothesis of the family is false, naming none.

    Assumes what Hochberg's and Hommel's methods assume: independence or positive dependence.

    Raises:
        UndefinedTestError: No p-values, or one outside [0, 1].

    Source:
        Simes (1986), Biometrika 73(3), 751-754.
    """
    p = np.sort(family_pvalues(pvalues))
    return float(min(1.0, np.min(p * p.size / np.arange(1.0, p.size + 1.0))))


def largest_level(alpha: float, m: int, method: Correction | str) -> float:
    """Largest level at which the correction could ever judge one of m rules."""
    open_level(alpha)
    if m < 1:
        raise UndefinedTestError(f"a family has at least 1 rule, got {m}")
    match _known(method):
        case Correction.BONFERRONI:
            return alpha / m
        case Correction.SIDAK:
            return _sidak_level(alpha, m)
        case _:
            return alpha


def controls(method: Correction | str) -> str:
    """What a correction controls, under which dependence between the rules, in plain words."""
    return _CONTROLS[_known(method)]


def _known(method: Correction | str) -> Correction:
    try:
        return Correction(method)
    except ValueError:
        allowed = ", ".join(Correction)
        raise UndefinedTestError(
            f"unknown correction {str(method)[:80]!r}; expected one of {allowed}"
        ) from None


def _step(method: Correction) -> Callable[[_Floats, float], tuple[_Floats, _Floats]]:
    """Return the function of ascending p and alpha that gives adjusted p and levels."""
    steps = {
        Correction.NONE: lambda p, alpha: (p, np.full(p.size, alpha)),
        Correction.BONFERRONI: _bonferroni,
        Correction.SIDAK: _sidak,
        Correction.HOLM: _holm,
        Correction.HOLM_SIDAK: _holm_sidak,
        Correction.HOCHBERG: _hochberg,
        Correction.HOMMEL: _hommel,
        Correction.BH: lambda p, alpha: _false_discovery(p, alpha, 1.0),
        Correction.BY: lambda p, alpha: _false_discovery(
            p, alpha, math.fsum(1.0 / k for k in range(1, p.size + 1))
        ),
    }
    return steps[method]


def _agree(p: _Floats, alpha: float, adjusted: _Floats, level: _Floats) -> tuple[_Floats, _Floats]:
    """Settle what rounding leaves open: both views must reject, or neither does.

    m * p may fall below alpha while p does not fall below alpha / m; they are equal then.
    """
    is_rejected = (adjusted < alpha) & (p < level)
    adjusted = np.where(is_rejected, adjusted, np.maximum(adjusted, alpha))
    return adjusted, np.where(is_rejected, level, np.minimum(level, p))


def _clears(p: _Floats, alpha: float, factor: _Floats | float) -> NDArray[np.bool_]:
    """Whether p lies below alpha / factor, by either way of rounding."""
    return np.asarray((p * factor < alpha) & (p < alpha / factor), dtype=np.bool_)


def _bonferroni(p: _Floats, alpha: float) -> tuple[_Floats, _Floats]:
    return np.minimum(1.0, p.size * p), np.full(p.size, alpha / p.size)


def _sidak(p: _Floats, alpha: float) -> tuple[_Floats, _Floats]:
    adjusted = [_sidak_pvalue(one, p.size) for one in p.tolist()]
    return np.array(adjusted), np.full(p.size, _sidak_level(alpha, p.size))


def _sidak_pvalue(p: float, m: float) -> float:
    return 1.0 if p == 1.0 else -math.expm1(m * math.log1p(-p))


def _sidak_level(alpha: float, m: float) -> float:
    return -math.expm1(math.log1p(-alpha) / m)


def _holm(p: _Floats, alpha: float) -> tuple[_Floats, _Floats]:
    factor = np.arange(p.size, 0, -1.0)
    adjusted = np.minimum(1.0, np.maximum.accumulate(factor * p))
    return adjusted, _step_down(p, alpha / factor, is_clear=_clears(p, alpha, factor))


def _holm_sidak(p: _Floats, alpha: float) -> tuple[_Floats, _Floats]:
    remaining = range(p.size, 0, -1)
    single = np.array([_sidak_pvalue(one, m) for one, m in zip(p.tolist(), remaining, strict=True)])
    level = np.array([_sidak_level(alpha, m) for m in remaining])
    is_clear = (p < level) & (single < alpha)
    return np.maximum.accumulate(single), _step_down(p, level, is_clear=is_clear)


def _step_down(p: _Floats, level: _Floats, *, is_clear: NDArray[np.bool_]) -> _Floats:
    """Level of each rank; behind the first not rejected, the level of that one."""
    stops = np.flatnonzero(~is_clear)
    last = int(stops[0]) if stops.size else p.size - 1
    rank = np.minimum(np.searchsorted(p, p, side="left"), last)  # equal p: the strictest level
    return np.asarray(level[rank], dtype=np.float64)


def _hochberg(p: _Floats, alpha: float) -> tuple[_Floats, _Floats]:
    m = p.size
    factor = np.arange(m, 0, -1.0)
    adjusted = np.minimum.accumulate((factor * p)[::-1])[::-1]
    rejected = np.flatnonzero(_clears(p, alpha, factor))
    last = int(rejected[-1]) if rejected.size else 0
    return np.minimum(1.0, adjusted), np.full(m, alpha / factor[last])


def _hommel(p: _Floats, alpha: float) -> tuple[_Floats, _Floats]:
    m = p.size
    largest = 1
    adjusted = np.full(m, 1.0)
    lower = np.zeros(m)
    for size in range(1, m + 1):
        top = p[m - size :]  # the set of this size that Simes' test finds hardest to reject
        factor = size / np.arange(1.0, size + 1.0)
        if not _clears(top, alpha, factor).any():
            largest = size
        # Simes' p of a set of this size that holds a given p and otherwise the largest ones.
        tail = np.min(factor[1:] * top[1:]) if size > 1 else np.inf
        simes = np.minimum(size * p, tail)
        simes[m - size :] = np.minimum(size * top[0], tail)
        lower = np.maximum(lower, simes)
    adjusted = np.minimum(1.0, np.maximum(lower, p))
    return adjusted, np.full(m, alpha / largest)


def _false_discovery(p: _Floats, alpha: float, penalty: float) -> tuple[_Floats, _Floats]:
    m = p.size
    factor = penalty * m / np.arange(1.0, m + 1.0)
    adjusted = np.minimum.accumulate((factor * p)[::-1])[::-1]
    rejected = np.flatnonzero(_clears(p, alpha, factor))
    last = int(rejected[-1]) if rejected.size else 0
    return np.minimum(1.0, adjusted), np.full(m, alpha / factor[last])
