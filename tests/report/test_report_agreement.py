"""All reports of the same evidence say the same: every number is read back out of each.

The numbers come from the evidence; a report may round them, and all round alike.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.evidence import GateEvidence, RuleEvidence
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.github import annotations, comment, step_summary
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.kinds import Kind, render
from pytest_evalgate.report.rules_table import ordered, row_name
from pytest_evalgate.report.terminal import gate_section, rule_details
from pytest_evalgate.report.words import decision_label, sample_size


ROOT = Path(__file__).parents[2]
MADE_UP = ("all_pass", "six_rules", "not_judged", "equivalence", "alarms", "slices", "warned",
           "promoted_with_words", "fifty_rules", "partial", "incomplete", "hostile")  # fmt: skip
REAL = ("gate.example.yaml", "examples/digits/quick.gate.yaml")
# Names that hold numbers are told apart by the tests of each report, not here.
TABLES = [*(one for one in MADE_UP if one != "hostile"), *REAL]
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_TITLES = ("n", "Baseline", "Candidate", "Effect", "Interval", "Limit", "p")
_NARROW = ("Effect", "Interval", "Limit")  # what a comment has room for
_COLUMNS = {
    "baseline": "Baseline", "candidate": "Candidate", "effect": "Effect", "low": "Interval",
    "high": "Interval", "limit low": "Limit", "limit high": "Limit",
}  # fmt: skip
SHOWN = re.compile(rf"(?<![\w.])<?>?x?{NUMBER.pattern}")

Find = Callable[[str], GateEvidence]


@pytest.fixture(scope="module")
def find(cases: ModuleType) -> Find:
    """Give evidence by name: made up, or of a gate that is judged here."""

    @cache
    def found(name: str) -> GateEvidence:
        evidence: GateEvidence = cases.CASES[name]() if name in MADE_UP else evaluate(ROOT / name)
        return evidence

    return found


def values(rule: RuleEvidence, *, alpha_is_adjusted: bool) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a row of the table, in the order of the terminal."""
    p = rule.pvalue_adjusted if alpha_is_adjusted and rule.pvalue_adjusted is not None else None
    effect = rule.effect
    for name, number in (
        ("n", sample_size(rule.n)),
        ("baseline", rule.baseline),
        ("candidate", rule.candidate),
        ("effect", effect.estimate if effect else None),
        ("low", effect.low if effect else None),
        ("high", effect.high if effect else None),
        ("limit low", rule.limit.low),
        ("limit high", rule.limit.high),
        ("p", rule.pvalue if p is None else p),
    ):
        if number is not None:
            yield name, number


def is_rounded(shown: str, number: float) -> bool:
    """Say whether ``shown`` is ``number``, rounded to the digits it has."""
    digits = NUMBER.search(shown)
    if digits is None:
        return False
    read = float(digits[0])
    if shown.startswith("<"):
        return number < read
    if shown.startswith(">"):
        return number > read
    mantissa, _, power = digits[0].partition("e")
    decimals = len(mantissa.partition(".")[2])
    return abs(read - number) <= 0.5000001 * 10.0 ** (int(power or 0) - decimals)


def is_adjusted(evidence: GateEvidence) -> bool:
    return any(rule.pvalue_adjusted not in (None, rule.pvalue) for rule in evidence.rules)


def terminal_rows(evidence: GateEvidence) -> list[list[str]]:
    """Read the table of the terminal: the numbers of each row, in the order of its columns."""
    lines = gate_section(evidence, width=250)
    start = next((i for i, line in enumerate(lines) if line.startswith("rule ")), None)
    if start is None:
        return []
    rules = ordered(evidence.rules)
    rows = []
    for rule, line in zip(rules, lines[start + 1 : start + 1 + len(rules)], strict=True):
        name = row_name(in_ascii(rule))
        assert line.startswith(name)
        cells = re.split(r" (?:PASS|FAIL|INCONCLUSIVE|INVALID|WARN|observe)\b", line[len(name) :])[
            0
        ]
        rows.append(SHOWN.findall(re.sub(r"([<>]) +", " ", cells)))
    return rows


Cells = dict[str, dict[str, list[str]]]


def markdown_rows(text: str) -> Cells:
    """Read a Markdown table: row name -> the numbers of each column that it has."""
    rows: Cells = {}
    titles: list[str] = []
    for line in text.replace("\u00a0", " ").splitlines():
        if not line.startswith("| "):
            continue
        cells = [html.unescape(re.sub("<[^>]+>|[*]", "", cell)) for cell in line[2:-2].split(" | ")]
        if not titles:
            titles = ["p" if cell.startswith("p ") else cell for cell in cells]
            continue
        row = dict(zip(titles, cells, strict=True))
        name = re.sub(r" \[[\d,.]+\]$", "", row["Rule"]).removeprefix("\u21b3").strip()
        row["Limit"] = re.sub("[<>] ", "", row["Limit"])
        rows[name] = {title: SHOWN.findall(row[title]) for title in _TITLES if title in row}
    return rows


def terminal_cells(evidence: GateEvidence) -> Cells:
    """Read the table of the terminal: row name -> the numbers of each column."""
    rows: Cells = {}
    for rule, shown in zip(ordered(evidence.rules), terminal_rows(evidence), strict=True):
        known = values(rule, alpha_is_adjusted=is_adjusted(evidence))
        cells: dict[str, list[str]] = {title: [] for title in _TITLES}
        for (field, _), text in zip(known, shown, strict=True):
            cells[_COLUMNS.get(field, field)].append(text)
        rows[row_name(rule).strip()] = cells
    return rows


class Data(HTMLParser):
    """Collects what a page says about each number: its place in the evidence, exact and shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.open: list[str | None] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "data":
            self.open = [known["data-field"], known["value"], ""]

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[2] = f"{self.open[2]}{data}"

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self.open:
            field, value, text = (one or "" for one in self.open)
            self.found.append((field, value, text))
            self.open = None


def at(record: object, pointer: str) -> object:
    for key in pointer.split("/")[1:]:
        if isinstance(record, list | tuple):
            record = record[int(key)]
        elif isinstance(record, dict):
            record = record[key.replace("~1", "/").replace("~0", "~")]
    return record


@pytest.mark.parametrize("name", TABLES)
def test_the_terminal_shows_the_numbers_of_the_evidence(find: Find, name: str) -> None:
    evidence = find(name)
    rows = terminal_rows(evidence)
    assert len(rows) == len(evidence.rules)
    for rule, shown in zip(ordered(evidence.rules), rows, strict=True):
        known = list(values(rule, alpha_is_adjusted=is_adjusted(evidence)))
        assert len(shown) == len(known), (rule.id, shown, known)
        wrong = [
            (field, text) for (field, number), text in zip(known, shown, strict=True)
            if not is_rounded(text, number)
        ]  # fmt: skip
        assert wrong == []


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    ("markdown", "titles"),
    [
        pytest.param(lambda evidence: render(Kind.MARKDOWN, evidence), _TITLES, id="report"),
        pytest.param(step_summary, _TITLES, id="step summary"),
        pytest.param(comment, _NARROW, id="comment"),
    ],
)
def test_markdown_shows_what_the_terminal_shows(
    find: Find, name: str, markdown: Callable[[GateEvidence], str], titles: Sequence[str]
) -> None:
    evidence = find(name)
    rows = markdown_rows(markdown(evidence))
    terminal = terminal_cells(evidence)
    assert rows.keys() == terminal.keys()
    for row, expected in terminal.items():
        assert {title for title in titles if expected[title]} <= rows[row].keys() <= set(titles)
        assert rows[row] == {title: expected[title] for title in rows[row]}


@pytest.mark.parametrize("name", [*MADE_UP, *REAL])
def test_the_page_holds_every_number_exactly_and_rounds_it_rightly(find: Find, name: str) -> None:
    evidence = find(name)
    record = asdict(evidence)
    page = Data()
    page.feed(render(Kind.HTML, evidence))
    for field, value, shown in page.found:
        number = at(record, field)
        assert repr(number) == value or str(number) == value, field
        assert is_rounded(shown.strip().lstrip("x"), float(value)), (field, value, shown)
    told = {field for field, _, _ in page.found}
    for index, rule in enumerate(evidence.rules):
        wanted = {
            "baseline": rule.baseline,
            "candidate": rule.candidate,
            "effect/estimate": rule.effect and rule.effect.estimate,
            "effect/low": rule.effect and rule.effect.low,
            "effect/high": rule.effect and rule.effect.high,
            "limit/low": rule.limit.low if rule.effect else None,
            "limit/high": rule.limit.high if rule.effect else None,
            "pvalue": rule.pvalue,
            "alpha_judged": rule.alpha_judged if rule.effect else None,
        }
        missing = [key for key, number in wanted.items()
                   if number is not None and f"/rules/{index}/{key}" not in told]  # fmt: skip
        assert missing == [], rule.id


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_what_the_terminal_shows(find: Find, name: str) -> None:
    evidence = find(name)
    page = Data()
    page.feed(render(Kind.HTML, evidence))
    told: dict[str, set[str]] = {}
    for field, _, shown in page.found:
        told.setdefault(field, set()).add(shown.strip())
    for rule, row in zip(ordered(evidence.rules), terminal_rows(evidence), strict=True):
        index = next(i for i, one in enumerate(evidence.rules) if one is rule)
        for field in ("effect/estimate", "effect/low", "effect/high"):
            texts = told.get(f"/rules/{index}/{field}", set())
            assert all(set(SHOWN.findall(text)) <= set(row) for text in texts), (rule.id, field)
            assert bool(texts) == (rule.effect is not None)


@pytest.mark.parametrize("name", [*MADE_UP, *REAL])
def test_junit_holds_the_evidence_itself(find: Find, name: str) -> None:
    evidence = find(name)
    root = ET.fromstring(render(Kind.JUNIT, evidence))  # noqa: S314 - made here
    suite = root if root.tag == "testsuite" else root.find("testsuite")
    assert suite is not None
    rules = list(evidence.tests())
    found = suite.findall("testcase")
    assert len(found) == len(rules) + 1
    for case, rule in zip(found, rules, strict=False):
        out = case.find("system-out")
        assert out is not None
        record = json.loads((out.text or "").strip().splitlines()[-1])
        assert record == json.loads(json.dumps(asdict(rule)))
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        if bad is not None and name != "hostile":
            assert bad.get("message") == headline(in_ascii(rule))


def sinks(evidence: GateEvidence) -> dict[str, str]:
    """Return what each report says, as plain text."""
    return {
        "terminal": "\n".join(gate_section(evidence, width=250)),
        "markdown": unescaped(render(Kind.MARKDOWN, evidence)),
        "summary": unescaped(step_summary(evidence)),
        "comment": unescaped(comment(evidence)),
        "html": unescaped(render(Kind.HTML, evidence)),
    }


def unescaped(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", "", text)))


@pytest.mark.parametrize("name", TABLES)
def test_all_reports_take_the_same_decision(find: Find, name: str) -> None:
    evidence = find(name)
    label = decision_label(evidence.decision)
    word = re.escape(label.partition(":")[0])
    for sink, text in sinks(evidence).items():
        assert re.search(word, text, re.IGNORECASE), sink
    root = ET.fromstring(render(Kind.JUNIT, evidence))  # noqa: S314 - made here
    decision = root.findall(".//testcase")[-1]
    is_promoted = evidence.decision.verdict in ("promote", "warn")
    assert (decision.find("failure") is None) is is_promoted
    assert any(line.startswith("::error") for line in annotations(evidence)) is (
        evidence.decision.action == "block"
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_missed_rule_has_one_headline_everywhere(find: Find, name: str) -> None:
    evidence = find(name)
    told = sinks(evidence)
    missed: Sequence[RuleEvidence] = [
        rule for rule in evidence.rules if rule.verdict.value in ("fail", "inconclusive")
    ]
    for rule in missed:
        words = headline(rule)
        assert rule_details(rule, evidence.gate).startswith(in_ascii(words))
        for sink in ("markdown", "summary", "html"):
            assert words in told[sink], (sink, rule.id)
