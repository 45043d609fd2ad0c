"""Data at the boundary of the null hypothesis, from a generator keyed by cell and number."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from benchmarks.peers.rows import Claim, DataSet, Row
from numpy.typing import NDArray


SEED: Final = 20_261_122
CLUSTERS: Final = {5: (20,) * 5, 8: (60, 30, 20, 15, 12, 10, 8, 5)}
CLUSTER_SHARE: Final = 0.3  # of the variance of a difference that its cluster brings

Draw = Callable[[np.random.Generator], DataSet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A null hypothesis to draw from."""

    name: str
    words: str
    draw: Draw

    def data(self, number: int) -> DataSet:
        """Return data set ``number``: the same for every tool and in any order."""
        key = np.array([SEED ^ zlib.crc32(self.name.encode()), number], dtype=np.uint64)
        generator = np.random.Generator(np.random.Philox(key=key))
        return replace(self.draw(generator), seed=number + 1)


def _rows(values: Iterable[float], name: str) -> tuple[Row, ...]:
    return tuple(Row(id=f"{name}{i:04d}", value=float(value)) for i, value in enumerate(values))


def seeds(runs: int) -> Draw:
    """Draw scores of independent trainings: normal, mean 0.8 and sd 0.01 in both arms."""

    def draw(generator: np.random.Generator) -> DataSet:
        arms = generator.normal(0.8, 0.01, (2, runs))
        return DataSet(
            baseline=_rows(arms[0], "seed-"),
            candidate=_rows(arms[1], "seed-"),
            claim=Claim.BETTER,
            is_run=True,
        )

    return draw


def pairs(n: int, *, lost: float, won: float, margin: float = 0.0) -> Draw:
    """Draw n pairs of 0/1: ``lost`` is P(only the baseline is right), ``won`` the reverse."""

    def draw(generator: np.random.Generator) -> DataSet:
        # both right, only the baseline, only the candidate, both wrong
        law = (0.85 - lost, lost, won, 0.15 - won)
        kind = generator.choice(4, size=n, p=law)
        return DataSet(
            baseline=_rows(kind < 2, "q"),
            candidate=_rows((kind == 0) | (kind == 2), "q"),
            claim=Claim.NO_WORSE if margin else Claim.BETTER,
            margin=margin,
            is_binary=True,
        )

    return draw


def clusters(sizes: tuple[int, ...]) -> Draw:
    """Draw paired normal scores whose differences hang together within clusters."""
    names = [f"doc{g}" for g, size in enumerate(sizes) for _ in range(size)]
    at = np.repeat(np.arange(len(sizes)), sizes)

    def draw(generator: np.random.Generator) -> DataSet:
        baseline = generator.normal(0.0, 1.0, at.size)
        common = generator.normal(0.0, CLUSTER_SHARE**0.5, len(sizes))[at]
        own = generator.normal(0.0, (1 - CLUSTER_SHARE) ** 0.5, at.size)
        return DataSet(
            baseline=_clustered(baseline, names),
            candidate=_clustered(baseline + common + own, names),
            claim=Claim.BETTER,
        )

    return draw


def _clustered(values: NDArray[np.float64], names: list[str]) -> tuple[Row, ...]:
    return tuple(
        Row(id=f"q{i:04d}", value=float(value), cluster=name)
        for i, (value, name) in enumerate(zip(values, names, strict=True))
    )


def lognormal(baseline: int, candidate: int) -> Draw:
    """Draw costs of independent runs, equal laws; less is better."""

    def draw(generator: np.random.Generator) -> DataSet:
        return DataSet(
            baseline=_rows(generator.lognormal(0.0, 1.0, baseline), "seed-"),
            candidate=_rows(generator.lognormal(0.0, 1.0, candidate), "seed-"),
            claim=Claim.BETTER,
            is_run=True,
            is_lower_better=True,
        )

    return draw


def _cells() -> Mapping[str, Cell]:
    table = (
        ("seeds-5", "5 v 5 seeds", seeds(5)),
        ("seeds-3", "3 v 3 seeds", seeds(3)),
        ("pairs-200", "200 pairs", pairs(200, lost=0.05, won=0.05)),
        ("pairs-50", "50 pairs", pairs(50, lost=0.05, won=0.05)),
        ("pairs-10", "10 pairs", pairs(10, lost=0.05, won=0.05)),
        ("clusters-5", "5 clusters", clusters(CLUSTERS[5])),
        ("clusters-8", "8 unequal clusters", clusters(CLUSTERS[8])),
        ("lognormal", "30 v 3 lognormal", lognormal(30, 3)),
        ("margin-200", "200 pairs", pairs(200, lost=0.075, won=0.025, margin=0.05)),
        ("margin-50", "50 pairs", pairs(50, lost=0.1, won=0.0, margin=0.1)),
        ("margin-10", "10 pairs", pairs(10, lost=0.1, won=0.0, margin=0.1)),
    )
    return {name: Cell(name=name, words=words, draw=draw) for name, words, draw in table}


CELLS: Final = _cells()
BETTER: Final = tuple(name for name in CELLS if not name.startswith("margin"))
NO_WORSE: Final = tuple(name for name in CELLS if name.startswith("margin"))


def damaged(claim: Claim) -> Mapping[str, DataSet]:
    """Return a true drop of 10 points (320 to 280 of 400), honest and made to look better."""
    right = np.repeat([1.0, 0.0], (320, 80))
    baseline = _rows(right, "q")
    # 80 rows regress, 40 improve
    candidate = _rows(np.repeat([0.0, 1.0, 1.0, 0.0], (80, 240, 40, 40)), "q")
    regressed = tuple(replace(row, value=1.0) for row in candidate[:80])
    honest = DataSet(
        baseline=baseline, candidate=candidate, claim=claim, margin=0.05, is_binary=True
    )
    return {
        "honest drop": honest,
        "80 regressed rows left out": replace(honest, candidate=candidate[80:]),
        "80 retries appended": replace(honest, candidate=candidate + regressed),
        "80 retries appended, 3 times": replace(honest, candidate=candidate + 3 * regressed),
    }


def cost_data() -> DataSet:
    """Return 2,000 pairs of 0/1 with equal rates."""
    cell = Cell(name="cost", words="2,000 pairs", draw=pairs(2_000, lost=0.05, won=0.05))
    return cell.data(0)
