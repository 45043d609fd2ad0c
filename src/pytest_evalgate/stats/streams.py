"""Random streams that a seed and a rule fix, and p-values from a finite number of draws."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level, whole_number


DRAWS: Final = 9_999
"""Draws of a first look; with the +1 the p-values are multiples of 1e-4."""

NEAR: Final = 3.0
"""Monte Carlo standard errors within which a p-value is too near to its level to judge."""

MORE: Final = 10
"""Factor of the second, larger number of draws."""


def stream(seed: int, rule_id: str) -> np.random.Generator:
    """Give the random stream of one rule: equal on every machine, for every order of rules.

    Philox keyed with the first 128 bits of SHA-256 over the seed and the rule's id, so that
    streams of different rules do not overlap and adding a rule changes no other.

    Source:
        Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
    """
    digest = hashlib.sha256(f"{seed}\0{rule_id}".encode("utf-8", "surrogatepass")).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def plus_one(exceedances: int, draws: int) -> float:
    """Give (b + 1) / (B + 1): the observed data are one of the draws, so p is never 0.

    Raises:
        UndefinedTestError: Not whole, draws < 1, or exceedances outside [0, draws].

    Source:
        Phipson and Smyth (2010), Stat Appl Genet Mol Biol 9(1), article 39.
    """
    draws = whole_number(draws, "draws", low=1)
    exceedances = whole_number(exceedances, "exceedances", low=0, high=draws)
    return (exceedances + 1) / (draws + 1)


def exceedances_kept(alpha: float, draws: int) -> int:
    """Give the smallest number of exceedances whose p is not below ``alpha``.

    Raises:
        UndefinedTestError: ``alpha`` outside (0, 1), or draws < 1.
    """
    open_level(alpha)
    draws = whole_number(draws, "draws", low=1)
    count = max(0, math.ceil(alpha * (draws + 1)) - 2)  # a step early: the product was rounded
    while (count + 1) / (draws + 1) < alpha:
        count += 1
    return count


def draws_needed(level: float) -> int:
    """Give the smallest number of draws whose smallest p, 1 / (B + 1), is at most ``level``.

    Raises:
        UndefinedTestError: ``level`` is outside (0, 1).
    """
    draws = max(1, math.ceil(1.0 / open_level(level)) - 2)
    while 1.0 / (draws + 1) > level:
        draws += 1
    return draws


def monte_carlo_error(pvalue: float, draws: int) -> float:
    """Give sqrt(p (1 - p) / B), the standard error of a p-value by its finite draws.

    Raises:
        UndefinedTestError: p outside [0, 1], or draws < 1.
    """
    if not 0.0 <= pvalue <= 1.0:
        raise UndefinedTestError(f"a p-value lies in [0, 1], got {pvalue}")
    return math.sqrt(pvalue * (1.0 - pvalue) / whole_number(draws, "draws", low=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A p-value by draws, and whether more draws could put it on the other side of its level."""

    pvalue: float
    draws: int
    error: float  # Monte Carlo standard error of `pvalue`
    is_settled: bool


def settle(draw: Callable[[int], float], *, level: float, draws: int = DRAWS) -> Settled:
    """Draw once, and when p is within 3 of its standard errors of the level, ten times as many.

    A p-value still that near after the second look is not settled: neither side of the level
    may be claimed. The two numbers of draws are fixed beforehand, so nobody draws until
    it fits.

    Args:
        draw: From a number of draws to a p-value by ``plus_one``.
        level: What p is held against, in (0, 1).
        draws: Of the first look.

    Raises:
        UndefinedTestError: ``level`` outside (0, 1), draws < 1, or p outside [0, 1].
    """
    open_level(level)
    first = _look(draw, level=level, draws=whole_number(draws, "draws", low=1))
    return first if first.is_settled else _look(draw, level=level, draws=MORE * (draws + 1) - 1)


def _look(draw: Callable[[int], float], *, level: float, draws: int) -> Settled:
    pvalue = draw(draws)
    error = monte_carlo_error(pvalue, draws)
    return Settled(
        pvalue=pvalue, draws=draws, error=error, is_settled=abs(pvalue - level) > NEAR * error
    )
