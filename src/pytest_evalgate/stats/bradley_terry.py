"""Abilities of models from who beat whom: Bradley-Terry by maximum likelihood."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import finite_cells


ELO: Final = 400.0 / math.log(10.0)
"""Elo points of one unit of log ability."""

_STEPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BradleyTerry:
    """Log abilities of k models; player i beats player j with probability expit(a_i - a_j)."""

    reference: int
    log_ability: NDArray[np.float64] = field(repr=False)  # shape (k,), 0 at the reference
    covariance: NDArray[np.float64] = field(repr=False)  # shape (k, k), 0 at the reference

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """Of the log abilities relative to the reference, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def elo(self) -> NDArray[np.float64]:
        """Elo points relative to the reference, shape (k,)."""
        return ELO * self.log_ability

    def difference(self, first: int, second: int) -> StudentT:
        """Judge log ability of ``first`` less that of ``second`` by the normal law.

        The games are taken as independent: several judgments of one prompt are not.

        Raises:
            UndefinedTestError: An unknown player, or twice the same.
        """
        top = self.log_ability.size - 1
        first = whole_number(first, "a player", low=0, high=top)
        second = whole_number(second, "a player", low=0, high=top)
        cov = self.covariance
        variance = cov[first, first] + cov[second, second] - 2.0 * cov[first, second]
        return StudentT(
            estimate=float(self.log_ability[first] - self.log_ability[second]),
            standard_error=math.sqrt(max(float(variance), 0.0)),
            df=None,
        )

    def win_probability(self, first: int, second: int) -> float:
        """Probability that ``first`` beats ``second``."""
        return float(expit(self.log_ability[first] - self.log_ability[second]))


def bradley_terry(wins: ArrayLike, *, reference: int = 0) -> BradleyTerry:
    """Fit abilities to a table of wins.

    Args:
        wins: ``wins[i][j]`` is how often i beat j, shape (k, k), k >= 2; a tie is half a win
            for each. The diagonal is 0.
        reference: Player whose log ability is 0.

    Raises:
        UndefinedTestError: Not a square of finite counts >= 0, a player against itself, or some
            players never lost to the others: their abilities are infinite.

    Source:
        Bradley and Terry (1952), Biometrika 39, 324-345; Ford (1957), American Mathematical
        Monthly 64(8), 28-33. R: BradleyTerry2::BTm; glm(binomial) without intercept.
    """
    table = finite_cells(wins, what="wins")
    k = table.shape[0]
    if table.shape != (k, k) or k < 2:
        raise UndefinedTestError(f"wins must be a square of at least 2 players, got {table.shape}")
    if (table < 0.0).any() or np.diag(table).any():
        raise UndefinedTestError("wins must be at least 0, and 0 of a player against itself")
    reference = whole_number(reference, "the reference player", low=0, high=k - 1)
    _require_connected(table)
    abilities = _fit(table, reference)
    free = np.arange(k) != reference
    covariance = np.zeros((k, k))
    covariance[np.ix_(free, free)] = np.linalg.inv(_information(table, abilities)[free][:, free])
    return BradleyTerry(reference=reference, log_ability=abilities, covariance=covariance)


def _require_connected(wins: NDArray[np.float64]) -> None:
    """Refuse tables in which a group of players never lost to the rest (Ford 1957)."""
    for direction, verb in ((wins.T, "beat"), (wins, "lost to")):
        reached = np.arange(wins.shape[0]) == 0
        while True:
            further = reached | (direction[reached] > 0.0).any(axis=0)
            if (further == reached).all():
                break
            reached = further
        if not reached.all():
            group = np.flatnonzero(~reached).tolist()
            raise UndefinedTestError(
                f"players {str(group)[:60]} never {verb} any of the others, so abilities are"
                " infinite or cannot be compared",
                hint="gather games with mixed outcomes, or leave those players out",
            )


def _fit(wins: NDArray[np.float64], reference: int) -> NDArray[np.float64]:
    """Newton's method with halved steps; the likelihood is concave."""
    free = np.arange(wins.shape[0]) != reference
    abilities = np.zeros(wins.shape[0])
    height = _log_likelihood(wins, abilities)
    for _ in range(_STEPS):
        games = wins + wins.T
        slope = (wins - games * expit(abilities[:, np.newaxis] - abilities)).sum(axis=1)
        step = np.zeros_like(abilities)
        information = _information(wins, abilities)[free][:, free]
        step[free] = np.linalg.solve(information, slope[free])
        while (moved := _log_likelihood(wins, abilities + step)) < height - 1e-12 * abs(height):
            step = step / 2.0
        abilities, height = abilities + step, moved
        if np.abs(step).max() <= 1e-9 * max(1.0, float(np.abs(abilities).max())):
            return abilities
    raise UndefinedTestError("the abilities did not settle: wins are too one-sided")


def _log_likelihood(wins: NDArray[np.float64], abilities: NDArray[np.float64]) -> float:
    return -float((wins * np.logaddexp(0.0, abilities - abilities[:, np.newaxis])).sum())


def _information(wins: NDArray[np.float64], abilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fisher information of the log abilities, shape (k, k)."""
    gaps = abilities[:, np.newaxis] - abilities
    weights = (wins + wins.T) * expit(gaps) * expit(-gaps)
    return np.asarray(np.diag(weights.sum(axis=1)) - weights, dtype=np.float64)
