"""Where a method is honest: outside its measured domain a rule is invalid, never footnoted."""

import math
from collections.abc import Callable, Mapping

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.domain_question import (
    DomainQuestion,
    arrays_compared,
    check_informative,
    check_noise,
    check_skewness,
    check_spread,
    few,
)
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.domains_grouped import cluster_means, clusters, crossed, with_holes
from pytest_evalgate.gate.domains_sets import SET_DOMAINS
from pytest_evalgate.gate.reduced_domains import check_reduced
from pytest_evalgate.gate.transform import AVERAGING
from pytest_evalgate.spec.model import Kind
from pytest_evalgate.stats.shape import skewness


UNITS_TO_SEE_SKEWNESS = 8
MAX_UNSEEN = 0.075  # probability at which a rare loss that would break a margin goes unseen


def check_domain(question: DomainQuestion, data: Data, raw: Data) -> tuple[str, ...]:
    """Check that a method is honest for these data; return warnings for where it is nearly not.

    Args:
        question: What it depends on besides the data.
        data: Pseudo-values where the method averages them.
        raw: The values as read.

    Raises:
        UndefinedTestError: it is not; says what was found and what is needed.
    """
    if data.reduced is not None:
        check_reduced(question, data.reduced)
        smallest = min(arm.moments.n for arm in data.reduced.arms)
        return _unseen_losses(question, smallest) if question.method in AVERAGING else ()
    if question.family is Family.GEOMEAN:
        data = data.logs()
    if question.kind is not Kind.BINARY and question.family is not Family.WIN_RATE:
        check_noise(data)
    arrays = arrays_compared(data, ratio=question.ratio)
    warnings: tuple[str, ...] = ()
    if question.method in _OF_VALUES:
        warnings += _OF_VALUES[question.method](question, data, arrays)
    if question.method in SET_DOMAINS:
        warnings += SET_DOMAINS[question.method](question, data)
    if question.family in SET_DOMAINS:
        warnings += SET_DOMAINS[question.family](question, raw)
    return warnings


def _spread_only(_: DomainQuestion, __: Data, arrays: list[Array]) -> tuple[str, ...]:
    for array in arrays:
        check_spread(array)
    return ()


def _quantiles(question: DomainQuestion, data: Data, arrays: list[Array]) -> tuple[str, ...]:
    """Refuse arms without spread, and pairs that are copies or shifted."""
    for arm in (data.candidate, data.baseline):
        if arm is not None:
            check_spread(arm)
    return _spread_only(question, data, arrays)


def _flips(question: DomainQuestion, data: Data, arrays: list[Array]) -> tuple[str, ...]:
    """Refuse differences visibly skewed to the side that sign flips promote.

    Many small gains and a few large losses look like a gain to them.
    """
    differences = arrays[0]
    if question.method is Method.CLUSTER_SIGN_FLIP and data.candidate_clusters is not None:
        differences = cluster_means(differences, data.candidate_clusters)
    check_spread(differences)
    moved = differences[differences != 0]
    if moved.size >= UNITS_TO_SEE_SKEWNESS:
        found = skewness(moved) * (1.0 if question.wants_greater else -1.0)
        if found < -2 * math.sqrt(6 / moved.size):
            raise UndefinedTestError(
                f"skewness {found:.2g} of {moved.size} differences towards losses: sign flips "
                "take gains and losses to be alike",
                hint="evaluate at least 30 units, or gate a quantile",
            )
    return ()


def _t(question: DomainQuestion, data: Data, arrays: list[Array]) -> tuple[str, ...]:
    if question.unit is Unit.RUN:
        return _runs(question, arrays)
    smallest = min(array.size for array in arrays)
    least = domain("units").refused
    if question.is_joint and not question.has_margin:
        _spread_only(question, data, arrays)
        return ()
    if smallest < least:
        raise UndefinedTestError(
            f"{smallest} units; a mean of single items is judged from {least:g} units on",
            hint=f"evaluate at least {least:g} units, or retrain and compare runs",
        )
    check_skewness(question, arrays, smallest, "units")
    check_informative(question, data, arrays[0])
    return _unseen_losses(question, smallest)


def _unseen_losses(question: DomainQuestion, n: int) -> tuple[str, ...]:
    """Warn where so few units could miss a rare loss of the whole range that breaks the margin."""
    share = question.margin_share
    if share is None or not 0 < share < 1 or (1 - share) ** n <= MAX_UNSEEN:
        return ()
    missed = (1 - share) ** n
    words = f"a total loss on {share:.1%} of all units would go unseen in {n} units"
    return (f"{words} with probability {missed:.2f}",)


def _runs(question: DomainQuestion, arrays: list[Array]) -> tuple[str, ...]:
    sizes = [array.size for array in arrays]
    smallest = min(sizes)
    least = domain("runs").refused
    if smallest < least:
        raise UndefinedTestError(
            f"{smallest} runs; a mean over runs is judged from {least:g} runs on"
        )
    is_unequal = domain("skewed_run_ratio").is_refused(max(sizes) / smallest)
    if smallest >= domain("units").refused or is_unequal:
        check_skewness(question, arrays, smallest, "runs")
    skewed = [warning for array in arrays for warning in _skewed_runs(array)]
    return (*few(smallest, "runs", "runs"), *skewed)


def _skewed_runs(runs: Array) -> tuple[str, ...]:
    """Warn of runs that are visibly not near normal: skewness beyond two of its standard errors."""
    found = abs(skewness(runs))
    if runs.size < UNITS_TO_SEE_SKEWNESS or found <= 2 * math.sqrt(6 / runs.size):
        return ()
    return (f"skewness {found:.2g} of {runs.size} runs: they are not near normal",)


_Check = Callable[[DomainQuestion, Data, list[Array]], tuple[str, ...]]
_OF_VALUES: Mapping[Method, _Check] = {
    Method.CLUSTER_ROBUST: clusters,
    Method.CROSSED: crossed,
    Method.MIXED_MODEL: lambda _, data, __: with_holes(data),
    Method.ONE_SAMPLE_T: _t,
    Method.PAIRED_T: _t,
    Method.WELCH_T: _t,
    Method.SIGN_FLIP: _flips,
    Method.CLUSTER_SIGN_FLIP: _flips,
    Method.QUANTILE_DIFFERENCE: _quantiles,
    Method.PRICE_BONETT: _quantiles,
    Method.ROUNDED_TANGO: _spread_only,
    Method.ORDER_STATISTIC: _spread_only,
    Method.PERMUTATION: _spread_only,
    Method.SIGNED_RANK: _spread_only,
}
