"""Small line charts as SVG text: false promotion by size, with the band that is tolerated."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape


WIDTH, HEIGHT = 640, 330
LEFT, RIGHT, TOP, BOTTOM = 56, 190, 34, 48
COLOURS: Final = ("#1b6ca8", "#c2410c", "#2f7d32", "#7b3fa0", "#8a6d00", "#555555")
BAND: Final = (0.04, 0.06)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: points (x, y) in order of x."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart shows."""

    title: str
    x: str
    y: str
    lines: Sequence[Line]
    top: float = 0.15
    ticks: tuple[float, ...] = (0.0, 0.05, 0.1, 0.15)
    band: tuple[float, float] = BAND


def chart(asked: Chart) -> str:
    """Draw a chart; the same numbers give the same bytes."""
    return "\n".join([*_frame(asked), *_lines(asked), "</svg>"]) + "\n"


def _frame(asked: Chart) -> Iterator[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12" role="img">'
    )
    yield f"<title>{escape(asked.title)}</title>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    yield f'<text x="{LEFT}" y="20" font-size="14">{escape(asked.title)}</text>'
    high, low = _y(asked, asked.band[1]), _y(asked, asked.band[0])
    yield (
        f'<rect x="{LEFT}" y="{high:.1f}" width="{right - LEFT}" height="{low - high:.1f}" '
        'fill="#d9ead3"/>'
    )
    for tick in asked.ticks:
        y = _y(asked, tick)
        yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
    for x in sorted({x for line in asked.lines for x, _ in line.points}):
        yield (f'<text x="{_x(asked, x):.1f}" y="{bottom + 16}" text-anchor="middle">{x:g}</text>')
    middle = (LEFT + right) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(asked.x)}</text>'
    yield (
        f'<text transform="translate(14 {(TOP + bottom) / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle">{escape(asked.y)}</text>'
    )


def _lines(asked: Chart) -> Iterator[str]:
    for place, line in enumerate(asked.lines):
        colour = COLOURS[place % len(COLOURS)]
        at = [(_x(asked, x), _y(asked, y)) for x, y in line.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in at:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        y = TOP + 14 + 20 * place
        x = WIDTH - RIGHT + 12
        yield f'<path d="M{x} {y}h16" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{x + 22}" y="{y + 4}">{escape(line.name)}</text>'


def _x(asked: Chart, value: float) -> float:
    """Place a size on a logarithmic axis."""
    every = [x for line in asked.lines for x, _ in line.points]
    low, high = math.log(min(every)), math.log(max(every))
    share = (math.log(value) - low) / ((high - low) or 1.0)
    return LEFT + 14 + share * (WIDTH - RIGHT - LEFT - 28)


def _y(asked: Chart, value: float) -> float:
    """Place a rate; what lies above the top is drawn on it."""
    return HEIGHT - BOTTOM - min(value, asked.top) / asked.top * (HEIGHT - BOTTOM - TOP)
