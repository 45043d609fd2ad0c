"""Laws between one data set and another, of single methods, corrections, and evidence."""

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.evidence import from_json, to_json
from pytest_evalgate.stats.auroc import auroc, auroc_one_arm, auroc_paired
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.confusion import Counts, f1_exact
from pytest_evalgate.stats.correction import correct
from pytest_evalgate.stats.graphs import graphical
from pytest_evalgate.stats.means import one_sample_t
from pytest_evalgate.stats.pairs import paired_proportions, tango_z
from pytest_evalgate.stats.permutations import permutation
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.quantiles import quantile_inference
from pytest_evalgate.stats.rank_sums import mann_whitney
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.signed_rank import signed_rank
from pytest_evalgate.stats.superiority import superiority


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Array = NDArray[np.float64]
Rows = Callable[[Iterable[object]], list[Mapping[str, object]]]
SEEDS = st.integers(0, 2**32)
EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)


def values_of(seed: int, n: int) -> Array:
    return np.asarray(np.round(np.random.default_rng(seed).normal(0.3, 1.0, n) * 64) / 64)


# --- sign flips


@given(seed=SEEDS, n=st.integers(3, 12))
@EXAMPLES
def test_a_pair_without_a_difference_makes_no_sign_flip_more_convincing(seed: int, n: int) -> None:
    differences = values_of(seed, n)
    plain, more = sign_flip(differences), sign_flip(np.append(differences, 0.0))
    assert more.p_greater(0.0) >= plain.p_greater(0.0)
    assert more.p_less(0.0) >= plain.p_less(0.0)


# --- areas


@given(seed=SEEDS)
@EXAMPLES
def test_an_area_sees_only_the_order_of_the_scores(seed: int) -> None:
    rng = np.random.default_rng(seed)
    label = np.repeat([0.0, 1.0], 20)
    first, second = (np.round(label + rng.normal(size=40), 2) for _ in range(2))
    plain = auroc_paired(label, first, second)
    bent = auroc_paired(label, np.exp(first), np.arctan(second))
    assert (plain.estimate, plain.standard_error) == (bent.estimate, bent.standard_error)
    assert plain.p_greater(0.01) == bent.p_greater(0.01)
    one, cubed = auroc_one_arm(label, first), auroc_one_arm(label, first**3)
    assert one.interval(0.05) == cubed.interval(0.05)


@given(seed=SEEDS)
@EXAMPLES
def test_opposite_scores_have_the_opposite_area(seed: int) -> None:
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.repeat([0.0, 1.0], [13, 17]))
    scores = rng.integers(0, 9, 30).astype(np.float64)
    assert math.isclose(auroc(label, -scores), 1.0 - auroc(label, scores), abs_tol=1e-15)


# --- shares


@given(b=st.integers(0, 40), c=st.integers(0, 40), more=st.integers(1, 40))
@EXAMPLES
def test_tango_at_no_difference_is_mcnemars_z(b: int, c: int, more: int) -> None:
    z = tango_z(b, c, b + c + more, difference=0.0)
    assert math.isclose(z, (b - c) / math.sqrt(b + c) if b + c else 0.0, abs_tol=1e-12)


# --- clusters


@given(seed=SEEDS, n=st.integers(6, 40))
@EXAMPLES
def test_copies_of_items_teach_a_cluster_nothing(seed: int, n: int) -> None:
    values = values_of(seed, n)
    names = [f"c{i}" for i in range(n)]
    once, twice = cluster_mean(values, names), cluster_mean(np.repeat(values, 2), sorted(names * 2))
    in_order = cluster_mean(np.concatenate([values, values]), names * 2)
    assert once.standard_error is not None
    assert math.isclose(in_order.standard_error or 0, once.standard_error, rel_tol=1e-9)
    assert math.isclose(in_order.p_greater(0.1), once.p_greater(0.1), rel_tol=1e-9)
    assert twice.df == pytest.approx(once.df)
    plain, copied = one_sample_t(values), one_sample_t(np.repeat(values, 2))
    shrunk = math.sqrt((n - 1) / (2 * n - 1))  # sqrt(1/2) but for the degrees of freedom
    assert math.isclose(copied.standard_error, plain.standard_error * shrunk, rel_tol=1e-9)


# --- the smallest p there is

SEPARATED = (np.arange(6.0) + 10.0, np.arange(6.0))
EXTREMES: dict[str, tuple[Inference, float]] = {
    "exact_binomial": (one_proportion(12, 12), 0.7),
    "mcnemar_tango": (paired_proportions(12, 0, 12), 0.0),
    "mcnemar_tango margin": (paired_proportions(12, 0, 12), -0.1),
    "boschloo": (two_proportions(9, 9, 0, 9), 0.0),
    "order_statistic": (quantile_inference(np.arange(20.0) + 5.0, 0.5), 1.0),
    "jaccard_binomial": (f1_exact(Counts(tp=12, fp=0, fn=0, tn=4)), 0.8),
    "sign_flip": (sign_flip(np.arange(1.0, 11.0)), 0.0),
    "signed_rank": (signed_rank(np.arange(1.0, 11.0)), 0.0),
    "mann_whitney": (mann_whitney(*SEPARATED), 0.0),
    "permutation": (permutation(*SEPARATED, generator=np.random.default_rng(1)), 0.0),
    "brunner_munzel": (superiority(*SEPARATED), 0.5),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_the_smallest_p_is_that_of_the_most_extreme_data(name: str) -> None:
    inference, limit = EXTREMES[name]
    floor = inference.min_pvalue(limit, greater=True)
    assert floor > 0.0
    assert math.isclose(inference.p_greater(limit), floor, rel_tol=1e-9)


# --- corrections

PVALUES = st.lists(
    st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.0, 0.01, 0.025, 0.05, 1.0])),
    min_size=1, max_size=9,
)  # fmt: skip


@given(pvalues=PVALUES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_sharper_correction_never_gives_a_larger_p(pvalues: list[float]) -> None:
    adjusted = {
        name: [one.pvalue_adjusted for one in correct(pvalues, 0.05, name)]
        for name in ("none", "hommel", "hochberg", "holm", "bonferroni")
    }
    sharpest_first = list(adjusted.values())
    for sharper, blunter in pairwise(sharpest_first):
        assert all(a <= b * (1 + 1e-12) for a, b in zip(sharper, blunter, strict=True))


@given(pvalues=PVALUES, alpha=st.sampled_from([0.01, 0.05, 0.1]))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_graph_of_equals_is_holm(pvalues: list[float], alpha: float) -> None:
    m = len(pvalues)
    shares = [[0.0 if i == j else 1.0 / (m - 1) for j in range(m)] for i in range(m)]
    graph = graphical(pvalues, alpha, weights=[1.0 / m] * m, transitions=shares).records
    holm = correct(pvalues, alpha, "holm")
    for one, other in zip(graph, holm, strict=True):
        assert math.isclose(one.pvalue_adjusted or 0.0, other.pvalue_adjusted, rel_tol=1e-9)


# --- evidence

CLAIMS = {
    "superiority": "r: {metric: m, claim: superiority}",
    "margin": "r: {metric: m, claim: non_inferiority, margin: 0.1}",
    "equivalence": "r: {metric: m, claim: equivalence, margin: 0.2}",
    "threshold": "r: {metric: m, claim: threshold, min: 0.5}",
    "alarm": "r: {metric: m, claim: deterioration}, s: {metric: m, claim: superiority}",
    "invalid": "r: {metric: m, claim: superiority, min_samples: 1000}",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_evidence_survives_its_file(bench: "Bench", rows: Rows, claim: str) -> None:
    rng = np.random.default_rng(5)
    for values in (rng.normal(1.0, 1.0, 60), rng.integers(0, 2, 60).astype(np.float64)):
        bench.arms(rows(values.tolist()), rows(rng.permutation(values).tolist()))
        evidence = bench.judge(CLAIMS[claim])
        assert from_json(to_json(evidence)) == evidence
