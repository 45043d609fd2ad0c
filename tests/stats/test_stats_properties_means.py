"""What must hold of every test of means, whatever the numbers."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.crossed import crossed_independent, crossed_paired
from pytest_evalgate.stats.means import one_sample_t, paired_t, welch_t
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference


Arm: TypeAlias = NDArray[np.float64]

NAMES = [f"c{k}" for k in (0, 0, 1, 2, 2, 2, 3, 4, 4, 5, 5, 5)]
DESIGNS: dict[str, Callable[[Arm, Arm], Inference]] = {
    "paired t": paired_t,
    "Welch": welch_t,
    "clusters nested": lambda a, b: cluster_difference(a, NAMES, b, [f"b{k}" for k in NAMES]),
    "clusters crossing": lambda a, b: cluster_difference(a, NAMES, b, NAMES[::-1]),
    "crossed, paired": lambda a, b: crossed_paired(a.reshape(3, 4), b.reshape(3, 4)),
    "crossed, independent": lambda a, b: crossed_independent(a.reshape(3, 4), b.reshape(3, 4)),
    "sign flip": lambda a, b: sign_flip(a - b),
}
MIRRORED: dict[Callable[[Arm, Arm], Inference], Callable[[Arm, Arm], Inference]] = {
    DESIGNS["clusters nested"]: lambda b, a: cluster_difference(
        b, [f"b{k}" for k in NAMES], a, NAMES
    ),
    DESIGNS["clusters crossing"]: lambda b, a: cluster_difference(b, NAMES[::-1], a, NAMES),
}  # the arms' clusters swap with them
every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())


@st.composite
def arms(draw: st.DrawFn) -> tuple[Arm, Arm]:
    """Two arms of 12 values: multiples of 1/64, so that shifts and doublings are exact."""
    seed = draw(st.integers(0, 2**32))
    steps = draw(st.sampled_from([4, 64, 1000]))
    rng = np.random.default_rng(seed)
    a, b = rng.integers(-steps, steps, size=(2, 12)) / 64.0
    a[:3], b[:3] = (1 / 64, -5 / 64, 2 / 64), (0.0, 7 / 64, -3 / 64)  # never constant
    return a, b


limits = st.integers(-640, 640).map(lambda step: step / 64.0)


@every_design
@settings(max_examples=25, deadline=None)
@given(arms=arms(), limit=limits, shift=st.integers(-(2**20), 2**20))
def test_shifting_both_arms_changes_nothing(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], limit: float, shift: int
) -> None:
    a, b = arms
    plain, moved = design(a, b), design(a + shift, b + shift)

    assert moved.estimate == pytest.approx(plain.estimate, rel=1e-6, abs=1e-9)
    assert moved.p_greater(limit) == pytest.approx(plain.p_greater(limit), rel=1e-6, abs=1e-12)


@every_design
@settings(max_examples=25, deadline=None)
@given(arms=arms(), limit=limits, shift=st.integers(-1000, 1000))
def test_shifting_the_candidate_shifts_the_effect(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], limit: float, shift: int
) -> None:
    a, b = arms
    plain, moved = design(a, b), design(a + shift, b)

    assert moved.estimate == pytest.approx(plain.estimate + shift, rel=1e-9, abs=1e-9)
    expected = plain.p_greater(limit)
    assert moved.p_greater(limit + shift) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@every_design
@settings(max_examples=25, deadline=None)
@given(arms=arms(), limit=limits, power=st.integers(-400, 400))
def test_scaling_both_arms_and_the_limit_changes_no_p(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], limit: float, power: int
) -> None:
    (a, b), factor = arms, 2.0**power
    plain, scaled = design(a, b), design(a * factor, b * factor)

    assert scaled.estimate == pytest.approx(plain.estimate * factor, rel=1e-9)
    assert scaled.p_greater(limit * factor) == pytest.approx(plain.p_greater(limit), rel=1e-9)
    assert scaled.p_less(limit * factor) == pytest.approx(plain.p_less(limit), rel=1e-9)


@every_design
@settings(max_examples=25, deadline=None)
@given(arms=arms(), limit=limits)
def test_swapping_the_arms_mirrors_the_test(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], limit: float
) -> None:
    a, b = arms
    forth, back = design(a, b), MIRRORED.get(design, design)(b, a)

    assert forth.estimate == pytest.approx(-back.estimate, rel=1e-9, abs=1e-12)
    assert forth.p_greater(limit) == pytest.approx(back.p_less(-limit), rel=1e-9)
    low, high = back.interval(0.05)
    assert low is not None
    assert high is not None
    assert forth.interval(0.05) == pytest.approx((-high, -low), rel=1e-7, abs=1e-9)


@every_design
@settings(max_examples=15, deadline=None)
@given(arms=arms(), alpha=st.floats(0.001, 0.49))
def test_test_and_interval_agree(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], alpha: float
) -> None:
    inference = design(*arms)
    low, high = inference.interval(alpha)
    assert low is not None
    assert high is not None
    width = high - low
    for limit in np.linspace(low - width, high + width, 23):
        if abs(limit - low) > 1e-7 * width:
            assert (inference.p_greater(limit) < alpha) == (low > limit)
        if abs(limit - high) > 1e-7 * width:
            assert (inference.p_less(limit) < alpha) == (high < limit)


@every_design
@settings(max_examples=25, deadline=None)
@given(arms=arms(), margins=st.lists(limits, min_size=2, max_size=6))
def test_p_never_rises_with_the_margin(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], margins: list[float]
) -> None:
    inference = design(*arms)
    pvalues = [inference.p_greater(-margin) for margin in sorted(margins)]

    assert pvalues == sorted(pvalues, reverse=True)
    assert all(0.0 <= p <= 1.0 for p in pvalues)


@every_design
@settings(max_examples=25, deadline=None)
@given(arms=arms(), limit=limits)
def test_both_tails_together_are_at_least_one(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], limit: float
) -> None:
    inference = design(*arms)

    assert inference.p_greater(limit) + inference.p_less(limit) >= 1.0 - 1e-12


@pytest.mark.parametrize("design", [paired_t, welch_t], ids=["paired t", "Welch"])
@settings(max_examples=25, deadline=None)
@given(arms=arms(), seed=st.integers(0, 1000))
def test_the_order_of_units_does_not_matter(
    design: Callable[[Arm, Arm], Inference], arms: tuple[Arm, Arm], seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(12)
    a, b = arms

    assert design(a[order], b[order]).p_greater(0.1) == pytest.approx(
        design(a, b).p_greater(0.1), rel=1e-9
    )


@settings(max_examples=50, deadline=None)
@given(arms=arms())
def test_a_pair_without_difference_never_makes_a_sign_flip_more_significant(
    arms: tuple[Arm, Arm],
) -> None:
    differences = arms[0] - arms[1]
    more = sign_flip(np.append(differences, 0.0))

    assert more.p_greater(0.0) >= sign_flip(differences).p_greater(0.0)


@settings(max_examples=50, deadline=None)
@given(arms=arms(), times=st.integers(2, 5))
def test_copies_of_items_as_clusters_leave_the_standard_error_unchanged(
    arms: tuple[Arm, Arm], times: int
) -> None:
    names = [f"item-{k}" for k in range(12)]
    once, repeated = cluster_mean(arms[0], names), np.repeat(arms[0], times)
    again = cluster_mean(repeated, np.repeat(names, times).tolist())

    assert again.standard_error == pytest.approx(once.standard_error, rel=1e-9)
    assert again.df == pytest.approx(once.df, rel=1e-9)
    assert one_sample_t(repeated).standard_error < once.standard_error / 1.3
