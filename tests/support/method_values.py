"""Makers of random data: one function a design, each from a random stream and a size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.stats.auroc import auroc_pseudo_values
from pytest_evalgate.stats.confusion import f1_pseudo_values


Array = NDArray[np.float64]
Rng = np.random.Generator
Maker = Callable[[Rng, int], dict[str, object]]


def numbers(rng: Rng, n: int) -> Array:
    """Return values on a grid of 1/1024, so that shifts and scales by powers of 2 are exact."""
    kind = int(rng.integers(5))
    if kind == 0:
        values = rng.normal(size=n)
    elif kind == 1:
        values = rng.lognormal(size=n)
    elif kind == 2:
        values = rng.integers(0, 6, n).astype(np.float64)
    elif kind == 3:
        values = rng.normal(size=n)
        values[int(rng.integers(n))] += 8.0
    else:
        values = rng.random(n)
    return np.round(values * 1024) / 1024


def positive(rng: Rng, n: int) -> Array:
    return np.abs(numbers(rng, n)) + 1.0


def firm(rng: Rng, n: int) -> Array:
    """Return values so far above 0 that dividing by their mean is no question."""
    return positive(rng, n) + 32.0


def few(make: Maker) -> Maker:
    """Return so few units that every split of them is taken."""
    return lambda rng, n: make(rng, min(n, 6))


def bits(rng: Rng, n: int) -> Array:
    share = float(rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], p=[0.05, 0.25, 0.4, 0.25, 0.05]))
    return (rng.random(n) < share).astype(np.float64)


def both(rng: Rng, n: int) -> Array:
    """Return labels of both classes, at least a quarter each."""
    label = np.zeros(n)
    label[: int(rng.integers(n // 4 + 1, n - n // 4))] = 1.0
    return rng.permutation(label)


def one(values: Callable[[Rng, int], Array]) -> Maker:
    return lambda rng, n: {"candidate": values(rng, n)}


def paired(values: Callable[[Rng, int], Array]) -> Maker:
    def make(rng: Rng, n: int) -> dict[str, object]:
        first, second = values(rng, n), values(rng, n)
        same = rng.random(n) < rng.choice([0.0, 0.3])
        second[same] = first[same]
        return {"candidate": first, "baseline": second, "is_paired": True}

    return make


def unpaired(values: Callable[[Rng, int], Array]) -> Maker:
    def make(rng: Rng, n: int) -> dict[str, object]:
        other = max(3, int(n * rng.choice([0.6, 1.0, 1.4])))
        return {"candidate": values(rng, n), "baseline": values(rng, other)}

    return make


def group_names(rng: Rng, n: int, groups: int) -> tuple[str, ...]:
    return tuple(f"c{i}" for i in rng.permutation(np.arange(n) % groups).tolist())


def clustered(
    make: Maker,
) -> Maker:
    def more(rng: Rng, n: int) -> dict[str, object]:
        fields = make(rng, 3 * n)
        groups = max(n // 2, 3)
        fields["candidate_clusters"] = group_names(rng, len(fields["candidate"]), groups)  # type: ignore[arg-type]
        if fields.get("is_paired"):
            fields["baseline_clusters"] = fields["candidate_clusters"]
        elif "baseline" in fields:
            fields["baseline_clusters"] = group_names(rng, len(fields["baseline"]), groups)  # type: ignore[arg-type]
        return fields

    return more


def tasks(
    make: Maker,
) -> Maker:
    def more(rng: Rng, n: int) -> dict[str, object]:
        fields = make(rng, 4 * n)
        k = int(rng.integers(5, 8))
        fields["candidate_tasks"] = group_names(rng, len(fields["candidate"]), k)  # type: ignore[arg-type]
        if "baseline" in fields:
            same = fields["candidate_tasks"] if fields.get("is_paired") else None
            fields["baseline_tasks"] = same or group_names(rng, len(fields["baseline"]), k)  # type: ignore[arg-type]
        return fields

    return more


def run_cells(rng: Rng, runs: int, n: int) -> Array:
    grid = rng.normal(size=(runs, n)) + rng.normal(size=n) + 0.3 * rng.normal(size=(runs, 1))
    return np.round(grid * 1024) / 1024


def crossed(*, arms: int, is_paired: bool = False) -> Maker:
    def make(rng: Rng, n: int) -> dict[str, object]:
        runs = int(rng.integers(3, 7))
        cells = run_cells(rng, runs, n)
        fields: dict[str, object] = {"candidate": cells.mean(axis=0), "candidate_cells": cells}
        if arms == 2:
            other = run_cells(rng, runs if is_paired else int(rng.integers(3, 7)), n)
            fields |= {
                "baseline": other.mean(axis=0), "baseline_cells": other, "is_paired": True,
                "are_runs_paired": is_paired,
            }  # fmt: skip
        return fields

    return make


def with_holes(*, arms: int, is_paired: bool = False) -> Maker:
    def arm(rng: Rng, runs: int, n: int) -> tuple[Array, tuple[tuple[str, ...], tuple[str, ...]]]:
        cells = run_cells(rng, runs, n)
        kept = np.argwhere(rng.random(cells.shape) < 0.9)
        at = (
            tuple(f"r{run}" for run in kept[:, 0].tolist()),
            tuple(f"u{unit}" for unit in kept[:, 1].tolist()),
        )
        return cells[kept[:, 0], kept[:, 1]], at

    def make(rng: Rng, n: int) -> dict[str, object]:
        runs = int(rng.integers(3, 6))
        values, at = arm(rng, runs, n)
        fields: dict[str, object] = {"candidate": values, "candidate_at": at}
        if arms == 2:
            values, at = arm(rng, runs, n)
            fields |= {"baseline": values, "baseline_at": at, "are_runs_paired": is_paired}
        return fields

    return make


def with_extra(
    make: Maker,
    name: str,
    column: Callable[[Rng, Array], Array],
    *,
    is_shared: bool = False,
) -> Maker:
    """Add a further column to the arms: one for both where it is about the unit."""

    def more(rng: Rng, n: int) -> dict[str, object]:
        fields = make(rng, n)
        candidate, baseline = fields["candidate"], fields.get("baseline")
        extra = column(rng, candidate)  # type: ignore[arg-type]
        fields["candidate_extras"] = {name: extra}
        if baseline is not None:
            other = extra if is_shared else column(rng, baseline)  # type: ignore[arg-type]
            fields["baseline_extras"] = {name: other}
        return fields

    return more


def labels_of(rng: Rng, values: Array) -> Array:
    return both(rng, values.size)


def exposure(rng: Rng, values: Array) -> Array:
    return rng.integers(1, 9, values.size).astype(np.float64)


def covariate(rng: Rng, values: Array) -> Array:
    return np.round((0.5 * values + rng.normal(size=values.size)) * 1024) / 1024


def gold_of(of_bits: bool) -> Callable[[Rng, Array], Array]:  # noqa: FBT001
    def column(rng: Rng, judge: Array) -> Array:
        n = judge.size
        if of_bits:
            gold = np.where(rng.random(n) < 0.85, judge, 1.0 - judge)
        else:
            gold = judge + np.round(rng.normal(size=n) * 1024) / 1024
        gold[n // 2 :] = np.nan
        return gold

    return column


def pseudo_values(rng: Rng, n: int) -> dict[str, object]:
    """Return pseudo-values of paired areas, or of paired F1."""
    label = both(rng, 4 * n)
    if rng.random() < 0.5:
        scores = [np.round((label + rng.normal(size=label.size)) * 64) / 64 for _ in range(2)]
        arms = [auroc_pseudo_values(label, one) for one in scores]
    else:
        guesses = [np.where(rng.random(label.size) < 0.7, label, 1 - label) for _ in range(2)]
        arms = [f1_pseudo_values(label, one) for one in guesses]
    return {"candidate": arms[0], "baseline": arms[1], "is_paired": True}


def at_quantile(make: Maker, choices: tuple[float, ...]) -> Maker:
    def more(rng: Rng, n: int) -> dict[str, object]:
        return {**make(rng, n), "quantile": float(rng.choice(choices))}

    return more


def smooth(rng: Rng, n: int) -> Array:
    return np.round((rng.normal(size=n) + 10.0) * 1024) / 1024


def event_counts(rng: Rng, n: int) -> Array:
    return rng.poisson(float(rng.choice([0.2, 3.0])), n).astype(np.float64)


def halves(rng: Rng, n: int) -> Array:
    return rng.integers(0, 3, n) / 2.0


def rare(rng: Rng, n: int) -> Array:
    return np.where(rng.random(n) < 0.1, rng.integers(0, 5, n) / 4.0, 0.5)


def judged(rng: Rng, n: int) -> Array:
    return both(rng, n)
