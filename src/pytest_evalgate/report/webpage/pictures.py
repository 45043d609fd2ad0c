"""Where the marks of an interval picture stand, in percent of its width.

The verdict can be seen: the bracket lies wholly beyond the limit, or the limit cuts through it.
A limit keeps its place and the ends of the bracket keep their side of it and a gap, so the
picture is as strict as the verdict however coarse the scale is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.evidence import RuleEvidence, Scale, Verdict
from pytest_evalgate.report.headline import headline, holds
from pytest_evalgate.report.numbers import bound_texts, effect_notation, effect_text, limit_parts
from pytest_evalgate.report.webpage.labels import LINE, Label, placed_labels, rows_of
from pytest_evalgate.report.words import ALARM, verdict_label


_EDGE = 6.0  # percent kept free on either side
_OPEN_EDGE = 18.0  # where an end of an interval is open
_GAP = 1.2  # percent between a limit and what must not touch it
_AXIS = 34  # pixels of the bracket and what is around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An upright line: a limit, or where nothing would have changed."""

    x: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """The side of a limit on which the claim does not hold, or an alarm rings."""

    x: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalPicture:
    """All that the template needs to draw an interval; lengths across are in percent."""

    words: str  # the picture for those who do not see it
    tone: str
    low: str
    high: str
    span: str
    estimate: str
    is_low_open: bool
    is_high_open: bool
    shades: tuple[Shade, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...] = ()
    top: int = 0  # pixels above the bracket's part
    height: int = _AXIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The labels below the pictures that share one scale."""

    words: str
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    height: int


class Ruler:
    """The scale that the intervals of some rules share."""

    def __init__(self, rules: Sequence[RuleEvidence]) -> None:
        numbers = [number for rule in rules for number in _numbers(rule)]
        self._lowest, self._highest = min(numbers), max(numbers)
        # Divided out first: a span could overflow.
        self._unit = max(abs(self._lowest), abs(self._highest)) or 1.0
        is_open = any(
            rule.effect is not None and None in (rule.effect.low, rule.effect.high)
            for rule in rules
        )
        self._edge = _OPEN_EDGE if is_open else _EDGE
        self._pins: dict[float, float] = {}
        self._pins = self._pinned({pin for rule in rules for pin in _pins(rule)})

    def at(self, number: float) -> float:
        """Return where ``number`` stands; limits and the line of no change keep a gap."""
        if number in self._pins:
            return self._pins[number]
        lowest = self._lowest / self._unit
        span = self._highest / self._unit - lowest
        share = (number / self._unit - lowest) / span if span > 0.0 else 0.5
        return self._edge + share * (100.0 - 2 * self._edge)

    def _pinned(self, numbers: Iterable[float]) -> dict[float, float]:
        values = sorted(numbers)
        gap = min(_GAP, (100.0 - 2 * _EDGE) / max(len(values), 1))
        places: list[float] = []
        for value in values:
            least = places[-1] + gap if places else 0.0
            places.append(max(self.at(value), least))
        most = 100.0 - _EDGE / 2
        for index in reversed(range(len(places))):
            places[index] = min(places[index], most)
            most = places[index] - gap
        return dict(zip(values, places, strict=True))


def common_ruler(rules: Sequence[RuleEvidence]) -> Ruler | None:
    """Return one scale for slices or members; None where they do not measure the same."""
    drawn = [rule for rule in rules if is_drawn(rule)]
    kinds = {(rule.metric, rule.scale, rule.effect and rule.effect.unit) for rule in drawn}
    return Ruler(drawn) if len(kinds) == 1 else None


def is_drawn(rule: RuleEvidence) -> bool:
    """Say whether a rule has an interval to draw."""
    return rule.effect is not None and rule.verdict is not Verdict.INVALID


def interval(rule: RuleEvidence, ruler: Ruler | None = None) -> IntervalPicture | None:
    """Return the picture of a rule's interval without labels; None where there is none.

    Args:
        rule: Whose interval.
        ruler: The scale, where other pictures share it.
    """
    if rule.effect is None or not is_drawn(rule):
        return None
    ruler = ruler or Ruler([rule])
    low = _end(rule, rule.effect.low, ruler, is_low=True)
    high = _end(rule, rule.effect.high, ruler, is_low=False)
    estimate = min(max(ruler.at(rule.effect.estimate), low), high)
    return IntervalPicture(
        words=_words(rule),
        tone=verdict_label(rule)[1],
        low=percent(low),
        high=percent(high),
        span=percent(max(high - low, 0.0)),
        estimate=percent(estimate),
        is_low_open=rule.effect.low is None,
        is_high_open=rule.effect.high is None,
        shades=_shades(rule, ruler),
        lines=_lines(rule, ruler),
    )


def labelled(rule: RuleEvidence) -> IntervalPicture | None:
    """Return the picture of a rule's interval with the numbers and names of its marks."""
    small = interval(rule)
    if small is None:
        return None
    above = rows_of(_names(rule, Ruler([rule])))
    low, high = bound_texts(rule)
    below = rows_of(
        [
            (float(small.low[:-1]), low, "end"),
            (float(small.high[:-1]), high, "end"),
            (float(small.estimate[:-1]), effect_text(rule), "estimate"),
        ]
    )
    top = LINE * len(above) + 2
    bottom = top + _AXIS
    height = bottom + LINE * (len(below) + 1) + 4
    left, right = ("worse", "better") if rule.better == "higher" else ("better", "worse")
    sides = (
        Label(x="0%", y=height - 6, anchor="start", text=f"\u2190 {left}", kind="side"),
        Label(x="100%", y=height - 6, anchor="end", text=f"{right} \u2192", kind="side"),
    )
    labels = (*placed_labels(above, first=13), *placed_labels(below, first=bottom + 14), *sides)
    return replace(small, labels=labels, top=top, height=height)


def axis(rules: Sequence[RuleEvidence], ruler: Ruler) -> Axis:
    """Return the labels below pictures on one scale: limits where all agree, and no change."""
    named = dict.fromkeys(name for rule in rules for name in _names(rule, ruler))
    agreed = [name for name in named if all(name in _names(rule, ruler) for rule in rules)]
    rows = rows_of(agreed)
    lines = [line for line in _lines(rules[0], ruler) if _is_labelled(line, agreed)]
    return Axis(
        words="scale: " + ", ".join(text for _, text, _ in agreed),
        lines=tuple(lines),
        labels=placed_labels(rows, first=18),
        height=LINE * len(rows) + 8,
    )


def percent(share: float) -> str:
    """Write a place for the template."""
    return f"{share:.2f}%"


def _is_labelled(line: Line, labels: Sequence[tuple[float, str, str]]) -> bool:
    return any(line.x == percent(place) for place, _, _ in labels)


def _words(rule: RuleEvidence) -> str:
    return f"Interval picture: {headline(rule)}"


def _numbers(rule: RuleEvidence) -> list[float]:
    """Collect what has a place on the scale."""
    effect = rule.effect
    ends = [effect.estimate, effect.low, effect.high] if effect else []
    return [number for number in (*ends, *_pins(rule)) if number is not None]


def _pins(rule: RuleEvidence) -> list[float]:
    limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit is not None]
    no_change = _no_change(rule)
    return limits if no_change is None else [*limits, no_change]


def _no_change(rule: RuleEvidence) -> float | None:
    """Return the effect of a candidate that is just like the baseline."""
    match rule.scale:
        case Scale.DIFFERENCE:
            return 0.0
        case Scale.RATIO:
            return 1.0
        case _:
            return None


def _end(rule: RuleEvidence, bound: float | None, ruler: Ruler, *, is_low: bool) -> float:
    """Return where an end of the interval stands: beyond each limit or short of it, as it is."""
    if bound is None:
        return 0.0 if is_low else 100.0
    place = ruler.at(bound)
    for limit in (rule.limit.low, rule.limit.high):
        if limit is None:
            continue
        pin = ruler.at(limit)
        is_held = rule.verdict is Verdict.INCONCLUSIVE and holds(rule, limit)
        is_below = is_low if is_held else bound < limit
        place = min(place, pin - _GAP) if is_below else max(place, pin + _GAP)
    return min(max(place, 0.0), 100.0)


def _shades(rule: RuleEvidence, ruler: Ruler) -> tuple[Shade, ...]:
    shades = []
    if rule.limit.low is not None:
        shades.append(Shade(x="0%", width=percent(ruler.at(rule.limit.low))))
    if rule.limit.high is not None:
        place = ruler.at(rule.limit.high)
        shades.append(Shade(x=percent(place), width=percent(100.0 - place)))
    return tuple(shades)


def _lines(rule: RuleEvidence, ruler: Ruler) -> tuple[Line, ...]:
    """Return the limits and the line of no change, one line where they fall together."""
    limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit is not None]
    lines = [Line(x=percent(ruler.at(limit)), kind="limit") for limit in limits]
    no_change = _no_change(rule)
    if no_change is not None and no_change not in limits:
        lines.insert(0, Line(x=percent(ruler.at(no_change)), kind="zero"))
    return tuple(lines)


def _names(rule: RuleEvidence, ruler: Ruler) -> list[tuple[float, str, str]]:
    """Name the lines: ``limit > -0.0200``, ``no change``."""
    kind = "alarm" if rule.claim == ALARM else "limit"
    limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit is not None]
    no_change = _no_change(rule)
    names = []
    for limit, (sign, number) in zip(limits, limit_parts(rule), strict=True):
        same = " = no change" if limit == no_change else ""
        names.append((_rounded(ruler.at(limit)), f"{kind} {sign} {number}{same}", "limit"))
    if no_change is not None and no_change not in limits:
        text = f"no change {effect_notation(rule).write(no_change)}"
        names.append((_rounded(ruler.at(no_change)), text, "zero"))
    return sorted(names)


def _rounded(place: float) -> float:
    return float(percent(place)[:-1])
