"""The calibration: its code on a small fixed sample, and its committed results."""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.gate.choose import Method


ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.calibration import bands, exact, grid, planned, report, whole_gate  # noqa: E402
from benchmarks.calibration.cells import Cell, clopper_pearson, record, simulate  # noqa: E402
from benchmarks.calibration.derive import (  # noqa: E402
    PROMISES,
    TARGET,
    derive,
    edge,
    probes,
    read_cells,
    text_of,
)


CELLS = list(read_cells())
SIMULATED = report.simulated(CELLS)
KEY = ("method", "estimates", "design", "law", "n")
REPLICATES = 400


def key(cell: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(cell[name]) for name in KEY)


def committed(cell: Cell) -> dict[str, Any]:
    [found] = [
        one for one in SIMULATED if one["seed"] == cell.seed and one["method"] == cell.method.value
    ]
    return dict(found)


def sample() -> list[Cell]:
    """One cheap cell of every method, design by design: every 25th of the grid."""
    cheap = [cell for cell in grid.cells() if cell.replicates >= 2_500]
    return cheap[::25]


def test_domains_are_what_the_results_say() -> None:
    assert TARGET.read_text(encoding="utf-8") == text_of(derive(CELLS))


@pytest.mark.parametrize("name", sorted(PROMISES))
def test_no_domain_is_looser_than_promised(name: str) -> None:
    one = json.loads(TARGET.read_text(encoding="utf-8"))["domains"][name]
    sign = 1 if one["beyond"] == "below" else -1
    assert sign * one["refused"] >= sign * PROMISES[name].refused
    assert sign * one["warned"] >= sign * PROMISES[name].warned
    assert sign * one["warned"] >= sign * one["refused"]


@pytest.mark.parametrize("name", sorted(PROMISES))
def test_every_domain_is_measured(name: str) -> None:
    assert len(probes(CELLS, name)) >= 2


def test_an_edge_is_the_nearest_place_from_which_all_is_well() -> None:
    cells = [
        {
            "axis": "x",
            "method": "m",
            "design": "d",
            "law": "l",
            "n": "1",
            "R": "all",
            "probes": rates,
        }
        for rates in ([[5, 0.09], [10, 0.07], [20, 0.05]], [[5, 0.05], [10, 0.08], [20, 0.062]])
    ]
    found = probes([*cells, {**cells[0], "probes": [[30, 0.05]]}], "x")
    assert edge(found, is_floor=True, refuses=True)[0] == 20
    assert edge(found, is_floor=True, refuses=False)[0] == 30


def test_the_page_is_up_to_date() -> None:
    stale = [
        path.name
        for path, text in report.files(CELLS)
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == []


def test_results_hold_the_whole_grid() -> None:
    expected = {(cell.method.value, cell.seed) for cell in grid.cells()}
    found = {(one["method"], one["seed"]) for one in SIMULATED if one["seed"] is not None}
    assert found == expected
    computed = [(one.method.value, one.design, one.n, one.limit) for one in exact.grid()]
    kept = [(one["method"], one["design"], one["n"], one["limit"])
            for one in SIMULATED if one["seed"] is None]  # fmt: skip
    assert kept == computed
    situations = [(one.words, one.n) for one in whole_gate.situations()]
    assert [(one["situation"], one["n"]) for one in CELLS if one["group"] == "whole_gate"] == (
        situations
    )
    plans = [(plan.words, str(plan.n)) for plan in planned.plans()]
    assert [(one["law"], one["n"]) for one in CELLS if one["group"] == "power"] == plans


@pytest.mark.parametrize("method", list(Method))
def test_every_method_is_calibrated_at_two_sizes_and_two_laws(method: Method) -> None:
    found = [one for one in SIMULATED if one["method"] == method.value]
    assert len({one["n"] for one in found}) >= 2
    # Exact computations are over all rates; a law is then a limit.
    assert len({(one["law"], one["limit"]) for one in found}) >= 2


def test_no_setting_is_judged_unwarned_where_it_clearly_promotes_too_often() -> None:
    clearly = [
        (key(one), one["gate"])
        for one in SIMULATED
        if bands.is_inside(one) and bands.is_clear(one) and not bands.is_open(one)
    ]
    assert clearly == []


def test_no_exact_method_exceeds_its_level() -> None:
    above = [
        (key(one), one["rate"])
        for one in SIMULATED
        if one["promise"] == "exact" and one["gate"] and one["gate"] > bands.tolerated(one)
    ]
    assert above == []


def test_whole_gates_refuse_what_is_beyond_a_domain() -> None:
    gates = {(one["situation"], one["n"]): one for one in CELLS if one["group"] == "whole_gate"}
    for situation in (
        ("normal runs, candidate lower", "2 v 2 runs"),
        ("p99 against its limit, normal", "100 requests"),
        ("clusters of unequal size, ICC .3", "4 clusters"),
        ("runs x items, seed-heavy", "2 x 100"),
        ("AUROC .85 in both arms", "5 positives of 200"),
        ("share 0.99 against 0.99", "200"),
    ):
        assert gates[situation]["invalid"] == 1.0
    for found in gates.values():
        assert found["low"] <= 0.06


@pytest.mark.parametrize("cell", sample(), ids=lambda cell: cell.name)
def test_a_small_run_agrees_with_the_committed_rate(cell: Cell) -> None:
    # A part of the committed stream: the same seed, its first replicates.
    found = record(cell, simulate(cell, replicates=REPLICATES), REPLICATES)
    kept = committed(cell)
    low, high = clopper_pearson(round(float(str(found["rate"])) * REPLICATES), REPLICATES,
                                level=1 - 1e-4)  # fmt: skip
    assert low <= kept["rate"] <= high
    assert found["seed"] == kept["seed"]


def test_exact_rates_are_computed_again() -> None:
    kept = {
        (one["method"], one["design"], one["n"], one["limit"]): one["rate"]
        for one in SIMULATED
        if one["seed"] is None
    }
    for one in exact.grid(small=True):
        rate = one.record()["rate"]
        found = kept[one.method.value, one.design, one.n, one.limit]
        assert math.isclose(float(str(rate)), found, abs_tol=1e-5)


def test_power_is_as_planned_where_the_planner_has_a_formula() -> None:
    off = [
        (one["method"], one["law"], one["predicted"], one["rate"])
        for one in CELLS
        if one["group"] == "power"
        and one["predicted"] != one["asked"]
        and not one["low"] - 0.015 <= one["predicted"] <= one["high"] + 0.015
    ]
    assert off == []


@pytest.mark.slow
def test_the_whole_grid_runs_small() -> None:
    for cell in grid.cells():
        simulate(cell, replicates=2)
