"""Closed-form methods judge sufficient statistics as they judge rows; blocks merge to the whole."""

import itertools
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import (
    cluster_difference,
    cluster_difference_from_sums,
    cluster_mean,
    cluster_mean_from_sums,
)
from pytest_evalgate.stats.confusion import counts_of, f1_exact
from pytest_evalgate.stats.covariates import (
    Adjustment,
    adjusted_difference,
    ancova_from_joint,
)
from pytest_evalgate.stats.crossed import (
    crossed_independent,
    crossed_independent_from_sums,
    crossed_mean,
    crossed_mean_from_sums,
    crossed_paired,
)
from pytest_evalgate.stats.linear import ratio_from_joint
from pytest_evalgate.stats.means import (
    one_sample_t,
    paired_t,
    t_from_sample,
    welch_from_samples,
    welch_t,
)
from pytest_evalgate.stats.means_pooled import (
    anova_f,
    anova_from_samples,
    pooled_from_samples,
    pooled_t,
)
from pytest_evalgate.stats.midp import paired_midp
from pytest_evalgate.stats.pairs import (
    paired_proportions,
    rounded_differences,
    rounded_from_counts,
)
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.quantiles import CountedQuantile, quantile_inference, ranks_needed
from pytest_evalgate.stats.rates import poisson_rate, poisson_ratio
from pytest_evalgate.stats.ratios import (
    LogRatio,
    log_values,
    relative,
    relative_from_pairs,
    relative_from_samples,
)
from pytest_evalgate.stats.reducers import (
    reduce_clusters,
    reduce_crossed,
    reduce_differences,
    reduce_discordant,
    reduce_events,
    reduce_joint,
    reduce_limits,
    reduce_order_statistics,
    reduce_pairs,
    reduce_rounded,
    reduce_sample,
    reduce_shares,
)
from pytest_evalgate.stats.sign_flips import cluster_sign_flip
from pytest_evalgate.stats.sufficient import (
    Extent,
    JointMoments,
    PairedMoments,
    SampleMoments,
    merge,
)
from pytest_evalgate.stats.sufficient_counts import LimitCounts, PairedCounts, ShareCounts
from pytest_evalgate.stats.sufficient_groups import ClusterSums


Floats: TypeAlias = NDArray[np.float64]
ALPHAS = (0.5, 0.05, 1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Two arms of one shape, in clusters, runs and classes: rows of every method."""

    candidate: Floats
    baseline: Floats
    clusters: list[str]
    unit: float  # the scale of the values: limits are multiples of it

    def cells(self, arm: Floats) -> Floats:
        """Three runs of the same units."""
        kept = arm.size // 3
        return arm[: 3 * kept].reshape(3, kept)


def rows(kind: str, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    offset, scale, n = {
        "random": (1.0, 1.0, 36),
        "offset": (1e12, 1.0, 36),
        "near": (1e6, 1e-3, 24),
        "small": (1e-300, 1e-300, 24),
        "large": (1e140, 1e139, 24),
        "tiny": (2.0, 0.5, 6),
    }[kind]
    shared, names = rng.normal(size=n), [f"c{g}" for g in rng.permutation(np.arange(n) % 4)]
    arms = [offset + scale * (shared + 0.4 * rng.normal(size=n) + move) for move in (0.5, 0.0)]
    return Rows(candidate=arms[0], baseline=arms[1], clusters=list(names), unit=scale)


KINDS = ("random", "offset", "near", "small", "large", "tiny")
Judge: TypeAlias = Callable[[Rows], Any]


def log_arms(data: Rows) -> tuple[Floats, Floats]:
    return np.exp2(np.sign(data.candidate) * 0.1) + np.abs(
        np.sin(data.candidate / data.unit)
    ), 1.0 + np.abs(np.cos(data.baseline / data.unit))


def bits(data: Rows) -> tuple[Floats, Floats]:
    """0/1 values of both arms, mixed whatever the scale."""
    middle = float(np.median(np.concatenate([data.candidate, data.baseline])))
    return (data.candidate > middle).astype(float), (data.baseline > middle).astype(float)


def counts(data: Rows) -> tuple[Floats, Floats]:
    ones, others = bits(data)
    return 2.0 * ones + 1.0, 3.0 + others


def influence(x: Floats, y: Floats) -> Floats:
    """What each unit contributes to a ratio of sums, by the delta method."""
    ratio = x.sum() / y.sum()
    return np.asarray(ratio + (x - ratio * y) / y.mean())


def width_of(data: Rows) -> float:
    return 1.5 * float(np.abs(data.candidate - data.baseline).max())


METHODS: dict[str, tuple[Judge, Judge]] = {
    "one-sample t": (
        lambda data: t_from_sample(reduce_sample(data.candidate)),
        lambda data: one_sample_t(data.candidate),
    ),
    "paired t from differences": (
        lambda data: t_from_sample(reduce_differences(data.candidate, data.baseline)),
        lambda data: paired_t(data.candidate, data.baseline),
    ),
    "paired t from paired moments": (
        lambda data: t_from_sample(reduce_pairs(data.candidate, data.baseline).contrast(1.0)),
        lambda data: paired_t(data.candidate, data.baseline),
    ),
    "Welch's t": (
        lambda data: welch_from_samples(
            reduce_sample(data.candidate), reduce_sample(data.baseline)
        ),
        lambda data: welch_t(data.candidate, data.baseline),
    ),
    "pooled t": (
        lambda data: pooled_from_samples(
            reduce_sample(data.candidate), reduce_sample(data.baseline)
        ),
        lambda data: pooled_t(data.candidate, data.baseline),
    ),
    "mean of clusters": (
        lambda data: cluster_mean_from_sums(reduce_clusters(data.candidate, data.clusters)),
        lambda data: cluster_mean(data.candidate, data.clusters),
    ),
    "difference of clusters": (
        lambda data: cluster_difference_from_sums(
            reduce_clusters(data.candidate, data.clusters),
            reduce_clusters(data.baseline, data.clusters[::-1]),
        ),
        lambda data: cluster_difference(
            data.candidate, data.clusters, data.baseline, data.clusters[::-1]
        ),
    ),
    "crossed mean": (
        lambda data: crossed_mean_from_sums(reduce_crossed(data.cells(data.candidate))),
        lambda data: crossed_mean(data.cells(data.candidate)),
    ),
    "crossed pairs": (
        lambda data: crossed_mean_from_sums(
            reduce_crossed(data.cells(data.candidate) - data.cells(data.baseline))
        ),
        lambda data: crossed_paired(data.cells(data.candidate), data.cells(data.baseline)),
    ),
    "crossed arms": (
        lambda data: crossed_independent_from_sums(
            reduce_crossed(data.cells(data.candidate)), reduce_crossed(data.cells(data.baseline))
        ),
        lambda data: crossed_independent(data.cells(data.candidate), data.cells(data.baseline)),
    ),
    "rounded pairs": (
        lambda data: rounded_from_counts(
            reduce_rounded(data.candidate - data.baseline, width_of(data))
        ),
        lambda data: rounded_differences(data.candidate - data.baseline, width_of(data)),
    ),
    "geometric mean": (
        lambda data: LogRatio(logs=t_from_sample(reduce_sample(log_values(log_arms(data)[0])))),
        lambda data: LogRatio(logs=one_sample_t(np.log(log_arms(data)[0]))),
    ),
    "ratio of geometric means": (
        lambda data: LogRatio(
            logs=t_from_sample(reduce_differences(*(log_values(one) for one in log_arms(data))))
        ),
        lambda data: LogRatio(logs=paired_t(*(np.log(one) for one in log_arms(data)))),
    ),
    "one share": (
        lambda data: one_proportion(*astuple(reduce_shares(bits(data)[0]))),
        lambda data: one_proportion(int(bits(data)[0].sum()), data.candidate.size),
    ),
    "two shares": (
        lambda data: two_proportions(
            *(count for one in bits(data) for count in astuple(reduce_shares(one)))
        ),
        lambda data: two_proportions(
            *(int(count) for one in bits(data) for count in (one.sum(), one.size))
        ),
    ),
    "paired shares": (
        lambda data: paired_proportions(*astuple(reduce_discordant(*bits(data)))),
        lambda data: paired_proportions(*discordant(data), data.candidate.size),
    ),
    "paired shares, mid-p": (
        lambda data: paired_midp(*astuple(reduce_discordant(*bits(data)))),
        lambda data: paired_midp(*discordant(data), data.candidate.size),
    ),
    "Poisson rate": (
        lambda data: poisson_rate(*astuple(reduce_events(*counts(data)))),
        lambda data: poisson_rate(int(counts(data)[0].sum()), float(counts(data)[1].sum())),
    ),
    "F1": (
        lambda data: f1_exact(merge(*(counts_of(*part) for part in halves(*bits(data))))),
        lambda data: f1_exact(counts_of(*bits(data))),
    ),
    "ratio of sums": (
        lambda data: ratio_from_joint(reduce_joint(*counts(data))),
        lambda data: one_sample_t(influence(*counts(data))),
    ),
    "analysis of covariance": (
        lambda data: ancova_from_joint(
            reduce_joint(np.arange(data.candidate.size) % 5, data.candidate),
            reduce_joint(np.arange(data.candidate.size) % 4, data.baseline),
        ),
        lambda data: adjusted_difference(
            data.candidate,
            np.arange(data.candidate.size) % 5,
            data.baseline,
            np.arange(data.candidate.size) % 4,
            adjustment=Adjustment.EQUAL_VARIANCES,
        ),
    ),
}
"""Name -> the method on sufficient statistics, and the method on rows."""

UNITLESS = {
    "geometric mean", "ratio of geometric means", "one share", "two shares", "paired shares",
    "paired shares, mid-p", "Poisson rate", "F1", "ratio of sums",
}  # fmt: skip


def discordant(data: Rows) -> tuple[int, int]:
    one, other = bits(data)
    return int((one > other).sum()), int((one < other).sum())


def halves(*arrays: Floats) -> list[tuple[Floats, ...]]:
    half = arrays[0].size // 2
    return [tuple(one[:half] for one in arrays), tuple(one[half:] for one in arrays)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", METHODS)
def test_sums_are_judged_as_rows(name: str, kind: str) -> None:
    for seed in range(3):
        data = rows(kind, seed)
        by_sums, by_rows = (judge(data) for judge in METHODS[name])
        spread = by_rows.standard_error or abs(by_rows.estimate)

        assert by_sums.estimate == pytest.approx(by_rows.estimate, rel=1e-13, abs=1e-13 * spread)
        if by_rows.standard_error is not None:
            assert by_sums.standard_error == pytest.approx(by_rows.standard_error, rel=1e-12)
        if by_rows.df is not None:
            assert by_sums.df == pytest.approx(by_rows.df, rel=1e-12)
        limit = by_rows.estimate - (0.9 if name in UNITLESS else 2.0) * spread
        limit = max(limit, 0.01) if name in UNITLESS - {"two shares"} else limit
        assert by_sums.p_greater(limit) == pytest.approx(by_rows.p_greater(limit), rel=1e-10)
        for alpha in ALPHAS:
            assert_bounds(by_sums.interval(alpha), by_rows.interval(alpha), spread)


def assert_bounds(found: Any, expected: Any, spread: float) -> None:
    for one, other in zip(found, expected, strict=True):
        if other is None:
            assert one is None
        else:
            assert one == pytest.approx(other, rel=1e-12, abs=1e-11 * spread)


@pytest.mark.parametrize("kind", ["random", "tiny", "small", "large"])
@pytest.mark.parametrize("is_paired", [True, False])
def test_ratios_of_means_are_judged_as_rows(kind: str, *, is_paired: bool) -> None:
    data = rows(kind, 4)
    candidate, baseline = data.candidate + 3.0 * data.unit, data.baseline + 3.0 * data.unit
    test = paired_t if is_paired else welch_t
    by_rows = relative(
        lambda rho: test(candidate, rho * baseline),
        candidate_mean=float(candidate.mean()),
        baseline=one_sample_t(baseline),
    )
    if is_paired:
        by_sums = relative_from_pairs(reduce_pairs(candidate, baseline))
    else:
        by_sums = relative_from_samples(reduce_sample(candidate), reduce_sample(baseline))

    assert by_sums.estimate == pytest.approx(by_rows.estimate, rel=1e-13)
    assert by_sums.standard_error == pytest.approx(by_rows.standard_error, rel=1e-12)
    for limit in (0.5, 0.95, 1.0, 1.3):
        assert by_sums.p_greater(limit) == pytest.approx(by_rows.p_greater(limit), rel=1e-9)
        assert by_sums.p_less(limit) == pytest.approx(by_rows.p_less(limit), rel=1e-9)
    assert by_sums.interval(0.05) == pytest.approx(by_rows.interval(0.05), rel=1e-10)


def test_fieller_of_nearly_equal_arms_keeps_its_digits() -> None:
    rng = np.random.default_rng(5)
    baseline = 5.0 + np.round(rng.normal(size=40) * 2**20) / 2**20
    candidate = baseline + np.round(rng.normal(size=40) * 2**10) / 2**40
    exact = sum(Fraction(c) - Fraction(b) for c, b in zip(candidate, baseline, strict=True))

    law = relative_from_pairs(reduce_pairs(candidate, baseline))

    paired = paired_t(candidate, baseline)
    assert law.p_greater(1.0) == pytest.approx(paired.p_greater(0.0), rel=1e-12)
    assert paired.estimate == pytest.approx(float(exact / 40), rel=1e-12)
    assert law.estimate - 1.0 == pytest.approx(paired.estimate / baseline.mean(), rel=1e-3)


def test_candidate_of_pairs_has_its_own_moments() -> None:
    data = rows("random", 6)
    found = reduce_pairs(data.candidate, data.baseline)
    unit = max(found.first.extent.unit, found.second.extent.unit)

    n, mean, variance = found.candidate

    assert (n, mean * unit, variance * unit**2) == pytest.approx(
        (36, data.candidate.mean(), data.candidate.var(ddof=1))
    )
    both = found.in_units(1.0, 1.0)
    assert both.covariance + both.second.variance == pytest.approx(
        np.cov(data.candidate, data.baseline)[0, 1]
    )


def test_an_exact_multiple_is_no_ratio_with_a_spread() -> None:
    baseline = rows("random", 7).baseline + 5.0
    with pytest.raises(UndefinedTestError):
        relative_from_pairs(reduce_pairs(1.5 * baseline, baseline))
    with pytest.raises(UndefinedTestError):
        t_from_sample(reduce_pairs(baseline + 0.25, baseline).contrast(1.0))


@pytest.mark.parametrize("kind", KINDS)
def test_analysis_of_variance_is_judged_as_rows(kind: str) -> None:
    data = rows(kind, 8)
    groups = [data.candidate, data.baseline, data.candidate[::2] + data.unit]
    found = anova_from_samples([reduce_sample(group) for group in groups])
    assert found.pvalue == pytest.approx(anova_f(groups).pvalue, rel=1e-12)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_are_judged_by_counts_and_ranks_alone(kind: str, p: float) -> None:
    values = rows(kind, 9).candidate
    by_rows = quantile_inference(values, p)
    limits = [*values[:4].tolist(), float(values.mean()), 0.0, float(values.max()) * 2.0]
    by_counts = CountedQuantile(
        p=p,
        counts=reduce_limits(values, limits),
        ranked=reduce_order_statistics(values, ranks_needed(values.size, p, *ALPHAS)),
    )
    for limit in limits:
        assert by_counts.p_greater(limit) == by_rows.p_greater(limit)
        assert by_counts.p_less(limit) == by_rows.p_less(limit)
        assert by_counts.min_pvalue(limit, greater=True) == by_rows.min_pvalue(limit, greater=True)
    for alpha in ALPHAS:
        assert by_counts.interval(alpha) == by_rows.interval(alpha)
    assert by_counts.estimate == pytest.approx(by_rows.estimate, rel=1e-15)
    with pytest.raises(UndefinedTestError, match="limit"):
        by_counts.p_greater(float(values.max()) * 3.0)
    with pytest.raises(UndefinedTestError, match="smallest"):
        CountedQuantile(
            p=p, counts=by_counts.counts, ranked=reduce_order_statistics(values, [])
        ).interval(0.5)


def test_ratio_of_rates_is_judged_by_sums_of_events() -> None:
    data = rows("random", 10)
    first, second = reduce_events(*counts(data)), reduce_events(*counts(data)[::-1])
    law = poisson_ratio(*astuple(first), *astuple(second))
    events, exposures = counts(data)
    assert law == poisson_ratio(
        int(events.sum()), float(exposures.sum()), int(exposures.sum()), float(events.sum())
    )


def test_sign_flips_of_clusters_need_their_sums_alone() -> None:
    data = rows("random", 11)
    sums = reduce_clusters(data.candidate, data.clusters)
    totals = [data.candidate[np.array(data.clusters) == name].sum() for name in sums.names]
    generator = np.random.default_rng(0)
    law = cluster_sign_flip(sums.totals, sums.sizes, generator=generator)
    expected = cluster_sign_flip(totals, sums.sizes, generator=generator)
    assert law.p_greater(0.5) == expected.p_greater(0.5)


REDUCERS: dict[str, Callable[[Rows, NDArray[np.intp]], Any]] = {
    "sample": lambda data, at: reduce_sample(data.candidate[at]),
    "pairs": lambda data, at: reduce_pairs(data.candidate[at], data.baseline[at]),
    "joint": lambda data, at: reduce_joint(data.candidate[at], data.baseline[at]),
    "clusters": lambda data, at: reduce_clusters(
        data.candidate[at], [data.clusters[i] for i in at]
    ),
    "crossed": lambda data, at: reduce_crossed(
        np.stack([data.candidate[at], data.baseline[at], data.candidate[::-1][at]])
    ),
    "shares": lambda data, at: reduce_shares(bits(data)[0][at]),
    "discordant": lambda data, at: reduce_discordant(*(one[at] for one in bits(data))),
    "rounded": lambda data, at: reduce_rounded(
        (data.candidate - data.baseline)[at], width_of(data)
    ),
    "events": lambda data, at: reduce_events(*(one[at] for one in counts(data))),
    "limits": lambda data, at: reduce_limits(data.candidate[at], data.baseline[:5]),
    "confusion": lambda data, at: counts_of(*(one[at] for one in bits(data))),
}


def numbers(record: Any) -> dict[str, float]:
    """Every number of a record by its place, whatever the origin and unit it is counted in."""
    found: dict[str, float] = {}
    if isinstance(record, JointMoments):
        at = (record.first.extent.unit, record.second.extent.unit)
        found["products"] = record.products * at[0] * at[1]
        for name in ("first", "second"):
            found |= {f"{name} {key}": x for key, x in numbers(getattr(record, name)).items()}
        return found
    unit = record.extent.unit
    origin = record.extent.origin
    extent = record.extent
    found = {"low": extent.low, "high": extent.high, "size": extent.size}
    found["mean"] = origin + record.mean * unit
    if isinstance(record, SampleMoments):
        return found | {"n": record.n, "deviation": math.sqrt(record.squares) * unit}
    if isinstance(record, ClusterSums):
        by_name = zip(record.names, record.sizes, record.totals, strict=True)
        for label, size, total in by_name:
            found |= {f"size of {label}": float(size), f"total of {label}": float(total)}
        return found
    found |= {"rest": math.sqrt(record.rest) * unit, "between": record.between_runs}
    found |= {f"run {k}": x for k, x in enumerate((record.run_means * unit).tolist())}
    means = sorted((origin + (record.mean + record.unit_means) * unit).tolist())
    return found | {f"unit {k}": x for k, x in enumerate(means)}


@pytest.mark.parametrize("kind", ["random", "offset", "near", "small", "large"])
@pytest.mark.parametrize("name", REDUCERS)
def test_blocks_merged_in_any_order_are_the_whole(name: str, kind: str) -> None:
    data, reduce_at = rows(kind, 12), REDUCERS[name]
    places = np.random.default_rng(1).permutation(data.candidate.size)
    blocks = [np.sort(one) for one in np.split(places, [1, 4, 15])]
    if name == "pairs":  # a block needs two of them
        blocks = blocks[2:]
        places = np.concatenate(blocks)
    parts = [reduce_at(data, block) for block in blocks]
    whole = reduce_at(data, np.sort(places))
    for order in itertools.permutations(parts):
        found = merge(*order)
        if not hasattr(found, "extent") and not isinstance(found, JointMoments):
            assert_equal_counts(found, whole, data)
            continue
        one, other = numbers(found), numbers(whole)
        spread = float(np.ptp(np.concatenate([data.candidate, data.baseline])))
        assert one.keys() == other.keys()
        for key, value in other.items():
            room = spread * spread if key == "products" else spread
            assert one[key] == pytest.approx(value, rel=1e-12, abs=1e-12 * room * 36), key


def assert_equal_counts(found: Any, whole: Any, data: Rows) -> None:
    if hasattr(found, "mean"):
        assert found.mean == pytest.approx(whole.mean, rel=1e-12, abs=1e-12 * width_of(data))
        assert (found.down, found.up) == (whole.down, whole.up)
    else:
        assert found == whole


@pytest.mark.parametrize("kind", KINDS)
def test_merged_blocks_are_judged_as_the_whole(kind: str) -> None:
    data = rows(kind, 14)
    at = [np.arange(0, data.candidate.size, 2), np.arange(1, data.candidate.size, 2)]
    pairs = merge(*(reduce_pairs(data.candidate[one], data.baseline[one]) for one in at))
    sums = merge(
        *(reduce_clusters(data.candidate[one], [data.clusters[i] for i in one]) for one in at)
    )
    cells = data.cells(data.candidate)
    margins = merge(*(reduce_crossed(part) for part in np.array_split(cells, 2, axis=1)))

    for found, expected in (
        (t_from_sample(pairs.contrast(1.0)), paired_t(data.candidate, data.baseline)),
        (t_from_sample(pairs.second), one_sample_t(data.baseline)),
        (cluster_mean_from_sums(sums), cluster_mean(data.candidate, data.clusters)),
        (crossed_mean_from_sums(margins), crossed_mean(cells)),
    ):
        error = expected.standard_error
        assert found.estimate == pytest.approx(expected.estimate, rel=1e-15, abs=1e-12 * error)
        assert found.standard_error == pytest.approx(error, rel=1e-12)
        assert found.df == pytest.approx(expected.df, rel=1e-11)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=9), min_size=1, max_size=5
    ),
    st.sampled_from([0, 10**12]),
)
def test_merged_moments_are_exact_sums(blocks: list[list[int]], offset: int) -> None:
    values = [Fraction(value + offset) for block in blocks for value in block]
    mean = sum(values) / len(values)
    squares = sum((value - mean) ** 2 for value in values)

    found = merge(*(reduce_sample([float(x + offset) for x in block]) for block in blocks))

    unit = found.extent.unit
    assert found.n == len(values)
    ends = max(values) - min(values)
    from_origin = float(mean - Fraction(found.extent.origin))
    assert found.mean * unit == pytest.approx(from_origin, rel=1e-12, abs=float(ends) * 1e-14)
    assert found.squares * unit * unit == pytest.approx(float(squares), rel=1e-12)


def test_sums_of_a_table_engine_need_no_origin_and_no_unit() -> None:
    data = rows("random", 15)
    extent = Extent(
        origin=0.0,
        unit=1.0,
        low=float(data.candidate.min()),
        high=float(data.candidate.max()),
        size=float(np.abs(data.candidate).max()),
    )
    n = data.candidate.size
    squares = float(data.candidate @ data.candidate) - n * data.candidate.mean() ** 2
    sample = SampleMoments(n=n, mean=float(data.candidate.mean()), squares=squares, extent=extent)
    expected = one_sample_t(data.candidate)
    assert t_from_sample(sample).estimate == pytest.approx(expected.estimate, rel=1e-13)
    assert t_from_sample(sample).standard_error == pytest.approx(expected.standard_error, rel=1e-11)


def test_records_refuse_what_cannot_be() -> None:
    data = rows("tiny", 16)
    sample = reduce_sample(data.candidate)
    sums = reduce_clusters(data.candidate, data.clusters)
    with pytest.raises(UndefinedTestError, match="same units"):
        JointMoments(first=sample, second=reduce_sample([1.0]), products=0.0)
    with pytest.raises(UndefinedTestError, match="successes"):
        ShareCounts(successes=4, n=3)
    with pytest.raises(UndefinedTestError, match="lost"):
        PairedCounts(better=2, worse=2, n=3)
    with pytest.raises(UndefinedTestError, match="at or below"):
        LimitCounts(n=3, limits=(0.0,), below=(0,), at_or_below=(4,))
    with pytest.raises(UndefinedTestError, match="once"):
        ClusterSums(names=("a", "a"), sizes=np.ones(2), sums=np.ones(2), extent=sums.extent)
    with pytest.raises(UndefinedTestError, match="same runs"):
        merge(reduce_crossed([[1.0, 2.0]]), reduce_crossed([[1.0], [2.0]]))
    with pytest.raises(UndefinedTestError, match="same limits"):
        merge(reduce_limits([1.0], [0.0]), reduce_limits([1.0], [1.0]))
    with pytest.raises(UndefinedTestError, match="width"):
        merge(reduce_rounded([0.5], 1.0), reduce_rounded([0.5], 2.0))
    with pytest.raises(UndefinedTestError, match="at least 2"):
        t_from_sample(reduce_sample([1.0]))
    with pytest.raises(UndefinedTestError, match="zero variance"):
        t_from_sample(merge(reduce_sample([0.1 + 0.2]), reduce_sample([0.3])))
    assert isinstance(
        merge(*(reduce_pairs([1.0, 2.0], [0.0, 3.0]) for _ in range(2))), PairedMoments
    )
