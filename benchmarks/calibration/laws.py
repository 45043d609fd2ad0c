"""The laws that data are drawn from, each with its mean, and the designs they fill."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.evidence import Counts
from pytest_evalgate.gate.data import Data


Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[Any]  # of whole numbers
Generator: TypeAlias = np.random.Generator


@dataclass(frozen=True, slots=True)
class Law:
    """How single values are drawn, and their mean."""

    draw: Callable[[Generator, int], Floats]
    mean: float


def _outliers(rng: Generator, n: int) -> Floats:
    values = rng.standard_normal(n)
    values[rng.random(n) < 0.05] *= 5.0
    return values


def _lognormal(sigma: float) -> Law:
    return Law(lambda rng, n: rng.lognormal(0.0, sigma, n), math.exp(sigma**2 / 2.0))


LAWS: Mapping[str, Law] = {
    "normal": Law(lambda rng, n: rng.standard_normal(n), 0.0),
    "t(3)": Law(lambda rng, n: rng.standard_t(3.0, n), 0.0),
    "lognormal(.25)": _lognormal(0.25),
    "lognormal(.5)": _lognormal(0.5),
    "lognormal(1)": _lognormal(1.0),
    "exponential": Law(lambda rng, n: rng.standard_exponential(n), 1.0),
    "Beta(.5, .5)": Law(lambda rng, n: rng.beta(0.5, 0.5, n), 0.5),
    "Beta(8, 2)": Law(lambda rng, n: rng.beta(8.0, 2.0, n), 0.8),
    "Poisson(2)": Law(lambda rng, n: rng.poisson(2.0, n).astype(np.float64), 2.0),
    "5 % outliers": Law(_outliers, 0.0),
    "2 decimals": Law(lambda rng, n: np.round(0.02 * rng.standard_normal(n), 2), 0.0),
    "accuracy of 200": Law(lambda rng, n: rng.binomial(200, 0.8, n) / 200.0, 0.8),
}


def data(
    candidate: Floats, baseline: Floats | None = None, *, paired: bool = False, **more: object
) -> Data:
    """Return the arrays of a rule."""
    return Data(candidate=candidate, baseline=baseline, is_paired=paired, counts=Counts(), **more)  # type: ignore[arg-type]  # further fields by name


def one(law: str, n: int) -> Callable[[Generator], Data]:
    """Draw one arm."""
    return lambda rng: data(LAWS[law].draw(rng, n))


def pairs(law: str, n: int) -> Callable[[Generator], Data]:
    """Draw pairs whose differences have a law."""

    def draw(rng: Generator) -> Data:
        baseline = rng.standard_normal(n) if law == "normal" else np.zeros(n)
        return data(baseline + LAWS[law].draw(rng, n), baseline, paired=True)

    return draw


def arms(law: str, n: int, m: int, *, scale: float = 1.0) -> Callable[[Generator], Data]:
    """Draw two independent arms of one mean; the candidate's spread is ``scale`` times."""
    drawn = LAWS[law]

    def draw(rng: Generator) -> Data:
        candidate = drawn.mean + scale * (drawn.draw(rng, n) - drawn.mean)
        return data(candidate, drawn.draw(rng, m))

    return draw
