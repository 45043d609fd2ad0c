"""Cluster-robust means, against clubSandwich and against the full matrix formula."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.means import StudentT, one_sample_t


REFERENCE = Path(__file__).parents[1] / "reference" / "means.json"
CASES: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]


def of(method: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["method"] == method]


def arms(
    case: dict[str, Any],
) -> tuple[NDArray[np.float64], list[str], NDArray[np.float64], list[str]]:
    y, group = np.array(case["input"]["y"]), np.array(case["input"]["group"])
    names = np.array([f"doc-{code}" for code in case["input"]["cluster"]])
    return y[group == 1], names[group == 1].tolist(), y[group == 0], names[group == 0].tolist()


def check(case: dict[str, Any], t: StudentT) -> None:
    expected, rel = case["expected"], case["tol"]["rel"]
    assert t.estimate == pytest.approx(expected["estimate"], rel=rel)
    assert t.standard_error == pytest.approx(expected["se_cr2"], rel=rel)
    assert t.statistic(0.0) == pytest.approx(expected["statistic_cr2"], rel=rel)
    assert t.df == pytest.approx(expected["df_satt"], rel=rel)
    two_sided = 2 * min(t.p_greater(0.0), t.p_less(0.0))
    assert two_sided == pytest.approx(expected["p_value_cr2"], rel=rel)
    assert t.interval(0.025) == pytest.approx(tuple(expected["ci_cr2"]), rel=rel)


def by_matrices(
    y: NDArray[np.float64], z: NDArray[np.float64] | None, clusters: NDArray[np.int_]
) -> tuple[float, float]:
    """CR2 standard error and Satterthwaite df of the last coefficient, from n x n matrices."""
    n = y.size
    x = np.ones((n, 1)) if z is None else np.column_stack([np.ones(n), z])
    bread = np.linalg.inv(x.T @ x)
    keep = np.eye(n) - x @ bread @ x.T
    residuals = keep @ y
    scores, rows = [], []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        values, vectors = np.linalg.eigh(keep[np.ix_(inside, inside)])
        root = vectors @ np.diag(np.where(values > 1e-10, values, np.inf) ** -0.5) @ vectors.T
        weights = root @ x[inside] @ bread[:, -1]
        scores.append(float(weights @ residuals[inside]))
        rows.append(keep[:, inside] @ weights)
    s = np.array(rows) @ np.array(rows).T
    return float(np.sqrt(np.sum(np.square(scores)))), float(np.trace(s) ** 2 / np.sum(s**2))


@pytest.mark.parametrize("case", of("cluster_mean"))
def test_mean_equals_clubsandwich(case: dict[str, Any]) -> None:
    check(case, cluster_mean(case["input"]["y"], [str(c) for c in case["input"]["cluster"]]))


@pytest.mark.parametrize("case", of("cluster_two_group"))
def test_difference_equals_clubsandwich(case: dict[str, Any]) -> None:
    check(case, cluster_difference(*arms(case)))


@pytest.mark.parametrize("sizes", [[2, 3, 4], [60, 30, 20, 10, 5, 5, 5, 5], [1] * 12])
def test_mean_equals_the_matrix_formula(sizes: list[int]) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(sum(sizes))
    y = 5.0 + rng.normal(size=codes.size) + rng.normal(size=len(sizes))[codes]

    t = cluster_mean(y, [f"c{code}" for code in codes])

    assert (t.standard_error, t.df) == pytest.approx(by_matrices(y, None, codes), rel=1e-10)


@pytest.mark.parametrize("overlap", [0, 2, 6], ids=["nested", "partly crossed", "crossed"])
def test_difference_equals_the_matrix_formula(overlap: int) -> None:
    rng = np.random.default_rng(overlap)
    codes_c = np.concatenate([np.arange(6), rng.integers(0, 6, size=20)])
    codes_b = np.concatenate([np.arange(6), rng.integers(0, 6, size=31)]) + 6 - overlap
    effects = rng.normal(size=12)
    c = rng.normal(size=codes_c.size) + effects[codes_c]
    b = rng.normal(size=codes_b.size) + effects[codes_b]
    z = np.repeat([1.0, 0.0], [c.size, b.size])

    t = cluster_difference(c, [str(k) for k in codes_c], b, [str(k) for k in codes_b])

    expected = by_matrices(np.concatenate([c, b]), z, np.concatenate([codes_c, codes_b]))
    assert t.estimate == pytest.approx(c.mean() - b.mean(), rel=1e-12)
    assert (t.standard_error, t.df) == pytest.approx(expected, rel=1e-9)


def test_clusters_of_one_unit_give_the_one_sample_t() -> None:
    values = np.random.default_rng(3).normal(size=25)
    mine, plain = cluster_mean(values, [str(k) for k in range(25)]), one_sample_t(values)

    assert mine.df == pytest.approx(plain.df, rel=1e-10)
    assert mine.interval(0.05) == pytest.approx(plain.interval(0.05), rel=1e-10)


def test_pairs_as_clusters_across_arms_give_the_paired_t() -> None:
    rng = np.random.default_rng(4)
    b = rng.normal(size=12)
    c = b + rng.normal(0.2, 0.1, size=12)
    ids = [f"item-{k}" for k in range(12)]

    t = cluster_difference(c, ids, b, ids)

    theirs = stats.ttest_rel(c, b, alternative="greater")
    assert t.df == pytest.approx(11)
    assert t.p_greater(0.0) == pytest.approx(theirs.pvalue, rel=1e-9)


def test_large_mean_and_small_spread_keep_their_digits() -> None:
    case = next(case for case in CASES if case["method"] == "cluster_mean")
    y = np.round(np.array(case["input"]["y"]) * 1024) / 1024  # exact beside the large mean
    names = [str(c) for c in case["input"]["cluster"]]

    far, near = cluster_mean(y + 2.0**40, names), cluster_mean(y, names)

    assert far.standard_error == pytest.approx(near.standard_error, rel=1e-9)


def test_one_cluster_with_nearly_all_units_leaves_few_degrees_of_freedom() -> None:
    y = np.random.default_rng(5).normal(size=10_000)
    t = cluster_mean(y, ["big"] * 9_990 + [f"c{k}" for k in range(10)])

    assert t.df is not None
    assert 1.0 <= t.df < 1.1


def test_many_rows_and_clusters_take_well_under_a_second() -> None:
    rng = np.random.default_rng(6)
    y = rng.normal(size=100_000)
    names = [f"doc-{k}" for k in rng.integers(0, 5_000, size=y.size)]
    start = time.process_time()

    t = cluster_difference(y, names, rng.normal(size=y.size), names)

    assert time.process_time() - start < 2.0
    assert t.df is not None
    assert t.df > 1_000


def test_two_clusters_are_too_few() -> None:
    with pytest.raises(UndefinedTestError, match="at least 3 clusters, got 2"):
        cluster_mean([1.0, 2.0, 3.0], ["a", "b", "a"])


def test_arm_within_one_cluster_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="baseline values come from one cluster"):
        cluster_difference([1.0, 2.0, 4.0], ["a", "b", "c"], [1.0, 3.0], ["d", "d"])


def test_clusters_that_do_not_differ_are_no_certainty() -> None:
    wins = [1.0, 0.0] * 10  # each prompt judged in both orders: always one win, one loss
    prompts = [f"prompt-{k // 2}" for k in range(20)]
    with pytest.raises(UndefinedTestError, match="zero variance between them"):
        cluster_mean(wins, prompts)


@pytest.mark.parametrize(
    ("values", "clusters"),
    [([0.5] * 6, list("aabbcc")), ([1.0, 2.0], list("abc")), ([], [])],
    ids=["constant", "lengths", "empty"],
)
def test_undefined_cluster_mean_is_refused(values: list[float], clusters: list[str]) -> None:
    with pytest.raises(UndefinedTestError):
        cluster_mean(values, clusters)


def test_arm_that_never_varies_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="baseline values equal 1"):
        cluster_difference([1.0, 0.0, 1.0], list("abc"), [1.0, 1.0, 1.0], list("abc"))
