"""Histograms for the page: both arms about one axis, or the paired differences."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_evalgate.evidence import Histogram, RuleEvidence, Scale
from pytest_evalgate.report.numbers import brief_text
from pytest_evalgate.report.webpage.labels import LINE, Label, placed_labels, rows_of
from pytest_evalgate.report.webpage.pictures import Line, percent
from pytest_evalgate.report.words import counted


_BARS = 64  # pixels of the longest bar
_MARGIN = 18  # pixels of a line of labels
_FEW = 6  # bars that are labelled with their counts
_BETWEEN = 0.4  # percent between bars


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar; across in percent, upwards in pixels."""

    x: str
    width: str
    y: str
    height: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramPicture:
    """All that the template needs to draw a histogram."""

    title: str
    note: str
    words: str
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    top: int  # pixels from the top to the lines
    base: int  # to the axis
    bottom: int  # to the end of the bars
    height: int


def histograms(rule: RuleEvidence) -> tuple[HistogramPicture, ...]:
    """Return the pictures of a rule's data: the paired differences, then the arms."""
    if rule.picture is None:
        return ()
    pictures = (_difference(rule, rule.picture.difference), _arms(rule))
    return tuple(picture for picture in pictures if picture is not None)


def _arms(rule: RuleEvidence) -> HistogramPicture | None:
    """Draw the candidate upwards and the baseline downwards, on the same scales."""
    if rule.picture is None:
        return None
    candidate, baseline = _filled(rule.picture.candidate), _filled(rule.picture.baseline)
    known = [one for one in (candidate, baseline) if one is not None]
    if not known:
        return None
    low, high = _range(known)
    most = max(_largest_share(one) for one in known)
    base = _MARGIN + _BARS
    bars: list[Bar] = []
    labels: list[Label] = []
    for arm, name, is_up in ((candidate, "candidate", True), (baseline, "baseline", False)):
        if arm is not None:
            bars += _bars(arm, (low, high), most=most, base=base, is_up=is_up, kind=name)
            labels += _counts(arm, (low, high), most=most, base=base, is_up=is_up)
    is_pair = len(known) == 2
    bottom = base + (_BARS + _MARGIN if is_pair else 0)
    note = "upwards the candidate, downwards the baseline" if is_pair else _only(candidate)
    names = [(arm, name) for arm, name in ((candidate, "candidate"), (baseline, "baseline")) if arm]
    return HistogramPicture(
        title="Values of the units",
        note=f"{note}; length is the share of units",
        words="Histogram. " + ". ".join(_told(arm, name) for arm, name in names),
        bars=tuple(bars),
        lines=(),
        labels=(*labels, *_ends(low, high, y=bottom + 13)),
        top=0,
        base=base,
        bottom=bottom,
        height=bottom + _MARGIN,
    )


def _difference(rule: RuleEvidence, histogram: Histogram | None) -> HistogramPicture | None:
    """Draw the paired differences, with the line of no change and the limit where they fit."""
    histogram = _filled(histogram)
    if histogram is None:
        return None
    low, high = _range([histogram])
    most = _largest_share(histogram)
    wanted = _marked(rule, low, high)
    rows = rows_of([(_place(x, low, high), text, kind) for x, text, kind in wanted])
    top = LINE * len(rows) + _MARGIN + 2
    base = top + _BARS
    return HistogramPicture(
        title="Paired differences",
        note="candidate minus baseline of each pair; length is the share of pairs",
        words="Histogram. " + _told(histogram, "differences"),
        bars=tuple(
            _bars(histogram, (low, high), most=most, base=base, is_up=True, kind="difference")
        ),
        lines=tuple(Line(x=percent(_place(x, low, high)), kind=kind) for x, _, kind in wanted),
        labels=(
            *placed_labels(rows, first=13),
            *_counts(histogram, (low, high), most=most, base=base, is_up=True),
            *_ends(low, high, y=base + 13),
        ),
        top=top - _MARGIN,
        base=base,
        bottom=base,
        height=base + _MARGIN,
    )


def _marked(rule: RuleEvidence, low: float, high: float) -> list[tuple[float, str, str]]:
    """Return the lines that a histogram of differences bears; the limit is one of their mean."""
    marks = [(0.0, "no change", "zero")]
    if rule.scale is Scale.DIFFERENCE:
        limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit]
        marks += [(limit, "limit of the mean", "limit") for limit in limits]
    return sorted(mark for mark in marks if low <= mark[0] <= high)


def _filled(histogram: Histogram | None) -> Histogram | None:
    """Return a histogram that can be drawn."""
    if histogram is None or not any(histogram.counts):
        return None
    return histogram if len(histogram.edges) == len(histogram.counts) + 1 else None


def _only(candidate: Histogram | None) -> str:
    return "the candidate alone" if candidate is not None else "the baseline alone"


def _range(histograms: Sequence[Histogram]) -> tuple[float, float]:
    low = min(one.edges[0] for one in histograms)
    return low, max(one.edges[-1] for one in histograms)


def _largest_share(histogram: Histogram) -> float:
    return max(histogram.counts) / sum(histogram.counts)


def _place(number: float, low: float, high: float) -> float:
    """Return where ``number`` stands, in percent; divided first, as a span could overflow."""
    unit = max(abs(low), abs(high)) or 1.0
    span = high / unit - low / unit
    return 100.0 * (number / unit - low / unit) / span if span > 0.0 else 50.0


def _bars(
    histogram: Histogram,
    span: tuple[float, float],
    *,
    most: float,
    base: int,
    is_up: bool,
    kind: str,
) -> list[Bar]:
    return [
        Bar(
            x=percent(start + _BETWEEN / 2),
            width=percent(max(end - start - _BETWEEN, 0.1)),
            y=f"{base - 1 - length if is_up else base + 1:.1f}",
            height=f"{length:.1f}",
            kind=kind,
        )
        for start, end, length, _ in _lengths(histogram, span, most=most)
    ]


def _counts(
    histogram: Histogram, span: tuple[float, float], *, most: float, base: int, is_up: bool
) -> list[Label]:
    """Label few bars with their counts; many would not be read."""
    if len(histogram.counts) > _FEW:
        return []
    return [
        Label(
            x=percent((start + end) / 2),
            y=round(base - length - 6 if is_up else base + length + 13),
            anchor="middle",
            text=str(number),
            kind="count",
        )
        for start, end, length, number in _lengths(histogram, span, most=most)
    ]


def _lengths(
    histogram: Histogram, span: tuple[float, float], *, most: float
) -> list[tuple[float, float, float, int]]:
    """Return start, end, length in pixels and count of each bar that is not empty."""
    total = sum(histogram.counts)
    places = [_place(edge, *span) for edge in histogram.edges]
    return [
        (start, end, max(_BARS * number / total / most, 1.5), number)
        for start, end, number in zip(places, places[1:], histogram.counts, strict=False)
        if number
    ]


def _ends(low: float, high: float, *, y: int) -> tuple[Label, ...]:
    return (
        Label(x="0%", y=y, anchor="start", text=brief_text(low), kind="end"),
        Label(x="100%", y=y, anchor="end", text=brief_text(high), kind="end"),
    )


def _told(histogram: Histogram, name: str) -> str:
    """Tell a histogram in one sentence."""
    most = max(histogram.counts)
    index = histogram.counts.index(most)
    low, high = histogram.edges[index : index + 2]
    units = counted(sum(histogram.counts), "unit")
    ends = f"{brief_text(histogram.edges[0])} to {brief_text(histogram.edges[-1])}"
    return (
        f"{name}: {units} from {ends}, most ({most}) from {brief_text(low)} to {brief_text(high)}"
    )
