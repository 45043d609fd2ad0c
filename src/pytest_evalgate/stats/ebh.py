"""Discoveries from e-values: the e-BH method."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level


E_BH_CONTROLS: Final = (
    "expected share of false claims among the passes at most alpha, nothing more,"
    " under any dependence"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EDiscovery:
    """One hypothesis of a family judged by e-BH.

    ``evalue_needed`` is what its e-value had to reach: m / (alpha k) with k rejected, or with
    k = 1 where none is.
    """

    is_rejected: bool
    evalue_adjusted: float  # rejected exactly when it is at least 1 / alpha
    evalue_needed: float


def e_bh(evalues: Sequence[float], alpha: float) -> tuple[EDiscovery, ...]:
    """Reject the k largest e-values, k the largest with k * e_(k) >= m / alpha.

    Unlike a p on its level, an e-value that just reaches what is needed is rejected: its error
    is bounded by Markov's inequality, which includes equality. Numbers are compared as the
    decimal fractions they are written as, so that 0.05 is a twentieth.

    Args:
        evalues: At least 0, finite, shape (m,).
        alpha: Largest expected share of false rejections, in (0, 1).

    Raises:
        UndefinedTestError: No e-values, one below 0 or not finite, alpha outside (0, 1).

    Source:
        Wang and Ramdas (2022), Journal of the Royal Statistical Society B 84(3), 822-852.
    """
    level = Fraction(repr(open_level(alpha)))
    e = [float(one) for one in evalues]
    if not e or not all(math.isfinite(one) and one >= 0.0 for one in e):
        raise UndefinedTestError(
            f"e-values must be finite and at least 0, and one at least, got {str(e)[:80]}"
        )
    m = len(e)
    exact = [Fraction(repr(one)) for one in e]
    descending = sorted(exact, reverse=True)
    reached = [k for k in range(1, m + 1) if k * descending[k - 1] * level >= m]
    rejected = max(reached, default=0)
    least = descending[rejected - 1] if rejected else None
    best: list[Fraction] = [Fraction(0)] * m
    running = Fraction(0)
    for k in range(m, 0, -1):
        running = max(running, k * descending[k - 1] / m)
        best[k - 1] = running
    needed = Fraction(m) / (level * max(1, rejected))
    return tuple(
        EDiscovery(
            is_rejected=least is not None and one >= least,
            evalue_adjusted=float(best[descending.index(one)]),
            evalue_needed=float(needed),
        )
        for one in exact
    )
