"""Runs crossed with units, both random: the larger of three standard errors and Satterthwaite's t.

Mean squares of cells y[run, unit]: MSr between runs, MSc between units, MSe of the rest. The
unbiased variance of a grand mean is (MSr + MSc - MSe) / (runs * units); it can be negative, and
with few runs it is too often too small, hence the max rule.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import SMALLEST_SPREAD, finite_cells, is_rounding, magnitude
from pytest_evalgate.stats.reducers import margins, reduce_crossed
from pytest_evalgate.stats.sufficient_groups import CrossedSums


Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Student's t on a mean over runs and units, with the variance components behind it.

    Components serve planning: fresh data of R runs (in each arm) and C units would have
    SE^2 = var_run / R + var_unit / C + var_residual / (R C). They are of the effect: for
    independent arms each is the sum over the arms, the units' that of their difference.

    Args:
        law: The test and the interval.
        var_run: Variance between runs, 0.0 where the estimate is negative.
        var_unit: Variance between units, likewise.
        var_residual: Variance of a cell beyond its run and its unit.
        runs: Number of runs; the smaller of two arms.
        units: Number of units.
    """

    law: StudentT
    var_run: float
    var_unit: float
    var_residual: float
    runs: int
    units: int

    @property
    def estimate(self) -> float:
        """Mean over all cells, or the difference of the two arms' means."""
        return self.law.estimate

    @property
    def standard_error(self) -> float:
        """Standard error by the max rule."""
        return self.law.standard_error

    @property
    def df(self) -> float:
        """Satterthwaite's degrees of freedom of the unbiased variance, at least 1."""
        return self.law.df or 1.0

    def statistic(self, limit: float) -> float:
        """Give (estimate - limit) / standard error."""
        return self.law.statistic(limit)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: effect <= limit."""
        return self.law.p_greater(limit)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: effect >= limit."""
        return self.law.p_less(limit)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Low and high, each one-sided at ``alpha``."""
        return self.law.interval(alpha)

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Give 0.0: a t statistic can be as large as one likes."""
        return self.law.min_pvalue(limit, greater=greater)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSquares:
    """Analysis of variance of cells of shape (..., runs, units), one table a leading index."""

    run: Floats
    unit: Floats
    residual: Floats
    unit_means: Floats
    runs: int
    units: int


def mean_squares(cells: Floats) -> MeanSquares:
    """Split the variation of cells, shape (..., runs, units), into runs, units and the rest."""
    return _table(*margins(cells))


def _table(run_means: Floats, unit_means: Floats, rest: Floats) -> MeanSquares:
    """Analysis of variance from means of shape (..., runs), (..., units), and the rest (...)."""
    runs, units = run_means.shape[-1], unit_means.shape[-1]
    grand = run_means.mean(axis=-1, keepdims=True)
    return MeanSquares(
        run=units * np.square(run_means - grand).sum(axis=-1) / (runs - 1),
        unit=runs * np.square(unit_means - grand).sum(axis=-1) / (units - 1),
        residual=rest / ((runs - 1) * (units - 1)),
        unit_means=unit_means,
        runs=runs,
        units=units,
    )


def variance_of_mean(table: MeanSquares) -> tuple[Floats, Floats]:
    """Variance of the grand mean by the max rule, and its degrees of freedom.

    Source:
        Cornfield and Tukey (1956), Ann Math Stat 27(4), 907-949; Satterthwaite (1946),
        Biometrics Bulletin 2(6), 110-114.
    """
    cells = table.runs * table.units
    return _max_rule(
        runs=[(table.run / cells, table.runs - 1)],
        units=(table.unit / cells, table.units - 1),
        residuals=[(table.residual / cells, (table.runs - 1) * (table.units - 1))],
    )


def variance_of_difference(candidate: MeanSquares, baseline: MeanSquares) -> tuple[Floats, Floats]:
    """Variance of a difference of means by the max rule, and its degrees of freedom.

    Units are shared, runs are not. With run variance r, residual variance e of an arm of R
    runs and variance u of the units' true differences, the difference of means has variance
    sum(r / R) + u / C + sum(e / (R C)). MSr / (R C) has expectation r / R + e / (R C); the
    variance between the units' mean differences, over C, has u / C + sum(e / (R C)). Their sum
    counts every residual twice, so each MSe / (R C) is taken off once.
    """
    units = candidate.units
    difference = candidate.unit_means - baseline.unit_means
    arms = (candidate, baseline)
    return _max_rule(
        runs=[(arm.run / (arm.runs * units), arm.runs - 1) for arm in arms],
        units=(difference.var(axis=-1, ddof=1) / units, units - 1),
        residuals=[
            (arm.residual / (arm.runs * units), (arm.runs - 1) * (units - 1)) for arm in arms
        ],
    )


def _max_rule(
    *,
    runs: list[tuple[Floats, int]],
    units: tuple[Floats, int],
    residuals: list[tuple[Floats, int]],
) -> tuple[Floats, Floats]:
    """Largest of the runs', the units' and the unbiased variance; (variance, df) each."""
    of_runs = np.sum([variance for variance, _ in runs], axis=0)
    unbiased = of_runs + units[0] - np.sum([variance for variance, _ in residuals], axis=0)
    spread = np.sum(
        [np.square(variance) / df for variance, df in (*runs, units, *residuals)], axis=0
    )
    usable = np.maximum(unbiased, 0.0)  # a negative variance has no degrees of freedom
    df = np.divide(np.square(usable), spread, out=np.ones_like(spread), where=spread > 0.0)
    return np.maximum(unbiased, np.maximum(of_runs, units[0])), np.maximum(df, 1.0)


def crossed_mean(cells: ArrayLike) -> Crossed:
    """Judge a mean over runs and units that are both drawn at random.

    H0 for ``p_greater(limit)``: mean over the recipe's runs and the population of units
    <= limit. Skewed cells are outside its domain: 0/1 cells of rate 0.9 held against a fixed
    limit promote falsely up to .18 of the time at 0.05 (benchmarks/calibration/README.md).

    Args:
        cells: One value a run and unit, shape (runs, units), at least 2 by 2.

    Raises:
        UndefinedTestError: Fewer than 2 runs or units, values not finite or above 1e150, or
            runs that are copies of one another.
    """
    return crossed_mean_from_sums(reduce_crossed(cells))


def crossed_paired(candidate_cells: ArrayLike, baseline_cells: ArrayLike) -> Crossed:
    """Judge the mean of candidate - baseline where runs and units are both paired.

    H0 for ``p_greater(limit)``: mean(candidate - baseline) <= limit.

    Args:
        candidate_cells: Shape (runs, units), at least 2 by 2.
        baseline_cells: The same runs and units in the same order.

    Raises:
        UndefinedTestError: As for ``crossed_mean``, or shapes differ.
    """
    candidate = finite_cells(candidate_cells, what="candidate cells")
    baseline = finite_cells(baseline_cells, what="baseline cells")
    if candidate.shape != baseline.shape:
        raise UndefinedTestError(
            f"paired runs and units must have equal shapes, got {candidate.shape} and"
            f" {baseline.shape} (runs, units)"
        )
    size = magnitude(candidate, baseline)
    sums = reduce_crossed(candidate - baseline, what="differences", size=size)
    return crossed_mean_from_sums(sums, what="differences")


def crossed_independent(candidate_cells: ArrayLike, baseline_cells: ArrayLike) -> Crossed:
    """Judge mean(candidate) - mean(baseline): units paired, each arm with runs of its own.

    H0 for ``p_greater(limit)``: mean(candidate) - mean(baseline) <= limit. Measured to hold its
    level up to 5 runs against 3; beyond, skewed runs do not cancel (5 v 10: .078 at 0.05).

    Args:
        candidate_cells: Shape (runs, units), at least 2 by 2.
        baseline_cells: Other runs of the same units in the same order, shape (runs, units).

    Raises:
        UndefinedTestError: As for ``crossed_mean``, or the numbers of units differ.
    """
    candidate = reduce_crossed(candidate_cells, what="candidate cells")
    baseline = reduce_crossed(baseline_cells, what="baseline cells")
    return crossed_independent_from_sums(candidate, baseline)


def crossed_mean_from_sums(sums: CrossedSums, *, what: str = "cells") -> Crossed:
    """Judge a mean over runs and units, or of paired differences, from the margins of its cells.

    Raises:
        UndefinedTestError: Fewer than 2 runs or units, or runs that are copies.
    """
    _require_own_runs(sums, what=what)
    table = _table(sums.run_means, sums.unit_means, np.asarray(sums.rest))
    variance, df = variance_of_mean(table)
    unit = sums.extent.unit
    run = float(table.run - table.residual) / table.units
    of_unit = float(table.unit - table.residual) / table.runs
    estimate = sums.extent.origin / unit + sums.mean
    return Crossed(
        law=_law(estimate, float(variance), df=float(df), arms=(sums,)),
        var_run=max(0.0, run) * unit**2,
        var_unit=max(0.0, of_unit) * unit**2,
        var_residual=float(table.residual) * unit**2,
        runs=table.runs,
        units=table.units,
    )


def crossed_independent_from_sums(candidate: CrossedSums, baseline: CrossedSums) -> Crossed:
    """Judge the difference of two arms with runs of their own from the margins of their cells.

    Raises:
        UndefinedTestError: An arm has fewer than 2 runs or units, or runs that are copies, or
            the numbers of units differ.
    """
    _require_shape(candidate, what="candidate cells")
    _require_shape(baseline, what="baseline cells")
    if candidate.units != baseline.units:
        raise UndefinedTestError(
            f"the arms must share their units, got {candidate.units} and {baseline.units}"
        )
    _require_own_runs(candidate, what="candidate cells")
    _require_own_runs(baseline, what="baseline cells")
    unit = max(candidate.extent.unit, baseline.extent.unit)
    arm_c, arm_b = candidate.in_unit(unit), baseline.in_unit(unit)
    table_c = _table(arm_c.run_means, arm_c.unit_means, np.asarray(arm_c.rest))
    table_b = _table(arm_b.run_means, arm_b.unit_means, np.asarray(arm_b.rest))
    variance, df = variance_of_difference(table_c, table_b)
    shared = float((table_c.unit_means - table_b.unit_means).var(ddof=1))
    own = float(table_c.residual / table_c.runs + table_b.residual / table_b.runs)
    run = float(table_c.run - table_c.residual + table_b.run - table_b.residual) / table_c.units
    return Crossed(
        law=_law(arm_c.above(arm_b), float(variance), df=float(df), arms=(arm_c, arm_b)),
        var_run=max(0.0, run) * unit**2,
        var_unit=max(0.0, shared - own) * unit**2,
        var_residual=float(table_c.residual + table_b.residual) * unit**2,
        runs=min(table_c.runs, table_b.runs),
        units=table_c.units,
    )


def _law(estimate: float, variance: float, *, df: float, arms: tuple[CrossedSums, ...]) -> StudentT:
    unit = arms[0].extent.unit
    standard_error = float(np.sqrt(variance)) * unit
    spread = max(arm.extent.reach(arm.mean) for arm in arms) * unit
    if is_rounding(standard_error, spread=spread, size=max(arm.extent.size for arm in arms)):
        raise UndefinedTestError("runs and units do not differ (zero variance between them)")
    return StudentT(estimate=estimate * unit, standard_error=standard_error, df=df)


def _require_shape(sums: CrossedSums, *, what: str) -> None:
    if min(sums.runs, sums.units) < 2:
        raise UndefinedTestError(
            f"{what} need at least 2 runs and 2 units, got {sums.runs} and {sums.units}",
            hint="a claim about the recipe needs several runs of it",
        )


def _require_own_runs(sums: CrossedSums, *, what: str) -> None:
    """Refuse runs that are copies: no difference between them is no measurement of any."""
    _require_shape(sums, what=what)
    if sums.between_runs <= SMALLEST_SPREAD * sums.extent.size:
        raise UndefinedTestError(
            f"the {sums.runs} runs of the {what} are identical, so the variation between"
            " runs cannot be judged",
            hint="check that the runs used different seeds and are not copies of one file",
        )
