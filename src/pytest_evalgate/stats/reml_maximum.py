"""Variances of the largest restricted likelihood, by Fisher scoring, and Satterthwaite's df.

The likelihood of ``reml`` is cheap, so its slopes are taken by central differences; they are
right at a variance of 0 too, where asymptotic formulas fail.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.reml import Fit, Floats, Layout, fit_at


LEAST_INFORMATION: Final = 1e-9
"""Smallest eigenvalue of the variances' scaled information: below, they are not told apart."""

_STEP: Final = 1e-3  # of central differences, over a variance and what it stands beside
_CONVERGED: Final = 1e-9  # squared distance from the maximum in standard errors
_ITERATIONS: Final = 200
_LEAST_RESIDUAL: Final = 1e-10  # of the variance of the cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """How the restricted likelihood and the effect's variance move with the variances.

    Args:
        score: Slope of the log-likelihood, shape (variances,).
        information: Its expected curvature, shape (variances, variances).
        error: Slope of the effect's variance, shape (variances,).
    """

    score: Floats
    information: Floats
    error: Floats


def slopes_at(cells: Layout, variances: Floats) -> Slopes:
    """Slopes at variances by central differences, also where one of them is 0.

    The expected information tr(P V_j P V_k) / 2 is minus half the curvature of log|V| +
    log|X' V^-1 X|, which the values have no part in.

    Raises:
        UndefinedTestError: V is not positive there.
    """
    present = cells.counts[cells.counts > 0.0]
    of_run, of_unit = cells.n / cells.arm_of_run.size, cells.n / cells.counts.shape[0]
    a_level = [1.0, float(present.mean()), of_run, of_run, of_unit]
    size = cells.parameters
    steps = _STEP * (variances + variances[0] / np.array(a_level[:size]))
    here = _fit(cells, variances)
    score, error, curve = np.empty(size), np.empty(size), np.empty((size, size))
    for j in range(size):
        up, down = (_fit(cells, _moved(variances, steps, {j: sign})) for sign in (1.0, -1.0))
        score[j] = (down.deviance - up.deviance) / 4.0
        error[j] = (up.variance - down.variance) / 2.0
        curve[j, j] = up.log_determinants - 2.0 * here.log_determinants + down.log_determinants
        for k in range(j):
            corners = [
                one
                * other
                * _fit(cells, _moved(variances, steps, {j: one, k: other})).log_determinants
                for one in (1.0, -1.0)
                for other in (1.0, -1.0)
            ]
            curve[j, k] = curve[k, j] = sum(corners) / 4.0
    return Slopes(
        score=score / steps,
        information=-0.5 * curve / np.outer(steps, steps),
        error=error / steps,
    )


def restricted_maximum(cells: Layout) -> Floats:
    """Variances (residual first) of the largest restricted likelihood, none negative.

    Fisher scoring that stops at 0 and goes on along the other variances; a variance of 0 stays
    there only while the likelihood falls away from it.

    Raises:
        UndefinedTestError: The cells do not tell the variances apart, the residual vanishes, or
            no maximum was reached.
    """
    total = _fit(cells, np.array([1.0, *[0.0] * (cells.parameters - 1)])).squares / cells.n
    if not total > 0.0:
        raise UndefinedTestError("runs and units do not differ (zero variance between them)")
    variances = total * np.array([0.5, 0.2, 0.1, 0.1, 0.2][: cells.parameters])
    for _ in range(_ITERATIONS):
        slopes = slopes_at(cells, variances)
        free = (variances > 0.0) | (slopes.score > 0.0)
        step = _scoring_step(slopes, variances, free)
        if float(step @ slopes.score) < _CONVERGED:
            return variances
        variances = _line_search(cells, variances, step)
        if variances[0] <= _LEAST_RESIDUAL * total:
            raise UndefinedTestError(
                "the residual variance vanishes, so the mixed model cannot be fitted"
            )
    raise _not_converged()


def satterthwaite_df(slopes: Slopes, variance: float) -> float:
    """Degrees of freedom 2 SE^4 / Var(SE^2), at least 1.

    Raises:
        UndefinedTestError: The cells do not tell the variances apart.

    Source:
        Giesbrecht and Burns (1985), Biometrics 41(2), 477-486.
    """
    solved = _solve(slopes.information, slopes.error)
    return max(1.0, 2.0 * variance**2 / float(slopes.error @ solved))


def _scoring_step(slopes: Slopes, variances: Floats, free: NDArray[np.bool_]) -> Floats:
    """Newton's step on the free variances; one that would leave 0 downwards stays."""
    free = free.copy()
    while True:
        step = np.zeros_like(variances)
        places = np.flatnonzero(free)
        step[places] = _solve(slopes.information[np.ix_(places, places)], slopes.score[places])
        stuck = free & (variances <= 0.0) & (step <= 0.0)
        if not stuck.any():
            return step
        free &= ~stuck


def _line_search(cells: Layout, variances: Floats, step: Floats) -> Floats:
    """Go along the step up to the first variance that becomes 0, halved until it gains."""
    falling = step < 0.0
    room = np.full_like(variances, np.inf)
    room[falling] = -variances[falling] / step[falling]
    room[0] *= 0.9  # the residual never becomes 0 in one step
    share = min(1.0, float(room.min()))
    here = _fit(cells, variances).deviance
    for _ in range(40):
        moved = np.where(falling & (room <= share), 0.0, variances + share * step)
        moved = np.maximum(moved, 0.0)
        found = fit_at(cells, moved)
        if found is not None and found.deviance <= here + 1e-10 * abs(here):
            return moved
        share /= 2.0
    raise _not_converged()


def _solve(information: Floats, right: Floats) -> Floats:
    """Solve with the information, refusing what does not tell the variances apart."""
    diagonal = np.diag(information)
    if not float(diagonal.min()) > 0.0:
        raise _not_identified()
    scale = np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if not float(values[0]) > LEAST_INFORMATION:
        raise _not_identified()
    return np.asarray(vectors @ ((vectors.T @ (right / scale)) / values) / scale)


def _moved(variances: Floats, steps: Floats, moves: dict[int, float]) -> Floats:
    other = variances.copy()
    for position, sign in moves.items():
        other[position] += sign * steps[position]
    return other


def _fit(cells: Layout, variances: Floats) -> Fit:
    found = fit_at(cells, variances)
    if found is None:
        raise _not_converged()
    return found


def _not_converged() -> UndefinedTestError:
    return UndefinedTestError(
        "the mixed model did not converge",
        hint="complete the missing cells, or leave out the units that some runs lack",
    )


def _not_identified() -> UndefinedTestError:
    return UndefinedTestError(
        "the cells cannot tell the variances of runs, units and residual apart",
        hint="run the same units in every run",
    )
