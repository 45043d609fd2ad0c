"""The web page as browsers, screen readers and content policies see it."""

import base64
import hashlib
import re
import subprocess
import sys
from itertools import pairwise
from types import ModuleType

import pytest
from webpages import Element, full, page_of, parsed, text_of

from pytest_evalgate.evidence import Action, Needed, Verdict, from_json, to_json
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.webpage import render


HARMLESS = re.compile(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)
NAMES = (
    "all_pass", "six_rules", "not_judged", "equivalence", "alarms", "slices", "warned",
    "promoted_with_words", "hostile", "fifty_rules", "partial", "incomplete", "full",
)  # fmt: skip


@pytest.fixture(params=NAMES)
def text(request: pytest.FixtureRequest, cases: ModuleType) -> str:
    return text_of(cases, request.param)


@pytest.fixture(params=NAMES)
def page(request: pytest.FixtureRequest, cases: ModuleType) -> Element:
    return page_of(cases, request.param)


def test_no_case_is_left_out(cases: ModuleType) -> None:
    assert {*cases.CASES, "full"} == {*NAMES}


def test_the_same_evidence_gives_the_same_bytes(cases: ModuleType) -> None:
    evidence = full(cases)
    assert render(evidence) == render(evidence) == render(from_json(to_json(evidence)))


def test_the_page_can_be_told_from_other_peoples_files(text: str) -> None:
    assert b"pytest-evalgate" in text.encode()[:1000]


def test_nothing_runs_and_nothing_is_loaded(page: Element) -> None:
    names = {one.name for one in page.walk()}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for one in page.walk():
        assert not [key for key in one.attributes if key.startswith("on") or key == "style"]
        assert one.attributes.get("href", "#").startswith("#")
        assert "src" not in one.attributes


def test_the_policy_allows_the_one_style_and_nothing_else(page: Element) -> None:
    [style] = page.find("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    [policy] = [
        one.attributes["content"]
        for one in page.find("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "url(" not in style.text
    assert "@import" not in style.text


def test_the_page_names_its_language_schemes_and_title(page: Element) -> None:
    [html] = page.find("html")
    assert html.attributes["lang"] == "en"
    metas = {one.attributes.get("name"): one.attributes.get("content") for one in page.find("meta")}
    assert metas["color-scheme"] == "light dark"
    assert metas["referrer"] == "no-referrer"
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert page.find("title")[0].text.strip()


def test_headings_go_down_one_level_at_a_time(page: Element) -> None:
    levels = [int(one.name[1]) for one in page.walk() if re.fullmatch("h[1-6]", one.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_there_is_one_of_each_landmark(page: Element) -> None:
    assert [len(page.find(name)) for name in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]


def test_every_link_and_label_leads_somewhere(page: Element) -> None:
    ids = [one.attributes["id"] for one in page.walk() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    assert all(map(HARMLESS.fullmatch, ids))
    for one in page.walk():
        if "href" in one.attributes:
            assert one.attributes["href"][1:] in ids
        for name in one.attributes.get("aria-labelledby", "").split():
            assert name in ids


def test_the_first_link_skips_to_the_rules(page: Element) -> None:
    assert page.find("a")[0].attributes["href"] == "#rules"


def test_every_table_has_a_caption_and_heads_with_a_scope(page: Element) -> None:
    for table in page.find("table"):
        assert table.find("caption")[0].text.strip()
        assert {one.attributes["scope"] for one in table.find("th")} == {"col", "row"}


def test_every_picture_is_told_in_words_or_hidden(page: Element) -> None:
    outer = [one for one in page.find("svg") if "overflow" not in one.attributes]
    for picture in outer:
        is_hidden = picture.attributes.get("aria-hidden") == "true"
        is_told = picture.attributes.get("role") == "img" and picture.attributes["aria-label"]
        assert is_hidden or is_told


def test_every_verdict_is_a_word_beside_its_sign(page: Element) -> None:
    badges = [one for one in page.walk() if one.attributes.get("class", "").startswith("badge")]
    assert all(one.text.strip() and len(one.find("svg")) == 1 for one in badges)


def test_nothing_that_hides_or_reorders_text_is_on_the_page(text: str) -> None:
    hidden = {one for one in text if not one.isprintable() and one != "\n"}
    assert not hidden
    text.encode()  # no lone surrogate either


def test_the_decision_and_its_reasons_come_first(cases: ModuleType) -> None:
    page = page_of(cases, "six_rules")
    [header] = page.find("header")
    assert "BLOCKED" in page.find("h1")[0].text
    assert "effect -0.0485 [-0.0733, -0.0237] misses limit > -0.0200" in header.text
    ids = [one.attributes.get("id") for one in page.find("section")]
    assert ids == ["compared", "rules", "each", "contract", "families", "power", "provenance"]


def test_many_reasons_are_folded_and_none_is_lost(cases: ModuleType) -> None:
    evidence = cases.fifty_rules()
    [header] = page_of(cases, "fifty_rules").find("header")
    assert len(header.find("details")) == 1
    assert len(header.find("li")) == len(evidence.decision.reasons)


def test_each_rule_that_missed_is_linked_with_what_was_measured(cases: ModuleType) -> None:
    beyond = "the opposite is shown: the interval lies wholly beyond the limit"
    lost = [
        cases.measured(name, "recall", verdict=Verdict.FAIL, reason=beyond)
        for name in ("first", "second")
    ]
    decision = cases.decided(Action.BLOCK, f"first, second: {beyond}")
    page = parsed(render(cases.gate(lost, decision)))
    items = page.find("header")[0].find("li")
    assert [one.find("a")[0].text for one in items] == ["first", "second"]
    for item, rule in zip(items, lost, strict=True):
        assert "misses its limit" in item.text
        assert headline(rule) in item.text


def test_rules_that_share_a_reason_are_each_linked(cases: ModuleType) -> None:
    unread = [cases.invalid(name, "no file") for name in ("first", "second")]
    decision = cases.decided(Action.BLOCK, "first, second: could not be judged: no file")
    [item] = parsed(render(cases.gate(unread, decision))).find("header")[0].find("li")
    assert [one.text for one in item.find("a")] == ["first", "second"]
    assert item.text == "first, second: could not be judged: no file"


def test_a_rule_that_could_not_be_judged_keeps_its_limit_in_the_table(cases: ModuleType) -> None:
    rule = cases.invalid("r", "no file", limit=cases.Bounds(low=-0.02))
    page = parsed(render(cases.gate((rule,), cases.PROMOTE)))
    [limit] = [one for one in page.find("td") if one.attributes.get("data-name") == "limit"]
    assert " ".join(limit.text.split()) == "> -0.0200"


def test_a_long_reason_is_whole_in_the_section_of_its_rule(cases: ModuleType) -> None:
    reason = "row 7: " + "a value that is no number, " * 20 + "and so on; write numbers only"
    [article] = parsed(render(cases.gate((cases.invalid("r", reason),), cases.PROMOTE))).find(
        "article"
    )
    assert reason in [one.text for one in article.find("dd")]


def test_a_promotion_says_nothing_of_a_second_sample(cases: ModuleType) -> None:
    evidence = cases.replace(cases.all_pass(), plan={"joint_power": 0.25, "shares": None})
    assert "would pass together" not in parsed(render(evidence)).text


def test_the_power_section_says_what_the_reason_knows(cases: ModuleType) -> None:
    late = cases.latency(
        reason="neither the claim nor its opposite is shown: the interval straddles the limit; "
        "7 times as many of both would decide"
    )
    late = cases.replace(late, power=cases.replace(late.power, needed=Needed()))
    text = parsed(render(cases.gate((late,), cases.PROMOTE))).text
    assert "gather fresh data: 7 times as many of both would decide" in text
    assert "smallest effect seen with probability 0.8" in text


def test_the_files_of_each_arm_are_named(cases: ModuleType) -> None:
    evidence = cases.all_pass()
    first, second = evidence.provenance.artifacts
    more = cases.replace(evidence.provenance, artifacts=(first, first, second))
    [row] = [
        one
        for one in parsed(render(cases.replace(evidence, provenance=more))).find("tr")
        if one.find("th")[:1] and one.find("th")[0].text == "files"
    ]
    names = [one.text for one in row.find("td")]
    assert names == [f"{first.path} and 1 more file", second.path]


def test_rules_that_passed_are_folded_and_others_are_open(cases: ModuleType) -> None:
    articles = page_of(cases, "six_rules").find("article")
    opened = [
        one.attributes["id"] for one in articles if "open" in one.find("details")[0].attributes
    ]
    assert opened == ["rule-recall-fraud", "rule-latency-p95"]


def test_rows_keep_the_order_of_the_gate_file(cases: ModuleType) -> None:
    [table] = [
        one
        for one in page_of(cases, "slices").find("table")
        if one.attributes.get("class") == "rules"
    ]
    names = [one.text for one in table.find("th") if one.attributes["scope"] == "row"]
    assert names == ["every-language", "language=de", "language=en", "language=fi", "accuracy"]


def test_slices_are_one_plot_on_one_scale(cases: ModuleType) -> None:
    page = page_of(cases, "slices")
    [forest] = [one for one in page.find("table") if one.attributes.get("class") == "forest"]
    pictures = [one for one in forest.find("svg") if one.attributes.get("role") == "img"]
    *rows, axis = pictures
    assert len(rows) == 3
    limits = {
        line.attributes["x1"]
        for picture in pictures
        for line in picture.find("line")
        if line.attributes["class"] == "limit"
    }
    assert len(limits) == 1
    assert "limit > -0.0300" in axis.text


def test_slices_share_their_scale_in_the_table_too(cases: ModuleType) -> None:
    table = next(one for one in page_of(cases, "slices").find("table") if one.find("svg"))
    rows = [row for row in table.find("tr") if "language=" in row.text and row.find("line")]
    places = {
        line.attributes["x1"]
        for row in rows
        for line in row.find("line")
        if line.attributes["class"] == "limit"
    }
    assert len(rows) == 3
    assert len(places) == 1


def test_members_of_a_group_are_rerun_with_it(cases: ModuleType) -> None:
    page = page_of(cases, "full")
    [member] = [one for one in page.find("article") if one.attributes["id"] == "rule-group.quick"]
    assert "'gates/release.gate.yaml::group'" in member.find("code")[0].text


def test_a_gate_without_rules_says_so(cases: ModuleType) -> None:
    page = page_of(cases, "incomplete")
    assert "BLOCKED (incomplete)" in page.find("h1")[0].text
    assert "no rule was judged" in page.text


def test_the_page_tells_contract_families_power_and_provenance(cases: ModuleType) -> None:
    text = page_of(cases, "full").text
    for said in (
        "3 ids of the baseline have no candidate",
        "each single claim holds with family-wise error at most 0.05",
        "Bounds that hold for all members at once",
        "all rules that must be proven would pass together with probability 0.31",
        "artifacts/candidate/results.jsonl",
        "9f2c1ab0" * 8,
        "waiver: rule data, reason new hardware",
        "2 files were read from a path given on the command line",
        "Got worse most",
        "Got better most",
    ):
        assert said in text


def test_fifty_rules_with_pictures_stay_below_two_megabytes(cases: ModuleType) -> None:
    assert len(text_of(cases, "fifty_with_pictures").encode()) <= 2_000_000


def test_the_template_engine_is_loaded_for_a_page_only() -> None:
    script = (
        "import sys; import pytest_evalgate.report.terminal, pytest_evalgate.report.kinds;"
        "print([name for name in sys.modules if 'jinja' in name or 'webpage' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
