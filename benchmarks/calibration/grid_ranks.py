"""Ranks, win rates, spreads and quantiles."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
from benchmarks.calibration.cells import PERMUTED, RESAMPLED, Cell
from benchmarks.calibration.laws import Generator, arms, data, one, pairs
from scipy.special import ndtr, ndtri

from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data


rank = partial(Cell, group="ranks")


def ranks() -> Iterator[Cell]:
    yield from win_rates()
    yield from rank_tests()
    yield from spreads()
    yield from quantiles()


def win_rates() -> Iterator[Cell]:
    win = partial(rank, method=Method.BRUNNER_MUNZEL, estimates=Family.WIN_RATE)
    for n in (2, 3, 4, 5, 6, 10, 20, 30):
        for law, scale in (("normal", 1), ("lognormal(1)", 1), ("Poisson(2)", 1), ("normal", 4)):
            yield win(design=f"unpaired, sd ratio {scale}", law=law, n=f"{n} v {n}", limit=0.5,
                      draw=arms(law, n, n, scale=scale), has_margin=False,
                      axis="ranked_units", at=n, replicates=RESAMPLED)  # fmt: skip
    for n, m in ((3, 3), (4, 4), (4, 5), (3, 4), (4, 6), (3, 6), (4, 8), (3, 9), (4, 12), (3, 12)):
        for scale in (1, 4):
            yield win(design=f"unpaired, other n, sd ratio {scale}", law="normal", limit=0.5,
                      n=f"{n} v {m}", draw=arms("normal", n, m, scale=scale), has_margin=False,
                      axis="ranked_ratio", at=m / n, replicates=RESAMPLED)  # fmt: skip
    for n in (4, 5, 7, 10, 15, 20, 30, 100):
        for shift in (-0.5, 0.8):
            yield win(design="unpaired, margin", law=f"normal, shifted by {shift:g}",
                      n=f"{n} v {n}", draw=partial(_shifted, n, shift),
                      limit=float(ndtr(shift / math.sqrt(2.0))), axis="ranked_units_margin",
                      at=n, replicates=RESAMPLED)  # fmt: skip


def _shifted(n: int, shift: float, rng: Generator) -> Data:
    return data(shift + rng.standard_normal(n), rng.standard_normal(n))


def rank_tests() -> Iterator[Cell]:
    median = partial(
        rank, estimates=Family.QUANTILE, quantile=0.5, has_margin=False, promise="exact",
        replicates=PERMUTED, limit=0.0,
    )  # fmt: skip
    for law in ("normal", "lognormal(1)", "2 decimals"):
        for n in (5, 10):
            yield median(method=Method.MANN_WHITNEY, design="unpaired", law=law, n=f"{n} v {n}",
                         draw=arms(law, n, n))  # fmt: skip
    yield median(method=Method.MANN_WHITNEY, design="unpaired", law="normal", n="30 v 30",
                 draw=arms("normal", 30, 30))  # fmt: skip
    for law in ("normal", "t(3)", "2 decimals"):
        for n in (5, 8, 20, 50):
            yield median(method=Method.SIGNED_RANK, design="paired", law=law, n=str(n),
                         draw=pairs(law, n))  # fmt: skip


def spreads() -> Iterator[Cell]:
    spread = partial(rank, method=Method.BROWN_FORSYTHE, estimates=Family.SPREAD, unit=Unit.RUN)
    for law in ("normal", "t(3)", "lognormal(.25)"):
        for n in (3, 4, 5, 8, 10, 20, 50):
            yield spread(design="unpaired, ratio", law=law, n=f"{n} v {n}", draw=arms(law, n, n),
                         limit=1.0, is_relative=True, axis="spread_units", at=n)  # fmt: skip
            if law == "normal":
                yield spread(design="unpaired, difference", law=law, n=f"{n} v {n}",
                             draw=arms(law, n, n), limit=0.0, axis="spread_units",
                             at=n)  # fmt: skip
        for n, m in ((5, 8), (5, 10), (5, 12), (5, 15), (5, 20), (10, 20), (10, 30), (10, 50)):
            yield spread(design="unpaired, other n", law=law, n=f"{n} v {m}",
                         draw=arms(law, n, m), limit=1.0, is_relative=True,
                         axis="spread_ratio", at=m / n)  # fmt: skip


def quantiles() -> Iterator[Cell]:
    quantile = partial(rank, estimates=Family.QUANTILE)
    for p, n in ((0.5, 10), (0.5, 30), (0.5, 100), (0.95, 100), (0.95, 500), (0.99, 100),
                 (0.99, 500)):  # fmt: skip
        for law in ("normal", "lognormal(1)"):
            yield quantile(method=Method.ORDER_STATISTIC, design=f"one arm, p{100 * p:g}", law=law,
                           n=str(n), draw=one(law, n), limit=_quantile(law, p), quantile=p,
                           promise="exact")  # fmt: skip
    for p, n in ((0.5, 10), (0.5, 30), (0.5, 100), (0.95, 100), (0.95, 500)):
        for law in ("normal", "lognormal(1)"):
            yield quantile(method=Method.QUANTILE_DIFFERENCE, design=f"unpaired, p{100 * p:g}",
                           law=law, n=f"{n} v {n}", draw=arms(law, n, n), limit=0.0, quantile=p,
                           promise="conservative")  # fmt: skip
            yield quantile(method=Method.QUANTILE_DIFFERENCE, design=f"paired, p{100 * p:g}",
                           law=law, n=str(n), draw=partial(_paired_quantiles, law, n), limit=0.0,
                           quantile=p, promise="conservative")  # fmt: skip
    yield from medians()


def medians() -> Iterator[Cell]:
    quantile = partial(rank, estimates=Family.QUANTILE)
    for n in (15, 30, 100):
        yield quantile(method=Method.PRICE_BONETT, design="unpaired, median, rounded",
                       law="2 decimals", n=f"{n} v {n}", draw=arms("2 decimals", n, n),
                       limit=0.0, quantile=0.5, promise="conservative")  # fmt: skip
    for law in ("normal", "lognormal(1)", "t(3)"):
        for n in (5, 8, 10, 15, 20, 30, 100):
            yield quantile(method=Method.PRICE_BONETT, design="unpaired, median", law=law,
                           n=f"{n} v {n}", draw=arms(law, n, n), limit=0.0, quantile=0.5,
                           promise="conservative", axis="median_units", at=n)  # fmt: skip


def _paired_quantiles(law: str, n: int, rng: Generator) -> Data:
    """Draw pairs with equal margins that share some of their ranks."""
    shared = rng.standard_normal(n)
    latent = [math.sqrt(0.5) * (shared + rng.standard_normal(n)) for _ in range(2)]
    if law != "normal":
        latent = [np.exp(values) for values in latent]
    return data(latent[0], latent[1], paired=True)


def _quantile(law: str, p: float) -> float:
    z = float(ndtri(p))
    return z if law == "normal" else math.exp(z)
