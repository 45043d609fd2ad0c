"""Methods for units that are independent of one another: means, shares, rates, quantiles."""

from collections.abc import Callable, Mapping
from dataclasses import astuple

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Array
from pytest_evalgate.stats.bonett_price import bonett_price
from pytest_evalgate.stats.bootstrap import (
    bootstrap_difference,
    bootstrap_mean,
    bootstrap_paired,
)
from pytest_evalgate.stats.bootstrap_t import bootstrap_t
from pytest_evalgate.stats.covariates import adjusted_difference
from pytest_evalgate.stats.means import one_sample_t, paired_t, welch_t
from pytest_evalgate.stats.medians import median_difference
from pytest_evalgate.stats.midp import paired_midp
from pytest_evalgate.stats.pairs import paired_proportions, rounded_differences
from pytest_evalgate.stats.permutations import permutation
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.quantile_differences import quantile_difference
from pytest_evalgate.stats.quantile_ratios import quantile_ratio
from pytest_evalgate.stats.quantiles import quantile_inference
from pytest_evalgate.stats.rank_sums import mann_whitney
from pytest_evalgate.stats.rates import poisson_rate, poisson_ratio
from pytest_evalgate.stats.reducers import reduce_discordant, reduce_shares
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.sign_flips import sampled_sign_flip
from pytest_evalgate.stats.signed_rank import paired_signed_rank
from pytest_evalgate.stats.spread import spread_difference, spread_ratio
from pytest_evalgate.stats.subsets import MAX_INFORMATIVE
from pytest_evalgate.stats.superiority import superiority
from pytest_evalgate.stats.win_rates import win_rate_of


def _baseline(ask: Ask) -> Array:
    if ask.data.baseline is None:
        raise ValueError(f"{ask.method} compares two arms")
    return ask.data.baseline


def _differences(ask: Ask) -> Array:
    return np.asarray(ask.data.candidate - _baseline(ask), dtype=np.float64)


def _discordant(ask: Ask) -> tuple[int, int, int]:
    """Return how many pairs are better, how many worse, and how many there are."""
    counts = reduce_discordant(ask.data.candidate, _baseline(ask))
    return counts.better, counts.worse, counts.n


def _mcnemar_tango(ask: Ask) -> Inference:
    if ask.family is Family.WIN_RATE:
        return win_rate_of(ask.data.candidate)
    return paired_proportions(*_discordant(ask))


def _two_shares(ask: Ask) -> Inference:
    candidate, baseline = reduce_shares(ask.data.candidate), reduce_shares(_baseline(ask))
    return two_proportions(*astuple(candidate), *astuple(baseline))


def _sign_flip(ask: Ask) -> Inference:
    differences = _differences(ask)
    if np.unique(differences[differences != 0]).size <= MAX_INFORMATIVE:
        return sign_flip(differences)
    return sampled_sign_flip(differences, generator=ask.generator(), draws=ask.draws)


def _rounded(ask: Ask) -> Inference:
    if ask.width is None:
        raise ValueError("rounding needs the width of the range")
    return rounded_differences(_differences(ask), ask.width)


def _order_statistic(ask: Ask) -> Inference:
    return quantile_inference(ask.data.candidate, _quantile(ask))


def _quantile(ask: Ask) -> float:
    if ask.quantile is None:
        raise ValueError("a quantile is needed")
    return ask.quantile


def _quantile_difference(ask: Ask) -> Inference:
    function = quantile_ratio if ask.is_relative else quantile_difference
    return function(ask.data.candidate, _baseline(ask), _quantile(ask), paired=ask.data.is_paired)


def _median(ask: Ask) -> None:
    if ask.family is Family.QUANTILE and ask.quantile != 0.5:
        raise UndefinedTestError(
            f"method {ask.method.value!r} is about medians, not about quantile {ask.quantile:g}",
            hint="leave `method` out",
        )


def _price_bonett(ask: Ask) -> Inference:
    _median(ask)
    return median_difference(ask.data.candidate, _baseline(ask))


def _mann_whitney(ask: Ask) -> Inference:
    _median(ask)
    return mann_whitney(ask.data.candidate, _baseline(ask))


def _signed_rank(ask: Ask) -> Inference:
    _median(ask)
    return paired_signed_rank(ask.data.candidate, _baseline(ask))


def _poisson(ask: Ask) -> Inference:
    data = ask.data
    events, exposure = _events(data.candidate), float(data.candidate_extras["per"].sum())
    if data.baseline is None:
        return poisson_rate(events, exposure)
    if not ask.is_relative:
        raise UndefinedTestError(
            "rates of counts are compared as a ratio, and this limit is a difference",
            hint="write the limit in % of the baseline, such as `margin: 10%`",
        )
    return poisson_ratio(
        events, exposure, _events(data.baseline), float(data.baseline_extras["per"].sum())
    )


def _events(counts: Array) -> int:
    if not (np.isfinite(counts) & (counts == np.rint(counts))).all():
        raise UndefinedTestError(
            "`kind: count` needs whole numbers", hint="leave `kind` out: a ratio of sums is judged"
        )
    return int(counts.sum())


def _spread(ask: Ask) -> Inference:
    function = spread_ratio if ask.is_relative else spread_difference
    return function(ask.data.candidate, _baseline(ask))


def _ancova(ask: Ask) -> Inference:
    data = ask.data
    return adjusted_difference(
        data.candidate,
        data.candidate_extras["covariate"],
        data.baseline,
        data.baseline_extras.get("covariate"),
        is_paired=data.is_paired,
    )


def _permutation(ask: Ask) -> Inference:
    return permutation(
        ask.data.candidate, _baseline(ask), generator=ask.generator(), draws=ask.draws
    )


def _win_probability(ask: Ask) -> Inference:
    return superiority(ask.data.candidate, _baseline(ask))


def _bootstrap_t(ask: Ask) -> Inference:
    data = ask.data
    if data.baseline is not None and not data.is_paired:
        raise UndefinedTestError(
            "the bootstrap-t is for one arm or pairs", hint="leave `method` out"
        )
    values = data.candidate if data.baseline is None else data.candidate - data.baseline
    return bootstrap_t(values, generator=ask.generator(), draws=ask.draws)


def bootstrap_of_means(ask: Ask) -> Inference:
    """Return the BCa bootstrap of a mean, of paired differences, or of two means; no draws."""
    data = ask.data
    if data.baseline is None:
        return bootstrap_mean(data.candidate)
    together = bootstrap_paired if data.is_paired else bootstrap_difference
    return together(data.candidate, data.baseline)


FLAT_METHODS: Mapping[Method, Callable[[Ask], Inference]] = {
    Method.ORDER_STATISTIC: _order_statistic,
    Method.QUANTILE_DIFFERENCE: _quantile_difference,
    Method.PRICE_BONETT: _price_bonett,
    Method.EXACT_BINOMIAL: lambda ask: one_proportion(
        int(ask.data.candidate.sum()), ask.data.candidate.size
    ),
    Method.MCNEMAR_TANGO: _mcnemar_tango,
    Method.MCNEMAR_MIDP: lambda ask: paired_midp(*_discordant(ask)),
    Method.BONETT_PRICE: lambda ask: bonett_price(*_discordant(ask)),
    Method.BOSCHLOO_MIETTINEN_NURMINEN: _two_shares,
    Method.POISSON_RATES: _poisson,
    Method.SIGN_FLIP: _sign_flip,
    Method.PERMUTATION: _permutation,
    Method.ROUNDED_TANGO: _rounded,
    Method.ONE_SAMPLE_T: lambda ask: one_sample_t(ask.data.candidate),
    Method.PAIRED_T: lambda ask: paired_t(ask.data.candidate, _baseline(ask)),
    Method.WELCH_T: lambda ask: welch_t(ask.data.candidate, _baseline(ask)),
    Method.ANCOVA: _ancova,
    Method.BOOTSTRAP_T: _bootstrap_t,
    Method.MANN_WHITNEY: _mann_whitney,
    Method.SIGNED_RANK: _signed_rank,
    Method.BRUNNER_MUNZEL: _win_probability,
    Method.BROWN_FORSYTHE: _spread,
}
