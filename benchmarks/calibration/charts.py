"""Which results are drawn, and as what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from benchmarks.calibration.plots import Chart, Line, chart


Cell: TypeAlias = Mapping[str, Any]


def _line(
    name: str, cells: Sequence[Cell], is_on: Callable[[Cell], bool], *, of: str = "rate"
) -> Line:
    """Take the rates of some cells, by the first number of their size."""
    rates: dict[float, float] = {}
    for cell in cells:
        if is_on(cell):
            n = float(cell["n"].split()[0])
            rates[n] = max(cell[of], rates.get(n, 0.0))
    return Line(name, tuple(sorted(rates.items())))


def _chart(title: str, x: str, lines: Sequence[Line]) -> str:
    drawn = [line for line in lines if line.points]
    return chart(Chart(title=title, x=x, y="false promotion", lines=drawn)) if drawn else ""


def charts(cells: Sequence[Cell]) -> Iterator[tuple[str, str, str]]:
    """Yield file name, title and SVG of every chart."""
    for file, title, x, lines in _asked(cells):
        text = _chart(title, x, lines)
        if text:
            yield file, title, text


def _asked(cells: Sequence[Cell]) -> Iterator[tuple[str, str, str, list[Line]]]:
    laws = ("normal", "t(3)", "Beta(.5, .5)", "lognormal(.5)", "exponential", "lognormal(1)")
    for file, of, who in (("means.svg", "rate", "one-sample t alone"),
                          ("gated.svg", "gate", "the gate: refused is not promoted")):  # fmt: skip
        yield file, f"Items against a limit: {who}", "units", [
            _line(law, cells, _t_of(law), of=of) for law in laws
        ]  # fmt: skip
    yield "runs.svg", "Runs of two arms: Welch's t alone", "runs in each arm", [
        _line(law, cells, _with(method="welch_t", design="unpaired runs", law=law))
        for law in ("normal", "lognormal(.25)", "accuracy of 200", "5 % outliers", "lognormal(1)")
    ]  # fmt: skip
    yield "shares.svg", "Pairs of 0 and 1, worst of all rates", "pairs", [
        _line(f"{method}, {limit:g}", cells, _with(method=method, design="paired", limit=limit))
        for method in ("mcnemar_tango", "mcnemar_midp", "bonett_price") for limit in (0.0, -0.05)
    ]  # fmt: skip
    yield "clusters.svg", "Clusters: CR2 alone", "clusters", [
        _line(words, cells, _with(method="cluster_robust", design="one arm", law=law))
        for words, law in (("normal, equal", "normal, ICC .3, size 10"),
                           ("lognormal(.5), equal", "lognormal(.5), ICC .3, size 10"),
                           ("normal, sizes 60/k", "normal, ICC 0.3, sizes 60/k"),
                           ("Beta(8, 2), equal", "cluster means Beta(8, 2), size 10"))
    ]  # fmt: skip
    yield "crossed.svg", "Runs crossed with 50 units", "runs", [
        _line(f"{design}, share {share:g}", cells,
              _with(method="crossed", design=design, law=f"normal, run share {share:g}",
                    axis="runs"))
        for design in ("paired runs", "independent runs") for share in (0.0, 0.1, 0.5)
    ]  # fmt: skip
    yield "areas.svg", "AUROC of two arms, 200 negatives", "positives", [
        _line(f"{design}, {area:g}", cells,
              _with(design=design, law=f"binormal, AUROC {area:g}"))
        for design in ("paired", "unpaired") for area in (0.6, 0.85, 0.97)
    ]  # fmt: skip
    yield "judges.svg", "A judge that is right 9 times of 10", "gold labels", [
        _line(f"{design}, rate {rate:g}", cells,
              _with(method="ppi", design=design, law=f"rate {rate:g}, judge right 0.9"))
        for design in ("one arm, 0/1", "paired, 0/1") for rate in (0.5, 0.8, 0.95)
    ]  # fmt: skip


def _with(**fields: object) -> Callable[[Cell], bool]:
    return lambda cell: all(cell.get(name) == value for name, value in fields.items())


def _t_of(law: str) -> Callable[[Cell], bool]:
    return _with(method="one_sample_t", design="one arm", law=law, axis="units")
