"""Graphical corrections: each hypothesis holds a share of alpha and hands it on when rejected."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.levels import NEAR_LEVEL, Granted, clears, family_pvalues, granted


GRAPH_CONTROLS: Final = (
    "probability of any false claim in the family at most alpha, under any dependence,"
    " if weights and transitions were fixed before the data were seen"
)

_SUM_ROUNDS: Final = 1e-9  # ten weights of 0.1 sum to 1 but for this
_CLOSED_LOOP: Final = 1e-12  # what is left of 1 - g * g when two hand all to one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Who holds how much of alpha, and to whom it goes.

    Args:
        weights: Share of alpha of each hypothesis at the start, shape (m,).
        transitions: Row j says how what j held is handed on when j is rejected, shape (m, m).
    """

    weights: tuple[float, ...]
    transitions: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphical:
    """A family judged by a graph.

    Args:
        records: One per hypothesis, in the order given.
        order: Indices by ascending adjusted p: the order in which a growing alpha rejects them.
            Those that no level can reach stand last.
    """

    records: tuple[Granted, ...]
    order: tuple[int, ...]


def graph_of(
    weights: Sequence[float], transitions: Sequence[Sequence[float]], *, size: int
) -> Graph:
    """Check weights and transitions of ``size`` hypotheses, and take away what sums rounded up.

    Raises:
        UndefinedTestError: Not ``size`` weights or rows, a number below 0 or not finite, a sum of
            weights of 0 or above 1, a row that sums to more than 1, or one that feeds itself.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (size,) or any(len(row) != size for row in transitions):
        raise UndefinedTestError(f"{size} weights and rows of {size} transitions are needed")
    g = np.asarray(transitions, dtype=np.float64)
    if g.shape != (size, size):
        raise UndefinedTestError(f"{size} rows of transitions are needed, got {len(transitions)}")
    _require_shares(w, what="weights")
    if not math.fsum(w) > 0.0:
        raise UndefinedTestError(
            "all weights are 0, nothing could be rejected", hint="give one hypothesis a weight"
        )
    for number, row in enumerate(g, start=1):
        _require_shares(row, what=f"transitions of hypothesis {number}")
    if g.diagonal().any():
        number = int(np.flatnonzero(g.diagonal())[0]) + 1
        raise UndefinedTestError(f"hypothesis {number} hands alpha to itself")
    return Graph(weights=_at_most_one(w), transitions=tuple(_at_most_one(row) for row in g))


def chain(size: int) -> tuple[tuple[float, ...], ...]:
    """Transitions by which each of ``size`` hypotheses hands all to the next."""
    return tuple(tuple(float(k == j + 1) for k in range(size)) for j in range(size))


def graphical(
    pvalues: Sequence[float],
    alpha: float,
    *,
    weights: Sequence[float],
    transitions: Sequence[Sequence[float]],
) -> Graphical:
    """Judge a family by a graph: a sequentially rejective weighted Bonferroni test.

    A hypothesis j is rejected when p_j < w_j * alpha; its weight then goes along its transitions
    to those that remain, and the test goes on. Nothing depends on the order of rejection.

    ``alpha_judged`` is the level w_j * alpha that j held when it was rejected (the smallest
    p / w first; equal ones share what each held before any of them was rejected), or holds when
    nothing more is. It is None where that is 0: the hypothesis waits for one not rejected.

    Args:
        pvalues: One-sided p-values in [0, 1], shape (m,).
        alpha: Level of the family, in (0, 1).
        weights: Shares of alpha at the start, at least 0, their sum above 0 and at most 1.
        transitions: Shape (m, m), at least 0, no row above 1 in sum, 0 on the diagonal.

    Raises:
        UndefinedTestError: p-values, alpha, weights or transitions as above are not given.

    Source:
        Bretz, Maurer, Brannath and Posch (2009), Statistics in Medicine 28(4), 586-604,
        algorithms 1 and 2. R: gMCP::gMCP(graph, pvalues, alpha = alpha).
    """
    open_level(alpha)
    p = family_pvalues(pvalues)
    graph = graph_of(weights, transitions, size=p.size)
    order, _ = _walk(p, graph)
    adjusted = graph_adjusted(p, graph)
    held, is_rejected = _levels(p, alpha, graph)
    records = tuple(
        granted(
            float(p[j]),
            alpha,
            adjusted=float(adjusted[j]),
            level=float(held[j]) * alpha,
            is_rejected=bool(is_rejected[j]),
        )
        for j in range(p.size)
    )
    return Graphical(records=records, order=tuple(order))


def graph_adjusted(p: NDArray[np.float64], graph: Graph) -> NDArray[np.float64]:
    """Smallest alpha at which the graph rejects each hypothesis, at most 1, shape (m,)."""
    order, ratios = _walk(p, graph)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(ratios))
    return adjusted


def largest_graph_levels(alpha: float, graph: Graph) -> tuple[float, ...]:
    """Level that each hypothesis would hold with all others rejected: no larger one can be."""
    open_level(alpha)
    size = len(graph.weights)
    levels = []
    for j in range(size):
        state = _State.of(graph)
        for other in range(size):
            if other != j:
                state.reject(other)
        levels.append(float(state.weights[j]) * alpha)
    return tuple(levels)


@dataclass(slots=True)
class _State:
    """A graph while hypotheses leave it."""

    weights: NDArray[np.float64]
    transitions: NDArray[np.float64]
    remains: NDArray[np.bool_]

    @classmethod
    def of(cls, graph: Graph) -> "_State":
        size = len(graph.weights)
        return cls(np.array(graph.weights), np.array(graph.transitions), np.ones(size, dtype=bool))

    def reject(self, j: int) -> None:
        """Hand on what j held, and bridge the paths that led through it."""
        g = self.transitions
        self.weights = np.minimum(1.0, self.weights + self.weights[j] * g[j])
        loop = g[:, j] * g[j]  # what comes straight back
        through = g + np.outer(g[:, j], g[j])
        room = np.where(1.0 - loop > _CLOSED_LOOP, 1.0 - loop, np.inf)
        bridged = through / room[:, np.newaxis]
        np.fill_diagonal(bridged, 0.0)
        bridged[j], bridged[:, j] = 0.0, 0.0
        total = bridged.sum(axis=1)
        self.transitions = bridged / np.maximum(total, 1.0)[:, np.newaxis]
        self.weights[j] = 0.0
        self.remains[j] = False

    def ratios(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Divide p by the weight of those that remain and have one; inf for all others."""
        ratio = np.full(p.size, np.inf)
        usable = self.remains & (self.weights > 0.0)
        with np.errstate(over="ignore"):
            ratio[usable] = p[usable] / self.weights[usable]
        return ratio


def _walk(p: NDArray[np.float64], graph: Graph) -> tuple[list[int], list[float]]:
    """Reject all, smallest p / w first: their order, and each p / w at that moment."""
    state = _State.of(graph)
    order: list[int] = []
    ratios: list[float] = []
    while state.remains.any():
        ratio = state.ratios(p)
        j = int(np.argmin(ratio))
        if not state.remains[j]:  # all that remain have weight 0
            j = int(np.flatnonzero(state.remains)[0])
        order.append(j)
        ratios.append(float(ratio[j]))
        state.reject(j)
    return order, ratios


def _levels(
    p: NDArray[np.float64], alpha: float, graph: Graph
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Weight held at rejection or at the end, and whether rejected at alpha.

    Those of equal p / w leave together, so that the order of the hypotheses plays no part.
    """
    state = _State.of(graph)
    held = np.zeros(p.size)
    while True:
        ratio = state.ratios(p)
        least = float(ratio.min())
        tied = np.flatnonzero(ratio <= least * (1.0 + NEAR_LEVEL)) if least < np.inf else ()
        leaving = [j for j in tied if clears(float(p[j]), float(state.weights[j]), alpha)]
        if not leaving:
            return np.where(state.remains, state.weights, held), ~state.remains
        held[leaving] = state.weights[leaving]
        for j in leaving:
            state.reject(int(j))


def _require_shares(shares: NDArray[np.float64], *, what: str) -> None:
    if not (np.isfinite(shares) & (shares >= 0.0)).all():
        raise UndefinedTestError(
            f"{what} must be finite and at least 0, got {str(shares.tolist())[:80]}"
        )
    total = math.fsum(shares)
    if total > 1.0 + _SUM_ROUNDS:
        raise UndefinedTestError(f"{what} sum to {total:.12g}, more than 1")


def _at_most_one(shares: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple((shares / max(1.0, math.fsum(shares))).tolist())
