"""Histograms for the page: both arms about one axis, or the paired differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pytest_evalgate.evidence import Histogram, RuleEvidence, Scale
from pytest_evalgate.report.numbers import brief_text
from pytest_evalgate.report.webpage.labels import LINE, Label, placed_labels, rows_of
from pytest_evalgate.report.webpage.pictures import Line, percent
from pytest_evalgate.report.words import counted


_BARS = 64  # pixels of the longest bar
_MARGIN = 18  # pixels of a line of labels
_FEW = 7  # bars that are labelled with their counts, and with the values amid them
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
        labels=(*labels, *_scale(known, y=bottom + 13)),
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
    is_labelled = len(histogram.counts) <= _FEW
    return HistogramPicture(
        title="Paired differences",
        note=_of_pairs(histogram),
        words="Histogram. " + _told_changes(histogram),
        bars=tuple(
            _bars(histogram, (low, high), most=most, base=base, is_up=True, kind="difference")
        ),
        lines=tuple(Line(x=percent(_place(x, low, high)), kind=kind) for x, _, kind in wanted),
        labels=(
            *placed_labels(rows, first=13),
            *_counts(histogram, (low, high), most=most, base=base, is_up=True),
            *_scale([histogram], y=base + 13),
        ),
        top=top - (2 if is_labelled else _MARGIN),  # no line through the count of a bar
        base=base,
        bottom=base - 1 if is_labelled else base,
        height=base + _MARGIN,
    )


def _of_pairs(histogram: Histogram) -> str:
    """Say what the bars are; one of many about no change holds small changes too."""
    note = "candidate minus baseline of each pair; length is the share of pairs"
    middle = _unchanged(histogram)
    if middle is None or len(histogram.counts) <= _FEW:
        return note
    return f"{note}; the bar at no change is from {_span(histogram.edges[middle : middle + 2])}"


def _unchanged(histogram: Histogram) -> int | None:
    """Return the bin that has no change within, not at its edge."""
    ends = enumerate(pairwise(histogram.edges))
    return next((place for place, (low, high) in ends if low < 0.0 < high), None)


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


def _scale(histograms: Sequence[Histogram], *, y: int) -> tuple[Label, ...]:
    """Label the middle of each of a few bars, else both ends."""
    low, high = _range(histograms)
    first, *others = (one.edges for one in histograms)
    is_same = all(edges == first for edges in others)
    if is_same and len(first) - 1 <= _FEW:
        middles = _middles(first)
        places = [(percent(_place(middle, low, high)), "middle") for middle in middles]
        numbers = [brief_text(middle) for middle in middles]
    else:
        places = [("0%", "start"), ("100%", "end")]
        numbers = _ends(first if is_same else (low, high))
    return tuple(
        Label(x=x, y=y, anchor=anchor, text=text, kind="end")
        for (x, anchor), text in zip(places, numbers, strict=True)
    )


def _ends(edges: Sequence[float]) -> list[str]:
    """Write the ends, or the middles of the outer bars where those are values: 0, not -0.0417."""
    if len(edges) <= _FEW:
        return [brief_text(edges[0]), brief_text(edges[-1])]
    outer = [[brief_text(one[0]), brief_text(one[-1])] for one in (edges, _middles(edges))]
    return min(outer, key=lambda texts: len("".join(texts)))


def _middles(edges: Sequence[float]) -> list[float]:
    return [low / 2.0 + high / 2.0 for low, high in pairwise(edges)]


def _told(histogram: Histogram, name: str) -> str:
    """Tell a histogram in one sentence."""
    units = f"{name}: {counted(sum(histogram.counts), 'unit')}"
    if len(histogram.counts) <= _FEW:
        bars = zip(histogram.counts, _middles(histogram.edges), strict=True)
        return ", ".join([units, *(f"{number} at {brief_text(at)}" for number, at in bars)])
    most = max(histogram.counts)
    middle = _middles(histogram.edges)[histogram.counts.index(most)]
    ends = " to ".join(_ends(histogram.edges))
    return f"{units} from {ends}, most ({most}) about {brief_text(middle)}"


def _told_changes(histogram: Histogram) -> str:
    """Tell the paired differences: how many lie below no change, about it and above."""
    middle = _unchanged(histogram)
    if middle is None or len(histogram.counts) <= _FEW:
        return _told(histogram, "differences")
    counts = histogram.counts
    return (
        f"differences: {counted(sum(counts), 'unit')} from {' to '.join(_ends(histogram.edges))}, "
        f"{sum(counts[:middle])} below no change, "
        f"{counts[middle]} about it (from {_span(histogram.edges[middle : middle + 2])}), "
        f"{sum(counts[middle + 1 :])} above"
    )


def _span(edges: Sequence[float]) -> str:
    return f"{brief_text(edges[0])} to {brief_text(edges[-1])}"
