import re
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from pytest_evalgate.evidence import Action
from pytest_evalgate.report.badge import COLOURS, NAME_COLOURS, UNFINISHED, render


SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str | None]:
    return [each.text for each in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - ours


@pytest.mark.parametrize(
    ("name", "label", "colour"),
    [
        ("all_pass", "promote", COLOURS[Action.PROMOTE]),
        ("promoted_with_words", "promote with warnings", COLOURS[Action.WARN]),
        ("warned", "escalate: a person decides", COLOURS[Action.ESCALATE]),
        ("six_rules", "blocked", COLOURS[Action.BLOCK]),
        ("partial", "blocked (partial)", UNFINISHED),
        ("incomplete", "blocked (incomplete)", UNFINISHED),
    ],
)
def test_badge_says_gate_and_decision(
    name: str, label: str, colour: tuple[str, str], cases: ModuleType
) -> None:
    svg = render(cases.CASES[name]())
    assert texts(svg) == ["gate release", label]
    assert f'fill="{colour[0]}"' in svg


@pytest.mark.parametrize("pair", [*COLOURS.values(), UNFINISHED, NAME_COLOURS], ids=str)
def test_text_can_be_read_on_its_background(pair: tuple[str, str]) -> None:
    dark, light = sorted(map(luminance, pair))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_screen_reader_is_told_the_same(cases: ModuleType) -> None:
    root = ET.fromstring(render(cases.six_rules()))  # noqa: S314 - ours
    title = root.find(f"{SVG}title")
    assert title is not None
    assert root.get("role") == "img"
    assert root.get("aria-label") == title.text == "pytest-evalgate, gate release: blocked"


def test_halves_are_as_wide_as_their_texts_and_lie_side_by_side(cases: ModuleType) -> None:
    svg = render(cases.six_rules())
    left, right = (int(width) for width in re.findall(r'<rect .*?width="(\d+)" height="20" f', svg))
    assert f'width="{left + right}" height="20" viewBox' in svg
    lengths = [int(length) for length in re.findall(r'textLength="(\d+)"', svg)]
    assert lengths == [left - 12, right - 12]


def test_a_hostile_name_stays_text(cases: ModuleType) -> None:
    svg = render(cases.hostile())
    assert len(texts(svg)) == 2
    assert svg.isprintable() or all(line.isprintable() for line in svg.splitlines())


def test_the_name_of_the_tool_stands_near_the_start(cases: ModuleType) -> None:
    assert "pytest-evalgate" in render(cases.hostile())[:1000]
