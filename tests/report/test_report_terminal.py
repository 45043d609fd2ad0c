import re
import subprocess
import sys
from types import ModuleType

import pytest

from pytest_evalgate.evidence import JointBound, RuleEvidence, Scale, Verdict
from pytest_evalgate.report.rules_table import ordered
from pytest_evalgate.report.terminal import MARKUP, gate_section, header_line, rule_details


NUMBER = re.compile(r"x?[+-]?\d+(?:\.(\d+))?(?:e[+-]\d+)?")
HEAVY = ("numpy", "scipy", "pytest", "yaml", "pytest_evalgate.gate", "pytest_evalgate.spec")


def table_of(lines: list[str]) -> list[str]:
    start = next(index for index, line in enumerate(lines) if line.startswith("rule "))
    return lines[start : lines.index("", start)]


@pytest.mark.parametrize("width", [50, 60, 72, 80, 100, 120, 160])
def test_no_row_is_wider_than_the_terminal(cases: ModuleType, width: int) -> None:
    for name, case in cases.CASES.items():
        if name == "incomplete":
            continue
        rows = table_of(gate_section(case(), width=width))
        assert max(map(len, rows)) <= width, name


def test_columns_go_in_the_agreed_order(cases: ModuleType) -> None:
    titles = {
        width: table_of(gate_section(cases.six_rules(), width=width))[0].split()
        for width in (100, 87, 86, 79, 72)
    }
    gone = {
        width: {"base", "cand", "p"} - {title[:4] for title in row} for width, row in titles.items()
    }
    assert gone == {
        100: set(),
        87: set(),
        86: {"base"},
        79: {"base", "cand"},
        72: {"base", "cand", "p"},
    }


def test_a_column_for_which_there_is_no_room_is_named(cases: ModuleType) -> None:
    evidence = cases.six_rules()
    assert "no room for: baseline (-v tells)" in gate_section(evidence, width=80)
    told = gate_section(evidence, width=80, verbosity=1)
    assert "no room for: baseline (told below)" in told
    text = " ".join(" ".join(told).split())
    assert "judged at 0.025; 412 pairs; baseline 0.9175 ece:" in text
    assert not any("no room" in line for line in gate_section(evidence, width=100))


def test_an_interval_for_which_there_is_no_room_is_told_by_verbose(cases: ModuleType) -> None:
    text = " ".join(" ".join(gate_section(cases.warned(), width=50, verbosity=1)).split())
    assert "no room for: n, baseline, candidate, effect, interval, p (told below)" in text
    assert "accuracy: effect -0.0025 [-0.0121, +0.0071] keeps limit > -0.0200; paired t" in text


def test_columns_without_a_number_are_not_shown(cases: ModuleType) -> None:
    rules = tuple(
        cases.invalid(name, "no file", n=cases.Counts(), limit=cases.Bounds()) for name in "ab"
    )
    rows = table_of(gate_section(cases.gate(rules, cases.PROMOTE)))
    assert [row.split() for row in rows] == [
        ["rule", "verdict"],
        ["a", "INVALID", "[1]"],
        ["b", "INVALID", "[1]"],
    ]


def test_rows_keep_the_order_of_the_gate_file(cases: ModuleType) -> None:
    evidence = cases.six_rules()
    rows = table_of(gate_section(evidence))[1:]
    assert [row.split()[0] for row in rows] == [rule.id for rule in evidence.rules]


def test_slices_stand_indented_below_their_parent(cases: ModuleType) -> None:
    names = [row[:15].rstrip() for row in table_of(gate_section(cases.slices()))[1:]]
    assert names == [
        "every-language",
        "  language=de",
        "  language=en",
        "  language=fi",
        "accuracy",
    ]


@pytest.mark.parametrize(
    "parents",
    [
        pytest.param((None, "a", "b"), id="nested"),
        pytest.param(("a", None, "zz"), id="its own parent, and a lost one"),
        pytest.param(("c", "a", "b"), id="a circle"),
    ],
)
def test_no_rule_vanishes_from_the_table(
    cases: ModuleType, parents: tuple[str | None, str | None, str | None]
) -> None:
    rules = tuple(
        cases.rule(name, parent=parent) for name, parent in zip("abc", parents, strict=True)
    )
    rows = table_of(gate_section(cases.gate(rules, cases.PROMOTE)))[1:]
    assert sorted(row.split()[0] for row in rows) == ["a", "b", "c"]


def shown_numbers(row: str) -> list[tuple[float, float]]:
    """Return each number of a row and the most by which rounding may have moved it."""
    numbers = []
    for match in NUMBER.finditer(row):
        exponent = match[0].partition("e")[2]
        power = int(exponent or 0) - len(match[1] or "")
        numbers.append((float(match[0].lstrip("x")), 0.500001 * 10.0**power))
    return numbers


def facts_of(rule: RuleEvidence) -> list[float]:
    if rule.effect is None or rule.effect.low is None or rule.effect.high is None:
        return []
    limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit is not None]
    return [rule.effect.estimate, rule.effect.low, rule.effect.high, *limits]


@pytest.mark.parametrize("name", ["six_rules", "equivalence", "alarms", "slices", "fifty_rules"])
def test_numbers_of_a_row_are_those_of_the_evidence(cases: ModuleType, name: str) -> None:
    evidence = cases.CASES[name]()
    rules = sorted(evidence.rules, key=lambda rule: rule.id.startswith("accuracy"))
    rules = rules if name == "slices" else evidence.rules
    rows = table_of(gate_section(evidence, width=160))[1:]
    for rule, row in zip(rules, rows, strict=True):
        shown = shown_numbers(row)
        for fact in facts_of(rule):
            assert any(abs(fact - number) <= slack for number, slack in shown), (rule.id, fact)


def test_warnings_become_footnotes(cases: ModuleType) -> None:
    lines = gate_section(cases.warned(), width=120)
    assert any(line.endswith("PASS [1,2]") for line in lines)
    assert "[2] 12 clusters only" in lines


def test_quiet_says_the_decision_and_the_nearest_rule(cases: ModuleType) -> None:
    (line,) = gate_section(cases.all_pass(), verbosity=-1)
    assert line == (
        "release: PROMOTE   3 pass   "
        "nearest: accuracy -0.0025 [-0.0121, +0.0071] keeps limit > -0.0200"
    )


def test_quiet_says_why_a_candidate_is_blocked(cases: ModuleType) -> None:
    assert gate_section(cases.six_rules(), verbosity=-1) == [
        "release: BLOCKED   4 pass, 1 fail, 1 inconclusive (not proven: blocks)",
        "  recall-fraud misses its limit",
        "  latency-p95: not proven; about 79 runs would decide",
    ]


def test_promotion_that_needs_words_says_them_in_its_line(cases: ModuleType) -> None:
    lines = gate_section(cases.promoted_with_words())
    assert (
        "release: PROMOTE WITH WARNINGS   1 pass, 1 warn; latency-p95 is not proven, severity warn"
    ) in lines


def test_arms_are_named_only_where_their_files_agree(cases: ModuleType) -> None:
    evidence = cases.all_pass()
    first, second = evidence.provenance.artifacts
    other = cases.replace(first, metadata={"model": "another"})
    mixed = cases.Provenance(artifacts=(first, other, second))
    context = gate_section(cases.replace(evidence, provenance=mixed))[0]
    assert context.startswith("baseline model-v6 (41d07e3)")


def test_long_list_of_files_is_cut_in_each_arm(cases: ModuleType) -> None:
    evidence = cases.all_pass()
    files = tuple(
        cases.replace(file, path=f"{file.arm}/{index}.jsonl")
        for file in evidence.provenance.artifacts
        for index in range(9)
    )
    many = cases.replace(evidence, provenance=cases.Provenance(artifacts=files))
    lines = gate_section(many, verbosity=1)
    assert "  evals.candidate: and 5 more files (-vv names all)" in lines
    assert "  evals.baseline baseline/0.jsonl, 2000 rows, sha256 41d07e39" in lines


def test_most_verbose_names_all_files_and_tells_all_rules(cases: ModuleType) -> None:
    evidence = cases.warned()
    (first, second) = evidence.provenance.artifacts
    files = tuple(cases.replace(first, path=f"{index}.jsonl") for index in range(9))
    many = cases.replace(evidence, provenance=cases.provenance())
    many = cases.replace(
        many, provenance=cases.replace(many.provenance, artifacts=(*files, second))
    )
    text = "\n".join(gate_section(many, verbosity=2, width=160))
    assert all(f"{index}.jsonl" in text for index in range(9))
    assert f"sha256 {first.sha256}" in text
    assert "computed by: numpy 2.4.0, seed 0" in text
    assert "  assumes   logs of the values are near normal" in text
    assert "  numbers   statistic 2.987, degrees of freedom 1999" in text
    assert text.count("  claim     ") == 5  # the sixth fails, and so its test has told


def test_most_verbose_tells_what_holds_for_all_members_at_once(cases: ModuleType) -> None:
    bound = JointBound(id="accuracy", compatible=-0.0173, bonferroni=-0.0181)
    family = cases.replace(cases.HOLM, bounds=(bound,))
    evidence = cases.replace(cases.six_rules(), families=(family,))
    told = "    at once with all others, accuracy >= -0.0173 (by Bonferroni >= -0.0181)"
    assert told in gate_section(evidence, verbosity=2)
    assert told not in gate_section(evidence, verbosity=1)


def test_most_verbose_names_each_check_that_was_kept(cases: ModuleType) -> None:
    lines = gate_section(cases.not_judged(), verbosity=2)
    assert sum(line.startswith("contract PASS: evals.same dataset_version") for line in lines) == 1


def test_companion_files_do_not_hide_the_model(cases: ModuleType) -> None:
    evidence = cases.all_pass()
    files = evidence.provenance.artifacts
    companion = cases.replace(files[0], path="x.meta.json", rows=0, metadata={})
    told = cases.replace(evidence, provenance=cases.Provenance(artifacts=(*files, companion)))
    assert gate_section(told)[0] == gate_section(evidence)[0]


def test_path_from_the_command_line_is_named(cases: ModuleType) -> None:
    evidence = cases.all_pass()
    files = tuple(cases.replace(file, override=True) for file in evidence.provenance.artifacts)
    lines = gate_section(cases.replace(evidence, provenance=cases.Provenance(artifacts=files)))
    assert "override: paths from the command line for evals.candidate, evals.baseline" in lines


def test_colour_touches_verdict_words_and_nothing_else(cases: ModuleType) -> None:
    def mark(text: str, word: str) -> str:
        assert word in MARKUP
        return f"<<{text}>>"

    evidence = cases.six_rules()
    coloured = gate_section(evidence, markup=mark)
    assert [re.sub("<<|>>", "", line) for line in coloured] == gate_section(evidence)
    words = re.findall("<<(.*?)>>", "\n".join(coloured))
    assert words == ["PASS", "FAIL", "PASS", "PASS", "PASS", "INCONCLUSIVE", "BLOCKED"]


def test_details_start_with_the_headline_and_end_with_the_rerun(cases: ModuleType) -> None:
    evidence = cases.six_rules()
    lines = rule_details(evidence.rules[1], evidence.gate).split("\n")
    assert lines[0] == "effect -0.0485 [-0.0733, -0.0237] misses limit > -0.0200"
    assert lines[-2:] == [
        "  rule      gates/release.gate.yaml:17:3",
        "  rerun     pytest --evalgate 'gates/release.gate.yaml::recall-fraud'",
    ]


def test_inconclusive_rule_is_never_told_to_add_to_its_sample(cases: ModuleType) -> None:
    text = " ".join(rule_details(cases.latency(), cases.GATE).split())
    assert (
        "gather about 62 fresh runs and judge those alone; "
        "adding to these and asking again raises the error"
    ) in text


def test_rule_that_was_not_tested_is_not_told_to_gather(cases: ModuleType) -> None:
    rule = cases.rule("r", verdict=Verdict.INCONCLUSIVE, reason="not tested: a did not pass")
    text = rule_details(rule, cases.GATE)
    assert "hint" not in text
    assert text.count("not tested") == 1


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        ("non_inferiority", "the loss is shown"),
        ("superiority", "that the gain falls short is shown"),
        ("equivalence", "a difference past the limit is shown"),
        ("threshold", "a value on the wrong side of the limit is shown"),
        ("deterioration", "the harm is shown"),
    ],
)
def test_a_rule_that_fails_is_told_that_more_data_will_not_help(
    cases: ModuleType, claim: str, shown: str
) -> None:
    rule = cases.measured("r", "recall", verdict=Verdict.FAIL, claim=claim)
    text = " ".join(rule_details(rule, cases.GATE).split())
    assert f"hint {shown}, so more data will not help; mend the candidate" in text
    assert "gather" not in text


def test_units_that_moved_are_pointed_at_where_they_are_known(cases: ModuleType) -> None:
    lost = cases.six_rules().rules[1]
    look = "look at the units that moved most"
    assert look in " ".join(rule_details(lost, cases.GATE).split())
    unknown = cases.replace(lost, movers=None)
    assert look not in " ".join(rule_details(unknown, cases.GATE).split())


LONG = "row 7: " + "a value that is no number, " * 20 + "and so on; write numbers only"


def test_a_long_reason_is_told_whole_with_its_rule(cases: ModuleType) -> None:
    lines = rule_details(cases.invalid("r", LONG), cases.GATE).split("\n")
    assert len(lines[0]) <= 320
    assert lines[0].endswith("...; write numbers only")
    assert f"reason {LONG}" in " ".join(" ".join(lines).split())


def test_what_to_do_outlives_the_cut_of_a_footnote(cases: ModuleType) -> None:
    lines = gate_section(cases.gate((cases.invalid("r", LONG),), cases.PROMOTE))
    assert "; write numbers only" in " ".join(" ".join(lines).split())


def test_the_level_of_the_intervals_stands_below_the_table(cases: ModuleType) -> None:
    assert any(
        line.startswith("interval: 95 %; it lies") for line in gate_section(cases.six_rules())
    )
    first, *others = cases.six_rules().rules
    other = cases.replace(first, effect=cases.replace(first.effect, level=1.0 - 0.1 / 6.0))
    evidence = cases.gate((other, *others), cases.PROMOTE)
    told = "interval: 95 % to 98.33 %, each at the level its rule was judged at; it lies"
    assert told in " ".join(" ".join(gate_section(evidence)).split())


def test_rule_with_nothing_measured_has_details(cases: ModuleType) -> None:
    rule = cases.invalid("r", "no file", n=cases.Counts(), burden="", limit=cases.Bounds())
    assert rule_details(rule, cases.GATE).split("\n") == [
        "invalid: no file",
        "",
        "  metric    accuracy, higher is better",
        "  claim     non-inferiority on accuracy",
        "  rule      gates/release.gate.yaml:17:3",
        "  rerun     pytest --evalgate 'gates/release.gate.yaml::r'",
    ]


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("scale", [None, *Scale])
@pytest.mark.parametrize("claim", ["superiority", "equivalence", "threshold", "deterioration"])
def test_any_combination_can_be_told(
    cases: ModuleType, verdict: Verdict, scale: Scale | None, claim: str
) -> None:
    rule = cases.rule("r", verdict=verdict, scale=scale, claim=claim)
    evidence = cases.gate((rule,), cases.PROMOTE)
    assert rule_details(rule, cases.GATE)
    for verbosity in (-1, 0, 1):
        assert gate_section(evidence, verbosity=verbosity)


@pytest.mark.parametrize(
    ("seeds", "text"),
    [
        ([0], "evalgate 0.1.0: 1 gate, 6 rules, seed 0"),
        ([3, 0, 3], "evalgate 0.1.0: 1 gate, 6 rules, seeds 0, 3"),
        ([], "evalgate 0.1.0: 1 gate, 6 rules"),
    ],
)
def test_header_counts(seeds: list[int], text: str) -> None:
    assert header_line("0.1.0", gates=1, rules=6, seeds=seeds) == text


def test_reports_import_nothing_heavy() -> None:
    code = (
        "import sys; import pytest_evalgate.report.terminal; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"


def test_rules_nested_deeper_than_any_gate_are_shown(cases: ModuleType) -> None:
    rules = tuple(cases.rule(f"r{i}", parent=f"r{i - 1}" if i else None) for i in range(3000))
    assert [rule.id for rule in ordered(rules[::-1])] == [rule.id for rule in rules]
