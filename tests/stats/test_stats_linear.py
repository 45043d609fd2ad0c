"""Ratios of sums, against the jackknife and the delta method written out, and by simulation."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.crossed import crossed_mean
from pytest_evalgate.stats.linear import (
    RatioMoments,
    denominator_spread,
    linearise_ratio,
    ratio_from_joint,
    ratio_from_moments,
    zero_denominators,
)
from pytest_evalgate.stats.means import one_sample_t, paired_t, welch_t
from pytest_evalgate.stats.ratios import relative
from pytest_evalgate.stats.reducers import reduce_joint


# num, den and R's survey::svyratio of them (survey 4.1, R 4.2.2): the case ratio_delta_p.
NUMERATORS = [3.0, 0, 5, 2, 8, 1, 4, 6, 2, 3]
DENOMINATORS = [10.0, 4, 12, 9, 15, 6, 11, 14, 5, 9]
SVYRATIO = (0.35789473684210527, 0.04105541859749659)


def units(seed: int, n: int = 30) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    y = rng.poisson(5, size=n).astype(float)
    return y * rng.lognormal(sigma=0.5, size=n), y


def test_moments_give_svyratio() -> None:
    law = ratio_from_joint(reduce_joint(NUMERATORS, DENOMINATORS))

    assert (law.estimate, law.standard_error) == pytest.approx(SVYRATIO, rel=1e-12)
    assert law.df == 9


def test_plain_moments_are_judged_as_those_of_arrays() -> None:
    x, y = units(1)
    cov = np.cov(x, y)
    moments = RatioMoments(30, x.mean(), y.mean(), cov[0, 0], cov[0, 1], cov[1, 1])

    by_moments, by_joint = ratio_from_moments(moments), ratio_from_joint(reduce_joint(x, y))

    assert by_moments.interval(0.05) == pytest.approx(by_joint.interval(0.05), rel=1e-10)
    assert by_moments.df == by_joint.df == 29


def test_pseudo_values_have_the_jackknifes_variance() -> None:
    x, y = units(1)
    without = (x.sum() - x) / (y.sum() - y)
    variance = 29 / 30 * np.square(without - without.mean()).sum()

    law = one_sample_t(linearise_ratio(x, y).pseudo_values)

    assert law.standard_error == pytest.approx(math.sqrt(variance), rel=1e-12)


def test_jackknife_and_delta_method_are_one_for_many_units() -> None:
    x, y = units(1, n=20_000)
    by_moments = ratio_from_joint(reduce_joint(x, y))
    by_values = one_sample_t(linearise_ratio(x, y).pseudo_values)
    assert by_moments.interval(0.05) == pytest.approx(by_values.interval(0.05), rel=1e-6)


@pytest.mark.parametrize(("kind", "n"), [("lognormal", 20), ("lognormal", 50), ("poisson", 20)])
def test_delta_method_promotes_falsely_more_often_than_the_jackknife(kind: str, n: int) -> None:
    rng = np.random.default_rng(10)
    promoted = np.zeros(2)
    for _ in range(4000):
        y = np.exp(rng.normal(size=n)) if kind == "lognormal" else rng.poisson(1.0, n) + 0.0
        x = y * rng.lognormal(-0.125, 0.5, size=n)  # the ratio is 1
        promoted += [
            ratio_from_joint(reduce_joint(x, y)).p_less(1.0) < 0.05,
            one_sample_t(linearise_ratio(x, y).pseudo_values).p_less(1.0) < 0.05,
        ]
    assert promoted[1] < promoted[0]
    assert promoted[0] > 1.5 * 0.05 * 4000  # neither is for skewed values of so few units


def test_paired_difference_is_the_delta_method_of_four_sums() -> None:
    (xc, yc), (xb, yb) = units(2), units(3)
    xc, yc, xb, yb = (np.tile(one, 400) for one in (xc, yc, xb, yb))  # where they are one
    pseudo = [linearise_ratio(*one).pseudo_values for one in ((xc, yc), (xb, yb))]
    gradient = np.array(
        [1 / yc.mean(), -xc.mean() / yc.mean() ** 2, -1 / yb.mean(), xb.mean() / yb.mean() ** 2]
    )

    law = paired_t(*pseudo)

    assert law.estimate == pytest.approx(xc.sum() / yc.sum() - xb.sum() / yb.sum(), rel=1e-12)
    assert law.standard_error**2 == pytest.approx(
        float(gradient @ np.cov([xc, yc, xb, yb]) @ gradient) / 12_000, rel=1e-3
    )


def test_relative_limit_inverts_the_contrast_of_two_ratios() -> None:
    candidate, baseline = (linearise_ratio(*units(seed)) for seed in (4, 5))
    c, b = candidate.pseudo_values, baseline.pseudo_values

    ratio = relative(
        lambda rho: welch_t(c, rho * b), candidate_mean=candidate.value, baseline=one_sample_t(b)
    )
    low, high = ratio.interval(0.05)

    assert ratio.estimate == pytest.approx(candidate.value / baseline.value, rel=1e-12)
    assert low is not None
    assert high is not None
    assert welch_t(c, low * b).p_greater(0.0) == pytest.approx(0.05, rel=1e-8)
    assert welch_t(c, high * b).p_less(0.0) == pytest.approx(0.05, rel=1e-8)


def test_clusters_judge_a_ratio_by_its_cluster_sums() -> None:
    x, y = units(6, n=40)
    clusters = [f"doc-{position // 5}" for position in range(40)]
    pseudo = linearise_ratio(x, y)
    sums = (pseudo.pseudo_values - pseudo.value).reshape(8, 5).sum(axis=1)

    law = cluster_mean(pseudo.pseudo_values, clusters)

    assert law.estimate == pytest.approx(x.sum() / y.sum(), rel=1e-12)
    assert law.standard_error == pytest.approx(
        math.sqrt(np.square(sums).sum() * 8 / 7) / 40, rel=1e-10
    )


def test_cells_of_runs_keep_their_shape() -> None:
    x, y = (part.reshape(5, 8) for part in units(7, n=40))

    pseudo = linearise_ratio(x, y)

    assert pseudo.pseudo_values.shape == (5, 8)
    assert crossed_mean(pseudo.pseudo_values).estimate == pytest.approx(
        x.sum() / y.sum(), rel=1e-12
    )


@settings(max_examples=300, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.integers(0, 1000).map(float)), min_size=3, max_size=30
    ),
    limit=st.floats(-10, 10),
    alpha=st.floats(0.001, 0.5),
)
def test_pseudo_values_average_to_the_ratio_and_test_and_interval_agree(
    pairs: list[tuple[float, float]], limit: float, alpha: float
) -> None:
    x, y = np.array(pairs).T
    if y.sum() == 0.0:
        with pytest.raises(UndefinedTestError, match="sum to 0"):
            linearise_ratio(x, y)
        return
    if np.count_nonzero(y) == 1:
        with pytest.raises(UndefinedTestError, match="one unit holds all"):
            linearise_ratio(x, y)
        return
    pseudo = linearise_ratio(x, y)
    size = float(np.abs(pseudo.pseudo_values).max())

    assert pseudo.value == pytest.approx(x.sum() / y.sum(), rel=1e-9, abs=1e-9 * size)
    assert pseudo.pseudo_values.mean() == pytest.approx(pseudo.value, abs=1e-12 * size)
    try:
        law = one_sample_t(pseudo.pseudo_values)
    except UndefinedTestError:
        return
    low, high = law.interval(alpha)
    if min(abs(low - limit), abs(high - limit)) > 1e-9 * max(size, 1.0):
        assert (law.p_greater(limit) < alpha) == (low > limit)
        assert (law.p_less(limit) < alpha) == (high < limit)


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1.0, 1e140])
def test_scale_of_the_numerator_moves_along(scale: float) -> None:
    plain = linearise_ratio(NUMERATORS, DENOMINATORS)

    scaled = linearise_ratio(np.array(NUMERATORS) * scale, DENOMINATORS)

    assert scaled.pseudo_values == pytest.approx(plain.pseudo_values * scale, rel=1e-12)


def test_large_offsets_keep_their_digits() -> None:
    rng = np.random.default_rng(8)
    x, y = rng.integers(0, 50, size=(2, 25)).astype(float)
    exact = [1e12 + x, 1e12 + y]
    ratio = math.fsum(exact[0]) / math.fsum(exact[1])
    wanted = ((x - x.mean()) - ratio * (y - y.mean())) / exact[1].mean()

    law = one_sample_t(linearise_ratio(*exact).pseudo_values * 1e6)

    assert law.standard_error == pytest.approx(
        float(wanted.std(ddof=1)) / 5 * 1e6, rel=1e-3
    )  # a ratio near 1 holds spreads of 1e-11 to that many digits


def test_numerators_proportional_to_denominators_are_not_certainty() -> None:
    y = np.array([1.0, 2.0, 3.0, 7.0])
    with pytest.raises(UndefinedTestError, match="zero variance"):
        one_sample_t(linearise_ratio(0.3 * y, y).pseudo_values)


def test_units_without_denominator_are_counted() -> None:
    assert zero_denominators([0.0, 2.0, 0.0]) == 2


def test_noise_of_the_mean_denominator_is_relative() -> None:
    assert denominator_spread([1.0, 3.0]) == pytest.approx(math.sqrt(2.0 / 2.0) / 2.0)
    assert denominator_spread([5.0]) == 0.0


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1.0, 2.0], [1.0, -1.0], "number 2 is -1"),
        ([1.0, 2.0], [0.0, 0.0], "sum to 0"),
        ([1.0, 2.0], [1.0], "equal shapes"),
        ([1.0], [1.0], "one unit holds all"),
        ([1.0, 2.0], [0.0, 4.0], "one unit holds all"),
        ([1.0, math.nan], [1.0, 1.0], "finite"),
        ([1.0, 2.0], [1.0, math.inf], "finite"),
        ([], [], "at least 1"),
        ([1e100, 2e100], [1e-60, 1e-60], "leaves the range"),
        ([1e150, 1e150], [1e-300, 1e-300], "leaves the range"),
        (["1", "2"], [1.0, 1.0], "must be numbers"),
    ],
)
def test_undefined_ratios_are_refused(x: Any, y: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        linearise_ratio(x, y)


@pytest.mark.parametrize(
    "moments",
    [
        RatioMoments(1, 1.0, 1.0, 1.0, 0.0, 1.0),
        RatioMoments(5, 1.0, 0.0, 1.0, 0.0, 1.0),
        RatioMoments(5, math.nan, 1.0, 1.0, 0.0, 1.0),
        RatioMoments(5, 1.0, 1.0, 1.0, 1.0, 1.0),
    ],
)
def test_undefined_moments_are_refused(moments: RatioMoments) -> None:
    with pytest.raises(UndefinedTestError):
        ratio_from_moments(moments)


def test_a_denominator_below_0_is_refused_in_moments_too() -> None:
    with pytest.raises(UndefinedTestError, match="smallest is -1"):
        ratio_from_joint(reduce_joint([1.0, 2.0], [3.0, -1.0]))


def false_promotions(*, n: int, mean: float, sigma: float, replicates: int) -> float:
    """Larger share of one-sided p < 0.05 at a true difference of 0, paired arms."""
    rng = np.random.default_rng(9)
    counts = np.zeros(2)
    for _ in range(replicates):
        shared = rng.normal(size=n)
        pseudo = []
        for _arm in range(2):
            y = rng.poisson(mean, size=n).astype(float)
            own = (shared + rng.normal(size=n)) / math.sqrt(2)
            pseudo.append(linearise_ratio(y * np.exp(sigma * own), y).pseudo_values)
        law = paired_t(*pseudo)
        counts += [law.p_greater(0.0) < 0.05, law.p_less(0.0) < 0.05]
    return float(counts.max()) / replicates


def test_twenty_units_hold_the_level() -> None:
    assert false_promotions(n=20, mean=5, sigma=0.5, replicates=2000) < 0.065


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 50, 100])
@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_level_over_sizes(n: int, sigma: float) -> None:
    assert false_promotions(n=n, mean=5, sigma=sigma, replicates=10_000) < 0.065
