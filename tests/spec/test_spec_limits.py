"""Limits: how they are written, what they are in the metric, and which ones decide nothing."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.model import Limit, LimitUnit


def gate(metric: str, rule: str, artifact: str = "candidate: c, baseline: o, id: i") -> bytes:
    return (
        f"version: 1\ngate: g\nartifacts: {{e: {{{artifact}}}}}\n"
        f"metrics: {{m: {{{metric}}}}}\nrules: {{r: {{metric: m, {rule}}}}}\n"
    ).encode()


def limit_of(metric: str, rule: str) -> Limit:
    return read_gate(gate(metric, rule), "g.yaml").rules[0].limit


def problem_of(data: bytes) -> str:
    with pytest.raises(SpecErrors) as caught:
        read_gate(data, "g.yaml")
    (problem,) = caught.value.problems
    assert problem.at is not None
    assert problem.at.line is not None
    return f"{problem.message}; {problem.hint}"


SHARE = "value: v, better: higher, range: [0, 1]"
BINARY = "value: v, better: higher, kind: binary"
PERCENT = "value: v, better: higher, range: [0, 100]"
ANY = "value: v, better: higher"
LATENCY = "value: v, better: lower, kind: positive"
GEOMEAN = "value: v, better: lower, statistic: geomean"
LABELS = "label: a, prediction: b, better: higher, statistic: accuracy"
STARS = "value: v, better: higher, range: [1, 10]"
HOLDS = "claim: non_inferiority, margin:"


@pytest.mark.parametrize(
    ("metric", "text", "number", "unit"),
    [
        (BINARY, "2pp", 0.02, LimitUnit.POINTS),
        (BINARY, "0.7pp", 0.007, LimitUnit.POINTS),  # 0.7 / 100 is 0.006999999999999999
        (LABELS, "1.5pp", 0.015, LimitUnit.POINTS),
        (SHARE, ".5pp", 0.005, LimitUnit.POINTS),
        (PERCENT, "0.5pp", 0.5, LimitUnit.POINTS),
        (ANY, "2pp", 0.02, LimitUnit.POINTS),
        (ANY, "'2pp'", 0.02, LimitUnit.POINTS),
        (ANY, "5%", 0.05, LimitUnit.PERCENT),
        (LATENCY, "7%", 0.07, LimitUnit.PERCENT),
        (LATENCY, "150%", 1.5, LimitUnit.PERCENT),  # latency may more than double
        (GEOMEAN, "12.5%", 0.125, LimitUnit.PERCENT),
        (STARS, "0.3", 0.3, LimitUnit.ABSOLUTE),
        (LATENCY, "1e1", 10.0, LimitUnit.ABSOLUTE),
    ],
)
def test_limit_is_in_the_unit_of_the_metric(
    metric: str, text: str, number: float, unit: LimitUnit
) -> None:
    limit = limit_of(metric, f"{HOLDS} {text}")
    assert (limit.number, limit.unit, limit.text) == (number, unit, text.strip("'"))


@pytest.mark.parametrize(
    ("metric", "rule", "words"),
    [
        (BINARY, f"{HOLDS} 1%", "read both ways"),
        (SHARE, f"{HOLDS} 1%", "write 1pp"),
        (LABELS, f"{HOLDS} 1%", "write 1pp"),
        (PERCENT, f"{HOLDS} 1%", "read both ways"),
        (STARS, f"{HOLDS} 1%", "bounded metric 'm'"),
        (STARS, f"{HOLDS} 1pp", "neither binary nor of range [0, 1] or [0, 100]"),
        (LATENCY, f"{HOLDS} 1pp", "neither binary nor of range"),
        (ANY, f"{HOLDS} 5 %", "write 5%"),
        (ANY, f"{HOLDS} 5 pp", "write 5pp"),
        (ANY, f"{HOLDS} 5PP", "write 5pp"),
        (ANY, f"{HOLDS} 5 percent", "write 5%"),
        (ANY, f"{HOLDS} -2pp", "write 2pp"),
        (ANY, f"{HOLDS} -0.02", "must not be negative, found '-0.02'; write 0.02"),
        (ANY, f"{HOLDS} 0", "must be above 0, found '0'; a margin of 0 is `claim: superiority`"),
        (ANY, f"{HOLDS} 0pp", "must be above 0"),
        (ANY, f"{HOLDS} 1e1pp", "must be a number"),
        (ANY, f"{HOLDS} .inf", "must be finite"),
        (ANY, f"{HOLDS} no", "must be a number, found 'no'"),
        (BINARY, f"{HOLDS} 100pp", "as wide as metric 'm' from 0 to 1"),
        (ANY, f"{HOLDS} 100pp", "as wide as metric 'm' from 0 to 1"),
        (BINARY, "claim: superiority, min_effect: 1", "as wide as"),
        (STARS, f"{HOLDS} 9", "as wide as metric 'm' from 1 to 10"),
        (PERCENT, "claim: equivalence, margin: 200pp", "as wide as metric 'm' from 0 to 100"),
        (GEOMEAN, f"{HOLDS} 3", "'geomean' compares ratios; write a share"),
        (GEOMEAN, f"{HOLDS} 3pp", "'geomean' compares ratios"),
        (LATENCY, "claim: superiority, min_effect: 100%", "can never pass"),
        (LATENCY.replace("lower", "higher"), f"{HOLDS} 100%", "cannot fail"),
        (ANY, "claim: threshold, min: 90%", "plain number, found '90%'"),
        (ANY, "claim: threshold, min: 2pp", "plain number, found '2pp'"),
        (ANY, "claim: threshold", "has no 'min'; add `min: 0.9`"),
        (LATENCY, "claim: threshold", "has no 'max'; add `max: 250`"),
        (ANY, "claim: threshold, max: 3", "against 'better: higher'; say `min:`"),
        (LATENCY, "claim: threshold, min: 3", "against 'better: lower'; say `max:`"),
        (ANY, "claim: threshold, min: 1, max: 3", "'max' is a limit against"),
        (SHARE, "claim: threshold, min: 0", "cannot be below 0: rule 'r' cannot fail"),
        (BINARY, "claim: threshold, min: -1", "rule 'r' cannot fail"),
        (BINARY, "claim: threshold, min: 1", "rule 'r' can never pass; a sample shows a bound"),
        (LABELS, "claim: threshold, min: 1.5", "can never pass"),
        (BINARY.replace("higher", "lower"), "claim: threshold, max: 0", "about 3/n"),
        (BINARY.replace("higher", "lower"), "claim: threshold, max: 1", "cannot fail"),
        (LATENCY, "claim: threshold, max: 0", "can never pass"),
        (PERCENT, "claim: threshold, min: 100", "can never pass"),
        (ANY, "claim: threshold, min: 0.9, pair: none", "'pair' has no meaning"),
        (ANY, "claim: threshold, min: 0.9, against: b", "'against' has no meaning"),
        (ANY, "claim: deterioration, margin: 2pp", "say tolerance"),
        (ANY, "claim: equivalence, min_effect: 2pp", "say margin"),
    ],
)
def test_limit_that_means_nothing_is_refused(metric: str, rule: str, words: str) -> None:
    assert words in problem_of(gate(metric, rule))


@pytest.mark.parametrize(
    ("metric", "rule", "artifact", "words"),
    [
        (
            "value: v, better: lower, statistic: median",
            "claim: threshold, max: 3",
            "candidate: c, run: s",
            "statistic 'median' with 'run' is not yet supported",
        ),
        (
            "value: v, better: lower, statistic: p50",
            "claim: threshold, max: 3",
            "candidate: c, cluster: c",
            "statistic 'p50' with 'cluster' is not yet supported",
        ),
        (
            ANY,
            "claim: equivalence, margin: 1",
            "candidate: c, baseline: o, id: i, contract: {missing: worst, max_missing: 0.1}",
            "'missing: worst' has no direction for claim 'equivalence'",
        ),
        (
            LATENCY,
            "claim: threshold, max: 3",
            "candidate: c, contract: {missing: worst, max_missing: 0.1}",
            "'missing: worst' needs a worst value, and metric 'm' of kind 'positive' has no",
        ),
        (ANY, "claim: superiority", "path: t, id: i", "compares metric 'm' with itself"),
        (
            "value: {candidate: a, baseline: a}, better: lower",
            "claim: superiority",
            "path: t, id: i",
            "compares metric 'm' with itself",
        ),
        (
            "value: {candidate: a, baseline: b}, better: lower",
            "claim: superiority",
            "path: t",
            "`id: _row` pairs the columns of one row",
        ),
        (
            "value: v, better: higher, statistic: geomean, kind: binary",
            "claim: threshold, min: 0.5",
            "candidate: c",
            "'geomean' needs positive values, found kind 'binary'",
        ),
        (
            "value: v, better: higher, statistic: median, kind: binary",
            "claim: threshold, min: 0.5",
            "candidate: c",
            "says nothing about binary values",
        ),
        (
            LABELS + ", kind: count",
            "claim: superiority",
            "candidate: c, baseline: o, id: i",
            "statistic 'accuracy' is of kind 'binary'",
        ),
    ],
)
def test_question_that_cannot_be_asked_is_refused(
    metric: str, rule: str, artifact: str, words: str
) -> None:
    assert words in problem_of(gate(metric, rule, artifact))


@pytest.mark.parametrize(
    ("metric", "rule", "artifact"),
    [
        (ANY, "claim: superiority, pair: none", "candidate: c, baseline: o"),
        (ANY, "claim: superiority", "candidate: c, baseline: o, run: _path"),
        (ANY, "claim: superiority", "candidate: c, baseline: o, id: i, run: s"),
        (ANY, "claim: superiority, pair: run", "candidate: c, baseline: o, id: i, run: s"),
        (ANY, "claim: superiority", "candidate: c, baseline: o, id: i, cluster: c"),
        (ANY, "claim: threshold, min: 0.5", "path: t"),
        (ANY, "claim: threshold, min: 0.5", "candidate: c"),
        (GEOMEAN, "claim: superiority", "candidate: c, baseline: o, id: i"),
        (GEOMEAN, "claim: superiority, min_effect: 0", "candidate: c, baseline: o, id: i"),
        (
            SHARE,
            "claim: threshold, min: 0.5",
            "candidate: c, contract: {missing: worst, max_missing: 0}",
        ),
        (
            ANY,
            "claim: superiority",
            "path: t, id: i, candidate: {columns: {v: a}}, baseline: {columns: {v: b}}",
        ),
    ],
)
def test_honest_design_is_accepted(metric: str, rule: str, artifact: str) -> None:
    assert len(read_gate(gate(metric, rule, artifact), "g.yaml").rules) == 1
