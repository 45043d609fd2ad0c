"""Runs crossed with units where cells are missing: a mixed model, fitted by REML.

Complete tables need no model: ``crossed`` judges them in closed form. Here a run may have lost
some of its units. What is missing must be missing at random, never because of its value.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossed import Crossed
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import (
    SMALLEST_SPREAD,
    centred,
    finite_values,
    magnitude,
    same_length,
    unit_of,
)
from pytest_evalgate.stats.reml import Codes, Floats, fit_at, layout
from pytest_evalgate.stats.reml_maximum import restricted_maximum, satterthwaite_df, slopes_at


Names: TypeAlias = Sequence[Hashable]


class Cells(NamedTuple):
    """Cells in long form: a value, its run and its unit, each of length n."""

    values: ArrayLike
    runs: Names
    units: Names


def mixed_mean(cells: Cells) -> Crossed:
    """Judge a mean over runs and units, both random, where cells are missing.

    H0 for ``p_greater(limit)``: mean over the recipe's runs and the population of units
    <= limit. On a complete table it agrees with ``crossed_mean`` but for the max rule.

    Raises:
        UndefinedTestError: Fewer than 2 runs or units; a run and unit twice; runs that are copies
            of one another; too few units in several runs to tell the variances apart; or a fit
            that did not converge.

    Source:
        Patterson and Thompson (1971), Biometrika 58(3), 545-554; Giesbrecht and Burns (1985),
        Biometrics 41(2), 477-486. R: lmerTest::lmer(y ~ 1 + (1 | run) + (1 | unit)).
    """
    return _judge((cells,), names=("cells",))


def mixed_paired(candidate: Cells, baseline: Cells) -> Crossed:
    """Judge the mean of candidate - baseline over the cells that both arms have.

    H0 for ``p_greater(limit)``: mean(candidate - baseline) <= limit. Runs are paired by name.

    Raises:
        UndefinedTestError: As for ``mixed_mean``, or no cell is in both arms.
    """
    tables = [_checked(one, what=f"{name} cells") for one, name in _named(candidate, baseline)]
    found = [
        dict(zip(zip(table.runs, table.units, strict=True), table.values, strict=True))
        for table in tables
    ]
    shared = [cell for cell in found[0] if cell in found[1]]
    if not shared:
        raise UndefinedTestError("no run and unit has a cell in both arms")
    differences = np.array([found[0][cell] - found[1][cell] for cell in shared])
    size = magnitude(*(np.array([one[cell] for cell in shared]) for one in found))
    cells = Cells(differences, [run for run, _ in shared], [unit for _, unit in shared])
    return _judge((cells,), names=("differences",), size=size)


def mixed_independent(candidate: Cells, baseline: Cells) -> Crossed:
    """Judge mean(candidate) - mean(baseline): units shared by name, runs each arm's own.

    H0 for ``p_greater(limit)``: mean(candidate) - mean(baseline) <= limit. Units differ in
    difficulty and, beyond that, in how they take to each arm; each arm's runs have a variance of
    their own, the residual has one in common.

    Raises:
        UndefinedTestError: As for ``mixed_mean``.

    Source:
        As for ``mixed_mean``.
        R: lmerTest::lmer(y ~ arm + (0 + arm_c | run) + (0 + arm_b | run) + (1 | unit) +
        (1 | unit:arm)), arm_c and arm_b 0/1 columns.
    """
    return _judge((candidate, baseline), names=("candidate cells", "baseline cells"))


class _Table(NamedTuple):
    values: Floats
    runs: Names
    units: Names


def _named(candidate: Cells, baseline: Cells) -> list[tuple[Cells, str]]:
    return [(candidate, "candidate"), (baseline, "baseline")]


def _checked(cells: Cells, *, what: str) -> _Table:
    values = finite_values(cells.values, what=what)
    same_length(cells.runs, values.size, what=f"{what} and their runs")
    same_length(cells.units, values.size, what=f"{what} and their units")
    places = Counter(zip(cells.runs, cells.units, strict=True))
    if len(places) < values.size:
        twice = next(place for place, cells_there in places.items() if cells_there > 1)
        raise UndefinedTestError(
            f"run {str(twice[0])[:40]!r} has unit {str(twice[1])[:40]!r} twice among the {what}",
            hint="average repeats of a unit within a run first",
        )
    if len(set(cells.runs)) < 2 or len(set(cells.units)) < 2:
        raise UndefinedTestError(
            f"{what} need at least 2 runs and 2 units, got {len(set(cells.runs))} and"
            f" {len(set(cells.units))}",
            hint="a claim about the recipe needs several runs of it",
        )
    return _Table(values, cells.runs, cells.units)


def _judge(arms: Sequence[Cells], *, names: Sequence[str], size: float | None = None) -> Crossed:
    tables = [_checked(cells, what=what) for cells, what in zip(arms, names, strict=True)]
    size = magnitude(*(table.values for table in tables)) if size is None else size
    for table, what in zip(tables, names, strict=True):
        _require_own_runs(table, size=size, what=what)
    unit = unit_of(size)
    parts = [centred(table.values, unit=unit) for table in tables]
    spread = max(magnitude(part.residuals) for part in parts)
    arm, run, place = _codes(tables)
    cells = layout(
        np.concatenate([part.residuals for part in parts]) / spread,
        arms=arm,
        runs=run,
        units=place,
    )
    variances = restricted_maximum(cells)
    fit = fit_at(cells, variances)
    if fit is None:
        raise UndefinedTestError("the mixed model did not converge")
    error = float(np.sqrt(fit.variance)) * spread
    offset = parts[0].first + parts[0].offset
    if len(parts) == 2:
        offset = (parts[0].first - parts[1].first) + (parts[0].offset - parts[1].offset)
    scale, both = (spread * unit) ** 2, len(parts)
    return Crossed(
        law=StudentT(
            estimate=(offset + fit.effect * spread) * unit,
            standard_error=error * unit,
            df=satterthwaite_df(slopes_at(cells, variances), fit.variance),
        ),
        var_run=float(variances[2 : 2 + both].sum()) * scale,
        var_unit=both * float(variances[1]) * scale,
        var_residual=both * float(variances[0]) * scale,
        runs=min(len(set(table.runs)) for table in tables),
        units=len({name for table in tables for name in table.units}),
    )


def _codes(tables: Sequence[_Table]) -> tuple[Codes, Codes, Codes]:
    """Number arms, runs (each arm's own) and units (shared), in order of appearance."""
    runs: dict[tuple[int, Hashable], int] = {}
    units: dict[Hashable, int] = {}
    rows = [
        (arm, runs.setdefault((arm, run), len(runs)), units.setdefault(unit, len(units)))
        for arm, table in enumerate(tables)
        for run, unit in zip(table.runs, table.units, strict=True)
    ]
    arm, run, unit = np.array(rows, dtype=np.intp).T
    return arm, run, unit


def _require_own_runs(table: _Table, *, size: float, what: str) -> None:
    """Refuse runs that are copies, or that share no unit with another run."""
    by_unit: dict[Hashable, list[float]] = {}
    for value, unit in zip(table.values.tolist(), table.units, strict=True):
        by_unit.setdefault(unit, []).append(value)
    repeated = [found for found in by_unit.values() if len(found) > 1]
    if len(repeated) < 2:
        raise UndefinedTestError(
            f"only {len(repeated)} units of the {what} are in more than one run, so runs and"
            " units cannot be told apart",
            hint="run the same units in every run",
        )
    if max(max(found) - min(found) for found in repeated) <= SMALLEST_SPREAD * size:
        raise UndefinedTestError(
            f"the runs of the {what} are identical where they share units, so the variation"
            " between runs cannot be judged",
            hint="check that the runs used different seeds and are not copies of one file",
        )
