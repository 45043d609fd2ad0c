"""Graphs, fallback and weighted Holm, against exact fractions and closed testing."""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.correction import correct
from pytest_evalgate.stats.graphs import (
    GRAPH_CONTROLS,
    chain,
    graph_of,
    graphical,
    largest_graph_levels,
)
from pytest_evalgate.stats.levels import Granted
from pytest_evalgate.stats.weighted_levels import (
    FALLBACK_CONTROLS,
    WEIGHTED_HOLM_CONTROLS,
    fallback,
    weighted_holm,
)


ALPHA = 0.05
HIGH = 1.0 - 1e-15
# Round numbers make ties and p-values exactly on a level likely.
PVALUE = (
    st.sampled_from([0.0, 0.005, 0.01, 0.0125, 0.02, 0.025, 0.03, 0.04, 0.05, 0.2, 1.0])
    | st.floats(0.0, 1.0)
    | st.floats(0.0, 0.06)
)
PVALUES = st.lists(PVALUE, min_size=1, max_size=7)


def equal(size: int) -> tuple[list[float], list[list[float]]]:
    share = 1.0 / max(1, size - 1)
    rows = [[0.0 if j == k else share for k in range(size)] for j in range(size)]
    return [1.0 / size] * size, rows


@st.composite
def graphs(draw: Any) -> tuple[list[float], list[list[float]], list[float]]:
    """Weights and transitions in twelfths, with p-values."""
    size = draw(st.integers(1, 5))
    weights = shares(draw, size, positive=True)
    rows = []
    for j in range(size):
        row = shares(draw, size)
        row[j] = 0.0
        rows.append(row)
    pvalues = draw(st.lists(PVALUE, min_size=size, max_size=size))
    return weights, rows, pvalues


def shares(draw: Any, size: int, *, positive: bool = False) -> list[float]:
    parts = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    if positive and not any(parts):
        parts[0] = 1
    slack = draw(st.integers(0, 2))
    total = max(1, sum(parts) + slack)
    return [part / total for part in parts]


def exact_weights(
    weights: Sequence[float], rows: Sequence[Sequence[float]], kept: Sequence[int]
) -> dict[int, Fraction]:
    """Weights of an intersection: the update of Bretz et al. as printed, in fractions."""
    w = [Fraction(one).limit_denominator(10**6) for one in weights]
    g = [[Fraction(one).limit_denominator(10**6) for one in row] for row in rows]
    left = list(range(len(w)))
    for j in [k for k in left if k not in kept]:
        left.remove(j)
        for one in left:
            w[one] += w[j] * g[j][one]
        new = [row[:] for row in g]
        for one, other in itertools.permutations(left, 2):
            loop = g[one][j] * g[j][one]
            step = g[one][other] + g[one][j] * g[j][other]
            new[one][other] = step / (1 - loop) if loop < 1 else Fraction(0)
        g = new
    return {one: w[one] for one in left}


def closed(
    weights: Sequence[float], rows: Sequence[Sequence[float]], p: Sequence[float]
) -> list[float]:
    """Adjusted p: the largest weighted Bonferroni p of all intersections with a hypothesis."""
    worst = [0.0] * len(p)
    for size in range(1, len(p) + 1):
        for kept in itertools.combinations(range(len(p)), size):
            held = exact_weights(weights, rows, kept)
            joint = min([p[j] / float(held[j]) for j in kept if held[j] > 0], default=1.0)
            for j in kept:
                worst[j] = max(worst[j], min(1.0, joint))
    return worst


def adjusted(records: Sequence[Granted]) -> list[float]:
    return [one.pvalue_adjusted for one in records]


def rejected(records: Sequence[Granted], p: Sequence[float]) -> list[bool]:
    return [record.is_rejected(one) for record, one in zip(records, p, strict=True)]


@given(graphs())
@settings(deadline=None, max_examples=200)
def test_a_graph_is_closed_testing_with_weighted_bonferroni(given_graph: Any) -> None:
    weights, rows, p = given_graph
    found = graphical(p, HIGH, weights=weights, transitions=rows)
    assert adjusted(found.records) == pytest.approx(closed(weights, rows, p), rel=1e-9, abs=1e-12)


@given(graphs(), st.sampled_from([0.01, 0.05, 0.1]))
@settings(deadline=None, max_examples=300)
def test_level_and_adjusted_p_of_a_graph_reject_the_same(given_graph: Any, alpha: float) -> None:
    weights, rows, p = given_graph
    for one, record in zip(
        p, graphical(p, alpha, weights=weights, transitions=rows).records, strict=True
    ):
        assert record.is_rejected(one) == (record.pvalue_adjusted < alpha)
        assert record.pvalue_adjusted >= min(one, 1.0)
        if record.alpha_judged is not None:
            assert 0.0 < record.alpha_judged <= alpha * (1 + 1e-12)


@given(graphs(), st.randoms())
@settings(deadline=None, max_examples=200)
def test_the_order_of_the_hypotheses_plays_no_part_in_a_graph(
    given_graph: Any, random: Any
) -> None:
    weights, rows, p = given_graph
    order = list(range(len(p)))
    random.shuffle(order)
    found = graphical(p, ALPHA, weights=weights, transitions=rows).records
    other = graphical(
        [p[j] for j in order],
        ALPHA,
        weights=[weights[j] for j in order],
        transitions=[[rows[j][k] for k in order] for j in order],
    ).records
    for position, j in enumerate(order):
        assert other[position].pvalue_adjusted == pytest.approx(found[j].pvalue_adjusted)
        assert (other[position].alpha_judged or 0.0) == pytest.approx(found[j].alpha_judged or 0.0)


@given(graphs(), st.integers(0, 4), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=200)
def test_a_smaller_p_never_raises_an_adjusted_p_of_a_graph(
    given_graph: Any, index: int, factor: float
) -> None:
    weights, rows, p = given_graph
    lower = list(p)
    lower[index % len(p)] *= factor
    before = adjusted(graphical(p, HIGH, weights=weights, transitions=rows).records)
    after = adjusted(graphical(lower, HIGH, weights=weights, transitions=rows).records)
    assert (np.array(after) <= np.array(before) * (1 + 1e-9)).all()


@given(PVALUES)
@settings(deadline=None)
def test_a_complete_graph_of_equal_transitions_is_holm(p: list[float]) -> None:
    weights, rows = equal(len(p))
    found = graphical(p, ALPHA, weights=weights, transitions=rows).records
    holm = correct(p, ALPHA, "holm")
    assert adjusted(found) == pytest.approx(adjusted_holm(p), rel=1e-9)
    assert [one.alpha_judged for one in found] == pytest.approx(
        [one.alpha_judged for one in holm], rel=1e-9
    )


def adjusted_holm(p: list[float]) -> list[float]:
    return [one.pvalue_adjusted for one in correct(p, ALPHA, "holm")]


@given(PVALUES)
@settings(deadline=None)
def test_weighted_holm_with_equal_weights_is_holm(p: list[float]) -> None:
    found = weighted_holm(p, ALPHA, weights=[3.0] * len(p))
    assert adjusted(found) == pytest.approx(adjusted_holm(p), rel=1e-9)
    assert [one.alpha_judged for one in found] == pytest.approx(
        [one.alpha_judged for one in correct(p, ALPHA, "holm")], rel=1e-9
    )


@given(st.lists(st.tuples(PVALUE, st.integers(1, 5)), min_size=2, max_size=6), st.randoms())
@settings(deadline=None, max_examples=150)
def test_weighted_holm_is_a_graph_and_knows_no_order(pairs: list[Any], random: Any) -> None:
    random.shuffle(pairs)
    p, w = [one for one, _ in pairs], [float(two) for _, two in pairs]
    total = sum(w)
    rows = [
        [0.0 if j == k else w[k] / (total - w[j]) for k in range(len(w))] for j in range(len(w))
    ]
    found = weighted_holm(p, ALPHA, weights=w)
    graph = graphical(p, ALPHA, weights=[one / total for one in w], transitions=rows).records
    assert adjusted(found) == pytest.approx(adjusted(graph), rel=1e-9)
    assert rejected(found, p) == [one.pvalue_adjusted < ALPHA for one in found]
    assert [one.alpha_judged or 0.0 for one in found] == pytest.approx(
        [one.alpha_judged or 0.0 for one in graph], rel=1e-9
    )


@given(st.lists(st.tuples(PVALUE, st.integers(0, 4)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=200)
def test_fallback_is_a_graph_in_which_each_hands_all_to_the_next(pairs: list[Any]) -> None:
    p = [one for one, _ in pairs]
    parts = [two for _, two in pairs]
    if not any(parts):
        parts[-1] = 1
    weights = [part / sum(parts) for part in parts]
    found = fallback(p, ALPHA, weights=weights)
    graph = graphical(p, ALPHA, weights=weights, transitions=chain(len(p))).records
    assert adjusted(found) == pytest.approx(adjusted(graph), rel=1e-9)
    assert rejected(found, p) == rejected(graph, p)
    assert rejected(found, p) == [one.pvalue_adjusted < ALPHA for one in found]


@given(PVALUES)
@settings(deadline=None)
def test_fallback_with_all_weight_in_front_is_the_fixed_sequence(p: list[float]) -> None:
    found = fallback(p, ALPHA, weights=[1.0] + [0.0] * (len(p) - 1))
    sequence = correct(p, ALPHA, "fixed_sequence")
    assert rejected(found, p) == [one.pvalue_adjusted < ALPHA for one in sequence]
    assert adjusted(found) == pytest.approx([one.pvalue_adjusted for one in sequence], rel=1e-9)


def test_what_no_level_has_reached_is_not_rejected_and_has_no_level() -> None:
    found = graphical(
        [0.2, 0.0, 1e-9], ALPHA, weights=[1.0, 0.0, 0.0], transitions=chain(3)
    ).records
    assert [one.alpha_judged for one in found] == [ALPHA, None, None]
    assert [one.pvalue_adjusted for one in found] == pytest.approx([0.2, 0.2, 0.2])
    assert not found[1].is_rejected(0.0)


def test_what_no_weight_can_ever_reach_has_an_adjusted_p_of_one() -> None:
    found = graphical([0.001, 0.0], ALPHA, weights=[1.0, 0.0], transitions=[[0, 0], [0, 0]])
    assert adjusted(found.records) == [0.001, 1.0]
    assert found.order == (0, 1)
    assert largest_graph_levels(
        ALPHA, graph_of([1.0, 0.0], [[0.0, 0.0], [0.0, 0.0]], size=2)
    ) == pytest.approx((ALPHA, 0.0))


def test_levels_of_a_graph_are_those_held_at_rejection() -> None:
    """The parallel gatekeeping graph of Bretz et al.: two primary, two secondary."""
    found = graphical(
        [0.01, 0.02, 0.005, 0.04],
        ALPHA,
        weights=[0.5, 0.5, 0, 0],
        transitions=[[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [1, 0, 0, 0]],
    )
    assert found.order == (0, 2, 1, 3)
    assert [one.alpha_judged for one in found.records] == pytest.approx([0.025, 0.05, 0.0125, 0.05])


def test_two_that_hand_all_to_one_another_leave_nothing_to_a_third() -> None:
    rows = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]
    found = graphical([0.01, 0.01, 0.01], ALPHA, weights=[0.5, 0.5, 0.0], transitions=rows)
    assert adjusted(found.records) == pytest.approx([0.02, 0.02, 1.0])


@pytest.mark.parametrize("m", range(2, 40))
def test_a_p_on_its_level_is_no_rejection_however_weights_round(m: int) -> None:
    p = [ALPHA / m] + [1.0] * (m - 1)
    weights, rows = equal(m)
    for found in (
        graphical(p, ALPHA, weights=weights, transitions=rows).records,
        weighted_holm(p, ALPHA, weights=[0.1] * m),
        fallback(p, ALPHA, weights=weights),
    ):
        assert not found[0].is_rejected(p[0])
        assert found[0].pvalue_adjusted >= ALPHA


@pytest.mark.parametrize(
    ("weights", "rows", "match"),
    [
        ([0.5, 0.6], [[0, 1], [1, 0]], "more than 1"),
        ([0.5, -0.1], [[0, 1], [1, 0]], "at least 0"),
        ([0.5, np.nan], [[0, 1], [1, 0]], "at least 0"),
        ([0.0, 0.0], [[0, 1], [1, 0]], "all weights are 0"),
        ([0.5], [[0, 1], [1, 0]], "2 weights"),
        ([0.5, 0.5], [[0, 1]], "2 rows"),
        ([0.5, 0.5], [[0, 1], [1]], "rows of 2"),
        ([0.5, 0.5], [[0, 1.1], [1, 0]], "transitions of hypothesis 1 sum"),
        ([0.5, 0.5], [[0, 1], [-1, 0]], "transitions of hypothesis 2"),
        ([0.5, 0.5], [[0, 1], [0, 1]], "hypothesis 2 hands alpha to itself"),
    ],
)
def test_a_graph_that_cannot_be_is_refused(weights: Any, rows: Any, match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        graphical([0.1, 0.2], ALPHA, weights=weights, transitions=rows)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, np.inf]])
def test_weights_that_cannot_be_are_refused_by_weighted_holm(weights: list[float]) -> None:
    with pytest.raises(UndefinedTestError, match="weights"):
        weighted_holm([0.1, 0.2], ALPHA, weights=weights)


@pytest.mark.parametrize("bad", [[], [np.nan, 0.1], [0.1, 1.1]])
def test_p_values_that_cannot_be_are_refused_everywhere(bad: list[float]) -> None:
    weights, rows = equal(max(1, len(bad)))
    with pytest.raises(UndefinedTestError, match="p-values"):
        graphical(bad, ALPHA, weights=weights, transitions=rows)
    with pytest.raises(UndefinedTestError, match="p-values"):
        weighted_holm(bad, ALPHA, weights=weights)
    with pytest.raises(UndefinedTestError, match="p-values"):
        fallback(bad, ALPHA, weights=weights)


def test_largest_levels_are_alpha_where_all_flows_round() -> None:
    weights, rows = equal(4)
    assert largest_graph_levels(ALPHA, graph_of(weights, rows, size=4)) == pytest.approx(
        (ALPHA,) * 4
    )


@pytest.mark.parametrize("words", [GRAPH_CONTROLS, FALLBACK_CONTROLS, WEIGHTED_HOLM_CONTROLS])
def test_each_says_that_it_must_be_fixed_before_the_data(words: str) -> None:
    assert "at most alpha" in words
    assert "before the data were seen" in words
