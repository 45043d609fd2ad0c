"""Laws that every method obeys, on any data: what holds between test, interval and data."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from method_cases import Case, Mirror
from method_changes import mapped, mirrored, reordered
from method_values import Rng

from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.infer import infer
from pytest_evalgate.stats.result import Inference


ROUNDING = 1e-7  # relative: a limit so near to the interval's end is on neither side of it


TOLERANCE: Mapping[Method, float] = {
    Method.BCA_BOOTSTRAP: 1e-3,  # a law on a grid, which rounding may move by a cell
    Method.QUANTILE_DIFFERENCE: 1e-7,  # a law integrated by numbers
    Method.MIXED_MODEL: 1e-6,  # a likelihood whose maximum is found by numbers
}
"""How far p-values of the same data may lie apart where a law is not exact; else 1e-9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One data set with its inference and random limits within its reach."""

    case: Case
    inference: Inference
    scale: float  # of the limits, in the unit of the effect
    limits: tuple[float, ...]  # ascending
    rng: Rng

    def near(self, first: float, second: float, *, factor: float = 1.0) -> bool:
        """Say whether two limits are the same but for rounding."""
        size = max(abs(first), abs(second), self.scale)
        return abs(first - second) <= factor * ROUNDING * size


def draw(case: Case, rng: Rng) -> Drawn:
    """Infer, and draw limits around the estimate.

    Raises:
        UndefinedTestError: the data leave the method undefined.
    """
    inference = infer(case.ask)
    low, high = inference.interval(0.2)
    ends = [end for end in (low, high) if end is not None and math.isfinite(end)]
    scale = max((abs(end - inference.estimate) for end in ends), default=0.0)
    size = max(abs(inference.estimate), 1.0)
    if scale < 1e-6 * size:  # ties: an interval as wide as rounding says nothing about scale
        scale = size / 4
    limits = inference.estimate + scale * np.append(3.0 * rng.normal(size=5), 0.0)
    known = [limit for limit in limits.tolist() if _is_within(limit, case.variant.reach)]
    if case.variant.reach[0] < 0.0 < case.variant.reach[1]:
        known.append(0.0)
    return Drawn(case=case, inference=inference, scale=scale, limits=tuple(sorted(known)), rng=rng)


def _is_within(limit: float, reach: tuple[float, float]) -> bool:
    return reach[0] < limit < reach[1]


def interval_and_p_agree(drawn: Drawn) -> None:
    """The p-value is below a level exactly when the interval of that level lies beyond."""
    for alpha in (0.05, float(drawn.rng.uniform(0.001, 0.4))):
        low, high = drawn.inference.interval(alpha)
        for limit in drawn.limits:
            above, below = drawn.inference.p_greater(limit), drawn.inference.p_less(limit)
            if not _is_close(above, alpha) and not (low is not None and drawn.near(low, limit)):
                assert (above < alpha) == (low is not None and low > limit), (
                    "greater", alpha, limit, above, low,
                )  # fmt: skip
            if not _is_close(below, alpha) and not (high is not None and drawn.near(high, limit)):
                assert (below < alpha) == (high is not None and high < limit), (
                    "less", alpha, limit, below, high,
                )  # fmt: skip


def _is_close(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=1e-6)


def p_falls_with_a_weaker_limit(drawn: Drawn) -> None:
    """Whoever clears a limit clears any weaker one."""
    above = [drawn.inference.p_greater(limit) for limit in drawn.limits]
    below = [drawn.inference.p_less(limit) for limit in drawn.limits]
    for first, second in pairwise(above):
        assert first <= second + 1e-9, (drawn.limits, above)
    for first, second in pairwise(below):
        assert first >= second - 1e-9, (drawn.limits, below)


def intervals_are_nested(drawn: Drawn) -> None:
    """A smaller level has a wider interval."""
    wide, narrow = drawn.inference.interval(0.01), drawn.inference.interval(0.1)
    slack = ROUNDING * max(drawn.scale, abs(drawn.inference.estimate))
    if wide[0] is not None:
        assert narrow[0] is not None, (wide, narrow)
        assert wide[0] <= narrow[0] + slack, (wide, narrow)
    if wide[1] is not None:
        assert narrow[1] is not None, (wide, narrow)
        assert wide[1] >= narrow[1] - slack, (wide, narrow)


def p_values_are_probabilities(drawn: Drawn) -> None:
    """A p-value lies between its floor and 1, and only an exact one may have a floor."""
    for limit in drawn.limits:
        for greater in (True, False):
            p = drawn.inference.p_greater(limit) if greater else drawn.inference.p_less(limit)
            floor = drawn.inference.min_pvalue(limit, greater=greater)
            assert 0.0 <= floor <= 1.0, (limit, greater, floor)
            assert floor * (1 - 1e-9) - 1e-300 <= p <= 1.0, (limit, greater, p, floor)


def both_p_values_share_the_line(drawn: Drawn) -> None:
    """The two p-values add up to 1, or to more where what was seen counts for both."""
    for limit in drawn.limits:
        total = drawn.inference.p_greater(limit) + drawn.inference.p_less(limit)
        if drawn.case.variant.is_discrete:
            assert total >= 1.0 - 1e-9, (limit, total)
        else:
            assert math.isclose(total, 1.0, abs_tol=1e-7), (limit, total)


def order_of_rows_is_nothing(drawn: Drawn) -> None:
    """The same rows in another order give the same numbers."""
    ask = drawn.case.ask
    again = infer(replace(ask, data=reordered(ask.data, drawn.rng)))
    _same(drawn, again, lambda limit: limit, lambda effect: effect)


def a_shift_moves_the_effect(drawn: Drawn) -> None:
    """Adding to every value of the candidate adds as much to the effect."""
    step = float(drawn.rng.choice([-64.0, 0.5, 16.0]))
    ask = drawn.case.ask
    data = mapped(ask.data, lambda values: values + step, arms=("candidate",))
    again = infer(replace(ask, data=data))
    _same(drawn, again, lambda limit: limit + step, lambda effect: effect + step)


def a_scale_multiplies_the_effect(drawn: Drawn) -> None:
    """Other units of measurement give the same p-values."""
    factor = float(drawn.rng.choice([2.0**-10, 0.5, 4.0, 2.0**20]))
    ask = drawn.case.ask
    again = infer(replace(ask, data=mapped(ask.data, lambda v: factor * v, gold=True)))
    _same(drawn, again, lambda limit: limit * factor, lambda effect: effect * factor)


def a_mirror_turns_greater_into_less(drawn: Drawn) -> None:
    """Swapped arms (or the opposite values) swap the two p-values and the interval's ends."""
    ask, of = mirrored(drawn.case)
    if drawn.case.variant.mirror is Mirror.SWAP_RATIO and drawn.inference.estimate == 0.0:
        return  # its inverse is infinite
    again = infer(ask)
    assert drawn.near(of(drawn.inference.estimate), again.estimate), again.estimate
    for limit in drawn.limits:
        _same_p(drawn, limit, again, of(limit), is_mirrored=True)


def _same(
    drawn: Drawn,
    again: Inference,
    of_limit: Callable[[float], float],
    of_effect: Callable[[float], float],
) -> None:
    expected = of_effect(drawn.inference.estimate)
    assert math.isclose(
        expected, again.estimate, rel_tol=1e-9, abs_tol=1e-9 * of_effect_scale(drawn, of_effect)
    ), (expected, again.estimate)
    for limit in drawn.limits:
        _same_p(drawn, limit, again, of_limit(limit), is_mirrored=False)


def of_effect_scale(drawn: Drawn, of_effect: Callable[[float], float]) -> float:
    """Return the scale of limits after a transformation of effects."""
    return abs(of_effect(drawn.scale) - of_effect(0.0))


def _same_p(
    drawn: Drawn, limit: float, again: Inference, other: float, *, is_mirrored: bool
) -> None:
    """Hold p-values against those of transformed data, but where rounding decides a tie."""
    one = drawn.inference
    for first, second, name in (
        (one.p_greater, again.p_less if is_mirrored else again.p_greater, "greater"),
        (one.p_less, again.p_greater if is_mirrored else again.p_less, "less"),
    ):
        found, expected = second(other), first(limit)
        slack = TOLERANCE.get(drawn.case.ask.method, 1e-9)
        if drawn.case.variant.mirror is Mirror.SWAP_RATIO:
            slack = max(slack, 1e-6)  # that each arm's mean is above 0 has a p of its own
        if math.isclose(found, expected, rel_tol=1e-6, abs_tol=slack):
            continue
        # A limit that a value lies on falls on either side of it by rounding.
        step = 1e-9 * max(abs(limit), drawn.scale)
        around = sorted((first(limit - step), first(limit + step)))
        assert around[0] - slack <= found <= around[1] + slack, (name, limit, expected, found)


Property = Callable[[Drawn], None]
PROPERTIES: tuple[Property, ...] = (
    interval_and_p_agree,
    p_falls_with_a_weaker_limit,
    intervals_are_nested,
    p_values_are_probabilities,
    both_p_values_share_the_line,
    order_of_rows_is_nothing,
    a_shift_moves_the_effect,
    a_scale_multiplies_the_effect,
    a_mirror_turns_greater_into_less,
)

_DRAWN = "splits or resamples are drawn at random by the place of a row"
_TIES = "ties at 0 have a law of their own, which a shift leaves behind"
_FLOORS = "against a weaker limit than 0 the swaps may decide, and their floor is another"
EXEMPT: Mapping[tuple[Method, str, Property], str] = {
    (Method.PERMUTATION, "drawn splits", order_of_rows_is_nothing): _DRAWN,
    (Method.PERMUTATION, "drawn splits", a_mirror_turns_greater_into_less): _DRAWN,
    (Method.BOOTSTRAP_T, "one", order_of_rows_is_nothing): _DRAWN,
    (Method.BOOTSTRAP_T, "paired", order_of_rows_is_nothing): _DRAWN,
    (Method.BCA_BOOTSTRAP, "ratio", order_of_rows_is_nothing): _DRAWN,
    (Method.SWAP, "f1", order_of_rows_is_nothing): _DRAWN,
    (Method.SWAP, "ratio", order_of_rows_is_nothing): _DRAWN,
    (Method.SWAP, "f1", p_values_are_probabilities): _FLOORS,
    (Method.SWAP, "ratio", p_values_are_probabilities): _FLOORS,
    (Method.MANN_WHITNEY, "unpaired", a_shift_moves_the_effect): _TIES,
    (Method.SIGNED_RANK, "paired", a_shift_moves_the_effect): _TIES,
}
"""Where a law does not hold, and why: everything else must."""


def applies(law: Property, case: Case) -> bool:
    """Say whether a law is about this design."""
    variant = case.variant
    if (case.ask.method, variant.name, law) in EXEMPT:
        return False
    if law is a_shift_moves_the_effect:
        return variant.is_shiftable
    if law is a_scale_multiplies_the_effect:
        return variant.is_scalable
    if law is a_mirror_turns_greater_into_less:
        return variant.mirror is not None
    return True
