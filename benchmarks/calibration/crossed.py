"""How often a crossed test promotes when it must not: runs x units, at the null, level 0.05.

``python benchmarks/calibration/crossed.py`` prints the tables of README.md (20,000 replicates a
setting, seeded; about 10 minutes on two cores). The test suite runs a small sample of it.
"""

import argparse
import itertools
import math
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from pytest_evalgate.stats.crossed import (
    MeanSquares,
    mean_squares,
    variance_of_difference,
    variance_of_mean,
)


ALPHA: Final = 0.05
BOUND: Final = 0.06
CELLS_AT_ONCE: Final = 1_000_000
RUNS: Final = {
    "independent": ((3, 3), (5, 5), (10, 10), (3, 4), (3, 5), (5, 10), (3, 10)),
    "paired": ((3,), (5,), (10,)),
    "one arm": ((3,), (5,), (10,)),
}
UNITS: Final = (20, 50, 300)
SHARES: Final = (
    (0.0, 0.0),
    (0.0, 0.5),
    (0.01, 0.1),
    (0.1, 0.0),
    (0.1, 0.1),
    (0.1, 0.5),
    (0.5, 0.0),
    (0.5, 0.1),
)
RATES: Final = (None, 0.5, 0.9, 0.98)

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One null hypothesis to draw from.

    Args:
        design: "independent" or "paired" arms, or "one arm" held against its true mean.
        runs: Runs of each arm; one number where both arms have the same runs.
        units: Units, shared by the arms.
        run_share: Share of a cell's variance that its run brings.
        unit_share: Share that its unit brings, in each arm apart.
        rate: Success rate of 0/1 cells cut out of a normal variable, half of whose variance is
            the unit's difficulty, common to both arms; None for normal cells.
    """

    design: str
    runs: tuple[int, ...]
    units: int
    run_share: float
    unit_share: float
    rate: float | None

    @property
    def law(self) -> str:
        """Name of the law of the cells."""
        return "normal" if self.rate is None else f"0/1, rate {self.rate}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Measured share of false promotions: the worse of the two directions."""

    setting: Setting
    share: float
    replicates: int

    @property
    def exceeds(self) -> bool:
        """Whether the share lies above 0.06 by more than the noise of the simulation."""
        return self.share > BOUND + 3.0 * math.sqrt(BOUND * (1.0 - BOUND) / self.replicates)


def grid() -> Iterator[Setting]:
    for design, layouts in RUNS.items():
        for runs, units, rate, (run_share, unit_share) in itertools.product(
            layouts, UNITS, RATES, SHARES
        ):
            yield Setting(
                design=design,
                runs=runs,
                units=units,
                run_share=run_share,
                unit_share=unit_share,
                rate=rate,
            )


def draw(setting: Setting, rng: np.random.Generator, *, replicates: int) -> list[Floats]:
    """Draw the arms' cells, each (replicates, runs, units); both means are equal."""
    difficulty = rng.standard_normal((replicates, 1, setting.units))
    arms = {"independent": 2, "paired": 2, "one arm": 1}[setting.design]
    layout = setting.runs * arms if len(setting.runs) == 1 else setting.runs
    cells = []
    for runs in layout:
        noise = rng.standard_normal((replicates, runs, setting.units))
        noise *= math.sqrt(1.0 - setting.run_share - setting.unit_share)
        noise += math.sqrt(setting.run_share) * rng.standard_normal((replicates, runs, 1))
        noise += math.sqrt(setting.unit_share) * rng.standard_normal(difficulty.shape)
        if setting.rate is not None:
            latent = math.sqrt(0.5) * (difficulty + noise)
            noise = (latent < ndtri(setting.rate)).astype(np.float64)
        cells.append(noise)
    return cells


def promotions(setting: Setting, cells: list[Floats]) -> tuple[int, int]:
    """Count the replicates with p < 0.05, upwards and downwards."""
    match setting.design:
        case "independent":
            tables = [mean_squares(arm) for arm in cells]
            effect = cells[0].mean(axis=(1, 2)) - cells[1].mean(axis=(1, 2))
            variance, df = variance_of_difference(*tables)
        case "paired":
            tables = [mean_squares(cells[0] - cells[1])]
            effect = (cells[0] - cells[1]).mean(axis=(1, 2))
            variance, df = variance_of_mean(tables[0])
        case _:
            tables = [mean_squares(cells[0])]
            effect = cells[0].mean(axis=(1, 2)) - (setting.rate or 0.0)
            variance, df = variance_of_mean(tables[0])
    usable = np.all([_own_runs(table) for table in tables], axis=0)
    usable &= variance > 0.0
    statistic = effect / np.sqrt(np.where(usable, variance, np.inf))
    return int((stdtr(df, -statistic) < ALPHA).sum()), int((stdtr(df, statistic) < ALPHA).sum())


def measure(setting: Setting, *, replicates: int) -> Rate:
    """Measure one setting; the seed follows from the setting, not from its place in the grid."""
    rng = np.random.default_rng(zlib.crc32(repr(setting).encode()))
    chunk = max(1, CELLS_AT_ONCE // (sum(setting.runs) * setting.units))
    up = down = 0
    for start in range(0, replicates, chunk):
        cells = draw(setting, rng, replicates=min(chunk, replicates - start))
        more_up, more_down = promotions(setting, cells)
        up, down = up + more_up, down + more_down
    return Rate(setting=setting, share=max(up, down) / replicates, replicates=replicates)


def summary(rates: Iterable[Rate]) -> Iterator[str]:
    """Write one line a design, runs and law: the worst share of variance for each unit count."""
    groups: dict[tuple[str, tuple[int, ...], str], dict[int, list[Rate]]] = {}
    for rate in rates:
        setting = rate.setting
        by_units = groups.setdefault((setting.design, setting.runs, setting.law), {})
        by_units.setdefault(setting.units, []).append(rate)
    yield "| design | runs | cells | " + " | ".join(f"{units} units" for units in UNITS) + " |"
    yield "|---|---|---|" + "---|" * len(UNITS)
    for (design, runs, law), by_units in groups.items():
        worst = [max(by_units[units], key=lambda rate: rate.share) for units in UNITS]
        shown = " | ".join(f"{rate.share:.3f}{'*' if rate.exceeds else ''}" for rate in worst)
        yield f"| {design} | {' v '.join(map(str, runs))} | {law} | {shown} |"


def exceedances(rates: Iterable[Rate]) -> Iterator[str]:
    """Write one line for every setting above 0.06 beyond noise."""
    yield "| design | runs | units | cells | run share | unit share | false promotions |"
    yield "|---|---|---|---|---|---|---|"
    for rate in rates:
        if rate.exceeds:
            setting = rate.setting
            yield (
                f"| {setting.design} | {' v '.join(map(str, setting.runs))} | {setting.units}"
                f" | {setting.law} | {setting.run_share} | {setting.unit_share}"
                f" | {rate.share:.3f} |"
            )


def _own_runs(table: MeanSquares) -> NDArray[np.bool_]:
    """Tell which replicates have runs that differ; identical runs are refused, not judged."""
    return table.run + table.residual > 1e-12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        rates = list(pool.map(partial(measure, replicates=options.replicates), grid(), chunksize=4))
    print("\n".join(summary(rates)), "\n".join(exceedances(rates)), sep="\n\n")


if __name__ == "__main__":
    main()
