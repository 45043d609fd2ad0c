"""Corrections in which some hypotheses hold more of alpha than others: Holm, and fallback."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.graphs import chain, graph_adjusted, graph_of
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.levels import NEAR_LEVEL, Granted, clears, family_pvalues, granted


WEIGHTED_HOLM_CONTROLS: Final = (
    "probability of any false claim in the family at most alpha, under any dependence,"
    " if the weights were fixed before the data were seen"
)
FALLBACK_CONTROLS: Final = (
    "probability of any false claim in the family at most alpha, under any dependence,"
    " if weights and order were fixed before the data were seen"
)


def weighted_holm(
    pvalues: Sequence[float], alpha: float, *, weights: Sequence[float]
) -> tuple[Granted, ...]:
    """Adjust p-values by Holm's method, each weighed by what its hypothesis holds of alpha.

    At each step the smallest p / w is judged at w / (sum of the w that remain) * alpha; the
    first that is not rejected stops it. Hypotheses of equal p / w share the strictest level of
    theirs, and those behind the stop keep what they held there, so any order of the hypotheses
    gives the same records. Equal weights give Holm's method.

    Args:
        pvalues: One-sided p-values in [0, 1], shape (m,).
        alpha: Level of the family, in (0, 1).
        weights: Above 0, shape (m,); their sum may be anything.

    Returns:
        One record per p-value, in the order given; every one has a level.

    Raises:
        UndefinedTestError: p-values, alpha or weights as above are not given.

    Source:
        Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70, section 4; Benjamini and
        Hochberg (1997), Scandinavian Journal of Statistics 24(3), 407-418.
    """
    open_level(alpha)
    p = family_pvalues(pvalues)
    share = _positive(weights, p.size)
    order = np.argsort(p / share, kind="stable")
    ratio = (p / share)[order]
    left = _sums_behind(share[order])
    first = np.searchsorted(ratio, ratio * (1.0 - NEAR_LEVEL), side="left")
    adjusted = np.maximum.accumulate(ratio * left[first])
    records: list[Granted | None] = [None] * p.size
    held, is_stopped = 1.0, False
    for rank, j in enumerate(order.tolist()):
        if not is_stopped:
            held = float(left[first[rank]])
            is_stopped = not clears(float(p[j]), float(share[j]) / held, alpha)
        records[j] = granted(
            float(p[j]),
            alpha,
            adjusted=float(adjusted[rank]),
            level=float(share[j]) / held * alpha,
            is_rejected=not is_stopped,
        )
    return tuple(record for record in records if record is not None)


def fallback(
    pvalues: Sequence[float], alpha: float, *, weights: Sequence[float]
) -> tuple[Granted, ...]:
    """Test in the order given; each holds its weight of alpha, and what the one before won.

    The level of hypothesis i is w_i * alpha, plus the whole level of i - 1 if that was rejected.
    Weights 1, 0, 0, ... are the fixed sequence. In a graph: each hands all it holds to the next.

    Args:
        pvalues: One-sided p-values in [0, 1], in the order fixed beforehand, shape (m,).
        alpha: Level of the family, in (0, 1).
        weights: At least 0, their sum above 0 and at most 1, shape (m,).

    Returns:
        One record per p-value; ``alpha_judged`` is None where the level is 0.

    Raises:
        UndefinedTestError: p-values, alpha or weights as above are not given.

    Source:
        Wiens (2003), Pharmaceutical Statistics 2(3), 211-215; Maurer, Hothorn and Lehmacher
        (1995) for the fixed sequence.
    """
    open_level(alpha)
    p = family_pvalues(pvalues)
    graph = graph_of(weights, chain(p.size), size=p.size)
    adjusted = graph_adjusted(p, graph)
    records: list[Granted] = []
    carried = 0.0
    for one, weight, corrected in zip(p.tolist(), graph.weights, adjusted.tolist(), strict=True):
        held = weight + carried
        record = granted(
            one,
            alpha,
            adjusted=corrected,
            level=held * alpha,
            is_rejected=held > 0.0 and clears(one, held, alpha),
        )
        records.append(record)
        carried = held if record.is_rejected(one) else 0.0
    return tuple(records)


def _positive(weights: Sequence[float], size: int) -> NDArray[np.float64]:
    share = np.asarray(weights, dtype=np.float64)
    if share.shape != (size,):
        raise UndefinedTestError(f"{size} weights are needed, got {share.size}")
    if not (np.isfinite(share) & (share > 0.0)).all():
        raise UndefinedTestError(
            f"weights must be finite and above 0, got {str(share.tolist())[:80]}",
            hint="a hypothesis of weight 0 could never be rejected",
        )
    return np.asarray(share / math.fsum(share), dtype=np.float64)


def _sums_behind(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of each weight and all behind it; without the rounding of a running sum."""
    return np.array([math.fsum(share[k:]) for k in range(share.size)])
