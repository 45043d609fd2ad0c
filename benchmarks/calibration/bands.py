"""What rate is tolerated where, and which settings leave it."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from benchmarks.calibration.cells import ALPHA, clopper_pearson

from pytest_evalgate.gate.sizes import MAX_PAIRS


Cell: TypeAlias = Mapping[str, Any]
REFUSED: Final = 1.5  # times alpha
WARNED: Final = 1.2


OPEN: Final[tuple[tuple[Callable[[Cell], bool], str], ...]] = (
    (
        lambda cell: cell["method"] == "mcnemar_tango" and int(cell["n"]) > MAX_PAIRS,
        f"Tango's exact size is computed to {MAX_PAIRS} pairs; beyond, it is above its level here.",
    ),
    (
        lambda cell: cell["method"] == "price_bonett" and cell["design"].endswith("rounded"),
        "`price_bonett` (by name only) on values rounded to a few steps: ties are not checked for.",
    ),
    (
        lambda cell: cell["law"] == "lognormal(.25)" and "runs" in cell["design"],
        "Runs of one arm, or paired differences of runs, of skewness 0.8: so few do not show it.",
    ),
    (
        lambda cell: _is_skewed(cell) and cell["gate"] <= REFUSED * ALPHA,
        "Skewed values just inside their domain: the gate refuses beyond it, but does not warn.",
    ),
)
"""Known settings that no domain holds back yet, and what there is to know of them."""


def _is_skewed(cell: Cell) -> bool:
    """Say whether a method of means meets a skewed law."""
    is_mean = cell["method"] in {"one_sample_t", "paired_t", "welch_t", "ancova"}
    return is_mean and any(law in cell["law"] for law in ("lognormal", "exponential"))


def is_inside(cell: Cell) -> bool:
    """Say whether the gate mostly judges here without a warning."""
    return bool(cell["gate"] is not None and cell["refused"] < 0.5 and cell["warned"] < 0.5)


def tolerated(cell: Cell) -> float:
    """Return the highest rate that a method may show in its domain, for these replicates."""
    noise = 0.0
    if isinstance(cell["R"], int):
        noise = 3.0 * math.sqrt(ALPHA * (1 - ALPHA) / cell["R"])
    wide = (WARNED - 1.0) * ALPHA
    return ALPHA + (noise if cell["promise"] == "exact" else max(wide, noise)) + 1e-9


def is_above(cell: Cell) -> bool:
    """Say whether the gate judges here, unwarned, and promotes more than is tolerated."""
    return is_inside(cell) and bool(cell["gate"] > tolerated(cell))


def is_clear(cell: Cell) -> bool:
    """Say whether the rate where the gate judges is above 1.2 alpha by more than noise."""
    rate, replicates = cell["gate"], cell["R"]
    if isinstance(replicates, int):
        rate = clopper_pearson(round(rate * replicates), replicates)[0]
    return bool(rate > WARNED * ALPHA)


def is_open(cell: Cell) -> bool:
    """Say whether a setting is one of those that are known and open."""
    return any(is_one(cell) for is_one, _ in OPEN)
