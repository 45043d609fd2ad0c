"""The picture of an interval and its limit, in which the verdict can be seen.

    limit           no change
      |   [-----o-----]  :

The bracket lies wholly beyond the bar, or the bar cuts through it. Different numbers never share
a column, so the picture is as strict as the verdict however coarse the scale is.
"""

import math
from dataclasses import dataclass, replace

from pytest_evalgate.evidence import RuleEvidence, Scale, Verdict
from pytest_evalgate.report.headline import holds
from pytest_evalgate.report.numbers import bound_texts
from pytest_evalgate.report.words import ALARM


WIDEST = 100
NARROWEST = 60
_END = 9  # columns for `worse` or `better` on either side


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Something that stands on the axis."""

    value: float  # infinite where the interval is open
    rank: int  # order of marks of the same value: a limit is drawn inside a bracket it touches
    sign: str
    above: str = ""
    below: str = ""


def picture(rule: RuleEvidence, *, width: int = WIDEST) -> list[str]:
    """Draw the interval of ``rule``, its limits, and where nothing would have changed.

    Returns three lines of at most ``width`` columns: labels, axis, ends of the interval. None
    where there is no interval, or no room.
    """
    if rule.effect is None or rule.verdict is Verdict.INVALID or width < NARROWEST:
        return []
    room = min(width, WIDEST) - 4 - 2 * _END
    marks = sorted(_marks(rule), key=lambda mark: (mark.value, mark.rank))
    columns = _columns(marks, room=room)
    left, right = ("worse", "better") if rule.better == "higher" else ("better", "worse")
    line_width = room + 4 + 2 * _END
    shifted = [column + 4 + _END for column in columns]
    above = [(column, mark.above) for column, mark in zip(shifted, marks, strict=True)]
    below = [(column, mark.below) for column, mark in zip(shifted, marks, strict=True)]
    lines = (
        _labels(above, width=line_width),
        f"    {left:<{_END}}{_axis(marks, columns):<{room}}{right:>{_END}}",
        _labels(below, width=line_width),
    )
    return [line.rstrip() for line in lines]


def _marks(rule: RuleEvidence) -> list[_Mark]:
    """Collect what stands on the axis; needs an effect."""
    if rule.effect is None:
        return []
    low, high = rule.effect.low, rule.effect.high
    low_text, high_text = bound_texts(rule)
    marks = [
        _Mark(value=-math.inf, rank=0, sign="<", below=low_text)
        if low is None
        else _Mark(value=low, rank=0, sign="[", below=low_text),
        _Mark(value=rule.effect.estimate, rank=3, sign="o"),
        _Mark(value=math.inf, rank=4, sign=">", below=high_text)
        if high is None
        else _Mark(value=high, rank=4, sign="]", below=high_text),
    ]
    return marks + _lines(rule)


def _lines(rule: RuleEvidence) -> list[_Mark]:
    """Collect the limits and the line of no change, one mark where they fall together."""
    name = "alarm" if rule.claim == ALARM else "limit"
    limits = [
        _Mark(value=_drawn_at(rule, limit), rank=1, sign="|", above=name)
        for limit in (rule.limit.low, rule.limit.high)
        if limit is not None
    ]
    match rule.scale:
        case Scale.DIFFERENCE:
            no_change = 0.0
        case Scale.RATIO:
            no_change = 1.0
        case _:
            return limits
    if no_change in (rule.limit.low, rule.limit.high):
        both = f"{name} = no change"
        return [replace(m, above=both) if m.value == no_change else m for m in limits]
    return [*limits, _Mark(value=no_change, rank=2, sign=":", above="no change")]


def _drawn_at(rule: RuleEvidence, limit: float) -> float:
    """Return the end of the interval for a limit that only rounding keeps apart from it."""
    if rule.effect is None or rule.verdict is not Verdict.INCONCLUSIVE or not holds(rule, limit):
        return limit
    low, high = rule.effect.low, rule.effect.high
    if low is not None and limit < low:
        return low
    return high if high is not None and limit > high else limit


def _columns(marks: list[_Mark], *, room: int) -> list[int]:
    """Return a column for each mark, to scale as far as they can be told apart."""
    finite = [mark.value for mark in marks if math.isfinite(mark.value)]
    lowest, highest = min(finite), max(finite)
    scale = max(abs(lowest), abs(highest)) or 1.0  # divided out first: a span could overflow
    span = highest / scale - lowest / scale
    inner = room - 1 - 2 * (edge := room // 16)

    def ideal(value: float) -> int:
        if math.isinf(value):
            return 0 if value < 0 else room - 1
        share = (value / scale - lowest / scale) / span if span > 0.0 else 0.5
        return edge + round(share * inner)

    columns = [ideal(mark.value) for mark in marks]
    return _spaced(columns, [1] * len(columns), room=room)


def _spaced(starts: list[int], lengths: list[int], *, room: int) -> list[int]:
    """Push ``starts`` apart, in order, until nothing overlaps and all of it lies in the room."""
    spaced: list[int] = []
    end = 0
    for start, length in zip(starts, lengths, strict=True):
        spaced.append(max(start, end))
        end = spaced[-1] + length
    end = room
    for index in reversed(range(len(spaced))):
        spaced[index] = min(spaced[index], end - lengths[index])
        end = spaced[index]
    return spaced


def _axis(marks: list[_Mark], columns: list[int]) -> str:
    """Draw the marks, and dashes between the two ends of the interval."""
    signs = {column: mark.sign for mark, column in zip(marks, columns, strict=True)}
    first = next(column for column, sign in signs.items() if sign in "[<")
    last = next(column for column, sign in signs.items() if sign in "]>")
    return "".join(
        signs.get(column, "-" if first < column < last else " ")
        for column in range(max(columns) + 1)
    )


def _labels(labels: list[tuple[int, str]], *, width: int) -> str:
    """Write each label as near to its column as the others allow."""
    labels = [(column, text) for column, text in labels if text]
    lengths = [len(text) + 1 for _, text in labels]
    if sum(lengths) > width:
        return ""
    ideal = [max(0, column - len(text) // 2) for column, text in labels]
    starts = _spaced(ideal, lengths, room=width + 1)
    line = ""
    for start, (_, text) in zip(starts, labels, strict=True):
        line = line.ljust(start) + text
    return line
