"""How often each tail of the resampling methods misses a true effect, at a nominal 0.05.

``python benchmarks/engine/coverage.py [replicates]`` prints two tables. A lower bound above the
true value is a false "greater"; with skewed data the two tails differ, and gates are one-sided.
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.stats import permutations
from pytest_evalgate.stats.bootstrap import bootstrap_mean
from pytest_evalgate.stats.bootstrap_t import bootstrap_t
from pytest_evalgate.stats.means import one_sample_t, welch_t
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.streams import stream


ALPHA = 0.05
DRAWS = 999

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]

LAWS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, n: rng.normal(size=n), 0.0),
    "lognormal(0.5)": (lambda rng, n: rng.lognormal(0.0, 0.5, n), float(np.exp(0.125))),
    "lognormal(1)": (lambda rng, n: rng.lognormal(0.0, 1.0, n), float(np.exp(0.5))),
}


def tails(tests: Callable[[], Inference], truth: float, replicates: int) -> tuple[float, float]:
    """Share of replicates that claim "greater", and "less", of the true value."""
    found = np.array(
        [
            (test.p_greater(truth) < ALPHA, test.p_less(truth) < ALPHA)
            for test in (tests() for _ in range(replicates))
        ]
    )
    return float(found[:, 0].mean()), float(found[:, 1].mean())


def one_sample(replicates: int) -> None:
    print("| law | n | BCa greater / less | bootstrap-t greater / less | t greater / less |")
    print("|---|---|---|---|---|")
    for name, (draw, truth) in LAWS.items():
        for n in (20, 30, 50, 100, 200):
            rng = stream(n, name)
            methods: list[Callable[[], Inference]] = [
                lambda draw=draw, rng=rng, n=n: bootstrap_mean(draw(rng, n)),  # type: ignore[misc]
                lambda draw=draw, rng=rng, n=n: bootstrap_t(  # type: ignore[misc]
                    draw(rng, n), generator=rng, draws=DRAWS
                ),
                lambda draw=draw, rng=rng, n=n: one_sample_t(draw(rng, n)),  # type: ignore[misc]
            ]
            cells = [tails(method, truth, replicates) for method in methods]
            row = " | ".join(f"{low:.3f} / {high:.3f}" for low, high in cells)
            print(f"| {name} | {n} | {row} |", flush=True)


def two_samples(replicates: int) -> None:
    print("\n| arms | sds | studentised greater / less | plain greater / less | Welch |")
    print("|---|---|---|---|---|")
    permutations.MOST_SPLITS = DRAWS  # type: ignore[misc] # drawn above: a replicate is cheap
    for (n, m), (sd, other) in (
        ((4, 4), (1.0, 1.0)),
        ((4, 4), (4.0, 1.0)),
        ((5, 20), (1.0, 1.0)),
        ((5, 20), (4.0, 1.0)),
        ((5, 20), (1.0, 4.0)),
        ((10, 20), (4.0, 1.0)),
        ((20, 20), (4.0, 1.0)),
    ):
        rng = stream(n, f"{m} {sd}")

        def arms(
            rng: np.random.Generator = rng,
            sizes: tuple[int, int] = (n, m),
            sds: tuple[float, float] = (sd, other),
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            return rng.normal(0.0, sds[0], sizes[0]), rng.normal(0.0, sds[1], sizes[1])

        def permuted(
            is_studentised: bool,  # noqa: FBT001
            arms: Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]] = arms,
            rng: np.random.Generator = rng,
        ) -> Inference:
            first, second = arms()
            return permutations.permutation(
                first, second, generator=rng, draws=DRAWS, is_studentised=is_studentised
            )

        cells = [
            tails(lambda: permuted(True), 0.0, replicates),  # noqa: FBT003
            tails(lambda: permuted(False), 0.0, replicates),  # noqa: FBT003
            tails(lambda: welch_t(*arms()), 0.0, replicates),
        ]
        row = " | ".join(f"{low:.3f} / {high:.3f}" for low, high in cells)
        print(f"| {n} v {m} | {sd:g} v {other:g} | {row} |", flush=True)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    one_sample(count)
    two_samples(count)
