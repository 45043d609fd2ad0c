import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from sink_fuzzing import to_html

from pytest_evalgate.evidence import (
    Action,
    Bounds,
    GateEvidence,
    RuleEvidence,
    RunFacts,
    Scale,
    Verdict,
)
from pytest_evalgate.report.gate_words import worst_first
from pytest_evalgate.report.markdown import render, whole
from pytest_evalgate.report.words import sample_size


GOLDEN = Path(__file__).parent / "golden" / "markdown"
NAMES = (
    "all_pass",
    "six_rules",
    "not_judged",
    "equivalence",
    "alarms",
    "slices",
    "warned",
    "promoted_with_words",
    "hostile",
    "fifty_rules",
    "partial",
    "incomplete",
)
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]\d+)?|inf)")


class Table(HTMLParser):
    """Collects the texts of the cells of the first table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_inside = False

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.is_inside = True

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = self.is_inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.is_inside:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    path = Path(__file__).with_name("markdown_pages.py")
    spec = importlib.util.spec_from_file_location("markdown_pages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, str] = module.pages()
    return found


def table(markdown: str) -> list[dict[str, str]]:
    reader = Table()
    reader.feed(to_html(markdown))
    titles, *rows = reader.rows or [[]]
    return [dict(zip(titles, row, strict=True)) for row in rows]


def is_rounded(shown: str, number: float | None) -> bool:
    """Say whether ``shown`` is ``number``, rounded where it ends."""
    if number is None:
        return shown in ("-", "inf", "-inf")
    digits = shown.partition("e")[0].partition(".")[2]
    power = int(shown.partition("e")[2] or 0)
    return abs(float(shown) - number) <= 0.5000001 * 10.0 ** (power - len(digits))


def shown_numbers(row: dict[str, str], rule: RuleEvidence) -> Iterator[tuple[str, float | None]]:
    """Pair every number that a row shows with the one of the evidence."""
    for title, number in (("Baseline", rule.baseline), ("Candidate", rule.candidate)):
        if title in row:
            yield row[title].split("\xa0")[0], number
    effect = rule.effect
    yield row["Effect"].split("\xa0")[0].removeprefix("x"), effect.estimate if effect else None
    interval = NUMBER.findall(row["Interval"])
    assert len(interval) == (2 if effect else 0)
    if effect:
        yield interval[0], effect.low
        yield interval[1], effect.high
    limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit is not None]
    assert len(NUMBER.findall(row["Limit"])) == len(limits)
    yield from zip(NUMBER.findall(row["Limit"]), limits, strict=True)
    size = sample_size(rule.n)
    yield row["n"], None if size is None else float(size)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_table_reads_back(name: str, cases: ModuleType) -> None:
    evidence = cases.CASES[name]()
    rows, rules = table(render(evidence)), worst_first(evidence.rules)
    assert len(rows) == len(rules)
    for row, rule in zip(rows, rules, strict=True):
        for shown, number in shown_numbers(row, rule):
            assert is_rounded(shown, number), (rule.id, shown, number)


@pytest.mark.parametrize("name", NAMES)
def test_every_pvalue_lies_on_its_side_of_alpha(name: str, cases: ModuleType) -> None:
    evidence = cases.CASES[name]()
    rules = worst_first(evidence.rules)
    for row, rule in zip(table(render(evidence)), rules, strict=True):
        title = next(title for title in row if title.startswith("p"))
        shown = row[title]
        pvalue = rule.pvalue if title == "p" else rule.pvalue_adjusted
        if pvalue is None:
            assert shown == "-"
        else:
            bound = float(shown.lstrip("<>"))
            assert pvalue < bound if shown.startswith("<") else is_rounded(shown, pvalue)
            assert (bound < 0.05) == (pvalue < 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_of_table_and_evidence_agree(name: str, cases: ModuleType) -> None:
    evidence = cases.CASES[name]()
    rules = worst_first(evidence.rules)
    for row, rule in zip(table(render(evidence)), rules, strict=True):
        assert rule.verdict.value in row["Verdict"].lower()


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.name)
def test_page_equals_its_golden_file(path: Path, pages: dict[str, str]) -> None:
    assert pages[path.name] == path.read_bytes().decode()


def test_every_page_has_a_golden_file(pages: dict[str, str]) -> None:
    assert {path.name for path in GOLDEN.iterdir()} == pages.keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_decision_comes_first_and_the_mark_before_it(name: str, cases: ModuleType) -> None:
    first, second = render(cases.CASES[name]()).splitlines()[:2]
    assert first == "<!-- pytest-evalgate report -->"
    assert second.startswith("## ")


def test_a_rule_that_fails_comes_before_one_that_passes(cases: ModuleType) -> None:
    verdicts = [row["Verdict"].split("\xa0")[1] for row in table(render(cases.six_rules()))]
    assert verdicts == ["FAIL", "INCONCLUSIVE", "PASS", "PASS", "PASS", "PASS"]


def test_a_slice_stands_below_its_parent_the_worst_first(cases: ModuleType) -> None:
    names = [row["Rule"] for row in table(render(cases.slices()))]
    assert names == [
        "every-language",
        "\u21b3 language=fi",
        "\u21b3 language=de",
        "\u21b3 language=en",
        "accuracy",
    ]


def test_a_rule_that_only_warns_comes_after_one_that_blocks(cases: ModuleType) -> None:
    names = [row["Rule"].split(" ")[0] for row in table(render(cases.warned()))]
    assert names[:3] == ["recall", "latency-p95", "fi-only"]


def test_details_of_what_did_not_pass_are_open(cases: ModuleType) -> None:
    text = render(cases.six_rules())
    opened = re.findall(r"<details open><summary>. *.?<code>([^<]*)", text.replace("\ufe0f", ""))
    assert opened == ["recall-fraud", "latency-p95"]


def test_sections_are_closed_as_often_as_opened(cases: ModuleType) -> None:
    for name in NAMES:
        html = to_html(render(cases.CASES[name]()))
        assert html.count("<details") == html.count("</details>") == html.count("<summary>")


def test_a_contract_check_that_was_violated_tells_both_values(cases: ModuleType) -> None:
    text = render(cases.not_judged())
    line = next(line for line in text.splitlines() if line.startswith("- **INVALID**"))
    assert "candidate 1997 ids, baseline 2000 ids" in line


def test_without_links_there_are_none(cases: ModuleType) -> None:
    for name in NAMES:
        assert "<a " not in to_html(render(cases.CASES[name]()))


def test_no_budget_means_that_nothing_is_left_out(cases: ModuleType) -> None:
    assert "more" not in re.findall(r"^\d+ (more) \w+ in the evidence\.$", render(cases.hostile()))


@pytest.mark.parametrize("budget", [20_000, 12_000, 6_000, 3_000, 1_500, 600])
def test_a_budget_is_kept(budget: int, cases: ModuleType) -> None:
    text = whole(cases.fifty_rules(), budget=budget)
    assert len(text.encode()) <= budget
    assert text.splitlines()[1].endswith("BLOCKED")
    assert re.search(r"^\d+ more rules in the evidence\.$", text, re.MULTILINE)


def test_a_budget_is_used_as_far_as_it_goes(cases: ModuleType) -> None:
    evidence = cases.fifty_rules()
    longest = len(render(evidence).encode())
    budgets = range(2000, longest, 2500)
    sizes = [len(whole(evidence, budget=budget).encode()) for budget in budgets]
    assert sizes == sorted(sizes)
    assert all(budget - size < 4000 for budget, size in zip(budgets, sizes, strict=True))


def test_rules_that_passed_give_way_before_those_that_did_not(cases: ModuleType) -> None:
    evidence = cases.fifty_rules()
    missed = sum(rule.verdict is not Verdict.PASS for rule in evidence.rules)
    for budget in range(4000, len(render(evidence).encode()), 3000):
        text = whole(evidence, budget=budget)
        rows = table(text)
        passed = [row for row in rows if "PASS" in row["Verdict"]]
        if passed and len(rows) < 50:
            assert len(rows) - len(passed) == missed


@pytest.mark.parametrize("budget", [0, 1, 100])
def test_the_decision_stays_whatever_the_budget(budget: int, cases: ModuleType) -> None:
    for name in NAMES:
        text = whole(cases.CASES[name](), budget=budget)
        assert text.splitlines()[1].startswith("## ")
        assert len(text.encode()) <= 2048


def test_what_is_left_out_is_counted(cases: ModuleType) -> None:
    evidence = cases.fifty_rules()
    for budget in range(1500, len(render(evidence).encode()), 2500):
        text = whole(evidence, budget=budget)
        told = re.search(r"\| [^|]* \|\n(?:(?!\|).*\n)*?(\d+) more rules", text)
        assert len(table(text)) == 50 or told is not None
        if told is not None and len(table(text)) < 50:
            assert int(told[1]) == 50 - len(table(text))


def test_a_group_with_members_is_shown_whole(cases: ModuleType) -> None:
    group = cases.rule("one-of", claim="any_of", method="holm", effect=None, scale=None)
    member = replace(cases.accuracy(), id="one-of.accurate", parent="one-of")
    evidence: GateEvidence = cases.gate((group, member), cases.PROMOTE)
    assert [row["Rule"] for row in table(render(evidence))] == ["one-of", "\u21b3 accurate"]


def test_an_open_interval_is_infinite_and_two_limits_are_a_range(cases: ModuleType) -> None:
    effect = cases.rule("x").effect
    wide = cases.rule(
        "wide",
        effect=replace(effect, high=None),
        limit=Bounds(low=-0.02, high=0.02),
        scale=Scale.DIFFERENCE,
    )
    (row,) = table(render(cases.gate((wide,), cases.PROMOTE)))
    assert row["Interval"] == "[-0.0100,\xa0inf]"
    assert row["Limit"] == "-0.0200\xa0to\xa0+0.0200"


def test_a_member_of_a_group_is_not_run_again_alone(cases: ModuleType) -> None:
    group = cases.rule("one-of", claim="any_of", method="holm", effect=None, scale=None)
    member = replace(cases.accuracy(), id="one-of.accurate", parent="one-of")
    text = render(cases.gate((group, member), cases.PROMOTE))
    assert re.findall(r"^pytest --evalgate (.*)$", text, re.MULTILINE) == [
        "'gates/release.gate.yaml::one-of'"
    ]


def test_a_rerun_judges_the_files_that_the_run_judged(cases: ModuleType) -> None:
    args = ("--evalgate", "--evalgate-artifact", "evals=a b", "--evalgate-artifact=x.y=c")
    text = render(replace(cases.six_rules(), run=RunFacts(args=args)))
    commands = re.findall(r"^pytest --evalgate '[^']*' ?(.*)$", text, re.MULTILINE)
    assert set(commands) == {"--evalgate-artifact 'evals=a b' --evalgate-artifact x.y=c"}


def test_a_long_reason_is_told_whole_where_its_rule_is_told(cases: ModuleType) -> None:
    reason = f"the files differ: {'one id and ' * 60}one more; write `overlap: 0.9` to allow it"
    evidence = cases.gate(
        (cases.invalid("accuracy", reason),),
        cases.decided(Action.BLOCK, f"could not be judged: accuracy: {reason}"),
    )
    html = to_html(render(evidence))
    whole = reason.replace("`overlap: 0.9`", "<code>overlap: 0.9</code>")
    assert f"<strong>reason</strong>: {whole}" in html
    assert html.count("one id and " * 60) == 1


def test_reasons_of_rules_that_missed_their_limits_are_told_one_by_one(cases: ModuleType) -> None:
    said = "the opposite is shown: the interval lies wholly beyond the limit"
    rules = tuple(
        cases.measured(name, "recall", verdict=Verdict.FAIL, reason=said) for name in ("a", "b c")
    )
    evidence = cases.gate(rules, cases.decided(Action.BLOCK, f"a, b c: {said}"))
    text = render(evidence)
    assert "- <code>a</code> misses its limit\n- <code>b c</code> misses its limit\n" in text


def test_an_arm_of_many_files_names_the_first_and_counts_the_others(cases: ModuleType) -> None:
    evidence = cases.all_pass()
    known = cases.provenance()
    first, *others = known.artifacts
    many = tuple(replace(first, path=f"part-{number}.csv") for number in range(24))
    provenance = replace(known, artifacts=(*many, *others))
    text = render(replace(evidence, provenance=provenance))
    shown = re.findall(r"part-(\d+)", text)
    assert shown == ["0", "1", "2", "3"]
    name = f"<code>{first.name}.{first.arm}</code>"
    assert f"- {name}: and 20 more in the evidence" in text
    assert all(f"<code>{other.path}</code>" in text for other in others)


def test_no_other_report_is_imported() -> None:
    program = (
        "import sys, pytest_evalgate.report.markdown, pytest_evalgate.report.github; "
        "print(*[name for name in ('numpy', 'yaml', 'jinja2', 'pytest', 'scipy') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
