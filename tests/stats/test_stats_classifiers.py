"""Average precision, F1 of two and many classes, log-loss and Brier score."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.metrics import (  # type: ignore[import-untyped]  # it has no types
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
)

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.auroc import auroc_pseudo_values
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.confusion import (
    Counts,
    counts_of,
    f1,
    f1_exact,
    f1_pseudo_values,
    f1_standard_error,
    precision,
    precision_exact,
    precision_pseudo_values,
    recall,
    recall_exact,
    recall_pseudo_values,
)
from pytest_evalgate.stats.crossed import crossed_paired
from pytest_evalgate.stats.linear import linearise_ratio
from pytest_evalgate.stats.macro_f1 import f1_averages, macro_f1, macro_f1_pseudo_values
from pytest_evalgate.stats.means import one_sample_t
from pytest_evalgate.stats.proper_scores import brier_values, log_loss_values
from pytest_evalgate.stats.ranking import average_precision, average_precision_pseudo_values
from pytest_evalgate.stats.weighted import (
    OfWeights,
    weighted_auroc,
    weighted_average_precision,
    weighted_macro_f1,
    weighted_ratio,
)


Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


@st.composite
def ranked(draw: st.DrawFn) -> tuple[Labels, Floats]:
    """Labels with 3 or more of each class, and scores with ties in [0, 1]."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, levels = draw(st.integers(8, 40)), draw(st.sampled_from([2, 5, 1000]))
    y = rng.permutation(np.concatenate([np.zeros(3, int), np.ones(3, int), rng.integers(0, 2, n)]))
    return y, rng.integers(0, levels + 1, size=y.size) / levels


@st.composite
def classified(draw: st.DrawFn) -> tuple[Labels, Labels]:
    """Labels and predictions of 2 to 5 classes, each at least twice a label."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k = draw(st.integers(2, 5))
    y = np.concatenate([np.tile(np.arange(k), 2), rng.integers(0, k, draw(st.integers(2, 40)))])
    hits = rng.random(y.size) < draw(st.floats(0.2, 0.95))
    predicted = np.where(hits, y, rng.integers(0, k, y.size))
    predicted[:k] = np.roll(np.arange(k), 1)  # no class occurs in one unit only
    return y, predicted


def assert_jackknife(values: Floats, of_weights: OfWeights) -> None:
    """Pseudo-values have the statistic as mean and spread as the statistics without each unit."""
    n = values.size
    ones = np.ones(n)
    left = np.array([of_weights(ones - np.eye(n)[i]) for i in range(n)])
    np.testing.assert_allclose(values.mean(), of_weights(ones), rtol=1e-10)
    np.testing.assert_allclose(
        values - values.mean(), (n - 1) * (left.mean() - left), rtol=1e-8, atol=1e-9
    )


@settings(deadline=None)
@given(data=ranked())
def test_average_precision_equals_scikit_learns(data: tuple[Labels, Floats]) -> None:
    y, s = data
    assert average_precision(y, s) == pytest.approx(average_precision_score(y, s), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(data=ranked())
def test_average_precision_pseudo_values_are_the_brute_force_jackknifes(
    data: tuple[Labels, Floats],
) -> None:
    y, s = data
    left = np.array(
        [average_precision_score(np.delete(y, i), np.delete(s, i)) for i in range(y.size)]
    )
    values = average_precision_pseudo_values(y, s)
    np.testing.assert_allclose(
        values, average_precision_score(y, s) + (y.size - 1) * (left.mean() - left), atol=1e-9
    )


def test_interpolation_would_give_another_area() -> None:
    y, s = [1, 0, 1, 0, 0, 1], [6, 5, 4, 3, 2, 1]
    steps = (1 / 1 + 2 / 3 + 3 / 6) / 3
    assert average_precision(y, s) == pytest.approx(steps, rel=1e-15)


@given(data=ranked())
def test_weighted_functions_give_the_pseudo_values(data: tuple[Labels, Floats]) -> None:
    y, s = data
    assert_jackknife(average_precision_pseudo_values(y, s), weighted_average_precision(y, s))
    assert_jackknife(auroc_pseudo_values(y, s), weighted_auroc(y, s))


@given(data=ranked(), seed=st.integers(0, 99))
def test_weights_count_copies_of_a_unit(data: tuple[Labels, Floats], seed: int) -> None:
    y, s = data
    weights = np.random.default_rng(seed).integers(1, 4, size=y.size)
    copies = np.repeat(np.arange(y.size), weights)
    found = weighted_average_precision(y, s)(weights.astype(float))
    assert found == pytest.approx(average_precision(y[copies], s[copies]), rel=1e-12)


RATES: dict[str, tuple[Callable[..., Floats], Callable[[Counts], float], Callable[..., float]]] = {
    "f1": (f1_pseudo_values, f1, f1_score),
    "precision": (precision_pseudo_values, precision, precision_score),
    "recall": (recall_pseudo_values, recall, recall_score),
}


@pytest.mark.parametrize("name", RATES)
@settings(max_examples=20, deadline=None)
@given(data=ranked())
def test_binary_rates_equal_scikit_learns_and_their_pseudo_values_jackknifes(
    name: str, data: tuple[Labels, Floats]
) -> None:
    y, s = data
    predicted = (s >= 0.5).astype(int)
    predicted[:4] = 1  # something is predicted, also without any one unit
    y[:2] = 1
    pseudo_values, value, reference = RATES[name]
    assert value(counts_of(y, predicted)) == pytest.approx(reference(y, predicted), rel=1e-13)
    left = [reference(np.delete(y, i), np.delete(predicted, i)) for i in range(y.size)]
    expected = reference(y, predicted) + (y.size - 1) * (np.mean(left) - np.array(left))
    np.testing.assert_allclose(pseudo_values(y, predicted), expected, atol=1e-9)


@given(data=classified())
def test_macro_f1_equals_scikit_learns_and_its_pseudo_values_the_jackknifes(
    data: tuple[Labels, Labels],
) -> None:
    y, predicted = data
    expected = f1_score(y, predicted, average="macro")
    assert macro_f1(y, predicted) == pytest.approx(expected, rel=1e-12)
    assert_jackknife(macro_f1_pseudo_values(y, predicted), weighted_macro_f1(y, predicted))


@given(data=classified())
def test_some_classes_average_as_scikit_learns_labels_do(data: tuple[Labels, Labels]) -> None:
    y, predicted = data
    expected = f1_score(y, predicted, labels=[0, 1], average="macro")
    assert macro_f1(y, predicted, classes=[1, 0]) == pytest.approx(expected, rel=1e-12)
    assert_jackknife(
        macro_f1_pseudo_values(y, predicted, classes=[0, 1]),
        weighted_macro_f1(y, predicted, classes=[0, 1]),
    )


@given(data=classified())
def test_texts_and_numbers_name_the_same_classes(data: tuple[Labels, Labels]) -> None:
    y, predicted = data
    texts = np.array(["ash", "oak", "elm", "fir", "yew"])
    assert macro_f1(texts[y], texts[predicted]) == pytest.approx(macro_f1(y, predicted), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(data=classified())
def test_delta_variance_is_that_of_the_linear_terms(data: tuple[Labels, Labels]) -> None:
    y, predicted = data
    k = int(y.max()) + 1
    table = np.zeros((k, k))
    np.add.at(table, (y, predicted), 1)
    found = f1_averages(table)
    of_weights = weighted_macro_f1(y, predicted)
    step = 1e-5
    slopes = [
        (of_weights(np.ones(y.size) + step * row) - of_weights(np.ones(y.size) - step * row))
        / (2 * step)
        for row in np.eye(y.size)
    ]
    assert found.macro == pytest.approx(macro_f1(y, predicted), rel=1e-12)
    assert found.micro == pytest.approx(f1_score(y, predicted, average="micro"), rel=1e-12)
    assert found.macro_standard_error == pytest.approx(np.linalg.norm(slopes), rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(found.of_class, f1_score(y, predicted, average=None), rtol=1e-12)


def test_binary_f1_is_the_macro_f1_of_one_class() -> None:
    y, predicted = [1, 1, 1, 0, 0, 0, 1], [1, 0, 1, 1, 0, 1, 1]
    np.testing.assert_allclose(
        f1_pseudo_values(y, predicted), macro_f1_pseudo_values(y, predicted, classes=[1])
    )
    counts = counts_of(y, predicted)
    assert counts == Counts(tp=3, fp=2, fn=1, tn=1)
    assert f1_standard_error(counts) == pytest.approx(
        math.sqrt(3 * (2 - 4 / 3) ** 2 + 3 * (2 / 3) ** 2) / 9, rel=1e-14
    )


@given(tp=st.integers(0, 60), wrong=st.integers(0, 40), limit=st.floats(0.02, 0.98))
def test_f1_is_judged_by_the_binomial_law_of_its_hits(tp: int, wrong: int, limit: float) -> None:
    if not tp + wrong:
        return
    found = f1_exact(Counts(tp=tp, fp=wrong, fn=0))
    rate = limit / (2 - limit)
    assert found.p_greater(limit) == pytest.approx(binom.sf(tp - 1, tp + wrong, rate), rel=1e-9)
    assert found.p_less(limit) == pytest.approx(binom.cdf(tp, tp + wrong, rate), rel=1e-9)
    assert found.min_pvalue(limit, greater=True) == pytest.approx(rate ** (tp + wrong), rel=1e-9)


@settings(max_examples=300, deadline=None)
@given(
    tp=st.integers(0, 60),
    fp=st.integers(0, 20),
    fn=st.integers(1, 20),
    limit=st.floats(0, 1),
    alpha=st.floats(0.001, 0.4),
)
def test_exact_f1_test_and_interval_agree_to_the_last_digit(
    tp: int, fp: int, fn: int, limit: float, alpha: float
) -> None:
    found = f1_exact(Counts(tp=tp, fp=fp, fn=fn))
    low, high = found.interval(alpha)
    assert low <= found.estimate <= high
    assert (found.p_greater(limit) < alpha) == (low > limit)
    assert (found.p_less(limit) < alpha) == (high < limit)


@pytest.mark.parametrize("limit", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("m", [10, 30, 100])
def test_exact_f1_never_promotes_above_its_level(m: int, limit: float) -> None:
    rate = limit / (2 - limit)
    law = binom.pmf(np.arange(m + 1), m, rate)
    passed = [f1_exact(Counts(tp=x, fp=m - x, fn=0)).p_greater(limit) < 0.05 for x in range(m + 1)]
    assert float(law @ np.array(passed)) <= 0.05 + 1e-12


def test_precision_and_recall_are_binomial() -> None:
    counts = Counts(tp=8, fp=2, fn=4)
    assert (precision_exact(counts).successes, precision_exact(counts).n) == (8, 10)
    assert (recall_exact(counts).successes, recall_exact(counts).n) == (8, 12)


@pytest.mark.parametrize("reverse", [False, True])
def test_ratio_pseudo_values_keep_their_digits_on_any_scale(reverse: bool) -> None:  # noqa: FBT001
    top, bottom = np.array([3.0, 5.0, 2.0, 4.0]), np.array([10.0, 12.0, 9.0, 11.0])
    plain = linearise_ratio(top, bottom).pseudo_values
    scale = 1e-140 if reverse else 1e140
    scaled = linearise_ratio(top * scale, bottom).pseudo_values
    np.testing.assert_allclose(scaled / scale, plain, rtol=1e-14)
    assert_jackknife(plain, weighted_ratio(top, bottom))
    assert linearise_ratio(top, bottom).value == pytest.approx(14 / 42)


def test_pseudo_values_serve_clusters_and_crossed_runs() -> None:
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 60)
    runs = [np.where(rng.random(60) < 0.8, y, 1 - y) for _ in range(6)]
    values = np.array([f1_pseudo_values(y, run) for run in runs])
    clustered = cluster_mean(values[0] - values[1], [str(i // 4) for i in range(60)])
    crossed = crossed_paired(values[:3], values[3:])
    areas = [f1(counts_of(y, run)) for run in runs]
    assert clustered.estimate == pytest.approx(areas[0] - areas[1], abs=1e-12)
    assert crossed.estimate == pytest.approx(np.mean(areas[:3]) - np.mean(areas[3:]), abs=1e-12)


@given(data=ranked())
def test_proper_scores_average_to_scikit_learns(data: tuple[Labels, Floats]) -> None:
    y, s = data
    inside = 0.02 + 0.96 * s
    assert brier_values(y, s).mean() == pytest.approx(brier_score_loss(y, s), rel=1e-12)
    assert log_loss_values(y, inside).mean() == pytest.approx(log_loss(y, inside), rel=1e-12)


def test_sure_and_right_costs_nothing() -> None:
    assert log_loss_values([1, 0], [1.0, 0.0]).tolist() == [0.0, 0.0]
    assert log_loss_values([0], [1e-300])[0] == pytest.approx(1e-300)


def test_scikit_learn_clips_where_the_loss_is_infinite() -> None:
    y, s = [1, 0, 1], [0.0, 0.2, 0.9]
    assert log_loss(y, s) == pytest.approx(12.1, abs=0.2)  # 36 / 3: the clip, not the data
    with pytest.raises(UndefinedTestError, match="number 1 is 0 with label 1"):
        log_loss_values(y, s)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_scikit_learn_calls_a_missing_class_zero_and_this_refuses() -> None:
    y, predicted = [0, 0, 0], [0, 0, 0]
    assert f1_score(y, predicted) == 0.0
    assert average_precision_score(y, [0.1, 0.2, 0.3]) == 0.0
    with pytest.raises(UndefinedTestError, match="F1 is undefined"):
        f1(counts_of(y, predicted))
    with pytest.raises(UndefinedTestError, match="at least 1 positive"):
        average_precision(y, [0.1, 0.2, 0.3])


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: average_precision([0, 0], [1, 2]), "at least 1 positive"),
    (lambda: average_precision_pseudo_values([0, 1], [1, 2]), "at least 2 positive"),
    (lambda: average_precision([0, 1], [1, math.inf]), "finite"),
    (lambda: precision(Counts(tp=0, fp=0, fn=3)), "precision is undefined"),
    (lambda: recall(Counts(tp=0, fp=3, fn=0)), "recall is undefined"),
    (lambda: f1(Counts(tp=0, fp=0, fn=0, tn=9)), "F1 is undefined"),
    (lambda: Counts(tp=-1, fp=0, fn=0), "the count tp"),
    (lambda: f1_pseudo_values([0, 0], [0, 0]), "denominators sum to 0"),
    (lambda: precision_pseudo_values([0, 1, 1], [0, 1, 0]), "one unit holds all"),
    (lambda: counts_of([0, 1], [0, 2]), "predictions must be 0 or 1"),
    (lambda: macro_f1(["a", "b"], [0, 1]), "must all be texts"),
    (lambda: macro_f1([0.5, 1], [0, 1]), "number 1 is 0.5"),
    (lambda: macro_f1([0, 1], [0, 1], classes=[0, 7]), "neither a label nor a prediction"),
    (lambda: macro_f1([0, 1], [0, 1], classes=[0, 0]), "given twice"),
    (lambda: macro_f1([], []), "not empty"),
    (lambda: macro_f1(np.array([None, "a"]), np.array(["a", "a"])), "whole numbers or texts"),
    (lambda: macro_f1_pseudo_values([0, 0, 1], [0, 0, 1]), "in one unit only"),
    (lambda: f1_averages(np.ones((1, 2))), "square"),
    (lambda: f1_averages(np.array([[1.5, 2], [3, 4]])), "whole"),
    (lambda: f1_averages(np.diag([0, 4])), "neither"),
    (lambda: brier_values([0, 1], [0.5, 1.5]), "number 2 is 1.5"),
    (lambda: brier_values([0, 1], [0.5, math.nan]), "number 2 is nan"),
    (lambda: weighted_auroc([0, 1], [1, 2])(np.array([1.0, 0.0])), "in a resample"),
    (lambda: one_sample_t(average_precision_pseudo_values([1, 1, 1], [1, 2, 3])), "zero variance"),
]


@pytest.mark.parametrize(("call", "match"), REFUSED, ids=[match for _, match in REFUSED])
def test_undefined_data_are_refused(call: Callable[[], object], match: str) -> None:
    with pytest.raises(UndefinedTestError, match=match):
        call()
