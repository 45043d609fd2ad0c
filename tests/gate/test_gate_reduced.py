"""A rule judged from aggregates gives the evidence that it gives from rows."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from reduced import Judge, differences

from pytest_evalgate.evidence import GateEvidence, Verdict
from pytest_evalgate.gate.reduced_offer import REDUCED_FROM
from pytest_evalgate.surroundings import Surroundings


Floats = NDArray[np.float64]
Arms = tuple[Floats, Floats]
Made = Callable[[np.random.Generator, int], Arms]

CLAIMS = """
  better{x}: {{metric: m, claim: superiority{pair}}}
  more{x}: {{metric: m, claim: superiority, min_effect: {margin}{pair}}}
  margin{x}: {{metric: m, claim: non_inferiority, margin: {margin}{pair}}}
  same{x}: {{metric: m, claim: equivalence, margin: {margin}{pair}}}
  alarm{x}: {{metric: m, claim: deterioration{pair}}}
  tolerant{x}: {{metric: m, claim: deterioration, tolerance: {margin}{pair}}}
"""
LIMITS = """
  least: {{metric: m, claim: threshold, min: {low}}}
  most: {{metric: w, claim: threshold, max: {high}}}
"""


class Workbench:
    """Writes two arms to a folder and judges them both ways."""

    def __init__(self, folder: Path, judge: Judge) -> None:
        self.folder, self.judge = folder, judge

    def arms(self, arms: Arms) -> None:
        for name, values in zip(("candidate", "baseline"), arms, strict=True):
            ids = np.random.default_rng(len(values)).permutation(len(values)).tolist()
            rows = (
                f'{{"id": "q{i:06d}", "c": "{i % 40}", "v": {json.dumps(values[i])}}}\n'
                for i in ids
            )
            (self.folder / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")

    def both(
        self, rules: str, *, metric: str = "", artifact: str = "id: id", top: str = ""
    ) -> tuple[GateEvidence, GateEvidence]:
        text = (
            f"version: 1\ngate: g\n{top}\n"
            "artifacts:\n"
            f"  a: {{candidate: candidate.jsonl, baseline: baseline.jsonl, {artifact}}}\n"
            f"metrics:\n  m: {{value: v, better: higher{metric}}}\n"
            f"  w: {{value: v, better: lower{metric}}}\n"
            f"rules:{rules}"
        )
        around = Surroundings(base=self.folder, root=self.folder, working_directory=self.folder)
        return self.judge.both(text, around)

    def hold_alike(self, rules: str, *, read: int = 0, **given: str) -> GateEvidence:
        """Judge both ways, hold the evidence of all rules alike, and count those read by rows."""
        by_rows, reduced = self.both(rules, **given)
        assert differences(by_rows, reduced) == []
        assert len(self.judge.read) == read, self.judge.read
        return reduced


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    return Workbench(tmp_path, Judge(monkeypatch))


def normal(rng: np.random.Generator, n: int) -> Arms:
    baseline = rng.normal(10.0, 2.0, n)
    return baseline + rng.normal(0.02, 0.5, n), baseline


def far_from_zero(rng: np.random.Generator, n: int) -> Arms:
    baseline = 1e7 + rng.normal(0.0, 2.0, n)
    return baseline + rng.normal(0.05, 0.5, n), baseline


def skewed(rng: np.random.Generator, n: int) -> Arms:
    baseline = rng.lognormal(0.0, 1.0, n)
    return baseline * rng.lognormal(0.01, 0.8, n), baseline


def on_a_border(rng: np.random.Generator, n: int) -> Arms:
    """Skewness of about sqrt(n / 25), where a mean is refused."""
    share = 25.0 / n
    moved = np.where(rng.random(n) < share, 5.0, 0.0) + rng.normal(0.0, 0.01, n)
    baseline = rng.normal(3.0, 1.0, n)
    return baseline + moved, baseline


def nearly_tied(rng: np.random.Generator, n: int) -> Arms:
    """Grades of five steps, of which few change."""
    baseline = rng.integers(0, 5, n).astype(np.float64)
    moved = np.where(rng.random(n) < 0.05, rng.integers(-1, 2, n), 0)
    return np.clip(baseline + moved, 0.0, 4.0), baseline


def tied_beside_an_outlier(rng: np.random.Generator, n: int) -> Arms:
    """All but 15 differences are the same: fewer than a margin is judged on."""
    baseline = rng.integers(0, 5, n).astype(np.float64)
    candidate = baseline.copy()
    candidate[:15] += rng.normal(0.0, 1.0, 15)
    return candidate, baseline


def shifted(rng: np.random.Generator, n: int) -> Arms:
    baseline = rng.integers(0, 8, n).astype(np.float64)
    return baseline + 1.0, baseline


def noisy_copy(rng: np.random.Generator, n: int) -> Arms:
    baseline = rng.normal(5.0, 1.0, n)
    return baseline + rng.normal(0.0, 1e-12, n), baseline


def constant(_: np.random.Generator, n: int) -> Arms:
    return np.full(n, 0.5), np.full(n, 0.25)


def one_constant(rng: np.random.Generator, n: int) -> Arms:
    return np.full(n, 10.25), rng.normal(10.0, 1.0, n)


@pytest.mark.parametrize("pair", ["", ", pair: none"])
@pytest.mark.parametrize("margin", ["0.1", "1%"])
@pytest.mark.parametrize(
    ("make", "read"),
    [
        (normal, 0),
        (far_from_zero, 0),
        (skewed, 0),
        (on_a_border, 0),
        (nearly_tied, 0),
        (noisy_copy, 0),
        (one_constant, 0),
        (tied_beside_an_outlier, 2),  # sign flips of what differs, for the claims at 0
        (shifted, 2),
        (constant, 2),
    ],
)
def test_a_mean_has_the_same_evidence(
    workbench: Workbench, make: Made, read: int, margin: str, pair: str
) -> None:
    arms = make(np.random.default_rng(11), 1500)
    workbench.arms(arms)
    middle = float(arms[0].mean())
    limits = {"low": middle - 0.05, "high": middle + 0.03}
    rules = (CLAIMS + LIMITS).format(x="", pair=pair, margin=margin, **limits)
    workbench.hold_alike(rules, read=0 if pair else read)


@pytest.mark.parametrize(
    ("seed", "n"),
    [(0, 10_000), (1, 10_000), pytest.param(1, 100_000, marks=pytest.mark.slow), (2, 10_000)],
)
def test_a_mean_of_many_rows_has_the_same_evidence(workbench: Workbench, seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    makes = (normal, skewed, on_a_border)
    arms = makes[seed](rng, n)
    workbench.arms(arms)
    middle = float(arms[0].mean())
    rules = "".join(
        text.format(x=x, pair=pair, margin=margin, low=middle - 0.01, high=middle + 0.01)
        for text, x, pair, margin in (
            (CLAIMS, "", "", "0.02"),
            (CLAIMS, "-u", ", pair: none", "0.02"),
            (CLAIMS, "-r", "", "0.2%"),
            (LIMITS, "", "", ""),
        )
    )
    workbench.hold_alike(rules)


@pytest.mark.parametrize("name", ["m", "w"])
def test_a_bounded_mean_has_the_same_evidence(workbench: Workbench, name: str) -> None:
    rng = np.random.default_rng(5)
    baseline = rng.beta(2.0, 2.0, 1200)
    workbench.arms((np.clip(baseline + rng.normal(0.0, 0.1, 1200), 0.0, 1.0), baseline))
    rules = CLAIMS.format(x="", pair="", margin="2pp").replace("metric: m", f"metric: {name}")
    limits = LIMITS.format(low=0.45, high=0.6)
    evidence = workbench.hold_alike(rules + limits, metric=", range: [0, 1]")
    assert {rule.method for rule in evidence.rules} == {"paired_t", "one_sample_t"}


def test_rounded_differences_have_the_same_evidence(workbench: Workbench) -> None:
    """Nearly discrete bounded values with a margin go to Tango's test of rounded differences."""
    rng = np.random.default_rng(8)
    baseline = rng.integers(0, 3, 1000) / 2.0
    candidate = baseline.copy()
    candidate[:12] = rng.integers(0, 3, 12) / 2.0
    workbench.arms((candidate, baseline))
    rules = """
  margin: {metric: m, claim: non_inferiority, margin: 5pp}
  same: {metric: m, claim: equivalence, margin: 5pp}
"""
    evidence = workbench.hold_alike(rules, metric=", range: [0, 1]")
    assert {rule.method for rule in evidence.rules} == {"rounded_tango"}


def pairs(better: int, worse: int, right: int, wrong: int) -> Arms:
    first = [1.0] * better + [0.0] * worse + [1.0] * right + [0.0] * wrong
    second = [0.0] * better + [1.0] * worse + [1.0] * right + [0.0] * wrong
    return np.array(first), np.array(second)


@pytest.mark.parametrize("pair", ["", ", pair: none"])
@pytest.mark.parametrize(
    "counts",
    [
        (60, 50, 700, 400),
        (0, 0, 700, 400),  # no discordant pair
        (12, 0, 700, 400),
        (0, 9, 991, 0),
        (0, 0, 1100, 0),  # all right in both arms
        (900, 100, 0, 0),  # every pair discordant
        (300, 240, 3_000, 1_900),
    ],
)
def test_shares_have_the_same_evidence(
    workbench: Workbench, counts: tuple[int, int, int, int], pair: str
) -> None:
    workbench.arms(pairs(*counts))
    rules = (CLAIMS + LIMITS).format(x="", pair=pair, margin="2pp", low=0.6, high=0.65)
    evidence = workbench.hold_alike(rules)
    method = "boschloo_miettinen_nurminen" if pair else "mcnemar_tango"
    assert {rule.method for rule in evidence.rules} <= {method, "exact_binomial", None}


@pytest.mark.parametrize("method", ["mcnemar_midp", "bonett_price", "mcnemar_tango"])
def test_a_method_of_pairs_asked_for_by_name_has_the_same_evidence(
    workbench: Workbench, method: str
) -> None:
    workbench.arms(pairs(60, 50, 700, 400))
    rules = CLAIMS.format(x="", pair=f", method: {method}", margin="2pp")
    evidence = workbench.hold_alike(rules)
    assert {rule.method for rule in evidence.rules} <= {method, None}


def test_arms_of_unequal_size_have_the_same_evidence(workbench: Workbench) -> None:
    rng = np.random.default_rng(3)
    workbench.arms((rng.normal(5.0, 1.0, 1100), rng.normal(5.0, 2.0, 3000)))
    workbench.hold_alike(CLAIMS.format(x="", pair=", pair: none", margin="0.1"))
    workbench.hold_alike(CLAIMS.format(x="", pair=", pair: none", margin="2%"))


def test_ids_that_differ_are_refused_alike(workbench: Workbench) -> None:
    rng = np.random.default_rng(3)
    workbench.arms((rng.normal(5.0, 1.0, 1100), rng.normal(5.0, 2.0, 3000)))
    evidence = workbench.hold_alike(CLAIMS.format(x="", pair="", margin="0.1"))
    assert {rule.verdict for rule in evidence.rules} == {Verdict.INVALID}


@pytest.mark.parametrize("correction", ["holm", "bonferroni", "none"])
def test_a_family_has_the_same_levels_and_bounds(workbench: Workbench, correction: str) -> None:
    workbench.arms(skewed(np.random.default_rng(4), 4000))
    workbench.hold_alike(
        CLAIMS.format(x="", pair="", margin="0.3"), top=f"correction: {correction}"
    )


def test_a_group_has_the_same_evidence(workbench: Workbench) -> None:
    workbench.arms(skewed(np.random.default_rng(4), 4000))
    rules = """
  any:
    any_of:
      one: {metric: m, claim: superiority}
      two: {metric: m, claim: superiority, min_effect: 0.2}
    correction: hochberg
"""
    workbench.hold_alike(rules)


def test_a_limit_that_cannot_fail_or_be_met_is_refused_alike(workbench: Workbench) -> None:
    workbench.arms(normal(np.random.default_rng(1), 1000))
    rules = """
  wide: {metric: m, claim: non_inferiority, margin: 50}
  points: {metric: m, claim: non_inferiority, margin: 2pp}
  few: {metric: m, claim: superiority, min_samples: 5000}
"""
    evidence = workbench.hold_alike(rules)
    assert {rule.verdict for rule in evidence.rules} == {Verdict.INVALID}


def test_values_outside_a_declared_range_are_refused_by_the_rows(workbench: Workbench) -> None:
    workbench.arms(normal(np.random.default_rng(1), 1000))
    rules = "\n  r: {metric: m, claim: superiority}\n"
    evidence = workbench.hold_alike(rules, metric=", range: [0, 12]", read=0)
    assert evidence.rules[0].verdict is Verdict.INVALID
    assert "outside range" in evidence.rules[0].reason


@pytest.mark.parametrize(
    ("metric", "artifact", "rule"),
    [
        (", statistic: geomean", "id: id", "claim: superiority"),
        (", statistic: p90", "id: id", "claim: superiority"),
        ("", "id: id, cluster: c", "claim: superiority"),
        ("", "id: id", "claim: superiority, method: bootstrap_t"),
    ],
)
def test_what_aggregates_do_not_say_is_judged_from_rows(
    workbench: Workbench, metric: str, artifact: str, rule: str
) -> None:
    workbench.arms(normal(np.random.default_rng(2), 1000))
    rules = f"\n  r: {{metric: m, {rule}}}\n"
    evidence = workbench.hold_alike(rules, metric=metric, artifact=artifact, read=1)
    assert evidence.rules[0].verdict is not Verdict.INVALID


def test_a_group_by_max_t_is_judged_from_rows(workbench: Workbench) -> None:
    workbench.arms(normal(np.random.default_rng(2), 1000))
    rules = """
  any:
    any_of:
      one: {metric: m, claim: superiority}
      two: {metric: m, claim: superiority, min_effect: 0.01}
    correction: max_t
"""
    workbench.hold_alike(rules, read=2)


@st.composite
def few_arms(draw: st.DrawFn) -> Arms:
    """Draw arms at and below the sizes where methods change: ties, few changes, 0 and 1."""
    n = draw(st.integers(25, 90))
    steps = draw(st.sampled_from([1, 2, 4, 1000]))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    baseline = rng.integers(0, steps + 1, n) / steps
    moved = rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.4, 1.0]))
    candidate = np.where(moved, rng.integers(0, steps + 1, n) / steps, baseline)
    return candidate.astype(np.float64), baseline.astype(np.float64)


@settings(max_examples=40, deadline=None)
@given(few_arms(), st.sampled_from(["", ", pair: none"]), st.sampled_from(["", ", range: [0, 1]"]))
def test_arms_at_the_borders_of_methods_have_the_same_evidence(
    arms: Arms, pair: str, metric: str
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        workbench = Workbench(Path(folder), Judge(patch))
        workbench.arms(arms)
        rules = CLAIMS.format(x="", pair=pair, margin="0.07") + LIMITS.format(low=0.4, high=0.6)
        by_rows, reduced = workbench.both(rules, metric=metric)
        assert differences(by_rows, reduced) == []


def test_small_tables_are_read() -> None:
    assert REDUCED_FROM == 5_000_000
