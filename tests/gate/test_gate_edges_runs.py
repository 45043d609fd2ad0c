"""Statistics of sets of items, computed within each run and judged across runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from gated import assert_laws, estimate, near, rule_of
from numpy.typing import NDArray
from scipy import stats


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Array = NDArray[np.float64]
RNG = np.random.default_rng(5)
DIFFICULTY = RNG.normal(size=40)
FIRST, SECOND = DIFFICULTY + 0.3 * RNG.normal(size=(2, 5, 40))
PER = RNG.uniform(1, 2, size=40)
TASK = np.where(np.arange(40) < 10, "a", "b")
SPECIFIC = RNG.integers(0, 2, size=40)


def cells(values: Array) -> list[Mapping[str, object]]:
    return [
        {
            "id": f"q{i:02d}", "seed": f"s{run}", "v": float(values[run, i]),
            "per": float(PER[i]), "task": str(TASK[i]), "label": int(SPECIFIC[i]),
        }
        for run in range(5)
        for i in range(40)
    ]  # fmt: skip


def judge(
    bench: "Bench", first: Array, second: Array, metric: str, margin: str
) -> tuple[float, float]:
    """Return estimate and p of a non-inferiority claim over runs crossed with items."""
    bench.arms(cells(first), cells(second))
    rule = rule_of(
        bench.judge(
            f"r: {{metric: m, claim: non_inferiority, margin: {margin}}}",
            metrics=f"m: {{{metric}}}",
            artifact="id: id, run: seed",
        )
    )
    assert rule.method == "crossed", rule.reason
    assert_laws(rule)
    assert rule.pvalue is not None
    return estimate(rule), rule.pvalue


def test_a_geometric_mean_over_runs_is_that_of_all_cells(bench: "Bench") -> None:
    found, _ = judge(
        bench, np.exp(0.1 * FIRST), np.exp(0.1 * SECOND),
        "value: v, statistic: geomean, better: higher", "10%",
    )  # fmt: skip
    assert near(found, float(stats.gmean(np.exp(0.1 * FIRST), axis=None)
                             / stats.gmean(np.exp(0.1 * SECOND), axis=None)))  # fmt: skip


def test_a_ratio_of_sums_is_computed_within_each_run(bench: "Bench") -> None:
    first, second = 5 + FIRST, 5 + SECOND
    found, _ = judge(bench, first, second, "value: v, per: per, better: higher", "0.5")
    ratios = [arm.sum(axis=1) / PER.sum() for arm in (first, second)]
    assert near(found, float(ratios[0].mean() - ratios[1].mean()), rel=1e-8)


def test_tasks_weigh_the_same_within_each_run(bench: "Bench") -> None:
    found, pvalue = judge(bench, FIRST, SECOND, "value: v, macro: task, better: higher", "0.5")
    apart = FIRST - SECOND
    known = np.mean([apart[:, name == TASK].mean() for name in "ab"])
    assert near(found, float(known))
    plain, p = judge(bench, FIRST, SECOND, "value: v, better: higher", "0.5")
    assert not near(plain, found, rel=1e-3)
    assert pvalue != p


def test_brier_scores_are_those_of_each_run(bench: "Bench") -> None:
    first, second = stats.norm.cdf(FIRST), stats.norm.cdf(SECOND)
    metric = "label: label, score: v, statistic: brier, better: lower"
    found, _ = judge(bench, first, second, metric, "0.1")
    known = ((first - SPECIFIC) ** 2).mean() - ((second - SPECIFIC) ** 2).mean()
    assert near(found, float(known), rel=1e-8)
