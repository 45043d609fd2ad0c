"""The engine on small tables: methods, damaged data, laws, digests."""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict, exit_status


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
Rows = Callable[[Iterable[object]], list[Row]]
BINARY_RULES = {
    "superiority": "r: {metric: m, claim: superiority}",
    "margin": "r: {metric: m, claim: non_inferiority, margin: 3pp}",
    "equivalence": "r: {metric: m, claim: equivalence, margin: 10pp}",
    "threshold": "r: {metric: m, claim: threshold, min: 0.5}",
}


def only(evidence: GateEvidence) -> RuleEvidence:
    [rule] = evidence.rules
    return rule


def binary(better: int, worse: int, both: int, neither: int) -> tuple[list[int], list[int]]:
    """Return candidate and baseline with these counts of pairs."""
    candidate = [1] * better + [0] * worse + [1] * both + [0] * neither
    baseline = [0] * better + [1] * worse + [1] * both + [0] * neither
    return candidate, baseline


# --- which method, and its numbers


def test_mcnemar_decides_about_any_difference(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(7, 2, 50, 41)
    bench.arms(rows(candidate), rows(baseline))
    rule = only(bench.judge(BINARY_RULES["superiority"]))
    assert rule.method == "mcnemar_tango"
    assert rule.verdict is Verdict.INCONCLUSIVE
    # P(Bin(9, 1/2) >= 7) = 46 / 512
    assert math.isclose(rule.pvalue or 0, 46 / 512, rel_tol=1e-12)
    assert rule.min_pvalue is not None
    assert rule.n.pairs == 100
    assert (rule.candidate, rule.baseline) == (0.57, 0.52)
    assert rule.effect is not None
    assert math.isclose(rule.effect.estimate, 0.05, rel_tol=1e-12)


def test_a_stricter_limit_does_not_pass_where_a_weaker_one_fails(
    bench: "Bench", rows: Rows
) -> None:
    candidate, baseline = binary(7, 2, 50, 41)
    bench.arms(rows(candidate), rows(baseline))
    strict = only(bench.judge("r: {metric: m, claim: superiority, min_effect: 0.0005}"))
    # Tango's bound alone is +0.00076 and would pass.
    assert strict.verdict is Verdict.INCONCLUSIVE


# R 4.2: t.test(sleep$extra[1:10], sleep$extra[11:20], paired = TRUE) gives t = -4.0621, df 9
SLEEP_A = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_B = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def runs_of(values: Sequence[float]) -> list[Row]:
    return [{"seed": i, "v": value} for i, value in enumerate(values)]


def test_runs_are_judged_by_student_and_welch(bench: "Bench") -> None:
    bench.arms(runs_of(SLEEP_A), runs_of(SLEEP_B))
    paired = only(
        bench.judge("r: {metric: m, claim: superiority, pair: run}", artifact="run: seed")
    )
    assert (paired.method, paired.df) == ("paired_t", 9.0)
    assert math.isclose(paired.statistic or 0, -4.062127683382037, rel_tol=1e-9)
    # The two-sided p is .00283289; the candidate is worse.
    assert math.isclose(1 - (paired.pvalue or 0), 0.00283289019738427 / 2, rel_tol=1e-9)
    assert paired.verdict is Verdict.FAIL
    welch = only(bench.judge("r: {metric: m, claim: superiority}", artifact="run: seed"))
    assert welch.method == "welch_t"
    assert math.isclose(welch.statistic or 0, -1.860813467486853, rel_tol=1e-9)
    assert math.isclose(welch.df or 0, 17.7764735161785, rel_tol=1e-9)


def test_equivalence_is_two_one_sided_tests(bench: "Bench") -> None:
    bench.arms(runs_of(SLEEP_A), runs_of(SLEEP_B))
    rule = only(
        bench.judge(
            "r: {metric: m, claim: equivalence, margin: 2.5, pair: run}", artifact="run: seed"
        )
    )
    # R package TOSTER and base R: p_lower = .021116860246500745 is the larger one.
    assert math.isclose(rule.pvalue or 0, 0.021116860246500745, rel_tol=1e-9)
    assert rule.verdict is Verdict.PASS
    assert rule.effect is not None
    assert rule.effect.low is not None
    assert math.isclose(rule.effect.low, -2.2930052670292835, rel_tol=1e-9)


FIELLER_A = [212, 198, 240, 225, 251, 207, 233, 219, 246, 228]
FIELLER_B = [201, 190, 236, 214, 247, 195, 226, 210, 239, 217]


def test_percent_of_the_baseline_is_a_contrast_with_fiellers_interval(bench: "Bench") -> None:
    bench.arms(runs_of(FIELLER_A), runs_of(FIELLER_B))
    rule = only(
        bench.judge(
            "r: {metric: m, claim: superiority, min_effect: 2%, pair: run}",
            artifact="run: seed",
            top="alpha: 0.025",
        )
    )
    # R: t.test(a - 1.02 * b, alternative = "greater"); Fieller's 95 % limits from R.
    assert math.isclose(rule.statistic or 0, 3.9845661384585185, rel_tol=1e-9)
    assert math.isclose(rule.pvalue or 0, 0.0015918775899037743, rel_tol=1e-9)
    assert rule.scale == "ratio"
    assert rule.effect is not None
    assert rule.effect.low is not None
    assert rule.effect.high is not None
    assert math.isclose(rule.effect.low, 1.0276553952958365, rel_tol=1e-8)
    assert math.isclose(rule.effect.high, 1.0508178869478553, rel_tol=1e-8)


def test_few_paired_items_are_judged_by_all_sign_flips(bench: "Bench", rows: Rows) -> None:
    # Darwin's maize: 863 of 32768 sign flips reach the observed sum (Fisher 1935).
    differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    bench.arms(rows(differences), rows([0.5 - 0.5] * 14 + [0.0]))
    evidence = bench.judge(
        "r: {metric: m, claim: superiority}",
        metrics="m: {value: v, kind: continuous, better: higher}",
    )
    rule = only(evidence)
    assert rule.method == "sign_flip"
    assert math.isclose(rule.pvalue or 0, 863 / 32768, rel_tol=1e-12)
    assert rule.verdict is Verdict.PASS


def test_a_quantile_is_judged_by_order_statistics(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([float(i) for i in range(1, 101)]), rows([0.0] * 100))
    rule = only(
        bench.judge(
            "r: {metric: m, claim: threshold, max: 99.5}",
            metrics="m: {value: v, statistic: p95, better: lower}",
        )
    )
    assert rule.method == "order_statistic"
    # P(Bin(100, .95) >= 99): 99 of the values lie below the limit.
    expected = 100 * 0.95**99 * 0.05 + 0.95**100
    assert math.isclose(rule.pvalue or 0, expected, rel_tol=1e-9)
    assert rule.verdict is Verdict.PASS


# --- damaged data: a true drop of ten points (320 of 400 against 280 of 400)


def dropped_ten_points() -> tuple[list[int], list[int]]:
    return binary(40, 80, 240, 40)


@pytest.mark.parametrize("claim", BINARY_RULES)
def test_rows_left_out_are_named(bench: "Bench", rows: Rows, claim: str) -> None:
    candidate, baseline = dropped_ten_points()
    kept = [row for row in rows(candidate) if not 40 <= int(str(row["id"])[1:]) < 120]
    bench.arms(kept, rows(baseline))
    evidence = bench.judge(BINARY_RULES[claim])
    if claim == "threshold":
        return  # reads no baseline: nothing says that rows are missing
    assert only(evidence).verdict is Verdict.INVALID
    assert "q0040" in only(evidence).reason
    assert "80" in only(evidence).reason
    assert exit_status(evidence) == 21


@pytest.mark.parametrize("claim", BINARY_RULES)
def test_duplicates_are_named(bench: "Bench", rows: Rows, claim: str) -> None:
    candidate, baseline = dropped_ten_points()
    table = rows(candidate)
    bench.arms([*table, *table[:40]], rows(baseline))
    evidence = bench.judge(BINARY_RULES[claim])
    assert only(evidence).verdict is Verdict.INVALID
    assert "40 duplicate keys of id" in only(evidence).reason
    assert "q0000" in only(evidence).reason


@pytest.mark.parametrize("claim", BINARY_RULES)
def test_ids_without_any_overlap_are_named(bench: "Bench", rows: Rows, claim: str) -> None:
    candidate, baseline = dropped_ten_points()
    other = [{**row, "id": f"x{i}"} for i, row in enumerate(rows(candidate))]
    bench.arms(other, rows(baseline))
    if claim == "threshold":
        return
    rule = only(bench.judge(BINARY_RULES[claim]))
    assert rule.verdict is Verdict.INVALID
    assert "q0000" in rule.reason
    assert "x0" in rule.reason


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "1e400", '"0.9"', "[1]", "null"])
def test_a_value_that_is_no_number_is_named_with_its_line(
    bench: "Bench", rows: Rows, bad: str
) -> None:
    values = [0.5 + i / 100 for i in range(40)]
    bench.arms(rows(values), rows(values[::-1]))
    path = bench.folder / "candidate.jsonl"
    lines = path.read_text().splitlines()
    lines[6] = f'{{"id": "q0006", "v": {bad}}}'
    path.write_text("\n".join(lines) + "\n")
    for claim in ("superiority", "deterioration"):
        rule = only_or_first(
            bench.judge(f"r: {{metric: m, claim: {claim}}}, s: {{metric: m, claim: superiority}}")
        )
        assert rule.verdict is Verdict.INVALID
        assert "candidate.jsonl:7" in rule.reason or "q0006" in rule.reason


def only_or_first(evidence: GateEvidence) -> RuleEvidence:
    return evidence.rules[0]


def test_arms_on_different_scales_are_refused(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(20, 20, 20, 20)
    bench.arms(rows([100 * value for value in candidate]), rows(baseline))
    rule = only(bench.judge("r: {metric: m, claim: superiority}"))
    assert rule.verdict is Verdict.INVALID
    assert "different scales" in rule.reason


def test_labels_that_differ_break_the_contract(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(30, 5, 30, 30)
    first = [{**row, "label": i % 10} for i, row in enumerate(rows(candidate))]
    second = [{**row, "label": i % 10} for i, row in enumerate(rows(baseline))]
    second[3] = {**second[3], "label": 7}
    bench.arms(first, second)
    evidence = bench.judge(BINARY_RULES["superiority"], top="contract: {same: [label]}")
    [check] = evidence.contract
    assert check.verdict is Verdict.INVALID
    assert "q0003" in check.reason
    assert evidence.decision.action is Action.BLOCK
    assert exit_status(evidence) == 21


@pytest.mark.parametrize("rule", ["r: {metric: m, claim: superiority}",
                                  "r: {metric: m, claim: non_inferiority, margin: 0.1}",
                                  "r: {metric: m, claim: equivalence, margin: 0.1}",
                                  "r: {metric: m, claim: threshold, min: 0.1}"])  # fmt: skip
@pytest.mark.parametrize(
    ("candidate", "baseline"),
    [
        ([0.7], [0.5]),
        ([0.7] * 40, [0.5] * 40),
        ([0.7] * 40, [0.7 - 1e-17] * 39 + [0.7]),
        ([0.3, 0.8] * 20, [0.2, 0.7] * 20),
    ],
    ids=["one-row", "constant-columns", "all-ties", "constant-shift"],
)
def test_data_without_spread_never_pass(
    bench: "Bench", rows: Rows, candidate: list[float], baseline: list[float], rule: str
) -> None:
    bench.arms(rows(candidate), rows(baseline))
    evidence = bench.judge(rule)
    if "threshold" in rule and len(set(candidate)) == 2:
        return  # the candidate alone has a spread
    assert only(evidence).verdict is not Verdict.PASS, only(evidence)
    assert evidence.decision.action is Action.BLOCK


def test_the_same_file_in_both_arms_is_refused(bench: "Bench", rows: Rows) -> None:
    values, _ = binary(10, 10, 10, 10)
    bench.arms(rows(values), rows(values))
    rule = only(bench.judge(BINARY_RULES["margin"]))
    assert rule.verdict is Verdict.INVALID
    assert "rows are in both arms" in rule.reason


def test_a_missing_file_is_named(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([1, 0]), rows([0, 1]))
    (bench.folder / "baseline.jsonl").unlink()
    evidence = bench.judge(BINARY_RULES["superiority"])
    assert only(evidence).verdict is Verdict.INVALID
    assert "baseline.jsonl" in only(evidence).reason


# --- laws and domains


def test_too_few_pairs_cannot_pass(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([1] * 4), rows([0] * 4))
    rule = only(bench.judge(BINARY_RULES["superiority"]))
    assert rule.verdict is Verdict.INVALID
    assert "4 pairs give p >= 0.0625 at best" in rule.reason
    assert "5 are needed" in rule.reason


def test_an_alarm_that_could_not_ring_is_invalid(bench: "Bench", rows: Rows) -> None:
    bench.arms(rows([1, 0, 1, 0]), rows([0, 1, 1, 0]))
    evidence = bench.judge(
        "alarm: {metric: m, claim: deterioration}, s: {metric: m, claim: superiority}"
    )
    assert "cannot ring" in evidence.rules[0].reason
    assert evidence.rules[0].verdict is Verdict.INVALID


def test_an_alarm_passes_as_no_alarm_and_says_what_it_would_have_missed(
    bench: "Bench", rows: Rows
) -> None:
    candidate, baseline = binary(20, 22, 30, 28)
    bench.arms(rows(candidate), rows(baseline))
    evidence = bench.judge(
        "alarm: {metric: m, claim: deterioration}, s: {metric: m, claim: superiority}"
    )
    alarm = evidence.rules[0]
    assert alarm.verdict is Verdict.PASS
    assert "no alarm" in alarm.reason
    assert alarm.power is not None
    assert alarm.power.mde is not None
    assert alarm.power.mde < -0.1


def test_skewed_means_are_refused_with_a_hint(bench: "Bench", rows: Rows) -> None:
    generator = random.Random(3)
    heavy = [generator.lognormvariate(0, 2) for _ in range(200)]
    other = [generator.lognormvariate(0, 2) for _ in range(200)]
    bench.arms(rows(heavy), rows(other))
    rule = only(
        bench.judge(
            "r: {metric: m, claim: non_inferiority, margin: 0.5, pair: none}",
            metrics="m: {value: v, better: lower}",
        )
    )
    assert rule.verdict is Verdict.INVALID
    assert "skewness" in rule.reason
    assert "geomean" in rule.reason
    logs = only(
        bench.judge(
            "r: {metric: m, claim: non_inferiority, margin: 50%, pair: none}",
            metrics="m: {value: v, statistic: geomean, better: lower}",
        )
    )
    assert logs.method == "welch_t"
    assert logs.scale == "ratio"


@pytest.mark.parametrize("n", [5, 29])
def test_margins_on_few_items_are_refused(bench: "Bench", rows: Rows, n: int) -> None:
    generator = random.Random(n)
    candidate, baseline = ([generator.random() for _ in range(n)] for _ in range(2))
    bench.arms(rows(candidate), rows(baseline))
    rule = only(bench.judge("r: {metric: m, claim: non_inferiority, margin: 0.3}"))
    assert rule.verdict is Verdict.INVALID
    assert "judged from 30 units on" in rule.reason


def test_a_margin_on_nearly_discrete_differences_is_refused_or_rounded(
    bench: "Bench", rows: Rows
) -> None:
    candidate = [0.5] * 95 + [0.6] * 5
    baseline = [0.5] * 100
    bench.arms(rows(candidate), rows(baseline))
    margin = "r: {metric: m, claim: non_inferiority, margin: 0.2}"
    refused = only(bench.judge(margin))
    assert refused.verdict is Verdict.INVALID
    rounded = only(bench.judge(margin, metrics="m: {value: v, range: [0, 1], better: higher}"))
    assert rounded.method == "rounded_tango"
    assert rounded.verdict is Verdict.PASS


def test_a_method_that_does_not_fit_the_design_is_refused(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(20, 10, 30, 30)
    bench.arms(rows(candidate), rows(baseline))
    rule = only(bench.judge("r: {metric: m, claim: superiority, method: paired_t}"))
    assert rule.verdict is Verdict.INVALID
    assert "mcnemar_tango is used" in rule.reason


def test_percent_and_points_are_refused_where_they_mean_nothing(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(20, 10, 30, 30)
    bench.arms(rows(candidate), rows(baseline))
    percent = only(bench.judge("r: {metric: m, claim: non_inferiority, margin: 1%}"))
    assert percent.verdict is Verdict.INVALID
    assert "1pp" in percent.reason
    bench.arms(
        rows([float(3 + i % 7) for i in range(60)]), rows([float(3 + i % 5) for i in range(60)])
    )
    points = only(bench.judge("r: {metric: m, claim: non_inferiority, margin: 1pp}"))
    assert points.verdict is Verdict.INVALID
    assert "range" in points.reason


def test_a_relative_limit_needs_a_baseline_above_zero(bench: "Bench", rows: Rows) -> None:
    generator = random.Random(1)
    bench.arms(
        rows([generator.gauss(0, 1) for _ in range(100)]),
        rows([generator.gauss(-0.2, 1) for _ in range(100)]),
    )
    rule = only(bench.judge("r: {metric: m, claim: non_inferiority, margin: 5%}"))
    assert rule.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("non_inferiority, margin: 2", "did you mean 2pp?"),
        ("non_inferiority, margin: 1", "cannot fail"),
        ("equivalence, margin: 2", "cannot fail"),
        ("threshold, min: -1", "cannot fail"),
        ("threshold, min: 0", "cannot fail"),
        ("threshold, min: 1", "cannot pass"),
        ("threshold, min: 70", "did you mean 0.7?"),
        ("superiority, min_effect: 1", "cannot pass"),
    ],
)
def test_limits_that_decide_without_the_data_are_refused(
    bench: "Bench", rows: Rows, claim: str, words: str
) -> None:
    bench.arms(rows([0] * 60), rows([1] * 40 + [0] * 20))
    rule = only(bench.judge(f"r: {{metric: m, claim: {claim}}}"))
    assert rule.verdict is Verdict.INVALID
    assert words in rule.reason


def test_a_margin_as_large_as_the_baseline_is_refused(bench: "Bench") -> None:
    bench.arms(runs_of([0.01, 0.02, 0.03]), runs_of([0.83, 0.81, 0.84]))
    text = "r: {metric: m, claim: non_inferiority, margin: 2}"
    rule = only(bench.judge(text, artifact="run: seed"))
    assert rule.verdict is Verdict.INVALID
    assert "nothing but zeros would keep it" in rule.reason
    ranged = only(
        bench.judge(
            text,
            artifact="run: seed",
            metrics="m: {value: v, range: [-10, 10], better: higher}",
        )
    )
    assert ranged.verdict is Verdict.PASS


def test_a_relative_margin_of_everything_is_refused(bench: "Bench") -> None:
    bench.arms(runs_of([0.01, 0.02, 0.03]), runs_of([0.83, 0.81, 0.84]))
    rule = only(
        bench.judge("r: {metric: m, claim: non_inferiority, margin: 100%}", artifact="run: seed")
    )
    assert rule.verdict is Verdict.INVALID
    assert "cannot fail" in rule.reason


# --- families and digests


def three_metrics(generator: random.Random, shift: float) -> list[Row]:
    return [
        {"id": f"q{i}", "a": generator.gauss(shift, 1), "b": generator.gauss(shift, 1),
         "c": generator.gauss(0, 1)}
        for i in range(120)
    ]  # fmt: skip


THREE = ", ".join(f"{name}: {{value: {name}, better: higher}}" for name in "abc")
THREE_RULES = [f"r{name}: {{metric: {name}, claim: superiority}}" for name in "abc"]


def test_holm_judges_each_rule_at_its_own_level(bench: "Bench") -> None:
    generator = random.Random(5)
    bench.arms(three_metrics(generator, 0.5), three_metrics(generator, 0.0))
    evidence = bench.judge(", ".join(THREE_RULES), metrics=THREE, top="correction: holm")
    judged = {rule.id: rule.alpha_judged for rule in evidence.rules}
    assert sorted(level for level in judged.values() if level) == [0.05 / 3, 0.05 / 2, 0.05]
    for rule in evidence.rules:
        assert rule.pvalue is not None
        assert rule.pvalue_adjusted is not None
        assert rule.alpha_judged is not None
        assert rule.effect is not None
        assert rule.effect.low is not None
        assert (rule.pvalue < rule.alpha_judged) == (rule.pvalue_adjusted < 0.05)
        assert (rule.effect.low > 0) == (rule.verdict is Verdict.PASS)
        assert math.isclose(rule.effect.level, 1 - 2 * rule.alpha_judged)


def test_an_invalid_rule_counts_in_its_family_with_p_1(bench: "Bench") -> None:
    generator = random.Random(5)
    bench.arms(three_metrics(generator, 0.5), three_metrics(generator, 0.0))
    rules = [*THREE_RULES[:2], "gone: {metric: d, claim: superiority}"]
    evidence = bench.judge(
        ", ".join(rules),
        metrics=THREE + ", d: {value: missing_column, better: higher}",
        top="correction: bonferroni",
    )
    assert [rule.alpha_judged for rule in evidence.rules[:2]] == [0.05 / 3] * 2
    assert evidence.rules[2].verdict is Verdict.INVALID
    assert "missing_column" in evidence.rules[2].reason


def test_a_fixed_sequence_stops_at_the_first_rule_that_does_not_pass(bench: "Bench") -> None:
    generator = random.Random(5)
    bench.arms(three_metrics(generator, 0.5), three_metrics(generator, 0.0))
    order = [THREE_RULES[0], THREE_RULES[2], THREE_RULES[1]]
    evidence = bench.judge(", ".join(order), metrics=THREE, top="correction: fixed_sequence")
    first, second, third = evidence.rules
    assert (first.verdict, second.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert third.verdict is Verdict.INCONCLUSIVE
    assert third.reason == "not tested: rc did not pass"


def test_order_of_rows_and_rules_moves_no_digest(bench: "Bench") -> None:
    generator = random.Random(5)
    candidate, baseline = three_metrics(generator, 0.5), three_metrics(generator, 0.0)
    seen = set()
    for seed in range(4):
        shuffler = random.Random(seed)
        shuffled = [shuffler.sample(table, len(table)) for table in (candidate, baseline)]
        bench.arms(*shuffled)
        rules = shuffler.sample(THREE_RULES, 3)
        evidence = bench.judge(", ".join(rules), metrics=THREE, top="correction: holm")
        seen.add((evidence.decision.digest, *sorted(rule.digest for rule in evidence.rules)))
    assert len(seen) == 1


def test_a_changed_number_moves_the_digest(bench: "Bench") -> None:
    generator = random.Random(5)
    candidate, baseline = three_metrics(generator, 0.5), three_metrics(generator, 0.0)
    bench.arms(candidate, baseline)
    before = bench.judge(THREE_RULES[0], metrics=THREE)
    bench.arms([{**candidate[0], "a": 1.25}, *candidate[1:]], baseline)
    after = bench.judge(THREE_RULES[0], metrics=THREE)
    assert before.decision.digest != after.decision.digest


def test_owner_and_place_in_the_file_are_not_in_the_digest(bench: "Bench") -> None:
    generator = random.Random(5)
    bench.arms(three_metrics(generator, 0.5), three_metrics(generator, 0.0))
    plain = bench.judge("ra: {metric: a, claim: superiority}", metrics=THREE)
    owned = bench.judge(
        "ra: {metric: a, claim: superiority, owner: serving, why: SLO}", metrics=THREE
    )
    assert plain.rules[0].digest == owned.rules[0].digest
    assert owned.rules[0].owner == "serving"


# --- slices


def test_a_listed_slice_without_units_is_invalid(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(30, 2, 30, 30)
    tag = [{**row, "lang": "de" if i % 2 else "en"} for i, row in enumerate(rows(candidate))]
    other = [{**row, "lang": "de" if i % 2 else "en"} for i, row in enumerate(rows(baseline))]
    bench.arms(tag, other)
    evidence = bench.judge(
        "r: {metric: m, claim: non_inferiority, margin: 10pp, "
        "slices: {by: [lang], values: [de, fr]}}"
    )
    verdicts = {rule.id: (rule.verdict, rule.severity) for rule in evidence.rules}
    assert verdicts["r[lang=de]"] == (Verdict.PASS, "block")
    assert verdicts["r[lang=fr]"] == (Verdict.INVALID, "block")
    assert verdicts["r[lang=en]"] == (Verdict.PASS, "observe")
    assert verdicts["r"] == (Verdict.INVALID, "block")
    assert exit_status(evidence) == 21


# --- missing values


def test_missing_values_are_an_error_unless_the_contract_says_more(
    bench: "Bench", rows: Rows
) -> None:
    candidate, baseline = binary(40, 5, 30, 25)
    table = [dict(row) for row in rows(candidate)]
    table[0]["v"] = None
    bench.arms(table, rows(baseline))
    refused = only(bench.judge(BINARY_RULES["superiority"]))
    assert refused.verdict is Verdict.INVALID
    assert "q0000" in refused.reason
    dropped = only(
        bench.judge(BINARY_RULES["superiority"], top="contract: {missing: drop, max_missing: 0.05}")
    )
    assert (dropped.n.pairs, dropped.n.dropped) == (99, 1)
    worst = only(
        bench.judge(
            BINARY_RULES["superiority"],
            metrics="m: {value: v, kind: binary, better: higher}",
            top="contract: {missing: worst, max_missing: 0.05}",
        )
    )
    assert worst.n.pairs == 100
    assert worst.candidate == 0.69  # 70 right, and the missing one counts as wrong
    limited = only(
        bench.judge(
            BINARY_RULES["superiority"], top="contract: {missing: drop, max_missing: 0.001}"
        )
    )
    assert limited.verdict is Verdict.INVALID


def test_a_missing_baseline_value_is_the_best_one_for_worst(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(40, 5, 30, 25)
    table = [dict(row) for row in rows(baseline)]
    table[0]["v"] = None  # was 0
    bench.arms(rows(candidate), table)
    rule = only(
        bench.judge(
            BINARY_RULES["superiority"],
            metrics="m: {value: v, kind: binary, better: higher}",
            top="contract: {missing: worst, max_missing: 0.05}",
        )
    )
    assert rule.baseline == 0.36


def test_evidence_refuses_nan(bench: "Bench", rows: Rows) -> None:
    candidate, baseline = binary(40, 5, 30, 25)
    bench.arms(rows(candidate), rows(baseline))
    rule = only(bench.judge(BINARY_RULES["superiority"]))
    with pytest.raises(ValueError, match="evidence holds nan"):
        replace(rule, candidate=math.nan)
