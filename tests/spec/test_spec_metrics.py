"""Metrics beyond a mean of one column: what each key becomes, and what it cannot go with."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.model import Assumed, Kind, LimitUnit, Metric, Over


VALUE = "value: v, better: higher"
SCORED = "label: t, score: s, better: higher, statistic:"
LABELLED = "label: t, prediction: p, better: higher, statistic:"
PAIRED = "candidate: c, baseline: o, id: i"
REPEATED = PAIRED + ", repeat: epoch"
ROWS = "candidate: c, baseline: o"
RUNS = "candidate: c, baseline: o, run: seed"
NESTED = "candidate: c, baseline: o, id: task, run: seed"
HOLDS = "claim: non_inferiority, margin:"


def gate(metric: str, rule: str, artifact: str = PAIRED) -> bytes:
    return (
        f"version: 1\ngate: g\nartifacts: {{e: {{{artifact}}}}}\n"
        f"metrics:\n  m: {{{metric}}}\nrules:\n  r: {{metric: m, {rule}}}\n"
    ).encode()


def metric_of(text: str, artifact: str = PAIRED, rule: str = "claim: superiority") -> Metric:
    return read_gate(gate(text, rule, artifact), "g.yaml").metric("m")


def problem_of(data: bytes) -> tuple[int, str, str]:
    """Give line, message and hint of the only problem."""
    with pytest.raises(SpecErrors) as caught:
        read_gate(data, "g.yaml")
    (problem,) = caught.value.problems
    assert problem.at is not None
    assert problem.at.line is not None
    return problem.at.line, problem.message, problem.hint or ""


def test_metric_without_further_keys_has_none_of_them() -> None:
    metric = metric_of(VALUE)
    columns = (metric.score, metric.per, metric.k, metric.covariate, metric.task, metric.gold)
    assert columns == (None,) * 6
    assert (metric.over, metric.normalize) == (Over.FIXED, None)
    assert (metric.is_judged, metric.assume) == (False, None)


@pytest.mark.parametrize("statistic", ["iqm", "geomean", "median", "p95"])
def test_statistic_of_values_is_read(statistic: str) -> None:
    assert metric_of(f"{VALUE}, statistic: {statistic}").statistic == statistic


@pytest.mark.parametrize("statistic", ["auroc", "ap"])
def test_statistic_of_scores_is_read(statistic: str) -> None:
    metric = metric_of(f"{SCORED} {statistic}")
    assert (metric.statistic, metric.label, metric.score) == (statistic, "t", "s")
    assert (metric.value, metric.kind) == (None, None)


@pytest.mark.parametrize("statistic", ["log_loss", "brier"])
def test_loss_of_scores_is_better_when_lower(statistic: str) -> None:
    text = f"label: t, score: s, better: lower, statistic: {statistic}"
    assert metric_of(text).statistic == statistic
    line, message, hint = problem_of(gate(text.replace("lower", "higher"), "claim: superiority"))
    assert line == 5
    assert message == (
        f"statistic '{statistic}' is a loss, and 'better: higher' would promote a worse one"
    )
    assert hint == "write `better: lower`"


@pytest.mark.parametrize(
    ("statistic", "kind"),
    [
        ("accuracy", Kind.BINARY),
        ("precision", Kind.BINARY),
        ("recall", Kind.BINARY),
        ("f1", None),
        ("macro_f1", None),
    ],
)
def test_label_statistic_may_be_compared(statistic: str, kind: Kind | None) -> None:
    metric = metric_of(f"{LABELLED} {statistic}")
    assert (metric.statistic, metric.prediction, metric.kind) == (statistic, "p", kind)


@pytest.mark.parametrize("statistic", ["pass_at_k", "pass_all_k"])
def test_passes_of_repeats_have_a_k(statistic: str) -> None:
    metric = metric_of(f"{VALUE}, statistic: {statistic}, k: 5", REPEATED)
    assert (metric.statistic, metric.k) == (statistic, 5)


def test_per_makes_a_ratio_of_sums() -> None:
    assert metric_of("value: usd, per: requests, better: lower").per == "requests"
    rate = metric_of("value: errors, per: hours, kind: count, better: lower")
    assert (rate.per, rate.kind) == ("hours", Kind.COUNT)


def test_map_goes_with_per() -> None:
    assert metric_of("value: v, per: w, map: {bad: 1, good: 0}, better: lower").map is not None


def test_macro_is_a_task_over_fixed_tasks() -> None:
    metric = metric_of(f"{VALUE}, macro: game")
    assert (metric.task, metric.over) == ("game", Over.FIXED)


@pytest.mark.parametrize("key", ["task", "macro"])
def test_mean_over_tasks_may_be_about_tasks_like_them(key: str) -> None:
    metric = metric_of(f"{VALUE}, {key}: game, over: random")
    assert (metric.task, metric.over) == ("game", Over.RANDOM)


def test_task_is_about_fixed_tasks_by_default() -> None:
    assert metric_of(f"{VALUE}, task: game").over is Over.FIXED


@pytest.mark.parametrize("more", ["", ", macro: game"])
def test_normalize_names_two_columns(more: str) -> None:
    metric = metric_of(f"{VALUE}, normalize: {{zero: refs.random, one: refs.human}}{more}")
    assert metric.normalize == ("refs.random", "refs.human")


def test_runs_within_tasks_are_read() -> None:
    data = gate(
        "value: score, normalize: {zero: z, one: o}, macro: task2, better: higher",
        "claim: superiority, pair: none, min_runs: 5",
        NESTED,
    )
    assert read_gate(data, "g.yaml").rules[0].min_runs == 5


def test_task_may_be_the_id_itself() -> None:
    data = gate(f"{VALUE}, macro: task", "claim: superiority, pair: none", NESTED)
    assert read_gate(data, "g.yaml").metric("m").task == "task"


@pytest.mark.parametrize(
    ("text", "is_judged", "gold"),
    [
        ("judge: true, gold: people", True, "people"),
        ("gold: people", True, "people"),
        ("judge: false", False, None),
    ],
)
def test_gold_says_that_a_model_judged(text: str, *, is_judged: bool, gold: str | None) -> None:
    metric = metric_of(f"{VALUE}, {text}")
    assert (metric.is_judged, metric.gold) == (is_judged, gold)


def test_assumptions_are_read_with_their_defaults() -> None:
    assert metric_of(f"{VALUE}, assume: {{sd: 0.4}}").assume == Assumed(
        sd=0.4, correlation=0.0, sd_run=0.0, rate=None, discordance=None
    )
    text = "assume: {correlation: 0.5, sd_run: 0.01, rate: 0.8, discordance: 0.1}"
    assert metric_of(f"{VALUE}, kind: binary, {text}").assume == Assumed(
        sd=None, correlation=0.5, sd_run=0.01, rate=0.8, discordance=0.1
    )


@pytest.mark.parametrize(
    ("metric", "message", "hint"),
    [
        ("value: v, per: w", "'per' needs statistic 'mean', found 'iqm'", "`statistic: mean`"),
        ("value: v, gold: w", "'gold' needs statistic 'mean', found 'iqm'", "`statistic: mean`"),
        (
            "value: v, covariate: w",
            "'covariate' needs statistic 'mean', found 'iqm'",
            "take covariate out",
        ),
    ],
)
def test_column_of_a_mean_needs_a_mean(metric: str, message: str, hint: str) -> None:
    data = gate(f"{metric}, better: higher, statistic: iqm", "claim: superiority, pair: none", ROWS)
    line, found, way_out = problem_of(data)
    assert (line, found) == (5, message)
    assert hint in way_out


@pytest.mark.parametrize(
    ("metric", "message", "hint"),
    [
        (
            f"{VALUE}, task: a, macro: b",
            "metric 'm' has both 'task' and 'macro'",
            "`macro: column` is short for `task: column` with `over: fixed`",
        ),
        (
            f"{VALUE}, over: fixed",
            "'over' has no effect without 'task' or 'macro'",
            "add `task: column`",
        ),
        (
            f"{VALUE}, macro: a, over: some",
            "'over' in metric 'm' cannot be 'some'",
            "known: fixed, random",
        ),
        (
            f"{VALUE}, macro: a, statistic: median",
            "'macro' needs statistic 'mean', 'iqm', found 'median'",
            "take macro out",
        ),
        (
            f"{LABELLED} f1, task: a",
            "'task' needs statistic 'mean', 'iqm', found 'f1'",
            "take task out",
        ),
        (
            f"{VALUE}, normalize: {{zero: a}}",
            "'normalize' in metric 'm' has no 'one'",
            "add `one: refs.human`",
        ),
        (
            f"{VALUE}, normalize: {{zero: a, one: a}}",
            "'zero' and 'one' are the same column 'a': nothing is left to divide by",
            "name two columns",
        ),
        (
            f"{VALUE}, normalize: a",
            "'normalize' in metric 'm' must be a mapping, found 'a'",
            "known keys: zero, one",
        ),
        (
            f"{VALUE}, kind: binary, normalize: {{zero: a, one: b}}",
            "normalised values are of kind 'continuous', found 'binary'",
            "leave kind out",
        ),
        (
            f"{SCORED} auroc, normalize: {{zero: a, one: b}}",
            "'normalize' needs a statistic of values, found 'auroc'",
            "take it out",
        ),
        (
            f"{VALUE}, k: 3",
            "'k' belongs to pass_at_k, pass_all_k, found statistic 'mean'",
            "add `statistic: pass_at_k`",
        ),
        (f"{VALUE}, judge: yes", "'judge' in metric 'm' cannot be 'yes'", "known: true, false"),
        (
            f"{VALUE}, judge: false, gold: a",
            "'judge: false' with 'gold': gold labels correct the measurement of a judge",
            "take one of them out",
        ),
        (
            f"{VALUE}, per: v",
            "'per' is 'v', the column that metric 'm' measures",
            "name another column",
        ),
        (
            f"{VALUE}, gold: v",
            "'gold' is 'v', the column that metric 'm' measures",
            "name another column",
        ),
        (
            f"{VALUE}, kind: binary, per: w",
            "'per' makes a ratio of sums, which is not binary",
            "`kind: count`",
        ),
        (
            "label: t, prediction: t, better: higher, statistic: f1",
            "metric 'm' compares column 't' with itself",
            "the right answers",
        ),
        (
            f"{VALUE}, statistic: iqm, kind: binary",
            "statistic 'iqm' says nothing about binary values",
            "`statistic: mean`",
        ),
        (
            f"{VALUE}, score: s, label: t",
            "metric 'm' has both 'value' and 'score'",
            "one value, or a label with a score",
        ),
        (
            "label: t, prediction: p, score: s, better: higher, statistic: f1",
            "metric 'm' has both 'prediction' and 'score'",
            "a metric of each",
        ),
        (
            "score: s, better: higher, statistic: auroc",
            "metric 'm' has no 'label'",
            "add `label: column`",
        ),
        (
            "label: t, better: higher, statistic: auroc",
            "metric 'm' has no 'score'",
            "add `score: column`",
        ),
        (
            f"{VALUE}, statistic: auroc",
            "statistic 'auroc' needs 'label' and 'score'",
            "give both columns",
        ),
        (
            f"{SCORED} accuracy",
            "'label' with 'score' needs a statistic of its own, found 'accuracy'",
            "auroc",
        ),
        (
            f"{LABELLED} auroc",
            "'label' with 'prediction' needs a statistic of its own, found 'auroc'",
            "accuracy",
        ),
        (f"{SCORED} auroc, scale: 2", "statistic 'auroc' takes no 'scale'", "drop it"),
        (
            f"{SCORED} ap, range: [0, 1]",
            "statistic 'ap' has its own scale and takes no 'range'",
            "leave range out",
        ),
        (
            f"{LABELLED} f1, kind: binary",
            "statistic 'f1' has its own scale and takes no 'kind'",
            "leave kind out",
        ),
        (
            f"{VALUE}, assume: {{}}",
            "'assume' must name at least one number, found {}",
            "write `assume: {sd: 0.4}`",
        ),
        (
            f"{VALUE}, assume: {{sd: 0}}",
            "'sd' in 'assume' in metric 'm' must be above 0, found 0",
            "a standard deviation",
        ),
        (
            f"{VALUE}, assume: {{correlation: 1}}",
            "'correlation' in 'assume' in metric 'm' must lie from 0 to below 1, found 1",
            "write 0.5",
        ),
        (
            f"{VALUE}, assume: {{sd_run: -1}}",
            "'sd_run' in 'assume' in metric 'm' must not be negative, found -1",
            "write 0 or more",
        ),
        (
            f"{VALUE}, assume: {{rate: 80}}",
            "'rate' in 'assume' in metric 'm' must be a share between 0 and 1, found 80",
            "did you mean 0.8?",
        ),
        (
            f"{VALUE}, assume: {{discordance: 0}}",
            "'discordance' in 'assume' in metric 'm' must be a share above 0 and up to 1, found 0",
            "write 0.1 for 10 %",
        ),
        (
            f"{VALUE}, kind: count, assume: {{rate: 0.5}}",
            "'assume' has 'rate', which is of binary values, and metric 'm' is of kind 'count'",
            "assume `sd` instead",
        ),
        (
            f"{VALUE}, assume: {{mean: 1}}",
            "unknown key 'mean' in 'assume' in metric 'm'",
            "known keys: sd, correlation",
        ),
    ],
)
def test_keys_that_do_not_fit_are_named(metric: str, message: str, hint: str) -> None:
    line, found, way_out = problem_of(gate(metric, "claim: superiority"))
    assert (line, found) == (5, message)
    assert hint in way_out


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("per: a", "covariate: b"),
        ("per: a", "gold: b"),
        ("per: a", "macro: b"),
        ("per: a", "normalize: {zero: b, one: c}"),
        ("covariate: a", "gold: b"),
        ("covariate: a", "task: b"),
        ("gold: a", "macro: b"),
        ("gold: a", "normalize: {zero: b, one: c}"),
    ],
)
def test_columns_that_exclude_one_another_are_refused(first: str, second: str) -> None:
    data = gate(f"{VALUE}, {first}, {second}", "claim: superiority, pair: none", ROWS)
    line, message, hint = problem_of(data)
    keys = [text.partition(":")[0] for text in (first, second)]
    assert line == 5
    assert message == f"'{keys[0]}' together with '{keys[1]}' is not yet supported"
    assert hint == "take one of them out, or make a metric of each"


@pytest.mark.parametrize("statistic", ["pass_at_k", "pass_all_k"])
def test_passes_without_k_are_refused(statistic: str) -> None:
    text = f"{VALUE}, statistic: {statistic}"
    line, message, hint = problem_of(gate(text, "claim: superiority", REPEATED))
    assert line == 5
    assert message == f"statistic '{statistic}' needs 'k', the number of attempts"
    assert hint.startswith("add `k: 1`")


def test_passes_need_repeats() -> None:
    text = f"{VALUE}, statistic: pass_at_k, k: 2"
    line, message, hint = problem_of(gate(text, "claim: superiority"))
    assert line == 5
    assert message == ("statistic 'pass_at_k' needs 'repeat', and artifact 'e' declares none")
    assert hint == "add `repeat: column` to artifact e"


@pytest.mark.parametrize("k", ["0", "1.5", "-1"])
def test_k_is_a_whole_number_from_one(k: str) -> None:
    text = f"{VALUE}, statistic: pass_at_k, k: {k}"
    _, message, _ = problem_of(gate(text, "claim: superiority", REPEATED))
    assert message.startswith("'k' in metric 'm' must be")


def test_tasks_with_clusters_are_refused() -> None:
    data = gate(f"{VALUE}, macro: t", "claim: superiority", PAIRED + ", cluster: doc")
    line, message, _ = problem_of(data)
    assert line == 5
    assert message == "'macro' with an artifact that declares 'cluster' is not yet supported"


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("label: t, score: s, better: higher, statistic: auroc", "statistic 'auroc'"),
        (f"{VALUE}, per: w", "'per'"),
        (f"{VALUE}, normalize: {{zero: a, one: b}}", "'normalize'"),
    ],
)
def test_missing_cannot_be_worst_where_nothing_is_worst(metric: str, words: str) -> None:
    artifact = PAIRED + ", contract: {missing: worst, max_missing: 0.1}"
    line, message, hint = problem_of(gate(metric, "claim: superiority", artifact))
    assert line == 5
    assert message == f"'missing: worst' needs a worst value, and metric 'm' with {words} has none"
    assert "missing: drop" in hint


# Limits.

SHARES = [
    f"{LABELLED} accuracy",
    f"{LABELLED} precision",
    f"{LABELLED} recall",
    f"{LABELLED} f1",
    f"{LABELLED} macro_f1",
    f"{SCORED} auroc",
    f"{SCORED} ap",
    "label: t, score: s, better: lower, statistic: brier",
    f"{VALUE}, statistic: win_rate",
    f"{VALUE}, statistic: pass_at_k, k: 1",
]


@pytest.mark.parametrize("metric", SHARES)
def test_share_takes_points_and_no_percents(metric: str) -> None:
    limit = read_gate(gate(metric, f"{HOLDS} 2pp", REPEATED), "g.yaml").rules[0].limit
    assert (limit.number, limit.unit) == (0.02, LimitUnit.POINTS)
    line, message, hint = problem_of(gate(metric, f"{HOLDS} 2%", REPEATED))
    assert line == 7
    assert "read both ways for the binary or bounded metric 'm'" in message
    assert hint.startswith("write 2pp")


@pytest.mark.parametrize("metric", [one for one in SHARES if "win_rate" not in one])
def test_share_is_held_to_zero_and_one(metric: str) -> None:
    _, message, _ = problem_of(gate(metric, f"{HOLDS} 1", REPEATED))
    assert message == "'margin' is '1', as wide as metric 'm' from 0 to 1"


def test_points_of_a_win_rate_do_not_depend_on_the_range_of_the_values() -> None:
    metric = f"{VALUE}, statistic: win_rate, range: [0, 100]"
    limit = read_gate(gate(metric, f"{HOLDS} 5pp"), "g.yaml").rules[0].limit
    assert limit.number == 0.05


@pytest.mark.parametrize("limit", ["50pp", "0.5", "0.9"])
def test_limit_of_a_win_rate_lies_within_one_half(limit: str) -> None:
    line, message, hint = problem_of(gate(f"{VALUE}, statistic: win_rate", f"{HOLDS} {limit}"))
    assert line == 7
    assert message == (
        f"'margin' is '{limit}', and a win rate lies at most 0.5 from one half: metric 'm' "
        "decides nothing"
    )
    assert "distances from one half" in hint


def test_win_rate_of_one_arm_lies_between_zero_and_one() -> None:
    metric = f"{VALUE}, statistic: win_rate"
    assert read_gate(gate(metric, "claim: threshold, min: 0.5", ROWS), "g.yaml").rules
    _, message, _ = problem_of(gate(metric, "claim: threshold, min: 1", ROWS))
    assert "cannot be above 1: rule 'r' can never pass" in message


@pytest.mark.parametrize(
    ("metric", "with_what"),
    [
        ("label: t, score: s, better: lower, statistic: log_loss", "statistic 'log_loss'"),
        (f"{VALUE}, per: w", "'per'"),
        (f"{VALUE}, normalize: {{zero: a, one: b}}", "'normalize'"),
    ],
)
def test_what_is_no_share_takes_no_points(metric: str, with_what: str) -> None:
    line, message, hint = problem_of(gate(metric, f"{HOLDS} 2pp"))
    assert line == 7
    assert message == f"'margin' is in pp, and metric 'm' with {with_what} is no share"
    assert "share of the baseline such as 5%" in hint
    assert read_gate(gate(metric, f"{HOLDS} 2%"), "g.yaml").rules[0].limit.number == 0.02


def test_range_of_the_values_is_not_the_range_of_a_ratio() -> None:
    metric = f"{VALUE}, per: w, range: [0, 1]"
    assert read_gate(gate(metric, f"{HOLDS} 3"), "g.yaml").rules[0].limit.number == 3.0
    assert read_gate(gate(metric, f"{HOLDS} 3%"), "g.yaml").rules[0].limit.number == 0.03


@pytest.mark.parametrize("margin", ["5%", "12.5"])
@pytest.mark.parametrize("statistic", ["median", "p95"])
@pytest.mark.parametrize("artifact", [PAIRED, ROWS])
def test_quantiles_may_be_compared(margin: str, statistic: str, artifact: str) -> None:
    pair = ", pair: none" if artifact == ROWS else ""
    data = gate(
        f"value: v, better: lower, statistic: {statistic}", f"{HOLDS} {margin}{pair}", artifact
    )
    assert read_gate(data, "g.yaml").rules[0].limit.text == margin


@pytest.mark.parametrize(("design", "key"), [("run: s", "run"), ("id: i, cluster: d", "cluster")])
def test_quantiles_of_runs_or_clusters_are_refused(design: str, key: str) -> None:
    data = gate(f"{VALUE}, statistic: p5", "claim: superiority", f"{ROWS}, {design}")
    line, message, hint = problem_of(data)
    assert (line, message) == (7, f"statistic 'p5' with '{key}' is not yet supported")
    assert hint == f"read an artifact without `{key}`"


# Designs.

SPREAD = "value: v, better: lower, statistic: sd"


@pytest.mark.parametrize(
    ("rule", "artifact"),
    [
        ("claim: superiority", RUNS),
        (f"{HOLDS} 10%", RUNS),
        ("claim: equivalence, margin: 0.1", RUNS),
        ("claim: superiority, pair: none", ROWS),
        ("claim: superiority, pair: none", PAIRED),
    ],
)
def test_spread_of_unpaired_runs_or_rows_is_compared(rule: str, artifact: str) -> None:
    assert read_gate(gate(SPREAD, rule, artifact), "g.yaml").metric("m").statistic == "sd"


@pytest.mark.parametrize(
    ("rule", "artifact", "message", "hint"),
    [
        (
            "claim: threshold, max: 0.1",
            RUNS,
            "claim 'threshold' on statistic 'sd' is not yet supported",
            "compare with a baseline",
        ),
        (
            "claim: superiority",
            PAIRED,
            "statistic 'sd' compares unpaired runs or rows, found arms paired by id",
            "write `pair: none`",
        ),
        (
            "claim: superiority, pair: run",
            RUNS,
            "statistic 'sd' compares unpaired runs or rows, found arms paired by run",
            "leave `pair` out",
        ),
        (
            "claim: superiority",
            NESTED,
            "statistic 'sd' with 'id and run' is not yet supported",
            "one row a run",
        ),
        (
            "claim: superiority, pair: none",
            PAIRED + ", cluster: d",
            "statistic 'sd' with 'cluster' is not yet supported",
            "one row a run",
        ),
    ],
)
def test_spread_in_another_design_is_refused(
    rule: str, artifact: str, message: str, hint: str
) -> None:
    line, found, way_out = problem_of(gate(SPREAD, rule, artifact))
    assert (line, found) == (7, message)
    assert hint in way_out


@pytest.mark.parametrize(
    ("rule", "artifact"),
    [
        ("claim: superiority, pair: none", ROWS),
        ("claim: superiority, pair: none", PAIRED),
        ("claim: superiority", RUNS),
    ],
)
def test_covariate_sharpens_an_unpaired_comparison(rule: str, artifact: str) -> None:
    data = gate(f"{VALUE}, covariate: before", rule, artifact)
    assert read_gate(data, "g.yaml").metric("m").covariate == "before"


@pytest.mark.parametrize(
    ("rule", "artifact", "by"),
    [("claim: superiority", PAIRED, "id"), ("claim: superiority, pair: run", RUNS, "run")],
)
def test_covariate_of_paired_arms_is_refused(rule: str, artifact: str, by: str) -> None:
    line, message, hint = problem_of(gate(f"{VALUE}, covariate: before", rule, artifact))
    assert line == 7
    assert message == (
        f"rule 'r' pairs the arms by {by}, which already does what the 'covariate' of metric "
        "'m' is for"
    )
    assert hint == "use a metric without `covariate`, or write `pair: none`"


def test_covariate_of_one_arm_is_refused() -> None:
    data = gate(f"{VALUE}, covariate: before", "claim: threshold, min: 0.5", ROWS)
    line, message, _ = problem_of(data)
    assert line == 7
    assert message == (
        "rule 'r' claims 'threshold', and metric 'm' has a 'covariate', which adjusts the "
        "comparison of two arms"
    )


def test_runs_of_ids_without_pairs_need_tasks() -> None:
    line, message, hint = problem_of(gate(VALUE, "claim: superiority, pair: none", NESTED))
    assert line == 7
    assert message == (
        "'pair: none' with both 'id' and 'run' is not yet supported but for a metric with "
        "'task' or 'macro', whose runs lie within their tasks"
    )
    assert "give metric m `macro: column`" in hint


@pytest.mark.parametrize("severity", ["block", "escalate"])
def test_what_a_model_judges_cannot_be_required(severity: str) -> None:
    data = gate(f"{VALUE}, judge: true", f"claim: superiority, severity: {severity}")
    line, message, hint = problem_of(data)
    assert line == 7
    assert message == (
        "rule 'r' requires metric 'm', which a model judges without gold labels: it can inform "
        f"but cannot be required, found severity '{severity}'"
    )
    assert hint == "say `severity: warn`, or give the metric `gold:` with labels by people"


@pytest.mark.parametrize("severity", ["warn", "observe"])
def test_what_a_model_judges_can_inform(severity: str) -> None:
    proof = "  p: {metric: m2, claim: superiority}\n"
    data = gate(f"{VALUE}, judge: true", f"claim: superiority, severity: {severity}")
    data = data.replace(b"rules:\n", f"  m2: {{{VALUE}}}\nrules:\n{proof}".encode())
    assert read_gate(data, "g.yaml").rules[1].severity == severity
