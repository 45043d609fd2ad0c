"""Ratios of means and of geometric means, against R and Fieller's closed form."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.crossed import crossed_independent, crossed_mean
from pytest_evalgate.stats.means import StudentT, one_sample_t, paired_t, welch_t
from pytest_evalgate.stats.ratios import LogRatio, Relative, log_values, relative
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference


REFERENCE = Path(__file__).parents[1] / "reference" / "means.json"
CASES: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]


def of(method: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["method"] == method]


def arms(case: dict[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array(case["input"]["a"], float), np.array(case["input"]["b"], float)


def relative_paired(a: NDArray[np.float64], b: NDArray[np.float64]) -> Relative:
    return relative(
        lambda rho: paired_t(a, rho * b),
        candidate_mean=float(a.mean()),
        baseline=one_sample_t(b),
    )


def relative_welch(a: NDArray[np.float64], b: NDArray[np.float64]) -> Relative:
    return relative(
        lambda rho: welch_t(a, rho * b),
        candidate_mean=float(a.mean()),
        baseline=one_sample_t(b),
    )


@pytest.mark.parametrize("case", of("fieller_paired"))
def test_paired_interval_is_fiellers(case: dict[str, Any]) -> None:
    expected = case["expected"]
    a, b = arms(case)
    ratio = relative_paired(a, b)

    assert ratio.estimate == pytest.approx(expected["estimate"], rel=1e-9)
    assert ratio.interval(0.025) == pytest.approx(tuple(expected["ci"]), rel=1e-9)
    assert ratio.standard_error is not None
    assert ratio.standard_error / ratio.estimate == pytest.approx(expected["log_se"], rel=1e-9)
    assert ratio.df == a.size - 1
    own = one_sample_t(b)
    g = (float(stats.t.ppf(0.975, a.size - 1)) / own.statistic(0.0)) ** 2
    assert g == pytest.approx(expected["g"], rel=1e-9)


@pytest.mark.parametrize("case", of("relative_margin_ni_paired"))
def test_paired_relative_margin_equals_r(case: dict[str, Any]) -> None:
    ratio, rho = relative_paired(*arms(case)), case["params"]["ratio_margin"]
    expected = case["expected"]

    assert ratio.contrast(rho).estimate == pytest.approx(expected["estimate"], rel=1e-9)
    assert ratio.statistic(rho) == pytest.approx(expected["statistic"], rel=1e-9)
    assert ratio.df == expected["df"]
    assert ratio.p_greater(rho) == pytest.approx(expected["p_value"], rel=1e-9)


@pytest.mark.parametrize("case", of("relative_margin_ni_welch"))
def test_welch_relative_margin_equals_r(case: dict[str, Any]) -> None:
    ratio, rho = relative_welch(*arms(case)), case["params"]["ratio_margin"]
    expected = case["expected"]

    assert ratio.statistic(rho) == pytest.approx(expected["statistic"], rel=1e-9)
    assert ratio.contrast(rho).df == pytest.approx(expected["df"], rel=1e-9)
    assert ratio.p_greater(rho) == pytest.approx(expected["p_value"], rel=1e-9)


def every_design(rng: np.random.Generator) -> list[tuple[str, Relative]]:
    a, b = rng.gamma(20.0, 5.0, size=40), rng.gamma(20.0, 5.0, size=40)
    names = [f"c{k // 2}" for k in range(40)]
    cells_a, cells_b = a.reshape(4, 10), b.reshape(4, 10)
    designs: list[tuple[str, Any, Inference]] = [
        ("paired", lambda rho: paired_t(a, rho * b), one_sample_t(b)),
        ("welch", lambda rho: welch_t(a, rho * b), one_sample_t(b)),
        (
            "clusters",
            lambda rho: cluster_difference(a, names, rho * b, names),
            cluster_mean(b, names),
        ),
        (
            "crossed",
            lambda rho: crossed_independent(cells_a, rho * cells_b),
            crossed_mean(cells_b),
        ),
    ]
    return [
        (name, relative(contrast, candidate_mean=float(a.mean()), baseline=own))
        for name, contrast, own in designs
    ]


@pytest.mark.parametrize("design", range(4), ids=["paired", "welch", "clusters", "crossed"])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.4])
def test_interval_inverts_the_test_in_every_design(design: int, alpha: float) -> None:
    _, ratio = every_design(np.random.default_rng(5))[design]
    low, high = ratio.interval(alpha)
    assert low is not None
    assert high is not None
    assert low < ratio.estimate < high
    for limit in np.concatenate([np.linspace(0.5, 1.6, 45), [low - 1e-9, low + 1e-9]]):
        assert (ratio.p_greater(limit) < alpha) == (low > limit)
    for limit in np.concatenate([np.linspace(0.5, 1.6, 45), [high - 1e-9, high + 1e-9]]):
        assert (ratio.p_less(limit) < alpha) == (high < limit)


def test_ratio_does_not_depend_on_the_unit() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.gamma(9.0, size=15), rng.gamma(9.0, size=15)

    plain, scaled = relative_welch(a, b), relative_welch(a * 1e-9, b * 1e-9)

    assert scaled.interval(0.05) == pytest.approx(plain.interval(0.05), rel=1e-9)


def test_bounds_of_a_ratio_far_from_one_are_found() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(1e6, 2e5, size=12), rng.normal(2.0, 0.9, size=12)
    ratio = relative_paired(a, b)
    low, high = ratio.interval(0.05)

    assert low is not None
    assert high is not None
    assert ratio.p_greater(low) == pytest.approx(0.05, rel=1e-6)
    assert ratio.p_less(high) == pytest.approx(0.05, rel=1e-6)


def test_candidate_mean_near_zero_gives_bounds_on_both_sides_of_zero() -> None:
    rng = np.random.default_rng(8)
    low, high = relative_welch(rng.normal(0.0, 1.0, 30), rng.normal(9.0, 1.0, 30)).interval(0.05)

    assert low is not None
    assert high is not None
    assert low < 0.0 < high


@pytest.mark.parametrize("shift", [0.0, -5.0], ids=["zero", "negative"])
def test_baseline_mean_not_above_zero_is_refused(shift: float) -> None:
    b = np.array([-1.0, 0.0, 1.0]) + shift
    with pytest.raises(UndefinedTestError, match="not clearly above 0"):
        relative_paired(np.array([1.0, 2.0, 4.0]), b)


def test_noisy_baseline_is_refused_at_its_level_and_never_promotes() -> None:
    a, b = np.array([50.0, 60.0, 55.0, 58.0]), np.array([-1.0, 4.0, 0.5, 2.0])
    ratio = relative_paired(a, b)
    p_baseline = one_sample_t(b).p_greater(0.0)

    assert ratio.p_greater(0.9) >= p_baseline > 0.05
    with pytest.raises(UndefinedTestError, match="not clearly above 0"):
        ratio.interval(0.05)
    assert ratio.interval(0.4)[0] is not None


def test_exact_multiple_of_the_baseline_is_no_certainty() -> None:
    b = np.array([3.0, 4.0, 7.0, 9.0])
    with pytest.raises(UndefinedTestError, match="zero variance"):
        relative_paired(1.05 * b, b)


def test_contrast_that_never_bounds_gives_none() -> None:
    b = np.array([1.0, 2.0, 3.0])
    a = np.array([1.5, 2.0, 3.4])
    ratio = Relative(
        contrast=lambda rho: sign_flip(a - rho * b),  # 3 pairs: p is never below 1/8
        estimate=float(a.mean() / b.mean()),
        baseline=StudentT(estimate=2.0, standard_error=0.01, df=2.0),
    )
    assert ratio.interval(0.05) == (None, None)
    assert ratio.min_pvalue(0.9, greater=True) == 0.125


def test_ratio_of_geometric_means_is_the_t_test_on_logs() -> None:
    rng = np.random.default_rng(9)
    a, b = rng.lognormal(0.1, size=30), rng.lognormal(size=25)
    ratio = LogRatio(logs=welch_t(log_values(a), log_values(b)))
    theirs = stats.ttest_ind(np.log(a), np.log(b) + math.log(0.9), equal_var=False)

    assert ratio.estimate == pytest.approx(stats.gmean(a) / stats.gmean(b), rel=1e-12)
    assert ratio.df == pytest.approx(theirs.df)
    assert ratio.statistic(0.9) == pytest.approx(theirs.statistic, rel=1e-9)
    assert ratio.p_greater(0.9) == pytest.approx(stats.t.sf(theirs.statistic, theirs.df), rel=1e-9)
    assert ratio.p_less(0.9) == pytest.approx(stats.t.cdf(theirs.statistic, theirs.df), rel=1e-9)
    bounds = theirs.confidence_interval(0.9)
    expected = (0.9 * math.exp(bounds.low), 0.9 * math.exp(bounds.high))
    assert ratio.interval(0.05) == pytest.approx(expected, rel=1e-9)


def test_geometric_mean_of_one_arm_is_on_the_scale_of_the_values() -> None:
    values = np.array([120.0, 80.0, 100.0, 140.0])
    mean = LogRatio(logs=one_sample_t(log_values(values)))
    assert mean.standard_error is not None

    assert mean.estimate == pytest.approx(stats.gmean(values))
    assert mean.standard_error == pytest.approx(
        stats.gmean(values) * stats.sem(np.log(values)), rel=1e-12
    )
    assert mean.min_pvalue(100.0, greater=False) == 0.0


def test_log_bound_beyond_the_floats_is_no_bound() -> None:
    mean = LogRatio(logs=StudentT(estimate=0.0, standard_error=300.0, df=1.0))

    assert mean.interval(0.05) == (0.0, None)


def test_unbounded_logs_stay_unbounded() -> None:
    assert LogRatio(logs=sign_flip([0.1, 0.2])).interval(0.05) == (0.0, None)
    assert LogRatio(logs=sign_flip([0.1, 0.2])).standard_error is None


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_limit_of_a_geometric_mean_must_be_above_zero(limit: float) -> None:
    ratio = LogRatio(logs=one_sample_t([1.0, 2.0]))
    for judge in (ratio.statistic, ratio.p_greater, ratio.p_less):
        with pytest.raises(UndefinedTestError, match="limit"):
            judge(limit)


@pytest.mark.parametrize("value", [0.0, -2.0])
def test_logarithm_of_zero_or_less_is_refused(value: float) -> None:
    with pytest.raises(UndefinedTestError, match="above 0, number 2 is"):
        log_values([1.0, value])


def test_relative_satisfies_the_protocol() -> None:
    inference: Inference = relative_paired(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))

    assert inference.min_pvalue(1.0, greater=True) == 0.0


def test_ratio_beyond_the_floats_is_refused_not_overflown() -> None:
    a, b = np.array([1e140, 2e140, 4e140]), np.array([1e-20, 2e-20, 1.5e-20])
    with pytest.raises(UndefinedTestError, match="ratio of means beyond"):
        relative_paired(a, b)
    with pytest.raises(UndefinedTestError, match="leaves the range of a float"):
        LogRatio(logs=StudentT(estimate=720.0, standard_error=1.0, df=3.0))
