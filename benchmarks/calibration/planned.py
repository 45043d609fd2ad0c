"""Power as planned: the planner says how many are needed for 80 %, and that many are simulated."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from benchmarks.calibration.cells import (
    ALPHA,
    Cell,
    clopper_pearson,
    simulate,
)
from benchmarks.calibration.grid_grouped import _draw_cells, _tasks
from benchmarks.calibration.laws import Generator, arms, data, one, pairs
from scipy.special import ndtr

from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.spec.model import Kind
from pytest_evalgate.stats import planning, power, rates_power, superiority, task_planning
from pytest_evalgate.stats.spread import spread_runs_needed


ASKED: Final = 0.8
REPLICATES: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A method, the true effect, and the size that the planner asks for.

    ``predicted`` is the planner's power at that size where it has an exact one; else what was
    asked for. ``cell`` draws at the true effect and is held against a limit below it.
    """

    words: str
    n: int
    predicted: float
    cell: Cell


def plans() -> Iterator[Plan]:
    yield from plans_of_means()
    yield from plans_of_shares()
    yield from plans_of_others()


power_cell = partial(
    Cell, group="power", estimates=Family.MEAN, design="power", law="", n="", replicates=REPLICATES
)


def _known(n: float | None) -> int:
    """Return a size the planner gave.

    Raises:
        ValueError: it gave none.
    """
    if n is None:
        raise ValueError("the planner has no answer")
    return math.ceil(n)


def plans_of_means() -> Iterator[Plan]:
    mean = partial(power_cell, unit=Unit.RUN)
    for distance in (0.3, 0.5, 1.0):
        words = f"effect {distance:g} sd"
        n = _known(power.t_needed(distance, 1.0, ALPHA, ASKED))
        exact = power.t_power(distance, 1 / math.sqrt(n), n - 1, ALPHA)
        for method, draw in ((Method.ONE_SAMPLE_T, one), (Method.PAIRED_T, pairs)):
            yield Plan(words=words, n=n, predicted=exact or ASKED,
                       cell=mean(method=method, draw=draw("normal", n),
                                 limit=-distance))  # fmt: skip
        n = _known(power.t_needed_two(distance, 1.0, 1.0, ALPHA, ASKED))
        exact = power.t_power(distance, math.sqrt(2 / n), 2 * n - 2, ALPHA)
        yield Plan(words=words, n=n, predicted=exact or ASKED,
                   cell=mean(method=Method.WELCH_T, draw=arms("normal", n, n),
                             limit=-distance))  # fmt: skip
    n = _known(planning.sign_flip_needed(1.0, 1.0, ALPHA, ASKED))
    yield Plan(words="effect 1 sd", n=n, predicted=ASKED,
               cell=power_cell(method=Method.SIGN_FLIP, draw=partial(_moved, n, 1.0), limit=0.0,
                               has_margin=False))  # fmt: skip
    for share in (0.1, 0.02):
        need = power.crossed_needed(0.35, share, 0.1, 0.9 - share, 5, 100, ALPHA, ASKED)
        n = _known(need.runs)
        yield Plan(words=f"effect 0.35, run share {share:g}, runs for 100 units", n=n,
                   predicted=ASKED,
                   cell=power_cell(method=Method.CROSSED, limit=-0.35, unit=Unit.CROSSED,
                                   draw=partial(_one_table, n, 100, share)))  # fmt: skip


def _moved(n: int, by: float, rng: Generator) -> Data:
    return data(by + rng.standard_normal(n), np.zeros(n), paired=True)


def _one_table(runs: int, units: int, share: float, rng: Generator) -> Data:
    return _draw_cells("one arm", (runs,), units, share, None, "normal", rng)


def plans_of_shares() -> Iterator[Plan]:
    share = partial(power_cell, kind=Kind.BINARY)
    for true, limit in ((0.95, 0.9), (0.99, 0.95), (0.6, 0.5)):
        n = _known(power.binomial_needed(true, limit, ALPHA, ASKED, True))  # noqa: FBT003
        exact = power.binomial_power(n, true, limit, ALPHA, True)  # noqa: FBT003
        yield Plan(words=f"{true:g} against {limit:g}", n=n, predicted=exact or ASKED,
                   cell=share(method=Method.EXACT_BINOMIAL, draw=partial(_share, n, true),
                              limit=limit))  # fmt: skip
    for psi, effect, limit in ((0.1, 0.0, -0.03), (0.2, 0.05, 0.0), (0.05, 0.0, -0.02),
                               (0.01, 0.0, -0.03)):  # fmt: skip
        n = _known(power.paired_binary_needed(psi, effect, limit, ALPHA, ASKED))
        yield Plan(words=f"{psi:g} discordant, effect {effect:g}, limit {limit:g}", n=n,
                   predicted=ASKED,
                   cell=share(method=Method.MCNEMAR_TANGO, limit=limit,
                              draw=partial(_discordant, n, psi, effect)))  # fmt: skip
    for p1, p2, limit in ((0.9, 0.8, 0.0), (0.9, 0.9, -0.05), (0.95, 0.95, -0.03)):
        n = _known(power.two_proportions_needed(p1, p2, limit, ALPHA, ASKED))
        yield Plan(words=f"{p1:g} v {p2:g}, limit {limit:g}", n=n, predicted=ASKED,
                   cell=share(method=Method.BOSCHLOO_MIETTINEN_NURMINEN, limit=limit,
                              draw=partial(_two_shares, n, p1, p2)))  # fmt: skip
    for rate, limit in ((1.0, 1.3), (1.0, 2.0)):
        n = _known(rates_power.rate_needed(rate, limit, ALPHA, ASKED))
        exact = rates_power.rate_power(rate, limit, n, ALPHA)
        yield Plan(words=f"rate {rate:g} below {limit:g}, downwards", n=n,
                   predicted=exact or ASKED,
                   cell=power_cell(method=Method.POISSON_RATES, estimates=Family.RATE,
                                   kind=Kind.COUNT, draw=partial(_events, n, rate),
                                   limit=limit))  # fmt: skip


def _share(n: int, rate: float, rng: Generator) -> Data:
    return data((rng.random(n) < rate).astype(float))


def _discordant(n: int, psi: float, effect: float, rng: Generator) -> Data:
    found = rng.random(n)
    better, worse = found < (psi + effect) / 2, found > 1 - (psi - effect) / 2
    base = np.where(better, 0.0, 1.0)
    return data(np.where(worse, 0.0, 1.0), base, paired=True)


def _two_shares(n: int, p1: float, p2: float, rng: Generator) -> Data:
    return data((rng.random(n) < p1).astype(float), (rng.random(n) < p2).astype(float))


def _events(n: int, rate: float, rng: Generator) -> Data:
    return data(rng.poisson(rate, n).astype(float), candidate_extras={"per": np.ones(n)})


def plans_of_others() -> Iterator[Plan]:
    for shift in (0.5, 1.0):
        chance = float(ndtr(shift / math.sqrt(2)))
        n = _known(superiority.superiority_needed(chance, 0.5, ALPHA, ASKED))
        yield Plan(words=f"win probability {chance:.2f} against .5", n=n, predicted=ASKED,
                   cell=power_cell(method=Method.BRUNNER_MUNZEL, estimates=Family.WIN_RATE,
                                   draw=partial(_shifted, n, shift), limit=0.5,
                                   has_margin=False))  # fmt: skip
    for limit in (2.0, 3.0):
        n = spread_runs_needed(limit, alpha=ALPHA, power=ASKED)
        yield Plan(words=f"equal spreads, limit {limit:g}, downwards", n=n, predicted=ASKED,
                   cell=power_cell(method=Method.BROWN_FORSYTHE, estimates=Family.SPREAD,
                                   draw=arms("normal", n, n), limit=limit, unit=Unit.RUN,
                                   is_relative=True))  # fmt: skip
    for count in (5, 10):
        variances = [float(scale**2) for scale in np.linspace(1.0, 3.0, count)] * 2
        n = _known(task_planning.fixed_tasks_needed(1.0, variances, count, ALPHA, ASKED))
        yield Plan(words=f"effect 1, {count} tasks", n=n, predicted=ASKED,
                   cell=power_cell(method=Method.FIXED_TASKS, estimates=Family.FIXED_TASKS,
                                   draw=_tasks("normal", count, n), limit=-1.0,
                                   unit=Unit.RUN))  # fmt: skip


def _shifted(n: int, shift: float, rng: Generator) -> Data:
    return data(shift + rng.standard_normal(n), rng.standard_normal(n))


def records(*, small: bool) -> list[dict[str, object]]:
    """Return each plan with the power found."""
    found: list[dict[str, object]] = []
    for plan in plans():
        slow = plan.cell.method in {Method.SIGN_FLIP, Method.BRUNNER_MUNZEL}
        replicates = 200 if small else 1_000 if slow else REPLICATES
        cell = replace(plan.cell, law=plan.words, n=str(plan.n))
        tally = simulate(cell, replicates=replicates)
        shown = tally.down if plan.words.endswith("downwards") else tally.up
        low, high = clopper_pearson(shown, replicates)
        found.append({
            "method": cell.method.value, "estimates": cell.estimates.value, "law": plan.words,
            "n": str(plan.n), "asked": ASKED, "predicted": round(plan.predicted, 4),
            "rate": round(shown / replicates, 5), "low": round(low, 5), "high": round(high, 5),
            "R": replicates, "seed": cell.seed,
        })  # fmt: skip
    return found
