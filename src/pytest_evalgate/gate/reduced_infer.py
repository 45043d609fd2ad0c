"""A method and the aggregates of its design -> the inference it makes."""

import math
from collections.abc import Callable, Mapping

from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.reduced import (
    NeedsRowsError,
    Reduced,
    magnitude_of,
    pairs_of,
    sample_of,
)
from pytest_evalgate.stats.bonett_price import bonett_price
from pytest_evalgate.stats.means import t_from_sample, welch_from_samples
from pytest_evalgate.stats.midp import paired_midp
from pytest_evalgate.stats.pairs import paired_proportions, rounded_from_counts
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.ratios import relative_from_pairs, relative_from_samples
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.sufficient_counts import PairedCounts, RoundedCounts


def infer_reduced(ask: Ask, reduced: Reduced) -> Inference:
    """Return the effect of a rule with the one procedure that tests and bounds it.

    Raises:
        UndefinedTestError: the data leave the method undefined.
        NeedsRowsError: the method needs more than the aggregates say.
    """
    methods = _RELATIVE if ask.is_relative else _PLAIN
    if ask.family is not Family.MEAN or ask.method not in methods:
        raise NeedsRowsError
    return methods[ask.method](ask, reduced)


def _one_sample(_: Ask, reduced: Reduced) -> Inference:
    return t_from_sample(sample_of(reduced.candidate.moments))


def _paired(_: Ask, reduced: Reduced) -> Inference:
    [differences] = reduced.compared(1.0)
    return t_from_sample(sample_of(differences.moments, size=reduced.size), what="differences")


def _welch(_: Ask, reduced: Reduced) -> Inference:
    candidate, baseline = (sample_of(arm.moments) for arm in reduced.arms)
    return welch_from_samples(candidate, baseline)


def _relative_pairs(_: Ask, reduced: Reduced) -> Inference:
    if reduced.pair is None:
        raise NeedsRowsError
    return relative_from_pairs(pairs_of(reduced.pair, size=reduced.size))


def _relative_arms(_: Ask, reduced: Reduced) -> Inference:
    candidate, baseline = (sample_of(arm.moments) for arm in reduced.arms)
    return relative_from_samples(candidate, baseline)


def _binomial(_: Ask, reduced: Reduced) -> Inference:
    [(ones, n)] = _shares(reduced)
    return one_proportion(ones, n)


def _two_shares(_: Ask, reduced: Reduced) -> Inference:
    candidate, baseline = _shares(reduced)
    return two_proportions(*candidate, *baseline)


def _shares(reduced: Reduced) -> list[tuple[int, int]]:
    """Return the successes and the units of each arm."""
    counted = [(arm.ones, arm.moments.n) for arm in reduced.arms]
    found = [(ones, n) for ones, n in counted if ones is not None]
    if len(found) < len(counted):
        raise NeedsRowsError
    return found


def _pairs(reduced: Reduced) -> tuple[int, int, int]:
    """Return how many pairs are better, how many worse, and how many there are."""
    return *reduced.discordant, reduced.candidate.moments.n


def _rounded(ask: Ask, reduced: Reduced) -> Inference:
    if ask.width is None or reduced.pair is None:
        raise NeedsRowsError
    difference, width = reduced.pair.contrast(1.0), ask.width
    moments = difference.moments
    if magnitude_of(moments) > width:  # by rounding, or it would not be in the range
        raise NeedsRowsError
    edges = (math.nextafter(-width, math.inf), 0.0, math.nextafter(0.0, math.inf), width)
    full_falls, falls, not_risen, not_full = difference.below(edges)
    n = moments.n
    return rounded_from_counts(
        RoundedCounts(
            down=PairedCounts(better=n - not_full, worse=falls, n=n),
            up=PairedCounts(better=n - not_risen, worse=full_falls, n=n),
            mean=moments.average,
            width=width,
        )
    )


_Infer = Callable[[Ask, Reduced], Inference]
_PLAIN: Mapping[Method, _Infer] = {
    Method.ONE_SAMPLE_T: _one_sample,
    Method.PAIRED_T: _paired,
    Method.WELCH_T: _welch,
    Method.EXACT_BINOMIAL: _binomial,
    Method.MCNEMAR_TANGO: lambda _, reduced: paired_proportions(*_pairs(reduced)),
    Method.MCNEMAR_MIDP: lambda _, reduced: paired_midp(*_pairs(reduced)),
    Method.BONETT_PRICE: lambda _, reduced: bonett_price(*_pairs(reduced)),
    Method.BOSCHLOO_MIETTINEN_NURMINEN: _two_shares,
    Method.ROUNDED_TANGO: _rounded,
}
_RELATIVE: Mapping[Method, _Infer] = {
    Method.PAIRED_T: _relative_pairs,
    Method.WELCH_T: _relative_arms,
}
