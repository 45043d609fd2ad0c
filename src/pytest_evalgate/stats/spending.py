"""Alpha spent over time: looks at a growing sample, and candidates on one holdout."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, zeta

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level, whole_number


SPENDING_CONTROLS: Final = (
    "probability that any look passes a false claim at most alpha, if the looks' information"
    " and the largest sample were fixed beforehand"
)
SEQUENCE_CONTROLS: Final = (
    "probability that any candidate ever passes a false claim on this holdout at most alpha,"
    " under any dependence, if no candidate was made with knowledge of the holdout"
)

_REACH: Final = 9.0  # standard deviations; beyond lies 1e-19
_STEPS: Final = 16  # nodes within one standard deviation of what a look adds
_PANELS: Final = 512
_CLOSEST: Final = (
    0.99e-4  # narrower steps than a hundredth of a standard deviation are not resolved
)
_EXPONENT: Final = 1.6
_ALL_SHARES: Final = float(zeta(_EXPONENT))


class Spending(StrEnum):
    """How alpha is spent as information grows from 0 to 1."""

    OBF = "obf"  # little at first, as O'Brien and Fleming
    POCOCK = "pocock"  # about as much at each look


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One planned look: it passes exactly when z > ``boundary``, exactly when p < ``alpha_judged``.

    ``boundary`` and ``alpha_judged`` are None where there is no alpha to spend: it cannot pass.
    """

    information: float  # share of the planned largest sample
    alpha_spent: float  # by this look and all before
    boundary: float | None
    alpha_judged: float | None


def alpha_spent(information: float, alpha: float, spending: Spending | str) -> float:
    """Give how much of alpha may be spent by a share of the information; all of it from 1 on.

    Raises:
        UndefinedTestError: information not above 0, alpha outside (0, 1), an unknown method.

    Source:
        Lan and DeMets (1983), Biometrika 70(3), 659-663.
    """
    open_level(alpha)
    if not 0.0 < information < math.inf:
        raise UndefinedTestError(f"information must be above 0, got {information}")
    if information >= 1.0:
        return alpha
    match _known(spending):
        case Spending.OBF:
            quantile = float(ndtri(alpha / 2.0))
            return 2.0 * float(ndtr(quantile / math.sqrt(information)))
        case Spending.POCOCK:
            return alpha * math.log1p(math.expm1(1.0) * information)
        case other:
            assert_never(other)


def group_sequential(
    information: Sequence[float], alpha: float, spending: Spending | str
) -> tuple[Look, ...]:
    """Plan the one-sided boundaries of several looks at one growing sample.

    Under H0 the z of the looks are those of a Brownian motion. Each boundary is where the
    probability of crossing it, and none before, is what this look may spend, by integrating
    over the density of what has not crossed. The boundaries hold for z; t tests are judged by
    their p against ``alpha_judged``. If the sample outgrows the plan, recompute with the actual
    information (above 1): the looks before keep their boundaries.

    Args:
        information: Share of the planned largest sample at each look, ascending, above 0.
        alpha: Level of all looks together, in (0, 1).
        spending: A name of ``Spending``.

    Raises:
        UndefinedTestError: No looks, not ascending, alpha outside (0, 1), an unknown method.

    Source:
        Lan and DeMets (1983); Jennison and Turnbull (2000), Group Sequential Methods, chapter 19.
        R: gsDesign::gsDesign(k, test.type = 1, alpha = alpha, sfu = sfLDOF, timing = information).
    """
    times = [float(one) for one in information]
    spent = [alpha_spent(one, alpha, spending) for one in times]
    if not times or not all(other - one >= _CLOSEST * other for one, other in pairwise(times)):
        raise UndefinedTestError(
            "looks must be at least one, of information that grows by a ten-thousandth or more,"
            f" got {str(times)[:80]}"
        )
    looks: list[Look] = []
    alive = _Alive.start()
    before = 0.0
    for time, now in zip(times, spent, strict=True):
        alive, boundary = alive.look(time, now - before)
        looks.append(
            Look(
                information=time,
                alpha_spent=now,
                boundary=boundary,
                alpha_judged=None if boundary is None else float(ndtr(-boundary)),
            )
        )
        before = now
    return tuple(looks)


def first_crossing(z: Sequence[float], looks: Sequence[Look]) -> int | None:
    """Index of the first look that passes, None if none has.

    Raises:
        UndefinedTestError: More z than looks, or one not finite.
    """
    if len(z) > len(looks) or not all(math.isfinite(one) for one in z):
        raise UndefinedTestError(f"at most {len(looks)} finite z are expected, got {len(z)}")
    for index, (one, look) in enumerate(zip(z, looks, strict=False)):
        if look.boundary is not None and one > look.boundary:
            return index
    return None


def sequence_share(number: int) -> float:
    """Share of alpha of the j-th test of a sequence without end: j^-1.6 / zeta(1.6), sum 1."""
    number = whole_number(number, "the number of the test", low=1)
    return math.pow(number, -_EXPONENT) / _ALL_SHARES


def sequence_level(alpha: float, number: int, *, planned: int | None = None) -> float:
    """Give the level of the j-th candidate on one holdout.

    Args:
        alpha: Probability that any false claim ever passes, in (0, 1).
        number: 1 for the first candidate, counting every one that was ever judged.
        planned: How many there will be at most, if that is fixed: each then has alpha / planned.

    Raises:
        UndefinedTestError: A number out of range, or above ``planned``: the holdout is used up.

    Source:
        Tian and Ramdas (2021), Statistical Methods in Medical Research 30(4), 976-993, for
        alpha spending without end.
    """
    open_level(alpha)
    if planned is None:
        return alpha * sequence_share(number)
    number = whole_number(number, "the number of the test", low=1)
    if number > whole_number(planned, "the planned number of tests", low=1):
        raise UndefinedTestError(
            f"test {number} of {planned} planned: nothing of alpha is left",
            hint="gather a fresh holdout",
        )
    return alpha / planned


@dataclass(frozen=True, slots=True)
class _Alive:
    """Density of the motion where it has not crossed, times the weights of its nodes."""

    time: float
    nodes: NDArray[np.float64]
    masses: NDArray[np.float64]

    @classmethod
    def start(cls) -> "_Alive":
        return cls(0.0, np.zeros(1), np.ones(1))

    def look(self, time: float, spend: float) -> tuple["_Alive", float | None]:
        """Go on to ``time``; the new density, and the boundary at which ``spend`` crosses."""
        step = math.sqrt(time - self.time)

        def crossing(score: float) -> float:
            return float(self.masses @ ndtr((self.nodes - score) / step))

        top = _boundary(crossing, spend, math.sqrt(time)) if spend > 0.0 else None
        edge = 38.0 * math.sqrt(time) if top is None else top
        nodes, weights = _panels(-_REACH * math.sqrt(time), edge, width=step)
        masses = np.empty(nodes.size)
        for start in range(0, nodes.size, 256):
            part = slice(start, start + 256)
            apart = (nodes[part, np.newaxis] - self.nodes) / step
            density = np.exp(-0.5 * np.square(apart)) @ self.masses
            masses[part] = weights[part] * density / (step * math.sqrt(2.0 * math.pi))
        boundary = None if top is None else top / math.sqrt(time)
        return _Alive(time, nodes, masses), boundary


def _boundary(crossing: Callable[[float], float], spend: float, scale: float) -> float | None:
    """Score that is crossed with probability ``spend``; None where that is below 1e-300."""
    from scipy.optimize import brentq  # noqa: PLC0415  # slow to import

    low, high = -_REACH * scale, 37.0 * scale
    tiny = 1e-300
    if not spend > tiny or crossing(high) >= spend:
        return None
    target = math.log(spend)

    def height(score: float) -> float:
        return math.log(max(crossing(score), tiny)) - target

    return float(brentq(height, low, high, xtol=1e-14 * scale, rtol=1e-14))


def _panels(
    low: float, high: float, *, width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights on panels about as wide as what the last look added."""
    count = min(_PANELS, max(4, math.ceil((high - low) / (2.0 * width))))
    edges = np.linspace(low, high, count + 1)
    nodes, weights = np.polynomial.legendre.leggauss(_STEPS)
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    middle = (0.5 * (edges[1:] + edges[:-1]))[:, np.newaxis]
    return (middle + half * nodes).ravel(), (half * weights).ravel()


def _known(spending: Spending | str) -> Spending:
    try:
        return Spending(spending)
    except ValueError:
        raise UndefinedTestError(
            f"unknown spending {str(spending)[:80]!r}; expected one of {', '.join(Spending)}"
        ) from None
