"""Max-T over sign flips of whole units: a family of metrics measured on the same units."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.flips import FlipLaw, flip_law
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.means import StudentT, one_sample_t
from pytest_evalgate.stats.moments import finite_cells, magnitude, unit_of


MAX_T_CONTROLS: Final = (
    "probability of any false claim in the family at most alpha, whatever ties the metrics to"
    " one another, if the differences of a unit are symmetric about the limits"
)

EXACT_UNITS: Final = 16
"""Up to this many units all 2^n flips are enumerated, 65,536 of them."""

DRAWS: Final = 9999
"""Flips drawn at random beyond that."""

TIE: Final = 1e-9
"""Statistics nearer than this, as shares of their largest value, are ties: they count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxTMember:
    """One hypothesis of a max-T family: mean difference <= 0 against > 0.

    These say the same, exactly: ``pvalue_adjusted`` < alpha; ``pvalue`` < ``alpha_judged``;
    ``student.statistic(0)`` > ``critical``; ``student.p_greater(0)`` < ``alpha_judged_t``; and
    ``student.interval(alpha_judged_t)[0]`` > 0, whose low end is mean - critical * SE.

    Args:
        student: Mean, standard error and n - 1 degrees of freedom of the differences.
        pvalue: Share of flips that are as extreme in this hypothesis alone.
        pvalue_single_step: Share of flips with any hypothesis as extreme.
        pvalue_adjusted: The step-down p.
        alpha_judged: Level that ``pvalue`` is judged at, never above alpha. None where nothing
            could have been rejected.
        critical: What t must exceed at the step this hypothesis is judged. None as above.
        alpha_judged_t: Upper tail of Student's t beyond ``critical``. It may exceed alpha by a
            little where flips have lighter tails than t. None as above.
    """

    student: StudentT
    pvalue: float
    pvalue_single_step: float
    pvalue_adjusted: float
    alpha_judged: float | None
    critical: float | None
    alpha_judged_t: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxT:
    """A family judged by max-T.

    Args:
        members: One per hypothesis, in the order of the columns.
        single_step_critical: t that the largest of all reaches in at least alpha of the flips,
            and exceeds in at most alpha. Mean - critical * SE are simultaneous lower bounds at
            1 - alpha. None where it is infinite.
        flips: How many were looked at, 2^n if ``is_exact``.
        is_exact: All flips were enumerated; else they were drawn, and the observed one added.
    """

    members: tuple[MaxTMember, ...]
    single_step_critical: float | None
    flips: int
    is_exact: bool

    @property
    def min_pvalue(self) -> float:
        """Smallest p that as many flips could give."""
        return 1.0 / self.flips if self.is_exact else 1.0 / (self.flips + 1)


def max_t(
    differences: ArrayLike,
    alpha: float,
    *,
    rng: np.random.Generator | None = None,
    draws: int = DRAWS,
    exact_units: int = EXACT_UNITS,
) -> MaxT:
    """Judge several mean differences at once by the step-down max-T of Westfall and Young.

    H0 of column j: the mean difference is <= 0. A whole row is flipped at once, which keeps the
    correlation of the columns. The statistic is t, recomputed for every flip. It rises with
    r = sum(d) / sqrt(n * sum(d^2)), whose denominator no flip changes, so r is what is compared;
    a flip without variance has r = 1, t infinite.

    Args:
        differences: Oriented differences less their limits, shape (units, hypotheses): above 0
            is what a hypothesis claims.
        alpha: Level of the family, in (0, 1).
        rng: Draws the flips where there are more than 2^exact_units; not used below.
        draws: How many. (b + 1) / (draws + 1) is the p of b flips as extreme.
        exact_units: Up to this many units (20 at most) every flip is enumerated.

    Raises:
        UndefinedTestError: Fewer than 2 units, values not finite or above 1e150, a column
            without variance, alpha outside (0, 1), or no generator where flips must be drawn.

    Source:
        Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 2.8; Romano and
        Wolf (2005), Econometrica 73(4), 1237-1282; Phipson and Smyth (2010) for the + 1.
    """
    open_level(alpha)
    cells = finite_cells(differences, what="differences")
    students = [one_sample_t(column) for column in cells.T]  # refuses zero variance
    shares = np.column_stack([_shares(column) for column in cells.T])
    observed = shares.sum(axis=0)
    order = np.argsort(-observed, kind="stable")
    is_exact = len(cells) <= min(exact_units, 20)
    if not is_exact and rng is None:
        raise UndefinedTestError(
            f"{len(cells)} units have too many flips to enumerate", hint="pass a generator"
        )
    law = flip_law(
        shares[:, order], observed[order] - TIE, alpha, rng=None if is_exact else rng, draws=draws
    )
    members: list[MaxTMember | None] = [None] * len(students)
    judged = _judge(observed[order], alpha, law)
    for rank, j in enumerate(order.tolist()):
        members[j] = _member(students[j], len(cells), law, judged[rank], rank)
    return MaxT(
        members=tuple(member for member in members if member is not None),
        single_step_critical=_as_t(law.quantile(0), len(cells)),
        flips=law.flips,
        is_exact=is_exact,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One rank: the adjusted p, what r must exceed, and the level of the p by itself."""

    adjusted: float
    edge: float
    level: float | None


def _judge(observed: NDArray[np.float64], alpha: float, law: FlipLaw) -> list[_Judged]:
    """Step down the ranks: the largest statistic first, against all that remain."""
    adjusted = np.maximum.accumulate(law.step_down)
    stops = np.flatnonzero(~(adjusted < alpha))
    last = int(stops[0]) if stops.size else observed.size - 1
    found = []
    for rank, r in enumerate(observed.tolist()):
        first = int(np.searchsorted(-observed, -r - TIE, side="left"))  # ties share a step
        step = min(first, last)
        is_rejected = bool(adjusted[rank] < alpha)
        edge = law.quantile(step) + TIE / 2.0
        if not is_rejected:
            edge = max(edge, r + TIE)  # r may lie on the quantile itself
        found.append(
            _Judged(
                adjusted=float(adjusted[rank]),
                edge=edge,
                level=_level(rank, edge, alpha, law, is_rejected=is_rejected),
            )
        )
    return found


def _level(
    rank: int, edge: float, alpha: float, law: FlipLaw, *, is_rejected: bool
) -> float | None:
    """Level between the p-values by itself on either side of the edge, never above alpha."""
    if edge >= 1.0:
        return None
    below, above = law.pvalues_around(rank, edge, tie=TIE)
    level = min(alpha, (below + above) / 2.0)
    raw = float(law.raw[rank])
    if is_rejected:
        return level if raw < level else alpha
    return min(level, raw)


def _member(student: StudentT, n: int, law: FlipLaw, judged: _Judged, rank: int) -> MaxTMember:
    critical = _as_t(judged.edge, n)
    return MaxTMember(
        student=student,
        pvalue=float(law.raw[rank]),
        pvalue_single_step=float(law.single_step[rank]),
        pvalue_adjusted=judged.adjusted,
        alpha_judged=judged.level,
        critical=critical,
        alpha_judged_t=None if critical is None else float(stdtr(n - 1, -critical)),
    )


def _shares(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give d / sqrt(n * sum(d^2)): their sum is r."""
    scaled = column / unit_of(magnitude(column))
    return scaled / math.sqrt(column.size * float(np.square(scaled).sum()))


def _as_t(r: float, n: int) -> float | None:
    """Student's t of a flip with that r; None where it has no variance."""
    if r >= 1.0 - 1e-12:
        return None
    return r * math.sqrt((n - 1) / ((1.0 - r) * (1.0 + r)))
