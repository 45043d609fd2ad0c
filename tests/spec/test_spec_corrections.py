"""Corrections at the top of a gate file: names, weights of rules, and graphs."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.model import GateSpec, Graph


def gate(correction: str, rules: str = "a: {}, b: {}, c: {}", more: str = "") -> str:
    """Write a gate: correction on line 3, one rule a line from line 10."""
    head = f"correction: {correction}" if correction else "seed: 0"
    lines = [rule.strip() for rule in rules.split("},")]
    text = (
        f"version: 1\ngate: g\n{head}\nartifacts:\n  e: {{candidate: c, baseline: o, id: i}}\n"
        "metrics:\n  m: {value: v, better: higher}\n"
        "defaults: {metric: m, claim: superiority}\nrules:\n"
    )
    return text + "".join(f"  {line.rstrip('}')}}}\n" for line in lines) + more


def read(text: str) -> GateSpec:
    return read_gate(text.encode(), "g.yaml")


def problem_of(text: str) -> tuple[int, str, str]:
    with pytest.raises(SpecErrors) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert problem.at is not None
    assert problem.at.line is not None
    return problem.at.line, problem.message, problem.hint or ""


@pytest.mark.parametrize(
    "name",
    [
        *("auto", "none", "bonferroni", "sidak", "holm", "hochberg", "hommel", "bh", "by"),
        "fixed_sequence",
    ],
)
def test_correction_may_be_a_name(name: str) -> None:
    spec = read(gate(name))
    assert (spec.correction, spec.graph) == (name, None)
    assert {rule.weight for rule in spec.rules} == {None}


WEIGHTED = "a: {weight: 3}, b: {weight: 1}, c: {weight: 0.5}"
SHARED = "a: {weight: 0.5}, b: {weight: 0.3}, c: {weight: 0.2}"


@pytest.mark.parametrize(
    ("correction", "rules", "weights"),
    [
        ("holm", WEIGHTED, [3, 1, 0.5]),
        ("fallback", SHARED, [0.5, 0.3, 0.2]),
        ("{method: holm}", WEIGHTED, [3, 1, 0.5]),
        ("{method: fallback}", SHARED, [0.5, 0.3, 0.2]),
        ("{method: holm, weights: {a: 2, b: 1, c: 1}}", "a: {}, b: {}, c: {}", [2, 1, 1]),
        (
            "{method: fallback, weights: {b: 0.1, a: 0.9, c: 1e-10}}",
            "a: {}, b: {}, c: {}",
            [0.9, 0.1, 1e-10],
        ),
    ],
)
def test_weights_of_rules_or_of_the_correction_are_the_same(
    correction: str, rules: str, weights: list[float]
) -> None:
    spec = read(gate(correction, rules))
    assert spec.correction == ("holm" if "holm" in correction else "fallback")
    assert [rule.weight for rule in spec.rules] == weights
    assert spec.graph is None


GROUP = (
    "  g:\n    any_of:\n      x: {metric: m, claim: superiority}\n"
    "      z: {metric: m, claim: superiority, min_effect: 1}\n"
)


@pytest.mark.parametrize("is_own", [True, False])
def test_group_has_one_weight_and_its_members_none(*, is_own: bool) -> None:
    more = GROUP + ("    weight: 2\n" if is_own else "")
    rules, correction = ("a: {weight: 1}", "holm")
    if not is_own:
        rules, correction = "a: {}", "{method: holm, weights: {a: 1, g: 2}}"
    spec = read(gate(correction, rules, more))
    assert spec.groups[0].weight == 2
    assert [rule.weight for rule in spec.rules] == [1, None, None]
    assert spec.groups[0].members == spec.rules[1:]


def test_warnings_need_no_weight() -> None:
    spec = read(gate("holm", "a: {weight: 1}, b: {severity: warn}"))
    assert [rule.weight for rule in spec.rules] == [1, None]


@pytest.mark.parametrize(
    ("correction", "rules", "line", "message", "hint"),
    [
        (
            "",
            "a: {weight: 1}, b: {}",
            10,
            "rule 'a' has a 'weight', which needs correction holm or fallback, found 'auto'",
            "write `correction: holm`",
        ),
        (
            "bonferroni",
            "a: {weight: 1}",
            10,
            "rule 'a' has a 'weight', which needs correction holm or fallback, found 'bonferroni'",
            "take it out",
        ),
        (
            "holm",
            "a: {weight: 1}, b: {}",
            11,
            (
                "rule 'b' has no 'weight', and correction 'holm' with weights needs one of every "
                "rule that must be proven: 'b'"
            ),
            "add `weight: 1`",
        ),
        (
            "fallback",
            "a: {weight: 1}, b: {}",
            11,
            (
                "rule 'b' has no 'weight', and correction 'fallback' needs one of every rule that "
                "must be proven: 'b'"
            ),
            "shares of alpha, together at most 1",
        ),
        (
            "fallback",
            "a: {weight: 0.6}, b: {weight: 0.6}",
            3,
            "the weights of correction 'fallback' are shares of alpha, and sum to 1.2, more than 1",
            "0.5 and 0.5",
        ),
        (
            "holm",
            "a: {weight: 1}, b: {weight: 1, severity: warn}",
            11,
            "rule 'b' has a 'weight' and does not have to be proven",
            "only rules of severity block or escalate are corrected",
        ),
        (
            "holm",
            "a: {weight: 1}, b: {weight: 1, claim: deterioration}",
            11,
            "rule 'b' has a 'weight' and does not have to be proven",
            "take it out",
        ),
        (
            "holm",
            "a: {weight: 0}",
            10,
            "'weight' in rule 'a' must be above 0, found 0",
            "leave the weights of all rules out",
        ),
        (
            "holm",
            "a: {weight: many}",
            10,
            "'weight' in rule 'a' must be a number, found 'many'",
            "0.05",
        ),
        (
            "{method: holm, weights: {a: 1, b: 1}}",
            "a: {weight: 1}, b: {}",
            10,
            "rule 'a' has a 'weight', and 'weights' in 'correction' are given for all rules",
            "take it out",
        ),
        (
            "{method: holm, weights: {a: 1}}",
            "a: {}, b: {}",
            3,
            "'weights' in 'correction' in the gate file lack 'b'",
            "add `b: 0.5`",
        ),
        (
            "{method: holm, weights: {a: 1, d: 1}}",
            "a: {}",
            3,
            "'weights' in 'correction' in the gate file names the unknown rule 'd'",
            "rules: a",
        ),
        (
            "{method: holm, weights: {a: 1, b: 1}}",
            "a: {}, b: {severity: observe}",
            3,
            (
                "'weights' in 'correction' in the gate file names 'b', which does not have to be "
                "proven"
            ),
            "that are no alarms",
        ),
        (
            "{method: holm, weights: {a: 0}}",
            "a: {}",
            3,
            "'weights' in 'correction' in the gate file must be above 0 for 'a', found 0",
            "0.5",
        ),
        (
            "{method: fallback, weights: {a: 0.9, b: 0.2}}",
            "a: {}, b: {}",
            3,
            "the weights of correction 'fallback' are shares of alpha, and sum to 1.1, more than 1",
            "smaller",
        ),
        (
            "{method: holm, weights: {a: 1}, transitions: {}}",
            "a: {}",
            3,
            "'transitions' belong to method 'graphical', found 'holm'",
            "write `method: graphical`",
        ),
        (
            "{method: bonferroni}",
            "a: {}",
            3,
            (
                "'method' in 'correction' in the gate file cannot be 'bonferroni', which takes no "
                "weights; known here: graphical, fallback, holm"
            ),
            "write `correction: bonferroni`",
        ),
        (
            "{method: graphic}",
            "a: {}",
            3,
            "'method' in 'correction' in the gate file cannot be 'graphic'",
            "did you mean 'graphical'?",
        ),
        (
            "{weights: {a: 1}}",
            "a: {}",
            3,
            "'correction' in the gate file has no 'method'",
            "add `method: graphical`",
        ),
        (
            "graphical",
            "a: {}",
            3,
            "'correction' in the gate file: 'graphical' needs weights",
            "write `correction: {method: graphical, weights:",
        ),
        (
            "[holm]",
            "a: {}",
            3,
            (
                "'correction' in the gate file must be one of auto, none, bonferroni, sidak, holm, "
                "hochberg, hommel, bh, by, fixed_sequence, fallback, found a list"
            ),
            "write one of",
        ),
    ],
)
def test_wrong_weight_is_named(
    correction: str, rules: str, line: int, message: str, hint: str
) -> None:
    at, found, way_out = problem_of(gate(correction, rules))
    assert (at, found) == (line, message)
    assert hint in way_out


def test_weight_in_defaults_is_refused() -> None:
    line, message, hint = problem_of(
        gate("holm").replace("claim: superiority}", "claim: superiority, weight: 1}")
    )
    assert (line, message) == (8, "'weight' does not belong in 'defaults' in the gate file")
    assert hint == "write a weight on each rule"


def test_member_in_weights_is_told_its_group() -> None:
    correction = "{method: holm, weights: {a: 1, g: 1, g.x: 1}}"
    line, message, hint = problem_of(gate(correction, "a: {}", GROUP))
    assert line == 3
    assert message.endswith("names 'g.x', a member of group 'g'")
    assert hint == "name the group: `g`"


def test_weight_of_a_rule_that_was_refused_gives_no_second_complaint() -> None:
    line, message, _ = problem_of(
        gate("{method: holm, weights: {a: 1, b: 1}}", "a: {}, b: {claim: best}")
    )
    assert line == 11
    assert message.startswith("'claim' in rule 'b' cannot be 'best'")


def test_weights_of_a_file_without_rules_give_no_second_complaint() -> None:
    text = gate("{method: holm, weights: {a: 1}}")
    line, message, _ = problem_of(text.partition("rules:")[0])
    assert (line, message) == (1, "the gate file has no 'rules'")


# Graphs.


def test_graph_is_read_in_the_order_of_the_file() -> None:
    spec = read(
        gate(
            "{method: graphical, weights: {b: 0.25, a: 0.75}, "
            "transitions: {a: {b: 0.5, c: 0.5}, c: {a: 1}}}"
        )
    )
    assert spec.correction == "graphical"
    assert spec.graph == Graph(
        weights=(("b", 0.25), ("a", 0.75)),
        transitions=(("a", "b", 0.5), ("a", "c", 0.5), ("c", "a", 1.0)),
    )
    assert {rule.weight for rule in spec.rules} == {None}


def test_graph_without_transitions_is_a_weighted_bonferroni() -> None:
    graph = read(
        gate("{method: graphical, weights: {a: 0.5, b: 0.5, c: 0}, transitions: {a: {c: 1}}}")
    )
    assert graph.graph is not None
    plain = read(gate("{method: graphical, weights: {a: 0.5, b: 0.5}}", "a: {}, b: {}"))
    assert plain.graph == Graph(weights=(("a", 0.5), ("b", 0.5)), transitions=())


def test_thirds_may_sum_to_one_and_a_hair() -> None:
    shares = "a: 0.3333333336, b: 0.3333333336, c: 0.3333333336"
    assert read(gate(f"{{method: graphical, weights: {{{shares}}}}}")).graph is not None


def test_group_is_one_node_of_a_graph() -> None:
    text = gate("{method: graphical, weights: {a: 1}, transitions: {a: {g: 1}}}", "a: {}", GROUP)
    graph = read(text).graph
    assert graph is not None
    assert graph.transitions == (("a", "g", 1.0),)


WHAT = "in 'correction' in the gate file"


@pytest.mark.parametrize(
    ("inside", "rules", "message", "hint"),
    [
        (
            "transitions: {}",
            "a: {}",
            (
                "'correction' in the gate file has no 'weights', the share of alpha that each rule "
                "starts with"
            ),
            "add `weights: {rule: 1}`",
        ),
        (
            "weights: {}",
            "a: {}",
            f"'weights' {WHAT} must name at least one rule, found {{}}",
            "weights: {rule: 1}",
        ),
        (
            "weights: {a: 0.7, b: 0.7}",
            "a: {}, b: {}",
            "the weights in 'correction' in the gate file sum to 1.4, more than 1",
            "shares of alpha",
        ),
        (
            "weights: {a: 0, b: 0}",
            "a: {}, b: {}",
            "all weights in 'correction' in the gate file are 0, so that no rule can pass",
            "at least one rule",
        ),
        (
            "weights: {a: -0.5}",
            "a: {}",
            f"'weights' {WHAT} must be 0 or more for 'a', found -0.5",
            "0.5",
        ),
        (
            "weights: {a: 50%}",
            "a: {}",
            f"'weights' {WHAT} must be a plain number, found '50%'",
            "write 0.5 for 50%",
        ),
        (
            "weights: [a]",
            "a: {}",
            f"'weights' {WHAT} must be a mapping of rules to numbers, found a list",
            "key: value",
        ),
        (
            "weights: {d: 1}",
            "a: {}",
            f"'weights' {WHAT} names the unknown rule 'd'",
            "rules: a",
        ),
        (
            "weights: {a: 1}, transitions: {a: {a: 1}}",
            "a: {}",
            f"'transitions' {WHAT} hand alpha from 'a' to itself",
            "another rule",
        ),
        (
            "weights: {a: 1}, transitions: {a: {b: 0.8, c: 0.8}}",
            "a: {}, b: {}, c: {}",
            f"'transitions' {WHAT} hand on 1.6 of what 'a' has, more than 1",
            "smaller",
        ),
        (
            "weights: {a: 1}, transitions: {a: {b: -1}}",
            "a: {}, b: {}",
            f"'transitions' {WHAT} must be 0 or more for 'b', found -1",
            "0.5",
        ),
        (
            "weights: {a: 1}, transitions: {a: b}",
            "a: {}, b: {}",
            f"'transitions' {WHAT} must be a mapping of rules to numbers, found 'b'",
            "key: value",
        ),
        (
            "weights: {a: 1}, transitions: {a: {d: 1}}",
            "a: {}",
            f"'transitions' {WHAT} names the unknown rule 'd'",
            "rules: a",
        ),
        (
            "weights: {a: 1}, transitions: {w: {a: 1}}",
            "a: {}, w: {severity: warn}",
            f"'transitions' {WHAT} names 'w', which does not have to be proven",
            "block or escalate",
        ),
        (
            "weights: {a: 1}",
            "a: {}, b: {}",
            "'b' cannot pass: weight 0, and no transition reaches it",
            "give b a weight, or a transition to it",
        ),
        (
            "weights: {a: 1}, transitions: {b: {c: 1}, c: {b: 1}}",
            "a: {}, b: {}, c: {}",
            "'b', 'c' cannot pass: weight 0, and no transition reaches them",
            "give b a weight",
        ),
        (
            "weights: {a: 1}, transitions: {a: {b: 0}}",
            "a: {}, b: {}",
            "'b' cannot pass: weight 0, and no transition reaches it",
            "transition",
        ),
        (
            "weights: {a: 1}, transition: {}",
            "a: {}",
            "unknown key 'transition' in 'correction' in the gate file",
            "did you mean 'transitions'?",
        ),
    ],
)
def test_wrong_graph_is_named(inside: str, rules: str, message: str, hint: str) -> None:
    line, found, way_out = problem_of(gate(f"{{method: graphical, {inside}}}", rules))
    assert (line, found) == (3, message)
    assert hint in way_out


def test_weight_of_a_rule_beside_a_graph_is_refused() -> None:
    correction = "{method: graphical, weights: {a: 1}}"
    line, message, _ = problem_of(gate(correction, "a: {weight: 1}"))
    assert (line, message) == (
        10,
        "rule 'a' has a 'weight', and correction 'graphical' has weights of its own",
    )


@pytest.mark.parametrize(
    "correction",
    ["fallback", "{method: graphical, weights: {a: 0.5, b: 0.5}}", "{method: holm}"],
)
def test_largest_level_of_weighted_rules_is_alpha(correction: str) -> None:
    weight = "" if "graphical" in correction else ", weight: 0.5"
    rules = (
        f"a: {{claim: threshold, min: 0.9, min_samples: 29{weight}}}, b: {{min_effect: 0{weight}}}"
    )
    text = gate(correction, rules).replace("better: higher", "better: higher, kind: binary")
    assert len(read(text).rules) == 2
    _, message, _ = problem_of(text.replace("29", "28"))
    assert "at least 29 flawless samples are needed at level 0.05" in message
