"""What a domain depends on, and how a method is refused or warned of beyond it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.reduced import skewness_from
from pytest_evalgate.spec.model import Kind
from pytest_evalgate.stats.moments import magnitude
from pytest_evalgate.stats.shape import informative_at_least, skewness
from pytest_evalgate.stats.skewed_levels import units_for_skewness


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainQuestion:
    """What a domain depends on besides the data."""

    method: Method
    family: Family
    unit: Unit
    has_margin: bool
    kind: Kind
    margin_share: float | None  # the margin over the width of the range, where both are known
    ratio: float  # candidate - ratio * baseline is what is tested: 1 for a difference
    limits: tuple[float, ...] = ()  # on the scale of the effect
    wants_greater: bool = True  # the claim is that the effect lies above its limit
    is_two_sided: bool = False  # equivalence: it lies between two limits
    is_joint: bool = False  # judged by flips of whole units, exactly, where there is no margin
    quantile: float | None = None
    statistic: str = "mean"


def arrays_compared(data: Data, *, ratio: float) -> list[Array]:
    """Return what a t-type test averages: the differences of pairs, or each arm by itself."""
    if data.baseline is None:
        return [data.candidate]
    if data.is_paired:
        scaled = data.baseline if ratio == 1.0 else ratio * data.baseline
        return [data.candidate - scaled]
    return [data.candidate, data.baseline]


def require(name: str, found: float, words: str, *, hint: str) -> tuple[str, ...]:
    """Refuse what lies beyond a domain; return a warning for what nearly does.

    Args:
        name: Of the domain.
        found: What the data have.
        words: What that is, such as "units".
        hint: One way to mend it.

    Raises:
        UndefinedTestError: the method is not honest here.
    """
    known = domain(name)
    if known.is_refused(found):
        at = "are needed" if known.is_floor else "at most can be judged"
        raise UndefinedTestError(f"{found:.4g} {words}; {known.refused:g} {at}", hint=hint)
    if known.is_warned(found):
        return (f"{found:.4g} {words}: {known.why}",)
    return ()


def few(n: int, what: str, name: str) -> tuple[str, ...]:
    """Warn of so few runs or clusters that their law cannot be seen."""
    is_few = domain(name).is_warned(n)
    return (f"only {n} {what}: that they are near normal cannot be seen",) if is_few else ()


def check_spread(values: Array) -> None:
    """Refuse units that are all the same: copies or a shift, not evidence.

    The exact methods would give such data the smallest p there is.
    """
    if values.size > 1 and informative_at_least(values, 1) == 0:
        raise no_spread_of(values.size, float(values[0]))


def no_spread_of(n: int, value: float) -> UndefinedTestError:
    """Return the error of units that are all the same."""
    return UndefinedTestError(
        f"all {n} units give exactly {value:g}: no spread to judge by",
        hint="look for copied or shifted values; measured scores vary",
    )


def check_skewness(
    question: DomainQuestion, arrays: list[Array], n: int, units: str, *, at_least: int = 0
) -> None:
    """Refuse a mean of values so skewed that n of them are not near normal.

    Args:
        question: What the domain depends on.
        arrays: What is averaged.
        n: How many values, in the smaller arm.
        units: What they are.
        at_least: Fewer are treated as this many: the skewness of so few says little.
    """
    largest = max(abs(skewness(array)) for array in arrays)
    refuse_skewness(question, largest, n, units, at_least=at_least)


def refuse_skewness(
    question: DomainQuestion, largest: float, n: int, units: str, *, at_least: int = 0
) -> None:
    """Refuse a mean of n values of which the largest skewness is known."""
    needed = domain("skewness_factor").refused * largest**2
    if max(n, at_least) < needed:
        raise UndefinedTestError(
            f"skewness {largest:.2g} with {n} {units}: the mean of values this skewed is judged "
            f"from {ceil(needed)} {units} on",
            hint=_hint(question),
        )


def skewed_beyond(question: DomainQuestion, data: Data, level: float) -> str | None:
    """Say that values are too skewed for a level below the gate's own alpha.

    Skewness harms a small level more than a large one: what is honest at 0.05 need not be at a
    tenth of that. None where the mean is honest at ``level``.
    """
    if question.unit is Unit.RUN or question.method not in _BY_T:
        return None
    if question.family is Family.GEOMEAN:
        data = data.logs()
    is_exact = question.is_joint and not question.has_margin  # sign flips of a few units
    for found, n in _skewed(question, data):
        if is_exact and n < domain("units").refused:
            continue
        needed = units_for_skewness(found, level) if found > 0 else 0
        if n < needed:
            return (
                f"skewness {found:.2g} with {n} units: at level {level:.4g}, which the "
                f"correction asks for, {needed} are needed"
            )
    return None


def _skewed(question: DomainQuestion, data: Data) -> Iterator[tuple[float, int]]:
    """Yield the skewness of what is averaged, without its sign, and how many values that is."""
    if data.reduced is not None:
        for column in data.reduced.compared(question.ratio):
            yield abs(skewness_from(column.moments)), column.moments.n
        return
    for array in arrays_compared(data, ratio=question.ratio):
        yield abs(skewness(array)), array.size


_BY_T = frozenset({Method.ONE_SAMPLE_T, Method.PAIRED_T, Method.WELCH_T})


def _hint(question: DomainQuestion) -> str:
    if question.family is Family.GEOMEAN:
        return "gate a quantile, or gather more"
    if question.family is Family.MEAN and question.statistic == "mean":
        return "declare `statistic: geomean`, or gate a quantile"
    return "gather more"


def check_informative(question: DomainQuestion, data: Data, differences: Array) -> None:
    """Refuse a margin on paired differences of which nearly all are the same."""
    if not (question.has_margin and data.is_paired):
        return
    needed = ceil(domain("informative_units").refused)
    refuse_few_informative(informative_at_least(differences, needed))


def refuse_few_informative(informative: int) -> None:
    """Refuse fewer differences beside the most common one than a margin is judged on."""
    needed = domain("informative_units").refused
    if informative < needed:
        raise UndefinedTestError(
            f"only {informative} units have another difference than the most common one; a margin "
            f"on nearly discrete differences is judged from {needed:g} on",
            hint="declare the metric's `range:` so that an exact method can judge, or gather more",
        )


NOISE = 1e-9  # of the largest value: less is rounding, not measurement


def check_noise(data: Data) -> None:
    """Refuse pairs whose differences are rounding noise: one arm is a copy of the other."""
    if data.baseline is None or not data.is_paired:
        return
    differences = data.candidate - data.baseline
    refuse_noise(float(np.ptp(differences)), magnitude(data.candidate, data.baseline))


def refuse_noise(spread: float, size: float) -> None:
    """Refuse differences whose spread is rounding noise beside values of a size."""
    if 0 < spread <= NOISE * size:
        raise UndefinedTestError(
            f"differences spread over {spread:.2g} around values of {size:.2g}: rounding noise",
            hint="look for copied values; measured scores vary",
        )
