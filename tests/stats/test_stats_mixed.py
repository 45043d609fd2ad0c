"""Crossed designs with missing cells, against statsmodels, the closed form and dense matrices."""

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
import statsmodels.formula.api as smf  # type: ignore[import-untyped]
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossed import crossed_independent, crossed_mean, crossed_paired
from pytest_evalgate.stats.mixed import Cells, mixed_independent, mixed_mean, mixed_paired
from pytest_evalgate.stats.reml import fit_at, layout
from pytest_evalgate.stats.reml_maximum import slopes_at


Array = NDArray[np.float64]


def table(seed: int, *, runs: int = 5, units: int = 30, run: float = 0.5) -> Array:
    """Cells of one arm; the units' difficulty is that of every other arm of as many units."""
    rng = np.random.default_rng(seed)
    difficulty = np.random.default_rng(units).normal(size=(1, units))
    cells: Array = rng.normal(size=(runs, units)) + difficulty
    return cells + run * rng.normal(size=(runs, 1)) + 0.6 * rng.normal(size=(1, units))


def long(cells: Array, *, missing: float = 0.0, seed: int = 0) -> Cells:
    keep = np.random.default_rng(seed).random(cells.shape) >= missing
    rows, columns = np.nonzero(keep)
    return Cells(cells[keep], [f"run {r}" for r in rows], [f"item {c}" for c in columns])


@pytest.mark.parametrize("seed", range(3))
def test_complete_cells_give_the_closed_form(seed: int) -> None:
    c, b = table(seed), table(seed + 100)
    pairs = [
        (mixed_mean(long(c)), crossed_mean(c)),
        (mixed_paired(long(c), long(b)), crossed_paired(c, b)),
    ]
    for mixed, closed in pairs:
        assert mixed.estimate == pytest.approx(closed.estimate, rel=1e-9)
        assert mixed.standard_error == pytest.approx(closed.standard_error, rel=1e-5)
        assert mixed.df == pytest.approx(closed.df, rel=1e-4)
        assert mixed.var_run == pytest.approx(closed.var_run, rel=1e-4)
        assert mixed.var_unit == pytest.approx(closed.var_unit, rel=1e-4)
        assert mixed.var_residual == pytest.approx(closed.var_residual, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_complete_arms_give_the_closed_form(seed: int) -> None:
    c, b = table(seed), table(seed + 100)

    mixed, closed = mixed_independent(long(c), long(b)), crossed_independent(c, b)

    assert mixed.estimate == pytest.approx(closed.estimate, rel=1e-9)
    assert mixed.standard_error == pytest.approx(closed.standard_error, rel=1e-4)
    assert mixed.df == pytest.approx(closed.df, rel=0.05)
    assert mixed.var_run == pytest.approx(closed.var_run, rel=0.05)


def by_statsmodels(frame: Any, formula: str, parts: dict[str, str]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm(
            formula, frame, groups=np.ones(len(frame)), vc_formula=parts, re_formula="0"
        )
        return model.fit(reml=True, method=["bfgs", "powell"])


def test_missing_cells_give_statsmodels_reml() -> None:
    cells = long(table(1, runs=4, units=12), missing=0.25, seed=1)
    frame = pd.DataFrame({"y": cells[0], "run": cells.runs, "unit": cells.units})
    fitted = by_statsmodels(frame, "y ~ 1", {"run": "0 + C(run)", "unit": "0 + C(unit)"})

    mixed = mixed_mean(cells)

    assert mixed.estimate == pytest.approx(fitted.fe_params.iloc[0], rel=1e-4)
    assert mixed.standard_error == pytest.approx(fitted.bse_fe.iloc[0], rel=1e-3)
    assert mixed.var_residual == pytest.approx(fitted.scale, rel=1e-3)
    assert [mixed.var_run, mixed.var_unit] == pytest.approx(fitted.vcomp, rel=2e-3)


def test_missing_cells_of_two_arms_give_statsmodels_reml() -> None:
    arms = [long(table(s, runs=4, units=12), missing=0.2, seed=s) for s in (2, 3)]
    frame = pd.concat(
        [
            pd.DataFrame({"y": one[0], "arm": arm, "unit": one.units, "run": one.runs})
            for arm, one in zip((1, 0), arms, strict=True)
        ],
        ignore_index=True,
    )
    frame["both"] = frame["unit"] + frame["arm"].astype(str)
    frame["c"], frame["b"] = frame["arm"], 1 - frame["arm"]
    parts = {
        "run of c": "0 + C(run):c",
        "run of b": "0 + C(run):b",
        "unit": "0 + C(unit)",
        "both": "0 + C(both)",
    }
    fitted = by_statsmodels(frame, "y ~ arm", parts)

    mixed = mixed_independent(*arms)

    assert mixed.estimate == pytest.approx(fitted.fe_params["arm"], rel=1e-3)
    assert mixed.standard_error == pytest.approx(fitted.bse_fe["arm"], rel=3e-3)
    assert mixed.var_residual == pytest.approx(2 * fitted.scale, rel=5e-3)


def dense(codes: list[NDArray[np.intp]], variances: Array) -> list[Array]:
    """Matrices V_j: V is their sum weighted by the variances, in the order of ``reml``."""
    arms, runs, units = codes
    same = [(one[:, None] == one).astype(float) for one in (units * 2 + arms, runs, units)]
    inside = [np.outer(arms == arm, arms == arm) for arm in (0, 1)]
    parts = [np.eye(arms.size), same[0], same[1] * inside[0], same[1] * inside[1], same[2]]
    return parts[: variances.size]


@pytest.mark.parametrize("variances", [(0.7, 0.5, 0.2, 0.6, 0.9), (1.0, 0.3, 0.0, 0.4, 0.0)])
def test_likelihood_and_information_are_those_of_dense_matrices(
    variances: tuple[float, ...],
) -> None:
    rng = np.random.default_rng(4)
    n = 40
    units, runs = rng.integers(0, 8, size=n), rng.integers(0, 6, size=n)
    arms = (runs >= 3).astype(np.intp)
    y, theta = rng.normal(size=n), np.array(variances)
    parts = dense([arms, runs, units], theta)
    v = sum(part * weight for part, weight in zip(parts, theta, strict=True))
    x = np.column_stack([arms == 0, arms == 1]).astype(float)
    inverse = np.linalg.inv(v)
    bread = np.linalg.inv(x.T @ inverse @ x)
    p = inverse - inverse @ x @ bread @ x.T @ inverse

    cells = layout(y, arms=arms, runs=runs, units=units)
    fit, slopes = fit_at(cells, theta), slopes_at(cells, theta)

    assert fit is not None
    contrast = np.array([1.0, -1.0])
    assert fit.effect == pytest.approx(contrast @ bread @ x.T @ inverse @ y, rel=1e-10)
    assert fit.variance == pytest.approx(contrast @ bread @ contrast, rel=1e-10)
    assert fit.squares == pytest.approx(y @ p @ y, rel=1e-10)
    assert fit.log_determinants == pytest.approx(
        np.linalg.slogdet(v)[1] - np.linalg.slogdet(bread)[1], rel=1e-10
    )
    for j, one in enumerate(parts):
        score = -0.5 * (np.trace(p @ one) - y @ p @ one @ p @ y)
        assert slopes.score[j] == pytest.approx(score, rel=1e-4, abs=1e-5)
        for k, other in enumerate(parts):
            wanted = 0.5 * np.trace(p @ one @ p @ other)
            assert slopes.information[j, k] == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("shift", "scale"), [(1e9, 1.0), (0.0, 1e-280), (0.0, 1e140)])
def test_shift_and_scale_move_along(shift: float, scale: float) -> None:
    c, b = (np.round(table(seed) * 64) / 64 for seed in (5, 6))
    plain = mixed_independent(long(c, missing=0.2, seed=1), long(b, missing=0.2, seed=2))

    moved = mixed_independent(
        long(c * scale + shift, missing=0.2, seed=1), long(b * scale + shift, missing=0.2, seed=2)
    )

    assert moved.estimate == pytest.approx(plain.estimate * scale, rel=1e-6)
    assert moved.statistic(0.0) == pytest.approx(plain.statistic(0.0), rel=1e-6)


def test_swapped_arms_negate() -> None:
    c, b = long(table(7), missing=0.2, seed=1), long(table(8), missing=0.2, seed=2)

    law, swapped = mixed_independent(c, b), mixed_independent(b, c)

    assert swapped.estimate == pytest.approx(-law.estimate, rel=1e-9)
    assert swapped.p_less(0.0) == pytest.approx(law.p_greater(0.0), rel=1e-6)


def test_order_of_cells_does_not_matter() -> None:
    cells = long(table(9), missing=0.3, seed=3)
    order = np.random.default_rng(1).permutation(len(cells.runs))
    shuffled = Cells(
        np.asarray(cells.values)[order],
        [cells.runs[i] for i in order],
        [cells.units[i] for i in order],
    )

    assert mixed_mean(shuffled).interval(0.05) == pytest.approx(
        mixed_mean(cells).interval(0.05), rel=1e-6
    )


def test_runs_without_a_difference_of_their_own_have_variance_0() -> None:
    cells = table(10, run=0.0)
    cells -= cells.mean(axis=1, keepdims=True)

    mixed = mixed_mean(long(cells))

    assert mixed.var_run == 0.0
    assert mixed.standard_error == pytest.approx(crossed_mean(cells).standard_error, rel=0.02)


def test_paired_uses_the_cells_that_both_arms_have() -> None:
    c, b = table(11), table(12)
    first, second = long(c, missing=0.2, seed=1), long(b, missing=0.2, seed=2)
    shared = set(zip(first.runs, first.units, strict=True)) & set(
        zip(second.runs, second.units, strict=True)
    )
    where = sorted(shared)
    at = [(int(str(run).split()[1]), int(str(unit).split()[1])) for run, unit in where]
    plain = Cells([c[i] - b[i] for i in at], [run for run, _ in where], [u for _, u in where])

    assert mixed_paired(first, second).interval(0.05) == pytest.approx(
        mixed_mean(plain).interval(0.05), rel=1e-6
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (Cells([1.0, 2.0], ["a", "a"], ["x", "y"]), "at least 2 runs"),
        (Cells([1.0, 2.0], ["a", "b"], ["x", "x"]), "at least 2 runs and 2 units"),
        (Cells([1.0, 2.0, 3.0], ["a", "b", "a"], ["x", "y", "x"]), "run 'a' has unit 'x' twice"),
        (Cells([1.0, 2.0, 4.0, 3.0], list("aabb"), list("xyzw")), "more than one run"),
        (Cells([1.0, 2.0, 1.0, 2.0], list("aabb"), list("xyxy")), "identical"),
        (Cells([1.0, math.nan], ["a", "b"], ["x", "y"]), "finite"),
        (Cells([1.0, 2.0], ["a"], ["x", "y"]), "equal lengths"),
        (Cells([], [], []), "at least 1"),
    ],
)
def test_undefined_cells_are_refused(cells: Cells, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        mixed_mean(cells)


def test_additive_cells_are_refused() -> None:
    """Runs and units explain every cell: nothing is left to judge them by."""
    cells = np.arange(4.0)[:, np.newaxis] + 3.0 * np.arange(6.0)
    with pytest.raises(UndefinedTestError, match=r"apart|vanishes|converge"):
        mixed_mean(long(cells))


def test_arms_without_a_common_cell_are_refused() -> None:
    first = Cells([1.0, 2.0, 3.0, 5.0], list("aabb"), list("xyxy"))
    second = Cells([1.0, 2.0, 3.0, 5.0], list("ccdd"), list("xyxy"))
    with pytest.raises(UndefinedTestError, match="no run and unit"):
        mixed_paired(first, second)


def rates(kind: str, *, run: float, missing: float, replicates: int) -> float:
    rng = np.random.default_rng(13)
    counts = np.zeros(2)
    for _ in range(replicates):
        shared = rng.normal(size=50)
        arms = []
        for _arm in range(2):
            cells = rng.normal(size=(5, 50)) + run * rng.normal(size=(5, 1)) + shared
            cells += 0.5 * rng.normal(size=50)
            arms.append(long(cells, missing=missing, seed=int(rng.integers(1 << 30))))
        law = (mixed_paired if kind == "paired" else mixed_independent)(*arms)
        counts += [law.p_greater(0.0) < 0.05, law.p_less(0.0) < 0.05]
    return float(counts.max()) / replicates


def test_five_runs_of_fifty_units_with_missing_cells_hold_the_level() -> None:
    assert rates("independent", run=0.5, missing=0.2, replicates=200) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["independent", "paired"])
@pytest.mark.parametrize("run", [0.0, 0.15, 0.5])
@pytest.mark.parametrize("missing", [0.1, 0.3])
def test_level_over_designs_with_missing_cells(kind: str, run: float, missing: float) -> None:
    assert rates(kind, run=run, missing=missing, replicates=1500) < 0.07
