"""The power of each method, held against other sources and against simulated judging."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import binom
from statsmodels.stats.power import TTestPower  # type: ignore[import-untyped]

from pytest_evalgate.evidence import Bounds, Counts, Scale
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.infer import METHODS
from pytest_evalgate.gate.plan import PlanQuestion, plan_rule, power_of
from pytest_evalgate.gate.planning_methods import PLANNERS
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats.crossed import crossed_paired
from pytest_evalgate.stats.result import Inference


Array = NDArray[np.float64]
ALPHA, POWER = 0.05, 0.8


def scores(n: int, mean: float = 0.0, spread: float = 1.0) -> Array:
    """Return a sample that is as normal as n values can be, with this mean and deviation."""
    raw = ndtri((np.arange(n) + 0.5) / n)
    mixed = np.random.default_rng(n).permutation(raw)
    return np.asarray(mean + spread * mixed / np.std(mixed, ddof=1))


def arms(candidate: ArrayLike, baseline: ArrayLike | None = None, *, paired: bool = False) -> Data:
    return Data(
        candidate=np.asarray(candidate, dtype=np.float64),
        baseline=None if baseline is None else np.asarray(baseline, dtype=np.float64),
        is_paired=paired,
        counts=Counts(),
    )


def question(method: Method, **keys: object) -> PlanQuestion:
    given = {
        "family": Family.MEAN, "unit": Unit.ITEM, "claim": Claim.SUPERIORITY,
        "bounds": Bounds(low=0.0), "scale": Scale.DIFFERENCE, "expect": None, "quantile": None,
        "alpha": ALPHA, "power": POWER,
    }  # fmt: skip
    return PlanQuestion(method=method, **{**given, **keys})  # type: ignore[arg-type]


def inferred(asked: PlanQuestion, data: Data) -> Inference:
    return METHODS[asked.method](
        Ask(
            method=asked.method,
            data=data,
            family=asked.family,
            rule_id="r",
            bounds=asked.bounds,
            is_relative=asked.scale is Scale.RATIO,
            quantile=asked.quantile,
            draws=999,
        )
    )


def test_every_method_is_planned() -> None:
    assert set(PLANNERS) == set(Method)


# --- numbers from elsewhere


@pytest.mark.parametrize("n", [5, 12, 60])
@pytest.mark.parametrize("at", [0.2, 0.7])
def test_the_power_of_a_paired_t_is_that_of_statsmodels(n: int, at: float) -> None:
    asked = question(Method.PAIRED_T, expect=at)
    data = arms(scores(n, 0.1), np.zeros(n), paired=True)
    known = TTestPower().power(at, n, ALPHA, alternative="larger")
    assert math.isclose(power_of(asked, inferred(asked, data), data) or 0, known, rel_tol=1e-6)


def test_the_smallest_effect_of_a_t_is_that_of_statsmodels() -> None:
    asked = question(Method.ONE_SAMPLE_T)
    data = arms(scores(40, 0.1, 2.0))
    known = 2.0 * TTestPower().solve_power(
        None, nobs=40, alpha=ALPHA, power=POWER, alternative="larger"
    )
    found = plan_rule(asked, inferred(asked, data), data)
    assert math.isclose(found.mde or 0, known, rel_tol=1e-4)


def test_the_units_of_a_t_are_those_of_statsmodels() -> None:
    asked = question(Method.ONE_SAMPLE_T, expect=0.5)
    data = arms(scores(20, 0.1))
    known = TTestPower().solve_power(0.5, None, ALPHA, POWER, alternative="larger")
    needed = plan_rule(asked, inferred(asked, data), data).needed
    assert needed.samples == math.ceil(known) == 27


def test_the_power_of_a_share_is_the_binomial_tail() -> None:
    values = np.repeat([1.0, 0.0], [85, 15])
    asked = question(Method.EXACT_BINOMIAL, bounds=Bounds(low=0.7), scale=Scale.VALUE, expect=0.82)
    data = arms(values)
    critical = next(k for k in range(101) if binom.sf(k - 1, 100, 0.7) < ALPHA)
    known = binom.sf(critical - 1, 100, 0.82)
    assert math.isclose(power_of(asked, inferred(asked, data), data) or 0, known, rel_tol=1e-9)


def test_the_power_of_mcnemar_is_the_sum_over_discordant_pairs() -> None:
    candidate, baseline = np.repeat([1.0, 0.0, 1.0], [4, 4, 52]), np.repeat([0.0, 1.0], [4, 56])
    psi, at, n = 8 / 60, 0.1, 60
    known = 0.0
    for m in range(n + 1):
        won = next((k for k in range(m + 1) if binom.sf(k - 1, m, 0.5) < ALPHA), None)
        if won is not None:
            known += binom.pmf(m, n, psi) * binom.sf(won - 1, m, (psi + at) / 2 / psi)
    asked = question(Method.MCNEMAR_TANGO, expect=at)
    data = arms(candidate, baseline, paired=True)
    found = power_of(asked, inferred(asked, data), data)
    # Tango's score test has its say at 0 too; there it rejects all that the exact test rejects.
    assert math.isclose(found or 0, known, rel_tol=1e-6)


def test_equivalence_has_the_power_of_both_of_its_sides() -> None:
    both = Bounds(low=-0.5, high=0.5)
    asked = question(Method.PAIRED_T, claim=Claim.EQUIVALENCE, bounds=both)
    data = arms(scores(40), np.zeros(40), paired=True)
    one = TTestPower().power(0.5, 40, ALPHA, alternative="larger")
    found = power_of(asked, inferred(asked, data), data)
    assert math.isclose(found or 0, 2 * one - 1, rel_tol=1e-5)


# --- the smallest effect, simulated: it is shown with a probability of .8


class Sim(NamedTuple):
    data: Data
    draw: Callable[[np.random.Generator, float], Data]
    asked: PlanQuestion
    reps: int = 1500


def _pairs(n: int, psi: float) -> Callable[[np.random.Generator, float], Data]:
    def draw(rng: np.random.Generator, effect: float) -> Data:
        u, share = rng.random(n), max(psi, abs(effect))
        won = (u < (share + effect) / 2).astype(float)
        lost = ((u >= (share + effect) / 2) & (u < share)).astype(float)
        return arms(won, lost, paired=True)

    return draw


def _halves(n: int, psi: float) -> Data:
    k = round(n * psi / 2)
    candidate = np.repeat([1.0, 0.0], [k, n - k])
    return arms(candidate, np.roll(candidate, k), paired=True)


def _shares(n: int, share: float) -> Array:
    return np.repeat([1.0, 0.0], [round(n * share), n - round(n * share)])


def _events(candidate: ArrayLike, baseline: ArrayLike) -> Data:
    first, second = np.asarray(candidate, dtype=float), np.asarray(baseline, dtype=float)
    return Data(
        candidate=first,
        baseline=second,
        is_paired=False,
        counts=Counts(),
        candidate_extras={"per": np.ones(first.size)},
        baseline_extras={"per": np.ones(second.size)},
    )


MARGIN = Bounds(low=-0.05)
SIMS = {
    "one_sample_t": lambda: Sim(
        arms(scores(60)), lambda rng, e: arms(rng.normal(e, 1, 60)), question(Method.ONE_SAMPLE_T)
    ),
    "welch_t": lambda: Sim(
        arms(scores(40, 0.1, 2), scores(90)),
        lambda rng, e: arms(rng.normal(e, 2, 40), rng.normal(0, 1, 90)),
        question(Method.WELCH_T),
    ),
    "mcnemar": lambda: Sim(_halves(100, 0.1), _pairs(100, 0.1), question(Method.MCNEMAR_TANGO)),
    "mcnemar-midp": lambda: Sim(_halves(100, 0.1), _pairs(100, 0.1), question(Method.MCNEMAR_MIDP)),
    "tango": lambda: Sim(
        _halves(200, 0.05), _pairs(200, 0.05), question(Method.MCNEMAR_TANGO, bounds=MARGIN)
    ),
    "bonett_price": lambda: Sim(
        _halves(200, 0.05), _pairs(200, 0.05), question(Method.BONETT_PRICE, bounds=MARGIN)
    ),
    "many-pairs": lambda: Sim(
        _halves(5000, 0.2), _pairs(5000, 0.2), question(Method.MCNEMAR_TANGO, bounds=MARGIN)
    ),
    "boschloo": lambda: Sim(
        arms(_shares(60, 0.8), _shares(60, 0.8)),
        lambda rng, e: arms(rng.random(60) < 0.8 + e, rng.random(60) < 0.8),
        question(Method.BOSCHLOO_MIETTINEN_NURMINEN),
        400,
    ),
    "miettinen_nurminen": lambda: Sim(
        arms(_shares(400, 0.9), _shares(400, 0.9)),
        lambda rng, e: arms(rng.random(400) < 0.9 + e, rng.random(400) < 0.9),
        question(Method.BOSCHLOO_MIETTINEN_NURMINEN, bounds=MARGIN),
        400,
    ),
    "sign_flip": lambda: Sim(
        arms(scores(6, 0.1), np.zeros(6), paired=True),
        lambda rng, e: arms(rng.normal(e, 1, 6), np.zeros(6), paired=True),
        question(Method.SIGN_FLIP),
    ),
    "permutation": lambda: Sim(
        arms(scores(4, 0.1), scores(4)),
        lambda rng, e: arms(rng.normal(e, 1, 4), rng.normal(0, 1, 4)),
        question(Method.PERMUTATION),
    ),
    "poisson_rates": lambda: Sim(
        _events(_shares(50, 0.8), _shares(50, 0.8)),
        lambda rng, e: _events(rng.poisson(0.8 * e, 50), rng.poisson(0.8, 50)),
        question(
            Method.POISSON_RATES,
            family=Family.RATE,
            scale=Scale.RATIO,
            bounds=Bounds(high=1.1),
        ),
    ),
    "brown_forsythe": lambda: Sim(
        arms(scores(40), scores(40)),
        lambda rng, e: arms(rng.normal(0, e, 40), rng.normal(0, 1, 40)),
        question(
            Method.BROWN_FORSYTHE,
            family=Family.SPREAD,
            scale=Scale.RATIO,
            unit=Unit.RUN,
            bounds=Bounds(high=1.5),
        ),
    ),
    "mann_whitney": lambda: Sim(
        arms(scores(30, 0.1), scores(30)),
        lambda rng, e: arms(rng.normal(e, 1, 30), rng.normal(0, 1, 30)),
        question(Method.MANN_WHITNEY),
        400,
    ),
    "signed_rank": lambda: Sim(
        arms(scores(30, 0.1), np.zeros(30), paired=True),
        lambda rng, e: arms(rng.normal(e, 1, 30), np.zeros(30), paired=True),
        question(Method.SIGNED_RANK),
        400,
    ),
    "price_bonett": lambda: Sim(
        arms(scores(60, 0.1), scores(60)),
        lambda rng, e: arms(rng.normal(e, 1, 60), rng.normal(0, 1, 60)),
        question(Method.PRICE_BONETT, family=Family.QUANTILE, quantile=0.5),
    ),
}


@pytest.mark.parametrize("name", SIMS)
def test_the_smallest_effect_is_shown_four_times_in_five(name: str) -> None:
    sim = SIMS[name]()
    mde = plan_rule(sim.asked, inferred(sim.asked, sim.data), sim.data).mde
    assert mde is not None
    shown = _rate(sim, mde)
    # .77 to .83, and a standard error of so many repetitions.
    assert abs(shown - POWER) < 0.03 + math.sqrt(POWER * (1 - POWER) / sim.reps)


def _rate(sim: Sim, effect: float) -> float:
    rng, bounds, hits = np.random.default_rng(20261122), sim.asked.bounds, 0
    for _ in range(sim.reps):
        found = inferred(sim.asked, sim.draw(rng, effect))
        low = bounds.low
        p = found.p_greater(low) if low is not None else found.p_less(bounds.high or 0.0)
        hits += p < ALPHA
    return hits / sim.reps


def _cells(rng: np.random.Generator, effect: float) -> tuple[Array, Array]:
    """Return the candidate's and the baseline's cells of 8 runs and 40 units."""
    base = rng.normal(0, 1, (1, 40)) + rng.normal(0, 0.1, (8, 40))
    run, unit = rng.normal(0, 0.3, (8, 1)), rng.normal(0, 0.6, (1, 40))
    return base + effect + run + unit + rng.normal(0, 1, (8, 40)), base


def test_the_smallest_effect_of_crossed_runs_is_shown_four_times_in_five() -> None:
    rng = np.random.default_rng(7)
    asked = question(Method.CROSSED, unit=Unit.CROSSED)
    plans, hits = [], 0
    for _ in range(200):  # the variances are estimated: their plans agree on average only
        cells = _cells(rng, 0.0)
        found = crossed_paired(*cells)
        mde = plan_rule(asked, found, arms(cells[0].mean(0), cells[1].mean(0), paired=True)).mde
        plans.append(mde or 0.0)
    for _ in range(1000):
        hits += crossed_paired(*_cells(rng, float(np.mean(plans)))).p_greater(0.0) < ALPHA
    assert 0.75 <= hits / 1000 <= 0.85
