"""The page of the calibration, from its results: ``python benchmarks/calibration/report.py``.

It writes ``docs/calibration.md`` and the charts in ``docs/images/calibration``.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias


FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.calibration.bands import OPEN, is_above, is_clear, is_inside  # noqa: E402
from benchmarks.calibration.charts import charts  # noqa: E402
from benchmarks.calibration.derive import TARGET, read_cells  # noqa: E402


PAGE: Final = ROOT / "docs" / "calibration.md"
IMAGES: Final = ROOT / "docs" / "images" / "calibration"
Cell: TypeAlias = Mapping[str, Any]

TITLES: Final[Mapping[str, str]] = {
    "means": "Means of items and of runs",
    "shares": "Shares, win rates and counts: computed over all tables",
    "clusters": "Clusters",
    "crossed": "Runs crossed with units",
    "tasks": "Tasks",
    "ranks": "Win rates, ranks, spreads and quantiles",
    "areas": "AUROC and average precision",
    "sets": "F1, precision, recall and ratios of sums",
    "judges": "Judges with gold labels",
}

INTRO: Final = """\
# Calibration: how often a gate promotes when it must not

<!-- Written by benchmarks/calibration/report.py: do not edit by hand. -->

A rule at level 0.05 may promote a candidate falsely in 5 of 100 cases, and the hardest case is the
**boundary**: the true effect lies exactly on the limit of the claim. Every number here is the share
of data sets drawn at that boundary for which the one-sided p is below 0.05, in the worse of the two
directions (higher is better, lower is better). Test and interval are one procedure, checked while
simulating, so this is also how often one end of the 90 % interval misses the truth.

* **alone**: the method alone, whatever the data look like, with its 95 % Clopper-Pearson interval.
* **gate**: promotions of the gate, which refuses to judge (`invalid`) outside the method's domain,
  over all data sets. Where it refuses all, nothing is promoted.
* **what the gate does**: the shares of data sets it refuses and warns of; else it judges.

An approximate method is to lie in 0.04 to 0.06 where the gate judges without a warning; *below* it
is conservative and costs power only. An exact method is to lie at or below 0.05, but for noise of
the simulation (three standard errors). A domain begins where the gate, with all its other domains
in force, no longer promotes more than 1.5 x 0.05; below that it refuses. It warns up to where it no
longer promotes clearly more than 1.2 x 0.05, which is where the whole interval lies above.

To run it again: `python benchmarks/calibration/run.py` (about {minutes} minutes of one core; a
fiftieth of it with `--small`), then `derive.py` for the domains and `report.py` for this page.
Seeds follow from the settings (Philox), so the same numbers come out. Sizes of simulation:
{replicates}; a setting that seems to leave its band is drawn again,
20,000 times.
"""


def page(cells: Sequence[Cell]) -> str:
    """Write the page."""
    groups: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell["group"]].append(cell)
    parts = [intro(cells), summary(cells), exceptions(cells), gates(groups["whole_gate"])]
    parts += [domains_table()]
    parts += [family(name, groups[name]) for name in TITLES if groups[name]]
    parts += [power_table(groups["power"])]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def intro(cells: Sequence[Cell]) -> str:
    sizes = sorted({cell["R"] for cell in simulated(cells) if isinstance(cell["R"], int)})
    words = ", ".join(f"{size:,}" for size in sizes[:-1])
    return INTRO.format(minutes=40, replicates=f"{words} or {sizes[-1]:,} data sets a row")


def simulated(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of false promotion, without power and whole gates."""
    return [cell for cell in cells if cell["group"] in TITLES]


def summary(cells: Sequence[Cell]) -> str:
    lines = [
        "## Every method, at a glance",
        "",
        "| method | settings | method alone, worst | judged unwarned: settings, rates |",
        "|---|---|---|---|",
    ]
    by_method: dict[str, list[Cell]] = defaultdict(list)
    for cell in simulated(cells):
        by_method[cell["method"]].append(cell)
    for method in sorted(by_method):
        found = by_method[method]
        inside = sorted(cell["gate"] for cell in found if is_inside(cell))
        shown = f"{len(inside)}: {inside[0]:.3f} to {inside[-1]:.3f}" if inside else "none"
        worst = max(cell["rate"] for cell in found)
        lines.append(f"| `{method}` | {len(found)} | {worst:.3f} | {shown} |")
    return "\n".join(lines)


def outside(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells inside a domain whose rate is above what is tolerated."""
    return [cell for cell in simulated(cells) if is_above(cell)]


def exceptions(cells: Sequence[Cell]) -> str:
    found = outside(cells)
    inside = [cell for cell in simulated(cells) if is_inside(cell)]
    below = sum(cell["gate"] < 0.04 for cell in inside)
    text = (
        "## Where the promise is not kept\n\n"
        f"Of {len(inside)} settings that the gate mostly judges without a warning, {below} lie "
        f"below 0.04 (conservative) and {len(found)} above what is tolerated"
    )
    if not found:
        return text + "."
    clear = sum(is_clear(cell) for cell in found)
    text += f", {clear} of them by more than the noise of the simulation"
    rows = [_row(cell) for cell in sorted(found, key=lambda cell: -cell["gate"])]
    known = [f"- {words}" for is_one, words in OPEN if any(is_one(cell) for cell in found)]
    return "\n".join([text + ":", "", *_HEAD, *rows, "", *known])


_DOMAINS: Final = (
    "From the rows below by `derive.py`, as the gate reads them. *policy*: the grid found nothing "
    "worse than what was promised before, and nothing is loosened."
)
_POWER: Final = (
    "The planner was asked how many are needed for a power of 0.8; that many were simulated at the "
    "true effect. *Planned* is its exact power at that size where it has a formula for it, else "
    "the 0.8 that were asked for."
)
_HEAD = (
    "| method | design | law | n | alone | gate | what the gate does |",
    "|---|---|---|---|---|---|---|",
)


def _row(cell: Cell) -> str:
    interval = "" if cell["low"] == cell["high"] else f" ({cell['low']:.3f}-{cell['high']:.3f})"
    gate = "-" if cell["gate"] is None else f"{cell['gate']:.3f}"
    law = cell["law"] + (f", limit {cell['limit']:g}" if cell["group"] == "shares" else "")
    return (
        f"| `{cell['method']}` | {cell['design']} | {law} | {cell['n']} "
        f"| {cell['rate']:.3f}{interval} | {gate} | {does(cell)} |"
    )


def does(cell: Cell) -> str:
    """Say what the gate does with data of this kind."""
    if cell["gate"] is None:
        return "by the pairs that differ, see its domain"
    refused, warned = cell["refused"], cell["warned"]
    words = []
    for share, verb in ((refused, "refuses"), (warned, "warns")):
        if share > 0.995:
            return verb
        if share >= 0.005:
            words.append(f"{verb} {share:.0%}")
    return ", ".join(words) or "judges"


def gates(cells: Sequence[Cell]) -> str:
    if not cells:
        return ""
    lines = [
        "## Whole gates, from files to verdict",
        "",
        f"Tables written and judged {cells[0]['R']} times each, at the boundary. *Invalid* blocks.",
        "",
        "| data | n | rule | method | false promotion | invalid | warned | most common reason |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cell in cells:
        rule = cell["rule"].removeprefix("claim: ")
        reason = (cell["reason"] or "").split(";")[0].replace("|", "/")
        lines.append(
            f"| {cell['situation']} | {cell['n']} | {rule} | `{cell['method'] or '-'}` "
            f"| {cell['rate']:.3f} ({cell['low']:.3f}-{cell['high']:.3f}) "
            f"| {cell['invalid']:.0%} | {cell['warned']:.0%} | {reason} |"
        )
    return "\n".join(lines)


def domains_table() -> str:
    domains = json.loads(TARGET.read_text(encoding="utf-8"))["domains"]
    lines = [
        "## The domains",
        "",
        _DOMAINS,
        "",
        "| domain | refused | warned | why refused there | why warned there |",
        "|---|---|---|---|---|",
    ]
    for name, one in domains.items():
        word = "below" if one["beyond"] == "below" else "above"
        source = one["source"]
        lines.append(
            f"| `{name}` | {word} {one['refused']:.3g} | {word} {one['warned']:.3g} "
            f"| {source['refused']} | {source['warned']} |"
        )
    return "\n".join(lines)


def family(name: str, cells: Sequence[Cell]) -> str:
    """Write the section of one file of results: its charts, and its rows folded away."""
    lines = [f"## {TITLES[name]}", ""]
    for file, title, group in CHART_FILES:
        if group == name:
            lines += [f"![{title}](images/calibration/{file})", ""]
    lines += ["<details>", f"<summary>All {len(cells)} settings</summary>", "", *_HEAD]
    lines += [_row(cell) for cell in cells]
    return "\n".join([*lines, "", "</details>"])


def power_table(cells: Sequence[Cell]) -> str:
    if not cells:
        return ""
    lines = [
        "## Power, as planned and as found",
        "",
        _POWER,
        "",
        "| method | truth and limit | n | planned | found |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{cell['method']}` | {cell['law']} | {cell['n']} | {cell['predicted']:.3f} "
        f"| {cell['rate']:.3f} ({cell['low']:.3f}-{cell['high']:.3f}) |"
        for cell in cells
    ]
    return "\n".join(lines)


def files(cells: Sequence[Cell]) -> Iterator[tuple[Path, str]]:
    """Yield every file of the page with its text."""
    yield PAGE, page(cells)
    for file, _, text in charts(cells):
        yield IMAGES / file, text


CHART_FILES: Final = (
    ("means.svg", "False promotion of one-sample t by n", "means"),
    ("gated.svg", "False promotion of the gate by n", "means"),
    ("runs.svg", "False promotion of Welch's t by runs", "means"),
    ("shares.svg", "False promotion of paired 0/1 methods by n", "shares"),
    ("clusters.svg", "False promotion by clusters", "clusters"),
    ("crossed.svg", "False promotion by runs, crossed with 50 units", "crossed"),
    ("areas.svg", "False promotion of AUROC by positives", "areas"),
    ("judges.svg", "False promotion with a judge by gold labels", "judges"),
)


def main() -> None:
    for path, text in files(list(read_cells())):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
