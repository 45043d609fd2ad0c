"""Drawn and clustered sign flips, against exact enumeration, SciPy and brute force."""

import itertools
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.sign_flips import cluster_sign_flip, sampled_sign_flip
from pytest_evalgate.stats.streams import stream


def flip_all(totals: Any, sizes: Any, limit: float) -> float:
    """Share of the 2^G flips of whole clusters with a sum of at least the observed one."""
    shifted = np.asarray(totals, float) - limit * np.asarray(sizes, float)
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=shifted.size)))
    sums = signs @ shifted
    return float((sums >= shifted.sum() - 1e-9 * np.abs(shifted).sum()).mean())


@pytest.mark.parametrize("limit", [-0.3, 0.0, 0.25])
def test_drawn_flips_agree_with_all_of_them(limit: float) -> None:
    d = np.random.default_rng(1).normal(0.2, 1.0, 17)
    exact = sign_flip(d)
    drawn = sampled_sign_flip(d, generator=stream(1, "r"), draws=40_000)
    for one, other in (
        (drawn.p_greater(limit), exact.p_greater(limit)),
        (drawn.p_less(limit), exact.p_less(limit)),
    ):
        assert abs(one - other) < 4.5 * math.sqrt(other * (1 - other) / 40_000)


def test_drawn_flips_of_many_pairs_agree_with_the_normal_law() -> None:
    d = np.random.default_rng(2).normal(0.02, 1.0, 5_003)
    drawn = sampled_sign_flip(d, generator=stream(1, "r"), draws=20_000)
    expected = stats.norm.sf(d.sum() / math.sqrt((d * d).sum()))
    assert drawn.p_greater(0.0) == pytest.approx(expected, abs=4.5 * 0.5 / math.sqrt(20_000))
    half = 1.645 * float(d.std()) / math.sqrt(d.size)
    low, high = drawn.interval(0.05)
    assert low == pytest.approx(d.mean() - half, abs=0.05 * half)
    assert high == pytest.approx(d.mean() + half, abs=0.05 * half)


@pytest.mark.parametrize("sizes", [[1] * 9, [3, 1, 4, 1, 5, 9, 2, 6, 5]])
@pytest.mark.parametrize("limit", [-0.2, 0.0, 0.1, 0.5])
def test_all_flips_of_clusters_equal_brute_force(sizes: list[int], limit: float) -> None:
    totals = np.random.default_rng(3).integers(-9, 14, 9) / 10.0
    test = cluster_sign_flip(totals, sizes, generator=stream(1, "r"))
    assert test.p_greater(limit) == flip_all(totals, sizes, limit)
    assert test.p_less(limit) == flip_all(-totals, sizes, -limit)


def test_clusters_of_one_are_pairs() -> None:
    d = np.random.default_rng(4).normal(0.3, 1.0, 12)
    clusters = cluster_sign_flip(d, np.ones(12), generator=stream(1, "r"))
    for limit in (-0.5, 0.0, 0.4):
        assert clusters.p_greater(limit) == sign_flip(d).p_greater(limit)
    assert clusters.interval(0.05) == pytest.approx(sign_flip(d).interval(0.05), rel=1e-6)


def test_more_than_twenty_clusters_are_drawn() -> None:
    rng = np.random.default_rng(5)
    totals, sizes = rng.normal(0.5, 2.0, 25), rng.integers(1, 9, 25)
    test = cluster_sign_flip(totals, sizes, generator=stream(1, "r"), draws=20_000)
    assert test.flips == 20_001
    assert test.p_greater(0.0) == pytest.approx(sign_flip(totals).p_greater(0.0), abs=0.016)


@given(st.integers(0, 10_000), st.floats(0.003, 0.5), st.floats(-2.0, 2.0))
@settings(deadline=None, max_examples=300)
def test_p_is_below_alpha_exactly_when_the_bound_is_beyond(
    seed: int, alpha: float, limit: float
) -> None:
    rng = np.random.default_rng(seed)
    d = rng.normal(0.2, 1.0, 45).round(1)
    tests: list[Inference] = [
        sampled_sign_flip(d, generator=rng, draws=499),
        cluster_sign_flip(d[:8], rng.integers(1, 5, 8), generator=rng),
    ]
    for test in tests:
        low, high = test.interval(alpha)
        for at in (limit, round(limit, 1), low, high):
            if at is not None:
                assert (test.p_greater(at) < alpha) == (low is not None and low > at)
                assert (test.p_less(at) < alpha) == (high is not None and high < at)


def test_ties_by_rounding_count_as_extreme() -> None:
    """0.1 + 0.2 != 0.3: every flip of this sum is a tie or below."""
    d = [0.1, 0.2, -0.3] * 20
    test = sampled_sign_flip(d, generator=stream(1, "r"), draws=9_999)
    assert test.p_greater(0.0) + test.p_less(0.0) > 1.03


def test_offset_of_a_trillion_moves_the_bounds_alone() -> None:
    d = np.random.default_rng(6).integers(0, 100, 60)
    first = sampled_sign_flip(d, generator=stream(1, "r"), draws=999).interval(0.05)
    moved = sampled_sign_flip(d + 10**12, generator=stream(1, "r"), draws=999).interval(0.05)
    for one, other in zip(first, moved, strict=True):
        assert one is not None
        assert other == pytest.approx(one + 1e12, abs=1e-3)


@pytest.mark.parametrize("n", [41, 48, 1_001])
def test_draws_that_are_no_multiple_of_eight_are_all_used(n: int) -> None:
    d = np.random.default_rng(n).normal(size=n)
    for draws in (1, 7, 999):
        assert sampled_sign_flip(d, generator=stream(1, "r"), draws=draws).flips == draws + 1


def test_equals_the_flips_written_out() -> None:
    """The bytes of the stream, unpacked: bit k of a byte flips the k-th unit of its group."""
    d = np.random.default_rng(7).normal(size=43)
    test = sampled_sign_flip(d, generator=stream(5, "r"), draws=64)
    words = stream(5, "r").bit_generator.random_raw(6 * 64 // 8)
    octets = words.astype("<u8").view(np.uint8).reshape(6, 64)
    flips = np.unpackbits(octets[:, :, np.newaxis], axis=2, bitorder="little")
    chosen = flips.transpose(1, 0, 2).reshape(64, 48)[:, :43]
    means = np.sort(chosen @ d / chosen.sum(axis=1))
    assert test.estimate + test.lower == pytest.approx(means, abs=1e-7)


def test_hundred_thousand_pairs_take_well_under_a_second() -> None:
    d = np.random.default_rng(8).normal(size=100_000)
    start = time.process_time()
    sampled_sign_flip(d, generator=stream(1, "r"), draws=9_999)
    assert time.process_time() - start < 1.5  # 0.25 s as measured; room for a busy machine


def test_forty_distinct_differences_are_exact_and_quick() -> None:
    d = np.random.default_rng(9).normal(0.2, 1.0, 40)
    test = sign_flip(d)
    start = time.process_time()
    test.p_greater(0.0)
    assert time.process_time() - start < 1.0  # 0.06 s as measured


def test_too_few_clusters_have_no_bounds() -> None:
    test = cluster_sign_flip([1.0, 2.0, 1.5], [3, 3, 3], generator=stream(1, "r"))
    assert test.p_greater(0.0) == test.min_pvalue(0.0, greater=True) == 1 / 8
    assert test.interval(0.05) == (None, None)
    assert (test.standard_error, test.df, test.statistic(0.5)) == (None, None, 0.0)


@pytest.mark.parametrize(
    ("totals", "sizes", "words"),
    [
        ([], [], "at least 1"),
        ([1.0, math.nan], [1, 1], "number 2 is nan"),
        ([1.0, 2.0], [1], "equal lengths"),
        ([1.0, 2.0], [1, 0], "sizes must be above 0"),
    ],
)
def test_undefined_clusters_are_refused_in_words(totals: Any, sizes: Any, words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        cluster_sign_flip(totals, sizes, generator=stream(1, "r"))


@pytest.mark.parametrize("draws", [0, -1])
def test_no_draws_are_refused(draws: int) -> None:
    with pytest.raises(UndefinedTestError, match="draws"):
        sampled_sign_flip([0.1, 0.2], generator=stream(1, "r"), draws=draws)


def test_false_promotions_of_symmetric_differences_stay_at_alpha() -> None:
    rng = np.random.default_rng(10)
    rejected = sum(
        sampled_sign_flip(rng.standard_t(3, 45), generator=rng, draws=199).p_greater(0.0) < 0.05
        for _ in range(3_000)
    )
    assert rejected / 3_000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 3_000)
