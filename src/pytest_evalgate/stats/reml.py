"""Restricted likelihood of runs crossed with units where cells are missing.

y = arm + run + unit + unit-in-arm + residual, all but the arms random and normal; the arms' runs
have a variance each, as in Welch's test: pooled, 5 runs against 10 steadier ones promoted falsely
.10 of the time at 0.05. Runs are few,
so the covariance V is a matrix D that falls apart by unit, plus one column a run: D is inverted
in closed form from counts and sums, the runs by Woodbury's identity. Time O(cells), memory
O(cells * runs).
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Sufficient statistics of the cells; columns W = [arms | runs | y], q of them.

    Args:
        crossed: W'W, shape (q, q).
        sums: Sums of W over the cells of a unit in an arm, shape (units, arms, q).
        counts: Cells of a unit in an arm, shape (units, arms).
        arm_of_run: The arm each run belongs to, shape (runs,).
        arms: Number of arms, 1 or 2.
        n: Number of cells.
    """

    crossed: Floats
    sums: Floats
    counts: Floats
    arm_of_run: Codes
    arms: int
    n: int

    @property
    def parameters(self) -> int:
        """Variances: residual, unit in arm, runs of each arm, and with two arms the unit's."""
        return 5 if self.arms == 2 else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Generalised least squares at given variances.

    Args:
        effect: Mean, or first arm's less the second's.
        variance: Of the effect.
        log_determinants: log|V| + log|X' V^-1 X|.
        squares: Weighted squares of the residuals, y' P y.
    """

    effect: float
    variance: float
    log_determinants: float
    squares: float

    @property
    def deviance(self) -> float:
        """-2 log restricted likelihood, but for a constant."""
        return self.log_determinants + self.squares


def layout(values: Floats, *, arms: Codes, runs: Codes, units: Codes) -> Layout:
    """Sum the cells up; codes count from 0, a run belongs to one arm, all shape (n,)."""
    n_arms, n_runs, n_units = (int(codes.max()) + 1 for codes in (arms, runs, units))
    q = n_arms + n_runs + 1
    columns = np.zeros((values.size, q))
    rows = np.arange(values.size)
    columns[rows, arms] = 1.0
    columns[rows, n_arms + runs] = 1.0
    columns[:, -1] = values
    place = units * n_arms + arms
    sums = np.empty((n_units * n_arms, q))
    for column in range(q):
        sums[:, column] = np.bincount(place, weights=columns[:, column], minlength=n_units * n_arms)
    counts = np.bincount(place, minlength=n_units * n_arms).astype(np.float64)
    return Layout(
        crossed=columns.T @ columns,
        sums=sums.reshape(n_units, n_arms, q),
        counts=counts.reshape(n_units, n_arms),
        arm_of_run=arms[np.unique(runs, return_index=True)[1]],
        arms=n_arms,
        n=values.size,
    )


def fit_at(cells: Layout, variances: Floats) -> Fit | None:
    """Fit at variances in the order of ``Layout.parameters``; None where V is not positive.

    Source:
        Henderson (1953), Biometrics 9(2), 226-252; Patterson and Thompson (1971), Biometrika
        58(3), 545-554.
    """
    weighted, log_det = _by_units(cells, variances)
    if weighted is None:
        return None
    a, r = cells.arms, cells.arm_of_run.size
    fixed = np.r_[0:a, a + r]
    inner = weighted[a : a + r, a : a + r]
    outer = weighted[a : a + r][:, fixed]
    of_run = variances[2 + cells.arm_of_run][:, np.newaxis]
    grown = np.eye(r) + of_run * inner
    sign, log_runs = np.linalg.slogdet(grown)
    if sign <= 0.0:
        return None
    rest = weighted[np.ix_(fixed, fixed)] - outer.T @ np.linalg.solve(grown, of_run * outer)
    information = rest[:a, :a]
    sign, log_fixed = np.linalg.slogdet(information)
    if sign <= 0.0:
        return None
    means = np.linalg.solve(information, rest[:a, a])
    covariance = np.linalg.inv(information)
    contrast = np.array([1.0, -1.0][:a])
    return Fit(
        effect=float(contrast @ means),
        variance=float(contrast @ covariance @ contrast),
        log_determinants=log_det + float(log_runs) + float(log_fixed),
        squares=float(rest[a, a] - rest[:a, a] @ means),
    )


def _by_units(cells: Layout, variances: Floats) -> tuple[Floats | None, float]:
    """W' D^-1 W and log|D|, D the covariance without the runs."""
    residual, in_arm = float(variances[0]), float(variances[1])
    common = float(variances[4]) if cells.arms == 2 else 0.0
    grown = residual + cells.counts * in_arm
    if residual <= 0.0 or float(grown.min()) <= 0.0:
        return None, math.nan
    shrink = in_arm / (residual * grown)
    scaled = cells.sums * np.sqrt(np.abs(shrink))[..., np.newaxis]
    flat = scaled.reshape(-1, scaled.shape[-1])
    weighted = cells.crossed / residual - math.copysign(1.0, in_arm) * _products(flat, flat)
    by_unit = (cells.sums / grown[..., np.newaxis]).sum(axis=1)
    kept = 1.0 + common * (cells.counts / grown).sum(axis=1)
    if float(kept.min()) <= 0.0:
        return None, math.nan
    weighted -= _products(by_unit * (common / kept)[:, np.newaxis], by_unit)
    present = cells.counts > 0.0
    log_det = float(
        ((cells.counts - 1.0) * math.log(residual) + np.log(grown))[present].sum()
        + np.log(kept).sum()
    )
    return weighted, log_det


def _products(first: Floats, second: Floats) -> Floats:
    """Give first' second; tall and thin, threads of a matrix product would cost more than it."""
    return np.asarray(np.einsum("ia,ib->ab", first, second))
