"""Pictures of the page: the verdict can be seen in them, whatever the numbers are."""

import math
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webpages import Element, evidence_of, full, page_of

from pytest_evalgate.evidence import (
    Bounds,
    Counts,
    Effect,
    Histogram,
    Picture,
    RuleEvidence,
    Scale,
    Verdict,
)
from pytest_evalgate.report.webpage.histograms import histograms
from pytest_evalgate.report.webpage.labels import rows_of
from pytest_evalgate.report.webpage.pictures import IntervalPicture, Ruler, interval, labelled


GAP = 1.0  # percent; on a telephone three pixels
numbers = st.floats(min_value=-1e300, max_value=1e300, allow_nan=False)


def rule(
    ends: tuple[float, float],
    limit: Bounds,
    verdict: Verdict,
    *,
    scale: Scale = Scale.DIFFERENCE,
) -> RuleEvidence:
    low, high = ends
    return RuleEvidence(
        id="rule",
        parent=None,
        slice=None,
        metric="accuracy",
        claim="non_inferiority",
        better="higher",
        severity="block",
        owner=None,
        why=None,
        action=None,
        line=None,
        column=None,
        burden="",
        verdict=verdict,
        reason="",
        n=Counts(pairs=10),
        scale=scale,
        effect=Effect(estimate=low / 2 + high / 2, low=low, high=high, level=0.9, unit=None),
        limit=limit,
    )


def drawn(judged: RuleEvidence, ruler: Ruler | None = None) -> IntervalPicture:
    picture = interval(judged, ruler)
    if picture is None:
        pytest.fail("there is no picture")
    return picture


def place(text: str) -> float:
    return float(text.removesuffix("%"))


def limits_of(picture: IntervalPicture) -> list[float]:
    return [place(line.x) for line in picture.lines if line.kind == "limit"]


@settings(max_examples=300, deadline=None)
@given(st.lists(numbers, min_size=3, max_size=3, unique=True).map(sorted), st.sampled_from("abc"))
def test_the_verdict_is_seen_in_the_picture(values: list[float], which: str) -> None:
    first, second, third = values
    ends, limit, verdict = {
        "a": ((second, third), first, Verdict.PASS),
        "b": ((first, third), second, Verdict.INCONCLUSIVE),
        "c": ((first, second), third, Verdict.FAIL),
    }[which]
    picture = drawn(rule(ends, Bounds(low=limit), verdict))
    [at] = limits_of(picture)
    low, high = place(picture.low), place(picture.high)
    if verdict is Verdict.PASS:
        assert low >= at + GAP
    elif verdict is Verdict.FAIL:
        assert high <= at - GAP
    else:
        assert low <= at - GAP
        assert high >= at + GAP
    assert 0.0 <= low <= place(picture.estimate) <= high <= 100.0


def test_an_interval_short_of_its_limit_by_rounding_stays_short_of_it() -> None:
    high = math.nextafter(-0.02, -1.0)
    picture = drawn(rule((-0.05, high), Bounds(low=-0.02), Verdict.FAIL))
    [at] = limits_of(picture)
    assert place(picture.high) <= at - GAP


@pytest.mark.parametrize("end", [-0.02, math.nextafter(-0.02, 0.0)])
def test_an_interval_that_touches_its_limit_is_cut_by_it(end: float) -> None:
    picture = drawn(rule((end, 0.03), Bounds(low=-0.02), Verdict.INCONCLUSIVE))
    [at] = limits_of(picture)
    assert place(picture.low) <= at - GAP


def test_an_interval_between_two_limits_stays_between_them() -> None:
    picture = drawn(rule((-0.0199, 0.0199), Bounds(low=-0.02, high=0.02), Verdict.PASS))
    below, above = limits_of(picture)
    assert below + GAP <= place(picture.low) <= place(picture.high) <= above - GAP


def test_the_side_where_the_claim_fails_is_shaded() -> None:
    picture = drawn(rule((-0.01, 0.01), Bounds(low=-0.02, high=0.02), Verdict.PASS))
    below, above = limits_of(picture)
    first, second = picture.shades
    assert (place(first.x), place(first.width)) == (0.0, below)
    assert place(second.x) == above
    assert place(second.width) == pytest.approx(100.0 - above)


@pytest.mark.parametrize(
    ("scale", "lines"), [(Scale.DIFFERENCE, 2), (Scale.RATIO, 2), (Scale.VALUE, 1)]
)
def test_no_change_is_a_line_of_its_own_where_there_is_one(scale: Scale, lines: int) -> None:
    picture = drawn(rule((0.5, 0.9), Bounds(low=0.4), Verdict.PASS, scale=scale))
    assert len(picture.lines) == lines


def test_a_limit_at_no_change_is_one_line() -> None:
    picture = labelled(rule((0.01, 0.02), Bounds(low=0.0), Verdict.PASS))
    assert picture is not None
    assert [line.kind for line in picture.lines] == ["limit"]
    assert "= no change" in " ".join(label.text for label in picture.labels)


def test_an_open_end_is_an_arrow_at_the_edge(cases: ModuleType) -> None:
    opened = next(one for one in full(cases).rules if one.id == "open")
    picture = drawn(opened)
    assert (picture.low, picture.high) == ("0.00%", "100.00%")
    assert picture.is_low_open
    assert picture.is_high_open
    article = article_of(cases, "open")
    arrows = [one for one in article.find("path") if one.attributes.get("class") == "arrow"]
    assert len(arrows) == 2


def test_what_could_not_be_judged_has_no_picture() -> None:
    assert interval(rule((0.0, 1.0), Bounds(low=0.5), Verdict.INVALID)) is None


def test_pictures_on_one_scale_can_be_compared() -> None:
    wide = rule((-0.04, 0.04), Bounds(low=-0.02), Verdict.INCONCLUSIVE)
    slim = rule((-0.01, 0.01), Bounds(low=-0.02), Verdict.PASS)
    ruler = Ruler([wide, slim])
    one, other = drawn(wide, ruler), drawn(slim, ruler)
    assert limits_of(one) == limits_of(other)
    assert place(one.low) < place(other.low) < place(other.high) < place(one.high)


@given(st.lists(st.tuples(st.floats(0, 100), st.text(max_size=30)), max_size=8))
def test_no_label_is_lost(wanted: list[tuple[float, str]]) -> None:
    labels = [(at, text, "limit") for at, text in wanted]
    rows = rows_of(labels)
    assert sorted(label for row in rows for label in row) == sorted(labels)


def test_labels_that_would_meet_stand_on_rows_of_their_own() -> None:
    assert len(rows_of([(50.0, "limit", "limit"), (51.0, "no change", "zero")])) == 2
    assert len(rows_of([(10.0, "limit", "limit"), (90.0, "no change", "zero")])) == 1


def test_both_arms_stand_about_one_axis_on_one_scale(cases: ModuleType) -> None:
    data = next(one for one in full(cases).rules if one.id == "data")
    difference, arms = histograms(data)
    above = [bar for bar in arms.bars if bar.kind == "candidate"]
    below = [bar for bar in arms.bars if bar.kind == "baseline"]
    assert [bar.x for bar in above] == [bar.x for bar in below]
    assert all(float(bar.y) < arms.base for bar in above)
    assert all(float(bar.y) > arms.base for bar in below)
    assert {line.kind for line in difference.lines} == {"zero", "limit"}
    assert "differences: 400 units, 12 at -1, 364 at 0, 24 at 1" in difference.words
    assert "candidate: 400 units, 30 at 0, 370 at 1" in arms.words


def test_unchanged_pairs_stand_about_the_line_of_no_change(cases: ModuleType) -> None:
    data = next(one for one in full(cases).rules if one.id == "data")
    difference, _ = histograms(data)
    [line] = [place(line.x) for line in difference.lines if line.kind == "zero"]
    worse, same, better = ((place(bar.x), place(bar.width)) for bar in difference.bars)
    assert same[0] + same[1] / 2 == pytest.approx(line, abs=0.01)
    assert worse[0] + worse[1] < same[0] < line < same[0] + same[1] < better[0]
    under = [label for label in difference.labels if label.kind == "end"]
    assert [label.text for label in under] == ["-1", "0", "1"]
    assert [place(label.x) for label in under] == pytest.approx([100 / 6, 50, 500 / 6], abs=0.01)


def test_a_bar_of_many_tells_which_changes_count_as_none(cases: ModuleType) -> None:
    many = evidence_of(cases, "fifty_with_pictures").rules[0]
    difference, arms = histograms(many)
    assert difference.note.endswith("; the bar at no change is from -0.025 to 0.025")
    assert "75 below no change, 13 about it (from -0.025 to 0.025), 185 above" in difference.words
    assert [label.text for label in arms.labels] == ["0", "1.05"]
    assert "most (23) about 1.025" in arms.words


@pytest.mark.parametrize(
    ("edges", "ends"),
    [
        (tuple((place - 0.5) / 12 for place in range(14)), ["0", "1"]),
        (tuple(place / 20 for place in range(21)), ["0", "1"]),
        (tuple(0.4029 + place * 0.02926 for place in range(22)), ["0.4029", "1.017"]),
    ],
    ids=["one-bar-a-value", "from-end-to-end", "neither"],
)
def test_the_axis_of_many_bars_ends_with_values_of_the_units(
    edges: tuple[float, ...], ends: list[str]
) -> None:
    judged = replace(
        rule((0.0, 1.0), Bounds(low=0.5), Verdict.INCONCLUSIVE),
        picture=Picture(candidate=Histogram(edges=edges, counts=(1,) * (len(edges) - 1))),
    )
    [arms] = histograms(judged)
    assert [label.text for label in arms.labels] == ends
    assert f"from {ends[0]} to {ends[1]}, most" in arms.words


def test_arms_on_axes_of_their_own_share_one() -> None:
    arms = (Histogram(edges=edges, counts=(1, 2)) for edges in ((0.0, 1.0, 2.0), (1.0, 2.0, 3.0)))
    judged = replace(
        rule((0.0, 1.0), Bounds(low=0.5), Verdict.INCONCLUSIVE),
        picture=Picture(candidate=next(arms), baseline=next(arms)),
    )
    [drawing] = histograms(judged)
    ends = [label for label in drawing.labels if label.kind == "end"]
    assert [(label.x, label.text) for label in ends] == [("0%", "0"), ("100%", "3")]


def test_no_line_crosses_the_count_of_the_longest_bar(cases: ModuleType) -> None:
    data = next(one for one in full(cases).rules if one.id == "data")
    difference, _ = histograms(data)
    assert difference.lines
    count = next(label for label in difference.labels if label.text == "364")
    assert count.y < difference.top < difference.base


def test_differences_with_no_change_at_an_edge_are_told_by_their_longest_bar() -> None:
    counts = (47, 253, 0, 0, 0, 0, 0, 0)
    histogram = Histogram(edges=tuple(edge / 2 for edge in range(-2, 7)), counts=counts)
    judged = replace(
        rule((0.0, 1.0), Bounds(low=0.5), Verdict.INCONCLUSIVE),
        picture=Picture(difference=histogram),
    )
    [difference] = histograms(judged)
    assert "differences: 300 units from -1 to 3, most (253) about -0.25" in difference.words
    assert "no change" not in difference.note


def test_bars_are_as_long_as_the_shares_of_units() -> None:
    judged = replace(
        rule((0.0, 1.0), Bounds(low=0.5), Verdict.INCONCLUSIVE),
        picture=Picture(candidate=Histogram(edges=(0.0, 1.0, 2.0), counts=(30, 60))),
    )
    [arms] = histograms(judged)
    first, second = (float(bar.height) for bar in arms.bars)
    assert second == pytest.approx(2 * first)


@pytest.mark.parametrize(
    "histogram",
    [Histogram(edges=(), counts=()), Histogram(edges=(0.0, 1.0), counts=(0,))],
    ids=["nothing", "no-unit"],
)
def test_an_empty_histogram_is_not_drawn(histogram: Histogram) -> None:
    judged = replace(
        rule((0.0, 1.0), Bounds(low=0.5), Verdict.INCONCLUSIVE),
        picture=Picture(baseline=histogram, candidate=histogram, difference=histogram),
    )
    assert histograms(judged) == ()


def article_of(cases: ModuleType, name: str) -> Element:
    articles = page_of(cases, "full").find("article")
    return next(one for one in articles if one.attributes["id"] == f"rule-{name}")
