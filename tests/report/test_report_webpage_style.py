"""The colours of the page: what is written in them can be read, in light and in dark."""

import re
from importlib.resources import files

import pytest


STYLE = files("pytest_evalgate.report.webpage").joinpath("templates/style.css").read_text("utf-8")
TONES = ("pass", "fail", "inconclusive", "invalid", "warn", "observe")
TINTED = ("pass", "fail", "inconclusive", "warn")
TEXTS = [
    *((ink, "ground") for ink in ("text", "muted", "accent", *TONES)),
    *((ink, "panel") for ink in ("text", "muted")),
    # The counts of all verdicts, the reasons and their links stand on the tint of the decision.
    *((ink, f"{tint}-tint") for ink in ("text", "muted", "accent", *TONES) for tint in TINTED),
    *((tone, "shade") for tone in TONES),
    ("text", "shade"),
    ("ground", "pass"),
    ("ground", "fail"),
]
SHAPES = [
    ("muted", "shade"),
    ("bar-one", "ground"),
    ("bar-two", "ground"),
    ("text", "bar-one"),
]


def scheme(name: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    chosen = light if name == "light" else light + dark
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", chosen))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_texts_stand_out_from_their_ground(name: str, ink: str, ground: str) -> None:
    colours = scheme(name)
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_stand_out_from_their_ground(name: str, shape: str, ground: str) -> None:
    colours = scheme(name)
    assert contrast(colours[shape], colours[ground]) >= 3.0


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    assert re.findall(r"--([a-z-]+):", light) == re.findall(r"--([a-z-]+):", dark)


def test_every_colour_is_one_that_is_checked() -> None:
    body = STYLE.partition("*, *::before")[2]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", body)
    assert set(re.findall(r"var\(--([a-z-]+)\)", body)) - {"tone", "tint"} <= {*scheme("light")}


def test_paper_is_light_and_shows_what_is_folded() -> None:
    paper = STYLE.partition("@media print")[2]
    assert "details::details-content { content-visibility: visible" in paper
    assert "@media screen and (prefers-color-scheme: dark)" in STYLE
