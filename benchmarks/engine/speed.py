"""CPU time and error of the resampling engine beside other libraries, in one run.

``python benchmarks/engine/speed.py`` prints tables. Contenders of a table take turns; medians of
three turns in CPU seconds. A peer too slow for 10,000 draws runs fewer, as its row says, and its
time is multiplied. tea-tasting is included where it is installed.
"""

import importlib.util
import math
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats import weightstats  # type: ignore[import-untyped]

from pytest_evalgate.stats.bootstrap import bootstrap_mean
from pytest_evalgate.stats.bootstrap_statistic import resamples
from pytest_evalgate.stats.convolution import sum_law
from pytest_evalgate.stats.means import welch_t
from pytest_evalgate.stats.permutations import permutation
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.sign_flips import sampled_sign_flip
from pytest_evalgate.stats.streams import stream


DRAWS = 10_000
TURNS = 3
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PEER_DRAWS = {1_000: 10_000, 10_000: 10_000, 100_000: 100, 1_000_000: 10}

Values = NDArray[np.float64]
Contender = tuple[Callable[[], Any], float]  # what runs, and what its time is multiplied with


def race(title: str, contenders: dict[str, Contender]) -> dict[str, Any]:
    """Run in turns; print median CPU seconds and the ratio to the first contender."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    results: dict[str, Any] = {}
    for _ in range(TURNS):
        for name, (run, factor) in contenders.items():
            start = time.process_time()
            results[name] = run()
            times[name].append((time.process_time() - start) * factor)
    print(f"\n### {title}\n\n| contender | CPU s | over ours |\n|---|---|---|")
    ours = statistics.median(next(iter(times.values())))
    for name, taken in times.items():
        middle = statistics.median(taken)
        ratio = middle / ours
        print(f"| {name} | {middle:.3g} | {ratio:{',.0f' if ratio > 10 else '.2g'}} |", flush=True)
    return results


def long_monte_carlo(values: Values, draws: int) -> Values:
    """Means of many resamples, in small blocks."""
    rng, n = np.random.default_rng(99), values.size
    rows = max(1, (1 << 17) // n)
    means = [
        values.take(rng.integers(0, n, (rows, n), dtype=np.int32)).mean(axis=1)
        for _ in range(math.ceil(draws / rows))
    ]
    return np.concatenate(means)


def cornish_fisher(values: Values, share: float) -> float:
    """Quantile of the bootstrap law of a mean by four cumulants: exact to n^-1.5."""
    n, x = values.size, values - values.mean()
    sd = math.sqrt(float((x * x).mean()))
    skew = float((x * x * x).mean()) / sd**3 / math.sqrt(n)
    kurtosis = (float((x * x * x * x).mean()) / sd**4 - 3.0) / n
    z = float(stats.norm.ppf(share))
    w = z + (z * z - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    w -= (2 * z**3 - 5 * z) * skew * skew / 36
    return float(values.mean()) + sd / math.sqrt(n) * w


def means_of(n: int) -> None:
    """Percentile and BCa intervals of a mean."""
    x = np.random.default_rng(n).lognormal(0.0, 1.0, n)
    draws, batch = PEER_DRAWS[n], max(1, 4_000_000 // n)

    def scipy(method: Literal["percentile", "BCa"]) -> Any:
        return stats.bootstrap(
            (x,),
            np.mean,
            n_resamples=draws,
            batch=batch,
            method=method,
            confidence_level=0.9,
            rng=np.random.default_rng(0),
        ).confidence_interval

    def percentile() -> tuple[float, float]:
        law = sum_law([(x - x.mean()) / n])
        return float(x.mean()) + law.lowest(0.05), float(x.mean()) + law.highest(0.05)

    contenders: dict[str, Contender] = {
        "ours, BCa (checks, law, bias, acceleration)": (
            lambda: bootstrap_mean(x).interval(0.05),
            1,
        ),
        "ours, percentile": (percentile, 1),
        f"scipy.stats.bootstrap percentile, {draws} draws": (
            lambda: scipy("percentile"),
            DRAWS / draws,
        ),
    }
    if n <= 10_000:
        contenders[f"scipy.stats.bootstrap BCa, {draws} draws"] = lambda: scipy("BCa"), 1
    results = race(f"mean of {n:,} lognormal values, 90 % interval", contenders)
    sd = float(x.std()) / math.sqrt(n)
    if n <= 10_000:
        count = 1_000_000 if n == 1_000 else 50_000
        truth = tuple(np.quantile(long_monte_carlo(x, count), [0.05, 0.95]))
        by = f"{count:,} draws, own noise {2.1 / math.sqrt(count):.4f}"
    else:
        truth = cornish_fisher(x, 0.05), cornish_fisher(x, 0.95)
        by = "Cornish-Fisher"
    print(f"\nLargest error of the percentile bounds in bootstrap sd, against {by}:")
    for name in list(contenders)[1:3]:
        low, high = results[name]
        print(f"- {name}: {max(abs(low - truth[0]), abs(high - truth[1])) / sd:.4f}")


def flips_of(n: int) -> None:
    """Sign flips of a paired mean difference."""
    d = np.random.default_rng(n).normal(1.0 / math.sqrt(n), 1.0, n)
    draws = {1_000: 10_000, 10_000: 1_000, 100_000: 20}.get(n, 2)

    def scipy() -> float:
        return float(
            stats.permutation_test(
                (d,),
                lambda x, axis: x.mean(axis=axis),
                permutation_type="samples",
                alternative="greater",
                n_resamples=draws,
                batch=max(1, 4_000_000 // n),
                vectorized=True,
                rng=np.random.default_rng(0),
            ).pvalue
        )

    results = race(
        f"sign flips of {n:,} differences",
        {
            "ours, 10,000 draws, p and bounds": (
                lambda: sampled_sign_flip(d, generator=stream(0, "r"), draws=DRAWS),
                1,
            ),
            f"scipy.stats.permutation_test, {draws} draws, p only": (scipy, DRAWS / draws),
        },
    )
    ours = next(iter(results.values())).p_greater(0.0)
    normal = stats.norm.sf(d.sum() / math.sqrt((d * d).sum()))
    print(f"\np: ours {ours:.4f}, normal law {normal:.4f}, own noise 0.004")


def exact_flips() -> None:
    """All flips of few differences."""
    d = np.random.default_rng(1).normal(0.4, 1.0, 40)

    def scipy() -> float:
        return float(
            stats.permutation_test(
                (d[:16],),
                lambda x, axis: x.mean(axis=axis),
                permutation_type="samples",
                alternative="greater",
                n_resamples=10**6,  # more than there are: all of them
                vectorized=True,
            ).pvalue
        )

    results = race(
        "all sign flips of 16 differences, and ours of 40",
        {
            "ours, 16": (lambda: sign_flip(d[:16]).p_greater(0.0), 1),
            "ours, 40": (lambda: sign_flip(d).p_greater(0.0), 1),
            "scipy.stats.permutation_test, 16": (scipy, 1),
        },
    )
    print(f"\np of 16: ours {results['ours, 16']:.6f}, SciPy {list(results.values())[2]:.6f}")


def splits_of(n: int) -> None:
    """Two-sample permutations of means."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(0.07, 1.0, n), rng.normal(0.0, 1.0, n)

    def scipy() -> float:
        return float(
            stats.permutation_test(
                (x, y),
                lambda a, b, axis: a.mean(axis) - b.mean(axis),
                alternative="greater",
                n_resamples=DRAWS - 1,
                batch=2_000,
                vectorized=True,
                rng=np.random.default_rng(0),
            ).pvalue
        )

    results = race(
        f"permutation of 2 x {n:,} values, 10,000 draws",
        {
            "ours, studentised, p and bounds": (
                lambda: permutation(x, y, generator=stream(0, "r"), draws=DRAWS).p_greater(0.0),
                1,
            ),
            "scipy.stats.permutation_test, p only": (scipy, 1),
        },
    )
    welch = stats.ttest_ind(x, y, equal_var=False, alternative="greater").pvalue
    print(f"\np: {', '.join(f'{p:.4f}' for p in results.values())}; Welch {welch:.4f}")


def welch_of(n: int) -> None:
    """Welch's t, the method that needs no resampling."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(0.01, 1.0, n), rng.normal(0.0, 2.0, n)
    repeat = max(1, 20_000 // n)

    def often(run: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: [run() for _ in range(repeat)][-1]

    def ours() -> Any:
        test = welch_t(x, y)
        return test.p_greater(0.0), test.interval(0.05)

    def scipy() -> Any:
        found = stats.ttest_ind(x, y, equal_var=False, alternative="greater")
        return found.pvalue, found.confidence_interval(0.95)

    def statsmodels() -> Any:
        compared = weightstats.CompareMeans.from_data(x, y)
        return (
            compared.ttest_ind(alternative="larger", usevar="unequal")[1],
            compared.tconfint_diff(0.1, usevar="unequal"),
        )

    contenders: dict[str, Contender] = {
        "ours": (often(ours), 1 / repeat),
        "scipy.stats.ttest_ind": (often(scipy), 1 / repeat),
        "statsmodels CompareMeans": (often(statsmodels), 1 / repeat),
    }
    if importlib.util.find_spec("tea_tasting"):
        tea_tasting = importlib.import_module("tea_tasting")
        table = pd.DataFrame({"variant": np.repeat([1, 0], n), "x": np.concatenate((x, y))})
        experiment = tea_tasting.Experiment(
            x=tea_tasting.Mean("x", alternative="greater", confidence_level=0.95)
        )
        contenders[f"tea-tasting {tea_tasting.__version__}, pandas"] = (
            often(lambda: (experiment.analyze(table)["x"].pvalue,)),
            1 / repeat,
        )
    results = race(f"Welch's t of 2 x {n:,} values, p and interval", contenders)
    print(f"\np: {', '.join(f'{float(found[0]):.12g}' for found in results.values())}")


def memory() -> None:
    """Peak of traced memory beyond the input, a million values (7.6 MiB)."""
    x = np.random.default_rng(0).lognormal(size=1_000_000)
    d = x - x.mean()
    runs: dict[str, Callable[[], Any]] = {
        "bootstrap_mean": lambda: bootstrap_mean(x).interval(0.05),
        "resamples of 1,000,000 units, 3 draws": lambda: [
            float((weights @ x)[0]) for weights in resamples((x.size,), stream(0, "r"), draws=3)
        ],
        "sampled_sign_flip, 999 draws": lambda: sampled_sign_flip(
            d, generator=stream(0, "r"), draws=999
        ),
    }
    print("\n### Peak memory at 1,000,000 values\n\n| call | MiB beyond the input |\n|---|---|")
    for name, run in runs.items():
        tracemalloc.start()
        run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"| {name} | {peak / 2**20:.0f} |", flush=True)


def main() -> None:
    """Print every table."""
    warnings.simplefilter("ignore")  # of peers
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}")
    started = time.perf_counter()
    for n in SIZES:
        means_of(n)
    exact_flips()
    for n in SIZES[:3]:
        flips_of(n)
    splits_of(1_000)
    for n in (1_000, 100_000, 1_000_000):
        welch_of(n)
    memory()
    print(f"\n{time.perf_counter() - started:.0f} s of wall time")


if __name__ == "__main__":
    main()
