# ruff: noqa: INP001
"""Write docs/statistics.md: ``python docs/make_statistics.py``.

The page says nothing about a method that the code does not say: methods, when they are chosen,
domains and corrections are read from it, and the examples are judged by the engine.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from textwrap import fill

from statistics_words import (
    AUTO,
    BLIND,
    CLAIMS,
    CORRECTION_WORDS,
    DOMAIN_ROWS,
    DOMAINS,
    GROUP_WORDS,
    INTRODUCTION,
    NOTES,
    SLICE_WORDS,
)
from worked_examples import EXAMPLES, section

from pytest_evalgate.gate import domains, sizes
from pytest_evalgate.gate.choose import (
    LINEAR,
    TABLE,
    Arms,
    Case,
    Design,
    Family,
    Method,
    Row,
    Unit,
)
from pytest_evalgate.gate.domain_question import NOISE
from pytest_evalgate.gate.domain_table import Domain, domain
from pytest_evalgate.gate.method_record import Topic
from pytest_evalgate.gate.methods import REGISTRY, smallest_sample, when
from pytest_evalgate.spec.keys import CORRECTIONS, GROUP_CORRECTIONS
from pytest_evalgate.stats.conjunction import CONJUNCTION_CONTROLS
from pytest_evalgate.stats.correction import Correction, controls
from pytest_evalgate.stats.graphs import GRAPH_CONTROLS
from pytest_evalgate.stats.maxt import MAX_T_CONTROLS
from pytest_evalgate.stats.weighted_levels import FALLBACK_CONTROLS, WEIGHTED_HOLM_CONTROLS


HERE = Path(__file__).parent
PAGE = HERE / "statistics.md"


def page() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, CLAIMS, *("\n".join(section(one)) for one in EXAMPLES), AUTO]
    parts += [_topic(topic) for topic in Topic]
    parts += [
        NOTES,
        DOMAINS.format(invalid=sizes.INVALID, warned=sizes.WARNED),
        _table(("data", "asked for"), _domain_rows()),
        CORRECTION_WORDS,
        _table(("name", "controls"), _corrections()),
        GROUP_WORDS,
        _table(("name", "controls"), _group_corrections()),
        SLICE_WORDS.format(conjunction=fill(CONJUNCTION_CONTROLS, 99)),
        BLIND.format(missed=0.98**40, unseen=domains.MAX_UNSEEN),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# --- methods


def _topic(topic: Topic) -> str:
    """Return the methods of one question: what chooses them, and what there is to know."""
    methods = [method for method, record in REGISTRY.items() if record.topic is topic]
    rows = [row for row in TABLE if row.method in methods]
    lines = [f"### {topic.value}", ""]
    heads = ("what is estimated", "values", "arms", "units", "where", "method")
    lines += [_table(heads, [_design(row) for row in rows]), ""]
    for method in methods:
        lines += _method(method)
    return "\n".join(lines)


def _method(method: Method) -> list[str]:
    record = REGISTRY[method]
    facts = [
        f"- **Chosen:** {when(record)}",
        f"- **A pass says:** {record.claims}.",
        f"- **Takes for granted:** {record.assumes}.",
        f"- **Smallest sample:** {smallest_sample(record)}.",
        f"- **Its p is** {record.law.value}. Source: {record.source}.",
    ]
    if record.in_r:
        facts.append(f"- **Nearest in R:** `{record.in_r}`.")
    return [f"**`{method}`: {record.title}**", "", *facts, ""]


def reached() -> set[int]:
    """Return the places in the table that ``auto`` can reach."""
    designs = (
        Design(
            family=family, is_binary=binary, unit=unit, arms=arms, is_clustered=clustered, case=case
        )
        for family, binary, unit, arms, clustered, case in product(
            Family, (False, True), Unit, Arms, (False, True), Case
        )
    )
    found = (
        [i for i, row in enumerate(TABLE) if row.fits(design)] for design in designs if _is(design)
    )
    return {places[0] for places in found if places}


def _is(design: Design) -> bool:
    """Say whether a gate file can ask for a design: a statistic of a set is no 0 or 1."""
    if design.family is Family.QUANTILE:
        return design.unit is Unit.ITEM
    return not (design.family in LINEAR and design.is_binary)


_REACHED = reached()
_ARMS = {Arms.ONE: "one", Arms.PAIRED: "pairs", Arms.UNPAIRED: "no pairs"}
_UNITS = {Unit.ITEM: "items", Unit.RUN: "runs", Unit.CROSSED: "runs x items"}
_VALUES = {None: "any", True: "0 and 1", False: "others"}


def _design(row: Row) -> list[str]:
    """Return one row of the decision table in words."""
    units = "clusters of " if row.clustered else ""
    arms = "any" if row.arms == set(Arms) else " or ".join(_ARMS[a] for a in Arms if a in row.arms)
    cases = "" if row.cases == set(Case) else " or ".join(c.value for c in Case if c in row.cases)
    is_auto = any(TABLE[place] is row for place in _REACHED)
    return [
        ", ".join(family.value for family in Family if family in row.families),
        _VALUES[row.binary],
        arms,
        units + " or ".join(_UNITS[unit] for unit in Unit if unit in row.units),
        cases if is_auto else "*by name*",
        f"`{row.method}`",
    ]


# --- domains


def _domain_rows() -> list[tuple[str, str]]:
    known = _Used()
    known.update({"domains": domains, "sizes": sizes, "noise": NOISE})
    rows = [(a.format_map(known), b.format_map(known)) for a, b in DOMAIN_ROWS]
    missing = _names_of_domains() - known.used
    if missing:
        raise ValueError(f"DOMAIN_ROWS says nothing about {', '.join(sorted(missing))}")
    return rows


class _Used(dict[str, object]):
    """The domains by name, and which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.used: set[str] = set()

    def __missing__(self, name: str) -> Domain:
        self.used.add(name)
        return domain(name)


def _names_of_domains() -> set[str]:
    path = Path(domains.__file__).with_name("domains.json")
    return set(json.loads(path.read_text(encoding="utf-8"))["domains"])


# --- corrections


def _corrections() -> list[tuple[str, str]]:
    named = [name for name in CORRECTIONS if name in set(Correction)]
    rows = [(f"`{name}`", controls(name)) for name in named]
    return [
        *rows,
        ("`holm` with a `weight` in each rule", WEIGHTED_HOLM_CONTROLS),
        ("`fallback`", FALLBACK_CONTROLS),
        ("`graphical`", GRAPH_CONTROLS),
    ]


def _group_corrections() -> list[tuple[str, str]]:
    words = {"max_t": MAX_T_CONTROLS}
    return [(f"`{name}`", words.get(name) or controls(name)) for name in GROUP_CORRECTIONS]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
