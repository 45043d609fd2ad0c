"""Where a method is honest, by the aggregates that stand for the rows."""

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.domain_question import (
    DomainQuestion,
    no_spread_of,
    refuse_few_informative,
    refuse_noise,
    refuse_skewness,
)
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.reduced import (
    NeedsRowsError,
    Reduced,
    informative_at_least,
    skewness_from,
)
from pytest_evalgate.spec.model import Kind


_MEANS = frozenset({Method.ONE_SAMPLE_T, Method.PAIRED_T, Method.WELCH_T})
_SHARES = frozenset({
    Method.EXACT_BINOMIAL, Method.MCNEMAR_TANGO, Method.MCNEMAR_MIDP, Method.BONETT_PRICE,
    Method.BOSCHLOO_MIETTINEN_NURMINEN,
})  # fmt: skip


def check_reduced(question: DomainQuestion, reduced: Reduced) -> None:
    """Check that a method is honest for these data: as of the values, in the same order.

    Raises:
        UndefinedTestError: it is not; says what was found and what is needed.
        NeedsRowsError: the aggregates do not tell.
    """
    if question.kind is not Kind.BINARY and reduced.pair is not None:
        difference = reduced.pair.contrast(1.0).moments
        refuse_noise(difference.high - difference.low, reduced.size)
    if question.method in _MEANS:
        _check_means(question, reduced)
    elif question.method is Method.ROUNDED_TANGO:
        _check_spread(question, reduced)
    elif question.method not in _SHARES:
        raise NeedsRowsError


def _check_means(question: DomainQuestion, reduced: Reduced) -> None:
    columns = reduced.compared(question.ratio)
    smallest = min(column.moments.n for column in columns)
    least = domain("units").refused
    if smallest < least:
        raise UndefinedTestError(
            f"{smallest} units; a mean of single items is judged from {least:g} units on",
            hint=f"evaluate at least {least:g} units, or retrain and compare runs",
        )
    largest = max(abs(skewness_from(column.moments)) for column in columns)
    refuse_skewness(question, largest, smallest, "units")
    if question.has_margin and reduced.pair is not None:
        needed = int(domain("informative_units").refused)
        refuse_few_informative(informative_at_least(columns[0], needed))


def _check_spread(question: DomainQuestion, reduced: Reduced) -> None:
    for column in reduced.compared(question.ratio):
        if informative_at_least(column, 1) == 0:
            raise no_spread_of(column.moments.n, column.moments.low)
