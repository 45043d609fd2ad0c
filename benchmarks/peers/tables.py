"""results.json -> the tables between the marks of README.md.

``python benchmarks/peers/tables.py`` writes them again.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final


HERE: Final = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[1]))

from benchmarks.peers.cells import BETTER, CELLS, NO_WORSE  # noqa: E402 - after the path is set
from benchmarks.peers.counting import clopper_pearson  # noqa: E402


BEGIN: Final = "<!-- tables: made by run.py -->\n"
END: Final = "<!-- end of tables -->\n"
ALPHA: Final = 0.05
READ_HERE: Final = {"evalsig", "deltagate", "evalstats"}  # have an interval, but no margin
VERDICTS: Final = ("promoted", "blocked", "inconclusive", "refused", "error")

Results = Mapping[str, Any]


def write_tables(results: Results, readme: Path) -> None:
    """Put the tables of ``results`` between the marks; the rest is written by hand."""
    text = readme.read_text() if readme.exists() else BEGIN + END
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    readme.write_text(head + BEGIN + "\n" + "\n".join(_tables(results)) + "\n" + END + tail)


def _tables(results: Results) -> Iterable[str]:
    found = results["contestants"]
    yield (
        f"{results['sets']:,} data sets a cell, seed {results['seed']}; {results['made']}, "
        f"revision {results['revision']}; {results['minutes']} minutes.\n"
    )
    yield from _versions(results)
    yield '\n### Asked for "better", no true difference: share promoted\n'
    yield from _rates(found, BETTER)
    yield '\n### Asked for "no worse", truly worse by the margin: share promoted\n'
    yield from _rates(found, NO_WORSE)
    yield "\n### Damaged data\n"
    yield from _damage(found)
    yield "\n### One command on 2,000 pairs of 0/1\n"
    yield from _cost(found)
    yield "\n### Every count\n"
    yield from _counts(found)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _versions(results: Results) -> Iterable[str]:
    seen = {one["tool"]: (name, one["about"]) for name, one in reversed(_items(results))}
    rows = [
        (name, about["version"], about["licence"], about["python"])
        for name, about in reversed(seen.values())
    ]
    yield from _table(("tool", "version", "licence", "Python"), rows)
    yield from (f"\nNot installed: {tool}: {why}" for tool, why in results["not_installed"].items())


def _items(results: Results) -> list[tuple[str, Any]]:
    return list(results["contestants"].items())


def _rates(found: Results, cells: Sequence[str]) -> Iterable[str]:
    def mark(one: Results) -> str:
        return " †" if one["tool"] in READ_HERE and cells is NO_WORSE else ""

    header = ("tool", "level it states", *(CELLS[name].words for name in cells))
    rows = [
        (name + mark(one), one["stated"], *(_shown(one, cell) for cell in cells))
        for name, one in found.items()
        if any(cell in one["cells"] for cell in cells)
    ]
    yield from _table(header, rows)


def _shown(one: Results, name: str) -> str:
    """Return the error rate of a cell: of a tool that passes unless harm is shown, its alarms."""
    cell = one["cells"].get(name)
    if cell is None:
        return ""
    if "cannot" in cell:
        return "cannot"
    n, counts = cell["sets"], cell["counts"]
    for alone in ("refused", "error"):
        if counts.get(alone) == n:
            return alone
    has_level = not one["stated"].startswith("none")
    is_alarm = not has_level and name in BETTER
    count = counts.get("blocked" if is_alarm else "promoted", 0)
    text = _rate(count, n, float(one["stated"]) if has_level else ALPHA)
    if refused := counts.get("refused", 0):
        text += f"; refuses {refused / n:.0%}, of the rest {count / (n - refused):.3f}"
    return f"{'blocks ' if is_alarm else ''}{text}"


def _rate(count: int, n: int, level: float) -> str:
    """Return a rate with its interval, in bold where all of that is above the level."""
    low, high = clopper_pearson(count, n)
    text = f"{count / n:.3f} [{low:.3f}, {high:.3f}]"
    return f"**{text}**" if low > level else text


def _damage(found: Results) -> Iterable[str]:
    judged = {name: one for name, one in found.items() if "damaged" in one}
    columns = list(next(iter(judged.values()))["damaged"])
    rows = [
        (name, one["claim"], *(_damaged(one["damaged"][column]) for column in columns))
        for name, one in judged.items()
    ]
    yield from _table(("tool", "asked", *columns), rows)


def _damaged(cell: Results) -> str:
    verdict = cell["verdict"]
    return f"**{verdict}**" if verdict == "promoted" else str(verdict)


def _cost(found: Results) -> Iterable[str]:
    rows = []
    for name, one in found.items():
        if "cost" not in one:
            continue
        cost, command = one["cost"], one.get("command")
        low, high = cost["cpu_s_range"]
        same = "-" if command is None else f"{command['same']} of {command['sets']}"
        rows.append(
            (name, f"{cost['cpu_s']:.2f} ({low:.2f}-{high:.2f})", f"{cost['peak_mib']}", same)
        )
    header = ("tool", "CPU s, median (min-max)", "peak MiB", "command agrees with library")
    yield from _table(header, rows)


def _counts(found: Results) -> Iterable[str]:
    rows = []
    for name in CELLS:
        for contestant, one in found.items():
            cell = one["cells"].get(name)
            if cell is None or "cannot" in cell:
                continue
            n = cell["sets"]
            counts = [cell["counts"].get(verdict, 0) for verdict in VERDICTS]
            low, high = clopper_pearson(counts[1], n)
            blocked = f"{counts[1]} [{low:.3f}, {high:.3f}]"
            numbers = (str(counts[0]), blocked, *(str(count) for count in counts[2:]))
            rows.append((name, contestant, str(n), *numbers))
    yield from _table(("cell", "tool", "sets", *VERDICTS), rows)


if __name__ == "__main__":
    write_tables(json.loads((HERE / "results.json").read_text()), HERE / "README.md")
