"""Where ranks and permutations of two arms are honest."""

from collections.abc import Callable, Mapping

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.domain_question import (
    DomainQuestion,
    arrays_compared,
    check_spread,
    require,
)
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.stats.shape import skewness


def _win_probability(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    if data.baseline is None:
        return ()
    sizes = sorted((data.candidate.size, data.baseline.size))
    ratio = sizes[1] / sizes[0]
    if domain("ranked_units").is_warned(sizes[0]) and domain("ranked_ratio").is_refused(ratio):
        raise UndefinedTestError(
            f"{sizes[0]} units against {sizes[1]}: so few are judged only in arms of like size",
            hint="gather at least 5 in the smaller arm",
        )
    warnings = require("ranked_units", sizes[0], "units in an arm", hint="gather more")
    if question.has_margin:
        warnings += require("ranked_units_margin", sizes[0], "units in an arm", hint="gather more")
    return warnings


def _check_widths(data: Data, who: str) -> None:
    """Refuse arms of which one is visibly more spread."""
    arms = [arm for arm in (data.candidate, data.baseline) if arm is not None]
    widths = sorted(float(np.ptp(np.quantile(arm, (0.25, 0.75)))) for arm in arms)
    if widths[1] > 2.0 * widths[0]:
        raise UndefinedTestError(
            f"the middle half of one arm is {widths[1]:.3g} wide, that of the other "
            f"{widths[0]:.3g}: {who} to be of one shape",
            hint="evaluate at least 30 units in each arm, or declare `statistic: win_rate`",
        )


def _exchangeable(_: DomainQuestion, data: Data) -> tuple[str, ...]:
    """Refuse arms of unequal size: the smaller one may be the more spread."""
    if data.baseline is None:
        return ()
    sizes = sorted((data.candidate.size, data.baseline.size))
    if sizes[0] < sizes[1]:
        _check_widths(data, "permutations of unequal arms take them")
    return require(
        "permutation_ratio", sizes[1] / sizes[0], "times as many units in one arm",
        hint="gather as many in both arms",
    )  # fmt: skip


_ONE_SHAPE = (
    "ranks test that the arms are one and the same; of arms that differ in shape they say little"
)


def _refuse_margin(question: DomainQuestion) -> None:
    """Refuse a margin judged by ranks: it would need arms of one shape, which nobody can see."""
    if question.has_margin:
        raise UndefinedTestError(
            f"method {question.method.value!r} is for claims without a margin",
            hint="leave `method` out, or set no `margin` or `min_effect`",
        )


def _symmetric(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    """Refuse visibly skewed differences: ranks of signs take them to be symmetric."""
    _refuse_margin(question)
    [differences] = arrays_compared(data, ratio=question.ratio)
    found, n = abs(skewness(differences)), differences.size
    if n >= 8 and found > 2 * np.sqrt(6 / n):
        raise UndefinedTestError(
            f"skewness {found:.2g} of {n} differences: signed ranks take them to be symmetric",
            hint="leave `method` out",
        )
    return (_ONE_SHAPE,)


def _same_shape(question: DomainQuestion, data: Data) -> tuple[str, ...]:
    """Refuse arms of visibly unequal spread: ranks of two samples take them to be of one shape."""
    if data.baseline is None:
        return ()
    _refuse_margin(question)
    check_spread(np.concatenate([data.candidate, data.baseline]))
    _check_widths(data, "a rank-sum test takes them")
    return (_ONE_SHAPE,)


RANK_DOMAINS: Mapping[Method | Family, Callable[[DomainQuestion, Data], tuple[str, ...]]] = {
    Method.BRUNNER_MUNZEL: _win_probability,
    Method.PERMUTATION: _exchangeable,
    Method.SIGNED_RANK: _symmetric,
    Method.MANN_WHITNEY: _same_shape,
}
