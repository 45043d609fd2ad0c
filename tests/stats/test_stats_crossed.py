"""Runs crossed with units: against R's anova, the variance formula, and by simulation."""

import importlib.util
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.crossed import Crossed, crossed_independent, crossed_mean, crossed_paired
from pytest_evalgate.stats.result import Inference


ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "reference" / "means.json").read_text(encoding="utf-8")
)["cases"]


def calibration() -> ModuleType:
    path = ROOT / "benchmarks" / "calibration" / "crossed.py"
    spec = importlib.util.spec_from_file_location("calibration_crossed", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


CALIBRATION = calibration()


def crossed_cells(
    seed: int, *, runs: int, units: int, run: float = 0.3, unit: float = 0.5
) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    cells: NDArray[np.float64] = rng.normal(size=(runs, units))
    return cells + run * rng.normal(size=(runs, 1)) + unit * rng.normal(size=(1, units))


def anova(cells: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean squares of runs, units and residual, by least squares on dummy columns."""
    runs, units = cells.shape
    run, unit = np.repeat(np.eye(runs), units, axis=0), np.tile(np.eye(units), (runs, 1))
    y = cells.ravel()

    def left(*columns: NDArray[np.float64]) -> float:
        x = np.column_stack([np.ones(y.size), *columns])
        return float(np.square(y - x @ np.linalg.lstsq(x, y)[0]).sum())

    residual = left(run, unit)
    return (
        (left(unit) - residual) / (runs - 1),
        (left(run) - residual) / (units - 1),
        residual / ((runs - 1) * (units - 1)),
    )


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["id"])
        for case in CASES
        if case["method"] == "crossed_seeds_examples"
    ],
)
def test_mean_equals_r(case: dict[str, Any]) -> None:
    crossed, expected = crossed_mean(case["input"]["D"]), case["expected"]
    got = {
        "estimate": crossed.estimate,
        "var_seed": crossed.var_run,
        "var_example": crossed.var_unit,
        "var_resid": crossed.var_residual,
        "se_crossed": crossed.standard_error,
        "df_satt": crossed.df,
        "statistic": crossed.statistic(0.0),
        "p_value": 2 * min(crossed.p_greater(0.0), crossed.p_less(0.0)),
    }
    for key, value in got.items():
        assert value == pytest.approx(expected[key], rel=1e-9), key
    assert crossed.interval(0.025) == pytest.approx(tuple(expected["ci"]), rel=1e-9)


def test_paired_is_the_mean_of_the_differences() -> None:
    candidate, baseline = (crossed_cells(seed, runs=4, units=9) for seed in (1, 2))

    paired, plain = crossed_paired(candidate, baseline), crossed_mean(candidate - baseline)

    assert paired.interval(0.05) == pytest.approx(plain.interval(0.05), rel=1e-12)
    assert paired.df == pytest.approx(plain.df, rel=1e-12)


def test_independent_follows_its_formula() -> None:
    arms = [crossed_cells(3, runs=4, units=12), crossed_cells(4, runs=6, units=12)]
    by_arm = [anova(cells) for cells in arms]
    sizes = [cells.shape[0] * 12 for cells in arms]
    between = np.var(arms[0].mean(axis=0) - arms[1].mean(axis=0), ddof=1)
    runs = [table[0] / size for table, size in zip(by_arm, sizes, strict=True)]
    rest = [table[2] / size for table, size in zip(by_arm, sizes, strict=True)]
    unbiased = sum(runs) + between / 12 - sum(rest)
    spread = runs[0] ** 2 / 3 + runs[1] ** 2 / 5 + (between / 12) ** 2 / 11
    spread += rest[0] ** 2 / (3 * 11) + rest[1] ** 2 / (5 * 11)

    crossed = crossed_independent(*arms)

    assert crossed.estimate == pytest.approx(arms[0].mean() - arms[1].mean(), rel=1e-12)
    assert crossed.standard_error**2 == pytest.approx(
        max(unbiased, sum(runs), between / 12), rel=1e-10
    )
    assert crossed.df == pytest.approx(unbiased**2 / spread, rel=1e-10)


def test_independent_variance_is_unbiased() -> None:
    """With the max rule aside, the estimated and the true variance of the effect agree."""
    rng = np.random.default_rng(7)
    shape, runs, units = (20_000, 1, 1), (3, 6), 10
    arms, run, unit, rest = [], (0.5, 1.0), (0.7, 0.9), (1.0, 2.0)
    common = rng.normal(size=(shape[0], 1, units))
    for arm in (0, 1):
        cells = rest[arm] * rng.normal(size=(shape[0], runs[arm], units)) + common
        cells += run[arm] * rng.normal(size=(shape[0], runs[arm], 1))
        arms.append(cells + unit[arm] * rng.normal(size=(shape[0], 1, units)))
    tables = [CALIBRATION.mean_squares(cells) for cells in arms]
    sizes = [count * units for count in runs]
    between = (tables[0].unit_means - tables[1].unit_means).var(axis=1, ddof=1)
    estimated = between / units + sum(
        (table.run - table.residual) / size for table, size in zip(tables, sizes, strict=True)
    )
    true = (unit[0] ** 2 + unit[1] ** 2) / units + sum(
        run[arm] ** 2 / runs[arm] + rest[arm] ** 2 / sizes[arm] for arm in (0, 1)
    )

    noise = float(estimated.std()) / math.sqrt(estimated.size)
    assert abs(float(estimated.mean()) - true) < 4 * noise


def test_components_plan_the_standard_error() -> None:
    arms = [crossed_cells(seed, runs=5, units=30, run=1.0, unit=1.0) for seed in (5, 6)]
    for crossed in (crossed_mean(arms[0]), crossed_paired(*arms), crossed_independent(*arms)):
        planned = (
            crossed.var_run / crossed.runs
            + crossed.var_unit / crossed.units
            + crossed.var_residual / (crossed.runs * crossed.units)
        )
        assert crossed.standard_error**2 == pytest.approx(planned, rel=1e-9)


def test_standard_error_is_never_below_that_of_runs_or_units_alone() -> None:
    cells = crossed_cells(8, runs=3, units=20, run=0.0, unit=0.0)
    runs_alone = cells.mean(axis=1).std(ddof=1) / math.sqrt(3)
    units_alone = cells.mean(axis=0).std(ddof=1) / math.sqrt(20)

    assert crossed_mean(cells).standard_error >= max(runs_alone, units_alone) * (1 - 1e-12)


def test_negative_component_is_reported_as_zero_and_leaves_one_degree_of_freedom() -> None:
    residual_only = np.array([[1.0, -1.0, 0.01], [-1.0, 1.0, 0.0], [0.0, 0.02, 0.0]])
    crossed = crossed_mean(residual_only)

    assert (crossed.var_run, crossed.var_unit, crossed.df) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("design", [crossed_paired, crossed_independent])
def test_swapping_the_arms_negates_the_effect(
    design: Callable[[NDArray[np.float64], NDArray[np.float64]], Crossed],
) -> None:
    a, b = (crossed_cells(seed, runs=4, units=15) for seed in (9, 10))
    forth, back = design(a, b), design(b, a)

    assert forth.estimate == pytest.approx(-back.estimate, rel=1e-9)
    assert forth.p_greater(0.1) == pytest.approx(back.p_less(-0.1), rel=1e-9)


def test_large_means_keep_the_digits_of_a_small_effect() -> None:
    a, b = (np.round(crossed_cells(seed, runs=4, units=15) * 1024) / 1024 for seed in (11, 12))
    near, far = crossed_independent(a, b), crossed_independent(a + 2.0**40, b + 2.0**40)

    assert far.p_greater(0.0) == pytest.approx(near.p_greater(0.0), rel=1e-9)


def test_satisfies_the_protocol() -> None:
    inference: Inference = crossed_mean(crossed_cells(13, runs=3, units=5))

    assert inference.min_pvalue(0.0, greater=True) == 0.0


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        pytest.param([[1.0, 2.0, 3.0]], "at least 2 runs", id="one run"),
        pytest.param([[1.0], [2.0]], "at least 2 runs and 2 units", id="one unit"),
        pytest.param([[1.0, 2.0], [1.0, 2.0]], "are identical", id="copies"),
        pytest.param([[1.0, 1.0], [1.0, 1.0]], "are identical", id="constant"),
        pytest.param([[1.0, math.nan], [1.0, 2.0]], "number 2 is nan", id="nan"),
        pytest.param([[1.0, -1.0], [-1.0, 1.0]], "zero variance", id="residual alone"),
        pytest.param([1.0, 2.0], "dimension", id="flat"),
        pytest.param([], "dimension", id="empty"),
    ],
)
def test_undefined_cells_are_refused_in_words(cells: list[Any], words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        crossed_mean(cells)


def test_arms_with_other_units_are_refused() -> None:
    a, b = crossed_cells(14, runs=3, units=5), crossed_cells(15, runs=3, units=6)
    with pytest.raises(UndefinedTestError, match="share their units, got 5 and 6"):
        crossed_independent(a, b)
    with pytest.raises(UndefinedTestError, match="equal shapes"):
        crossed_paired(a, b)


def test_an_arm_whose_runs_are_copies_is_refused() -> None:
    a, b = crossed_cells(16, runs=3, units=5), np.tile(np.arange(5.0), (3, 1))
    with pytest.raises(UndefinedTestError, match="3 runs of the baseline cells are identical"):
        crossed_independent(a, b)


def setting(design: str, runs: tuple[int, ...], rate: float | None, share: float) -> Any:
    return CALIBRATION.Setting(
        design=design, runs=runs, units=20, run_share=share, unit_share=share, rate=rate
    )


def test_calibration_judges_as_the_methods_do() -> None:
    independent = setting("independent", (3, 5), None, 0.1)
    cells = CALIBRATION.draw(independent, np.random.default_rng(17), replicates=50)
    judged = [
        crossed_independent(candidate, baseline) for candidate, baseline in zip(*cells, strict=True)
    ]

    up, down = CALIBRATION.promotions(independent, cells)

    assert up == sum(one.p_greater(0.0) < 0.05 for one in judged)
    assert down == sum(one.p_less(0.0) < 0.05 for one in judged)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.45])
@pytest.mark.parametrize("rate", [None, 0.5, 0.9], ids=["normal", "half", "ninety"])
@pytest.mark.parametrize(
    ("design", "runs"),
    [("independent", (3, 3)), ("independent", (5, 5)), ("paired", (3,)), ("paired", (5,))],
)
def test_false_promotions_stay_below_six_percent(
    design: str, runs: tuple[int, ...], rate: float | None, share: float
) -> None:
    measured = CALIBRATION.measure(setting(design, runs, rate, share), replicates=2_000)

    assert not measured.exceeds, measured


def test_unequal_runs_of_skewed_cells_promote_too_often() -> None:
    skewed = CALIBRATION.Setting(
        design="independent", runs=(3, 10), units=300, run_share=0.5, unit_share=0.1, rate=0.9
    )
    assert CALIBRATION.measure(skewed, replicates=2_000).exceeds


@pytest.mark.slow
@pytest.mark.parametrize("design", ["independent", "paired"])
def test_false_promotions_stay_below_six_percent_on_the_whole_grid(design: str) -> None:
    settings = [
        one for one in CALIBRATION.grid() if one.design == design and len(set(one.runs)) == 1
    ]
    measured = [CALIBRATION.measure(one, replicates=20_000) for one in settings]

    assert [one for one in measured if one.exceeds] == []
