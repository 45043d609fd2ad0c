"""Wrong gate files: every classic mistake, where it is found and what is said.

Each row changes a good gate file in one place; the file must then be refused with exactly the
problems listed, each at its line and column, with words that name the value and a hint.
"""

from dataclasses import dataclass

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate


BASE = """\
version: 1
gate: digits
artifacts:
  evals:
    candidate: new.jsonl
    baseline: old.jsonl
    id: example_id
metrics:
  accuracy:
    value: correct
    better: higher
rules:
  no-worse:
    metric: accuracy
    claim: non_inferiority
    margin: 2pp
"""


FORTY = list(range(40))


@dataclass(frozen=True)
class Wrong:
    """A change to the good file and the problems it must give: place, words, words of the hint."""

    name: str
    old: str
    new: str
    problems: tuple[tuple[str, str, str], ...]


def one(name: str, old: str, new: str, at: str, words: str, hint: str = "") -> Wrong:
    return Wrong(name, old, new, ((at, words, hint),))


TOP = [
    one("no-version", "version: 1\n", "", "1:1", "has no 'version'", "add `version: 1`"),
    one("no-gate", "gate: digits\n", "", "1:1", "has no 'gate'", "gate: my-model"),
    one("version-2", "version: 1", "version: 2", "1:10", "must be 1, found 2", "known versions: 1"),
    one("version-text", "version: 1", 'version: "1"', "1:10", "found the text '1'", "quotes off"),
    one("version-1.0", "version: 1", "version: 1.0", "1:10", "whole number, found '1.0'", "1"),
    one("gate-null", "gate: digits", "gate:", "2:6", "must be a text, found nothing"),
    one("gate-space", "gate: digits", "gate: my gate", "2:7", "found 'my gate'", "matches [A-Za-z"),
    one("gate-long", "gate: digits", "gate: " + "a" * 65, "2:7", "must be a name"),
    one("gate-reserved", "gate: digits", "gate: Decision", "2:7", "cannot be 'Decision', which is"),
    one(
        "gate-yes", "gate: digits", "gate: yes", "2:7", "ambiguous 'yes'", "quote it if it is text"
    ),
    one(
        "unknown",
        "gate: digits",
        "gate: digits\nalhpa: 1",
        "3:1",
        "unknown key 'alhpa'",
        "'alpha'?",
    ),
    one(
        "alpha-5", "gate: digits", "gate: digits\nalpha: 5", "3:8", "found 5", "did you mean 0.05?"
    ),
    one("alpha-95", "gate: digits", "gate: digits\nalpha: 95", "3:8", "found 95", "mean 0.05?"),
    one("alpha-.95", "gate: digits", "gate: digits\nalpha: .95", "3:8", "0.95", "mean 0.05?"),
    one("alpha-half", "gate: digits", "gate: digits\nalpha: 0.5", "3:8", "below 0.5, found 0.5"),
    one("alpha-zero", "gate: digits", "gate: digits\nalpha: 0", "3:8", "above 0 and", "0.05"),
    one(
        "alpha-5%", "gate: digits", "gate: digits\nalpha: 5%", "3:8", "plain number", "0.05 for 5%"
    ),
    one("power-80", "gate: digits", "gate: digits\npower: 80", "3:8", "found 80", "mean 0.8?"),
    one("power-1", "gate: digits", "gate: digits\npower: 1", "3:8", "below 1, found 1", "0.8"),
    one("holms", "gate: digits", "gate: digits\ncorrection: holms", "3:13", "'holms'", "'holm'?"),
    one(
        "graphical",
        "gate: digits",
        "gate: digits\ncorrection: {method: graphical}",
        "3:1",
        "has no 'weights'",
        "weights: {rule: 1}",
    ),
    one("waivers", "gate: digits", "gate: digits\nwaivers: []", "3:1", "'waivers' is not yet supp"),
    one("runs-1", "gate: digits", "gate: digits\nmin_runs: 1", "3:11", "at least 2, found 1"),
    one("samples-1e2", "gate: digits", "gate: digits\nmin_samples: 1e2", "3:14", "whole", "100"),
    one("seed", "gate: digits", "gate: digits\nseed: -1", "3:7", "at least 0, found -1"),
    one(
        "pass", "gate: digits", "gate: digits\non_inconclusive: pass", "3:18", "'pass'", "escalate"
    ),
    one("overlap", "metrics:", "contract: {overlap: 95}\nmetrics:", "8:21", "found 95", "0.95?"),
    one("drop", "metrics:", "contract: {missing: drop}\nmetrics:", "8:21", "needs 'max_missing'"),
    one(
        "worst",
        "metrics:",
        "contract: {missing: worst}\nmetrics:",
        "8:21",
        "'missing: worst' needs",
    ),
    one("unused", "metrics:", "contract: {max_missing: 0.1}\nmetrics:", "8:25", "has no effect"),
    one(
        "missing-pass",
        "metrics:",
        "contract: {missing: pass}\nmetrics:",
        "8:21",
        "cannot be 'pass'",
    ),
    one(
        "rules-list",
        "  no-worse:\n    metric",
        "  - metric",
        "13:3",
        "mapping of names, found a list",
    ),
]

ARTIFACTS = [
    one(
        "share",
        "    id:",
        "    contract: {missing: drop, max_missing: 1}\n    id:",
        "7:44",
        "below 1",
    ),
    one(
        "columns",
        "    id:",
        "    columns: {a: [b]}\n    id:",
        "7:18",
        "must be a text, found a list",
    ),
    one("reader-list", "    id:", "    reader: [csv]\n    id:", "7:13", "found a list"),
    one(
        "many-baselines",
        "    id:",
        f"    baselines: {{{', '.join(f'b{i}: p{i}' for i in range(21))}}}\n    id:",
        "7:16",
        "more than 20 entries in 'baselines'",
    ),
    one("no-candidate", "    candidate: new.jsonl\n", "", "4:3", "has no 'candidate'"),
    one("empty-path", "new.jsonl", '""', "5:16", "must be a text, found nothing"),
    one("no-paths", "new.jsonl", "[]", "5:16", "must be a path or a list of paths, found []"),
    one("nul", "new.jsonl", '"a\\0b"', "5:16", "character U+0000"),
    one("newline", "new.jsonl", '"a\\nb"', "5:16", r"must be a path, found 'a\nb'"),
    one("brace", "new.jsonl", "'*.{csv'", "5:16", "brace that is not closed", "captures a column"),
    one("braces", "new.jsonl", "'*.{csv,json}'", "5:16", "cannot capture {csv,json}", "as a list"),
    one("twice", "new.jsonl", "'{a}/{a}.csv'", "5:16", "captures a column twice", "*"),
    one("star", "new.jsonl", "*.jsonl", "5:16", "starts with '*' must be quoted", "quote"),
    one("same-arms", "old.jsonl", "new.jsonl", "5:16", "same rows of the same files", "`where`"),
    one("reader", "    id:", "    reader: jsonlines\n    id:", "7:13", "'jsonlines'", "'jsonl'?"),
    one("sha256", "old.jsonl", "{path: o, sha256: 9f2c}", "6:33", "64 hexadecimal digits, found"),
    one("arm-key", "old.jsonl", "{path: o, patch: 1}", "6:25", "unknown key 'patch'", "'path'?"),
    one("arm-path", "old.jsonl", "{where: {a: 1}}", "6:5", "has no 'path'", "add `path:"),
    one("repeat", "    id: example_id", "    repeat: e\n    run: r", "7:13", "'repeat' needs 'id'"),
    one(
        "cluster",
        "    id:",
        "    run: r\n    cluster: c\n    id:",
        "8:14",
        "'cluster' together with",
    ),
    one(
        "roles",
        "    id:",
        "    run: example_id\n    id:",
        "7:10",
        "used for two of id, run and repeat",
    ),
    one("id-twice", "id: example_id", "id: [a, b, a]", "7:16", "holds 'a' twice, first on line 7"),
    one("id-null", "id: example_id", "id:", "7:8", "must be a text, found nothing"),
    one("id-arm", "old.jsonl", "{path: o, id: [a, b]}", "4:3", "1 and 2 id columns"),
    one("run-arm", "old.jsonl", "{path: o, run: r}", "4:3", "'run' is declared in one arm only"),
    one("where-no", "    id:", "    where: {lang: no}\n    id:", "7:19", "ambiguous 'no'", "'no'"),
    one("where-on", "    id:", "    where: {on: 1}\n    id:", "7:13", "ambiguous 'on'"),
    one("where-[]", "    id:", "    where: {lang: []}\n    id:", "7:19", "found []"),
    one("where-nan", "    id:", "    where: {lang: .nan}\n    id:", "7:19", "ambiguous '.nan'"),
    one(
        "where-never",
        "old.jsonl\n",
        "{path: o, where: {a: x}}\n    where: {a: [v, w]}\n",
        "6:32",
        "'a' cannot be x and v, w",
    ),
    one(
        "join-by",
        "    id:",
        "    join: {g: {path: g.csv}}\n    id:",
        "7:12",
        "join 'g' has no 'by'",
    ),
    one(
        "join-match",
        "    id:",
        "    join: {g: {path: g.csv, by: i, match: all}}\n    id:",
        "7:43",
        "cannot be 'all'",
        "rows, some, both",
    ),
    one("taken", "    id:", "    baselines: {baseline: b}\n    id:", "7:17", "cannot be named"),
]

METRICS = [
    one("both", "value:", "prediction: p\n    value:", "9:3", "both 'value' and 'label'"),
    Wrong(
        "positive",
        "value:",
        "kind: count\n    range: [-1, 9]\n    value:",
        (("11:12", "count values are not below 0", ""), ("18:13", "'margin' is in pp", "")),
    ),
    one("range-text", "value:", "range: 0..1\n    value:", "10:12", "list of two numbers"),
    one("map-{}", "value:", "map: {}\n    value:", "10:10", "at least one text"),
    one("where-list", "value:", "where: [a]\n    value:", "10:12", "found a list"),
    one("na-[]", "value:", "na: []\n    value:", "10:9", "a list of values, found []"),
    one("na-map-null", "value:", "na: [~, x, ~]\n    value:", "10:16", "holds 'null' twice"),
    one("unit-map", "value:", "unit: {a: 1}\n    value:", "10:11", "found a mapping"),
    one(
        "label-scale",
        "value: correct",
        "label: t\n    prediction: p\n    statistic: accuracy\n    scale: 2",
        "13:12",
        "takes no 'scale'",
    ),
    one("no-value", "    value: correct\n", "", "9:3", "metric 'accuracy' has no 'value'"),
    one("no-better", "    better: higher\n", "", "9:3", "has no 'better'", "better: higher"),
    one("better", "better: higher", "better: bigger", "11:13", "'bigger'", "higher, lower"),
    one(
        "artifact",
        "value:",
        "artifact: eval\n    value:",
        "10:15",
        "'eval'",
        "did you mean 'evals'?",
    ),
    one("wide-keys", "value: correct", "value: {candidate: a}", "10:12", "found candidate"),
    one("column-y", "value: correct", "value: y", "10:12", "ambiguous 'y'"),
    one("mode", "value:", "statistic: meen\n    value:", "10:16", "cannot be 'meen'", "'mean'?"),
    one("p0", "value:", "statistic: p0\n    value:", "10:16", "between p0 and p100, found 'p0'"),
    one("p100", "value:", "statistic: p100\n    value:", "10:16", "cannot be 'p100'"),
    one(
        "f1-value", "value:", "statistic: accuracy\n    value:", "10:16", "needs 'label' and 'pred"
    ),
    one("range-1", "value:", "range: [0]\n    value:", "10:12", "list of two numbers"),
    one("range-down", "value:", "range: [1, 0]\n    value:", "10:12", "must rise, found [1, 0]"),
    one("range-inf", "value:", "range: [0, .inf]\n    value:", "10:16", "must be finite"),
    one("bounded", "value:", "kind: bounded\n    value:", "10:11", "needs 'range'"),
    one(
        "binary", "value:", "kind: binary\n    range: [0, 2]\n    value:", "11:12", "lie in [0, 1]"
    ),
    one("scale-0", "value:", "scale: 0\n    value:", "10:12", "above 0, found 0", "0.01"),
    one("scale-neg", "value:", "scale: -1\n    value:", "10:12", "found -1", "better: lower"),
    one(
        "map-text",
        "value:",
        "map: {a: high}\n    value:",
        "10:14",
        "must be a number, found 'high'",
    ),
    Wrong(
        "map-yes",
        "value:",
        "map: {yes: 1, off: 0}\n    value:",
        (("10:11", "ambiguous 'yes'", "'yes'"), ("10:19", "ambiguous 'off'", "'off'")),
    ),
    one(
        "na-map", "value:", "na: [x]\n    map: {x: 1}\n    value:", "11:10", "in 'na' and in 'map'"
    ),
    Wrong(
        "comma",
        "  accuracy:\n    value: correct\n    better: higher\n",
        "  accuracy: {value: acc,none, better: higher}\n",
        (("9:25", "unknown key 'none'", "quote a text that holds a comma"),),
    ),
    one("label-alone", "value: correct", "label: t", "9:3", "has no 'prediction'"),
    one(
        "label-mean",
        "value: correct",
        "label: t\n    prediction: p",
        "10:12",
        "needs a statistic of its own, found 'mean'",
        "accuracy",
    ),
]

RULES = [
    one("metric-[]", "metric: accuracy", "metric: []", "14:13", "list of metrics, found []"),
    one("metric-twice", "accuracy\n    claim", "[accuracy, accuracy]\n    claim", "14:24", "twice"),
    one(
        "rule-null",
        "rules:\n",
        "rules:\n  a:\n",
        "13:5",
        "rule 'a' must be a mapping, found nothing",
    ),
    one(
        "id-long",
        "  no-worse:\n    metric: accuracy",
        f"  {'a' * 60}:\n    metric: [accuracy]",
        "13:3",
        "is no name",
        "shorten",
    ),
    one("expect-pp", "margin:", "expect: high\n    margin:", "16:13", "must be a number, found"),
    one("metric", "metric: accuracy", "metric: acuracy", "14:13", "'acuracy'", "'accuracy'?"),
    one("no-metric", "    metric: accuracy\n", "", "13:3", "rule 'no-worse' has no 'metric'"),
    one("no-claim", "    claim: non_inferiority\n", "", "13:3", "has no 'claim'", "superiority"),
    one("claim", "non_inferiority", "non-inferiority", "15:12", "cannot be", "'non_inferiority'?"),
    one("no-margin", "    margin: 2pp\n", "", "13:3", "has no 'margin'", "add `margin: 2pp`"),
    Wrong(
        "margin-typo",
        "margin:",
        "margn:",
        (
            ("13:3", "has no 'margin'", "add `margin"),
            ("16:5", "unknown key 'margn' in rule 'no-worse'", "did you mean 'margin'?"),
        ),
    ),
    one("sup-margin", "non_inferiority", "superiority", "16:5", "not a limit of", "say min_effect"),
    one(
        "threshold-margin", "non_inferiority", "threshold", "16:5", "not a limit", "say min or max"
    ),
    one(
        "severity", "margin:", "severity: info\n    margin:", "16:15", "cannot be 'info'", "observe"
    ),
    one("method", "margin:", "method: t_test\n    margin:", "16:13", "'t_test'", "paired_t"),
    one(
        "against", "margin:", "against: trivial\n    margin:", "16:14", "with 'trivial'", "baseline"
    ),
    one(
        "no-baseline", "    baseline: old.jsonl\n", "", "14:12", "does not have", "add `baseline:`"
    ),
    one("nothing-pairs", "    id: example_id\n", "", "12:3", "nothing pairs", "pair: none"),
    one("pair-run", "margin:", "pair: run\n    margin:", "16:11", "'pair: run' needs 'run'"),
    one("runs-1", "margin:", "min_runs: 1\n    margin:", "16:15", "at least 2, found 1"),
    one("why-no", "margin:", "why: no\n    margin:", "16:10", "ambiguous 'no'"),
    one("why-list", "margin:", "why: [a]\n    margin:", "16:10", "must be a text, found a list"),
    one("expect", "margin:", "expect: 2%\n    margin:", "16:13", "plain number, found '2%'"),
    one("name", "  no-worse:", "  no worse:", "13:3", "the name of the rule must be a name"),
    one("reserved", "  no-worse:", "  DECISION:", "13:3", "reserved"),
    one(
        "names-equal",
        "rules:\n",
        "rules:\n  No-Worse: {metric: accuracy, claim: superiority}\n",
        "14:3",
        "'No-Worse' on line 13 and 'no-worse' on line 14 are equal ignoring case",
    ),
    one(
        "ids-equal",
        "rules:\n  no-worse:\n    metric: accuracy",
        "rules:\n  a.accuracy: {metric: accuracy, claim: superiority}\n"
        "  a:\n    metric: [accuracy]",
        "14:3",
        "rule id 'a.accuracy' is also made by rule 'a.accuracy' on line 13",
    ),
    one(
        "alarm-only",
        "non_inferiority\n    margin: 2pp",
        "deterioration",
        "13:3",
        "has to be proven",
    ),
    one("warn-only", "margin:", "severity: warn\n    margin:", "13:3", "no rule has to be proven"),
    one("default", "rules:", "defaults: {tolerance: 1}\nrules:", "12:12", "no rule can take"),
    one(
        "default-key",
        "rules:",
        "defaults: {sverity: warn}\nrules:",
        "12:12",
        "unknown key",
        "sever",
    ),
    one(
        "default-value",
        "rules:",
        "defaults: {severity: x}\nrules:",
        "12:22",
        "'severity' in 'defaul",
    ),
    Wrong(
        "pair-id-run",
        "    id: example_id\n",
        "    id: example_id\n    run: seed\ndefaults: {pair: none}\n",
        (("9:18", "'pair: none' with both 'id' and 'run' is not yet supported", "leave pair out"),),
    ),
]

SLICES = [
    one("text", "margin:", "slices: {by: l, values: de}\n    margin:", "16:29", "must be a list"),
    one("[]", "margin:", "slices: {by: l, values: []}\n    margin:", "16:29", "at least one value"),
    one(
        "many",
        "margin:",
        f"slices: {{by: [l, m], values: {{l: {FORTY}, m: {FORTY}}}}}\n    margin:",
        "16:34",
        "makes 1600 slices, more than 1000",
    ),
    one("no-by", "margin:", "slices: {values: [a]}\n    margin:", "16:5", "has no 'by'"),
    one("no-values", "margin:", "slices: {by: l}\n    margin:", "16:5", "has no 'values'"),
    one(
        "no", "margin:", "slices: {by: l, values: [de, no]}\n    margin:", "16:34", "ambiguous 'no'"
    ),
    one("null", "margin:", "slices: {by: l, values: [~]}\n    margin:", "16:30", "cannot be null"),
    one(
        "dup", "margin:", "slices: {by: l, values: [a, a]}\n    margin:", "16:33", "holds 'a' twice"
    ),
    one(
        "small",
        "margin:",
        "slices: {by: l, values: [a], small: pool}\n    margin:",
        "16:34",
        "not yet",
    ),
    one(
        "any",
        "margin:",
        "slices: {by: l, values: [a], require: any}\n    margin:",
        "16:43",
        "'any'",
    ),
    one(
        "list",
        "margin:",
        "slices: {by: [l, m], values: [a]}\n    margin:",
        "16:34",
        "a mapping for",
    ),
    one(
        "column",
        "margin:",
        "slices: {by: [l, m], values: {l: [a], n: [b]}}\n    margin:",
        "16:43",
        "names 'n', which is not in 'by'",
    ),
    one(
        "lacking",
        "margin:",
        "slices: {by: [l, m], values: {l: [a]}}\n    margin:",
        "16:34",
        "names no values of column 'm'",
    ),
]


def problems_of(text: str) -> tuple[tuple[str, str, str], ...]:
    with pytest.raises(SpecErrors) as caught:
        read_gate(text.encode(), "gate.yaml")
    found = []
    for problem in caught.value.problems:
        place = str(problem.at)
        assert place.startswith("gate.yaml:")
        found.append((place.removeprefix("gate.yaml:"), problem.message, problem.hint or ""))
    return tuple(found)


def wrong_files() -> list[object]:
    sections = {
        "top": TOP,
        "artifact": ARTIFACTS,
        "metric": METRICS,
        "rule": RULES,
        "slice": SLICES,
    }
    return [
        pytest.param(wrong, id=f"{section}-{wrong.name}")
        for section, rows in sections.items()
        for wrong in rows
    ]


@pytest.mark.parametrize("wrong", wrong_files())
def test_mistake_is_named_with_its_place_and_a_hint(wrong: Wrong) -> None:
    assert wrong.old in BASE
    found = problems_of(BASE.replace(wrong.old, wrong.new, 1))
    assert [place for place, _, _ in found] == [place for place, _, _ in wrong.problems], found
    for (_, message, hint), (_, words, hint_words) in zip(found, wrong.problems, strict=True):
        assert words in message
        assert hint_words in hint
        assert hint


def test_contract_same_needs_a_baseline() -> None:
    text = (
        BASE.replace("    baseline: old.jsonl\n", "")
        .replace("non_inferiority\n    margin: 2pp", "threshold\n    min: 0.9")
        .replace("metrics:", "contract:\n  same: [version]\nmetrics:")
    )
    ((place, message, hint),) = problems_of(text)
    assert place == "8:9"
    assert message == "'same' compares two arms, and artifact 'evals' has no baseline"
    assert "contract: {same: []}" in hint


def test_several_artifacts_must_be_chosen_from() -> None:
    text = BASE.replace("metrics:", "  more: {candidate: a, baseline: b, id: i}\nmetrics:")
    ((place, message, hint),) = problems_of(text)
    assert (place, message) == (
        "10:3",
        "metric 'accuracy' has no 'artifact', and there are several",
    )
    assert "artifact: evals" in hint


def test_rule_on_a_wrong_metric_gives_no_second_complaint() -> None:
    found = problems_of(BASE.replace("better: higher", "better: up"))
    assert [place for place, _, _ in found] == ["11:13"]


def test_a_named_reader_brings_its_own_keys() -> None:
    spec = read_gate(BASE.replace("id: example_id", "reader: inspect").encode(), "gate.yaml")
    arm = spec.artifacts[0].candidate
    assert (arm.reader, arm.id, arm.repeat, arm.run) == ("inspect", ("id",), "epoch", None)


def test_what_the_file_writes_replaces_the_keys_of_a_reader() -> None:
    text = BASE.replace("id: example_id", "reader: inspect\n    id: uuid\n    repeat: turn")
    arm = read_gate(text.encode(), "gate.yaml").artifacts[0].candidate
    assert (arm.id, arm.repeat) == (("uuid",), "turn")


def test_problem_of_a_default_is_told_once() -> None:
    rules = "".join(f"  r{i}: {{metric: accuracy, claim: superiority}}\n" for i in range(5))
    text = BASE.replace("rules:\n", "defaults: {severity: info}\nrules:\n" + rules)
    assert [place for place, _, _ in problems_of(text)] == ["12:22"]


def test_whole_message_reads_like_a_compiler_error() -> None:
    with pytest.raises(SpecErrors) as caught:
        read_gate(BASE.replace("margin:", "margn:").encode(), "gates/release.gate.yaml")
    assert str(caught.value.problems[1]) == (
        "gates/release.gate.yaml:16:5: error[spec]: unknown key 'margn' in rule 'no-worse'\n"
        "  16 |     margn: 2pp\n"
        "           ^\n"
        "hint: did you mean 'margin'? known keys: metric, claim, min_effect, margin, min, max, "
        "tolerance, method, pair, against, min_runs, min_samples, severity, slices, expect, "
        "owner, why, action, weight"
    )


def test_flood_of_problems_is_cut() -> None:
    found = problems_of(BASE + "".join(f"k{i}: 1\n" for i in range(500)))
    assert len(found) == 101
    assert found[-1][1] == "more than 100 problems; the others are not shown"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("better: higher", "better: higher\n    missing: drop"),
        ("better: higher", "better: higher\n    max_missing: 0.02"),
        ("metrics:", "missing: drop\nmetrics:"),
        ("metrics:", "overlap: 0.99\nmetrics:"),
        ("metrics:", "same: [a]\nmetrics:"),
        ("margin: 2pp", "margin: 2pp\n    present: [a]"),
        ("id: example_id", "id: example_id\n    missing: drop"),
    ],
)
def test_a_key_of_the_contract_elsewhere_is_told_where_it_belongs(old: str, new: str) -> None:
    ((_, message, hint),) = problems_of(BASE.replace(old, new))
    key = new.replace(old, "").strip().partition(":")[0]
    assert message.startswith(f"unknown key '{key}'")
    assert (
        f"it belongs under `contract:`: write `contract: {{{'' if 'miss' in key else key}" in hint
    )


def test_the_advised_contract_is_valid() -> None:
    lines = "contract: {missing: drop, max_missing: 0.02}\ncontract: {overlap: 0.99}\n"
    for line in lines.splitlines():
        read_gate(BASE.replace("metrics:", line + "\nmetrics:").encode(), "gate.yaml")


def test_a_share_in_percent_is_told_as_the_number_written() -> None:
    contract = "contract: {missing: drop, max_missing: 3%}\nmetrics:"
    ((_, _, hint),) = problems_of(BASE.replace("metrics:", contract))
    assert hint == "write 0.03 for 3%"
    threshold = BASE.replace("non_inferiority\n    margin: 2pp", "threshold\n    min: 70%")
    ((_, _, hint),) = problems_of(threshold)
    assert hint == "write 0.7 for 70%"
