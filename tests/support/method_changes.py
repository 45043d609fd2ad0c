"""What can be done to data: other places for the arms, other units, another order, fewer rows."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from method_cases import Case, Mirror
from method_values import Array, Rng
from numpy.typing import NDArray

from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.data import Data


def mirrored(case: Case) -> tuple[Ask, Callable[[float], float]]:
    """Return the data that turn "greater" into "less", and the limit that belongs to a limit."""
    data, mirror = case.ask.data, case.variant.mirror
    match mirror:
        case Mirror.SWAP:
            return replace(case.ask, data=swapped(data)), lambda x: -x
        case Mirror.SWAP_RATIO:
            return replace(case.ask, data=swapped(data)), lambda x: 1.0 / x
        case Mirror.SWAP_CHANCE:
            return replace(case.ask, data=swapped(data)), lambda x: 1.0 - x
        case Mirror.NEGATE:
            q = case.ask.quantile
            ask = replace(case.ask, data=mapped(data, lambda v: -v, gold=True))
            return replace(ask, quantile=None if q is None else 1.0 - q), lambda x: -x
        case Mirror.COMPLEMENT:
            ask = replace(case.ask, data=mapped(data, lambda v: 1.0 - v, gold=True))
            return ask, lambda x: 1.0 - x
        case Mirror.REVERSE:
            return replace(case.ask, data=mapped(data, lambda v: -v)), lambda x: 1.0 - x
        case None:
            raise ValueError(f"{case.variant.name} has no mirror")


def swapped(data: Data) -> Data:
    """Return the same data with the arms in each other's place."""
    if data.baseline is None:
        raise ValueError("one arm only")
    return replace(
        data,
        candidate=data.baseline,
        baseline=data.candidate,
        candidate_clusters=data.baseline_clusters,
        baseline_clusters=data.candidate_clusters,
        candidate_cells=data.baseline_cells,
        baseline_cells=data.candidate_cells,
        candidate_extras=data.baseline_extras,
        baseline_extras=data.candidate_extras,
        candidate_tasks=data.baseline_tasks,
        baseline_tasks=data.candidate_tasks,
        candidate_at=data.baseline_at,
        baseline_at=data.candidate_at,
    )


def mapped(
    data: Data,
    function: Callable[[Array], Array],
    *,
    gold: bool = False,
    arms: tuple[str, ...] = ("candidate", "baseline"),
) -> Data:
    """Return the same data with a function of all values, and of gold labels too if asked."""
    changes: dict[str, object] = {}
    for arm in arms:
        for name in (arm, f"{arm}_cells"):
            if getattr(data, name) is not None:
                changes[name] = function(getattr(data, name))
        extras = getattr(data, f"{arm}_extras")
        if gold and "gold" in extras:
            changes[f"{arm}_extras"] = {**extras, "gold": function(extras["gold"])}
    return replace(data, **changes)  # type: ignore[arg-type]


def reordered(data: Data, rng: Rng) -> Data:
    """Return the same rows in another order: of both arms alike where they are paired."""
    places = rng.permutation(data.candidate.size)
    changes = _taken(data, "candidate", places)
    if data.baseline is not None:
        if not data.is_paired:
            places = rng.permutation(data.baseline.size)
        changes |= _taken(data, "baseline", places)
    return replace(data, **changes)  # type: ignore[arg-type]


def first_rows(data: Data, n: int) -> Data:
    """Return the first rows of both arms alone."""
    places = np.arange(n)
    changes = _taken(data, "candidate", places)
    if data.baseline is not None:
        changes |= _taken(data, "baseline", places)
    return replace(data, **changes)  # type: ignore[arg-type]


def _taken(data: Data, arm: str, places: NDArray[np.intp]) -> dict[str, object]:
    found: dict[str, object] = {arm: getattr(data, arm)[places]}
    cells = getattr(data, f"{arm}_cells")
    if cells is not None:
        found[f"{arm}_cells"] = cells[:, places]
    for kind in ("clusters", "tasks"):
        names = getattr(data, f"{arm}_{kind}")
        if names is not None:
            found[f"{arm}_{kind}"] = tuple(names[i] for i in places.tolist())
    at = getattr(data, f"{arm}_at")
    if at is not None:
        found[f"{arm}_at"] = tuple(tuple(part[i] for i in places.tolist()) for part in at)
    found[f"{arm}_extras"] = {
        name: column[places] for name, column in getattr(data, f"{arm}_extras").items()
    }
    return found
