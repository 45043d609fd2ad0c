"""Means of items and of runs: t, sign flips, permutations, bootstraps, covariates."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from benchmarks.calibration.cells import PERMUTED, RESAMPLED, SLOW, Cell
from benchmarks.calibration.laws import LAWS, Generator, arms, data, one, pairs

from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.spec.model import Kind


ITEMS = ("normal", "t(3)", "lognormal(.5)", "lognormal(1)", "exponential", "Beta(.5, .5)",
         "Poisson(2)", "5 % outliers", "2 decimals")  # fmt: skip
RUNS = ("normal", "lognormal(.25)", "accuracy of 200", "5 % outliers")
SKEWED = (0.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0)
INFORMATIVE = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)

cell = partial(Cell, group="means", estimates=Family.MEAN)


def means() -> Iterator[Cell]:
    """Yield every cell about means."""
    yield from items()
    yield from items_of_two_arms()
    yield from discrete()
    yield from runs()
    yield from flips_and_permutations()
    yield from bootstraps()
    yield from covariates()


def items() -> Iterator[Cell]:
    for law in ITEMS:
        for n in (10, 20, 30, 50, 100, 300):
            yield cell(method=Method.ONE_SAMPLE_T, design="one arm", law=law, n=str(n),
                       draw=one(law, n), limit=LAWS[law].mean, axis="units", at=n)  # fmt: skip
    for law in ("lognormal(.5)", "lognormal(1)", "exponential"):
        for n in (30, 60, 100, 300, 1000):
            yield cell(method=Method.ONE_SAMPLE_T, design="one arm", law=law, n=str(n),
                       draw=one(law, n), limit=LAWS[law].mean,
                       axis="skewness_factor", thresholds=SKEWED)  # fmt: skip


def items_of_two_arms() -> Iterator[Cell]:
    for law in ("normal", "t(3)", "lognormal(.5)", "2 decimals"):
        for n in (30, 100):
            yield cell(method=Method.PAIRED_T, design="paired", law=law, n=str(n),
                       draw=pairs(law, n), limit=LAWS[law].mean, axis="units", at=n)  # fmt: skip
    for law in ("normal", "t(3)", "lognormal(.5)", "lognormal(1)"):
        for n, m, scale in ((10, 10, 1), (20, 20, 1), (30, 30, 1), (30, 90, 1), (30, 300, 1),
                            (30, 30, 4), (30, 90, 4), (90, 30, 4), (100, 100, 1)):  # fmt: skip
            yield cell(method=Method.WELCH_T, design=f"unpaired, sd ratio {scale}", law=law,
                       n=f"{n} v {m}", draw=arms(law, n, m, scale=scale), limit=0.0,
                       axis="units", at=min(n, m))  # fmt: skip
    for law, n in (("lognormal(.5)", 30), ("lognormal(1)", 30), ("lognormal(1)", 100)):
        yield cell(method=Method.WELCH_T, estimates=Family.GEOMEAN, design="unpaired, geomean",
                   law=law, n=f"{n} v {n}", draw=arms(law, n, n), limit=1.0)  # fmt: skip


def discrete() -> Iterator[Cell]:
    """Yield margins on paired differences that are mostly 0."""
    for better, worse in ((0.01, 0.04), (0.02, 0.05), (0.05, 0.10), (0.001, 0.03), (0.1, 0.15)):
        for n in (100, 200, 500):
            words = f"0, +-.5, +-1: {better:g} better, {worse:g} worse"
            limit = 0.75 * (better - worse)
            draw = _graded(n, better, worse)
            yield cell(method=Method.PAIRED_T, design="paired, margin", law=words, n=str(n),
                       draw=draw, limit=limit, axis="informative_units",
                       thresholds=INFORMATIVE)  # fmt: skip
            if n < 500:
                yield cell(method=Method.ROUNDED_TANGO, design="paired, margin", law=words,
                           n=str(n), draw=draw, limit=limit, kind=Kind.BOUNDED, width=1.0,
                           promise="conservative")  # fmt: skip


def _graded(n: int, better: float, worse: float) -> "partial[Data]":
    return partial(_draw_graded, n, better, worse)


def _draw_graded(n: int, better: float, worse: float, rng: Generator) -> Data:
    shares = (better / 2, better / 2, worse / 2, worse / 2, 1 - better - worse)
    candidate = rng.choice((0.5, 1.0, -0.5, -1.0, 0.0), size=n, p=shares)
    return data(candidate, np.zeros(n), paired=True)


def runs() -> Iterator[Cell]:
    run = partial(cell, unit=Unit.RUN)
    for law in RUNS:
        mean = LAWS[law].mean
        for n in (2, 3, 5, 10, 30):
            few = partial(run, axis="runs", at=n)
            yield few(method=Method.ONE_SAMPLE_T, design="one arm, runs", law=law, n=str(n),
                      draw=one(law, n), limit=mean)  # fmt: skip
            yield few(method=Method.PAIRED_T, design="paired runs", law=law, n=str(n),
                      draw=pairs(law, n), limit=mean)  # fmt: skip
            yield few(method=Method.WELCH_T, design="unpaired runs", law=law, n=f"{n} v {n}",
                      draw=arms(law, n, n), limit=0.0)  # fmt: skip
    for law in ("normal", "lognormal(.25)", "lognormal(.5)"):
        for n, m in ((3, 4), (3, 5), (3, 6), (5, 10), (10, 20), (3, 9), (5, 15), (3, 15), (3, 30)):
            yield run(method=Method.WELCH_T, design="unpaired runs, other n", law=law,
                      n=f"{n} v {m}", draw=arms(law, n, m), limit=0.0,
                      axis="skewed_run_ratio", at=m / n)  # fmt: skip
    for n, m in ((3, 3), (5, 5), (3, 30)):
        yield run(method=Method.WELCH_T, design="unpaired runs", law="lognormal(1)",
                  n=f"{n} v {m}", draw=arms("lognormal(1)", n, m), limit=0.0)  # fmt: skip
    for n, m in ((3, 3), (5, 5), (3, 6), (6, 3)):
        yield run(method=Method.WELCH_T, design="unpaired runs, sd ratio 4", law="normal",
                  n=f"{n} v {m}", draw=arms("normal", n, m, scale=4.0), limit=0.0)  # fmt: skip


def flips_and_permutations() -> Iterator[Cell]:
    for law in ("normal", "t(3)", "2 decimals"):
        for n in (5, 10, 20):
            yield cell(method=Method.SIGN_FLIP, design="paired, no margin", law=law, n=str(n),
                       draw=pairs(law, n), limit=0.0, has_margin=False, promise="exact",
                       replicates=PERMUTED)  # fmt: skip
    yield cell(method=Method.SIGN_FLIP, design="paired, no margin", law="normal", n="29",
               draw=pairs("normal", 29), limit=0.0, has_margin=False, promise="exact",
               replicates=PERMUTED)  # fmt: skip
    for law in ("normal", "lognormal(1)", "Poisson(2)"):
        for n in (5, 7):
            yield cell(method=Method.PERMUTATION, design="unpaired, no margin", law=law,
                       n=f"{n} v {n}", draw=arms(law, n, n), limit=0.0, has_margin=False,
                       promise="exact", replicates=PERMUTED)  # fmt: skip
    yield cell(method=Method.PERMUTATION, design="unpaired, no margin", law="normal", n="29 v 29",
               draw=arms("normal", 29, 29), limit=0.0, has_margin=False, promise="exact",
               replicates=2 * SLOW)  # fmt: skip
    for n, m in ((6, 6), (7, 8), (6, 7), (5, 6), (4, 5), (6, 8), (6, 9), (5, 8), (5, 10)):
        yield cell(method=Method.PERMUTATION, design="unpaired, sd ratio 4", law="normal",
                   n=f"{n} v {m}", draw=arms("normal", n, m, scale=4.0), limit=0.0,
                   has_margin=False, replicates=RESAMPLED, axis="permutation_ratio",
                   at=m / n)  # fmt: skip


def bootstraps() -> Iterator[Cell]:
    for law in ("normal", "lognormal(.5)", "Beta(.5, .5)", "exponential"):
        for n in (20, 30, 50, 100):
            for method in (Method.BOOTSTRAP_T, Method.BCA_BOOTSTRAP):
                yield cell(method=method, design="one arm", law=law, n=str(n), draw=one(law, n),
                           limit=LAWS[law].mean, replicates=RESAMPLED, axis="bootstrap_units",
                           at=n, draws=1_999)  # fmt: skip


def covariates() -> Iterator[Cell]:
    for law in ("normal", "t(3)", "lognormal(.5)"):
        for n in (3, 4, 5, 8, 10, 20, 50):
            yield cell(method=Method.ANCOVA, estimates=Family.ADJUSTED, design="unpaired",
                       law=f"covariate + {law}", n=f"{n} v {n}", draw=_adjusted(law, n, n),
                       limit=0.0, axis="adjusted_units", at=n)  # fmt: skip
        for n, m in ((5, 10), (10, 20), (8, 20), (5, 15), (10, 30), (5, 20), (10, 50)):
            yield cell(method=Method.ANCOVA, estimates=Family.ADJUSTED, design="unpaired, other n",
                       law=f"covariate + {law}", n=f"{n} v {m}", draw=_adjusted(law, n, m),
                       limit=0.0, axis="adjusted_ratio", at=m / n)  # fmt: skip


def _adjusted(law: str, n: int, m: int) -> "partial[Data]":
    return partial(_draw_adjusted, law, n, m)


def _draw_adjusted(law: str, n: int, m: int, rng: Generator) -> Data:
    before = [rng.standard_normal(size) for size in (n, m)]
    after = [one + LAWS[law].draw(rng, one.size) for one in before]
    return data(
        after[0],
        after[1],
        candidate_extras={"covariate": before[0]},
        baseline_extras={"covariate": before[1]},
    )
