"""How often a share against a fixed limit promotes when it must not: runs x units, and clusters.

``python benchmarks/calibration/shares.py`` prints the tables of README.md (seeded; about five
minutes on one core). Data are drawn at the limit; a replicate counts only where the gate would
judge it at all, so the rates are those of promotions among all replicates.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from pytest_evalgate.gate.domains import (
    MAX_RUN_SPREAD,
    MIN_DISCORDANT_CLUSTERS,
    MIN_ITEMS,
    SKEWNESS_FACTOR,
)
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.crossed import mean_squares, variance_of_mean
from pytest_evalgate.stats.shape import informative_units, skewness


ALPHA = 0.05
RATES = (0.8, 0.9, 0.95, 0.98)


def crossed_shares(
    layout: tuple[int, int], rate: float, run_share: float, *, replicates: int, seed: int
) -> tuple[float, float, float]:
    """Return the shares of replicates that are judged, and promoted by the t and by the score."""
    runs, units = layout
    rng = np.random.default_rng(seed)
    judged = by_t = by_score = done = 0
    while done < replicates:
        chunk = min(replicates - done, max(1, 1_000_000 // (runs * units)))
        noise = math.sqrt(0.9 - run_share) * rng.standard_normal((chunk, runs, units))
        noise += math.sqrt(run_share) * rng.standard_normal((chunk, runs, 1))
        noise += math.sqrt(0.1) * rng.standard_normal((chunk, 1, units))
        latent = math.sqrt(0.5) * (rng.standard_normal((chunk, 1, units)) + noise)
        cells = (latent < ndtri(rate)).astype(np.float64)
        table = mean_squares(cells)
        variance, df = variance_of_mean(table)
        share = cells.mean(axis=(1, 2))
        spread = np.maximum(share * (1 - share), 1e-12)
        between = np.sqrt(np.maximum(table.run - table.residual, 0.0) / units) / spread
        skew = np.array([abs(skewness(one)) for one in cells.mean(axis=1)])
        usable = (units >= np.maximum(MIN_ITEMS, SKEWNESS_FACTOR * skew**2)) & (variance > 0)
        usable &= between <= MAX_RUN_SPREAD
        at_estimate = np.sqrt(np.where(usable, variance, np.inf))
        at_limit = np.sqrt(np.where(usable, variance / spread * rate * (1 - rate), np.inf))
        judged += int(usable.sum())
        by_t += int((stdtr(df, -(share - rate) / at_estimate) < ALPHA)[usable].sum())
        by_score += int((stdtr(df, -(share - rate) / at_limit) < ALPHA)[usable].sum())
        done += chunk
    return judged / replicates, by_t / replicates, by_score / replicates


def cluster_shares(
    sizes: NDArray[np.intp], rate: float, correlation: float, *, replicates: int, seed: int
) -> tuple[float, float, float]:
    """Return the same for 0/1 rows in clusters."""
    rng = np.random.default_rng(seed)
    index = np.repeat(np.arange(sizes.size), sizes)
    names = [f"c{one:04d}" for one in index]
    judged = by_t = by_score = 0
    for _ in range(replicates):
        latent = math.sqrt(correlation) * rng.standard_normal(sizes.size)[index]
        latent += math.sqrt(1 - correlation) * rng.standard_normal(index.size)
        values = (latent < ndtri(rate)).astype(np.float64)
        means = np.bincount(index, values) / sizes
        if informative_units(means) < MIN_DISCORDANT_CLUSTERS:
            continue
        if max(sizes.size, MIN_ITEMS) < SKEWNESS_FACTOR * skewness(means) ** 2:
            continue
        mean = cluster_mean(values, names)
        spread = mean.estimate * (1 - mean.estimate)
        at_limit = mean.standard_error * math.sqrt(rate * (1 - rate) / spread)
        judged += 1
        by_t += mean.p_greater(rate) < ALPHA
        by_score += float(stdtr(mean.df or 1.0, -(mean.estimate - rate) / at_limit)) < ALPHA
    return judged / replicates, by_t / replicates, by_score / replicates


def crossed_table(*, replicates: int) -> Iterator[str]:
    yield "| runs x units | rate | run share | judged | t | score |"
    yield "|---|---|---|---|---|---|"
    layouts = ((3, 300), (5, 300), (10, 1000), (12, 450))
    grid = itertools.product(layouts, RATES, (0.0, 0.05, 0.1, 0.2, 0.5))
    for seed, (layout, rate, run_share) in enumerate(grid):
        rates = crossed_shares(layout, rate, run_share, replicates=replicates, seed=seed)
        shown = " | ".join(f"{one:.3f}" for one in rates)
        yield f"| {layout[0]} x {layout[1]} | {rate} | {run_share} | {shown} |"


def cluster_table(*, replicates: int) -> Iterator[str]:
    yield "| clusters | sizes | rate | correlation | judged | t | score |"
    yield "|---|---|---|---|---|---|---|"
    grid = itertools.product((40, 80, 170), ("2", "8", "40/k"), (0.7, 0.9, 0.95), (0.1, 0.4))
    for seed, (clusters, kind, rate, correlation) in enumerate(grid):
        sizes = np.full(clusters, 2 if kind == "2" else 8)
        if kind == "40/k":
            sizes = np.maximum(1, 40 // np.arange(1, clusters + 1))
        rates = cluster_shares(sizes, rate, correlation, replicates=replicates, seed=seed)
        if rates[0] < 0.2:  # hardly ever judged: says nothing
            continue
        shown = " | ".join(f"{one:.3f}" for one in rates)
        yield f"| {clusters} | {kind} | {rate} | {correlation} | {shown} |"


if __name__ == "__main__":
    print("\n".join(crossed_table(replicates=10_000)))
    print()
    print("\n".join(cluster_table(replicates=4_000)))
