"""The domains of the gate, from the results: where false promotion leaves what is tolerated.

``python benchmarks/calibration/derive.py`` writes ``src/pytest_evalgate/gate/domains.json``. A
method is refused where its rate is above 1.5 alpha, and warned of where it is above 1.2 alpha by
more than the noise of the simulation (the lower end of the 95 % interval is), on the axis of each
domain and under the laws that were drawn for it. No value is looser than what the gate promises.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final


FOLDER = Path(__file__).resolve().parent
if str(FOLDER.parents[1]) not in sys.path:
    sys.path.insert(0, str(FOLDER.parents[1]))

from benchmarks.calibration.bands import REFUSED, WARNED  # noqa: E402
from benchmarks.calibration.cells import ALPHA, clopper_pearson  # noqa: E402


RESULTS: Final = FOLDER / "results"
TARGET: Final = FOLDER.parents[1] / "src" / "pytest_evalgate" / "gate" / "domains.json"
ABOUT: Final = "Written by benchmarks/calibration; see docs/calibration.md."


@dataclass(frozen=True, slots=True)
class Promise:
    """What the gate promises on one axis whatever is measured, and the words of its warning."""

    refused: float
    warned: float
    why: str = ""
    beyond: str = "below"
    reason: str = "as first released, and nothing worse was found"
    others: tuple[str, ...] = ()  # laws that another domain is about
    warns: bool = True  # else it only refuses
    is_closed: bool = False  # the place itself is refused too


LEAST: Final = "a minimum that the documentation promises"

PROMISES: Final[Mapping[str, Promise]] = {
    "units": Promise(30, 30, "means of single items with a margin promoted up to 76 % at the "
                     "limit", reason=LEAST, others=("lognormal", "exponential")),
    "crossed_units": Promise(20, 20, reason=LEAST),
    "runs": Promise(3, 5, "that they are near normal cannot be seen", reason=LEAST,
                    others=("lognormal",)),
    "informative_units": Promise(20, 20, reason=LEAST),
    "skewness_factor": Promise(25.0, 25.0, reason=LEAST),
    "skewed_run_ratio": Promise(2.0, 2.0, beyond="above"),
    "crossed_run_ratio": Promise(5 / 3, 5 / 3, beyond="above"),
    "run_spread": Promise(0.4, 0.28, beyond="above"),
    "skewness_one_arm": Promise(1.0, 1.0, beyond="above"),
    "filled_cells": Promise(0.5, 0.7, "many cells are missing"),
    "clusters": Promise(5, 30, reason=LEAST),
    "clusters_of_shares": Promise(10, 10),
    "discordant_clusters": Promise(20, 20, reason=LEAST),
    "cluster_df": Promise(3.0, 5.0, reason=LEAST),
    "auroc_class": Promise(10, 30, "areas from so few of a class were promoted falsely up to 1.5 "
                           "times as often"),
    "auroc_beyond_limit": Promise(3, 5, "so near to 1 an area was promoted falsely up to 1.5 "
                                  "times as often"),
    "auroc_missed": Promise(1, 3, "areas so near to 1 were promoted falsely up to 1.5 times as "
                            "often"),
    "ap_positives": Promise(10, 30, "so few positives decide the average precision"),
    "ap_positives_margin": Promise(30, 50, "so few positives decide the average precision"),
    "set_units": Promise(50, 50, "few units for a statistic of a set of them"),
    "ratio_units": Promise(20, 100, "a ratio of sums over few units"),
    "gold_labels": Promise(20, 50, "few gold labels: simulated false promotion up to 1.5 times "
                           "alpha"),
    "gold_labels_graded": Promise(20, 200, "few gold labels"),
    "calibration_labels": Promise(50, 100, "few gold labels to calibrate the judge by"),
    "ranked_units": Promise(3, 5, "few units in an arm"),
    "ranked_ratio": Promise(2.0, 2.0, beyond="above"),
    "ranked_units_margin": Promise(7, 10, "few units in an arm"),
    "spread_units": Promise(4, 5, "few runs to see a spread by"),
    "spread_ratio": Promise(3.0, 2.0, "arms of unequal size", beyond="above"),
    "random_tasks": Promise(5, 10, "few tasks"),
    "task_units": Promise(2, 3, "few runs in a task"),
    "task_total": Promise(6, 10, "few runs in all tasks"),
    "adjusted_units": Promise(5, 10, "few units in an arm"),
    "bootstrap_units": Promise(30, 50, "few units to resample"),
    "midp_discordant": Promise(10, 25, "mid-p promotes up to 1.5 times alpha"),
    "bonett_price_discordant": Promise(20, 40, "Bonett-Price promotes up to 1.5 times alpha"),
    "median_units": Promise(10, 10, "few units in an arm"),
    "permutation_ratio": Promise(1.5, 1.25, "with the smaller arm more spread, permutations "
                                 "promote up to twice too often", beyond="above"),
    "ratio_denominator_spread": Promise(0.2, 0.15, "a denominator this uncertain promotes up to "
                                        "1.5 times alpha", beyond="above"),
    "iqm_tasks": Promise(5, 5, "few tasks"),
    "task_run_ratio": Promise(2.0, 5 / 3, "arms of unequal size", beyond="above"),
    "adjusted_ratio": Promise(3.0, 3.0, beyond="above", warns=False, is_closed=True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probe:
    """The rate at one place of an axis, with all other domains in force."""

    at: float
    rate: float
    low: float  # of the 95 % interval
    cell: str


def read_cells(folder: Path = RESULTS) -> Iterator[dict[str, Any]]:
    """Yield the cells of all files of results, each with its group."""
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        for cell in record["cells"]:
            yield {"group": record["group"], **cell}


def probes(cells: Sequence[Mapping[str, Any]], axis: str) -> list[Probe]:
    """Return every place measured on an axis."""
    found = []
    for cell in cells:
        if cell.get("axis") != axis or _is_of_others(cell, axis):
            continue
        words = f"{cell['method']}, {cell['design']}, {cell['law']}, n {cell['n']}"
        for at, rate in cell["probes"]:
            low = rate
            if isinstance(cell["R"], int):
                low = clopper_pearson(round(rate * cell["R"]), cell["R"])[0]
            found.append(Probe(float(at), rate, low, words))
    return found


def _is_of_others(cell: Mapping[str, Any], axis: str) -> bool:
    others = PROMISES[axis].others if axis in PROMISES else ()
    return any(law in cell["law"] for law in others)


def edge(
    found: Sequence[Probe], *, is_floor: bool, refuses: bool, is_closed: bool = False
) -> tuple[float | None, str]:
    """Return the place nearest to the bad end from which on every rate is tolerated.

    Of a closed domain it is the last bad place, which is refused itself.

    Returns:
        The place, None where all are tolerated; and the cell that lies just beyond it.
    """

    def is_bad(probe: Probe) -> bool:
        return probe.rate > REFUSED * ALPHA if refuses else probe.low > WARNED * ALPHA

    sign = 1.0 if is_floor else -1.0
    bad = [probe for probe in found if is_bad(probe)]
    if not bad:
        return None, ""
    last = max(sign * probe.at for probe in bad)
    worst = max((probe for probe in bad if sign * probe.at == last), key=_rate)
    words = f"{worst.rate:.3f} at {worst.at:.3g}: {worst.cell}"
    if is_closed:
        return sign * last, words
    good = [sign * probe.at for probe in found if sign * probe.at > last]
    if not good:
        raise ValueError(f"no place of the axis is tolerated: {max(bad, key=_rate)}")
    return sign * min(good), words


def _rate(probe: Probe) -> float:
    return probe.rate


def derive_one(name: str, found: Sequence[Probe]) -> dict[str, Any]:
    """Return the record of one domain: the stricter of promise and measurement."""
    promise = PROMISES[name]
    is_floor = promise.beyond == "below"
    stricter = max if is_floor else min
    refused, why_refused = edge(found, is_floor=is_floor, refuses=True, is_closed=promise.is_closed)
    warned, why_warned = None, ""
    if promise.warns:
        warned, why_warned = edge(found, is_floor=is_floor, refuses=False)
    kept = promise.refused if refused is None else stricter(promise.refused, refused)
    nearly = stricter(promise.warned, kept)
    nearly = nearly if warned is None else stricter(nearly, warned)
    return {
        "refused": _number(kept),
        "warned": _number(nearly),
        "beyond": promise.beyond,
        "why": promise.why,
        "source": {
            "refused": _source(promise.refused, kept, why_refused, promise.reason),
            "warned": _source(promise.warned, nearly, why_warned, promise.reason),
            "measured": _measured(found),
        },
    }


def _source(promised: float, kept: float, measured: str, reason: str) -> str:
    if kept != promised:
        return f"measured: {measured}" if measured else "never beyond what is refused"
    return f"policy: {reason}" + (f"; measured: {measured}" if measured else "")


def _measured(found: Sequence[Probe]) -> str:
    if not found:
        return "no cell of the grid"
    return f"{len({probe.cell for probe in found})} cells, {len(found)} places"


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def derive(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what ``domains.json`` holds."""
    domains = {name: derive_one(name, probes(cells, name)) for name in PROMISES}
    return {"about": ABOUT, "domains": domains}


def text_of(record: Mapping[str, Any]) -> str:
    """Write domains as the file has them."""
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    cells = list(read_cells())
    TARGET.write_text(text_of(derive(cells)), encoding="utf-8")
    print(f"{TARGET}: {len(PROMISES)} domains from {len(cells)} cells")


if __name__ == "__main__":
    main()
