"""Curves of methods that count: shares, pairs, events, and values beside a quantile."""

import math
from collections.abc import Callable

import numpy as np

from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.planning_curve import NOW, Aim, Amount, Curve
from pytest_evalgate.gate.planning_means import by_error
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.gate.planning_scale import DIFFERENCE_OF_SHARES, POSITIVE, SHARE, sizes
from pytest_evalgate.stats.confusion import F1Exact
from pytest_evalgate.stats.counts_power import (
    PairedTest,
    paired_binary_power,
    two_proportions_power,
)
from pytest_evalgate.stats.pairs import RoundedTango
from pytest_evalgate.stats.power import MOST, binomial_needed, binomial_power
from pytest_evalgate.stats.quantile_differences import quantile_needed
from pytest_evalgate.stats.rates_power import rate_needed, rate_power, ratio_needed, ratio_power
from pytest_evalgate.stats.result import Inference


_TESTS = {Method.MCNEMAR_MIDP: PairedTest.MIDP, Method.BONETT_PRICE: PairedTest.ADDED}
Map = Callable[[float], float]


def _same(value: float) -> float:
    return value


def binomial(
    n: int,
    *,
    counts: tuple[int | None, int | None],
    rate: Map = _same,
    per: float = 1.0,
    ends: tuple[float, float] = SHARE,
) -> Curve:
    """Return the curve of an exact binomial test.

    Args:
        n: Units that it counts.
        counts: Runs and samples at hand.
        rate: Of success at an effect.
        per: Samples for each unit that is counted.
        ends: Between which the effect can lie.
    """

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        units = max(1, round(n * amount.times))
        if units > MOST:
            return None
        return binomial_power(units, rate(aim.at), rate(aim.limit), alpha, aim.greater)

    def count(aim: Aim, alpha: float, power: float) -> int | None:
        found = binomial_needed(rate(aim.at), rate(aim.limit), alpha, power, aim.greater)
        return None if found is None else math.ceil(found * per)

    runs, samples = counts
    return Curve(
        reached=reached,
        runs=runs,
        samples=samples,
        ends=ends,
        step=0.5 / math.sqrt(n),
        count=count if runs is None else None,
    )


def one_share(question: PlanQuestion, _: Inference, data: Data) -> Curve | None:
    """Return the curve of one share against a limit."""
    return binomial(data.candidate.size, counts=sizes(question, data))


def jaccard(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of F1 through Jaccard's index: F1 = 2 J / (1 + J)."""
    if not isinstance(inference, F1Exact):
        return by_error(question, inference, data)
    return binomial(
        inference.jaccard.n,
        counts=sizes(question, data),
        rate=lambda f1: f1 / (2.0 - f1),
        per=data.candidate.size / inference.jaccard.n,
    )


def pairs(
    psi: float,
    n: int,
    *,
    counts: tuple[int | None, int | None],
    test: PairedTest = PairedTest.EXACT,
    share: Map = _same,
    ends: tuple[float, float] = DIFFERENCE_OF_SHARES,
) -> Curve:
    """Return the curve of pairs of binary values.

    Args:
        psi: Share of discordant pairs.
        n: Pairs.
        counts: Runs and samples at hand.
        test: How they are judged.
        share: Difference of the shares won and lost, of an effect.
        ends: Between which the effect can lie.
    """

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        sign = 1.0 if aim.greater else -1.0
        effect, limit = sign * share(aim.at), sign * share(aim.limit)
        return paired_binary_power(psi, effect, limit, n * amount.times, alpha, test=test)

    runs, samples = counts
    width = abs(share(1.0) - share(0.0))
    return Curve(
        reached=reached, runs=runs, samples=samples, ends=ends, step=math.sqrt(psi / n) / width
    )


def paired_shares(question: PlanQuestion, _: Inference, data: Data) -> Curve | None:
    """Return the curve of McNemar's and Tango's tests, or of a win rate, by discordant pairs."""
    n, counts = data.candidate.size, sizes(question, data)
    test = _TESTS.get(question.method, PairedTest.EXACT)
    if question.family is Family.WIN_RATE:
        psi = discordance(int(np.count_nonzero(data.candidate != 0.5)), n)
        return pairs(psi, n, counts=counts, test=test, share=_won_less_lost, ends=SHARE)
    if data.baseline is None:
        return None
    psi = discordance(_differing(data, data.baseline), n)
    return pairs(psi, n, counts=counts, test=test)


def _differing(data: Data, baseline: Array) -> int:
    """Return how many pairs differ."""
    if data.reduced is not None:
        return sum(data.reduced.discordant)
    return int(np.count_nonzero(data.candidate != baseline))


def _won_less_lost(win_rate: float) -> float:
    return 2.0 * win_rate - 1.0


def discordance(count: int, n: int) -> float:
    """Return the share of discordant pairs; at least half a pair, so that none is no promise."""
    return max(0.5, count) / n


def rounded(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of rounded differences: those of the side that the claim is about."""
    if not isinstance(inference, RoundedTango):
        return by_error(question, inference, data)
    side = inference.down if question.bounds.low is not None else inference.up
    width, seen = inference.width, inference.estimate

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        one = inference.down if aim.greater else inference.up
        psi = discordance(one.b + one.c, one.n)
        sign = 1.0 if aim.greater else -1.0
        effect = one.estimate + (aim.at - seen) / width
        if abs(effect) > 1.0:
            return None
        n = one.n * amount.times
        return paired_binary_power(psi, sign * effect, sign * aim.limit / width, n, alpha)

    runs, samples = sizes(question, data)
    psi = discordance(side.b + side.c, side.n)
    return Curve(
        reached=reached,
        runs=runs,
        samples=samples,
        ends=(-width, width),
        step=width * math.sqrt(psi / side.n),
    )


def two_shares(
    base: float, arms: tuple[int, int], *, counts: tuple[int | None, int | None]
) -> Curve:
    """Return the curve of two independent shares.

    Args:
        base: The baseline's share, which is taken to be true.
        arms: Units of the candidate and of the baseline, which grow together.
        counts: Runs and samples at hand.
    """

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        other = min(1.0, max(0.0, base + aim.at))
        grown = arms[0] * amount.times, arms[1] * amount.times
        rates, limit = (other, base), aim.limit
        if not aim.greater:
            rates, limit, grown = (base, other), -limit, (grown[1], grown[0])
        is_exact = amount == NOW  # a search over sizes would enumerate for long
        return two_proportions_power(*rates, limit, grown, alpha, is_exact=is_exact)

    runs, samples = counts
    return Curve(
        reached=reached,
        runs=runs,
        samples=samples,
        ends=(-base, 1.0 - base),
        step=0.5 * math.sqrt(1.0 / arms[0] + 1.0 / arms[1]),
    )


def unpaired_shares(question: PlanQuestion, _: Inference, data: Data) -> Curve | None:
    """Return the curve of Boschloo's and Miettinen and Nurminen's tests."""
    if data.baseline is None:
        return None
    arms = data.candidate.size, data.baseline.size
    reduced = data.reduced
    base = data.baseline.mean() if reduced is None else reduced.arms[1].moments.average
    return two_shares(float(base), arms, counts=sizes(question, data))


def order_statistic(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of one quantile: the sample, moved as a whole, is taken for the truth."""
    p, seen = question.quantile or 0.5, inference.estimate
    values, n = data.candidate, data.candidate.size

    def share(aim: Aim) -> float:
        """Share of units at or below the limit (below it, for a claim above)."""
        moved = values + (aim.at - seen)
        below = moved < aim.limit if aim.greater else moved <= aim.limit
        return float(np.count_nonzero(below)) / n

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        units = max(1, round(n * amount.times))
        return binomial_power(units, share(aim), p, alpha, not aim.greater)

    def count(aim: Aim, alpha: float, power: float) -> int | None:
        return binomial_needed(share(aim), p, alpha, power, not aim.greater)

    step = max(float(np.ptp(values)), 1e-300) / math.sqrt(n)
    return Curve(reached=reached, samples=n, step=step, count=count)


def two_quantiles(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of a difference of quantiles, by the width of its interval."""
    found = by_error(question, inference, data)
    if found is None:
        return None
    return Curve(
        reached=found.reached,
        samples=found.samples,
        ends=found.ends,
        step=found.step,
        least=quantile_needed(question.quantile or 0.5),
    )


def events(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the curve of rates of events, exact, by exposure."""
    exposure = float(data.candidate_extras["per"].sum())
    if data.baseline is None:
        return _one_rate(exposure, inference.estimate, sizes(question, data))
    others = float(data.baseline_extras["per"].sum())
    rate = float(data.baseline.sum()) / others
    return _two_rates((exposure, others), rate, sizes(question, data)) if rate > 0.0 else None


def _one_rate(exposure: float, seen: float, counts: tuple[int | None, int | None]) -> Curve:
    runs, samples = counts

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        if (aim.at > aim.limit) is not aim.greater:
            return 0.0
        return rate_power(max(aim.at, 0.0), aim.limit, exposure * amount.times, alpha)

    def count(aim: Aim, alpha: float, power: float) -> int | None:
        return _units(rate_needed(aim.at, aim.limit, alpha, power), exposure, samples)

    step = math.sqrt(max(seen, 1.0 / exposure) / exposure)
    return Curve(
        reached=reached, runs=runs, samples=samples, ends=POSITIVE, step=step,
        count=count if runs is None else None,
    )  # fmt: skip


def _two_rates(
    exposures: tuple[float, float], rate: float, counts: tuple[int | None, int | None]
) -> Curve:
    runs, samples = counts
    ratio = exposures[1] / exposures[0]

    def reached(aim: Aim, alpha: float, amount: Amount) -> float | None:
        if (aim.at > aim.limit) is not aim.greater:
            return 0.0
        grown = exposures[0] * amount.times, exposures[1] * amount.times
        return ratio_power(max(aim.at, 0.0) * rate, rate, aim.limit, grown, alpha)

    def count(aim: Aim, alpha: float, power: float) -> int | None:
        found = ratio_needed(aim.at * rate, rate, aim.limit, alpha, power, ratio=ratio)
        return _units(found, exposures[0], samples)

    step = math.sqrt(1.0 / (rate * exposures[0]) + 1.0 / (rate * exposures[1]))
    return Curve(
        reached=reached, runs=runs, samples=samples, ends=POSITIVE, step=step,
        count=count if runs is None else None,
    )  # fmt: skip


def _units(exposure: float | None, now: float, samples: int | None) -> int | None:
    """Return the units that have an exposure, as many as each has now."""
    if exposure is None or samples is None:
        return None
    return math.ceil(exposure / now * samples)
