"""Clusters, runs crossed with units, and tasks."""

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from benchmarks.calibration.cells import PERMUTED, SLOW, TABLES, Cell
from benchmarks.calibration.laws import LAWS, Floats, Generator, Whole, data
from scipy.special import ndtri

from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.spec.model import Kind


cluster = partial(Cell, group="clusters", estimates=Family.MEAN)
cross = partial(Cell, group="crossed", estimates=Family.MEAN, unit=Unit.CROSSED, replicates=TABLES)
task = partial(Cell, group="tasks", replicates=TABLES)

DF = (0.0, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0)
DISCORDANT = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0)
SPREADS = (10.0, 0.8, 0.6, 0.5, 0.4, 0.34, 0.28, 0.2, 0.1)
SKEWNESSES = (99.0, 3.0, 2.0, 1.5, 1.0, 0.7, 0.5)


def clusters() -> Iterator[Cell]:
    yield from equal_clusters()
    yield from flipped_and_bounded_clusters()
    yield from unequal_clusters()
    yield from binary_clusters()


def equal_clusters() -> Iterator[Cell]:
    for law in ("normal", "lognormal(.5)", "5 % outliers"):
        for count in (3, 4, 5, 8, 10, 15, 20, 30):
            sizes = np.full(count, 10)
            for design in ("one arm", "unpaired"):
                yield cluster(method=Method.CLUSTER_ROBUST, design=design,
                              law=f"{law}, ICC .3, size 10", n=str(count),
                              draw=_clusters(design, law, sizes, 0.3), limit=0.0,
                              axis="clusters", at=count)  # fmt: skip
            if law == "normal":
                yield cluster(method=Method.CLUSTER_ROBUST, design="paired",
                              law=f"{law}, ICC .6, size 10", n=str(count),
                              draw=_clusters("paired", law, sizes, 0.6), limit=0.0,
                              axis="clusters", at=count)  # fmt: skip


def flipped_and_bounded_clusters() -> Iterator[Cell]:
    for law in ("normal", "5 % outliers"):
        for count in (5, 8, 10, 14):
            yield cluster(method=Method.CLUSTER_SIGN_FLIP, design="paired",
                          law=f"{law}, ICC .3, size 10", n=str(count),
                          draw=_clusters("paired", law, np.full(count, 10), 0.3), limit=0.0,
                          has_margin=False, promise="exact", replicates=PERMUTED)  # fmt: skip
    for law in ("Beta(.5, .5)", "Beta(8, 2)"):
        for count in (5, 8, 10, 15, 20, 30):
            yield cluster(method=Method.CLUSTER_ROBUST, design="one arm",
                          law=f"cluster means {law}, size 10", n=str(count), kind=Kind.BOUNDED,
                          draw=_clusters("one arm", law, np.full(count, 10), 0.9), limit=0.0,
                          axis="clusters_of_shares", at=count)  # fmt: skip


def zipf(count: int, largest: int = 60) -> Whole:
    """Return cluster sizes largest / rank."""
    return np.maximum(1, largest // np.arange(1, count + 1))


def unequal_clusters() -> Iterator[Cell]:
    for icc in (0.1, 0.3, 0.6):
        for count in (5, 8, 10, 20, 30, 60):
            yield cluster(method=Method.CLUSTER_ROBUST, design="one arm",
                          law=f"normal, ICC {icc:g}, sizes 60/k", n=str(count),
                          draw=_clusters("one arm", "normal", zipf(count), icc), limit=0.0,
                          axis="cluster_df", thresholds=DF)  # fmt: skip
        yield cluster(method=Method.CLUSTER_SIGN_FLIP, design="paired",
                      law=f"normal, ICC {icc:g}, sizes 60/k", n="8",
                      draw=_clusters("paired", "normal", zipf(8), icc), limit=0.0,
                      has_margin=False, promise="exact", replicates=PERMUTED)  # fmt: skip
    for law in ("normal", "lognormal(.5)"):
        sizes = np.array([100, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5])
        yield cluster(method=Method.CLUSTER_ROBUST, design="one arm",
                      law=f"{law}, ICC .3, one of 100 and eleven of 5", n="12",
                      draw=_clusters("one arm", law, sizes, 0.3), limit=0.0,
                      axis="cluster_df", thresholds=DF)  # fmt: skip


def binary_clusters() -> Iterator[Cell]:
    for count, rate, icc in ((20, 0.7, 0.1), (40, 0.7, 0.4), (40, 0.9, 0.1), (80, 0.9, 0.4),
                             (170, 0.95, 0.1), (170, 0.98, 0.4)):  # fmt: skip
        for words, sizes in (("size 2", np.full(count, 2)), ("size 8", np.full(count, 8)),
                             ("sizes 40/k", zipf(count, 40))):  # fmt: skip
            yield cluster(method=Method.CLUSTER_ROBUST, design="one arm, 0/1",
                          law=f"rate {rate:g}, ICC {icc:g}, {words}", n=str(count),
                          draw=partial(_binary, sizes, rate, icc), limit=rate, kind=Kind.BINARY,
                          axis="discordant_clusters", thresholds=DISCORDANT)  # fmt: skip
    for count, worse in ((20, 0.1), (40, 0.05), (80, 0.02), (80, 0.05)):
        yield cluster(method=Method.CLUSTER_ROBUST, design="paired, 0/1, margin",
                      law=f".01 better, {worse:g} worse, size 8", n=str(count),
                      draw=partial(_discordant, count, 0.01, worse), limit=0.01 - worse,
                      kind=Kind.BINARY, axis="discordant_clusters", thresholds=DISCORDANT,
                      )  # fmt: skip


def _clusters(design: str, law: str, sizes: Whole, icc: float) -> "partial[Data]":
    index = np.repeat(np.arange(len(sizes)), sizes)
    names = tuple(f"c{one:03d}" for one in index)
    return partial(_draw_clusters, design, LAWS[law].mean, law, icc, index, names)


def _draw_clusters(  # noqa: PLR0913, PLR0917 - a design, its law and its clusters
    design: str, mean: float, law: str, icc: float, index: Whole, names: tuple[str, ...],
    rng: Generator,
) -> Data:  # fmt: skip
    def arm() -> Floats:
        effects = LAWS[law].draw(rng, int(index[-1]) + 1) - mean
        noise = rng.standard_normal(index.size) * math.sqrt((1.0 - icc) / icc)
        return np.asarray(effects[index] + noise)

    if design == "one arm":
        return data(arm(), candidate_clusters=names)
    if design == "unpaired":
        return data(arm(), arm(), candidate_clusters=names, baseline_clusters=names)
    return data(arm(), np.zeros(index.size), paired=True, candidate_clusters=names)


def _binary(sizes: Whole, rate: float, icc: float, rng: Generator) -> Data:
    index = np.repeat(np.arange(len(sizes)), sizes)
    latent = math.sqrt(icc) * rng.standard_normal(len(sizes))[index]
    latent = latent + math.sqrt(1.0 - icc) * rng.standard_normal(index.size)
    return data((latent < ndtri(rate)).astype(float), candidate_clusters=_names(index))


def _discordant(count: int, better: float, worse: float, rng: Generator) -> Data:
    index = np.repeat(np.arange(count), 8)
    latent = math.sqrt(0.3) * rng.standard_normal(count)[index]
    latent = latent + math.sqrt(0.7) * rng.standard_normal(index.size)
    base = (rng.random(index.size) < 0.8).astype(float)
    # Nested cuts of one latent variable would tie the directions; a coin keeps them apart.
    is_worse, is_better = latent < ndtri(worse), latent > -ndtri(better)
    base[is_worse], base[is_better] = 1.0, 0.0
    candidate = base.copy()
    candidate[is_worse], candidate[is_better] = 0.0, 1.0
    return data(candidate, base, paired=True, candidate_clusters=_names(index))


def _names(index: Whole) -> tuple[str, ...]:
    return tuple(f"c{one:03d}" for one in index.tolist())


def crossed() -> Iterator[Cell]:
    yield from crossed_sizes()
    yield from crossed_ratios()
    yield from crossed_limits()
    yield from mixed()


def crossed_sizes() -> Iterator[Cell]:
    for runs in (2, 3, 5, 10):
        for share in (0.0, 0.1, 0.5):
            for design in ("paired", "independent"):
                yield cross(method=Method.CROSSED, design=f"{design} runs",
                            law=f"normal, run share {share:g}", n=f"{runs} x 50",
                            draw=_cells(design, (runs, runs), 50, share), limit=0.0,
                            are_runs_paired=design == "paired", axis="runs",
                            at=runs)  # fmt: skip
    for units in (10, 20, 30, 50, 200):
        for rate in (None, 0.5, 0.9):
            law = "normal" if rate is None else f"0/1, rate {rate:g}"
            yield cross(method=Method.CROSSED, design="independent runs",
                        law=f"{law}, run share .1", n=f"5 x {units}",
                        draw=_cells("independent", (5, 5), units, 0.1, rate=rate), limit=0.0,
                        has_margin=False, axis="crossed_units", at=units)  # fmt: skip
    yield cross(method=Method.CROSSED, design="independent runs", law="normal, run share .5",
                n="3 x 500", draw=_cells("independent", (3, 3), 500, 0.5), limit=0.0)  # fmt: skip
    yield cross(method=Method.CROSSED, design="paired runs", law="normal, run share .5",
                n="3 x 500", draw=_cells("paired", (3, 3), 500, 0.5), limit=0.0,
                are_runs_paired=True)  # fmt: skip
    yield cross(method=Method.CROSSED, design="independent runs", law="normal, run share .1",
                n="5 x 200", draw=_cells("independent", (5, 5), 200, 0.1), limit=0.0)  # fmt: skip


def crossed_ratios() -> Iterator[Cell]:
    for n, m in ((3, 3), (3, 4), (3, 5), (6, 9), (3, 6), (5, 10), (3, 10)):
        for law in ("normal", "lognormal(.25)", "lognormal(.5)"):
            yield cross(method=Method.CROSSED, design="independent runs",
                        law=f"runs {law}, share .5", n=f"{n} v {m} x 50",
                        draw=_cells("independent", (n, m), 50, 0.5, run_law=law), limit=0.0,
                        axis="crossed_run_ratio", at=m / n)  # fmt: skip


def crossed_limits() -> Iterator[Cell]:
    for runs, units in ((3, 300), (5, 300), (10, 300)):
        for rate in (0.8, 0.9, 0.95):
            for share in (0.05, 0.2, 0.5):
                yield cross(method=Method.CROSSED, design="one arm, 0/1",
                            law=f"rate {rate:g}, run share {share:g}", n=f"{runs} x {units}",
                            draw=_cells("one arm", (runs,), units, share, rate=rate),
                            limit=rate, kind=Kind.BINARY, axis="run_spread",
                            thresholds=SPREADS)  # fmt: skip
    for law in ("normal", "lognormal(.5)", "lognormal(1)", "exponential"):
        for runs, units in ((3, 50), (5, 200)):
            yield cross(method=Method.CROSSED, design="one arm", law=f"units {law}",
                        n=f"{runs} x {units}",
                        draw=partial(_skewed_units, law, runs, units), limit=LAWS[law].mean,
                        axis="skewness_one_arm", thresholds=SKEWNESSES)  # fmt: skip


def _cells(
    design: str,
    runs: tuple[int, ...],
    units: int,
    share: float,
    *,
    rate: float | None = None,
    run_law: str = "normal",
) -> "partial[Data]":
    return partial(_draw_cells, design, runs, units, share, rate, run_law)


def _draw_cells(  # noqa: PLR0913, PLR0917 - as _cells
    design: str, runs: tuple[int, ...], units: int, share: float, rate: float | None,
    run_law: str, rng: Generator,
) -> Data:  # fmt: skip
    difficulty = rng.standard_normal((1, units))
    law = LAWS[run_law]
    scale = math.sqrt(share) / _sd(run_law)

    def arm(count: int) -> Floats:
        noise = math.sqrt(0.9 - share) * rng.standard_normal((count, units))
        noise += scale * (law.draw(rng, count) - law.mean)[:, None]
        noise += math.sqrt(0.1) * rng.standard_normal((1, units))
        if rate is None:
            return np.asarray(difficulty + noise if design != "one arm" else noise)
        return np.asarray(math.sqrt(0.5) * (difficulty + noise) < ndtri(rate), dtype=float)

    cells = [arm(count) for count in runs]
    if design == "one arm":
        return data(cells[0].mean(axis=0), candidate_cells=cells[0])
    return data(cells[0].mean(axis=0), cells[1].mean(axis=0), paired=True,
                candidate_cells=cells[0], baseline_cells=cells[1])  # fmt: skip


def _sd(law: str) -> float:
    sigma = {"normal": 0.0, "lognormal(.25)": 0.25, "lognormal(.5)": 0.5}[law]
    return 1.0 if not sigma else math.sqrt(math.expm1(sigma**2) * math.exp(sigma**2))


def _skewed_units(law: str, runs: int, units: int, rng: Generator) -> Data:
    cells = LAWS[law].draw(rng, units)[None, :] + 0.5 * rng.standard_normal((runs, units))
    cells = cells + 0.1 * rng.standard_normal((runs, 1))
    return data(cells.mean(axis=0), candidate_cells=cells)


def mixed() -> Iterator[Cell]:
    for filled in (0.3, 0.5, 0.7, 0.9):
        for share in (0.1, 0.5):
            yield cross(method=Method.MIXED_MODEL, design="paired runs, holes",
                        law=f"normal, run share {share:g}, {filled:g} filled", n="3 x 20",
                        draw=partial(_holed, 3, 20, share, filled), limit=0.0,
                        are_runs_paired=True, axis="filled_cells", at=filled,
                        replicates=SLOW)  # fmt: skip
    yield cross(method=Method.MIXED_MODEL, design="paired runs, holes",
                law="normal, run share .1, 0.8 filled", n="5 x 40",
                draw=partial(_holed, 5, 40, 0.1, 0.8), limit=0.0, are_runs_paired=True,
                replicates=SLOW)  # fmt: skip


def _holed(runs: int, units: int, share: float, filled: float, rng: Generator) -> Data:
    cells = _draw_cells("paired", (runs, runs), units, share, None, "normal", rng)
    kept = rng.random((runs, units)) < filled
    run, unit = np.nonzero(kept)
    at = (tuple(f"r{one}" for one in run), tuple(f"u{one:03d}" for one in unit))
    candidate, baseline = cells.candidate_cells, cells.baseline_cells
    if candidate is None or baseline is None:
        raise ValueError("a table has cells")
    return data(candidate[kept], baseline[kept], paired=True, candidate_at=at, baseline_at=at)


def tasks() -> Iterator[Cell]:
    for law in ("normal", "lognormal(.5)"):
        for count, each in ((3, 2), (5, 2), (3, 3), (5, 3), (10, 2), (3, 5), (5, 5), (10, 10)):
            yield task(method=Method.FIXED_TASKS, estimates=Family.FIXED_TASKS,
                       design="unpaired runs in tasks", law=f"{law}, scales 1 to 3",
                       n=f"{count} x {each}", draw=_tasks(law, count, each), limit=0.0,
                       unit=Unit.RUN, axis="task_units", at=each)  # fmt: skip
        for count, each in ((2, 2), (2, 3), (3, 2), (2, 5), (5, 2), (2, 10), (3, 4)):
            yield task(method=Method.FIXED_TASKS, estimates=Family.FIXED_TASKS,
                       design="unpaired runs in tasks, total", law=f"{law}, scales 1 to 3",
                       n=f"{count} x {each}", draw=_tasks(law, count, each), limit=0.0,
                       unit=Unit.RUN, axis="task_total", at=count * each)  # fmt: skip
        for count in (3, 5, 8, 10, 20):
            yield task(method=Method.RANDOM_TASKS, estimates=Family.RANDOM_TASKS,
                       design="unpaired, tasks drawn", law=f"task effects {law}",
                       n=f"{count} x 5", draw=_tasks(law, count, 5, drawn=True), limit=0.0,
                       unit=Unit.RUN, axis="random_tasks", at=count)  # fmt: skip
        for count, each in ((3, 5), (4, 5), (5, 3), (5, 5), (8, 5), (10, 10)):
            yield task(method=Method.FIXED_TASKS, estimates=Family.IQM_TASKS,
                       design="unpaired, IQM over tasks", law=law, n=f"{count} x {each}",
                       draw=_tasks(law, count, each), limit=0.0, unit=Unit.RUN,
                       axis="iqm_tasks", at=count)  # fmt: skip
        for n, m in ((3, 3), (3, 4), (5, 8), (3, 5), (3, 6), (5, 10), (3, 9)):
            yield task(method=Method.FIXED_TASKS, estimates=Family.FIXED_TASKS,
                       design="unpaired runs in tasks, other n", law=f"{law}, scales 1 to 3",
                       n=f"5 x {n} v {m}", draw=_tasks(law, 5, n, others=m), limit=0.0,
                       unit=Unit.RUN, axis="task_run_ratio", at=m / n)  # fmt: skip


def _tasks(
    law: str, count: int, each: int, *, others: int | None = None, drawn: bool = False
) -> "partial[Data]":
    indices = tuple(np.repeat(np.arange(count), size) for size in (each, others or each))
    return partial(_draw_tasks, law, indices, np.linspace(1.0, 3.0, count), drawn=drawn)


def _draw_tasks(
    law: str, indices: Sequence[Whole], scales: Floats, rng: Generator, *, drawn: bool
) -> Data:
    known = LAWS[law]

    def arm(index: Whole) -> Floats:
        noise = known.draw(rng, index.size) - known.mean
        return np.asarray(10.0 * index + scales[index] * noise)

    candidate, baseline = arm(indices[0]), arm(indices[1])
    if drawn:
        candidate = candidate + (known.draw(rng, scales.size) - known.mean)[indices[0]]
    names = [tuple(f"t{one:02d}" for one in index.tolist()) for index in indices]
    return data(candidate, baseline, candidate_tasks=names[0], baseline_tasks=names[1])
