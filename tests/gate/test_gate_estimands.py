"""Every statistic and every further column of a metric, from a gate file to its evidence.

Expected numbers come from SciPy, scikit-learn, NumPy written out, or the reference cases.
"""

import gzip
import json
import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gated import assert_laws, ends, estimate, near, reference, rows_of, rule_of
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics as sk  # type: ignore[import-untyped]

from pytest_evalgate.evidence import RuleEvidence, Verdict, exit_status
from pytest_evalgate.spec.keys import STATISTICS


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
Rows = list[Row]
Array = NDArray[np.float64]


def judge(
    bench: "Bench", candidate: Sequence[Row], baseline: Sequence[Row], metric: str, rule: str,
    *, artifact: str = "id: id", top: str = "",
) -> RuleEvidence:  # fmt: skip
    bench.arms(candidate, baseline)
    evidence = bench.judge(
        f"r: {{metric: m, {rule}}}", metrics=f"m: {{{metric}}}", artifact=artifact, top=top
    )
    rule_ = rule_of(evidence)
    if rule_.verdict is Verdict.INVALID:
        assert exit_status(evidence) == 21
    else:
        assert_laws(rule_)
    return rule_


def paired_numbers(values: Array, alpha: float = 0.05) -> tuple[float, float, float]:
    """Return mean, p of greater than 0, and lower bound by Student's t."""
    error = values.std(ddof=1) / math.sqrt(values.size)
    t = values.mean() / error
    df = values.size - 1
    low = values.mean() - error * stats.t.isf(alpha, df)
    return float(values.mean()), float(stats.t.sf(t, df)), float(low)


# --- data of two arms: values, labels, scores, predictions

RNG = np.random.default_rng(20)
N = 200
LABEL = (RNG.random(N) < 0.4).astype(int)
SCORES = (
    np.clip(LABEL * 0.30 + RNG.random(N) * 0.7, 0.01, 0.99).round(4),
    np.clip(LABEL * 0.05 + RNG.random(N) * 0.8, 0.01, 0.99).round(4),
)
PREDICTED = (
    np.where(RNG.random(N) < 0.86, LABEL, 1 - LABEL),
    np.where(RNG.random(N) < 0.62, LABEL, 1 - LABEL),
)
VALUES = (RNG.normal(2.0, 0.5, N).round(4), RNG.normal(1.7, 0.6, N).round(4))
POSITIVE = (np.exp(VALUES[0]), np.exp(VALUES[1]))
REPEATS = (RNG.random((60, 4)) < 0.55, RNG.random((60, 4)) < 0.25)


def iqm(values: Array) -> float:
    return float(stats.trim_mean(values, 0.25))  # 200 values: a quarter is a whole number


def pass_at(k: int, right: NDArray[np.bool_]) -> float:
    n = right.shape[1]
    shares = [1 - math.comb(n - int(c), k) / math.comb(n, k) for c in right.sum(axis=1)]
    return float(np.mean(shares))


def pass_all(k: int, right: NDArray[np.bool_]) -> float:
    n = right.shape[1]
    return float(np.mean([math.comb(int(c), k) / math.comb(n, k) for c in right.sum(axis=1)]))


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """A metric, the arms' own estimates, and what limit the candidate clears by itself."""

    metric: str
    rows: tuple[Rows, Rows]
    expected: tuple[float, float]
    threshold: str | None = None
    artifact: str = "id: id"
    superiority: str = "claim: superiority"
    is_loss: bool = False
    effect: float | None = None  # where it is not the difference of the two


def labelled(columns: tuple[NDArray[np.generic], NDArray[np.generic]]) -> tuple[Rows, Rows]:
    first, second = (rows_of(v=one.tolist(), truth=LABEL.tolist()) for one in columns)
    return first, second


def plain(columns: tuple[Array, Array]) -> tuple[Rows, Rows]:
    return rows_of(v=columns[0].tolist()), rows_of(v=columns[1].tolist())


def repeated() -> tuple[Rows, Rows]:
    def rows(right: NDArray[np.bool_]) -> Rows:
        return [
            {"id": f"q{i:03d}", "e": j, "v": int(right[i, j])}
            for i in range(right.shape[0])
            for j in range(right.shape[1])
        ]

    return rows(REPEATS[0]), rows(REPEATS[1])


def both(
    function: object, columns: tuple[NDArray[np.generic], NDArray[np.generic]]
) -> tuple[float, float]:
    assert callable(function)
    return float(function(LABEL, columns[0])), float(function(LABEL, columns[1]))


def statistics() -> dict[str, Statistic]:
    by_label = "label: truth, prediction: v, statistic: "
    by_score = "label: truth, score: v, statistic: "
    means = (float(VALUES[0].mean()), float(VALUES[1].mean()))
    return {
        "mean": Statistic(metric="value: v", rows=plain(VALUES), expected=means,
                          threshold="min: 1.5"),
        "geomean": Statistic(
            metric="value: v, statistic: geomean", rows=plain(POSITIVE),
            expected=(float(stats.gmean(POSITIVE[0])), float(stats.gmean(POSITIVE[1]))),
            effect=float(stats.gmean(POSITIVE[0]) / stats.gmean(POSITIVE[1])),
        ),
        "median": Statistic(
            metric="value: v, statistic: median", rows=plain(VALUES),
            expected=(float(np.median(VALUES[0])), float(np.median(VALUES[1]))),
            threshold="min: 1.5",
        ),
        "iqm": Statistic(metric="value: v, statistic: iqm", rows=plain(VALUES),
                         expected=(iqm(VALUES[0]), iqm(VALUES[1])), threshold="min: 1.5"),
        "sd": Statistic(
            metric="value: v, statistic: sd", rows=plain((VALUES[1] * 2, VALUES[0])),
            expected=(
                float(np.abs(2 * VALUES[1] - np.median(2 * VALUES[1])).mean()),
                float(np.abs(VALUES[0] - np.median(VALUES[0])).mean()),
            ),
            superiority="claim: superiority, pair: none, min_effect: 0%",
            effect=float(
                np.abs(2 * VALUES[1] - np.median(2 * VALUES[1])).mean()
                / np.abs(VALUES[0] - np.median(VALUES[0])).mean()
            ),
        ),
        "win_rate": Statistic(
            metric="value: v, statistic: win_rate", rows=plain(VALUES),
            expected=(float((VALUES[0] > VALUES[1]).mean()), math.nan),
            effect=float(((VALUES[0] > VALUES[1]) + 0.5 * (VALUES[0] == VALUES[1])).mean()),
        ),
        "accuracy": Statistic(metric=f"{by_label}accuracy", rows=labelled(PREDICTED),
                              expected=both(sk.accuracy_score, PREDICTED), threshold="min: 0.75"),
        "precision": Statistic(metric=f"{by_label}precision", rows=labelled(PREDICTED),
                               expected=both(sk.precision_score, PREDICTED), threshold="min: 0.6"),
        "recall": Statistic(metric=f"{by_label}recall", rows=labelled(PREDICTED),
                            expected=both(sk.recall_score, PREDICTED), threshold="min: 0.7"),
        "f1": Statistic(metric=f"{by_label}f1", rows=labelled(PREDICTED),
                        expected=both(sk.f1_score, PREDICTED), threshold="min: 0.7"),
        "macro_f1": Statistic(
            metric=f"{by_label}macro_f1", rows=labelled(PREDICTED),
            expected=both(lambda y, p: sk.f1_score(y, p, average="macro"), PREDICTED),
            threshold="min: 0.7",
        ),
        "auroc": Statistic(metric=f"{by_score}auroc", rows=labelled(SCORES),
                           expected=both(sk.roc_auc_score, SCORES), threshold="min: 0.6"),
        "ap": Statistic(metric=f"{by_score}ap", rows=labelled(SCORES),
                        expected=both(sk.average_precision_score, SCORES), threshold="min: 0.5"),
        "log_loss": Statistic(metric=f"{by_score}log_loss", rows=labelled(SCORES),
                              expected=both(sk.log_loss, SCORES), threshold="max: 0.69",
                              is_loss=True),
        "brier": Statistic(metric=f"{by_score}brier", rows=labelled(SCORES),
                           expected=both(sk.brier_score_loss, SCORES), threshold="max: 0.24",
                           is_loss=True),
        "pass_at_k": Statistic(
            metric="value: v, statistic: pass_at_k, k: 2", rows=repeated(),
            expected=(pass_at(2, REPEATS[0]), pass_at(2, REPEATS[1])), threshold="min: 0.5",
            artifact="id: id, repeat: e",
        ),
        "pass_all_k": Statistic(
            metric="value: v, statistic: pass_all_k, k: 2", rows=repeated(),
            expected=(pass_all(2, REPEATS[0]), pass_all(2, REPEATS[1])), threshold="min: 0.15",
            artifact="id: id, repeat: e",
        ),
    }  # fmt: skip


FOUND = statistics()


def test_every_statistic_has_a_case() -> None:
    assert set(FOUND) == set(STATISTICS)


def better(case: Statistic) -> str:
    return "lower" if case.is_loss else "higher"


@pytest.mark.parametrize("name", STATISTICS)
def test_a_better_candidate_passes_with_the_estimates_of_another_source(
    bench: "Bench", name: str
) -> None:
    case = FOUND[name]
    rule = judge(
        bench, *case.rows, f"{case.metric}, better: {better(case)}", case.superiority,
        artifact=case.artifact,
    )  # fmt: skip
    assert rule.verdict is Verdict.PASS, rule.reason
    assert near(rule.candidate, case.expected[0])
    difference = case.expected[0] - case.expected[1]
    assert near(estimate(rule), difference if case.effect is None else case.effect)
    if not math.isnan(case.expected[1]):
        assert near(rule.baseline, case.expected[1])


@pytest.mark.parametrize("name", STATISTICS)
def test_a_worse_candidate_fails(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    rule = judge(
        bench, *case.rows[::-1], f"{case.metric}, better: {better(case)}", case.superiority,
        artifact=case.artifact,
    )  # fmt: skip
    assert rule.verdict is Verdict.FAIL, rule.reason


@pytest.mark.parametrize("name", [name for name in STATISTICS if FOUND[name].threshold])
def test_a_candidate_alone_is_held_against_a_limit(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    rule = judge(
        bench, *case.rows, f"{case.metric}, better: {better(case)}",
        f"claim: threshold, {case.threshold}", artifact=case.artifact,
    )  # fmt: skip
    assert rule.verdict is Verdict.PASS, rule.reason
    assert near(rule.candidate, case.expected[0])
    assert near(estimate(rule), case.expected[0])
    assert rule.baseline is None


UPWARD = ["mean", "median", "iqm", "sd", "win_rate"]  # the others are gains by definition


@pytest.mark.parametrize("name", UPWARD)
def test_the_same_gate_asked_the_other_way_round_fails(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    rule = judge(bench, *case.rows, f"{case.metric}, better: lower", case.superiority)
    assert rule.verdict is Verdict.FAIL, rule.reason


def test_a_limit_that_the_data_can_neither_show_nor_rule_out(bench: "Bench") -> None:
    for name in ("auroc", "ap", "f1", "brier", "pass_at_k"):
        case = FOUND[name]
        size = abs(case.expected[0] - case.expected[1])
        rule = judge(
            bench, *case.rows, f"{case.metric}, better: {better(case)}",
            f"claim: superiority, min_effect: {size:.4f}", artifact=case.artifact,
        )  # fmt: skip
        assert rule.verdict is Verdict.INCONCLUSIVE, (name, rule.reason)


# --- p-values and bounds of what is averaged a unit


@pytest.mark.parametrize(("name", "key"), [("brier", "brier"), ("log_loss", "logloss")])
def test_proper_scores_are_paired_losses(bench: "Bench", name: str, key: str) -> None:
    # The reference case has 16 units; they stand here 3 times over, with losses that differ.
    case = reference("proper_p")["input"]
    truth = np.asarray(case["y"] * 3)
    jitter = np.linspace(-0.04, 0.04, truth.size)
    one, two = (np.asarray(case[arm] * 3) for arm in ("p_candidate", "p_baseline"))
    one = one + jitter

    def loss(p: Array) -> Array:
        found = (p - truth) ** 2 if key == "brier" else -np.log(np.where(truth == 1, p, 1 - p))
        return np.asarray(found, dtype=np.float64)

    mean, p, low = paired_numbers(loss(two) - loss(one))
    rule = judge(
        bench,
        rows_of(v=one.tolist(), truth=truth.tolist()),
        rows_of(v=two.tolist(), truth=truth.tolist()),
        f"label: truth, score: v, statistic: {name}, better: lower",
        "claim: superiority",
    )
    assert near(estimate(rule), -mean)
    assert near(rule.pvalue, p)
    assert near(ends(rule)[1], -low)


def test_a_ratio_of_sums_is_judged_by_its_jackknife(bench: "Bench") -> None:
    case = reference("ratio_delta_p")
    # Thrice the ten units: the ratio stays, and by t of 30 units.
    num, den = (np.asarray(case["input"][name] * 3, dtype=float) for name in ("num", "den"))
    ratio = num.sum() / den.sum()
    without = (num.sum() - num) / (den.sum() - den)
    error = 29 * without.std(ddof=1) / math.sqrt(30)
    rows = rows_of(v=num.tolist(), w=den.tolist())
    rule = judge(
        bench, rows, rows, "value: v, per: w, better: lower", "claim: threshold, max: 0.45"
    )
    assert near(estimate(rule), case["expected"]["estimate"])
    assert near(rule.pvalue, float(stats.t.sf((0.45 - ratio) / error, 29)))
    assert near(ends(rule)[1], ratio + error * float(stats.t.isf(0.05, 29)))


def test_repeats_of_a_unit_are_one_number_by_pass_at_k(bench: "Bench") -> None:
    right = REPEATS
    at = [np.asarray([1 - math.comb(4 - int(c), 2) / 6 for c in one.sum(axis=1)]) for one in right]
    mean, p, low = paired_numbers(at[0] - at[1])
    rule = judge(
        bench, *repeated(), "value: v, statistic: pass_at_k, k: 2, better: higher",
        "claim: superiority", artifact="id: id, repeat: e",
    )  # fmt: skip
    assert near(estimate(rule), mean)
    assert near(rule.pvalue, p)
    assert near(ends(rule)[0], low)


def test_a_win_rate_counts_a_tie_for_half(bench: "Bench") -> None:
    case = reference("winrate_p")
    wins, losses, ties = (case["input"][name] for name in ("wins", "losses", "ties"))
    rows = rows_of(v=[2.0] * wins + [0.0] * losses + [1.0] * ties)
    rule = judge(
        bench, rows, rows_of(v=[1.0] * 120), "value: v, statistic: win_rate, better: higher",
        "claim: superiority",
    )  # fmt: skip
    assert near(estimate(rule), case["expected"]["win_rate"])
    assert near(rule.pvalue, case["expected"]["sign_test_p_greater"])


def test_a_task_weighs_the_same_however_many_units_it_has(bench: "Bench") -> None:
    rng = np.random.default_rng(23)
    tasks = ["a"] * 40 + ["b"] * 10 + ["c"] * 10
    base = rng.normal(0, 1, 60)
    gain = np.where(np.asarray(tasks) == "a", 0.0, 0.9) + rng.normal(0, 0.3, 60)
    rule = judge(
        bench,
        rows_of(v=(base + gain).tolist(), task=tasks),
        rows_of(v=base.tolist(), task=tasks),
        "value: v, macro: task, better: higher",
        "claim: superiority",
    )
    by_task = [gain[np.asarray(tasks) == name] for name in "abc"]
    mean = float(np.mean([one.mean() for one in by_task]))
    parts = [one.var(ddof=1) / one.size / 9 for one in by_task]
    error = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / sum(p**2 / (g.size - 1) for p, g in zip(parts, by_task, strict=True))
    assert near(estimate(rule), mean)
    assert near(rule.pvalue, float(stats.t.sf(mean / error, df)))


def test_normalised_scores_are_between_the_two_columns(bench: "Bench") -> None:
    rng = np.random.default_rng(24)
    tasks = [f"t{i % 4}" for i in range(60)]
    zero = [10.0 * (i % 4) for i in range(60)]
    one = [10.0 * (i % 4) + 5 * (1 + i % 4) for i in range(60)]
    width = np.asarray(one) - np.asarray(zero)
    human = rng.normal(0.6, 0.2, 60)
    rows = rows_of(v=(np.asarray(zero) + human * width).tolist(), task=tasks, z=zero, o=one)
    rule = judge(
        bench, rows, rows, "value: v, normalize: {zero: z, one: o}, macro: task, better: higher",
        "claim: threshold, min: 0.4",
    )  # fmt: skip
    by_task = [human[np.asarray(tasks) == f"t{i}"].mean() for i in range(4)]
    assert near(estimate(rule), float(np.mean(by_task)))
    assert rule.verdict is Verdict.PASS


# --- what cannot be judged

PAIR = "claim: superiority"


def scored(**changes: object) -> Rows:
    rows = list(FOUND["auroc"].rows[0])
    rows[3] = {**rows[3], **changes}
    return rows


AUROC = "label: truth, score: v, statistic: auroc, better: higher"


def test_one_class_only_is_invalid(bench: "Bench") -> None:
    for name in ("auroc", "ap"):
        first, second = ([{**row, "truth": 1} for row in one] for one in FOUND[name].rows)
        rule = judge(bench, first, second, f"{FOUND[name].metric}, better: higher", PAIR)
        assert rule.verdict is Verdict.INVALID


@pytest.mark.parametrize("name", ["auroc", "ap", "brier", "log_loss", "f1", "precision", "recall"])
def test_a_label_that_is_no_class_is_invalid(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    first, second = ([{**one[0], "truth": 2}, *one[1:]] for one in case.rows)
    rule = judge(bench, first, second, f"{case.metric}, better: {better(case)}", PAIR)
    assert rule.verdict is Verdict.INVALID


@pytest.mark.parametrize("name", ["auroc", "ap", "brier", "log_loss", "f1", "macro_f1"])
def test_labels_that_differ_between_the_arms_are_invalid(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    first = list(case.rows[0])
    first[7] = {**first[7], "truth": 1 - int(str(first[7]["truth"]))}
    rule = judge(bench, first, case.rows[1], f"{case.metric}, better: {better(case)}", PAIR)
    assert rule.verdict is Verdict.INVALID
    assert "label of 1 units differs" in rule.reason
    assert "q0007" in rule.reason


@pytest.mark.parametrize("name", [name for name in FOUND if "label" in FOUND[name].metric])
def test_a_missing_label_is_invalid_and_named(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    first = list(case.rows[0])
    first[7] = {**first[7], "truth": None}
    rule = judge(bench, first, case.rows[1], f"{case.metric}, better: {better(case)}", PAIR)
    assert rule.verdict is Verdict.INVALID
    assert "q0007" in rule.reason
    assert "truth" in rule.reason  # the column that is missing, not the one beside it


@pytest.mark.parametrize("name", STATISTICS)
def test_a_missing_value_is_invalid(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    first = list(case.rows[0])
    first[7] = {**first[7], "v": None}
    rule = judge(
        bench, first, case.rows[1], f"{case.metric}, better: {better(case)}", case.superiority,
        artifact=case.artifact,
    )  # fmt: skip
    assert rule.verdict is Verdict.INVALID


@pytest.mark.parametrize("name", STATISTICS)
def test_three_units_are_too_few(bench: "Bench", name: str) -> None:
    case = FOUND[name]
    first, second = (one[:12] if "repeat" in case.artifact else one[:3] for one in case.rows)
    rule = judge(
        bench, first, second, f"{case.metric}, better: {better(case)}", case.superiority,
        artifact=case.artifact,
    )  # fmt: skip
    assert rule.verdict is not Verdict.PASS


@pytest.mark.parametrize("bad", [1.2, -0.1])
def test_a_probability_beyond_its_range_is_invalid(bench: "Bench", bad: float) -> None:
    for name in ("brier", "log_loss"):
        rule = judge(
            bench, scored(v=bad), FOUND[name].rows[1],
            f"label: truth, score: v, statistic: {name}, better: lower", PAIR,
        )  # fmt: skip
        assert rule.verdict is Verdict.INVALID


def test_certainty_that_was_wrong_has_no_finite_loss(bench: "Bench") -> None:
    rows = FOUND["log_loss"].rows[0]
    at = next(i for i, row in enumerate(rows) if row["truth"] == 1)
    first = [{**row, "v": 0.0} if i == at else row for i, row in enumerate(rows)]
    rule = judge(
        bench, first, FOUND["log_loss"].rows[1],
        "label: truth, score: v, statistic: log_loss, better: lower", PAIR,
    )  # fmt: skip
    assert rule.verdict is Verdict.INVALID


RATIO = "value: v, per: w, better: lower"


def ratio_rows(**changes: object) -> Rows:
    rng = np.random.default_rng(27)
    rows = rows_of(v=rng.integers(1, 6, 40).tolist(), w=rng.integers(5, 15, 40).tolist())
    rows[3] = {**rows[3], **changes}
    return rows


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"w": -1}, "denominators"),
        ({"w": None}, "w"),
        ({"w": "many"}, "w"),
    ],
)
def test_a_denominator_that_cannot_be_is_invalid(
    bench: "Bench", changes: dict[str, object], words: str
) -> None:
    rule = judge(bench, ratio_rows(**changes), ratio_rows(), RATIO, "claim: non_inferiority, "
                 "margin: 0.1")  # fmt: skip
    assert rule.verdict is Verdict.INVALID
    assert words in rule.reason


def test_the_missing_denominator_is_named(bench: "Bench") -> None:
    rule = judge(bench, ratio_rows(w=None), ratio_rows(v=9), RATIO, PAIR)
    assert "w is missing" in rule.reason


def test_denominators_of_nothing_are_invalid(bench: "Bench") -> None:
    first = [{**row, "w": 0} for row in ratio_rows()]
    rule = judge(bench, first, ratio_rows(v=9), RATIO, PAIR)
    assert rule.verdict is Verdict.INVALID


COUNT = "value: v, per: w, kind: count, better: lower"
RATE = "claim: superiority, min_effect: 0%, pair: none"


def counts(values: Sequence[float], exposure: float = 10.0) -> Rows:
    return rows_of(v=list(values), w=[exposure] * len(values))


CALM, BUSY = [0, 1, 0, 0, 0, 1, 0, 0] * 5, [1, 1, 0, 1, 0, 1, 1, 1] * 5


def test_rates_are_compared_by_the_conditional_binomial(bench: "Bench") -> None:
    rule = judge(bench, counts(CALM), counts(BUSY), COUNT, RATE)
    assert rule.method == "poisson_rates"
    assert near(estimate(rule), 10 / 30)
    assert near(rule.pvalue, float(stats.binom.cdf(10, 40, 0.5)))
    high = float(stats.beta.ppf(0.95, 11, 30))
    assert near(ends(rule)[1], high / (1 - high), rel=1e-7)


def test_a_rate_is_held_against_a_limit_by_poissons_law(bench: "Bench") -> None:
    rule = judge(bench, counts(CALM), counts(BUSY), COUNT, "claim: threshold, max: 0.05")
    assert near(estimate(rule), 0.025)
    assert near(rule.pvalue, float(stats.poisson.cdf(10, 400 * 0.05)))
    assert near(ends(rule)[1], float(stats.chi2.ppf(0.95, 22)) / 800, rel=1e-7)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (counts([40, *[0] * 39]), "bursts"),
        (counts(CALM, 0.0), "exposure"),
        (counts([0.5] * 40), "whole"),
        (counts([-1, *CALM[1:]]), "kind is count"),
    ],
)
def test_counts_that_are_no_chance_events_are_invalid(
    bench: "Bench", rows: Rows, words: str
) -> None:
    rule = judge(bench, rows, counts(BUSY), COUNT, RATE)
    assert rule.verdict is Verdict.INVALID
    assert words in rule.reason


TASKS = "value: v, macro: task, better: higher"


def tasks(names: str, *, by: float = 0.0) -> Rows:
    rng = np.random.default_rng(29)
    return [
        {"id": f"{name}{i}", "task": name, "v": float(rng.normal(by, 1))}
        for name in names
        for i in range(10)
    ]


@pytest.mark.parametrize("pair", ["", ", pair: none"])
@pytest.mark.parametrize("metric", [TASKS, f"{TASKS}, over: random", f"{TASKS}, statistic: iqm"])
@pytest.mark.parametrize("names", ["abcde", "abcdex"])
def test_tasks_that_differ_between_the_arms_are_invalid(
    bench: "Bench", metric: str, pair: str, names: str
) -> None:
    rule = judge(bench, tasks(names, by=1.0), tasks("abcdef"), metric, f"{PAIR}{pair}")
    assert rule.verdict is Verdict.INVALID
    words = "only" if pair else "missing from the"
    assert words in rule.reason


def test_a_unit_of_another_task_in_each_arm_is_invalid(bench: "Bench") -> None:
    first = [{**row, "task": "z"} if row["id"] == "a3" else row for row in tasks("abcdef", by=1)]
    rule = judge(bench, first, tasks("abcdef"), TASKS, PAIR)
    assert rule.verdict is Verdict.INVALID


def test_a_scale_of_no_width_is_invalid(bench: "Bench") -> None:
    first, second = (
        [{**row, "z": 1, "o": 1} for row in tasks("abcdef", by=by)] for by in (1.0, 0.0)
    )
    rule = judge(bench, first, second, f"{TASKS}, normalize: {{zero: z, one: o}}", PAIR)
    assert rule.verdict is Verdict.INVALID
    assert "zero and one are the same" in rule.reason


def test_a_scale_that_differs_between_the_arms_is_invalid(bench: "Bench") -> None:
    first = [{**row, "z": 0, "o": 2} for row in tasks("abcdef", by=1.0)]
    second = [{**row, "z": 0, "o": 3} for row in tasks("abcdef")]
    rule = judge(bench, first, second, f"{TASKS}, normalize: {{zero: z, one: o}}", PAIR)
    assert rule.verdict is Verdict.INVALID


def test_more_tries_than_there_are_cannot_be_asked_for(bench: "Bench") -> None:
    for name in ("pass_at_k", "pass_all_k"):
        rule = judge(
            bench, *repeated(), f"value: v, statistic: {name}, k: 5, better: higher", PAIR,
            artifact="id: id, repeat: e",
        )  # fmt: skip
        assert rule.verdict is Verdict.INVALID
        assert "k = 5" in rule.reason


def test_unequal_repeats_are_invalid(bench: "Bench") -> None:
    first, second = repeated()
    rule = judge(
        bench, first[1:], second, "value: v, statistic: pass_at_k, k: 2, better: higher", PAIR,
        artifact="id: id, repeat: e",
    )  # fmt: skip
    assert rule.verdict is Verdict.INVALID
    assert "repeats" in rule.reason


def test_repeats_that_are_graded_do_not_pass_or_fail(bench: "Bench") -> None:
    first, second = repeated()
    first = [{**row, "v": 0.5 * float(str(row["v"]))} for row in first]
    rule = judge(
        bench, first, second, "value: v, statistic: pass_at_k, k: 2, better: higher", PAIR,
        artifact="id: id, repeat: e",
    )  # fmt: skip
    assert rule.verdict is Verdict.INVALID


ADJUSTED = "value: v, covariate: x, better: higher"


def test_a_covariate_that_does_not_vary_is_invalid(bench: "Bench") -> None:
    first, second = ([{**row, "x": 1} for row in rows] for rows in plain(VALUES))
    rule = judge(bench, first, second, ADJUSTED, f"{PAIR}, pair: none")
    assert rule.verdict is Verdict.INVALID
    assert "covariate" in rule.reason


def test_a_missing_covariate_is_invalid(bench: "Bench") -> None:
    first, second = ([{**row, "x": i % 7} for i, row in enumerate(rows)] for rows in plain(VALUES))
    first[7] = {**first[7], "x": None}
    rule = judge(bench, first, second, ADJUSTED, f"{PAIR}, pair: none")
    assert rule.verdict is Verdict.INVALID
    assert "x is missing" in rule.reason


GOLD = "value: v, gold: g, judge: true, better: higher"
ABOVE = "claim: threshold, min: 0.6"


def gold(known: int, **first: object) -> Rows:
    rng = np.random.default_rng(33)
    truth = (rng.random(300) < 0.8).astype(int)
    judged = np.where(rng.random(300) < 0.9, truth, 1 - truth)
    rows: Rows = [
        {"id": f"q{i:04d}", "v": int(judged[i]), "g": int(truth[i]) if i < known else None}
        for i in range(300)
    ]
    rows[0] = {**rows[0], **first}
    return rows


def test_gold_labels_rectify_a_judge(bench: "Bench") -> None:
    rows = gold(100)
    rule = judge(bench, rows, rows, GOLD, ABOVE)
    assert rule.method == "ppi"
    assert rule.verdict is Verdict.PASS
    y, on_gold = (np.asarray([float(str(row[k])) for row in rows[:100]]) for k in ("g", "v"))
    rest = np.asarray([float(str(row["v"])) for row in rows[100:]])
    covariance = float(np.mean(y * on_gold) - y.mean() * on_gold.mean())
    weight = covariance / (1.5 * np.r_[on_gold, rest].var(ddof=1))
    assert near(estimate(rule), float((y - weight * on_gold).mean() + weight * rest.mean()))


@pytest.mark.parametrize("known", [0, 10, 299, 300])
def test_too_few_gold_labels_or_one_everywhere_are_invalid(bench: "Bench", known: int) -> None:
    rule = judge(bench, gold(known), gold(known), GOLD, ABOVE)
    assert rule.verdict is Verdict.INVALID


def test_gold_everywhere_says_that_no_judge_is_needed(bench: "Bench") -> None:
    rule = judge(bench, gold(300), gold(300), GOLD, ABOVE)
    assert "every unit has a gold label" in rule.reason


def test_a_gold_label_beside_the_scale_of_the_judge_is_invalid(bench: "Bench") -> None:
    rule = judge(bench, gold(100, g=2), gold(100), GOLD, ABOVE)
    assert rule.verdict is Verdict.INVALID


def test_a_missing_judgement_is_invalid(bench: "Bench") -> None:
    rule = judge(bench, gold(100, v=None), gold(100), GOLD, ABOVE)
    assert rule.verdict is Verdict.INVALID


def cells(seed: int, by: float, left_out: Sequence[tuple[int, int]] = ()) -> Rows:
    rng = np.random.default_rng(seed)
    table = 3 + by + rng.normal(0, 1, (5, 30)) + rng.normal(0, 0.1, (5, 1))
    return [
        {"id": f"q{i:02d}", "seed": f"s{r}", "v": float(table[r, i])}
        for r in range(5)
        for i in range(30)
        if (r, i) not in left_out
    ]


@pytest.mark.parametrize(
    ("method", "is_valid"), [("auto", False), ("crossed", False), ("mixed_model", True)]
)
def test_missing_cells_are_for_the_mixed_model_alone(
    bench: "Bench", method: str, *, is_valid: bool
) -> None:
    rule = judge(
        bench, cells(1, 1.0, [(0, 1), (3, 7)]), cells(2, 0.0), "value: v, better: higher",
        f"{PAIR}, method: {method}", artifact="id: id, run: seed",
    )  # fmt: skip
    assert (rule.verdict is Verdict.PASS) == is_valid
    assert (rule.verdict is Verdict.INVALID) != is_valid


def test_a_table_with_most_cells_missing_is_invalid(bench: "Bench") -> None:
    holes = [(r, i) for r in range(5) for i in range(30) if (r + i) % 5 > 1]
    rule = judge(
        bench, cells(1, 1.0, holes), cells(2, 0.0, holes), "value: v, better: higher",
        f"{PAIR}, method: mixed_model", artifact="id: id, run: seed",
    )  # fmt: skip
    assert rule.verdict is Verdict.INVALID


# --- figures of real artifacts

SAMPLES = os.environ.get("EVALGATE_SAMPLES")
needs_samples = pytest.mark.skipif(
    SAMPLES is None, reason="EVALGATE_SAMPLES does not name a folder of artifacts"
)


def sample(name: str) -> Path:
    return Path(str(SAMPLES)) / name


def atari(bench: "Bench", over: str) -> list[RuleEvidence]:
    for name in ("diamond.csv", "atari_refs.csv"):
        (bench.folder / name).write_bytes(sample(f"made/{name}").read_bytes())
    for name in ("dreamerv3", "ppo_fixhp"):
        packed = sample(f"rl_scores/dreamerv3/atari100k-{name}.json.gz").read_bytes()
        (bench.folder / f"{name}.json").write_bytes(gzip.decompress(packed))
    final = "reader: json, columns: {score: ys.-1}"
    evidence = bench.judge_text(
        "version: 1\ngate: g\nartifacts:\n  atari:\n"
        "    candidate: {path: diamond.csv, reader: csv}\n"
        f"    baseline: {{path: dreamerv3.json, {final}}}\n"
        f"    baselines: {{trivial: {{path: ppo_fixhp.json, {final}}}}}\n"
        "    id: task\n    run: seed\n"
        "    join: {refs: {path: atari_refs.csv, by: task}}\n"
        "metrics:\n  hns: {value: score, normalize: {zero: refs.random, one: refs.human}, "
        f"macro: task, over: {over}, better: higher}}\n"
        "rules:\n  r: {metric: hns, claim: superiority, pair: none, min_runs: 5}\n"
        "  s: {metric: hns, claim: superiority, against: trivial, min_effect: 0.2, "
        "pair: none, min_runs: 5}\n"
    )
    return [rule_of(evidence, name) for name in "rs"]


@needs_samples
@pytest.mark.parametrize(
    ("over", "pvalue", "verdict"), [("fixed", 0.0442344, "pass"), ("random", 0.250473,
                                                                   "inconclusive")]
)  # fmt: skip
def test_atari_turns_on_whether_the_tasks_are_fixed(
    bench: "Bench", over: str, pvalue: float, verdict: str
) -> None:
    rule, trivial = atari(bench, over)
    assert near(rule.pvalue, pvalue, rel=2e-6)
    assert near(estimate(rule), 0.176767, rel=5e-6)
    assert near(rule.candidate, 1.45902, rel=5e-6)
    assert near(rule.baseline, 1.28226, rel=5e-6)
    assert rule.verdict.value == verdict
    assert near(estimate(trivial), 1.37616, rel=5e-6)
    assert trivial.verdict is Verdict.PASS


@needs_samples
def test_llama_is_not_shown_to_be_preferred_by_people(bench: "Bench") -> None:
    for name in ("judge_gold/pandalm/gpt-3.5-turbo-testset-v1.json",
                 "judge_gold/pandalm/testset-v1.json", "made/pandalm_gold200.csv"):  # fmt: skip
        (bench.folder / Path(name).name).write_bytes(sample(name).read_bytes())
    evidence = bench.judge_text(
        "version: 1\ngate: g\ncontract: {missing: drop, max_missing: 0.05}\n"
        "artifacts:\n  judged:\n    reader: json\n"
        "    candidate: gpt-3.5-turbo-testset-v1.json\n    id: idx\n"
        "    cluster: [items.instruction, items.input]\n"
        "    join:\n      items: {path: testset-v1.json, reader: json, by: idx}\n"
        "      gold: {path: pandalm_gold200.csv, by: idx, match: some}\n"
        "metrics:\n  wins: {value: gpt_result, gold: gold.majority, "
        'map: {"1": 0, "2": 1, Tie: 0.5, "0": 0.5}, na: [garbage], '
        "where: {items.cmp_key: bloom-7b_llama-7b}, better: higher}\n"
        "rules:\n  r: {metric: wins, claim: threshold, min: 0.5, min_samples: 100}\n"
    )
    rule = rule_of(evidence)
    # 107 judgements, .673; 21 of them have gold, .619 there. The judge alone would pass (.600).
    assert (rule.n.candidate, rule.n.dropped) == (107, 4)
    assert rule.verdict is Verdict.INCONCLUSIVE
    assert rule.warnings == ("21 gold labels: few gold labels",)
    low, high = ends(rule)
    assert low is not None
    assert high is not None
    assert low < 0.5 < high
    assert 0.619 < estimate(rule) < 0.673


@needs_samples
def test_tokens_for_one_right_answer(bench: "Bench") -> None:
    arms: dict[str, Rows] = {}
    for path in sorted(sample("inspect_ai/popularity_100x1").glob("*.eval")):
        with zipfile.ZipFile(path) as log:
            model = json.loads(log.read("header.json"))["eval"]["model"]
            for name in log.namelist():
                if not name.startswith("samples/"):
                    continue
                one = json.loads(log.read(name))
                [score] = one["scores"].values()
                [usage] = one["model_usage"].values()
                arms.setdefault(model, []).append({
                    "id": str(one["id"]), "v": usage["output_tokens"],
                    "right": int(score["value"] == "C"),
                })  # fmt: skip
    rule = judge(
        bench, arms["anthropic/claude-sonnet-4-20250514"], arms["openai/gpt-5"],
        "value: v, per: right, better: lower, unit: tokens",
        "claim: superiority, min_effect: 50%, min_samples: 100",
    )  # fmt: skip
    assert near(rule.candidate, 7.01754, rel=1e-6)
    assert near(rule.baseline, 562.385, rel=1e-6)
    assert rule.verdict is Verdict.PASS
